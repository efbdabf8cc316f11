//! The people of a plan: who leaves, who moves, who joins, each with their steps.

use std::collections::{BTreeSet, HashMap};

use crate::base::count::{count, count_of};
use crate::model::change::{Change, PersonTag, Verb};
use crate::model::name::PersonId;
use crate::model::reason::{Cause, Why};
use crate::model::withheld::{Withheld, WithheldState};

use super::accounts::{self, Everywhere};
use super::alike::{self, Batch};
use super::reasons::Shared;
use super::screen::{Line, Screen};
use super::steps::{self, Columns, Step};
use super::style::Role;
use super::words::{DOT, person};

/// What a plan means for a person, in the order in which reviewers ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Their last period is over.
    Leaves,
    /// Away, and leave suspends.
    Pauses,
    /// Something is taken from them while they stay.
    Moves,
    /// They have not begun, and are given what they will need.
    Joins,
    /// Accounts that were closed open again.
    Returns,
    /// Something is given, nothing taken: a profile grew.
    Gains,
    /// What somebody changed outside of provisor is put back, and nothing else.
    Drift,
    /// Names, titles, links.
    Other,
    /// Accounts that belong to nobody.
    Nobody,
}

impl Group {
    /// All groups, in that order.
    pub const ALL: [Self; 9] = [
        Self::Leaves,
        Self::Pauses,
        Self::Moves,
        Self::Joins,
        Self::Returns,
        Self::Gains,
        Self::Drift,
        Self::Other,
        Self::Nobody,
    ];

    /// The title of the group's section.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Leaves => "Leaves",
            Self::Pauses => "On leave",
            Self::Moves => "Moves",
            Self::Joins => "Joins",
            Self::Returns => "Returns",
            Self::Gains => "Gains access",
            Self::Drift => "Drift",
            Self::Other => "Other changes",
            Self::Nobody => "Accounts of nobody",
        }
    }

    /// Its role.
    pub const fn role(self) -> Role {
        match self {
            Self::Leaves | Self::Pauses | Self::Nobody => Role::Remove,
            Self::Moves | Self::Drift | Self::Other => Role::Change,
            Self::Joins | Self::Returns | Self::Gains => Role::Create,
        }
    }

    fn of(changes: &[&Change]) -> Self {
        let verb = |wanted: &[Verb]| {
            changes
                .iter()
                .any(|change| wanted.contains(&change.action.verb()))
        };
        let why = |wanted: fn(&Why) -> bool| {
            changes
                .iter()
                .flat_map(|change| &change.reasons)
                .any(|reason| wanted(&reason.why))
        };
        if changes.iter().all(|change| change.person.is_none()) {
            Self::Nobody
        } else if why(|why| {
            matches!(
                why,
                Why::Left { .. }
                    | Why::AccessEnded { .. }
                    | Why::Ordered { .. }
                    | Why::Released { .. }
            )
        }) {
            Self::Leaves
        } else if why(|why| matches!(why, Why::OnLeave { .. })) {
            Self::Pauses
        } else if changes.iter().all(|change| change.cause == Cause::Drift) {
            Self::Drift
        } else if verb(&[Verb::Revoke, Verb::Deactivate]) {
            Self::Moves
        } else if verb(&[Verb::Reactivate]) || changes.iter().copied().any(reopens) {
            Self::Returns
        } else if why(|why| matches!(why, Why::Starts { .. })) {
            // Whoever has not begun joins, even where all their accounts are made: an invitation was
            // accepted, or a step is tried again.
            Self::Joins
        } else if verb(&[
            Verb::Create,
            Verb::Invite,
            Verb::Await,
            Verb::Grant,
            Verb::Set,
        ]) {
            Self::Gains
        } else {
            Self::Other
        }
    }
}

/// True if another app is to open an account that is there.
fn reopens(change: &Change) -> bool {
    change.action.verb() == Verb::Await && change.account.is_some()
}

/// One person's changes, in the order of execution.
pub struct Affected<'a> {
    /// Who; nobody for the accounts of nobody.
    pub person: Option<&'a PersonTag>,
    /// What it means for them.
    pub group: Group,
    /// The changes.
    pub changes: Vec<&'a Change>,
}

/// Gathers changes by person, for a reviewer: those of whom the files changed something first, then
/// those whom a date, a retry or drift brought here alone (R22), else as [`gather`] does.
pub fn by_cause(changes: &[Change]) -> Vec<Affected<'_>> {
    let mut people = gather(changes);
    people.sort_by_key(|affected| affected.changes.iter().map(|change| change.cause).min());
    people
}

