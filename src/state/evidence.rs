//! Snapshots with the runs that led to them, for whoever tells what happened in between.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::name::AppName;
use crate::model::snapshot::Manifest;

use super::past::PastRun;
use super::snapshot::{self, Snapshot};
use super::store::Store;
use super::tombstone::{self, Tombstone};
use super::{StateError, segment};

/// A snapshot, and the runs that it names.
#[derive(Debug)]
pub struct Recorded {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The runs closed or found dead since the one before, from the first.
    pub runs: Vec<PastRun>,
}

/// The snapshots of a range of serial numbers, from the first; those that there are not are left
/// out. Each is checked to name the one before it, and each run to end as its snapshot says.
pub async fn between(
    store: &Store,
    serials: std::ops::RangeInclusive<u64>,
) -> Result<Vec<Recorded>, StateError> {
    let mut found = Vec::new();
    for serial in serials {
        let Some(snapshot) = snapshot::load(store, serial).await? else {
            continue;
        };
        let mut runs = Vec::with_capacity(snapshot.manifest.runs.len());
        for record in &snapshot.manifest.runs {
            let run = PastRun::load(store, record.run.clone()).await?;
            let piece = segment::folder(&record.run);
            let Some(run) = run else {
                let is = |one: &Tombstone| one.runs.iter().any(|run| run.run == record.run);
                return Err(tombstone::absent(store, piece, snapshot::key(serial), is).await);
            };
            if run.record() != Some(record) {
                let why = format!("it does not end as {} says", snapshot::key(serial));
                return Err(StateError::damaged(&piece, why));
            }
            runs.push(run);
        }
        found.push(Recorded { snapshot, runs });
    }
    Ok(found)
}

/// All snapshots of a state, from the first that was not pruned.
pub async fn all(store: &Store) -> Result<Vec<Recorded>, StateError> {
    let first = tombstone::until(store).await?.unwrap_or(0) + 1;
    match snapshot::serials(store).await?.last() {
        Some(last) => between(store, first..=*last).await,
        None => Ok(Vec::new()),
    }
}

/// What of a line of a log of API calls counts pages.
#[derive(Deserialize)]
struct Call {
    app: AppName,
    method: String,
}

/// How many calls of the run that wrote a snapshot read each app, as its log has it; absent if it has
/// none.
pub async fn pages(
    store: &Store,
    manifest: &Manifest,
) -> Result<Option<BTreeMap<AppName, usize>>, StateError> {
    let Some(last) = manifest.runs.last() else {
        return Ok(None);
    };
    let piece = segment::audit_key(&last.run);
    let Some(log) = store.get(&piece).await? else {
        return Ok(None);
    };
    let mut pages: BTreeMap<AppName, usize> = BTreeMap::new();
    for line in log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let call: Call = serde_json::from_slice(line)
            .map_err(|error| StateError::damaged(&piece, error.to_string()))?;
        if call.method == "GET" {
            *pages.entry(call.app).or_default() += 1;
        }
    }
    Ok(Some(pages))
}
