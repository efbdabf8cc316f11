//! Documents that survive `kill -9`: a map in memory, an append-only log on the disk.
//!
//! A line of the log is one transaction, whole or torn; a torn last line never happened. The log
//! is rewritten when the store is opened and most of it is history.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::base::file::write_atomically;
use crate::base::foreign::escape;

/// What a transaction does to one key: puts a document, or removes it.
pub(super) type Edit<D> = (String, Option<D>);

const FORMAT: &str = "provisor.sandbox/1";

/// A log that is shorter than this is not worth rewriting.
const SHORT_LOG: usize = 1_000;

/// A log cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("it is not `{FORMAT}` of this kind of app but {0}")]
    Foreign(String),
    #[error("line {0} is damaged")]
    Damaged(usize),
}

/// The first line of a log.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    kind: String,
}

/// Documents by key, in memory and in a log.
pub(super) struct Store<D> {
    documents: BTreeMap<String, D>,
    log: Arc<Log>,
}

impl<D: Clone + Serialize + DeserializeOwned> Store<D> {
    /// Opens the log of a kind of app; the first time it is made from `seed`.
    pub fn open(
        path: &Path,
        kind: &str,
        seed: impl FnOnce() -> BTreeMap<String, D>,
    ) -> Result<Self, StoreError> {
        let header = Header {
            format: FORMAT.to_owned(),
            kind: kind.to_owned(),
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let documents = seed();
                write_atomically(path, &whole(&header, &documents))?;
                return Self::continued(path, documents);
            }
            Err(error) => return Err(error.into()),
        };
        let Replay {
            documents,
            transactions,
            sound,
        } = replay(&bytes, &header)?;
        if transactions > SHORT_LOG && transactions > 2 * documents.len() {
            write_atomically(path, &whole(&header, &documents))?;
        } else if sound < bytes.len() {
            let file = OpenOptions::new().write(true).open(path)?;
            file.set_len(sound as u64)?;
            file.sync_all()?;
        }
        Self::continued(path, documents)
    }

    fn continued(path: &Path, documents: BTreeMap<String, D>) -> Result<Self, StoreError> {
        let file = OpenOptions::new().append(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            documents,
            log: Arc::new(Log {
                file,
                appended: AtomicU64::new(length),
                flushed: Mutex::new(length),
            }),
        })
    }

    /// The document of a key.
    pub fn get(&self, key: &str) -> Option<&D> {
        self.documents.get(key)
    }

    /// The documents whose keys start with a prefix, sorted, each with the rest of its key.
    pub fn below<'a, 'prefix>(
        &'a self,
        prefix: &'prefix str,
    ) -> impl Iterator<Item = (&'a str, &'a D)> + use<'a, 'prefix, D> {
        self.documents
            .range::<str, _>((
                std::ops::Bound::Included(prefix),
                std::ops::Bound::Unbounded,
            ))
            .map_while(move |(key, document)| Some((key.strip_prefix(prefix)?, document)))
    }

    /// Does all edits or none. They are durable after the next [`Log::flush`].
    pub fn commit(&mut self, edits: Vec<Edit<D>>) -> io::Result<()> {
        if edits.is_empty() {
            return Ok(());
        }
        self.log.append(&line(&edits))?;
        for (key, document) in edits {
            match document {
                Some(document) => self.documents.insert(key, document),
                None => self.documents.remove(&key),
            };
        }
        Ok(())
    }

    /// The log, to flush it while others go on committing.
    pub fn log(&self) -> Arc<Log> {
        Arc::clone(&self.log)
    }
}

/// The file behind a store.
pub(super) struct Log {
    file: File,
    appended: AtomicU64,
    flushed: Mutex<u64>,
}

impl Log {
    /// Only called by the store, which is borrowed mutably: one at a time.
    fn append(&self, line: &[u8]) -> io::Result<()> {
        let before = self.appended.load(Ordering::Acquire);
        if let Err(error) = (&self.file).write_all(line) {
            // Half a line would tear the next one.
            self.file.set_len(before)?;
            return Err(error);
        }
        self.appended
            .store(before + line.len() as u64, Ordering::Release);
        Ok(())
    }

