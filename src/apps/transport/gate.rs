//! One gate per app: how many requests at once, none before an instant, none after a refusal.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::{Clock, Stopwatch};
use crate::model::failure::Failure;

/// So many good answers, and one more may be let through at once.
const GOOD_TO_WIDEN: usize = 50;

/// Through it goes every request to one app.
#[derive(Debug)]
pub struct Gate {
    places: Semaphore,
    width: Mutex<Width>,
    opened: Stopwatch,
    not_before: Mutex<Duration>,
    closed: OnceLock<Failure>,
}

impl Gate {
    /// A gate that lets so many through at once.
    pub fn new(at_once: usize, clock: &Clock) -> Self {
        Self {
            places: Semaphore::new(at_once),
            width: Mutex::new(Width {
                now: at_once,
                most: at_once,
                good: 0,
            }),
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

    /// Gives a place back. An app that broke gets one request fewer at once from now on, since many
    /// an app breaks because of several writes at once; one that answers well gets more again.
    pub fn leave(&self, place: SemaphorePermit<'_>, broke: bool) {
        let mut width = self.width.lock().unwrap_or_else(PoisonError::into_inner);
        if broke {
            width.good = 0;
            if width.now > 1 {
                width.now -= 1;
                place.forget();
            }
            return;
        }
        width.good += 1;
        if width.good >= GOOD_TO_WIDEN && width.now < width.most {
            width.good = 0;
            width.now += 1;
            self.places.add_permits(1);
        }
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

/// How many may pass at once.
#[derive(Debug)]
struct Width {
    now: usize,
    most: usize,
    /// Good answers since the width changed.
    good: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_app_that_breaks_gets_fewer_requests_at_once_and_never_none() {
        let gate = Gate::new(3, &Clock::running());
        for left in [2, 1, 1] {
            gate.leave(gate.enter().await, true);
            assert_eq!(gate.places.available_permits(), left);
        }
        for _ in 0..GOOD_TO_WIDEN * 5 {
            gate.leave(gate.enter().await, false);
        }
        assert_eq!(gate.places.available_permits(), 3, "as before, and no more");
    }
}
