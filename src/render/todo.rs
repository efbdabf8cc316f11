//! What somebody must do so that a first day works, and who.

use jiff::Timestamp;

use crate::base::Foreign;
use crate::reports::readiness::{AppReadiness, Employment, Hire, Readiness, Todo};

use super::decisions::snippet;
use super::failure;
use super::impediments::{say, sentences};
use super::screen::Line;
use super::style::{Colour, Role};
use super::words::{DOT, instant_in, place};

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
fn accept(since: Option<Timestamp>, until: Option<Timestamp>, hire: &Hire, zone: &str) -> Line {
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
