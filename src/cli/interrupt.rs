//! Ctrl-C, and the signals by which a CI service cancels a job: the first finishes what is in flight,
//! the second leaves at once.

use tokio::sync::watch;

/// Counts the interrupts from now on.
///
/// A signal that cannot be listened for ends the process, as it does without us.
pub fn listen() -> watch::Receiver<u8> {
    let (sender, receiver) = watch::channel(0_u8);
    tokio::spawn(async move {
        let mut signals = Signals::new();
        while signals.next().await {
            sender.send_modify(|count| *count = count.saturating_add(1));
        }
    });
    receiver
}

/// Becomes true with the first interrupt.
pub fn first(interrupts: watch::Receiver<u8>) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        reached(interrupts, 1).await;
        // Nobody listens any more once the run is over.
        let _ = sender.send(true);
    });
    receiver
}

/// Waits for so many interrupts.
pub async fn reached(mut interrupts: watch::Receiver<u8>, count: u8) {
    if interrupts
        .wait_for(|so_far| *so_far >= count)
        .await
        .is_err()
    {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        Self(
            kinds
                .into_iter()
                .filter_map(|kind| signal(kind).ok())
                .collect(),
        )
    }

    /// Waits for the next one; false if none can come.
    async fn next(&mut self) -> bool {
        let waits = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        let waits: Vec<_> = waits.collect();
        !waits.is_empty() && futures::future::select_all(waits).await.0.is_some()
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
