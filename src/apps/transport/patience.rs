//! How often, and for how long, we ask again.

use std::time::Duration;

/// Whoever waits for an app to finish something looks at least so often.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The limits of our patience with one app.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a request is sent at most.
    pub tries: u32,
    /// The upper bound of the wait before the second try; it doubles with each.
    pub first: Duration,
    /// The upper bound of any wait that the app did not ask for.
    pub longest: Duration,
    /// The longest wait that an app may ask for, the time after which one request is not tried
    /// again, and the longest that an app may take to finish what it began.
    pub total: Duration,
    /// How long one exchange may take, its whole answer included.
    pub exchange: Duration,
    /// How long nothing of an answer that began may come.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            total: Duration::from_mins(2),
            exchange: Duration::from_mins(1),
            idle: Duration::from_secs(20),
        }
    }
}

impl Patience {
    /// The wait after a try (from 1) that failed, with full jitter: anything from nothing to the
    /// bound, so that many clients do not come back together.
    pub fn wait(&self, failed: u32) -> Duration {
        self.doubled(failed).mul_f64(fastrand::f64())
    }

    /// The pause after a look (from 1) that found an app still at work.
    pub fn pause(&self, looks: u32) -> Duration {
        self.doubled(looks).min(LONGEST_PAUSE)
    }

    /// How long an app that counts by the minute is left alone.
    pub fn minute(&self) -> Duration {
        self.longest * 2
    }

    fn doubled(&self, times: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32 << (times - 1).min(16));
        doubled.min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_five_times_after_waits_from_half_a_second_to_thirty() {
        let patience = Patience::default();
        let bounds: Vec<_> = (1..=8).map(|failed| patience.doubled(failed)).collect();
        let seconds = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
        assert_eq!(bounds, seconds.map(Duration::from_secs_f64));
        assert_eq!(patience.tries, 5);
        let waits: Vec<_> = (0..100).map(|_| patience.wait(7)).collect();
        let (low, high) = (Duration::from_secs(10), Duration::from_secs(20));
        assert!(
            waits.iter().any(|wait| *wait < low),
            "anything from nothing"
        );
        assert!(waits.iter().any(|wait| *wait > high), "to the bound");
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        let patience = Patience::default();
        for _ in 0..100 {
            assert!(patience.wait(1) <= patience.first);
            assert!(patience.wait(u32::MAX) <= patience.longest);
        }
    }
}
