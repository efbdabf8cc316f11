//! What provisor may do in an app (R6): always written down, never a default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Action, Change};

/// What provisor may do in an app.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing: what differs is shown.
    Report,
    /// Accounts are made, and values are given to those that exist; all else is shown.
    Additive,
    /// Everything.
    Enforce,
}

impl Mode {
    /// The word in the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Additive => "additive",
            Self::Enforce => "enforce",
        }
    }

    /// True if a change may be done. To add is to make an account, with all that belongs to its
    /// making, or to give it what it lacks; whoever was shut out is not let in again by it.
    pub const fn allows(self, change: &Change) -> bool {
        match self {
            Self::Enforce => true,
            Self::Report => false,
            Self::Additive => match &change.action {
                Action::Create(_) | Action::Invite { .. } | Action::Grant { .. } => true,
                Action::Await { .. } | Action::Update { .. } => change.account.is_none(),
                Action::Set { before, .. } => before.is_none(),
                Action::Adopt { .. }
                | Action::Reactivate
                | Action::Revoke { .. }
                | Action::Deactivate { .. } => false,
            },
        }
    }
}
