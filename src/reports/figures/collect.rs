//! Collects figures run by run, so that a long history need not be in memory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::model::change::{Action, Change, ChangeId, PersonTag};
use crate::model::name::{AppName, PersonId, RunId};
use crate::model::observation::Observed;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::{AppSummary, Body};
use crate::model::reason::{Cause, Why};
use crate::model::withheld::{Withheld, WithheldState};

use super::standing::{exceptions, seats};
use super::{
    Deprovision, Door, FORMAT, Failures, Manual, Provision, Report, Runs, Share, Spread,
    WithheldFigure,
};

/// How many of the doors that were open longest are named.
const LONGEST: usize = 10;

/// One run, as far as figures need it.
#[derive(Clone, Copy, Debug)]
pub struct Ran<'a> {
    /// Which.
    pub run: &'a RunId,
    /// When it began.
    pub started: Timestamp,
    /// It closed its journal itself.
    pub closed: bool,
    /// What it was to do.
    pub plan: &'a Body,
}

/// Figures in the making.
#[derive(Debug)]
pub struct Collector<'a> {
    config: &'a Config,
    since: Timestamp,
    until: Timestamp,
    runs: Runs,
    /// When each change was first in a plan.
    asked: BTreeMap<ChangeId, Timestamp>,
    provisioned: Vec<Provisioned>,
    doors: Vec<ClosedDoor>,
    /// Doors that the last plan which named them did not get closed.
    open: BTreeMap<(AppName, PersonId), (PersonTag, Timestamp)>,
    failures: BTreeMap<AppName, Failures>,
    withheld: BTreeMap<(String, Option<&'static str>), Cases>,
    drift: BTreeMap<AppName, BTreeMap<ChangeId, bool>>,
}

#[derive(Debug)]
struct Provisioned {
    first_day: Timestamp,
    asked: Timestamp,
    done: Timestamp,
}

#[derive(Debug)]
struct ClosedDoor {
    door: Door,
    asked: Timestamp,
    closed: Timestamp,
}

/// Cases of one impediment.
#[derive(Debug, Default)]
struct Cases {
    all: BTreeSet<(Option<AppName>, Option<PersonId>)>,
    /// Those of the last run.
    last: BTreeSet<(Option<AppName>, Option<PersonId>)>,
}

impl<'a> Collector<'a> {
    /// Begins, for a span.
    pub fn new(config: &'a Config, since: Option<Timestamp>, until: Timestamp) -> Self {
        Self {
            config,
            since: since.unwrap_or(Timestamp::MIN),
            until,
            runs: Runs::default(),
            asked: BTreeMap::new(),
            provisioned: Vec::new(),
            doors: Vec::new(),
            open: BTreeMap::new(),
            failures: BTreeMap::new(),
            withheld: BTreeMap::new(),
            drift: BTreeMap::new(),
        }
    }

    fn covers(&self, at: Timestamp) -> bool {
        self.since <= at && at < self.until
    }

