//! Faults on demand: what `[apps.NAME.faults]` says, and which call it strikes.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[apps.NAME.faults]`: what goes wrong in an app. Calls and writes are counted from 1, per
/// process and app; only calls with the right token count.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Every answer takes this much longer: `"20ms"`.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "String")]
    pub latency: Duration,
    /// One call fails.
    pub fail_call: Option<FailCall>,
    /// Every call fails with this status: `outage = 503`.
    #[schemars(extend("enum" = [429, 500, 503]), with = "Option<u16>")]
    pub outage: Option<FailStatus>,
    /// This write is done, and the connection dropped instead of answering.
    pub lose_answer: Option<NonZeroU64>,
    /// Every write but the creation of an account is answered 204, and not done.
    pub ignores_writes: bool,
    /// The most resources of a page, whatever a client asks for.
    pub page_size: Option<NonZeroU64>,
}

/// `fail_call = { nth = 3, status = 429, retry_after = 1 }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailCall {
    /// Which call.
    pub nth: NonZeroU64,
    /// What it answers.
    #[schemars(extend("enum" = [429, 500, 503]), with = "u16")]
    pub status: FailStatus,
    /// Seconds in its `Retry-After` header; none without.
    pub retry_after: Option<u32>,
}

impl FailStatus {
    /// The status as it is sent.
    pub(super) fn code(self) -> StatusCode {
        match self {
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The statuses by which an app asks to come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub enum FailStatus {
    /// 429
    TooManyRequests,
    /// 500
    InternalServerError,
    /// 503
    ServiceUnavailable,
}

impl TryFrom<u16> for FailStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        match status {
            429 => Ok(Self::TooManyRequests),
            500 => Ok(Self::InternalServerError),
            503 => Ok(Self::ServiceUnavailable),
            other => Err(format!("status {other} is not one of 429, 500, 503")),
        }
    }
}

/// A duration such as `"20ms"`.
pub(super) fn duration<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map_err(serde::de::Error::custom)
}

/// The duration that a text means.
pub(super) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let signed: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "not a duration such as \"20ms\" or \"1.5s\"")?;
    Duration::try_from(signed).map_err(|_| "a duration is not negative")
}

/// What becomes of one call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It is refused with this status, and `Retry-After` seconds, before the app sees it.
    Refused(FailStatus, Option<u32>),
    /// The app does it, and nobody hears of it.
    Unheard,
}

/// The faults of one app with their counters.
#[derive(Debug, Default)]
pub(super) struct Fates {
    faults: Faults,
    calls: AtomicU64,
    writes: AtomicU64,
}

impl Fates {
    pub fn new(faults: Faults) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// How long every answer is delayed.
    pub fn latency(&self) -> Duration {
        self.faults.latency
    }

    /// True if a write is answered as if it were done.
    pub fn ignores_writes(&self) -> bool {
        self.faults.ignores_writes
    }

    /// Counts a call and says what becomes of it.
    pub fn next(&self, writes: bool) -> Fate {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(status) = self.faults.outage {
            return Fate::Refused(status, None);
        }
        if let Some(fail) = self.faults.fail_call
            && fail.nth.get() == call
        {
            return Fate::Refused(fail.status, fail.retry_after);
        }
        if writes {
            let write = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
            if self
                .faults
                .lose_answer
                .is_some_and(|nth| nth.get() == write)
            {
                return Fate::Unheard;
            }
        }
        Fate::Answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_the_call_it_names_and_no_other() {
        let faults: Faults = toml::from_str(
            "fail_call = { nth = 2, status = 429, retry_after = 1 }\nlose_answer = 1",
        )
        .unwrap();
        let fates = Fates::new(faults);
        assert_eq!(fates.next(false), Fate::Answered);
        assert_eq!(
            fates.next(true),
            Fate::Refused(FailStatus::TooManyRequests, Some(1)),
            "a refused write is not the first write"
        );
        assert_eq!(fates.next(true), Fate::Unheard);
        assert_eq!(fates.next(true), Fate::Answered);
    }

    #[test]
    fn an_outage_strikes_every_call() {
        let fates = Fates::new(toml::from_str("outage = 503").unwrap());
        for writes in [false, true, false] {
            let refused = Fate::Refused(FailStatus::ServiceUnavailable, None);
            assert_eq!(fates.next(writes), refused);
        }
    }
}
