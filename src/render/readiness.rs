//! What is ready for whoever starts, and what is not, on a page.

use crate::base::count::count_of;
use crate::model::failure::Failure;
use crate::reports::readiness::{
    AppReadiness, Away, Employment, Hire, Manager, Readiness, Standing, State, Value,
};

use super::failure;
use super::impediments::say;
use super::people::and_more;
use super::screen::{Line, Screen};
use super::style::Role;
use super::todo::actions;
use super::words::{DOT, date, instant_in, person, place};

/// How many values an account's row names.
const SHOWN: usize = 8;

/// A page for a terminal.
pub fn text(readiness: &Readiness, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(readiness).hang(2));
    for line in notes(readiness) {
        screen.line(line.hang(2));
    }
    for hire in &readiness.hires {
        self::hire(hire, readiness, &mut screen);
    }
    screen.blank();
    screen.line(summary(readiness).hang(2));
    screen
}

fn hire(hire: &Hire, readiness: &Readiness, screen: &mut Screen) {
    screen.section(title(hire).hang(4));
    for line in facts(hire) {
        screen.line(Line::at(4).hang(6).then(line));
    }
    let widest = hire.apps.iter().map(|app| app.app.as_str().chars().count());
    let column = 6 + widest.max().unwrap_or(0).min(16) + 2;
    for app in &hire.apps {
        let (role, symbol) = mark(app.standing);
        let row = Line::at(4).own(role, symbol).own(Role::Text, " ");
        let row = row.cell(Role::Strong, app.app.as_str()).to_column(column);
        screen.line(row.hang(column + 2).then(state(app, readiness)));
    }
    for action in actions(hire, readiness) {
        let line = Line::at(4).own(Role::Text, "→ ").then(action.line());
        screen.line(line.hang(6));
        for line in action.snippet {
            screen.line(Line::at(8).hang(10).glued(Role::Strong, line));
        }
    }
}

/// Whose first days, and when that was looked at.
pub(super) fn heading(readiness: &Readiness) -> Line {
    let zone = &readiness.time_zone;
    let line = Line::default()
        .own(Role::Heading, "Readiness as of ")
        .glued(Role::Heading, instant_in(readiness.as_of, zone));
    match readiness.until {
        None => line,
        Some(until) => line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "first days until ")
            .glued(Role::Text, instant_in(until, zone)),
    }
}

/// What the reader must know before all else.
pub(super) fn notes(readiness: &Readiness) -> Vec<Line> {
    let unread = readiness.unread.iter().map(unread);
    let mut notes: Vec<Line> = unread.collect();
    if readiness.hires.is_empty() {
        notes.push(say("Nobody starts within that time."));
        notes.extend(next(readiness));
    }
    notes
}

fn unread(failure: &Failure) -> Line {
    Line::default()
        .own(Role::Blocked, "× INCOMPLETE")
        .own(Role::Text, " ")
        .cell(Role::Strong, failure.app.as_str())
        .own(Role::Text, " could not be read: ")
        .then(failure::words(failure))
}

/// Whoever is next to start.
fn next(readiness: &Readiness) -> Option<Line> {
    let next = readiness.next.as_ref()?;
    let line = say("Next: ")
        .glued(Role::Strong, date(next.on))
        .own(Role::Text, ", ");
    let shown = next.people.iter().take(SHOWN).enumerate();
    let line = shown.fold(line, |line, (index, tag)| {
        line.own(Role::Text, if index == 0 { "" } else { ", " })
            .then(person(tag))
    });
    Some(and_more(line, next.people.len(), SHOWN))
}

/// `✗ Emma Johnson · 1042 · starts 17 March 2026 as MKT-MGR`
pub(super) fn title(hire: &Hire) -> Line {
    let (role, symbol) = mark(hire.standing);
    let line = Line::default().own(role, symbol).own(Role::Text, " ");
    let line = line.then(person(&hire.person)).own(Role::Quiet, DOT);
    match &hire.employment {
        Employment::Starts {
            on,
            returns,
            job_code,
            ..
        } => line
            .own(Role::Text, if *returns { "returns " } else { "starts " })
            .glued(Role::Text, date(*on))
            .own(Role::Text, " as ")
            .cell(Role::Text, job_code.as_str()),
        Employment::Works { since, job_code } => line
            .own(Role::Text, "has worked here since ")
            .glued(Role::Text, date(*since))
            .own(Role::Text, " as ")
            .cell(Role::Text, job_code.as_str()),
        Employment::Gone => line.own(
            Role::Text,
            "does not work here: there is nothing to get ready",
        ),
    }
    .own(Role::Quiet, DOT)
    .own(role, word(hire.standing))
}

