//! `access`: who has what, by person, app or entitlement; now, or in a snapshot. In a snapshot no app
//! is asked and no credential resolved.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::config::Config;
use crate::model::history::History;
use crate::model::name::{AppName, PersonId};
use crate::observe::{Request, observe};
use crate::render::{Colour, access as page, csv, gaps, html, json, markdown};
use crate::reports::access::{Access, Filter, Origins, Sought, access};
use crate::reports::find;
use crate::state::{Store, snapshot};

use super::against::{self, Which};
use super::arguments::Global;
use super::exit::Exit;
use super::explain::{known, trouble};
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, World};

/// Options of `access`.
#[derive(Debug, Args)]
pub struct AccessOptions {
    /// Only what this person has (an id, an email or a name); may be said again
    #[arg(long, value_name = "PERSON")]
    pub person: Vec<String>,

    /// Only what is in this app; may be said again
    #[arg(long, value_name = "APP")]
    pub app: Vec<String>,

    /// Only who holds this, or anything of a kind if no value is said; may be said again
    #[arg(long, value_name = "APP.KIND=VALUE")]
    pub entitlement: Vec<Entitlement>,

    /// Look into a snapshot (a serial number, a day, or `latest`) instead of the apps; offline
    #[arg(long, value_name = "SNAPSHOT")]
    pub snapshot: Option<Which>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = AccessFormat::Text)]
    pub format: AccessFormat,

    /// The most bytes that `--format markdown` may take
    #[arg(long, value_name = "BYTES", default_value_t = crate::render::markdown::MOST_BYTES)]
    pub max_bytes: usize,
}

/// How to print who has what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessFormat {
    /// For people.
    Text,
    /// For a comment or a page of a wiki.
    Markdown,
    /// For a browser: one page, without network.
    Html,
    /// For a spreadsheet: a row per holding.
    Csv,
    /// For machines.
    Json,
}

/// `APP.KIND=VALUE`, or `APP.KIND`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    app: String,
    kind: String,
    value: Option<String>,
}

impl FromStr for Entitlement {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, value) = match text.split_once('=') {
            Some((place, value)) => (place, Some(value.to_owned())),
            None => (text, None),
        };
        let (app, kind) = place
            .split_once('.')
            .filter(|(app, kind)| !app.is_empty() && !kind.is_empty())
            .ok_or("write APP.KIND=VALUE, such as okta.groups=administrators")?;
        Ok(Self {
            app: app.to_owned(),
            kind: kind.to_owned(),
            value,
        })
    }
}

/// Tells who has what.
pub async fn run(
    global: &Global,
    options: &AccessOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let access = match options.snapshot {
        Some(which) => then(global, which, options, terminal).await?,
        None => now(global, options, terminal).await?,
    };
    print(&access, options, terminal);
    // Whoever sends the page elsewhere sees only what is said here.
    if options.format != AccessFormat::Text {
        for line in gaps::missing(&access) {
            terminal.say(&line.to_row(Colour::Plain));
        }
    }
    Ok(if access.is_incomplete() {
        Exit::Incomplete
    } else {
        Exit::Done
    })
}

/// From the apps.
async fn now(
    global: &Global,
    options: &AccessOptions,
    terminal: &Terminal,
) -> Result<Access, Trouble> {
    let world = World::open(global, terminal).await?;
    let store = Store::at(&world.state)?;
    let history = snapshot::history(&store).await?;
    let filter = filter(options, &world.config, &history)?;
    let mut requests = world.requests(&history);
    requests.retain(|app, _| filter.asks(app));
    ask(&filter, &mut requests);
    let observed = observe(&requests, &world.context).await;
    terminal.calls(&world.context.calls().drain());
    let desired = crate::desired::at(&world.config, world.as_of(None)?);
    Ok(access(
        &world.config,
        &desired,
        &observed,
        &history,
        (Origins::Apps, &BTreeMap::new()),
        &filter,
    ))
}

/// Who holds a value that is sought is asked for, whether or not the files name it.
fn ask(filter: &Filter, requests: &mut BTreeMap<AppName, Request>) {
    for sought in &filter.entitlements {
        let Some(request) = requests.get_mut(&sought.app) else {
            continue;
        };
        let Some((kind, _)) = request.description.entitlement(&sought.kind) else {
            continue;
        };
        let kind = &mut request.scope.kinds[usize::from(kind.0)];
        kind.named.extend(sought.value.clone());
    }
}

/// From a snapshot.
async fn then(
    global: &Global,
    which: Which,
    options: &AccessOptions,
    terminal: &Terminal,
) -> Result<Access, Trouble> {
    let (config, store) = world::remembered(global, terminal).await?;
    let found = against::find(&store, which, &config.organisation.time_zone).await?;
    let observed = against::readings(&store, &found, &config).await?;
    let source = Origins::Snapshot {
        serial: found.manifest.serial,
        written: found.manifest.written,
        same_files: found.manifest.configuration == config.digest,
    };
    let as_of = found.manifest.as_of;
    let carried = against::carried(&store, &found).await?;
    let history = snapshot::history_of(&store, found).await?;
    let filter = filter(options, &config, &history)?;
    let desired = crate::desired::at(&config, as_of);
    Ok(access(
        &config,
        &desired,
        &observed,
        &history,
        (source, &carried),
        &filter,
    ))
}

/// Who and what is meant; a person who is no longer in the files goes by their id.
fn filter(options: &AccessOptions, config: &Config, history: &History) -> Result<Filter, Trouble> {
    let person = |text: &String| match find::person(config, text) {
        Ok(index) => Ok(config.people[index].id.clone()),
        Err(unfound) => {
            let id = PersonId::from(text.as_str());
            let gone = history.people.contains_key(&id).then_some(id);
            gone.ok_or_else(|| trouble(text, unfound))
        }
    };
    let sought = |one: &Entitlement| {
        let app = known(config, &one.app)?;
        let description = &config.apps[&app].description;
        if description.entitlement(&one.kind).is_none() {
            let kinds = description.entitlements.iter();
            return Err(Trouble::NoKind {
                app,
                kind: one.kind.clone(),
                kinds: kinds.map(|kind| kind.name.to_string()).collect(),
            });
        }
        Ok(Sought {
            app,
            kind: one.kind.clone(),
            value: one.value.clone(),
        })
    };
    let app = |name: &String| known(config, name);
    Ok(Filter {
        people: options
            .person
            .iter()
            .map(person)
            .collect::<Result<_, _>>()?,
        apps: options.app.iter().map(app).collect::<Result<_, _>>()?,
        entitlements: options
            .entitlement
            .iter()
            .map(sought)
            .collect::<Result<_, _>>()?,
    })
}

fn print(access: &Access, options: &AccessOptions, terminal: &Terminal) {
    match options.format {
        AccessFormat::Text => terminal.result(&page::text(access, terminal.width())),
        AccessFormat::Markdown => terminal.data(&markdown::access(access, options.max_bytes)),
        AccessFormat::Html => terminal.data(&html::access(access)),
        AccessFormat::Csv => terminal.data(&csv::access(access)),
        AccessFormat::Json => terminal.data(&json::access(access, json::Layout::Pretty)),
    }
}
