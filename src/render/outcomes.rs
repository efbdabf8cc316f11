//! What became of a plan: per person each step, root causes in full, and what is left to do.

use std::collections::HashMap;

use crate::base::Digest;
use crate::model::change::{Action, Change, ChangeId};
use crate::model::name::RunId;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Plan;
use crate::model::snapshot::Counts;

use super::accounts::{self, Everywhere};
use super::failure;
use super::people::{self, Detail};
use super::refusals;
use super::screen::{Line, Screen};
use super::steps::{Columns, aligned, brief};
use super::style::{Colour, Role};
use super::words::{DOT, counts, person};

/// What a run left behind.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The run.
    pub run: RunId,
    /// The snapshot's serial number and the digest of its manifest; absent if none was written.
    pub snapshot: Option<(u64, Digest)>,
}

/// What became of each change, as a page: in brief a line per account where all went well, and a
/// line per change elsewhere. A change without an outcome was not begun.
pub fn text(
    plan: &Plan,
    outcomes: &[StepOutcome],
    recorded: &Recorded,
    detail: Detail,
    width: usize,
) -> Screen {
    let by_change: HashMap<&ChangeId, &StepOutcome> = outcomes
        .iter()
        .map(|outcome| (&outcome.change, outcome))
        .collect();
    let changes: HashMap<&ChangeId, &Change> = plan
        .body
        .changes
        .iter()
        .map(|change| (&change.id, change))
        .collect();
    let columns = Columns::of(&plan.body.changes);
    let mut screen = Screen::new(width);
    screen.line(
        Line::default()
            .own(Role::Heading, "Run ")
            .cell(Role::Heading, recorded.run.as_str())
            .own(Role::Heading, " for ")
            .cell(Role::Heading, plan.body.organisation.raw())
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "plan ")
            .cell(Role::Quiet, plan.id().short()),
    );
    for affected in people::gather(&plan.body.changes) {
        screen.blank();
        screen.line(match affected.person {
            Some(tag) => person(tag).hang(2),
            None => Line::default().own(Role::Strong, "Accounts of nobody"),
        });
        let of = |change: &Change| by_change.get(&change.id).copied();
        let zone = &plan.body.time_zone;
        let each = |affected: &[&Change], screen: &mut Screen| {
            for change in affected {
                step(change, of(change), &changes, columns, zone, screen);
            }
        };
        match detail {
            Detail::Full => each(&affected.changes, &mut screen),
            Detail::Brief => {
                let well = |change: &&Change| of(change).is_some_and(|step| step.outcome.is_good());
                let all = affected.changes.iter().all(well);
                let common = Everywhere::of(if all { &affected.changes } else { &[] });
                for account in accounts::of(&affected.changes) {
                    if !account.changes().iter().all(well) {
                        each(account.changes(), &mut screen);
                    } else if let Some(account) = account.without(&common) {
                        let steps: Vec<_> = account.changes().iter().copied().map(of).collect();
                        let line = done(&steps, account.verb().1, account.app.as_str(), columns);
                        let what = account.held(&common);
                        let arrivals = account.changes().iter().zip(&steps);
                        let arrivals = arrivals.filter_map(|(c, step)| Some(arrival(c, (*step)?)));
                        screen.line(arrivals.fold(line.then(what), Line::then));
                    }
                }
                for common in common {
                    let line = done(&[], "update", &common.apps(), columns);
                    screen.line(line.then(common.pieces()));
                }
            }
        }
    }
    screen.blank();
    if let Some((serial, head)) = &recorded.snapshot {
        screen.line(
            Line::default()
                .own(Role::Text, "Snapshot ")
                .cell(Role::Strong, serial.to_string())
                .own(Role::Quiet, DOT)
                .cell(Role::Text, head.to_string()),
        );
    }
    screen.line(
        Line::default()
            .hang(5)
            .own(Role::Heading, "Run: ")
            .then(counts(tally(plan, &by_change))),
    );
    screen
}

/// The beginning of a line about an account whose steps all went well.
fn done(steps: &[Option<&StepOutcome>], verb: &'static str, app: &str, columns: Columns) -> Line {
    let already = |step: Option<&StepOutcome>| {
        step.is_some_and(|step| matches!(step.outcome, Outcome::AlreadySo { .. }))
    };
    let outcome = if !steps.is_empty() && steps.iter().copied().all(already) {
        Outcome::AlreadySo { vendor_id: None }
    } else {
        Outcome::Done { vendor_id: None }
    };
    columns.begin(Line::at(2).then(badge(Some(&outcome))), verb, app)
}

/// One finished step on one row, for a log; instants as a time zone has them.
pub fn step_line(change: &Change, outcome: &StepOutcome, zone: &str, colour: Colour) -> String {
    let mut line = badge(Some(&outcome.outcome)).then(brief(change));
    if let Some(tag) = &change.person {
        line = line.own(Role::Quiet, DOT).then(person(tag));
    }
    let line = line.then(arrival(change, outcome));
    let line = match &outcome.outcome {
        Outcome::Failed { failure } | Outcome::Unknown { failure } => {
            let line = line.own(Role::Text, ": ").then(failure::words(failure));
            match &failure.said {
                Some(said) => line
                    .own(Role::Text, ": “")
                    .cell(Role::Text, said.raw())
                    .own(Role::Text, "”"),
                None => line,
            }
        }
        Outcome::Skipped { .. } => line.own(Role::Quiet, ": what it requires did not happen"),
        Outcome::Refused { why } => line.own(Role::Text, ": ").then(refusals::words(why, zone)),
        Outcome::Done { .. } | Outcome::AlreadySo { .. } | Outcome::NotStarted => line,
    };
    line.to_row(colour)
}

