//! What changed between two snapshots, on a page.

use crate::base::count::{count, count_of, thousands};
use crate::model::change::PersonTag;
use crate::reports::difference::{
    AppReadings, Deed, Difference, End, Entry, Explanation, RunTold, Value, What, Worth,
};

use super::access::chain;
use super::screen::{Line, Screen};
use super::snapshots::by_order;
use super::style::Role;
use super::words::{DOT, instant_in, person};

/// A page for a terminal.
pub fn text(difference: &Difference, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(difference).hang(2));
    for note in notes(difference) {
        screen.line(note.hang(2));
    }
    let same = |a: &Entry, b: &Entry| a.person == b.person;
    for entries in difference.entries.chunk_by(same) {
        screen.section(whose(entries[0].person.as_ref()));
        let same = |a: &Entry, b: &Entry| (&a.app, &a.account) == (&b.app, &b.account);
        for entries in entries.chunk_by(same) {
            screen.line(Line::at(2).hang(6).then(account(&entries[0])));
            for entry in entries {
                screen.line(Line::at(4).hang(8).then(change(entry)));
                screen.line(Line::at(8).hang(8).then(because(entry)));
            }
        }
    }
    if !difference.runs.is_empty() {
        screen.section(Line::default().own(Role::Heading, "Runs in between"));
        for told in &difference.runs {
            screen.line(Line::at(2).hang(4).then(run(told, difference)));
        }
    }
    screen.section(Line::default().own(Role::Heading, "What was compared"));
    for app in &difference.apps {
        screen.line(Line::at(2).hang(4).then(compared(app, difference)));
    }
    screen.blank();
    screen.line(summary(difference).hang(2));
    screen
}

/// Which snapshots.
pub(super) fn heading(difference: &Difference) -> Line {
    let end = |line: Line, end: &End| {
        line.own(Role::Heading, "snapshot ")
            .glued(Role::Heading, end.serial.to_string())
            .own(Role::Text, " (")
            .glued(Role::Text, instant_in(end.written, &difference.time_zone))
            .own(Role::Text, ")")
    };
    let line = Line::default().own(Role::Heading, "From ");
    let line = end(line, &difference.from).own(Role::Heading, " to ");
    end(line, &difference.to)
}

/// What the reader must know before all else.
pub(super) fn notes(difference: &Difference) -> Vec<Line> {
    let mut notes = Vec::new();
    for app in &difference.apps {
        for (worth, end) in [(&app.from, &difference.from), (&app.to, &difference.to)] {
            let line = Line::default();
            let (line, why) = match worth {
                Worth::Read { .. } => continue,
                Worth::Unread { why } => (line.own(Role::Blocked, "× NOT READ"), why),
                Worth::Carried { why, .. } => (line.own(Role::Warning, "⚠ CARRIED FORWARD"), why),
            };
            let line = line.own(Role::Text, " for snapshot ");
            let line = line.glued(Role::Text, end.serial.to_string());
            let line = line
                .own(Role::Text, ": ")
                .cell(Role::Strong, app.app.as_str());
            notes.push(line.own(Role::Quiet, DOT).sentence(Role::Text, why.raw()));
        }
    }
    notes
}

/// Whose what follows is.
pub(super) fn whose(tag: Option<&PersonTag>) -> Line {
    tag.map_or_else(|| Line::default().own(Role::Strong, "Nobody’s"), person)
}

/// `okta · emma@example.com`
pub(super) fn account(entry: &Entry) -> Line {
    let login = entry.account.login.raw();
    let login = if login.is_empty() {
        entry.account.vendor_id.raw()
    } else {
        login
    };
    Line::default()
        .cell(Role::Strong, entry.app.as_str())
        .own(Role::Quiet, DOT)
        .cell(Role::Text, login)
}

/// `+ groups marketing: absent → held`
pub(super) fn change(entry: &Entry) -> Line {
    let role = match (&entry.old, &entry.new) {
        _ if entry.is_unread() => Role::Quiet,
        (Value::Absent, _) => Role::Create,
        (_, Value::Absent) => Role::Remove,
        _ => Role::Change,
    };
    let line = Line::default().own(role, role.symbol()).own(role, " ");
    let line = what(entry, line).own(Role::Text, ": ");
    let line = value(line, &entry.old).own(Role::Quiet, " → ");
    value(line, &entry.new)
}

fn what(entry: &Entry, line: Line) -> Line {
    match &entry.what {
        What::Account => line.own(Role::Text, "account"),
        What::Status => line.own(Role::Text, "status"),
        What::Owner => line.own(Role::Warning, "whose it is"),
        What::Login => line.own(Role::Text, "login"),
        What::Email => line.own(Role::Text, "email"),
        What::HrId => line.own(Role::Text, "HR id"),
        What::Entitlement { kind, value } => line
            .cell(Role::Quiet, kind)
            .own(Role::Text, " ")
            .cell(Role::Strong, value.raw()),
        What::Attribute { name } => line.own(Role::Quiet, "attribute ").cell(Role::Text, name),
    }
}

fn value(line: Line, value: &Value) -> Line {
    match value {
        Value::Absent => line.own(Role::Quiet, "absent"),
        Value::NotRead => line.own(Role::Warning, "not read"),
        Value::Is(text) => line.cell(Role::Text, text.raw()),
    }
}

