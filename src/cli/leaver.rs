//! `report leaver PERSON`: a leaver's certificate, from the state and the files alone. No app is
//! asked, and no credential resolved.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use crate::base::Digest;
use crate::model::change::PersonTag;
use crate::model::name::{AppName, PersonId, RunId};
use crate::model::person::fold_email;
use crate::plan::look::links;
use crate::render::{html, json, leaver as page, markdown};
use crate::reports::find;
use crate::reports::leaver::{Certificate, Last, Trail};
use crate::state::{Snapshot, Store, history, snapshot, tombstone};

use super::against::{self, Which};
use super::arguments::Global;
use super::exit::Exit;
use super::explain::trouble;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Options of `report leaver`.
#[derive(Debug, Args)]
pub struct LeaverOptions {
    /// An id, an email or a name; of somebody who is no longer in the files, the id or the name
    pub person: String,

    /// How to print it
    #[arg(long, value_enum, default_value_t = CertificateFormat::Text)]
    pub format: CertificateFormat,
}

/// How to print a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CertificateFormat {
    /// For people.
    Text,
    /// For a ticket or a page of a wiki.
    Markdown,
    /// For a browser, and to be printed: one page, without network.
    Html,
    /// For machines.
    Json,
}

/// Certifies what became of one leaver's accounts.
pub async fn run(
    global: &Global,
    options: &LeaverOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let (config, store) = world::remembered(global, terminal).await?;
    let now = world::instant(&config, None, world::clock(global)?)?;
    let desired = crate::desired::at(&config, now);
    let last = against::find(&store, Which::Latest, &config.organisation.time_zone).await?;
    let snapshots = chain(&store).await?;
    let pruned = tombstone::until(&store).await?;
    let kept = kept(&snapshots, pruned);
    let (person, previous) = match find::person(&config, &options.person) {
        Ok(index) if desired.people[index].left.is_none() => {
            let tag = find::tag(&config.people[index]);
            let person = format!("{} ({})", tag.name.raw(), tag.id);
            return Err(Trouble::NotLeft { person });
        }
        Ok(index) => {
            let person = &config.people[index];
            (find::tag(person), person.previous_ids.clone())
        }
        Err(unfound) => {
            let gone = gone(&store, kept, &options.person).await?;
            let person = gone.ok_or_else(|| trouble(&options.person, unfound))?;
            (person, Vec::new())
        }
    };
    let mut trail = follow(
        &store,
        (&snapshots, kept),
        Trail::new(person.clone(), &previous),
        &person,
    )
    .await?;
    let observed = against::readings(&store, &last, &config).await?;
    let history = snapshot::history(&store).await?;
    trail.links(&config, &observed, &links(&config, &history, &observed));
    let last = Last {
        snapshot: &last,
        observed: &observed,
        pruned,
    };
    let certificate = trail.certificate(&config, &desired, last);
    print(&certificate, options, terminal);
    Ok(if certificate.closed {
        Exit::Done
    } else {
        Exit::Unfinished
    })
}

/// All snapshots, from the first.
pub async fn chain(store: &Store) -> Result<Vec<Snapshot>, Trouble> {
    let mut snapshots = Vec::new();
    for serial in snapshot::serials(store).await? {
        snapshots.extend(snapshot::load(store, serial).await?);
    }
    Ok(snapshots)
}

/// Those of which more than the manifest is there.
fn kept(snapshots: &[Snapshot], pruned: Option<u64>) -> &[Snapshot] {
    let until = pruned.unwrap_or(0);
    let first = snapshots.partition_point(|one| one.manifest.serial <= until);
    &snapshots[first..]
}

/// Which snapshot names each run.
pub fn named_by(snapshots: &[Snapshot]) -> BTreeMap<RunId, u64> {
    let manifests = snapshots.iter().map(|snapshot| &snapshot.manifest);
    let runs = manifests.flat_map(|manifest| {
        let runs = manifest.runs.iter();
        runs.map(|record| (record.run.clone(), manifest.serial))
    });
    runs.collect()
}

/// Somebody who is no longer in the files, as the last snapshot that knew them has it.
async fn gone(
    store: &Store,
    snapshots: &[Snapshot],
    text: &str,
) -> Result<Option<PersonTag>, Trouble> {
    let mut seen = BTreeSet::new();
    for snapshot in snapshots.iter().rev() {
        if !seen.insert(snapshot.manifest.people) {
            continue;
        }
        let people = history::remembered_people(store, &snapshot.manifest).await?;
        let by_id = people.get(&PersonId::from(text));
        let folded = fold_email(text);
        let by_name = || {
            let mut named = people
                .values()
                .filter(|one| fold_email(one.name.raw()) == folded);
            named.next().filter(|_| named.next().is_none())
        };
        if let Some(known) = by_id.or_else(by_name) {
            return Ok(Some(PersonTag {
                id: known.id.clone(),
                name: known.name.clone(),
            }));
        }
    }
    Ok(None)
}

/// Reads all that was ever recorded, once each.
async fn follow(
    store: &Store,
    (snapshots, kept): (&[Snapshot], &[Snapshot]),
    mut trail: Trail,
    person: &PersonTag,
) -> Result<Trail, Trouble> {
    let mut people: Option<Digest> = None;
    let mut apps: BTreeMap<&AppName, Digest> = BTreeMap::new();
    for Snapshot { manifest, .. } in kept {
        if people.replace(manifest.people) != Some(manifest.people) {
            let known = history::remembered_people(store, manifest).await?;
            if let Some(known) = known.get(&person.id) {
                trail.person(known, manifest);
            }
        }
        for (app, digest) in &manifest.memory {
            if apps.insert(app, *digest) != Some(*digest) {
                let known = history::remembered_app(store, manifest, app, *digest).await?;
                trail.app(app, &known);
            }
        }
    }
    let named_by = named_by(snapshots);
    for run in history::runs(store).await? {
        if let Some(past) = history::run(store, &run).await? {
            trail.run(&past, named_by.get(&run).copied());
        }
    }
    Ok(trail)
}

fn print(certificate: &Certificate, options: &LeaverOptions, terminal: &Terminal) {
    match options.format {
        CertificateFormat::Text => {
            terminal.result(&page::text(certificate, terminal.width()));
        }
        CertificateFormat::Markdown => terminal.data(&markdown::leaver(certificate)),
        CertificateFormat::Html => terminal.data(&html::leaver(certificate)),
        CertificateFormat::Json => {
            terminal.data(&json::leaver(certificate, json::Layout::Pretty));
        }
    }
}
