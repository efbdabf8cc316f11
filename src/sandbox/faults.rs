//! Faults on demand: what `[apps.NAME.faults]` says.
//!
//! ```toml
//! [apps.directory.faults]
//! latency = "20ms"
//! strikes = [
//!     # the first account that is made is made, and the gateway in front of the app gives up
//!     { fault = "504", done = true, calls = "POST", path = "Users", nth = 1 },
//!     { fault = "repeated record", path = "Users", nth = 2 },
//!     { fault = "expired", from = 9 },
//! ]
//! ```

use std::num::NonZeroU64;
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
    #[schemars(extend("enum" = [429, 500, 502, 503, 504]), with = "Option<u16>")]
    pub outage: Option<FailStatus>,
    /// This write is done, and the connection dropped instead of answering.
    pub lose_answer: Option<NonZeroU64>,
    /// Every write but the creation of an account is answered 204, and not done.
    pub ignores_writes: bool,
    /// The most resources of a page, whatever a client asks for.
    pub page_size: Option<NonZeroU64>,
    /// What else goes wrong, and where. Of several that strike one call, the first does.
    pub strikes: Vec<Strike>,
}

/// `fail_call = { nth = 3, status = 429, retry_after = 1 }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailCall {
    /// Which call.
    pub nth: NonZeroU64,
    /// What it answers.
    #[schemars(extend("enum" = [429, 500, 502, 503, 504]), with = "u16")]
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
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// The statuses by which an app, or a gateway in front of it, says that it cannot just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub enum FailStatus {
    /// 429
    TooManyRequests,
    /// 500
    InternalServerError,
    /// 502
    BadGateway,
    /// 503
    ServiceUnavailable,
    /// 504
    GatewayTimeout,
}

impl TryFrom<u16> for FailStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        match status {
            429 => Ok(Self::TooManyRequests),
            500 => Ok(Self::InternalServerError),
            502 => Ok(Self::BadGateway),
            503 => Ok(Self::ServiceUnavailable),
            504 => Ok(Self::GatewayTimeout),
            other => Err(format!(
                "status {other} is not one of 429, 500, 502, 503, 504"
            )),
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

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Fault {
    /// Refused: too many requests.
    #[serde(rename = "429")]
    TooManyRequests,
    /// The app breaks.
    #[serde(rename = "500")]
    InternalServerError,
    /// The gateway in front of the app gets no answer that it understands.
    #[serde(rename = "502")]
    BadGateway,
    /// The app is not there just now.
    #[serde(rename = "503")]
    ServiceUnavailable,
    /// The gateway in front of the app gets no answer in time.
    #[serde(rename = "504")]
    GatewayTimeout,
    /// The connection is closed instead of an answer.
    #[serde(rename = "hang-up")]
    HangUp,
    /// The connection is reset instead of an answer.
    #[serde(rename = "reset")]
    Reset,
    /// A web page with status 200, as a proxy or a sign-in page answers.
    #[serde(rename = "html")]
    Html,
    /// The token is refused, as if it had expired.
    #[serde(rename = "expired")]
    Expired,
    /// No seat is left, in the words of the vendor. Refused for apps whose vendor has none.
    #[serde(rename = "no seats")]
    NoSeats,
    /// The body ends in its middle, and `Content-Length` agrees.
    #[serde(rename = "cut body")]
    CutBody,
    /// The body ends in its middle, and the connection closes: `Content-Length` promised more.
    #[serde(rename = "cut connection")]
    CutConnection,
    /// A page lacks its last record, which the total counts. Not for Okta, which tells none.
    #[serde(rename = "short page")]
    ShortPage,
    /// The first record of a page is one that an earlier page of the list held.
    #[serde(rename = "repeated record")]
    RepeatedRecord,
    /// A page tells a larger total than the others. Not for Okta, which tells none.
    #[serde(rename = "moved total")]
    MovedTotal,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::TooManyRequests,
        Self::InternalServerError,
        Self::BadGateway,
        Self::ServiceUnavailable,
        Self::GatewayTimeout,
        Self::HangUp,
        Self::Reset,
        Self::Html,
        Self::Expired,
        Self::NoSeats,
        Self::CutBody,
        Self::CutConnection,
        Self::ShortPage,
        Self::RepeatedRecord,
        Self::MovedTotal,
    ];

    /// True if an app may do what it is asked and answer so all the same. One that refuses does
    /// not, and one whose answer arrives damaged always does.
    pub fn may_be_done(self) -> bool {
        match self {
            Self::InternalServerError
            | Self::BadGateway
            | Self::ServiceUnavailable
            | Self::GatewayTimeout
            | Self::HangUp
            | Self::Reset
            | Self::Html => true,
            Self::TooManyRequests
            | Self::Expired
            | Self::NoSeats
            | Self::CutBody
            | Self::CutConnection
            | Self::ShortPage
            | Self::RepeatedRecord
            | Self::MovedTotal => false,
        }
    }

    /// True if the app answers, and its answer comes to harm.
    pub(super) fn is_damage(self) -> bool {
        matches!(self, Self::CutBody | Self::CutConnection) || self.is_of_pages()
    }

    /// The status of a refusal.
    pub(super) fn status(self) -> Option<StatusCode> {
        Some(match self {
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Expired => StatusCode::UNAUTHORIZED,
            _ => return None,
        })
    }

