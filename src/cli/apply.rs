//! `apply`: plans, asks, executes, and leaves a snapshot.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::sync::watch;

use crate::apply::{Finished, Seen, Setting, recall, resolve};
use crate::base::count::count;
use crate::config::Config;
use crate::model::history::{History, LastRun};
use crate::model::outcome::{Outcome, Refusal, StepOutcome};
use crate::model::plan::{Impediment, Plan};
use crate::plan::{
    Approved, Circumstances, Current, Ground, approve, brings, current, date_passed, plan, select,
    unattended, verify,
};
use crate::render::plan::Detail;
use crate::render::{self, outcomes, unreviewed};
use crate::state::{Lock, Store, past, recent, snapshot};

use super::allow;
use super::arguments::{ApplyOptions, Global};
use super::exit::Exit;
use super::plan::{LIFETIME, circumstances, incomplete};
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::World;
use super::{environment, lock, show};

/// Executes a saved plan, or what a fresh one says.
pub async fn run(
    global: &Global,
    options: &ApplyOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if must_ask(options, terminal) && !can_ask(terminal) {
        return Err(Trouble::NobodyToAsk);
    }
    let reviewed = options.plan.as_ref();
    let reviewed = reviewed.map(|path| show::read(&global.path(path), Exit::Stale));
    let reviewed = reviewed.transpose()?;
    let world = World::open(global, terminal).await?;
    let clock = world.context.clock();
    let lock = lock::acquire(&world.state, clock, options.lock_timeout).await?;
    let ended = locked(global, options, terminal, &world, reviewed, &lock).await;
    lock.release().await;
    ended
}

fn can_ask(terminal: &Terminal) -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && terminal.events().is_none()
}

/// Whoever names a saved plan has seen it, and a schedule asks nobody.
fn must_ask(options: &ApplyOptions, terminal: &Terminal) -> bool {
    !options.yes && !options.due && (options.plan.is_none() || can_ask(terminal))
}

/// What is done while the state is locked.
async fn locked(
    global: &Global,
    options: &ApplyOptions,
    terminal: &Terminal,
    world: &World,
    reviewed: Option<Plan>,
    lock: &Lock,
) -> Result<Exit, Trouble> {
    let clock = world.context.clock();
    let store = Store::at(&world.state)?;
    let reviewed = match reviewed {
        Some(reviewed) => Some(admit(reviewed, world, &store).await?),
        None => None,
    };
    let history = snapshot::history(&store).await?;
    if options.due && history.last.is_none() {
        return Err(Trouble::NothingReviewed);
    }
    let mut past = past::since_last_snapshot(&store).await?;
    let requests = world.requests(&history);
    let observed = terminal.watched(&requests, &world.context).await;
    let as_of = reviewed.as_ref().map(|reviewed| reviewed.plan().body.as_of);
    let desired = crate::desired::at(&world.config, as_of.unwrap_or(clock.started()));
    let circumstances = Circumstances {
        due: options.due,
        ..circumstances(world, LIFETIME, options.allow.overrides(), global)
    };
    let mut setting = Setting {
        config: &world.config,
        desired: &desired,
        history,
        overrides: &circumstances.overrides,
        requests: &requests,
        context: &world.context,
        store: &store,
        actor: environment::actor().into(),
        commit: circumstances.commit.clone(),
    };
    let died = past.iter().filter(|run| run.record().is_none()).count();
    if died > 0 {
        terminal.say(&format!(
            "{} died: looking what became of its open steps",
            count(died, "earlier run")
        ));
        resolve(&setting, &mut past, &observed).await?;
    }
    recall(&mut setting.history, &past);
    setting.history.recent = recent::deeds(&store, world.window()).await?;
    let (config, history) = (&world.config, &setting.history);
    let fresh = plan(config, &desired, &observed, history, &circumstances);
    allow::check(&circumstances.overrides, &fresh)?;
    let made = |plan: &Plan| {
        if let Some(events) = terminal.events() {
            events.plan(plan);
        }
    };
    if options.due && past.is_empty() && !is_worth_a_run(&fresh, config, history) {
        made(&fresh);
        terminal.result(&render::due::text(
            &fresh,
            show::detail(options.full),
            terminal.width(),
        ));
        return Ok(exit(&fresh, None));
    }
    let approved = match reviewed {
        None if options.due => unattended(fresh).expect("the history has a last run"),
        None => approve(fresh),
        Some(reviewed) => {
            let fresh = match &reviewed.plan().body.selection {
                Some(of) => select(fresh, &of.people, &of.apps),
                None => fresh,
            };
            verify(reviewed, &fresh, config, &observed, history)
        }
    };
    let planned = approved.plan();
    made(planned);
    let (detail, width) = (show::detail(options.full), terminal.width());
    terminal.result(&if options.due {
        render::due::text(planned, detail, width)
    } else {
        render::plan::text(planned, detail, width)
    });
    if must_ask(options, terminal) && !planned.body.changes.is_empty() && !agreed(planned, terminal)
    {
        terminal.say("Nothing was changed.");
        return Ok(Exit::Unfinished);
    }
    let stop = lock::stop(lock, stop_on_interrupt());
    let colour = terminal.talk_colour();
    let mut report = |seen: Seen<'_>| match (terminal.events(), seen) {
        (Some(events), seen) => events.run(seen),
        (None, Seen::Ended(change, outcome)) => {
            terminal.detail(&outcomes::step_line(change, outcome, colour));
        }
        (None, _) => {}
    };
    let finished =
        crate::apply::run(&approved, &setting, &observed, &past, &stop, &mut report).await?;
    terminal.calls(&finished.calls);
    if let Some(events) = terminal.events() {
        events.finished(&finished.snapshot);
    }
    print(&approved, &finished, show::detail(options.full), terminal);
    let refused = finished.outcomes.iter().any(is_refused_by_guard);
    if let Some(words) = allow::words(&approved.plan().body.guards).filter(|_| refused) {
        terminal.say(&format!(
            "the plan was made with what `apply` needs, too: {words}"
        ));
    }
    Ok(exit(approved.plan(), Some(&finished)))
}

