//! What a plan cannot bring about: what an API leaves undone when somebody leaves (R2), and what
//! people hold through a rule, a sync or a group of the app (R10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::change::PersonTag;
use super::name::AppName;

/// What leaving leaves undone in an app, for whoever looks after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerTask {
    /// Where.
    pub app: AppName,
    /// Whom to ask there, as the files say; absent if they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Foreign>,
    /// What is to be done by hand.
    pub task: String,
    /// For whom, by id.
    pub people: Vec<PersonTag>,
}

/// A value that we manage and nobody gives, and that people hold all the same: not directly, so that
/// there is nothing to take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldThrough {
    /// Where.
    pub app: AppName,
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The level, for keyed kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Foreign>,
    /// What gives it, as the app calls it, where it tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Foreign>,
    /// How many hold it.
    pub holders: usize,
    /// The first of them, by id: what a rule gives, thousands may hold.
    pub people: Vec<PersonTag>,
}

impl HeldThrough {
    /// How many of the holders are named.
    pub const NAMED: usize = 5;
}
