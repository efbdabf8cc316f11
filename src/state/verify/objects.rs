//! The objects, each of which is named by its own digest.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::base::Digest;
use crate::state::store::{Store, blocking};
use crate::state::{StateError, object};

use super::{Fault, Named, Note, Verified};

/// How many are read at once: as many as there are cores on a small machine, since each may be
/// large.
const AT_ONCE: usize = 4;

/// Looks at every object, and whether all are there that something names.
pub(super) async fn verify(
    store: &Store,
    named: &mut Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let mut there: BTreeSet<Digest> = BTreeSet::new();
    for name in store.list("objects").await? {
        match name.parse() {
            Ok(digest) => {
                there.insert(digest);
            }
            Err(_) => verified.find(format!("objects/{name}"), Fault::Foreign),
        }
    }
    verified.read.objects = there.len();
    let found = stream::iter(there.iter().copied()).map(|digest| async move {
        let bytes = store.get(&object::key(digest)).await?.unwrap_or_default();
        let length = bytes.len() as u64;
        let found = blocking(move || Digest::of(&bytes)).await;
        Ok::<_, StateError>((digest, found, length))
    });
    let found: Vec<_> = found.buffered(AT_ONCE).try_collect().await?;
    for (expected, found, length) in found {
        verified.read.bytes += length;
        if expected != found {
            let fault = Fault::Edited {
                named_by: "its own name".to_owned(),
                expected,
                found,
                holds: None,
            };
            verified.find(object::key(expected), fault);
        }
    }
    named.there = there;
    let (named, there) = (&*named, &named.there);
    let objects = || {
        let pieces = named.pieces.iter();
        pieces.filter(|(digest, (piece, _))| *piece == object::key(**digest))
    };
    for (digest, (piece, named_by)) in objects().filter(|(digest, _)| {
        // What was pruned is not missing.
        !there.contains(digest) && !named.buried.has(**digest, named)
    }) {
        let fault = Fault::Missing {
            named_by: named_by.clone(),
            digest: Some(*digest),
        };
        verified.find(piece.clone(), fault);
    }
    let known: BTreeSet<Digest> = objects().map(|(digest, _)| *digest).collect();
    let unnamed = there.difference(&known);
    let unnamed = unnamed.filter(|digest| !named.buried.has(**digest, named));
    let unnamed = unnamed.count();
    if named.whole && unnamed > 0 && verified.is_sound() {
        verified.notes.push(Note::Unnamed { objects: unnamed });
    }
    Ok(())
}
