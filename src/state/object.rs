//! Objects: bytes under their own digest, like Git's. What is equal is stored once.

use bytes::Bytes;

use crate::base::Digest;

use super::StateError;
use super::store::{Store, blocking};
use super::tombstone::{self, Tombstone};

/// Bytes with their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    digest: Digest,
    bytes: Bytes,
}

impl Object {
    /// Takes the digest of bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            digest: Digest::of(&bytes),
            bytes,
        }
    }

    /// The digest: the object's name.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The content.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// The key of an object.
pub fn key(digest: Digest) -> String {
    format!("objects/{digest}")
}

/// Stores an object; one that is there already is left alone, since its name says what it holds.
pub async fn put(store: &Store, object: &Object) -> Result<Digest, StateError> {
    let _made_or_existed = store
        .create(&key(object.digest), object.bytes.clone())
        .await?;
    Ok(object.digest)
}

/// The object of a digest that another piece names. Content that does not have this digest is an
/// error.
pub async fn get(store: &Store, digest: Digest, named_by: &str) -> Result<Object, StateError> {
    let key = key(digest);
    let Some(bytes) = store.get(&key).await? else {
        let is = |one: &Tombstone| one.objects.binary_search(&digest).is_ok();
        return Err(tombstone::absent(store, key, named_by.to_owned(), is).await);
    };
    let object = blocking(move || Object::new(bytes)).await;
    if object.digest == digest {
        Ok(object)
    } else {
        let why = format!("its content has the digest {}", object.digest);
        Err(StateError::damaged(&key, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn any_flipped_byte_is_noticed_and_so_is_absence() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let object = Object::new("{\"a\":1}\n");
        let digest = put(&store, &object).await.unwrap();
        assert_eq!(put(&store, &object).await.unwrap(), digest);
        assert_eq!(get(&store, digest, "a test").await.unwrap(), object);

        let path = folder.path().join(key(digest));
        for position in 0..object.bytes().len() {
            let mut bytes = object.bytes().to_vec();
            bytes[position] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            let error = get(&store, digest, "a test").await.unwrap_err();
            assert!(matches!(error, StateError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains(&digest.to_string()));
        }
        std::fs::remove_file(&path).unwrap();
        let error = get(&store, digest, "snapshots/00000001.json").await;
        assert!(matches!(error, Err(StateError::Missing { .. })));
    }
}
