//! `apply`: plans, asks, executes, and leaves a snapshot.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::apply::{Finished, RunError, Seen, Setting, recall, resolve};
use crate::base::count::count;
use crate::config::Config;
use crate::model::history::{History, LastRun};
use crate::model::notice::{Notice, Occasion};
use crate::model::order::Mandate;
use crate::model::outcome::{Outcome, Refusal, StepOutcome};
use crate::model::plan::Plan;
use crate::model::snapshot::Provenance;
use crate::model::withheld::Impediment;
use crate::plan::{
    Approved, Circumstances, Current, Ground, approve, brings, current, date_passed, plan, select,
    unattended, verify,
};
use crate::render::plan::Detail;
use crate::render::{self, notice, outcomes, unreviewed};
use crate::state::{Lock, Store, past, recent, snapshot};

use super::allow;
use super::arguments::{ApplyOptions, Global};
use super::exit::Exit;
use super::lock::{self, Idle, is_lost};
use super::order::{self, Given};
use super::plan::{LIFETIME, circumstances, incomplete};
use super::progress::Progress;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, World};
use super::{environment, interrupt, preempt, provenance, show, unrecorded};

/// What is said when the lease of the state could not be kept.
const LOST: &str = "The lock was lost meanwhile: its lease was freed or taken over, or the bucket \
    did not answer in time. No step was begun after that; run again to finish.";

/// How long whoever carries out an order waits for the run that is under way to yield.
const YIELDING: SignedDuration = SignedDuration::from_mins(10);

/// The lock, and what a run that has it listens to.
struct Held<'a> {
    lock: &'a Lock,
    idle: Idle,
    orders: Option<watch::Receiver<Option<u64>>>,
}

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
    let mut world = World::open(global, terminal).await?;
    options.telling.check(Occasion::Apply, &world.config)?;
    let clock = world.context.clock();
    let agreed = |question: &str| !must_ask(options, terminal) || agreed(question, terminal);
    let mandate = match order::given(options, &mut world, terminal, agreed).await? {
        Some(Given::Now(mandate)) => Some(mandate),
        Some(Given::Later(order)) => {
            terminal.say(&format!(
                "nothing to do before {}: the first apply after it, --due too, carries it out",
                order.at
            ));
            return Ok(Exit::Done);
        }
        None => None,
    };
    let patience = if mandate.is_some() {
        options.lock_timeout.max(YIELDING)
    } else {
        options.lock_timeout
    };
    let lock = lock::acquire(&world.state, clock, patience).await?;
    // Whatever was ordered while the lock was waited for.
    if let Err(trouble) = world.listen().await {
        lock.release().await;
        return Err(trouble);
    }
    if let Some(order) = world.overtaking().filter(|_| mandate.is_none()) {
        lock.release().await;
        terminal.insist(&yielded(order));
        return Ok(Exit::Locked);
    }
    // Whoever carries out an order yields to none.
    let orders = match mandate {
        None => {
            let store = Store::at(&world.state)?;
            Some(preempt::listen(store, world.numbers().clone(), clock))
        }
        Some(_) => None,
    };
    let held = Held {
        lock: &lock,
        idle: Idle::with(&lock, orders.clone()),
        orders: orders.clone(),
    };
    let mut told = None;
    let run = locked(
        global,
        options,
        terminal,
        &world,
        (reviewed, mandate),
        held,
        &mut told,
    );
    let ended = Box::pin(run).await;
    if let Some(number) = orders.and_then(|orders| *orders.borrow()) {
        terminal.insist(&yielded(number));
    }
    if is_lost(&lock) {
        terminal.insist(LOST);
    }
    lock.release().await;
    // Nobody waits for the lock while a mail server thinks.
    if let Some(notice) = told {
        let telling = &options.telling;
        telling
            .tell(notice, global, &world.config, clock, terminal)
            .await;
    }
    ended
}

fn yielded(order: u64) -> String {
    format!("Yielded to order {order}: no step was begun after it was given; run again to finish.")
}

/// True if somebody is there to be asked.
pub fn can_ask(terminal: &Terminal) -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && terminal.events().is_none()
}

/// Whoever names a saved plan has seen it, and a schedule asks nobody.
fn must_ask(options: &ApplyOptions, terminal: &Terminal) -> bool {
    !options.yes && !options.due && (options.plan.is_none() || can_ask(terminal))
}

