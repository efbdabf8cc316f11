//! A plan as text: who loses access, who joins, what is held, on the first screen.

use crate::base::count::{count, count_of, thousands};
use crate::model::change::Verb;
use crate::model::failure::Failure;
use crate::model::name::AppName;
use crate::model::order::Ordered;
use crate::model::plan::{AlsoClosed, AppSummary, Body, Plan, SettingChange};
use crate::model::withheld::{Impediment, WithheldState};

use crate::model::reminder::{Reminder, Reminds};

pub use super::people::Detail;
use super::people::{self, and_more};
use super::screen::{Line, Screen};
use super::shown::Shown;
use super::steps;
use super::style::Role;
use super::upcoming::words;
use super::words::{DOT, date, instant_in, person, place};
use super::{causes, failure, guards, impediments, leftover, privileged, scope, unnamed};

/// How many of a list of things that are only reported.
const LISTED: usize = 10;

/// A plan as a page.
pub fn text<'a>(shown: impl Into<Shown<'a>>, detail: Detail, width: usize) -> Screen {
    let shown = shown.into();
    let plan = shown.plan;
    let body = &plan.body;
    let mut screen = Screen::new(width);
    heading(shown, &mut screen);
    if body.changes.is_empty() {
        screen.section(nothing(body));
    }
    let tripped = body.tripped().next().is_some();
    if tripped {
        guards::write(body, detail, &mut screen);
    }
    privileged::write(body, &mut screen);
    let people = people::by_cause(&body.changes);
    people::overview(&people, &body.withheld, &mut screen);
    people::write(&people, detail, &mut screen);
    impediments::write(&body.withheld, body, &mut screen);
    leftover::write(body, &mut screen);
    surplus(body, &mut screen);
    unmanaged(body, &mut screen);
    upcoming(body, &mut screen);
    if !tripped {
        guards::write(body, detail, &mut screen);
    }
    screen.blank();
    screen.line(origin(plan, detail));
    screen.line(counts(body));
    screen
}

/// The apps of which not all was read.
pub(super) fn unread(body: &Body) -> impl Iterator<Item = &AppName> {
    body.apps
        .iter()
        .filter(|(_, summary)| {
            !matches!(
                summary,
                AppSummary::Dropped { .. }
                    | AppSummary::Read {
                        incomplete: None,
                        ..
                    }
            )
        })
        .map(|(app, _)| app)
}

/// What the plan is of, with everything that makes it less than whole before all else (R21, R25).
fn heading(shown: Shown<'_>, screen: &mut Screen) {
    let body = &shown.plan.body;
    let incomplete = unread(body).next().is_some();
    let dropped = |summary: &&AppSummary| matches!(summary, AppSummary::Dropped { .. });
    let configured = body.apps.len() - body.apps.values().filter(dropped).count();
    let line = if shown.is_stale() {
        Line::default()
            .own(Role::Blocked, "× STALE")
            .own(Role::Heading, " plan for ")
    } else if incomplete {
        Line::default()
            .own(Role::Blocked, "× INCOMPLETE")
            .own(Role::Heading, " plan for ")
    } else if body.tripped().next().is_some() {
        Line::default()
            .own(Role::Blocked, "× BLOCKED")
            .own(Role::Heading, " plan for ")
    } else {
        Line::default().own(Role::Heading, "Plan for ")
    };
    screen.line(
        line.hang(2)
            .cell(Role::Heading, body.organisation.raw())
            .own(Role::Heading, " as of ")
            .glued(Role::Heading, instant_in(body.as_of, &body.time_zone))
            .own(Role::Quiet, DOT)
            .glued(Role::Quiet, count(configured, "app").to_string()),
    );
    if let Some(line) = shown.warning() {
        screen.line(line);
    }
    for Warning { line, failure } in warnings(body) {
        screen.line(line);
        if let Some(failure) = failure {
            failure::details(failure, 2, screen);
        }
    }
    if let Some(line) = causes::line(body) {
        screen.line(line);
    }
}

/// Something that makes a plan less than whole.
pub(super) struct Warning<'a> {
    /// What.
    pub line: Line,
    /// What the app said, if that is the reason.
    pub failure: Option<&'a Failure>,
}

