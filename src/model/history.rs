//! What the last snapshot remembers: whose each account is and what runs of ours did to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Foreign};

use super::account::LinkRule;
use super::change::{Action, Change, ChangeId};
use super::granted::{self, Granted};
use super::guard::Override;
use super::name::{AppName, PersonId, RunId};
use super::outcome::{Outcome, StepOutcome};

/// What is known of one account beyond what its app says: written into every reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Whose account it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How that was found when it was first linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkRule>,
    /// The run of ours that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<RunId>,
    /// The run of ours that closed it, if it is still as that run left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<RunId>,
    /// A profile or extra gave its person this app at some run (R4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub desired: bool,
    /// Since which reading it is seen inactive (R9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactive_since: Option<Timestamp>,
    /// A run of ours meant to open it, and it was not seen open since: the next one still means to
    /// (R9).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopening: bool,
    /// What runs of ours gave it and it holds since, where only that is ours to take away (R10).
    #[serde(default, skip_serializing_if = "Granted::is_empty")]
    pub granted: Granted,
    /// When their invitation was sent, for as long as it is not accepted (R19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<Timestamp>,
    /// How often it was sent again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub renewals: u8,
    /// Since which reading the account is missing, which nobody of us closed (R19): all else is
    /// remembered as it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A person as a snapshot remembers one: enough to notice that they vanished (R3) and that their
/// facts changed (R22).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RememberedPerson {
    /// The HR id.
    pub id: PersonId,
    /// The name for people.
    pub name: Foreign,
    /// When the last known period ends; open-ended if absent.
    pub until: Option<Timestamp>,
    /// The digest of the entry and of all that profiles and extras gave them.
    pub facts: Digest,
    /// What a date will take from them by itself, as the files said then (R24).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<Ending>,
    /// They were in scope, or something due to them from when they were is not done (R6).
    #[serde(default)]
    pub in_scope: bool,
}

/// What an extra or an approval gives until a day, and nothing else after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// Where.
    pub app: AppName,
    /// Kind and value; the account itself if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<(String, String)>,
    /// Its last day, inclusive.
    pub on: Date,
}

/// A reviewed run that left no snapshot: what somebody agreed to, and of whose facts (R22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// What it was to do, or will have to.
    pub meant: BTreeSet<ChangeId>,
    /// The digest of the settings.
    pub settings: Digest,
    /// The facts of those who were edited since the run before it.
    pub edited: BTreeMap<PersonId, Digest>,
    /// It was of everybody.
    pub whole: bool,
}

/// Everything that planning may infer from the past; empty before the first run (R25).
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The last snapshot, if there is one.
    pub last: Option<LastRun>,
    /// Per app, the last reading and what is remembered of its accounts.
    pub apps: BTreeMap<AppName, RememberedApp>,
    /// The people of the last run, by id.
    pub people: BTreeMap<PersonId, RememberedPerson>,
    /// What runs of the last days did, as far as guards count it.
    pub recent: Vec<Deed>,
    /// The overrides of the files that runs used up, those whose last day is over left out.
    pub used_up: Vec<Override>,
    /// The reviewed runs since the last snapshot.
    pub agreed: Vec<Agreed>,
}

/// The last run that left a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// The snapshot's serial number.
    pub serial: u64,
    /// The digest of its manifest: the head of the chain.
    pub head: Digest,
    /// The moment its desired state was computed for.
    pub as_of: Timestamp,
    /// It was of some people or apps: the moment of the last run that was of all.
    pub whole: Option<Timestamp>,
    /// Nobody reviewed it, or not as a whole: the moment of the last run before it that somebody did
    /// (R24).
    pub reviewed: Option<Timestamp>,
    /// The digest of its validated configuration.
    pub configuration: Digest,
    /// Changes that it tried and did not get done.
    pub undone: Vec<ChangeId>,
    /// How many people were at work.
    pub at_work: Option<usize>,
    /// The settings of consequence, by key.
    pub settings: BTreeMap<String, String>,
}

impl LastRun {
    /// The moment from which dates count: nobody looked at everybody since (R22).
    pub fn since(&self) -> Timestamp {
        self.whole.unwrap_or(self.as_of)
    }
}

