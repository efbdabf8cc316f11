//! The log of calls: every exchange with every app, never a secret, never a body.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::base::Foreign;
use crate::model::name::AppName;

/// One exchange with an app, or one try at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it began, by the story's clock.
    pub at: Timestamp,
    /// The app.
    pub app: AppName,
    /// `GET`, `POST`, ..
    pub method: &'static str,
    /// The path, with the names of its parameters and without their values.
    pub path: Foreign,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// Real milliseconds until the whole answer was there.
    pub milliseconds: u64,
    /// The vendor's id of the request, for their support.
    pub request_id: Option<Foreign>,
}

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
