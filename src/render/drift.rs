//! What changed outside of provisor, on a page.

use crate::base::count::{count, count_of, thousands};
use crate::model::withheld::WithheldState;
use crate::reports::difference::{Entry, Worth};
use crate::reports::drift::{Compared, Drift, Drifted, Left, Next, Unrecorded};

use super::difference::{account, because, change, whose};
use super::impediments::sentences;
use super::screen::{Line, Screen};
use super::steps::brief;
use super::style::Role;
use super::words::{DOT, instant_in};

/// A page for a terminal.
pub fn text(drift: &Drift, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(drift).hang(2));
    for note in notes(drift) {
        screen.line(note.hang(2));
    }
    let same = |a: &Drifted, b: &Drifted| a.entry.person == b.entry.person;
    for entries in drift.entries.chunk_by(same) {
        screen.section(whose(entries[0].entry.person.as_ref()));
        let same = |a: &Drifted, b: &Drifted| {
            (&a.entry.app, &a.entry.account) == (&b.entry.app, &b.entry.account)
        };
        for entries in entries.chunk_by(same) {
            screen.line(Line::at(2).hang(6).then(account(&entries[0].entry)));
            for drifted in entries {
                screen.line(Line::at(4).hang(8).then(what(drifted)));
                screen.line(Line::at(8).hang(10).then(next(drifted, &drift.time_zone)));
            }
        }
    }
    if !drift.explained.is_empty() {
        screen.section(Line::default().own(Role::Heading, "No drift"));
        for entry in &drift.explained {
            screen.line(Line::at(2).hang(6).then(ours(entry)));
        }
    }
    if !drift.runs.is_empty() {
        screen.section(Line::default().own(Role::Heading, "Runs without a snapshot"));
        for run in &drift.runs {
            screen.line(Line::at(2).hang(4).then(unrecorded(run, drift)));
        }
    }
    screen.section(Line::default().own(Role::Heading, "What was compared"));
    for app in &drift.apps {
        screen.line(Line::at(2).hang(4).then(compared(app, drift)));
    }
    screen.blank();
    screen.line(summary(drift).hang(2));
    screen
}

/// Since when.
pub(super) fn heading(drift: &Drift) -> Line {
    Line::default()
        .own(Role::Heading, "Changed outside of provisor since snapshot ")
        .glued(Role::Heading, drift.since.serial.to_string())
        .own(Role::Text, " (")
        .glued(
            Role::Text,
            instant_in(drift.since.written, &drift.time_zone),
        )
        .own(Role::Text, ")")
}

/// What the reader must know before all else.
pub(super) fn notes(drift: &Drift) -> Vec<Line> {
    let mut notes = Vec::new();
    for app in &drift.apps {
        let mut note = |role: Role, words: &'static str, why: &str| {
            let line = Line::default().own(role, words).own(Role::Text, ": ");
            let line = line.cell(Role::Strong, app.app.as_str());
            notes.push(line.own(Role::Quiet, DOT).sentence(Role::Text, why));
        };
        if let Worth::Unread { why } = &app.now {
            note(Role::Blocked, "× NOT READ", why.raw());
        }
        if let Some(why) = &app.incomplete {
            note(Role::Blocked, "× NOT READ TO ITS END", why.raw());
        }
        match &app.then {
            Worth::Read { .. } => {}
            Worth::Carried { why, .. } => {
                note(Role::Warning, "⚠ COMPARED WITH AN OLDER READING", why.raw());
            }
            Worth::Unread { why } => note(
                Role::Warning,
                "⚠ NOTHING TO COMPARE WITH IN THE SNAPSHOT",
                why.raw(),
            ),
        }
    }
    notes
}

/// `+ groups admins: absent → held · privileged`
pub(super) fn what(drifted: &Drifted) -> Line {
    let line = change(&drifted.entry);
    if drifted.privileged {
        let line = line.own(Role::Quiet, DOT);
        return line.own(Role::Privileged, "! privileged");
    }
    line
}

/// What the next plan does about it.
pub(super) fn next(drifted: &Drifted, zone: &str) -> Line {
    let line = Line::default();
    match &drifted.next {
        Next::Undone { change, .. } => line
            .own(Role::Text, "→ the next plan undoes it: ")
            .then(brief(change)),
        Next::Replaced { change } => line
            .own(Role::Text, "→ the files say something else again: ")
            .then(brief(change)),
        Next::Withheld { state, why } => {
            let (happened, todo) = sentences(why, drifted.entry.app.as_str(), zone);
            let line = line.own(role(*state), state_word(*state));
            line.own(Role::Text, ": ")
                .then(happened)
                .own(Role::Text, " → ")
                .then(todo)
        }
        Next::Agreed { change: None } => line.own(Role::Done, "✓ the files say so too"),
        Next::Agreed {
            change: Some(change),
        } => line
            .own(Role::Done, "✓ the files say so too")
            .own(Role::Text, ": ")
            .then(brief(change)),
        Next::Left { why } => line
            .own(Role::Warning, "⚠ left alone")
            .own(Role::Text, ": ")
            .own(Role::Text, left(*why)),
    }
}

const fn role(state: WithheldState) -> Role {
    match state {
        WithheldState::Held | WithheldState::Skipped => Role::Held,
        WithheldState::Blocked => Role::Blocked,
        WithheldState::Waiting | WithheldState::Reported | WithheldState::Unreviewed => Role::Quiet,
    }
}

const fn state_word(state: WithheldState) -> &'static str {
    match state {
        WithheldState::Held => "? held",
        WithheldState::Blocked => "× blocked",
        WithheldState::Skipped => "? skipped",
        WithheldState::Waiting => "waiting",
        WithheldState::Reported => "reported only",
        WithheldState::Unreviewed => "not reviewed",
    }
}