/// What explains it.
pub(super) fn because(entry: &Entry) -> Line {
    let line = Line::default();
    match &entry.explained {
        Explanation::Run(deed) => by_run(line, deed),
        Explanation::AlreadySo(deed) => {
            let line = line
                .own(Role::Warning, "⚠ no run did this")
                .own(Role::Text, ": it was so already when it was to be done, ");
            by_run(line, deed)
        }
        Explanation::Begun { run, verb, .. } => line
            .own(Role::Warning, "⚠ run ")
            .cell(Role::Text, run.as_str())
            .own(Role::Text, " died while it was at it (")
            .own(Role::Text, verb.word())
            .own(Role::Text, "): the next apply finds out"),
        Explanation::Acceptance => line.own(Role::Text, "they accepted their invitation"),
        Explanation::NotRead => line.own(
            Role::Quiet,
            "nobody knows whether it changed: one of the two did not read it",
        ),
        Explanation::Nothing => line.own(Role::Warning, "⚠ no run explains this"),
    }
}

fn by_run(line: Line, deed: &Deed) -> Line {
    let line = line
        .own(Role::Text, deed.verb.word())
        .own(Role::Quiet, " by run ")
        .cell(Role::Text, deed.run.as_str())
        .own(Role::Quiet, DOT)
        .own(Role::Quiet, deed.cause.word());
    if deed.reasons.is_empty() {
        return line;
    }
    line.own(Role::Quiet, DOT).then(chain(&deed.reasons))
}

/// `run 000002 · snapshot 2 · 7 March 2026, 09:22 PST · by ci · commit 1a2b3c · #12, approved by mia`
pub(super) fn run(told: &RunTold, difference: &Difference) -> Line {
    let line = Line::default()
        .own(Role::Text, "run ")
        .cell(Role::Strong, told.run.as_str())
        .own(Role::Quiet, DOT)
        .own(Role::Text, "snapshot ")
        .glued(Role::Text, told.snapshot.to_string())
        .own(Role::Quiet, DOT)
        .glued(Role::Text, instant_in(told.started, &difference.time_zone))
        .own(Role::Quiet, DOT)
        .own(Role::Text, "by ")
        .cell(Role::Text, told.actor.raw())
        .own(Role::Quiet, DOT);
    let mut line = match &told.commit {
        Some(commit) => line.own(Role::Text, "commit ").cell(Role::Text, commit),
        None => line.own(Role::Quiet, "no commit"),
    };
    if let Some(request) = &told.request {
        line = line.own(Role::Quiet, DOT).cell(Role::Text, request.raw());
    }
    for (index, approver) in told.approvers.iter().enumerate() {
        line = if index == 0 {
            line.own(Role::Quiet, DOT).own(Role::Text, "approved by ")
        } else {
            line.own(Role::Text, ", ")
        };
        line = line.cell(Role::Text, approver.raw());
    }
    if let Some(job) = &told.job {
        line = line.own(Role::Quiet, DOT).cell(Role::Quiet, job.raw());
    }
    if let Some(mandate) = &told.mandate {
        line = line.own(Role::Quiet, DOT).own(Role::Text, "order ");
        line = by_order(line, mandate);
    }
    if told.due {
        line = line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "unreviewed: what was due");
    }
    if told.died {
        line = line.own(Role::Quiet, DOT).own(Role::Warning, "⚠ died");
    }
    line
}

/// How far two readings of an app can be compared.
pub(super) fn compared(app: &AppReadings, difference: &Difference) -> Line {
    let line = Line::default()
        .cell(Role::Strong, app.app.as_str())
        .own(Role::Quiet, DOT);
    let worth = |line: Line, worth: &Worth| match worth {
        Worth::Read { at } => line
            .own(Role::Text, "read ")
            .glued(Role::Text, instant_in(*at, &difference.time_zone)),
        Worth::Carried { at, .. } => line
            .own(Role::Warning, "⚠ carried forward")
            .own(Role::Text, " from ")
            .glued(Role::Text, instant_in(*at, &difference.time_zone)),
        Worth::Unread { .. } => line.own(Role::Blocked, "× not read"),
    };
    let line = worth(line, &app.from).own(Role::Quiet, " → ");
    let line = worth(line, &app.to);
    if app.same {
        return line.own(Role::Quiet, DOT).own(Role::Quiet, "the same");
    }
    line
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(difference: &Difference) -> Line {
    let mut people: Vec<_> = (difference.entries.iter())
        .filter_map(|entry| entry.person.as_ref())
        .collect();
    people.sort_unstable();
    people.dedup();
    let unread = difference
        .entries
        .iter()
        .filter(|one| one.is_unread())
        .count();
    let line = Line::default()
        .own(Role::Heading, "Difference: ")
        .glued(
            Role::Text,
            count(difference.entries.len() - unread, "change").to_string(),
        )
        .own(Role::Text, " of ")
        .glued(
            Role::Text,
            count_of(people.len(), "person", "people").to_string(),
        )
        .own(Role::Quiet, DOT);
    let line = match difference.unexplained() {
        0 => line.own(Role::Text, "a run explains each"),
        number => line
            .glued(Role::Warning, thousands(number))
            .own(Role::Warning, " that no run explains"),
    };
    if unread == 0 {
        return line;
    }
    let line = line
        .own(Role::Quiet, DOT)
        .glued(Role::Text, thousands(unread));
    line.own(Role::Text, " not read in one of the two")
}
