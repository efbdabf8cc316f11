//! Whether evidence stands up: whatever is done to a state that runs left, `snapshot verify` finds
//! it and names the piece.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use provisor::base::Digest;
use provisor::state::Store;
use provisor::state::verify::{Anchor, Note, Verified, verify};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::environment::Environment;

/// A small state that two runs in the sandbox left, the digest of its head, and a copy to harm.
struct Evidence {
    runtime: Runtime,
    folder: TempDir,
    pieces: BTreeMap<String, Vec<u8>>,
    anchor: Anchor,
}

impl Evidence {
    fn new() -> Self {
        let environment = Environment::example();
        // One person only: the fewer bytes, the sooner each was edited.
        let people = fs::read_to_string(environment.path("people.toml")).unwrap();
        let emma = people.split("# Luis moved").next().unwrap();
        fs::write(environment.path("people.toml"), emma).unwrap();
        environment.run("apply --yes").exits(0);
        environment.run("apply --yes").exits(0);
        let pieces: BTreeMap<_, _> = ["objects", "snapshots", "runs"]
            .into_iter()
            .flat_map(|folder| environment.pieces(folder))
            .collect();
        Self::of(pieces)
    }

    fn of(pieces: BTreeMap<String, Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (key, bytes) in &pieces {
            put(folder.path(), key, bytes);
        }
        let head = Some(Digest::of(&pieces["snapshots/00000002.json"]));
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            folder,
            pieces,
            anchor: Anchor {
                head,
                ..Anchor::default()
            },
        }
    }

    /// The same state in a folder of its own.
    fn copy(&self) -> Self {
        Self::of(self.pieces.clone())
    }

    fn verified(&self) -> Verified {
        let store = Store::open(self.folder.path()).unwrap();
        self.runtime.block_on(verify(&store, &self.anchor)).unwrap()
    }

    /// The pieces that are found not to be as they were.
    fn named(&self) -> BTreeSet<String> {
        let verified = self.verified();
        let findings = verified.findings.iter();
        findings.map(|one| one.piece.raw().to_owned()).collect()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        put(self.folder.path(), key, bytes);
    }

    fn remove(&self, key: &str) {
        fs::remove_file(self.folder.path().join(key)).unwrap();
    }
}

fn put(folder: &Path, key: &str, bytes: &[u8]) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn only(key: &str) -> BTreeSet<String> {
    BTreeSet::from([key.to_owned()])
}

#[test]
fn what_nobody_touched_is_sound() {
    let evidence = Evidence::new();
    let verified = evidence.verified();
    assert_eq!(verified.findings, []);
    assert!(evidence.pieces.len() >= 18, "{:?}", verified.read);
    assert_eq!(verified.read.snapshots, 2);
    let bytes: usize = evidence.pieces.values().map(Vec::len).sum();
    assert_eq!(verified.read.bytes, bytes as u64, "every byte was read");
}

#[test]
fn every_edited_byte_is_found_and_its_piece_named() {
    let evidence = Evidence::new();
    let bytes = evidence.pieces.iter();
    let bytes: Vec<_> = bytes
        .flat_map(|(key, bytes)| (0..bytes.len()).map(move |position| (key, position)))
        .collect();
    assert!(bytes.len() > 8000);
    let threads = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for share in bytes.chunks(bytes.len().div_ceil(threads)) {
            let harmed = evidence.copy();
            scope.spawn(move || {
                for (key, position) in share {
                    let mut edited = harmed.pieces[*key].clone();
                    edited[*position] ^= 1;
                    harmed.put(key, &edited);
                    assert_eq!(harmed.named(), only(key), "byte {position} of {key}");
                    harmed.put(key, &harmed.pieces[*key]);
                }
            });
        }
    });
}

#[test]
fn every_removed_or_truncated_piece_is_found_and_named() {
    let evidence = Evidence::new();
    for (key, bytes) in &evidence.pieces {
        evidence.remove(key);
        assert_eq!(evidence.named(), only(key), "{key} is removed");
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            evidence.put(key, &bytes[..length]);
            assert_eq!(evidence.named(), only(key), "{key} is cut to {length}");
        }
        evidence.put(key, &[bytes.as_slice(), b"\n"].concat());
        assert_eq!(evidence.named(), only(key), "{key} is longer");
        evidence.put(key, bytes);
    }
}

#[test]
fn every_swapped_pair_is_found_and_both_are_named() {
    let evidence = Evidence::new();
    for (one, its) in &evidence.pieces {
        for (other, others) in evidence.pieces.range(one.clone()..) {
            if its == others {
                continue;
            }
            evidence.put(one, others);
            evidence.put(other, its);
            // The log of a run whose last segment is not as it was has nothing to be compared with.
            let notes = evidence.verified().notes.into_iter();
            let unvouched = notes.filter_map(|note| match note {
                Note::Unvouched { piece, .. } => Some(piece),
                _ => None,
            });
            let mut named = evidence.named();
            named.extend(unvouched);
            assert!(
                named.contains(one) && named.contains(other),
                "{one} and {other} are swapped: {named:?}"
            );
            evidence.put(one, its);
            evidence.put(other, others);
        }
    }
}

#[test]
fn what_no_run_leaves_is_foreign() {
    let evidence = Evidence::new();
    for key in [
        "notes.txt",
        "objects/notes.txt",
        "objects/ABCDEF",
        "snapshots/00000001.json.bak",
        "snapshots/1.json",
        "snapshots/99999999999.json",
        "runs/000001/000001.json.bak",
        "runs/000001/99999999999999.json",
        "runs/1/000000.json",
        "runs/\u{202e}evil\n::error::/x",
    ] {
        evidence.put(key, b"{}");
        let named = evidence.named();
        assert_eq!(named.len(), 1, "{key}: {named:?}");
        let named = named.first().unwrap();
        assert!(key.starts_with(named), "{key}: {named}");
        fs::remove_dir_all(evidence.folder.path().join(named))
            .or_else(|_| fs::remove_file(evidence.folder.path().join(named)))
            .unwrap();
    }
    assert!(evidence.named().is_empty());
}

#[test]
fn a_tail_that_is_cut_off_whole_shows_against_a_digest_kept_elsewhere() {
    let mut evidence = Evidence::new();
    evidence.remove("snapshots/00000002.json");
    let folder = evidence.folder.path().join("runs/000002");
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(evidence.named(), only("snapshots/00000001.json"));
    // Without one, nothing in the state can tell.
    evidence.anchor.head = None;
    assert!(evidence.named().is_empty());
    let notes = evidence.verified().notes;
    assert!(format!("{notes:?}").contains("Unanchored"), "{notes:?}");
}
