//! What a snapshot remembers beyond what the apps say: whose each account is and what runs of ours
//! did to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::config::Config;
use crate::model::account::Status;
use crate::model::change::{Action, Change};
use crate::model::desired::{Desired, Want};
use crate::model::history::{History, Memory, RememberedApp, RememberedPerson};
use crate::model::name::{AppName, PersonId, RunId};
use crate::model::observation::Observation;
use crate::model::outcome::Outcome;

use super::matching::{self, Links, Owner, PeopleIndex};

/// A change that a run of ours got done.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The run.
    pub run: RunId,
    /// The change.
    pub change: Change,
    /// What became of it: done or already so.
    pub outcome: Outcome,
}

/// What is to be remembered of each account of a reading, in its order, and whose each is.
pub fn memories(
    config: &Config,
    desired: &Desired,
    app: &AppName,
    reading: &Observation,
    history: &History,
    people: &PeopleIndex<'_>,
    deeds: &[Deed],
) -> (Vec<Memory>, Links) {
    let remembered = history.apps.get(app);
    let links = matching::link(app, &config.apps[app], reading, remembered, people);
    let deeds = Deeds::of(app, deeds);
    let index = desired.apps.binary_search(app).ok();
    let memories = reading
        .accounts()
        .zip(&links.owners)
        .map(|(account, owner)| {
            let id = account.vendor_id().into_raw();
            let mut memory = remembered
                .and_then(|app| app.memory(id))
                .cloned()
                .unwrap_or_default();
            if let Owner::Person(person, rule) = owner {
                let id = &config.people[*person].id;
                if memory.person.as_ref() != Some(id) {
                    memory.person = Some(id.clone());
                    memory.link = Some(*rule);
                }
                memory.desired |= index
                    .is_some_and(|app| matches!(desired.want(*person, app), Want::Account { .. }));
            }
            if let Some((run, person)) = deeds.created.get(id) {
                memory.created_by = Some((*run).clone());
                memory.person = memory.person.or_else(|| person.cloned());
            }
            if account.status() == Status::Inactive {
                memory.closed_by = deeds
                    .closed
                    .get(id)
                    .map(|run| (*run).clone())
                    .or(memory.closed_by);
                memory.inactive_since = memory.inactive_since.or(Some(reading.fetched_at));
            } else {
                memory.closed_by = None;
                memory.inactive_since = None;
            }
            memory
        });
    (memories.collect(), links)
}

/// What was done in one app, by the vendor ids of the accounts.
struct Deeds<'a> {
    created: HashMap<&'a str, (&'a RunId, Option<&'a PersonId>)>,
    closed: HashMap<&'a str, &'a RunId>,
}

impl<'a> Deeds<'a> {
    fn of(app: &AppName, deeds: &'a [Deed]) -> Self {
        let mut own = Self {
            created: HashMap::new(),
            closed: HashMap::new(),
        };
        for deed in deeds.iter().filter(|deed| deed.change.app == *app) {
            let change = &deed.change;
            match (&change.action, &deed.outcome) {
                // What was already so, somebody else did.
                (
                    Action::Create(_),
                    Outcome::Done {
                        vendor_id: Some(id),
                    },
                ) => {
                    own.created.insert(
                        id.raw(),
                        (&deed.run, change.person.as_ref().map(|person| &person.id)),
                    );
                }
                (Action::Deactivate { .. }, Outcome::Done { .. }) => {
                    own.closed.extend(
                        change
                            .account
                            .as_ref()
                            .map(|account| (account.vendor_id.raw(), &deed.run)),
                    );
                }
                _ => {}
            }
        }
        own
    }
}

/// The people to remember: everybody in the files, and those who vanished from them and of whose
/// accounts not every one was read back closed (R3).
pub fn people(
    config: &Config,
    history: &History,
    links: &BTreeMap<AppName, (&Observation, &Links)>,
) -> BTreeMap<PersonId, RememberedPerson> {
    let files = config
        .people
        .iter()
        .zip(config.facts())
        .map(|(person, facts)| RememberedPerson {
            id: person.id.clone(),
            name: person.display_name(),
            until: crate::desired::access_until(config, person),
            facts,
        });
    let mut people: BTreeMap<PersonId, RememberedPerson> =
        files.map(|person| (person.id.clone(), person)).collect();
    let known: BTreeSet<&PersonId> = config.people.iter().map(|person| &person.id).collect();
    let open = |id: &PersonId| {
        let read = links.values().any(|(reading, links)| {
            let accounts = links.gone.get(id).into_iter().flatten();
            accounts
                .into_iter()
                .any(|account| reading.account(*account).status() != Status::Inactive)
        });
        let unread = history
            .apps
            .iter()
            .filter(|(app, _)| !links.contains_key(*app));
        read || unread.into_iter().any(|(_, app)| holds(app, id))
    };
    let vanished = history
        .people
        .iter()
        .filter(|(id, _)| !known.contains(id) && open(id));
    people.extend(vanished.map(|(id, person)| (id.clone(), person.clone())));
    people
}

fn holds(app: &RememberedApp, id: &PersonId) -> bool {
    let accounts = app.reading.accounts().zip(&app.memories);
    accounts.into_iter().any(|(account, memory)| {
        memory.person.as_ref() == Some(id) && account.status() != Status::Inactive
    })
}
