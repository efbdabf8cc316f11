//! Days → instants: when a period begins and ends in the person's time zone, and when
//! provisioning for it opens.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::config::Lead;
use crate::model::person::Person;

/// One period as instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Index in the person's periods.
    pub(super) period: usize,
    pub(super) begins: Timestamp,
    /// Exclusive; open-ended if absent.
    pub(super) ends: Option<Timestamp>,
    pub(super) last_day: Option<Date>,
}

impl Stretch {
    pub(super) fn contains(&self, instant: Timestamp) -> bool {
        self.begins <= instant && self.ends.is_none_or(|end| instant < end)
    }
}

/// A person's periods as instants, in order. Periods on adjacent days touch, whatever the cutoff
/// on the last day: a move is never a gap.
///
/// A `cut` is the end, whatever the periods say: what would begin after it does not.
pub(super) fn stretches(
    person: &Person,
    cut: Option<Timestamp>,
    zone: &TimeZone,
    cutoff: u16,
) -> Vec<Stretch> {
    let mut stretches = Vec::with_capacity(person.periods.len());
    for (index, period) in person.periods.iter().enumerate() {
        let begins = midnight(period.from, zone);
        if cut.is_some_and(|at| at <= begins) {
            break;
        }
        let adjoining = person.periods.get(index + 1).filter(|next| {
            period
                .until
                .is_some_and(|until| until.tomorrow().ok() == Some(next.from))
        });
        let mut ends = match (adjoining, period.until) {
            (Some(next), _) => Some(midnight(next.from, zone)),
            (None, Some(until)) => Some(minutes_into(until, cutoff, zone)),
            (None, None) => None,
        };
        let earlier = cut.filter(|at| ends.is_none_or(|end| *at < end));
        ends = earlier.or(ends);
        stretches.push(Stretch {
            period: index,
            begins,
            ends,
            last_day: period.until,
        });
    }
    stretches
}

/// How long before a first day provisioning opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// So long, as the files say.
    pub(super) lead: Lead,
    /// But not so early that an invitation, which is good for so many days, expires before the first
    /// day is over (R1).
    pub(super) lifetime: Option<u16>,
}

impl Opening {
    /// When provisioning for a first day opens.
    pub(super) fn before(self, first_day: Date, zone: &TimeZone) -> Timestamp {
        let latest = self.lifetime.map(|days| {
            let whole = Lead::Days(days.saturating_sub(1));
            opening(first_day, whole, zone)
        });
        let opens = opening(first_day, self.lead, zone);
        latest.map_or(opens, |latest| opens.max(latest))
    }
}

/// When provisioning for a first day opens: at the start of the day that lies `lead` before it.
pub(super) fn opening(first_day: Date, lead: Lead, zone: &TimeZone) -> Timestamp {
    let day = match lead {
        Lead::Days(days) => first_day
            .checked_sub(i64::from(days).days())
            .unwrap_or(Date::MIN),
        Lead::BusinessDays(days) => {
            let mut day = first_day;
            for _ in 0..days {
                day = previous_business_day(day);
            }
            day
        }
    };
    midnight(day, zone)
}

fn previous_business_day(day: Date) -> Date {
    let back = match day.weekday() {
        Weekday::Monday => 3,
        Weekday::Sunday => 2,
        _ => 1,
    };
    day.checked_sub(back.days()).unwrap_or(Date::MIN)
}

fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    minutes_into(day, 0, zone)
}

/// The instant some minutes of wall-clock time into a day; 1440 is the next midnight. A time that
/// a change to summer time skips is the first one after it.
fn minutes_into(day: Date, minutes: u16, zone: &TimeZone) -> Timestamp {
    let (day, minutes) = if minutes >= 1440 {
        (day.tomorrow().unwrap_or(day), 0)
    } else {
        (day, minutes)
    };
    let hour = i8::try_from(minutes / 60).expect("below 24");
    let minute = i8::try_from(minutes % 60).expect("below 60");
    let limit = if day.year() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    day.at(hour, minute, 0, 0)
        .to_zoned(zone.clone())
        .map_or(limit, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn business_days_are_counted_from_monday_to_friday() {
        let los_angeles = zone("America/Los_Angeles");
        // Tuesday 17 March 2026; ten business days before is Tuesday 3 March.
        let opens = opening(date(2026, 3, 17), Lead::BusinessDays(10), &los_angeles);
        assert_eq!(opens.to_string(), "2026-03-03T08:00:00Z");
        // From a Monday, a Sunday and a Saturday, one business day back is the Friday.
        for day in [16, 15, 14] {
            let opens = opening(date(2026, 3, day), Lead::BusinessDays(1), &los_angeles);
            assert_eq!(
                opens.to_zoned(los_angeles.clone()).date(),
                date(2026, 3, 13),
                "{day}"
            );
        }
        assert_eq!(
            opening(date(2026, 3, 17), Lead::Days(0), &los_angeles).to_string(),
            "2026-03-17T07:00:00Z",
            "summer time began on 8 March"
        );
    }

    #[test]
    fn the_last_day_is_whole_in_the_persons_own_zone() {
        assert_eq!(
            minutes_into(date(2026, 3, 6), 1440, &zone("Australia/Sydney")).to_string(),
            "2026-03-06T13:00:00Z"
        );
        assert_eq!(
            minutes_into(date(2026, 3, 6), 1440, &zone("America/Los_Angeles")).to_string(),
            "2026-03-07T08:00:00Z"
        );
        assert_eq!(
            minutes_into(date(2026, 3, 6), 17 * 60, &zone("UTC")).to_string(),
            "2026-03-06T17:00:00Z"
        );
    }
}
