//! Who loses access: the first thing that a reviewer looks for.

use std::fmt::Write as _;

use crate::base::count::thousands;
use crate::model::change::{Action, Change, Verb};
use crate::model::reason::Why;
use crate::render::people::Affected;
use crate::render::reasons::Shared;
use crate::render::screen::Line;
use crate::render::style::Role;
use crate::render::words::person;

use super::inline::{Place, inline};

/// One row per person, closings before all else, and of those what this edit brings about.
pub fn access(people: &[Affected<'_>], limit: usize, page: &mut String) {
    let losers = people.iter().filter(|affected| loses(affected));
    let mut losers: Vec<&Affected<'_>> = losers.collect();
    if losers.is_empty() {
        return;
    }
    losers.sort_by_key(|affected| !closes(affected));
    let all = losers.len();
    let _ = writeln!(page, "**People losing access ({})**\n", thousands(all));
    page.push_str("| Person | Why | What, in order |\n|---|---|---|\n");
    for affected in losers.iter().take(limit) {
        let who = affected.person.map(person).unwrap_or_default();
        let shared = Shared::of(&affected.changes);
        let why = shared.heading();
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            inline(&who, Place::Cell),
            inline(&why, Place::Cell).trim_start_matches("· "),
            lost(affected, &shared),
        );
    }
    if all > limit {
        let _ = writeln!(
            page,
            "\n… and {} more: see the whole plan.",
            thousands(all - limit)
        );
    }
    page.push('\n');
}

fn closes(affected: &Affected<'_>) -> bool {
    let mut verbs = affected.changes.iter().map(|change| change.action.verb());
    verbs.any(|verb| verb == Verb::Deactivate)
}

fn loses(affected: &Affected<'_>) -> bool {
    let mut verbs = affected.changes.iter().map(|change| change.action.verb());
    verbs.any(|verb| matches!(verb, Verb::Deactivate | Verb::Revoke))
}

/// `closes okta → github; loses slack groups sales`, as a cell.
fn lost(affected: &Affected<'_>, shared: &Shared<'_>) -> String {
    let mut line = Line::default();
    for change in &affected.changes {
        if change.action.verb() == Verb::Deactivate {
            let between = if line.is_empty() { "closes " } else { " → " };
            line = line
                .own(Role::Text, between)
                .cell(Role::Text, change.app.as_str())
                .then(which(change, shared));
        }
    }
    let mut between = if line.is_empty() {
        "loses "
    } else {
        "; loses "
    };
    for change in &affected.changes {
        if let Action::Revoke { kind, value, .. } = &change.action {
            line = line
                .own(Role::Text, between)
                .cell(Role::Text, change.app.as_str())
                .own(Role::Text, " ")
                .cell(Role::Text, kind)
                .own(Role::Text, " ")
                .cell(Role::Text, value.raw());
            between = ", ";
        }
    }
    inline(&line, Place::Cell)
}

/// ` (ann.admin@example.com, admin account)`, where the person has several accounts there.
fn which(change: &Change, shared: &Shared<'_>) -> Line {
    let Some(login) = shared.which(change) else {
        return Line::default();
    };
    let mut line = Line::default().own(Role::Text, " (").then(login);
    for reason in &change.reasons {
        if let Why::Listed { kind } = reason.why {
            line = line
                .own(Role::Text, ", ")
                .glued(Role::Text, format!("{} account", kind.word()));
        }
    }
    line.own(Role::Text, ")")
}
