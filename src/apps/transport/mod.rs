//! The one way out: every exchange with every app passes through here.
//!
//! A [`Transport`] speaks to one app. Paging and meaning belong to the connectors; how many
//! requests at once, waiting, trying again, bounds, credentials, redaction and the
//! [log of calls](Calls) belong here.

mod calls;
mod client;
mod gate;
mod message;
mod patience;
mod redaction;
mod target;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, LOCATION,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;

use crate::base::{Clock, Foreign};
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;

use super::{Settings, credentials};

pub use calls::{Call, Calls};
pub use client::Clients;
pub use message::{Answer, Repeat, Request, Unanswered};
pub use patience::Patience;
pub use target::{NotAddressable, Target};

/// How many requests one app gets at once.
pub const AT_ONCE: usize = 8;

/// The most that one answer may hold, after decompression.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// Headers in which vendors tell the id of a request.
const REQUEST_ID_HEADERS: [&str; 4] = [
    "x-request-id",
    "x-okta-request-id",
    "x-slack-req-id",
    "request-id",
];

/// What every connector speaks through, to one app.
#[derive(Debug)]
pub struct Transport {
    settings: Settings,
    clock: Clock,
    calls: Calls,
    clients: Arc<Clients>,
    patience: Patience,
    loopback: bool,
    gate: gate::Gate,
    token: OnceCell<Result<SecretString, Failure>>,
}

impl Transport {
    /// The way to one app. Nothing is sent and no credential fetched until the first request.
    pub fn new(
        settings: &Settings,
        clock: Clock,
        calls: Calls,
        clients: Arc<Clients>,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let refuse = |what| Err(Failure::new(&settings.app, FailureKind::Invalid, what));
        let url = &settings.url;
        let loopback = target::is_loopback(url);
        if url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
            return refuse("its url is not an https address");
        }
        if url.scheme() == "http" && !loopback {
            return refuse("its url is not https, and not on this machine");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("its url holds a user name or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("its url has a query or a fragment");
        }
        Ok(Self {
            settings: settings.clone(),
            clock,
            calls,
            clients,
            patience,
            loopback,
            gate: gate::Gate::new(AT_ONCE, &clock),
            token: OnceCell::new(),
        })
    }

    /// The story's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Sends a request, again if that is allowed and of use, and answers whatever the app says in
    /// the end. `what` is what we are doing, for failures.
    pub async fn send(&self, request: &Request<'_>, what: &str) -> Result<Answer, Unanswered> {
        let mut waited = Duration::ZERO;
        let mut tries = 0;
        loop {
            let place = loop {
                self.wait_for_the_gate(&mut waited, what).await?;
                let place = self.gate.enter().await;
                if self.gate.wait().is_zero() && self.gate.closed().is_none() {
                    break place;
                }
            };
            let result = self.exchange(request, what).await;
            drop(place);
            tries += 1;
            let again = match &result {
                Ok((answer, _)) => match answer.status {
                    429 => true,
                    408 | 425 | 500 | 502..=504 => request.repeat == Repeat::Harmless,
                    _ => false,
                },
                Err(lost) => {
                    lost.failure.kind == FailureKind::Unavailable
                        && (!lost.sent || request.repeat == Repeat::Harmless)
                }
            };
            let asked_to_wait = match &result {
                Ok((answer, headers)) if matches!(answer.status, 429 | 503) => {
                    patience::asked_wait(headers, self.clock.now())
                }
                _ => None,
            };
            if let Some(wait) = asked_to_wait {
                self.gate.stay_away(wait);
            }
            if !again || tries >= self.patience.tries {
                return result.map(|(answer, _)| answer);
            }
            // On top of what the app asks for, so that not all come back at once.
            let wait = self.patience.wait(tries);
            tokio::time::sleep(wait).await;
            waited += wait;
        }
    }

    /// Waits until the app may be spoken to, if that is not too long.
    async fn wait_for_the_gate(&self, waited: &mut Duration, what: &str) -> Result<(), Unanswered> {
        loop {
            if let Some(failure) = self.gate.closed() {
                let failure = failure.clone();
                return Err(Unanswered {
                    failure,
                    sent: false,
                });
            }
            let wait = self.gate.wait();
            if wait.is_zero() {
                return Ok(());
            }
            if *waited + wait > self.patience.total {
                let seconds = wait.as_secs().saturating_add(1);
                let until = i64::try_from(seconds).ok().and_then(|seconds| {
                    let wait = jiff::SignedDuration::from_secs(seconds);
                    self.clock.now().checked_add(wait).ok()
                });
                let until = until.map_or(String::new(), |until| {
                    format!(", until {}", until.strftime("%Y-%m-%dT%H:%M:%SZ"))
                });
                let what = format!(
                    "{what}: the app asks us to stay away for {seconds} s{until}; we wait at most {} s",
                    self.patience.total.as_secs()
                );
                return Err(self.unsent(FailureKind::RateLimited, what));
            }
            tokio::time::sleep(wait).await;
            *waited += wait;
        }
    }

