//! What happens to one account, on one line: what a reviewer reads first.

use crate::base::Foreign;
use crate::model::change::{AccountTag, Action, AttributeEdit, Change};
use crate::model::name::AppName;

use super::reasons::{Shared, cause_words};
use super::screen::Line;
use super::steps::{again, arrow, is_identity, lasting};
use super::style::Role;
use super::words::DOT;

/// The changes of one account, or of one that is to be made.
pub struct Account<'a> {
    /// Where.
    pub app: &'a AppName,
    changes: Vec<&'a Change>,
}

/// Sorts one person's changes by account, in the order of each account's first change.
pub fn of<'a>(changes: &[&'a Change]) -> Vec<Account<'a>> {
    let mut accounts: Vec<(Option<&AccountTag>, Account<'a>)> = Vec::new();
    for change in changes {
        let tag = change.account.as_ref();
        let same = accounts
            .iter_mut()
            .find(|(other, account)| *other == tag && *account.app == change.app);
        match same {
            Some((_, account)) => account.changes.push(change),
            None => accounts.push((
                tag,
                Account {
                    app: &change.app,
                    changes: vec![change],
                },
            )),
        }
    }
    accounts.into_iter().map(|(_, account)| account).collect()
}

impl Account<'_> {
    /// The account without what several apps change alike; none if that is all.
    pub fn without(mut self, common: &[Everywhere<'_>]) -> Option<Self> {
        let is_common = |edit: &AttributeEdit| common.iter().any(|group| group.holds(edit));
        let told = |change: &&Change| {
            edits(&change.action).is_some_and(|edits| edits.iter().all(is_common))
        };
        self.changes.retain(|change| !told(change));
        (!self.changes.is_empty()).then_some(self)
    }

    /// The changes, in the order of execution.
    pub fn changes(&self) -> &[&Change] {
        &self.changes
    }

    /// What happens, in one word: the account's own change, or what all changes have in common.
    pub fn verb(&self) -> (Role, &'static str) {
        let verbs = || self.changes.iter().map(|change| change.action.verb());
        let own = verbs().find(|verb| verb.is_of_account());
        let first = verbs().next();
        match own.or(first.filter(|first| verbs().all(|verb| verb == *first))) {
            Some(verb) => (super::steps::role(verb), verb.word()),
            None => (Role::Change, "change"),
        }
    }

    /// Whether the account is made or opened, so that all that it is given is new.
    fn begins(&self) -> bool {
        let mut actions = self.changes.iter().map(|change| &change.action);
        actions.any(|action| action.makes().is_some())
    }

    /// What is done, in pieces; `login` is what the person signs in with elsewhere, and `common`
    /// what several apps change alike. Empty if there is nothing else.
    pub fn pieces(&self, login: Option<&str>, common: &[Everywhere<'_>]) -> Line {
        let own = self.changes.iter().filter_map(|change| own(change, login));
        let held = self.held(common);
        let held = (!held.is_empty()).then_some(held);
        joined("; ", own.chain(held).collect())
    }

    /// What it gets, loses and says of the person from now on.
    pub fn held(&self, common: &[Everywhere<'_>]) -> Line {
        let mixed = self.verb().1 == "change";
        let mut pieces: Vec<Line> = Vec::new();
        let edits = self
            .changes
            .iter()
            .filter_map(|change| edits(&change.action));
        let edits = edits.flatten();
        let edits = edits.filter(|edit| !common.iter().any(|group| group.holds(edit)));
        let (identity, others): (Vec<_>, Vec<_>) = edits.partition(|edit| is_identity(edit));
        pieces.extend(identity.into_iter().map(|edit| self.edit(edit)));
        pieces.extend(self.given(mixed));
        pieces.extend(self.taken(mixed));
        pieces.extend(
            self.changes
                .iter()
                .filter_map(|change| self.set(&change.action)),
        );
        let others: Vec<Line> = others.into_iter().map(|edit| self.edit(edit)).collect();
        pieces.extend((!others.is_empty()).then(|| joined(", ", others)));
        joined("; ", pieces)
    }

    fn given(&self, mixed: bool) -> Vec<Line> {
        let values = self
            .changes
            .iter()
            .filter_map(|change| match &change.action {
                Action::Grant { kind, value, level } => {
                    let shown = Line::default().cell(Role::Strong, value);
                    Some((kind.as_str(), at_level(shown, level.as_deref())))
                }
                _ => None,
            });
        listed(values, mixed.then_some((Role::Create, "+ ")))
    }

    fn taken(&self, mixed: bool) -> Vec<Line> {
        let values = self
            .changes
            .iter()
            .filter_map(|change| match &change.action {
                Action::Revoke { kind, value, level } => {
                    let shown = Line::default().cell(Role::Strong, value.raw());
                    Some((
                        kind.as_str(),
                        at_level(shown, level.as_ref().map(Foreign::raw)),
                    ))
                }
                _ => None,
            });
        let own = self.verb().1 == "revoke";
        listed(values, (mixed || !own).then_some((Role::Remove, "- ")))
    }

    fn set(&self, action: &Action) -> Option<Line> {
        let Action::Set {
            kind,
            key,
            before,
            after,
        } = action
        else {
            return None;
        };
        let line = Line::default().cell(Role::Quiet, kind).own(Role::Text, " ");
        let line = match key {
            Some(key) => line.cell(Role::Text, key).own(Role::Text, " "),
            None => line,
        };
        Some(line.then(self.difference(before.as_ref(), after)))
    }

    fn edit(&self, edit: &AttributeEdit) -> Line {
        let role = if is_identity(edit) {
            Role::Strong
        } else {
            Role::Quiet
        };
        Line::default()
            .cell(role, &edit.attribute)
            .own(Role::Text, " ")
            .then(self.difference(edit.before.as_ref(), &edit.after))
    }

    /// What an account begins with has nothing before it.
    fn difference(&self, before: Option<&Foreign>, after: &str) -> Line {
        match before {
            None if self.begins() => Line::default().cell(Role::Strong, after),
            before => arrow(before.map(Foreign::raw), after),
        }
    }

    /// Why, where the heading does not tell: profiles that it builds on are left to the full page.
    pub fn why(&self, shared: &Shared<'_>) -> Line {
        let own = self.changes.iter().flat_map(|change| shared.own(change));
        let which = self.changes.first().and_then(|change| shared.which(change));
        let mut said: Vec<Line> = which.into_iter().collect();
        for words in own.filter_map(|reason| shared.in_brief(&reason.why)) {
            if !said.contains(&words) {
                said.push(words);
            }
        }
        let line = joined(", ", said);
        let mut causes = self.changes.iter().map(|change| change.cause);
        let cause = causes
            .next()
            .filter(|first| causes.all(|cause| cause == *first))
            .filter(|_| !shared.says_cause())
            .and_then(cause_words);
        match cause {
            Some(words) if line.is_empty() => line.own(Role::Quiet, words),
            Some(words) => line.own(Role::Quiet, DOT).own(Role::Quiet, words),
            None => line,
        }
    }
}

/// What changes alike in several apps: said once, with the apps.
pub struct Everywhere<'a> {
    edits: Vec<&'a AttributeEdit>,
    apps: Vec<&'a AppName>,
}

impl<'a> Everywhere<'a> {
    /// The edits that several accounts have in common, by the apps that they are in.
    pub fn of(changes: &[&'a Change]) -> Vec<Self> {
        let mut all: Vec<(&AttributeEdit, Vec<&AppName>)> = Vec::new();
        for change in changes {
            for edit in edits(&change.action).into_iter().flatten() {
                match all.iter_mut().find(|(known, _)| *known == edit) {
                    Some((_, apps)) => apps.push(&change.app),
                    None => all.push((edit, vec![&change.app])),
                }
            }
        }
        let mut groups: Vec<Self> = Vec::new();
        for (edit, apps) in all {
            if apps.len() < 2 || is_identity(edit) {
                continue;
            }
            match groups.iter_mut().find(|group| group.apps == apps) {
                Some(group) => group.edits.push(edit),
                None => groups.push(Self {
                    edits: vec![edit],
                    apps,
                }),
            }
        }
        groups
    }

    fn holds(&self, edit: &AttributeEdit) -> bool {
        self.edits.contains(&edit)
    }

    /// How many apps, for the column of the app.
    pub fn apps(&self) -> String {
        crate::base::count::count(self.apps.len(), "app").to_string()
    }

    /// What changes, and where.
    pub fn pieces(&self) -> Line {
        let edits = self.edits.iter().map(|edit| {
            Line::default()
                .cell(Role::Quiet, &edit.attribute)
                .own(Role::Text, " ")
                .then(arrow(edit.before.as_ref().map(Foreign::raw), &edit.after))
        });
        let apps = self.apps.iter();
        let apps = apps.map(|app| Line::default().cell(Role::Quiet, app.as_str()));
        joined(", ", edits.collect())
            .own(Role::Quiet, "; in ")
            .then(joined(", ", apps.collect()))
    }
}

/// What is said of the account itself.
fn own(change: &Change, login: Option<&str>) -> Option<Line> {
    let line = Line::default();
    let named = |name: &str| (Some(name) != login).then(|| line.clone().cell(Role::Strong, name));
    match &change.action {
        Action::Create(account)
        | Action::Invite {
            account,
            renewal: 0,
        } => named(&account.login),
        Action::Invite { account, renewal } => {
            let line = named(&account.login).map_or(line, |named| named.own(Role::Text, " "));
            Some(line.own(Role::Quiet, again(*renewal)))
        }
        Action::Await { account, by } => {
            let from = Line::default()
                .own(Role::Quiet, "from ")
                .cell(Role::Text, by.source.as_str())
                .own(Role::Quiet, ", up\u{a0}to\u{a0}")
                .glued(Role::Quiet, by.wait());
            Some(match named(&account.login) {
                Some(named) => named.own(Role::Text, " ").then(from),
                None => from,
            })
        }
        Action::Adopt {
            rule,
            before,
            hr_id,
        } => Some(
            line.own(Role::Quiet, "theirs by ")
                .own(Role::Quiet, rule.words())
                .own(Role::Quiet, ", HR id ")
                .then(arrow(Some(before.raw()), hr_id)),
        ),
        Action::Deactivate { effect, by } => {
            let login = change.account.as_ref().filter(|_| change.person.is_none());
            let named = login.map_or_else(Line::default, |account| {
                Line::default()
                    .cell(Role::Strong, account.login.raw())
                    .own(Role::Quiet, ": ")
            });
            Some(named.then(lasting(effect, by.as_ref())))
        }
        Action::Reactivate
        | Action::Update { .. }
        | Action::Grant { .. }
        | Action::Revoke { .. }
        | Action::Set { .. } => None,
    }
}

fn edits(action: &Action) -> Option<&Vec<AttributeEdit>> {
    match action {
        Action::Update { edits } => Some(edits),
        _ => None,
    }
}

fn at_level(value: Line, level: Option<&str>) -> Line {
    match level {
        Some(level) => value.own(Role::Quiet, " as ").cell(Role::Text, level),
        None => value,
    }
}

/// `groups A, B`, once per kind.
fn listed<'a>(
    values: impl Iterator<Item = (&'a str, Line)>,
    sign: Option<(Role, &'static str)>,
) -> Vec<Line> {
    let mut kinds: Vec<(&str, Vec<Line>)> = Vec::new();
    for (kind, value) in values {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, values)) => values.push(value),
            None => kinds.push((kind, vec![value])),
        }
    }
    let line = |(kind, values): (&str, Vec<Line>)| {
        let start = match sign {
            Some((role, sign)) => Line::default().own(role, sign),
            None => Line::default(),
        };
        start
            .cell(Role::Quiet, kind)
            .own(Role::Text, " ")
            .then(joined(", ", values))
    };
    kinds.into_iter().map(line).collect()
}

fn joined(between: &'static str, lines: Vec<Line>) -> Line {
    let mut all = Line::default();
    for line in lines {
        if !all.is_empty() {
            all = all.own(Role::Quiet, between);
        }
        all = all.then(line);
    }
    all
}
