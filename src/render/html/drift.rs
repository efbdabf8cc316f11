//! What the page of what changed outside of provisor shows, as the template reads it.

use std::collections::BTreeSet;

use askama::Template;

use crate::render::difference::{account, whose};
use crate::render::drift::{compared, heading, mark, next, notes, ours, summary, unrecorded, what};
use crate::render::safe;
use crate::reports::drift::{Drift, Drifted};

use super::view::{Piece, pieces};

/// The whole page.
#[derive(Template)]
#[template(path = "drift.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    summary: Vec<Piece>,
    notes: Vec<Vec<Piece>>,
    apps: BTreeSet<String>,
    marks: BTreeSet<&'static str>,
    people: Vec<PersonView>,
    ours: Vec<Vec<Piece>>,
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
    next: Vec<Piece>,
}

impl Page {
    /// Lays it out.
    pub fn of(drift: &Drift) -> Self {
        let same = |a: &Drifted, b: &Drifted| a.entry.person == b.entry.person;
        let entries = &drift.entries;
        let people = entries.chunk_by(same);
        Self {
            heading: pieces(&heading(drift)),
            summary: pieces(&summary(drift)),
            notes: notes(drift).iter().map(pieces).collect(),
            apps: (entries.iter())
                .map(|one| safe::cell(one.entry.app.as_str()))
                .collect(),
            marks: entries.iter().map(|one| mark(&one.next)).collect(),
            people: people
                .map(|entries| PersonView::of(entries, drift))
                .collect(),
            ours: (drift.explained.iter())
                .map(|entry| pieces(&ours(entry)))
                .collect(),
            runs: (drift.runs.iter())
                .map(|run| pieces(&unrecorded(run, drift)))
                .collect(),
            compared: (drift.apps.iter())
                .map(|app| pieces(&compared(app, drift)))
                .collect(),
        }
    }
}

impl PersonView {
    fn of(entries: &[Drifted], drift: &Drift) -> Self {
        let tag = entries[0].entry.person.as_ref();
        let row = |one: &Drifted| Row {
            app: safe::cell(one.entry.app.as_str()),
            mark: mark(&one.next),
            account: pieces(&account(&one.entry)),
            change: pieces(&what(one)),
            next: pieces(&next(one, &drift.time_zone)),
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
