//! The store: keys and bytes, nothing else.
//!
//! Three verbs are all that runs need (get, create-if-absent, list); the conditional create is what
//! keeps two of them from both writing. The fourth, delete, is for pruning alone. A folder on this machine and a bucket have them alike.

#[cfg(feature = "buckets")]
mod connect;
#[cfg(all(test, feature = "buckets"))]
pub(super) mod faulty;
mod folder;
#[cfg(feature = "buckets")]
pub(super) mod remote;
#[cfg(feature = "buckets")]
mod told;

use std::path::Path;

use bytes::Bytes;

use super::StateError;
use super::place::Place;

pub(super) use folder::blocking;

/// Immutable pieces, each under its key: `objects/<sha256>`.
#[derive(Clone, Debug)]
pub struct Store(Kept);

#[derive(Clone, Debug)]
enum Kept {
    Folder(folder::Folder),
    #[cfg(feature = "buckets")]
    Bucket(remote::Remote),
}

/// What came of a conditional create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Creation {
    /// The piece is new, and durable.
    Made,
    /// A piece of this key existed; it stands as it was.
    Existed,
}

impl Store {
    /// Opens a folder on this machine, without making it.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        folder::Folder::open(folder).map(Kept::Folder).map(Self)
    }

    /// Opens a place. A bucket is not spoken to until something is read or written; its
    /// credentials come from where the vendor's own tools find them.
    pub fn at(place: &Place) -> Result<Self, StateError> {
        match place {
            Place::Folder(folder) => Self::open(folder),
            #[cfg(feature = "buckets")]
            Place::Bucket(bucket) => remote::Remote::open(bucket).map(Kept::Bucket).map(Self),
            #[cfg(not(feature = "buckets"))]
            Place::Bucket(_) => Err(StateError::without_buckets()),
        }
    }

    /// The content of a piece, if there is one.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StateError> {
        match &self.0 {
            Kept::Folder(folder) => folder.get(key).await,
            #[cfg(feature = "buckets")]
            Kept::Bucket(remote) => remote.get(key).await,
        }
    }

    /// Makes a piece unless one of its key exists. Of several who try at once, one makes it.
    pub async fn create(&self, key: &str, content: Bytes) -> Result<Creation, StateError> {
        match &self.0 {
            Kept::Folder(folder) => folder.create(key, content).await,
            #[cfg(feature = "buckets")]
            Kept::Bucket(remote) => remote.create(key, content).await,
        }
    }

    /// The names directly below a prefix without a slash at its end (that of all is empty), sorted;
    /// empty if there is no such prefix.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        match &self.0 {
            Kept::Folder(folder) => folder.list(prefix).await,
            #[cfg(feature = "buckets")]
            Kept::Bucket(remote) => remote.list(prefix).await,
        }
    }

    /// Removes a piece, if it is there. For [`super::prune`] alone: all else is evidence.
    pub(super) async fn delete(&self, key: &str) -> Result<(), StateError> {
        match &self.0 {
            Kept::Folder(folder) => folder.delete(key).await,
            #[cfg(feature = "buckets")]
            Kept::Bucket(remote) => remote.delete(key).await,
        }
    }
}
