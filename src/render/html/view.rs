//! What the page shows, as the template reads it. All text here is plain: the template escapes it.

use std::collections::BTreeSet;

use askama::Template;

use crate::base::count::{count_of, thousands};
use crate::model::change::{Change, Verb};
use crate::model::guard::Verdict::Passed;
use crate::model::plan::{Body, Plan};
use crate::model::withheld::{Withheld, WithheldState};
use crate::render::Shown;
use crate::render::allowances;
use crate::render::causes;
use crate::render::decisions::snippet;
use crate::render::guards;
use crate::render::impediments::{all_the_same, sentences};
use crate::render::leftover;
use crate::render::people::{self, Affected, Group};
use crate::render::plan::warnings;
use crate::render::privileged;
use crate::render::reasons::Shared;
use crate::render::safe;
use crate::render::screen::Line;
use crate::render::steps;
use crate::render::style::Role;
use crate::render::upcoming::words;
use crate::render::verdict::{Verdict, by_state, by_verb};
use crate::render::words::{date, instant_in, place};

/// The whole page.
#[derive(Template)]
#[template(path = "plan.html", config = "src/render/html/askama.toml")]
pub struct Page {
    organisation: String,
    as_of: String,
    verdict: &'static str,
    class: &'static str,
    counts: Vec<Count>,
    warnings: Vec<Vec<Piece>>,
    causes: Option<Vec<Piece>>,
    tripped: Vec<Vec<Piece>>,
    within: Vec<Piece>,
    guards: Vec<Vec<Piece>>,
    apps: Vec<String>,
    verbs: Vec<&'static str>,
    privileged: Vec<Vec<Piece>>,
    tasks: Vec<Vec<Piece>>,
    held_through: Vec<Vec<Piece>>,
    withheld: Vec<WithheldView>,
    groups: Vec<GroupView>,
    reported: Vec<Reported>,
    upcoming: Vec<(String, Vec<Piece>)>,
    id: String,
    commit: Option<String>,
    tool: String,
    fetched: Vec<(String, String)>,
}

/// A number with its word.
struct Count {
    class: &'static str,
    number: String,
    word: String,
}

/// A piece of text in a role.
pub struct Piece {
    pub class: &'static str,
    pub text: String,
}

/// One group of people.
struct GroupView {
    title: &'static str,
    class: &'static str,
    number: String,
    people: Vec<PersonView>,
}

/// One person with their steps.
struct PersonView {
    symbol: &'static str,
    name: String,
    id: String,
    why: Vec<Piece>,
    steps: Vec<StepView>,
}

/// One change.
struct StepView {
    class: &'static str,
    symbol: &'static str,
    verb: &'static str,
    app: String,
    objects: Vec<Vec<Piece>>,
    aside: Vec<Piece>,
}

/// Something that is not done.
struct WithheldView {
    class: &'static str,
    state: String,
    name: String,
    id: String,
    app: String,
    /// The app, if it is one.
    only: String,
    /// The actions that are not done.
    verbs: String,
    rule: &'static str,
    place: Vec<Piece>,
    happened: Vec<Piece>,
    todo: Vec<Piece>,
    snippet: String,
    undone: Vec<Vec<Piece>>,
}

/// An account that is only reported.
struct Reported {
    kind: &'static str,
    app: String,
    who: String,
    status: &'static str,
}

