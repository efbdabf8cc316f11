//! `snapshot`: looks at what applies left behind.

use std::collections::BTreeMap;

use crate::model::account::Status;
use crate::model::name::AppName;
use crate::render::snapshots::{self, AccountCounts};
use crate::state::{Snapshot, Store, snapshot};

use super::arguments::{Global, SnapshotCommand};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Lists or shows.
pub async fn run(
    global: &Global,
    command: &SnapshotCommand,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let store = Store::at(&world::state(global, &config))?;
    let serials = snapshot::serials(&store).await?;
    match command {
        SnapshotCommand::List => {
            let mut found = Vec::with_capacity(serials.len());
            for serial in serials {
                found.extend(snapshot::load(&store, serial).await?);
            }
            let list: Vec<_> = found
                .iter()
                .map(|one| (one.digest, &one.manifest))
                .collect();
            terminal.result(&snapshots::list(&list, terminal.width()));
        }
        SnapshotCommand::Show { serial } => {
            let serial = serial.or(serials.last().copied()).unwrap_or(1);
            let found = snapshot::load(&store, serial)
                .await?
                .ok_or(Trouble::NoSnapshot(serial))?;
            let accounts = accounts(&store, &found, &config).await?;
            terminal.result(&snapshots::show(
                found.digest,
                &found.manifest,
                &accounts,
                terminal.width(),
            ));
        }
    }
    Ok(Exit::Done)
}

/// How many accounts each app had after the run, where its connector is still configured.
pub(super) async fn accounts(
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
