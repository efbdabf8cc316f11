//! Forgetting what old snapshots hold of people: what goes, and how.
//!
//! The manifests stay, since they are the chain, and so do orders. A tombstone is written before
//! anything is removed, so that whoever dies in between leaves nothing unexplained, and the next
//! pruning finishes what was left.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::base::{Digest, Foreign};
use crate::model::name::RunId;
use crate::model::snapshot::{Manifest, ReadingRecord, RunRecord};

use super::segment::{self, Entry};
use super::snapshot::{self, Snapshot};
use super::store::Store;
use super::tombstone::{self, BuriedRun, Tombstone};
use super::{StateError, journal, object};

/// What is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// The snapshots that were written before this instant are pruned ..
    pub before: Timestamp,
    /// .. up to this serial number; 0 if there are none.
    pub until: u64,
    /// The head of the chain.
    head: Digest,
    /// Runs that go, from the first.
    pub runs: Vec<BuriedRun>,
    /// Objects that go.
    pub objects: BTreeSet<Digest>,
    /// Objects that an earlier pruning, which died, left.
    pub left_objects: BTreeSet<Digest>,
    /// Runs that it left.
    pub left_runs: BTreeSet<RunId>,
}

impl Doomed {
    /// True if nothing goes that no tombstone names yet.
    pub fn is_named(&self) -> bool {
        self.runs.is_empty() && self.objects.is_empty()
    }

    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.is_named() && self.left_objects.is_empty() && self.left_runs.is_empty()
    }
}

/// Looks what of the snapshots that were written before an instant may go: nothing that the last
/// snapshot or one from the instant on names, no run since `window` that guards still count, and not
/// the last run, whose number tells the next one's. To be asked under the lock only.
pub async fn survey(
    store: &Store,
    before: Timestamp,
    window: Timestamp,
) -> Result<Option<Doomed>, StateError> {
    let Some(last) = snapshot::latest(store).await? else {
        return Ok(None);
    };
    let tombstones = tombstone::all(store).await?;
    let (old, kept) = split(store, before, &last).await?;
    let until = old.last().map_or(0, |manifest| manifest.serial);
    let numbers = journal::numbers(store).await?;
    let there: BTreeSet<RunId> = numbers.iter().copied().map(segment::run_id).collect();
    let records: BTreeMap<&RunId, &RunRecord> = (old.iter())
        .flat_map(|manifest| &manifest.runs)
        .map(|record| (&record.run, record))
        .collect();
    let buried: BTreeSet<&RunId> = (tombstones.iter())
        .flat_map(|one| one.runs.iter().map(|run| &run.run))
        .collect();
    let mut doomed = Doomed {
        before,
        until,
        head: last.digest,
        runs: Vec::new(),
        objects: BTreeSet::new(),
        left_objects: BTreeSet::new(),
        left_runs: BTreeSet::new(),
    };
    let mut needed: BTreeSet<Digest> = kept.iter().flat_map(objects).collect();
    for run in &there {
        if buried.contains(run) {
            doomed.left_runs.insert(run.clone());
            continue;
        }
        let (entries, _, _) = segment::load(store, run.clone()).await?;
        let Some(Entry::Opened(opened)) = entries.first() else {
            continue;
        };
        let record = records.get(run).filter(|_| Some(run) != there.last());
        match (record, entries.last()) {
            (Some(record), Some(Entry::Closed { at, audit, .. })) if *at < window => {
                doomed.runs.push(BuriedRun {
                    run: run.clone(),
                    journal: record.journal,
                    plan: opened.plan,
                    audit: *audit,
                });
            }
            _ => {
                needed.insert(opened.plan);
            }
        }
    }
    let names = store.list("objects").await?;
    let present: BTreeSet<Digest> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let spared = |digest: &Digest| present.contains(digest) && !needed.contains(digest);
    let of_old = old.iter().flat_map(objects);
    let of_old = of_old.chain(doomed.runs.iter().map(|run| run.plan));
    let buried: BTreeSet<Digest> = (tombstones.iter())
        .flat_map(|one| one.objects.iter().copied())
        .collect();
    let (left, objects) = of_old
        .chain(buried.iter().copied())
        .filter(spared)
        .partition(|digest| buried.contains(digest));
    (doomed.left_objects, doomed.objects) = (left, objects);
    Ok(Some(doomed))
}

/// The manifests before an instant, but for the last one, and all after the last of them.
async fn split(
    store: &Store,
    before: Timestamp,
    last: &Snapshot,
) -> Result<(Vec<Manifest>, Vec<Manifest>), StateError> {
    let (mut old, mut kept) = (Vec::new(), Vec::new());
    for serial in snapshot::serials(store).await? {
        let Some(found) = snapshot::load(store, serial).await? else {
            continue;
        };
        let is_old = kept.is_empty() && serial < last.manifest.serial;
        if is_old && found.manifest.written < before {
            old.push(found.manifest);
        } else {
            kept.push(found.manifest);
        }
    }
    Ok((old, kept))
}

/// The objects that a manifest names.
fn objects(manifest: &Manifest) -> impl Iterator<Item = Digest> {
    let readings = manifest.apps.values();
    let readings = readings.flat_map(|app| [&app.before, &app.after]);
    let readings = readings.filter_map(ReadingRecord::object);
    let memory = manifest.memory.values().copied();
    let rest = [manifest.people, manifest.plan];
    readings.map(|(digest, _)| digest).chain(memory).chain(rest)
}

/// Says durably what goes, who has it go and why.
pub async fn bury(
    store: &Store,
    doomed: &Doomed,
    at: Timestamp,
    actor: Foreign,
    reason: Foreign,
) -> Result<Tombstone, StateError> {
    let draft = Tombstone {
        format: String::new(),
        number: 0,
        previous: None,
        head: doomed.head,
        at,
        actor,
        reason,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        before: doomed.before,
        until: doomed.until,
        runs: doomed.runs.clone(),
        objects: doomed.objects.iter().copied().collect(),
    };
    tombstone::write(store, draft).await
}

/// Removes what was buried, and what an earlier pruning left. `may` is asked before each piece, and
/// ends it where it says no; false then.
///
/// # Panics
/// If something goes that no tombstone names.
pub async fn remove(
    store: &Store,
    doomed: &Doomed,
    may: impl Fn() -> bool,
) -> Result<bool, StateError> {
    let tombstones = tombstone::all(store).await?;
    let buried: BTreeSet<&Digest> = tombstones.iter().flat_map(|one| &one.objects).collect();
    let buried_runs = tombstones.iter().flat_map(|one| &one.runs);
    let buried_runs: BTreeSet<&RunId> = buried_runs.map(|run| &run.run).collect();
    let runs = doomed.runs.iter().map(|run| &run.run);
    for run in runs.chain(&doomed.left_runs) {
        assert!(buried_runs.contains(run), "a tombstone names {run:?}");
        for name in store.list(&segment::folder(run)).await? {
            if !may() {
                return Ok(false);
            }
            store
                .delete(&format!("{}/{name}", segment::folder(run)))
                .await?;
        }
    }
    for digest in doomed.objects.iter().chain(&doomed.left_objects) {
        assert!(buried.contains(digest), "a tombstone names {digest}");
        if !may() {
            return Ok(false);
        }
        store.delete(&object::key(*digest)).await?;
    }
    Ok(true)
}
