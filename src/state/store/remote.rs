//! A bucket as a store, through `object_store`.
//!
//! Reads are tried again by that crate. A conditional write is tried again here: after an answer
//! that was lost, or a refusal that nobody caused, looking tells what is there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryFutureExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    Error, GetResult, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, RetryConfig,
    UpdateVersion,
};

use super::Creation;
use super::connect::Encrypted;
use super::told::told;
use crate::state::StateError;
use crate::state::place::{Bucket, Vendor};

/// How often a conditional write is tried, and how long the first pause is; each is twice as long.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);
/// How often and how long a read is tried again.
const READ_TRIES: usize = 5;
const READ_LIMIT: Duration = Duration::from_mins(1);

/// What of a bucket is ours.
#[derive(Clone, Debug)]
pub struct Remote {
    reads: Arc<dyn ObjectStore>,
    writes: Arc<dyn ObjectStore>,
    prefix: Path,
    pause: Duration,
}

/// A piece that may be replaced, as it was seen.
#[derive(Clone, Debug)]
pub struct Versioned {
    /// Its content.
    pub content: Bytes,
    version: UpdateVersion,
}

impl Remote {
    /// Opens a bucket, without speaking to it.
    pub fn open(bucket: &Bucket) -> Result<Self, StateError> {
        // Nothing is lost if another room was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry = |max_retries| RetryConfig {
            max_retries,
            retry_timeout: READ_LIMIT,
            ..RetryConfig::default()
        };
        let failed = |error| failed("open", "the bucket", &error);
        Ok(Self {
            reads: vendor(bucket, retry(READ_TRIES)).map_err(failed)?,
            writes: vendor(bucket, retry(0)).map_err(failed)?,
            prefix: Path::from(bucket.prefix.as_str()),
            pause: PAUSE,
        })
    }

    /// A bucket of this process.
    #[cfg(test)]
    pub fn in_memory() -> Self {
        Self::of(Arc::new(object_store::memory::InMemory::new()))
    }

    /// A bucket that behaves as it is told to.
    #[cfg(test)]
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            reads: Arc::clone(&store),
            writes: store,
            prefix: Path::from("meridian"),
            pause: Duration::from_millis(1),
        }
    }

    /// The content of a piece, if there is one.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StateError> {
        let path = self.path(key);
        let got = self.reads.get(&path);
        match got.and_then(GetResult::bytes).await {
            Ok(content) => Ok(Some(content)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", key, &error)),
        }
    }

    /// Makes a piece unless one of its key exists.
    pub async fn create(&self, key: &str, content: Bytes) -> Result<Creation, StateError> {
        let made = self.make(key, content).await?;
        Ok(made.map_or(Creation::Existed, |_| Creation::Made))
    }

    /// Makes a piece that may be replaced; `None` if one of its key exists.
    pub async fn make(&self, key: &str, content: Bytes) -> Result<Option<Versioned>, StateError> {
        self.write(key, content, None).await
    }

    /// Replaces a piece, unless somebody else did since it was seen; `None` then.
    pub async fn replace(
        &self,
        key: &str,
        seen: &Versioned,
        content: Bytes,
    ) -> Result<Option<Versioned>, StateError> {
        self.write(key, content, Some(seen)).await
    }

    /// Removes a piece, if it is there. Removing twice is as good as once, so that it is tried again
    /// as reads are.
    pub async fn delete(&self, key: &str) -> Result<(), StateError> {
        match self.reads.delete(&self.path(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", key, &error)),
        }
    }

    /// The names directly below a prefix, sorted.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let path = self.path(prefix);
        let listed = self.reads.list_with_delimiter(Some(&path)).await;
        let listed = listed.map_err(|error| failed("list", prefix, &error))?;
        let files = listed.objects.into_iter().map(|object| object.location);
        let paths = listed.common_prefixes.into_iter().chain(files);
        let names = paths.filter_map(|path| path.filename().map(str::to_owned));
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        Ok(names)
    }

    /// A piece that may be replaced, and which version of it this is.
    pub async fn look(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        let answer = match self.reads.get(&self.path(key)).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed("read", key, &error)),
        };
        let version = UpdateVersion {
            e_tag: answer.meta.e_tag.clone(),
            version: answer.meta.version.clone(),
        };
        let content = answer.bytes().await;
        let content = content.map_err(|error| failed("read", key, &error))?;
        Ok(Some(Versioned { content, version }))
    }

    async fn exists(&self, key: &str) -> Result<bool, StateError> {
        match self.reads.head(&self.path(key)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed("read", key, &error)),
        }
    }

    /// Writes a piece if what is there is still what was seen; `None` if it is not.
    async fn write(
        &self,
        key: &str,
        content: Bytes,
        seen: Option<&Versioned>,
    ) -> Result<Option<Versioned>, StateError> {
        let mode = seen.map_or(PutMode::Create, |seen| {
            PutMode::Update(seen.version.clone())
        });
        let mut lost = false;
        for tries in 1.. {
            let error = match self.put(key, &content, mode.clone()).await {
                Ok(version) => return Ok(Some(Versioned { content, version })),
                Err(error) => error,
            };
            if is_refusal(&error) {
                // What is never replaced may be large, and is not read to see that it is there.
                if seen.is_none() && !lost && self.exists(key).await? {
                    return Ok(None);
                }
                let there = self.look(key).await?;
                if lost && let Some(there) = there.as_ref().filter(|there| there.content == content)
                {
                    return Ok(Some(there.clone()));
                }
                // S3 may also refuse both of two that write at once.
                let content = |piece: Option<&Versioned>| piece.map(|one| one.content.clone());
                if content(there.as_ref()) != content(seen) {
                    return Ok(None);
                }
            }
            if tries == TRIES || is_final(&error) {
                return Err(failed("write", key, &error));
            }
            lost |= !is_refusal(&error);
            tokio::time::sleep(self.pause * 2u32.pow(tries - 1)).await;
        }
        unreachable!("the last try returns")
    }

    async fn put(&self, key: &str, content: &Bytes, mode: PutMode) -> Result<UpdateVersion, Error> {
        let options = PutOptions::from(mode);
        let path = self.path(key);
        let put = self.writes.put_opts(&path, content.clone().into(), options);
        put.await.map(UpdateVersion::from)
    }

    /// Keys are made of our own words, digits and hexadecimal digits only.
    fn path(&self, key: &str) -> Path {
        let parts = key.split('/').filter(|part| !part.is_empty());
        parts.fold(self.prefix.clone(), Path::join)
    }
}

