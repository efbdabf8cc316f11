//! The command line.

use std::path::{Component, Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::access::AccessOptions;
use super::against::Which;

use super::allow::{self, Allow};
use super::drift::DriftOptions;
use super::notify::Telling;
use super::order::Leaving;
use super::prune::PruneOptions;
use super::readiness::ReadinessOptions;
use super::report::ReportOptions;
use super::snapshot::diff::DiffOptions;
use super::snapshot::export::ExportOptions;
use super::snapshot::verify::VerifyOptions;

/// People's accounts in every SaaS app, kept equal to what two reviewed files say.
#[derive(Debug, Parser)]
#[command(
    name = "provisor",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The folder with provisor.toml, profiles.toml and people.toml
    #[arg(short = 'C', value_name = "DIR", default_value = ".", global = true)]
    pub folder: PathBuf,

    /// Simulate every app inside this process; data and snapshots go to .provisor/
    #[arg(long, global = true)]
    pub sandbox: bool,

    /// When to colour the output
    #[arg(long, value_enum, default_value_t = ColourChoice::Auto, value_name = "WHEN", global = true)]
    pub color: ColourChoice,

    /// Say less: results only
    #[arg(short, long, conflicts_with = "verbose", global = true)]
    pub quiet: bool,

    /// For machines: talk on stderr becomes one line of JSON per event; nobody is asked
    #[arg(long, global = true)]
    pub json_events: bool,

    /// Say more: list the steps and the calls to the apps; twice, with the apps' ids of the calls
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
}

impl Global {
    /// A path as it is seen from the folder of `-C`, without a `.` that nobody wrote.
    pub fn path(&self, path: &Path) -> PathBuf {
        let whole = self.folder.join(path);
        let parts = whole.components();
        parts.filter(|part| *part != Component::CurDir).collect()
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every problem of the files at once; offline
    Validate,
    /// Show what would change, and why
    Plan(PlanOptions),
    /// Show a saved plan
    Show(ShowOptions),
    /// Make the changes, and leave a snapshot
    Apply(ApplyOptions),
    /// Draw which app comes before which, or the changes of a plan, as Mermaid
    Graph(GraphOptions),
    /// Look at the snapshots that applies leave behind
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Look after the state itself
    #[command(subcommand)]
    State(StateCommand),
    /// Serve the simulated apps, or start them anew
    #[command(args_conflicts_with_subcommands = true)]
    Sandbox(SandboxOptions),
    /// Write a commented starter configuration
    Init {
        /// The folder; that of -C if absent
        #[arg(value_name = "DIR")]
        target: Option<PathBuf>,
    },
    /// Explain why a person has what they have, to file and line; offline
    Explain(ExplainOptions),
    /// Tell who has what: by person, app or entitlement; now, or in a snapshot
    Access(AccessOptions),
    /// Tell what is not ready for whoever starts soon, and who must do what
    Readiness(ReadinessOptions),
    /// Tell from the runs how soon doors open and close, what fails and what is blocked
    #[command(args_conflicts_with_subcommands = true)]
    Report(ReportOptions),
    /// Tell what changed outside of provisor since the last snapshot, and what the next plan does
    /// about it
    Drift(DriftOptions),
    /// List the kinds of apps: entitlements, credentials, scopes, what leaving means
    Apps(AppsOptions),
    /// Print or write JSON Schemas of the files, for editors
    Schema(SchemaOptions),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual, or write a page per command
    Man {
        /// The folder to write the pages to
        #[arg(value_name = "DIR")]
        target: Option<PathBuf>,
    },
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// An id, an email or a name
    pub person: String,

    /// One app only
    pub app: Option<String>,

    /// Explain another moment: a day (its start) or an instant
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Options of `apps`.
#[derive(Debug, Args)]
pub struct AppsOptions {
    /// One kind, in full
    #[arg(value_parser = PossibleValuesParser::new(crate::apps::kinds()))]
    pub kind: Option<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaOptions {
    /// Print this schema; without any, they are listed
    #[arg(value_parser = PossibleValuesParser::new(super::schema::names()))]
    pub name: Option<String>,

    /// Write all of them to a folder
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    pub write: Option<PathBuf>,

    /// Write those of this configuration, which know its apps and profiles; to `schemas` beside its
    /// files if no other folder is named
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        default_missing_value = "schemas",
        conflicts_with_all = ["name", "write"]
    )]
    pub project: Option<PathBuf>,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct PlanOptions {
    /// Plan for another moment: a day (its start) or an instant
    #[arg(long, value_name = "WHEN", conflicts_with = "leaver")]
    pub as_of: Option<String>,

    #[command(flatten)]
    pub view: PlanView,

    /// Only the changes of this person (an id, an email or a name), and what they require; may be
    /// said again
    #[arg(long, value_name = "PERSON")]
    pub person: Vec<String>,

    /// Only the changes in this app, and what they require; may be said again
    #[arg(long, value_name = "APP")]
    pub app: Vec<String>,

    /// Plan offline against a snapshot (a serial number, a day, or `latest`): no app is asked; with
    /// `--base`, take from it how many seats there are
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "leaver")]
    pub against: Option<Which>,

