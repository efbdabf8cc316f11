//! Who has what, on a page.

use crate::base::count::{count, count_of, thousands};
use crate::model::change::PersonTag;
use crate::model::observation::{Completeness, Origin};
use crate::model::person::fold_email;
use crate::model::reason::{Reason, Why};
use crate::reports::access::{Access, Account, Answer, AppAnswer, Closed, Held, Origins, Whose};

use super::gaps;
use super::reasons::explain;
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, date, instant_in, person};

/// A page for a terminal.
pub fn text(access: &Access, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(heading(access).hang(2));
    for line in gaps::notes(access) {
        screen.line(line.hang(2));
    }
    let mut last: Option<Option<&PersonTag>> = None;
    for account in &access.accounts {
        let whose = account.whose.person();
        if last != Some(whose) {
            screen.section(match whose {
                Some(tag) => person(tag),
                None => Line::default().own(Role::Strong, "Nobody’s"),
            });
            last = Some(whose);
        }
        screen.line(Line::at(2).hang(6).then(self::account(account)));
        for group in Group::of(account) {
            screen.line(Line::at(4).hang(8).then(group.line()));
        }
    }
    screen.section(Line::default().own(Role::Heading, "How complete"));
    for app in &access.apps {
        screen.line(Line::at(2).hang(4).then(answer(app, access)));
    }
    screen.blank();
    screen.line(summary(access).hang(2));
    screen
}

/// When, and where it comes from.
pub(super) fn heading(access: &Access) -> Line {
    let line = Line::default().own(Role::Heading, "Access");
    let line = match &access.source {
        Origins::Apps => line
            .own(Role::Heading, " as of ")
            .glued(Role::Heading, instant_in(access.as_of, &access.time_zone)),
        Origins::Snapshot {
            serial, written, ..
        } => line
            .own(Role::Heading, " in snapshot ")
            .glued(Role::Heading, serial.to_string())
            .own(Role::Quiet, DOT)
            .own(Role::Text, "written ")
            .glued(Role::Text, instant_in(*written, &access.time_zone)),
    };
    if access.apps.iter().any(|app| gaps::carried(app).is_some()) {
        return line
            .own(Role::Quiet, DOT)
            .own(Role::Warning, "⚠ carried forward in part");
    }
    line
}

/// `okta · emma@example.com · active · human`
fn account(account: &Account) -> Line {
    let line = Line::default()
        .cell(Role::Strong, account.app.as_str())
        .own(Role::Quiet, DOT)
        .then(login(account))
        .own(Role::Quiet, DOT)
        .own(Role::Text, account.status.word())
        .own(Role::Quiet, DOT);
    whose(account, line)
}

/// What it signs in with, and the email where that is another.
pub(super) fn login(account: &Account) -> Line {
    let (login, email) = (account.account.login.raw(), account.email.raw());
    let line = Line::default().cell(Role::Text, login);
    if email.is_empty() || fold_email(login) == fold_email(email) {
        return line;
    }
    line.own(Role::Quiet, " (")
        .cell(Role::Quiet, email)
        .own(Role::Quiet, ")")
}

/// Whether the files want the account, and what it is if it is not a person's main one.
pub(super) fn whose(account: &Account, line: Line) -> Line {
    let line = whose_alone(account, line);
    match account.carried_from {
        None => line,
        Some(from) => line
            .own(Role::Quiet, DOT)
            .own(Role::Warning, "⚠ carried forward from snapshot ")
            .glued(Role::Warning, from.to_string()),
    }
}

