//! All runs and what all snapshots remember, for reports: one piece at a time, since a company's
//! history does not fit into memory.

use crate::base::Digest;
use crate::model::history::{RememberedApp, RememberedPerson};
use crate::model::name::{AppName, PersonId, RunId};
use crate::model::snapshot::Manifest;

use std::collections::BTreeMap;

use super::past::PastRun;
use super::store::{Store, blocking};
use super::{StateError, journal, memory, object, people, segment};

/// The runs, from the first; also those that died, and those that no snapshot names.
pub async fn runs(store: &Store) -> Result<Vec<RunId>, StateError> {
    let numbers = journal::numbers(store).await?.into_iter();
    Ok(numbers.map(segment::run_id).collect())
}

/// One run; none if it died before it said what it was to do.
pub async fn run(store: &Store, run: &RunId) -> Result<Option<PastRun>, StateError> {
    PastRun::load(store, run.clone()).await
}

/// The people as a snapshot remembers them.
pub async fn remembered_people(
    store: &Store,
    manifest: &Manifest,
) -> Result<BTreeMap<PersonId, RememberedPerson>, StateError> {
    let object = object::get(store, manifest.people, &named_by(manifest)).await?;
    blocking(move || people::parse(&object)).await
}

/// One app's accounts as a snapshot remembers them, by the digest that it has of that.
pub async fn remembered_app(
    store: &Store,
    manifest: &Manifest,
    app: &AppName,
    digest: Digest,
) -> Result<RememberedApp, StateError> {
    let object = object::get(store, digest, &named_by(manifest)).await?;
    let app = app.clone();
    blocking(move || memory::parse(&object, &app)).await
}

fn named_by(manifest: &Manifest) -> String {
    format!("snapshot {}", manifest.serial)
}
