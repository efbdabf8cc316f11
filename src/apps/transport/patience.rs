//! How often, and for how long, we ask again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The limits of our patience with one app.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a request is sent at most.
    pub tries: u32,
    /// The upper bound of the wait before the second try; it doubles with each.
    pub first: Duration,
    /// The upper bound of any wait that the app did not ask for.
    pub longest: Duration,
    /// The longest wait that an app may ask for, and the time after which one request is not tried
    /// again.
    pub total: Duration,
    /// How long one exchange may take, its whole answer included.
    pub exchange: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            total: Duration::from_mins(2),
            exchange: Duration::from_mins(1),
        }
    }
}

impl Patience {
    /// The wait after a try (from 1) that failed, with full jitter: anything from nothing to the
    /// bound, so that many clients do not come back together.
    pub fn wait(&self, failed: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32 << (failed - 1).min(16));
        doubled.min(self.longest).mul_f64(fastrand::f64())
    }
}

/// How long an app asks us to stay away: `Retry-After` in seconds, or as a date. A date is told by
/// the app's own clock (its `Date`), since the story's clock may stand still.
pub fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(text)?;
    let from = app_time(headers).unwrap_or(now);
    Some(Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO))
}

/// What time it is by the app's clock.
pub fn app_time(headers: &HeaderMap) -> Option<Timestamp> {
    date(headers.get(DATE)?.to_str().ok()?)
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_by_the_apps_own_clock() {
        let now = Timestamp::UNIX_EPOCH;
        let wait = |pairs: &[_]| asked_wait(&headers(pairs), now);
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        let later = ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT");
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(&[later, date]), Some(Duration::from_secs(10)));
        let past = ("retry-after", "Sun, 06 Nov 1994 08:49:30 GMT");
        assert_eq!(wait(&[past, date]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        let patience = Patience::default();
        for _ in 0..100 {
            assert!(patience.wait(1) <= patience.first);
            assert!(patience.wait(u32::MAX) <= patience.longest);
        }
    }
}
