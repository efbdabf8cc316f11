//! What a plan leaves to people, in words: tasks for the owners of apps (R2), and what is held through
//! a rule or a group of the app (R10).

use crate::model::change::PersonTag;
use crate::model::leftover::{HeldThrough, OwnerTask};
use crate::model::plan::Body;

use super::guards::names;
use super::people::and_more;
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::DOT;

/// What the section of tasks is of.
pub const TASKS: &str = "what the apps' APIs cannot do";

/// What the section of values that are held through others is of.
pub const HELD: &str = "given by no profile, and to be taken where it comes from";

/// Writes both, where there is something.
pub fn write(body: &Body, screen: &mut Screen) {
    if !body.tasks.is_empty() {
        section("Tasks", TASKS, screen);
        for one in &body.tasks {
            screen.line(Line::at(2).hang(4).own(Role::Warning, "⚠ ").then(task(one)));
        }
    }
    if !body.held_through.is_empty() {
        section("Held through others", HELD, screen);
        for one in &body.held_through {
            screen.line(Line::at(2).hang(4).then(held(one)));
        }
    }
}

fn section(title: &'static str, means: &'static str, screen: &mut Screen) {
    screen.section(
        Line::default()
            .hang(2)
            .own(Role::Heading, title)
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, means),
    );
}

/// `task for it@meridian.com: slack: end the sessions that are open · Priya Nair (0733)`
pub fn task(task: &OwnerTask) -> Line {
    let line = Line::default().own(Role::Text, "task for ");
    let line = match &task.owner {
        Some(owner) => line
            .cell(Role::Strong, owner.raw())
            .own(Role::Text, ": ")
            .cell(Role::Text, task.app.as_str()),
        None => line
            .own(Role::Text, "the owner of ")
            .cell(Role::Strong, task.app.as_str()),
    };
    let people: Vec<&PersonTag> = task.people.iter().collect();
    line.own(Role::Text, ": ")
        .sentence(Role::Text, &task.task)
        .own(Role::Quiet, DOT)
        .then(names(&people))
}

/// `okta groups Sales · held through the group rule Sales staff by Ada Example (0001); …`
pub fn held(held: &HeldThrough) -> Line {
    let line = Line::default()
        .cell(Role::Text, held.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Text, &held.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, held.value.raw());
    let line = match &held.level {
        Some(level) => line.own(Role::Text, " as ").cell(Role::Text, level.raw()),
        None => line,
    };
    let people: Vec<&PersonTag> = held.people.iter().collect();
    let line = line.own(Role::Quiet, DOT).own(Role::Text, "held through ");
    let line = match &*held.through {
        [] => line.own(Role::Text, "a rule, a sync or a group of the app"),
        givers => givers
            .iter()
            .enumerate()
            .fold(line, |line, (index, giver)| {
                let line = if index == 0 {
                    line
                } else {
                    line.own(Role::Text, " or ")
                };
                line.cell(Role::Text, giver.raw())
            }),
    };
    let line = line.own(Role::Text, " by ").then(names(&people));
    and_more(line, held.holders, held.people.len())
}
