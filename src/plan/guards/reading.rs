//! Whether an app's answer is believed (R9): one that lacks accounts which the last snapshot has is
//! more often a broken answer than a mass leave.

use crate::model::guard::{Guard, Judgement, Limit, Override, Verdict};
use crate::model::history::RememberedApp;
use crate::model::name::AppName;
use crate::model::observation::{Completeness, Observation};

use super::allowances::allowed;

/// Judges a reading that claims to be whole; `None` if it lacks nothing. What runs of ours closed may
/// be gone: leaving may remove an account.
pub fn short_read(
    app: &AppName,
    observation: &Observation,
    remembered: Option<&RememberedApp>,
    limit: Limit,
    overrides: &[Override],
) -> Option<Judgement> {
    let remembered = remembered?;
    if matches!(observation.completeness, Completeness::Incomplete(_)) {
        return None;
    }
    let memories = remembered.memories.iter();
    let closed = memories.filter(|(_, memory)| memory.closed_by.is_some());
    let removed = closed.filter(|(id, _)| observation.find(id).is_none());
    let base = remembered.accounts.saturating_sub(removed.count());
    let missing = base
        .checked_sub(observation.len())
        .filter(|missing| *missing > 0)?;
    let within = !observation.is_empty() && missing <= limit.of(base);
    let verdict = match allowed(overrides, Guard::ShortRead, Some(app), missing, within) {
        Some(overridden) => overridden,
        None if within => Verdict::Passed,
        None => Verdict::Tripped,
    };
    Some(Judgement {
        guard: Guard::ShortRead,
        app: Some(app.clone()),
        planned: missing,
        recent: 0,
        base,
        limit,
        verdict,
    })
}

/// Why a reading may lack accounts; `None` if absence may be concluded from it.
pub fn doubt(observation: &Observation, judgement: Option<&Judgement>) -> Option<String> {
    if let Completeness::Incomplete(because) = &observation.completeness {
        return Some(because.clone());
    }
    let judgement = judgement.filter(|judgement| judgement.tripped())?;
    let (now, before) = (observation.len(), judgement.base);
    Some(if now == 0 {
        format!("it has no account at all, and had {before} at the last run")
    } else {
        format!("it has {now} accounts, and had {before} at the last run")
    })
}
