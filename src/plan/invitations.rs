//! Invitations (R19): a pending account waits for its person. An invitation that expired is sent
//! again twice. Whoever declined it, or went away, is left to a human.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::account::Status;
use crate::model::app::Invitation;
use crate::model::change::{AccountTag, Action, NewAccount};
use crate::model::history::{Memory, RememberedApp};
use crate::model::observation::{AccountRef, Observation};
use crate::model::withheld::Impediment;

use super::differ::Differ;
use super::draft::{Step, Subject};
use super::matching::{Links, PeopleIndex, tag};
use super::view::AppView;

/// So often an invitation that expired is sent again.
const MOST_RENEWALS: u8 = 2;

/// What comes next for somebody who was invited and has not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// They may still accept.
    Wait(Impediment),
    /// It expired and is sent again: for the so many-th time.
    Renew(u8),
    /// A human must decide.
    Hold(Impediment),
}

/// Somebody's account that is gone, though no run of ours closed it.
#[derive(Clone, Copy, Debug)]
pub struct Missing<'a> {
    vendor_id: &'a str,
    memory: &'a Memory,
}

/// The accounts of people who have none now, by person. A memory outlives its account only where
/// people are invited, and a reading that may lack accounts misses none (R9).
pub fn missing<'a>(
    observation: &Observation,
    remembered: Option<&'a RememberedApp>,
    links: &Links,
    people: &PeopleIndex<'_>,
) -> HashMap<usize, Missing<'a>> {
    let mut missing: HashMap<usize, Missing<'a>> = HashMap::new();
    let memories = remembered.into_iter().flat_map(|app| &app.memories);
    for (vendor_id, memory) in memories {
        let Some(person) = memory.person.as_ref() else {
            continue;
        };
        if memory.is_closed() || observation.find(vendor_id).is_some() {
            continue;
        }
        let Some(person) = people.by_id(person.as_str()) else {
            continue;
        };
        if links.main(person).is_none() {
            let found = Missing { vendor_id, memory };
            let known = missing.entry(person).or_insert(found);
            // Of several, the one that tells of the latest invitation.
            if known.memory.invited < memory.invited {
                *known = found;
            }
        }
    }
    missing
}

impl AppView<'_> {
    /// How people are invited here; none where accounts are simply made, or by another app, which
    /// then does the inviting (R18).
    pub fn invitation(&self) -> Option<Invitation> {
        let own = self.settings.provisioned_by.is_none();
        self.settings.description.invitation.filter(|_| own)
    }

    /// What comes next for an account that should be open; none if it waits for nobody.
    pub fn next_of(&self, account: AccountRef<'_>) -> Option<Next> {
        let invitation = self.invitation()?;
        if account.status() != Status::Pending {
            return None;
        }
        let memories = self.remembered.map(|app| &app.memories);
        let memory = memories.and_then(|known| known.get(account.vendor_id().raw()));
        // One that was gone and is back was invited by somebody else.
        let memory = memory.filter(|memory| memory.missing_since.is_none());
        let since = memory.and_then(|memory| memory.invited);
        let since = since
            .or(account.invited())
            .unwrap_or(self.observation.fetched_at);
        let until = expiry(invitation, since);
        if until.is_none_or(|until| self.desired.as_of < until) {
            let since = Some(since);
            return Some(Next::Wait(Impediment::Acceptance { since, until }));
        }
        let renewals = memory.map_or(0, |memory| memory.renewals);
        Some(again(invitation, tag(account), since, renewals))
    }

    /// What comes next for somebody who should have an account here and has none any more; none if
    /// they never had.
    pub fn next_of_missing(&self, person: usize, new: &NewAccount) -> Option<Next> {
        let invitation = self.invitation()?;
        let Missing { vendor_id, memory } = self.missing.get(&person)?;
        let account = AccountTag {
            vendor_id: (*vendor_id).into(),
            login: new.login.clone().into(),
        };
        let Some(since) = memory.invited else {
            return Some(Next::Hold(Impediment::WentAway { account }));
        };
        let gone = memory.missing_since.unwrap_or(self.desired.as_of);
        if expiry(invitation, since).is_none_or(|until| gone < until) {
            return Some(Next::Hold(Impediment::Declined { account, since }));
        }
        // It is gone: another one is a new one, which every app can send.
        let invitation = Invitation {
            renews: true,
            ..invitation
        };
        Some(again(invitation, account, since, memory.renewals))
    }

    /// Lets wait what can be given only once the person accepted.
    pub fn await_acceptance(&self, steps: &mut [Step], why: &Impediment) {
        if self
            .settings
            .description
            .invitation
            .is_none_or(|invitation| invitation.gives_early)
        {
            return;
        }
        let gives = |action: &Action| matches!(action, Action::Grant { .. } | Action::Set { .. });
        for step in steps.iter_mut().filter(|step| gives(&step.action)) {
            step.impediment.get_or_insert_with(|| why.clone());
        }
    }
}

impl Differ<'_> {
    /// R19: what waits for the person's acceptance, and what is to be said of it.
    pub(super) fn pause(&mut self, subject: &Subject<'_>, next: Option<Next>, steps: &mut [Step]) {
        match next {
            None => {}
            Some(Next::Renew(_)) => self.view.await_acceptance(steps, &ONCE_ACCEPTED),
            Some(Next::Hold(why)) => {
                self.view.await_acceptance(steps, &ONCE_ACCEPTED);
                self.draft.hold(self.view, subject, why, Vec::new());
            }
            Some(Next::Wait(why)) => {
                self.view.await_acceptance(steps, &why);
                if steps
                    .iter()
                    .all(|step| step.impediment.as_ref() != Some(&why))
                {
                    self.draft.wait(self.view, subject, why);
                }
            }
        }
    }
}

/// What waits for an invitation that this plan sends.
pub const ONCE_ACCEPTED: Impediment = Impediment::Acceptance {
    since: None,
    until: None,
};

fn again(invitation: Invitation, account: AccountTag, since: Timestamp, renewals: u8) -> Next {
    if invitation.renews && renewals < MOST_RENEWALS {
        return Next::Renew(renewals + 1);
    }
    Next::Hold(Impediment::Expired {
        account,
        since,
        renewals,
    })
}

/// When an invitation expires; none if it does not.
pub fn expiry(invitation: Invitation, since: Timestamp) -> Option<Timestamp> {
    let days = SignedDuration::from_hours(24 * i64::from(invitation.lifetime?));
    since.checked_add(days).ok()
}
