//! Walks the graph of an approved plan: what is ready runs side by side; what requires something
//! that did not happen is skipped, with the root cause (R16, R17).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::apps::Written;
use crate::apps::transport::Calls;
use crate::base::Clock;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::EdgeKind;
use crate::plan::Approved;
use crate::state::{Journal, StateError};

use super::Seen;
use super::call::{Ready, make, sharing, waits};
use super::waiting::stopped;
use super::ways::Way;

/// At most so many calls of one app's connector run at a time; the transport has limits of its own.
const CALLS_PER_APP: usize = 16;

/// Why a walk was cut short, and what the journal could not take of it.
#[derive(Debug)]
pub struct CutShort {
    /// What the journal said.
    pub error: StateError,
    /// The steps that came to an end since, in the order in which they did.
    pub unrecorded: Vec<StepOutcome>,
}

/// Executes the changes of a plan, each after what comes before it, and journals each before and
/// after. When `stop` becomes true, steps in flight are finished and recorded and no more begin;
/// what only waits for another app ends as not started.
///
/// # Errors
/// When the journal cannot be written: then steps in flight are finished too, and nothing more is
/// begun, since a step without a durable intent could not be found again.
pub async fn execute(
    approved: &Approved,
    ways: &BTreeMap<AppName, Way>,
    clock: Clock,
    journal: &mut Journal,
    calls: &Calls,
    stop: &watch::Receiver<bool>,
    watch: &mut (dyn FnMut(Seen<'_>) + Send),
) -> Result<Vec<StepOutcome>, CutShort> {
    let mut walk = Walk::new(approved, ways, clock);
    let mut record = Record::new(journal, calls);
    let settled = walk.settled(approved);
    record.ended(&walk, settled, watch).await;
    // Either of the two ends waits: somebody's word, or a journal that cannot be written.
    let (halt, halted) = watch::channel(false);
    let mut calls: JoinSet<Answered> = JoinSet::new();
    loop {
        if record.error.is_some() {
            halt.send_replace(true);
        }
        let stopping = *stop.borrow() || *halted.borrow();
        let ready = if stopping { Vec::new() } else { walk.begin() };
        let ids = ready.iter().flat_map(|call| &call.steps);
        let ids: Vec<ChangeId> = ids.map(|step| walk.id(*step)).collect();
        if record.begun(&walk, &ids, clock, watch).await {
            for call in ready {
                calls.spawn(walk.call(call, halted.clone()));
            }
        }
        let first = tokio::select! {
            biased;
            () = stopped(stop.clone()), if !*halted.borrow() => {
                halt.send_replace(true);
                continue;
            }
            first = calls.join_next() => first,
        };
        let Some(first) = first else {
            break;
        };
        let mut answers = vec![joined(first)];
        while let Some(next) = calls.try_join_next() {
            answers.push(joined(next));
        }
        let ended = answers.into_iter().flat_map(|answer| walk.end(answer));
        let ended = ended.collect();
        record.ended(&walk, ended, watch).await;
    }
    if record.error.is_none() {
        let rest = walk.rest();
        record.ended(&walk, rest, watch).await;
    }
    match record.error {
        None => Ok(walk.outcomes()),
        Some(error) => Err(CutShort {
            error,
            unrecorded: record.unrecorded,
        }),
    }
}

/// What the walk tells its journal and whoever watches. Once the journal cannot be written, it keeps
/// what it would have said.
struct Record<'a> {
    journal: &'a mut Journal,
    calls: &'a Calls,
    error: Option<StateError>,
    unrecorded: Vec<StepOutcome>,
}

impl<'a> Record<'a> {
    fn new(journal: &'a mut Journal, calls: &'a Calls) -> Self {
        Self {
            journal,
            calls,
            error: None,
            unrecorded: Vec::new(),
        }
    }

    /// Says that steps are about to be made; false if they must not be.
    async fn begun(
        &mut self,
        walk: &Walk<'_>,
        steps: &[ChangeId],
        clock: Clock,
        watch: &mut (dyn FnMut(Seen<'_>) + Send),
    ) -> bool {
        if steps.is_empty() {
            return true;
        }
        self.journal.note(self.calls.drain());
        if let Err(error) = self.journal.intend(steps, clock.now()).await {
            self.error.get_or_insert(error);
            return false;
        }
        for step in steps {
            watch(Seen::Begun(walk.change(step)));
        }
        true
    }

    /// Says what became of steps.
    async fn ended(
        &mut self,
        walk: &Walk<'_>,
        steps: Vec<StepOutcome>,
        watch: &mut (dyn FnMut(Seen<'_>) + Send),
    ) {
        if steps.is_empty() {
            return;
        }
        self.journal.note(self.calls.drain());
        if self.error.is_none() {
            self.error = self.journal.record(&steps).await.err();
        }
        for step in &steps {
            watch(Seen::Ended(walk.change(&step.change), step));
        }
        if self.error.is_some() {
            let tried = steps.into_iter().filter(|step| {
                !matches!(
                    step.outcome,
                    Outcome::Skipped { .. } | Outcome::Refused { .. } | Outcome::NotStarted
                )
            });
            self.unrecorded.extend(tried);
        }
    }
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
    /// It waits for another app, and takes no place of a call that works.
    waits: bool,
}

/// A call that ended.
struct Answered {
    app: AppName,
    waited: bool,
    written: Vec<(usize, Written)>,
    ended: jiff::Timestamp,
    milliseconds: u64,
}

struct Walk<'a> {
    changes: &'a [Change],
    index: HashMap<&'a ChangeId, usize>,
    /// Per change, what waits for it.
    after: Vec<Vec<(usize, EdgeKind)>>,
    /// Per change, for what it waits, or waited.
    before: Vec<Vec<usize>>,
    /// Per change, for how many it still waits.
    waits: Vec<usize>,
    ready: BTreeSet<usize>,
    /// Per change, the root cause of its being skipped.
    roots: Vec<Option<usize>>,
    outcomes: Vec<Option<StepOutcome>>,
    ways: &'a BTreeMap<AppName, Way>,
    in_flight: BTreeMap<AppName, usize>,
    /// Accounts that this run made.
    made: HashMap<(AppName, PersonId), AccountTag>,
    clock: Clock,
}

impl<'a> Walk<'a> {
    fn new(approved: &'a Approved, ways: &'a BTreeMap<AppName, Way>, clock: Clock) -> Self {
        let body = &approved.plan().body;
        let changes = &body.changes[..];
        let index: HashMap<&ChangeId, usize> = changes
            .iter()
            .enumerate()
            .map(|(index, change)| (&change.id, index))
            .collect();
        let mut after = vec![Vec::new(); changes.len()];
        let mut before = vec![Vec::new(); changes.len()];
        for edge in &body.edges {
            after[index[&edge.before]].push((index[&edge.after], edge.kind));
            before[index[&edge.after]].push(index[&edge.before]);
        }
        let waits: Vec<usize> = before.iter().map(Vec::len).collect();
        Self {
            changes,
            ready: (0..changes.len())
                .filter(|step| waits[*step] == 0)
                .collect(),
            roots: vec![None; changes.len()],
            outcomes: vec![None; changes.len()],
            in_flight: BTreeMap::new(),
            made: HashMap::new(),
            clock,
            index,
            after,
            before,
            waits,
            ways,
        }
    }

    /// Ends what was settled before the run began, and what is skipped for it. All of it is known
    /// before anything that waits for it is looked at.
    fn settled(&mut self, approved: &Approved) -> Vec<StepOutcome> {
        let ended = self.clock.now();
        let mut settled = Vec::new();
        for (step, change) in self.changes.iter().enumerate() {
            if let Some(outcome) = approved.settled().get(&change.id) {
                self.remember(step, outcome);
                self.ready.remove(&step);
                let outcome = StepOutcome {
                    change: change.id.clone(),
                    outcome: outcome.clone(),
                    ended,
                    milliseconds: 0,
                    request_id: None,
                };
                self.outcomes[step] = Some(outcome.clone());
                settled.push((step, outcome));
            }
        }
        let mut outcomes = Vec::new();
        for (step, outcome) in settled {
            self.settle(step, outcome, &mut outcomes);
        }
        outcomes
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
            let waits = waits(&change.action);
            let in_flight = self.in_flight.entry(change.app.clone()).or_default();
            if waits || *in_flight < CALLS_PER_APP {
                *in_flight += usize::from(!waits);
                shared.extend(key.map(|key| (key, calls.len())));
                calls.push(Call {
                    app: change.app.clone(),
                    steps: vec![*step],
                    waits,
                });
                begun.push(*step);
            }
        }
        for step in begun {
            self.ready.remove(&step);
        }
        calls
    }

    fn call(
        &self,
        call: Call,
        stop: watch::Receiver<bool>,
    ) -> impl Future<Output = Answered> + Send + use<> {
        let (way, clock) = (self.ways[&call.app].clone(), self.clock);
        let ready: Vec<Ready> = call.steps.iter().map(|step| self.prepare(*step)).collect();
        async move {
            let stopwatch = clock.stopwatch();
            let written = make(way, &ready, clock, &stop).await;
            let milliseconds = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
            let steps = ready.iter().map(|ready| ready.step);
            Answered {
                app: call.app,
                waited: call.waits,
                written: steps.zip(written).collect(),
                ended: clock.now(),
                milliseconds,
            }
        }
    }

    fn prepare(&self, step: usize) -> Ready {
        let change = self.changes[step].clone();
        let initial = if matches!(change.action.verb(), Verb::Create | Verb::Invite) {
            self.initial(step)
        } else {
            Vec::new()
        };
        let forsaken = match &change.action {
            Action::Deactivate { by: Some(by), .. } => !self.is_done(step, &by.source),
            _ => false,
        };
        Ready {
            step,
            account: self.account(step),
            change,
            initial,
            forsaken,
        }
    }

    /// What an account that is to be made is given by steps that wait for nothing else.
    fn initial(&self, create: usize) -> Vec<(String, String, Option<String>)> {
        let next = self.after[create].iter().map(|(next, _)| *next);
        let alone =
            next.filter(|next| self.before[*next] == [create] && self.outcomes[*next].is_none());
        alone
            .filter_map(|next| match &self.changes[next].action {
                Action::Grant { kind, value, level } => {
                    Some((kind.clone(), value.clone(), level.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// True if all that a step waited for in another app is done.
    fn is_done(&self, step: usize, app: &AppName) -> bool {
        let there = self.before[step].iter().copied();
        let mut there = there.filter(|before| self.changes[*before].app == *app);
        there.all(|before| {
            let outcome = self.outcomes[before].as_ref();
            outcome.is_some_and(|step| step.outcome.is_good())
        })
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
        if let Some(in_flight) = self.in_flight.get_mut(&answered.app)
            && !answered.waited
        {
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
            Some(new),
            Outcome::Done {
                vendor_id: Some(id),
            }
            | Outcome::AlreadySo {
                vendor_id: Some(id),
            },
        ) = (change.action.makes(), outcome)
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
        let not_started = outcome.outcome == Outcome::NotStarted;
        self.outcomes[step] = Some(outcome.clone());
        outcomes.push(outcome);
        if not_started {
            // The run is told to stop: nothing that comes after it begins either.
            return;
        }
        let root = self.roots[step].unwrap_or(step);
        for (next, kind) in self.after[step].clone() {
            self.waits[next] -= 1;
            if !good && kind == EdgeKind::Requires {
                self.roots[next].get_or_insert(root);
            }
            if self.waits[next] > 0 || self.outcomes[next].is_some() {
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
