//! What each guard found (R20): the arithmetic, who is refused, and what would allow it.

use std::collections::BTreeMap;

use crate::base::count::thousands;
use crate::model::change::{Change, PersonTag, Verb};
use crate::model::guard::{Guard, Judgement, Verdict};
use crate::model::name::AppName;
use crate::model::plan::{AppSummary, Body};
use crate::model::withheld::{Impediment, Withheld};

use super::allowances;
use super::people::{Detail, and_more};
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, place};

/// How many people a refusal names.
const NAMED: usize = 20;

/// Writes what tripped, with whom it concerns, and what was allowed; what passed line by line in
/// full, else in one.
pub fn write(body: &Body, detail: Detail, screen: &mut Screen) {
    if body.guards.is_empty() && body.unused.is_empty() {
        return;
    }
    screen.section(
        Line::default()
            .own(Role::Heading, "Guards")
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "over this plan and the last seven days"),
    );
    for judgement in body.tripped() {
        screen.line(sentence(judgement));
        let refused = refused(body, judgement);
        if !refused.is_empty() {
            screen.line(
                Line::at(4)
                    .hang(6)
                    .own(Role::Text, "refused: ")
                    .then(names(&refused)),
            );
        }
        screen.line(
            Line::at(4)
                .hang(6)
                .own(Role::Text, "→ ")
                .then(todo(judgement)),
        );
    }
    let mut passed = 0;
    for judgement in body.guards.iter().filter(|one| !one.tripped()) {
        if detail == Detail::Full || judgement.verdict != Verdict::Passed {
            screen.line(sentence(judgement));
        } else {
            passed += 1;
        }
    }
    for line in allowances::lines(body) {
        screen.line(line);
    }
    if passed > 0 {
        screen.line(within(passed));
    }
    let line = match detail {
        Detail::Full => unchecked(body),
        Detail::Brief => unguarded(body),
    };
    if let Some(line) = line {
        screen.line(line);
    }
}

/// `✓ 12 within their limits`
pub fn within(passed: usize) -> Line {
    Line::at(2)
        .own(Role::Done, "✓ ")
        .glued(Role::Text, thousands(passed))
        .own(Role::Text, " within their limits")
}

/// The first of them by name.
pub fn names(people: &[&PersonTag]) -> Line {
    let shown = people.iter().take(NAMED).enumerate();
    let line = shown.fold(Line::default(), |line, (index, tag)| {
        line.own(Role::Text, if index == 0 { "" } else { ", " })
            .cell(Role::Strong, tag.name.raw())
            .own(Role::Text, " (")
            .cell(Role::Text, tag.id.as_str())
            .own(Role::Text, ")")
    });
    and_more(line, people.len(), NAMED)
}

/// Whom a guard refuses something, each once.
pub fn refused<'a>(body: &'a Body, judgement: &Judgement) -> Vec<&'a PersonTag> {
    let by_it = |item: &&Withheld| matches!(&item.why, Impediment::Guard { judgement: by } if by == judgement);
    let people = body.withheld.iter().filter(by_it);
    let people = people.filter_map(|item| item.person.as_ref());
    let people: BTreeMap<_, _> = people.map(|person| (&person.id, person)).collect();
    people.into_values().collect()
}

/// `× slack deactivations: 7 of 120 = 5.8 %, limit 5 % (at least 3, at most 100)`
pub fn sentence(judgement: &Judgement) -> Line {
    let (role, sign) = match judgement.verdict {
        Verdict::Tripped => (Role::Blocked, "× "),
        Verdict::Overridden { .. } => (Role::Warning, "⚠ "),
        Verdict::Passed => (Role::Done, "✓ "),
    };
    let line = Line::at(2).hang(4).own(role, sign);
    let line = match &judgement.app {
        Some(app) => line.cell(Role::Strong, app.as_str()).own(Role::Text, " "),
        None => line,
    };
    let line = line
        .own(Role::Text, noun(judgement))
        .own(Role::Text, ": ")
        .then(arithmetic(judgement));
    match &judgement.verdict {
        Verdict::Overridden { reason, entry } => line
            .own(Role::Text, "; allowed: ")
            .sentence(Role::Text, reason.raw())
            .then(place(entry.as_ref().map(|entry| &entry.at))),
        Verdict::Tripped | Verdict::Passed => line,
    }
}

