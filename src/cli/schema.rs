//! `schema`: JSON Schemas of the files, for editors.

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::base::Schema;
use crate::base::count::count;
use crate::base::foreign::escape;
use crate::config::schema;
use crate::notify;
use crate::plan::saved;
use crate::render::{Line, Role, Screen};
use crate::reports::drift;
use crate::reports::figures::Report;
use crate::reports::leaver::Certificate;
use crate::reports::readiness::Readiness;
use crate::sandbox;

use super::arguments::{Global, SchemaOptions};
use super::events;
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// What the schema of `sandbox.toml` is called, and what it describes.
const SANDBOX: (&str, &str) = (
    "sandbox",
    "sandbox.toml: what the simulated apps start with",
);

/// The same of a saved plan.
const PLAN: (&str, &str) = (
    "plan",
    "A saved plan: what `plan --out` writes and `apply` takes",
);

/// The same of a line of `--json-events`.
const EVENT: (&str, &str) = (
    "event",
    "One line of `--json-events`: what a command is doing",
);

/// The same of what `readiness --format json` prints.
const READINESS: (&str, &str) = (
    "readiness",
    "Who is ready for their first day: what `readiness --format json` prints",
);

/// The same of what `report leaver --format json` prints.
const LEAVER: (&str, &str) = (
    "leaver",
    "A leaver's certificate: what `report leaver --format json` prints",
);

/// The same of what `report --format json` prints.
const REPORT: (&str, &str) = (
    "report",
    "What the runs came to, in figures: what `report --format json` prints",
);

/// The same of a notice.
const NOTICE: (&str, &str) = (
    "notice",
    "A notice: what `--notify` posts to a channel of kind \"webhook\"",
);

/// The same of what `drift --format json` prints.
const DRIFT: (&str, &str) = (
    "drift",
    "What `drift --format json` prints: what changed outside of provisor",
);

/// A schema as JSON.
struct Document {
    name: &'static str,
    title: String,
    text: String,
}

impl Document {
    fn new((name, schema): (&'static str, Schema)) -> Self {
        Self {
            name,
            title: schema.title().to_owned(),
            text: schema.to_json(),
        }
    }
}

/// What the schemas are called.
pub fn names() -> Vec<&'static str> {
    schema::names()
        .chain([
            SANDBOX.0,
            PLAN.0,
            EVENT.0,
            READINESS.0,
            REPORT.0,
            LEAVER.0,
            NOTICE.0,
            DRIFT.0,
        ])
        .collect()
}

/// Lists, prints or writes.
pub fn run(global: &Global, options: &SchemaOptions, terminal: &Terminal) -> Result<Exit, Trouble> {
    if let Some(folder) = &options.project {
        let config = world::load(global, terminal)?;
        let documents = with_others(schema::of(&config));
        return write(&global.path(folder), &documents, terminal);
    }
    let documents = with_others(schema::general());
    if let Some(folder) = &options.write {
        return write(&global.path(folder), &documents, terminal);
    }
    match &options.name {
        Some(name) => {
            let named = documents.iter().filter(|document| document.name == name);
            named.for_each(|document| terminal.data(&document.text));
        }
        None => terminal.result(&list(&documents, terminal.width())),
    }
    Ok(Exit::Done)
}

fn with_others(schemas: Vec<(&'static str, Schema)>) -> Vec<Document> {
    let other = |(name, title): (&'static str, &str), text| Document {
        name,
        title: title.to_owned(),
        text,
    };
    let others = [
        other(SANDBOX, sandbox::schema(SANDBOX.1)),
        other(PLAN, saved::schema(PLAN.1)),
        other(EVENT, events::schema(EVENT.1)),
        other(READINESS, derived::<Readiness>(READINESS.1)),
        other(REPORT, derived::<Report>(REPORT.1)),
        other(LEAVER, derived::<Certificate>(LEAVER.1)),
        other(NOTICE, notify::schema(NOTICE.1)),
        other(DRIFT, drift::schema(DRIFT.1)),
    ];
    let documents = schemas.into_iter().map(Document::new);
    documents.chain(others).collect()
}

/// The schema of what a report prints, and a line break.
fn derived<T: JsonSchema>(title: &str) -> String {
    let mut schema = SchemaSettings::draft07()
        .into_generator()
        .root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

fn list(documents: &[Document], width: usize) -> Screen {
    let mut screen = Screen::new(width);
    for document in documents {
        let line = Line::at(0).cell(Role::Strong, document.name);
        let line = line.to_column(11).hang(11);
        screen.line(line.sentence(Role::Text, &document.title));
    }
    screen
}

fn write(folder: &Path, documents: &[Document], terminal: &Terminal) -> Result<Exit, Trouble> {
    let trouble = |path: &Path| {
        let path = path.to_owned();
        |error| Trouble::Write { path, error }
    };
    std::fs::create_dir_all(folder).map_err(trouble(folder))?;
    for document in documents {
        let path = folder.join(format!("{}.schema.json", document.name));
        std::fs::write(&path, &document.text).map_err(trouble(&path))?;
    }
    terminal.say(&format!(
        "{} in {}. An editor finds one by the first line of a file: #:schema PATH",
        count(documents.len(), "schema"),
        escape(&folder.to_string_lossy()),
    ));
    Ok(Exit::Done)
}
