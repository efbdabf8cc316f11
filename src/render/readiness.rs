//! What is ready for whoever starts, and what is not, on a page.

use crate::base::Foreign;
use crate::base::count::count_of;
use crate::model::failure::Failure;
use crate::reports::readiness::{
    AppReadiness, Away, Employment, Hire, Manager, Readiness, Standing, State, Todo, Value,
};

use super::decisions::snippet;
use super::failure;
use super::impediments::{say, sentences};
use super::people::and_more;
use super::screen::{Line, Screen};
use super::style::{Colour, Role};
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

/// What somebody must do, in one app or several.
pub(super) struct Action {
    /// Who.
    who: Line,
    /// Where; nowhere in particular if empty.
    apps: Vec<Line>,
    /// What.
    what: Line,
    /// Lines to add to a file.
    pub snippet: Vec<String>,
}

impl Action {
    /// `it@example.com: notion, slack · `provisor apply` does it`
    pub fn line(&self) -> Line {
        let line = self.who.clone().own(Role::Text, ": ");
        let mut line = self
            .apps
            .iter()
            .enumerate()
            .fold(line, |line, (index, app)| {
                line.own(Role::Quiet, if index == 0 { "" } else { ", " })
                    .then(app.clone())
            });
        if !self.apps.is_empty() {
            line = line.own(Role::Quiet, DOT);
        }
        line.then(self.what.clone())
    }
}

/// What must be done for a hire.
pub(super) fn actions(hire: &Hire, readiness: &Readiness) -> Vec<Action> {
    let mut actions = everywhere(hire, readiness);
    actions.extend(within(&hire.apps, hire, readiness));
    actions
}

/// What must be done for a hire in no app in particular.
pub(super) fn everywhere(hire: &Hire, readiness: &Readiness) -> Vec<Action> {
    let todo = hire.todo.iter();
    todo.map(|todo| action(todo, None, hire, readiness))
        .collect()
}

/// What must be done in some apps; what one owner must do alike in several stands once.
pub(super) fn within(apps: &[AppReadiness], hire: &Hire, readiness: &Readiness) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for app in apps {
        for todo in &app.todo {
            let new = action(todo, Some(app), hire, readiness);
            let key = |one: &Action| {
                (
                    one.who.to_row(Colour::Plain),
                    one.what.to_row(Colour::Plain),
                )
            };
            let alike = actions
                .iter_mut()
                .find(|known| key(known) == key(&new) && known.snippet == new.snippet);
            match alike {
                Some(known) => known.apps.extend(new.apps),
                None => actions.push(new),
            }
        }
    }
    actions
}

fn action(todo: &Todo, app: Option<&AppReadiness>, hire: &Hire, readiness: &Readiness) -> Action {
    let name = app.map_or("the app", |app| app.app.as_str());
    let zone = &readiness.time_zone;
    let what = match todo {
        Todo::Apply { .. } if app.is_some_and(AppReadiness::is_usable) => {
            say("`provisor\u{a0}apply` brings it up to date, and nothing waits for that")
        }
        Todo::Apply { .. } => say("`provisor\u{a0}apply` does it"),
        Todo::Settle { why, at, .. } => {
            let (happened, todo) = sentences(why, name, zone);
            happened
                .own(Role::Text, " ")
                .then(todo)
                .then(place(at.as_ref()))
        }
        Todo::Accept { since, until } => accept(*since, *until, hire, zone),
        Todo::Read {
            failure: Some(failure),
            ..
        } => say("it could not be read: ")
            .then(failure::words(failure))
            .own(Role::Text, "; ")
            .own(Role::Text, failure.kind.advice()),
        Todo::Read {
            failure: None,
            lacks,
        } => say("it answered in part: ")
            .sentence(Role::Text, lacks.as_deref().unwrap_or("nobody knows why"))
            .own(Role::Text, "; look again when it answers in full"),
        Todo::OutOfScope => say(
            "`[scope]` in provisor.toml leaves them alone: widen it, or make \
                                 the account by hand",
        ),
    };
    let snippet = match todo {
        Todo::Settle { why, .. } => snippet(why).to_vec(),
        _ => Vec::new(),
    };
    Action {
        who: who(todo, app, hire),
        apps: app
            .map(|app| Line::default().cell(Role::Strong, app.app.as_str()))
            .into_iter()
            .collect(),
        what,
        snippet,
    }
}

/// Who must act: the person whose invitation it is, else the app's owner, else whoever keeps the
/// files.
fn who(todo: &Todo, app: Option<&AppReadiness>, hire: &Hire) -> Line {
    if let Todo::Accept { .. } = todo {
        return Line::default().cell(Role::Strong, hire.person.name.raw());
    }
    match app.map(|app| app.owner.as_ref().map(Foreign::raw)) {
        Some(Some(owner)) => Line::default().cell(Role::Strong, owner),
        Some(None) => say("the app’s owner"),
        None => say("whoever keeps the files"),
    }
}

/// What an invited person must do, and whether there is time.
fn accept(
    since: Option<jiff::Timestamp>,
    until: Option<jiff::Timestamp>,
    hire: &Hire,
    zone: &str,
) -> Line {
    let line = say("accept the invitation");
    let line = match since {
        None => line.own(Role::Text, " that `provisor\u{a0}apply` sends"),
        Some(since) => line
            .own(Role::Text, " of ")
            .glued(Role::Text, instant_in(since, zone)),
    };
    let Some(until) = until else { return line };
    let line = line
        .own(Role::Text, ", which is good until ")
        .glued(Role::Text, instant_in(until, zone));
    match hire.employment {
        Employment::Starts { begins, .. } if until <= begins => {
            line.own(Role::Warning, " ⚠ before their first day")
        }
        _ => line,
    }
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
