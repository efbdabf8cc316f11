//! Floor 7: executes an approved plan, reads back, and leaves a snapshot. Never plans.

mod call;
mod executor;
mod past;
mod record;
#[cfg(test)]
mod tests;
mod unrecorded;
mod waiting;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use crate::apps::Context;
use crate::apps::transport::{Call, Calls};
use crate::base::{Digest, Foreign};
use crate::config::Config;
use crate::model::change::Change;
use crate::model::desired::Desired;
use crate::model::failure::{Failure, FailureKind};
use crate::model::guard::Override;
use crate::model::history::History;
use crate::model::name::{AppName, RunId};
use crate::model::observation::{Observed, Reading};
use crate::model::order::Mandate;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::snapshot::Provenance;
use crate::observe::{Request, observe};
use crate::plan::Approved;
use crate::plan::look::{self, Looker, Sight};
use crate::state::journal::Opened;
use crate::state::past::refuse_if_moved;
use crate::state::signature::{self, SigningKey};
use crate::state::{Journal, PastRun, Snapshot, StateError, Store};

pub use past::{recall, resolve};
pub use record::written;
pub use unrecorded::{Unrecorded, UnrecordedLine, UnrecordedStep};

/// What a run works with: the files, the past, the apps and the state.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The files.
    pub config: &'a Config,
    /// What they said when the plan was made.
    pub desired: &'a Desired,
    /// What the last snapshot remembers, and what [`recall`] adds to it.
    pub history: History,
    /// What somebody allowed by its exact number (R20).
    pub overrides: &'a [Override],
    /// How to speak to each app, and what of it to read.
    pub requests: &'a BTreeMap<AppName, Request>,
    /// The clock and the way to each app.
    pub context: &'a Context,
    /// Where journal and snapshot go.
    pub store: &'a Store,
    /// Who runs it, as the machine tells.
    pub actor: Foreign,
    /// The commit of the files, if they are in a Git repository.
    pub commit: Option<String>,
    /// What it does by order, and nothing else.
    pub mandate: Option<Mandate>,
    /// What CI and Git tell of the run.
    pub provenance: Provenance,
    /// What signs the snapshot, if anything is to.
    pub signer: Option<&'a SigningKey>,
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It never began: nothing was written to any app.
    #[error(transparent)]
    NotBegun(#[from] StateError),
    /// It began, and could not be recorded to its end. Whatever had begun has a durable intent, and
    /// the next run finds it.
    #[error("the run was cut short: its record cannot be written")]
    Broken {
        /// What the state said.
        source: StateError,
        /// What was done and is not recorded.
        unrecorded: Box<Unrecorded>,
    },
}

/// What a run does, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// Its journal is open.
    Opened {
        /// Which run it is.
        run: &'a RunId,
        /// The plan that it does.
        plan: Digest,
    },
    /// A change is about to be made: its intent is durable.
    Begun(&'a Change),
    /// A change came to an end.
    Ended(&'a Change, &'a StepOutcome),
}

/// What a run did and left behind.
#[derive(Debug)]
pub struct Finished {
    /// What became of each change, in the order of the plan.
    pub outcomes: Vec<StepOutcome>,
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Apps that could not be read after the run, and why.
    pub unread: Vec<Failure>,
    /// Every call to an app, from the first reading to the last.
    pub calls: Vec<Call>,
}

