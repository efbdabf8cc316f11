//! What a run leaves in memory as it was, since nobody reviewed it: an edit that waits for a review
//! is an edit for the next run still (R22, R24).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Digest;
use crate::config::Config;
use crate::model::change::Change;
use crate::model::history::{Agreed, History, RememberedApp, RememberedPerson};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Body, Selection};

/// Of whom and of which apps a run brought about what the files say.
#[derive(Debug)]
pub struct Reviewed<'a> {
    plan: &'a Body,
    /// The files are those that the plan was made of.
    unedited: bool,
    agreed: &'a [Agreed],
    due: bool,
    selection: Option<&'a Selection>,
    people: BTreeSet<&'a PersonId>,
    apps: BTreeSet<&'a AppName>,
}

impl<'a> Reviewed<'a> {
    /// Looks at what a plan was of, and at the edits that its run left to a review.
    pub fn new(plan: &'a Body, config: &Config, history: &'a History, left: &[&'a Change]) -> Self {
        let people = left.iter().filter_map(|change| change.person.as_ref());
        Self {
            plan,
            unedited: plan.configuration == config.digest,
            agreed: &history.agreed,
            due: plan.due,
            selection: plan.selection.as_ref(),
            people: people.map(|person| &person.id).collect(),
            apps: left.iter().map(|change| &change.app).collect(),
        }
    }

    fn is_of_person(&self, id: &PersonId, facts: Digest) -> bool {
        let says = |edited: &BTreeMap<PersonId, Digest>| edited.get(id) == Some(&facts);
        if self.due {
            // Nor does a run that goes on with what another one left take back that it was reviewed.
            let mut agreed = self.agreed.iter().filter(|run| run.whole);
            return agreed.any(|run| says(&run.edited));
        }
        let selected = self.selection.is_none_or(|selection| {
            let people = &selection.people;
            selection.apps.is_empty() && (people.is_empty() || people.contains(id))
        });
        let seen = self.unedited || says(&self.plan.edited);
        seen && selected && !self.people.contains(id)
    }

    fn is_of_app(&self, app: &AppName) -> bool {
        let selected = self.selection.is_none_or(|selection| {
            let apps = &selection.apps;
            selection.people.is_empty() && (apps.is_empty() || apps.contains(app))
        });
        !self.due && selected && !self.apps.contains(app)
    }

    /// Keeps what was known of people, whoever is new staying so. Returns of whom the files say
    /// something that waits for a review.
    pub fn people(
        &self,
        history: &History,
        people: &mut BTreeMap<PersonId, RememberedPerson>,
    ) -> BTreeSet<PersonId> {
        let mut waiting = BTreeSet::new();
        for (id, person) in people {
            if self.is_of_person(id, person.facts) {
                continue;
            }
            let before = history.people.get(id);
            if self.due {
                // The settings that tell what follows from the same facts may be edited, too.
                person.in_scope = before.is_some_and(|before| before.in_scope);
                person.until = before.and_then(|before| before.until);
                person.ends = before.map_or_else(Vec::new, |before| before.ends.clone());
            }
            let facts = before.map_or_else(|| Digest::of(b""), |before| before.facts);
            if person.facts != facts {
                person.facts = facts;
                person.until = before.and_then(|before| before.until);
                person.ends = before.map_or_else(Vec::new, |before| before.ends.clone());
                waiting.insert(id.clone());
            }
        }
        waiting
    }

    /// Keeps what was known of the settings of apps, and, where nobody reviewed anything, of what the
    /// files named there, and wanted there for those of whom something waits.
    pub fn apps(
        &self,
        config: &Config,
        history: &History,
        waiting: &BTreeSet<PersonId>,
        apps: &mut BTreeMap<AppName, RememberedApp>,
    ) {
        for (app, remembered) in apps {
            if self.is_of_app(app) || !config.apps.contains_key(app) {
                continue;
            }
            let nothing = RememberedApp::default();
            let before = history.apps.get(app).unwrap_or(&nothing);
            let edited = remembered.settings != before.settings;
            remembered.settings = before.settings;
            if !self.due {
                continue;
            }
            remembered.named.clone_from(&before.named);
            for (account, memory) in &mut remembered.memories {
                if edited
                    || memory
                        .person
                        .as_ref()
                        .is_some_and(|id| waiting.contains(id))
                {
                    let before = before.memories.get(account);
                    memory.desired = before.is_some_and(|before| before.desired);
                }
            }
        }
    }
}
