//! Who somebody's manager is in an app (R16): a step of its own, once the manager has an account.

use std::collections::HashMap;

use crate::model::account::Status;
use crate::model::app::{AttributeSource, Comparison};
use crate::model::change::{Action, AttributeEdit, Change, Verb};
use crate::model::desired::Want;
use crate::model::plan::{Edge, EdgeKind};
use crate::model::reason::{Cause, Reason, Why};

use super::cause::Causes;
use super::draft::Draft;
use super::matching::{person_tag, tag};
use super::view::AppView;

/// Adds the steps that set managers, where the app has a place for them. They come from what is
/// planned for accounts, so that what is held or blocked brings none.
pub fn plan(view: &AppView<'_>, causes: &Causes<'_>, draft: &mut Draft) {
    let attributes = &view.settings.description.attributes;
    let is_manager = |source| source == AttributeSource::Manager;
    let Some(attribute) = attributes.iter().position(|kind| is_manager(kind.source)) else {
        return;
    };
    // Another app that makes the accounts sets their attributes too (R15).
    let ours = view.settings.provisioned_by.is_none() && view.settings.owns(&attributes[attribute]);
    if !ours || !view.observation.attributes_known[attribute] {
        return;
    }
    let mut steps: HashMap<usize, Vec<&Change>> = HashMap::new();
    for change in &draft.changes {
        let person = change.person.as_ref();
        if let Some(person) = person.and_then(|person| view.people.by_id(person.id.as_str())) {
            steps.entry(person).or_default().push(change);
        }
    }
    let managers = Managers {
        view,
        attribute,
        steps,
    };
    let found: Vec<_> = (0..view.config.people.len())
        .filter_map(|person| managers.step(person, causes))
        .collect();
    for (change, edges) in found {
        draft.changes.push(change);
        draft.edges.extend(edges);
    }
}

struct Managers<'a> {
    view: &'a AppView<'a>,
    attribute: usize,
    /// What is planned here, by person.
    steps: HashMap<usize, Vec<&'a Change>>,
}

impl<'a> Managers<'a> {
    /// The step that sets the manager of a person (by index), with what it requires.
    fn step(&self, index: usize, causes: &Causes<'_>) -> Option<(Change, Vec<Edge>)> {
        let view = self.view;
        let Want::Account { period, .. } = view.desired.want(index, view.index) else {
            return None;
        };
        let person = &view.config.people[index];
        let manager = view.people.manager(index, period)?;
        if person.problem.is_some() || view.links.conflicts.contains_key(&index) {
            return None;
        }
        self.login(index)?;
        let theirs = self.login(manager)?;
        let main = view.links.main(index);
        let account = main.map(|(account, _)| view.observation.account(account));
        if account.is_some_and(|account| view.protects(account)) {
            return None;
        }
        let held = account.and_then(|account| account.attribute(self.attribute));
        let held = held.map(crate::base::Foreign::into_raw);
        if held.is_some_and(|held| Comparison::Folded.same(held, theirs.login)) {
            return None;
        }
        let edits = vec![AttributeEdit {
            attribute: view.settings.description.attributes[self.attribute]
                .name
                .to_owned(),
            before: held.map(Into::into),
            after: theirs.login.to_owned(),
        }];
        let reason = Reason {
            why: Why::Entry,
            at: Some(view.config.sources.locate(person.site)),
        };
        let mut change = Change::new(
            view.name,
            Some(person_tag(person)),
            account.map(tag),
            Action::Update { edits },
            Cause::Files,
            vec![reason],
        );
        change.cause = causes.of(&change, Some(index));
        // A manager who comes, returns or is renamed is no drift of this account.
        if let (Cause::Drift, Some(first)) = (change.cause, theirs.requires.first()) {
            change.cause = first.cause;
        }
        let edges = theirs.requires.iter().map(|before| Edge {
            before: before.id.clone(),
            after: change.id.clone(),
            kind: EdgeKind::Requires,
        });
        let edges = edges.collect();
        Some((change, edges))
    }

    /// What a person signs in with here once this plan is done; `None` if they have no open account
    /// then.
    fn login(&self, index: usize) -> Option<SignIn<'a>> {
        let view = self.view;
        let steps = self.steps.get(&index).map_or(&[][..], Vec::as_slice);
        let step = |verb: Verb| {
            let is_it = move |step: &&&Change| step.action.verb() == verb;
            steps.iter().find(is_it).copied()
        };
        let Some((account, _)) = view.links.main(index) else {
            let create = step(Verb::Create).or_else(|| step(Verb::Invite))?;
            let new = create.action.makes()?;
            return Some(SignIn {
                login: &new.login,
                requires: vec![create],
            });
        };
        let account = view.observation.account(account);
        let mut requires = Vec::new();
        if account.status() == Status::Inactive {
            requires.push(step(Verb::Reactivate)?);
        } else if step(Verb::Deactivate).is_some() {
            return None;
        }
        let renamed = steps.iter().find_map(|step| match &step.action {
            Action::Update { edits } => {
                let login = edits.iter().find(|edit| edit.attribute == "login")?;
                Some((*step, login.after.as_str()))
            }
            _ => None,
        });
        let login = match renamed {
            Some((step, login)) => {
                requires.push(step);
                login
            }
            None => account.login().into_raw(),
        };
        Some(SignIn { login, requires })
    }
}

/// What somebody signs in with, and the steps that make it so.
struct SignIn<'a> {
    login: &'a str,
    requires: Vec<&'a Change>,
}
