//! What a plan leaves to people: tasks that no API does (R2), and what is held through something else
//! than the account (R10).

use std::collections::BTreeMap;

use crate::base::Foreign;
use crate::config::Config;
use crate::model::account::Status;
use crate::model::app::Shape;
use crate::model::change::{Action, Change};
use crate::model::leftover::{HeldThrough, OwnerTask};
use crate::model::observation::{AccountRef, Origin, ValueIndex};
use crate::model::person::Person;
use crate::model::reason::Why;

use super::matching::person_tag;
use super::targets::Target;
use super::view::AppView;

/// What the closings among some changes leave undone, by app, once for all whom they concern. Whoever
/// is only on leave comes back to it.
pub fn tasks(config: &Config, changes: &[Change]) -> Vec<OwnerTask> {
    let mut leavers = BTreeMap::new();
    for change in changes {
        let paused = || {
            let mut whys = change.reasons.iter().map(|reason| &reason.why);
            whys.any(|why| matches!(why, Why::OnLeave { .. }))
        };
        if let (Action::Deactivate { .. }, Some(person)) = (&change.action, &change.person)
            && !paused()
        {
            let of_app: &mut BTreeMap<_, _> = leavers.entry(&change.app).or_default();
            of_app.insert(&person.id, person);
        }
    }
    let tasks = leavers.into_iter().flat_map(|(app, people)| {
        let settings = &config.apps[app];
        let tasks = settings.description.leaving.tasks.iter();
        tasks.map(move |task| OwnerTask {
            app: app.clone(),
            owner: settings.owner.clone(),
            task: task.to_string(),
            people: people.values().copied().cloned().collect(),
        })
    });
    tasks.collect()
}

/// Leaves of tasks only what the closings that are left ask for.
pub fn retain(tasks: &mut Vec<OwnerTask>, changes: &[Change]) {
    for task in tasks.iter_mut() {
        task.people.retain(|person| {
            changes.iter().any(|change| {
                change.app == task.app
                    && matches!(change.action, Action::Deactivate { .. })
                    && change.person.as_ref() == Some(person)
            })
        });
    }
    tasks.retain(|task| !task.people.is_empty());
}

/// What an open account holds through something else, that is ours to manage and that no target
/// names: nothing is planned for it, since there is nothing to take.
pub fn inherited<'a>(
    view: &'a AppView<'_>,
    account: AccountRef<'a>,
    person: &'a Person,
    targets: &'a [Target<'_>],
) -> impl Iterator<Item = HeldThrough> + 'a {
    let open = account.status() != Status::Inactive;
    let held = account.holdings().iter();
    let held = held.filter(move |holding| open && holding.origin == Origin::Inherited);
    let held = held.filter(move |holding| {
        let value = view.observation.value(holding.value);
        let kind = view.settings.description.kind(value.kind);
        kind.shape != Shape::One
            && !value.ambiguous
            && view.manages(account, holding.value)
            && targets.iter().all(|target| !target.is(holding.value))
    });
    held.map(move |holding| {
        let value = view.observation.value(holding.value);
        HeldThrough {
            app: view.name.clone(),
            kind: view.settings.description.kind(value.kind).name.to_string(),
            value: value.name.to_owned(),
            level: view
                .observation
                .level(*holding)
                .map(|level| level.to_owned()),
            through: givers(view, holding.value),
            holders: 1,
            people: vec![person_tag(person)],
        }
    })
}

fn givers(view: &AppView<'_>, value: ValueIndex) -> Vec<Foreign> {
    let givers = view.observation.given_by.get(&value);
    givers.cloned().unwrap_or_default()
}

/// One entry per value, with the first of those who hold it.
pub fn gather(single: Vec<HeldThrough>) -> Vec<HeldThrough> {
    let mut values: BTreeMap<_, HeldThrough> = BTreeMap::new();
    for one in single {
        let key = (
            one.app.clone(),
            one.kind.clone(),
            one.value.clone(),
            one.level.clone(),
        );
        match values.get_mut(&key) {
            None => _ = values.insert(key, one),
            Some(all) => {
                all.holders += one.holders;
                all.people.extend(one.people);
            }
        }
    }
    let mut all: Vec<HeldThrough> = values.into_values().collect();
    for one in &mut all {
        one.people.sort();
        one.people.truncate(HeldThrough::NAMED);
    }
    all
}
