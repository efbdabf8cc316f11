//! What only an approval may give: who is given it, and who holds it (R12). Never left out.

use crate::model::change::Change;
use crate::model::plan::Body;
use crate::model::privileged::PrivilegedHolder;

use super::reasons::explain;
use super::screen::{Line, Screen};
use super::steps::brief;
use super::style::Role;
use super::words::{DOT, date, person};

/// The changes that give it.
pub fn changes(body: &Body) -> impl Iterator<Item = &Change> {
    body.changes.iter().filter(|change| change.privileged)
}

/// Writes the section, if there is anything to say.
pub fn write(body: &Body, screen: &mut Screen) {
    let given = changes(body).count();
    if given == 0 && body.privileged.is_empty() {
        return;
    }
    screen.section(
        Line::default()
            .own(Role::Heading, "Privileged")
            .own(Role::Quiet, DOT)
            .glued(Role::Quiet, format!("{given} to give"))
            .own(Role::Quiet, DOT)
            .glued(Role::Quiet, format!("{} held", body.privileged.len())),
    );
    for line in lines(body) {
        screen.line(Line::at(2).hang(6).then(line));
    }
}

/// A line per change that gives it, then a line per holder.
pub fn lines(body: &Body) -> Vec<Line> {
    let given = changes(body).map(given);
    given.chain(body.privileged.iter().map(held)).collect()
}

fn given(change: &Change) -> Line {
    let mut line = Line::default()
        .own(Role::Privileged, "! ")
        .then(brief(change));
    if let Some(tag) = &change.person {
        line = line.own(Role::Quiet, DOT).then(person(tag));
    }
    for reason in &change.reasons {
        line = line
            .own(Role::Quiet, DOT)
            .then(explain(reason, None, Role::Quiet));
    }
    line
}

fn held(holder: &PrivilegedHolder) -> Line {
    let line = Line::default()
        .own(Role::Text, "held ")
        .cell(Role::Text, holder.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Quiet, &holder.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, holder.value.raw());
    let line = match &holder.level {
        Some(level) => line.own(Role::Quiet, " as ").cell(Role::Text, level.raw()),
        None => line,
    };
    let line = line.own(Role::Quiet, DOT);
    let line = match &holder.person {
        Some(tag) => line.then(person(tag)),
        None => line.cell(Role::Strong, holder.account.login.raw()),
    };
    let line = line.own(Role::Quiet, DOT);
    match (holder.approved_until, holder.ends) {
        (None, _) => line.own(Role::Warning, "⚠ no approval in force"),
        (Some(_), Some(ends)) => line
            .own(Role::Warning, "⚠ approved for another job: ends on ")
            .glued(Role::Warning, date(ends)),
        (Some(until), None) => line
            .own(Role::Quiet, "approved until ")
            .glued(Role::Quiet, date(until)),
    }
}
