//! What dates will bring, from the files alone: the desired state at the start of each day of a
//! span, compared with that of the day before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::base::Foreign;
use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::desired::{Desired, Want};
use crate::model::name::{AppName, ProfileKey};

use super::find::tag;

/// The kind and version of the data.
const FORMAT: &str = "provisor.upcoming/1";

/// What a span of days will bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Upcoming {
    /// The kind and version of the data.
    pub format: &'static str,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The organisation's time zone: an IANA name. Days are days there.
    pub time_zone: String,
    /// By day, then by person.
    pub events: Vec<Event>,
}

/// What a day brings one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The day on which it happens.
    pub on: Date,
    /// Whom it concerns.
    pub person: PersonTag,
    /// What happens.
    #[serde(flatten)]
    pub what: What,
}

/// What a date brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// Provisioning opens.
    Opens {
        /// In these apps.
        apps: Vec<AppName>,
    },
    /// The first working day.
    Starts {
        /// The profile.
        job_code: ProfileKey,
    },
    /// One period follows another.
    Moves {
        /// The profile before.
        from: ProfileKey,
        /// The profile after.
        to: ProfileKey,
    },
    /// Access ends.
    Leaves {
        /// When.
        at: Timestamp,
    },
    /// What a closed account kept is released.
    Released,
    /// Access beyond the profile ends.
    ExtraEnds {
        /// The reason given.
        reason: Foreign,
    },
    /// Leave suspends the accounts.
    LeaveBegins,
    /// Leave is over.
    LeaveEnds,
}

/// Looks ahead until the end of the day so many days from now. Each day's state is that of the next
/// midnight, where days are those of the organisation's time zone.
pub fn upcoming(config: &Config, from: Timestamp, days: u16) -> Upcoming {
    let zone = &config.organisation.time_zone;
    let mut events = Vec::new();
    let mut before = crate::desired::at(config, from);
    let mut until = from;
    let mut day = from.to_zoned(zone.clone()).date();
    for _ in 0..=days {
        let Some((next, midnight)) = day
            .tomorrow()
            .and_then(|next| Ok((next, next.to_zoned(zone.clone())?.timestamp())))
            .ok()
        else {
            break;
        };
        let after = crate::desired::at(config, midnight);
        for person in 0..config.people.len() {
            let step = Step {
                config,
                person,
                before: &before,
                after: &after,
            };
            step.events(&mut events);
        }
        (before, until, day) = (after, midnight, next);
    }
    events.sort_by(|a, b| (a.on, &a.person.id).cmp(&(b.on, &b.person.id)));
    Upcoming {
        format: FORMAT,
        from,
        until,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        events,
    }
}

/// One person, from one midnight to the next.
struct Step<'a> {
    config: &'a Config,
    person: usize,
    before: &'a Desired,
    after: &'a Desired,
}

impl Step<'_> {
    fn events(&self, events: &mut Vec<Event>) {
        let (before, after) = (
            &self.before.people[self.person],
            &self.after.people[self.person],
        );
        let mut push = |on: Date, what: What| {
            let person = tag(&self.config.people[self.person]);
            events.push(Event { on, person, what });
        };
        for (opens, apps) in self.openings() {
            push(self.day(opens), What::Opens { apps });
        }
        let period = |index: usize| &self.config.people[self.person].periods[index];
        let job_code = |index: usize| period(index).job_code.clone();
        match (&before.current, &after.current) {
            (None, Some(now)) => {
                let job_code = job_code(now.period);
                push(period(now.period).from, What::Starts { job_code });
            }
            (Some(was), Some(now)) if was.period != now.period => {
                let (from, to) = (job_code(was.period), job_code(now.period));
                push(period(now.period).from, What::Moves { from, to });
            }
            _ => {}
        }
        match (before.left, after.left) {
            (None, Some(left)) => push(left.last_day, What::Leaves { at: left.since }),
            (Some(was), Some(now)) if now.released && !was.released => {
                push(self.day(self.before.as_of), What::Released);
            }
            _ => {}
        }
        match (before.suspended_since, after.suspended_since) {
            (None, Some(since)) => push(since, What::LeaveBegins),
            (Some(_), None) if after.current.is_some() => {
                push(self.day(self.after.as_of), What::LeaveEnds);
            }
            _ => {}
        }
        let over = before
            .extras
            .iter()
            .filter(|one| !after.extras.contains(one));
        let over = over.map(|index| &self.before.extras[*index]);
        let mut over: Vec<_> = over.map(|extra| (extra.until, &extra.reason)).collect();
        // One entry may give several apps.
        over.dedup();
        for (until, reason) in over {
            let reason = reason.clone();
            push(until, What::ExtraEnds { reason });
        }
    }

    /// The apps whose provisioning opens, by the instant at which it does.
    fn openings(&self) -> BTreeMap<Timestamp, Vec<AppName>> {
        let mut found: BTreeMap<Timestamp, Vec<AppName>> = BTreeMap::new();
        for (index, app) in self.after.apps.iter().enumerate() {
            if let Want::Account { opened, .. } = self.after.want(self.person, index)
                && opened > self.before.as_of
                && !matches!(self.before.want(self.person, index), Want::Account { .. })
            {
                found.entry(opened).or_default().push(app.clone());
            }
        }
        found
    }

    fn day(&self, instant: Timestamp) -> Date {
        let zone = self.config.organisation.time_zone.clone();
        instant.to_zoned(zone).date()
    }
}