/// `7 of 120 = 5.8 %, limit 5 % (at least 3, at most 100)`; of administrators, `1 of 3 left, at
/// least 2`
pub fn arithmetic(judgement: &Judgement) -> Line {
    let Judgement { recent, base, .. } = *judgement;
    if judgement.guard == Guard::Administrators {
        let left = thousands(judgement.planned);
        let least = thousands(judgement.limit.of(base));
        return Line::default()
            .glued(Role::Text, format!("{left} of {} left", thousands(base)))
            .own(Role::Text, ", ")
            .glued(Role::Quiet, format!("at least {least}"));
    }
    let number = judgement.number();
    let thousandths = (number * 1_000 + base / 2).checked_div(base);
    let share = thousandths.map_or_else(String::new, |thousandths| {
        format!(" = {}.{} %", thousandths / 10, thousandths % 10)
    });
    let mut line = Line::default().glued(
        Role::Text,
        format!("{} of {}{share}", thousands(number), thousands(base)),
    );
    if recent > 0 {
        let words = format!("{} in the last 7 days", thousands(recent));
        line = line
            .own(Role::Text, " (")
            .glued(Role::Text, words)
            .own(Role::Text, ")");
    }
    line.own(Role::Text, ", ")
        .glued(Role::Quiet, judgement.limit.to_string())
}

/// What follows, and what would allow it.
pub fn todo(judgement: &Judgement) -> Line {
    let means = match judgement.guard {
        Guard::ShrunkenFiles => "Nothing is taken or closed anywhere. If so many are to leave, ",
        Guard::ShortRead => "Nothing is made or taken there. If so many accounts are gone, ",
        Guard::Administrators => {
            "None of them loses it. Give it to somebody else first; if so few are enough, "
        }
        _ if judgement.app.is_none() => "None of these is done in any app. If all are right, ",
        _ => "None of these is done there. If all are right, ",
    };
    Line::default()
        .own(Role::Text, means)
        .cell(
            Role::Strong,
            format!("--allow {} --reason \"…\"", judgement.exact()),
        )
        .own(Role::Text, ".")
}

fn noun(judgement: &Judgement) -> &'static str {
    match (judgement.guard, judgement.app.is_some()) {
        (Guard::Deactivations, true) => "deactivations",
        (Guard::Deactivations, false) => "people losing accounts",
        (Guard::Removals, _) => "accounts that something is taken from",
        (Guard::Updates, _) => "accounts updated",
        (Guard::Reactivations, true) => "reactivations",
        (Guard::Reactivations, false) => "people coming back",
        (Guard::Creates, _) => "creates",
        (Guard::ShortRead, _) => "accounts missing from the reading",
        (Guard::Administrators, _) => "administrators",
        (Guard::ShrunkenFiles, _) => "people at work whom an edit of the files removed or ended",
    }
}

/// The apps in which a plan closes accounts, and nothing tells who administers them: on every page.
pub fn unguarded(body: &Body) -> Option<Line> {
    let mut unnamed = unnamed(body);
    unnamed.retain(|app| {
        let closes =
            |change: &Change| change.app == **app && change.action.verb() == Verb::Deactivate;
        body.changes.iter().any(closes) || body.also_closed.iter().any(|one| one.app == **app)
    });
    line_of([(LAST, unnamed, NAMES_ONE)])
}

const LAST: &str = "the last administrators of ";
const NAMES_ONE: &str =
    " (`administrators` in provisor.toml names what makes one, accounts.toml who is one)";

fn unnamed(body: &Body) -> Vec<&AppName> {
    let lacks = |app: &AppSummary| matches!(app, AppSummary::Read { administrators, .. } if administrators.is_none());
    let apps = body.apps.iter().filter(|(_, app)| lacks(app));
    apps.map(|(name, _)| name).collect()
}

/// The apps in which a guard has nothing to go by: said, not passed over.
pub fn unchecked(body: &Body) -> Option<Line> {
    let lacks = |app: &AppSummary| matches!(app, AppSummary::Read { own, .. } if own.is_none());
    let untold = body.apps.iter().filter(|(_, app)| lacks(app));
    let untold = untold.map(|(name, _)| name).collect();
    line_of([
        (LAST, unnamed(body), NAMES_ONE),
        (
            "the account whose credentials we use in ",
            untold,
            " (the app does not tell it: list it in `protected`)",
        ),
    ])
}

/// What is not checked, where, and what would let it be.
fn line_of<'a>(
    parts: impl IntoIterator<Item = (&'static str, Vec<&'a AppName>, &'static str)>,
) -> Option<Line> {
    let mut line = None;
    for (what, apps, todo) in parts.into_iter().filter(|(_, apps, _)| !apps.is_empty()) {
        let start = match line {
            None => Line::at(2).hang(4).own(Role::Quiet, "not checked: "),
            Some(line) => Line::own(line, Role::Quiet, "; "),
        };
        let names = apps.iter().enumerate();
        let names = names.fold(start.own(Role::Quiet, what), |line, (index, app)| {
            line.own(Role::Quiet, if index == 0 { "" } else { ", " })
                .cell(Role::Quiet, app.as_str())
        });
        line = Some(names.own(Role::Quiet, todo));
    }
    line
}
