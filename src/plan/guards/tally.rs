//! How much of what is guarded there is, counted in accounts and people rather than steps.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::change::{Action, Change};
use crate::model::fate::Fate;
use crate::model::guard::Guard;
use crate::model::name::{AppName, RunId};

/// Sorts changes by the guard that they fall under, run by run. `is_closed` tells of a change's
/// account whether it is closed as it was read.
pub fn classified<'a>(
    changes: impl Iterator<Item = (Option<&'a RunId>, &'a Change)>,
    is_closed: impl Fn(&Change) -> bool,
) -> Vec<(&'a Change, Guard)> {
    let changes: Vec<_> = changes.collect();
    let of = |does: fn(&Action) -> bool| -> HashSet<_> {
        let those = changes.iter().filter(|(_, change)| does(&change.action));
        let those = those.map(|(run, change)| (*run, &change.app, account(change)));
        those.collect()
    };
    let closes = of(|action| matches!(action, Action::Deactivate { .. }));
    let opens = of(|action| matches!(action, Action::Reactivate | Action::Await { .. }));
    let sorted = changes.iter().filter_map(|(run, change)| {
        let fate = |change: &Change| {
            let key = (*run, &change.app, account(change));
            if closes.contains(&key) {
                Fate::Closes
            } else if is_closed(change) && !opens.contains(&key) {
                Fate::Closed
            } else {
                Fate::Open
            }
        };
        Some((*change, Guard::of(change, fate)?))
    });
    sorted.collect()
}

fn account(change: &Change) -> Option<&str> {
    change.account.as_ref().map(|tag| tag.vendor_id.raw())
}

/// Whom a change is about: an account, or the person for whom one is made.
fn subject(change: &Change) -> &str {
    account(change)
        .or_else(|| person(change))
        .unwrap_or_default()
}

fn person(change: &Change) -> Option<&str> {
    change.person.as_ref().map(|person| person.id.as_str())
}

/// Who counts, by guard and app: in the plan, and in the last seven days.
#[derive(Default)]
pub struct Tally<'a> {
    planned: BTreeMap<(&'a AppName, Guard), Counted<'a>>,
    recent: BTreeMap<(&'a AppName, Guard), Counted<'a>>,
}

/// Each account once, with the person behind it, if there is one.
type Counted<'a> = BTreeMap<&'a str, &'a str>;

impl<'a> Tally<'a> {
    /// Counts what is planned and what was done.
    pub fn of(planned: &[(&'a Change, Guard)], recent: &[(&'a Change, Guard)]) -> Self {
        let mut tally = Self::default();
        for (list, counted) in [(planned, &mut tally.planned), (recent, &mut tally.recent)] {
            for (change, guard) in list {
                let counted = counted.entry((&change.app, *guard)).or_default();
                let subject = subject(change);
                counted.insert(subject, person(change).unwrap_or(subject));
            }
        }
        tally
    }

    /// The guards that the plan has something for, by app.
    pub fn apps(&self) -> impl Iterator<Item = (&'a AppName, Guard)> {
        self.planned.keys().copied()
    }

    /// How many accounts the plan counts in an app, and how many more the last seven days.
    pub fn counts(&self, app: &AppName, guard: Guard) -> (usize, usize) {
        let none = Counted::new();
        let planned = self.planned.get(&(app, guard)).unwrap_or(&none);
        let recent = self.recent.get(&(app, guard)).unwrap_or(&none);
        let more = recent.keys().filter(|one| !planned.contains_key(*one));
        (planned.len(), more.count())
    }

    /// The people whom the plan counts over some apps, and those of the last seven days.
    pub fn people(
        &self,
        guard: Guard,
        counts: impl Fn(&AppName) -> bool,
    ) -> [BTreeSet<&'a str>; 2] {
        [&self.planned, &self.recent].map(|all| {
            let counted = all
                .iter()
                .filter(|((app, of), _)| *of == guard && counts(app));
            counted
                .flat_map(|(_, counted)| counted.values().copied())
                .collect()
        })
    }
}
