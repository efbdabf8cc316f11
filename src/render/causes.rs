//! What brought a plan's changes about (R22), where it was not one thing: so much is of this edit of
//! the files, and the rest would be there without it.

use crate::base::count::{count, thousands};
use crate::model::plan::Body;
use crate::model::reason::Cause;

use super::screen::Line;
use super::style::Role;
use super::words::DOT;

const CAUSES: [Cause; 5] = [
    Cause::Order,
    Cause::Files,
    Cause::Clock,
    Cause::Retry,
    Cause::Drift,
];

/// `5 changes by an edit of the files · 2 because a date arrived`; none where all are of the files.
pub fn line(body: &Body) -> Option<Line> {
    let number = |cause| {
        let causes = body.changes.iter().map(|change| change.cause);
        causes.filter(|other| *other == cause).count()
    };
    let told = CAUSES.into_iter().map(|cause| (cause, number(cause)));
    let told: Vec<_> = told.filter(|(_, number)| *number > 0).collect();
    if told.iter().all(|(cause, _)| *cause == Cause::Files) {
        return None;
    }
    let parts = told.into_iter().enumerate();
    let line = parts.fold(Line::default().hang(2), |line, (index, (cause, number))| {
        let line = match index {
            0 => line.glued(Role::Text, count(number, "change").to_string()),
            _ => line
                .own(Role::Quiet, DOT)
                .glued(Role::Text, thousands(number)),
        };
        line.own(Role::Text, words(cause))
    });
    Some(line)
}

const fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Files => " by an edit of\u{a0}the\u{a0}files",
        Cause::Clock => " because a\u{a0}date\u{a0}arrived",
        Cause::Order => " by\u{a0}order",
        Cause::Retry => " tried\u{a0}again",
        Cause::Drift => " because of changes outside of\u{a0}provisor",
    }
}
