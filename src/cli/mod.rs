//! Floor 10: one file per command: arguments → the rooms below → exit code.

mod access;
mod against;
mod allow;
mod apply;
mod apps;
mod arguments;
mod drift;
mod environment;
mod events;
mod exit;
mod explain;
mod generate;
mod git;
mod graph;
mod impact;
mod init;
mod interrupt;
mod leaver;
mod lock;
mod notify;
mod order;
mod plan;
mod preempt;
mod progress;
mod provenance;
mod prune;
mod readiness;
mod report;
mod revision;
mod sandbox;
mod schema;
mod show;
mod snapshot;
mod state;
mod terminal;
mod trouble;
mod unrecorded;
mod upcoming;
mod validate;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use events::Events;
use exit::Exit;
use terminal::Terminal;
use trouble::Trouble;

/// Runs the command that the arguments name. The README lists the exit codes.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let wants_events = arguments.iter().any(|one| one == events::FLAG);
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            if wants_events && !help {
                let events = Events::new();
                events.trouble(Trouble::Arguments(error.kind().to_string()));
                events.last(Exit::Usage);
                return Exit::Usage.into();
            }
            // Nothing is left to do for a screen that cannot be written to.
            let _ = error.print();
            if help {
                return Exit::Done.into();
            }
            terminal::last(Exit::Usage);
            return Exit::Usage.into();
        }
    };
    let terminal = Terminal::new(&arguments.global);
    let exit = run(&arguments, &terminal).unwrap_or_else(|trouble| {
        let exit = trouble.exit();
        terminal.trouble(trouble);
        exit
    });
    terminal.last(exit);
    exit.into()
}

fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Trouble> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Validate => Ok(validate::run(global, terminal)),
        Command::Init { target } => init::run(global, target.as_deref(), terminal),
        Command::Explain(options) => explain::run(global, options, terminal),
        Command::Apps(options) => Ok(apps::run(options, terminal)),
        Command::Schema(options) => schema::run(global, options, terminal),
        Command::Show(options) => show::run(global, options, terminal),
        Command::Completions { shell } => Ok(generate::completions(*shell, terminal)),
        Command::Man { target } => generate::manual(global, target.as_deref(), terminal),
        Command::Access(options) => within(access::run(global, options, terminal)),
        Command::Readiness(options) => within(readiness::run(global, options, terminal)),
        Command::Report(options) => within(report::run(global, options, terminal)),
        Command::Drift(options) => within(drift::run(global, options, terminal)),
        Command::Plan(options) => within(plan::run(global, options, terminal)),
        Command::Apply(options) => within(apply::run(global, options, terminal)),
        Command::Graph(options) => within(graph::run(global, options, terminal)),
        Command::Snapshot(command) => within(snapshot::run(global, command, terminal)),
        Command::State(command) => within(state::run(global, command, terminal)),
        Command::Sandbox(command) => within(sandbox::run(global, command, terminal)),
    }
}

/// Runs a command that speaks to apps or to a store.
fn within(command: impl Future<Output = Result<Exit, Trouble>>) -> Result<Exit, Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(Trouble::Runtime)?;
    let ended = runtime.block_on(command);
    // Whoever leaves at once does not wait for a name server that hangs.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}
