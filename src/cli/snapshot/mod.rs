//! `snapshot`: looks at what applies left behind.

pub mod diff;
pub mod export;
pub mod verify;

use std::collections::BTreeMap;

use crate::model::account::Status;
use crate::model::name::AppName;
use crate::render::prune;
use crate::render::snapshots::{self, AccountCounts};
use crate::state::{Snapshot, Store, snapshot, tombstone};

use crate::cli::arguments::{Global, SnapshotCommand};
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::cli::trouble::Trouble;
use crate::cli::world;

/// Does what is asked.
pub async fn run(
    global: &Global,
    command: &SnapshotCommand,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    match command {
        SnapshotCommand::List => list(global, terminal).await,
        SnapshotCommand::Show { serial } => show(global, *serial, terminal).await,
        SnapshotCommand::Diff(options) => diff::run(global, options, terminal).await,
        SnapshotCommand::Export(options) => export::run(global, options, terminal).await,
        SnapshotCommand::Verify(options) => verify::run(global, options, terminal).await,
    }
}

async fn list(global: &Global, terminal: &Terminal) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let store = Store::at(&world::state(global, &config))?;
    let mut found = Vec::new();
    for serial in snapshot::serials(&store).await? {
        found.extend(snapshot::load(&store, serial).await?);
    }
    let list: Vec<_> = found
        .iter()
        .map(|one| (one.digest, &one.manifest))
        .collect();
    terminal.result(&snapshots::list(&list, terminal.width()));
    Ok(Exit::Done)
}

async fn show(global: &Global, serial: Option<u64>, terminal: &Terminal) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let store = Store::at(&world::state(global, &config))?;
    let last = snapshot::serials(&store).await?.last().copied();
    let serial = serial.or(last).unwrap_or(1);
    let found = snapshot::load(&store, serial)
        .await?
        .ok_or(Trouble::NoSnapshot(serial))?;
    let pruned = tombstone::of_snapshot(&store, serial).await?;
    let accounts = match pruned {
        None => accounts(&store, &found, &config).await?,
        Some(_) => BTreeMap::new(),
    };
    let width = terminal.width();
    terminal.result(&snapshots::show(
        found.digest,
        &found.manifest,
        &accounts,
        width,
    ));
    if let Some(tombstone) = &pruned {
        terminal.result(&prune::shown(tombstone, width));
    }
    Ok(Exit::Done)
}

/// How many accounts each app had after the run, where its connector is still configured.
pub(in crate::cli) async fn accounts(
    store: &Store,
    snapshot: &Snapshot,
    config: &crate::config::Config,
) -> Result<BTreeMap<AppName, AccountCounts>, Trouble> {
    let mut counts = BTreeMap::new();
    for (name, app) in &config.apps {
        let Some(reading) =
            snapshot::reading(store, &snapshot.manifest, name, &app.description).await?
        else {
            continue;
        };
        let with = |status| {
            reading
                .accounts()
                .filter(|account| account.status() == status)
                .count()
        };
        let count = AccountCounts {
            active: with(Status::Active),
            pending: with(Status::Pending),
            inactive: with(Status::Inactive),
            completeness: reading.completeness.clone(),
        };
        counts.insert(name.clone(), count);
    }
    Ok(counts)
}
