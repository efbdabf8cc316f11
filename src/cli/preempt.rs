//! A run yields to an order that somebody leaves at once.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;

use crate::base::Clock;
use crate::state::{Store, order};

/// How often orders are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// Becomes the number of the first order that is none of those known. To one whose moment is to come
/// nobody yields: it would be announced, and for nothing.
pub fn listen(
    store: Store,
    mut known: BTreeSet<u64>,
    clock: Clock,
) -> watch::Receiver<Option<u64>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            // A state that does not answer now is asked again; the run itself will tell of it.
            let numbers = order::numbers(&store).await.unwrap_or_default();
            let new: Vec<u64> = numbers.difference(&known).copied().collect();
            for number in new {
                match order::find(&store, number).await {
                    Ok(Some(order)) if order.at <= clock.now() => {
                        sender.send_replace(Some(number));
                        return;
                    }
                    Ok(Some(_)) => _ = known.insert(number),
                    Ok(None) | Err(_) => {}
                }
            }
        }
    });
    receiver
}

/// Waits for such an order.
pub async fn reached(mut orders: watch::Receiver<Option<u64>>) -> u64 {
    let number = orders.wait_for(Option::is_some).await.map(|number| *number);
    match number {
        Ok(Some(number)) => number,
        // Nobody looks any more.
        _ => std::future::pending().await,
    }
}
