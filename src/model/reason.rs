//! Why a change is wanted, and what brought it about.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::source::Location;

use super::account::{AccountKind, LinkRule};
use super::name::{AppName, PersonId, ProfileKey, RunId};
use super::person::{OrderedEnd, Person};

/// What brought a change about (R22).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The files say something else than at the last run.
    Files,
    /// A date arrived.
    Clock,
    /// The last run wanted it and did not get it done, or could not read the app.
    Retry,
    /// Somebody changed it outside of provisor.
    Drift,
    /// Somebody ordered that a person leaves, or comes back, before the files say so.
    Order,
}

impl Cause {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Clock => "clock",
            Self::Retry => "retry",
            Self::Drift => "drift",
            Self::Order => "order",
        }
    }
}

/// One link of a reason chain: why, and the line that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// The line in the files, where there is one.
    pub at: Option<Location>,
}

/// Why a change is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "because", deny_unknown_fields)]
pub enum Why {
    /// A period begins on this day.
    Starts {
        /// First working day.
        on: Date,
        /// The profile of the period.
        job_code: ProfileKey,
    },
    /// A period has run since this day.
    Employed {
        /// First working day.
        since: Date,
        /// The profile of the period.
        job_code: ProfileKey,
    },
    /// A profile names it, along these includes.
    Profile {
        /// From the person's own profile to the one that says so.
        chain: Vec<ProfileKey>,
    },
    /// An extra names it.
    Extra {
        /// The reason given.
        reason: Foreign,
        /// Last day.
        until: Date,
    },
    /// The last period ended.
    Left {
        /// Last working day.
        last_day: Date,
    },
    /// `access_ends` cut it.
    AccessEnded {
        /// The instant.
        at: Timestamp,
    },
    /// Somebody ordered it (`apply --leaver`), and the files still have them.
    Ordered {
        /// The order's number.
        order: u64,
        /// When access ended.
        at: Timestamp,
    },
    /// On leave.
    OnLeave {
        /// First day away.
        from: Date,
    },
    /// `release_after` has passed since the last day.
    Released {
        /// Last working day.
        last_day: Date,
    },
    /// No profile or extra of the person names this value any more.
    NoLongerNamed {
        /// The person's profile now.
        job_code: ProfileKey,
    },
    /// No profile or extra of anybody names this value any more (R10).
    Unnamed,
    /// No profile or extra of the person names this app any more.
    AppNoLongerNamed {
        /// The person's profile now.
        job_code: ProfileKey,
    },
    /// No profile of the person ever named this app, and the app's settings close what is surplus
    /// (R4).
    Surplus {
        /// The person's profile.
        job_code: ProfileKey,
    },
    /// The account matches nobody, and the app's settings close what is unmanaged (R5).
    Unmanaged,
    /// Their entry was removed from the files, after their access had ended or where that means
    /// leaving (R3).
    Vanished {
        /// When access ended, as the files last said.
        until: Option<Timestamp>,
    },
    /// Another app makes accounts there for whoever holds this value (R18).
    Provides {
        /// The app that it provides.
        app: AppName,
    },
    /// It was approved (R12).
    Approved {
        /// Who approved it.
        approver: PersonId,
        /// The reason given.
        reason: Foreign,
        /// Last day.
        until: Date,
    },
    /// Its approval has expired (R12).
    ApprovalExpired {
        /// Its last day.
        until: Date,
    },
    /// The person's job code or manager changed since it was approved (R12).
    ApprovalOutdated {
        /// The day on which that changed.
        changed: Date,
    },
    /// Only an approval may give it, and there is none (R12).
    NotApproved,
    /// The account is not the person's main one: the files list it as this.
    Listed {
        /// What it is.
        kind: AccountKind,
    },
    /// The person's entry says so.
    Entry,
    /// A run of ours closed the account.
    ClosedByUs {
        /// The run.
        run: Option<RunId>,
    },
    /// The account was closed before the person's period opened.
    ClosedBefore,
    /// The account is the person's, found by this rule.
    Matched {
        /// The rule.
        rule: LinkRule,
    },
}

impl Why {
    /// What cut somebody's access at a moment: an order, or their entry.
    pub fn cut(person: &Person, at: Timestamp) -> Self {
        match person.ordered.filter(|end| end.at == at) {
            Some(OrderedEnd { order, .. }) => Self::Ordered { order, at },
            None => Self::AccessEnded { at },
        }
    }
}
