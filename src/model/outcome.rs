//! What became of each change of a run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::change::ChangeId;
use super::failure::Failure;

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result", deny_unknown_fields)]
pub enum Outcome {
    /// Done, and the app says so.
    Done {
        /// The account's vendor id, where the change made one.
        vendor_id: Option<Foreign>,
    },
    /// It was already so.
    AlreadySo {
        /// The account's vendor id, where the change would have made one.
        vendor_id: Option<Foreign>,
    },
    /// The app refused, or could not be asked; nothing changed.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It may have happened; the next run looks before doing anything.
    Unknown {
        /// Why it is unknown.
        failure: Failure,
    },
    /// What it requires did not happen (R17).
    Skipped {
        /// The change at the root.
        root: ChangeId,
    },
    /// The run was told to stop before it began.
    NotStarted,
}

impl Outcome {
    /// True if the app is now as the change wanted it.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::AlreadySo { .. })
    }
}

/// An outcome with its change and times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepOutcome {
    /// The change.
    pub change: ChangeId,
    /// What became of it.
    pub outcome: Outcome,
    /// When it ended.
    pub ended: Timestamp,
    /// Real milliseconds that it took.
    pub milliseconds: u64,
    /// The vendor's id of the last request, for their support.
    pub request_id: Option<Foreign>,
}
