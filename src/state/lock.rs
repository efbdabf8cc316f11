//! One run at a time writes.
//!
//! On this machine that is an OS file lock, which the kernel frees when its process dies, however
//! it dies. A remote store will take a lease here instead, with the same two ends: acquire, and
//! drop. The lock keeps a second run from starting in vain; what keeps two runs from both ending
//! is the conditional create of the next manifest (see [`super::snapshot`]).

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::digest::canonical;
use crate::base::{Foreign, file};

use super::format;

const FORMAT: &str = "provisor.lock/1";

/// Who holds a lock, for whoever finds it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Who runs it, as the machine tells.
    pub actor: Foreign,
    /// The process on this machine.
    pub process: u32,
    /// Since when, by the story's clock.
    pub since: Timestamp,
}

impl Owner {
    /// This process.
    pub fn of(actor: String, since: Timestamp) -> Self {
        Self {
            actor: actor.into(),
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
    },
    /// The file system failed.
    #[error("cannot lock the state")]
    Store(#[from] io::Error),
}

fn held_by(owner: Option<&Owner>) -> impl fmt::Display {
    owner.map_or_else(String::new, |owner| {
        format!(" (process {}, since {})", owner.process, owner.since)
    })
}

/// The right to write to a state, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks a state's folder, which is made if it is missing. Does not wait.
    pub fn acquire(folder: &Path, owner: Owner) -> Result<Self, LockError> {
        file::create_private_folder(folder)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.join("lock"))?;
        // The owner's note is a neighbour: it is read while the lock is held, and is never seen
        // half written. The locked file itself stays when the lock is freed, since removing it
        // would let two processes lock two files of one name.
        let note = folder.join("lock.json");
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let note = std::fs::read(note).unwrap_or_default();
                let note: Option<Note> = format::parse("lock.json", &note, FORMAT).ok();
                let owner = note.map(|note| note.owner);
                return Err(LockError::Held { owner });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let content = canonical(&Note {
            format: FORMAT.to_owned(),
            owner,
        });
        file::write_atomically(&note, &content)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_names_its_owner_and_a_dropped_one_is_free() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        let owner = |process| Owner {
            actor: "emma\u{1b}[2J".into(),
            process,
            since: "2026-03-07T17:22:00Z".parse().unwrap(),
        };
        let lock = Lock::acquire(&folder, owner(1)).unwrap();
        let error = Lock::acquire(&folder, owner(2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the state is locked by another run (process 1, since 2026-03-07T17:22:00Z)"
        );
        drop(lock);
        let _lock = Lock::acquire(&folder, owner(2)).unwrap();
        std::fs::write(folder.join("lock.json"), "{").unwrap();
        let error = Lock::acquire(&folder, owner(3)).unwrap_err();
        assert!(matches!(error, LockError::Held { owner: None }));
    }
}
