//! What the runs came to, in figures, on a page.

use crate::base::count::{count, count_of, thousands};
use crate::reports::figures::{Exception, Failures, Report, SeatFigure, Share, WithheldFigure};

use super::doors;
use super::leaver::pruned;
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, lasting, person, place};

/// A page for a terminal.
pub fn text(report: &Report, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(report).hang(2));
    screen.line(runs(report).hang(2));
    for section in sections(report) {
        screen.section(
            Line::default()
                .own(Role::Heading, section.title)
                .own(Role::Quiet, DOT)
                .own(Role::Quiet, section.means),
        );
        for line in section.lines {
            screen.line(Line::at(2).hang(4).then(line));
        }
    }
    screen.blank();
    screen.line(summary(report).hang(2));
    screen
}

/// One group of figures.
pub(super) struct Section {
    /// What it is.
    pub title: &'static str,
    /// What it counts.
    pub means: &'static str,
    /// The figures, one each.
    pub lines: Vec<Line>,
    /// What a plot shows of them, if it shows anything.
    pub bars: Vec<Bar>,
}

/// One bar of a plot.
pub(super) struct Bar {
    /// What it is of.
    pub label: Line,
    /// How long it is.
    pub value: i64,
    /// How long it could be; the longest of its plot if absent.
    pub of: Option<i64>,
    /// What it says.
    pub says: String,
    /// Its colour.
    pub role: Role,
}

/// All groups, in the order in which a page shows them.
pub(super) fn sections(report: &Report) -> Vec<Section> {
    vec![
        doors::closed(report),
        doors::opened(report),
        failures(report),
        withheld(report),
        manual(report),
        seats(report),
        exceptions(report),
    ]
}

/// `Report · Meridian Manufacturing · 1 March 2026 to 7 March 2026`
pub(super) fn heading(report: &Report) -> Line {
    let zone = &report.time_zone;
    let line = Line::default()
        .own(Role::Heading, "Report")
        .own(Role::Quiet, DOT)
        .cell(Role::Strong, report.organisation.raw())
        .own(Role::Quiet, DOT);
    let line = match report.since {
        Some(since) => line
            .own(Role::Text, "from ")
            .glued(Role::Text, instant_in(since, zone)),
        None => line.own(Role::Text, "from the first run"),
    };
    line.own(Role::Text, " until ")
        .glued(Role::Text, instant_in(report.until, zone))
}

/// `3 runs · 64 steps done · 2 not`
pub(super) fn runs(report: &Report) -> Line {
    let runs = report.runs;
    let mut line = Line::default().glued(Role::Text, count(runs.all, "run").to_string());
    for (number, role, word) in [
        (runs.due, Role::Quiet, "without a review"),
        (runs.died, Role::Warning, "died"),
        (runs.good, Role::Text, "steps done"),
        (runs.bad, Role::Failed, "steps failed"),
    ] {
        if number > 0 {
            line = line
                .own(Role::Quiet, DOT)
                .glued(role, format!("{} {word}", thousands(number)));
        }
    }
    match report.pruned {
        Some(until) => line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "pruned: ")
            .then(pruned(until)),
        None => line,
    }
}

pub(super) fn nothing(words: &'static str) -> Vec<Line> {
    vec![Line::default().own(Role::Quiet, words)]
}

/// `12 of 13 (92 %)`
pub(super) fn share(share: Share) -> String {
    let Share {
        numerator,
        denominator,
    } = share;
    let text = format!("{} of {}", thousands(numerator), thousands(denominator));
    match (numerator * 100).checked_div(denominator) {
        Some(percent) => format!("{text} ({percent} %)"),
        None => text,
    }
}

