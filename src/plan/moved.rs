//! Whether an account is still as a plan found it. What the plan's own changes make of it is no
//! movement: a run that died made some of them, or somebody made them by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Foreign;
use crate::config::AppConfig;
use crate::model::account::Status;
use crate::model::app::{AppDescription, Comparison};
use crate::model::change::Action;
use crate::model::observation::{AccountRef, Completeness, Observation};
use crate::model::outcome::Refusal;
use crate::model::precondition::{HeldBefore, Precondition};

use super::preconditions;

/// In which respect an account is neither as it was nor as the planned actions would make it.
pub fn moved(
    before: &Precondition,
    settings: &AppConfig,
    reading: &Observation,
    found: AccountRef<'_>,
    planned: &[&Action],
) -> Option<Refusal> {
    let description = &settings.description;
    let now = preconditions::one(&before.app, settings, reading, found);
    status(before, &now, planned)
        .or_else(|| says(before, &now, description, planned))
        .or_else(|| holds(before, &now, description, reading, planned))
}

fn refusal(what: String, expected: Option<Foreign>, found: Option<Foreign>) -> Refusal {
    Refusal::Moved {
        what,
        expected,
        found,
    }
}

fn status(before: &Precondition, now: &Precondition, planned: &[&Action]) -> Option<Refusal> {
    let explained = planned.iter().any(|action| match action {
        Action::Deactivate { .. } => now.status == Status::Inactive,
        Action::Reactivate | Action::Await { .. } => now.status != Status::Inactive,
        _ => false,
    });
    // They accepted their invitation (R19).
    let accepted = (before.status, now.status) == (Status::Pending, Status::Active);
    let explained = explained || accepted;
    let word = |status: Status| Some(status.word().into());
    (before.status != now.status && !explained)
        .then(|| refusal("status".to_owned(), word(before.status), word(now.status)))
}

/// Login, email, HR id and attributes.
fn says(
    before: &Precondition,
    now: &Precondition,
    description: &AppDescription,
    planned: &[&Action],
) -> Option<Refusal> {
    let own = |one: &Precondition| {
        let mut said: BTreeMap<String, Foreign> = one.attributes.clone();
        said.insert("login".to_owned(), one.account.login.clone());
        said.insert("email".to_owned(), one.email.clone());
        said.insert("HR id".to_owned(), one.hr_id.clone());
        said
    };
    let (before, now) = (own(before), own(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    names.into_iter().find_map(|name| {
        let compare = match name.as_str() {
            "login" | "email" => Comparison::Folded,
            name => {
                let mut known = description.attributes.iter();
                let attribute = known.find(|attribute| attribute.name == name);
                attribute.map_or(Comparison::Exact, |attribute| attribute.compare)
            }
        };
        let (was, is) = (before.get(name), now.get(name));
        let text = |value: Option<&Foreign>| value.map_or(String::new(), |it| it.raw().to_owned());
        let so = |value: &str| compare.same(&text(is), value);
        let explained = planned.iter().any(|action| match action {
            Action::Update { edits } => edits
                .iter()
                .any(|edit| edit.attribute == *name && so(&edit.after)),
            Action::Adopt { hr_id, .. } => name == "HR id" && so(hr_id),
            _ => false,
        });
        (!so(&text(was)) && !explained).then(|| refusal(name.clone(), was.cloned(), is.cloned()))
    })
}

/// What it holds. A value that the reading does not cover any more tells nothing.
fn holds(
    before: &Precondition,
    now: &Precondition,
    description: &AppDescription,
    reading: &Observation,
    planned: &[&Action],
) -> Option<Refusal> {
    description.entitlements.iter().find_map(|entitlement| {
        let kind = &*entitlement.name;
        let (index, _) = description.entitlement(kind)?;
        let answer = &reading.kinds[usize::from(index.0)];
        if matches!(answer, Completeness::Incomplete(_)) {
            return None;
        }
        let of = |one: &Precondition| -> BTreeMap<String, HeldBefore> {
            let held = one.holds.get(kind).into_iter().flatten();
            held.map(|held| (held.value.raw().to_owned(), held.clone()))
                .collect()
        };
        let (was, is) = (of(before), of(now));
        let lost = was.iter().filter(|(value, _)| {
            !is.contains_key(*value) && reading.value_named(index, value).is_some()
        });
        let lost = lost.filter(|(value, _)| !takes(planned, kind, value));
        let other = is.iter().filter(|(value, held)| match was.get(*value) {
            Some(before) => before != *held && !gives(planned, kind, held),
            None => *answer == Completeness::Complete && !gives(planned, kind, held),
        });
        let value = lost
            .map(|(value, _)| value)
            .chain(other.map(|(value, _)| value))
            .next()?;
        let what = format!("{kind} {value}");
        let show = |held: Option<&HeldBefore>| {
            held.map(|held| held.level.clone().unwrap_or_else(|| "held".into()))
        };
        Some(refusal(what, show(was.get(value)), show(is.get(value))))
    })
}

/// True if a planned action takes a value away, or puts another in its place.
fn takes(planned: &[&Action], of: &str, lost: &str) -> bool {
    planned.iter().any(|action| match action {
        Action::Revoke { kind, value, .. } => kind == of && value.raw() == lost,
        Action::Set {
            kind, key: None, ..
        } => kind == of,
        _ => false,
    })
}

/// True if a planned action gives a value, at this level.
fn gives(planned: &[&Action], of: &str, held: &HeldBefore) -> bool {
    let value_is = |value: &str| value == held.value.raw();
    let level = held.level.as_ref().map(Foreign::raw);
    planned.iter().any(|action| match action {
        Action::Grant {
            kind,
            value,
            level: given,
        } => kind == of && value_is(value) && (given.is_none() || given.as_deref() == level),
        Action::Set {
            kind,
            key: Some(key),
            after,
            ..
        } => kind == of && value_is(key) && Some(after.as_str()) == level,
        Action::Set {
            kind,
            key: None,
            after,
            ..
        } => kind == of && value_is(after),
        _ => false,
    })
}
