//! What apps say about their limits, whoever the vendor is: one parser for all.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long an app asks everybody to stay away, if it does.
///
/// `Retry-After` counts where the app refuses or breaks (429, 503). Else the rate-limit headers
/// count, on a 429 and on the answer that used up the last request of a window.
pub fn asked_wait(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let refuses = matches!(status, 429 | 503);
    let told = refuses.then(|| retry_after(headers, now)).flatten();
    told.or_else(|| window_end(headers, now).filter(|_| status != 503))
}

/// `Retry-After`: in seconds, or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text)?;
    Some(until.saturating_sub(app_time(headers, now)))
}

/// The end of the window in which nothing is left (Okta, "Rate limits": `X-Rate-Limit-Limit`,
/// `-Remaining`, and `-Reset` in UTC epoch seconds).
///
/// A limit of 0 is about requests at once; its reset is only a hint, and the usual jittered wait is
/// better (Okta, "Concurrent rate limits").
fn window_end(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let (limit, remaining) = (
        number("x-rate-limit-limit")?,
        number("x-rate-limit-remaining")?,
    );
    if limit == 0 || remaining > 0 {
        return None;
    }
    let until = Duration::from_secs(number("x-rate-limit-reset")?);
    Some(until.saturating_sub(app_time(headers, now)))
}

/// What time it is by the app's own clock, since ours may differ, and the story's may stand still:
/// as time since the epoch.
fn app_time(headers: &HeaderMap, now: Timestamp) -> Duration {
    let told = headers.get(DATE).and_then(|value| value.to_str().ok());
    let ours = || Duration::try_from(now.as_duration()).unwrap_or(Duration::ZERO);
    told.and_then(date).unwrap_or_else(ours)
}

/// An HTTP date in any of its three forms (RFC 9110 5.6.7), as time since the epoch.
fn date(text: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok()?;
    date.duration_since(std::time::UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    fn wait(status: u16, pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let pairs = pairs.iter();
        let headers = pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        asked_wait(status, &headers, Timestamp::UNIX_EPOCH).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_by_the_apps_own_clock() {
        let retry_after = |text| wait(429, &[("retry-after", text), DATE]);
        assert_eq!(retry_after("7"), Some(7));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(retry_after("Sunday, 06-Nov-94 08:49:47 GMT"), Some(10));
        assert_eq!(retry_after("Sun Nov  6 08:49:47 1994"), Some(10));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:30 GMT"), Some(0));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(wait(429, &[]), None);
        assert_eq!(wait(200, &[("retry-after", "7")]), None);
    }

    #[test]
    fn a_wait_that_no_calendar_of_ours_holds_is_long_and_not_none() {
        for far in ["Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999999"] {
            let told = wait(429, &[("retry-after", far), DATE]).unwrap();
            assert!(told > 1_000_000, "{far}: {told}");
        }
    }

    #[test]
    fn a_used_up_window_is_waited_for_by_the_apps_own_clock() {
        let limit = ("x-rate-limit-limit", "600");
        let reset = ("x-rate-limit-reset", "784111787");
        let left = |remaining| [limit, ("x-rate-limit-remaining", remaining), reset, DATE];
        assert_eq!(wait(429, &left("0")), Some(10));
        assert_eq!(
            wait(200, &left("0")),
            Some(10),
            "the next one would be refused"
        );
        assert_eq!(wait(200, &left("1")), None);
        assert_eq!(wait(503, &left("0")), None);
        let at_once = [
            ("x-rate-limit-limit", "0"),
            ("x-rate-limit-remaining", "0"),
            reset,
            DATE,
        ];
        assert_eq!(
            wait(429, &at_once),
            None,
            "too many at once: the reset is a hint"
        );
    }
}