pub(super) fn bounded(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn failures(report: &Report) -> Section {
    let failed = report
        .failures
        .iter()
        .filter(|(_, one)| one.failed.numerator > 0);
    let line = |(app, failures): (&crate::model::name::AppName, &Failures)| {
        let line = Line::default()
            .cell(Role::Strong, app.as_str())
            .own(Role::Quiet, DOT)
            .glued(Role::Failed, share(failures.failed));
        failures.kinds.iter().fold(line, |line, (kind, number)| {
            line.own(Role::Quiet, DOT)
                .own(Role::Text, kind.words())
                .own(Role::Text, " ")
                .glued(Role::Text, thousands(*number))
        })
    };
    let lines: Vec<Line> = failed.clone().map(line).collect();
    let bars = failed.map(|(app, failures)| Bar {
        label: Line::default().cell(Role::Text, app.as_str()),
        value: bounded(failures.failed.numerator),
        of: Some(bounded(failures.failed.denominator)),
        says: share(failures.failed),
        role: Role::Failed,
    });
    Section {
        title: "Failures",
        means: "of the steps that were tried, by app",
        bars: bars.collect(),
        lines: if lines.is_empty() {
            nothing("none")
        } else {
            lines
        },
    }
}

fn withheld(report: &Report) -> Section {
    let line = |one: &WithheldFigure| {
        let line = impediment(one)
            .own(Role::Quiet, DOT)
            .glued(Role::Strong, count(one.cases, "case").to_string());
        match one.still {
            0 => line,
            still => line
                .own(Role::Quiet, DOT)
                .glued(Role::Held, format!("{still} at the last run")),
        }
    };
    let bars = report.withheld.iter().map(|one| Bar {
        label: impediment(one),
        value: bounded(one.cases),
        of: None,
        says: count(one.cases, "case").to_string(),
        role: Role::Held,
    });
    let lines: Vec<Line> = report.withheld.iter().map(line).collect();
    Section {
        title: "Held, blocked and waiting",
        means: "distinct people and apps, by reason",
        bars: bars.collect(),
        lines: if lines.is_empty() {
            nothing("none")
        } else {
            lines
        },
    }
}

/// What data calls an impediment, in words.
fn words(impediment: &str) -> String {
    match impediment {
        "entry" => "a problem of their own entry".to_owned(),
        "acceptance" => "invitation not accepted yet".to_owned(),
        "expired" => "invitation expired".to_owned(),
        "declined" => "invitation declined".to_owned(),
        "vanished" => "removed from the files without an end".to_owned(),
        "separation" => "a separation of duties".to_owned(),
        "guard" => "a guard refused".to_owned(),
        "requires" => "what it requires is not done".to_owned(),
        "destructive" => "closing destroys data".to_owned(),
        other => other.replace('_', " "),
    }
}

/// `no seat · R14`
fn impediment(one: &WithheldFigure) -> Line {
    let line = Line::default().cell(Role::Text, words(&one.impediment));
    match &one.rule {
        Some(rule) => line.own(Role::Quiet, DOT).cell(Role::Quiet, rule),
        None => line,
    }
}

fn manual(report: &Report) -> Section {
    let lines: Vec<Line> = report
        .manual
        .iter()
        .map(|(app, manual)| {
            Line::default()
                .cell(Role::Strong, app.as_str())
                .own(Role::Quiet, DOT)
                .glued(Role::Text, share(manual.undone))
                .own(Role::Text, " undone")
        })
        .collect();
    let bars = report.manual.iter().map(|(app, manual)| Bar {
        label: Line::default().cell(Role::Text, app.as_str()),
        value: bounded(manual.undone.denominator),
        of: None,
        says: count(manual.undone.denominator, "change").to_string(),
        role: Role::Change,
    });
    Section {
        title: "Changed by hand",
        means: "outside of provisor, as runs found it",
        bars: bars.collect(),
        lines: if lines.is_empty() {
            nothing("nothing")
        } else {
            lines
        },
    }
}

fn seats(report: &Report) -> Section {
    let name = |one: &SeatFigure| {
        Line::default()
            .cell(Role::Strong, one.app.as_str())
            .own(Role::Quiet, DOT)
            .cell(Role::Text, &one.pool)
    };
    let says = |one: &SeatFigure| {
        let number = |number: u32| thousands(number as usize);
        format!(
            "{} of {} used, {} free",
            number(one.used),
            number(one.total),
            number(one.free())
        )
    };
    let line = |one: &SeatFigure| {
        let role = if one.free() == 0 {
            Role::Warning
        } else {
            Role::Text
        };
        name(one).own(Role::Quiet, DOT).glued(role, says(one))
    };
    let bars = report.seats.iter().map(|one| Bar {
        label: name(one),
        value: i64::from(one.used),
        of: Some(i64::from(one.total)),
        says: says(one),
        role: if one.free() == 0 {
            Role::Failed
        } else {
            Role::Done
        },
    });
    let lines: Vec<Line> = report.seats.iter().map(line).collect();
    Section {
        title: "Seats",
        means: "as the last snapshot has them",
        bars: bars.collect(),
        lines: if lines.is_empty() {
            nothing("no app tells of any")
        } else {
            lines
        },
    }
}

fn exceptions(report: &Report) -> Section {
    let lines: Vec<Line> = report.exceptions.iter().map(exception).collect();
    Section {
        title: "Exceptions",
        means: "extras, approvals and allowances that are over, or within 14 days",
        bars: Vec::new(),
        lines: if lines.is_empty() {
            nothing("none")
        } else {
            lines
        },
    }
}

fn exception(one: &Exception) -> Line {
    let line = Line::default();
    let line = if one.past {
        line.own(Role::Warning, "⚠ over since ")
    } else {
        line.own(Role::Text, "until ")
    };
    let line = line
        .glued(Role::Strong, date(one.until))
        .own(Role::Quiet, DOT)
        .own(Role::Text, one.kind.word());
    let line = match &one.person {
        Some(tag) => line.own(Role::Text, " of ").then(person(tag)),
        None => line,
    };
    let line = one
        .apps
        .iter()
        .enumerate()
        .fold(line, |line, (index, app)| {
            line.own(Role::Quiet, if index == 0 { DOT } else { ", " })
                .cell(Role::Text, app.as_str())
        });
    line.own(Role::Quiet, DOT)
        .sentence(Role::Text, one.reason.raw())
        .then(place(Some(&one.at)))
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(report: &Report) -> Line {
    let line = Line::default()
        .own(Role::Heading, "Report: ")
        .glued(Role::Text, count(report.runs.all, "run").to_string());
    let mut line = line;
    if let Some(first) = report.deprovision.longest.first() {
        line = line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "longest open door ")
            .glued(Role::Strong, lasting(first.seconds));
    }
    if report.deprovision.still_open > 0 {
        let open = count_of(report.deprovision.still_open, "still open", "still open");
        line = line
            .own(Role::Quiet, DOT)
            .glued(Role::Failed, open.to_string());
    }
    if report.provision.on_time.denominator > 0 {
        line = line
            .own(Role::Quiet, DOT)
            .glued(Role::Text, share(report.provision.on_time))
            .own(Role::Text, " ready by the first day");
    }
    line
}
