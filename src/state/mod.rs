//! Floor 3: what outlives a run. Snapshots and their chain, the objects they point at, the journal
//! of each run, and the lock that lets one run at a time write.
//!
//! | key | what | written |
//! |---|---|---|
//! | `objects/<sha256>` | a reading, what is remembered of an app or of people, a plan's body | once |
//! | `snapshots/<serial>.json` | a manifest, chained to the one before | once |
//! | `snapshots/<serial>-<sha256>.sig` | the signature of a manifest of this digest | once |
//! | `runs/<run>/<sequence>.json` | a journal segment with the API calls since, chained to the one before | once |
//! | `runs/<run>/audit.ndjson` | the run's API calls | once |
//! | `tombstones/<number>.json` | what was pruned of old snapshots, chained to the one before | once |
//! | `orders/<number>.json` | an order that somebody leaves, or that it is rescinded | once |
//! | `lock`, `lock.json` | the lock, and who holds it | local stores only |
//!
//! Everything but the lock is made by conditional create and never changed, so that any store
//! with get, create-if-absent and list will do; only [`prune`] deletes.

pub mod evidence;
mod format;
pub mod history;
pub mod journal;
pub mod lock;
pub mod memory;
pub mod object;
pub mod order;
pub mod past;
pub mod people;
pub mod place;
pub mod prune;
pub mod reading;
pub mod recent;
mod segment;
pub mod signature;
pub mod snapshot;
pub mod store;
pub mod tombstone;
pub mod verify;

pub use journal::Journal;
pub use lock::{Lock, LockError};
pub use object::Object;
pub use past::PastRun;
pub use place::Place;
pub use snapshot::Snapshot;
pub use store::Store;

use jiff::Timestamp;

use crate::base::Foreign;
use crate::base::foreign::escape;

/// What is wrong with the state, or with reaching it. Each names the piece by its key.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store itself failed.
    #[error("cannot {verb} {piece} of the state")]
    Store {
        /// What was tried: `read`.
        verb: &'static str,
        /// Which piece.
        piece: String,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A piece that another one names is not there.
    #[error("{piece} is missing from the state, though {named_by} names it")]
    Missing {
        /// Which piece.
        piece: String,
        /// The piece that names it.
        named_by: String,
    },
    /// A piece that another one names was pruned.
    #[error(
        "{piece} was pruned on {} by {}: {}",
        day(*at),
        escape(by.raw()),
        escape(why.raw())
    )]
    Pruned {
        /// Which piece.
        piece: String,
        /// When.
        at: Timestamp,
        /// Who had it pruned.
        by: Foreign,
        /// Why.
        why: Foreign,
    },
    /// A piece was edited, cut or damaged.
    #[error("{piece} of the state was edited, cut or damaged: {}", escape(why))]
    Damaged {
        /// Which piece.
        piece: String,
        /// How that shows; may quote the piece.
        why: String,
    },
    /// A piece has a format that this program does not know yet.
    #[error(
        "{piece} of the state was written by a newer provisor ({}): update provisor",
        escape(format)
    )]
    Newer {
        /// Which piece.
        piece: String,
        /// Its format.
        format: String,
    },
    /// Another process wrote the piece first.
    #[error("another run wrote {piece} first: run again, it will start from what that run left")]
    Raced {
        /// Which piece.
        piece: String,
    },
    /// A snapshot cannot be signed.
    #[error("the snapshot cannot be signed: {}", escape(why))]
    Unsigned {
        /// What `ssh-keygen` said.
        why: String,
    },
    /// A run that died cannot be closed while it is unknown what became of a change it began.
    #[error("run {run} died while at change {change}, and nothing says what became of it")]
    Unresolved {
        /// The run.
        run: crate::model::name::RunId,
        /// The change.
        change: crate::model::change::ChangeId,
    },
}

fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl StateError {
    #[cfg(not(feature = "buckets"))]
    fn without_buckets() -> Self {
        Self::Store {
            verb: "open",
            piece: "the bucket".to_owned(),
            source: std::io::Error::other(
                "this provisor was built without buckets: build it with --features buckets",
            ),
        }
    }

    fn damaged(piece: &str, why: impl Into<String>) -> Self {
        Self::Damaged {
            piece: piece.to_owned(),
            why: why.into(),
        }
    }
}
