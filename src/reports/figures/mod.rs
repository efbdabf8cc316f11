//! What the runs came to, in figures. Each says what it counts, out of what, and which field of the
//! state it is taken from: two readers must come to the same number.
//!
//! A time is taken from the journal's outcomes (`ended`), never from when a snapshot was written. A
//! step counts if it ended within the span that is asked for. A change was *asked for* when the first
//! run began whose plan held it, done or not: before that, nobody could know of it, so that a late
//! entry in the files is not counted as slow work.

mod collect;
mod spread;
mod standing;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Foreign;
use crate::model::change::PersonTag;
use crate::model::failure::FailureKind;
use crate::model::name::AppName;

pub use collect::{Collector, Ran};
pub use spread::Spread;

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.report/1";

/// How many days before its last one an exception is near its end.
pub const NEAR: i32 = 14;

/// The figures of a span.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// The organisation's name.
    pub organisation: Foreign,
    /// The organisation's time zone: an IANA name. Days are days there.
    pub time_zone: String,
    /// From when on; from the first run if absent.
    pub since: Option<Timestamp>,
    /// Until when, exclusive; also the moment until which an open door is counted as open.
    pub until: Timestamp,
    /// The snapshots up to this one were pruned: no run until then counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<u64>,
    /// How many runs, and what became of their steps.
    pub runs: Runs,
    /// How soon accounts were there.
    pub provision: Provision,
    /// How soon doors were closed.
    pub deprovision: Deprovision,
    /// What went wrong, by app.
    pub failures: BTreeMap<AppName, Failures>,
    /// What was held or blocked, most often first.
    pub withheld: Vec<WithheldFigure>,
    /// What somebody changed outside of provisor, by app.
    pub manual: BTreeMap<AppName, Manual>,
    /// Seats, by app and pool, as the last snapshot has them.
    pub seats: Vec<SeatFigure>,
    /// What the files allow for a time, and that is over or nearly.
    pub exceptions: Vec<Exception>,
}

/// Runs within the span.
///
/// * Counts: runs by `opened.started`; steps by `outcomes[].ended` and `outcomes[].outcome`.
/// * Source: the segments of `runs/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Runs {
    /// All runs.
    pub all: usize,
    /// Those that nobody reviewed: `apply --due`.
    pub due: usize,
    /// Those that did not close their journal themselves.
    pub died: usize,
    /// Steps that got done, or were so already.
    pub good: usize,
    /// Steps that failed, or of which nobody knows.
    pub bad: usize,
}

/// Some out of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Share {
    /// How many are so.
    pub numerator: usize,
    /// Out of how many.
    pub denominator: usize,
}

/// How soon accounts were there for whoever came.
///
/// * Population: steps that made or opened an account (`create`, the first `invite`, `await`,
///   `reactivate`) with the outcome `done`, whose reasons name a first day (`starts`, `employed`).
///   An account that runs in a later period of the same person for another reason has one too.
/// * First day: `reasons[].why.on` or `.since`, from midnight in the organisation's time zone.
/// * Asked for: `opened.started` of the first run whose plan held the step or withheld it.
/// * Done: `outcomes[].ended`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provision {
    /// Numerator: accounts that were done by the first day. Denominator: accounts that were asked for
    /// by the first day.
    pub on_time: Share,
    /// First day less done, of the accounts that were asked for by the first day, in seconds: negative
    /// if they came late.
    pub ahead: Option<Spread>,
    /// Done less asked for, of the accounts that were asked for after the first day (a late entry, a
    /// profile that was given another app), in seconds.
    pub asked_late: Option<Spread>,
}

