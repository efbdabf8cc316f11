//! Who has what, as a page of Markdown: a row per account and what it holds for the same reason.

use std::fmt::Write as _;

use crate::render::access::{Group, answer, heading, login, summary, whose};
use crate::render::gaps::notes;
use crate::render::screen::Line;
use crate::render::style::Role;
use crate::render::words::{DOT, person};
use crate::reports::access::{Access, Account};

use super::impact::table;
use super::inline::{Place, inline};

/// The line by which a later run finds its own page again.
const MARK: &str = "<!-- provisor-access -->\n";

/// Who has what, in at most `limit` bytes: rows that do not fit are left out and counted.
pub fn access(access: &Access, limit: usize) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let mut page = format!(
        "{MARK}### {}\n\n{}\n\n",
        text(&heading(access)),
        text(&summary(access))
    );
    for note in notes(access) {
        let _ = writeln!(page, "{}\n", text(&note));
    }
    let mut complete = String::from("**How complete**\n\n");
    for app in &access.apps {
        let _ = writeln!(complete, "- {}", text(&answer(app, access)));
    }
    let head = "| Person | App | Account | Holds | Why |\n|---|---|---|---|---|\n";
    let (powerful, others): (Vec<_>, Vec<_>) = access
        .accounts
        .iter()
        .flat_map(rows)
        .partition(|(privileged, _)| *privileged);
    let rows = powerful.into_iter().chain(others).map(|(_, row)| row);
    table(
        &mut page,
        head,
        rows.collect(),
        limit.saturating_sub(complete.len()),
    );
    if page.len() + complete.len() <= limit {
        page.push_str(&complete);
    }
    page
}

/// The rows of an account, each with whether it tells of something privileged.
fn rows(account: &Account) -> Vec<(bool, String)> {
    let cell = |line: &Line| inline(line, Place::Cell);
    let who = account
        .whose
        .person()
        .map_or_else(|| Line::default().own(Role::Text, "nobody’s"), person);
    let at = login(account)
        .own(Role::Quiet, DOT)
        .own(Role::Text, account.status.word())
        .own(Role::Quiet, DOT);
    let at = whose(account, at);
    let app = Line::default().cell(Role::Strong, account.app.as_str());
    let start = format!("| {} | {} | {} |", cell(&who), cell(&app), cell(&at));
    let groups = Group::of(account);
    if groups.is_empty() {
        return vec![(false, format!("{start} nothing | |\n"))];
    }
    let row = |group: &Group<'_>| {
        let said = group.said(Line::default());
        let row = format!("{start} {} | {} |\n", cell(&group.values()), cell(&said));
        (group.is_privileged(), row)
    };
    groups.iter().map(row).collect()
}
