//! Waiting for an app to finish what it began.

use std::time::Duration;

use crate::model::failure::Failure;

use super::Transport;

impl Transport {
    /// Looks again and again, each time after a longer pause, until `look` tells something; none
    /// if that took longer than our patience with one app. `look` may only read.
    pub async fn settled<T, L>(&self, mut look: impl FnMut() -> L) -> Result<Option<T>, Failure>
    where
        L: Future<Output = Result<Option<T>, Failure>>,
    {
        let mut paused = Duration::ZERO;
        let stopwatch = self.clock.stopwatch();
        for looks in 1.. {
            if let Some(told) = look().await? {
                return Ok(Some(told));
            }
            let pause = self.patience.pause(looks);
            if stopwatch.elapsed().max(paused) + pause > self.patience.total {
                break;
            }
            tokio::time::sleep(pause).await;
            paused += pause;
        }
        Ok(None)
    }
}
