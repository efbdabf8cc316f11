//! Accounts that are not a person's main one, as `accounts.toml` lists them (R5).

use std::collections::HashMap;

use crate::config::{Config, ListedAccount};
use crate::model::account::AccountKind;
use crate::model::desired::{Desired, Left};
use crate::model::name::AppName;
use crate::model::observation::AccountRef;
use crate::model::person::fold_email;
use crate::model::reminder::{Reminder, Reminds};

use super::matching::person_tag;

/// The listed accounts of one app, by folded login or vendor id.
#[derive(Debug)]
pub struct Listed<'a>(HashMap<&'a str, usize>);

impl<'a> Listed<'a> {
    /// Those of an app.
    pub fn of(config: &'a Config, app: &AppName) -> Self {
        let accounts = config.accounts_of(app);
        Self(
            accounts
                .map(|(index, account)| (account.login.as_str(), index))
                .collect(),
        )
    }

    /// The entry of an account, if it is listed: an index in the configuration's accounts.
    pub fn find(&self, account: AccountRef<'_>) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let by = |text: &str| self.0.get(fold_email(text).as_str()).copied();
        by(account.login().raw()).or_else(|| by(account.vendor_id().raw()))
    }
}

/// The owner of a listed account, by index, and how they left, if they did.
pub fn owner<'a>(
    config: &Config,
    desired: &'a Desired,
    account: &ListedAccount,
) -> Option<(usize, Option<&'a Left>)> {
    let people = &config.people;
    let found = people.binary_search_by(|person| person.id.cmp(&account.owner));
    let index = found.ok()?;
    Some((index, desired.people[index].left.as_ref()))
}

/// What somebody should look at: reviews that are due, and accounts whose owner has left. An admin
/// account is closed then, all others are not.
pub fn reminders(config: &Config, desired: &Desired) -> Vec<Reminder> {
    let today = desired
        .as_of
        .to_zoned(config.organisation.time_zone.clone());
    let today = today.date();
    let mut reminders = Vec::new();
    for account in &config.accounts {
        let Some((index, left)) = owner(config, desired, account) else {
            continue;
        };
        let orphaned = left.filter(|_| account.kind != AccountKind::Admin);
        let due = (account.review <= today).then_some(Reminds::ReviewDue {
            review: account.review,
        });
        let left = orphaned.map(|left| Reminds::OwnerLeft {
            last_day: left.last_day,
        });
        for why in [left, due].into_iter().flatten() {
            reminders.push(Reminder {
                app: account.app.clone(),
                login: account.login.as_str().into(),
                kind: account.kind,
                owner: person_tag(&config.people[index]),
                why,
                at: config.sources.locate(account.site),
            });
        }
    }
    reminders
}
