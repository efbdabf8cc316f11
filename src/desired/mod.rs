//! Floor 5: config × instant → desired (R1 to R4).

mod ahead;
mod calendar;
mod dates;
mod orders;

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::config::{Cascaded, Config, Extra, OnLeave};
use crate::model::desired::{
    Bundle, BundleApp, CurrentPeriod, Desired, DesiredExtra, DesiredPerson, Left, NextPeriod,
};
use crate::model::name::{AppName, PersonId, ProfileKey};
use crate::model::person::{Period, Person};

pub use ahead::ahead;
use calendar::{Opening, Stretch, stretches};
pub use dates::touched;
pub use orders::{NotAtWork, at_work, obey, ordered, stands, subject};

/// What everybody's accounts should be at an instant.
///
/// A pure function of its arguments: the same files at the same instant give the same answer on
/// any machine.
pub fn at(config: &Config, instant: Timestamp) -> Desired {
    among(config, instant, config.people.iter())
}

/// The same for some of the people, by their indices in the configuration: the answer has only
/// them, in that order.
pub fn of(config: &Config, instant: Timestamp, people: &[usize]) -> Desired {
    among(
        config,
        instant,
        people.iter().map(|person| &config.people[*person]),
    )
}

fn among<'a>(
    config: &'a Config,
    instant: Timestamp,
    people: impl Iterator<Item = &'a Person>,
) -> Desired {
    let apps: Vec<AppName> = config.apps.keys().cloned().collect();
    let lead_of = |name: &AppName| {
        let first = std::iter::successors(Some(name), |app| Some(config.cascaded(app)?.source));
        let makes = first.last().unwrap_or(name);
        let app = &config.apps[makes];
        let lead = app.provision_before_start;
        Opening {
            lead: lead.unwrap_or(config.lifecycle.provision_before_start),
            lifetime: app.description.invitation.and_then(|it| it.lifetime),
        }
    };
    let mut distinct: Vec<Opening> = Vec::new();
    let mut leads = Vec::with_capacity(apps.len());
    for lead in apps.iter().map(lead_of) {
        let known = distinct.iter().position(|other| *other == lead);
        leads.push(known.unwrap_or(distinct.len()));
        if known.is_none() {
            distinct.push(lead);
        }
    }
    let place = |app: &AppName| apps.binary_search(app).ok();
    let sources = apps
        .iter()
        .map(|app| place(config.cascaded(app)?.source))
        .collect();
    let extras = Extras::of(config, &apps);
    let mut moment = Moment {
        config,
        instant,
        leads: distinct,
        bundles: Bundles {
            config,
            list: Vec::new(),
            known: HashMap::new(),
        },
        zones: HashMap::new(),
    };
    let people = people
        .map(|person| moment.person(person, &extras))
        .collect();
    Desired {
        as_of: instant,
        apps,
        leads,
        sources,
        pauses: config
            .apps
            .values()
            .map(|app| app.description.leaving.reversible)
            .collect(),
        bundles: moment.bundles.list,
        extras: extras.list,
        people,
    }
}

/// The instant at which access of a person ends for good, if their entry says one: the end of the
/// last period, or the cut.
pub fn access_until(config: &Config, person: &Person) -> Option<Timestamp> {
    let zone = zone_of(config, person);
    let cutoff = config.lifecycle.last_day_cutoff;
    let stretches = stretches(person, person.cut(), &zone, cutoff);
    stretches.last().map_or(person.cut(), |last| last.ends)
}

/// Where a person's days begin and end.
fn zone_of(config: &Config, person: &Person) -> TimeZone {
    let own = person.time_zone.as_deref();
    let own = own.and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| config.organisation.time_zone.clone())
}

struct Moment<'a> {
    config: &'a Config,
    instant: Timestamp,
    /// The distinct lead times of the apps.
    leads: Vec<Opening>,
    bundles: Bundles<'a>,
    zones: HashMap<&'a str, TimeZone>,
}