/// Gathers changes by person, in the order of each person's first change.
pub fn gather(changes: &[Change]) -> Vec<Affected<'_>> {
    let mut place: HashMap<Option<&PersonId>, usize> = HashMap::new();
    let mut people: Vec<Affected<'_>> = Vec::new();
    for change in changes {
        let person = change.person.as_ref();
        let index = *place
            .entry(person.map(|person| &person.id))
            .or_insert_with(|| {
                people.push(Affected {
                    person,
                    group: Group::Other,
                    changes: Vec::new(),
                });
                people.len() - 1
            });
        people[index].changes.push(change);
    }
    for affected in &mut people {
        affected.group = Group::of(&affected.changes);
    }
    people
}

/// Writes who is affected, by name, so that the first screen of a long plan answers who leaves.
pub fn overview(people: &[Affected<'_>], withheld: &[Withheld], screen: &mut Screen) {
    const SHORT: usize = 5;
    if people.len() <= SHORT {
        return;
    }
    for group in Group::ALL {
        // Whoever loses access is named, up to fifty; of others, a handful shows who is meant.
        let limit = if group == Group::Leaves { 50 } else { 8 };
        let members = members(people, group);
        if members.is_empty() || group == Group::Nobody {
            continue;
        }
        let names = members.iter().filter_map(|member| member.person);
        let listed = (members.len(), limit);
        screen.line(named(group.role(), group.title(), names, listed));
    }
    let held: BTreeSet<&PersonTag> = withheld
        .iter()
        .filter(|item| item.state == WithheldState::Held)
        .filter_map(|item| item.person.as_ref())
        .collect();
    if !held.is_empty() {
        let listed = (held.len(), 8);
        screen.line(named(Role::Held, "Held", held.into_iter(), listed));
    }
}

/// One line of the overview: how many, and who.
fn named<'a>(
    role: Role,
    title: &'static str,
    names: impl Iterator<Item = &'a PersonTag>,
    (all, limit): (usize, usize),
) -> Line {
    let mut line = Line::at(2)
        .own(role, role.symbol())
        .own(role, " ")
        .own(role, title)
        .own(role, " ")
        .cell(role, all.to_string())
        .to_column(22)
        .hang(22);
    for (index, tag) in names.take(limit).enumerate() {
        line = line
            .own(Role::Text, if index == 0 { "" } else { ", " })
            .cell(Role::Text, tag.name.raw());
    }
    and_more(line, all, limit)
}

/// ` and 12 more`, if there are more than were shown.
pub fn and_more(line: Line, all: usize, shown: usize) -> Line {
    match all.saturating_sub(shown) {
        0 => line,
        rest => line
            .own(Role::Quiet, " ")
            .glued(Role::Quiet, format!("and {rest} more")),
    }
}

/// How much of each person's changes is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// A line per account.
    #[default]
    Brief,
    /// A line per change, with its reasons to file and line.
    Full,
}

/// Says once what the accounts of a person are called.
fn signs_in(detail: Detail, changes: &[&Change]) -> Line {
    match login(changes).filter(|_| detail == Detail::Brief) {
        Some(login) => Line::default()
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, login),
        None => Line::default(),
    }
}

/// What a person signs in with, if it is the same wherever this plan makes them an account: then
/// it is said once.
pub fn login<'a>(changes: &[&'a Change]) -> Option<&'a str> {
    let made = changes.iter().filter_map(|change| change.action.makes());
    let mut logins = made.map(|account| account.login.as_str());
    let first = logins.next()?;
    logins.all(|login| login == first).then_some(first)
}

/// Writes every group with its people and their steps.
pub fn write(people: &[Affected<'_>], detail: Detail, screen: &mut Screen) {
    let columns = Columns::of(
        people
            .iter()
            .flat_map(|affected| affected.changes.iter().copied()),
    );
    for group in Group::ALL {
        write_group(people, group, detail, columns, screen);
    }
}

/// Writes the people of one group with their steps, if there are any.
pub fn write_group(
    people: &[Affected<'_>],
    group: Group,
    detail: Detail,
    columns: Columns,
    screen: &mut Screen,
) {
    let members = members(people, group);
    if members.is_empty() {
        return;
    }
    let number = if group == Group::Nobody {
        let accounts = members.iter().map(|member| member.changes.len()).sum();
        count(accounts, "change").to_string()
    } else {
        count_of(members.len(), "person", "people").to_string()
    };
    screen.section(
        Line::default()
            .own(Role::Heading, group.title())
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, number),
    );
    let batches = match detail {
        Detail::Full => members.into_iter().map(|one| vec![one]).collect(),
        Detail::Brief => alike::batches(group, members),
    };
    for batch in batches {
        block(&batch, detail, columns, screen);
    }
}

/// The people of one group.
pub fn members<'a, 'b>(people: &'b [Affected<'a>], group: Group) -> Vec<&'b Affected<'a>> {
    people
        .iter()
        .filter(|affected| affected.group == group)
        .collect()
}

