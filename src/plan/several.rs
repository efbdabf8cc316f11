//! Several accounts that may be one person's (R8): what is a question, and what is certain all the
//! same.

use crate::model::account::{LinkRule, Status};
use crate::model::desired::Closing;
use crate::model::observation::{AccountIndex, AccountRef};
use crate::model::withheld::Impediment;

use super::attributes;
use super::closing::closing_reason;
use super::differ::Differ;
use super::draft::{Subject, Who};

impl<'a> Differ<'a> {
    /// R8: closings with an unambiguous account proceed. Of several accounts of somebody who left,
    /// those that are theirs by HR id or by the last snapshot's link are closed, whichever would be
    /// the main one; answers which those are.
    pub(super) fn close_others(
        &mut self,
        index: usize,
        main: Option<(AccountIndex, LinkRule)>,
        conflicts: &[Impediment],
        closing: Closing,
    ) -> Vec<AccountRef<'a>> {
        let view = self.view;
        let person = &view.config.people[index];
        let stores = attributes::stores_hr_id(view.settings, view.observation);
        let mut closed = Vec::new();
        for impediment in conflicts {
            let Impediment::SeveralAccounts { accounts } = impediment else {
                continue;
            };
            for (tag, _) in accounts {
                let Some(account) = view.observation.find(tag.vendor_id.raw()) else {
                    continue;
                };
                let linked = self
                    .memory(account)
                    .and_then(|memory| memory.person.as_ref());
                let id = person.id.as_str();
                let theirs = stores && account.hr_id().raw() == id || linked == Some(&person.id);
                let is_main = main.is_some_and(|(main, _)| main == account.index());
                if !theirs || is_main || account.status() == Status::Inactive {
                    continue;
                }
                let subject = Subject {
                    who: Who::Present(index, person),
                    account: Some(account),
                };
                let reason = closing_reason(view, person, closing);
                self.close(&subject, account, &[reason], false);
                closed.push(account);
            }
        }
        closed
    }

    /// True if every open account that an impediment speaks of is among these.
    pub(super) fn is_about_only(
        &self,
        impediment: &Impediment,
        among: impl Fn(&AccountRef<'_>) -> bool,
    ) -> bool {
        let Impediment::SeveralAccounts { accounts } = impediment else {
            return false;
        };
        let open = accounts
            .iter()
            .filter(|(_, status)| *status != Status::Inactive);
        let mut found = open.map(|(tag, _)| self.view.observation.find(tag.vendor_id.raw()));
        found.all(|account| account.is_some_and(|account| among(&account)))
    }

    /// True if something that stands in a person's way is about an account that can be used.
    pub(super) fn concerns_open_account(&self, impediment: &Impediment) -> bool {
        let account = match impediment {
            Impediment::SeveralAccounts { accounts } => {
                return accounts
                    .iter()
                    .any(|(_, status)| *status != Status::Inactive);
            }
            Impediment::Contradiction { account, .. }
            | Impediment::SeveralPeople { account, .. } => account,
            _ => return false,
        };
        let found = self.view.observation.find(account.vendor_id.raw());
        found.is_some_and(|account| account.status() != Status::Inactive)
    }
}
