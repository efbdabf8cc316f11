//! What dates bring, person by person.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::change::PersonTag;
use super::name::{AppName, ProfileKey};

/// What a day brings one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The day on which it happens.
    pub on: Date,
    /// Whom it concerns.
    pub person: PersonTag,
    /// What happens.
    pub brings: What,
}

/// What a date brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "what", deny_unknown_fields)]
pub enum What {
    /// Provisioning opens.
    Opens {
        /// In these apps.
        apps: Vec<AppName>,
    },
    /// The first working day.
    Starts {
        /// The profile.
        job_code: ProfileKey,
    },
    /// One period follows another.
    Moves {
        /// The profile before.
        from: ProfileKey,
        /// The profile after.
        to: ProfileKey,
    },
    /// Access ends.
    Leaves {
        /// When.
        at: Timestamp,
    },
    /// What a closed account kept is released.
    Released,
    /// Access beyond the profile ends.
    ExtraEnds {
        /// The reason given.
        reason: Foreign,
    },
    /// An approval ends, and what only it may give with it (R12).
    ApprovalEnds {
        /// In these apps.
        apps: Vec<AppName>,
        /// The reason given.
        reason: Foreign,
    },
    /// Leave suspends the accounts.
    LeaveBegins,
    /// Leave is over.
    LeaveEnds,
}
