//! Instants and waits, however an app writes them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use reqwest::header::{DATE, HeaderMap};

const DAY: f64 = 24.0 * 60.0 * 60.0;

/// What time it is by the app's own clock, since ours may differ, and the story's may stand still:
/// as time since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct AppTime(Duration);

impl AppTime {
    /// The app's `Date`; our own time, if it tells none.
    pub fn of(headers: &HeaderMap, ours: Timestamp) -> Self {
        let told = headers.get(DATE).and_then(|value| value.to_str().ok());
        let ours = || Duration::try_from(ours.as_duration()).unwrap_or(Duration::ZERO);
        Self(told.and_then(http_date).unwrap_or_else(ours))
    }

    /// The wait that a text means: a date, as HTTP (RFC 9110 5.6.7) or ISO 8601 writes it, or a
    /// number. What is past is no wait.
    pub fn wait(self, text: &str) -> Option<Duration> {
        let text = text.trim();
        if let Some(number) = number(text) {
            return Some(self.wait_of(number));
        }
        let until = http_date(text).or_else(|| iso_date(text))?;
        Some(until.saturating_sub(self.0))
    }

    /// A number that is near our days when it is read as time since the epoch, in whichever unit,
    /// is that; any other is seconds from now.
    fn wait_of(self, number: f64) -> Duration {
        let now = self.0.as_secs_f64();
        let near = |instant: &f64| (now - DAY..now + 3650.0 * DAY).contains(instant);
        let units = [1.0, 1e3, 1e6, 1e9].map(|unit| number / unit);
        let from_now = match units.iter().find(|instant| near(instant)) {
            Some(instant) => (instant - now).max(0.0),
            None => number,
        };
        seconds(from_now)
    }
}

/// How long the app asks whoever it refuses to stay away: `Retry-After`, by that name or a longer
/// one. One that names milliseconds is more exact.
pub fn retry_after(headers: &HeaderMap, now: AppTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let exact = ["retry-after-ms", "x-ms-retry-after-ms"];
    let exact = exact.iter().find_map(|name| number(text(name)?));
    let plain = || ["retry-after", "x-retry-after"].iter();
    exact
        .map(|milliseconds| seconds(milliseconds / 1e3))
        .or_else(|| plain().find_map(|name| now.wait(text(name)?)))
}

/// A plain number that is not negative; fractions are ones that Microsoft sends.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    text.parse().ok().filter(|_| plain)
}

/// Seconds; more of them than there can be are a long time.
pub fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn http_date(text: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok()?;
    date.duration_since(std::time::UNIX_EPOCH).ok()
}

/// Without an offset it is taken as UTC; one that no clock of ours reaches is far.
fn iso_date(text: &str) -> Option<Duration> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Duration::try_from(instant.as_duration()).ok();
    }
    let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
    match civil.to_zoned(TimeZone::UTC) {
        Ok(instant) => Duration::try_from(instant.timestamp().as_duration()).ok(),
        Err(_) => Some(Duration::MAX),
    }
}
