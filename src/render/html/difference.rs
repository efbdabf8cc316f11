//! What the page of what changed shows, as the template reads it.

use std::collections::BTreeSet;

use askama::Template;

use crate::render::difference::{
    account, because, change, compared, heading, notes, run, summary, whose,
};
use crate::render::safe;
use crate::reports::difference::{Difference, Entry, Explanation};

use super::view::{Piece, pieces};

/// The whole page.
#[derive(Template)]
#[template(path = "difference.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    summary: Vec<Piece>,
    notes: Vec<Vec<Piece>>,
    apps: BTreeSet<String>,
    marks: BTreeSet<&'static str>,
    people: Vec<PersonView>,
    runs: Vec<Vec<Piece>>,
    compared: Vec<Vec<Piece>>,
}

/// One person with what changed for them.
struct PersonView {
    search: String,
    name: Vec<Piece>,
    rows: Vec<Row>,
}

struct Row {
    app: String,
    mark: &'static str,
    account: Vec<Piece>,
    change: Vec<Piece>,
    because: Vec<Piece>,
}

impl Page {
    /// Lays it out.
    pub fn of(difference: &Difference) -> Self {
        let same = |a: &Entry, b: &Entry| a.person == b.person;
        let entries = &difference.entries;
        Self {
            heading: pieces(&heading(difference)),
            summary: pieces(&summary(difference)),
            notes: notes(difference).iter().map(pieces).collect(),
            apps: entries
                .iter()
                .map(|entry| safe::cell(entry.app.as_str()))
                .collect(),
            marks: entries.iter().map(mark).collect(),
            people: entries.chunk_by(same).map(PersonView::of).collect(),
            runs: (difference.runs.iter())
                .map(|told| pieces(&run(told, difference)))
                .collect(),
            compared: (difference.apps.iter())
                .map(|app| pieces(&compared(app, difference)))
                .collect(),
        }
    }
}

impl PersonView {
    fn of(entries: &[Entry]) -> Self {
        let tag = entries[0].person.as_ref();
        let row = |entry: &Entry| Row {
            app: safe::cell(entry.app.as_str()),
            mark: mark(entry),
            account: pieces(&account(entry)),
            change: pieces(&change(entry)),
            because: pieces(&because(entry)),
        };
        Self {
            search: tag.map_or_else(String::new, |tag| {
                safe::cell(tag.name.raw()) + " " + &safe::cell(tag.id.as_str())
            }),
            name: pieces(&whose(tag)),
            rows: entries.iter().map(row).collect(),
        }
    }
}

/// What a reviewer may look for alone.
const fn mark(entry: &Entry) -> &'static str {
    match entry.explained {
        Explanation::Run(_) | Explanation::Begun { .. } => "by a run",
        Explanation::Acceptance => "accepted",
        Explanation::NotRead => "not read",
        Explanation::AlreadySo(_) | Explanation::Nothing => "no run explains it",
    }
}
