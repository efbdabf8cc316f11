//! What was pruned: a piece per pruning that keeps the digests of all that went, chained to the one
//! before it and named by every manifest that comes after it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::digest::canonical;
use crate::base::{Digest, Foreign};
use crate::model::name::RunId;
use crate::model::snapshot::Pruned;

use super::segment::number_of;
use super::store::{Creation, Store};
use super::{StateError, format};

/// Where they are.
pub(super) const FOLDER: &str = "tombstones";
const FORMAT: &str = "provisor.tombstone/1";

/// One pruning: who, when, why, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// `provisor.tombstone/1`
    pub format: String,
    /// From 1, without gaps.
    pub number: u64,
    /// The digest of the tombstone before this one.
    pub previous: Option<Digest>,
    /// The head of the chain of snapshots then.
    pub head: Digest,
    /// When, by the story's clock.
    pub at: Timestamp,
    /// Who, as the machine tells.
    pub actor: Foreign,
    /// Why.
    pub reason: Foreign,
    /// This program's version.
    pub tool: String,
    /// The snapshots that were written before this instant are pruned ..
    pub before: Timestamp,
    /// .. up to this serial number. Their manifests stay.
    pub until: u64,
    /// The runs whose journals went, and their logs of API calls.
    pub runs: Vec<BuriedRun>,
    /// The objects that went.
    pub objects: Vec<Digest>,
}

/// A run of which only digests are left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuriedRun {
    /// Which.
    pub run: RunId,
    /// The digest of its last segment, which the manifest has too.
    pub journal: Digest,
    /// The digest of its plan.
    pub plan: Digest,
    /// The digest of its log of API calls.
    pub audit: Option<Digest>,
}

/// The key of a tombstone.
pub(super) fn key(number: u64) -> String {
    format!("{FOLDER}/{number:08}.json")
}

/// The number of a tombstone that has this name.
pub(super) fn number(name: &str) -> Option<u64> {
    number_of(name.strip_suffix(".json")?, 8).filter(|number| *number > 0)
}

/// A tombstone, if it is the one of this number.
pub(super) fn parse(piece: &str, bytes: &[u8], number: u64) -> Result<Tombstone, StateError> {
    let tombstone: Tombstone = format::parse(piece, bytes, FORMAT)?;
    if tombstone.number == number && tombstone.previous.is_none() == (number == 1) {
        return Ok(tombstone);
    }
    Err(StateError::damaged(piece, "it is another tombstone"))
}

/// All tombstones, from the first, each checked to name the one before it.
pub async fn all(store: &Store) -> Result<Vec<Tombstone>, StateError> {
    Ok(chained(store).await?.0)
}

/// The last snapshot that was pruned, if any was: of those up to it only manifests are left.
pub async fn until(store: &Store) -> Result<Option<u64>, StateError> {
    Ok(all(store).await?.last().map(|last| last.until))
}

/// The last tombstone, as the next manifest names it.
pub async fn last(store: &Store) -> Result<Option<Pruned>, StateError> {
    let (all, digest) = chained(store).await?;
    let last = all.last().zip(digest);
    Ok(last.map(|(last, digest)| Pruned {
        tombstone: last.number,
        digest,
    }))
}

async fn chained(store: &Store) -> Result<(Vec<Tombstone>, Option<Digest>), StateError> {
    let names = store.list(FOLDER).await?;
    let count = names.iter().filter_map(|name| number(name)).max();
    let (mut all, mut previous) = (Vec::new(), None);
    for number in 1..=count.unwrap_or(0) {
        let piece = key(number);
        let Some(bytes) = store.get(&piece).await? else {
            let named_by = key(number + 1);
            return Err(StateError::Missing { piece, named_by });
        };
        let tombstone = parse(&piece, &bytes, number)?;
        if tombstone.previous != previous {
            let why = "it does not follow from the one before it";
            return Err(StateError::damaged(&piece, why));
        }
        previous = Some(Digest::of(&bytes));
        all.push(tombstone);
    }
    Ok((all, previous))
}

/// Says what is about to go; durable before anything does. The number, the format and the one
/// before it are filled in.
pub(super) async fn write(store: &Store, draft: Tombstone) -> Result<Tombstone, StateError> {
    let last = last(store).await?;
    let tombstone = Tombstone {
        format: FORMAT.to_owned(),
        number: last.map_or(1, |last| last.tombstone + 1),
        previous: last.map(|last| last.digest),
        ..draft
    };
    let piece = key(tombstone.number);
    match store.create(&piece, canonical(&tombstone).into()).await? {
        Creation::Made => Ok(tombstone),
        Creation::Existed => Err(StateError::Raced { piece }),
    }
}

/// The tombstone of a snapshot, if it was pruned.
pub async fn of_snapshot(store: &Store, serial: u64) -> Result<Option<Tombstone>, StateError> {
    let all = all(store).await?;
    Ok(all.into_iter().find(|one| serial <= one.until))
}

/// Why a piece that another one names is not there: it was pruned, or it is missing.
pub(super) async fn absent(
    store: &Store,
    piece: String,
    named_by: String,
    is: impl Fn(&Tombstone) -> bool,
) -> StateError {
    match all(store).await {
        Err(error) => error,
        Ok(all) => match all.into_iter().rfind(is) {
            None => StateError::Missing { piece, named_by },
            Some(tombstone) => StateError::Pruned {
                piece,
                at: tombstone.at,
                by: tombstone.actor,
                why: tombstone.reason,
            },
        },
    }
}
