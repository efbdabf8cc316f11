//! Whose dates fall into a span: found by comparing days, so that looking ahead costs as much as
//! there is to come, and not as much as there are people.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::config::{Config, Lead};
use crate::model::name::PersonId;
use crate::model::person::Person;

/// Days by which a day of a person's time zone may lie beside that of another.
const ZONES: i64 = 2;

/// The people, by index, for whom some date may fall between two instants: everybody for whom one
/// does, and some whose date is a day or two beside it.
pub fn touched(config: &Config, from: Timestamp, until: Timestamp) -> Vec<usize> {
    let span = Days {
        first: moved(day(from), -ZONES),
        last: moved(day(until), ZONES),
        lead: longest_lead(config),
        release: i64::from(config.lifecycle.release_after) + 1,
    };
    let extras = config
        .extras
        .iter()
        .map(|extra| (&extra.person, extra.until));
    let approvals = config.approvals.iter();
    let approvals = approvals.map(|approval| (&approval.person, approval.until));
    let beyond: HashSet<&PersonId> = extras
        .chain(approvals)
        .filter(|(_, until)| span.holds(*until))
        .map(|(person, _)| person)
        .collect();
    let people = config.people.iter().enumerate();
    people
        .filter(|(_, person)| span.touches(person) || beyond.contains(&person.id))
        .map(|(index, _)| index)
        .collect()
}

struct Days {
    first: Date,
    last: Date,
    /// At most so many days lie between the opening and the first working day.
    lead: i64,
    /// So many days after the end, what a closed account kept is released.
    release: i64,
}

impl Days {
    fn holds(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    fn touches(&self, person: &Person) -> bool {
        let ends = |day: Date| self.holds(day) || self.holds(moved(day, self.release));
        let period = |from: Date, until: Option<Date>| {
            (self.first <= from && moved(from, -self.lead) <= self.last) || until.is_some_and(ends)
        };
        let mut periods = person.periods.iter();
        let mut leave = person.leave.iter();
        periods.any(|one| period(one.from, one.until))
            || leave.any(|one| self.holds(one.from) || one.until.is_some_and(|day| self.holds(day)))
            || person.cut().is_some_and(|at| ends(day(at)))
    }
}

/// In days of the calendar, rounded up.
fn longest_lead(config: &Config) -> i64 {
    let own = config.apps.values();
    let own = own.filter_map(|app| app.provision_before_start);
    let leads = own.chain([config.lifecycle.provision_before_start]);
    let days = leads.map(|lead| match lead {
        Lead::Days(days) => i64::from(days),
        Lead::BusinessDays(days) => i64::from(days) * 7 / 5 + 3,
    });
    days.max().unwrap_or(0)
}

fn day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn moved(day: Date, days: i64) -> Date {
    let span: Span = days.days();
    let end = if days < 0 { Date::MIN } else { Date::MAX };
    day.checked_add(span).unwrap_or(end)
}
