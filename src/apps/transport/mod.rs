//! The one way out: every exchange with every app passes through here.
//!
//! A [`Transport`] speaks to one app. Paging and meaning belong to the connectors; how many
//! requests at once, waiting, trying again, bounds, credentials, redaction and the
//! [log of calls](Calls) belong here.

mod authorization;
mod calls;
mod client;
mod endpoint;
mod exchange;
mod gate;
mod limits;
mod link;
mod message;
mod patience;
mod redaction;
pub mod schemes;
mod settling;
mod signing;
mod slot;
mod target;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;

use crate::base::{Clock, Foreign};
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;

use super::Settings;

use limits::{End, Verdict};

pub use authorization::Scheme;
pub use calls::{Call, Calls};
pub use client::Clients;
pub use endpoint::{Field, Grant, Place, Proof, TokenEndpoint};
use message::Earlier;
pub use message::{Answer, Repeat, Request, Unanswered};
pub use patience::Patience;
pub use target::{Elsewhere, NotAddressable, Target, is_loopback};

/// How many requests one app gets at once.
pub const AT_ONCE: usize = 8;

/// What every connector speaks through, to one app.
#[derive(Debug)]
pub struct Transport {
    settings: Settings,
    clock: Clock,
    calls: Calls,
    clients: Arc<Clients>,
    patience: Patience,
    loopback: bool,
    writes_are_over: AtomicBool,
    gate: gate::Gate,
    authorization: authorization::Authorization,
}

impl Transport {
    /// The way to one app. Nothing is sent and no credential fetched until the first request.
    pub fn new(
        settings: &Settings,
        scheme: Scheme,
        clock: Clock,
        calls: Calls,
        clients: Arc<Clients>,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let refuse = |what| Err(Failure::new(&settings.app, FailureKind::Invalid, what));
        let url = &settings.url;
        let loopback = is_loopback(url);
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
            writes_are_over: AtomicBool::new(false),
            gate: gate::Gate::new(AT_ONCE, &clock),
            authorization: authorization::Authorization::new(scheme),
        })
    }

    /// The story's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// From now on nothing is sent that may change something.
    pub fn write_no_more(&self) {
        self.writes_are_over.store(true, Ordering::Release);
    }

    /// Sends a request, again if that is allowed and of use, and answers whatever the app says in
    /// the end. `what` is what we are doing, for failures.
    pub async fn send(&self, request: &Request<'_>, what: &str) -> Result<Answer, Unanswered> {
        let mut earlier = Earlier::default();
        // Whatever stopped us in the end, an earlier try may have been acted on.
        match self.try_often(request, what, &mut earlier).await {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => Ok(Answer { earlier, ..answer }),
            Err(lost) => Err(Unanswered {
                sent: lost.sent || earlier.acted_on,
                ..lost
            }),
        }
    }

    async fn try_often(
        &self,
        request: &Request<'_>,
        what: &str,
        earlier: &mut Earlier,
    ) -> Result<Answer, Unanswered> {
        let mut spent = Duration::ZERO;
        let mut tries = 0;
        loop {
            let place = loop {
                self.wait_for_the_gate(&mut spent, what).await?;
                let place = self.gate.enter().await;
                if self.gate.wait().is_zero() && self.gate.closed().is_none() {
                    break place;
                }
            };
            if request.method != Method::GET && self.writes_are_over.load(Ordering::Acquire) {
                let what = format!("{what}: another run may be at work by now");
                return Err(self.unsent(FailureKind::Unavailable, what));
            }
            let stopwatch = self.clock.stopwatch();
            let result = self.exchange(request, what).await;
            let broke = matches!(&result, Ok(answer) if matches!(answer.status, 500 | 503));
            self.gate.leave(place, broke);
            spent += stopwatch.elapsed();
            tries += 1;
            let again = match &result {
                Ok(answer) if answer.limits.refused => true,
                Ok(answer) => answer.is_passing() && request.repeat == Repeat::Harmless,
                Err(lost) => match lost.failure.kind {
                    FailureKind::Unavailable => !lost.sent || request.repeat == Repeat::Harmless,
                    // By its token endpoint.
                    FailureKind::RateLimited => !lost.sent && self.gate.closed().is_none(),
                    _ => false,
                },
            };
            if let Ok(answer) = &result {
                self.keep_to(answer.limits, tries);
            }
            if !again || tries >= self.patience.tries || spent >= self.patience.total {
                return result;
            }
            let (acted_on, at_work) = match &result {
                Ok(answer) => (answer.is_uncertain(), answer.may_still_happen()),
                Err(lost) => (lost.sent, lost.sent),
            };
            earlier.acted_on |= acted_on;
            earlier.at_work |= at_work;
            // On top of what the app asks for, so that not all come back at once.
            let wait = self.patience.wait(tries);
            tokio::time::sleep(wait).await;
            spent += wait;
        }
    }

    /// Nobody asks before the app's limits allow it, as far as it says anything of them. `tries`
    /// is how often it was asked for the same.
    fn keep_to(&self, limits: Verdict, tries: u32) {
        match limits.end {
            Some(End::In(wait)) => self.gate.stay_away(wait),
            // Refused twice, and not by chance: until the minute is over (Google, "Usage limits").
            Some(End::Minute) if tries > 1 => self.gate.stay_away(self.patience.minute()),
            _ => {}
        }
    }

    /// For a request that was sent so many times and surely came to nothing: waits as before any
    /// other try; false, at once, if it was tried often enough.
    pub async fn again(&self, tries: u32) -> bool {
        let again = tries < self.patience.tries;
        if again {
            tokio::time::sleep(self.patience.wait(tries)).await;
        }
        again
    }

    /// Waits until the app may be spoken to, if that is not too long.
    async fn wait_for_the_gate(&self, spent: &mut Duration, what: &str) -> Result<(), Unanswered> {
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
            if *spent + wait > self.patience.total {
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
            *spent += wait;
        }
    }

    /// The failure that an answer means: `said` is what the app says of it, or else the start of
    /// the body; our secrets are blotted out of both.
    pub fn refused(&self, answer: &Answer, what: &str, said: Option<&str>) -> Failure {
        let said = match said {
            Some(said) => self.excerpt(said),
            None => self.excerpt(&String::from_utf8_lossy(&answer.body)),
        };
        Failure {
            app: self.settings.app.clone(),
            kind: answer.kind(),
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

    fn excerpt(&self, said: &str) -> String {
        self.excerpt_of(said, 200)
    }

    fn excerpt_of(&self, said: &str, characters: usize) -> String {
        redaction::excerpt(said, &self.authorization.secrets(), characters)
    }

    /// The page after the one at `page`, where the app said that it is.
    pub fn following(&self, page: &Target, next: &str) -> Result<Target, Elsewhere> {
        page.following(&self.settings.url, next)
    }

    /// The app's name.
    pub fn app(&self) -> &AppName {
        &self.settings.app
    }
}
