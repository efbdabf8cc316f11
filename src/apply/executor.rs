//! Walks the graph of an approved plan: what is ready runs side by side; what requires something
//! that did not happen is skipped, with the root cause (R16, R17).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::apps::{Context, Value, Writer, Written, open_writer};
use crate::base::Clock;
use crate::model::app::AppDescription;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::{AppName, PersonId};
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::EdgeKind;
use crate::observe::Request;
use crate::plan::Approved;
use crate::state::{Journal, StateError};

/// At most so many calls of one app's connector run at a time; the transport has limits of its own.
const CALLS_PER_APP: usize = 16;

/// Executes the changes of a plan, each after what comes before it, and journals each before and
/// after. When `stop` becomes true, steps in flight are finished and recorded and no more begin.
///
/// # Errors
/// When the journal cannot be written: then nothing more is begun, since a step without a durable
/// intent could not be found again.
pub async fn execute(
    approved: &Approved,
    targets: &BTreeMap<AppName, Request>,
    context: &Context,
    journal: &mut Journal,
    stop: &watch::Receiver<bool>,
    finished: &mut (dyn FnMut(&Change, &StepOutcome) + Send),
) -> Result<Vec<StepOutcome>, StateError> {
    let mut walk = Walk::new(approved, targets, context);
    let mut calls: JoinSet<Answered> = JoinSet::new();
    loop {
        let stopping = *stop.borrow();
        let ready = if stopping { Vec::new() } else { walk.begin() };
        if !ready.is_empty() {
            let ids: Vec<ChangeId> = ready
                .iter()
                .flat_map(|call| &call.steps)
                .map(|step| walk.id(*step))
                .collect();
            journal.intend(&ids, context.clock().now()).await?;
            for call in ready {
                calls.spawn(walk.call(call, context.clock()));
            }
        }
        let Some(first) = calls.join_next().await else {
            break;
        };
        let mut answers = vec![joined(first)];
        while let Some(next) = calls.try_join_next() {
            answers.push(joined(next));
        }
        let outcomes = answers
            .into_iter()
            .flat_map(|answer| walk.end(answer))
            .collect::<Vec<_>>();
        journal.record(&outcomes).await?;
        for outcome in &outcomes {
            finished(walk.change(&outcome.change), outcome);
        }
    }
    let rest = walk.rest();
    if !rest.is_empty() {
        journal.record(&rest).await?;
        for outcome in &rest {
            finished(walk.change(&outcome.change), outcome);
        }
    }
    Ok(walk.outcomes())
}

fn joined(answer: Result<Answered, tokio::task::JoinError>) -> Answered {
    answer.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => unreachable!("calls are never cancelled"),
    })
}

/// One call of a writer's verb: for one account, or for many that get or lose the same value.
struct Call {
    app: AppName,
    steps: Vec<usize>,
}

/// A call that ended.
struct Answered {
    app: AppName,
    written: Vec<(usize, Written)>,
    ended: jiff::Timestamp,
    milliseconds: u64,
}

struct Walk<'a> {
    changes: &'a [Change],
    index: HashMap<&'a ChangeId, usize>,
    /// Per change, what waits for it.
    after: Vec<Vec<(usize, EdgeKind)>>,
    /// Per change, for how many it waits.
    waits: Vec<usize>,
    ready: BTreeSet<usize>,
    /// Per change, the root cause of its being skipped.
    roots: Vec<Option<usize>>,
    outcomes: Vec<Option<StepOutcome>>,
    targets: &'a BTreeMap<AppName, Request>,
    writers: BTreeMap<AppName, Result<Arc<dyn Writer>, Failure>>,
    in_flight: BTreeMap<AppName, usize>,
    /// Accounts that this run made.
    made: HashMap<(AppName, PersonId), AccountTag>,
    clock: Clock,
}

impl<'a> Walk<'a> {
    fn new(
        approved: &'a Approved,
        targets: &'a BTreeMap<AppName, Request>,
        context: &Context,
    ) -> Self {
        let body = &approved.plan().body;
        let changes = &body.changes[..];
        let index: HashMap<&ChangeId, usize> = changes
            .iter()
            .enumerate()
            .map(|(index, change)| (&change.id, index))
            .collect();
        let mut after = vec![Vec::new(); changes.len()];
        let mut waits = vec![0; changes.len()];
        for edge in &body.edges {
            after[index[&edge.before]].push((index[&edge.after], edge.kind));
            waits[index[&edge.after]] += 1;
        }
        let used: BTreeSet<&AppName> = changes.iter().map(|change| &change.app).collect();
        let writers = used.into_iter().map(|app| {
            let target = &targets[app];
            (
                app.clone(),
                open_writer(&target.settings, &target.description, context).map(Arc::from),
            )
        });
        Self {
            changes,
            ready: (0..changes.len())
                .filter(|step| waits[*step] == 0)
                .collect(),
            roots: vec![None; changes.len()],
            outcomes: vec![None; changes.len()],
            writers: writers.collect(),
            in_flight: BTreeMap::new(),
            made: HashMap::new(),
            clock: context.clock(),
            index,
            after,
            waits,
            targets,
        }
    }

