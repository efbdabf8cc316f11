//! `plan`: observes, plans, prints. Nothing in this file can name what writes.

use jiff::Timestamp;

use crate::apply::deeds;
use crate::model::guard::Override;
use crate::model::observation::Observed;
use crate::model::plan::{AppSummary, Plan};
use crate::observe::observe;
use crate::plan::{Circumstances, plan};
use crate::render;
use crate::render::plan::Detail;
use crate::state::{Store, past, recent, snapshot};

use super::allow;
use super::arguments::{Global, PlanFormat, PlanOptions};
use super::exit::Exit;
use super::git;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::World;

/// Plans and prints.
pub async fn run(
    global: &Global,
    options: &PlanOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let world = World::open(global, terminal).await?;
    let as_of = world.as_of(options.as_of.as_deref())?;
    let overrides = options.allow.overrides();
    let planned = made(&world, as_of, global, overrides.clone()).await?;
    allow::check(&overrides, &planned)?;
    match options.format {
        PlanFormat::Text => {
            let page = render::plan::text(&planned, detail(options.full), terminal.width());
            terminal.result(&page);
        }
        PlanFormat::Markdown => {
            terminal.data(&render::markdown::plan(&planned, options.max_bytes));
        }
        PlanFormat::Html => terminal.data(&render::html::plan(&planned)),
        PlanFormat::Json => {
            terminal.data(&render::json::plan(&planned, render::json::Layout::Pretty));
        }
    }
    terminal.calls(&world.context.calls().drain());
    Ok(exit(&planned, options.detailed_exitcode))
}

/// How much of each person's changes is shown.
pub const fn detail(full: bool) -> Detail {
    if full { Detail::Full } else { Detail::Brief }
}

/// Reads every app, and plans for a moment.
pub async fn made(
    world: &World,
    as_of: Timestamp,
    global: &Global,
    overrides: Vec<Override>,
) -> Result<Plan, Trouble> {
    let store = Store::open(&world.state)?;
    let mut history = snapshot::history(&store).await?;
    history.absorb(&deeds(&past::since_last_snapshot(&store).await?));
    history.recent = recent::deeds(&store, world.window()).await?;
    let observed: Observed = observe(&world.requests(&history), &world.context).await;
    let desired = crate::desired::at(&world.config, as_of);
    let circumstances = Circumstances {
        created: world.context.clock().now(),
        commit: git::commit(&global.folder),
        overrides,
    };
    Ok(plan(
        &world.config,
        &desired,
        &observed,
        &history,
        &circumstances,
    ))
}

/// What a plan means for whoever waits for the exit code.
pub fn exit(plan: &Plan, detailed: bool) -> Exit {
    if incomplete(plan) {
        Exit::Incomplete
    } else if plan.body.tripped().next().is_some() {
        Exit::Guard
    } else if detailed && plan.body.unfinished().next().is_some() {
        Exit::Unfinished
    } else if detailed && !plan.body.changes.is_empty() {
        Exit::Pending
    } else {
        Exit::Done
    }
}

/// True if some app was not read, or not wholly (R21).
pub fn incomplete(plan: &Plan) -> bool {
    plan.body.apps.values().any(|app| match app {
        AppSummary::Unread { .. } => true,
        AppSummary::Read { incomplete, .. } => incomplete.is_some(),
        AppSummary::Dropped { .. } => false,
    })
}
