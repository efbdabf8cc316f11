//! One try: send, read the whole answer as far as it is bounded, write it to the log.

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, LOCATION,
};
use reqwest::{Client, Method, RequestBuilder, Response};

use crate::base::Foreign;
use crate::model::failure::{Failure, FailureKind};

use super::message::{Answer, Earlier, Request, Unanswered, method_name};
use super::{Call, Transport, limits, link};

/// The most that one answer may hold, after decompression.
pub const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// Headers in which vendors tell the id of a request.
const REQUEST_ID_HEADERS: [&str; 4] = [
    "x-request-id",
    "x-okta-request-id",
    "x-slack-req-id",
    "request-id",
];

/// What we understand: the vendor's type, and plain JSON, which some send instead.
fn accepted(media_type: &str) -> String {
    match media_type {
        "application/json" => media_type.to_owned(),
        _ => format!("{media_type}, application/json"),
    }
}

/// True if a body is for a browser to show. Some apps call an empty one so.
fn is_web_page(answer: &Answer, headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let html = kind.is_some_and(|kind| kind.trim_start().to_lowercase().starts_with("text/html"));
    html && !answer.body.trim_ascii().is_empty()
}

impl Transport {
    /// One try; and once more with a new token, if the app refuses one that can be had anew.
    pub(super) async fn exchange(
        &self,
        request: &Request<'_>,
        what: &str,
    ) -> Result<Answer, Unanswered> {
        let mut renewed = false;
        let (answer, headers) = loop {
            let pass = self.pass(&request.method, what).await?;
            let sending = self.prepare(request, pass.clone(), what)?;
            let path = request.target.loggable(&self.settings.url);
            let logged = self.logged(sending, &request.method, &path, what);
            let (answer, headers) = logged.await?;
            let refused = answer.status == 401 && !renewed;
            if !refused
                || self.gate.closed().is_some()
                || !self.renounce(&request.method, &pass).await
            {
                break (answer, headers);
            }
            renewed = true;
        };
        self.refuse_what_no_connector_may_see(&answer, &headers, what)?;
        Ok(answer)
    }

