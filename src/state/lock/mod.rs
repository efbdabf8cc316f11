//! One run at a time writes.
//!
//! In a folder that is an OS file lock, in a bucket a lease; both have the same two ends, acquire
//! and release. The lock keeps a second run from starting in vain; what keeps two runs from both
//! ending is the conditional create of the next manifest (see [`super::snapshot`]).

mod file;
#[cfg(feature = "buckets")]
mod lease;

use std::fmt;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::base::foreign::escape;
use crate::base::{Clock, Foreign};

use super::StateError;
use super::place::Place;

const FORMAT: &str = "provisor.lock/1";
/// How often a folder's lock is tried while it is waited for.
const LOOK: Duration = Duration::from_millis(200);
/// A new owner of a folder's lock is given so long to say who it is, and looked at so often.
const INTRODUCTION: Duration = Duration::from_secs(1);
const BLINK: Duration = Duration::from_millis(10);

/// Who holds a lock, for whoever finds it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Who runs it, as the machine tells.
    pub actor: Foreign,
    /// The machine.
    pub host: Foreign,
    /// The process there.
    pub process: u32,
    /// Since when, by the story's clock.
    pub since: Timestamp,
}

impl Owner {
    /// This process, on a machine of this name.
    pub fn of(actor: String, host: String, since: Timestamp) -> Self {
        Self {
            actor: actor.into(),
            host: host.into(),
            process: std::process::id(),
            since,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    format: String,
    owner: Owner,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("the state is locked by another run{}", held_by(owner.as_ref()))]
    Held {
        /// Who, if they said so.
        owner: Option<Owner>,
        /// Until when, by its clock, unless it renews its lease; a folder's lock is no lease.
        until: Option<Timestamp>,
    },
    /// The file system failed.
    #[error("cannot lock the state")]
    Folder(#[from] io::Error),
    /// The bucket failed, or what it says of its lease is no lease.
    #[error(transparent)]
    Bucket(#[from] StateError),
}

fn held_by(owner: Option<&Owner>) -> impl fmt::Display {
    owner.map_or_else(String::new, |owner| format!(" ({owner})"))
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (actor, host) = (escape(self.actor.raw()), escape(self.host.raw()));
        write!(
            f,
            "{actor} on {host}, process {}, since {}",
            self.process, self.since
        )
    }
}

/// What a lease was freed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freed {
    /// Who held it; unknown if what the bucket said of its lease was no lease.
    pub owner: Option<Owner>,
}

/// The right to write to a state, until it is released or the process ends.
#[derive(Debug)]
pub struct Lock(Kind);

#[derive(Debug)]
enum Kind {
    Folder(#[expect(dead_code, reason = "held until it is dropped")] file::Held),
    #[cfg(feature = "buckets")]
    Bucket(lease::Held),
}

impl Lock {
    /// Locks a state; a folder is made if it is missing. Of a lock that is held, it looks for so
    /// long whether it becomes free.
    pub async fn acquire(
        place: &Place,
        owner: Owner,
        clock: Clock,
        patience: Duration,
    ) -> Result<Self, LockError> {
        match place {
            Place::Folder(folder) => {
                let since = clock.stopwatch();
                loop {
                    match file::lock(folder, &owner) {
                        Err(LockError::Held { .. }) if since.elapsed() < patience => {
                            tokio::time::sleep(LOOK).await;
                        }
                        // Whoever has just locked it has not yet said who it is.
                        Err(LockError::Held { owner: None, .. })
                            if since.elapsed() < INTRODUCTION =>
                        {
                            tokio::time::sleep(BLINK).await;
                        }
                        other => return other.map(Kind::Folder).map(Self),
                    }
                }
            }
            #[cfg(feature = "buckets")]
            Place::Bucket(bucket) => {
                let held = lease::take(bucket, &owner, clock, patience).await?;
                Ok(Self(Kind::Bucket(held)))
            }
            #[cfg(not(feature = "buckets"))]
            Place::Bucket(_) => Err(StateError::without_buckets().into()),
        }
    }

    /// Becomes true if somebody else may have the lock by now; of a folder it never does.
    pub fn lost(&self) -> Option<watch::Receiver<bool>> {
        match &self.0 {
            Kind::Folder(_) => None,
            #[cfg(feature = "buckets")]
            Kind::Bucket(held) => Some(held.lost()),
        }
    }

    /// Lets go of a lease; a folder's lock ends when this is dropped.
    pub async fn release(&self) {
        match &self.0 {
            Kind::Folder(_) => {}
            #[cfg(feature = "buckets")]
            Kind::Bucket(held) => held.release().await,
        }
    }

    /// Frees a bucket's lease, whoever holds it; `None` if nobody does. A folder's lock needs no
    /// freeing: it ends with its process.
    pub async fn free(place: &Place, clock: Clock) -> Result<Option<Freed>, LockError> {
        match place {
            Place::Folder(_) => Ok(None),
            #[cfg(feature = "buckets")]
            Place::Bucket(bucket) => lease::free(bucket, clock).await,
            #[cfg(not(feature = "buckets"))]
            Place::Bucket(_) => {
                let _ = clock;
                Err(StateError::without_buckets().into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_held_lock_names_its_owner_and_a_dropped_one_is_free() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        let place = Place::folder(&folder);
        let acquire = |process, patience| {
            let owner = Owner {
                actor: "emma\u{1b}[2J".into(),
                host: "ci-7".into(),
                process,
                since: "2026-03-07T17:22:00Z".parse().unwrap(),
            };
            let clock = Clock::running();
            let patience = Duration::from_millis(patience);
            let place = place.clone();
            async move { Lock::acquire(&place, owner, clock, patience).await }
        };
        let lock = acquire(1, 0).await.unwrap();
        let error = acquire(2, 10).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the state is locked by another run (emma\\u{1b}[2J on ci-7, process 1, since \
             2026-03-07T17:22:00Z)"
        );
        let waiting = tokio::spawn(acquire(2, 60_000));
        tokio::task::yield_now().await;
        lock.release().await;
        drop(lock);
        let _lock = waiting.await.unwrap().unwrap();
        std::fs::write(folder.join("lock.json"), "{").unwrap();
        let error = acquire(3, 0).await.unwrap_err();
        assert!(matches!(error, LockError::Held { owner: None, .. }));
    }
}
