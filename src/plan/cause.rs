//! What brought a change about (R22): the files, the clock, a retry or drift.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::base::Digest;
use crate::config::Config;
use crate::model::change::{Action, Change, ChangeId};
use crate::model::desired::{Closing, Desired, Want};
use crate::model::history::{History, RememberedApp};
use crate::model::name::{AppName, PersonId};
use crate::model::reason::Cause;

use super::privileged;

/// Tells causes by comparing the last run's files and moment with today's.
pub struct Causes<'a> {
    config: &'a Config,
    now: &'a Desired,
    history: &'a History,
    /// Today's files at the last run's moment.
    then: Option<Desired>,
    undone: BTreeSet<&'a ChangeId>,
    /// Whom an order made leave, and who is given back what the files give.
    returning: Option<&'a PersonId>,
    /// Per app, the digest of its settings.
    settings: BTreeMap<&'a AppName, Digest>,
    /// Per person.
    facts: OnceLock<Vec<Digest>>,
}

impl<'a> Causes<'a> {
    /// Prepares the comparison.
    pub fn new(config: &'a Config, now: &'a Desired, history: &'a History) -> Self {
        let then = history
            .last
            .as_ref()
            .map(|last| crate::desired::at(config, last.since()));
        let undone = history.last.iter().flat_map(|last| &last.undone).collect();
        let apps = config.apps.keys();
        let settings = apps.map(|app| (app, config.app_digest(app))).collect();
        Self {
            config,
            now,
            history,
            then,
            undone,
            returning: None,
            settings,
            facts: OnceLock::new(),
        }
    }

    /// With somebody who comes back: their order was rescinded.
    pub fn returning(self, returning: Option<&'a PersonId>) -> Self {
        Self { returning, ..self }
    }

    /// What today's files wanted at the moment of the last run; none before the first.
    pub const fn then(&self) -> Option<&Desired> {
        self.then.as_ref()
    }

    /// The digest of a person's entry and of all that it is given.
    pub fn facts_of(&self, person: usize) -> Digest {
        self.facts()[person]
    }

    /// The cause of a change, for a person of the files (by index) or for nobody of them.
    pub fn of(&self, change: &Change, person: Option<usize>) -> Cause {
        if self.is_agreed(change, person) {
            return Cause::Retry;
        }
        let (Some(then), Some(remembered)) = (&self.then, self.history.apps.get(&change.app))
        else {
            return Cause::Files;
        };
        let Some(person) = person else {
            return if self.is_undone(change) {
                Cause::Retry
            } else {
                self.of_vanished(change, remembered, then.as_of)
            };
        };
        if self.config.people[person].ordered.is_some() && change.action.takes() {
            // No edit of the files brought it about, and none has to be reviewed for it.
            let tried = self.is_undone(change);
            return if tried { Cause::Retry } else { Cause::Order };
        }
        if self.returning == Some(&self.config.people[person].id) {
            return Cause::Order;
        }
        let known = self.history.people.get(&self.config.people[person].id);
        let settings = remembered.settings.as_ref() == self.settings.get(&change.app);
        let Ok(app) = self.now.apps.binary_search(&change.app) else {
            return Cause::Files;
        };
        if !settings || known.is_none_or(|known| known.facts != self.facts_of(person)) {
            // Before all else: what was agreed to and not done was of other facts than these.
            Cause::Files
        } else if self.is_undone(change) {
            Cause::Retry
        } else if matches!(change.action, Action::Invite { renewal: 1.., .. }) {
            // An invitation expired (R19).
            Cause::Clock
        } else if !same(then, self.now, person, app) || !self.same_approvals(then, person) {
            Cause::Clock
        } else if remembered.read {
            Cause::Drift
        } else {
            Cause::Retry
        }
    }

