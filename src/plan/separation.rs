//! What nobody may hold together (R13): the grant that would complete a breach is held.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Foreign;
use crate::base::source::Location;
use crate::config::{Config, Separation};
use crate::model::account::Status;
use crate::model::app::KindIndex;
use crate::model::breach::{Breach, Party};
use crate::model::change::{Action, Change, ChangeId, Verb};
use crate::model::desired::{Desired, Want};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Completeness, Observed, Reading};
use crate::model::plan::{Edge, EdgeKind};
use crate::model::reason::Why;
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::draft::Draft;
use super::matching::person_tag;
use super::view::AppView;

/// Something of one side of a rule that a person holds, loses or is given.
#[derive(Debug)]
pub struct Part {
    /// Index of the person.
    person: usize,
    /// Index of the rule.
    rule: usize,
    side: usize,
    what: Party,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Held,
    /// By this step: revoked, replaced by another value, or closed in.
    Taken {
        step: ChangeId,
        revoked: bool,
    },
    /// By this step.
    Given(ChangeId),
    /// Nothing tells whether it is held.
    Unread,
}

/// What people hold in one app, and are about to, of any side of any rule.
pub fn parts(view: &AppView<'_>, draft: &Draft) -> Vec<Part> {
    let names_app = |rule: &Separation| rule.sides.iter().any(|side| side.contains_key(view.name));
    if !view.config.separations.iter().any(names_app) {
        return Vec::new();
    }
    let mut steps: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &draft.changes {
        if let Some(person) = &change.person {
            steps.entry(person.id.as_str()).or_default().push(change);
        }
    }
    let mut parts = Vec::new();
    for (index, person) in view.config.people.iter().enumerate() {
        let steps = steps.get(person.id.as_str());
        let steps = steps.map_or(&[][..], Vec::as_slice);
        let main = view.links.main(index);
        let account = main.map(|(account, _)| view.observation.account(account));
        if let Some(account) = account {
            held(view, index, account, steps, &mut parts);
        }
        for step in steps {
            given(view, index, step, &mut parts);
        }
    }
    parts
}

fn held(
    view: &AppView<'_>,
    person: usize,
    account: AccountRef<'_>,
    steps: &[&Change],
    parts: &mut Vec<Part>,
) {
    // Somebody may have a second account here.
    let id = Some(account.vendor_id().into_raw());
    let of_it = |step: &&&Change| {
        let account = step.account.as_ref();
        account.map(|account| account.vendor_id.raw()) == id
    };
    let steps: Vec<&Change> = steps.iter().filter(of_it).copied().collect();
    let verb = |verbs: &[Verb]| {
        let mut steps = steps.iter().copied();
        steps.find(|step| verbs.contains(&step.action.verb()))
    };
    if account.status() == Status::Inactive && verb(&[Verb::Reactivate, Verb::Await]).is_none() {
        return;
    }
    let closing = verb(&[Verb::Deactivate]);
    for holding in account.holdings() {
        let value = view.observation.value(holding.value);
        let level = view.observation.level(*holding).map(Foreign::into_raw);
        let what = (value.kind, value.name.raw(), level);
        let kind = &*view.settings.description.kind(value.kind).name;
        let mut taking = steps.iter().copied();
        let taken = taking.find(|step| takes(&step.action, kind, what.1));
        let taken = taken.or(closing);
        for (rule, side) in sides(view, what) {
            parts.push(Part {
                person,
                rule,
                side,
                what: Party {
                    app: view.name.clone(),
                    kind: kind.to_owned(),
                    value: value.name.to_owned(),
                    at: line(view, person, what.0, what.1),
                },
                state: taken.map_or(State::Held, |step| State::Taken {
                    step: step.id.clone(),
                    revoked: step.action.verb() == Verb::Revoke,
                }),
            });
        }
    }
}

/// True if a step takes a value, or another of its kind takes its place.
fn takes(action: &Action, of: &str, name: &str) -> bool {
    match action {
        Action::Revoke { kind, value, .. } => kind == of && value.raw() == name,
        Action::Set {
            kind, key: None, ..
        } => kind == of,
        Action::Set {
            kind,
            key: Some(key),
            ..
        } => kind == of && key == name,
        _ => false,
    }
}