impl<'a> Moment<'a> {
    fn zone(&mut self, person: &'a Person) -> TimeZone {
        let organisation = &self.config.organisation.time_zone;
        person.time_zone.as_deref().map_or_else(
            || organisation.clone(),
            |name| {
                let zone = self.zones.entry(name);
                zone.or_insert_with(|| TimeZone::get(name).unwrap_or_else(|_| organisation.clone()))
                    .clone()
            },
        )
    }

    fn person(&mut self, person: &'a Person, extras: &Extras<'_>) -> DesiredPerson {
        let zone = self.zone(person);
        let cutoff = self.config.lifecycle.last_day_cutoff;
        let stretches = stretches(person, person.cut(), &zone, cutoff);
        let today = self.instant.to_zoned(zone.clone()).date();
        let current = stretches
            .iter()
            .position(|stretch| stretch.contains(self.instant));
        let next = stretches
            .iter()
            .position(|stretch| stretch.begins > self.instant);
        let ended = |stretch: &&Stretch| stretch.ends.is_some_and(|end| end <= self.instant);
        let past = stretches.iter().rev().find(ended);
        let cut = person.cut().filter(|at| *at <= self.instant);
        let away = person
            .leave
            .iter()
            .find(|leave| leave.from <= today && leave.until.is_none_or(|until| today <= until));
        let away = away.filter(|_| current.is_some()).copied();
        let suspends = self.config.lifecycle.on_leave == OnLeave::Suspend;
        let current = current.map(|index| self.current(person, &stretches, index, &zone));
        let next = next.map(|index| self.next(person, &stretches[index], &zone));
        let bundle = current.as_ref().map(|current| current.bundle);
        let bundle = bundle.or(next.as_ref().map(|next| next.bundle));
        let bundle = bundle.map(|bundle| &self.bundles.list[bundle]);
        DesiredPerson {
            extras: extras.in_force(&person.id, today, bundle),
            left: match (&current, cut, past) {
                (Some(_), ..) | (None, None, None) => None,
                (None, Some(at), _) => Some(self.left(at, None, &zone)),
                (None, None, Some(past)) => past.ends.map(|at| self.left(at, past.last_day, &zone)),
            },
            current,
            next,
            leave: away,
            suspended_since: away.filter(|_| suspends).map(|leave| leave.from),
        }
    }

    fn current(
        &mut self,
        person: &Person,
        stretches: &[Stretch],
        index: usize,
        zone: &TimeZone,
    ) -> CurrentPeriod {
        let stretch = &stretches[index];
        // Periods that touch are one stretch of employment: a move does not open it anew.
        let first = (0..index)
            .rev()
            .take_while(|i| stretches[*i].ends == Some(stretches[*i + 1].begins))
            .last();
        let first = &person.periods[stretches[first.unwrap_or(index)].period];
        CurrentPeriod {
            period: stretch.period,
            bundle: self.bundles.of(person, &person.periods[stretch.period]),
            began: stretch.begins,
            opened: self.openings(first.from, zone),
        }
    }

    fn next(&mut self, person: &Person, stretch: &Stretch, zone: &TimeZone) -> NextPeriod {
        let period = &person.periods[stretch.period];
        NextPeriod {
            period: stretch.period,
            bundle: self.bundles.of(person, period),
            begins: stretch.begins,
            opens: self.openings(period.from, zone),
        }
    }

    /// Per lead time: when provisioning for a first day opens.
    fn openings(&self, first_day: Date, zone: &TimeZone) -> Vec<Timestamp> {
        self.leads
            .iter()
            .map(|lead| lead.before(first_day, zone))
            .collect()
    }

    /// A person whose access ended at an instant: on a last day, or without one by a cut.
    fn left(&self, since: Timestamp, last_day: Option<Date>, zone: &TimeZone) -> Left {
        let day = || since.to_zoned(zone.clone()).date();
        Left {
            since,
            last_day: last_day.unwrap_or_else(day),
            cut: last_day.is_none(),
            released: released(self.config, since, zone, self.instant),
        }
    }
}