const fn left(why: Left) -> &'static str {
    match why {
        Left::Unmanaged => "the account is nobody’s in the files (R5)",
        Left::Protected => "the files protect the account (R5)",
        Left::Listed { .. } => "accounts.toml lists the account, and no omission touches it (R5)",
        Left::Second => "it is not its person’s main account",
        Left::Gone => "its person is no longer in the files",
        Left::OutOfScope => "its person is outside of the rollout (R6)",
        Left::Surplus => "no profile of its person names the app (R4)",
        Left::NotYet => "its person has not begun there yet",
        Left::Closed => "its person has left or is away: the account is to be closed (R2)",
        Left::Unnamed => "no profile, extra or approval names the value (R10)",
        Left::NotGiven => "of this kind, only what a run of ours gave is taken away (R10)",
        Left::Inherited => "a rule, a sync or another group makes it (R10)",
        Left::NotOurs => "the files do not say what it is to be (R15)",
        Left::NotPlanned => "nothing in the next plan is about it",
    }
}

/// What is no drift, on one line.
pub(super) fn ours(entry: &Entry) -> Line {
    whose(entry.person.as_ref())
        .own(Role::Quiet, DOT)
        .then(account(entry))
        .own(Role::Quiet, DOT)
        .then(change(entry))
        .own(Role::Quiet, DOT)
        .then(because(entry))
}

/// A run that left no snapshot.
pub(super) fn unrecorded(run: &Unrecorded, drift: &Drift) -> Line {
    Line::default()
        .own(Role::Text, "run ")
        .cell(Role::Strong, run.run.as_str())
        .own(Role::Quiet, DOT)
        .own(Role::Text, "begun ")
        .glued(Role::Text, instant_in(run.started, &drift.time_zone))
        .own(Role::Quiet, DOT)
        .own(Role::Text, "by ")
        .cell(Role::Text, run.actor.raw())
        .own(Role::Quiet, DOT)
        .own(
            Role::Text,
            "it is under way, or died: the next apply sees to it",
        )
}

/// How far an app can be compared.
pub(super) fn compared(app: &Compared, drift: &Drift) -> Line {
    let line = Line::default()
        .cell(Role::Strong, app.app.as_str())
        .own(Role::Quiet, DOT);
    let worth = |line: Line, worth: &Worth| match worth {
        Worth::Read { at } => line
            .own(Role::Text, "read ")
            .glued(Role::Text, instant_in(*at, &drift.time_zone)),
        Worth::Carried { at, .. } => line
            .own(Role::Warning, "⚠ carried forward")
            .own(Role::Text, " from ")
            .glued(Role::Text, instant_in(*at, &drift.time_zone)),
        Worth::Unread { .. } => line.own(Role::Blocked, "× not read"),
    };
    let line = worth(line, &app.then).own(Role::Quiet, " → ");
    let line = worth(line, &app.now);
    if app.unasked == 0 {
        return line;
    }
    let number = count(app.unasked, "value").to_string();
    line.own(Role::Quiet, DOT).glued(Role::Quiet, number).own(
        Role::Quiet,
        " nobody asked for then: nothing is known of them",
    )
}

const UNDONE: &str = "undone";

/// Which of what is undone waits for somebody: a schedule undoes it only where `drift = "revert"`.
fn unattended(line: Line, drift: &Drift) -> Line {
    let waits = |one: &&Drifted| matches!(one.next, Next::Undone { due: false, .. });
    match drift.entries.iter().filter(waits).count() {
        0 => line.own(Role::Text, ", by `apply --due` too"),
        number => line
            .own(Role::Text, " by `apply`, ")
            .glued(Role::Text, thousands(number))
            .own(Role::Text, " of them not by `apply --due`"),
    }
}

/// What becomes of it, in a word or two that count and filter.
pub(super) const fn mark(next: &Next) -> &'static str {
    match next {
        Next::Undone { .. } => UNDONE,
        Next::Replaced { .. } => "changed again",
        Next::Withheld { .. } => "withheld",
        Next::Agreed { .. } => "as the files say",
        Next::Left { .. } => "left alone",
    }
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(drift: &Drift) -> Line {
    let line = Line::default().own(Role::Heading, "Drift: ");
    let mut line = if drift.entries.is_empty() {
        line.own(Role::Text, "none")
    } else {
        let mut people: Vec<_> = (drift.entries.iter())
            .filter_map(|drifted| drifted.entry.person.as_ref())
            .collect();
        people.sort_unstable();
        people.dedup();
        line.glued(Role::Text, count(drift.entries.len(), "change").to_string())
            .own(Role::Text, " of ")
            .glued(
                Role::Text,
                count_of(people.len(), "person", "people").to_string(),
            )
    };
    for word in [
        UNDONE,
        "changed again",
        "withheld",
        "as the files say",
        "left alone",
    ] {
        let entries = drift.entries.iter();
        let number = entries.filter(|one| mark(&one.next) == word).count();
        if number > 0 {
            line = line
                .own(Role::Quiet, DOT)
                .glued(Role::Text, thousands(number))
                .own(Role::Text, " ")
                .own(Role::Text, word);
            if word == UNDONE {
                line = unattended(line, drift);
            }
        }
    }
    let unread = drift.apps.iter().filter(|app| app.is_incomplete()).count();
    if unread == 0 {
        return line;
    }
    line.own(Role::Quiet, DOT)
        .glued(Role::Blocked, count(unread, "app").to_string())
        .own(Role::Blocked, " not read")
}
