//! Orders that people leave, and their rescissions: each is in the manifest of the run that carried
//! it out.

use bytes::Bytes;

use crate::state::store::Store;
use crate::state::{StateError, order};

use super::chain::Link;
use super::{Fault, Named, Note, Verified};

/// Looks at every order, and whether all are there that a run carried out.
pub(super) async fn verify(
    store: &Store,
    named: &Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let mut there = Vec::new();
    for name in store.list(order::FOLDER).await? {
        let piece = format!("{}/{name}", order::FOLDER);
        let Some(bytes) = store.get(&piece).await? else {
            continue;
        };
        verified.read.orders += 1;
        verified.read.bytes += bytes.len() as u64;
        there.push(piece.clone());
        let parse = |piece: &str, bytes: &Bytes| order::check(piece, bytes);
        let mut link = Link::new(piece.clone(), &bytes, parse);
        match named.orders.get(&piece) {
            Some((digest, named_by)) if *digest != link.digest => {
                link.edited(*digest, named_by.clone(), verified);
            }
            Some(_) => {}
            None => match link.content {
                Ok(true) => verified.notes.push(Note::OrderAlone { piece }),
                Ok(false) => verified.find(piece, Fault::Foreign),
                Err(fault) => verified.find(piece, fault),
            },
        }
    }
    for (piece, (digest, named_by)) in &named.orders {
        if !there.contains(piece) {
            let fault = Fault::Missing {
                named_by: named_by.clone(),
                digest: Some(*digest),
            };
            verified.find(piece.clone(), fault);
        }
    }
    Ok(())
}
