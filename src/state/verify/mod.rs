//! Whether anything that runs left behind was edited, cut, removed, moved or added since.
//!
//! | piece | vouched for by |
//! |---|---|
//! | a manifest | the one after it; the last one by a digest kept elsewhere, or a signature |
//! | a segment | the one after it; the last one of a run by the manifest that names the run |
//! | a log of API calls | the last segment of its run |
//! | an object | its own key |
//! | an order, a rescission | the manifest of the run that carried it out |
//! | a tombstone | the one after it; the last one by the manifests that came after it |
//!
//! Whatever vouches is looked at first, so that the piece that was edited is named and not the one
//! that no longer fits it.

mod chain;
mod objects;
mod orders;
mod runs;
mod snapshots;
mod tombstones;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Digest, Foreign};
use crate::model::name::RunId;
use crate::model::snapshot::RunRecord;

use super::StateError;
use super::signature::AllowedSigners;
use super::store::Store;

use tombstones::Buried;

/// What somebody outside of the state says of it.
#[derive(Clone, Debug, Default)]
pub struct Anchor {
    /// The digest of a manifest, as it was kept elsewhere.
    pub head: Option<Digest>,
    /// Who may sign snapshots.
    pub signers: Option<AllowedSigners>,
}

/// What a look at every piece of a state found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verified {
    /// The last snapshot, if there is one.
    pub head: Option<Head>,
    /// How many pieces were read.
    pub read: Pieces,
    /// What is not as a run left it; empty if all is.
    pub findings: Vec<Finding>,
    /// What is in order, and what an auditor should know.
    pub notes: Vec<Note>,
}

/// The last snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Head {
    /// Its serial number.
    pub serial: u64,
    /// The digest of its manifest.
    pub digest: Digest,
}

/// How many pieces there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pieces {
    /// Manifests.
    pub snapshots: usize,
    /// Folders of runs.
    pub runs: usize,
    /// Segments of journals.
    pub segments: usize,
    /// Logs of API calls.
    pub logs: usize,
    /// Objects.
    pub objects: usize,
    /// Orders that people leave, and their rescissions.
    pub orders: usize,
    /// Tombstones of what was pruned.
    pub tombstones: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// One piece that is not as a run left it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// Its key, as a path in the state.
    pub piece: Foreign,
    /// What is wrong with it.
    #[serde(flatten)]
    pub fault: Fault,
}

/// What is wrong with a piece.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// It is not there.
    Missing {
        /// What names it.
        named_by: String,
        /// The digest that it had, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
    },
    /// Its content is not what it was.
    Edited {
        /// What says so.
        named_by: String,
        /// The digest that it had.
        expected: Digest,
        /// The digest that it has.
        found: Digest,
        /// The piece whose content it has, if it is another's.
        #[serde(skip_serializing_if = "Option::is_none")]
        holds: Option<String>,
    },
    /// What it says is not what such a piece says.
    Broken {
        /// How that shows.
        why: Foreign,
    },
    /// A newer program wrote it.
    Newer {
        /// Its format.
        format: Foreign,
    },
    /// No run leaves such a piece.
    Foreign,
    /// Snapshots before it were signed, and it is not.
    Unsigned {
        /// The first that was.
        since: u64,
    },
    /// Nobody who may sign signed it, or not this content.
    Forged {
        /// What `ssh-keygen` said.
        why: Foreign,
    },
}