    /// True if it strikes pages of lists only; any other answer stays as it is.
    pub fn is_of_pages(self) -> bool {
        matches!(
            self,
            Self::ShortPage | Self::RepeatedRecord | Self::MovedTotal
        )
    }
}

/// The calls that a fault may strike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Calls {
    /// Every one.
    #[default]
    #[serde(rename = "all")]
    All,
    /// Those that change nothing.
    #[serde(rename = "reads")]
    Reads,
    /// Those that may change something.
    #[serde(rename = "writes")]
    Writes,
    /// By method.
    #[serde(rename = "GET")]
    Get,
    /// By method.
    #[serde(rename = "POST")]
    Post,
    /// By method.
    #[serde(rename = "PUT")]
    Put,
    /// By method.
    #[serde(rename = "PATCH")]
    Patch,
    /// By method.
    #[serde(rename = "DELETE")]
    Delete,
}

/// `{ fault = "reset", calls = "POST", path = "Users", nth = 2 }`: what goes wrong, and where.
/// Calls that match are counted from 1; without `nth` and `from` it strikes each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Written")]
#[schemars(with = "Written")]
pub struct Strike {
    /// What goes wrong.
    pub fault: Fault,
    /// The app does what it is asked, and then it goes wrong.
    pub done: bool,
    /// Which calls it may strike.
    pub calls: Calls,
    /// The segments of the path below the app's URL; none is any path, `*` any segment.
    pub path: Option<Vec<String>>,
    /// Which of those it strikes.
    pub at: At,
}

/// Which of the calls that match are struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Each.
    Each,
    /// One of them.
    Nth(NonZeroU64),
    /// One, and all after it.
    From(NonZeroU64),
}

/// A strike as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What goes wrong.
    fault: Fault,
    /// The app does what it is asked, and then it goes wrong; without it, the app never hears of
    /// the call. For `500`, `502`, `503`, `504`, `hang-up`, `reset` and `html`.
    #[serde(default)]
    done: bool,
    /// Which calls it may strike; all by default.
    #[serde(default)]
    calls: Calls,
    /// The path below the app's URL, `*` for any one segment: `"Users/*"`. Any by default.
    path: Option<String>,
    /// It strikes only this one of the calls that match.
    nth: Option<NonZeroU64>,
    /// It strikes this one of the calls that match, and all after it.
    from: Option<NonZeroU64>,
}

impl TryFrom<Written> for Strike {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            fault,
            done,
            calls,
            path,
            nth,
            from,
        } = written;
        if done && !fault.may_be_done() {
            return Err("`done` means nothing with this fault: it says by itself what is done");
        }
        if done && matches!(calls, Calls::Reads | Calls::Get) {
            return Err("`done` means nothing with reads, which do nothing");
        }
        if fault.is_of_pages() && !matches!(calls, Calls::All | Calls::Reads | Calls::Get) {
            return Err("this fault strikes pages of lists, and writes have none");
        }
        let path = path.map(|path| {
            let segments = path.split('/').map(str::to_owned);
            segments.collect::<Vec<_>>()
        });
        if path.iter().flatten().any(String::is_empty) {
            return Err("a path is segments between single slashes, such as \"Users/*\"");
        }
        Ok(Self {
            fault,
            done,
            calls,
            path,
            at: match (nth, from) {
                (None, None) => At::Each,
                (Some(nth), None) => At::Nth(nth),
                (None, Some(from)) => At::From(from),
                (Some(_), Some(_)) => return Err("`nth` and `from` exclude each other"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strike_that_means_nothing_is_refused() {
        for (strike, why) in [
            (r#"fault = "expired", done = true"#, "`done`"),
            (r#"fault = "429", done = true"#, "`done`"),
            (r#"fault = "reset", done = true, calls = "GET""#, "reads"),
            (r#"fault = "short page", calls = "POST""#, "pages"),
            (r#"fault = "reset", path = "Users//x""#, "segments"),
            (r#"fault = "reset", path = """#, "segments"),
            (r#"fault = "reset", nth = 1, from = 2"#, "exclude"),
            (r#"fault = "reset", nth = 0"#, "nonzero"),
            (r#"fault = "418""#, "unknown variant"),
            (r#"calls = "GET""#, "missing field"),
            (r#"fault = "reset", often = true"#, "unknown field"),
        ] {
            let text = format!("strikes = [{{ {strike} }}]");
            let error = toml::from_str::<Faults>(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{strike}: {error}");
        }
    }

    #[test]
    fn the_documented_example_reads() {
        let lines = include_str!("faults.rs").lines();
        let example = lines.skip_while(|line| *line != "//! ```toml").skip(1);
        let example = example.take_while(|line| *line != "//! ```");
        let example = example.map(|line| line.trim_start_matches("//! "));
        let example = example.filter(|line| *line != "[apps.directory.faults]");
        let example: Vec<&str> = example.collect();
        let faults: Faults = toml::from_str(&example.join("\n")).unwrap();
        let strikes = faults
            .strikes
            .iter()
            .map(|strike| (strike.fault, strike.done));
        let told = [
            (Fault::GatewayTimeout, true),
            (Fault::RepeatedRecord, false),
            (Fault::Expired, false),
        ];
        assert_eq!(strikes.collect::<Vec<_>>(), told);
    }
}
