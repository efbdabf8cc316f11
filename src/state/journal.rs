//! The journal of a run: what it is about to do, and what came of it, durable before anything
//! depends on it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::base::Digest;
use crate::base::digest::canonical;
use crate::model::call::Call;
use crate::model::change::ChangeId;
use crate::model::name::RunId;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Body;
use crate::model::snapshot::{Counts, RunEnd, RunRecord};

use super::StateError;
use super::object::{self, Object};
pub use super::segment::Opened;
use super::segment::{self, Entry, Tail};
use super::store::Store;

/// A run's journal, while it runs.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    tail: Tail,
    withheld: usize,
    /// What was said last of each change: reading back may correct what an app claimed.
    outcomes: BTreeMap<ChangeId, Outcome>,
    /// Its calls to the apps, from the first.
    calls: Vec<Call>,
    /// How many of them the segments hold.
    kept: usize,
}

impl Journal {
    /// Begins a run with the next free number. Its plan is stored first, so that whoever finds
    /// this run dead knows what each intent meant.
    ///
    /// # Panics
    /// If `opened` names another plan.
    pub async fn open(store: &Store, opened: Opened, plan: &Body) -> Result<Self, StateError> {
        let object = Object::new(canonical(plan));
        assert_eq!(opened.plan, object.digest(), "the run names its own plan");
        object::put(store, &object).await?;
        let mut number = last_number(store).await?.max(1);
        loop {
            let mut tail = Tail::new(segment::run_id(number));
            if tail
                .append(store, Entry::Opened(opened.clone()), &[])
                .await?
            {
                return Ok(Self {
                    store: store.clone(),
                    tail,
                    withheld: plan.unfinished().count(),
                    outcomes: BTreeMap::new(),
                    calls: Vec::new(),
                    kept: 0,
                });
            }
            number += 1;
        }
    }

    /// Which run this is.
    pub fn run(&self) -> &RunId {
        &self.tail.run
    }

    /// Says that changes are about to be tried. They may be when this returns.
    pub async fn intend(&mut self, changes: &[ChangeId], at: Timestamp) -> Result<(), StateError> {
        let changes = changes.to_vec();
        self.extend(Entry::Intents { at, changes }).await
    }

    /// Says what became of changes, whether or not they were begun.
    pub async fn record(&mut self, outcomes: &[StepOutcome]) -> Result<(), StateError> {
        let entry = Entry::Outcomes {
            outcomes: outcomes.to_vec(),
        };
        self.extend(entry).await?;
        for step in outcomes {
            self.outcomes
                .insert(step.change.clone(), step.outcome.clone());
        }
        Ok(())
    }

    /// Takes calls to the apps that ended. The next segment holds them, so that they outlive a run
    /// that dies after it.
    pub fn note(&mut self, calls: Vec<Call>) {
        self.calls.extend(calls);
    }

    /// The calls to the apps so far.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Those of them that no segment holds yet.
    pub fn unrecorded_calls(&self) -> &[Call] {
        &self.calls[self.kept..]
    }

    async fn extend(&mut self, entry: Entry) -> Result<(), StateError> {
        let calls = &self.calls[self.kept..];
        self.tail.extend(&self.store, entry, calls).await?;
        self.kept = self.calls.len();
        Ok(())
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts {
            withheld: self.withheld,
            ..Counts::default()
        };
        for outcome in self.outcomes.values() {
            counts.add(outcome);
        }
        counts
    }

    /// Ends the run, with its log of API calls.
    pub async fn close(&mut self, at: Timestamp) -> Result<Closed, StateError> {
        let audit = segment::keep_audit(&self.store, self.run(), &self.calls).await?;
        self.kept = self.calls.len();
        let counts = self.counts();
        let record = close(
            &self.store,
            &mut self.tail,
            counts,
            RunEnd::Closed,
            audit,
            at,
        );
        Ok(Closed {
            record: record.await?,
            counts,
        })
    }
}

/// How a run ended, for the next manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Its end.
    pub record: RunRecord,
    /// What it did.
    pub counts: Counts,
}

/// Appends the last segment of a run.
pub(super) async fn close(
    store: &Store,
    tail: &mut Tail,
    counts: Counts,
    end: RunEnd,
    audit: Option<Digest>,
    at: Timestamp,
) -> Result<RunRecord, StateError> {
    let entry = Entry::Closed {
        at,
        end,
        counts,
        audit,
    };
    tail.extend(store, entry, &[]).await?;
    Ok(RunRecord {
        run: tail.run.clone(),
        end,
        journal: tail.digest().expect("a segment was just appended"),
    })
}

/// The highest number that a folder of a run has; 0 if there is none. The folder may be empty, if
/// its run died before its first segment.
async fn last_number(store: &Store) -> Result<u64, StateError> {
    Ok(numbers(store).await?.last().copied().unwrap_or(0))
}

/// The numbers of all folders of runs, from the first.
pub(super) async fn numbers(store: &Store) -> Result<Vec<u64>, StateError> {
    let names = store.list("runs").await?;
    let numbers = names.iter().filter_map(|name| segment::number_of(name, 6));
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    Ok(numbers)
}