/// Executes an approved plan: journals each step before and after, reads the apps back, and
/// writes the snapshot. `before` is the reading that the plan was made from; `past` are the runs
/// since the last snapshot, [resolved](resolve).
///
/// When `stop` becomes true, steps in flight are finished and recorded, and no more begin.
///
/// # Errors
/// When the state cannot be written.
pub async fn run(
    approved: &Approved,
    setting: &Setting<'_>,
    before: &Observed,
    past: &[PastRun],
    stop: &watch::Receiver<bool>,
    watch: &mut (dyn FnMut(Seen<'_>) + Send),
) -> Result<Finished, RunError> {
    let plan = approved.plan();
    let clock = setting.context.clock();
    let opened = Opened {
        started: clock.now(),
        plan: plan.id(),
        head: setting.history.last.as_ref().map(|last| last.head),
        actor: setting.actor.clone(),
        commit: setting.commit.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let head = opened.head;
    if let Some(signer) = setting.signer {
        // Nothing is done that could not be put on record as it was asked for.
        signature::probe(signer).await?;
    }
    let journal = Journal::open(setting.store, opened, &plan.body).await?;
    refuse_if_moved(setting.store, head, past, journal.run()).await?;
    watch(Seen::Opened {
        run: journal.run(),
        plan: plan.id(),
    });
    let run = journal.run().clone();
    let written = execute(approved, setting, before, past, journal, stop, watch);
    written.await.map_err(|cut| {
        let of = |step: &StepOutcome| {
            let mut changes = plan.body.changes.iter();
            changes.find(|change| change.id == step.change).cloned()
        };
        let steps = cut.unrecorded.into_iter().filter_map(|ended| {
            let change = of(&ended)?;
            Some(UnrecordedStep { change, ended })
        });
        let unrecorded = Unrecorded {
            run,
            steps: steps.collect(),
            calls: cut.calls,
        };
        RunError::Broken {
            source: cut.error,
            unrecorded: Box::new(unrecorded),
        }
    })
}

/// Why a run was cut short, and what the journal could not take of it.
struct Cut {
    error: StateError,
    unrecorded: Vec<StepOutcome>,
    calls: Vec<Call>,
}

impl Cut {
    /// Keeps what was done, with the calls to the apps that no segment holds.
    fn new(
        error: StateError,
        unrecorded: Vec<StepOutcome>,
        mut journal: Journal,
        calls: &Calls,
    ) -> Self {
        journal.note(calls.drain());
        Self {
            error,
            unrecorded,
            calls: journal.unrecorded_calls().to_vec(),
        }
    }
}

/// The run itself, once its journal is open.
async fn execute(
    approved: &Approved,
    setting: &Setting<'_>,
    before: &Observed,
    past: &[PastRun],
    mut journal: Journal,
    stop: &watch::Receiver<bool>,
    watch: &mut (dyn FnMut(Seen<'_>) + Send),
) -> Result<Finished, Cut> {
    let (plan, context) = (approved.plan(), setting.context);
    let ways = ways::open(&plan.body.changes, setting.requests, context);
    let (clock, calls) = (context.clock(), context.calls());
    let walked = executor::execute(approved, &ways, clock, &mut journal, calls, stop, watch);
    let mut outcomes = match walked.await {
        Ok(outcomes) => outcomes,
        Err(walk) => return Err(Cut::new(walk.error, walk.unrecorded, journal, calls)),
    };
    let after = read_back(setting, &plan.body.changes, &outcomes).await;
    journal.note(calls.drain());
    let corrections = verify(setting, &plan.body.changes, &mut outcomes, &after);
    if !corrections.is_empty() {
        if let Err(error) = journal.record(&corrections).await {
            return Err(Cut::new(error, corrections, journal, calls));
        }
        let changes = plan.body.changes.iter();
        for (change, step) in changes.zip(&outcomes) {
            if corrections.iter().any(|one| one.change == step.change) {
                watch(Seen::Ended(change, step));
            }
        }
    }
    let closed = match journal.close(clock.now()).await {
        Ok(closed) => closed,
        Err(error) => return Err(Cut::new(error, Vec::new(), journal, calls)),
    };
    let written = record::snapshot(setting, approved, before, &after, past, &closed, &outcomes);
    // The journal has it all, and the next run's snapshot names it.
    let snapshot = written.await.map_err(|error| Cut {
        error,
        unrecorded: Vec::new(),
        calls: Vec::new(),
    })?;
    let unread = after.into_values().filter_map(|reading| match reading {
        Reading::Unread(failure) => Some(failure),
        Reading::Read(_) => None,
    });
    Ok(Finished {
        outcomes,
        snapshot,
        unread: unread.collect(),
        calls: journal.calls().to_vec(),
    })
}

/// Reads again the apps in which something was tried.
async fn read_back(
    setting: &Setting<'_>,
    changes: &[Change],
    outcomes: &[StepOutcome],
) -> Observed {
    let tried = |outcome: &Outcome| {
        !matches!(
            outcome,
            Outcome::Skipped { .. } | Outcome::Refused { .. } | Outcome::NotStarted
        )
    };
    let steps = changes
        .iter()
        .zip(outcomes)
        .filter(|(_, step)| tried(&step.outcome));
    let apps: BTreeSet<&AppName> = steps.map(|(change, _)| &change.app).collect();
    let requests = setting
        .requests
        .iter()
        .filter(|(app, _)| apps.contains(app));
    observe(
        &requests
            .map(|(app, request)| (app.clone(), request.clone()))
            .collect(),
        setting.context,
    )
    .await
}

/// Compares what became of each step with what the apps say now: a success that reading back
/// contradicts is none, and what reading back shows as done is done (R26). Returns the outcomes
/// that this corrects.
fn verify(
    setting: &Setting<'_>,
    changes: &[Change],
    outcomes: &mut [StepOutcome],
    after: &Observed,
) -> Vec<StepOutcome> {
    let links = look::links(setting.config, &setting.history, after);
    let looker = Looker::new(setting.config, after, &links);
    let mut corrections = Vec::new();
    for (change, step) in changes.iter().zip(outcomes) {
        let corrected = match (&step.outcome, looker.look(change)) {
            (outcome, Sight::False) if outcome.is_good() => {
                let what = "reading back what was done: the app now says otherwise";
                let failure = Failure::new(&change.app, FailureKind::Conflict, what);
                Outcome::Unknown { failure }
            }
            (Outcome::Unknown { .. }, Sight::True { vendor_id }) => past::done(change, vendor_id),
            _ => continue,
        };
        step.outcome = corrected;
        corrections.push(step.clone());
    }
    corrections
}
