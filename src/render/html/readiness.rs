//! What the page of who is ready shows, as the template reads it.

use std::collections::BTreeSet;

use askama::Template;

use crate::render::readiness::{facts, heading, mark, notes, state, summary, title, word};
use crate::render::safe;
use crate::render::screen::Line;
use crate::render::todo::actions;
use crate::reports::readiness::{AppReadiness, Hire, Readiness};

use super::view::{Piece, class, pieces};

/// The whole page.
#[derive(Template)]
#[template(path = "readiness.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    summary: Vec<Piece>,
    notes: Vec<Vec<Piece>>,
    apps: BTreeSet<String>,
    standings: BTreeSet<&'static str>,
    hires: Vec<HireView>,
}

/// One person who starts.
struct HireView {
    search: String,
    title: Vec<Piece>,
    facts: Vec<Vec<Piece>>,
    actions: Vec<ActionView>,
    rows: Vec<Row>,
}

/// What somebody must do.
struct ActionView {
    line: Vec<Piece>,
    snippet: String,
}

/// One app.
struct Row {
    app: String,
    standing: &'static str,
    class: &'static str,
    symbol: &'static str,
    state: Vec<Piece>,
    owner: String,
}

impl Page {
    /// Lays it out.
    pub fn of(readiness: &Readiness) -> Self {
        let apps = readiness.hires.iter().flat_map(|hire| &hire.apps);
        Self {
            heading: pieces(&heading(readiness)),
            summary: pieces(&summary(readiness)),
            notes: notes(readiness).iter().map(pieces).collect(),
            apps: apps
                .clone()
                .map(|app| safe::cell(app.app.as_str()))
                .collect(),
            standings: (apps.map(|app| word(app.standing)))
                .chain(readiness.hires.iter().map(|hire| word(hire.standing)))
                .collect(),
            hires: readiness
                .hires
                .iter()
                .map(|hire| view(hire, readiness))
                .collect(),
        }
    }
}

fn view(hire: &Hire, readiness: &Readiness) -> HireView {
    let actions = actions(hire, readiness)
        .into_iter()
        .map(|action| ActionView {
            line: pieces(&action.line()),
            snippet: action
                .snippet
                .iter()
                .map(|line| safe::sentence(line))
                .collect::<Vec<_>>()
                .join("\n"),
        });
    let apps = hire.apps.iter().map(|app| row(app, readiness));
    HireView {
        search: safe::cell(hire.person.name.raw()) + " " + &safe::cell(hire.person.id.as_str()),
        title: pieces(&title(hire)),
        facts: facts(hire).iter().map(pieces).collect(),
        actions: actions.collect(),
        rows: everywhere(hire).into_iter().chain(apps).collect(),
    }
}

/// A card without a row would never be shown: whoever has no app, or a problem in all of them, has one.
fn everywhere(hire: &Hire) -> Option<Row> {
    let (role, symbol) = mark(hire.standing);
    (hire.apps.is_empty() || !hire.todo.is_empty()).then(|| Row {
        app: "every app".to_owned(),
        standing: word(hire.standing),
        class: class(role),
        symbol,
        state: pieces(&Line::default().own(role, word(hire.standing))),
        owner: String::new(),
    })
}

fn row(app: &AppReadiness, readiness: &Readiness) -> Row {
    let (role, symbol) = mark(app.standing);
    Row {
        app: safe::cell(app.app.as_str()),
        standing: word(app.standing),
        class: class(role),
        symbol,
        state: pieces(&state(app, readiness)),
        owner: app
            .owner
            .as_ref()
            .map(|owner| safe::cell(owner.raw()))
            .unwrap_or_default(),
    }
}
