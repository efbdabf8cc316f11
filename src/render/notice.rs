//! What people are told who do not watch: names, apps and numbers. Never what an app said, nor why
//! somebody was ordered to leave.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::model::change::Change;
use crate::model::failure::Failure;
use crate::model::name::AppName;
use crate::model::notice::{Notice, Occasion, Ran, Section};
use crate::model::order::Mandate;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::{AppSummary, Body, Plan};
use crate::model::snapshot::Manifest;
use crate::model::withheld::{Withheld, WithheldState};
use crate::state::Snapshot;

use super::people::{self, Group};
use super::screen::Line;
use super::style::{Colour, Role};
use super::words::{DOT, counts, person};
use super::{failure, guards, impediments, refusals};

/// A notice of lines, which are made inert here; sections without any are left out.
pub fn of(
    occasion: Occasion,
    time: Timestamp,
    title: &Line,
    sections: Vec<(&'static str, Vec<Line>)>,
) -> Notice {
    let sections = sections.into_iter().filter(|(_, lines)| !lines.is_empty());
    let sections = sections.map(|(heading, lines)| Section {
        heading: heading.to_owned(),
        lines: lines.iter().map(row).collect(),
    });
    Notice {
        occasion,
        time,
        rehearsal: false,
        title: row(title),
        sections: sections.collect(),
        link: None,
        run: None,
    }
}

/// That a run was cut short, whose record cannot be written: all that is known for sure is in its journal.
pub fn cut_short(plan: &Plan, time: Timestamp) -> Notice {
    let title = Line::default()
        .cell(Role::Heading, plan.body.organisation.raw())
        .own(Role::Text, ": a run was cut short");
    let todo = Line::default().own(
        Role::Text,
        "Its record cannot be written: see what its job says. The next run looks first what became of \
         each step that had begun.",
    );
    of(Occasion::Apply, time, &title, vec![("To do", vec![todo])])
}

fn row(line: &Line) -> String {
    line.to_row(Colour::Plain)
}

/// What a run did, and what it left: what needs somebody first, then who is who now.
pub fn applied(
    plan: &Plan,
    outcomes: &[StepOutcome],
    snapshot: &Snapshot,
    unread: &[Failure],
) -> Notice {
    let Snapshot { manifest, digest } = snapshot;
    let body = &plan.body;
    let run = manifest.runs.last().map(|record| record.run.clone());
    let title = Line::default()
        .cell(Role::Heading, body.organisation.raw())
        .own(Role::Text, ": ");
    let title = match &run {
        Some(run) => title
            .own(Role::Text, "run ")
            .cell(Role::Text, run.as_str())
            .own(Role::Text, ", "),
        None => title,
    };
    let nothing = body.changes.is_empty() && body.unfinished().next().is_none();
    let title = if nothing {
        title.own(Role::Text, "nothing to do")
    } else {
        title.then(counts(manifest.counts))
    };
    let by_change: HashMap<_, _> = outcomes.iter().map(|step| (&step.change, step)).collect();
    let of = |change: &Change| by_change.get(&change.id).map(|step| &step.outcome);
    let mut sections = vec![
        ("Run", facts(manifest, digest.to_string())),
        ("Failed", failed(body, of)),
        ("Not read", not_read(body, unread)),
        (
            "Refused by a guard",
            body.tripped().map(guards::sentence).collect(),
        ),
        ("Held or blocked", held(body)),
        ("Waiting for their acceptance", waiting(body)),
    ];
    let affected = people::gather(&body.changes);
    sections.extend(Group::ALL.map(|group| {
        let members = people::members(&affected, group).into_iter();
        let lines = members.filter_map(|one| done(one, of));
        (group.title(), lines.collect())
    }));
    let mut notice = self::of(Occasion::Apply, manifest.written, &title, sections);
    notice.link = manifest
        .provenance
        .job
        .as_ref()
        .and_then(|job| link(job.raw()));
    notice.run = run.map(|id| Ran {
        id,
        snapshot: manifest.serial,
        head: *digest,
        counts: manifest.counts,
    });
    notice
}

/// An address of the web, in the spelling in which nothing in it can be markup.
fn link(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let web = matches!(url.scheme(), "https" | "http") && url.host_str().is_some();
    (plain && web).then(|| url.to_string())
}

/// Who ran it, of what, and where that is on record.
fn facts(manifest: &Manifest, head: String) -> Vec<Line> {
    let mut by = Line::default()
        .own(Role::Text, "by ")
        .cell(Role::Text, manifest.actor.raw());
    if let Some(commit) = &manifest.commit {
        let short: String = commit.chars().take(12).collect();
        by = by
            .own(Role::Quiet, DOT)
            .own(Role::Text, "commit ")
            .cell(Role::Text, short);
    }
    if let Some(request) = &manifest.provenance.request {
        by = by
            .own(Role::Quiet, DOT)
            .own(Role::Text, "request ")
            .cell(Role::Text, request.raw());
    }
    for (index, approver) in manifest.provenance.approvers.iter().enumerate() {
        by = if index == 0 {
            by.own(Role::Quiet, DOT).own(Role::Text, "approved by ")
        } else {
            by.own(Role::Text, ", ")
        };
        by = by.cell(Role::Text, approver.raw());
    }
    let mut facts = vec![by];
    if manifest.due.is_some() {
        facts.push(Line::default().own(Role::Text, "what was due; nobody reviewed it (--due)"));
    }
    facts.extend(manifest.mandate.as_ref().map(|mandate| {
        match mandate {
            Mandate::Leave(order) => Line::default()
                .own(Role::Text, "by order ")
                .cell(Role::Text, order.number.to_string())
                .own(Role::Text, ": the departure of ")
                .then(person(&order.person)),
            Mandate::Return {
                person: who,
                rescission,
            } => Line::default()
                .own(Role::Text, "order ")
                .cell(Role::Text, rescission.order.to_string())
                .own(Role::Text, " is rescinded: the return of ")
                .then(person(who)),
        }
    }));
    facts.push(
        Line::default()
            .own(Role::Text, "snapshot ")
            .cell(Role::Text, manifest.serial.to_string())
            .own(Role::Quiet, DOT)
            .cell(Role::Text, head),
    );
    facts
}

/// What somebody must look at: what failed, and what may have happened.
fn failed<'a>(body: &Body, of: impl Fn(&Change) -> Option<&'a Outcome>) -> Vec<Line> {
    let line = |change: &Change| {
        let why = match of(change)? {
            Outcome::Failed { failure } => failure::words(failure),
            Outcome::Unknown { failure } => Line::default()
                .own(Role::Text, "it may have happened: ")
                .then(failure::words(failure)),
            Outcome::Refused { why } => Line::default()
                .own(Role::Text, "not as it was reviewed: ")
                .then(refusals::words(why, &body.time_zone)),
            Outcome::Done { .. }
            | Outcome::AlreadySo { .. }
            | Outcome::Skipped { .. }
            | Outcome::NotStarted => return None,
        };
        let line = Line::default()
            .cell(Role::Strong, change.app.as_str())
            .own(Role::Text, ": ")
            .own(Role::Text, change.action.verb().word());
        let line = match &change.person {
            Some(tag) => line.own(Role::Text, " for ").then(person(tag)),
            None => line,
        };
        Some(line.own(Role::Text, ": ").then(why))
    };
    body.changes.iter().filter_map(line).collect()
}

