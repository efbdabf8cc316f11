//! Taking changes out of a plan: what must not be done, what another app would do in its stead, and
//! what requires it (R17).

use std::collections::{BTreeMap, HashMap};

use crate::config::Config;
use crate::model::change::{Action, Change, ChangeId, Verb};
use crate::model::plan::{Edge, EdgeKind};
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::order::order;

/// Why a change is not done.
pub type Verdict = (WithheldState, Impediment);

/// The changes of a plan in the order of execution, and those that were taken out.
pub struct Steps<'a> {
    config: &'a Config,
    /// Edges that planning found, beyond what holds of every person's changes.
    known: Vec<Edge>,
    /// What is done.
    pub changes: Vec<Change>,
    /// What comes before what.
    pub edges: Vec<Edge>,
    /// What is not done.
    pub withheld: Vec<Withheld>,
}

impl<'a> Steps<'a> {
    /// Puts changes in their order.
    pub fn new(config: &'a Config, changes: Vec<Change>, known: Vec<Edge>) -> Self {
        let (changes, edges) = order(config, changes, &known);
        Self {
            config,
            known,
            changes,
            edges,
            withheld: Vec::new(),
        }
    }

    /// Adds to what comes before what.
    pub fn require(&mut self, edges: &[Edge]) {
        if !edges.is_empty() {
            self.known.extend_from_slice(edges);
            let changes = std::mem::take(&mut self.changes);
            (self.changes, self.edges) = order(self.config, changes, &self.known);
        }
    }

    /// Takes out what a verdict forbids, with everything that hangs on it.
    pub fn withhold(&mut self, verdict: impl Fn(&Change) -> Option<Verdict>) {
        let mut out: HashMap<ChangeId, Verdict> = HashMap::new();
        for change in &self.changes {
            out.extend(verdict(change).map(|verdict| (change.id.clone(), verdict)));
        }
        if out.is_empty() {
            return;
        }
        self.add_triggers(&mut out);
        self.add_dependents(&mut out);
        let (gone, kept) = std::mem::take(&mut self.changes)
            .into_iter()
            .partition(|change| out.contains_key(&change.id));
        self.report(gone, out);
        // Among what is left, an order that went through what is gone would be lost with it.
        (self.changes, self.edges) = order(self.config, kept, &self.known);
    }

    /// What makes another app open or close the account: judged by its final effect, that is the
    /// same change. A closing in the source itself goes on: it cuts more than this account.
    fn add_triggers(&self, out: &mut HashMap<ChangeId, Verdict>) {
        let steps: HashMap<&ChangeId, &Change> = self
            .changes
            .iter()
            .map(|change| (&change.id, change))
            .collect();
        let mut triggers = Vec::new();
        for edge in &self.edges {
            let Some(verdict) = out.get(&edge.after) else {
                continue;
            };
            let (before, after) = (steps[&edge.before], steps[&edge.after]);
            let source = match &after.action {
                Action::Await { by, .. } | Action::Deactivate { by: Some(by), .. } => &by.source,
                _ => continue,
            };
            let assigns = matches!(before.action.verb(), Verb::Grant | Verb::Revoke);
            if before.app == *source && assigns {
                triggers.push((edge.before.clone(), verdict.clone()));
            }
        }
        for (id, verdict) in triggers {
            out.entry(id).or_insert(verdict);
        }
    }

    /// What requires something that is not done; for the same account it is part of the same.
    fn add_dependents(&self, out: &mut HashMap<ChangeId, Verdict>) {
        let mut requires: HashMap<&ChangeId, Vec<&ChangeId>> = HashMap::new();
        for edge in &self.edges {
            if edge.kind == EdgeKind::Requires {
                requires.entry(&edge.after).or_default().push(&edge.before);
            }
        }
        let mut gone: HashMap<&ChangeId, &Change> = HashMap::new();
        // Every edge leads from an earlier to a later change: one pass finds them all.
        for change in &self.changes {
            let root = requires.get(&change.id).into_iter().flatten();
            let root = root.copied().find_map(|before| gone.get(before).copied());
            if !out.contains_key(&change.id) {
                let Some(root) = root else { continue };
                let verdict = out[&root.id].clone();
                let same = (&root.app, &root.person) == (&change.app, &change.person);
                let carries = same || matches!(verdict.1, Impediment::Requires { .. });
                let verdict = if carries {
                    verdict
                } else {
                    let why = Impediment::Requires {
                        verb: root.action.verb(),
                        app: root.app.clone(),
                        person: root.person.clone(),
                    };
                    (WithheldState::Skipped, why)
                };
                out.insert(change.id.clone(), verdict);
            }
            gone.insert(&change.id, change);
        }
    }

    /// Says per account what is not done, and why.
    fn report(&mut self, gone: Vec<Change>, mut out: HashMap<ChangeId, Verdict>) {
        let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for change in gone {
            let (state, why) = out.remove(&change.id).expect("it is out");
            let subject = (
                change.app.clone(),
                change.person.as_ref().map(|person| person.id.clone()),
                change.account.clone(),
            );
            let known = places.entry(subject).or_default();
            let same = known.iter().copied().find(|index| {
                let item: &Withheld = &self.withheld[*index];
                (item.state, &item.why) == (state, &why)
            });
            if let Some(index) = same {
                self.withheld[index].changes.push(change);
                continue;
            }
            known.push(self.withheld.len());
            self.withheld.push(Withheld {
                state,
                app: Some(change.app.clone()),
                person: change.person.clone(),
                why,
                at: self.entry(&change),
                changes: vec![change],
            });
        }
    }

    /// The line of the person's entry.
    fn entry(&self, change: &Change) -> Option<crate::base::source::Location> {
        let id = &change.person.as_ref()?.id;
        let people = &self.config.people;
        let index = people.binary_search_by(|known| known.id.cmp(id)).ok()?;
        Some(self.config.sources.locate(people[index].site))
    }
}

/// R6: what an app's mode does not allow is shown, and not done.
pub fn by_mode(config: &Config, change: &Change) -> Option<Verdict> {
    let mode = config.apps[&change.app].mode;
    let why = || (WithheldState::Reported, Impediment::Mode { mode });
    (!mode.allows(change)).then(why)
}
