//! What is allowed by its exact number: by the command line for this plan, by the files for one run
//! until a day (R20). Of both about the same, the command line's word counts.

use jiff::civil::Date;

use crate::config::Config;
use crate::model::allowance::{Unused, WhyUnused};
use crate::model::desired::Desired;
use crate::model::guard::{Guard, Judgement, Override, Verdict};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::plan::due::is_seen;

/// The overrides that a plan is judged with: those of the command line first. Where nobody reviews
/// it, those of the files are none that nobody reviewed (R24).
pub fn in_force(
    config: &Config,
    desired: &Desired,
    history: &History,
    command_line: &[Override],
    due: bool,
) -> Vec<Override> {
    let ground = Ground {
        today: today(config, desired),
        history,
        command_line,
    };
    let entries = config.allowances.iter();
    let entries = entries.map(|one| one.as_override(config));
    let entries = entries.filter(|one| ground.bars(one).is_none());
    let entries = entries.filter(|one| !due || is_seen(config, history, one));
    command_line.iter().cloned().chain(entries).collect()
}

/// The entries of the files that a plan does not use, and why not.
pub fn unused(
    config: &Config,
    desired: &Desired,
    history: &History,
    command_line: &[Override],
    judgements: &[Judgement],
) -> Vec<Unused> {
    let ground = Ground {
        today: today(config, desired),
        history,
        command_line,
    };
    let entries = config.allowances.iter();
    let unused = entries.filter_map(|one| {
        let allowed = one.as_override(config);
        let why = match ground.bars(&allowed) {
            Some(why) => why,
            None => superfluous(&allowed, judgements)?,
        };
        Some(Unused { allowed, why })
    });
    unused.collect()
}

/// The day that it is for the organisation.
pub fn today(config: &Config, desired: &Desired) -> Date {
    let zone = config.organisation.time_zone.clone();
    desired.as_of.to_zoned(zone).date()
}

/// The overrides that runs used up, as far as a later run must know of them: those that are over
/// are none any more, unless an older plan might still find them in the files.
pub fn remembered(config: &Config, desired: &Desired, used_up: Vec<Override>) -> Vec<Override> {
    let today = today(config, desired);
    let in_files: Vec<_> = config
        .allowances
        .iter()
        .map(|one| one.as_override(config))
        .collect();
    let mut kept: Vec<Override> = Vec::new();
    for one in used_up {
        let runs = one.entry.as_ref().is_some_and(|entry| entry.until >= today);
        let known = |others: &[Override]| others.iter().any(|other| one.is_same_entry(other));
        if (runs || known(&in_files)) && !known(&kept) {
            kept.push(one);
        }
    }
    kept
}

/// What an entry is held against.
struct Ground<'a> {
    today: Date,
    history: &'a History,
    command_line: &'a [Override],
}

impl Ground<'_> {
    /// Why an entry has no effect, whatever the plan has.
    fn bars(&self, one: &Override) -> Option<WhyUnused> {
        let until = one.entry.as_ref().map(|entry| entry.until);
        if until.is_some_and(|until| until < self.today) {
            return Some(WhyUnused::Expired);
        }
        let mut used = self.history.used_up.iter();
        if used.any(|used| used.is_same_entry(one)) {
            return Some(WhyUnused::UsedUp);
        }
        let mut said = self.command_line.iter();
        said.any(|said| said.is_about(one.guard, one.app.as_ref()))
            .then_some(WhyUnused::CommandLine)
    }
}

/// Why a plan does not need an entry, or needs another; `None` if it uses it.
fn superfluous(allowed: &Override, judgements: &[Judgement]) -> Option<WhyUnused> {
    let about = |one: &&Judgement| allowed.is_about(one.guard, one.app.as_ref());
    let Some(judged) = judgements.iter().find(about) else {
        return Some(WhyUnused::NotNeeded);
    };
    let planned = judged.planned;
    match &judged.verdict {
        Verdict::Overridden { .. } if planned == allowed.number => None,
        _ if planned == allowed.number => Some(WhyUnused::NotNeeded),
        _ => Some(WhyUnused::OtherNumber { planned }),
    }
}

/// The verdict if somebody allowed exactly this many. What is within its limit needs no entry of
/// the files, and does not use one up.
pub fn allowed(
    overrides: &[Override],
    guard: Guard,
    app: Option<&AppName>,
    number: usize,
    within: bool,
) -> Option<Verdict> {
    let is_it = |one: &&Override| {
        one.is_about(guard, app) && one.number == number && !(within && one.entry.is_some())
    };
    overrides.iter().find(is_it).map(Override::verdict)
}
