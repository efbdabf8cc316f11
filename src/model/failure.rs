//! What goes wrong between us and an app, as a value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::name::AppName;

/// The kind of a failure decides what happens next: retry, block or fail.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The credentials are wrong, missing or expired.
    Unauthorized,
    /// The credentials are good and do not allow this.
    Forbidden,
    /// What was named does not exist.
    NotFound,
    /// What was to be created exists.
    AlreadyExists,
    /// No licence is left.
    NoSeat,
    /// The app refuses a value.
    Invalid,
    /// The app is still at work on this object.
    Busy,
    /// The object changed under us.
    Conflict,
    /// The app cannot do this.
    Unsupported,
    /// Too many requests, for longer than we wait.
    RateLimited,
    /// Another app was to do it, and did not in time (R18).
    Overdue,
    /// No answer, or a server error: after a write the outcome is unknown.
    Unavailable,
    /// The answer breaks the protocol.
    Protocol,
}

impl FailureKind {
    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unauthorized => "credentials refused",
            Self::Forbidden => "not allowed",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::NoSeat => "no seat left",
            Self::Invalid => "refused a value",
            Self::Busy => "still busy",
            Self::Conflict => "changed meanwhile",
            Self::Unsupported => "cannot do this",
            Self::RateLimited => "too many requests",
            Self::Overdue => "nothing came",
            Self::Unavailable => "unavailable",
            Self::Protocol => "answer not understood",
        }
    }

    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unauthorized => {
                "check the app's credentials in provisor.toml and where they come from"
            }
            Self::Forbidden => {
                "give the credentials the scopes that the connector names (see README)"
            }
            Self::NotFound => "run plan again: the app changed since it was read",
            Self::AlreadyExists => "run plan again: it will adopt or name what exists",
            Self::NoSeat => "free a licence or buy one, then run again",
            Self::Invalid => "correct the value in the files, then run again",
            Self::Busy | Self::Conflict => "run again in a few minutes",
            Self::Unsupported => "do this step by hand in the app",
            Self::RateLimited => "run again after the time that the app names",
            Self::Overdue => {
                "look at the assignment's status in the app that makes the account; the next run \
                 tries again"
            }
            Self::Unavailable => "run again when the app answers; nothing is done twice",
            Self::Protocol => "check the app's url and that it is of the configured kind",
        }
    }
}

/// One failure: which app, what happened, and what the app said.
///
/// `Display` shows our own words only; what the app said is [`Foreign`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{app}: {}: {what}", kind.words())]
pub struct Failure {
    /// The app.
    pub app: AppName,
    /// The kind.
    pub kind: FailureKind,
    /// What we were doing, in our words: `creating the account`.
    pub what: String,
    /// What the app said, if anything.
    pub said: Option<Foreign>,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The vendor's id of the request, for their support.
    pub request_id: Option<Foreign>,
}

impl Failure {
    /// A failure without an answer.
    pub fn new(app: &AppName, kind: FailureKind, what: impl Into<String>) -> Self {
        Self {
            app: app.clone(),
            kind,
            what: what.into(),
            said: None,
            status: None,
            request_id: None,
        }
    }

    /// Adds what the app said.
    #[must_use]
    pub fn said(mut self, said: impl Into<Foreign>) -> Self {
        self.said = Some(said.into());
        self
    }
}
