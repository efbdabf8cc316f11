//! Who holds what only an approval may give, named by the files or not (R12): always shown.

use std::collections::BTreeSet;

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::change::Action;
use crate::model::observation::{AccountRef, Holding};
use crate::model::person::Period;
use crate::model::privileged::PrivilegedHolder;

use super::draft::Draft;
use super::matching::{Owner, person_tag, tag};
use super::privileged::{self, Standing};
use super::view::AppView;

/// The holders in one app, but for those from whom this plan takes it.
pub fn holders(view: &AppView<'_>, draft: &Draft) -> Vec<PrivilegedHolder> {
    let kinds = &view.settings.description.entitlements;
    if view.settings.privileged.is_empty() && kinds.iter().all(|kind| kind.privileged.is_empty()) {
        return Vec::new();
    }
    let mut closed = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for change in &draft.changes {
        let account = change
            .account
            .as_ref()
            .map(|account| account.vendor_id.raw());
        match &change.action {
            Action::Deactivate { .. } => _ = closed.insert(account),
            Action::Revoke { kind, value, .. } => {
                _ = taken.insert((account, kind.as_str(), value.raw()));
            }
            _ => {}
        }
    }
    let mut holders = Vec::new();
    for (account, owner) in view.observation.accounts().zip(&view.links.owners) {
        let id = Some(account.vendor_id().into_raw());
        if account.status() == Status::Inactive || closed.contains(&id) {
            continue;
        }
        let held = account.holdings().iter().copied();
        for holding in held.filter(|holding| privileged::is_privileged(view, *holding)) {
            let value = view.observation.value(holding.value);
            let kind = &*view.settings.description.kind(value.kind).name;
            if !taken.contains(&(id, kind, value.name.raw())) {
                holders.push(holder(view, account, owner, holding));
            }
        }
    }
    holders
}

fn holder(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    owner: &Owner,
    holding: Holding,
) -> PrivilegedHolder {
    let value = view.observation.value(holding.value);
    let level = view.observation.level(holding);
    let person = match owner {
        Owner::Person(index, _) => Some((*index, &view.config.people[*index])),
        _ => None,
    };
    let standing = person.and_then(|(index, person)| {
        let what = (value.kind, value.name.raw(), level.map(Foreign::into_raw));
        let (config, now) = (view.config, view.desired.as_of);
        let period = period(view, index)?;
        Some(privileged::standing(
            config, view.name, person, period, what, now,
        ))
    });
    let (approved_until, ends) = match standing {
        Some(Standing::Approved { until, ends, .. }) => (Some(until), ends),
        _ => (None, None),
    };
    PrivilegedHolder {
        app: view.name.clone(),
        kind: view.settings.description.kind(value.kind).name.to_string(),
        value: value.name.to_owned(),
        level: level.map(|level| level.to_owned()),
        person: person.map(|(_, person)| person_tag(person)),
        account: tag(account),
        approved_until,
        ends,
    }
}

/// The period that runs, or is next.
fn period<'a>(view: &AppView<'a>, person: usize) -> Option<&'a Period> {
    let moment = &view.desired.people[person];
    let current = moment.current.as_ref().map(|current| current.period);
    let index = current.or(moment.next.as_ref().map(|next| next.period))?;
    Some(&view.config.people[person].periods[index])
}
