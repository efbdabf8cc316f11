//! Everything that planning one app looks at.

use std::collections::HashMap;

use crate::config::{AppConfig, Config};
use crate::model::account::Status;
use crate::model::app::Authority;
use crate::model::desired::Desired;
use crate::model::guard::{Guard, Judgement, Override};
use crate::model::history::{History, RememberedApp};
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Completeness, Observation, ValueIndex};
use crate::model::person::fold_email;
use crate::model::withheld::Impediment;

use super::guards;
use super::invitations::{self, Missing};
use super::matching::{Links, Owner, PeopleIndex, link};
use super::rollout::Reach;
use super::scope::{named, written};

/// Everything that planning one app looks at.
pub struct AppView<'a> {
    /// The files.
    pub config: &'a Config,
    /// What they say at this instant.
    pub desired: &'a Desired,
    /// What the last snapshot remembers.
    pub history: &'a History,
    /// The app.
    pub name: &'a AppName,
    /// Its index in [`Desired::apps`].
    pub index: usize,
    /// Its entry in the files.
    pub settings: &'a AppConfig,
    /// What it said.
    pub observation: &'a Observation,
    /// What the last snapshot remembers of it.
    pub remembered: Option<&'a RememberedApp>,
    /// What the guard of short readings found, if it lacks accounts.
    pub lacking: Option<Judgement>,
    /// Why absence may not be concluded from what it said (R9).
    pub doubt: Option<String>,
    /// Finds people by their ids.
    pub people: &'a PeopleIndex<'a>,
    /// Whose its accounts are.
    pub links: Links,
    /// The accounts that are gone of people who should have one and have none (R19).
    pub missing: HashMap<usize, Missing<'a>>,
    /// Per value of the catalogue: whether it is ours to take away.
    managed: Vec<bool>,
    /// Per value of the catalogue: whether the files named it once and no longer do.
    unnamed: Vec<bool>,
}

impl<'a> AppView<'a> {
    /// Looks at one app.
    pub fn new(
        config: &'a Config,
        desired: &'a Desired,
        history: &'a History,
        people: &'a PeopleIndex<'a>,
        name: &'a AppName,
        observation: &'a Observation,
        overrides: &[Override],
    ) -> Self {
        let settings = &config.apps[name];
        let index = desired
            .apps
            .binary_search(name)
            .expect("desired knows every configured app");
        let remembered = history.apps.get(name);
        let links = link(name, settings, observation, remembered, people);
        let named = named(config, name, settings, remembered);
        let written = written(config, name, settings);
        let managed = observation.catalogue().map(|(_, value)| {
            let kind = usize::from(value.kind.0);
            match settings.authority[kind] {
                Authority::All => true,
                Authority::Named => named[kind].contains(value.name.raw()),
                Authority::Granted => false,
            }
        });
        let managed = managed.collect();
        let unnamed = observation.catalogue().map(|(_, value)| {
            let (kind, value) = (usize::from(value.kind.0), value.name.raw());
            named[kind].contains(value) && !written[kind].contains(value)
        });
        let unnamed = unnamed.collect();
        let limit = settings.guards.get(Guard::ShortRead);
        let lacking = guards::short_read(name, observation, remembered, limit, overrides);
        let doubt = guards::doubt(observation, lacking.as_ref());
        let invites = settings.description.invitation.is_some();
        let missing = if invites && doubt.is_none() {
            invitations::missing(observation, remembered, &links, people)
        } else {
            HashMap::new()
        };
        Self {
            config,
            desired,
            history,
            name,
            index,
            settings,
            observation,
            remembered,
            lacking,
            doubt,
            people,
            links,
            missing,
            managed,
            unnamed,
        }
    }

    /// What of the app could not be read, if anything: accounts, or who holds a kind of entitlement.
    pub fn unread_part(&self) -> Option<String> {
        let kinds = self
            .settings
            .description
            .entitlements
            .iter()
            .zip(&self.observation.kinds);
        let unread = kinds.filter_map(|(kind, answer)| match answer {
            Completeness::Incomplete(because) => Some(format!("{}: {because}", kind.name)),
            Completeness::Complete | Completeness::NamedOnly => None,
        });
        self.doubt.clone().or_else(|| unread.into_iter().next())
    }

    /// True if no run could read the app yet: nothing is remembered of anybody's account.
    pub fn is_new(&self) -> bool {
        self.remembered
            .is_none_or(|remembered| !remembered.read && remembered.memories.is_empty())
    }

    /// What stands in the way of concluding absence, if anything does.
    pub fn incomplete(&self) -> Option<Impediment> {
        let because = self.doubt.clone()?;
        Some(Impediment::IncompleteReading { because })
    }

    /// How many open accounts belong to people in scope, in the files or remembered.
    pub fn open(&self, reach: &Reach<'_>) -> usize {
        let accounts = self.observation.accounts().zip(&self.links.owners);
        let open = accounts.filter(|(account, owner)| {
            let owned = match owner {
                Owner::Person(person, _) => reach.has(*person),
                Owner::Gone(_) => true,
                Owner::Nobody | Owner::Contested | Owner::Listed(_) => false,
            };
            owned && account.status() != Status::Inactive
        });
        open.count()
    }

    /// True if the files say that an account is never touched (R5).
    pub fn protects(&self, account: AccountRef<'_>) -> bool {
        let protected = &self.settings.protected;
        let is = |text: &str| protected.iter().any(|name| *name == fold_email(text));
        !protected.is_empty() && (is(account.login().raw()) || is(account.vendor_id().raw()))
    }

    /// True if a value is ours to take away from an account (R10).
    pub fn manages(&self, account: AccountRef<'_>, value: ValueIndex) -> bool {
        self.managed[value.0 as usize] || self.granted(account, value)
    }

    /// True if the files named a value once and no longer do (R10).
    pub fn is_unnamed(&self, value: ValueIndex) -> bool {
        self.unnamed[value.0 as usize]
    }

    /// True if a run of ours gave a value to an account, and that decides whether it is ours.
    fn granted(&self, account: AccountRef<'_>, value: ValueIndex) -> bool {
        let value = self.observation.value(value);
        if self.settings.authority[usize::from(value.kind.0)] != Authority::Granted {
            return false;
        }
        let kind = &self.settings.description.kind(value.kind).name;
        let memories = self.remembered.map(|remembered| &remembered.memories);
        let memory = memories.and_then(|memories| memories.get(account.vendor_id().raw()));
        memory.is_some_and(|memory| memory.granted.has(kind, value.name.raw()))
    }
}
