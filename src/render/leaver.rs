//! A leaver's certificate, on a page.

use crate::base::count::count;
use crate::reports::leaver::{Account, AnswersFor, Certificate, Closing, Found, Held, Step};

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, lasting, person};

/// A page for a terminal.
pub fn text(certificate: &Certificate, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(certificate).hang(2));
    for line in facts(certificate) {
        screen.line(Line::at(2).hang(4).then(line));
    }
    for account in &certificate.accounts {
        screen.section(title(account).hang(4));
        for line in lines(account, certificate) {
            screen.line(Line::at(4).hang(6).then(line));
        }
    }
    if !certificate.answers_for.is_empty() {
        screen.section(Line::default().own(Role::Heading, "Still answers for"));
        for one in &certificate.answers_for {
            screen.line(Line::at(2).hang(4).then(answers_for(one)));
        }
    }
    screen.section(Line::default().own(Role::Heading, "Evidence"));
    for (name, line) in evidence(certificate) {
        let line = Line::at(2).own(Role::Quiet, name).to_column(17).then(line);
        screen.line(line.hang(17));
    }
    screen.blank();
    screen.line(verdict(certificate).hang(2));
    screen
}

/// `Leaver’s certificate · Tomás Herrera · C-311 · Meridian Manufacturing`
pub(super) fn heading(certificate: &Certificate) -> Line {
    Line::default()
        .own(Role::Heading, "Leaver’s certificate")
        .own(Role::Quiet, DOT)
        .then(person(&certificate.person))
        .own(Role::Quiet, DOT)
        .cell(Role::Text, certificate.organisation.raw())
}

/// What there is to say of the end of access.
pub(super) fn facts(certificate: &Certificate) -> Vec<Line> {
    let zone = &certificate.time_zone;
    let ended = &certificate.ended;
    let mut line = Line::default();
    match ended.at {
        Some(at) => {
            line = line
                .own(Role::Text, "access ended ")
                .glued(Role::Strong, instant_in(at, zone));
        }
        None => line = line.own(Role::Warning, "⚠ nothing tells when access ended"),
    }
    if let Some(day) = ended.last_day {
        line = line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "last day ")
            .glued(Role::Text, date(day));
    }
    let mut facts = vec![line];
    if let Some(known) = &ended.known_since {
        let line = Line::default()
            .own(Role::Text, "the files said so by snapshot ")
            .glued(Role::Text, known.snapshot.to_string())
            .own(Role::Text, " of ")
            .glued(Role::Text, instant_in(known.written, zone));
        facts.push(commit(line, known.commit.as_deref()));
    }
    if !certificate.in_files {
        facts.push(Line::default().own(
            Role::Quiet,
            "no longer in the files: told by the snapshots and the runs",
        ));
    }
    if let Some(day) = certificate.returns {
        let line = Line::default().own(Role::Warning, "⚠ comes back on ");
        facts.push(
            line.glued(Role::Text, date(day))
                .own(Role::Text, ": an account that is open may be open for that"),
        );
    }
    for gap in &certificate.gaps {
        let line = Line::default()
            .own(Role::Blocked, "× NOT KNOWN")
            .own(Role::Text, " whether they have an account in ")
            .cell(Role::Strong, gap.app.as_str())
            .own(Role::Text, " (")
            .sentence(Role::Text, &gap.why)
            .own(Role::Text, ")");
        facts.push(line);
    }
    if certificate
        .accounts
        .iter()
        .any(|account| !account.tasks.is_empty())
    {
        facts.push(Line::default().own(
            Role::Text,
            "what is to be done by hand stands below; nothing here tells whether it is done",
        ));
    }
    if certificate.accounts.is_empty() {
        facts.push(Line::default().own(Role::Text, "no account of theirs is known"));
    }
    facts
}

fn commit(line: Line, commit: Option<&str>) -> Line {
    match commit {
        None => line,
        Some(commit) => line
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "commit ")
            .cell(Role::Quiet, commit),
    }
}

/// `✓ okta · tomas.herrera@example.com`
pub(super) fn title(account: &Account) -> Line {
    let role = role(&account.state);
    let line = Line::default()
        .own(role, role.symbol())
        .own(Role::Text, " ")
        .cell(Role::Strong, account.app.as_str())
        .own(Role::Quiet, DOT);
    let (login, id) = (&account.account.login, &account.account.vendor_id);
    let line = if login.is_empty() {
        line
    } else {
        line.cell(Role::Text, login.raw()).own(Role::Quiet, DOT)
    };
    line.own(Role::Quiet, "id ").cell(Role::Quiet, id.raw())
}

