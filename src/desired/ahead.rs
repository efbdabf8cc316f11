//! What dates will bring, from the files alone: the desired state at the start of each day of a
//! span, compared with that of the day before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::desired::{Desired, Want};
use crate::model::name::AppName;
use crate::model::upcoming::{Event, What};

use super::dates::touched;
use super::{of, release, zone_of};

/// Looks ahead until the end of the day so many days from an instant. Each day's state is that of
/// the next midnight, where days are those of the organisation's time zone. Returns that last
/// midnight, and what happens until then: by day, then by person.
pub fn ahead(config: &Config, from: Timestamp, days: u16) -> (Timestamp, Vec<Event>) {
    let midnights = midnights(config, from, days);
    let until = midnights.last().copied().unwrap_or(from);
    let people = touched(config, from, until);
    let mut events = Vec::new();
    let mut before = of(config, from, &people);
    for midnight in midnights {
        let after = of(config, midnight, &people);
        for (place, person) in people.iter().enumerate() {
            let step = Step {
                config,
                person: *person,
                place,
                before: &before,
                after: &after,
            };
            step.events(&mut events);
        }
        before = after;
    }
    events.sort_by(|a, b| (a.on, &a.person.id).cmp(&(b.on, &b.person.id)));
    (until, events)
}

/// The ends of today and of so many days more.
fn midnights(config: &Config, from: Timestamp, days: u16) -> Vec<Timestamp> {
    let zone = &config.organisation.time_zone;
    let mut day = from.to_zoned(zone.clone()).date();
    let mut midnights = Vec::with_capacity(usize::from(days) + 1);
    for _ in 0..=days {
        let Ok(next) = day.tomorrow() else { break };
        let Ok(midnight) = next.to_zoned(zone.clone()) else {
            break;
        };
        midnights.push(midnight.timestamp());
        day = next;
    }
    midnights
}

/// One person, from one midnight to the next.
struct Step<'a> {
    config: &'a Config,
    /// Index in the configuration.
    person: usize,
    /// Index in the two states.
    place: usize,
    before: &'a Desired,
    after: &'a Desired,
}

impl Step<'_> {
    fn events(&self, events: &mut Vec<Event>) {
        let (before, after) = (
            &self.before.people[self.place],
            &self.after.people[self.place],
        );
        let who = &self.config.people[self.person];
        let mut push = |on: Date, brings: What| {
            let person = PersonTag {
                id: who.id.clone(),
                name: who.display_name(),
            };
            events.push(Event { on, person, brings });
        };
        for (opens, apps) in self.openings() {
            push(self.day(opens), What::Opens { apps });
        }
        let period = |index: usize| &who.periods[index];
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
                let zone = zone_of(self.config, who);
                let at = release(self.config, now.since, &zone).unwrap_or(self.after.as_of);
                push(self.day(at), What::Released);
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
        if before.current.is_some() {
            let today = self.day(self.before.as_of);
            let approvals = self.config.approvals_of(&who.id).iter();
            for approval in approvals.filter(|approval| approval.until == today) {
                let apps = approval.apps.keys().cloned().collect();
                let reason = approval.reason.clone();
                push(today, What::ApprovalEnds { apps, reason });
            }
        }
    }

    /// The apps whose provisioning opens, by the instant at which it does.
    fn openings(&self) -> BTreeMap<Timestamp, Vec<AppName>> {
        let mut found: BTreeMap<Timestamp, Vec<AppName>> = BTreeMap::new();
        for (index, app) in self.after.apps.iter().enumerate() {
            if let Want::Account { opened, .. } = self.after.want(self.place, index)
                && opened > self.before.as_of
                && !matches!(self.before.want(self.place, index), Want::Account { .. })
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
