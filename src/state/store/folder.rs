//! A folder on this machine as a store.
//!
//! It is not read and written through `object_store`'s `LocalFileSystem`, since that makes files
//! and folders as open as the process's umask says and opens only existing roots; state names
//! everybody who works here, and looking must not leave a folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::base::file;

use super::Creation;
use crate::state::StateError;

/// A folder of immutable pieces, each under its key.
///
/// It need not exist: it then holds nothing, and is made by the first create. Files are
/// readable by their owner only (0600, folders 0700), and lasting before a create returns.
#[derive(Clone, Debug)]
pub struct Folder {
    root: Arc<Path>,
}

impl Folder {
    /// Opens a folder, without making it.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let store = Self {
            root: folder.into(),
        };
        match std::fs::metadata(folder) {
            Ok(metadata) if !metadata.is_dir() => Err(failed(
                "open",
                "the folder",
                ErrorKind::NotADirectory.into(),
            )),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failed("open", "the folder", error))
            }
            _ => Ok(store),
        }
    }

    /// The content of a piece, if there is one.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StateError> {
        let path = self.path(key);
        match blocking(move || std::fs::read(path)).await {
            Ok(content) => Ok(Some(content.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", key, error)),
        }
    }

    /// Makes a piece unless one of its key exists. Of several who try at once, one makes it.
    pub async fn create(&self, key: &str, content: Bytes) -> Result<Creation, StateError> {
        let path = self.path(key);
        match blocking(move || file::create_atomically(&path, &content)).await {
            Ok(true) => Ok(Creation::Made),
            Ok(false) => Ok(Creation::Existed),
            Err(error) => Err(failed("write", key, error)),
        }
    }

    /// Removes a piece, if it is there, and its folder if that is a run's and empty then.
    pub async fn delete(&self, key: &str) -> Result<(), StateError> {
        let path = self.path(key);
        match blocking(move || file::remove(&path)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", key, error)),
            _ => Ok(()),
        }
    }

    /// The names directly below a prefix without a slash at its end (that of all is empty), sorted;
    /// empty if there is no such prefix. Temporary files of writers that died are left out.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let path = match prefix {
            "" => self.root.to_path_buf(),
            prefix => self.path(prefix),
        };
        let names = blocking(move || {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(path)? {
                if let Ok(name) = entry?.file_name().into_string()
                    && !name.starts_with('.')
                {
                    names.push(name);
                }
            }
            names.sort_unstable();
            Ok::<_, std::io::Error>(names)
        });
        match names.await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|error| failed("list", prefix, error)),
        }
    }

    /// Keys are made of our own words, digits and hexadecimal digits only.
    fn path(&self, key: &str) -> PathBuf {
        debug_assert!(key.split('/').all(|part| !matches!(part, "" | "." | "..")));
        self.root.join(key)
    }
}

fn failed(verb: &'static str, piece: &str, source: std::io::Error) -> StateError {
    StateError::Store {
        verb,
        piece: piece.to_owned(),
        source,
    }
}

/// Runs work that blocks where it does not hold up the runtime.
pub(in crate::state) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn looking_at_an_absent_folder_finds_nothing_and_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        let store = Folder::open(&folder).unwrap();
        assert!(store.get("objects/00").await.unwrap().is_none());
        assert!(store.list("snapshots").await.unwrap().is_empty());
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_piece_is_made_once_and_private() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        let store = Folder::open(&folder).unwrap();
        let create = |content: &'static [u8]| store.create("runs/1/0", Bytes::from(content));
        assert_eq!(create(b"one").await.unwrap(), Creation::Made);
        assert_eq!(create(b"two").await.unwrap(), Creation::Existed);
        assert_eq!(store.get("runs/1/0").await.unwrap().unwrap(), "one");
        std::fs::write(folder.join("runs/.tmp123"), "left by a dead writer").unwrap();
        assert_eq!(store.list("runs").await.unwrap(), ["1"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &str| {
                let metadata = std::fs::metadata(folder.join(path)).unwrap();
                metadata.permissions().mode() & 0o777
            };
            assert_eq!(mode("runs/1/0"), 0o600);
            assert_eq!([mode(""), mode("runs"), mode("runs/1")], [0o700; 3]);
        }
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Folder::open(file.path()).unwrap_err();
        assert_eq!(error.to_string(), "cannot open the folder of the state");
    }

    #[tokio::test]
    async fn what_is_removed_is_gone_and_so_is_a_folder_that_it_leaves_empty() {
        let folder = tempfile::tempdir().unwrap();
        let store = Folder::open(folder.path()).unwrap();
        for key in ["runs/000001/000000.json", "runs/000001/audit.ndjson"] {
            let _made = store.create(key, "x".into()).await.unwrap();
        }
        store.delete("runs/000001/000000.json").await.unwrap();
        assert_eq!(
            store.list("runs/000001").await.unwrap(),
            ["audit.ndjson".to_owned()]
        );
        store.delete("runs/000001/audit.ndjson").await.unwrap();
        assert!(store.list("runs").await.unwrap().is_empty());
        store.delete("runs/000001/audit.ndjson").await.unwrap();
    }
}