/// The role of what was found.
pub(super) const fn role(found: &Found) -> Role {
    match found {
        Found::Closed | Found::Gone => Role::Done,
        Found::Open { .. } => Role::Failed,
        Found::NotKnown { .. } => Role::Held,
    }
}

/// What there is to say of an account, a sentence each.
pub(super) fn lines(account: &Account, certificate: &Certificate) -> Vec<Line> {
    let zone = &certificate.time_zone;
    let mut lines = vec![read_back(account, zone)];
    lines.extend(
        account
            .closing
            .as_ref()
            .map(|closing| closed(account, closing, certificate)),
    );
    if !account.holds.is_empty() {
        let line = if account.state.is_closed() {
            Line::default().own(Role::Text, "keeps ")
        } else {
            Line::default().own(Role::Warning, "holds ")
        };
        let line = held(line, &account.holds);
        lines.push(match account.kept_until {
            Some(day) => line.own(Role::Text, " until ").glued(Role::Text, date(day)),
            None => line,
        });
    }
    for task in &account.tasks {
        let line = Line::default().own(Role::Warning, "⚠ by hand: ");
        let line = line.sentence(Role::Text, task);
        lines.push(match &account.owner {
            Some(owner) => line.own(Role::Quiet, DOT).cell(Role::Strong, owner.raw()),
            None => line,
        });
    }
    lines
}

fn read_back(account: &Account, zone: &str) -> Line {
    let role = role(&account.state);
    let line = match &account.state {
        Found::Closed => Line::default().own(role, "closed"),
        Found::Gone => Line::default()
            .own(role, "gone")
            .own(Role::Text, ": the app has no such account any more"),
        Found::Open { status } => Line::default()
            .own(role, "open")
            .own(Role::Text, ": ")
            .own(Role::Text, status.word()),
        Found::NotKnown { why } => Line::default()
            .own(role, "not known")
            .own(Role::Text, ": ")
            .sentence(Role::Text, why),
    };
    let Some(reading) = &account.reading else {
        return line;
    };
    let line = line
        .own(Role::Quiet, DOT)
        .own(Role::Text, "read back ")
        .glued(Role::Text, instant_in(reading.at, zone))
        .own(Role::Quiet, DOT)
        .own(Role::Quiet, "reading ")
        .cell(Role::Quiet, reading.object.short());
    match &reading.carried {
        None => line,
        Some(why) => line
            .own(Role::Quiet, DOT)
            .own(Role::Warning, "⚠ not read again since")
            .own(Role::Text, ": ")
            .sentence(Role::Text, why),
    }
}

fn closed(account: &Account, closing: &Closing, certificate: &Certificate) -> Line {
    let zone = &certificate.time_zone;
    let line = match closing {
        Closing::Run { at, step } => {
            let line = Line::default()
                .own(Role::Text, "the door closed ")
                .glued(Role::Strong, instant_in(*at, zone))
                .own(Role::Text, " by run ")
                .cell(Role::Text, step.run.as_str());
            let line = after(line, account.open_for);
            return witness(line, step);
        }
        Closing::Others { seen } => Line::default()
            .own(Role::Text, "somebody else closed it; first seen closed ")
            .glued(Role::Strong, instant_in(*seen, zone)),
    };
    let ended = certificate.ended.at;
    match ended.map(|ended| closing.at().duration_since(ended).as_secs()) {
        Some(seconds) if seconds > 0 => line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "at most ")
            .glued(Role::Text, lasting(seconds))
            .own(Role::Text, " after access ended"),
        _ => after(line, Some(0)),
    }
}

fn after(line: Line, open_for: Option<i64>) -> Line {
    match open_for {
        None => line,
        Some(0) => line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "no later than access ended"),
        Some(seconds) => line
            .own(Role::Quiet, DOT)
            .glued(Role::Strong, lasting(seconds))
            .own(Role::Text, " after access ended"),
    }
}

/// The run and the step, for whoever looks them up.
fn witness(line: Line, step: &Step) -> Line {
    let line = line
        .own(Role::Quiet, DOT)
        .own(Role::Quiet, "change ")
        .cell(Role::Quiet, step.change.as_str())
        .own(Role::Quiet, ", by ")
        .cell(Role::Quiet, step.actor.raw())
        .own(Role::Quiet, ", plan ")
        .cell(Role::Quiet, step.plan.short());
    let line = match &step.journal {
        Some(journal) => line
            .own(Role::Quiet, ", journal ")
            .cell(Role::Quiet, journal.short()),
        None => line.own(Role::Warning, ", ⚠ a run that did not end"),
    };
    let line = match step.snapshot {
        Some(snapshot) => line
            .own(Role::Quiet, ", snapshot ")
            .glued(Role::Quiet, snapshot.to_string()),
        None => line.own(Role::Warning, ", ⚠ no snapshot names it yet"),
    };
    let line = match &step.request_id {
        Some(id) => line
            .own(Role::Quiet, ", request ")
            .cell(Role::Quiet, id.raw()),
        None => line,
    };
    commit(line, step.commit.as_deref())
}

