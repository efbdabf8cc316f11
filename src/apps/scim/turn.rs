//! Whose turn it is to write: what an app cannot take at once is written one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::dialect;

/// One line per user or group, or one for all.
#[derive(Debug)]
pub struct Turns {
    of: dialect::Turns,
    lines: Mutex<HashMap<String, Arc<Turn<()>>>>,
}

impl Turns {
    /// Nobody writes yet.
    pub fn new(of: dialect::Turns) -> Self {
        Self {
            of,
            lines: Mutex::default(),
        }
    }

    /// Waits until an object may be written to; it may be, until the answer is dropped.
    pub async fn of(&self, object: &str) -> OwnedMutexGuard<()> {
        let line = match self.of {
            dialect::Turns::PerObject => object,
            dialect::Turns::PerApp => "",
        };
        let turn = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.entry(line.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn one_object_waits_for_itself_and_one_app_for_all() {
        for (of, free) in [
            (dialect::Turns::PerObject, true),
            (dialect::Turns::PerApp, false),
        ] {
            let turns = Turns::new(of);
            let first = turns.of("u1").now_or_never();
            assert!(first.is_some());
            assert!(turns.of("u1").now_or_never().is_none());
            assert_eq!(turns.of("u2").now_or_never().is_some(), free, "{of:?}");
            drop(first);
            assert!(turns.of("u1").now_or_never().is_some());
        }
    }

    /// While Zoom makes one user it answers calls about any other with 429.
    #[test]
    fn github_and_zoom_are_written_to_one_call_after_the_other() {
        for name in ["github", "zoom"] {
            let turns = Turns::new(dialect::shipped(name).expect("it ships").turns);
            let first = turns.of("u1").now_or_never();
            assert!(first.is_some());
            assert!(turns.of("u2").now_or_never().is_none(), "{name}");
        }
    }
}
