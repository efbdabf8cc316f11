//! What a plan presumes: the accounts that its changes touch, as they were found (R23).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::account::Status;
use super::change::AccountTag;
use super::name::AppName;

/// An account as it was found, before any change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// Where.
    pub app: AppName,
    /// Which.
    pub account: AccountTag,
    /// Whether it can be used.
    pub status: Status,
    /// The main email; empty if the app does not tell.
    pub email: Foreign,
    /// The HR id stored in the app; empty if none.
    pub hr_id: Foreign,
    /// What it says, by attribute.
    pub attributes: BTreeMap<String, Foreign>,
    /// What it holds, by entitlement kind; sorted.
    pub holds: BTreeMap<String, Vec<HeldBefore>>,
}

/// One value that an account held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldBefore {
    /// The value.
    pub value: Foreign,
    /// At which level, for keyed kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Foreign>,
}