/// True if what is kept for a while after access ended is due to be released at an instant. Days
/// are those of a calendar: they also count where a clock was changed in between.
pub fn released(config: &Config, ended: Timestamp, zone: &TimeZone, instant: Timestamp) -> bool {
    release(config, ended, zone).is_some_and(|due| due <= instant)
}

/// The day on which what a closed account kept is released, where the person is; `None` if no
/// calendar has it.
pub fn release_day(config: &Config, person: &Person, ended: Timestamp) -> Option<Date> {
    let zone = zone_of(config, person);
    release(config, ended, &zone).map(|at| at.to_zoned(zone).date())
}

/// When that is; `None` if no calendar has the day.
fn release(config: &Config, ended: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let keep = i64::from(config.lifecycle.release_after).days();
    let due = ended.to_zoned(zone.clone()).checked_add(keep);
    due.ok().map(|due| due.timestamp())
}

/// Composes each distinct set of profiles once.
struct Bundles<'a> {
    config: &'a Config,
    list: Vec<Bundle>,
    known: HashMap<Vec<ProfileKey>, usize>,
}

impl Bundles<'_> {
    fn of(&mut self, person: &Person, period: &Period) -> usize {
        let keys = self.config.profiles_of(person, period);
        if let Some(index) = self.known.get(&keys) {
            return *index;
        }
        let bundle = self
            .config
            .compose(&keys)
            .expect("validation composed the profiles of every period");
        self.list.push(bundle);
        self.known.insert(keys, self.list.len() - 1);
        self.list.len() - 1
    }
}

/// The extras, one entry per app that each names or implies.
struct Extras<'a> {
    list: Vec<DesiredExtra>,
    /// Per entry, what it is implied for.
    implied: Vec<Option<Cascaded<'a>>>,
    by_person: HashMap<&'a PersonId, Vec<usize>>,
}

impl<'a> Extras<'a> {
    fn of(config: &'a Config, apps: &[AppName]) -> Self {
        let mut extras = Self {
            list: Vec::new(),
            implied: Vec::new(),
            by_person: HashMap::new(),
        };
        for extra in &config.extras {
            let named = extra
                .apps
                .iter()
                .map(|(app, gives)| (app, None, gives.clone()));
            let implied = config.implied(extra).into_iter();
            let implied = implied.map(|(cascaded, gives)| (cascaded.source, Some(cascaded), gives));
            for (app, implied, gives) in named.chain(implied) {
                if let Ok(app) = apps.binary_search(app) {
                    extras.add(extra, app, implied, gives);
                }
            }
        }
        extras
    }

    fn add(
        &mut self,
        extra: &'a Extra,
        app: usize,
        implied: Option<Cascaded<'a>>,
        gives: BundleApp,
    ) {
        let of_person = self.by_person.entry(&extra.person).or_default();
        of_person.push(self.list.len());
        self.implied.push(implied);
        self.list.push(DesiredExtra {
            app,
            gives,
            until: extra.until,
            reason: extra.reason.clone(),
        });
    }

    /// A person's extras of a day. What one implies is left out where the bundle gives another
    /// value that does the same.
    fn in_force(&self, person: &PersonId, today: Date, bundle: Option<&Bundle>) -> Vec<usize> {
        let indices = self.by_person.get(person).map_or(&[][..], Vec::as_slice);
        let needed = |index: &usize| {
            let gives = bundle.and_then(|bundle| bundle.apps[self.list[*index].app].as_ref());
            let (Some(cascaded), Some(gives)) = (&self.implied[*index], gives) else {
                return true;
            };
            !cascaded.is_given(gives)
        };
        indices
            .iter()
            .copied()
            .filter(|index| today <= self.list[*index].until)
            .filter(needed)
            .collect()
    }
}