impl Page {
    /// Lays a plan out.
    pub fn of(shown: Shown<'_>) -> Self {
        let plan = shown.plan;
        let Plan { envelope, body } = plan;
        let verdict = Verdict::of(shown);
        let others = warnings(body).into_iter().map(|one| one.line);
        let told = shown.warning().into_iter().chain(others);
        let people = people::by_cause(&body.changes);
        let mut apps: Vec<String> = body
            .apps
            .keys()
            .map(|app| safe::cell(app.as_str()))
            .collect();
        apps.dedup();
        let passed = passed(body);
        let unchecked = (!passed.is_empty())
            .then(|| guards::unchecked(body))
            .flatten();
        let undone = body.withheld.iter().flat_map(|item| &item.changes);
        let verbs = body.changes.iter().chain(undone);
        let verbs: BTreeSet<Verb> = verbs.map(|change| change.action.verb()).collect();
        Self {
            organisation: safe::cell(body.organisation.raw()),
            as_of: instant_in(body.as_of, &body.time_zone),
            verdict: verdict.words().1,
            class: match verdict {
                Verdict::Stale | Verdict::Incomplete | Verdict::Blocked => "blocked",
                Verdict::Review => "change",
                Verdict::Ready => "create",
                Verdict::Nothing => "quiet",
            },
            counts: counts(body),
            warnings: told.map(|line| pieces(&line)).collect(),
            causes: causes::line(body).as_ref().map(pieces),
            tripped: tripped(body),
            within: pieces(&guards::within(passed.len())),
            guards: passed.iter().chain(&unchecked).map(pieces).collect(),
            apps,
            verbs: verbs.into_iter().map(Verb::word).collect(),
            privileged: privileged::lines(body).iter().map(pieces).collect(),
            tasks: lines(body.tasks.iter().map(leftover::task)),
            held_through: lines(body.held_through.iter().map(leftover::held)),
            withheld: (body.withheld.iter())
                .map(|item| withheld(item, body))
                .collect(),
            groups: groups(&people),
            reported: reported(body),
            upcoming: upcoming(body),
            id: plan.id().short(),
            commit: envelope.commit.as_ref().map(|commit| {
                let short: String = commit.chars().take(12).collect();
                safe::cell(&short)
            }),
            tool: safe::cell(&envelope.tool),
            fetched: envelope
                .fetched_at
                .iter()
                .map(|(app, at)| (safe::cell(app.as_str()), instant_in(*at, &body.time_zone)))
                .collect(),
        }
    }
}

/// What guards refuse, or what somebody allowed.
fn tripped(body: &Body) -> Vec<Vec<Piece>> {
    let told = body.guards.iter().filter(|one| one.verdict != Passed);
    let lines = told.map(|judgement| {
        let line = guards::sentence(judgement);
        if judgement.tripped() {
            let todo = guards::todo(judgement);
            line.own(Role::Text, " → ").then(todo)
        } else {
            line
        }
    });
    let lines = lines.chain(allowances::lines(body));
    let lines = lines.chain(guards::unguarded(body));
    lines.map(|line| pieces(&line)).collect()
}

/// What passed, and what nobody looks at.
fn passed(body: &Body) -> Vec<Line> {
    let passed = body.guards.iter().filter(|one| one.verdict == Passed);
    passed.map(guards::sentence).collect()
}

fn counts(body: &Body) -> Vec<Count> {
    let verbs = by_verb(body).filter(|(verb, number)| *number > 0 || *verb == Verb::Deactivate);
    let verbs = verbs.map(|(verb, number)| Count {
        class: if number == 0 {
            "quiet"
        } else {
            class(steps::role(verb))
        },
        number: thousands(number),
        word: format!("to {}", verb.word()),
    });
    let given = privileged::changes(body).count();
    let given = (given > 0).then(|| Count {
        class: class(Role::Privileged),
        number: thousands(given),
        word: "privileged".to_owned(),
    });
    let states = by_state(body).map(|(state, number)| Count {
        class: state_class(state),
        number: thousands(number),
        word: state.to_string(),
    });
    verbs.chain(given).chain(states).collect()
}

