//! What becomes of the accounts that a plan changes: it tells what is taken from somebody who stays
//! from what is a part of leaving (R20).

use std::collections::HashSet;

use super::account::Status;
use super::change::{Action, Change};
use super::name::AppName;
use super::plan::Body;

/// What an account is about whose values change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is open when all is done.
    Open,
    /// The same plan closes it: what its owner loses besides is part of leaving.
    Closes,
    /// It is closed already, and stays so: what is taken from it is the rest of leaving.
    Closed,
}

/// The accounts of a plan that do not stay open.
pub struct Fates<'a> {
    closes: HashSet<Account<'a>>,
    closed: HashSet<Account<'a>>,
}

type Account<'a> = (&'a AppName, &'a str);

impl<'a> Fates<'a> {
    /// Of a plan.
    pub fn of(plan: &'a Body) -> Self {
        let those = |does: fn(&Action) -> bool| -> HashSet<Account<'a>> {
            let changes = plan.changes.iter();
            let changes = changes.filter(|change| does(&change.action));
            changes.filter_map(account).collect()
        };
        let closes = those(|action| matches!(action, Action::Deactivate { .. }));
        let opens = those(|action| matches!(action, Action::Reactivate | Action::Await { .. }));
        let accounts = plan.accounts.iter();
        let inactive = accounts.filter(|one| one.status == Status::Inactive);
        let inactive = inactive.map(|one| (&one.app, one.account.vendor_id.raw()));
        Self {
            closed: inactive.filter(|one| !opens.contains(one)).collect(),
            closes,
        }
    }

    /// Of the account that a change is about.
    pub fn fate(&self, change: &Change) -> Fate {
        let Some(account) = account(change) else {
            return Fate::Open;
        };
        if self.closes.contains(&account) {
            Fate::Closes
        } else if self.closed.contains(&account) {
            Fate::Closed
        } else {
            Fate::Open
        }
    }
}

fn account(change: &Change) -> Option<Account<'_>> {
    Some((&change.app, change.account.as_ref()?.vendor_id.raw()))
}
