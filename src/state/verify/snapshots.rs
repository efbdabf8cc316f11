//! The chain of manifests, and what vouches for its last.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::Digest;
use crate::model::name::RunId;
use crate::model::snapshot::{Manifest, ReadingRecord};
use crate::state::signature::{self, Signature};
use crate::state::store::Store;
use crate::state::{StateError, object, order, snapshot};

use super::chain::{Link, Place, Voucher, follow};
use super::runs::Tail;
use super::{Anchor, Fault, Head, Named, Note, Verified};

/// No chain is as long: a number beyond is nobody's, and its gap is not walked.
const MOST: u64 = 1_000_000;

/// Looks at every manifest and its signatures; what they say of other pieces, as far as they may be
/// believed, is what the others are compared with.
pub(super) async fn verify(
    store: &Store,
    anchor: &Anchor,
    tail: Option<&Tail>,
    verified: &mut Verified,
) -> Result<Named, StateError> {
    let folder = Folder::read(store, verified).await?;
    let mut places = folder.places;
    let last = vouch(&mut places, anchor.head, tail, verified);
    let kept = last.is_some() && anchor.head.is_some();
    follow(&mut places, last, |one: &Manifest| one.previous, verified);
    let links: Vec<&mut Link<Manifest>> = (places.iter_mut())
        .filter_map(|(_, link)| link.as_mut())
        .collect();
    let signatures = &folder.signatures;
    let signed = signed(store, anchor, links, signatures, verified).await?;
    let count = places.len() as u64;
    let alone = signatures.keys().filter(|serial| **serial > count);
    let alone = alone.map(|serial| Note::SignatureAlone { serial: *serial });
    verified.notes.extend(alone);
    if !kept && !signed {
        verified.notes.push(Note::Unanchored);
    }
    let mut named = Named {
        whole: true,
        ..Named::default()
    };
    for (key, link) in &places {
        match link
            .as_ref()
            .and_then(|link| Some((link.digest, link.believed()?)))
        {
            Some((digest, manifest)) => name(&mut named, key, digest, manifest),
            None => named.whole = false,
        }
    }
    verified.head = places.last().and_then(|(_, link)| {
        let link = link.as_ref()?;
        let serial = u64::try_from(places.len()).ok()?;
        Some(Head {
            serial,
            digest: link.digest,
        })
    });
    Ok(named)
}

/// The folder of manifests and signatures, as it is there.
struct Folder {
    /// From the first serial number, without gaps.
    places: Vec<Place<Manifest>>,
    signatures: BTreeMap<u64, Vec<Signature>>,
}

impl Folder {
    async fn read(store: &Store, verified: &mut Verified) -> Result<Self, StateError> {
        let mut found: BTreeMap<u64, Link<Manifest>> = BTreeMap::new();
        let mut signatures: BTreeMap<u64, Vec<Signature>> = BTreeMap::new();
        for name in store.list("snapshots").await? {
            let piece = format!("snapshots/{name}");
            let serial = name
                .strip_suffix(".json")
                .and_then(|name| name.parse().ok());
            let serial = serial.filter(|serial| *serial > 0 && snapshot::key(*serial) == piece);
            let serial = serial.filter(|serial| *serial < MOST);
            let signature = Signature::named(&name);
            if serial.is_none() && signature.is_none() {
                verified.find(piece, Fault::Foreign);
                continue;
            }
            let Some(bytes) = store.get(&piece).await? else {
                continue;
            };
            verified.read.bytes += bytes.len() as u64;
            if let Some(serial) = serial {
                let parse = |piece: &str, bytes: &Bytes| parse(piece, bytes, serial);
                found.insert(serial, Link::new(piece, &bytes, parse));
            } else if let Some(signature) = signature {
                signatures
                    .entry(signature.serial)
                    .or_default()
                    .push(signature);
            }
        }
        verified.read.snapshots = found.len();
        let last = found.keys().last().copied().unwrap_or(0);
        let places = (1..=last).map(|serial| (snapshot::key(serial), found.remove(&serial)));
        Ok(Self {
            places: places.collect(),
            signatures,
        })
    }
}

fn parse(piece: &str, bytes: &[u8], serial: u64) -> Result<Manifest, StateError> {
    let manifest = snapshot::parse(piece, bytes, serial)?;
    if manifest.previous.is_none() == (serial == 1) {
        return Ok(manifest);
    }
    let why = "only the first snapshot has none before it";
    Err(StateError::damaged(piece, why))
}

