//! What nobody may hold together (R13).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::source::Location;

use super::name::AppName;

/// Two values that nobody may hold together, of which somebody would, or does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// What the files call the rule.
    pub rule: Foreign,
    /// Why there is one.
    pub reason: Foreign,
    /// What is not given, or is held last.
    pub this: Party,
    /// What it must not be held with.
    pub other: Party,
    /// Both are held already.
    pub held: bool,
    /// The other is taken by this plan: the next one may give this.
    pub leaving: bool,
    /// Where the other is could not be read: they may hold it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

/// One of two values that nobody may hold together (R13).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Where.
    pub app: AppName,
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The line that names it for the person, if any does.
    pub at: Option<Location>,
}
