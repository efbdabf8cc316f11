//! What is not given since somebody else decides: security, or who buys seats (R12 to R14).

use crate::base::count::thousands;
use crate::model::breach::{Breach, Party};
use crate::model::withheld::Impediment;

use super::impediments::{cell, say};
use super::screen::Line;
use super::style::Role;
use super::words::place;

/// It is privileged, and nobody approved it.
pub fn unapproved(kind: &str, value: &str, level: Option<&str>, holds: bool) -> (Line, Line) {
    let line = cell(kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, value)
        .own(Role::Text, if level.is_some() { " as " } else { "" })
        .cell(Role::Text, level.unwrap_or_default())
        .own(Role::Text, " is privileged, and no approval is in force");
    let held = if holds {
        ": they hold it already, and keep it until somebody decides."
    } else {
        "."
    };
    (
        line.own(Role::Text, held),
        say("If somebody else approves, add to approvals.toml:"),
    )
}

/// The app makes no account without what the files do not say.
pub fn not_said(attributes: &[String], app: &str) -> (Line, Line) {
    let names = attributes.iter().enumerate();
    let names = names.fold(Line::default(), |line, (index, name)| {
        line.own(Role::Text, if index == 0 { "" } else { ", " })
            .cell(Role::Strong, name)
    });
    (
        cell(app)
            .own(Role::Text, " makes no account without ")
            .then(names)
            .own(Role::Text, ", and the files say nothing of it."),
        say("Complete their entry in the people file:"),
    )
}

/// No seat is left of a pool.
pub fn no_seat(pool: &str, (used, total): (u32, u32), (needed, freed): (u32, u32)) -> (Line, Line) {
    let number = |number: u32| thousands(number as usize);
    (
        say("No seat of ")
            .cell(Role::Strong, pool)
            .own(Role::Text, " is left: ")
            .glued(Role::Text, number(used))
            .own(Role::Text, " of ")
            .glued(Role::Text, number(total))
            .own(Role::Text, " are taken; this plan needs ")
            .glued(Role::Text, number(needed))
            .own(Role::Text, " and frees ")
            .glued(Role::Text, number(freed))
            .own(Role::Text, "."),
        say("Buy seats, or take some from others; they go by start date, then id."),
    )
}

/// What a rule keeps apart, and what to do.
pub fn apart(breach: &Breach) -> (Line, Line) {
    let Breach {
        rule,
        reason,
        this,
        other,
        held,
        leaving,
        unread,
    } = breach;
    let why = say("\"")
        .cell(Role::Strong, rule.raw())
        .own(Role::Text, "\" (")
        .sentence(Role::Text, reason.raw())
        .own(Role::Text, ") keeps apart ")
        .then(party(this))
        .own(Role::Text, " and ")
        .then(party(other));
    if *held {
        (
            why.own(Role::Text, ": they hold both."),
            say("Take one of the two from them, in the files or in the app."),
        )
    } else if *leaving {
        (
            why.own(Role::Text, ", which this plan takes."),
            say("Nothing: the next run gives it, once the other is gone."),
        )
    } else if *unread {
        (
            why.own(Role::Text, ", which they may hold: ")
                .cell(Role::Text, other.app.as_str())
                .own(Role::Text, " could not be read."),
            say("Nothing: the next run that reads it gives this, unless they hold the other."),
        )
    } else {
        (
            why.own(Role::Text, "."),
            say("Take one of the two from their profile, or move them to another."),
        )
    }
}

/// `okta groups payments · profiles.toml:12`
fn party(party: &Party) -> Line {
    cell(party.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Text, &party.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, party.value.raw())
        .then(place(party.at.as_ref()))
}

/// Lines to add to a file, ready to paste.
pub fn snippet(why: &Impediment) -> &[String] {
    match why {
        Impediment::NeedsApproval { snippet, .. }
        | Impediment::MissingAttribute { snippet, .. } => snippet,
        _ => &[],
    }
}