/// The apps that did not answer, before the run or after it.
fn not_read(body: &Body, after: &[Failure]) -> Vec<Line> {
    let before = body.apps.values().filter_map(|app| match app {
        AppSummary::Unread { failure } => Some(failure),
        AppSummary::Read { .. } | AppSummary::Dropped { .. } => None,
    });
    let mut told: BTreeSet<&AppName> = BTreeSet::new();
    let all = before
        .chain(after)
        .filter(|failure| told.insert(&failure.app));
    let line = |failure: &Failure| {
        Line::default()
            .cell(Role::Strong, failure.app.as_str())
            .own(Role::Text, ": ")
            .then(failure::words(failure))
    };
    all.map(line).collect()
}

/// What is not done until somebody decides.
fn held(body: &Body) -> Vec<Line> {
    let items = body
        .unfinished()
        .filter(|item| !impediments::by_guard(item));
    let line = |item: &Withheld| {
        let app = item.app.as_ref().map_or("the app", AppName::as_str);
        let (happened, _) = impediments::sentences(&item.why, app, &body.time_zone);
        whose(item).own(Role::Text, ": ").then(happened)
    };
    items.map(line).collect()
}

/// Who has an invitation that nobody else can accept.
fn waiting(body: &Body) -> Vec<Line> {
    let items = body.withheld.iter();
    let items = items.filter(|item| item.state == WithheldState::Waiting);
    items.map(whose).collect()
}

/// `Emma Johnson · 1042 · slack`
fn whose(item: &Withheld) -> Line {
    let line = match &item.person {
        Some(tag) => person(tag).own(Role::Quiet, DOT),
        None => Line::default(),
    };
    match &item.app {
        Some(app) => line.cell(Role::Text, app.as_str()),
        None => line.own(Role::Text, "in every app"),
    }
}

/// `Emma Johnson · 1042: okta, slack`, the apps in which something was done for them.
fn done<'a>(
    affected: &people::Affected<'_>,
    of: impl Fn(&Change) -> Option<&'a Outcome>,
) -> Option<Line> {
    let good = |change: &&&Change| of(change).is_some_and(Outcome::is_good);
    let done = affected.changes.iter().filter(good);
    let apps: BTreeSet<&AppName> = done.map(|change| &change.app).collect();
    if apps.is_empty() {
        return None;
    }
    let line = affected
        .person
        .map_or_else(Line::default, |tag| person(tag).own(Role::Text, ": "));
    let apps = apps.into_iter().enumerate();
    Some(apps.fold(line, |line, (index, app)| {
        let line = line.own(Role::Text, if index == 0 { "" } else { ", " });
        line.cell(Role::Text, app.as_str())
    }))
}