fn whose_alone(account: &Account, line: Line) -> Line {
    match &account.whose {
        Whose::Human { gone: true, .. } if account.closed.is_some() => {
            line.own(Role::Quiet, "closed; no longer in the files")
        }
        Whose::Human { gone: true, .. } => line.own(Role::Warning, "⚠ no longer in the files"),
        Whose::Human { .. } if let Some(closed) = &account.closed => kept(line, *closed),
        Whose::Human { .. } if account.because.is_empty() => {
            line.own(Role::Warning, "⚠ not by the files")
        }
        Whose::Human { .. } => line.own(Role::Quiet, "by the files"),
        Whose::Listed {
            listed,
            purpose,
            review,
            ..
        } => line
            .own(Role::Text, listed.word())
            .own(Role::Text, " account: ")
            .cell(Role::Text, purpose.raw())
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "review ")
            .glued(Role::Quiet, date(*review)),
        Whose::Protected => line
            .own(Role::Text, "protected")
            .own(Role::Quiet, ": never touched, and nobody answers for it"),
        Whose::Unmanaged => line.own(Role::Warning, "⚠ unmanaged"),
        Whose::Contested => line
            .own(Role::Held, "? contested")
            .own(Role::Text, ": `provisor plan` names who claims it"),
    }
}

/// `closed; what it holds is kept until 6 April 2026`
fn kept(line: Line, closed: Closed) -> Line {
    match closed.kept_until {
        None => line.own(Role::Quiet, "closed"),
        Some(day) => line
            .own(Role::Quiet, "closed; what it holds is kept until ")
            .glued(Role::Quiet, date(day)),
    }
}

/// Holdings of one account of which the same is to be said.
pub(super) struct Group<'a> {
    held: Vec<&'a Held>,
    closed: Option<Closed>,
}

impl<'a> Group<'a> {
    /// Those of an account, in their order. What only an approval may give stands by itself.
    pub fn of(account: &'a Account) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for held in &account.holds {
            let alike = |group: &&mut Self| {
                let first = group.held[0];
                let key = |one: &Held| (one.kind.clone(), one.origin, one.privileged);
                let said = |one: &Held| because(&one.because);
                key(first) == key(held) && !held.privileged && said(first) == said(held)
            };
            match groups.iter_mut().find(alike) {
                Some(group) => group.held.push(held),
                None => groups.push(Self {
                    held: vec![held],
                    closed: account.closed,
                }),
            }
        }
        groups
    }

    /// True if only an approval may give it.
    pub fn is_privileged(&self) -> bool {
        self.held[0].privileged
    }

    /// True if the files do not say so, of an account that is open.
    pub fn is_unsaid(&self) -> bool {
        self.closed.is_none() && self.held[0].because.is_empty()
    }

    /// True if a closed account keeps it.
    pub fn is_kept(&self) -> bool {
        self.closed.is_some()
    }

    /// How it came.
    pub fn origin(&self) -> Origin {
        self.held[0].origin
    }

    /// `groups employees, marketing · everyone · profiles.toml:14`
    pub fn line(&self) -> Line {
        let first = self.held[0];
        let (role, sign) = if first.privileged {
            (Role::Privileged, "! ")
        } else {
            (Role::Text, "  ")
        };
        let line = Line::default().own(role, sign).then(self.values());
        let line = line.own(Role::Quiet, DOT);
        self.said(line)
    }

    /// `groups employees, marketing`
    pub fn values(&self) -> Line {
        let mut line = Line::default()
            .cell(Role::Quiet, &self.held[0].kind)
            .own(Role::Text, " ");
        for (index, held) in self.held.iter().enumerate() {
            if index > 0 {
                line = line.own(Role::Quiet, ", ");
            }
            line = line.cell(Role::Strong, held.value.raw());
            if let Some(level) = &held.level {
                line = line.own(Role::Quiet, " as ").cell(Role::Text, level.raw());
            }
        }
        line
    }

    /// How it is held, what approves it, and which profile or extra gives it. `explain` tells the
    /// lines.
    pub fn said(&self, line: Line) -> Line {
        let first = self.held[0];
        let mut line = line;
        if first.privileged {
            line = line
                .own(Role::Privileged, "privileged")
                .own(Role::Quiet, DOT);
        }
        if first.origin == Origin::Inherited {
            line = line
                .own(
                    Role::Text,
                    "inherited: a rule, a sync or another group gives it",
                )
                .own(Role::Quiet, DOT);
        }
        if let Some(closed) = self.closed {
            return match closed.kept_until {
                None => line.own(Role::Quiet, "its account is closed"),
                Some(day) => line
                    .own(Role::Quiet, "kept until ")
                    .glued(Role::Quiet, date(day)),
            };
        }
        if first.privileged && first.approved_until.is_none() {
            line = line
                .own(Role::Warning, "⚠ no approval in force")
                .own(Role::Quiet, DOT);
        }
        line.then(because(&first.because))
    }
}

