//! The accounts as observed after a run, with the digests of everything that led to it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Foreign};

use super::change::ChangeId;
use super::guard::Override;
use super::name::{AppName, PersonId, RunId};
use super::order::Mandate;
use super::outcome::Outcome;

/// The format of a manifest.
pub const MANIFEST_FORMAT: &str = "provisor.snapshot/1";

/// One snapshot: the readings before and after a run, and what led from one to the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub format: String,
    /// From 1, without gaps.
    pub serial: u64,
    /// The digest of the manifest before this one.
    pub previous: Option<Digest>,
    /// When it was written, by the story's clock.
    pub written: Timestamp,
    /// The moment the desired state was computed for.
    pub as_of: Timestamp,
    /// The runs closed or found dead since the manifest before, with what became of each.
    pub runs: Vec<RunRecord>,
    /// The digest of the validated configuration.
    pub configuration: Digest,
    /// The digest of the plan's body.
    pub plan: Digest,
    /// The object that remembers the people.
    pub people: Digest,
    /// Per app, the readings before and after the run.
    pub apps: BTreeMap<AppName, AppReadings>,
    /// Per app, the object that remembers whose its accounts are and what runs of ours did.
    pub memory: BTreeMap<AppName, Digest>,
    /// Who ran it, as the machine tells.
    pub actor: Foreign,
    /// The commit of the files, if they are in a Git repository.
    pub commit: Option<String>,
    /// What CI and Git tell of the run.
    #[serde(default, skip_serializing_if = "Provenance::is_empty")]
    pub provenance: Provenance,
    /// This program's version.
    pub tool: String,
    /// Nobody reviewed the run: it was an `apply --due` (R24).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueRun>,
    /// Why the chain begins here, without a run that changed anything (R25).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Foreign>,
    /// What it did by order: who ordered it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<Mandate>,
    /// It was of some people or apps only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartRun>,
    /// What the run did.
    pub counts: Counts,
    /// Changes that were tried and did not get done, for the next run's causes.
    pub undone: Vec<ChangeId>,
    /// How many people were at work.
    #[serde(default)]
    pub at_work: Option<usize>,
    /// The settings whose change the next plan tells first.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// What somebody allowed by its exact number, and why.
    #[serde(default)]
    pub overrides: Vec<Override>,
    /// The overrides of the files that this run or an earlier one used up, until their last day is
    /// over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_up: Vec<Override>,
    /// The last pruning before it, if there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<Pruned>,
}

/// A pruning of old snapshots, as later ones name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pruned {
    /// The number of its tombstone.
    pub tombstone: u64,
    /// The digest of that.
    pub digest: Digest,
}

/// What CI and Git tell of a run, as far as they do: nothing here is guessed, and nothing is proof of
/// more than what the job of the run was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The pull or merge request that brought the files there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Foreign>,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Foreign>,
    /// The job of CI that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Foreign>,
    /// Per person whom the run was to change something for: when the newest of the lines of their
    /// entries was written, by its author's clock. Absent where Git does not tell of every line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<PersonId, Timestamp>,
}

impl Provenance {
    /// True if nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a run without a review builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueRun {
    /// The moment of the last run before it that somebody did review. What the files say is
    /// remembered as of that run, so that what they said since still waits for a review.
    pub reviewed: Timestamp,
}

/// What a run of some people or apps leaves as it was for everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRun {
    /// The moment of the last run before it that was of all.
    pub whole: Timestamp,
    /// The moment of the last of these that somebody reviewed.
    pub reviewed: Timestamp,
}

/// One run's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Which.
    pub run: RunId,
    /// How it ended.
    pub end: RunEnd,
    /// The digest of its last segment, which holds that of the one before, and so on.
    pub journal: Digest,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// It closed its journal.
    Closed,
    /// It died; a later run resolved what it left open.
    Died,
}

/// The readings of one app around a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppReadings {
    /// Before the first write.
    pub before: ReadingRecord,
    /// After the last.
    pub after: ReadingRecord,
}

/// Where a reading came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how", deny_unknown_fields)]
pub enum ReadingRecord {
    /// Read from the app.
    Read {
        /// The object.
        object: Digest,
        /// When.
        at: Timestamp,
    },
    /// Not read; the last reading stands, marked with its time (R21).
    Carried {
        /// The object.
        object: Digest,
        /// When it was read.
        at: Timestamp,
        /// Why it was not read again.
        why: String,
    },
    /// Not read, and never read before.
    Unread {
        /// Why.
        why: String,
    },
}

impl ReadingRecord {
    /// The object and the time of its reading.
    pub fn object(&self) -> Option<(Digest, Timestamp)> {
        match self {
            Self::Read { object, at } | Self::Carried { object, at, .. } => Some((*object, *at)),
            Self::Unread { .. } => None,
        }
    }
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Changes done.
    pub done: usize,
    /// Changes that were already so.
    pub already_so: usize,
    /// Changes that failed.
    pub failed: usize,
    /// Changes whose outcome is unknown.
    pub unknown: usize,
    /// Changes skipped since what they require did not happen.
    pub skipped: usize,
    /// Changes of a saved plan that were refused, since they are not what was reviewed (R23).
    #[serde(default)]
    pub refused: usize,
    /// Changes not begun because the run was stopped.
    pub not_started: usize,
    /// Held or blocked.
    pub withheld: usize,
}

impl Counts {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Done { .. } => &mut self.done,
            Outcome::AlreadySo { .. } => &mut self.already_so,
            Outcome::Failed { .. } => &mut self.failed,
            Outcome::Unknown { .. } => &mut self.unknown,
            Outcome::Skipped { .. } => &mut self.skipped,
            Outcome::Refused { .. } => &mut self.refused,
            Outcome::NotStarted => &mut self.not_started,
        } += 1;
    }
}
