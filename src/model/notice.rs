//! What is told of a run, or of what a command found, to people who do not watch it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Digest;

use super::name::RunId;
use super::snapshot::Counts;

/// The format of a notice as data.
pub const NOTICE_FORMAT: &str = "provisor.notice/1";

/// What a notice is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A run came to its end.
    Apply,
    /// Somebody looked who is ready for their first day.
    Readiness,
    /// Somebody looked what changed outside of provisor.
    Drift,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Apply, Self::Readiness, Self::Drift];

    /// The word in the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Readiness => "readiness",
            Self::Drift => "drift",
        }
    }
}

/// A notice: a title, and lines under headings. All text is inert: visible, and one line each. What
/// a medium takes for markup is the medium's to escape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Notice {
    /// What it is about.
    pub occasion: Occasion,
    /// When that was, by the story's clock.
    pub time: Timestamp,
    /// The apps were simulated: nothing of this happened.
    pub rehearsal: bool,
    /// What happened, in one line. Whatever is sent of a rehearsal says so in its title, too.
    pub title: String,
    /// What there is to tell of it, the most important first.
    pub sections: Vec<Section>,
    /// The job of CI that tells more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The run, for machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Ran>,
}

/// A run, as a notice names it to machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ran {
    /// Which.
    pub id: RunId,
    /// The serial number of its snapshot.
    pub snapshot: u64,
    /// The digest of the snapshot's manifest.
    pub head: Digest,
    /// What it did.
    pub counts: Counts,
}

/// A few lines of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Section {
    /// What they are about.
    pub heading: String,
    /// One fact each.
    pub lines: Vec<String>,
}

impl Notice {
    /// The title, which says first that a rehearsal is one.
    pub fn headline(&self) -> String {
        if self.rehearsal {
            format!("Rehearsal: {}", self.title)
        } else {
            self.title.clone()
        }
    }
}
