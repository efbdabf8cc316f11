//! What a date takes from people by itself: what an extra or an approval gives and nothing else does
//! after its last day. A run remembers it, so that it is taken on its day whatever is edited until
//! then (R24).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::Config;
use crate::model::app::KindIndex;
use crate::model::desired::{Desired, DesiredExtra, Want};
use crate::model::history::Ending;
use crate::model::name::{AppName, PersonId};

use super::privileged::{self, Standing};

/// What ends for people, by index, from a moment on.
pub fn of(config: &Config, desired: &Desired) -> BTreeMap<usize, BTreeSet<Ending>> {
    let mut ends = BTreeMap::new();
    extras(config, desired, &mut ends);
    let approved: BTreeSet<&PersonId> = config.approvals.iter().map(|one| &one.person).collect();
    for (index, person) in config.people.iter().enumerate() {
        if approved.contains(&person.id) {
            approvals(config, desired.as_of, index, ends.entry(index).or_default());
        }
    }
    ends
}

fn extras(config: &Config, desired: &Desired, ends: &mut BTreeMap<usize, BTreeSet<Ending>>) {
    // Day by day, since looking at a day costs as much as there are extras.
    let mut days: BTreeMap<Timestamp, Vec<(usize, &DesiredExtra)>> = BTreeMap::new();
    for (person, wanted) in desired.people.iter().enumerate() {
        for extra in wanted.extras.iter().map(|extra| &desired.extras[*extra]) {
            let over = privileged::after(config, &config.people[person], extra.until);
            if let Some(over) = over {
                days.entry(over).or_default().push((person, extra));
            }
        }
    }
    for (over, ending) in days {
        let people: Vec<usize> = ending.iter().map(|(person, _)| *person).collect();
        let later = crate::desired::of(config, over, &people);
        for (place, (person, extra)) in ending.into_iter().enumerate() {
            let name = &desired.apps[extra.app];
            let mut end = |value| {
                let (app, on) = (name.clone(), extra.until);
                ends.entry(person)
                    .or_default()
                    .insert(Ending { app, value, on });
            };
            let Want::Account { gives, .. } = later.want(place, extra.app) else {
                end(None);
                continue;
            };
            let kept = later.holdings(place, extra.app, gives);
            for gone in &extra.gives.entitlements {
                let mut held = kept.iter().map(|(held, _)| (held.kind, &held.value));
                if !held.any(|held| held == (gone.kind, &gone.value)) {
                    let kind = &config.apps[name].description.kind(gone.kind).name;
                    end(Some((kind.to_string(), gone.value.clone())));
                }
            }
        }
    }
}

fn approvals(config: &Config, now: Timestamp, person: usize, ends: &mut BTreeSet<Ending>) {
    let entry = &config.people[person];
    for approval in config.approvals_of(&entry.id) {
        let apps = approval.apps.iter();
        let gives =
            apps.flat_map(|(app, gives)| gives.entitlements.iter().map(move |one| (app, one)));
        for (name, one) in gives {
            let what = (one.kind, one.value.as_str(), one.level.as_deref());
            let standing = |at| standing(config, name, person, what, at);
            let Standing::Approved {
                until,
                ends: outdated,
                ..
            } = standing(now)
            else {
                continue;
            };
            let outdated = outdated.and_then(|day| day.yesterday().ok());
            let on = outdated.map_or(until, |day| day.min(until));
            let over = privileged::after(config, entry, on);
            if over.is_some_and(|over| !standing(over).allows()) {
                let kind = &config.apps[name].description.kind(one.kind).name;
                ends.insert(Ending {
                    app: name.clone(),
                    value: Some((kind.to_string(), one.value.clone())),
                    on,
                });
            }
        }
    }
}

fn standing(
    config: &Config,
    app: &AppName,
    person: usize,
    what: (KindIndex, &str, Option<&str>),
    at: Timestamp,
) -> Standing {
    let person = &config.people[person];
    let day = privileged::today(config, person, at);
    let period = privileged::period(person, day);
    privileged::standing(config, app, person, period, what, at)
}