    /// Show instead what an edit means: these files against a Git revision of them, from the files
    /// alone
    #[arg(
        long,
        value_name = "REF",
        conflicts_with_all = ["out", "person", "app", "full", "detailed_exitcode", "leaver"]
    )]
    pub base: Option<String>,

    #[command(flatten)]
    pub leaving: Leaving,

    /// Show instead what dates will bring within a time, from the files alone
    #[arg(
        long,
        value_name = "TIME",
        value_parser = days,
        conflicts_with_all = ["base", "against", "out", "person", "app", "full", "detailed_exitcode", "leaver"]
    )]
    pub upcoming: Option<u16>,

    /// Save the plan, for `show` and `apply`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["as_of", "leaver"])]
    pub out: Option<PathBuf>,

    /// How long the saved plan may be applied
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = lifetime, requires = "out")]
    pub expires: SignedDuration,

    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub detailed_exitcode: bool,

    #[command(flatten)]
    pub allow: Allow,
}

/// How to print a plan.
#[derive(Debug, Args)]
pub struct PlanView {
    /// Show a line per change with all its reasons, instead of one per account
    #[arg(long)]
    pub full: bool,

    /// How to print the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,

    /// The most bytes that `--format markdown` may take
    #[arg(long, value_name = "BYTES", default_value_t = crate::render::markdown::MOST_BYTES)]
    pub max_bytes: usize,
}

/// Options of `show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The saved plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,

    #[command(flatten)]
    pub view: PlanView,
}

/// A number of days such as `14d` or `2w`, a year at most.
fn days(text: &str) -> Result<u16, String> {
    let days = lifetime(text)?.as_hours() / 24;
    let days = u16::try_from(days)
        .ok()
        .filter(|days| (1..=366).contains(days));
    days.ok_or_else(|| "write from 1d to 366d".to_owned())
}

/// A time span such as `24h` or `7d`; a day is 24 hours.
fn lifetime(text: &str) -> Result<SignedDuration, String> {
    let duration = patience(text)?;
    if duration.is_zero() {
        return Err("it must be more than nothing".to_owned());
    }
    Ok(duration)
}

/// A time span that may be nothing.
pub fn patience(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "write a time such as 24h, 90min or 7d".to_owned())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|error| error.to_string())?;
    if duration.is_negative() {
        return Err("it must not be less than nothing".to_owned());
    }
    Ok(duration)
}

/// How to print a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For a browser: one page, without network.
    Html,
    /// For machines.
    Json,
}

/// How to print a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Options of `apply`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("order").args(["leaver", "rescind"]).requires("reason").conflicts_with_all(["plan", "due"]))]
pub struct ApplyOptions {
    /// A saved plan: exactly what was reviewed is done, and nothing that moved since
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,

    /// Show a line per change with all its reasons, instead of one per account
    #[arg(long)]
    pub full: bool,

    /// Do not ask
    #[arg(long)]
    pub yes: bool,

    /// How long to wait for another run to end
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = patience)]
    pub lock_timeout: SignedDuration,

    /// For a schedule: do what dates and retries make due, and leave to a review what an edit of the
    /// files wants; asks nobody
    #[arg(long, conflicts_with_all = ["plan", "allow"])]
    pub due: bool,

    #[command(flatten)]
    pub telling: Telling,

    #[command(flatten)]
    pub leaving: Leaving,

    /// Undo an order to leave, by its number: what the files give to that person is given back
    #[arg(long, value_name = "ORDER", group = "reasoned")]
    pub rescind: Option<u64>,

    #[command(flatten)]
    pub allow: Allow,
}

/// Options of `graph`.
#[derive(Debug, Args)]
pub struct GraphOptions {
    /// Read the apps, and draw the changes that are due instead of the apps
    #[arg(long)]
    pub changes: bool,

    /// Write DOT, for Graphviz
    #[arg(long)]
    pub dot: bool,
}

/// Commands of `snapshot`.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// List all snapshots
    List,
    /// Show one snapshot
    Show {
        /// Its serial number; the last one if absent
        serial: Option<u64>,
    },
    /// Tell what changed between two snapshots, and which run explains it; offline
    Diff(DiffOptions),
    /// Write a snapshot as tables of people, accounts and entitlements; offline
    Export(ExportOptions),
    /// Look whether anything that runs left was edited, cut, removed, moved or added since
    Verify(VerifyOptions),
}

/// Commands of `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Begin the snapshots of a new or lost state with what the apps hold, changing nothing
    Init {
        /// Why; kept in the snapshot
        #[arg(long, value_name = "WHY", value_parser = allow::reason)]
        reason: String,
    },
    /// Free the lease of a state in a bucket, whose run surely died
    Unlock,
    /// Forget what old snapshots and runs hold of people; digests and a tombstone stay
    Prune(PruneOptions),
}

/// Options of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxOptions {
    /// Serve on this port of 127.0.0.1; any free one if absent
    #[arg(long)]
    pub port: Option<u16>,

    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
}

/// Commands of `sandbox`.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Forget what the simulated apps hold, and the snapshots of rehearsals
    Reset,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