    fn id(&self, step: usize) -> ChangeId {
        self.changes[step].id.clone()
    }

    fn change(&self, id: &ChangeId) -> &'a Change {
        &self.changes[self.index[id]]
    }

    /// Takes what is ready, as far as each app may have more in flight. Ready steps that give or
    /// take the same value share one call.
    fn begin(&mut self) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        let mut shared: HashMap<(&AppName, Verb, &str, &str, Option<&str>), usize> = HashMap::new();
        let mut begun = Vec::new();
        for step in &self.ready {
            let change = &self.changes[*step];
            let key = sharing(&change.action).map(|(kind, value, level)| {
                (&change.app, change.action.verb(), kind, value, level)
            });
            if let Some(call) = key.and_then(|key| shared.get(&key)) {
                calls[*call].steps.push(*step);
                begun.push(*step);
                continue;
            }
            let in_flight = self.in_flight.entry(change.app.clone()).or_default();
            if *in_flight < CALLS_PER_APP {
                *in_flight += 1;
                shared.extend(key.map(|key| (key, calls.len())));
                calls.push(Call {
                    app: change.app.clone(),
                    steps: vec![*step],
                });
                begun.push(*step);
            }
        }
        for step in begun {
            self.ready.remove(&step);
        }
        calls
    }

    fn call(&self, call: Call, clock: Clock) -> impl Future<Output = Answered> + Send + use<> {
        let writer = self.writers[&call.app].clone();
        let description = self.targets[&call.app].description.clone();
        let steps: Vec<(usize, Change, Option<AccountTag>)> = call
            .steps
            .iter()
            .map(|step| (*step, self.changes[*step].clone(), self.account(*step)))
            .collect();
        async move {
            let stopwatch = clock.stopwatch();
            let written = match writer {
                Ok(writer) => write(&*writer, &description, &steps).await,
                Err(failure) => steps.iter().map(|_| failed(failure.clone())).collect(),
            };
            let milliseconds = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
            let written = steps.iter().map(|(step, ..)| *step).zip(written).collect();
            Answered {
                app: call.app,
                written,
                ended: clock.now(),
                milliseconds,
            }
        }
    }

    /// The account of a step: the one that the plan names, or the one that this run made.
    fn account(&self, step: usize) -> Option<AccountTag> {
        let change = &self.changes[step];
        change.account.clone().or_else(|| {
            let person = change.person.as_ref()?;
            self.made
                .get(&(change.app.clone(), person.id.clone()))
                .cloned()
        })
    }

    /// Takes in what a call answered; returns its outcomes and those of what is skipped for it.
    fn end(&mut self, answered: Answered) -> Vec<StepOutcome> {
        if let Some(in_flight) = self.in_flight.get_mut(&answered.app) {
            *in_flight -= 1;
        }
        let mut outcomes = Vec::new();
        for (
            step,
            Written {
                outcome,
                request_id,
            },
        ) in answered.written
        {
            self.remember(step, &outcome);
            let change = self.id(step);
            let (ended, milliseconds) = (answered.ended, answered.milliseconds);
            self.settle(
                step,
                StepOutcome {
                    change,
                    outcome,
                    ended,
                    milliseconds,
                    request_id,
                },
                &mut outcomes,
            );
        }
        outcomes
    }

    fn remember(&mut self, step: usize, outcome: &Outcome) {
        let change = &self.changes[step];
        if let (
            Action::Create(new),
            Outcome::Done {
                vendor_id: Some(id),
            }
            | Outcome::AlreadySo {
                vendor_id: Some(id),
            },
        ) = (&change.action, outcome)
            && let Some(person) = &change.person
        {
            let account = AccountTag {
                vendor_id: id.clone(),
                login: new.login.clone().into(),
            };
            self.made
                .insert((change.app.clone(), person.id.clone()), account);
        }
    }

    /// Notes an outcome and frees or skips what waits for it.
    fn settle(&mut self, step: usize, outcome: StepOutcome, outcomes: &mut Vec<StepOutcome>) {
        let good = outcome.outcome.is_good();
        let ended = outcome.ended;
        self.outcomes[step] = Some(outcome.clone());
        outcomes.push(outcome);
        let root = self.roots[step].unwrap_or(step);
        for (next, kind) in self.after[step].clone() {
            self.waits[next] -= 1;
            if !good && kind == EdgeKind::Requires {
                self.roots[next].get_or_insert(root);
            }
            if self.waits[next] > 0 {
                continue;
            }
            if let Some(root) = self.roots[next] {
                let outcome = Outcome::Skipped {
                    root: self.id(root),
                };
                let skipped = StepOutcome {
                    change: self.id(next),
                    outcome,
                    ended,
                    milliseconds: 0,
                    request_id: None,
                };
                self.settle(next, skipped, outcomes);
            } else {
                self.ready.insert(next);
            }
        }
    }

    /// What was never begun, since the run was told to stop.
    fn rest(&mut self) -> Vec<StepOutcome> {
        let ended = self.clock.now();
        let mut rest = Vec::new();
        for (step, outcome) in self
            .outcomes
            .iter_mut()
            .enumerate()
            .filter(|(_, outcome)| outcome.is_none())
        {
            let change = self.changes[step].id.clone();
            let not_started = StepOutcome {
                change,
                outcome: Outcome::NotStarted,
                ended,
                milliseconds: 0,
                request_id: None,
            };
            *outcome = Some(not_started.clone());
            rest.push(not_started);
        }
        rest
    }

    /// All outcomes, in the order of the plan.
    fn outcomes(self) -> Vec<StepOutcome> {
        self.outcomes.into_iter().flatten().collect()
    }
}

