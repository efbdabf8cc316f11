//! Manifests and their chain.
//!
//! A manifest's key is its serial number alone. The conditional create of that key is the fence
//! between two writers: of all who read head `n`, one makes `n + 1`. A key that also held the
//! digest of its own content could not fence, since two writers' contents, hence keys, differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::try_join_all;

use crate::base::Digest;
use crate::base::digest::canonical;
use crate::model::app::AppDescription;
use crate::model::history::{History, LastRun, RememberedApp};
use crate::model::name::AppName;
use crate::model::snapshot::{MANIFEST_FORMAT, Manifest};

use super::store::{Creation, Store, blocking};
use super::{StateError, format, object, people, reading};

/// A manifest with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What it says.
    pub manifest: Manifest,
    /// The digest of its bytes: what the next one names as `previous`, and, of the last one, the
    /// head of the chain.
    pub digest: Digest,
}

/// The key of a manifest.
fn key(serial: u64) -> String {
    format!("snapshots/{serial:08}.json")
}

/// The serial numbers of all snapshots, from the first.
pub async fn serials(store: &Store) -> Result<Vec<u64>, StateError> {
    let names = store.list("snapshots").await?;
    let mut serials: Vec<u64> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".json")?.parse().ok())
        .collect();
    serials.sort_unstable();
    for pair in serials.windows(2) {
        if pair[0] + 1 != pair[1] {
            return Err(StateError::Missing {
                piece: key(pair[0] + 1),
                named_by: key(pair[1]),
            });
        }
    }
    Ok(serials)
}

/// The snapshot of a serial number, if there is one. That it names the manifest before it by its
/// digest is checked too.
pub async fn load(store: &Store, serial: u64) -> Result<Option<Snapshot>, StateError> {
    let Some(snapshot) = load_alone(store, serial).await? else {
        return Ok(None);
    };
    check_previous(store, &snapshot.manifest).await?;
    Ok(Some(snapshot))
}

/// The last snapshot, if there is one.
pub async fn latest(store: &Store) -> Result<Option<Snapshot>, StateError> {
    match serials(store).await?.last() {
        Some(serial) => load(store, *serial).await,
        None => Ok(None),
    }
}

async fn load_alone(store: &Store, serial: u64) -> Result<Option<Snapshot>, StateError> {
    let piece = key(serial);
    let Some(bytes) = store.get(&piece).await? else {
        return Ok(None);
    };
    let manifest: Manifest = format::parse(&piece, &bytes, MANIFEST_FORMAT)?;
    if manifest.serial != serial {
        let why = format!("it says that it is snapshot {}", manifest.serial);
        return Err(StateError::damaged(&piece, why));
    }
    let digest = Digest::of(&bytes);
    Ok(Some(Snapshot { manifest, digest }))
}

/// Checks that a manifest names the one before it, and names it as it is.
async fn check_previous(store: &Store, manifest: &Manifest) -> Result<(), StateError> {
    let piece = key(manifest.serial);
    let (previous, before) = match (manifest.previous, manifest.serial) {
        (None, 1) => return Ok(()),
        (Some(previous), serial @ 2..) => (previous, key(serial - 1)),
        _ => {
            return Err(StateError::damaged(
                &piece,
                "only the first snapshot has none before it",
            ));
        }
    };
    let Some(bytes) = store.get(&before).await? else {
        return Err(StateError::Missing {
            piece: before,
            named_by: piece,
        });
    };
    let found = Digest::of(&bytes);
    if found == previous {
        return Ok(());
    }
    let why = format!("it has the digest {found}, and {piece} names {previous}");
    Err(StateError::damaged(&before, why))
}

/// Appends a manifest to the chain. Another run that did so first is an error, and so is a
/// manifest that does not name the one before it.
pub async fn write(store: &Store, manifest: Manifest) -> Result<Snapshot, StateError> {
    check_previous(store, &manifest).await?;
    let piece = key(manifest.serial);
    let bytes = canonical(&manifest);
    let digest = Digest::of(&bytes);
    match store.create(&piece, bytes.into()).await? {
        Creation::Made => Ok(Snapshot { manifest, digest }),
        Creation::Existed => Err(StateError::Raced { piece }),
    }
}

/// Everything that planning may infer from the past, for the apps that are described; empty
/// without a snapshot.
pub async fn history(
    store: &Store,
    descriptions: &BTreeMap<AppName, Arc<AppDescription>>,
) -> Result<History, StateError> {
    let Some(Snapshot { manifest, digest }) = latest(store).await? else {
        return Ok(History::default());
    };
    let piece = key(manifest.serial);
    let apps = descriptions.iter().map(|(app, description)| {
        let after = manifest.apps.get(app).and_then(|app| app.after.object());
        let piece = &piece;
        async move {
            let Some((digest, at)) = after else {
                return Ok(None);
            };
            let object = object::get(store, digest, piece).await?;
            let (name, description) = (app.clone(), Arc::clone(description));
            let parsed = blocking(move || reading::parse(&object, &name, &description, at)).await?;
            Ok::<_, StateError>(parsed.map(|parsed| (app.clone(), parsed)))
        }
    });
    let apps: Vec<Option<(AppName, RememberedApp)>> = try_join_all(apps).await?;
    let people = object::get(store, manifest.people, &piece).await?;
    Ok(History {
        last: Some(LastRun {
            serial: manifest.serial,
            head: digest,
            as_of: manifest.as_of,
            configuration: manifest.configuration,
            undone: manifest.undone,
        }),
        apps: apps.into_iter().flatten().collect(),
        people: blocking(move || people::parse(&people)).await?,
    })
}
