//! Runs that no snapshot names yet: those that died, and those that closed their journal and died
//! before their manifest was written.
//!
//! The next run finds them, looks what became of each change that was begun and not ended, and
//! names them in its own manifest. What they created and closed is ours all the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::base::Digest;
use crate::model::change::{Change, ChangeId};
use crate::model::name::RunId;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::{self, Body};
use crate::model::snapshot::{Counts, RunEnd, RunRecord};

use super::journal::{self, Opened};
use super::segment::{self, Entry, Tail};
use super::store::Store;
use super::{StateError, format, object, snapshot};

/// A run that no snapshot names, as its journal has it.
#[derive(Debug)]
pub struct PastRun {
    /// What it said of itself.
    pub opened: Opened,
    /// What it was to do.
    pub plan: Body,
    outcomes: BTreeMap<ChangeId, StepOutcome>,
    open: BTreeSet<ChangeId>,
    record: Option<RunRecord>,
    tail: Tail,
}

/// The runs since the last snapshot, in their order. To be asked under the lock only: a run that
/// is alive looks like one that died.
pub async fn since_last_snapshot(store: &Store) -> Result<Vec<PastRun>, StateError> {
    let recorded = last_recorded(store).await?;
    let mut runs = Vec::new();
    for number in journal::numbers(store).await? {
        if number > recorded
            && let Some(run) = PastRun::load(store, segment::run_id(number)).await?
        {
            runs.push(run);
        }
    }
    Ok(runs)
}

/// The highest number of a run that a manifest names. Each manifest names all runs since the one
/// before it, so that no lower run is unnamed.
async fn last_recorded(store: &Store) -> Result<u64, StateError> {
    let mut next = snapshot::latest(store).await?;
    while let Some(snapshot) = next {
        let runs = snapshot.manifest.runs.iter();
        if let Some(last) = runs.filter_map(|record| segment::number(&record.run)).max() {
            return Ok(last);
        }
        next = match snapshot.manifest.serial {
            0 | 1 => None,
            serial => snapshot::load(store, serial - 1).await?,
        };
    }
    Ok(0)
}

impl PastRun {
    /// Which run.
    pub fn run(&self) -> &RunId {
        &self.tail.run
    }

    /// Its end, for the next manifest; `None` if it died and is not resolved.
    pub fn record(&self) -> Option<&RunRecord> {
        self.record.as_ref()
    }

    /// Changes that were begun and of which nothing says what became, in the plan's order. Each
    /// may have happened.
    pub fn open_changes(&self) -> impl Iterator<Item = &Change> {
        let changes = self.plan.changes.iter();
        changes.filter(|change| self.open.contains(&change.id))
    }

    /// What became of each change, in the plan's order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Change, &StepOutcome)> {
        let changes = self.plan.changes.iter();
        changes.filter_map(|change| Some((change, self.outcomes.get(&change.id)?)))
    }

    /// Ends a run that died, once it was looked what became of each of its open changes.
    pub async fn resolve(
        &mut self,
        store: &Store,
        found: &[StepOutcome],
        at: Timestamp,
    ) -> Result<RunRecord, StateError> {
        if let Some(record) = &self.record {
            return Ok(record.clone());
        }
        let known: BTreeSet<&ChangeId> = found.iter().map(|step| &step.change).collect();
        if let Some(change) = self.open.iter().find(|change| !known.contains(change)) {
            return Err(StateError::Unresolved {
                run: self.run().clone(),
                change: change.clone(),
            });
        }
        if !found.is_empty() {
            let outcomes = found.to_vec();
            self.tail
                .extend(store, Entry::Outcomes { outcomes })
                .await?;
            self.ended(found.to_vec());
        }
        let audit = store.get(&segment::audit_key(self.run())).await?;
        let audit = audit.map(|audit| Digest::of(&audit));
        let counts = self.counts();
        let closed = journal::close(store, &mut self.tail, counts, RunEnd::Died, audit, at);
        let record = closed.await?;
        self.record = Some(record.clone());
        Ok(record)
    }

    /// What the run did. What it did not come to counts as not started.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            withheld: self.plan.withheld.len(),
            ..Counts::default()
        };
        for change in &self.plan.changes {
            let step = self.outcomes.get(&change.id);
            counts.add(step.map_or(&Outcome::NotStarted, |step| &step.outcome));
        }
        counts
    }

    async fn load(store: &Store, run: RunId) -> Result<Option<Self>, StateError> {
        let (entries, tail) = segment::load(store, run).await?;
        let mut entries = entries.into_iter();
        let Some(Entry::Opened(opened)) = entries.next() else {
            return Ok(None);
        };
        let object = object::get(store, opened.plan, &segment::folder(&tail.run)).await?;
        let key = object::key(opened.plan);
        let mut run = Self {
            plan: format::parse(&key, object.bytes(), plan::FORMAT)?,
            opened,
            outcomes: BTreeMap::new(),
            open: BTreeSet::new(),
            record: None,
            tail,
        };
        for entry in entries {
            match entry {
                Entry::Opened(_) => {}
                Entry::Intents { changes, .. } => run.open.extend(changes),
                Entry::Outcomes { outcomes } => run.ended(outcomes),
                Entry::Closed { end, .. } => {
                    run.record = run.tail.digest().map(|journal| RunRecord {
                        run: run.tail.run.clone(),
                        end,
                        journal,
                    });
                }
            }
        }
        Ok(Some(run))
    }

    fn ended(&mut self, outcomes: Vec<StepOutcome>) {
        for step in outcomes {
            self.open.remove(&step.change);
            self.outcomes.insert(step.change.clone(), step);
        }
    }
}
