//! What became of each change of a run.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::change::{Change, ChangeId};
use super::failure::Failure;
use super::name::RunId;
use super::upcoming::Event;
use super::withheld::Impediment;

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// It is not what was reviewed any more: nothing was sent (R23).
    Refused {
        /// What moved since.
        why: Refusal,
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

/// Why a change of a saved plan is not made: what was reviewed is not what is there (R23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "because", deny_unknown_fields)]
pub enum Refusal {
    /// The app could not be read again, so that nobody can tell.
    Unread,
    /// The account is not as it was, and not as the plan would make it either.
    Moved {
        /// In which respect: `status`, `title`, `groups Everyone`.
        what: String,
        /// What was reviewed; nothing if absent.
        expected: Option<Foreign>,
        /// What is there; nothing if absent.
        found: Option<Foreign>,
    },
    /// The files of now no longer want it, at the plan's own moment.
    Unwanted,
    /// The files wanted it at the plan's own moment, and no longer want it today.
    Over {
        /// What a date brought since, if one tells it.
        since: Option<Box<Event>>,
        /// The organisation's time zone, to show that in.
        time_zone: String,
    },
    /// The files of now want something else in its place.
    WantsOther {
        /// What they want now.
        found: Box<Change>,
    },
    /// It would be held or blocked now.
    Withheld {
        /// By what.
        why: Box<Impediment>,
    },
    /// A run did it already, and somebody undid it since.
    Undone {
        /// The run.
        run: RunId,
    },
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