/// True if something is due, or if a date passed that the next run is to know of: a schedule that
/// finds neither leaves no snapshot behind.
fn is_worth_a_run(plan: &Plan, config: &Config, history: &History) -> bool {
    let since = history.last.as_ref().map(LastRun::since);
    let passed = |since| date_passed(config, since, plan.body.as_of);
    let mut withheld = plan.body.withheld.iter();
    !plan.body.changes.is_empty()
        || since.is_some_and(passed)
        || withheld.any(|item| brings(config, history, item))
}

/// Judges a saved plan as a whole, before any app is asked (R23).
async fn admit(reviewed: Plan, world: &World, store: &Store) -> Result<Current, Trouble> {
    // Another machine made it, whose clock may differ.
    let since = reviewed.envelope.created.saturating_sub(LIFETIME);
    let since = since.unwrap_or(reviewed.envelope.created);
    let runs = past::of_plan(store, reviewed.id(), since).await?;
    let ground = Ground {
        config: &world.config,
        now: world.context.clock().now(),
        rehearsal: world.is_rehearsal(),
        runs: &runs,
    };
    Ok(current(reviewed, &ground)?)
}

fn print(approved: &Approved, finished: &Finished, full: Detail, terminal: &Terminal) {
    for failure in &finished.unread {
        terminal.failure(failure);
    }
    let Some(run) = finished
        .snapshot
        .manifest
        .runs
        .last()
        .map(|record| record.run.clone())
    else {
        return;
    };
    let snapshot = Some((finished.snapshot.manifest.serial, finished.snapshot.digest));
    terminal.data("\n");
    let recorded = outcomes::Recorded { run, snapshot };
    terminal.result(&outcomes::text(
        approved.plan(),
        &finished.outcomes,
        &recorded,
        full,
        terminal.width(),
    ));
    if !approved.unreviewed().is_empty() {
        terminal.data("\n");
        terminal.result(&unreviewed::text(approved.unreviewed(), terminal.width()));
    }
}

/// Asks; only `yes` is agreement.
fn agreed(plan: &Plan, terminal: &Terminal) -> bool {
    terminal.insist(&format!(
        "Make {}? Only `yes` is agreement:",
        count(plan.body.changes.len(), "change")
    ));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Becomes true on the first interrupt: steps in flight are then finished and recorded.
fn stop_on_interrupt() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            // Nobody listens any more once the run is over.
            let _ = sender.send(true);
            leave_on_second_interrupt().await;
        }
    });
    receiver
}

/// Leaves at once. What is in flight has a durable intent, and the next run finds it.
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "an app that hangs must not hold the user"
)]
async fn leave_on_second_interrupt() {
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(i32::from(Exit::Unfinished.code()));
    }
}

/// True if what was reviewed is more than a guard allows by now.
fn is_refused_by_guard(step: &StepOutcome) -> bool {
    let Outcome::Refused {
        why: Refusal::Withheld { why },
    } = &step.outcome
    else {
        return false;
    };
    matches!(**why, Impediment::Guard { .. })
}

/// What a run came to; one that had nothing to do and left no trace has nothing finished.
fn exit(plan: &Plan, finished: Option<&Finished>) -> Exit {
    let failed = |finished: &Finished| {
        let undone = finished.outcomes.iter().any(|step| !step.outcome.is_good());
        undone || !finished.unread.is_empty()
    };
    let unfinished =
        finished.is_some_and(failed) || plan.body.unfinished().next().is_some() || incomplete(plan);
    let refused = |finished: &Finished| finished.outcomes.iter().any(is_refused_by_guard);
    if plan.body.tripped().next().is_some() || finished.is_some_and(refused) {
        Exit::Guard
    } else if unfinished {
        Exit::Unfinished
    } else {
        Exit::Done
    }
}