fn groups(people: &[Affected<'_>]) -> Vec<GroupView> {
    let views = Group::ALL.into_iter().map(|group| {
        let members = people::members(people, group);
        GroupView {
            title: group.title(),
            class: class(group.role()),
            number: count_of(members.len(), "person", "people").to_string(),
            people: members.into_iter().map(person).collect(),
        }
    });
    views.filter(|view| !view.people.is_empty()).collect()
}

fn person(affected: &Affected<'_>) -> PersonView {
    let shared = Shared::of(&affected.changes);
    let tag = affected.person;
    PersonView {
        symbol: affected.group.role().symbol(),
        name: tag.map_or_else(String::new, |tag| safe::cell(tag.name.raw())),
        id: tag.map_or_else(String::new, |tag| safe::cell(tag.id.as_str())),
        why: pieces(&shared.heading()),
        steps: affected
            .changes
            .iter()
            .map(|change| step(change, &shared))
            .collect(),
    }
}

fn step(change: &Change, shared: &Shared<'_>) -> StepView {
    let verb = change.action.verb();
    let role = steps::role_of(change);
    StepView {
        class: class(role),
        symbol: role.symbol(),
        verb: verb.word(),
        app: safe::cell(change.app.as_str()),
        objects: steps::objects(change).iter().map(pieces).collect(),
        aside: pieces(&shared.aside(change)),
    }
}

fn withheld(item: &Withheld, body: &Body) -> WithheldView {
    let app = item.app.as_ref().map_or("the app", |app| app.as_str());
    let (happened, todo) = sentences(&item.why, app, &body.time_zone);
    WithheldView {
        class: state_class(item.state),
        state: item.state.to_string(),
        name: item
            .person
            .as_ref()
            .map_or_else(String::new, |tag| safe::cell(tag.name.raw())),
        id: item
            .person
            .as_ref()
            .map_or_else(String::new, |tag| safe::cell(tag.id.as_str())),
        app: item
            .app
            .as_ref()
            .map_or_else(|| "every app".to_owned(), |app| safe::cell(app.as_str())),
        only: item
            .app
            .as_ref()
            .map_or_else(String::new, |app| safe::cell(app.as_str())),
        verbs: item
            .changes
            .iter()
            .map(|change| change.action.verb().word())
            .collect::<Vec<_>>()
            .join(", "),
        rule: item.why.rule().unwrap_or_default(),
        place: pieces(&place(item.at.as_ref())),
        happened: pieces(&match all_the_same(item, &body.also_closed) {
            Some(same) => happened
                .own(Role::Warning, " ⚠ ")
                .then(same)
                .own(Role::Text, "."),
            None => happened,
        }),
        todo: pieces(&todo),
        snippet: snippet(&item.why)
            .iter()
            .map(|line| safe::sentence(line))
            .collect::<Vec<_>>()
            .join("\n"),
        undone: item
            .changes
            .iter()
            .map(|change| pieces(&steps::brief(change)))
            .collect(),
    }
}

fn reported(body: &Body) -> Vec<Reported> {
    let surplus = body.surplus.iter().map(|surplus| Reported {
        kind: "surplus",
        app: safe::cell(surplus.app.as_str()),
        who: safe::cell(surplus.person.name.raw()),
        status: surplus.status.word(),
    });
    let unmanaged = body.unmanaged.iter().map(|account| Reported {
        kind: "unmanaged",
        app: safe::cell(account.app.as_str()),
        who: safe::cell(account.account.login.raw()),
        status: account.status.word(),
    });
    surplus.chain(unmanaged).collect()
}

fn upcoming(body: &Body) -> Vec<(String, Vec<Piece>)> {
    let events = body.upcoming.iter();
    let line = |event| pieces(&words(event, &body.time_zone));
    events.map(|event| (date(event.on), line(event))).collect()
}

fn lines(lines: impl Iterator<Item = Line>) -> Vec<Vec<Piece>> {
    lines.map(|line| pieces(&line)).collect()
}

pub fn pieces(line: &Line) -> Vec<Piece> {
    let spans = line.spans().iter();
    spans
        .flat_map(|span| {
            let text = span.text.replace('\u{a0}', " ");
            let parts: Vec<&str> = text.split('`').collect();
            // In words of ours, what stands between backticks is code; in anybody else's, who knows.
            let quotes = !span.foreign && parts.len() > 1 && parts.len() % 2 == 1;
            if !quotes {
                let class = class(span.role);
                return vec![Piece { class, text }];
            }
            let parts = parts.into_iter().enumerate();
            let pieces = parts.map(|(place, part)| Piece {
                class: if place % 2 == 1 {
                    "code"
                } else {
                    class(span.role)
                },
                text: part.to_owned(),
            });
            pieces.filter(|piece| !piece.text.is_empty()).collect()
        })
        .collect()
}

const fn state_class(state: WithheldState) -> &'static str {
    match state {
        WithheldState::Held => "held",
        WithheldState::Reported | WithheldState::Waiting | WithheldState::Unreviewed => "quiet",
        WithheldState::Blocked | WithheldState::Skipped => "blocked",
    }
}

/// The style sheet's name for a role.
pub const fn class(role: Role) -> &'static str {
    match role {
        Role::Text => "text",
        Role::Heading | Role::Strong => "strong",
        Role::Quiet => "quiet",
        Role::Create | Role::Done => "create",
        Role::Remove | Role::Failed => "remove",
        Role::Change | Role::Warning => "change",
        Role::Privileged => "privileged",
        Role::Held => "held",
        Role::Blocked => "blocked",
    }
}
