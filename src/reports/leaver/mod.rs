//! A leaver's certificate: when each door was closed, by which run, what was read back, and what
//! remains. It is made from the state and the files alone; no app is asked.

mod trail;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Digest, Foreign};
use crate::model::account::{AccountKind, Status};
use crate::model::change::{AccountTag, ChangeId, PersonTag};
use crate::model::name::{AppName, RunId};

pub use trail::{Last, Trail};

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.leaver/1";

/// What became of one leaver's accounts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// The organisation's name.
    pub organisation: Foreign,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// Who.
    pub person: PersonTag,
    /// Their entry is still in the files.
    pub in_files: bool,
    /// When access ended, as far as anything tells.
    pub ended: Ended,
    /// The first day of their return, if the files have one.
    pub returns: Option<Date>,
    /// The state on which all of this stands.
    pub evidence: Evidence,
    /// True if every account that is known was read back closed, and no app may hold another.
    pub closed: bool,
    /// Apps in which they may have an account that nothing tells of.
    pub gaps: Vec<Gap>,
    /// Every account that they had, by app.
    pub accounts: Vec<Account>,
    /// Accounts of others for which they still answer, as the files have it.
    pub answers_for: Vec<AnswersFor>,
}

/// The end of somebody's access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ended {
    /// The last working day.
    pub last_day: Option<Date>,
    /// The instant at which access ended.
    pub at: Option<Timestamp>,
    /// The first snapshot of a run that knew this end: it was in the files by then.
    pub known_since: Option<Known>,
}

/// A snapshot, as a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Known {
    /// Its serial number.
    pub snapshot: u64,
    /// When it was written.
    pub written: Timestamp,
    /// The commit of the files.
    pub commit: Option<String>,
}

/// The snapshot that the accounts' states were taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Its serial number.
    pub snapshot: u64,
    /// The digest of its manifest: with it, the chain up to here can be checked.
    pub digest: Digest,
    /// When it was written.
    pub written: Timestamp,
    /// The runs that it names.
    pub runs: Vec<RunId>,
    /// Who ran the last of them, as the machine told.
    pub actor: Foreign,
    /// The commit of the files.
    pub commit: Option<String>,
    /// The digest of the validated configuration.
    pub configuration: Digest,
    /// This program's version.
    pub tool: String,
    /// The snapshots up to this one were pruned: what runs did until then, nothing tells any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<u64>,
}

/// One account of a leaver.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Account {
    /// Where.
    pub app: AppName,
    /// Whom to ask there; absent if the files do not say.
    pub owner: Option<Foreign>,
    /// Which.
    pub account: AccountTag,
    /// How it was read back.
    pub state: Found,
    /// The reading that says so; absent if the app is not in the evidence.
    pub reading: Option<ReadBack>,
    /// When and how it was closed; absent if nothing tells.
    pub closing: Option<Closing>,
    /// Seconds from the end of access until a run of ours closed the door; absent where somebody else
    /// did, or either is not known; zero if it was closed before.
    pub open_for: Option<i64>,
    /// What it still holds.
    pub holds: Vec<Held>,
    /// The day on which that is released.
    pub kept_until: Option<Date>,
    /// What the app's API cannot do: for its owner, and nothing here tells whether it is done.
    pub tasks: Vec<String>,
}

/// An app in which somebody may have an account that nothing tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// Where.
    pub app: AppName,
    /// Why nothing tells.
    pub why: String,
}

/// What the last reading says of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Found {
    /// It is there, and cannot be used.
    Closed,
    /// It is not there, and the reading was complete.
    Gone,
    /// It can be used, or its invitation can be accepted.
    Open {
        /// Which of the two.
        status: Status,
    },
    /// Nobody can say.
    NotKnown {
        /// Why.
        why: String,
    },
}

impl Found {
    /// True if nobody comes in by it.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed | Self::Gone)
    }
}

/// A reading, as a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReadBack {
    /// When the app was read.
    pub at: Timestamp,
    /// The digest of what was read.
    pub object: Digest,
    /// The app was not read in the last run: this is an earlier reading, and why.
    pub carried: Option<String>,
}

/// How an account came to be closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Closing {
    /// A run of ours closed it, or saw another app close it.
    Run {
        /// When the app had said so.
        at: Timestamp,
        /// The step and its run.
        step: Step,
    },
    /// Somebody else closed it; a run of ours found it so.
    Others {
        /// The reading that first showed it closed.
        seen: Timestamp,
    },
}

impl Closing {
    /// By when the door was closed.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Run { at, .. } => *at,
            Self::Others { seen } => *seen,
        }
    }
}

/// A step of a run, as a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The run.
    pub run: RunId,
    /// The change.
    pub change: ChangeId,
    /// Who ran it, as the machine told.
    pub actor: Foreign,
    /// The commit of the files.
    pub commit: Option<String>,
    /// The plan's id.
    pub plan: Digest,
    /// The digest of the run's journal; absent if the run did not end.
    pub journal: Option<Digest>,
    /// The snapshot that names the run; absent if none does yet.
    pub snapshot: Option<u64>,
    /// The vendor's id of the last request.
    pub request_id: Option<Foreign>,
}

/// Something that a closed account still holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Held {
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
    /// It takes a seat of this pool, though the account is closed.
    pub seat: Option<String>,
}

/// An account that is not a person's own, whose owner has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AnswersFor {
    /// Where.
    pub app: AppName,
    /// Which: its login or vendor id.
    pub login: String,
    /// What it is.
    pub kind: AccountKind,
    /// What it is for.
    pub purpose: Foreign,
}

impl Certificate {
    /// The door that stood open longest.
    pub fn longest(&self) -> Option<&Account> {
        let accounts = self.accounts.iter();
        accounts
            .filter(|one| one.open_for.is_some())
            .max_by_key(|one| one.open_for)
    }
}