/// Settings that changed, before all else (R20), and everything that makes a plan less than whole
/// (R21, R25).
pub(super) fn warnings(body: &Body) -> Vec<Warning<'_>> {
    let settings = body.changed_settings.iter().map(of_setting);
    let selected = scope::warnings(body).map(|line| Warning {
        line,
        failure: None,
    });
    let mut warnings: Vec<Warning<'_>> = settings.chain(selected).collect();
    warnings.extend(body.apps.iter().filter_map(of_app));
    if body.out_of_scope > 0 {
        let people = count_of(body.out_of_scope, "person", "people");
        let line = Line::default()
            .hang(2)
            .own(Role::Warning, "⚠ scope")
            .own(Role::Text, ": ")
            .glued(Role::Text, people.to_string())
            .own(Role::Text, " outside of it; nothing is given to them");
        warnings.push(Warning {
            line,
            failure: None,
        });
    }
    if body.first_run {
        let line = Line::default()
            .hang(2)
            .own(Role::Warning, "⚠ first run")
            .own(
                Role::Text,
                ": there is no snapshot yet. What the files do not name is left alone, and \
                 nothing is inferred from history.",
            );
        warnings.push(Warning {
            line,
            failure: None,
        });
    }
    let reminders = body.reminders.iter().map(reminder);
    let also = body.also_closed.iter().map(also_closed);
    let ordered = body
        .ordered
        .iter()
        .map(|one| of_order(one, &body.time_zone));
    let lines = ordered
        .chain(also)
        .chain(unnamed::lines(body))
        .chain(reminders);
    warnings.extend(lines.map(|line| Warning {
        line,
        failure: None,
    }));
    warnings
}

/// `⚠ changed setting apps.slack.mode: report → enforce`
fn of_setting(change: &SettingChange) -> Warning<'_> {
    let text = |text: &Option<String>| match text {
        Some(text) => Line::default().cell(Role::Strong, text),
        None => Line::default().own(Role::Quiet, "(none)"),
    };
    let line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ changed setting ")
        .cell(Role::Strong, &change.key)
        .own(Role::Text, ": ")
        .then(text(&change.before))
        .own(Role::Text, " → ")
        .then(text(&change.after));
    Warning {
        line,
        failure: None,
    }
}

/// `⚠ also closed salesforce of Grace Kim (0007): closing in okta also closes this account; …`
fn also_closed(closed: &AlsoClosed) -> Line {
    let line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ also closed ")
        .cell(Role::Strong, closed.app.as_str());
    let line = match &closed.account {
        Some(account) => line
            .own(Role::Text, " ")
            .cell(Role::Text, account.login.raw()),
        None => line,
    };
    let line = match &closed.person {
        Some(tag) => line.own(Role::Text, " of ").then(person(tag)),
        None => line,
    };
    let line = line
        .own(Role::Text, ": closing in ")
        .cell(Role::Text, closed.source.as_str())
        .own(Role::Text, " also closes this account");
    match &closed.despite {
        Some(Impediment::Protected { .. }) => {
            line.own(Role::Text, "; `protected` there does not stop it")
        }
        Some(Impediment::Mode { mode }) => line
            .own(Role::Text, "; mode ")
            .own(Role::Strong, mode.word())
            .own(Role::Text, " there does not stop it"),
        Some(_) => line.own(
            Role::Text,
            "; what is held or blocked there does not stop it",
        ),
        None => line.own(Role::Text, ", though nothing is planned there"),
    }
}

/// `⚠ Grace Kim · 0007 left by order 2 on 7 March 2026, 15:00 PST; people.toml:12 still has them`
fn of_order(ordered: &Ordered, zone: &str) -> Line {
    let line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ ")
        .then(person(&ordered.person))
        .own(Role::Text, " left by order ")
        .cell(Role::Strong, ordered.order.to_string())
        .own(Role::Text, " as of ")
        .glued(Role::Text, instant_in(ordered.at, zone))
        .own(Role::Text, "; the files still have them");
    let line = match ordered.until {
        Some(day) => line.own(Role::Text, " until ").glued(Role::Text, date(day)),
        None => line.own(Role::Text, ": give their entry an end"),
    };
    line.then(place(Some(&ordered.entry)))
}