/// What is in order, and what an auditor should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum Note {
    /// The digest that was kept elsewhere is of this snapshot; those after it, if any, came since.
    Kept {
        /// Its serial number.
        serial: u64,
        /// How many came since.
        later: u64,
    },
    /// These snapshots were signed by somebody who may.
    Signed {
        /// Who.
        by: Foreign,
        /// How many.
        snapshots: usize,
    },
    /// There are signatures, and nobody said who may sign.
    SignaturesUnread {
        /// How many.
        snapshots: usize,
    },
    /// There is a signature of this snapshot, and no such snapshot: its run died before it wrote it,
    /// or it was removed.
    SignatureAlone {
        /// Its serial number.
        serial: u64,
    },
    /// Nothing outside of the state vouches for the last snapshot: neither a digest that was kept
    /// nor a signature that was checked.
    Unanchored,
    /// Only a piece that is missing or was edited itself names this one, so that nothing tells
    /// whether it is as it was.
    Unvouched {
        /// The key.
        piece: String,
        /// The other's.
        named_by: String,
    },
    /// No snapshot names this run: it is alive, or died, or its snapshot was removed.
    Unrecorded {
        /// Which.
        run: RunId,
        /// Who began it; unknown if it died before it said so.
        by: Option<Foreign>,
        /// When.
        started: Option<Timestamp>,
    },
    /// An order, or a rescission, that no run carried out yet, so that nothing tells whether it is as
    /// it was.
    OrderAlone {
        /// The key.
        piece: String,
    },
    /// Old snapshots were pruned: their manifests stand, and their digests are kept.
    Pruned {
        /// The number of its tombstone.
        tombstone: u64,
        /// When.
        at: Timestamp,
        /// Who had them pruned.
        by: Foreign,
        /// Why.
        reason: Foreign,
        /// The last snapshot that went.
        until: u64,
        /// How many objects went.
        objects: usize,
        /// How many runs' journals went.
        runs: usize,
        /// How many of these pieces are there still: whoever pruned died before they were gone.
        left: usize,
        /// A later snapshot names the tombstone; otherwise nothing tells whether it is as it was.
        vouched: bool,
    },
    /// Objects that nothing names: runs that died, or lost a race, leave such.
    Unnamed {
        /// How many.
        objects: usize,
    },
}

impl Verified {
    /// True if every piece is as a run left it.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, piece: impl Into<String>, fault: Fault) {
        let piece = Foreign::from(piece.into());
        self.findings.push(Finding { piece, fault });
    }
}

/// What pieces that are as they were say of others.
#[derive(Debug, Default)]
struct Named {
    /// By digest, the piece that has it and the piece that says so.
    pieces: BTreeMap<Digest, (String, String)>,
    /// By run, its end and the manifest that names it.
    runs: BTreeMap<RunId, (RunRecord, String)>,
    /// By key, the digest of an order and the manifest that has it.
    orders: BTreeMap<String, (Digest, String)>,
    /// By object, the last manifest that names it.
    last: BTreeMap<Digest, u64>,
    /// By number, the digest of a tombstone and the manifest that has it.
    tombstones: BTreeMap<u64, (Digest, String)>,
    /// What was pruned.
    buried: Buried,
    /// The objects that there are.
    there: BTreeSet<Digest>,
    /// All manifests could be believed, so that what they do not name, nothing names.
    whole: bool,
}

impl Named {
    fn add(&mut self, digest: Digest, piece: String, named_by: &str) {
        self.pieces
            .entry(digest)
            .or_insert_with(|| (piece, named_by.to_owned()));
    }
}

/// Reads every piece of a state, and compares it with what vouches for it. It is an error only if a
/// piece cannot be read at all.
pub async fn verify(store: &Store, anchor: &Anchor) -> Result<Verified, StateError> {
    let mut verified = Verified::default();
    root(store, &mut verified).await?;
    let tail = runs::tail(store).await?;
    let mut named = snapshots::verify(store, anchor, tail.as_ref(), &mut verified).await?;
    tombstones::verify(store, &mut named, &mut verified).await?;
    runs::verify(store, &mut named, &mut verified).await?;
    objects::verify(store, &mut named, &mut verified).await?;
    orders::verify(store, &named, &mut verified).await?;
    tombstones::note(store, &named, &mut verified).await?;
    let edited = verified.findings.iter().filter_map(|one| match one.fault {
        Fault::Edited { expected, .. } => Some((expected, one.piece.raw().to_owned())),
        _ => None,
    });
    for (expected, piece) in edited {
        named.add(expected, piece.clone(), &piece);
    }
    for finding in &mut verified.findings {
        if let Fault::Edited { found, holds, .. } = &mut finding.fault {
            let other = named.pieces.get(found).map(|(piece, _)| piece.clone());
            *holds = other.filter(|piece| *piece != *finding.piece.raw());
        }
    }
    verified.findings.sort();
    Ok(verified)
}

/// What lies beside the folders of the state.
async fn root(store: &Store, verified: &mut Verified) -> Result<(), StateError> {
    for name in store.list("").await? {
        match name.as_str() {
            // Whoever holds a lock says so in a note, which ends with the lock.
            "objects" | "snapshots" | "runs" | "orders" | "tombstones" | "lock.json"
            | "lease.json" => {}
            "lock" => {
                if store.get(&name).await?.is_some_and(|lock| !lock.is_empty()) {
                    let why = Foreign::from("the file that is locked holds nothing");
                    verified.find(name, Fault::Broken { why });
                }
            }
            _ => verified.find(name, Fault::Foreign),
        }
    }
    Ok(())
}
