//! Notices of what `readiness` and `drift` found: names, apps and what becomes of each. Never what an
//! app said.

use jiff::Timestamp;

use crate::base::Foreign;
use crate::model::notice::{Notice, Occasion};
use crate::reports::drift::Drift;
use crate::reports::readiness::{Hire, Readiness, Standing};

use super::screen::Line;
use super::style::Role;
use super::words::{DOT, person};
use super::{drift, notice, readiness};

/// Who is not ready for their first day: each with the apps that are not, and who answers for them.
pub fn ready(organisation: &Foreign, found: &Readiness, time: Timestamp) -> Notice {
    let of = |standing| {
        let hires = found
            .hires
            .iter()
            .filter(move |hire| hire.standing == standing);
        hires.flat_map(hire).collect::<Vec<_>>()
    };
    let sections = vec![
        ("Not ready", of(Standing::NotReady)),
        (
            "Not known: an app could not be read",
            of(Standing::NotKnown),
        ),
        ("Waiting", of(Standing::Waiting)),
    ];
    let title = title(organisation).then(readiness::summary(found));
    notice::of(Occasion::Readiness, time, &title, sections)
}

/// What changed outside of provisor: whose, where, and what the next plan does about it.
pub fn drifted(organisation: &Foreign, found: &Drift, time: Timestamp) -> Notice {
    let lines = found.entries.iter().map(|one| {
        let line = match &one.entry.person {
            Some(tag) => person(tag),
            None => Line::default().own(Role::Text, "nobody of the files"),
        };
        line.own(Role::Quiet, DOT)
            .cell(Role::Text, one.entry.app.as_str())
            .own(Role::Quiet, DOT)
            .then(drift::what(one))
            .own(Role::Quiet, DOT)
            .own(Role::Text, drift::mark(&one.next))
    });
    let unread = found.apps.iter().filter(|app| app.is_incomplete());
    let unread = unread.map(|app| Line::default().cell(Role::Text, app.app.as_str()));
    let sections = vec![
        ("Not read", unread.collect()),
        ("Changed outside of provisor", lines.collect()),
    ];
    let title = title(organisation).then(drift::summary(found));
    notice::of(Occasion::Drift, time, &title, sections)
}

fn title(organisation: &Foreign) -> Line {
    Line::default()
        .cell(Role::Heading, organisation.raw())
        .own(Role::Text, ": ")
}

fn hire(hire: &Hire) -> Vec<Line> {
    let apps = hire
        .apps
        .iter()
        .filter(|app| app.standing != Standing::Ready);
    let apps = apps.map(|app| {
        let (role, symbol) = readiness::mark(app.standing);
        let line = Line::default()
            .own(role, symbol)
            .own(Role::Text, " ")
            .cell(Role::Text, app.app.as_str())
            .own(Role::Quiet, DOT)
            .own(Role::Text, app.state.word());
        match &app.owner {
            Some(owner) => line.own(Role::Quiet, DOT).cell(Role::Text, owner.raw()),
            None => line,
        }
    });
    std::iter::once(readiness::title(hire))
        .chain(apps)
        .collect()
}
