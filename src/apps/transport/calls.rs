//! The log of calls: every exchange with every app, never a secret, never a body.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use crate::model::call::Call;

/// The calls of all apps since they were last [drained](Calls::drain). Clones share one log.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// How many calls wait to be drained.
    pub fn len(&self) -> usize {
        self.log().len()
    }

    /// True if none waits.
    pub fn is_empty(&self) -> bool {
        self.log().is_empty()
    }

    /// Takes the calls out, in the order in which they ended.
    pub fn drain(&self) -> Vec<Call> {
        std::mem::take(&mut self.log())
    }

    pub(super) fn push(&self, call: Call) {
        self.log().push(call);
    }

    fn log(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
