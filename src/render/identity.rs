//! Changes of what somebody signs in with or is reached by: shown one by one (R15).

use crate::base::Foreign;
use crate::model::change::{Action, AttributeEdit, Change};
use crate::model::plan::Body;

use super::screen::Line;
use super::steps::{arrow, is_identity};
use super::style::Role;
use super::words::{DOT, person};

/// A line per login or email that changes: whose, where, and from what to what.
pub fn lines(body: &Body) -> Vec<Line> {
    let of = |change| edits(change).map(move |edit| line(change, edit));
    body.changes.iter().flat_map(of).collect()
}

fn edits(change: &Change) -> impl Iterator<Item = &AttributeEdit> {
    let edits = match &change.action {
        Action::Update { edits } => &edits[..],
        _ => &[],
    };
    edits.iter().filter(|edit| is_identity(edit))
}

/// `Emma Example · 1042 · okta login emma@old → emma@new`
fn line(change: &Change, edit: &AttributeEdit) -> Line {
    let who = match &change.person {
        Some(tag) => person(tag).own(Role::Quiet, DOT),
        None => Line::default(),
    };
    who.cell(Role::Text, change.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Strong, &edit.attribute)
        .own(Role::Text, " ")
        .then(arrow(edit.before.as_ref().map(Foreign::raw), &edit.after))
}