/// The person's own profile, or the extra, and the approval, that the files have.
fn because(reasons: &[Reason]) -> Line {
    if reasons.is_empty() {
        return Line::default().own(Role::Warning, "⚠ not by the files");
    }
    let mut line = Line::default();
    for reason in reasons {
        let words = match &reason.why {
            Why::Provides { .. } | Why::NotApproved => continue,
            Why::Profile { chain } => {
                let own = chain.first().map_or("", |profile| profile.as_str());
                Line::default().cell(Role::Quiet, own)
            }
            _ => explain(reason, None, Role::Quiet),
        };
        if !line.is_empty() {
            line = line.own(Role::Quiet, "; ");
        }
        line = line.then(words);
    }
    line
}

/// Every reason, to file and line.
pub(super) fn chain(reasons: &[Reason]) -> Line {
    let mut line = Line::default();
    for reason in reasons {
        if !line.is_empty() {
            line = line.own(Role::Quiet, "; ");
        }
        line = line.then(explain(reason, None, Role::Quiet));
    }
    line
}

/// How far an app's answer goes.
pub(super) fn answer(app: &AppAnswer, access: &Access) -> Line {
    let line = Line::default()
        .cell(Role::Strong, app.app.as_str())
        .own(Role::Quiet, DOT);
    let Answer::Read {
        at,
        carried,
        accounts,
        kinds,
    } = &app.answer
    else {
        return line.own(Role::Blocked, "× unread");
    };
    let line = match access.source {
        Origins::Apps => line,
        Origins::Snapshot { .. } => line
            .own(Role::Quiet, "read ")
            .glued(Role::Quiet, instant_in(*at, &access.time_zone))
            .own(Role::Quiet, DOT),
    };
    let line = match carried {
        None => line,
        Some(carried) => line
            .own(Role::Warning, "⚠ carried forward from snapshot ")
            .glued(Role::Warning, carried.from.to_string())
            .own(Role::Quiet, DOT),
    };
    let line = completeness(line.own(Role::Text, "accounts "), accounts);
    kinds.iter().fold(line, |line, kind| {
        let line = line
            .own(Role::Quiet, DOT)
            .cell(Role::Text, &kind.kind)
            .own(Role::Text, " ");
        completeness(line, &kind.holders)
    })
}

fn completeness(line: Line, answer: &Completeness) -> Line {
    match answer {
        Completeness::Complete => line.own(Role::Text, "complete"),
        Completeness::NamedOnly => line.own(Role::Text, "named only"),
        Completeness::Incomplete(because) => line
            .own(Role::Warning, "⚠ incomplete")
            .own(Role::Text, ": ")
            .sentence(Role::Text, because),
    }
}

/// Good by itself when only the tail of a log is seen.
pub(super) fn summary(access: &Access) -> Line {
    let mut people: Vec<_> = (access.accounts.iter())
        .filter_map(|account| account.whose.person())
        .collect();
    people.sort_unstable();
    people.dedup();
    let mut line = Line::default()
        .own(Role::Heading, "Access: ")
        .glued(
            Role::Text,
            count_of(people.len(), "person", "people").to_string(),
        )
        .own(Role::Quiet, DOT)
        .glued(
            Role::Text,
            count(access.accounts.len(), "account").to_string(),
        );
    for (number, role, word) in [
        (access.privileged(), Role::Privileged, "privileged"),
        (access.unsaid(), Role::Warning, "held, but not by the files"),
        (access.kept(), Role::Quiet, "kept by closed accounts"),
    ] {
        if number > 0 {
            line = line
                .own(Role::Quiet, DOT)
                .glued(role, thousands(number))
                .own(role, " ")
                .own(role, word);
        }
    }
    line
}