/// What is done while the state is locked, and what is to be told of it.
async fn locked(
    global: &Global,
    options: &ApplyOptions,
    terminal: &Terminal,
    world: &World,
    (reviewed, mandate): (Option<Plan>, Option<Mandate>),
    held: Held<'_>,
    told: &mut Option<Notice>,
) -> Result<Exit, Trouble> {
    let Held { lock, idle, orders } = held;
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
        only: mandate
            .as_ref()
            .map(|mandate| order::subject_of(&world.config, mandate)),
        ..circumstances(world, LIFETIME, options.allow.overrides(), global)
    };
    let signer = world::signer(&world.config)?;
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
        mandate,
        provenance: Provenance::default(),
        signer: signer.as_ref(),
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
        None => approve(match &circumstances.only {
            Some(person) => select(fresh, &BTreeSet::from([person.clone()]), &BTreeSet::new()),
            None => fresh,
        }),
        Some(reviewed) => {
            let fresh = match &reviewed.plan().body.selection {
                Some(of) => select(fresh, &of.people, &of.apps),
                None => fresh,
            };
            let now = clock.started();
            let today = date_passed(config, fresh.body.as_of, now).then(|| {
                let desired = crate::desired::at(config, now);
                plan(config, &desired, &observed, history, &circumstances)
            });
            verify(reviewed, &fresh, today.as_ref(), config, &observed, history)
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
    // An order was agreed to before it was given.
    let asks = setting.mandate.is_none() && must_ask(options, terminal);
    let question = || format!("Make {}?", count(planned.body.changes.len(), "change"));
    if asks && !planned.body.changes.is_empty() && !agreed(&question(), terminal) {
        terminal.say("Nothing was changed.");
        return Ok(Exit::Unfinished);
    }
    setting.provenance = provenance::of(&global.folder, &planned.body).await;
    let interrupts = idle.end();
    let preempted = orders
        .as_ref()
        .is_some_and(|orders| orders.borrow().is_some());
    if *interrupts.borrow() > 0 || preempted {
        terminal.say("Nothing was changed.");
        return Ok(Exit::Unfinished);
    }
    let stop = lock::stop(lock, interrupt::first(interrupts.clone()), orders);
    let seen = Mutex::new(Shown::new(terminal, planned));
    let mut report = |one: Seen<'_>| shown(&seen).see(one);
    let ran = {
        let run = crate::apply::run(&approved, &setting, &observed, &past, &stop, &mut report);
        let run = async {
            let mut run = Box::pin(run);
            tokio::select! {
                ran = &mut run => return ran,
                // What is in flight may wait for long, and must not write after that.
                () = lock::lost(lock) => world.context.write_no_more(),
            }
            run.await
        };
        tokio::pin!(run);
        tokio::select! {
            ran = &mut run => Some(ran),
            () = interrupt::reached(interrupts.clone(), 1) => {
                shown(&seen).say(
                    "stopping: steps in flight are finished and recorded first; \
                     interrupt again to leave at once",
                );
                tokio::select! {
                    ran = &mut run => Some(ran),
                    () = interrupt::reached(interrupts, 2) => None,
                }
            }
        }
    };
    drop(seen);
    let Some(ran) = ran else {
        terminal.say("left at once: the next apply looks what became of the steps in flight");
        return Ok(Exit::Unfinished);
    };
    if let Err(RunError::Broken { unrecorded, .. }) = &ran {
        unrecorded::keep(unrecorded, terminal);
        *told = Some(notice::cut_short(approved.plan(), clock.now()));
    }
    let finished = ran?;
    terminal.calls(&finished.calls);
    if let Some(events) = terminal.events() {
        events.finished(&finished.snapshot);
    }
    print(&approved, &finished, show::detail(options.full), terminal);
    let Finished {
        outcomes,
        snapshot,
        unread,
        ..
    } = &finished;
    *told = Some(notice::applied(approved.plan(), outcomes, snapshot, unread));
    let refused = finished.outcomes.iter().any(is_refused_by_guard);
    if let Some(words) = allow::words(&approved.plan().body.guards).filter(|_| refused) {
        terminal.say(&format!(
            "the plan was made with what `apply` needs, too: {words}"
        ));
    }
    let exit = exit(approved.plan(), Some(&finished));
    // An app whose mode keeps it open is no success of whoever ordered that it be closed.
    let leaves = matches!(setting.mandate, Some(Mandate::Leave(_)));
    let withheld = &approved.plan().body.withheld;
    Ok(if leaves && exit == Exit::Done && !withheld.is_empty() {
        Exit::Unfinished
    } else {
        exit
    })
}

/// Whoever watches a run: a machine, a person at a terminal, or a log.
struct Shown<'a> {
    terminal: &'a Terminal,
    /// Of the organisation, in which instants are told.
    zone: &'a str,
    progress: Option<Progress>,
}

impl<'a> Shown<'a> {
    fn new(terminal: &'a Terminal, plan: &'a Plan) -> Self {
        Self {
            terminal,
            zone: &plan.body.time_zone,
            progress: terminal.draws().then(|| Progress::of(plan)),
        }
    }

    fn see(&mut self, seen: Seen<'_>) {
        if let Some(events) = self.terminal.events() {
            return events.run(seen);
        }
        if let Some(progress) = &mut self.progress {
            return progress.see(seen);
        }
        if let Seen::Ended(change, outcome) = seen {
            let colour = self.terminal.talk_colour();
            let line = outcomes::step_line(change, outcome, self.zone, colour);
            self.terminal.detail(&line);
        }
    }

    fn say(&self, text: &str) {
        match &self.progress {
            Some(progress) => progress.aside(|| self.terminal.say(text)),
            None => self.terminal.say(text),
        }
    }
}

/// The run and the interrupts both speak to whoever watches, never at the same time.
fn shown<'a, 'b>(shown: &'b Mutex<Shown<'a>>) -> MutexGuard<'b, Shown<'a>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
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
pub fn agreed(question: &str, terminal: &Terminal) -> bool {
    terminal.insist(&format!("{question} Only `yes` is agreement:"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
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
