//! Guards (R20): limits on the whole plan, judged on the final effect in each app, over this plan
//! and what runs of the last seven days did. All are judged, and reported together.

mod reading;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use crate::config::Config;
use crate::model::change::{Change, ChangeId};
use crate::model::desired::Desired;
use crate::model::guard::{Guard, Judgement, Override, Verdict};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::plan::{Impediment, WithheldState};

use super::withhold;

pub use reading::{doubt, short_read};
use tally::Tally;

/// How far back runs count with a plan: so long, a slow leak adds up.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What guards look at besides the changes.
pub struct Scene<'a> {
    pub config: &'a Config,
    pub desired: &'a Desired,
    pub history: &'a History,
    pub overrides: &'a [Override],
    /// Per app that was read, how many open accounts belong to people.
    pub managed: BTreeMap<&'a AppName, usize>,
    /// Of the apps whose reading lacks accounts.
    pub readings: Vec<Judgement>,
}

/// What every guard found that has something to count.
pub struct Judgements {
    /// The guard that each change of the plan falls under.
    guards: HashMap<ChangeId, Guard>,
    /// In the order in which a plan shows them.
    pub list: Vec<Judgement>,
}

impl Judgements {
    /// Judges all changes at once.
    pub fn of(scene: &Scene<'_>, changes: &[Change]) -> Self {
        let now = tally::classified(changes.iter().map(|change| (None, change)));
        let recent = &scene.history.recent;
        let recent = tally::classified(recent.iter().map(|deed| (Some(&deed.run), &deed.change)));
        let tally = Tally::of(&now, &recent);
        let mut list = scene.readings.clone();
        list.extend(shrunken_files(scene));
        for (app, guard) in tally.apps() {
            let managed = scene.managed.get(app).copied().unwrap_or(0);
            let (planned, recent) = tally.counts(app, guard);
            // As it was before the seven days.
            let base = (managed + tally.counts(app, Guard::Deactivations).1)
                .saturating_sub(tally.counts(app, Guard::Creates).1);
            let limit = scene.config.apps[app].guards.get(guard);
            list.push(scene.judge(guard, Some(app), (planned, recent), base, limit));
        }
        for guard in [Guard::Deactivations, Guard::Reactivations] {
            // What was allowed in an app by its exact number does not count again.
            let counts = |app: &AppName| scene.allowed(guard, Some(app)).is_none();
            let [planned, recent] = tally.people(guard, counts);
            if !planned.is_empty() {
                let limit = scene.config.guards.get(guard);
                // As it was before the seven days: whoever left since was at work.
                let left = planned.union(&recent).filter(|id| !scene.works(id));
                let base = at_work(scene.desired) + left.count();
                let counts = (planned.len(), recent.difference(&planned).count());
                list.push(scene.judge(guard, None, counts, base, limit));
            }
        }
        let order = |guard| Guard::ALL.iter().position(|other| *other == guard);
        list.sort_by(|a, b| (order(a.guard), &a.app).cmp(&(order(b.guard), &b.app)));
        let guards = now
            .iter()
            .map(|(change, guard)| (change.id.clone(), *guard));
        Self {
            guards: guards.collect(),
            list,
        }
    }

    /// Why a change is not done, if a guard tripped: the one nearest to it says so.
    pub fn forbid(&self, change: &Change) -> Option<withhold::Verdict> {
        let guard = *self.guards.get(&change.id)?;
        let tripped = |guard: Guard, app: Option<&AppName>| {
            let is_it = |one: &&Judgement| (one.guard, one.app.as_ref()) == (guard, app);
            self.list.iter().find(is_it).filter(|one| one.tripped())
        };
        let judgement = tripped(guard, Some(&change.app))
            .or_else(|| tripped(guard, None).filter(|_| !self.allowed(guard, &change.app)))
            .or_else(|| tripped(Guard::ShrunkenFiles, None).filter(|_| guard.takes()))?;
        let judgement = judgement.clone();
        Some((WithheldState::Blocked, Impediment::Guard { judgement }))
    }

