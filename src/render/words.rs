//! Dates, times and people in words: the same on every page.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::base::count::thousands;
use crate::base::source::Location;
use crate::model::change::PersonTag;
use crate::model::snapshot::Counts;

use super::screen::Line;
use super::style::Role;

/// What stands between two facts on a line; a row may end with it, and not begin.
pub const DOT: &str = "\u{a0}· ";

/// `17 March 2026`
pub fn date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `7 March 2026, 17:22 UTC`
pub fn instant(instant: Timestamp) -> String {
    instant.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// `7 March 2026, 09:22 PST`; in UTC if the zone is unknown.
pub fn instant_in(at: Timestamp, zone: &str) -> String {
    let local = at.in_tz(zone);
    local.map_or_else(
        |_| instant(at),
        |at| at.strftime("%-d %B %Y, %H:%M %Z").to_string(),
    )
}

/// `9 h 22 min`: the two largest units.
pub fn lasting(seconds: i64) -> String {
    let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.max(0);
    let mut words: Vec<String> = Vec::new();
    for (unit, word) in parts {
        let number = rest / unit;
        rest %= unit;
        if number > 0 && words.len() < 2 {
            words.push(format!("{number} {word}"));
        } else if !words.is_empty() {
            break;
        }
    }
    if words.is_empty() {
        return "0 s".to_owned();
    }
    words.join(" ")
}

/// `Emma Johnson · 1042`
pub fn person(person: &PersonTag) -> Line {
    let line = Line::default();
    let line = if person.name.is_empty() {
        line
    } else {
        line.cell(Role::Strong, person.name.raw())
            .own(Role::Quiet, DOT)
    };
    line.cell(Role::Text, person.id.as_str())
}

/// ` · profiles.toml:14`, or nothing.
pub fn place(at: Option<&Location>) -> Line {
    at.map_or_else(Line::default, |at| {
        Line::default()
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, at.to_string())
    })
}

/// `7 done · 1 failed`: zeros are left out, except how much was done.
pub fn counts(counts: Counts) -> Line {
    let mut line = Line::default().glued(Role::Text, format!("{} done", thousands(counts.done)));
    for (number, word, role) in [
        (counts.already_so, "already so", Role::Text),
        (counts.failed, "failed", Role::Failed),
        (counts.unknown, "unknown", Role::Warning),
        (counts.skipped, "skipped", Role::Warning),
        (counts.refused, "refused", Role::Failed),
        (counts.not_started, "not started", Role::Warning),
        (counts.withheld, "held or blocked", Role::Held),
    ] {
        if number > 0 {
            line = line
                .own(Role::Quiet, DOT)
                .glued(role, format!("{} {word}", thousands(number)));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_two_largest_units() {
        for (seconds, words) in [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_661, "1 h 1 min"),
            (3_601, "1 h"),
            (90_061, "1 d 1 h"),
            (8_640_000, "100 d"),
        ] {
            assert_eq!(lasting(seconds), words);
        }
    }
}
