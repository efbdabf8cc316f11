//! A plan: all changes, ordered, with everything held or blocked and why; a plain value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::source::Location;
use crate::base::{Digest, Foreign};

use super::account::Status;
use super::allowance::Unused;
use super::breach::Breach;
use super::change::{AccountTag, Cause, Change, ChangeId, PersonTag, Verb};
use super::failure::Failure;
use super::guard::Judgement;
use super::leftover::{HeldThrough, OwnerTask};
use super::mode::Mode;
use super::name::{AppName, PersonId};
use super::precondition::Precondition;
use super::privileged::PrivilegedHolder;
use super::reminder::Reminder;
use super::upcoming::Event;

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

/// Something that is not done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Held or blocked.
    pub state: WithheldState,
    /// Where; absent if it concerns the person everywhere.
    pub app: Option<AppName>,
    /// Who, if anybody is known.
    pub person: Option<PersonTag>,
    /// Why.
    pub why: Impediment,
    /// What is not done, where that is known.
    pub changes: Vec<Change>,
    /// The line in the files, where there is one.
    pub at: Option<Location>,
}

/// Whether a human must decide or a rule forbids it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WithheldState {
    /// A human must decide.
    Held,
    /// A rule, an unknown value or a missing seat forbids it.
    Blocked,
    /// What it requires cannot happen (R17).
    Skipped,
    /// Somebody must accept an invitation first (R19).
    Waiting,
    /// The app's mode shows it and does not do it (R6).
    Reported,
    /// Nobody reviewed it yet, and nobody reviews this run (R24).
    Unreviewed,
}

impl WithheldState {
    /// True if a run that leaves it undone is not finished. What a mode leaves alone, the files
    /// want left alone; what waits for a review is not this run's; and what waits for somebody's
    /// acceptance is no failure (R19).
    pub const fn is_wanted(self) -> bool {
        !matches!(self, Self::Reported | Self::Unreviewed | Self::Waiting)
    }