    fn allowed(&self, guard: Guard, app: &AppName) -> bool {
        let is_it = |one: &Judgement| {
            (one.guard, one.app.as_ref()) == (guard, Some(app))
                && matches!(one.verdict, Verdict::Overridden { .. })
        };
        self.list.iter().any(is_it)
    }
}

impl Scene<'_> {
    fn judge(
        &self,
        guard: Guard,
        app: Option<&AppName>,
        (planned, recent): (usize, usize),
        base: usize,
        limit: crate::model::guard::Limit,
    ) -> Judgement {
        let verdict = match allowed(self.overrides, guard, app, planned) {
            Some(reason) => reason,
            None if planned + recent > limit.of(base) => Verdict::Tripped,
            None => Verdict::Passed,
        };
        Judgement {
            guard,
            app: app.cloned(),
            planned,
            recent,
            base,
            limit,
            verdict,
        }
    }

    /// True for a person whose period runs.
    fn works(&self, id: &str) -> bool {
        let people = &self.config.people;
        let found = people.binary_search_by(|person| person.id.as_str().cmp(id));
        found.is_ok_and(|index| self.desired.people[index].current.is_some())
    }

    fn allowed(&self, guard: Guard, app: Option<&AppName>) -> Option<&Override> {
        let is_it = |one: &&Override| (one.guard, one.app.as_ref()) == (guard, app);
        self.overrides.iter().find(is_it)
    }
}

/// The verdict if somebody allowed exactly this many.
fn allowed(
    overrides: &[Override],
    guard: Guard,
    app: Option<&AppName>,
    number: usize,
) -> Option<Verdict> {
    let is_it = |one: &&Override| (one.guard, one.app.as_ref(), one.number) == (guard, app, number);
    let reason = overrides.iter().find(is_it)?.reason.clone();
    Some(Verdict::Overridden { reason })
}

/// The people whose period runs.
pub fn at_work(desired: &Desired) -> usize {
    let people = desired.people.iter();
    people.filter(|person| person.current.is_some()).count()
}

fn before(history: &History) -> Option<usize> {
    history.last.as_ref()?.at_work
}

/// Rows that a bad merge lost look like people who left.
fn shrunken_files(scene: &Scene<'_>) -> Option<Judgement> {
    let base = before(scene.history)?;
    let fewer = base.saturating_sub(at_work(scene.desired));
    let limit = scene.config.guards.get(Guard::ShrunkenFiles);
    let judge = || scene.judge(Guard::ShrunkenFiles, None, (fewer, 0), base, limit);
    (fewer > 0).then(judge)
}

/// How many people a later run compares with: what a guard did not believe is not remembered.
pub fn remembered_at_work(desired: &Desired, history: &History, judgements: &[Judgement]) -> usize {
    let doubted = judgements
        .iter()
        .any(|one| one.guard == Guard::ShrunkenFiles && one.tripped());
    let known = before(history).filter(|_| doubted);
    known.unwrap_or_else(|| at_work(desired))
}

/// The same after a run that nobody reviewed (R24): only those whom dates took are fewer. What an
/// edit took is counted by the next reviewed run.
pub fn unreviewed_at_work(config: &Config, desired: &Desired, history: &History) -> Option<usize> {
    let last = history.last.as_ref()?;
    let then = crate::desired::at(config, last.as_of);
    Some((last.at_work? + at_work(desired)).saturating_sub(at_work(&then)))
}

/// An override that allows another number than the plan has, and the right number; 0 where there is
/// nothing to allow.
pub fn mistaken<'a>(
    overrides: &'a [Override],
    judgements: &[Judgement],
) -> Option<(&'a Override, usize)> {
    overrides.iter().find_map(|one| {
        let is_it = |judged: &&Judgement| (judged.guard, &judged.app) == (one.guard, &one.app);
        let planned = judgements.iter().find(is_it).map_or(0, |one| one.planned);
        (planned != one.number || planned == 0).then_some((one, planned))
    })
}
