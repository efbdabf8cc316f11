//! What an edit means for people, on a page.

use crate::base::count::{count, count_of};
use crate::model::change::PersonTag;
use crate::reports::impact::{Access, EntryChange, Impact, LineImpact, PersonImpact};
use crate::reports::seats::{PoolSize, SeatImpact};

use super::people::and_more;
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, person, place};

/// How many people of a line are named.
const NAMED: usize = 3;

/// An edit's impact as a page.
pub fn text(impact: &Impact, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(impact).hang(2));
    if let Some(line) = settings(impact) {
        screen.line(line.hang(2));
    }
    if !impact.lines.is_empty() {
        screen.section(title("Lines", impact.lines.len(), "changed"));
        for line in &impact.lines {
            screen.line(
                Line::at(2)
                    .hang(4)
                    .then(sign(!line.removed))
                    .then(origin(line)),
            );
            screen.line(Line::at(6).hang(8).then(who(line)));
        }
    }
    if !impact.people.is_empty() {
        screen.section(title("Entries of people", impact.people.len(), "changed"));
        for one in &impact.people {
            screen.line(Line::at(2).hang(4).then(entry(one)));
            for (accesses, gained) in [(&one.gained, true), (&one.lost, false)] {
                if !accesses.is_empty() {
                    let all = list(accesses);
                    screen.line(Line::at(6).hang(8).then(sign(gained)).then(all));
                }
            }
        }
    }
    if !impact.seats.is_empty() {
        screen.section(title("Seats", impact.seats.len(), "changed"));
        for one in &impact.seats {
            screen.line(
                Line::at(2)
                    .hang(4)
                    .then(pool(one))
                    .own(Role::Quiet, DOT)
                    .then(needed(one)),
            );
            screen.line(Line::at(6).hang(8).then(free(one)));
        }
    }
    screen.blank();
    screen.line(summary(impact));
    screen
}

/// What is compared with what.
pub(super) fn heading(impact: &Impact) -> Line {
    Line::default()
        .own(Role::Heading, "Impact of the files against ")
        .cell(Role::Heading, &impact.base)
        .own(Role::Heading, " as of ")
        .glued(Role::Heading, instant_in(impact.as_of, &impact.time_zone))
}