/// One person, or several of whom the same is to be said as of the first.
fn block(batch: &Batch<'_, '_>, detail: Detail, columns: Columns, screen: &mut Screen) {
    let affected = batch[0];
    let shared = Shared::of(&affected.changes);
    if let Some(tag) = affected.person {
        let role = affected.group.role();
        let line = Line::default()
            .own(role, role.symbol())
            .own(role, " ")
            .hang(4);
        screen.line(if batch.len() > 1 {
            line.then(alike::heading(batch, &shared))
        } else {
            line.then(person(tag))
                .then(signs_in(detail, &affected.changes))
                .then(shared.heading())
        });
    }
    let steps = match detail {
        Detail::Full => affected
            .changes
            .iter()
            .map(|change| Step::new(change, columns, 4, shared.aside(change)))
            .collect(),
        Detail::Brief => {
            let login = login(&affected.changes);
            let common = Everywhere::of(&affected.changes);
            let accounts = accounts::of(&affected.changes).into_iter();
            let lines = accounts
                .filter_map(|account| account.without(&common))
                .map(|account| {
                    let what = account.pieces(login, &common);
                    let (verb, why) = (account.verb(), account.why(&shared));
                    Step::of_account(verb, account.app.as_str(), what, columns, 4, why)
                });
            let update = (steps::role(Verb::Update), Verb::Update.word());
            let everywhere = common.iter().map(|common| {
                let (apps, what) = (common.apps(), common.pieces());
                Step::of_account(update, &apps, what, columns, 4, Line::default())
            });
            lines.chain(everywhere).collect()
        }
    };
    steps::write(steps, screen);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::change::Action;
    use crate::model::reason::Reason;
    use crate::render::tests::fixtures::{
        because, change, create, grant, profile, revoke, starts, tag,
    };

    fn group(steps: Vec<(Action, Reason)>) -> Group {
        let who = tag("Ann", "1");
        let changes: Vec<Change> = steps
            .into_iter()
            .map(|(action, reason)| {
                change(
                    "okta",
                    &who,
                    Some("ann"),
                    action,
                    Cause::Files,
                    vec![reason],
                )
            })
            .collect();
        gather(&changes)[0].group
    }

    #[test]
    fn whoever_loses_something_is_never_shown_as_a_joiner() {
        let day = date(2026, 3, 17);
        let left = || because(Why::Left { last_day: day }, None);
        let gone = || {
            because(
                Why::NoLongerNamed {
                    job_code: "A".into(),
                },
                None,
            )
        };
        let begins = || starts(day, "A", 1);
        assert_eq!(
            group(vec![(revoke("groups", "a"), left())]),
            Group::Leaves,
            "a leaver whose account is closed already"
        );
        assert_eq!(
            group(vec![
                (create("ann"), begins()),
                (revoke("groups", "a"), gone())
            ]),
            Group::Moves
        );
        assert_eq!(group(vec![(create("ann"), begins())]), Group::Joins);
        assert_eq!(
            group(vec![(grant("groups", "a"), begins())]),
            Group::Joins,
            "whoever has not begun and accepted the invitation"
        );
        assert_eq!(
            group(vec![(grant("groups", "a"), profile(&["A"], 1))]),
            Group::Gains
        );
        assert_eq!(group(vec![(Action::Reactivate, begins())]), Group::Returns);
    }

    /// The people of changes, each with a cause, in the order in which a page shows them.
    fn told(causes: &[(&str, Cause)]) -> Vec<(String, Group)> {
        let changes: Vec<Change> = causes
            .iter()
            .map(|(id, cause)| {
                let who = tag(id, id);
                let why = vec![profile(&["A"], 1)];
                change("okta", &who, Some(id), grant("groups", "a"), *cause, why)
            })
            .collect();
        let told = by_cause(&changes).into_iter();
        told.map(|one| (one.person.unwrap().name.raw().to_owned(), one.group))
            .collect()
    }

    #[test]
    fn r22_whom_an_edit_is_about_stands_before_whom_only_a_date_a_retry_or_drift_brought() {
        let names: Vec<String> = told(&[
            ("drifted", Cause::Drift),
            ("tried", Cause::Retry),
            ("dated", Cause::Clock),
            ("edited", Cause::Files),
            ("both", Cause::Clock),
            ("both", Cause::Files),
        ])
        .into_iter()
        .map(|(name, _)| name)
        .collect();
        assert_eq!(names, ["edited", "both", "dated", "tried", "drifted"]);
    }

    #[test]
    fn r22_what_was_only_changed_outside_is_told_as_drift() {
        let groups = told(&[
            ("1", Cause::Drift),
            ("2", Cause::Drift),
            ("2", Cause::Files),
            ("3", Cause::Clock),
        ]);
        let groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
        assert_eq!(groups, [Group::Gains, Group::Gains, Group::Drift]);
    }
}
