//! What the page of who has what shows, as the template reads it.

use std::collections::BTreeSet;

use askama::Template;

use crate::model::change::PersonTag;
use crate::model::observation::Origin;
use crate::render::access::{Group, answer, heading, login, summary, whose};
use crate::render::gaps::notes;
use crate::render::safe;
use crate::render::screen::Line;
use crate::render::style::Role;
use crate::render::words::{DOT, person};
use crate::reports::access::{Access, Account};

use super::view::{Piece, pieces};

/// The whole page.
#[derive(Template)]
#[template(path = "access.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    summary: Vec<Piece>,
    notes: Vec<Vec<Piece>>,
    apps: Vec<String>,
    marks: BTreeSet<&'static str>,
    people: Vec<PersonView>,
    answers: Vec<Vec<Piece>>,
}

/// One person with their accounts.
struct PersonView {
    search: String,
    name: Vec<Piece>,
    rows: Vec<Row>,
}

/// What an account holds for the same reason.
struct Row {
    app: String,
    marks: String,
    account: Vec<Piece>,
    holds: Vec<Piece>,
    said: Vec<Piece>,
}

impl Page {
    /// Lays it out.
    pub fn of(access: &Access) -> Self {
        let same = |a: &Account, b: &Account| a.whose.person() == b.whose.person();
        let people = access.accounts.chunk_by(same).map(PersonView::of);
        let groups = access.accounts.iter().flat_map(Group::of);
        Self {
            heading: pieces(&heading(access)),
            summary: pieces(&summary(access)),
            notes: notes(access).iter().map(pieces).collect(),
            apps: (access.apps.iter())
                .map(|app| safe::cell(app.app.as_str()))
                .collect(),
            marks: groups.flat_map(|group| marks(&group)).collect(),
            people: people.collect(),
            answers: (access.apps.iter())
                .map(|app| pieces(&answer(app, access)))
                .collect(),
        }
    }
}

impl PersonView {
    fn of(accounts: &[Account]) -> Self {
        let tag: Option<&PersonTag> = accounts[0].whose.person();
        let nobody = || Line::default().own(Role::Strong, "Nobody’s");
        Self {
            search: tag.map_or_else(String::new, |tag| {
                safe::cell(tag.name.raw()) + " " + &safe::cell(tag.id.as_str())
            }),
            name: pieces(&tag.map_or_else(nobody, person)),
            rows: accounts.iter().flat_map(rows).collect(),
        }
    }
}

fn rows(account: &Account) -> Vec<Row> {
    let at = login(account)
        .own(Role::Quiet, DOT)
        .own(Role::Text, account.status.word())
        .own(Role::Quiet, DOT);
    let at = whose(account, at);
    let row = |group: Option<&Group<'_>>| Row {
        app: safe::cell(account.app.as_str()),
        marks: group.map(marks).unwrap_or_default().join(", "),
        account: pieces(&at),
        holds: group.map_or_else(
            || pieces(&Line::default().own(Role::Quiet, "nothing")),
            |group| pieces(&group.values()),
        ),
        said: group.map_or_else(Vec::new, |group| pieces(&group.said(Line::default()))),
    };
    let groups = Group::of(account);
    if groups.is_empty() {
        return vec![row(None)];
    }
    groups.iter().map(|group| row(Some(group))).collect()
}

/// What a reviewer may look for alone.
fn marks(group: &Group<'_>) -> Vec<&'static str> {
    let marks = [
        (group.is_privileged(), "privileged"),
        (group.is_unsaid(), "not by the files"),
        (group.is_kept(), "kept by a closed account"),
        (group.origin() == Origin::Inherited, "inherited"),
    ];
    let marks = marks.into_iter().filter(|(is, _)| *is);
    marks.map(|(_, mark)| mark).collect()
}