/// True where a condition did not hold.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::AlreadyExists { .. } | Error::Precondition { .. }
    )
}

/// True where trying again would bring the same.
fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::NotFound { .. }
            | Error::NotSupported { .. }
            | Error::NotImplemented { .. }
            | Error::InvalidPath { .. }
            | Error::PermissionDenied { .. }
            | Error::Unauthenticated { .. }
            | Error::UnknownConfigurationKey { .. }
    )
}

/// The vendor's own client, whose settings and credentials are those that its tools use.
fn vendor(bucket: &Bucket, retry: RetryConfig) -> Result<Arc<dyn ObjectStore>, Error> {
    let name = &bucket.name;
    Ok(match bucket.vendor {
        Vendor::S3 => {
            let builder = AmazonS3Builder::from_env().with_bucket_name(name);
            let builder = builder.with_http_connector(Encrypted);
            Arc::new(builder.with_retry(retry).build()?)
        }
        Vendor::Google => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(name);
            let builder = builder.with_http_connector(Encrypted);
            Arc::new(builder.with_retry(retry).build()?)
        }
        Vendor::Azure => {
            let builder = MicrosoftAzureBuilder::from_env().with_container_name(name);
            let builder = builder.with_http_connector(Encrypted);
            Arc::new(builder.with_retry(retry).build()?)
        }
    })
}

