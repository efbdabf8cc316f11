//! Whether a change is true in a reading: how open intents of a dead run are resolved, and how the
//! successes of a live one are verified.

use std::collections::BTreeMap;

use crate::base::Foreign;
use crate::config::Config;
use crate::model::account::Status;
use crate::model::app::Comparison;
use crate::model::change::{Action, AttributeEdit, Change};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::observation::{
    AccountRef, Completeness, Holding, Observation, Observed, Origin, Reading,
};
use crate::model::person::fold_email;

use super::matching::{self, Links, PeopleIndex};

/// Whose the accounts of readings are.
pub fn links(config: &Config, history: &History, observed: &Observed) -> BTreeMap<AppName, Links> {
    let people = PeopleIndex::new(config);
    let read = observed.iter().filter_map(|(app, reading)| match reading {
        Reading::Read(reading) => Some((app, reading)),
        Reading::Unread(_) => None,
    });
    read.map(|(app, reading)| {
        let remembered = history.apps.get(app);
        let settings = &config.apps[app];
        (
            app.clone(),
            matching::link(app, settings, reading, remembered, &people),
        )
    })
    .collect()
}

/// What a reading says of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is so, on this account.
    True {
        /// The account's vendor id.
        vendor_id: Foreign,
    },
    /// It is not so.
    False,
    /// The reading does not tell.
    Unclear,
}

/// Looks at changes in readings.
pub struct Looker<'a> {
    config: &'a Config,
    observed: &'a Observed,
    links: &'a BTreeMap<AppName, Links>,
}

impl<'a> Looker<'a> {
    /// Looks in these readings, whose accounts belong to people as the links say.
    pub fn new(
        config: &'a Config,
        observed: &'a Observed,
        links: &'a BTreeMap<AppName, Links>,
    ) -> Self {
        Self {
            config,
            observed,
            links,
        }
    }

    /// Whether a change is true.
    pub fn look(&self, change: &Change) -> Sight {
        let Some(Reading::Read(reading)) = self.observed.get(&change.app) else {
            return Sight::Unclear;
        };
        let Some(account) = self.account(change, reading) else {
            return match (&change.action, &reading.completeness) {
                (_, Completeness::Incomplete(_)) => Sight::Unclear,
                (Action::Deactivate { .. } | Action::Revoke { .. }, _) => Sight::True {
                    vendor_id: named(change),
                },
                _ => Sight::False,
            };
        };
        match self.holds(change, account, reading) {
            Some(true) => Sight::True {
                vendor_id: account.vendor_id().to_owned(),
            },
            Some(false) => Sight::False,
            None => Sight::Unclear,
        }
    }

    /// The account that a change is about: by its vendor id, or as the person's main account, or
    /// by the login that was to be created or awaited.
    pub(super) fn account(
        &self,
        change: &Change,
        reading: &'a Observation,
    ) -> Option<AccountRef<'a>> {
        if let Some(account) = &change.account {
            return reading.find(account.vendor_id.raw());
        }
        let person = &change.person.as_ref()?.id;
        let index = self
            .config
            .people
            .binary_search_by(|known| known.id.cmp(person))
            .ok();
        let links = self.links.get(&change.app);
        let main = index.and_then(|index| links?.main(index));
        if let Some((account, _)) = main {
            return Some(reading.account(account));
        }
        // Of an account of their login that may be another's, nobody says that it is theirs (R8).
        if index
            .is_some_and(|index| links.is_some_and(|links| links.conflicts.contains_key(&index)))
        {
            return None;
        }
        let new = change.action.makes()?;
        let login = fold_email(&new.login);
        reading
            .accounts()
            .find(|account| fold_email(account.login().raw()) == login)
    }

    /// `None` where the reading does not cover it.
    fn holds(
        &self,
        change: &Change,
        account: AccountRef<'_>,
        reading: &Observation,
    ) -> Option<bool> {
        let open = account.status() != Status::Inactive;
        Some(match &change.action {
            // Whether a pending one was invited again, nobody can see.
            Action::Invite { .. } if change.account.is_some() => {
                return (account.status() == Status::Active).then_some(true);
            }
            Action::Create(_)
            | Action::Invite { .. }
            | Action::Await { .. }
            | Action::Reactivate => open,
            Action::Deactivate { .. } => !open,
            Action::Adopt { hr_id, .. } => account.hr_id().raw() == hr_id,
            Action::Update { edits } => edits.iter().all(|edit| self.edited(change, edit, account)),
            Action::Grant { kind, value, level } => {
                return self.value(change, account, reading, kind, value, level.as_deref());
            }
            Action::Set {
                kind,
                key: Some(key),
                after,
                ..
            } => {
                return self.value(change, account, reading, kind, key, Some(after));
            }
            Action::Set {
                kind,
                key: None,
                after,
                ..
            } => return self.value(change, account, reading, kind, after, None),
            // What a rule or a group goes on to give is not what was taken.
            Action::Revoke { kind, value, .. } => {
                let held = self.held(change, account, reading, kind, value.raw())?;
                let mut direct = held.filter(|holding| holding.origin == Origin::Direct);
                direct.next().is_none()
            }
        })
    }

    fn edited(&self, change: &Change, edit: &AttributeEdit, account: AccountRef<'_>) -> bool {
        let description = &self.config.apps[&change.app].description;
        let (held, compare) = match edit.attribute.as_str() {
            "login" => (Some(account.login()), Comparison::Folded),
            "email" => (Some(account.email()), Comparison::Folded),
            name => {
                let Some(index) = description
                    .attributes
                    .iter()
                    .position(|kind| kind.name == name)
                else {
                    return false;
                };
                (
                    account.attribute(index),
                    description.attributes[index].compare,
                )
            }
        };
        held.is_some_and(|held| compare.same(held.raw(), &edit.after))
    }

    fn value(
        &self,
        change: &Change,
        account: AccountRef<'_>,
        reading: &Observation,
        kind: &str,
        value: &str,
        level: Option<&str>,
    ) -> Option<bool> {
        let mut held = self.held(change, account, reading, kind, value)?;
        Some(held.any(|holding| {
            level.is_none_or(|level| {
                reading
                    .level(*holding)
                    .is_some_and(|held| held.raw() == level)
            })
        }))
    }

    /// How an account holds a value; `None` where the reading does not cover it.
    fn held<'r>(
        &self,
        change: &Change,
        account: AccountRef<'r>,
        reading: &Observation,
        kind: &str,
        value: &str,
    ) -> Option<impl Iterator<Item = &'r Holding>> {
        let (kind, _) = self
            .config
            .apps
            .get(&change.app)?
            .description
            .entitlement(kind)?;
        if matches!(
            reading.kinds[usize::from(kind.0)],
            Completeness::Incomplete(_)
        ) {
            return None;
        }
        let value = reading.value_named(kind, value)?;
        let held = account.holdings().iter();
        Some(held.filter(move |holding| holding.value == value))
    }
}

/// The account that the change itself names.
fn named(change: &Change) -> Foreign {
    let account = change.account.as_ref();
    account
        .map(|account| account.vendor_id.clone())
        .unwrap_or_default()
}
