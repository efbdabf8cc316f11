//! The lock of a folder: an OS file lock, which the kernel frees when its process dies, however it
//! dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::base::digest::canonical;
use crate::base::file;
use crate::state::format;

use super::{FORMAT, LockError, Note, Owner};

/// The lock of a folder, for as long as the file is open.
#[derive(Debug)]
pub struct Held {
    _file: File,
    note: PathBuf,
}

impl Drop for Held {
    /// Leaves no note of an owner who is gone. One who died does, until the next.
    fn drop(&mut self) {
        // Under the lock, which ends with the file: it is nobody else's note.
        let _ = std::fs::remove_file(&self.note);
    }
}

/// Locks a folder, which is made if it is missing; holds it while the file is open.
pub fn lock(folder: &Path, owner: &Owner) -> Result<Held, LockError> {
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
            return Err(LockError::Held { owner, until: None });
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let content = canonical(&Note {
        format: FORMAT.to_owned(),
        owner: owner.clone(),
    });
    file::write_atomically(&note, &content)?;
    Ok(Held { _file: file, note })
}
