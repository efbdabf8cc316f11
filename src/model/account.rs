//! Accounts, as the words say them; their columns are in [`super::observation`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an account can be used.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Invited, not yet accepted.
    Pending,
    /// Suspended or deactivated.
    Inactive,
}

impl Status {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Inactive => "inactive",
        }
    }
}

/// How an account came to be taken for a person's, strongest first (R7).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkRule {
    /// The last snapshot links this vendor id.
    Snapshot,
    /// The app stores the person's HR id.
    HrId,
    /// The login that the person's entry names for this app.
    Login,
    /// The person's email.
    Email,
    /// An email of the person's past.
    PreviousEmail,
}

impl LinkRule {
    /// The words for people: "matched by …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Snapshot => "the last snapshot's link",
            Self::HrId => "HR id",
            Self::Login => "configured login",
            Self::Email => "email",
            Self::PreviousEmail => "previous email",
        }
    }
}

/// What an account is, if it is not a person's main one (R5).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person's second account, with more power: it closes with them.
    Admin,
    /// A program's.
    Service,
    /// Several people's.
    Shared,
    /// A meeting room's.
    Room,
    /// For emergencies.
    BreakGlass,
    /// Somebody's from outside.
    Guest,
}

impl AccountKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::Service,
        Self::Shared,
        Self::Room,
        Self::BreakGlass,
        Self::Guest,
    ];

    /// The word in the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Service => "service",
            Self::Shared => "shared",
            Self::Room => "room",
            Self::BreakGlass => "break_glass",
            Self::Guest => "guest",
        }
    }
}
