//! Guards (R20): limits on the whole plan, judged on the final effect in each app, over this plan
//! and what runs of the last seven days did. All are judged, and reported together.

mod administrators;
mod allowances;
mod own;
mod reading;
mod tally;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::SignedDuration;

use crate::base::Digest;
use crate::config::Config;
use crate::model::account::Status;
use crate::model::change::{Change, ChangeId};
use crate::model::desired::Desired;
use crate::model::guard::{Guard, Judgement, Override, Verdict};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::observation::{Observed, Reading};
use crate::model::plan::Edge;
use crate::model::withheld::{Impediment, WithheldState};

use super::carried::{self, Carried};
use super::cause::Causes;
use super::withhold::{self, Steps};

pub use administrators::count as administrators;
use allowances::allowed;
pub use allowances::{in_force, remembered as remembered_allowances, unused};
pub use own::{account as own_account, forbid as by_own_account};
pub use reading::{doubt, short_read};
use tally::Tally;

/// How far back runs count with a plan: so long, a slow leak adds up.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What guards look at besides the changes.
pub struct Scene<'a> {
    pub config: &'a Config,
    pub desired: &'a Desired,
    pub history: &'a History,
    pub observed: &'a Observed,
    pub overrides: &'a [Override],
    pub causes: &'a Causes<'a>,
    /// Nobody reviews the plan (R24).
    pub due: bool,
    /// It is of one person, by order: what the files say of others is no matter.
    pub ordered: bool,
    /// Per app that was read, how many open accounts belong to people.
    pub managed: BTreeMap<&'a AppName, usize>,
    /// Of the apps whose reading lacks accounts.
    pub readings: Vec<Judgement>,
}

/// What every guard found that has something to count.
pub struct Judgements {
    /// The guard that each change of the plan falls under.
    guards: HashMap<ChangeId, Guard>,
    /// The changes that take an administrator.
    takes_administrator: HashSet<ChangeId>,
    /// What is taken only once others are given it.
    pub edges: Vec<Edge>,
    /// What steps close in other apps.
    carried: Vec<Carried>,
    /// In the order in which a plan shows them.
    pub list: Vec<Judgement>,
}

impl Judgements {
    /// Judges all changes at once, with what they close in other apps though no step there does.
    pub fn of(scene: &Scene<'_>, steps: &Steps<'_>, carried: Vec<Carried>) -> Self {
        let unplanned = carried::unplanned(&carried, &steps.changes);
        let unplanned = unplanned.map(|one| &one.closing);
        let changes: Vec<&Change> = steps.changes.iter().chain(unplanned).collect();
        let closed = |change: &Change| scene.has_closed(change);
        let now = tally::classified(changes.iter().map(|change| (None, *change)), closed);
        let recent = scene.history.recent.iter();
        let recent = recent.map(|deed| (Some(&deed.run), &deed.change));
        let recent = tally::classified(recent, closed);
        let tally = Tally::of(&now, &recent);
        let mut list = scene.readings.clone();
        // What an edit took from the files is not due, and must not hold up whose day has come: the
        // next reviewed run counts it.
        list.extend(shrunken_files(scene).filter(|_| !scene.due && !scene.ordered));
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
            let counts = |app: &AppName| !overridden(&list, guard, app);
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
        let (mut takes_administrator, mut edges) = (HashSet::new(), Vec::new());
        for found in scene.administrators(&changes, &steps.edges, &carried) {
            takes_administrator.extend(found.takes.into_iter().cloned());
            edges.extend(found.edges);
            list.push(found.judgement);
        }
        let order = |guard| Guard::ALL.iter().position(|other| *other == guard);
        list.sort_by(|a, b| (order(a.guard), &a.app).cmp(&(order(b.guard), &b.app)));
        let guards = now
            .iter()
            .map(|(change, guard)| (change.id.clone(), *guard));
        Self {
            guards: guards.collect(),
            takes_administrator,
            edges,
            list,
            carried,
        }
    }

    /// What steps close in other apps.
    pub fn carried(&self) -> &[Carried] {
        &self.carried
    }

    /// Why a change is not done, if a guard tripped: the one nearest to it says so. What closes an
    /// account elsewhere that a guard keeps open is not done either: no step stops another app.
    pub fn forbid(&self, change: &Change) -> Option<withhold::Verdict> {
        let follows = self.carried.iter().filter(|one| one.by == change.id);
        let follows = follows.map(|one| &one.closing);
        let mut all = std::iter::once(change).chain(follows);
        all.find_map(|change| self.forbid_itself(change))
    }

    fn forbid_itself(&self, change: &Change) -> Option<withhold::Verdict> {
        let tripped = |guard: Guard, app: Option<&AppName>| {
            let is_it = |one: &&Judgement| (one.guard, one.app.as_ref()) == (guard, app);
            self.list.iter().find(is_it).filter(|one| one.tripped())
        };
        let of_administrators = || {
            let takes = self.takes_administrator.contains(&change.id);
            tripped(Guard::Administrators, Some(&change.app)).filter(|_| takes)
        };
        let of_kind = || {
            let guard = *self.guards.get(&change.id)?;
            let in_app_allowed = || overridden(&self.list, guard, &change.app);
            tripped(guard, Some(&change.app))
                .or_else(|| tripped(guard, None).filter(|_| !in_app_allowed()))
        };
        let of_files = || tripped(Guard::ShrunkenFiles, None).filter(|_| change.action.takes());
        // First of all: whatever else refuses it may let it through another time.
        let judgement = of_files().or_else(of_administrators).or_else(of_kind)?;
        let judgement = judgement.clone();
        Some((WithheldState::Blocked, Impediment::Guard { judgement }))
    }
}