/// A listed account that somebody should look at (R5).
fn reminder(reminder: &Reminder) -> Line {
    let line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ ")
        .own(Role::Warning, reminder.kind.word())
        .own(Role::Text, " account ")
        .cell(Role::Strong, reminder.login.raw())
        .own(Role::Text, " in ")
        .cell(Role::Text, reminder.app.as_str());
    let line = match reminder.why {
        Reminds::ReviewDue { review } => line
            .own(Role::Text, ": its review was due on ")
            .glued(Role::Text, date(review))
            .own(Role::Text, "; ")
            .then(person(&reminder.owner))
            .own(Role::Text, " answers for it"),
        Reminds::OwnerLeft { last_day } => line
            .own(Role::Text, ": ")
            .then(person(&reminder.owner))
            .own(Role::Text, ", who answers for it, left on ")
            .glued(Role::Text, date(last_day)),
    };
    line.then(place(Some(&reminder.at)))
}

fn of_app<'a>((app, summary): (&AppName, &'a AppSummary)) -> Option<Warning<'a>> {
    let about = |role, word| {
        Line::default()
            .hang(2)
            .own(role, word)
            .own(Role::Text, " ")
            .cell(Role::Strong, app.as_str())
            .own(Role::Text, ": ")
    };
    let (line, failure) = match summary {
        AppSummary::Unread { failure } => (
            about(Role::Blocked, "× unread")
                .then(failure::words(failure))
                .own(Role::Text, "; nothing is planned there"),
            Some(failure),
        ),
        AppSummary::Read {
            incomplete: Some(because),
            ..
        } => (
            about(Role::Blocked, "× incomplete")
                .sentence(Role::Text, because)
                .own(Role::Text, "; what that leaves uncertain is not done there"),
            None,
        ),
        AppSummary::Dropped { open } if *open > 0 => (
            about(Role::Warning, "⚠ no longer in provisor.toml")
                .glued(Role::Text, count(*open, "account").to_string())
                .own(Role::Text, " of people stay as they are there"),
            None,
        ),
        AppSummary::Dropped { .. } | AppSummary::Read { .. } => return None,
    };
    Some(Warning { line, failure })
}

pub(super) fn surplus(body: &Body, screen: &mut Screen) {
    if body.surplus.is_empty() {
        return;
    }
    reported(
        "Surplus",
        count(body.surplus.len(), "account").to_string(),
        "of people to whom no profile gives the app: reported only",
        screen,
    );
    for surplus in body.surplus.iter().take(LISTED) {
        screen.line(
            Line::at(2)
                .hang(4)
                .cell(Role::Text, surplus.app.as_str())
                .own(Role::Text, " ")
                .then(person(&surplus.person))
                .own(Role::Quiet, DOT)
                .own(Role::Quiet, surplus.status.word()),
        );
    }
    more(body.surplus.len(), screen);
}

pub(super) fn unmanaged(body: &Body, screen: &mut Screen) {
    if body.unmanaged.is_empty() {
        return;
    }
    reported(
        "Unmanaged",
        count(body.unmanaged.len(), "account").to_string(),
        "of nobody: reported only",
        screen,
    );
    for account in body.unmanaged.iter().take(LISTED) {
        screen.line(
            Line::at(2)
                .hang(4)
                .cell(Role::Text, account.app.as_str())
                .own(Role::Text, " ")
                .cell(Role::Text, account.account.login.raw())
                .own(Role::Quiet, DOT)
                .own(Role::Quiet, account.status.word()),
        );
    }
    more(body.unmanaged.len(), screen);
}

pub(super) fn upcoming(body: &Body, screen: &mut Screen) {
    if body.upcoming.is_empty() {
        return;
    }
    reported(
        "Upcoming",
        count(body.upcoming.len(), "event").to_string(),
        "that dates bring within 14 days",
        screen,
    );
    for upcoming in body.upcoming.iter().take(LISTED) {
        screen.line(
            Line::at(2)
                .hang(4)
                .glued(Role::Text, date(upcoming.on))
                .to_column(20)
                .then(words(upcoming, &body.time_zone)),
        );
    }
    more(body.upcoming.len(), screen);
}

