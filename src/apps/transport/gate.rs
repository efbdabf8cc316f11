//! One gate per app: how many requests at once, none before an instant, none after a refusal.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::{Clock, Stopwatch};
use crate::model::failure::Failure;

/// Through it goes every request to one app.
#[derive(Debug)]
pub struct Gate {
    places: Semaphore,
    opened: Stopwatch,
    not_before: Mutex<Duration>,
    closed: OnceLock<Failure>,
}

impl Gate {
    /// A gate that lets so many through at once.
    pub fn new(at_once: usize, clock: &Clock) -> Self {
        Self {
            places: Semaphore::new(at_once),
            opened: clock.stopwatch(),
            not_before: Mutex::new(Duration::ZERO),
            closed: OnceLock::new(),
        }
    }

    /// Waits for a place.
    pub async fn enter(&self) -> SemaphorePermit<'_> {
        self.places
            .acquire()
            .await
            .expect("the semaphore is never closed")
    }

    /// How long nobody may pass yet.
    pub fn wait(&self) -> Duration {
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        not_before.saturating_sub(self.opened.elapsed())
    }

    /// The app asks everybody to stay away for a while.
    pub fn stay_away(&self, wait: Duration) {
        let until = self.opened.elapsed().saturating_add(wait);
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = until.max(*not_before);
    }

    /// Nobody passes any more: the app refuses our credentials.
    pub fn close(&self, failure: &Failure) {
        let _ = self.closed.set(failure.clone());
    }

    /// Why nobody passes any more, if so.
    pub fn closed(&self) -> Option<&Failure> {
        self.closed.get()
    }
}
