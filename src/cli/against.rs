//! `plan --against`: a plan from what a snapshot holds. No app is asked and no credential resolved,
//! so that it may run where there are none: for a pull request from a fork.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::base::Clock;
use crate::config::Config;
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;
use crate::model::observation::{Observed, Reading};
use crate::model::plan::{Against, Plan};
use crate::model::snapshot::ReadingRecord;
use crate::plan::{Circumstances, plan};
use crate::reports::access::Carried;
use crate::state::{Snapshot, Store, snapshot};

use super::arguments::{Global, PlanOptions};
use super::git;
use super::trouble::Trouble;
use super::world::{self, instant};

/// Which snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The last one.
    Latest,
    /// The one of this serial number.
    Serial(u64),
    /// The last one that was written on this day or before.
    Day(Date),
}

impl FromStr for Which {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        let serial = text.parse().ok().filter(|serial| *serial > 0);
        serial.map(Self::Serial).ok_or(
            "a serial number of `provisor snapshot list`, a day such as 2026-03-17, or `latest`",
        )
    }
}

/// Plans against a snapshot.
pub async fn made(
    global: &Global,
    (config, store): (&Config, &Store),
    which: Which,
    options: &PlanOptions,
) -> Result<Plan, Trouble> {
    let clock = world::clock(global)?;
    let as_of = instant(config, options.as_of.as_deref(), clock)?;
    let found = find(store, which, &config.organisation.time_zone).await?;
    let observed = readings(store, &found, config).await?;
    let against = Against {
        serial: found.manifest.serial,
        snapshot: found.digest,
        written: found.manifest.written,
    };
    let history = snapshot::history_of(store, found).await?;
    let desired = crate::desired::at(config, as_of);
    let circumstances = circumstances(clock, options.expires, global, against);
    Ok(plan(config, &desired, &observed, &history, &circumstances))
}

/// The snapshot that is meant.
pub async fn find(store: &Store, which: Which, zone: &TimeZone) -> Result<Snapshot, Trouble> {
    let found = match which {
        Which::Day(day) => on(store, day, zone).await?,
        Which::Latest => snapshot::latest(store).await?,
        Which::Serial(serial) => snapshot::load(store, serial).await?,
    };
    found.ok_or(match which {
        Which::Latest => Trouble::NoSnapshotYet,
        Which::Serial(serial) => Trouble::NoSnapshot(serial),
        Which::Day(day) => Trouble::NoSnapshotThen(day),
    })
}

/// The last snapshot that was written before the end of a day.
async fn on(store: &Store, day: Date, zone: &TimeZone) -> Result<Option<Snapshot>, Trouble> {
    let end = day.tomorrow().and_then(|next| next.to_zoned(zone.clone()));
    let end = end.map_or(Timestamp::MAX, |end| end.timestamp());
    for serial in snapshot::serials(store).await?.into_iter().rev() {
        let found = snapshot::load(store, serial).await?;
        if let Some(found) = found.filter(|found| found.manifest.written < end) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn circumstances(
    clock: Clock,
    lifetime: SignedDuration,
    global: &Global,
    against: Against,
) -> Circumstances {
    let created = clock.now();
    Circumstances {
        created,
        expires: created.saturating_add(lifetime).unwrap_or(created),
        commit: git::commit(&global.folder),
        rehearsal: global.sandbox,
        against: Some(against),
        due: false,
        only: None,
        overrides: Vec::new(),
    }
}

/// The apps of which a snapshot holds the reading of an earlier run, and of which.
pub async fn carried(
    store: &Store,
    found: &Snapshot,
) -> Result<BTreeMap<AppName, Carried>, Trouble> {
    let mut carried = BTreeMap::new();
    for (name, app) in &found.manifest.apps {
        let ReadingRecord::Carried { why, .. } = &app.after else {
            continue;
        };
        let origin = Carried {
            from: snapshot::origin(store, &found.manifest, name).await?,
            why: why.as_str().into(),
        };
        carried.insert(name.clone(), origin);
    }
    Ok(carried)
}

/// What the snapshot knows of each configured app; an app that it does not know is unread.
pub async fn readings(
    store: &Store,
    found: &Snapshot,
    config: &Config,
) -> Result<Observed, Trouble> {
    let mut observed = Observed::new();
    for (name, app) in &config.apps {
        let reading = snapshot::reading(store, &found.manifest, name, &app.description).await?;
        let reading = match reading {
            Some(reading) => Reading::Read(Box::new(reading)),
            None => Reading::Unread(Failure::new(
                name,
                FailureKind::NotFound,
                format!("looking into snapshot {}", found.manifest.serial),
            )),
        };
        observed.insert(name.clone(), reading);
    }
    Ok(observed)
}
