//! `readiness`: what is not ready for whoever starts soon, and who must do what. Nothing in this file
//! can name what writes to an app.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use crate::model::notice::Occasion;
use crate::render::{csv, findings, html, json, markdown, readiness as page};
use crate::reports::find;
use crate::reports::readiness::{Look, Readiness, Standing, readiness};

use super::arguments::{Global, patience};
use super::exit::Exit;
use super::explain::trouble;
use super::notify::Telling;
use super::plan;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::World;

/// Options of `readiness`.
#[derive(Debug, Args)]
pub struct ReadinessOptions {
    /// Whoever has their first day within this time, or today
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = patience)]
    pub starting_within: SignedDuration,

    /// This person instead (an id, an email or a name), whenever they start or started; may be said
    /// again
    #[arg(long, value_name = "PERSON", conflicts_with = "starting_within")]
    pub person: Vec<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = ReadinessFormat::Text)]
    pub format: ReadinessFormat,

    /// The most bytes that `--format markdown` may take
    #[arg(long, value_name = "BYTES", default_value_t = crate::render::markdown::MOST_BYTES)]
    pub max_bytes: usize,

    #[command(flatten)]
    pub telling: Telling,
}

/// How to print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReadinessFormat {
    /// For people.
    Text,
    /// For a message or an issue.
    Markdown,
    /// For a browser: one page, without network.
    Html,
    /// For a spreadsheet: a row per person and app.
    Csv,
    /// For machines.
    Json,
}

/// Reads every app, plans, and tells what that means for whoever starts.
pub async fn run(
    global: &Global,
    options: &ReadinessOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let mut world = World::open(global, terminal).await?;
    options.telling.check(Occasion::Readiness, &world.config)?;
    let people = options
        .person
        .iter()
        .map(|text| find::person(&world.config, text).map_err(|unfound| trouble(text, unfound)));
    let people = people.collect::<Result<BTreeSet<usize>, _>>()?;
    let sight = plan::seen(&world, world.as_of(None)?, terminal).await?;
    let circumstances = plan::circumstances(&world, plan::LIFETIME, Vec::new(), global);
    let plan = sight.plan(&world, &circumstances);
    let rollout = world.config.rollout.take();
    let whole = rollout.as_ref().map(|_| sight.plan(&world, &circumstances));
    world.config.rollout = rollout;
    terminal.calls(&world.context.calls().drain());
    let look = Look {
        config: &world.config,
        desired: &sight.desired,
        observed: &sight.observed,
        history: &sight.history,
        plan: &plan.body,
        whole: whole.as_ref().map(|whole| &whole.body),
    };
    let readiness = readiness(look, options.starting_within, &people);
    print(&readiness, options, terminal);
    let (config, clock) = (&world.config, world.context.clock());
    let notice = findings::ready(&config.organisation.name, &readiness, clock.now());
    options
        .telling
        .tell(notice, global, config, clock, terminal)
        .await;
    Ok(exit(&readiness))
}

/// Whoever has only to accept an invitation is no failure (R19).
fn exit(readiness: &Readiness) -> Exit {
    let worst = readiness.hires.iter().map(|hire| hire.standing).max();
    let unknown = |hire: &crate::reports::readiness::Hire| {
        let mut apps = hire.apps.iter();
        apps.any(|app| app.standing == Standing::NotKnown)
    };
    if readiness.hires.iter().any(unknown) {
        return Exit::Incomplete;
    }
    match worst {
        Some(Standing::NotReady | Standing::NotKnown) => Exit::Unfinished,
        Some(Standing::Ready | Standing::Waiting) | None => Exit::Done,
    }
}

fn print(readiness: &Readiness, options: &ReadinessOptions, terminal: &Terminal) {
    match options.format {
        ReadinessFormat::Text => terminal.result(&page::text(readiness, terminal.width())),
        ReadinessFormat::Markdown => {
            terminal.data(&markdown::readiness(readiness, options.max_bytes));
        }
        ReadinessFormat::Html => terminal.data(&html::readiness(readiness)),
        ReadinessFormat::Csv => terminal.data(&csv::readiness(readiness)),
        ReadinessFormat::Json => {
            terminal.data(&json::readiness(readiness, json::Layout::Pretty));
        }
    }
}
