//! Snapshots as text: the list, and one of them.

use std::collections::BTreeMap;

use crate::base::Digest;
use crate::base::count::{count, count_of, thousands};
use crate::model::name::AppName;
use crate::model::observation::Completeness;
use crate::model::order::Mandate;
use crate::model::snapshot::{Manifest, ReadingRecord, RunEnd};

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, counts, instant, person};

/// The accounts of one app in a snapshot, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCounts {
    /// In use.
    pub active: usize,
    /// Invited, not yet accepted.
    pub pending: usize,
    /// Suspended or deactivated.
    pub inactive: usize,
    /// How complete the reading is.
    pub completeness: Completeness,
}

/// The snapshots, each with the digest of its manifest, in the order given.
pub fn list(snapshots: &[(Digest, &Manifest)], width: usize) -> Screen {
    let mut screen = Screen::new(width);
    if snapshots.is_empty() {
        screen
            .line(Line::default().own(Role::Text, "No snapshot yet: the first apply writes one."));
        return screen;
    }
    for (head, manifest) in snapshots {
        let mut line = Line::default()
            .hang(8)
            .cell(Role::Strong, manifest.serial.to_string())
            .to_column(8)
            .glued(Role::Text, instant(manifest.written))
            .to_column(34)
            .cell(Role::Quiet, head.short())
            .to_column(48);
        line = runs(line, manifest);
        line = line.own(Role::Quiet, DOT).then(counts(manifest.counts));
        if manifest.due.is_some() {
            line = line.own(Role::Quiet, DOT).own(Role::Quiet, "unreviewed");
        }
        screen.line(line);
    }
    screen
}

/// One snapshot, with the accounts of each app where they are known.
pub fn show(
    head: Digest,
    manifest: &Manifest,
    accounts: &BTreeMap<AppName, AccountCounts>,
    width: usize,
) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(
        Line::default()
            .own(Role::Heading, "Snapshot ")
            .cell(Role::Heading, manifest.serial.to_string())
            .own(Role::Quiet, DOT)
            .glued(Role::Text, instant(manifest.written)),
    );
    screen.blank();
    let field = |name: &'static str| Line::at(2).hang(16).own(Role::Quiet, name).to_column(16);
    screen.line(field("head").cell(Role::Text, head.to_string()));
    screen.line(match &manifest.previous {
        Some(previous) => field("previous").cell(Role::Text, previous.to_string()),
        None => field("previous").own(Role::Text, "none: the chain starts here"),
    });
    screen.line(field("as of").glued(Role::Text, instant(manifest.as_of)));
    screen.line(runs(field("runs"), manifest));
    screen.line(field("actor").cell(Role::Text, manifest.actor.raw()));
    if let Some(due) = manifest.due {
        screen.line(
            field("review")
                .own(Role::Warning, "none")
                .own(Role::Text, ": what was due since the reviewed run as of ")
                .glued(Role::Text, instant(due.reviewed)),
        );
    }
    if let Some(reason) = &manifest.reason {
        screen.line(field("reason").cell(Role::Text, reason.raw()));
    }
    if let Some(mandate) = &manifest.mandate {
        screen.line(by_order(field("order"), mandate));
    }
    if let Some(commit) = &manifest.commit {
        screen.line(field("commit").cell(Role::Text, commit));
    }
    provenance(&mut screen, manifest);
    screen.line(field("plan").cell(Role::Text, manifest.plan.to_string()));
    screen.line(field("configuration").cell(Role::Text, manifest.configuration.to_string()));
    screen.line(field("provisor").cell(Role::Text, &manifest.tool));
    screen.line(field("changes").then(counts(manifest.counts)));
    screen.section(
        Line::default()
            .own(Role::Heading, "Apps")
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, thousands(manifest.apps.len())),
    );
    for (app, readings) in &manifest.apps {
        let line = Line::at(2)
            .hang(4)
            .cell(Role::Strong, app.as_str())
            .own(Role::Quiet, DOT);
        let line = reading(line, &readings.after);
        screen.line(line);
        if let Some(accounts) = accounts.get(app) {
            screen.line(Line::at(4).hang(6).then(of_app(accounts)));
        }
    }
    screen
}

