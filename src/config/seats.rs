//! `seats` of `[apps.X]`: how many there are, where the app does not tell (R14).

use std::collections::BTreeMap;

use crate::base::document::{did_you_mean, not_built_yet};
use crate::base::{Diagnostic, Table};
use crate::model::app::{AppDescription, Pools};

use super::name::{invalid, visible};

/// Reads `seats = { "Pool" = 320 }`.
pub(super) fn seats(
    table: &Table<'_>,
    description: Option<&AppDescription>,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, u32> {
    let mut seats = BTreeMap::new();
    let (Some(value), Some(description)) = (table.get("seats"), description) else {
        return seats;
    };
    let rules = description.entitlements.iter();
    let pools: Vec<&Pools> = rules
        .filter_map(|kind| kind.seats.as_ref())
        .map(|seats| &seats.pools)
        .collect();
    if pools.is_empty() {
        let what = format!(
            "`seats` of `{}`, whose connector knows of none,",
            description.kind
        );
        problems.push(not_built_yet(&what).at(value.key, ""));
        return seats;
    }
    let any = pools.contains(&&Pools::OfValue);
    let named = pools.iter().filter_map(|pools| match pools {
        Pools::OfValue => None,
        Pools::Named(pools) => Some(pools),
    });
    let known: Vec<&str> = named.flatten().map(|(_, pool)| &**pool).collect();
    for (key, value) in value.entries(problems) {
        let Some(pool) = visible(key.name, key.site, problems) else {
            continue;
        };
        if !any && !known.contains(&pool) {
            let all = || format!("known here: {}", known.join(", "));
            let hint = did_you_mean(pool, known.iter().copied()).unwrap_or_else(all);
            problems.push(invalid(key.site, "there is no such pool of seats", &hint));
            continue;
        }
        let number = value.integer(problems);
        match number.map(u32::try_from) {
            Some(Ok(number)) => _ = seats.insert(pool.to_owned(), number),
            Some(Err(_)) => problems.push(invalid(
                value.site(),
                "not a number of seats",
                "a whole number that is not negative",
            )),
            None => {}
        }
    }
    seats
}
