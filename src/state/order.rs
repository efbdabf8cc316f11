//! Orders that people leave at once: pieces of their own, so that one can be given while a run holds
//! the lock, is seen by every command from then on, and is not lost with the run that carries it
//! out.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::digest::canonical;
use crate::model::order::{Order, Rescission};

use super::store::{Creation, Store};
use super::{StateError, format};

const FOLDER: &str = "orders";
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

/// Rescinds an order; false if somebody has done so before.
pub async fn rescind(store: &Store, rescission: &Rescission) -> Result<bool, StateError> {
    let key = rescinded(rescission.order);
    Ok(write(store, &key, RESCISSION, rescission).await? == Creation::Made)
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
    let numbers = names.iter();
    numbers.filter_map(|name| name.strip_suffix(".json")?.parse().ok())
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

#[derive(Serialize, serde::Deserialize)]
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
    let format = format.to_owned();
    store
        .create(key, canonical(&Piece { format, content }).into())
        .await
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