    /// One try.
    async fn exchange(
        &self,
        request: &Request<'_>,
        what: &str,
    ) -> Result<(Answer, HeaderMap), Unanswered> {
        let authorization = self.authorization().await?;
        let url = request.target.below(&self.settings.url).map_err(|_| {
            self.unsent(
                FailureKind::Invalid,
                format!("{what}: not a possible address"),
            )
        })?;
        let client = self.clients.for_host(self.loopback).map_err(|_| {
            self.unsent(
                FailureKind::Unavailable,
                format!("{what}: this machine's TLS certificates cannot be used"),
            )
        })?;
        let mut sending = client
            .request(request.method.clone(), url)
            .timeout(self.patience.exchange)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, format!("{}, application/json", request.media_type));
        if let Some(body) = request.body {
            sending = sending
                .header(CONTENT_TYPE, request.media_type)
                .body(body.to_string());
        }
        if let Some(version) = request
            .if_match
            .and_then(|version| HeaderValue::from_str(version).ok())
        {
            sending = sending.header(IF_MATCH, version);
        }
        let at = self.clock.now();
        let stopwatch = self.clock.stopwatch();
        let received = self.receive(sending, what).await;
        let answered = received.as_ref().ok().map(|(answer, _)| answer);
        self.calls.push(Call {
            at,
            app: self.settings.app.clone(),
            method: message::method_name(&request.method),
            path: Foreign::new(self.excerpt_of(&request.target.loggable(&self.settings.url), 2000)),
            status: answered.map(|answer| answer.status),
            milliseconds: u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id: answered.and_then(|answer| answer.request_id.clone()),
        });
        let (answer, headers) = received?;
        self.refuse_what_no_connector_may_see(&answer, &headers, what)?;
        Ok((answer, headers))
    }

    /// Sends, and reads the whole answer, as far as it is bounded.
    async fn receive(
        &self,
        sending: reqwest::RequestBuilder,
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
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.lost(&error, what))?
        {
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
            body,
            request_id,
        };
        Ok((answer, headers))
    }

    /// Refused credentials close the gate; a redirect is never followed.
    fn refuse_what_no_connector_may_see(
        &self,
        answer: &Answer,
        headers: &HeaderMap,
        what: &str,
    ) -> Result<(), Unanswered> {
        let failure = match answer.status {
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
            _ => return Ok(()),
        };
        Err(Unanswered {
            failure,
            sent: false,
        })
    }

    /// The failure that an answer means: `said` is what the app says of it, or else the start of
    /// the body; our secret is blotted out of both.
    pub fn refused(&self, answer: &Answer, what: &str, said: Option<&str>) -> Failure {
        let said = match said {
            Some(said) => self.excerpt(said),
            None => self.excerpt(&String::from_utf8_lossy(&answer.body)),
        };
        Failure {
            app: self.settings.app.clone(),
            kind: message::kind_of(answer.status),
            what: what.to_owned(),
            said: (!said.is_empty()).then(|| Foreign::new(said)),
            status: Some(answer.status),
            request_id: answer.request_id.clone(),
        }
    }

    /// A failure of ours: no answer is to blame.
    pub fn failure(&self, kind: FailureKind, what: impl Into<String>) -> Failure {
        Failure::new(&self.settings.app, kind, what)
    }

    fn unsent(&self, kind: FailureKind, what: String) -> Unanswered {
        Unanswered {
            failure: self.failure(kind, what),
            sent: false,
        }
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

    async fn authorization(&self) -> Result<HeaderValue, Unanswered> {
        let app = &self.settings.app;
        let unsent = |failure| Unanswered {
            failure,
            sent: false,
        };
        let source = self.settings.credentials.get("token").ok_or_else(|| {
            unsent(self.failure(
                FailureKind::Unauthorized,
                "it has no credential named `token`",
            ))
        })?;
        let token = self
            .token
            .get_or_init(|| credentials::resolve(source, app))
            .await
            .as_ref()
            .map_err(|failure| unsent(failure.clone()))?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| unsent(credentials::unusable(source, app)))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn excerpt(&self, said: &str) -> String {
        self.excerpt_of(said, 200)
    }

    fn excerpt_of(&self, said: &str, characters: usize) -> String {
        let token = self.token.get().and_then(|token| token.as_ref().ok());
        redaction::excerpt(said, token, characters)
    }

    /// The app's name.
    pub fn app(&self) -> &AppName {
        &self.settings.app
    }
}
