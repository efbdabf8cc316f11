//! What a kind of simulated app is to the server: calls in, answers out.

use std::io;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

/// One simulated app. It answers one call after another, in plain blocking code: sockets,
/// credentials and faults are the server's.
pub(super) trait Simulated: Send + Sync {
    /// Answers a call that carried the app's token.
    fn answer(&self, call: &Call) -> Answer;

    /// Words a refusal that the server decided upon the way this kind of app words its errors.
    fn refuse(&self, refusal: &Refusal) -> Answer;

    /// How the vendor says that no seat is left, where its words are known.
    fn no_seat(&self) -> Option<Answer> {
        None
    }

    /// The schemes of `Authorization` under which it takes its token.
    fn schemes(&self) -> &'static [&'static str] {
        &["Bearer"]
    }

    /// Does what has become due since the last call, to any app.
    fn settle(&self) -> io::Result<()> {
        Ok(())
    }

    /// Returns when everything that was answered so far is safe on the disk.
    fn flush(&self) -> io::Result<()>;
}

/// A refusal that the server decided upon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub status: StatusCode,
    pub detail: &'a str,
    /// Seconds to wait, where `sandbox.toml` says so.
    pub retry_after: Option<u32>,
}

impl<'a> Refusal<'a> {
    /// A refusal that says nothing of when to come back.
    pub fn new(status: StatusCode, detail: &'a str) -> Self {
        Self {
            status,
            detail,
            retry_after: None,
        }
    }
}

/// An app in which another one makes and closes accounts.
pub(super) trait Target: Send + Sync {
    /// The id of the account, if there is one.
    fn account(&self, assignee: &Assignee) -> Option<String>;

    /// Makes the account, or opens it again; returns its id. On the disk when this returns.
    fn open_account(&self, assignee: &Assignee) -> io::Result<String>;

    /// Closes the account. One that is not there is closed.
    fn close_account(&self, assignee: &Assignee) -> io::Result<()>;
}

/// Somebody who is given an app.
#[derive(Clone, Debug)]
pub(super) struct Assignee {
    /// Their id in the app that gives.
    pub id: String,
    pub login: String,
    pub email: Option<String>,
    pub given: Option<String>,
    pub family: Option<String>,
}

/// A request, as far as a simulated app needs to see it.
pub(super) struct Call {
    pub method: Method,
    /// The decoded segments of the path below the app's URL.
    pub path: Vec<String>,
    /// The decoded parameters, in their order.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut matching = self.query.iter().filter(|(key, _)| key == name);
        matching.next().map(|(_, value)| value.as_str())
    }

    /// The value of a header, if it is readable text.
    pub fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// True if the call may change something.
    pub fn writes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// A response: status, headers and perhaps a JSON body.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Option<Value>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// An answer with a JSON body of a media type.
    pub fn json(status: StatusCode, media_type: &'static str, body: Value) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        answer.body = Some(body);
        answer
    }

    /// Adds a header whose value is plain ASCII.
    #[must_use]
    pub fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("our header values are plain ASCII");
        self.headers.append(name, value);
        self
    }
}
