//! `snapshot diff`: what changed between two snapshots, and which run explains it. No app is asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::base::Digest;
use crate::cli::access::AccessFormat;
use crate::cli::against::{self, Which};
use crate::cli::arguments::Global;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::cli::trouble::Trouble;
use crate::cli::world;
use crate::config::Config;
use crate::model::name::AppName;
use crate::render::{csv, difference as page, html, json, markdown};
use crate::reports::difference::{Reading, difference};
use crate::state::reading::rows;
use crate::state::{Snapshot, StateError, Store, evidence, object, people, snapshot};

/// Options of `snapshot diff`.
#[derive(Debug, Args)]
pub struct DiffOptions {
    /// The one: a serial number, a day (the last snapshot of it or before), `latest`, or the file of
    /// a manifest in a folder of a state
    #[arg(value_name = "A")]
    pub from: Side,

    /// The other
    #[arg(value_name = "B", default_value = "latest")]
    pub to: Side,

    /// How to print it
    #[arg(long, value_enum, default_value_t = AccessFormat::Text)]
    pub format: AccessFormat,

    /// The most bytes that `--format markdown` may take
    #[arg(long, value_name = "BYTES", default_value_t = crate::render::markdown::MOST_BYTES)]
    pub max_bytes: usize,
}

/// One of two snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the state.
    Kept(Which),
    /// The file of a manifest in a folder of a state, such as a copy of it.
    File(PathBuf),
}

impl FromStr for Side {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = Path::new(text);
        match path.extension() {
            Some(extension) if extension == "json" => Ok(Self::File(path.to_owned())),
            _ => text.parse().map(Self::Kept),
        }
    }
}

/// Tells what changed.
pub async fn run(
    global: &Global,
    options: &DiffOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let mut from = open(global, &config, &options.from).await?;
    let mut to = open(global, &config, &options.to).await?;
    if from.1.manifest.serial > to.1.manifest.serial {
        std::mem::swap(&mut from, &mut to);
    }
    let ((old, before), (new, after)) = (from, to);
    let mut readings = BTreeMap::new();
    for app in before.manifest.apps.keys() {
        if let Some(reading) = reading(app, (&old, &before), (&new, &after)).await? {
            readings.insert(app.clone(), reading);
        }
    }
    let mut known = BTreeMap::new();
    for (store, found) in [(&old, &before), (&new, &after)] {
        let piece = format!("snapshot {}", found.manifest.serial);
        let object = object::get(store, found.manifest.people, &piece).await?;
        known.extend(people::parse(&object)?);
    }
    let serials = before.manifest.serial + 1..=after.manifest.serial;
    let between = evidence::between(&new, serials).await?;
    let zone = config.organisation.time_zone.iana_name().unwrap_or("UTC");
    let told = difference((&before, &after), &readings, &known, &between, zone);
    match options.format {
        AccessFormat::Text => terminal.result(&page::text(&told, terminal.width())),
        AccessFormat::Markdown => terminal.data(&markdown::difference(&told, options.max_bytes)),
        AccessFormat::Html => terminal.data(&html::difference(&told)),
        AccessFormat::Csv => terminal.data(&csv::difference(&told)),
        AccessFormat::Json => terminal.data(&json::difference(&told, json::Layout::Pretty)),
    }
    Ok(if told.is_incomplete() {
        Exit::Incomplete
    } else {
        Exit::Done
    })
}

/// A snapshot, with the state that it is in.
async fn open(global: &Global, config: &Config, side: &Side) -> Result<(Store, Snapshot), Trouble> {
    let zone = &config.organisation.time_zone;
    match side {
        Side::Kept(which) => {
            let store = Store::at(&world::state(global, config))?;
            let found = against::find(&store, *which, zone).await?;
            Ok((store, found))
        }
        Side::File(path) => {
            let path = global.path(path);
            let unread = |error| Trouble::Read {
                path: path.clone(),
                error,
            };
            let bytes = std::fs::read(&path).map_err(unread)?;
            let no_state = || unread(std::io::Error::other("it lies in no folder of a state"));
            let folder = path.parent().and_then(Path::parent).ok_or_else(no_state)?;
            let store = Store::open(folder)?;
            let name = path.file_stem().and_then(|name| name.to_str());
            let serial = name.and_then(|name| name.parse().ok());
            let found = match serial {
                Some(serial) => snapshot::load(&store, serial).await?,
                None => None,
            };
            let found = found.filter(|found| found.digest == Digest::of(&bytes));
            Ok((store, found.ok_or_else(no_state)?))
        }
    }
}

/// Both readings of an app, as far as they differ. Digests are compared first: what is the same is
/// not even read.
async fn reading(
    app: &AppName,
    (old, before): (&Store, &Snapshot),
    (new, after): (&Store, &Snapshot),
) -> Result<Option<Reading>, Trouble> {
    let object = |found: &Snapshot| Some(found.manifest.apps.get(app)?.after.object()?.0);
    let (Some(one), Some(other)) = (object(before), object(after)) else {
        return Ok(None);
    };
    if one == other {
        return Ok(None);
    }
    let (one, other) = futures::try_join!(
        object::get(old, one, "the earlier snapshot"),
        object::get(new, other, "the later snapshot")
    )?;
    let differing = tokio::task::spawn_blocking(move || rows::differing(&one, &other)).await;
    let differing: Result<_, StateError> = differing.expect("comparing does not panic");
    Ok(Some(differing?))
}
