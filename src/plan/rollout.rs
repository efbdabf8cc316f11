//! Whom a plan may touch (R6): a rollout may begin with some people.

use std::collections::HashSet;

use crate::config::Config;
use crate::model::change::{Change, ChangeId, PersonTag, Verb};
use crate::model::desired::{Desired, DesiredPerson};
use crate::model::history::History;
use crate::model::name::PersonId;
use crate::model::plan::EdgeKind;
use crate::model::withheld::Withheld;

use super::draft::Draft;

/// Whom a plan may touch.
pub struct Reach<'a> {
    config: &'a Config,
    history: &'a History,
    /// Per person, whether they are in scope; empty where everybody is.
    inside: Vec<bool>,
}

impl<'a> Reach<'a> {
    /// Looks at everybody.
    ///
    /// A rollout holds up nobody's order: whoever is the `only` one that a run is of is within reach.
    pub fn new(
        config: &'a Config,
        desired: &Desired,
        history: &'a History,
        only: Option<&PersonId>,
    ) -> Self {
        let inside = |person: usize| {
            only == Some(&config.people[person].id)
                || is_inside(config, &desired.people[person], person)
        };
        let inside = match config.rollout {
            None => Vec::new(),
            Some(_) => (0..config.people.len()).map(inside).collect(),
        };
        Self {
            config,
            history,
            inside,
        }
    }

    /// True for a person of the files, by index.
    pub fn has(&self, person: usize) -> bool {
        self.inside.is_empty() || self.inside[person]
    }

    /// How many people of the files are never touched.
    pub fn outside(&self) -> usize {
        self.inside.iter().filter(|inside| !**inside).count()
    }

    /// Leaves of an app's part only what concerns people in scope. What is taken from somebody is
    /// within it, too, if they were at the last run: whoever moves out does not keep what they had.
    pub fn limit(&self, draft: &mut Draft) {
        if self.config.rollout.is_none() {
            return;
        }
        let mut dropped: HashSet<ChangeId> = HashSet::new();
        let outside = draft.changes.iter().filter(|change| !self.allows(change));
        dropped.extend(outside.map(|change| change.id.clone()));
        // A report's manager may be one of them.
        let requires = draft
            .edges
            .iter()
            .filter(|edge| edge.kind == EdgeKind::Requires);
        let requires = requires.filter(|edge| dropped.contains(&edge.before));
        let requires: Vec<ChangeId> = requires.map(|edge| edge.after.clone()).collect();
        dropped.extend(requires);
        draft.changes.retain(|change| !dropped.contains(&change.id));
        draft.withheld.retain(|item| self.concerns(item));
        draft.surplus.retain(|one| self.within(Some(&one.person)));
        let inherited = &mut draft.inherited;
        inherited.retain(|one| one.people.iter().all(|person| self.covers(person)));
    }

    /// True if what is withheld concerns somebody in scope, or takes something from somebody who was.
    pub fn concerns(&self, item: &Withheld) -> bool {
        self.within(item.person.as_ref()) || item.changes.iter().any(|change| self.allows(change))
    }

    fn allows(&self, change: &Change) -> bool {
        let takes = matches!(change.action.verb(), Verb::Revoke | Verb::Deactivate);
        let person = change.person.as_ref();
        self.within(person) || (takes && person.is_some_and(|person| self.was(&person.id)))
    }

    /// True for somebody in scope.
    pub fn covers(&self, person: &PersonTag) -> bool {
        self.within(Some(person))
    }

    fn within(&self, person: Option<&PersonTag>) -> bool {
        let Some(person) = person else {
            return self.config.rollout.is_none();
        };
        let people = &self.config.people;
        match people.binary_search_by(|known| known.id.cmp(&person.id)) {
            Ok(index) => self.has(index),
            // Whoever vanished from the files is where the last run saw them.
            Err(_) => self.was(&person.id),
        }
    }

    fn was(&self, id: &PersonId) -> bool {
        self.history
            .people
            .get(id)
            .is_some_and(|known| known.in_scope)
    }
}

/// True if a person is in scope by the period that runs, the next, or the last one; or if an order
/// made them leave, since what that took is not to be given back by hand.
pub fn is_inside(config: &Config, desired: &DesiredPerson, person: usize) -> bool {
    let Some(rollout) = &config.rollout else {
        return true;
    };
    let person = &config.people[person];
    if person.ordered.is_some() {
        return true;
    }
    let current = desired.current.as_ref().map(|current| current.period);
    let next = desired.next.as_ref().map(|next| next.period);
    let last = person.periods.len() - 1;
    let period = &person.periods[current.or(next).unwrap_or(last)];
    rollout.includes(person, period)
}
