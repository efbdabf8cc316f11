//! A chain of pieces, each of which names the one before it by its digest.

use bytes::Bytes;

use crate::base::Digest;
use crate::state::StateError;

use super::{Fault, Note, Verified};

/// A piece of a chain, as it is there.
#[derive(Debug)]
pub(super) struct Link<T> {
    /// Its key.
    pub(super) key: String,
    /// The digest of its bytes.
    pub(super) digest: Digest,
    /// What it says; or what is wrong, if it says nothing that such a piece says in this place.
    pub(super) content: Result<T, Fault>,
    /// It is as it was, as far as anything tells.
    pub(super) sound: bool,
}

impl<T> Link<T> {
    /// A piece, and what its bytes say.
    pub(super) fn new(
        key: String,
        bytes: &Bytes,
        parse: impl FnOnce(&str, &Bytes) -> Result<T, StateError>,
    ) -> Self {
        let content = parse(&key, bytes).map_err(|error| match error {
            StateError::Newer { format, .. } => Fault::Newer {
                format: format.into(),
            },
            StateError::Damaged { why, .. } => Fault::Broken { why: why.into() },
            other => Fault::Broken {
                why: other.to_string().into(),
            },
        });
        Self {
            key,
            digest: Digest::of(bytes),
            sound: content.is_ok(),
            content,
        }
    }

    /// What it says, if that may be believed.
    pub(super) fn believed(&self) -> Option<&T> {
        self.content.as_ref().ok().filter(|_| self.sound)
    }

    /// It is not what something else says it was.
    pub(super) fn edited(
        &mut self,
        expected: Digest,
        named_by: impl Into<String>,
        verified: &mut Verified,
    ) {
        self.sound = false;
        let named_by = named_by.into();
        let fault = Fault::Edited {
            named_by,
            expected,
            found: self.digest,
            holds: None,
        };
        verified.find(self.key.clone(), fault);
    }
}

/// A place in a chain: the key, and what is there.
pub(super) type Place<T> = (String, Option<Link<T>>);

/// What vouches for a piece.
#[derive(Clone, Debug)]
pub(super) struct Voucher {
    /// The digest that the piece is to have.
    pub(super) digest: Digest,
    /// What says so.
    pub(super) named_by: String,
    /// That is as it was itself.
    pub(super) sound: bool,
}

/// Follows a chain from its last piece to its first. `previous` tells the digest that a piece
/// names.
pub(super) fn follow<T>(
    places: &mut [Place<T>],
    last: Option<Voucher>,
    previous: impl Fn(&T) -> Option<Digest>,
    verified: &mut Verified,
) {
    let mut voucher = last;
    let mut after = String::new();
    for (key, link) in places.iter_mut().rev() {
        let before = voucher.take();
        let Some(link) = link else {
            let fault = Fault::Missing {
                named_by: before
                    .as_ref()
                    .map_or(after.clone(), |one| one.named_by.clone()),
                digest: before.map(|one| one.digest),
            };
            verified.find(key.clone(), fault);
            after.clone_from(key);
            continue;
        };
        match before.filter(|one| one.digest != link.digest) {
            Some(Voucher {
                digest,
                named_by,
                sound: true,
            }) => link.edited(digest, named_by, verified),
            Some(Voucher { named_by, .. }) if link.sound => {
                link.sound = false;
                let piece = key.clone();
                verified.notes.push(Note::Unvouched { piece, named_by });
            }
            _ => {
                if let Err(fault) = &link.content {
                    verified.find(key.clone(), fault.clone());
                }
            }
        }
        let names = link.content.as_ref().ok().and_then(&previous);
        voucher = names.map(|digest| Voucher {
            digest,
            named_by: key.clone(),
            sound: link.sound,
        });
        after.clone_from(key);
    }
}
