//! One change in words: symbol, verb, app, object, before → after.

use crate::base::Foreign;
use crate::model::change::{Action, AttributeEdit, Cascade, Change, Verb};

use super::safe;
use super::screen::{Line, Screen};
use super::style::Role;

/// The role of a verb.
pub const fn role(verb: Verb) -> Role {
    match verb {
        Verb::Create | Verb::Invite | Verb::Grant | Verb::Reactivate => Role::Create,
        Verb::Revoke | Verb::Deactivate => Role::Remove,
        Verb::Update | Verb::Set | Verb::Adopt | Verb::Await => Role::Change,
    }
}

/// The role of a change: what gives power is marked as such, whatever gives it (R12).
pub fn role_of(change: &Change) -> Role {
    if change.privileged {
        Role::Privileged
    } else {
        role(change.action.verb())
    }
}

/// Where verb, app and object stand, so that the steps of a page line up.
#[derive(Clone, Copy)]
pub struct Columns {
    verb: usize,
    app: usize,
}

impl Columns {
    /// The columns that all these changes need; a very long app name does not move the others.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        const WIDEST_APP: usize = 16;
        let mut columns = Self { verb: 0, app: 0 };
        for change in changes {
            let app = safe::columns(&safe::cell(change.app.as_str()));
            columns.verb = columns.verb.max(change.action.verb().word().len());
            columns.app = columns.app.max(app.min(WIDEST_APP));
        }
        columns
    }

    /// Adds verb and app to a line, in their columns, and begins the object's.
    pub fn begin(self, line: Line, verb: &'static str, app: &str) -> Line {
        let app_column = line.columns() + self.verb + 2;
        let object = app_column + self.app + 2;
        line.own(Role::Text, verb)
            .to_column(app_column)
            .cell(Role::Text, app)
            .to_column(object)
            .hang(object + 2)
    }

    /// The column of the object, for a line that starts at `indent`.
    const fn object(self, indent: usize) -> usize {
        indent + 2 + self.verb + 2 + self.app + 2
    }
}

/// A step with what is to be said beside it.
pub struct Step {
    rows: Vec<Line>,
    aside: Line,
}

impl Step {
    /// A change, from `indent` on.
    pub fn new(change: &Change, columns: Columns, indent: usize, aside: Line) -> Self {
        let verb = change.action.verb();
        let object = columns.object(indent);
        let role = role_of(change);
        let head = head(role, verb.word(), change.app.as_str(), columns, indent).hang(object + 2);
        let mut objects = objects(change).into_iter();
        let mut rows = vec![head.then(objects.next().unwrap_or_default())];
        rows.extend(objects.map(|line| Line::at(object).hang(object + 2).then(line)));
        Self { rows, aside }
    }

    /// What happens to an account, from `indent` on.
    pub fn of_account(
        (role, word): (Role, &'static str),
        app: &str,
        what: Line,
        columns: Columns,
        indent: usize,
        aside: Line,
    ) -> Self {
        let object = columns.object(indent);
        let row = head(role, word, app, columns, indent).then(what);
        let rows = vec![row.hang(object + 2)];
        Self { rows, aside }
    }

    /// True if the aside would fit behind the last row.
    fn fits(&self, width: usize) -> bool {
        !self.aside.is_empty() && self.end() + GAP + self.aside.columns() <= width
    }

    /// The column after the last row.
    fn end(&self) -> usize {
        self.rows.last().map_or(0, Line::columns)
    }
}

/// Symbol, verb and app, in their columns.
fn head(role: Role, word: &'static str, app: &str, columns: Columns, indent: usize) -> Line {
    Line::at(indent)
        .own(role, role.symbol())
        .own(role, " ")
        .own(role, word)
        .to_column(indent + 2 + columns.verb + 2)
        .cell(Role::Text, app)
        .to_column(columns.object(indent))
}

/// Spaces between a step and what stands beside it.
const GAP: usize = 3;

/// Writes the steps of one person: asides in a column of their own where they fit, below their
/// step where they do not, and as a ditto mark where they repeat the line above.
pub fn write(steps: Vec<Step>, screen: &mut Screen) {
    let width = screen.width();
    let beside = || steps.iter().filter(|step| step.fits(width));
    let after_all = beside().map(Step::end).max().unwrap_or(0) + GAP;
    let widest = beside().map(|step| step.aside.columns()).max();
    let column = after_all.min(width - widest.unwrap_or(0));
    let mut above = Line::default();
    for mut step in steps {
        let end = step.end();
        let last = step.rows.pop().unwrap_or_default();
        for row in step.rows {
            screen.line(row);
        }
        if step.aside.is_empty() {
            screen.line(last);
        } else if step.aside == above && end + GAP < width {
            let ditto = column.max(end + GAP).min(width - 1);
            screen.line(last.to_column(ditto).own(Role::Quiet, "\""));
        } else if end + GAP + step.aside.columns() <= width {
            let line = last.to_column(column.max(end + GAP));
            screen.line(line.then(step.aside.clone()));
        } else {
            let hang = last.hanging();
            screen.line(last);
            screen.line(
                Line::at(hang)
                    .hang(hang + 2)
                    .own(Role::Quiet, "↳ ")
                    .then(step.aside.clone()),
            );
        }
        above = step.aside;
    }
}

/// A change on one line, without its symbol: `grant okta groups engineering`.
pub fn brief(change: &Change) -> Line {
    aligned(Line::default(), change, Columns { verb: 0, app: 0 })
}

/// Adds a change to a line, in columns. What a closing means and what an await waits for was said
/// in the plan; whose account it is, the page says by the person's name.
pub fn aligned(line: Line, change: &Change, columns: Columns) -> Line {
    let verb = change.action.verb();
    let gap = if columns.verb == 0 { 1 } else { 2 };
    let app = line.columns() + columns.verb + gap;
    let object = app + columns.app + gap;
    let line = line
        .own(Role::Text, verb.word())
        .to_column(app)
        .cell(Role::Text, change.app.as_str());
    let objects = match &change.action {
        Action::Deactivate { .. } if change.person.is_some() => Vec::new(),
        Action::Deactivate { .. } => vec![login(change)],
        Action::Await { account, .. } => {
            vec![Line::default().cell(Role::Strong, &account.login)]
        }
        _ => objects(change),
    };
    let what = objects
        .into_iter()
        .enumerate()
        .fold(Line::default(), |line, (index, object)| {
            line.own(Role::Text, if index == 0 { "" } else { ", " })
                .then(object)
        });
    if what.is_empty() {
        line
    } else {
        line.to_column(object).hang(object + 2).then(what)
    }
}

/// How often an invitation is sent again.
pub(super) const fn again(renewal: u8) -> &'static str {
    match renewal {
        1 => "again: the first expired",
        _ => "again, for the last time: the second expired",
    }
}

