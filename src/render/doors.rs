//! How soon doors opened and closed, on a page.

use crate::base::count::count;
use crate::reports::figures::{Door, Report, Spread};

use super::figures::{Bar, Section, bounded, nothing, share};
use super::screen::Line;
use super::style::Role;
use super::words::{DOT, instant_in, lasting, person};

/// How soon doors were closed behind whoever left.
pub fn closed(report: &Report) -> Section {
    let figures = &report.deprovision;
    let mut lines = Vec::new();
    lines.extend(
        figures
            .open_for
            .map(|found| spread("from the end of access until closed", found, "door")),
    );
    lines.extend(
        figures
            .asked_for
            .map(|found| spread("of that, since a run first knew of it", found, "door")),
    );
    if figures.still_open > 0 {
        lines.push(
            Line::default()
                .own(Role::Failed, "✗ still open: ")
                .glued(Role::Failed, count(figures.still_open, "door").to_string()),
        );
    }
    if lines.is_empty() {
        lines = nothing("no door was closed, and none is open");
    }
    let zone = &report.time_zone;
    lines.extend(figures.longest.iter().map(|one| door(one, zone)));
    let bars = figures.longest.iter().map(|one| Bar {
        label: Line::default()
            .cell(Role::Text, one.person.name.raw())
            .own(Role::Quiet, DOT)
            .cell(Role::Text, one.app.as_str()),
        value: one.seconds,
        of: None,
        says: lasting(one.seconds),
        role: if one.closed.is_some() {
            Role::Held
        } else {
            Role::Failed
        },
    });
    Section {
        title: "Doors closed behind leavers",
        means: "how long an account could be used after access ended",
        bars: bars.collect(),
        lines,
    }
}

fn door(door: &Door, zone: &str) -> Line {
    let line = person(&door.person)
        .own(Role::Quiet, DOT)
        .cell(Role::Text, door.app.as_str())
        .own(Role::Quiet, DOT)
        .glued(Role::Strong, lasting(door.seconds))
        .own(Role::Text, " from ")
        .glued(Role::Text, instant_in(door.ended, zone));
    match door.closed {
        Some(at) => line
            .own(Role::Text, " until ")
            .glued(Role::Text, instant_in(at, zone)),
        None => line.own(Role::Quiet, DOT).own(Role::Failed, "✗ still open"),
    }
}

/// How soon accounts were there for whoever came.
pub fn opened(report: &Report) -> Section {
    let figures = &report.provision;
    let mut lines = Vec::new();
    if figures.on_time.denominator > 0 {
        lines.push(
            Line::default()
                .own(Role::Text, "there by the first day: ")
                .glued(Role::Strong, share(figures.on_time))
                .own(Role::Text, " that were asked for by then"),
        );
    }
    if let Some(ahead) = figures.ahead {
        let words = |seconds: i64| {
            let word = if seconds < 0 { "late" } else { "ahead" };
            format!("{} {word}", lasting(seconds.abs()))
        };
        let mut line = Line::default().own(Role::Text, "against the first day: ");
        for (word, value) in [
            ("median\u{a0}", ahead.median),
            ("95\u{a0}% at least\u{a0}", ahead.percentile_5),
            ("worst\u{a0}", ahead.least),
        ] {
            line = line
                .own(Role::Quiet, word)
                .glued(Role::Strong, words(value))
                .own(Role::Quiet, DOT);
        }
        lines.push(line.glued(Role::Quiet, count(ahead.number, "account").to_string()));
    }
    lines.extend(
        figures
            .asked_late
            .map(|found| spread("asked for after the first day, then", found, "account")),
    );
    if lines.is_empty() {
        lines = nothing("no account was made or opened");
    }
    let on_time = figures.on_time;
    let bars = (on_time.denominator > 0).then(|| Bar {
        label: Line::default().own(Role::Text, "there by the first day"),
        value: bounded(on_time.numerator),
        of: Some(bounded(on_time.denominator)),
        says: share(on_time),
        role: Role::Done,
    });
    Section {
        title: "Accounts made for whoever came",
        means: "against their first day",
        lines,
        bars: bars.into_iter().collect(),
    }
}

/// `median 9 h · 95 % within 2 d · longest 98 d · 12 doors`
fn spread(name: &'static str, spread: Spread, noun: &'static str) -> Line {
    let mut line = Line::default().own(Role::Text, name).own(Role::Text, ": ");
    for (word, value) in [
        ("median\u{a0}", spread.median),
        ("95\u{a0}% within\u{a0}", spread.percentile_95),
        ("longest\u{a0}", spread.most),
    ] {
        line = line
            .own(Role::Quiet, word)
            .glued(Role::Strong, lasting(value))
            .own(Role::Quiet, DOT);
    }
    line.glued(Role::Quiet, count(spread.number, noun).to_string())
}