fn given(view: &AppView<'_>, person: usize, step: &Change, parts: &mut Vec<Part>) {
    let (kind, value, level) = match &step.action {
        Action::Grant { kind, value, level } => (kind, value, level.as_deref()),
        Action::Set {
            kind,
            key: Some(key),
            after,
            ..
        } => (kind, key, Some(after.as_str())),
        Action::Set {
            kind,
            key: None,
            after,
            ..
        } => (kind, after, None),
        _ => return,
    };
    let Some((index, _)) = view.settings.description.entitlement(kind) else {
        return;
    };
    let named = |why: &Why| matches!(why, Why::Profile { .. } | Why::Extra { .. });
    let line = step.reasons.iter().find(|reason| named(&reason.why));
    for (rule, side) in sides(view, (index, value, level)) {
        parts.push(Part {
            person,
            rule,
            side,
            what: Party {
                app: view.name.clone(),
                kind: kind.clone(),
                value: value.as_str().into(),
                at: line.and_then(|reason| reason.at.clone()),
            },
            state: State::Given(step.id.clone()),
        });
    }
}

fn sides<'a>(
    view: &'a AppView<'_>,
    what: (KindIndex, &'a str, Option<&'a str>),
) -> impl Iterator<Item = (usize, usize)> + 'a {
    let rules = view.config.separations.iter().enumerate();
    rules.flat_map(move |(index, rule)| {
        rule.sides_of(view.name, what)
            .map(move |side| (index, side))
    })
}

/// The line that names what somebody holds, if any does.
fn line(view: &AppView<'_>, person: usize, kind: KindIndex, value: &str) -> Option<Location> {
    let Want::Account { gives, .. } = view.desired.want(person, view.index) else {
        return None;
    };
    let wanted = view.desired.holdings(person, view.index, gives);
    let is_it = wanted
        .iter()
        .find(|(one, _)| one.kind == kind && one.value == value);
    is_it.map(|(one, _)| view.config.sources.locate(one.from.site))
}

/// Holds the grants that would complete a breach: of what is held and what is given, what is held
/// stays; of two that are given, the side that the rule names first.
pub fn settle(scene: &Scene<'_>, drafts: &mut BTreeMap<&AppName, Draft>) {
    let parts = drafts
        .values_mut()
        .flat_map(|draft| std::mem::take(&mut draft.parts));
    let mut cases: BTreeMap<(usize, usize), Vec<Part>> = BTreeMap::new();
    for part in parts {
        cases
            .entry((part.person, part.rule))
            .or_default()
            .push(part);
    }
    for ((person, rule), mut parts) in cases {
        parts.sort_by(|a, b| (a.side, &a.what).cmp(&(b.side, &b.what)));
        let case = Case {
            scene,
            person,
            rule: &scene.config.separations[rule],
            parts,
        };
        case.settle(drafts);
    }
}

/// What tells whether somebody may hold what cannot be seen.
pub struct Scene<'a> {
    pub config: &'a Config,
    pub desired: &'a Desired,
    pub history: &'a History,
    pub observed: &'a Observed,
}

impl Scene<'_> {
    /// True if nothing tells who holds values of a kind.
    fn is_unread(&self, app: &AppName, kind: KindIndex) -> bool {
        match self.observed.get(app) {
            Some(Reading::Read(reading)) => {
                let of_kind = &reading.kinds[usize::from(kind.0)];
                let mut answers = [of_kind, &reading.completeness].into_iter();
                answers.any(|answer| matches!(answer, Completeness::Incomplete(_)))
            }
            Some(Reading::Unread(_)) | None => true,
        }
    }

    /// True for somebody who had an account in an app at the last run, or should have one.
    fn may_be_in(&self, app: &AppName, person: usize) -> bool {
        let id = &self.config.people[person].id;
        let remembered = self.history.apps.get(app);
        let mut memories = remembered.into_iter().flat_map(|app| app.memories.values());
        let wanted = |app| matches!(self.desired.want(person, app), Want::Account { .. });
        self.desired.apps.binary_search(app).is_ok_and(wanted)
            || memories.any(|memory| memory.person.as_ref() == Some(id))
    }
}

/// One rule and one person.
struct Case<'a> {
    scene: &'a Scene<'a>,
    person: usize,
    rule: &'a Separation,
    parts: Vec<Part>,
}

