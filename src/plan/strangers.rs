//! The accounts of one app that are no main account of a person of the files: somebody's who vanished
//! (R3), nobody's, or listed (R5).

use crate::config::{Removed, Unmanaged};
use crate::model::account::{AccountKind, Status};
use crate::model::desired::Closing;
use crate::model::name::PersonId;
use crate::model::observation::{AccountIndex, AccountRef};
use crate::model::plan::UnmanagedAccount;
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::closing::{closing_reason, deactivate};
use super::differ::Differ;
use super::draft::{Subject, Who};
use super::listed;
use super::matching::{Owner, tag};

impl Differ<'_> {
    /// Plans for all of them.
    pub(super) fn strangers(&mut self) {
        let view = self.view;
        for (id, accounts) in &view.links.gone {
            for account in accounts {
                self.gone(id, *account);
            }
        }
        for (account, owner) in view.observation.accounts().zip(&view.links.owners) {
            match owner {
                Owner::Nobody => self.stranger(account),
                Owner::Listed(entry) => self.listed(account, *entry),
                Owner::Person(..) | Owner::Gone(_) | Owner::Contested => {}
            }
        }
    }

    /// R3: an account of somebody who is remembered but no longer in the files.
    fn gone(&mut self, id: &PersonId, account: AccountIndex) {
        let view = self.view;
        let account = view.observation.account(account);
        let Some(known) = view.history.people.get(id) else {
            return self.stranger(account);
        };
        let now = view.desired.as_of;
        let left = known.until.is_some_and(|until| until <= now);
        let leaver = left || view.config.lifecycle.removed == Removed::Leaver;
        let who = Who::Gone(known);
        let subject = Subject {
            who,
            account: Some(account),
        };
        // An account that also names somebody who is here may be theirs, under another id.
        let is_it = |impediment: &Impediment| matches!(impediment, Impediment::Contradiction { account: other, .. } if *other == tag(account));
        let claimed = view.links.conflicts.values().flatten().any(is_it);
        if leaver && !claimed {
            let why = Why::Vanished { until: known.until };
            let zone = &view.config.organisation.time_zone;
            let ended = |until| crate::desired::released(view.config, until, zone, now);
            let released = known.until.is_some_and(ended);
            self.close(&subject, account, &[Reason { why, at: None }], released);
        } else if account.status() != Status::Inactive {
            self.draft
                .hold(view, &subject, Impediment::Vanished, Vec::new());
        }
    }

    /// R5: an account that matches nobody.
    fn stranger(&mut self, account: AccountRef<'_>) {
        let view = self.view;
        if account.status() == Status::Inactive || view.protects(account) {
            return;
        }
        let close = view.settings.unmanaged == Unmanaged::Deactivate;
        // Without a snapshot, nobody knows whose it may have been (R25).
        if close && view.history.last.is_some() {
            let who = Who::Nobody;
            let account = Some(account);
            let subject = Subject { who, account };
            let why = Why::Unmanaged;
            let step = deactivate(view, vec![Reason { why, at: None }]);
            return self
                .draft
                .add(view, self.causes, &subject, vec![step], true);
        }
        if view.settings.unmanaged != Unmanaged::Ignore {
            self.draft.unmanaged.push(UnmanagedAccount {
                app: view.name.clone(),
                account: tag(account),
                status: account.status(),
            });
        }
    }

    /// R5: an account that the files list. A person's admin account closes with them; no other is
    /// touched.
    fn listed(&mut self, account: AccountRef<'_>, entry: usize) {
        let view = self.view;
        let listed = &view.config.accounts[entry];
        let owner = listed::owner(view.config, view.desired, listed);
        let Some((index, Some(left))) = owner.filter(|_| listed.kind == AccountKind::Admin) else {
            return;
        };
        let person = &view.config.people[index];
        let subject = Subject {
            who: Who::Present(index, person),
            account: Some(account),
        };
        let reason = closing_reason(view, person, Closing::Left(*left));
        let kind = listed.kind;
        let entry = Reason {
            why: Why::Listed { kind },
            at: Some(view.config.sources.locate(listed.site)),
        };
        self.close(&subject, account, &[reason, entry], left.released);
    }
}