/// That more than people and profiles changed.
pub(super) fn settings(impact: &Impact) -> Option<Line> {
    impact.settings_changed.then(|| {
        Line::default().own(Role::Warning, "⚠ settings").own(
            Role::Text,
            " in provisor.toml changed too: plans made before are stale",
        )
    })
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(impact: &Impact) -> Line {
    let people = |number| count_of(number, "person", "people").to_string();
    let verb = |number, one, many| if number == 1 { one } else { many };
    Line::default()
        .own(Role::Heading, "Impact: ")
        .glued(Role::Text, people(impact.gaining))
        .own(
            Role::Text,
            verb(impact.gaining, " gains access", " gain access"),
        )
        .own(Role::Quiet, DOT)
        .glued(Role::Text, people(impact.losing))
        .own(
            Role::Text,
            verb(impact.losing, " loses access", " lose access"),
        )
}

fn title(words: &'static str, number: usize, means: &'static str) -> Line {
    Line::default()
        .own(Role::Heading, words)
        .own(Role::Quiet, DOT)
        .cell(Role::Quiet, number.to_string())
        .own(Role::Quiet, " ")
        .own(Role::Quiet, means)
}

fn sign(gained: bool) -> Line {
    if gained {
        Line::default().own(Role::Create, "+ ")
    } else {
        Line::default().own(Role::Remove, "- ")
    }
}

/// Which line says, or said, what.
pub(super) fn origin(line: &LineImpact) -> Line {
    let by = match &line.profile {
        Some(profile) => Line::default().cell(Role::Strong, profile.as_str()),
        None => Line::default().own(Role::Strong, "an extra"),
    };
    let by = by
        .own(Role::Text, if line.removed { " gave " } else { " gives " })
        .then(access(&line.access))
        .then(place(Some(&line.at)));
    if line.removed {
        by.own(Role::Quiet, " in the base")
    } else {
        by
    }
}

/// Whom a line concerns: how many, and the first of them.
pub(super) fn who(line: &LineImpact) -> Line {
    let number = line.people.len();
    let verb = match (line.removed, number == 1) {
        (false, true) => " gains it: ",
        (false, false) => " gain it: ",
        (true, true) => " loses it: ",
        (true, false) => " lose it: ",
    };
    let mut words = Line::default()
        .glued(Role::Text, count_of(number, "person", "people").to_string())
        .own(Role::Text, verb);
    for (index, tag) in line.people.iter().take(NAMED).enumerate() {
        words = words
            .own(Role::Text, if index == 0 { "" } else { ", " })
            .then(named(tag));
    }
    and_more(words, number, NAMED)
}

fn named(tag: &PersonTag) -> Line {
    Line::default()
        .cell(Role::Strong, tag.name.raw())
        .own(Role::Text, " (")
        .cell(Role::Text, tag.id.as_str())
        .own(Role::Text, ")")
}

/// Who, and what became of their entry.
pub(super) fn entry(one: &PersonImpact) -> Line {
    let (role, symbol) = match one.change {
        EntryChange::Joins { .. } => (Role::Create, "+ "),
        EntryChange::Leaves => (Role::Remove, "- "),
        EntryChange::Removed => (Role::Held, "? "),
        EntryChange::Moves { .. } | EntryChange::Edited => (Role::Change, "~ "),
    };
    let line = Line::default()
        .own(role, symbol)
        .then(person(&one.person))
        .own(Role::Quiet, DOT);
    let line = match &one.change {
        EntryChange::Joins { from, job_code } => line
            .own(Role::Text, "joins ")
            .glued(Role::Text, date(*from))
            .own(Role::Text, " as ")
            .cell(Role::Text, job_code.as_str()),
        EntryChange::Leaves => line.own(Role::Text, "leaves"),
        EntryChange::Removed => line.own(
            Role::Text,
            "removed from the files: held unless `removed` says that they left",
        ),
        EntryChange::Moves { from, to } => line
            .own(Role::Text, "moves from ")
            .cell(Role::Text, from.as_str())
            .own(Role::Text, " to ")
            .cell(Role::Text, to.as_str()),
        EntryChange::Edited => line.own(Role::Text, "edited"),
    };
    line.then(place(Some(&one.at)))
}

/// Everything gained or lost, one after the other.
pub(super) fn list(accesses: &[Access]) -> Line {
    let mut line = Line::default();
    for (index, one) in accesses.iter().enumerate() {
        line = line
            .own(Role::Text, if index == 0 { "" } else { "; " })
            .then(access(one));
    }
    line
}

/// Which pool of seats.
pub(super) fn pool(seats: &SeatImpact) -> Line {
    Line::default()
        .cell(Role::Text, seats.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Strong, &seats.pool)
}

/// How many people need a seat, before and after.
pub(super) fn needed(seats: &SeatImpact) -> Line {
    Line::default()
        .glued(Role::Text, seats.before.to_string())
        .own(Role::Text, " → ")
        .glued(
            Role::Text,
            count_of(seats.after, "person needs", "people need").to_string(),
        )
        .own(Role::Text, " one")
}

/// How many seats that leaves, and who says so.
pub(super) fn free(seats: &SeatImpact) -> Line {
    let Some(left) = seats.free() else {
        return Line::default().own(
            Role::Quiet,
            "how many there are is not known: `--against latest` looks into the last snapshot",
        );
    };
    let line = if left < 0 {
        Line::default()
            .own(Role::Warning, "⚠ ")
            .glued(Role::Warning, left.unsigned_abs().to_string())
            .own(Role::Warning, " too few")
    } else {
        Line::default().glued(Role::Text, format!("{left} free"))
    };
    let line = line.own(Role::Quiet, DOT);
    match seats.size {
        Some(PoolSize::Snapshot { total, used }) => line.glued(
            Role::Quiet,
            format!("{used} of {total} taken in the snapshot"),
        ),
        Some(PoolSize::Files { total }) => line
            .glued(Role::Quiet, format!("{total} in all"))
            .own(Role::Quiet, ", by provisor.toml"),
        None => line,
    }
}

/// `slack channels #general`, or `slack account`.
pub(super) fn access(access: &Access) -> Line {
    let line = Line::default().cell(Role::Text, access.app.as_str());
    let Some(given) = &access.gives else {
        return line.own(Role::Text, " account");
    };
    let line = line
        .own(Role::Text, " ")
        .cell(Role::Text, &given.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, &given.value);
    match &given.level {
        Some(level) => line.own(Role::Text, " = ").cell(Role::Text, level),
        None => line,
    }
}

/// `3 lines changed`, for a folded title.
pub(super) fn number_of_lines(impact: &Impact) -> String {
    count(impact.lines.len(), "line").to_string()
}
