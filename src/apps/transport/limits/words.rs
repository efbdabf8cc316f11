//! Codes in bodies by which vendors tell a limit from another refusal of the same status, or one
//! limit from another. A code counts only as the whole value of a field that holds codes: what
//! people type never does.

use std::time::Duration;

use serde_json::Value;

use super::moment::seconds;

/// What a code says of the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is one; no more.
    Soon,
    /// It counts by the minute.
    Minute,
    /// Nobody may ask before a minute has passed.
    AfterAMinute,
    /// It counts by the day.
    Day,
}

/// What a body says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    /// Of the kind of limit.
    pub word: Option<Word>,
    /// Of its end: Dropbox, in seconds.
    pub retry_after: Option<Duration>,
}

const CODES: &[(&str, Word)] = &[
    // Google, `reason` and `status`.
    ("rateLimitExceeded", Word::Minute),
    ("userRateLimitExceeded", Word::Minute),
    ("RESOURCE_EXHAUSTED", Word::Minute),
    ("quotaExceeded", Word::Soon),
    ("dailyLimitExceeded", Word::Day),
    // Salesforce, `errorCode`: all that an organisation may ask in 24 hours.
    ("REQUEST_LIMIT_EXCEEDED", Word::Day),
    // HubSpot, `policyName`.
    ("DAILY", Word::Day),
    // Linear, `code`.
    ("RATELIMITED", Word::Soon),
    // Box, `code`.
    ("rate_limit_exceeded", Word::Soon),
];

/// Fields that hold codes.
const FIELDS: [&str; 5] = ["reason", "status", "errorCode", "policyName", "code"];

/// No refusal is larger.
const LARGEST: usize = 64 * 1024;

/// No code lies deeper.
const DEEPEST: usize = 8;

/// Reads a body; one that is no JSON says nothing.
pub fn read(body: &[u8]) -> Said {
    let mut said = Said::default();
    if body.len() <= LARGEST
        && let Ok(body) = serde_json::from_slice(body)
    {
        look(&body, DEEPEST, &mut said);
    }
    said
}

fn look(value: &Value, deeper: usize, said: &mut Said) {
    if deeper == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, deeper - 1, said)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) => {
                        said.word = said.word.or_else(|| word(name, text));
                    }
                    Value::Number(number) if name == "retry_after" => {
                        let told = number.as_f64().filter(|told| *told >= 0.0);
                        said.retry_after = said.retry_after.or(told.map(seconds));
                    }
                    other => look(other, deeper - 1, said),
                }
            }
        }
        _ => {}
    }
}

fn word(field: &str, text: &str) -> Option<Word> {
    // GitHub has no code for it.
    if field == "message" && text.starts_with("You have exceeded a secondary rate limit") {
        return Some(Word::AfterAMinute);
    }
    let of = |(code, word): &(&str, Word)| (*code == text).then_some(*word);
    FIELDS.contains(&field).then(|| CODES.iter().find_map(of))?
}