/// How soon doors were closed behind whoever left.
///
/// * Population: steps that close an account (`deactivate`) whose reasons say that access ended
///   (`left`, `released`, `access_ended`). Leave, moves and accounts of nobody are not among them, nor
///   are doors that somebody else had closed (`already_so`).
/// * End of access: `reasons[].why.at`; or `.last_day` at `last_day_cutoff`, in the organisation's time
///   zone.
/// * Closed: `outcomes[].ended` of the outcome `done`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deprovision {
    /// Closed less end of access, of the doors that closed within the span, in seconds; nothing below
    /// zero.
    pub open_for: Option<Spread>,
    /// Closed less asked for, of the same doors: the share of it that was provisor's and its
    /// reviewers'.
    pub asked_for: Option<Spread>,
    /// The doors that were open longest, closed within the span or not yet, the longest first.
    pub longest: Vec<Door>,
    /// How many are open still: planned and not done by the last run that planned them.
    pub still_open: usize,
}

/// A door that was, or is, open after the end of access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Door {
    /// Where.
    pub app: AppName,
    /// Whose.
    pub person: PersonTag,
    /// When access ended.
    pub ended: Timestamp,
    /// When the door closed; absent if it is open.
    pub closed: Option<Timestamp>,
    /// The seconds in between; until the span's end if it is open.
    pub seconds: i64,
}

/// What went wrong in one app.
///
/// * Numerator: steps with the outcome `failed` or `unknown`, by `failure.kind`.
/// * Denominator: steps that were tried: all outcomes but `skipped`, `refused` and `not_started`.
/// * Source: `outcomes[]` of the journals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failures {
    /// Failed out of tried.
    pub failed: Share,
    /// By kind.
    pub kinds: BTreeMap<FailureKind, usize>,
}

/// What was held, blocked, skipped or waiting for one reason.
///
/// * Counts: distinct pairs of app and person; a case that comes back in every run is one.
/// * Source: `plan.withheld[].why.impediment` of the runs that began within the span, of the states
///   held, blocked, skipped and waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WithheldFigure {
    /// The impediment, as data names it: `no_seat`.
    pub impediment: String,
    /// The rule, where it is a numbered one.
    pub rule: Option<String>,
    /// How many cases.
    pub cases: usize,
    /// How many of them the last run had.
    pub still: usize,
}

/// What somebody changed in one app outside of provisor.
///
/// * Denominator: distinct changes with the cause `drift`, planned or withheld by a run within the
///   span.
/// * Numerator: those of them that a run undid (`done`).
/// * Source: `plan.changes[].cause`, `plan.withheld[].changes[].cause`, `outcomes[]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Manual {
    /// Undone out of seen.
    pub undone: Share,
}

/// The seats of one pool.
///
/// * Source: the reading of the app in the last snapshot (`seats`); the total of `apps.X.seats`
///   where the files have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeatFigure {
    /// Where.
    pub app: AppName,
    /// Which pool.
    pub pool: String,
    /// How many are taken.
    pub used: u32,
    /// How many there are.
    pub total: u32,
    /// When the app said so.
    pub at: Timestamp,
}

impl SeatFigure {
    /// How many are left.
    pub const fn free(&self) -> u32 {
        self.total.saturating_sub(self.used)
    }
}

/// Something that the files allow until a day which is over, or within [`NEAR`] days.
///
/// * Source: `until` of `[[extra]]`, `[[approval]]` and `[[allow]]`; today is the span's end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Exception {
    /// Its last day.
    pub until: Date,
    /// What it is.
    pub kind: ExceptionKind,
    /// Whose, if it is anybody's.
    pub person: Option<PersonTag>,
    /// Where.
    pub apps: Vec<AppName>,
    /// The reason given.
    pub reason: Foreign,
    /// The last day is over: the entry says nothing any more.
    pub past: bool,
    /// The line.
    pub at: crate::base::source::Location,
}

/// What an exception is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Access beyond the profile.
    Extra,
    /// What only an approval may give.
    Approval,
    /// What a guard lets through.
    Allow,
}

impl ExceptionKind {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Extra => "extra",
            Self::Approval => "approval",
            Self::Allow => "allow",
        }
    }
}