/// Who ordered what of whom, and why.
pub(super) fn by_order(line: Line, mandate: &Mandate) -> Line {
    let (number, words, at, actor, reason) = match mandate {
        Mandate::Leave(order) => (
            order.number,
            " leaves as of ",
            order.at,
            &order.actor,
            &order.reason,
        ),
        Mandate::Return { rescission, .. } => (
            rescission.order,
            " comes back, rescinded ",
            rescission.given,
            &rescission.actor,
            &rescission.reason,
        ),
    };
    line.cell(Role::Strong, number.to_string())
        .own(Role::Quiet, DOT)
        .then(person(mandate.person()))
        .own(Role::Text, words)
        .glued(Role::Text, instant(at))
        .own(Role::Text, ", by ")
        .cell(Role::Text, actor.raw())
        .own(Role::Text, ": ")
        .cell(Role::Text, reason.raw())
}

/// What CI and Git told of the run, and what somebody allowed.
fn provenance(screen: &mut Screen, manifest: &Manifest) {
    let field = |name: &'static str| Line::at(2).hang(16).own(Role::Quiet, name).to_column(16);
    let told = &manifest.provenance;
    if let Some(request) = &told.request {
        screen.line(field("request").cell(Role::Text, request.raw()));
    }
    for approver in &told.approvers {
        screen.line(field("approved by").cell(Role::Text, approver.raw()));
    }
    if let Some(job) = &told.job {
        screen.line(field("job").cell(Role::Text, job.raw()));
    }
    if let (Some(first), Some(last)) = (told.said.values().min(), told.said.values().max()) {
        let people = count_of(told.said.len(), "person", "people").to_string();
        let line = field("said").glued(Role::Text, people);
        let line = line.own(Role::Text, " by lines of ");
        let line = line.glued(Role::Text, instant(*first));
        screen.line(if first == last {
            line
        } else {
            let line = line.own(Role::Text, " to ");
            line.glued(Role::Text, instant(*last))
        });
    }
    for one in &manifest.overrides {
        let line = field("allowed").glued(Role::Warning, one.number.to_string());
        let line = line.own(Role::Text, " ").own(Role::Text, one.guard.word());
        let line = match &one.app {
            Some(app) => line.own(Role::Text, " in ").cell(Role::Text, app.as_str()),
            None => line,
        };
        let line = line.own(Role::Text, ": ");
        screen.line(line.sentence(Role::Text, one.reason.raw()));
    }
}

fn of_app(accounts: &AccountCounts) -> Line {
    let all = accounts.active + accounts.pending + accounts.inactive;
    let mut line = Line::default().glued(Role::Text, count(all, "account").to_string());
    for (number, word) in [
        (accounts.active, "active"),
        (accounts.pending, "pending"),
        (accounts.inactive, "inactive"),
    ] {
        if number > 0 {
            line = line
                .own(Role::Quiet, DOT)
                .glued(Role::Text, format!("{} {word}", thousands(number)));
        }
    }
    let line = line.own(Role::Quiet, DOT);
    match &accounts.completeness {
        Completeness::Complete => line.own(Role::Quiet, "complete"),
        Completeness::NamedOnly => line.own(Role::Quiet, "named values only"),
        Completeness::Incomplete(because) => line
            .own(Role::Warning, "⚠ incomplete")
            .own(Role::Text, ": ")
            .sentence(Role::Text, because),
    }
}

fn reading(line: Line, record: &ReadingRecord) -> Line {
    match record {
        ReadingRecord::Read { object, at } => line
            .own(Role::Text, "read ")
            .glued(Role::Text, instant(*at))
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, object.short()),
        ReadingRecord::Carried { object, at, why } => line
            .own(Role::Warning, "⚠ carried forward")
            .own(Role::Text, " from ")
            .glued(Role::Text, instant(*at))
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, object.short())
            .own(Role::Text, ": ")
            .sentence(Role::Text, why),
        ReadingRecord::Unread { why } => line
            .own(Role::Blocked, "× unread")
            .own(Role::Text, ": ")
            .sentence(Role::Text, why),
    }
}

fn runs(mut line: Line, manifest: &Manifest) -> Line {
    for (index, record) in manifest.runs.iter().enumerate() {
        line = line
            .own(Role::Text, if index == 0 { "run\u{a0}" } else { ", " })
            .cell(Role::Text, record.run.as_str());
        if record.end == RunEnd::Died {
            line = line.own(Role::Warning, "\u{a0}⚠\u{a0}died");
        }
    }
    line
}