fn failed(verb: &'static str, piece: &str, error: &Error) -> StateError {
    StateError::Store {
        verb,
        piece: piece.to_owned(),
        source: io::Error::other(told(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::faulty::{Fault, Faulty};
    use super::*;

    fn faulty() -> (Arc<Faulty>, Remote) {
        let faulty = Arc::new(Faulty::default());
        let store: Arc<dyn ObjectStore> = Arc::<Faulty>::clone(&faulty);
        (faulty, Remote::of(store))
    }

    #[tokio::test]
    async fn an_answer_that_was_lost_is_looked_up() {
        let (faulty, remote) = faulty();
        let create = |content: &'static str| remote.create("a", content.into());
        faulty.fail([Fault::Lost, Fault::Down]);
        assert_eq!(create("ours").await.unwrap(), Creation::Made);
        faulty.fail([Fault::Down]);
        assert_eq!(create("another's").await.unwrap(), Creation::Existed);
        assert_eq!(remote.get("a").await.unwrap().unwrap(), "ours");

        let seen = remote.look("a").await.unwrap().unwrap();
        faulty.fail([Fault::Lost]);
        let replaced = remote.replace("a", &seen, "next".into()).await.unwrap();
        let replaced = replaced.unwrap();
        let next = remote.replace("a", &replaced, "last".into());
        assert!(
            next.await.unwrap().is_some(),
            "it is the version to replace"
        );
        faulty.fail([Fault::Down]);
        let late = remote.replace("a", &seen, "late".into()).await.unwrap();
        assert!(late.is_none());
        assert_eq!(remote.get("a").await.unwrap().unwrap(), "last");
    }

    #[tokio::test]
    async fn a_refusal_that_nobody_caused_is_not_believed() {
        let (faulty, remote) = faulty();
        faulty.fail([Fault::Conflict]);
        let made = remote.create("a", "ours".into()).await.unwrap();
        assert_eq!(made, Creation::Made);
        let seen = remote.look("a").await.unwrap().unwrap();
        faulty.fail([Fault::Conflict]);
        let replaced = remote.replace("a", &seen, "next".into()).await.unwrap();
        assert!(replaced.is_some());
        faulty.fail([Fault::Conflict; TRIES as usize]);
        remote.create("b", "ours".into()).await.unwrap_err();
        faulty.fail([Fault::Down; TRIES as usize]);
        let error = remote.create("b", "ours".into()).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot write b of the state");
        assert!(remote.get("b").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_not_tried_again() {
        let (faulty, remote) = faulty();
        faulty.fail([Fault::Denied]);
        remote.create("a", "ours".into()).await.unwrap_err();
        assert!(remote.get("a").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_piece_is_made_once_and_listed_by_its_name() {
        let remote = Remote::in_memory();
        assert!(remote.get("runs/1/0").await.unwrap().is_none());
        assert!(remote.list("runs").await.unwrap().is_empty());
        let create = |key, content: &'static [u8]| remote.create(key, Bytes::from(content));
        assert_eq!(create("runs/1/0", b"one").await.unwrap(), Creation::Made);
        assert_eq!(create("runs/1/0", b"one").await.unwrap(), Creation::Existed);
        assert_eq!(create("runs/10/0", b"two").await.unwrap(), Creation::Made);
        assert_eq!(create("runs/last", b"two").await.unwrap(), Creation::Made);
        assert_eq!(remote.get("runs/1/0").await.unwrap().unwrap(), "one");
        assert_eq!(remote.list("runs").await.unwrap(), ["1", "10", "last"]);
        assert_eq!(remote.list("runs/1").await.unwrap(), ["0"]);
        assert_eq!(remote.list("").await.unwrap(), ["runs"]);
    }

    #[tokio::test]
    async fn what_is_removed_is_gone_and_twice_is_as_good_as_once() {
        let (_, remote) = faulty();
        let _made = remote.create("runs/000001/a", "a".into()).await.unwrap();
        let _made = remote.create("runs/000001/b", "b".into()).await.unwrap();
        for _ in 0..2 {
            remote.delete("runs/000001/a").await.unwrap();
            assert!(remote.get("runs/000001/a").await.unwrap().is_none());
        }
        assert_eq!(remote.list("runs/000001").await.unwrap(), ["b"]);
    }

    #[tokio::test]
    async fn a_piece_that_another_replaced_is_not_replaced() {
        let remote = Remote::in_memory();
        let _ = remote.create("lease.json", Bytes::from("a")).await.unwrap();
        let seen = remote.look("lease.json").await.unwrap().unwrap();
        let replace = |content: &'static str| remote.replace("lease.json", &seen, content.into());
        assert!(replace("b").await.unwrap().is_some());
        assert!(replace("c").await.unwrap().is_none());
        assert_eq!(remote.get("lease.json").await.unwrap().unwrap(), "b");
    }
}
