//! What a run without a review does, and what it leaves to one (R24).

use crate::base::count::count;
use crate::model::plan::{Body, Plan};
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, WithheldState};

use super::plan::{self, Detail};
use super::screen::{Line, Screen};
use super::style::Role;

/// The plan as a page; a line or two where nothing is due.
pub fn text(plan: &Plan, detail: Detail, width: usize) -> Screen {
    let body = &plan.body;
    let is_quiet = body.changes.is_empty()
        && body.unfinished().next().is_none()
        && body.tripped().next().is_none()
        && !body.is_incomplete();
    if !is_quiet {
        return plan::text(plan, detail, width);
    }
    let mut screen = Screen::new(width);
    let mut line = Line::default().hang(2).own(Role::Text, "Nothing is due");
    for (number, words) in left(body) {
        line = line
            .own(Role::Quiet, "; not done: ")
            .glued(Role::Text, count(number, "change").to_string())
            .own(Role::Quiet, words);
    }
    screen.line(line.own(Role::Text, "."));
    screen
}

/// How many changes wait for a review, by what caused them.
fn left(body: &Body) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    let causes = [
        (Cause::Files, " caused by the files, which `apply` does"),
        (
            Cause::Drift,
            " made by others outside of provisor, which `apply` undoes",
        ),
    ];
    let items = || {
        body.withheld
            .iter()
            .filter(|item| item.state == WithheldState::Unreviewed)
    };
    let of = move |cause| {
        let mine = items().filter(|item| match &item.why {
            Impediment::Unreviewed { cause: own } => *own == cause,
            _ => false,
        });
        mine.map(|item| item.changes.len()).sum::<usize>()
    };
    let numbers = causes
        .into_iter()
        .map(move |(cause, words)| (of(cause), words));
    numbers.filter(|(number, _)| *number > 0)
}
