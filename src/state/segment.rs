//! The segments of a journal: what each says, and how they are chained.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::digest::canonical;
use crate::base::{Digest, Foreign};
use crate::model::call::Call;
use crate::model::change::ChangeId;
use crate::model::name::RunId;
use crate::model::outcome::StepOutcome;
use crate::model::snapshot::{Counts, RunEnd};

use super::store::{Creation, Store};
use super::{StateError, format};

const FORMAT: &str = "provisor.segment/1";

/// One immutable piece of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    format: String,
    run: RunId,
    sequence: u64,
    /// The digest of the segment before this one.
    pub(super) previous: Option<Digest>,
    /// The calls to apps that ended since the segment before: what is left of a run's log of calls
    /// if it dies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) calls: Vec<Call>,
    /// What it says.
    pub(super) entry: Entry,
}

/// What a segment says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Entry {
    /// A run began: always the first segment, and only the first.
    Opened(Opened),
    /// Changes are about to be tried, together.
    Intents {
        at: Timestamp,
        changes: Vec<ChangeId>,
    },
    /// Changes came to an end.
    Outcomes { outcomes: Vec<StepOutcome> },
    /// The run ended: always the last segment.
    Closed {
        at: Timestamp,
        end: RunEnd,
        counts: Counts,
        audit: Option<Digest>,
    },
}

/// What a run says of itself before it does anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// When, by the story's clock.
    pub started: Timestamp,
    /// The plan's id, which is also the object that holds its body.
    pub plan: Digest,
    /// The head of the chain of snapshots that the run starts from.
    pub head: Option<Digest>,
    /// Who runs it, as the machine tells.
    pub actor: Foreign,
    /// The commit of the files, if they are in a Git repository.
    pub commit: Option<String>,
    /// This program's version.
    pub tool: String,
}

/// The name of a run's number.
pub(super) fn run_id(number: u64) -> RunId {
    format!("{number:06}").into()
}

/// The number that names one of so many: one that is written as we write it. What else lies there is
/// none of ours.
pub(super) fn number_of(name: &str, digits: usize) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number < u64::MAX && format!("{number:0digits$}") == name).then_some(number)
}

/// A run's number.
pub(super) fn number(run: &RunId) -> Option<u64> {
    run.as_str().parse().ok()
}

/// Below which all of a run's pieces are.
pub(super) fn folder(run: &RunId) -> String {
    format!("runs/{}", run.as_str())
}

/// The key of a run's log of API calls.
pub(super) fn audit_key(run: &RunId) -> String {
    format!("{}/audit.ndjson", folder(run))
}

/// Keeps a run's log of API calls, one JSON line each; its digest, unless there were none.
pub(super) async fn keep_audit(
    store: &Store,
    run: &RunId,
    calls: &[Call],
) -> Result<Option<Digest>, StateError> {
    let mut lines = Vec::new();
    for call in calls {
        lines.extend(canonical(call));
        lines.push(b'\n');
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let (piece, digest) = (audit_key(run), Digest::of(&lines));
    match store.create(&piece, lines.into()).await? {
        Creation::Made => Ok(Some(digest)),
        Creation::Existed => Err(StateError::Raced { piece }),
    }
}

pub(super) fn key(run: &RunId, sequence: u64) -> String {
    format!("{}/{sequence:06}.json", folder(run))
}

/// The end of a run's chain of segments, to which one more can be appended.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    pub(super) run: RunId,
    next: u64,
    previous: Option<Digest>,
}

impl Tail {
    /// The end of a chain that has no segment yet.
    pub(super) fn new(run: RunId) -> Self {
        Self {
            run,
            next: 0,
            previous: None,
        }
    }

    /// Appends a segment; it is durable when this returns. False if a segment of this number
    /// exists: another process then writes, or wrote, this run.
    pub(super) async fn append(
        &mut self,
        store: &Store,
        entry: Entry,
        calls: &[Call],
    ) -> Result<bool, StateError> {
        let bytes = canonical(&Segment {
            format: FORMAT.to_owned(),
            run: self.run.clone(),
            sequence: self.next,
            previous: self.previous,
            calls: calls.to_vec(),
            entry,
        });
        let digest = Digest::of(&bytes);
        let creation = store
            .create(&key(&self.run, self.next), bytes.into())
            .await?;
        if creation == Creation::Existed {
            return Ok(false);
        }
        self.next += 1;
        self.previous = Some(digest);
        Ok(true)
    }

    /// [`Self::append`], where a segment of this number is an error.
    pub(super) async fn extend(
        &mut self,
        store: &Store,
        entry: Entry,
        calls: &[Call],
    ) -> Result<(), StateError> {
        if self.append(store, entry, calls).await? {
            return Ok(());
        }
        let piece = key(&self.run, self.next);
        Err(StateError::Raced { piece })
    }

    /// The digest of the last segment.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.previous
    }
}

/// What a run said of itself; `None` if it died before that.
pub(super) async fn opened(store: &Store, run: &RunId) -> Result<Option<Opened>, StateError> {
    let piece = key(run, 0);
    let Some(bytes) = store.get(&piece).await? else {
        return Ok(None);
    };
    match format::parse::<Segment>(&piece, &bytes, FORMAT)?.entry {
        Entry::Opened(opened) => Ok(Some(opened)),
        _ => Err(StateError::damaged(&piece, "it does not open its run")),
    }
}

/// A segment, if it is the one of this number in this run.
pub(super) fn parse(
    piece: &str,
    bytes: &[u8],
    run: &RunId,
    sequence: u64,
) -> Result<Segment, StateError> {
    let segment: Segment = format::parse(piece, bytes, FORMAT)?;
    if (&segment.run, segment.sequence) == (run, sequence) {
        Ok(segment)
    } else {
        Err(StateError::damaged(piece, "it belongs elsewhere"))
    }
}

/// What the segments of a run say, in order, the calls that they hold, and the end of their chain;
/// nothing if the run was never opened.
pub(super) async fn load(
    store: &Store,
    run: RunId,
) -> Result<(Vec<Entry>, Vec<Call>, Tail), StateError> {
    let names = store.list(&folder(&run)).await?;
    let numbers = names
        .iter()
        .filter_map(|name| number_of(name.strip_suffix(".json")?, 6));
    let count = numbers.max().map_or(0, |last| last + 1);
    let mut tail = Tail::new(run);
    let (mut entries, mut calls) = (Vec::new(), Vec::new());
    while tail.next < count {
        let piece = key(&tail.run, tail.next);
        let Some(bytes) = store.get(&piece).await? else {
            return Err(StateError::Missing {
                piece,
                named_by: key(&tail.run, count - 1),
            });
        };
        let segment = parse(&piece, &bytes, &tail.run, tail.next)?;
        if segment.previous != tail.previous {
            return Err(StateError::damaged(
                &piece,
                "it does not follow from the one before it",
            ));
        }
        let opens = matches!(segment.entry, Entry::Opened(_));
        let after_end = matches!(entries.last(), Some(Entry::Closed { .. }));
        if opens != entries.is_empty() || after_end {
            return Err(StateError::damaged(&piece, "it is out of place"));
        }
        entries.push(segment.entry);
        calls.extend(segment.calls);
        tail.next += 1;
        tail.previous = Some(Digest::of(&bytes));
    }
    Ok((entries, calls, tail))
}