/// One app as the last snapshot has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RememberedApp {
    /// What is remembered of accounts, by vendor id; also of those that the last reading left out,
    /// if it was incomplete.
    pub memories: BTreeMap<String, Memory>,
    /// Per entitlement kind, by name: the values that the files named then or earlier (R10).
    pub named: BTreeMap<String, BTreeSet<String>>,
    /// How many accounts the last reading held.
    pub accounts: usize,
    /// The last run read the app to its end; otherwise an earlier reading was carried.
    pub read: bool,
    /// The digest of the app's settings then.
    pub settings: Option<Digest>,
}

/// A change that a run of ours got done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The run.
    pub run: RunId,
    /// The change.
    pub change: Change,
    /// What became of it: done or already so; or unknown, of an invitation sent again.
    pub outcome: Outcome,
    /// When it ended.
    pub ended: Timestamp,
}

impl Deed {
    /// What a run got done; none if it did not. An invitation that may have been sent again counts
    /// as sent: nobody is mailed for a lost answer (R19).
    pub fn of(run: &RunId, change: &Change, step: &StepOutcome) -> Option<Self> {
        let mailed = matches!(change.action, Action::Invite { .. }) && change.account.is_some();
        let unknown = matches!(step.outcome, Outcome::Unknown { .. });
        (step.outcome.is_good() || (mailed && unknown)).then(|| Self {
            run: run.clone(),
            change: change.clone(),
            outcome: step.outcome.clone(),
            ended: step.ended,
        })
    }
}

impl Memory {
    /// True if it was closed, by us or by somebody else.
    pub const fn is_closed(&self) -> bool {
        self.closed_by.is_some() || self.inactive_since.is_some()
    }

    /// Notes that an invitation was sent.
    fn send(&mut self, renewal: u8, at: Timestamp) {
        self.invited = Some(at);
        self.renewals = renewal;
    }
}

impl History {
    /// Takes in which closed accounts a plan meant to open, whatever became of that: changes that
    /// it made, and those that were withheld.
    pub fn intend<'a>(&mut self, changes: impl Iterator<Item = &'a Change>) {
        let opens =
            |change: &&Change| matches!(change.action, Action::Reactivate | Action::Await { .. });
        for change in changes.filter(opens) {
            if let Some(account) = &change.account {
                let app = self.apps.entry(change.app.clone()).or_default();
                let id = account.vendor_id.raw().to_owned();
                app.memories.entry(id).or_default().reopening = true;
            }
        }
    }

    /// Takes in what reviewed runs meant to do that left no snapshot: whatever of it is not done, the
    /// next run tries again (R22).
    pub fn resume(&mut self, runs: impl IntoIterator<Item = Agreed>) {
        if self.last.is_some() {
            self.agreed.extend(runs);
        }
    }

    /// Takes in what runs got done since the last snapshot: whose accounts they made, and which
    /// they closed, themselves or through another app (R18), and what they gave. What was already
    /// so, somebody else did.
    pub fn absorb(&mut self, deeds: &[Deed]) {
        for Deed {
            run,
            change,
            outcome,
            ended,
        } in deeds
        {
            let app = self.apps.entry(change.app.clone()).or_default();
            if let (Action::Invite { renewal, .. }, Some(account)) =
                (&change.action, &change.account)
            {
                let id = account.vendor_id.raw().to_owned();
                app.memories.entry(id).or_default().send(*renewal, *ended);
                continue;
            }
            let Outcome::Done { vendor_id } = outcome else {
                continue;
            };
            match (&change.action, vendor_id, &change.account) {
                (
                    Action::Create(_) | Action::Invite { .. } | Action::Await { .. },
                    Some(id),
                    before,
                ) => {
                    let memory = app.memories.entry(id.raw().to_owned()).or_default();
                    memory.person = change.person.as_ref().map(|person| person.id.clone());
                    if before.is_none() {
                        memory.created_by = Some(run.clone());
                    }
                    memory.desired = true;
                    if let Action::Invite { renewal, .. } = change.action {
                        memory.send(renewal, *ended);
                    }
                }
                (Action::Deactivate { .. }, _, Some(account)) => {
                    let id = account.vendor_id.raw().to_owned();
                    app.memories.entry(id).or_default().closed_by = Some(run.clone());
                }
                _ => {}
            }
        }
        granted::absorb(&mut self.apps, deeds);
    }
}