    /// Whose facts are not those of the last run.
    pub fn edited(&self) -> BTreeMap<PersonId, Digest> {
        let people = self.config.people.iter().zip(self.facts());
        let edited = people.filter(|(person, facts)| {
            let known = self.history.people.get(&person.id);
            known.is_none_or(|known| known.facts != **facts)
        });
        edited
            .map(|(person, facts)| (person.id.clone(), *facts))
            .collect()
    }

    fn facts(&self) -> &[Digest] {
        self.facts.get_or_init(|| self.config.facts())
    }

    /// True if a reviewed run that left no snapshot was to do it, to a person of the same facts and
    /// under the same settings.
    fn is_agreed(&self, change: &Change, person: Option<usize>) -> bool {
        let app = &change.app;
        let same_settings = |settings: Digest| {
            let remembered = self.history.apps.get(app).and_then(|app| app.settings);
            settings == self.config.settings || remembered.as_ref() == self.settings.get(app)
        };
        let same_facts = |edited: &BTreeMap<PersonId, Digest>| {
            person.is_none_or(|person| {
                let id = &self.config.people[person].id;
                let known = || self.history.people.get(id).map(|known| known.facts);
                edited.get(id).copied().or_else(known) == Some(self.facts()[person])
            })
        };
        let runs = &mut self.history.agreed.iter();
        runs.any(|run| {
            let meant =
                run.meant.contains(&change.id) || run.meant.contains(&change.id_before_account());
            meant && same_settings(run.settings) && same_facts(&run.edited)
        })
    }

    /// True if no approval of a person began or ended since the last run.
    fn same_approvals(&self, then: &Desired, person: usize) -> bool {
        let person = &self.config.people[person];
        privileged::same(self.config, person, then.as_of, self.now.as_of)
    }

    /// The cause of a change for somebody who is no longer in the files.
    fn of_vanished(&self, change: &Change, remembered: &RememberedApp, last: Timestamp) -> Cause {
        let person = change
            .person
            .as_ref()
            .and_then(|person| self.history.people.get(&person.id));
        let closed = change.account.as_ref().and_then(|account| {
            remembered
                .memories
                .get(account.vendor_id.raw())?
                .inactive_since
        });
        match person.and_then(|person| person.until) {
            _ if closed.is_some() => Cause::Drift,
            // A row that is lost before its end is an edit, whatever its end would have been.
            Some(until) if last < until && until <= self.now.as_of => Cause::Clock,
            // They had left before, and the app could not be read then.
            Some(until) if until <= last && !remembered.read => Cause::Retry,
            _ => Cause::Files,
        }
    }

    /// True if the last run meant to do it and did not, be it that it made the account and then
    /// got no further.
    fn is_undone(&self, change: &Change) -> bool {
        !self.undone.is_empty()
            && (self.undone.contains(&change.id)
                || self.undone.contains(&change.id_before_account()))
    }
}

/// True if the two moments want the same of a person in an app.
pub(super) fn same(then: &Desired, now: &Desired, person: usize, app: usize) -> bool {
    let same_extras = || {
        let until = |desired: &Desired| -> Vec<_> {
            let extras = desired.people[person]
                .extras
                .iter()
                .map(|extra| &desired.extras[*extra]);
            extras
                .filter(|extra| extra.app == app)
                .map(|extra| (extra.until, extra.gives.clone()))
                .collect()
        };
        until(then) == until(now)
    };
    match (then.want(person, app), now.want(person, app)) {
        (
            Want::Account {
                gives: a,
                period: p,
                ..
            },
            Want::Account {
                gives: b,
                period: q,
                ..
            },
        ) => p == q && a == b && same_extras(),
        (Want::Closed(Closing::Left(a)), Want::Closed(Closing::Left(b))) => {
            a.released == b.released
        }
        (Want::Closed(Closing::Leave(a)), Want::Closed(Closing::Leave(b))) => a == b,
        (Want::NotYet { .. }, Want::NotYet { .. }) | (Want::Nothing, Want::Nothing) => true,
        _ => false,
    }
}
