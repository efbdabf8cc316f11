//! What is asked of an app, and what comes back.

use reqwest::Method;
use serde_json::Value;

use crate::base::Foreign;
use crate::model::failure::{Failure, FailureKind};

use super::limits::Verdict;
use super::target::Target;

/// A request, as a connector asks for it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// Where, below the app's url.
    pub target: Target,
    /// The body, as JSON.
    pub body: Option<&'a Value>,
    /// The version that the object must still have.
    pub if_match: Option<&'a str>,
    /// Whether it may be sent again when its answer was lost.
    pub repeat: Repeat,
    /// The media type of bodies.
    pub media_type: &'static str,
}

/// Whether a request may be sent again when it may have been acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Twice is as good as once: reads, and writes that set something.
    Harmless,
    /// Only after looking: sent again only if the app surely did not act on it.
    AfterLooking,
}

/// What the app answered, whatever the status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The vendor's id of the request, for their support.
    pub request_id: Option<Foreign>,
    /// The address of the next page, if the app named one (`Link`, RFC 8288). It is the app's
    /// word: [`Target::following`] takes it, and only within the same host and path.
    pub next: Option<String>,
    /// What it means for whoever asks next.
    pub(super) limits: Verdict,
    /// What tries before this one may have come to, where this one did not succeed.
    pub(super) earlier: Earlier,
}

/// What tries of a request may have come to whose answers told nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// One may have been acted on.
    pub acted_on: bool,
    /// One may still be at work.
    pub at_work: bool,
}

impl Answer {
    /// True for 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// True if a write may have happened although it did not succeed: by this try, or by one before
    /// it whose answer was lost.
    pub fn is_uncertain(&self) -> bool {
        let this = self.status == 408 || (self.status >= 500 && self.status != 501);
        this || self.earlier.acted_on
    }

    /// True if the app says that it may be otherwise soon.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 425 | 500 | 502..=504 | 529)
    }

    /// True if something behind the one who answered may still be at work.
    pub fn may_still_happen(&self) -> bool {
        matches!(self.status, 408 | 502 | 504) || self.earlier.at_work
    }

    /// What it means, where nothing more is known: a limit, whatever status the vendor gives it.
    pub fn kind(&self) -> FailureKind {
        if self.limits.refused {
            FailureKind::RateLimited
        } else {
            kind_of(self.status)
        }
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Why.
    pub failure: Failure,
    /// Whether the app may have received the request, and so acted on it.
    pub sent: bool,
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        unanswered.failure
    }
}

/// The name of a method, for the log.
pub fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// What a status means.
const fn kind_of(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::Unauthorized,
        402 => FailureKind::NoSeat,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        405 | 501 => FailureKind::Unsupported,
        408 | 500 | 502..=599 => FailureKind::Unavailable,
        409 | 412 => FailureKind::Conflict,
        423 | 425 => FailureKind::Busy,
        429 => FailureKind::RateLimited,
        400..=499 => FailureKind::Invalid,
        _ => FailureKind::Protocol,
    }
}