/// What vouches for the last manifest: the digest that was kept elsewhere, or what a run says that
/// no manifest names.
fn vouch(
    places: &mut [Place<Manifest>],
    kept: Option<Digest>,
    tail: Option<&Tail>,
    verified: &mut Verified,
) -> Option<Voucher> {
    let names = |(_, link): &Place<Manifest>, run: &RunId| {
        let manifest = link.as_ref().and_then(|link| link.content.as_ref().ok());
        manifest.is_some_and(|one| one.runs.iter().any(|record| record.run == *run))
    };
    let tail = tail.filter(|tail| !places.iter().any(|place| names(place, &tail.run)));
    let (digest, named_by) = match (kept, tail) {
        (Some(kept), _) => (kept, "the digest that was kept elsewhere".to_owned()),
        (None, Some(tail)) => (tail.head?, tail.piece.clone()),
        (None, None) => return None,
    };
    let has = |link: &Link<Manifest>| link.sound && link.digest == digest;
    let index = (places.iter()).position(|(_, link)| link.as_ref().is_some_and(has));
    if let Some(index) = index {
        let later = (places.len() - index - 1) as u64;
        if kept.is_some() {
            let serial = index as u64 + 1;
            verified.notes.push(Note::Kept { serial, later });
        }
        return (later == 0).then_some(Voucher {
            digest,
            named_by,
            sound: true,
        });
    }
    let last = places.last().and_then(|(_, link)| link.as_ref());
    let last = last.map(|link| link.digest);
    let next = places.len() as u64 + 1;
    if last.is_none() || tail.is_some_and(|tail| tail.closed && tail.head == last) {
        // The run that wrote what was kept is there still, and so is what it started from.
        let fault = Fault::Missing {
            named_by,
            digest: Some(digest),
        };
        verified.find(snapshot::key(next), fault);
        return None;
    }
    Some(Voucher {
        digest,
        named_by,
        sound: true,
    })
}

/// True if somebody who may signed the last of the manifests.
async fn signed(
    store: &Store,
    anchor: &Anchor,
    mut links: Vec<&mut Link<Manifest>>,
    signatures: &BTreeMap<u64, Vec<Signature>>,
    verified: &mut Verified,
) -> Result<bool, StateError> {
    let Some(since) = signatures.keys().next().copied() else {
        return Ok(false);
    };
    let mut good: BTreeMap<String, usize> = BTreeMap::new();
    let mut unread = 0;
    let mut last = false;
    for link in &mut links {
        last = false;
        let Ok(manifest) = &link.content else {
            continue;
        };
        let (serial, written) = (manifest.serial, manifest.written);
        let of_serial = signatures
            .get(&serial)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(signature) = of_serial.iter().find(|one| one.digest == link.digest) else {
            match of_serial {
                [] if serial > since => verified.find(link.key.clone(), Fault::Unsigned { since }),
                [one] if link.sound => link.edited(one.digest, one.key(), verified),
                _ if link.sound => verified.find(link.key.clone(), Fault::Unsigned { since }),
                _ => {}
            }
            continue;
        };
        let Some(signers) = &anchor.signers else {
            unread += 1;
            continue;
        };
        match signature::check(store, signature, &link.key, signers, written).await? {
            Ok(by) => {
                *good.entry(by).or_default() += 1;
                last = true;
            }
            Err(why) => {
                let why = why.into();
                verified.find(signature.key(), Fault::Forged { why });
            }
        }
    }
    let signed = good.into_iter().map(|(by, snapshots)| Note::Signed {
        by: by.into(),
        snapshots,
    });
    verified.notes.extend(signed);
    if unread > 0 {
        verified
            .notes
            .push(Note::SignaturesUnread { snapshots: unread });
    }
    Ok(last)
}

/// What a manifest says of other pieces.
fn name(named: &mut Named, key: &str, digest: Digest, manifest: &Manifest) {
    named.add(digest, key.to_owned(), key);
    let readings = manifest
        .apps
        .values()
        .flat_map(|app| [&app.before, &app.after]);
    let readings = readings
        .filter_map(ReadingRecord::object)
        .map(|(digest, _)| digest);
    let memory = manifest.memory.values().copied();
    for digest in readings.chain(memory).chain([manifest.people]) {
        named.add(digest, object::key(digest), key);
        named.last.insert(digest, manifest.serial);
    }
    if let Some(pruned) = manifest.pruned {
        let said = (pruned.digest, key.to_owned());
        named.tombstones.insert(pruned.tombstone, said);
    }
    if let Some(mandate) = &manifest.mandate {
        let (piece, digest) = order::piece(mandate);
        named.orders.insert(piece, (digest, key.to_owned()));
    }
    for record in &manifest.runs {
        let end = (record.clone(), key.to_owned());
        named.runs.insert(record.run.clone(), end);
    }
}