fn reported(title: &'static str, number: String, means: &'static str, screen: &mut Screen) {
    screen.section(
        Line::default()
            .hang(2)
            .own(Role::Heading, title)
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, number)
            .own(Role::Quiet, " ")
            .own(Role::Quiet, means),
    );
}

fn more(all: usize, screen: &mut Screen) {
    let line = and_more(Line::at(1), all, LISTED);
    if !line.is_empty() {
        screen.line(line);
    }
}

/// Says no more than what is known: an app that was not read may well differ from the files.
fn nothing(body: &Body) -> Line {
    let words = if unread(body).next().is_some() {
        "Nothing to do in the apps that could be read in full."
    } else if body.tripped().next().is_some() {
        "Nothing is done: guards refuse what the files ask for."
    } else if body.withheld.is_empty() && body.held_through.is_empty() {
        "Nothing to do: all accounts are as the files say."
    } else {
        "Nothing to do: all other accounts are as the files say."
    };
    Line::default().own(Role::Strong, words)
}

/// What a reviewer quotes: the plan's id, and the commit.
fn origin(plan: &Plan, detail: Detail) -> Line {
    let line = Line::default()
        .own(Role::Quiet, "plan ")
        .cell(Role::Quiet, plan.id().short());
    let line = match &plan.envelope.commit {
        Some(commit) => line
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "commit ")
            .cell(Role::Quiet, commit.chars().take(12).collect::<String>()),
        None => line,
    };
    if detail == Detail::Brief && !plan.body.changes.is_empty() {
        line.own(Role::Quiet, DOT)
            .own(Role::Quiet, "every reason, to file and line: --full")
    } else {
        line
    }
}

/// The last line, good by itself when only the tail of a log is seen. Zeros are left out, except
/// where zero is what one looks for.
fn counts(body: &Body) -> Line {
    let mut line = Line::default().hang(6).own(Role::Heading, "Plan: ");
    for (index, verb) in Verb::ALL.into_iter().enumerate() {
        let verbs = body.changes.iter().map(|change| change.action.verb());
        let number = verbs.filter(|other| *other == verb).count();
        if number == 0 && verb != Verb::Deactivate {
            continue;
        }
        line = part(line, index > 0, number, steps::role(verb))
            .own(Role::Text, "\u{a0}to\u{a0}")
            .own(Role::Text, verb.word());
    }
    let given = privileged::changes(body).count();
    if given > 0 {
        line = part(line, true, given, Role::Privileged).own(Role::Text, "\u{a0}privileged");
    }
    for (state, role, word) in [
        (WithheldState::Held, Role::Held, "\u{a0}held"),
        (WithheldState::Blocked, Role::Failed, "\u{a0}blocked"),
    ] {
        let number = number_of(body, state);
        line = part(line, true, number, role).own(Role::Text, word);
    }
    for (state, role, word) in [
        (WithheldState::Skipped, Role::Held, "\u{a0}skipped"),
        (WithheldState::Waiting, Role::Quiet, "\u{a0}waiting"),
        (
            WithheldState::Reported,
            Role::Quiet,
            "\u{a0}reported\u{a0}only",
        ),
        (
            WithheldState::Unreviewed,
            Role::Quiet,
            "\u{a0}not\u{a0}reviewed",
        ),
    ] {
        let number = number_of(body, state);
        if number > 0 {
            line = part(line, true, number, role).own(Role::Text, word);
        }
    }
    for (index, app) in unread(body).enumerate() {
        line = line
            .own(
                Role::Failed,
                if index == 0 {
                    "\u{a0}· INCOMPLETE:\u{a0}"
                } else {
                    ", "
                },
            )
            .cell(Role::Failed, app.as_str());
    }
    line
}

fn number_of(body: &Body, state: WithheldState) -> usize {
    let withheld = body.withheld.iter();
    withheld.filter(|item| item.state == state).count()
}

fn part(line: Line, dot: bool, number: usize, role: Role) -> Line {
    let role = if number == 0 { Role::Text } else { role };
    line.own(Role::Quiet, if dot { DOT } else { "" })
        .cell(role, thousands(number))
}
