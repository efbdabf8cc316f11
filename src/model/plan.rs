//! A plan: all changes, ordered, with everything held or blocked and why; a plain value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Foreign};

use super::account::Status;
use super::allowance::Unused;
use super::change::{AccountTag, Change, ChangeId, PersonTag};
use super::failure::Failure;
use super::guard::Judgement;
use super::leftover::{HeldThrough, OwnerTask};
use super::name::{AppName, PersonId};
use super::order::Ordered;
use super::precondition::Precondition;
use super::privileged::PrivilegedHolder;
use super::reminder::Reminder;
use super::upcoming::Event;
use super::withheld::{Impediment, Withheld};

/// The format of a plan's body.
pub const FORMAT: &str = "provisor.plan/1";

/// How many days ahead a plan looks.
pub const HORIZON: u16 = 14;

/// A plan: the envelope says when and by what it was made, the body all else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// When and by what it was made.
    pub envelope: Envelope,
    /// What it says.
    pub body: Body,
}

impl Plan {
    /// The plan's id: the digest of its body.
    pub fn id(&self) -> Digest {
        Digest::of_value(&self.body)
    }
}

/// When and by what a plan was made; not part of its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The instant.
    pub created: Timestamp,
    /// This program's version.
    pub tool: String,
    /// The commit of the files, if they are in a Git repository.
    pub commit: Option<String>,
    /// When each app was read.
    pub fetched_at: BTreeMap<AppName, Timestamp>,
    /// Until when it may be applied.
    pub expires: Timestamp,
    /// Of simulated apps: it is never applied to real ones, nor one of real ones to simulated.
    pub rehearsal: bool,
}

/// What a plan says: byte-identical for identical input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// [`FORMAT`].
    pub format: String,
    /// The organisation's name.
    pub organisation: Foreign,
    /// The moment that the desired state was computed for.
    pub as_of: Timestamp,
    /// The organisation's time zone, to show that moment in.
    pub time_zone: String,
    /// The digest of the validated configuration.
    pub configuration: Digest,
    /// The digest of its settings: all but people and profiles. If they change, the plan is stale
    /// as a whole (R23).
    pub settings: Digest,
    /// It was made without asking the apps, from what a snapshot holds; never applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// It holds only some of the changes that are due; absent if it holds all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Whose facts are not those of the last run, and what they are: of them alone the plan is a
    /// review (R24).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edited: BTreeMap<PersonId, Digest>,
    /// It holds only what is due without a review (R24).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due: bool,
    /// There is no snapshot: nothing is removed by omission, nothing inferred from history (R25).
    pub first_run: bool,
    /// Settings of consequence that are not as at the last run (R20).
    pub changed_settings: Vec<SettingChange>,
    /// Each configured app: what was read, or why it was not.
    pub apps: BTreeMap<AppName, AppSummary>,
    /// In the order of execution: every edge leads from an earlier to a later change.
    pub changes: Vec<Change>,
    /// Sorted.
    pub edges: Vec<Edge>,
    /// Accounts that close although no change here says so: closing another app's account closes
    /// them too, and nothing of ours stops that (R18).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_closed: Vec<AlsoClosed>,
    /// What each guard found that had something to count (R20).
    pub guards: Vec<Judgement>,
    /// What the files allow by its exact number, and this plan does not use (R20).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<Unused>,
    /// The accounts that the changes touch, as they were found: what each change presumes (R23).
    /// Sorted.
    pub accounts: Vec<Precondition>,
    /// Not done because a human must decide or a rule forbids it.
    pub withheld: Vec<Withheld>,
    /// Accounts that match nobody (R5).
    pub unmanaged: Vec<UnmanagedAccount>,
    /// Accounts of people to whom no profile gives the app (R4).
    pub surplus: Vec<SurplusAccount>,
    /// How many people of the files the rollout leaves alone (R6).
    pub out_of_scope: usize,
    /// What dates bring within [`HORIZON`] days, by day and person, from the files alone (R24).
    pub upcoming: Vec<Event>,
    /// Who holds what only an approval may give, in the order of apps (R12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileged: Vec<PrivilegedHolder>,
    /// What the closings leave to the apps' owners, since no API does it (R2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<OwnerTask>,
    /// What people hold that nobody gives them and that cannot be taken from them (R10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_through: Vec<HeldThrough>,
    /// Listed accounts that somebody should look at (R5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    /// Who left by an order, and is still in the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered: Vec<Ordered>,
}

