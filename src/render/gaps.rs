//! What a page of who has what leaves out, and why nobody may conclude from it.

use jiff::Timestamp;

use crate::reports::access::{Access, Answer, AppAnswer, Carried, Origins, Unknown};

use super::failure;
use super::screen::Line;
use super::style::Role;
use super::words::instant_in;

/// When an app was read, and from which snapshot, if the one that is shown carries it forward.
pub(super) fn carried(app: &AppAnswer) -> Option<(Timestamp, &Carried)> {
    match &app.answer {
        Answer::Read { at, carried, .. } => carried.as_ref().map(|carried| (*at, carried)),
        Answer::Unread { .. } => None,
    }
}

/// What the reader must know before all else.
pub(super) fn notes(access: &Access) -> Vec<Line> {
    let (told, untold): (Vec<_>, Vec<_>) = access.unknown.iter().partition(|one| one.told);
    let mut notes = unread(access);
    if let Origins::Snapshot {
        same_files: false, ..
    } = access.source
    {
        notes.push(
            Line::default()
                .own(Role::Warning, "⚠ the files changed since")
                .own(
                    Role::Text,
                    ": what they say of an account is what they say today",
                ),
        );
    }
    notes.extend(untold.into_iter().chain(told).map(unknown));
    notes
}

/// Why somebody may have more than is told, for whoever sees the table alone.
pub fn missing(access: &Access) -> Vec<Line> {
    let untold = access.unknown.iter().filter(|one| !one.told);
    unread(access)
        .into_iter()
        .chain(untold.map(unknown))
        .collect()
}

/// The apps that were not read, or not by this run.
fn unread(access: &Access) -> Vec<Line> {
    let mut notes = Vec::new();
    for app in &access.apps {
        if let Some((at, carried)) = carried(app) {
            notes.push(
                Line::default()
                    .own(Role::Warning, "⚠ CARRIED FORWARD")
                    .own(Role::Text, " from snapshot ")
                    .glued(Role::Text, carried.from.to_string())
                    .own(Role::Text, " of ")
                    .glued(Role::Text, instant_in(at, &access.time_zone))
                    .own(Role::Text, ": ")
                    .cell(Role::Strong, app.app.as_str())
                    .own(Role::Text, " was not read in this run (")
                    .sentence(Role::Text, carried.why.raw())
                    .own(Role::Text, ")"),
            );
        }
        if let Answer::Unread { failure } = &app.answer {
            notes.push(
                Line::default()
                    .own(Role::Blocked, "× INCOMPLETE")
                    .own(Role::Text, " ")
                    .cell(Role::Strong, app.app.as_str())
                    .own(Role::Text, " could not be read: ")
                    .then(failure::words(failure)),
            );
        }
    }
    notes
}

fn unknown(unknown: &Unknown) -> Line {
    let sought = &unknown.sought;
    let line = Line::default()
        .own(Role::Warning, "⚠ ")
        .cell(Role::Strong, sought.app.as_str())
        .own(
            Role::Text,
            if unknown.told {
                " knows no "
            } else {
                " did not tell who holds "
            },
        )
        .cell(Role::Quiet, &sought.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, sought.value.as_deref().unwrap_or_default());
    match unknown.nearest.split_first() {
        None => line,
        Some((first, rest)) => {
            let line = line
                .own(Role::Text, ". Did you mean ")
                .cell(Role::Strong, first.raw());
            rest.iter()
                .fold(line, |line, one| {
                    line.own(Role::Text, " or ").cell(Role::Strong, one.raw())
                })
                .own(Role::Text, "?")
        }
    }
}
