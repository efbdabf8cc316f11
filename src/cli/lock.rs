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
use super::{environment, interrupt, preempt, terminal};

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
    /// Until this is dropped, an interrupt lets go of the lock and leaves, and so does an order that
    /// somebody leaves at once.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever is asked on a terminal holds up the thread that would return"
    )]
    pub fn with(lock: &Arc<Lock>, orders: Option<watch::Receiver<Option<u64>>>) -> Self {
        let (lock, interrupts) = (Arc::clone(lock), interrupt::listen());
        let first = interrupt::reached(interrupts.clone(), 1);
        let task = tokio::spawn(async move {
            let exit = tokio::select! {
                () = first => Exit::Error,
                _ = ordered(orders) => {
                    terminal::last(Exit::Locked);
                    Exit::Locked
                }
            };
            lock.release().await;
            std::process::exit(i32::from(exit.code()));
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
    told(lock.lost()).await;
}

/// Becomes true with any of the three: an interrupt, an order to yield to, or the loss of the lock.
pub fn stop(
    lock: &Lock,
    interrupted: watch::Receiver<bool>,
    orders: Option<watch::Receiver<Option<u64>>>,
) -> watch::Receiver<bool> {
    let lost = lock.lost();
    let is_lost = lost.as_ref().is_some_and(|lost| *lost.borrow());
    let (sender, receiver) = watch::channel(is_lost);
    tokio::spawn(async move {
        tokio::select! {
            () = told(lost) => {}
            () = told(Some(interrupted)) => {}
            _ = ordered(orders) => {}
        }
        // Nobody listens any more once the run is over.
        let _ = sender.send(true);
    });
    receiver
}

/// Waits until something is so. A sender that is gone, or never was (a folder's lock is never lost),
/// says nothing more.
async fn told(so: Option<watch::Receiver<bool>>) {
    if let Some(mut so) = so
        && so.wait_for(|value| *value).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

async fn ordered(orders: Option<watch::Receiver<Option<u64>>>) -> u64 {
    match orders {
        Some(orders) => preempt::reached(orders).await,
        None => std::future::pending().await,
    }
}
