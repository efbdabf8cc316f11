//! What changed between two snapshots, and which run of ours explains it: per person, app and
//! entitlement, the old and the new value.

mod compare;
mod explain;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Digest, Foreign};
use crate::model::change::{AccountTag, ChangeId, PersonTag, Verb};
use crate::model::name::{AppName, RunId};
use crate::model::order::Mandate;
use crate::model::reason::{Cause, Reason};

pub use compare::{Reading, changes, difference, end, order, worth};
pub use explain::{Past, leads};

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.difference/1";

/// What changed between two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The kind and version of the data.
    pub format: &'static str,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// The earlier snapshot.
    pub from: End,
    /// The later one.
    pub to: End,
    /// What each app's readings are worth.
    pub apps: Vec<AppReadings>,
    /// The runs in between, from the first.
    pub runs: Vec<RunTold>,
    /// What changed: by person, then app; what is nobody's last.
    pub entries: Vec<Entry>,
}

/// One of the two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct End {
    /// Its serial number.
    pub serial: u64,
    /// When it was written.
    pub written: Timestamp,
    /// The digest of its manifest.
    pub digest: Digest,
}

/// The two readings of one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppReadings {
    /// The app.
    pub app: AppName,
    /// In the earlier snapshot.
    pub from: Worth,
    /// In the later one.
    pub to: Worth,
    /// Both are the same, to the byte.
    pub same: bool,
}

/// What a reading is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "reading")]
pub enum Worth {
    /// The run of the snapshot read the app.
    Read {
        /// When.
        at: Timestamp,
    },
    /// An earlier reading stands in for it.
    Carried {
        /// When that was.
        at: Timestamp,
        /// Why it was not read again.
        why: Foreign,
    },
    /// There is none, so that nothing can be compared.
    Unread {
        /// Why.
        why: Foreign,
    },
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// Whose account it is, as the later snapshot that knows has it.
    pub person: Option<PersonTag>,
    /// Where.
    pub app: AppName,
    /// Which.
    pub account: AccountTag,
    /// What of it.
    #[serde(flatten)]
    pub what: What,
    /// What it was.
    pub old: Value,
    /// What it is.
    pub new: Value,
    /// What explains it.
    pub explained: Explanation,
}

/// What of an account changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// That there is one; its value is its status.
    Account,
    /// Whether it can be used.
    Status,
    /// Whose it is.
    Owner,
    /// What it signs in with.
    Login,
    /// Its main email.
    Email,
    /// The HR id that the app stores.
    HrId,
    /// What it holds; the value is its level, or that it is held.
    Entitlement {
        /// Of which kind.
        kind: String,
        /// What.
        value: Foreign,
    },
    /// An attribute.
    Attribute {
        /// Its name.
        name: String,
    },
}

/// An old or new value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// There was none.
    Absent,
    /// Nobody asked the app, or it did not tell: nothing follows from it.
    NotRead,
    /// This.
    Is(Foreign),
}

/// What explains that something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Explanation {
    /// A run did it.
    Run(Box<Deed>),
    /// A run was about to do it and found it so: somebody else did.
    AlreadySo(Box<Deed>),
    /// A run that died had begun it: the next apply finds out whether it did it.
    Begun {
        /// The run.
        run: RunId,
        /// The change.
        change: ChangeId,
        /// What that was to do.
        verb: Verb,
    },
    /// Its person accepted an invitation (R19).
    Acceptance,
    /// One of the two snapshots did not read it, so that nobody knows whether it changed.
    NotRead,
    /// No run explains it: somebody did it outside of provisor.
    Nothing,
}

/// A change of a run, and why it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deed {
    /// The run; [`Difference::runs`] tells of it.
    pub run: RunId,
    /// The change's stable id.
    pub change: ChangeId,
    /// What it did.
    pub verb: Verb,
    /// What brought it about (R22).
    pub cause: Cause,
    /// Why, from the person's entry to the line that names the value, and the approval.
    pub reasons: Vec<Reason>,
    /// When it ended.
    pub ended: Timestamp,
}

/// A run between the two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunTold {
    /// Which.
    pub run: RunId,
    /// The snapshot that names it.
    pub snapshot: u64,
    /// When it began.
    pub started: Timestamp,
    /// Who ran it, as the machine told.
    pub actor: Foreign,
    /// The commit of the files.
    pub commit: Option<String>,
    /// The pull request, as CI told.
    pub request: Option<Foreign>,
    /// Who approved that, as CI told.
    pub approvers: Vec<Foreign>,
    /// The job, as CI told.
    pub job: Option<Foreign>,
    /// What it did by order: who ordered it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<Mandate>,
    /// Nobody reviewed it: it did what was due (R24).
    pub due: bool,
    /// It died, and a later run found what became of its changes.
    pub died: bool,
}

impl Entry {
    /// True if no run explains it.
    pub fn is_unexplained(&self) -> bool {
        matches!(
            self.explained,
            Explanation::Nothing | Explanation::AlreadySo(_)
        )
    }

    /// True if it was not read in one of the two, so that nothing follows.
    pub fn is_unread(&self) -> bool {
        matches!(self.explained, Explanation::NotRead)
    }
}

impl Difference {
    /// How many changes no run explains.
    pub fn unexplained(&self) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.is_unexplained()).count()
    }

    /// True if an app could not be compared.
    pub fn is_incomplete(&self) -> bool {
        let unread = |worth: &Worth| matches!(worth, Worth::Unread { .. });
        self.apps
            .iter()
            .any(|app| unread(&app.from) || unread(&app.to))
    }

    /// The run of a deed.
    pub fn run(&self, deed: &Deed) -> Option<&RunTold> {
        self.runs.iter().find(|run| run.run == deed.run)
    }
}