    /// Takes in one run, with what became of its steps. Runs come in their order, also those from
    /// before the span: they tell when something was asked for.
    pub fn take<'b>(
        &mut self,
        ran: Ran<'b>,
        steps: impl Iterator<Item = (&'b Change, &'b StepOutcome)>,
    ) {
        if ran.started >= self.until {
            return;
        }
        let withheld = ran.plan.withheld.iter().flat_map(|item| &item.changes);
        for change in ran.plan.changes.iter().chain(withheld) {
            self.asked
                .entry(change.id_before_account())
                .or_insert(ran.started);
        }
        self.doors_of(ran.plan);
        if self.covers(ran.started) {
            self.runs.all += 1;
            self.runs.due += usize::from(ran.plan.due);
            self.runs.died += usize::from(!ran.closed);
            self.withholds(ran.plan);
            self.drifts(ran.plan);
        }
        for (change, step) in steps {
            self.did(change, step);
        }
    }

    /// A door that a plan is to close is open until that is done, or until a plan of all reads the app
    /// and has nothing to close there any more.
    fn doors_of(&mut self, plan: &Body) {
        let read = |app: &AppName| matches!(plan.apps.get(app), Some(AppSummary::Read { .. }));
        let before = std::mem::take(&mut self.open);
        let withheld = plan.withheld.iter().flat_map(|item| &item.changes);
        for change in plan.changes.iter().chain(withheld) {
            self.opened(change);
        }
        let whole = plan.selection.is_none();
        let stays = before
            .into_iter()
            .filter(|((app, _), _)| !whole || !read(app));
        for (key, door) in stays {
            self.open.entry(key).or_insert(door);
        }
    }

    fn opened(&mut self, change: &Change) {
        if let (Action::Deactivate { .. }, Some(person)) = (&change.action, &change.person)
            && let Some(ended) = self.access_ended(change)
        {
            let key = (change.app.clone(), person.id.clone());
            self.open.insert(key, (person.clone(), ended));
        }
    }

    fn withholds(&mut self, plan: &Body) {
        // A run of some people says nothing of what keeps others waiting.
        if plan.selection.is_none() {
            for cases in self.withheld.values_mut() {
                cases.last.clear();
            }
        }
        let counts = |item: &&Withheld| {
            !matches!(
                item.state,
                WithheldState::Reported | WithheldState::Unreviewed
            )
        };
        for item in plan.withheld.iter().filter(counts) {
            let cases = self
                .withheld
                .entry((name(item), item.why.rule()))
                .or_default();
            let case = (
                item.app.clone(),
                item.person.as_ref().map(|person| person.id.clone()),
            );
            cases.all.insert(case.clone());
            cases.last.insert(case);
        }
    }

    fn drifts(&mut self, plan: &Body) {
        let withheld = plan.withheld.iter().flat_map(|item| &item.changes);
        let changes = plan.changes.iter().chain(withheld);
        for change in changes.filter(|change| change.cause == Cause::Drift) {
            let seen = self.drift.entry(change.app.clone()).or_default();
            seen.entry(change.id.clone()).or_insert(false);
        }
    }

    fn did(&mut self, change: &Change, step: &StepOutcome) {
        let done = matches!(step.outcome, Outcome::Done { .. });
        if let (Action::Deactivate { .. }, Some(person)) = (&change.action, &change.person)
            && step.outcome.is_good()
        {
            self.open.remove(&(change.app.clone(), person.id.clone()));
        }
        let id = change.id_before_account();
        let asked = self.asked.get(&id).copied();
        if step.outcome.is_good() {
            // Whoever comes or goes again asks again.
            self.asked.remove(&id);
        }
        if !self.covers(step.ended) {
            return;
        }
        self.tries(change, &step.outcome);
        if !done {
            return;
        }
        if let Some(undone) = self
            .drift
            .get_mut(&change.app)
            .and_then(|seen| seen.get_mut(&change.id))
        {
            *undone = true;
        }
        let asked = asked.unwrap_or(step.ended).min(step.ended);
        if change.opens()
            && let Some(first_day) = self.first_day(change)
        {
            self.provisioned.push(Provisioned {
                first_day,
                asked,
                done: step.ended,
            });
        }
        if let (Action::Deactivate { .. }, Some(person)) = (&change.action, &change.person)
            && let Some(ended) = self.access_ended(change)
        {
            let door = door(&change.app, person, ended, Some(step.ended), step.ended);
            self.doors.push(ClosedDoor {
                door,
                asked,
                closed: step.ended,
            });
        }
    }

    fn tries(&mut self, change: &Change, outcome: &Outcome) {
        let failure = match outcome {
            Outcome::Done { .. } | Outcome::AlreadySo { .. } => None,
            Outcome::Failed { failure } | Outcome::Unknown { failure } => Some(failure),
            Outcome::Skipped { .. } | Outcome::Refused { .. } | Outcome::NotStarted => return,
        };
        let failures = self.failures.entry(change.app.clone()).or_default();
        failures.failed.denominator += 1;
        match failure {
            None => self.runs.good += 1,
            Some(failure) => {
                self.runs.bad += 1;
                failures.failed.numerator += 1;
                *failures.kinds.entry(failure.kind).or_default() += 1;
            }
        }
    }

    /// The beginning of the first day that an account is for.
    fn first_day(&self, change: &Change) -> Option<Timestamp> {
        let day = change.reasons.iter().find_map(|reason| match reason.why {
            Why::Starts { on, .. } => Some(on),
            Why::Employed { since, .. } => Some(since),
            _ => None,
        });
        self.instant(day?, 0)
    }

    /// The instant at which access ended, if it is for that that an account closes.
    fn access_ended(&self, change: &Change) -> Option<Timestamp> {
        change.reasons.iter().find_map(|reason| match reason.why {
            Why::AccessEnded { at } | Why::Ordered { at, .. } => Some(at),
            Why::Vanished { until } => until,
            Why::Left { last_day } | Why::Released { last_day } => {
                self.instant(last_day, self.config.lifecycle.last_day_cutoff)
            }
            _ => None,
        })
    }

    /// So many minutes after midnight of a day.
    fn instant(&self, day: Date, minutes: u16) -> Option<Timestamp> {
        let zone = self.config.organisation.time_zone.clone();
        // The end of a day is the beginning of the next one, also where a clock is changed.
        let (day, minutes) = if minutes == 24 * 60 {
            (day.tomorrow().ok()?, 0)
        } else {
            (day, minutes)
        };
        let midnight = day.to_zoned(zone).ok()?.timestamp();
        midnight
            .checked_add(SignedDuration::from_mins(i64::from(minutes)))
            .ok()
    }

    /// What it all comes to, with the last snapshot's readings for seats.
    pub fn report(self, since: Option<Timestamp>, observed: &Observed) -> Report {
        let config = self.config;
        let zone = &config.organisation.time_zone;
        let exceptions = exceptions(config, self.until.to_zoned(zone.clone()).date());
        Report {
            format: FORMAT.to_owned(),
            organisation: config.organisation.name.clone(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            since,
            until: self.until,
            pruned: None,
            runs: self.runs,
            provision: provision(&self.provisioned),
            deprovision: deprovision(self.doors, self.open, self.until),
            failures: self.failures,
            withheld: withheld(self.withheld),
            manual: self
                .drift
                .into_iter()
                .map(|(app, seen)| (app, manual(&seen)))
                .collect(),
            seats: seats(config, observed),
            exceptions,
        }
    }
}