/// What the verb acts on; an update has a line per attribute, identity changes first.
pub(super) fn objects(change: &Change) -> Vec<Line> {
    let mut objects = plain_objects(change);
    if change.privileged
        && let Some(first) = objects.first_mut()
    {
        let line = std::mem::take(first);
        *first = line
            .own(Role::Quiet, " ")
            .own(Role::Privileged, "privileged");
    }
    objects
}

fn plain_objects(change: &Change) -> Vec<Line> {
    let line = Line::default();
    let one = match &change.action {
        Action::Create(account) => line.cell(Role::Strong, &account.login),
        Action::Invite { account, renewal } => {
            let line = line.cell(Role::Strong, &account.login);
            match renewal {
                0 => line,
                _ => line.own(Role::Quiet, " ").own(Role::Quiet, again(*renewal)),
            }
        }
        Action::Await { account, by } => line
            .cell(Role::Strong, &account.login)
            .own(Role::Quiet, " from ")
            .cell(Role::Text, by.source.as_str())
            .own(Role::Quiet, " (up\u{a0}to\u{a0}")
            .glued(Role::Quiet, by.wait())
            .own(Role::Quiet, ")"),
        Action::Adopt {
            rule,
            before,
            hr_id,
        } => {
            let found = login(change)
                .own(Role::Quiet, " is theirs by ")
                .own(Role::Quiet, rule.words());
            let id = line
                .own(Role::Quiet, "HR id ")
                .then(arrow(Some(before.raw()), hr_id));
            return vec![found, id];
        }
        Action::Reactivate => login(change),
        Action::Update { edits } => {
            let (identity, other): (Vec<_>, Vec<_>) =
                edits.iter().partition(|edit| is_identity(edit));
            return identity.into_iter().chain(other).map(edit).collect();
        }
        Action::Grant { kind, value, level } => {
            let line = named(kind, value);
            match level {
                Some(level) => line.own(Role::Quiet, " as ").cell(Role::Text, level),
                None => line,
            }
        }
        Action::Revoke { kind, value, level } => {
            let line = named(kind, value.raw());
            match level {
                Some(level) => line.own(Role::Quiet, " as ").cell(Role::Text, level.raw()),
                None => line,
            }
        }
        Action::Set {
            kind,
            key,
            before,
            after,
        } => {
            let line = match key {
                Some(key) => named(kind, key).own(Role::Text, " "),
                None => line.cell(Role::Quiet, kind).own(Role::Text, " "),
            };
            line.then(arrow(before.as_ref().map(Foreign::raw), after))
        }
        Action::Deactivate { effect, .. } if change.person.is_none() => login(change)
            .own(Role::Quiet, ": ")
            .sentence(Role::Text, effect),
        Action::Deactivate { effect, by } => lasting(effect, by.as_ref()),
    };
    vec![one]
}

/// What closing means, and who else is to do it.
pub(super) fn lasting(effect: &str, by: Option<&Cascade>) -> Line {
    let line = Line::default().sentence(Role::Text, effect);
    match by {
        None => line,
        Some(by) => line
            .own(Role::Quiet, "; awaited from ")
            .cell(Role::Text, by.source.as_str())
            .own(Role::Quiet, ", closed by provisor if not so within ")
            .glued(Role::Quiet, by.wait()),
    }
}

fn login(change: &Change) -> Line {
    let login = change.account.as_ref().map(|account| &account.login);
    login.map_or_else(Line::default, |login| {
        Line::default().cell(Role::Strong, login.raw())
    })
}

fn named(kind: &str, value: &str) -> Line {
    Line::default()
        .cell(Role::Quiet, kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, value)
}

/// Login and email say who somebody is: a change of them deserves a look of its own.
pub(super) fn is_identity(edit: &AttributeEdit) -> bool {
    matches!(edit.attribute.as_str(), "login" | "email")
}

fn edit(edit: &AttributeEdit) -> Line {
    let role = if is_identity(edit) {
        Role::Strong
    } else {
        Role::Quiet
    };
    Line::default()
        .cell(role, &edit.attribute)
        .own(Role::Text, " ")
        .then(arrow(edit.before.as_ref().map(Foreign::raw), &edit.after))
}

pub(super) fn arrow(before: Option<&str>, after: &str) -> Line {
    value(before.unwrap_or_default(), Role::Quiet)
        .own(Role::Quiet, " → ")
        .then(value(after, Role::Strong))
}

fn value(text: &str, role: Role) -> Line {
    if text.is_empty() {
        Line::default().own(Role::Quiet, "(none)")
    } else {
        Line::default().cell(role, text)
    }
}
