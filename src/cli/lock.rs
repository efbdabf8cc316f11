//! The lock, as commands take it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::base::Clock;
use crate::state::lock::Owner;
use crate::state::{Lock, Place};

use super::exit::Exit;
use super::trouble::Trouble;
use super::{environment, interrupt};

/// The right to write to a state, waited for so long.
pub async fn acquire(
    place: &Place,
    clock: Clock,
    patience: SignedDuration,
) -> Result<Arc<Lock>, Trouble> {
    let owner = Owner::of(environment::actor(), environment::host(), clock.now());
    let patience = Duration::try_from(patience).unwrap_or_default();
    let lock = Lock::acquire(place, owner, clock, patience).await?;
    Ok(Arc::new(lock))
}

/// While nothing has begun that would have to be finished.
#[derive(Debug)]
pub struct Idle {
    task: JoinHandle<()>,
    interrupts: watch::Receiver<u8>,
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Idle {
    /// Until this is dropped, an interrupt lets go of the lock and leaves.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever is asked on a terminal holds up the thread that would return"
    )]
    pub fn with(lock: &Arc<Lock>) -> Self {
        let (lock, interrupts) = (Arc::clone(lock), interrupt::listen());
        let first = interrupt::reached(interrupts.clone(), 1);
        let task = tokio::spawn(async move {
            first.await;
            lock.release().await;
            std::process::exit(i32::from(Exit::Error.code()));
        });
        Self { task, interrupts }
    }

    /// From now on whoever asked counts the interrupts, those so far included: one that came a moment
    /// ago is letting go of the lock.
    pub fn end(self) -> watch::Receiver<u8> {
        self.interrupts.clone()
    }
}

/// True if somebody else may have the lock by now.
pub fn is_lost(lock: &Lock) -> bool {
    lock.lost().is_some_and(|lost| *lost.borrow())
}

/// Waits until somebody else may have the lock.
pub async fn lost(lock: &Lock) {
    if let Some(mut lost) = lock.lost()
        && lost.wait_for(|lost| *lost).await.is_ok()
    {
        return;
    }
    // A folder's lock is never lost, and whoever renewed a lease and is gone says nothing more.
    std::future::pending::<()>().await;
}

/// Becomes true with either of the two: an interrupt, or the loss of the lock.
pub fn stop(lock: &Lock, interrupted: watch::Receiver<bool>) -> watch::Receiver<bool> {
    let Some(mut lost) = lock.lost() else {
        return interrupted;
    };
    let (sender, receiver) = watch::channel(*lost.borrow());
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
