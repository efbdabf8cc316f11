//! Manifests and their chain.
//!
//! A manifest's key is its serial number alone. The conditional create of that key is the fence
//! between two writers: of all who read head `n`, one makes `n + 1`. A key that also held the
//! digest of its own content could not fence, since two writers' contents, hence keys, differ.

use std::sync::Arc;

use futures::future::try_join_all;

use crate::base::Digest;
use crate::base::digest::canonical;
use crate::model::app::AppDescription;
use crate::model::history::{History, LastRun, RememberedApp};
use crate::model::name::AppName;
use crate::model::observation::Observation;
use crate::model::snapshot::{MANIFEST_FORMAT, Manifest, ReadingRecord};

use super::segment::number_of;
use super::signature::{self, SigningKey};
use super::store::{Creation, Store, blocking};
use super::{StateError, format, memory, object, people, reading};

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
pub(super) fn key(serial: u64) -> String {
    format!("snapshots/{serial:08}.json")
}

/// The serial numbers of all snapshots, from the first.
pub async fn serials(store: &Store) -> Result<Vec<u64>, StateError> {
    let names = store.list("snapshots").await?;
    let mut serials: Vec<u64> = names
        .iter()
        .filter_map(|name| number_of(name.strip_suffix(".json")?, 8))
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

/// The last snapshot, which must be the one that a run was planned on.
pub async fn unmoved(store: &Store, head: Option<Digest>) -> Result<Option<Snapshot>, StateError> {
    let latest = latest(store).await?;
    match &latest {
        Some(found) if Some(found.digest) != head => Err(StateError::Raced {
            piece: key(found.manifest.serial),
        }),
        _ => Ok(latest),
    }
}

async fn load_alone(store: &Store, serial: u64) -> Result<Option<Snapshot>, StateError> {
    let piece = key(serial);
    let Some(bytes) = store.get(&piece).await? else {
        return Ok(None);
    };
    let manifest = parse(&piece, &bytes, serial)?;
    let digest = Digest::of(&bytes);
    Ok(Some(Snapshot { manifest, digest }))
}

/// A manifest, if it is the one of this serial number.
pub(super) fn parse(piece: &str, bytes: &[u8], serial: u64) -> Result<Manifest, StateError> {
    let manifest: Manifest = format::parse(piece, bytes, MANIFEST_FORMAT)?;
    if manifest.serial == serial {
        return Ok(manifest);
    }
    let why = format!("it says that it is snapshot {}", manifest.serial);
    Err(StateError::damaged(piece, why))
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
    write_signed(store, manifest, None).await
}

/// [`write()`], and signed if there is a key: the signature is there before the manifest is.
pub async fn write_signed(
    store: &Store,
    manifest: Manifest,
    signer: Option<&SigningKey>,
) -> Result<Snapshot, StateError> {
    check_previous(store, &manifest).await?;
    let piece = key(manifest.serial);
    let bytes = canonical(&manifest);
    if let Some(signer) = signer {
        signature::sign(store, signer, manifest.serial, &bytes).await?;
    }
    let digest = Digest::of(&bytes);
    match store.create(&piece, bytes.into()).await? {
        Creation::Made => Ok(Snapshot { manifest, digest }),
        Creation::Existed => Err(StateError::Raced { piece }),
    }
}

/// Everything that planning may infer from the past; empty without a snapshot. It covers apps that
/// are no longer configured too.
pub async fn history(store: &Store) -> Result<History, StateError> {
    match latest(store).await? {
        Some(snapshot) => history_of(store, snapshot).await,
        None => Ok(History::default()),
    }
}

/// The same as a snapshot of any number has it.
pub async fn history_of(store: &Store, snapshot: Snapshot) -> Result<History, StateError> {
    let Snapshot { manifest, digest } = snapshot;
    let piece = key(manifest.serial);
    let apps = manifest.memory.iter().map(|(name, digest)| {
        let piece = &piece;
        async move {
            let object = object::get(store, *digest, piece).await?;
            let app = name.clone();
            let remembered = blocking(move || memory::parse(&object, &app)).await?;
            Ok::<_, StateError>((name.clone(), remembered))
        }
    });
    let apps: Vec<(AppName, RememberedApp)> = try_join_all(apps).await?;
    let people = object::get(store, manifest.people, &piece).await?;
    Ok(History {
        last: Some(LastRun {
            serial: manifest.serial,
            head: digest,
            as_of: manifest.as_of,
            whole: manifest.part.map(|part| part.whole),
            reviewed: (manifest.due.map(|due| due.reviewed))
                .or(manifest.part.map(|part| part.reviewed)),
            configuration: manifest.configuration,
            undone: manifest.undone,
            at_work: manifest.at_work,
            settings: manifest.settings,
        }),
        apps: apps.into_iter().collect(),
        people: blocking(move || people::parse(&people)).await?,
        recent: Vec::new(),
        used_up: manifest.used_up,
        agreed: Vec::new(),
    })
}

/// One app's accounts after a run, if that run read them or carried an earlier reading, and if
/// the same kind of connector still reads the app.
pub async fn reading(
    store: &Store,
    manifest: &Manifest,
    name: &AppName,
    description: &Arc<AppDescription>,
) -> Result<Option<Observation>, StateError> {
    let after = manifest.apps.get(name).and_then(|app| app.after.object());
    let Some((digest, at)) = after else {
        return Ok(None);
    };
    let object = object::get(store, digest, &key(manifest.serial)).await?;
    let (name, description) = (name.clone(), Arc::clone(description));
    let recorded = blocking(move || reading::parse(&object, &name, &description, at)).await?;
    Ok(recorded.map(|recorded| recorded.reading))
}

/// The serial number of the snapshot whose run read what a manifest holds of an app: of itself, or
/// of an earlier one from which the reading was carried forward (R21).
pub async fn origin(store: &Store, of: &Manifest, name: &AppName) -> Result<u64, StateError> {
    let mut manifest = of.clone();
    while let Some(ReadingRecord::Carried { at, .. }) =
        manifest.apps.get(name).map(|app| &app.after)
    {
        let at = *at;
        let before = load_alone(store, manifest.serial.saturating_sub(1)).await?;
        let Some(before) = before else { break };
        let readings = before.manifest.apps.get(name);
        let holds = readings.and_then(|app| app.after.object());
        if holds.is_none_or(|(_, read)| read != at) {
            break;
        }
        manifest = before.manifest;
    }
    Ok(manifest.serial)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::Foreign;
    use crate::model::snapshot::{AppReadings, Counts, Provenance, RunRecord};
    use crate::state::object::Object;
    use jiff::Timestamp;
    use std::collections::BTreeMap;
    use std::path::Path;

    /// A manifest that follows a snapshot and names runs.
    pub(in crate::state) fn manifest(before: Option<&Snapshot>, runs: Vec<RunRecord>) -> Manifest {
        Manifest {
            format: MANIFEST_FORMAT.to_owned(),
            serial: before.map_or(1, |before| before.manifest.serial + 1),
            previous: before.map(|before| before.digest),
            written: Timestamp::UNIX_EPOCH,
            as_of: Timestamp::UNIX_EPOCH,
            runs,
            configuration: Digest::of(b"configuration"),
            plan: Digest::of(b"plan"),
            people: people::write(&BTreeMap::new()).digest(),
            apps: BTreeMap::new(),
            memory: BTreeMap::new(),
            actor: Foreign::from("ci"),
            commit: None,
            provenance: Provenance::default(),
            tool: "0.1.0".to_owned(),
            due: None,
            reason: None,
            mandate: None,
            part: None,
            counts: Counts::default(),
            undone: Vec::new(),
            at_work: None,
            settings: BTreeMap::new(),
            overrides: Vec::new(),
            used_up: Vec::new(),
            pruned: None,
        }
    }

    async fn chain(folder: &Path, length: u64) -> Store {
        let store = Store::open(folder).unwrap();
        let mut last = None;
        for _ in 0..length {
            let next = manifest(last.as_ref(), Vec::new());
            last = Some(write(&store, next).await.unwrap());
        }
        store
    }

    #[tokio::test]
    async fn snapshots_form_a_chain() {
        let folder = tempfile::tempdir().unwrap();
        let store = chain(folder.path(), 3).await;
        assert_eq!(serials(&store).await.unwrap(), [1, 2, 3]);
        let last = latest(&store).await.unwrap().unwrap();
        let second = load(&store, 2).await.unwrap().unwrap();
        assert_eq!(last.manifest.serial, 3);
        assert_eq!(last.manifest.previous, Some(second.digest));
        assert!(load(&store, 4).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_edited_missing_or_newer_manifest_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = chain(folder.path(), 3).await;
        let path = |serial| folder.path().join(key(serial));
        let second = std::fs::read_to_string(path(2)).unwrap();
        let error = async || latest(&store).await.unwrap_err().to_string();

        std::fs::write(path(2), second.replace("\"ci\"", "\"me\"")).unwrap();
        assert!(
            error()
                .await
                .starts_with("snapshots/00000002.json of the state was edited")
        );
        std::fs::remove_file(path(2)).unwrap();
        assert!(
            error()
                .await
                .starts_with("snapshots/00000002.json is missing")
        );
        std::fs::write(path(2), &second).unwrap();

        std::fs::write(path(3), &second[..second.len() / 2]).unwrap();
        assert!(
            error()
                .await
                .starts_with("snapshots/00000003.json of the state was edited")
        );
        std::fs::write(path(3), &second).unwrap();
        assert!(error().await.contains("it says that it is snapshot 2"));
        std::fs::write(path(3), second.replace("snapshot/1", "snapshot/2")).unwrap();
        assert!(
            error()
                .await
                .contains("by a newer provisor (provisor.snapshot/2)")
        );
    }

    #[tokio::test]
    async fn of_two_who_append_at_once_one_wins_and_the_other_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = chain(folder.path(), 1).await;
        let head = latest(&store).await.unwrap();
        let by = |actor: &str| Manifest {
            actor: actor.into(),
            ..manifest(head.as_ref(), Vec::new())
        };
        let (one, two) = tokio::join!(write(&store, by("one")), write(&store, by("two")));
        let (winner, loser) = if one.is_ok() { (one, two) } else { (two, one) };
        assert!(matches!(loser, Err(StateError::Raced { piece }) if piece == key(2)));
        assert_eq!(latest(&store).await.unwrap(), Some(winner.unwrap()));
    }

    #[tokio::test]
    async fn a_manifest_that_does_not_follow_from_the_head_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = chain(folder.path(), 2).await;
        let first = load(&store, 1).await.unwrap();
        let mut next = manifest(first.as_ref(), Vec::new());
        next.serial = 3;
        assert!(write(&store, next).await.is_err());
        assert_eq!(serials(&store).await.unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn history_is_what_the_last_snapshot_remembers_and_readings_are_read_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert!(history(&store).await.unwrap().last.is_none());

        let (description, object) = reading::tests::small();
        let at = "2026-03-07T17:22:00Z".parse().unwrap();
        let record = |object: &Object| ReadingRecord::Carried {
            object: object.digest(),
            at,
            why: "an outage".to_owned(),
        };
        let remembered = RememberedApp {
            accounts: 2,
            ..RememberedApp::default()
        };
        let known = memory::write(&"gone".into(), &remembered);
        for object in [&object, &known, &people::write(&BTreeMap::new())] {
            object::put(&store, object).await.unwrap();
        }
        let mut first = manifest(None, Vec::new());
        let readings = AppReadings {
            before: record(&Object::new("not read here")),
            after: record(&object),
        };
        first.apps.insert("app".into(), readings);
        first.memory.insert("gone".into(), known.digest());
        let head = write(&store, first.clone()).await.unwrap().digest;

        let history = history(&store).await.unwrap();
        assert_eq!(history.last.unwrap().head, head);
        assert_eq!(history.apps, BTreeMap::from([("gone".into(), remembered)]));
        let app = reading(&store, &first, &"app".into(), &description)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((app.len(), app.fetched_at), (2, at));
        let other = reading(&store, &first, &"new".into(), &description)
            .await
            .unwrap();
        assert!(other.is_none());
    }
}
