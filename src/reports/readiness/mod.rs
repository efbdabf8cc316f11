//! Who starts soon, what they have already and what not, and who must do what about it.

mod look;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Foreign;
use crate::base::source::Location;
use crate::model::change::{AccountTag, Change, PersonTag};
use crate::model::failure::Failure;
use crate::model::name::{AppName, ProfileKey};
use crate::model::withheld::{Impediment, WithheldState};

pub use look::{Look, readiness};

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.readiness/1";

/// Who starts soon, and how ready everything is for them.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Readiness {
    /// [`FORMAT`].
    pub format: String,
    /// The moment at which the apps were looked at.
    pub as_of: Timestamp,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// First days until then are looked at; absent if people are asked for by name.
    pub until: Option<Timestamp>,
    /// By first day, then by name.
    pub hires: Vec<Hire>,
    /// Whoever is next to start after that; absent if nobody is.
    pub next: Option<Next>,
    /// What concerns everybody in an app: it could not be read.
    pub unread: Vec<Failure>,
}

/// The next first day that is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Next {
    /// The day.
    pub on: Date,
    /// Who starts on it.
    pub people: Vec<PersonTag>,
}

/// One person who starts, or who is asked for by name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Hire {
    /// Who.
    pub person: PersonTag,
    /// Their address at work.
    pub email: Foreign,
    /// Where their entry is.
    pub entry: Location,
    /// Where they stand.
    pub employment: Employment,
    /// Their time zone: an IANA name.
    pub time_zone: String,
    /// Whom to ask about them; absent if the files do not say.
    pub manager: Option<Manager>,
    /// They are away on their first day, or now if they began.
    pub leave: Option<Away>,
    /// The worst of all below.
    pub standing: Standing,
    /// What concerns them in every app.
    pub todo: Vec<Todo>,
    /// Each app that they are to have on that day, by name.
    pub apps: Vec<AppReadiness>,
}

/// Where a person stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "stands")]
pub enum Employment {
    /// They start.
    Starts {
        /// The first day.
        on: Date,
        /// The instant at which it begins.
        begins: Timestamp,
        /// They worked here before.
        returns: bool,
        /// The profile.
        job_code: ProfileKey,
    },
    /// They work here.
    Works {
        /// Since this day.
        since: Date,
        /// The profile.
        job_code: ProfileKey,
    },
    /// No period runs and none is to come: there is nothing to get ready.
    Gone,
}

/// Whom to ask about a hire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Manager {
    /// Who.
    pub person: PersonTag,
    /// Their address at work.
    pub email: Foreign,
    /// They are on leave now: somebody else has to be asked.
    pub leave: Option<Away>,
}

/// A leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Away {
    /// First day away.
    pub from: Date,
    /// Last day away, if it is known.
    pub until: Option<Date>,
}

/// How ready something is, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It can be used, and holds all that it is to hold.
    Ready,
    /// It will be ready by itself, or once the person has accepted their invitation.
    Waiting,
    /// Nobody can say: the app could not be read.
    NotKnown,
    /// Somebody must do something.
    NotReady,
}

/// One app, for one person.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AppReadiness {
    /// Where.
    pub app: AppName,
    /// Whom to ask there; absent if the files do not say.
    pub owner: Option<Foreign>,
    /// The app that makes the account, where another one does (R18).
    pub made_by: Option<AppName>,
    /// What is there.
    pub state: State,
    /// How ready that is.
    pub standing: Standing,
    /// The account, if there is one.
    pub account: Option<AccountTag>,
    /// What it holds.
    pub holds: Vec<Value>,
    /// What it is to hold and does not.
    pub lacks: Vec<Value>,
    /// What must be done, and by which way.
    pub todo: Vec<Todo>,
}

/// What is there of an account.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum State {
    /// It can be used.
    Active,
    /// They are invited and have not accepted.
    Pending,
    /// It cannot be used, and is to be opened.
    Inactive,
    /// There is none, and nothing stands in the way of making it.
    Missing,
    /// There is none, or it cannot be used, and something stands in the way.
    Blocked,
    /// There is none, and it is too early for it.
    Later {
        /// When provisioning opens.
        opens: Timestamp,
    },
    /// Leave suspends it.
    OnLeave,
    /// The app could not be read, or not wholly.
    NotKnown,
}

impl State {
    /// The word for people and for tables.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Inactive => "inactive",
            Self::Missing => "missing",
            Self::Blocked => "blocked",
            Self::Later { .. } => "too early",
            Self::OnLeave => "closed while on leave",
            Self::NotKnown => "not known",
        }
    }
}

/// Something that an account holds, or is to hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Value {
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Todo {
    /// A run of `apply` does it.
    Apply {
        /// What it does.
        changes: Vec<Change>,
    },
    /// Something stands in the way, and a human must see to it.
    Settle {
        /// Held or blocked.
        state: WithheldState,
        /// What.
        why: Impediment,
        /// The line in the files, where there is one.
        at: Option<Location>,
    },
    /// The person must accept their invitation.
    Accept {
        /// Since when they could.
        since: Option<Timestamp>,
        /// Until when they can; absent if it does not expire.
        until: Option<Timestamp>,
    },
    /// The app must be read first.
    Read {
        /// Why it was not; absent if it answered in part.
        failure: Option<Failure>,
        /// What of it was not read.
        lacks: Option<String>,
    },
    /// The rollout leaves the person alone (R6): it is to be made by hand, or the scope widened.
    OutOfScope,
}

impl AppReadiness {
    /// True if all that is left to do changes neither whether the account can be used nor what it
    /// holds.
    pub fn is_usable(&self) -> bool {
        self.state == State::Active && self.lacks.is_empty()
    }
}

impl Readiness {
    /// How many people stand so.
    pub fn count(&self, standing: Standing) -> usize {
        let hires = self.hires.iter();
        hires.filter(|hire| hire.standing == standing).count()
    }
}
