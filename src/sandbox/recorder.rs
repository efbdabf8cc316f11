//! What was said to an app and what it answered, one line of JSON each: to see which calls a run
//! makes, and to hold both sides against the vendor's own specification.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::app::{Answer, Call};

/// A request without its credentials, and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The decoded segments of the path below the app's URL.
    pub path: Vec<String>,
    /// The decoded parameters, in their order.
    pub query: Vec<(String, String)>,
    /// The body of the request, if it is JSON.
    pub request: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer, if there is one.
    pub answer: Option<Value>,
}

/// Appends exchanges to a file.
#[derive(Debug)]
pub(super) struct Recorder(File);

impl Recorder {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true).open(path).map(Self)
    }

    /// Appends one exchange. A record that cannot be written is a line less, and no reason to
    /// answer otherwise.
    pub fn record(&self, call: &Call, answer: &Answer) {
        let exchange = Exchange {
            method: call.method.to_string(),
            path: call.path.clone(),
            query: call.query.clone(),
            request: serde_json::from_slice(&call.body).ok(),
            status: answer.status.as_u16(),
            answer: answer.body.clone(),
        };
        let mut line = crate::base::digest::canonical(&exchange);
        line.push(b'\n');
        // One write, so that lines of calls side by side stay whole.
        let _ = (&self.0).write_all(&line);
    }
}
