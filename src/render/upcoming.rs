//! What dates will bring, on a page.

use std::collections::BTreeSet;

use crate::base::count::{count, count_of};
use crate::model::name::AppName;
use crate::model::upcoming::{Event, What};
use crate::reports::upcoming::Upcoming;

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, person};

/// What a span of days brings, day by day.
pub fn text(upcoming: &Upcoming, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    let zone = &upcoming.time_zone;
    screen.line(
        Line::default()
            .hang(2)
            .own(Role::Heading, "What dates bring from ")
            .glued(Role::Heading, instant_in(upcoming.from, zone))
            .own(Role::Heading, " to ")
            .glued(Role::Heading, instant_in(upcoming.until, zone)),
    );
    let mut last = None;
    for event in &upcoming.events {
        if last != Some(event.on) {
            screen.section(Line::default().glued(Role::Heading, date(event.on)));
            last = Some(event.on);
        }
        screen.line(Line::at(2).hang(4).then(words(event, zone)));
    }
    screen.blank();
    let people = upcoming.events.iter().map(|event| &event.person.id);
    let people = people.collect::<BTreeSet<_>>().len();
    screen.line(
        Line::default()
            .own(Role::Heading, "Upcoming: ")
            .glued(
                Role::Text,
                count(upcoming.events.len(), "event").to_string(),
            )
            .own(Role::Quiet, DOT)
            .glued(
                Role::Quiet,
                count_of(people, "person", "people").to_string(),
            )
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "from the files alone, as they are now"),
    );
    screen
}

/// Who, and what a day brings them.
pub(super) fn words(event: &Event, zone: &str) -> Line {
    let (role, symbol) = match event.brings {
        What::Opens { .. } | What::Starts { .. } | What::LeaveEnds => (Role::Create, "+ "),
        What::Moves { .. } => (Role::Change, "~ "),
        What::Leaves { .. }
        | What::Released
        | What::ExtraEnds { .. }
        | What::ApprovalEnds { .. }
        | What::LeaveBegins => (Role::Remove, "- "),
    };
    Line::default().own(role, symbol).then(told(event, zone))
}

/// The same as part of a sentence.
pub(super) fn told(event: &Event, zone: &str) -> Line {
    let line = person(&event.person).own(Role::Quiet, DOT);
    match &event.brings {
        What::Opens { apps } => named(line.own(Role::Text, "provisioning opens in "), apps),
        What::Starts { job_code } => line
            .own(Role::Text, "starts as ")
            .cell(Role::Strong, job_code.as_str()),
        What::Moves { from, to } => line
            .own(Role::Text, "moves from ")
            .cell(Role::Text, from.as_str())
            .own(Role::Text, " to ")
            .cell(Role::Strong, to.as_str()),
        What::Leaves { at } => {
            let line = line.own(Role::Text, "last day; access ends ");
            let at = instant_in(*at, zone);
            line.glued(Role::Text, at)
        }
        What::Released => line.own(Role::Text, "what the closed accounts kept is released"),
        What::ExtraEnds { reason } => line
            .own(Role::Text, "last day of an extra: ")
            .sentence(Role::Text, reason.raw()),
        What::ApprovalEnds { apps, reason } => {
            let line = line.own(Role::Text, "last day of an approval in ");
            named(line, apps)
                .own(Role::Text, ": ")
                .sentence(Role::Text, reason.raw())
        }
        What::LeaveBegins => line.own(Role::Text, "leave begins: accounts are suspended"),
        What::LeaveEnds => line.own(Role::Text, "back from leave: accounts are opened again"),
    }
}

fn named(line: Line, apps: &[AppName]) -> Line {
    let names = apps.iter().map(AppName::as_str);
    names.enumerate().fold(line, |line, (index, name)| {
        line.own(Role::Text, if index == 0 { "" } else { ", " })
            .cell(Role::Strong, name)
    })
}
