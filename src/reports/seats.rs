//! What an edit of the files means for seats (R14): how many people need one of each pool before
//! and after it, and how many there are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::desired::Want;
use crate::model::name::AppName;
use crate::model::observation::{Observed, Reading};

use super::impact::Side;

/// A pool of seats that an edit asks more or less of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatImpact {
    /// Where.
    pub app: AppName,
    /// The pool's name.
    pub pool: String,
    /// How many people need a seat of it by the files of the base.
    pub before: usize,
    /// How many people need one by the files as they are.
    pub after: usize,
    /// How many there are; absent where neither a snapshot nor the files tell.
    pub size: Option<PoolSize>,
}

/// How many seats a pool has, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "told_by")]
pub enum PoolSize {
    /// `seats` of `[apps.X]`.
    Files {
        /// How many there are.
        total: u32,
    },
    /// What the app said when a snapshot was written.
    Snapshot {
        /// How many there were.
        total: u32,
        /// How many of them were taken, by whomever.
        used: u32,
    },
}

impl SeatImpact {
    /// How many seats are free once the edit is done; below nothing if there are too few. By a
    /// snapshot, what was free less what the edit takes more; by the files alone, what those whom
    /// the files name leave.
    pub fn free(&self) -> Option<i64> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Some(match self.size? {
            PoolSize::Files { total } => i64::from(total) - number(self.after),
            PoolSize::Snapshot { total, used } => {
                i64::from(total) - i64::from(used) - (number(self.after) - number(self.before))
            }
        })
    }
}

/// The pools of which an edit asks more or less. `observed` is what a snapshot holds, if one is
/// looked into.
pub(super) fn seats(
    before: Side<'_>,
    after: Side<'_>,
    observed: Option<&Observed>,
) -> Vec<SeatImpact> {
    let (had, has) = (needs(before), needs(after));
    let pools: BTreeSet<_> = had.keys().chain(has.keys()).collect();
    let of = |needs: &Needs, pool| needs.get(pool).copied().unwrap_or_default();
    let changed = pools
        .into_iter()
        .filter(|pool| of(&had, pool) != of(&has, pool));
    changed
        .map(|pool| SeatImpact {
            app: pool.0.clone(),
            pool: pool.1.clone(),
            before: of(&had, pool),
            after: of(&has, pool),
            size: size(after, observed, pool),
        })
        .collect()
}

type Needs = BTreeMap<(AppName, String), usize>;

/// How many people need a seat of each pool.
fn needs(side: Side<'_>) -> Needs {
    let mut needs = Needs::new();
    for (index, app) in side.desired.apps.iter().enumerate() {
        let description = &side.config.apps[app].description;
        if description
            .entitlements
            .iter()
            .all(|kind| kind.seats.is_none())
        {
            continue;
        }
        for person in 0..side.config.people.len() {
            let Want::Account { gives, .. } = side.desired.want(person, index) else {
                continue;
            };
            let held = side.desired.holdings(person, index, gives);
            let pools = held.iter().filter_map(|(entitlement, _)| {
                description.kind(entitlement.kind).pool(&entitlement.value)
            });
            for pool in pools.collect::<BTreeSet<_>>() {
                *needs.entry((app.clone(), pool.to_owned())).or_default() += 1;
            }
        }
    }
    needs
}

fn size(
    side: Side<'_>,
    observed: Option<&Observed>,
    (app, pool): &(AppName, String),
) -> Option<PoolSize> {
    let told = match observed.and_then(|observed| observed.get(app)) {
        Some(Reading::Read(reading)) => reading.seats.get(pool),
        _ => None,
    };
    let files = || side.config.apps.get(app)?.seats.get(pool);
    told.map(|pool| PoolSize::Snapshot {
        total: pool.total,
        used: pool.used,
    })
    .or_else(|| files().map(|total| PoolSize::Files { total: *total }))
}
