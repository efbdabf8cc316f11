//! One clock: the story's time, and real elapsed time, told apart.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Tells the story's time. Made once, in `main`, and handed down; nothing else reads a clock.
///
/// Under `--sandbox` the story's time is frozen at the instant that `sandbox.toml` names, so that
/// an example prints the same on any day; elapsed time stays real.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Timestamp,
    real: Instant,
    frozen: bool,
}

impl Clock {
    /// Reads the machine's clock; from here on time runs.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn running() -> Self {
        Self {
            started: Timestamp::now(),
            real: Instant::now(),
            frozen: false,
        }
    }

    /// A clock whose story stands still at `instant`.
    #[expect(
        clippy::disallowed_methods,
        reason = "elapsed time is real in every story"
    )]
    pub fn frozen(instant: Timestamp) -> Self {
        Self {
            started: instant,
            real: Instant::now(),
            frozen: true,
        }
    }

    /// The story's time, now.
    pub fn now(&self) -> Timestamp {
        if self.frozen {
            return self.started;
        }
        let elapsed = jiff::SignedDuration::try_from(self.real.elapsed()).unwrap_or_default();
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }

    /// The story's time when the program started: the default of `--as-of`.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Starts measuring real time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that measures real time"
    )]
    pub fn stopwatch(&self) -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

/// Measures real elapsed time, whatever the story's clock says.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Real time since the start of the measurement.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_still_and_a_running_one_does_not_go_back() {
        let instant: Timestamp = "2026-03-07T17:22:00Z".parse().unwrap();
        let clock = Clock::frozen(instant);
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(clock.now(), instant);
        assert!(clock.stopwatch().elapsed() < Duration::from_mins(1));
        let running = Clock::running();
        assert!(running.now() >= running.started());
    }
}
