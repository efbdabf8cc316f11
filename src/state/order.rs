//! Orders that people leave at once: pieces of their own, so that one can be given while a run holds
//! the lock, is seen by every command from then on, and is not lost with the run that carries it
//! out.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::Digest;
use crate::base::digest::canonical;
use crate::model::order::{Mandate, Order, Rescission};

use super::segment::number_of;
use super::store::{Creation, Store};
use super::{StateError, format};

/// Where they are.
pub(super) const FOLDER: &str = "orders";
const ORDER: &str = "provisor.order/1";
const RESCISSION: &str = "provisor.rescission/1";

/// Gives an order: its number is the next one, whatever the draft says.
pub async fn give(store: &Store, draft: Order) -> Result<Order, StateError> {
    let mut order = draft;
    order.number = numbers(store).await?.last().map_or(1, |last| last + 1);
    // Of two who give one at once, the other takes the number after it.
    while write(store, &key(order.number), ORDER, &order).await? == Creation::Existed {
        order.number += 1;
    }
    Ok(order)
}

/// Rescinds an order. If somebody has done so before, theirs is what stands, and what is returned.
pub async fn rescind(store: &Store, rescission: Rescission) -> Result<Rescission, StateError> {
    let key = rescinded(rescission.order);
    match write(store, &key, RESCISSION, &rescission).await? {
        Creation::Made => Ok(rescission),
        Creation::Existed => Ok(read(store, &key, RESCISSION).await?.unwrap_or(rescission)),
    }
}

/// The orders that nobody rescinded, by number.
pub async fn standing(store: &Store) -> Result<Vec<Order>, StateError> {
    let names = names(store).await?;
    let mut orders = Vec::new();
    for number in of(&names) {
        if !names.contains(&format!("{}.json", rescinded_name(number))) {
            orders.push(find(store, number).await?.ok_or_else(|| {
                let piece = key(number);
                StateError::damaged(&piece, "it was listed and is gone")
            })?);
        }
    }
    Ok(orders)
}

/// An order, rescinded or not.
pub async fn find(store: &Store, number: u64) -> Result<Option<Order>, StateError> {
    let key = key(number);
    let found: Option<Order> = read(store, &key, ORDER).await?;
    match found {
        Some(order) if order.number != number => {
            Err(StateError::damaged(&key, "it is another order"))
        }
        found => Ok(found),
    }
}

/// The numbers of all orders ever given.
pub async fn numbers(store: &Store) -> Result<BTreeSet<u64>, StateError> {
    Ok(of(&names(store).await?).collect())
}

async fn names(store: &Store) -> Result<BTreeSet<String>, StateError> {
    Ok(store.list(FOLDER).await?.into_iter().collect())
}

fn of(names: &BTreeSet<String>) -> impl Iterator<Item = u64> {
    // Only what is named as ours are: `+1` or a number out of range is nobody's.
    let numbers = names.iter();
    numbers.filter_map(|name| number_of(name.strip_suffix(".json")?, 8))
}

fn key(number: u64) -> String {
    format!("{FOLDER}/{number:08}.json")
}

fn rescinded_name(number: u64) -> String {
    format!("{number:08}-rescinded")
}

fn rescinded(number: u64) -> String {
    format!("{FOLDER}/{}.json", rescinded_name(number))
}

/// The piece of an order that a run carried out, or of its rescission: its key and its digest.
pub(super) fn piece(mandate: &Mandate) -> (String, Digest) {
    match mandate {
        Mandate::Leave(order) => (key(order.number), Digest::of(&content(ORDER, order))),
        Mandate::Return { rescission, .. } => (
            rescinded(rescission.order),
            Digest::of(&content(RESCISSION, rescission)),
        ),
    }
}

/// Whether a piece is an order or a rescission, in its place.
pub(super) fn check(piece: &str, bytes: &[u8]) -> Result<bool, StateError> {
    if piece.ends_with("-rescinded.json") {
        let found: Piece<Rescission> = format::parse(piece, bytes, RESCISSION)?;
        return Ok(piece == rescinded(found.content.order));
    }
    let found: Piece<Order> = format::parse(piece, bytes, ORDER)?;
    Ok(piece == key(found.content.number))
}

#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece<T> {
    format: String,
    content: T,
}

async fn write<T: Serialize>(
    store: &Store,
    key: &str,
    format: &str,
    content: &T,
) -> Result<Creation, StateError> {
    store
        .create(key, self::content(format, content).into())
        .await
}

fn content<T: Serialize>(format: &str, content: &T) -> Vec<u8> {
    let format = format.to_owned();
    canonical(&Piece { format, content })
}

async fn read<T: DeserializeOwned>(
    store: &Store,
    key: &str,
    expected: &str,
) -> Result<Option<T>, StateError> {
    let Some(bytes) = store.get(key).await? else {
        return Ok(None);
    };
    let piece: Piece<T> = format::parse(key, &bytes, expected)?;
    Ok(Some(piece.content))
}
