//! What a command is doing, for machines that watch it: one line of JSON per event.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Digest, Foreign, Severity};

use super::change::{ChangeId, Verb};
use super::failure::Failure;
use super::name::{AppName, ChannelName, PersonId, RunId};
use super::notice::Occasion;
use super::outcome::Outcome;
use super::snapshot::Counts;

/// The format of a stream of events: its first line names it.
pub const EVENT_FORMAT: &str = "provisor.event/1";

/// One line of the stream. The last one is an [`What::Exit`].
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event<'a> {
    /// `provisor.event/1`, on the first line only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// When, by the story's clock; absent until that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The run that it belongs to, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// What happened.
    #[serde(flatten)]
    pub what: What<'a>,
}

/// What happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum What<'a> {
    /// An app is being read.
    ReadingStarted {
        /// Which.
        app: &'a AppName,
    },
    /// An app answered.
    ReadingFinished {
        /// Which.
        app: &'a AppName,
        /// How many accounts it has.
        accounts: usize,
        /// The answer leaves nothing out.
        complete: bool,
        /// Real milliseconds that it took.
        milliseconds: u64,
    },
    /// An app could not be read (R21).
    ReadingFailed {
        /// Which.
        app: &'a AppName,
        /// Why.
        failure: &'a Failure,
        /// Real milliseconds that it took.
        milliseconds: u64,
    },
    /// The plan is made.
    PlanMade {
        /// Its id.
        plan: Digest,
        /// How many changes it makes.
        changes: usize,
        /// How much is held, blocked, skipped or reported only.
        withheld: usize,
        /// Some app was not read, or not wholly.
        incomplete: bool,
        /// Nobody reviews it: it holds what is due (R24).
        due: bool,
    },
    /// A run began: from here on apps are written to.
    RunStarted {
        /// The plan that it does.
        plan: Digest,
    },
    /// A change is about to be made.
    StepStarted {
        /// Which.
        change: &'a ChangeId,
        /// Where.
        app: &'a AppName,
        /// For whom, if it is anybody's account.
        person: Option<&'a PersonId>,
        /// What is done.
        verb: Verb,
    },
    /// A change came to an end. A second one of the same change is the last word: reading back may
    /// correct what an app claimed.
    StepFinished {
        /// Which.
        change: &'a ChangeId,
        /// What became of it.
        outcome: &'a Outcome,
        /// Real milliseconds that it took.
        milliseconds: u64,
        /// The vendor's id of the last request, for their support.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a Foreign>,
    },
    /// A change was not begun, since what it requires did not happen (R17).
    StepSkipped {
        /// Which.
        change: &'a ChangeId,
        /// The change at the root.
        root: &'a ChangeId,
    },
    /// The snapshot of a run is written.
    SnapshotWritten {
        /// Its serial number.
        serial: u64,
        /// The digest of its manifest: the head of the chain.
        head: Digest,
    },
    /// A run came to its end.
    RunFinished {
        /// What it did.
        counts: Counts,
    },
    /// A channel took a notice.
    NotificationSent {
        /// Which.
        channel: &'a ChannelName,
        /// Its kind, as the files name it.
        kind: &'static str,
        /// What the notice is about.
        occasion: Occasion,
        /// Real milliseconds that it took.
        milliseconds: u64,
    },
    /// A channel did not take a notice; nothing else follows from that.
    NotificationFailed {
        /// Which.
        channel: &'a ChannelName,
        /// Its kind, as the files name it.
        kind: &'static str,
        /// What the notice is about.
        occasion: Occasion,
        /// Why.
        message: &'a str,
        /// What to do.
        hint: &'static str,
        /// Real milliseconds that it took.
        milliseconds: u64,
    },
    /// A call to an app, with `--verbose`.
    Call {
        /// The app.
        app: &'a AppName,
        /// `GET`, `POST`, ..
        method: &'a str,
        /// The path.
        path: &'a Foreign,
        /// The HTTP status, if an answer came.
        status: Option<u16>,
        /// Real milliseconds until the whole answer was there.
        milliseconds: u64,
    },
    /// The files have a problem.
    Problem {
        /// How bad.
        severity: Severity,
        /// Its stable name.
        code: &'static str,
        /// One sentence.
        message: &'a str,
        /// In which file, where it is in one place.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        /// On which line.
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
    },
    /// Something that is good to know.
    Note {
        /// One sentence.
        message: &'a str,
    },
    /// What ended the command.
    Error {
        /// One sentence.
        message: String,
        /// Why, and why that, and so on.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schemars(default)]
        because: Vec<String>,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// The command ended: always the last line.
    Exit {
        /// The exit code.
        code: u8,
        /// What it means.
        words: &'static str,
    },
}
