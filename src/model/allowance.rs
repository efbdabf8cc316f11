//! What the files allow by its exact number (R20), and how that stands to a plan.
//!
//! An entry serves one run. The run that used it remembers it by what it says, so that the same
//! words do not allow another such plan before their last day; the line may move.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fate::Fates;
use super::guard::{Guard, Judgement, Override};
use super::history::Deed;
use super::outcome::Outcome;
use super::plan::Body;

/// An override of the files that this plan does not use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unused {
    /// The override.
    pub allowed: Override,
    /// Why it is not used.
    pub why: WhyUnused,
}

/// Why an override of the files is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "unused", deny_unknown_fields)]
pub enum WhyUnused {
    /// The plan has another number.
    OtherNumber {
        /// Which.
        planned: usize,
    },
    /// Nothing in the plan needs it.
    NotNeeded,
    /// The command line says something else of the same.
    CommandLine,
    /// A run used it: it serves one.
    UsedUp,
    /// Its last day is over.
    Expired,
    /// Nobody reviewed it yet, and nobody reviews this run (R24).
    Unreviewed,
}

/// The overrides of the files that a run of a plan used up: those by which it got something done.
/// What a reading or the files lack is believed by the run as such.
pub fn used_up(plan: &Body, deeds: &[Deed]) -> Vec<Override> {
    let overridden: Vec<_> = plan.guards.iter().filter_map(Judgement::by_entry).collect();
    if overridden.is_empty() {
        return overridden;
    }
    let fates = Fates::of(plan);
    let done = deeds.iter();
    let done = done.filter(|deed| matches!(deed.outcome, Outcome::Done { .. }));
    let done: Vec<_> = done
        .map(|deed| (&deed.change, Guard::of(&deed.change, |of| fates.fate(of))))
        .collect();
    let used = overridden.into_iter();
    let used = used.filter(|one| match one.guard {
        Guard::ShortRead | Guard::ShrunkenFiles => true,
        guard => done.iter().any(|(change, of)| {
            let here = one.app.as_ref().is_none_or(|app| *app == change.app);
            // What takes an administrator falls under a guard of its own besides.
            let takes = guard == Guard::Administrators && change.action.takes();
            here && (*of == Some(guard) || takes)
        }),
    });
    used.collect()
}
