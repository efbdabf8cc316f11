//! Who holds what only an approval may give (R12).

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::change::{AccountTag, PersonTag};
use super::name::AppName;

/// Somebody who holds what only an approval may give (R12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivilegedHolder {
    /// Where.
    pub app: AppName,
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
    /// Whose account it is; absent if it is nobody's of the files.
    pub person: Option<PersonTag>,
    /// Which account.
    pub account: AccountTag,
    /// The last day of the approval; absent if there is none.
    pub approved_until: Option<Date>,
    /// The person's job code or manager changed since: the approval ends on this day.
    pub ends: Option<Date>,
}
