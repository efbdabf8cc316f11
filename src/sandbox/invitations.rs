//! `[apps.NAME.invitations]` of `sandbox.toml`: how people answer invitations, in the story's time.
//! What is due by then is done when the app starts.
//!
//! ```toml
//! [apps.directory.invitations]
//! accepted_after = "2 days"       # nobody accepts, if it is not said
//! lifetime = "7 days"             # it does not expire, if it is not said
//! gone = ["luis@example.com"]     # they declined, or left by themselves
//! ```

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

/// `[apps.NAME.invitations]`
///
/// An app of kind `scim` that has it invites whoever is given an account, and says so of a pending
/// one; an invitation that expires is gone with its account, as with most vendors. Okta invites
/// without it; there an expired one stays, and is sent again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InvitationSpec {
    /// How long after an invitation people accept it; nobody does if it is not said.
    #[schemars(with = "Option<String>")]
    pub accepted_after: Option<Days>,
    /// How long an invitation can be accepted; for ever if it is not said.
    #[schemars(with = "Option<String>")]
    pub lifetime: Option<Days>,
    /// The logins of those who declined or left: their accounts here are removed. SCIM only.
    pub gone: Vec<String>,
}

/// `"7 days"`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Days(u16);

impl TryFrom<String> for Days {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = text.strip_suffix(" days").or(text.strip_suffix(" day"));
        let days = number.and_then(|number| number.parse().ok());
        days.map(Self)
            .ok_or("not a number of days such as \"7 days\"")
    }
}

impl Days {
    fn after(self, start: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.0));
        start.saturating_add(days).unwrap_or(Timestamp::MAX)
    }
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing yet.
    Open,
    /// The person accepted.
    Accepted,
    /// Nobody accepted it in time.
    Expired,
}

impl InvitationSpec {
    /// What became of an invitation by now.
    pub(super) fn answer(&self, sent: Timestamp, now: Timestamp) -> Answer {
        let accepted = self.accepted_after.map(|days| days.after(sent));
        let expires = self.lifetime.map(|days| days.after(sent));
        let in_time = |at: &Timestamp| *at <= now && expires.is_none_or(|expires| *at < expires);
        if accepted.as_ref().is_some_and(in_time) {
            Answer::Accepted
        } else if expires.is_some_and(|expires| expires <= now) {
            Answer::Expired
        } else {
            Answer::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_too_late_has_expired() {
        let day = |number: i64| Timestamp::from_second(number * 86_400).unwrap();
        let spec = |accepted: Option<u16>, lifetime: Option<u16>| InvitationSpec {
            accepted_after: accepted.map(Days),
            lifetime: lifetime.map(Days),
            gone: Vec::new(),
        };
        let answer = |spec: InvitationSpec, now| spec.answer(day(0), day(now));
        assert_eq!(answer(spec(Some(2), Some(7)), 1), Answer::Open);
        assert_eq!(answer(spec(Some(2), Some(7)), 9), Answer::Accepted);
        assert_eq!(answer(spec(Some(7), Some(7)), 9), Answer::Expired);
        assert_eq!(answer(spec(None, Some(7)), 6), Answer::Open);
        assert_eq!(answer(spec(None, None), 1_000), Answer::Open);
        for text in ["7", "-1 days", "7 weeks", ""] {
            assert!(Days::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