/// True if what an app has of a kind was allowed by its exact number.
fn overridden(list: &[Judgement], guard: Guard, app: &AppName) -> bool {
    let is_it = |one: &Judgement| {
        (one.guard, one.app.as_ref()) == (guard, Some(app))
            && matches!(one.verdict, Verdict::Overridden { .. })
    };
    list.iter().any(is_it)
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
        let within = planned + recent <= limit.of(base);
        let verdict = match allowed(self.overrides, guard, app, planned, within) {
            Some(overridden) => overridden,
            None if within => Verdict::Passed,
            None => Verdict::Tripped,
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

    /// True if the account that a change is about is closed as it was read.
    fn has_closed(&self, change: &Change) -> bool {
        let (Some(Reading::Read(observation)), Some(account)) =
            (self.observed.get(&change.app), &change.account)
        else {
            return false;
        };
        let found = observation.find(account.vendor_id.raw());
        found.is_some_and(|found| found.status() == Status::Inactive)
    }

    /// True for a person whose period runs.
    fn works(&self, id: &str) -> bool {
        let people = &self.config.people;
        let found = people.binary_search_by(|person| person.id.as_str().cmp(id));
        found.is_ok_and(|index| self.desired.people[index].current.is_some())
    }

    /// What was found in each app of which the plan takes administrators.
    fn administrators<'s>(
        &'s self,
        changes: &[&'s Change],
        edges: &[Edge],
        carried: &[Carried],
    ) -> Vec<administrators::Found<'s>> {
        let mut all = Vec::new();
        let mut apps = self.config.apps.keys();
        if !apps.any(|app| self.config.knows_administrators(app)) {
            return all;
        }
        // What one app's successors wait for may lead to another app.
        let mut edges = edges.to_vec();
        for (app, reading) in self.observed {
            let (Reading::Read(observation), true) = (reading, self.config.apps.contains_key(app))
            else {
                continue;
            };
            let changes = changes.iter().copied();
            let plan = administrators::Planned {
                changes: changes.filter(|change| change.app == *app).collect(),
                edges: &edges,
                carried,
            };
            let found = administrators::judge(app, self.config, observation, &plan, self.overrides);
            if let Some(found) = found {
                edges.extend(found.edges.iter().cloned());
                all.push(found);
            }
        }
        all
    }
}

/// The people whose period runs.
pub fn at_work(desired: &Desired) -> usize {
    let people = desired.people.iter();
    people.filter(|person| person.current.is_some()).count()
}

fn before(history: &History) -> Option<usize> {
    history.last.as_ref()?.at_work
}

/// Rows that a bad merge lost look like people who left; so do dates that a script put into them. Of
/// a contract that ends on its day, the last run knew.
fn shrunken_files(scene: &Scene<'_>) -> Option<Judgement> {
    let base = before(scene.history)?;
    let then = scene.causes.then()?;
    let facts = |person| scene.causes.facts_of(person);
    let ended = ended_by_edit(scene.config, then, scene.desired, scene.history, facts);
    let fewer = base.saturating_sub(at_work(then)) + ended;
    let limit = scene.config.guards.get(Guard::ShrunkenFiles);
    let judge = || scene.judge(Guard::ShrunkenFiles, None, (fewer, 0), base, limit);
    (fewer > 0).then(judge)
}

/// How many people were at work at the last run also by today's files, are so no longer, and ended
/// as that run did not know.
fn ended_by_edit(
    config: &Config,
    then: &Desired,
    now: &Desired,
    history: &History,
    facts: impl Fn(usize) -> Digest,
) -> usize {
    let known = |person: usize| {
        let known = history.people.get(&config.people[person].id);
        known.is_some_and(|known| {
            known.until.is_some_and(|until| until <= now.as_of) || known.facts == facts(person)
        })
    };
    let both = then.people.iter().zip(&now.people).enumerate();
    let ended = both.filter(|(_, (then, now))| then.current.is_some() && now.current.is_none());
    ended.filter(|(person, _)| !known(*person)).count()
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
    let all = OnceCell::new();
    let facts = |person: usize| all.get_or_init(|| config.facts())[person];
    let edited = ended_by_edit(config, &then, desired, history, facts);
    Some((last.at_work? + at_work(desired) + edited).saturating_sub(at_work(&then)))
}

/// An override that allows another number than the plan has, and the right number; none where there
/// is nothing to allow.
pub fn mistaken<'a>(
    overrides: &'a [Override],
    judgements: &[Judgement],
) -> Option<(&'a Override, Option<usize>)> {
    overrides.iter().find_map(|one| {
        let is_it = |judged: &&Judgement| one.is_about(judged.guard, judged.app.as_ref());
        let planned = judgements.iter().find(is_it).map(|one| one.planned);
        (planned != Some(one.number)).then_some((one, planned))
    })
}
