//! `snapshot export`: a snapshot as tables, for spreadsheets and databases. No app is asked.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::base::count::{count, count_of};
use crate::base::file;
use crate::cli::against::{self, Which};
use crate::cli::arguments::Global;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::cli::trouble::Trouble;
use crate::cli::world;
use crate::render::export::{Layout, files};
use crate::reports::export::export;
use crate::state::reading::rows;
use crate::state::{StateError, Store, evidence, object, people};

/// Options of `snapshot export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// A serial number, a day (the last snapshot of it or before), or `latest`
    #[arg(value_name = "SNAPSHOT", default_value = "latest")]
    pub snapshot: Which,

    /// How to write the tables
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,

    /// A new or empty folder for them; a manifest.json in it counts them
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// How to write tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For a spreadsheet; no cell is a formula.
    Csv,
    /// For a database: a line of JSON per row.
    Jsonl,
}

/// Writes the tables.
pub async fn run(
    global: &Global,
    options: &ExportOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let store = Store::at(&world::state(global, &config))?;
    let zone = &config.organisation.time_zone;
    let found = against::find(&store, options.snapshot, zone).await?;
    let folder = global.path(&options.out);
    let unwritten = |error| Trouble::Write {
        path: folder.clone(),
        error,
    };
    empty(&folder).map_err(unwritten)?;
    let piece = format!("snapshot {}", found.manifest.serial);
    let mut parts = BTreeMap::new();
    for (app, readings) in &found.manifest.apps {
        if let Some((digest, _)) = readings.after.object() {
            let object = object::get(&store, digest, &piece).await?;
            let part = tokio::task::spawn_blocking(move || rows::all(&object)).await;
            let part: Result<_, StateError> = part.expect("reading rows does not panic");
            parts.insert(app.clone(), part?);
        }
    }
    let known = people::parse(&object::get(&store, found.manifest.people, &piece).await?)?;
    let pages = evidence::pages(&store, &found.manifest).await?;
    let export = export(&found, &known, parts, pages.as_ref());
    let layout = match options.format {
        ExportFormat::Csv => Layout::Csv,
        ExportFormat::Jsonl => Layout::JsonLines,
    };
    for one in files(&export, &found, layout) {
        let path = folder.join(&one.name);
        let written = file::write_atomically(&path, one.content.as_bytes());
        written.map_err(|error| Trouble::Write { path, error })?;
    }
    terminal.data(&format!(
        "Snapshot {} · {} · {} · {}\n",
        found.manifest.serial,
        count_of(export.people.len(), "person", "people"),
        count(export.accounts.len(), "account"),
        count(export.entitlements.len(), "entitlement"),
    ));
    Ok(if export.is_complete() {
        Exit::Done
    } else {
        terminal.say(
            "Not all apps were read to their end for this snapshot: manifest.json says which.",
        );
        Exit::Incomplete
    })
}

/// Makes a folder that only its owner reads, or finds it empty.
fn empty(folder: &Path) -> io::Result<()> {
    file::create_private_folder(folder)?;
    match std::fs::read_dir(folder)?.next() {
        None => Ok(()),
        Some(_) => Err(io::Error::other("it is not empty")),
    }
}
