//! `drift`: what changed outside of provisor since the last snapshot, and what the next plan does
//! about it. Nothing is written.

use std::collections::BTreeMap;

use clap::Args;

use crate::apply::written;
use crate::config::Config;
use crate::model::desired::Desired;
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::notice::Occasion;
use crate::model::observation::{Observation, Observed, Reading};
use crate::model::snapshot::ReadingRecord;
use crate::observe::Request;
use crate::plan::matching::PeopleIndex;
use crate::plan::plan;
use crate::render::{csv, drift as page, findings, html, json, markdown};
use crate::reports::difference;
use crate::reports::drift::{Drift, Ground, Pair, drift};
use crate::state::evidence::{self, Recorded};
use crate::state::reading::rows;
use crate::state::{PastRun, Snapshot, StateError, Store, object, snapshot, tombstone};

use super::access::AccessFormat;
use super::arguments::Global;
use super::exit::Exit;
use super::notify::Telling;
use super::plan::{LIFETIME, circumstances, remembered};
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::World;

/// Options of `drift`.
#[derive(Debug, Args)]
pub struct DriftOptions {
    /// How to print it
    #[arg(long, value_enum, default_value_t = AccessFormat::Text)]
    pub format: AccessFormat,

    /// The most bytes that `--format markdown` may take
    #[arg(long, value_name = "BYTES", default_value_t = crate::render::markdown::MOST_BYTES)]
    pub max_bytes: usize,

    #[command(flatten)]
    pub telling: Telling,
}

/// Tells what changed.
pub async fn run(
    global: &Global,
    options: &DriftOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let world = World::open(global, terminal).await?;
    options.telling.check(Occasion::Drift, &world.config)?;
    let store = Store::at(&world.state)?;
    let last = snapshot::latest(&store).await?;
    let last = last.ok_or(Trouble::NoSnapshotYet)?;
    let (history, past) = remembered(&world, &store).await?;
    let requests = world.requests(&history);
    let observed = terminal.watched(&requests, &world.context).await;
    terminal.calls(&world.context.calls().drain());
    let desired = crate::desired::at(&world.config, world.as_of(None)?);
    let circumstances = circumstances(&world, LIFETIME, Vec::new(), global);
    let planned = plan(&world.config, &desired, &observed, &history, &circumstances);

    let origins = origins(&store, &last).await?;
    // Of the runs that were pruned, nobody knows any more what they did.
    let pruned = tombstone::until(&store).await?.unwrap_or(0);
    let first = origins.values().min().copied();
    let first = first.unwrap_or(last.manifest.serial + 1).max(pruned + 1);
    let serials = first..=last.manifest.serial;
    let between = evidence::between(&store, serials).await?;
    let sides = Sides {
        store: &store,
        last: &last,
        config: &world.config,
        desired: &desired,
        history: &history,
        requests: &requests,
    };
    let mut pairs = BTreeMap::new();
    for (app, read) in read(&observed) {
        if let Some(reading) = sides.reading(app, read).await? {
            let runs = since(app, &origins, &between).chain(&past).collect();
            pairs.insert(app.clone(), Pair { reading, runs });
        }
    }
    let ground = Ground {
        config: &world.config,
        desired: &desired,
        history: &history,
        observed: &observed,
        plan: &planned.body,
    };
    let told = drift(&ground, &last, &pairs, &past);
    print(&told, options, terminal);
    let (config, clock) = (&world.config, world.context.clock());
    let notice = findings::drifted(&config.organisation.name, &told, clock.now());
    options
        .telling
        .tell(notice, global, config, clock, terminal)
        .await;
    Ok(if told.is_incomplete() {
        Exit::Incomplete
    } else if told.entries.is_empty() {
        Exit::Done
    } else {
        Exit::Drift
    })
}

fn print(told: &Drift, options: &DriftOptions, terminal: &Terminal) {
    match options.format {
        AccessFormat::Text => terminal.result(&page::text(told, terminal.width())),
        AccessFormat::Markdown => terminal.data(&markdown::drift(told, options.max_bytes)),
        AccessFormat::Html => terminal.data(&html::drift(told)),
        AccessFormat::Csv => terminal.data(&csv::drift(told)),
        AccessFormat::Json => terminal.data(&json::drift(told, json::Layout::Pretty)),
    }
}

fn read(observed: &Observed) -> impl Iterator<Item = (&AppName, &Observation)> {
    observed.iter().filter_map(|(app, reading)| match reading {
        Reading::Read(read) => Some((app, &**read)),
        Reading::Unread(_) => None,
    })
}

/// Of the apps whose reading in a snapshot was carried forward, the first snapshot whose runs came
/// after that reading.
async fn origins(store: &Store, last: &Snapshot) -> Result<BTreeMap<AppName, u64>, Trouble> {
    let mut origins = BTreeMap::new();
    for (app, readings) in &last.manifest.apps {
        if let ReadingRecord::Carried { .. } = readings.after {
            let origin = snapshot::origin(store, &last.manifest, app).await?;
            let found = snapshot::load(store, origin).await?;
            let readings = found.as_ref().and_then(|one| one.manifest.apps.get(app));
            let read = readings
                .is_some_and(|readings| matches!(readings.after, ReadingRecord::Read { .. }));
            origins.insert(app.clone(), origin + u64::from(read));
        }
    }
    Ok(origins)
}

/// The runs of recorded snapshots that came after the reading of an app that the last one has.
fn since<'a>(
    app: &AppName,
    origins: &BTreeMap<AppName, u64>,
    between: &'a [Recorded],
) -> impl Iterator<Item = &'a PastRun> + use<'a> {
    let first = origins.get(app).copied().unwrap_or(u64::MAX);
    let later = move |recorded: &&Recorded| recorded.snapshot.manifest.serial >= first;
    between
        .iter()
        .filter(later)
        .flat_map(|recorded| &recorded.runs)
}

/// What the two readings of each app are taken from.
struct Sides<'a> {
    store: &'a Store,
    last: &'a Snapshot,
    config: &'a Config,
    desired: &'a Desired,
    history: &'a History,
    requests: &'a BTreeMap<AppName, Request>,
}

impl Sides<'_> {
    /// What the last snapshot and a reading of now differ in, if that be anything; none where the
    /// snapshot has no reading.
    async fn reading(
        &self,
        app: &AppName,
        read: &Observation,
    ) -> Result<Option<Option<difference::Reading>>, Trouble> {
        let then = self.last.manifest.apps.get(app);
        let Some((then, _)) = then.and_then(|readings| readings.after.object()) else {
            return Ok(None);
        };
        let now = written(
            (
                self.config,
                self.desired,
                self.history,
                &PeopleIndex::new(self.config),
            ),
            (app, &self.config.apps[app].description),
            read,
            &self.requests[app].scope,
            (&[], false),
        );
        if now.digest() == then {
            return Ok(Some(None));
        }
        let then = object::get(self.store, then, "the last snapshot").await?;
        let differing = tokio::task::spawn_blocking(move || rows::differing(&then, &now)).await;
        let differing: Result<_, StateError> = differing.expect("comparing does not panic");
        Ok(Some(Some(differing?)))
    }
}
