//! Answers that come to harm on their way: pages that do not fit together, bodies that end early,
//! and pages for people where data should be.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::app::{Answer, Call};
use super::faults::Fault;

/// What a proxy says instead of the app.
const WEB_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\
    <body><h1>Sign in to continue</h1><form action=\"/login\"></form></body></html>\n";

/// The first record of the last page of each list, by its path.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<BTreeMap<String, Value>>);

impl Pages {
    /// Notes a page, after what may have been done to it. An answer that is no page stays as it is.
    pub fn pass(&self, call: &Call, answer: &mut Answer, fault: Option<Fault>) {
        if call.writes() || !answer.status.is_success() {
            return;
        }
        let Some(body) = &mut answer.body else {
            return;
        };
        if fault == Some(Fault::MovedTotal)
            && let Some(total) = body.get_mut("totalResults")
        {
            *total = (total.as_u64().unwrap_or_default() + 1).into();
        }
        let Some(records) = records(body) else {
            return;
        };
        let first = records.first().cloned();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = match first {
            Some(first) => seen.insert(call.path.join("/"), first),
            None => None,
        };
        match fault {
            Some(Fault::ShortPage) => {
                records.pop();
            }
            // In place of another, as where a record that was added meanwhile moves the others.
            Some(Fault::RepeatedRecord) => {
                if let (Some(first), Some(earlier)) = (records.first_mut(), earlier) {
                    *first = earlier;
                }
            }
            _ => {}
        }
    }
}

/// The records of a page: a bare list, or the one of a `ListResponse`.
fn records(body: &mut Value) -> Option<&mut Vec<Value>> {
    match body {
        Value::Array(records) => Some(records),
        Value::Object(list) => list.get_mut("Resources")?.as_array_mut(),
        _ => None,
    }
}

/// A page for people, with status 200.
pub(super) fn web_page() -> Response {
    let mut response = Response::new(Body::from(WEB_PAGE));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    *response.status_mut() = StatusCode::OK;
    response
}

/// The first half of a body, and a `Content-Length` that agrees.
pub(super) fn cut_body(body: &Bytes) -> Body {
    Body::from(body.slice(..body.len() / 2))
}

/// The first half of a body, and a `Content-Length` that promises all of it: then the connection
/// closes.
pub(super) fn cut_connection(body: &Bytes) -> Response {
    let half = body.slice(..body.len() / 2);
    let broken = async {
        // What is not on its way by then would never leave.
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    let chunks = stream::once(async { Ok(half) }).chain(stream::once(broken));
    let mut response = Response::new(Body::from_stream(chunks));
    let length = HeaderValue::from(body.len());
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    response
}