/// The impediment as data names it.
fn name(item: &Withheld) -> String {
    let value = serde_json::to_value(&item.why).expect("the type is serialisable as JSON");
    let name = value["impediment"].as_str();
    name.expect("every impediment is tagged").to_owned()
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

fn provision(accounts: &[Provisioned]) -> Provision {
    let (in_time, late): (Vec<_>, Vec<_>) =
        accounts.iter().partition(|one| one.asked <= one.first_day);
    Provision {
        on_time: Share {
            numerator: in_time
                .iter()
                .filter(|one| one.done <= one.first_day)
                .count(),
            denominator: in_time.len(),
        },
        ahead: Spread::of(in_time.iter().map(|one| seconds(one.done, one.first_day))),
        asked_late: Spread::of(late.iter().map(|one| seconds(one.asked, one.done))),
    }
}

fn door(
    app: &AppName,
    person: &PersonTag,
    ended: Timestamp,
    closed: Option<Timestamp>,
    until: Timestamp,
) -> Door {
    Door {
        app: app.clone(),
        person: person.clone(),
        ended,
        closed,
        seconds: seconds(ended, until).max(0),
    }
}

fn deprovision(
    closed: Vec<ClosedDoor>,
    open: BTreeMap<(AppName, PersonId), (PersonTag, Timestamp)>,
    until: Timestamp,
) -> Deprovision {
    let asked = closed.iter().map(|one| seconds(one.asked, one.closed));
    let (open_for, asked_for) = (
        Spread::of(closed.iter().map(|one| one.door.seconds)),
        Spread::of(asked),
    );
    let open: Vec<Door> = open
        .into_iter()
        .filter(|(_, (_, ended))| *ended < until)
        .map(|((app, _), (person, ended))| door(&app, &person, ended, None, until))
        .collect();
    let still_open = open.len();
    let mut longest: Vec<Door> = closed.into_iter().map(|one| one.door).chain(open).collect();
    longest.sort_by(|a, b| (b.seconds, &a.app, &a.person).cmp(&(a.seconds, &b.app, &b.person)));
    longest.truncate(LONGEST);
    Deprovision {
        open_for,
        asked_for,
        longest,
        still_open,
    }
}

fn withheld(cases: BTreeMap<(String, Option<&'static str>), Cases>) -> Vec<WithheldFigure> {
    let figures = cases
        .into_iter()
        .map(|((impediment, rule), cases)| WithheldFigure {
            impediment,
            rule: rule.map(str::to_owned),
            cases: cases.all.len(),
            still: cases.last.len(),
        });
    let mut figures: Vec<WithheldFigure> = figures.collect();
    figures.sort_by(|a, b| (b.cases, &a.impediment).cmp(&(a.cases, &b.impediment)));
    figures
}

fn manual(seen: &BTreeMap<ChangeId, bool>) -> Manual {
    Manual {
        undone: Share {
            numerator: seen.values().filter(|undone| **undone).count(),
            denominator: seen.len(),
        },
    }
}
