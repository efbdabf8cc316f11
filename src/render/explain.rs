//! Why somebody has what they have, on a page.

use crate::model::reason::Reason;
use crate::reports::explain::{
    AppFacts, Explanation, Held, LeaveFacts, PeriodFacts, Stands, Wanted,
};

use super::reasons::explain;
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, person, place};

/// The widest that a value may make the column of values.
const WIDEST: usize = 40;

/// One person, in the apps asked about.
pub fn text(explanation: &Explanation, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    let at = |instant| instant_in(instant, &explanation.time_zone);
    screen.line(
        person(&explanation.person)
            .own(Role::Quiet, DOT)
            .cell(Role::Text, explanation.email.raw())
            .then(place(Some(&explanation.entry)))
            .hang(2),
    );
    let mut line = Line::at(2)
        .own(Role::Quiet, "as of ")
        .glued(Role::Quiet, at(explanation.as_of));
    if let Some(until) = explanation.access_until {
        let words = if until <= explanation.as_of {
            "access ended "
        } else {
            "access ends "
        };
        line = line
            .own(Role::Quiet, DOT)
            .own(Role::Text, words)
            .glued(Role::Text, at(until));
    }
    screen.line(line);
    if let Some(problem) = &explanation.problem {
        screen.line(
            Line::at(2)
                .hang(4)
                .own(Role::Held, "? held: ")
                .sentence(Role::Text, problem.raw())
                .own(Role::Quiet, DOT)
                .own(
                    Role::Quiet,
                    "nothing is given or taken until the entry is mended: provisor validate",
                ),
        );
    }
    if let Some(leave) = &explanation.leave {
        screen.line(absence(leave));
    }
    screen.section(Line::default().own(Role::Heading, "Periods"));
    for one in &explanation.periods {
        screen.line(period(one));
    }
    for app in &explanation.apps {
        screen.blank();
        write_app(app, explanation, &mut screen);
    }
    screen
}

fn absence(leave: &LeaveFacts) -> Line {
    let line = Line::at(2)
        .hang(4)
        .own(Role::Text, "on leave since ")
        .glued(Role::Text, date(leave.from));
    let line = match leave.until {
        Some(until) => line
            .own(Role::Text, " until ")
            .glued(Role::Text, date(until)),
        None => line,
    };
    let says = if leave.suspends {
        "accounts are closed until the return, where that can be undone"
    } else {
        "accounts stay open"
    };
    line.own(Role::Quiet, DOT).own(Role::Text, says)
}

fn period(period: &PeriodFacts) -> Line {
    let line = Line::at(2).hang(4).glued(Role::Text, date(period.from));
    let line = match period.until {
        Some(until) => line.own(Role::Text, " to ").glued(Role::Text, date(until)),
        None => line.own(Role::Text, " on"),
    };
    let mut line = line
        .own(Role::Quiet, DOT)
        .cell(Role::Strong, period.job_code.as_str());
    for profile in &period.matching {
        line = line
            .own(Role::Text, " and ")
            .cell(Role::Text, profile.as_str());
        line = line.own(Role::Quiet, " (matches)");
    }
    line.own(Role::Quiet, DOT)
        .own(Role::Text, period.employment)
        .own(Role::Quiet, DOT)
        .own(
            Role::Text,
            match period.stands {
                Stands::Over => "over",
                Stands::Runs => "runs",
                Stands::ToCome => "to come",
            },
        )
        .then(place(Some(&period.at)))
}

fn write_app(app: &AppFacts, explanation: &Explanation, screen: &mut Screen) {
    let at = |instant| instant_in(instant, &explanation.time_zone);
    let (role, symbol, words) = match app.want {
        Wanted::Account { .. } => (Role::Done, "✓ ", "an account"),
        Wanted::NotYet { .. } => (Role::Warning, "  ", "not yet"),
        Wanted::Closed => (Role::Remove, "- ", "no open account"),
        Wanted::Nothing => (Role::Quiet, "  ", "nothing"),
    };
    let line = Line::default()
        .own(role, symbol)
        .cell(Role::Strong, app.app.as_str())
        .own(Role::Quiet, DOT)
        .cell(Role::Quiet, app.kind)
        .own(Role::Quiet, DOT)
        .own(role, words);
    screen.line(
        match app.want {
            Wanted::Account { opened } => line
                .own(Role::Quiet, DOT)
                .own(Role::Text, "provisioning opened ")
                .glued(Role::Text, at(opened)),
            Wanted::NotYet { opens } => line
                .own(Role::Quiet, DOT)
                .own(Role::Text, "provisioning opens ")
                .glued(Role::Text, at(opens)),
            Wanted::Closed | Wanted::Nothing => line,
        }
        .hang(4),
    );
    let names = app.holds.iter().map(name);
    let widest = names.clone().map(|name| name.columns()).max();
    let column = widest.unwrap_or(0).clamp(4 + "because".len(), WIDEST) + 3;
    let row = |title| {
        let line = Line::at(4).hang(column).own(Role::Quiet, title);
        line.to_column(column)
    };
    screen.line(row("because").then(reasons(&app.reasons)));
    if !app.named_by.is_empty() {
        screen.line(row("named by").then(reasons(&app.named_by)));
    }
    if let Some(by) = &app.provided_by {
        let line = row("made by").cell(Role::Text, by.app.as_str());
        let line = line.own(Role::Text, " for whoever holds ");
        let line = line.sentence(Role::Text, by.groups.join(" or "));
        screen.line(line.then(place(Some(&by.at))));
    }
    if app.want == Wanted::Nothing {
        let says = if explanation.problem.is_some() {
            "an account that is there stays as it is until the entry is mended"
        } else {
            "an account that a run of ours made is closed; any other is reported"
        };
        screen.line(row("so").own(Role::Quiet, says));
    }
    if app.stays_on_leave {
        let says = "stays open on leave: closing it cannot be undone";
        screen.line(row("leave").own(Role::Text, says));
    }
    for (held, name) in app.holds.iter().zip(names) {
        screen.line(
            name.hang(column)
                .to_column(column)
                .then(reasons(&held.reasons)),
        );
    }
}

fn name(held: &Held) -> Line {
    let line = Line::at(4)
        .cell(Role::Text, &held.kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, &held.value);
    let line = match &held.level {
        Some(level) => line.own(Role::Text, " = ").cell(Role::Text, level),
        None => line,
    };
    if held.privileged {
        line.own(Role::Privileged, " privileged")
    } else {
        line
    }
}

fn reasons(reasons: &[Reason]) -> Line {
    let mut line = Line::default();
    for reason in reasons {
        if !line.is_empty() {
            line = line.own(Role::Quiet, "; ");
        }
        line = line.then(explain(reason, None, Role::Text));
    }
    line
}
