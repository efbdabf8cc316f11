//! The lock, as commands take it.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::base::Clock;
use crate::state::lock::Owner;
use crate::state::{Lock, Place};

use super::environment;
use super::trouble::Trouble;

/// The right to write to a state, waited for so long.
pub async fn acquire(
    place: &Place,
    clock: Clock,
    patience: SignedDuration,
) -> Result<Lock, Trouble> {
    let owner = Owner::of(environment::actor(), environment::host(), clock.now());
    let patience = Duration::try_from(patience).unwrap_or_default();
    Ok(Lock::acquire(place, owner, clock, patience).await?)
}

/// Becomes true with either of the two: an interrupt, or the loss of the lock.
pub fn stop(lock: &Lock, interrupted: watch::Receiver<bool>) -> watch::Receiver<bool> {
    let Some(mut lost) = lock.lost() else {
        return interrupted;
    };
    let (sender, receiver) = watch::channel(false);
    let mut interrupted = interrupted;
    tokio::spawn(async move {
        let is_so = |value: &bool| *value;
        // A sender that is gone says nothing more; the other one still may.
        let lost = async {
            if lost.wait_for(is_so).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let interrupted = async {
            if interrupted.wait_for(is_so).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! { () = lost => {}, () = interrupted => {} }
        // Nobody listens any more once the run is over.
        let _ = sender.send(true);
    });
    receiver
}