impl Case<'_> {
    fn settle(&self, drafts: &mut BTreeMap<&AppName, Draft>) {
        let held: BTreeSet<usize> = self.sides(|state| *state == State::Held);
        let given = self.sides(|state| matches!(state, State::Given(_)));
        let kept: BTreeSet<usize> = if held.is_empty() {
            given.first().copied().into_iter().collect()
        } else {
            held.clone()
        };
        if held.len() > 1
            && let [first, second, ..] = self.of(&held).as_slice()
        {
            let why = self.breach(second, first, true);
            self.withhold(why, Vec::new(), &second.what.app, drafts);
        }
        for part in &self.parts {
            let State::Given(step) = &part.state else {
                continue;
            };
            let with = self
                .of(&kept)
                .into_iter()
                .find(|other| other.side != part.side);
            match with.filter(|_| !kept.contains(&part.side)) {
                Some(other) => self.hold(step, part, other, drafts),
                None => match self.unread(part) {
                    Some(other) => self.hold(step, part, &other, drafts),
                    None => self.after_what_is_taken(step, part, drafts),
                },
            }
        }
    }

    /// Something of another side that they may hold where nobody could look.
    fn unread(&self, part: &Part) -> Option<Part> {
        let scene = self.scene;
        let sides = self.rule.sides.iter().enumerate();
        let others = sides.filter(|(side, _)| *side != part.side);
        let mut all = others.flat_map(|(side, apps)| {
            let apps = apps.iter();
            apps.flat_map(move |(app, gives)| {
                let values = gives.entitlements.iter();
                values.map(move |one| (side, app, one))
            })
        });
        let (side, app, one) = all.find(|(_, app, one)| {
            scene.is_unread(app, one.kind) && scene.may_be_in(app, self.person)
        })?;
        let kind = &scene.config.apps[app].description.kind(one.kind).name;
        Some(Part {
            person: part.person,
            rule: part.rule,
            side,
            what: Party {
                app: app.clone(),
                kind: kind.to_string(),
                value: one.value.as_str().into(),
                at: None,
            },
            state: State::Unread,
        })
    }

    fn sides(&self, is: impl Fn(&State) -> bool) -> BTreeSet<usize> {
        let parts = self.parts.iter().filter(|part| is(&part.state));
        parts.map(|part| part.side).collect()
    }

    /// A part of each of these sides, taken ones left out.
    fn of(&self, sides: &BTreeSet<usize>) -> Vec<&Part> {
        let counts = |part: &Part| !matches!(part.state, State::Taken { .. });
        let first = |side: &usize| {
            let mut parts = self.parts.iter();
            parts.find(|part| part.side == *side && counts(part))
        };
        sides.iter().filter_map(first).collect()
    }

    /// What is given in the place of something of another side comes once that is gone: after it is
    /// revoked in the same app, else in the next run. An edge between apps might contradict the
    /// order that the files give them.
    fn after_what_is_taken(
        &self,
        step: &ChangeId,
        part: &Part,
        drafts: &mut BTreeMap<&AppName, Draft>,
    ) {
        for other in self.parts.iter().filter(|other| other.side != part.side) {
            let State::Taken {
                step: taken,
                revoked,
            } = &other.state
            else {
                continue;
            };
            if taken == step {
                continue;
            }
            if other.what.app != part.what.app || !revoked {
                return self.hold(step, part, other, drafts);
            }
            if let Some(draft) = drafts.get_mut(&part.what.app) {
                draft.edges.push(Edge {
                    before: taken.clone(),
                    after: step.clone(),
                    kind: EdgeKind::Requires,
                });
            }
        }
    }

    fn hold(
        &self,
        step: &ChangeId,
        part: &Part,
        other: &Part,
        drafts: &mut BTreeMap<&AppName, Draft>,
    ) {
        let Some(draft) = drafts.get_mut(&part.what.app) else {
            return;
        };
        // Another rule may have held it before.
        let Some(index) = draft.changes.iter().position(|change| change.id == *step) else {
            return;
        };
        let change = draft.changes.remove(index);
        let why = self.breach(part, other, false);
        self.withhold(why, vec![change], &part.what.app, drafts);
    }

    fn breach(&self, part: &Part, other: &Part, held: bool) -> Impediment {
        Impediment::Separation(Box::new(Breach {
            rule: self.rule.name.clone(),
            reason: self.rule.reason.clone(),
            this: part.what.clone(),
            other: other.what.clone(),
            held,
            leaving: matches!(other.state, State::Taken { .. }),
            unread: other.state == State::Unread,
        }))
    }

    fn withhold(
        &self,
        why: Impediment,
        changes: Vec<Change>,
        app: &AppName,
        drafts: &mut BTreeMap<&AppName, Draft>,
    ) {
        if let Some(draft) = drafts.get_mut(app) {
            draft.withheld.push(Withheld {
                state: WithheldState::Held,
                app: Some(app.clone()),
                person: Some(person_tag(&self.scene.config.people[self.person])),
                why,
                changes,
                at: Some(self.scene.config.sources.locate(self.rule.site)),
            });
        }
    }
}