    /// Returns when everything appended before the call is on the disk. Of those who wait at the
    /// same time one flushes for all.
    pub fn flush(&self) -> io::Result<()> {
        let wanted = self.appended.load(Ordering::Acquire);
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed < wanted {
            let appended = self.appended.load(Ordering::Acquire);
            self.file.sync_data()?;
            *flushed = appended;
        }
        Ok(())
    }
}

struct Replay<D> {
    documents: BTreeMap<String, D>,
    transactions: usize,
    /// The bytes up to the end of the last whole line.
    sound: usize,
}

fn replay<D: DeserializeOwned>(bytes: &[u8], header: &Header) -> Result<Replay<D>, StoreError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let first = lines.next().map_or(&[][..], |(_, line)| line);
    match serde_json::from_slice::<Header>(first) {
        Ok(found) if found == *header => {}
        Ok(Header { format, kind }) => {
            let found = format!("`{}` of the kind `{}`", escape(&format), escape(&kind));
            return Err(StoreError::Foreign(found));
        }
        Err(_) => return Err(StoreError::Foreign("something else".to_owned())),
    }
    let mut replay = Replay {
        documents: BTreeMap::new(),
        transactions: 0,
        sound: first.len(),
    };
    for (index, line) in lines {
        let last = replay.sound + line.len() == bytes.len();
        let edits = match serde_json::from_slice::<Vec<Edit<D>>>(line) {
            Ok(edits) if line.ends_with(b"\n") => edits,
            _ if last => break,
            _ => return Err(StoreError::Damaged(index + 1)),
        };
        for (key, document) in edits {
            match document {
                Some(document) => replay.documents.insert(key, document),
                None => replay.documents.remove(&key),
            };
        }
        replay.transactions += 1;
        replay.sound += line.len();
    }
    Ok(replay)
}

/// A log that holds documents and no history.
fn whole<D: Serialize>(header: &Header, documents: &BTreeMap<String, D>) -> Vec<u8> {
    let mut bytes = line(header);
    for (key, document) in documents {
        bytes.extend(line(&[(key, Some(document))]));
    }
    bytes
}

fn line<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = crate::base::digest::canonical(value);
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Store<u32> {
        Store::open(path, "test", || BTreeMap::from([("seed".to_owned(), 1)])).unwrap()
    }

    fn held(store: &Store<u32>) -> Vec<(String, u32)> {
        let documents = store.documents.iter();
        documents
            .map(|(key, value)| (key.clone(), *value))
            .collect()
    }

    #[test]
    fn what_was_committed_is_there_again_and_a_torn_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut store = open(&path);
        store
            .commit(vec![("a".into(), Some(2)), ("seed".into(), None)])
            .unwrap();
        store.commit(vec![("b".into(), Some(3))]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        // A kill may tear the last line anywhere.
        let last = whole[..whole.len() - 1]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap()
            + 1;
        for end in last..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let mut store = open(&path);
            assert_eq!(held(&store), [("a".to_owned(), 2)], "torn at {end}");
            store.commit(vec![("c".into(), Some(4))]).unwrap();
            let again = held(&open(&path));
            assert_eq!(again, [("a".to_owned(), 2), ("c".to_owned(), 4)]);
        }
    }

    #[test]
    fn damage_in_the_middle_and_another_kind_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        open(&path);
        let other = Store::<u32>::open(&path, "other", BTreeMap::new);
        assert!(matches!(other, Err(StoreError::Foreign(_))));
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("nonsense\n[[\"a\",1]]\n");
        std::fs::write(&path, text).unwrap();
        let damaged = Store::<u32>::open(&path, "test", BTreeMap::new);
        assert!(matches!(damaged, Err(StoreError::Damaged(3))));
    }

    #[test]
    fn history_is_dropped_when_there_is_more_of_it_than_of_documents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut store = open(&path);
        for number in 0..2_000 {
            store.commit(vec![("a".into(), Some(number))]).unwrap();
        }
        let before = held(&store);
        drop(store);
        assert_eq!(held(&open(&path)), before);
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, 3, "the header and two documents");
    }
}
