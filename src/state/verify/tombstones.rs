//! What was pruned, and whether the tombstones that say so are as they were.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::Digest;
use crate::model::name::RunId;
use crate::state::store::Store;
use crate::state::tombstone::{self, Tombstone};
use crate::state::{StateError, segment};

use super::chain::{Link, Place, Voucher, follow};
use super::{Fault, Named, Note, Verified};

/// Nobody prunes as often: a number beyond is nobody's, and its gap is not walked.
const MOST: u64 = 1_000_000;

/// What tombstones that are as they were say is gone.
#[derive(Debug, Default)]
pub(super) struct Buried {
    /// Per object, the last snapshot that went.
    objects: BTreeMap<Digest, u64>,
    /// Per run, the tombstone.
    runs: BTreeMap<RunId, u64>,
    tombstones: Vec<(Tombstone, bool)>,
}

impl Buried {
    /// True if an object went, and nothing that came later names it.
    pub(super) fn has(&self, digest: Digest, named: &Named) -> bool {
        let until = self.objects.get(&digest).copied().unwrap_or_default();
        match named.last.get(&digest) {
            Some(serial) => *serial <= until,
            // Only the plan of a run that stays is named by no manifest.
            None => until > 0 && !named.pieces.contains_key(&digest),
        }
    }

    /// True if a run went.
    pub(super) fn has_run(&self, run: &RunId) -> bool {
        self.runs.contains_key(run)
    }
}

/// Looks at every tombstone. The last is vouched for by the manifests that came after it.
pub(super) async fn verify(
    store: &Store,
    named: &mut Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    let mut found: BTreeMap<u64, Link<Tombstone>> = BTreeMap::new();
    for name in store.list(tombstone::FOLDER).await? {
        let piece = format!("{}/{name}", tombstone::FOLDER);
        let Some(number) = tombstone::number(&name).filter(|number| *number < MOST) else {
            verified.find(piece, Fault::Foreign);
            continue;
        };
        let Some(bytes) = store.get(&piece).await? else {
            continue;
        };
        verified.read.tombstones += 1;
        verified.read.bytes += bytes.len() as u64;
        let parse = |piece: &str, bytes: &Bytes| tombstone::parse(piece, bytes, number);
        found.insert(number, Link::new(piece, &bytes, parse));
    }
    let vouched = named.tombstones.keys().next_back().copied().unwrap_or(0);
    let last = found.keys().last().copied().unwrap_or(0).max(vouched);
    let places = (1..=last).map(|number| (tombstone::key(number), found.remove(&number)));
    let mut places: Vec<Place<Tombstone>> = places.collect();
    let said = |number: u64| {
        let (digest, named_by) = named.tombstones.get(&number)?;
        Some(Voucher {
            digest: *digest,
            named_by: named_by.clone(),
            sound: true,
        })
    };
    // Those that no manifest names yet follow from the last that one does.
    let (settled, fresh) = places.split_at_mut(usize::try_from(vouched).unwrap_or(usize::MAX));
    follow(settled, said(vouched), |one| one.previous, verified);
    follow(fresh, None, |one| one.previous, verified);
    if let (Some((key, Some(before))), Some((_, Some(first)))) = (settled.last(), fresh.first_mut())
        && let Some(tombstone) = first.believed()
        && tombstone.previous != Some(before.digest)
    {
        first.edited(before.digest, key.clone(), verified);
    }
    for (number, (_, link)) in (1..).zip(&places) {
        if let Some(tombstone) = link.as_ref().and_then(Link::believed) {
            named.buried.take(tombstone, number <= vouched);
        }
    }
    Ok(())
}

impl Buried {
    fn take(&mut self, tombstone: &Tombstone, vouched: bool) {
        for digest in &tombstone.objects {
            let until = self.objects.entry(*digest).or_default();
            *until = tombstone.until.max(*until);
        }
        let runs = tombstone.runs.iter();
        self.runs
            .extend(runs.map(|run| (run.run.clone(), tombstone.number)));
        self.tombstones.push((tombstone.clone(), vouched));
    }
}

/// Notes each pruning, and what of it is there still: whoever pruned died before it was gone.
pub(super) async fn note(
    store: &Store,
    named: &Named,
    verified: &mut Verified,
) -> Result<(), StateError> {
    for (tombstone, vouched) in &named.buried.tombstones {
        let mut left = 0;
        for digest in &tombstone.objects {
            if named.there.contains(digest) && named.buried.has(*digest, named) {
                left += 1;
            }
        }
        for run in &tombstone.runs {
            left += store.list(&segment::folder(&run.run)).await?.len();
        }
        verified.notes.push(Note::Pruned {
            tombstone: tombstone.number,
            at: tombstone.at,
            by: tombstone.actor.clone(),
            reason: tombstone.reason.clone(),
            until: tombstone.until,
            objects: tombstone.objects.len(),
            runs: tombstone.runs.len(),
            left,
            vouched: *vouched,
        });
    }
    Ok(())
}