/// Symbol and role of a standing.
pub(super) const fn mark(standing: Standing) -> (Role, &'static str) {
    let role = match standing {
        Standing::Ready => Role::Done,
        Standing::Waiting => Role::Warning,
        Standing::NotKnown => Role::Held,
        Standing::NotReady => Role::Failed,
    };
    (role, role.symbol())
}

/// A standing in words.
pub(super) const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Ready => "ready",
        Standing::Waiting => "waiting",
        Standing::NotKnown => "not known",
        Standing::NotReady => "not ready",
    }
}

/// What there is to say of a hire besides their apps.
pub(super) fn facts(hire: &Hire) -> Vec<Line> {
    let mut facts = Vec::new();
    if !hire.email.is_empty() {
        let line = Line::default().cell(Role::Quiet, hire.email.raw());
        facts.push(line.then(place(Some(&hire.entry))));
    }
    facts.push(match &hire.manager {
        Some(manager) => self::manager(manager),
        None => Line::default().own(Role::Quiet, "no manager is named"),
    });
    if let Some(away) = hire.leave {
        let line = Line::default().own(Role::Warning, "⚠ away then: on leave ");
        facts.push(leave(line, away));
    }
    if hire.apps.is_empty() && hire.todo.is_empty() && hire.employment != Employment::Gone {
        let line = Line::default().own(Role::Warning, "⚠ ");
        facts.push(line.own(Role::Text, "no profile gives them an account anywhere"));
    }
    facts
}

fn manager(manager: &Manager) -> Line {
    let line = Line::default()
        .own(Role::Quiet, "manager ")
        .then(person(&manager.person))
        .own(Role::Quiet, DOT)
        .cell(Role::Text, manager.email.raw());
    match manager.leave {
        None => line,
        Some(away) => leave(
            line.own(Role::Quiet, DOT).own(Role::Warning, "⚠ on leave "),
            away,
        ),
    }
}

fn leave(line: Line, away: Away) -> Line {
    let line = line
        .own(Role::Text, "since ")
        .glued(Role::Text, date(away.from));
    match away.until {
        None => line,
        Some(until) => line
            .own(Role::Text, " until ")
            .glued(Role::Text, date(until)),
    }
}

/// `active · groups Brand`
pub(super) fn state(app: &AppReadiness, readiness: &Readiness) -> Line {
    let (role, _) = mark(app.standing);
    let line = Line::default().own(role, app.state.word());
    let line = match &app.state {
        State::Later { opens } => line
            .own(Role::Text, ": provisioning opens ")
            .glued(Role::Text, instant_in(*opens, &readiness.time_zone)),
        _ => line,
    };
    let line = values(line, "", &app.holds);
    let line = values(line, "lacks ", &app.lacks);
    match &app.made_by {
        Some(source)
            if matches!(
                app.state,
                State::Missing | State::Blocked | State::Later { .. }
            ) =>
        {
            line.own(Role::Quiet, DOT)
                .own(Role::Quiet, "made by ")
                .cell(Role::Quiet, source.as_str())
        }
        _ => line,
    }
}

fn values(line: Line, words: &'static str, values: &[Value]) -> Line {
    if values.is_empty() {
        return line;
    }
    let mut line = line.own(Role::Quiet, DOT).own(Role::Text, words);
    let mut kind = "";
    for (index, value) in values.iter().take(SHOWN).enumerate() {
        line = line.own(Role::Quiet, if index == 0 { "" } else { ", " });
        if value.kind != kind {
            kind = &value.kind;
            line = line.cell(Role::Quiet, kind).own(Role::Text, " ");
        }
        line = line.cell(Role::Text, value.value.raw());
        if let Some(level) = &value.level {
            line = line.own(Role::Quiet, " as ").cell(Role::Text, level.raw());
        }
    }
    and_more(line, values.len(), SHOWN)
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(readiness: &Readiness) -> Line {
    let mut line = Line::default().own(Role::Heading, "Readiness: ").glued(
        Role::Text,
        count_of(readiness.hires.len(), "person", "people").to_string(),
    );
    for standing in [
        Standing::NotReady,
        Standing::NotKnown,
        Standing::Waiting,
        Standing::Ready,
    ] {
        let number = readiness.count(standing);
        if number > 0 {
            let (role, _) = mark(standing);
            line = line
                .own(Role::Quiet, DOT)
                .glued(role, format!("{number} {}", word(standing)));
        }
    }
    line
}
