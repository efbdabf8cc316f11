//! `plan`: observes, plans, prints, saves. Nothing in this file can name what writes to an app.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::apply::recall;
use crate::base::file::write_atomically;
use crate::base::foreign::escape;
use crate::config::Config;
use crate::model::desired::Desired;
use crate::model::guard::Override;
use crate::model::history::History;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::Observed;
use crate::model::plan::Plan;
use crate::plan::{Circumstances, plan, saved, select};
use crate::reports::find;
use crate::state::{PastRun, Store, past, recent, snapshot};

use super::allow;
use super::arguments::{Global, PlanOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, World};
use super::{against, explain, git, impact, order, show, upcoming};

/// Plans, prints, and saves if that is wanted.
pub async fn run(
    global: &Global,
    options: &PlanOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if let Some(base) = &options.base {
        return impact::run(global, base, options, terminal).await;
    }
    if let Some(days) = options.upcoming {
        return upcoming::run(global, days, options, terminal);
    }
    if let Some(which) = options.against {
        let (config, store) = world::remembered(global, terminal).await?;
        let planned = against::made(global, (&config, &store), which, options).await?;
        return given(planned, &config, global, options, terminal);
    }
    let mut world = World::open(global, terminal).await?;
    let supposed = order::supposed(&mut world, &options.leaving).await?;
    let as_of = match &supposed {
        Some(order) => order.at.max(world.context.clock().started()),
        None => world.as_of(options.as_of.as_deref())?,
    };
    let overrides = options.allow.overrides();
    let planned = made(
        &world,
        as_of,
        options.expires,
        overrides.clone(),
        supposed.as_ref().map(|order| order.person.id.clone()),
        (global, terminal),
    )
    .await?;
    let planned = match supposed {
        Some(order) => {
            let person = BTreeSet::from([order.person.id]);
            let mut planned = select(planned, &person, &BTreeSet::new());
            // Nobody left by an order that nobody gave.
            let given = world.numbers();
            planned
                .body
                .ordered
                .retain(|one| given.contains(&one.order));
            planned
        }
        None => planned,
    };
    allow::check(&overrides, &planned)?;
    terminal.calls(&world.context.calls().drain());
    given(planned, &world.config, global, options, terminal)
}

/// Prints what is wanted of a plan, and saves it.
fn given(
    planned: Plan,
    config: &Config,
    global: &Global,
    options: &PlanOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let mut planned = planned;
    if !options.person.is_empty() || !options.app.is_empty() {
        let people = people(config, &planned, &options.person)?;
        let apps = apps(config, &options.app)?;
        planned = select(planned, &people, &apps);
    }
    if let Some(events) = terminal.events() {
        events.plan(&planned);
    }
    show::print(&planned, &options.view, terminal);
    if let Some(out) = &options.out {
        let path = global.path(out);
        write_atomically(&path, &saved::write(&planned)).map_err(|error| Trouble::Write {
            path: path.clone(),
            error,
        })?;
        terminal.say(&format!(
            "saved in {}, to be applied until {}",
            escape(&path.to_string_lossy()),
            planned.envelope.expires
        ));
        if let Some(words) = allow::words(&planned.body.guards) {
            terminal.say(&format!("`apply` needs the same: {words}"));
        }
    }
    Ok(exit(&planned, options.detailed_exitcode))
}

/// How long a plan may be applied if nothing else is said.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Reads every app, and plans for a moment.
pub async fn made(
    world: &World,
    as_of: Timestamp,
    lifetime: SignedDuration,
    overrides: Vec<Override>,
    only: Option<PersonId>,
    (global, terminal): (&Global, &Terminal),
) -> Result<Plan, Trouble> {
    let sight = seen(world, as_of, terminal).await?;
    let circumstances = Circumstances {
        only,
        ..circumstances(world, lifetime, overrides, global)
    };
    Ok(sight.plan(world, &circumstances))
}

/// What a plan is made from, besides the files.
pub struct Sight {
    /// What they say at the moment.
    pub desired: Desired,
    /// What the apps said.
    pub observed: Observed,
    /// What the last snapshot and the runs since remember.
    pub history: History,
}

impl Sight {
    /// The plan.
    pub fn plan(&self, world: &World, circumstances: &Circumstances) -> Plan {
        plan(
            &world.config,
            &self.desired,
            &self.observed,
            &self.history,
            circumstances,
        )
    }
}

/// Reads every app.
pub async fn seen(world: &World, as_of: Timestamp, terminal: &Terminal) -> Result<Sight, Trouble> {
    let store = Store::at(&world.state)?;
    let (history, _) = remembered(world, &store).await?;
    let requests = world.requests(&history);
    let observed = terminal.watched(&requests, &world.context).await;
    let desired = crate::desired::at(&world.config, as_of);
    Ok(Sight {
        desired,
        observed,
        history,
    })
}

/// What the state remembers, and the runs since its last snapshot.
pub async fn remembered(world: &World, store: &Store) -> Result<(History, Vec<PastRun>), Trouble> {
    let mut history = snapshot::history(store).await?;
    let past = past::since_last_snapshot(store).await?;
    recall(&mut history, &past);
    history.recent = recent::deeds(store, world.window()).await?;
    Ok((history, past))
}

/// When a plan is made, and until when it may be applied.
pub fn circumstances(
    world: &World,
    lifetime: SignedDuration,
    overrides: Vec<Override>,
    global: &Global,
) -> Circumstances {
    let created = world.context.clock().now();
    Circumstances {
        created,
        expires: created.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
        commit: git::commit(&global.folder),
        rehearsal: world.is_rehearsal(),
        against: None,
        due: false,
        only: None,
        overrides,
    }
}

/// The people that are meant; one who is no longer in the files goes by their id.
fn people(config: &Config, plan: &Plan, named: &[String]) -> Result<BTreeSet<PersonId>, Trouble> {
    let gone = |text: &str| {
        let body = &plan.body;
        let changes = body.changes.iter().map(|change| &change.person);
        let withheld = body.withheld.iter().map(|item| &item.person);
        let mut ids = changes.chain(withheld).flatten().map(|person| &person.id);
        ids.find(|id| id.as_str() == text).cloned()
    };
    let one = |text: &String| match find::person(config, text) {
        Ok(person) => Ok(config.people[person].id.clone()),
        Err(unfound) => gone(text).ok_or_else(|| explain::trouble(text, unfound)),
    };
    named.iter().map(one).collect()
}

fn apps(config: &Config, named: &[String]) -> Result<BTreeSet<AppName>, Trouble> {
    let known = named.iter().map(|name| explain::known(config, name));
    known.collect()
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
    plan.body.is_incomplete()
}
