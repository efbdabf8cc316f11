//! What runs did lately, for guards that count over some days: a slow leak is a leak.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::model::change::Change;
use crate::model::fate::Fates;
use crate::model::guard::{Guard, Verdict};
use crate::model::history::Deed;
use crate::model::name::AppName;
use crate::model::outcome::Outcome;
use crate::model::plan::Body;

use super::past::PastRun;
use super::store::Store;
use super::{StateError, journal, segment};

/// What runs got done since an instant, as their journals tell; without what somebody allowed by
/// its exact number, which no guard counts again. What was already so, somebody else did.
pub async fn deeds(store: &Store, since: Timestamp) -> Result<Vec<Deed>, StateError> {
    let mut deeds = Vec::new();
    // One run at a time writes: the first from the end that ended before leaves none after it.
    for number in journal::numbers(store).await?.into_iter().rev() {
        let Some(run) = PastRun::load(store, segment::run_id(number)).await? else {
            continue;
        };
        let allowed = Allowed::of(&run.plan);
        let late = run.outcomes().filter(|(_, step)| step.ended >= since);
        let done = late.filter(|(change, step)| {
            matches!(step.outcome, Outcome::Done { .. }) && !allowed.has(change)
        });
        deeds.extend(done.filter_map(|(change, step)| Deed::of(run.run(), change, step)));
        if run.opened.started < since {
            break;
        }
    }
    Ok(deeds)
}

/// What was allowed in a plan by its exact number.
struct Allowed<'a> {
    guards: HashSet<(Option<&'a AppName>, Guard)>,
    fates: Fates<'a>,
}

impl<'a> Allowed<'a> {
    fn of(plan: &'a Body) -> Self {
        let overridden = plan.guards.iter();
        let overridden =
            overridden.filter(|judged| matches!(judged.verdict, Verdict::Overridden { .. }));
        Self {
            guards: overridden
                .map(|judged| (judged.app.as_ref(), judged.guard))
                .collect(),
            fates: Fates::of(plan),
        }
    }

    fn has(&self, change: &Change) -> bool {
        let guard = Guard::of(change, |change| self.fates.fate(change));
        guard.is_some_and(|guard| {
            self.guards.contains(&(Some(&change.app), guard))
                || self.guards.contains(&(None, guard))
        })
    }
}