fn held(line: Line, holds: &[Held]) -> Line {
    let mut line = line;
    for (index, held) in holds.iter().enumerate() {
        line = line
            .own(Role::Quiet, if index == 0 { "" } else { ", " })
            .cell(Role::Quiet, &held.kind)
            .own(Role::Text, " ")
            .cell(Role::Text, held.value.raw());
        if let Some(level) = &held.level {
            line = line.own(Role::Quiet, " as ").cell(Role::Text, level.raw());
        }
        if let Some(pool) = &held.seat {
            line = line
                .own(Role::Warning, " (a seat of ")
                .cell(Role::Warning, pool)
                .own(Role::Warning, ")");
        }
    }
    line
}

/// `slack build-robot · service account: posts builds`
pub(super) fn answers_for(one: &AnswersFor) -> Line {
    Line::default()
        .own(Role::Warning, "⚠ ")
        .cell(Role::Strong, one.app.as_str())
        .own(Role::Text, " ")
        .cell(Role::Text, &one.login)
        .own(Role::Quiet, DOT)
        .own(Role::Text, one.kind.word())
        .own(Role::Text, " account: ")
        .cell(Role::Text, one.purpose.raw())
        .own(Role::Text, "; name another owner in accounts.toml")
}

/// What all of this stands on, with digests in full.
pub(super) fn evidence(certificate: &Certificate) -> Vec<(&'static str, Line)> {
    let evidence = &certificate.evidence;
    let text = |text: &str| Line::default().cell(Role::Text, text);
    let written = instant_in(evidence.written, &certificate.time_zone);
    let runs = evidence.runs.iter().enumerate();
    let runs = runs.fold(Line::default(), |line, (index, run)| {
        line.own(Role::Quiet, if index == 0 { "" } else { ", " })
            .cell(Role::Text, run.as_str())
    });
    let mut lines = vec![
        ("snapshot", text(&evidence.snapshot.to_string())),
        ("digest", text(&evidence.digest.to_string())),
        ("written", Line::default().glued(Role::Text, written)),
        ("runs", runs),
        ("actor", text(evidence.actor.raw())),
    ];
    lines.extend(
        evidence
            .commit
            .as_ref()
            .map(|commit| ("commit", text(commit))),
    );
    lines.extend([
        ("configuration", text(&evidence.configuration.to_string())),
        ("provisor", text(&evidence.tool)),
    ]);
    lines.extend(evidence.pruned.map(|until| ("pruned", pruned(until))));
    lines
}

/// That nothing tells of the time before.
pub(super) fn pruned(until: u64) -> Line {
    Line::default()
        .own(Role::Warning, "⚠ ")
        .own(Role::Text, "snapshots up to ")
        .glued(Role::Text, until.to_string())
        .own(
            Role::Text,
            ": what runs did until then, nothing tells any more",
        )
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn verdict(certificate: &Certificate) -> Line {
    let all = certificate.accounts.len();
    let open = certificate
        .accounts
        .iter()
        .filter(|one| !one.state.is_closed());
    let line = Line::default().own(Role::Heading, "Certificate: ");
    let line = match open.count() {
        // What is not known is not certified.
        0 if !certificate.gaps.is_empty() => line
            .own(Role::Held, "? not known of every app")
            .own(Role::Quiet, DOT)
            .glued(Role::Text, count(all, "account").to_string())
            .own(Role::Text, " closed"),
        0 => line
            .own(Role::Done, "✓ closed")
            .own(Role::Quiet, DOT)
            .glued(Role::Text, count(all, "account").to_string()),
        open => line
            .own(Role::Failed, "✗ not closed")
            .own(Role::Quiet, DOT)
            .glued(Role::Failed, format!("{open} of {}", count(all, "account")))
            .own(Role::Text, " open or not known"),
    };
    match certificate
        .longest()
        .and_then(|longest| Some((longest, longest.open_for?)))
    {
        Some((longest, seconds)) if seconds > 0 => line
            .own(Role::Quiet, DOT)
            .own(Role::Text, "longest open door: ")
            .cell(Role::Strong, longest.app.as_str())
            .own(Role::Text, ", ")
            .glued(Role::Text, lasting(seconds)),
        _ => line,
    }
}