    /// True if a later run is to do it: what is wanted, and what waits.
    pub const fn is_outstanding(self) -> bool {
        !matches!(self, Self::Reported | Self::Unreviewed)
    }
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "impediment", deny_unknown_fields)]
pub enum Impediment {
    /// R3: removed from the files while a period ran.
    Vanished,
    /// R7: the account says that it is another's, and the email says that it is this person's.
    Contradiction {
        /// The account.
        account: AccountTag,
        /// The HR id that the account stores; empty if the last snapshot's link contradicts.
        hr_id: Foreign,
        /// To whom it belongs by that id or link, if anybody.
        owner: Option<PersonId>,
    },
    /// R8: several people match one account.
    SeveralPeople {
        /// The account.
        account: AccountTag,
        /// The people.
        people: Vec<PersonTag>,
    },
    /// R5: the account is protected, and would have to be closed.
    Protected {
        /// The account.
        account: AccountTag,
    },
    /// R8: the files give several people one login.
    SharedLogin {
        /// The login.
        login: String,
        /// The people.
        people: Vec<PersonTag>,
    },
    /// R8: one person matches several accounts.
    SeveralAccounts {
        /// The accounts, with their status.
        accounts: Vec<(AccountTag, Status)>,
    },
    /// R9: the account was closed, and not by us.
    InactiveNotByUs {
        /// The account.
        account: AccountTag,
    },
    /// R9: the reading is incomplete, so that nothing is created or removed.
    IncompleteReading {
        /// Why it is incomplete.
        because: String,
    },
    /// R11: the app does not know the value.
    UnknownValue {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
        /// The nearest names that the app knows.
        nearest: Vec<Foreign>,
    },
    /// R11: the app knows several values of this name.
    AmbiguousValue {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
    },
    /// R2: closing would destroy data, and the app's settings do not allow that.
    Destructive {
        /// What closing means there.
        effect: String,
    },
    /// R17: the app that makes the account could not be read, so that nothing is planned there.
    SourceUnread {
        /// The source.
        source: AppName,
        /// Why it could not be read.
        because: String,
    },
    /// R17: what would make the account is itself held or blocked in the source.
    SourceWithheld {
        /// The source.
        source: AppName,
    },
    /// R18: the group that should make the account assigns nothing in the source.
    AssignsNothing {
        /// The source.
        source: AppName,
        /// The group.
        group: String,
    },
    /// R18: another app would close the person's account elsewhere, which nothing there plans.
    ClosesElsewhere {
        /// Where the account is.
        app: AppName,
    },
    /// R18: another app would make or open an account elsewhere, which nothing there plans.
    OpensElsewhere {
        /// Where the account would be.
        app: AppName,
    },
    /// R6: the app's mode does not allow it.
    Mode {
        /// The mode.
        mode: Mode,
    },
    /// R24: the clock did not bring it about, and nobody reviews this run.
    Unreviewed {
        /// What did.
        cause: Cause,
    },
    /// R20: a guard refuses it.
    Guard {
        /// What the guard found.
        judgement: Judgement,
    },
    /// R17: it requires another change, which is not done.
    Requires {
        /// What that would do.
        verb: Verb,
        /// Where.
        app: AppName,
        /// For whom.
        person: Option<PersonTag>,
    },
    /// R12: only an approval may give it, and none is in force.
    NeedsApproval {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
        /// The level, for keyed kinds.
        level: Option<String>,
        /// The account holds it already.
        holds: bool,
        /// The lines to add to `approvals.toml`, approver and reason left open.
        snippet: Vec<String>,
    },
    /// R14: no seat is left.
    NoSeat {
        /// Of which pool.
        pool: String,
        /// How many are taken now.
        used: u32,
        /// How many there are.
        total: u32,
        /// How many this plan needs.
        needed: u32,
        /// How many it frees.
        freed: u32,
    },
    /// R15: the files do not say what the app demands of a new account.
    MissingAttribute {
        /// The attributes, by our names.
        attributes: Vec<String>,
        /// The lines to complete in the person's entry.
        snippet: Vec<String>,
    },
    /// R20: it is the account whose credentials we use.
    OwnAccount {
        /// The account.
        account: AccountTag,
    },
    /// R5: the files list the account that is called as the person's main one is to be.
    Listed {
        /// The account.
        account: AccountTag,
    },
    /// R19: the person has not accepted their invitation yet.
    Acceptance {
        /// Since when they could; absent if the invitation is still to be sent.
        since: Option<Timestamp>,
        /// Until when they can; absent if it does not expire.
        until: Option<Timestamp>,
    },
    /// R19: an invitation expired that is not sent again: often enough already, or not by the app's
    /// API.
    Expired {
        /// The account.
        account: AccountTag,
        /// When it was sent last.
        since: Timestamp,
        /// How often it was sent again.
        renewals: u8,
    },
    /// R19: the person declined, or somebody withdrew their invitation.
    Declined {
        /// The account that was invited.
        account: AccountTag,
        /// When the invitation was sent.
        since: Timestamp,
    },
    /// R19: the account was in use, is gone, and no run of ours closed it.
    WentAway {
        /// The account.
        account: AccountTag,
    },
    /// R13: nobody may hold the two together.
    Separation(Box<Breach>),
    /// The person's entry has a problem of its own.
    Entry {
        /// The diagnostic's code.
        code: String,
        /// What it says.
        message: String,
    },
}

impl Impediment {
    /// The rule that withholds, where it is one of the numbered ones.
    pub const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Vanished => Some("R3"),
            Self::Contradiction { .. } => Some("R7"),
            Self::Protected { .. } | Self::Listed { .. } => Some("R5"),
            Self::SeveralPeople { .. }
            | Self::SharedLogin { .. }
            | Self::SeveralAccounts { .. } => Some("R8"),
            Self::InactiveNotByUs { .. } | Self::IncompleteReading { .. } => Some("R9"),
            Self::UnknownValue { .. } | Self::AmbiguousValue { .. } => Some("R11"),
            Self::Destructive { .. } => Some("R2"),
            Self::Mode { .. } => Some("R6"),
            Self::Unreviewed { .. } => Some("R24"),
            Self::Guard { .. } | Self::OwnAccount { .. } => Some("R20"),
            Self::SourceUnread { .. } | Self::SourceWithheld { .. } | Self::Requires { .. } => {
                Some("R17")
            }
            Self::AssignsNothing { .. }
            | Self::ClosesElsewhere { .. }
            | Self::OpensElsewhere { .. } => Some("R18"),
            Self::NeedsApproval { .. } => Some("R12"),
            Self::Separation(_) => Some("R13"),
            Self::Acceptance { .. }
            | Self::Expired { .. }
            | Self::Declined { .. }
            | Self::WentAway { .. } => Some("R19"),
            Self::NoSeat { .. } => Some("R14"),
            Self::MissingAttribute { .. } => Some("R15"),
            Self::Entry { .. } => None,
        }
    }
}

impl fmt::Display for WithheldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
            Self::Reported => "reported only",
            Self::Unreviewed => "not reviewed",
        })
    }
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