impl Body {
    /// What is not done though somebody waits for it.
    pub fn unfinished(&self) -> impl Iterator<Item = &Withheld> {
        self.withheld.iter().filter(|item| item.state.is_wanted())
    }

    /// What a later run is to do: what is not done though it should be, and what waits for
    /// somebody's acceptance.
    pub fn outstanding(&self) -> impl Iterator<Item = &Withheld> {
        let items = self.withheld.iter();
        items.filter(|item| item.state.is_outstanding())
    }

    /// The guards that refuse something.
    pub fn tripped(&self) -> impl Iterator<Item = &Judgement> {
        self.guards.iter().filter(|judgement| judgement.tripped())
    }

    /// True if some app was not read, or not wholly (R21).
    pub fn is_incomplete(&self) -> bool {
        self.apps.values().any(|app| match app {
            AppSummary::Unread { .. } => true,
            AppSummary::Read { incomplete, .. } => incomplete.is_some(),
            AppSummary::Dropped { .. } => false,
        })
    }
}

/// A setting of consequence that changed since the last run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingChange {
    /// Which, as the files write it: `apps.slack.mode`.
    pub key: String,
    /// What it was; absent if it was not there.
    pub before: Option<String>,
    /// What it is; absent if it is gone.
    pub after: Option<String>,
}

/// What was read of one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "reading", deny_unknown_fields)]
pub enum AppSummary {
    /// The app answered.
    Read {
        /// How many accounts it has.
        accounts: usize,
        /// Of those, the ones that belong to a person.
        matched: usize,
        /// Why the answer may lack accounts; absent if it is complete.
        incomplete: Option<String>,
        /// How many active accounts hold what makes an administrator; absent if nothing there is
        /// known to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        administrators: Option<usize>,
        /// The account whose credentials we use; absent if the app does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        own: Option<AccountTag>,
        /// The digest of all that was read.
        digest: Digest,
    },
    /// The app could not be read: nothing is planned there (R21).
    Unread {
        /// Why.
        failure: Failure,
    },
    /// The files no longer name the app; people's accounts there stay as they are.
    Dropped {
        /// How many accounts of people were open when it was last read.
        open: usize,
    },
}

/// The snapshot that a plan was made against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Against {
    /// Its serial number.
    pub serial: u64,
    /// The digest of its manifest.
    pub snapshot: Digest,
    /// When it was written.
    pub written: Timestamp,
}

/// Which of the changes that are due a plan holds, besides what they require.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Those of these people; of everybody if empty.
    pub people: BTreeSet<PersonId>,
    /// Those in these apps; in every app if empty.
    pub apps: BTreeSet<AppName>,
    /// How many changes that leaves out.
    pub left_out: usize,
}

/// Two changes of which one comes before the other (R16).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The earlier.
    pub before: ChangeId,
    /// The later.
    pub after: ChangeId,
    /// Whether a failure of the earlier skips the later.
    pub kind: EdgeKind,
}

/// Whether an edge carries failure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// Order, and a failure skips what comes after (R17).
    Requires,
    /// Order only.
    Follows,
}

/// An account that closes with the one that signs in to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlsoClosed {
    /// Where.
    pub app: AppName,
    /// Which.
    pub account: Option<AccountTag>,
    /// Whose.
    pub person: Option<PersonTag>,
    /// The app whose closing closes it.
    pub source: AppName,
    /// The change there.
    pub by: ChangeId,
    /// What keeps us from closing it, and not the source; absent if nothing is planned there.
    pub despite: Option<Impediment>,
}

/// An account that matches nobody (R5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmanagedAccount {
    /// Where.
    pub app: AppName,
    /// Which.
    pub account: AccountTag,
    /// Whether it can be used.
    pub status: Status,
}

/// An account of a person to whom no profile gives the app (R4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurplusAccount {
    /// Where.
    pub app: AppName,
    /// Whose.
    pub person: PersonTag,
    /// Which.
    pub account: AccountTag,
    /// Whether it can be used.
    pub status: Status,
}
