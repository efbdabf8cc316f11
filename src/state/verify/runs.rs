//! The journals of runs and their logs of API calls.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::Digest;
use crate::model::name::RunId;
use crate::state::segment::{self, Entry, Segment};
use crate::state::store::Store;
use crate::state::{StateError, journal, object};

use super::chain::{Link, Place, Voucher, follow};
use super::{Fault, Named, Note, Verified};

/// No run is as long: a number beyond is nobody's, and its gap is not walked.
const MOST: u64 = 10_000_000;

/// The last run, and the snapshot that it says it started from.
#[derive(Debug)]
pub(super) struct Tail {
    /// Which.
    pub(super) run: RunId,
    /// The piece that says so.
    pub(super) piece: String,
    /// The digest of that snapshot's manifest.
    pub(super) head: Option<Digest>,
    /// It ended, so that it may have left a snapshot of its own.
    pub(super) closed: bool,
}

/// The last run, if it can be read.
pub(super) async fn tail(store: &Store) -> Result<Option<Tail>, StateError> {
    let numbers = journal::numbers(store).await?;
    let Some(number) = numbers.last() else {
        return Ok(None);
    };
    let run = segment::run_id(*number);
    let Ok((entries, _, _)) = segment::load(store, run.clone()).await else {
        return Ok(None);
    };
    let Some(Entry::Opened(opened)) = entries.first() else {
        return Ok(None);
    };
    Ok(Some(Tail {
        piece: segment::key(&run, 0),
        head: opened.head,
        closed: matches!(entries.last(), Some(Entry::Closed { .. })),
        run,
    }))
}

/// Looks at every run.
pub(super) async fn verify(
    store: &Store,
    named: &mut Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let mut found = Vec::new();
    for name in store.list("runs").await? {
        let number = name.parse().ok();
        let run = number.map(segment::run_id);
        match run.filter(|run| run.as_str() == name) {
            Some(run) => found.push(run),
            None => verified.find(format!("runs/{name}"), Fault::Foreign),
        }
    }
    verified.read.runs = found.len();
    let last_named = named.runs.keys().next_back().cloned();
    // Of what is pruned, as much is there as whoever pruned had no time to remove.
    found.retain(|run| !named.buried.has_run(run));
    for run in &found {
        match named.runs.get(run).cloned() {
            Some((record, named_by)) => {
                let voucher = Voucher {
                    digest: record.journal,
                    named_by,
                    sound: true,
                };
                one(store, run, Some(voucher), named, verified).await?;
            }
            None if named.whole && last_named.as_ref().is_some_and(|last| run < last) => {
                verified.find(segment::folder(run), Fault::Foreign);
            }
            None => {
                one(store, run, None, named, verified).await?;
                let opened = segment::opened(store, run).await.ok().flatten();
                verified.notes.push(Note::Unrecorded {
                    run: run.clone(),
                    by: opened.as_ref().map(|opened| opened.actor.clone()),
                    started: opened.map(|opened| opened.started),
                });
            }
        }
    }
    let missing =
        (named.runs.iter()).filter(|(run, _)| !found.contains(run) && !named.buried.has_run(run));
    for (run, (record, named_by)) in missing {
        let fault = Fault::Missing {
            named_by: named_by.clone(),
            digest: Some(record.journal),
        };
        verified.find(segment::folder(run), fault);
    }
    Ok(())
}

/// Looks at one run's segments and its log.
async fn one(
    store: &Store,
    run: &RunId,
    last: Option<Voucher>,
    named: &mut Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let mut found: BTreeMap<u64, Link<Segment>> = BTreeMap::new();
    for name in store.list(&segment::folder(run)).await? {
        let piece = format!("{}/{name}", segment::folder(run));
        if piece == segment::audit_key(run) {
            continue;
        }
        let number = name
            .strip_suffix(".json")
            .and_then(|name| name.parse().ok());
        let fits = |number: &u64| *number < MOST && segment::key(run, *number) == piece;
        let Some(number) = number.filter(fits) else {
            verified.find(piece, Fault::Foreign);
            continue;
        };
        let Some(bytes) = store.get(&piece).await? else {
            continue;
        };
        verified.read.segments += 1;
        verified.read.bytes += bytes.len() as u64;
        let parse = |piece: &str, bytes: &Bytes| parse(piece, bytes, run, number);
        found.insert(number, Link::new(piece, &bytes, parse));
    }
    let count = found.keys().last().map_or(0, |last| last + 1);
    let places = (0..count).map(|number| (segment::key(run, number), found.remove(&number)));
    let mut places: Vec<Place<Segment>> = places.collect();
    let closes = |link: &Link<Segment>| match &link.content {
        Ok(segment) => matches!(segment.entry, Entry::Closed { .. }),
        Err(_) => true,
    };
    let whole = (places.last()).is_some_and(|(_, link)| link.as_ref().is_some_and(closes));
    if last.is_some() && !whole {
        // A snapshot names the end of this run.
        places.push((segment::key(run, places.len() as u64), None));
    }
    follow(&mut places, last, |one: &Segment| one.previous, verified);
    for (key, link) in &places {
        if let Some(link) = link
            && let Some(segment) = link.believed()
        {
            named.add(link.digest, key.clone(), key);
            if let Entry::Opened(opened) = &segment.entry {
                named.add(opened.plan, object::key(opened.plan), key);
            }
        }
    }
    log(store, run, places.last(), named, verified).await
}

fn parse(piece: &str, bytes: &[u8], run: &RunId, number: u64) -> Result<Segment, StateError> {
    let segment = segment::parse(piece, bytes, run, number)?;
    let opens = matches!(segment.entry, Entry::Opened(_));
    if (opens, segment.previous.is_none()) == (number == 0, number == 0) {
        Ok(segment)
    } else {
        Err(StateError::damaged(piece, "it is out of place"))
    }
}

/// Looks at a run's log of API calls, which its last segment names.
async fn log(
    store: &Store,
    run: &RunId,
    last: Option<&Place<Segment>>,
    named: &mut Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let piece = segment::audit_key(run);
    let found = store.get(&piece).await?;
    if let Some(found) = &found {
        verified.read.logs += 1;
        verified.read.bytes += found.len() as u64;
    }
    let Some((key, link)) = last else {
        return Ok(());
    };
    let Some(segment) = link.as_ref().and_then(Link::believed) else {
        if found.is_some() {
            let named_by = key.clone();
            verified.notes.push(Note::Unvouched { piece, named_by });
        }
        return Ok(());
    };
    let Entry::Closed { audit, .. } = &segment.entry else {
        return Ok(());
    };
    if let Some(digest) = audit {
        named.add(*digest, piece.clone(), key);
    }
    let fault = match (audit, found.as_deref().map(Digest::of)) {
        (Some(expected), Some(found)) if *expected != found => Fault::Edited {
            named_by: key.clone(),
            expected: *expected,
            found,
            holds: None,
        },
        (Some(expected), None) => Fault::Missing {
            named_by: key.clone(),
            digest: Some(*expected),
        },
        (None, Some(_)) => Fault::Foreign,
        _ => return Ok(()),
    };
    verified.find(piece, fault);
    Ok(())
}
