//! People for whom the same is done for the same reasons: a plan of hundreds says it once, and lists
//! only those who differ.

use std::collections::HashMap;

use crate::base::count::count_of;
use crate::model::change::{Action, Change};
use crate::model::reason::{Reason, Why};

use super::people::{Affected, Group, and_more, login};
use super::reasons::{Shared, words};
use super::screen::Line;
use super::steps::is_identity;
use super::style::Role;
use super::words::DOT;

/// How many must be alike to be told together.
const FEWEST: usize = 8;

/// Of so many leavers each stands alone: who loses access is what a reviewer looks for.
const LEAVERS: usize = 50;

/// How many of those who are alike are named.
const NAMED: usize = 8;

/// People who are told together, or one who stands alone; never empty.
pub type Batch<'a, 'b> = Vec<&'b Affected<'a>>;

/// Sorts people into batches, each at the place of its first.
pub fn batches<'a, 'b>(group: Group, members: Vec<&'b Affected<'a>>) -> Vec<Batch<'a, 'b>> {
    let leaving = members.len() > LEAVERS;
    let told_together = match group {
        Group::Leaves | Group::Pauses => leaving,
        Group::Moves | Group::Joins | Group::Gains | Group::Drift | Group::Other => true,
        Group::Returns | Group::Nobody => false,
    };
    let mut batches: Vec<Batch<'a, 'b>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for member in members {
        let told = told_together.then(|| likeness(member, leaving)).flatten();
        let place = told.map(|told| *places.entry(told).or_insert(batches.len()));
        match place.filter(|place| *place < batches.len()) {
            Some(place) => batches[place].push(member),
            None => batches.push(vec![member]),
        }
    }
    let parted = batches.into_iter().flat_map(|batch| {
        if batch.len() < FEWEST {
            batch.into_iter().map(|one| vec![one]).collect()
        } else {
            vec![batch]
        }
    });
    parted.collect()
}

/// Everything that two people must have in common; none if somebody must look at each.
fn likeness(affected: &Affected<'_>, leaving: bool) -> Option<String> {
    let mut changes = affected.changes.iter();
    if changes.any(|change| change.action.makes().is_some()) {
        login(&affected.changes)?;
    }
    let told = affected.changes.iter().map(|change| {
        let what = deed(change, leaving)?;
        let why = change.reasons.iter().filter_map(ground);
        Some((
            change.app.as_str(),
            what,
            why.collect::<Vec<_>>(),
            change.cause,
        ))
    });
    let told = told.collect::<Option<Vec<_>>>()?;
    Some(format!("{told:?}"))
}

/// What is done, without whose account it is.
fn deed(change: &Change, leaving: bool) -> Option<String> {
    let action = &change.action;
    let alike = match action {
        _ if change.privileged => false,
        Action::Create(_) => return Some("create".to_owned()),
        Action::Invite { renewal, .. } => return Some(format!("invite {renewal}")),
        Action::Await { by, .. } => return Some(format!("await {}", by.source.as_str())),
        Action::Update { edits } => !edits.iter().any(is_identity),
        Action::Grant { .. } | Action::Revoke { .. } | Action::Set { .. } => true,
        Action::Deactivate { .. } => leaving,
        _ => false,
    };
    alike.then(|| format!("{action:?}"))
}

/// A reason without what is each person's own: when they began, and the line of their entry.
fn ground(reason: &Reason) -> Option<String> {
    match &reason.why {
        Why::Entry => None,
        Why::Employed { job_code, .. } => Some(job_code.as_str().to_owned()),
        why => Some(format!("{why:?}")),
    }
}

/// `400 people · starts 16 March 2026 as SALES · Ada Example, Ben Example and 398 more`
pub fn heading(batch: &Batch<'_, '_>, shared: &Shared<'_>) -> Line {
    let mut line = Line::default().glued(
        Role::Strong,
        count_of(batch.len(), "person", "people").to_string(),
    );
    for why in shared.grounds() {
        let why = match why {
            Why::Employed { job_code, .. } => Line::default()
                .own(Role::Text, "profile ")
                .cell(Role::Text, job_code.as_str()),
            Why::Entry => continue,
            why => words(why, None, Role::Text),
        };
        line = line.own(Role::Quiet, DOT).then(why);
    }
    if let Some(words) = shared.cause() {
        line = line.own(Role::Quiet, DOT).own(Role::Quiet, words);
    }
    let names = batch.iter().filter_map(|member| member.person);
    let line = names
        .take(NAMED)
        .enumerate()
        .fold(line, |line, (index, tag)| {
            let line = match index {
                0 => line.own(Role::Quiet, DOT),
                _ => line.own(Role::Text, ", "),
            };
            line.cell(Role::Text, tag.name.raw())
        });
    and_more(line, batch.len(), NAMED)
}