/// A step that has begun, in one line.
pub fn in_flight(change: &Change, colour: Colour) -> String {
    let line = brief(change);
    let line = match &change.person {
        Some(tag) => line.own(Role::Quiet, DOT).then(person(tag)),
        None => line,
    };
    line.to_row(colour)
}

/// A step of the page; a failure is told in full where it happened, and only there.
fn step(
    change: &Change,
    step: Option<&StepOutcome>,
    changes: &HashMap<&ChangeId, &Change>,
    columns: Columns,
    zone: &str,
    screen: &mut Screen,
) {
    let outcome = step.map(|step| &step.outcome);
    let line = aligned(Line::at(2).then(badge(outcome)), change, columns);
    match outcome {
        Some(Outcome::Failed { failure } | Outcome::Unknown { failure }) => {
            screen.line(line);
            let words = failure::words(failure);
            screen.line(Line::at(BADGE + 4).hang(BADGE + 6).then(words));
            failure::details(failure, BADGE + 4, screen);
        }
        Some(Outcome::Refused { why }) => {
            screen.line(line);
            let words = refusals::words(why, zone);
            screen.line(Line::at(BADGE + 4).hang(BADGE + 6).then(words));
        }
        Some(Outcome::Skipped { root }) => {
            let line = line.own(Role::Quiet, DOT).own(Role::Quiet, "needs ");
            screen.line(match changes.get(root) {
                Some(root) => line.then(cause(root, change)),
                None => line.cell(Role::Quiet, root.as_str()),
            });
        }
        _ => screen.line(line.then(step.map_or_else(Line::default, |step| arrival(change, step)))),
    }
}

/// Who made or opened an account that was awaited, and after how long.
fn arrival(change: &Change, step: &StepOutcome) -> Line {
    let line = Line::default();
    let (Action::Await { by, .. }, true) = (&change.action, step.outcome.is_good()) else {
        return line;
    };
    let line = line
        .own(Role::Quiet, DOT)
        .own(
            Role::Quiet,
            if change.account.is_some() {
                "opened"
            } else {
                "made"
            },
        )
        .own(Role::Quiet, " by ")
        .cell(Role::Quiet, by.source.as_str());
    match (step.milliseconds + 500) / 1000 {
        0 => line,
        seconds => line
            .own(Role::Quiet, " after ")
            .glued(Role::Quiet, format!("{seconds} s")),
    }
}

/// The change that did not happen, as briefly as it is clear: it is told in full at its place.
fn cause(root: &Change, skipped: &Change) -> Line {
    let line = Line::default()
        .own(Role::Quiet, root.action.verb().word())
        .own(Role::Quiet, " ")
        .cell(Role::Quiet, root.app.as_str());
    match &root.person {
        Some(tag) if root.person != skipped.person => line
            .own(Role::Quiet, " of ")
            .cell(Role::Quiet, tag.name.raw()),
        _ => line,
    }
}

/// The columns of the longest badge.
const BADGE: usize = 13;

/// Symbol and word of an outcome, padded.
fn badge(outcome: Option<&Outcome>) -> Line {
    let (role, symbol, word) = match outcome {
        Some(Outcome::Done { .. }) => (Role::Done, "✓", "done"),
        Some(Outcome::AlreadySo { .. }) => (Role::Done, "=", "already so"),
        Some(Outcome::Failed { .. }) => (Role::Failed, "✗", "failed"),
        Some(Outcome::Unknown { .. }) => (Role::Warning, "⚠", "unknown"),
        Some(Outcome::Skipped { .. }) => (Role::Warning, "↷", "skipped"),
        Some(Outcome::Refused { .. }) => (Role::Failed, "⊘", "refused"),
        Some(Outcome::NotStarted) | None => (Role::Quiet, "·", "not started"),
    };
    Line::default()
        .own(role, symbol)
        .own(role, " ")
        .own(role, word)
        .to_column(BADGE + 2)
}

/// What became of the plan, in numbers.
fn tally(plan: &Plan, outcomes: &HashMap<&ChangeId, &StepOutcome>) -> Counts {
    let mut counts = Counts {
        withheld: plan.body.unfinished().count(),
        ..Counts::default()
    };
    for change in &plan.body.changes {
        let number = match outcomes.get(&change.id).map(|step| &step.outcome) {
            Some(Outcome::Done { .. }) => &mut counts.done,
            Some(Outcome::AlreadySo { .. }) => &mut counts.already_so,
            Some(Outcome::Failed { .. }) => &mut counts.failed,
            Some(Outcome::Unknown { .. }) => &mut counts.unknown,
            Some(Outcome::Skipped { .. }) => &mut counts.skipped,
            Some(Outcome::Refused { .. }) => &mut counts.refused,
            Some(Outcome::NotStarted) | None => &mut counts.not_started,
        };
        *number += 1;
    }
    counts
}
