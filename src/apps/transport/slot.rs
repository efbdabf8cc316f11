//! One access token, fetched by one request for all that wait for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::base::Stopwatch;
use crate::model::failure::FailureKind;

use super::message::Unanswered;

/// An access token is no longer used so long before it expires.
const MARGIN: Duration = Duration::from_mins(1);

/// What a token endpoint gave.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub secret: SecretString,
    /// Since when it is valid.
    pub since: Stopwatch,
    /// For how long.
    pub lifetime: Duration,
}

impl AccessToken {
    fn is_fresh(&self) -> bool {
        let margin = MARGIN.min(self.lifetime / 2);
        self.since.elapsed() + margin < self.lifetime
    }
}

/// The place of one token.
#[derive(Debug, Default)]
pub struct Slot {
    held: Mutex<Held>,
    /// How many fetches came to an end.
    fetches: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<AccessToken>,
    /// What the last fetch came to, if not to a token.
    failed: Option<Unanswered>,
}

impl Slot {
    /// The token, if it will be good for a while; else `fetch` brings one. Whoever waited for
    /// another's fetch gets what that brought, be it a failure: an endpoint that does not answer is
    /// not asked by each in turn. A scope that is not granted is not asked for again.
    pub async fn token(
        &self,
        fetch: impl Future<Output = Result<AccessToken, Unanswered>>,
    ) -> Result<SecretString, Unanswered> {
        let before = self.fetches.load(Ordering::SeqCst);
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.secret.clone());
        }
        let waited = self.fetches.load(Ordering::SeqCst) > before;
        let lasts = |failed: &&Unanswered| waited || failed.failure.kind == FailureKind::Forbidden;
        if let Some(failed) = held.failed.as_ref().filter(lasts) {
            return Err(failed.clone());
        }
        let fetched = fetch.await;
        self.fetches.fetch_add(1, Ordering::SeqCst);
        match fetched {
            Ok(token) => {
                let secret = token.secret.clone();
                *held = Held {
                    token: Some(token),
                    failed: None,
                };
                Ok(secret)
            }
            Err(failed) => {
                held.failed = Some(failed.clone());
                Err(failed)
            }
        }
    }

    /// Gives up the token, if `is_refused` says that it is the one; another request may have
    /// brought a newer one meanwhile.
    pub async fn give_up(&self, is_refused: impl Fn(&SecretString) -> bool) {
        let mut held = self.held.lock().await;
        if held
            .token
            .as_ref()
            .is_some_and(|token| is_refused(&token.secret))
        {
            held.token = None;
        }
    }
}
