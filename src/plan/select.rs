//! A part of a plan: the changes of some people or apps, with everything they require.

use std::collections::{BTreeSet, HashMap};

use crate::model::change::{Change, ChangeId, PersonTag};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{EdgeKind, Plan, Selection};

use super::leftover;

/// Keeps the changes of these people and in these apps (of all, where none is named), and what they
/// require, of whomever and wherever it is.
pub fn select(plan: Plan, people: &BTreeSet<PersonId>, apps: &BTreeSet<AppName>) -> Plan {
    let mut plan = plan;
    let body = &mut plan.body;
    let of_app = |app: &AppName| apps.is_empty() || apps.contains(app);
    let of_person = |person: Option<&PersonTag>| {
        people.is_empty() || person.is_some_and(|person| people.contains(&person.id))
    };
    let kept = required(
        &body.changes,
        body.edges.iter().filter_map(|edge| {
            (edge.kind == EdgeKind::Requires).then_some((&edge.before, &edge.after))
        }),
        |change| of_app(&change.app) && of_person(change.person.as_ref()),
    );
    let all = body.changes.len();
    body.changes.retain(|change| kept.contains(&change.id));
    body.edges
        .retain(|edge| kept.contains(&edge.before) && kept.contains(&edge.after));
    let touched: BTreeSet<_> = body
        .changes
        .iter()
        .filter_map(|change| Some((&change.app, &change.account.as_ref()?.vendor_id)))
        .collect();
    body.accounts
        .retain(|one| touched.contains(&(&one.app, &one.account.vendor_id)));
    body.withheld
        .retain(|item| of_person(item.person.as_ref()) && item.app.as_ref().is_none_or(of_app));
    body.unmanaged
        .retain(|item| people.is_empty() && of_app(&item.app));
    body.surplus
        .retain(|item| of_person(Some(&item.person)) && of_app(&item.app));
    body.upcoming.retain(|item| of_person(Some(&item.person)));
    leftover::retain(&mut body.tasks, &body.changes);
    body.held_through
        .retain(|item| people.is_empty() && of_app(&item.app));
    body.selection = Some(Selection {
        people: people.clone(),
        apps: apps.clone(),
        left_out: all - body.changes.len(),
    });
    plan
}

/// The ids of the wanted changes, and of all that they require.
fn required<'a>(
    changes: &[Change],
    requires: impl Iterator<Item = (&'a ChangeId, &'a ChangeId)>,
    is_wanted: impl Fn(&Change) -> bool,
) -> BTreeSet<ChangeId> {
    let mut before: HashMap<&ChangeId, Vec<&ChangeId>> = HashMap::new();
    for (earlier, later) in requires {
        before.entry(later).or_default().push(earlier);
    }
    let wanted = changes.iter().filter(|change| is_wanted(change));
    let mut open: Vec<&ChangeId> = wanted.map(|change| &change.id).collect();
    let mut kept = BTreeSet::new();
    while let Some(id) = open.pop() {
        if kept.insert(id.clone()) {
            open.extend(before.get(id).into_iter().flatten().copied());
        }
    }
    kept
}
