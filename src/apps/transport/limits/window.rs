//! Windows: so many requests in so much time, and how many are left.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::HeaderMap;

use super::moment::{AppTime, number, seconds};

/// How long the windows are that `RateLimit` names (the draft of the IETF).
const POLICY: &str = "ratelimit-policy";

/// One window that an app counts in, as far as it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    limit: Option<u64>,
    remaining: Option<u64>,
    /// How long it lasts yet.
    reset: Option<Duration>,
    /// How long it is: it lasts no longer than that.
    length: Option<Duration>,
    by_day: bool,
}

impl Window {
    /// Nothing is left in it. A limit of 0 is one on requests at once: its reset is only a hint,
    /// and the usual jittered wait is better (Okta, "Concurrent rate limits").
    pub fn is_used_up(&self) -> bool {
        self.remaining == Some(0) && self.limit != Some(0)
    }
}

/// How long the windows that are used up last; where the app refused, also those of which it does
/// not say what is left, and at most as long as they are.
pub fn end(windows: &[Window], refused: bool) -> Option<Duration> {
    let over = |window: &&Window| {
        window.is_used_up() || (refused && window.remaining.is_none() && window.limit != Some(0))
    };
    let lasts = |window: &Window| window.reset.or(window.length.filter(|_| refused));
    windows.iter().filter(over).filter_map(lasts).max()
}

/// True if what is used up is counted by the day, and the app does not say when that ends.
pub fn is_of_a_day(headers: &HeaderMap, windows: &[Window]) -> bool {
    let of_a_day = |window: &Window| window.by_day && window.is_used_up();
    let kind = headers.get("x-ratelimit-type");
    let kind = kind.and_then(|value| value.to_str().ok());
    windows
        .iter()
        .any(|window| of_a_day(window) && window.reset.is_none())
        || kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("daily"))
}

/// Takes what a header tells of a window.
type Tell = fn(&mut Window, &str, AppTime);

/// What a header tells of a window, by the end of its name.
const ENDINGS: [(&str, Tell); 6] = [
    ("-limit", |window, text, _| window.limit = count(text)),
    ("-max", |window, text, _| window.limit = count(text)),
    ("-remaining", |window, text, _| {
        window.remaining = count(text);
    }),
    ("-reset", |window, text, now| window.reset = now.wait(text)),
    ("-reset-after", |window, text, now| {
        window.reset = now.wait(text);
    }),
    ("-interval-milliseconds", |window, text, _| {
        window.length = number(text).map(|milliseconds| seconds(milliseconds / 1e3));
    }),
];

/// All windows that the headers tell of. A name is that of a window and of what is told of it:
/// `x-ratelimit` and `remaining`, `x-ratelimit-complexity` and `reset`.
pub fn all(headers: &HeaderMap, now: AppTime) -> Vec<Window> {
    let mut plain: BTreeMap<&str, Window> = BTreeMap::new();
    let mut listed = Vec::new();
    let about_limits = |name: &str| name.contains("ratelimit") || name.contains("rate-limit");
    for (name, value) in headers {
        let (name, Ok(text)) = (name.as_str(), value.to_str()) else {
            continue;
        };
        if !about_limits(name) || name == POLICY {
            continue;
        }
        let part =
            |(ending, tell): &(&'static str, Tell)| Some((name.strip_suffix(ending)?, *tell));
        if let Some((window, tell)) = ENDINGS.iter().find_map(part) {
            let told = plain.entry(window).or_default();
            told.by_day = window.ends_with("-daily");
            tell(told, text, now);
        } else if text.contains('=') {
            listed.extend(in_list(text, headers, now));
        }
    }
    listed.extend(plain.into_values());
    listed
}

/// The number before any parameters: `100, 100;w=60`.
fn count(text: &str) -> Option<u64> {
    text.split([',', ';']).next()?.trim().parse().ok()
}

/// Windows in one value: `"burst";r=0;t=5, "hour";r=80;t=900` (the `RateLimit` draft since its
/// eighth version, whose windows' lengths are in `RateLimit-Policy`), `limit=9, remaining=0,
/// reset=5` (before), `total=9; remaining=0; resets=5` (Zendesk).
fn in_list(text: &str, headers: &HeaderMap, now: AppTime) -> Vec<Window> {
    let items: Vec<&str> = match parameter(text, "r") {
        Some(_) => text.split(',').collect(),
        None => vec![text],
    };
    let of = |item: &&str| {
        let any = |names: &[&str]| names.iter().find_map(|name| parameter(item, name));
        let name = item.split(';').next().unwrap_or_default().trim();
        Window {
            limit: any(&["limit", "total", "q"]).and_then(count),
            remaining: any(&["r", "remaining"]).and_then(count),
            reset: any(&["t", "reset", "resets"]).and_then(|text| now.wait(text)),
            length: length_of(name, headers),
            by_day: false,
        }
    };
    items.iter().map(of).collect()
}

/// How long the window of a name is, by `RateLimit-Policy`: `"burst";q=100;w=10`.
fn length_of(name: &str, headers: &HeaderMap) -> Option<Duration> {
    let mut policies = headers
        .get_all(POLICY)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    let policy = policies.find(|policy| policy.split(';').next().map(str::trim) == Some(name))?;
    parameter(policy, "w").and_then(number).map(seconds)
}

fn parameter<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let mut pairs = text
        .split([',', ';'])
        .filter_map(|part| part.split_once('='));
    let found = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
    found.map(|(_, value)| value.trim().trim_matches('"'))
}
