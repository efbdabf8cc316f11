//! Finds people by what accounts say of themselves.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::config::Config;
use crate::model::account::LinkRule;
use crate::model::person::fold_email;

/// Finds people by what accounts say of themselves; made once for all apps.
#[derive(Debug)]
pub struct PeopleIndex<'a> {
    pub(super) config: &'a Config,
    ids: HashMap<&'a str, usize>,
    pub(super) emails: HashMap<String, usize>,
    /// An address of the past may have been several people's.
    previous_emails: HashMap<String, Vec<usize>>,
    /// Per person and period, the manager.
    managers: Vec<Vec<Option<usize>>>,
    /// No two people have one address.
    pub(super) distinct: bool,
}

impl<'a> PeopleIndex<'a> {
    /// Indexes the people of a configuration.
    pub fn new(config: &'a Config) -> Self {
        let mut index = Self {
            config,
            ids: HashMap::with_capacity(config.people.len()),
            emails: HashMap::with_capacity(config.people.len()),
            previous_emails: HashMap::new(),
            managers: Vec::with_capacity(config.people.len()),
            distinct: true,
        };
        for (position, person) in config.people.iter().enumerate() {
            index.ids.insert(person.id.as_str(), position);
            index
                .emails
                .insert(fold_email(person.email.raw()), position);
            for email in &person.previous_emails {
                index
                    .previous_emails
                    .entry(fold_email(email.raw()))
                    .or_default()
                    .push(position);
            }
        }
        index.distinct = index.emails.len() == config.people.len();
        for (position, person) in config.people.iter().enumerate() {
            for id in &person.previous_ids {
                index.ids.entry(id.as_str()).or_insert(position);
            }
        }
        for person in &config.people {
            let named = person.periods.iter().map(|period| period.manager.as_ref());
            let found = named.map(|manager| index.by_id(manager?.as_str()));
            let found = found.collect();
            index.managers.push(found);
        }
        index
    }

    /// The manager of a person in a period, all by index.
    pub(super) fn manager(&self, person: usize, period: usize) -> Option<usize> {
        self.managers[person][period]
    }

    /// The person of an id, now or in the past.
    pub fn by_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// Everybody to whom a folded address points, by the strongest rule that finds anybody.
    pub(super) fn by_email(&self, addresses: &[Cow<'_, str>]) -> Option<(LinkRule, Vec<usize>)> {
        let mut people: Vec<usize> = addresses
            .iter()
            .filter_map(|address| self.emails.get(address.as_ref()).copied())
            .collect();
        let mut rule = LinkRule::Email;
        if people.is_empty() {
            rule = LinkRule::PreviousEmail;
            let found = addresses
                .iter()
                .filter_map(|address| self.previous_emails.get(address.as_ref()));
            people = found.flatten().copied().collect();
        }
        people.sort_unstable();
        people.dedup();
        (!people.is_empty()).then_some((rule, people))
    }
}