/// Kind, value and level of a change that can be made for many accounts at once.
fn sharing(action: &Action) -> Option<(&str, &str, Option<&str>)> {
    match action {
        Action::Grant { kind, value, level } => Some((kind, value, level.as_deref())),
        Action::Revoke { kind, value, level } => Some((
            kind,
            value.raw(),
            level.as_ref().map(crate::base::Foreign::raw),
        )),
        Action::Set {
            kind,
            key: Some(key),
            after,
            ..
        } => Some((kind, key, Some(after))),
        Action::Set {
            kind,
            key: None,
            after,
            ..
        } => Some((kind, after, None)),
        Action::Create(_)
        | Action::Await { .. }
        | Action::Adopt { .. }
        | Action::Reactivate
        | Action::Update { .. }
        | Action::Deactivate { .. } => None,
    }
}

/// Calls the verb of a call's steps, which are one, or several that share a value.
async fn write(
    writer: &dyn Writer,
    description: &AppDescription,
    steps: &[(usize, Change, Option<AccountTag>)],
) -> Vec<Written> {
    let Some((_, change, account)) = steps.first() else {
        return Vec::new();
    };
    if let Some((kind, value, level)) = sharing(&change.action) {
        let accounts: Option<Vec<AccountTag>> =
            steps.iter().map(|(.., account)| account.clone()).collect();
        let kind = description.entitlement(kind);
        let (Some(accounts), Some((kind, _))) = (accounts, kind) else {
            return steps.iter().map(|_| unplanned(change)).collect();
        };
        let value = Value {
            kind,
            name: value.to_owned(),
            level: level.map(str::to_owned),
        };
        return match change.action.verb() {
            Verb::Grant => writer.grant(&value, &accounts).await,
            Verb::Revoke => writer.revoke(&value, &accounts).await,
            _ => writer.set(&value, &accounts).await,
        };
    }
    vec![match (&change.action, account) {
        (Action::Create(new), _) => writer.create(new, &[]).await,
        (Action::Adopt { hr_id, .. }, Some(account)) => writer.adopt(account, hr_id).await,
        (Action::Reactivate, Some(account)) => writer.activate(account).await,
        (Action::Update { edits }, Some(account)) => writer.update(account, edits).await,
        (Action::Deactivate { .. }, Some(account)) => writer.deactivate(account).await,
        _ => unplanned(change),
    }]
}

fn failed(failure: Failure) -> Written {
    Written {
        outcome: Outcome::Failed { failure },
        request_id: None,
    }
}

/// A step whose account neither the plan nor an earlier step named.
fn unplanned(change: &Change) -> Written {
    failed(Failure::new(
        &change.app,
        FailureKind::NotFound,
        "finding the account that this step is about",
    ))
}