    fn prepare(
        &self,
        request: &Request<'_>,
        pass: HeaderValue,
        what: &str,
    ) -> Result<RequestBuilder, Unanswered> {
        let url = request.target.below(&self.settings.url).map_err(|_| {
            self.unsent(
                FailureKind::Invalid,
                format!("{what}: not a possible address"),
            )
        })?;
        let mut sending = self
            .client(what)?
            .request(request.method.clone(), url)
            .timeout(self.patience.exchange)
            .header(AUTHORIZATION, pass)
            .header(ACCEPT, accepted(request.media_type));
        if let Some(body) = request.body {
            sending = sending
                .header(CONTENT_TYPE, request.media_type)
                .body(body.to_string());
        } else if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
            // Without it some answer 411 (Okta, "Design principles").
            sending = sending.header(CONTENT_LENGTH, 0);
        }
        if let Some(version) = request
            .if_match
            .and_then(|version| HeaderValue::from_str(version).ok())
        {
            sending = sending.header(IF_MATCH, version);
        }
        Ok(sending)
    }

    /// What to send with.
    pub(super) fn client(&self, what: &str) -> Result<Client, Unanswered> {
        self.clients.for_host(self.loopback).map_err(|_| {
            self.unsent(
                FailureKind::Unavailable,
                format!("{what}: this machine's TLS certificates cannot be used"),
            )
        })
    }

    /// Sends, and writes it to the log: where to, without the values of parameters.
    pub(super) async fn logged(
        &self,
        sending: RequestBuilder,
        method: &Method,
        path: &str,
        what: &str,
    ) -> Result<(Answer, HeaderMap), Unanswered> {
        let at = self.clock.now();
        let stopwatch = self.clock.stopwatch();
        let received = self.receive(sending, what).await;
        let answered = received.as_ref().ok().map(|(answer, _)| answer);
        self.calls.push(Call {
            at,
            app: self.settings.app.clone(),
            method: method_name(method).to_owned(),
            path: Foreign::new(self.excerpt_of(path, 2000)),
            status: answered.map(|answer| answer.status),
            milliseconds: u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id: answered.and_then(|answer| answer.request_id.clone()),
        });
        received
    }

    /// Sends, and reads the whole answer, as far as it is bounded.
    async fn receive(
        &self,
        sending: RequestBuilder,
        what: &str,
    ) -> Result<(Answer, HeaderMap), Unanswered> {
        let mut response = sending
            .send()
            .await
            .map_err(|error| self.lost(&error, what))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let request_id = REQUEST_ID_HEADERS
            .iter()
            .find_map(|name| headers.get(*name)?.to_str().ok())
            .map(|id| Foreign::new(self.excerpt(id)));
        let mut body = Vec::new();
        while let Some(chunk) = self.part(&mut response, what).await? {
            if body.len() + chunk.len() > LARGEST_BODY {
                let mut failure = Failure::new(
                    &self.settings.app,
                    FailureKind::Protocol,
                    format!("{what}: the answer is larger than 32 MiB"),
                );
                failure.status = Some(status);
                return Err(Unanswered {
                    failure,
                    sent: true,
                });
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer {
            status,
            request_id,
            next: link::next(&headers),
            limits: limits::judge(status, &headers, &body, self.clock.now()),
            earlier: Earlier::default(),
            body,
        };
        Ok((answer, headers))
    }

    /// The next part of an answer; one that stops coming is given up before its time is over.
    async fn part(&self, response: &mut Response, what: &str) -> Result<Option<Bytes>, Unanswered> {
        let part = tokio::time::timeout(self.patience.idle, response.chunk());
        match part.await {
            Ok(part) => part.map_err(|error| self.lost(&error, what)),
            Err(_) => Err(Unanswered {
                failure: self.failure(
                    FailureKind::Unavailable,
                    format!("{what}: the answer stopped in the middle"),
                ),
                sent: true,
            }),
        }
    }

    /// Refused credentials close the gate, and so does a limit that ends after this run; a redirect
    /// is never followed; and a page for people is no answer, whatever its status: a proxy or a
    /// sign-in page sent it, and nobody knows whether the app heard of the request.
    fn refuse_what_no_connector_may_see(
        &self,
        answer: &Answer,
        headers: &HeaderMap,
        what: &str,
    ) -> Result<(), Unanswered> {
        let failure = match answer.status {
            _ if answer.limits.end == Some(limits::End::Day) && answer.limits.refused => {
                let mut failure = self.refused(answer, what, None);
                failure.what = format!("{what}: what the app allows us in a day is used up");
                self.gate.close(&failure);
                failure
            }
            401 => {
                let failure = self.refused(answer, what, None);
                self.gate.close(&failure);
                failure
            }
            300..=399 => {
                let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
                let host = location
                    .and_then(|location| self.settings.url.join(location).ok())
                    .and_then(|url| url.host_str().map(str::to_owned))
                    .map_or("nowhere".to_owned(), |host| {
                        host.chars().take(100).collect()
                    });
                let mut failure = self.refused(answer, what, Some(""));
                failure.kind = FailureKind::Protocol;
                failure.what =
                    format!("{what}: the app redirects to {host}; credentials follow no redirect");
                failure
            }
            200..=299 if is_web_page(answer, headers) => {
                let mut failure = self.refused(answer, what, Some(""));
                failure.kind = FailureKind::Protocol;
                failure.what = format!("{what}: a web page came instead of an answer");
                failure
            }
            _ => return Ok(()),
        };
        Err(Unanswered {
            failure,
            // "See Other" is where the result of what was done can be seen (RFC 9110, section 15.4.4).
            sent: answer.is_success() || answer.status == 303,
        })
    }

    /// No answer, and why: the innermost cause, since the outer ones repeat the address.
    fn lost(&self, error: &reqwest::Error, what: &str) -> Unanswered {
        let why = if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the answer broke off"
        };
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let mut failure = self.failure(FailureKind::Unavailable, format!("{what}: {why}"));
        if error.is_connect() {
            failure = failure.said(self.excerpt(&cause.to_string()));
        }
        Unanswered {
            failure,
            sent: !error.is_connect() && !error.is_builder(),
        }
    }
}
