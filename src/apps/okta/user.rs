//! A user, as Okta tells it (Okta Management API, "User").

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::change::AccountTag;

use super::schema;

/// Why a record cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// The status of a user ("User", schema `UserStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, never activated; no mail was sent.
    Staged,
    /// Activated; the user has not yet finished the welcome flow.
    Provisioned,
    /// Can sign in.
    Active,
    /// Too many failed sign-ins; enabled.
    LockedOut,
    /// Must set a new password; enabled.
    PasswordExpired,
    /// Is resetting the password; enabled.
    Recovery,
    /// Cannot sign in; groups and apps are kept.
    Suspended,
    /// Deactivated; apps are taken away.
    Deprovisioned,
}

impl State {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            // On the way from here: "not directly settable".
            "STAGED" | "ACTIVATING" => Self::Staged,
            "PROVISIONED" => Self::Provisioned,
            "ACTIVE" => Self::Active,
            "LOCKED_OUT" => Self::LockedOut,
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "RECOVERY" => Self::Recovery,
            "SUSPENDED" => Self::Suspended,
            "DEPROVISIONED" => Self::Deprovisioned,
            _ => return None,
        })
    }

    /// Our word for it. Somebody locked out is not closed: the door opens again by itself or by a
    /// click.
    pub const fn status(self) -> Status {
        match self {
            Self::Staged | Self::Provisioned => Status::Pending,
            Self::Active | Self::LockedOut | Self::PasswordExpired | Self::Recovery => {
                Status::Active
            }
            Self::Suspended | Self::Deprovisioned => Status::Inactive,
        }
    }
}

/// A user.
#[derive(Clone, Debug)]
pub struct User<'a> {
    /// Okta's id of it, which never changes.
    pub id: &'a str,
    /// `profile.login`
    pub login: Cow<'a, str>,
    /// `profile.email`; empty if there is none.
    pub email: Cow<'a, str>,
    /// `profile.employeeNumber`; empty if there is none.
    pub hr_id: Cow<'a, str>,
    /// `status`
    pub state: State,
    /// Okta is still changing the status (`transitioningToStatus`): no other change of it may be
    /// asked for.
    pub moving: bool,
    /// When a user who has not followed the welcome mail was sent the first one: `statusChanged` of
    /// whoever is `PROVISIONED`.
    pub welcomed: Option<Timestamp>,
}

impl<'a> User<'a> {
    /// Reads a record.
    pub fn read(record: &'a Value) -> Result<Self, Unreadable> {
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() {
            return Err(Unreadable("a user has no id"));
        }
        let login = property(record, schema::LOGIN).ok_or(Unreadable("a user has no login"))?;
        let word = record.get("status").and_then(Value::as_str);
        let state = word
            .and_then(State::read)
            .ok_or(Unreadable("a user has a status that is not known"))?;
        let moving = record
            .get("transitioningToStatus")
            .is_some_and(|to| to.as_str().is_some_and(|to| !to.is_empty()));
        let changed = record.get("statusChanged").and_then(Value::as_str);
        let changed = changed.and_then(|text| text.parse().ok());
        Ok(Self {
            id,
            welcomed: changed.filter(|_| state == State::Provisioned),
            login,
            email: property(record, schema::EMAIL).unwrap_or_default(),
            hr_id: property(record, schema::HR_ID).unwrap_or_default(),
            state,
            moving: moving || word == Some("ACTIVATING"),
        })
    }

    /// The account that it is.
    pub fn tag(&self) -> AccountTag {
        AccountTag {
            vendor_id: Foreign::from(self.id),
            login: Foreign::from(&*self.login),
        }
    }
}

/// A property of a user's `profile`; what is missing, null or empty is none.
pub fn property<'a>(record: &'a Value, name: &str) -> Option<Cow<'a, str>> {
    match record.get("profile")?.get(name)? {
        Value::String(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}
