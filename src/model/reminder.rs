//! Listed accounts that somebody should look at (R5).

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::source::Location;

use super::account::AccountKind;
use super::change::PersonTag;
use super::name::AppName;

/// A listed account that somebody should look at (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// Where.
    pub app: AppName,
    /// Which: its login or vendor id, as the files have it.
    pub login: Foreign,
    /// What it is.
    pub kind: AccountKind,
    /// Who answers for it.
    pub owner: PersonTag,
    /// Why somebody should look.
    pub why: Reminds,
    /// The entry's line.
    pub at: Location,
}

/// Why somebody should look at a listed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "because", deny_unknown_fields)]
pub enum Reminds {
    /// Its review is due.
    ReviewDue {
        /// Since when.
        review: Date,
    },
    /// Who answers for it has left.
    OwnerLeft {
        /// Their last working day.
        last_day: Date,
    },
}
