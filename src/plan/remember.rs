//! What a snapshot remembers beyond what the apps say: whose each account is and what runs of ours
//! did to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::{AppConfig, Config};
use crate::model::account::{LinkRule, Status};
use crate::model::app::Authority;
use crate::model::desired::{Desired, Want};
use crate::model::guard::{Guard, Override};
use crate::model::history::{History, Memory, RememberedApp, RememberedPerson};
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{AccountRef, Completeness, Observation, Origin};

use super::attributes::stores_hr_id;
use super::ends;
use super::guards::{doubt, in_force, short_read};
use super::matching::{self, Links, Owner, PeopleIndex};
use super::privileged;
use super::rollout::is_inside;

/// What to remember of one app. `reading` is what it said last, if the run could read it; the
/// history has [absorbed](History::absorb) what runs got done, and an override may have let a reading
/// stand that lacks accounts: one of the files not where the run was `due` and nobody reviewed it.
///
/// What a reading leaves out is forgotten only if the reading is complete (R9).
pub fn app(
    config: &Config,
    desired: &Desired,
    name: &AppName,
    reading: Option<&Observation>,
    history: &History,
    people: &PeopleIndex<'_>,
    (overrides, due): (&[Override], bool),
) -> RememberedApp {
    let settings = &config.apps[name];
    let before = history.apps.get(name);
    let kinds = settings.description.entitlements.iter();
    let named = kinds
        .zip(super::scope::named(config, name, settings, before))
        .map(|(kind, named)| (kind.name.to_string(), named));
    let mut remembered = RememberedApp {
        memories: before
            .map(|before| before.memories.clone())
            .unwrap_or_default(),
        named: named.collect(),
        accounts: before.map_or(0, |before| before.accounts),
        read: false,
        settings: Some(config.app_digest(name)),
    };
    forget_grants(settings, &mut remembered);
    let Some(reading) = reading else {
        return remembered;
    };
    let links = matching::link(name, settings, reading, before, people);
    let index = desired.apps.binary_search(name).ok();
    let invites = settings.description.invitation.is_some();
    let absent = Absent {
        desired,
        app: index,
        people,
        links: &links,
        since: reading.fetched_at,
    };
    let limit = settings.guards.get(Guard::ShortRead);
    let overrides = in_force(config, desired, history, overrides, due);
    let lacking = short_read(name, reading, before, limit, &overrides);
    if doubt(reading, lacking.as_ref()).is_none() {
        remembered.read = true;
        remembered.accounts = reading.len();
        remembered
            .memories
            .retain(|id, memory| reading.find(id).is_some() || (invites && absent.keeps(memory)));
    }
    for (account, owner) in reading.accounts().zip(&links.owners) {
        let mut memory = remembered
            .memories
            .remove(account.vendor_id().raw())
            .unwrap_or_default();
        if let Owner::Person(person, rule) = owner {
            let known = &config.people[*person];
            let wanted =
                index.is_some_and(|app| matches!(desired.want(*person, app), Want::Account { .. }));
            let unquestioned = known.problem.is_none() && !links.conflicts.contains_key(person);
            // A login or an email alone links for good only once the account is beyond doubt theirs:
            // a mistyped address must not give them somebody else's account (R7).
            let sure = match rule {
                LinkRule::Snapshot | LinkRule::HrId => true,
                LinkRule::Login | LinkRule::Email | LinkRule::PreviousEmail => {
                    wanted && unquestioned && !stores_hr_id(settings, reading)
                }
            };
            if sure && memory.person.as_ref() != Some(&known.id) {
                memory.person = Some(known.id.clone());
                memory.link = Some(*rule);
            }
            memory.desired |= sure && wanted && unquestioned;
        }
        see(account, reading, &mut memory);
        see_granted(account, settings, reading, &mut memory);
        if invites && memory.person.is_some() {
            note_invitation(account, reading, &mut memory);
        }
        if memory != Memory::default() {
            remembered
                .memories
                .insert(account.vendor_id().raw().to_owned(), memory);
        }
    }
    remembered
}

/// Notes whether an account is closed, and since which reading.
fn see(account: AccountRef<'_>, reading: &Observation, memory: &mut Memory) {
    if account.status() == Status::Inactive {
        memory.inactive_since = memory.inactive_since.or(Some(reading.fetched_at));
    } else {
        memory.closed_by = None;
        memory.inactive_since = None;
        memory.reopening = false;
    }
}

/// Forgets what runs of ours gave, where authority is not `granted`: it is of no consequence there,
/// and would grow by every grant.
fn forget_grants(settings: &AppConfig, remembered: &mut RememberedApp) {
    let matters = |kind: &str| {
        let known = settings.description.entitlement(kind);
        known.is_some_and(|(kind, _)| settings.authority[usize::from(kind.0)] == Authority::Granted)
    };
    for memory in remembered.memories.values_mut() {
        memory.granted.retain(|kind, _| matters(kind));
    }
    remembered
        .memories
        .retain(|_, memory| *memory != Memory::default());
}

/// Forgets what runs of ours gave and the account no longer holds itself: if somebody gives it
/// again, it is theirs. What the reading does not cover is remembered (R9).
fn see_granted(
    account: AccountRef<'_>,
    settings: &AppConfig,
    reading: &Observation,
    memory: &mut Memory,
) {
    if memory.granted.is_empty() {
        return;
    }
    memory.granted.retain(|kind, value| {
        let Some((kind, _)) = settings.description.entitlement(kind) else {
            return false;
        };
        let unread = matches!(
            reading.kinds[usize::from(kind.0)],
            Completeness::Incomplete(_)
        );
        let mut direct = (account.holdings().iter()).filter(|held| held.origin == Origin::Direct);
        unread
            || direct.any(|holding| {
                let held = reading.value(holding.value);
                held.kind == kind && held.name.raw() == value
            })
    });
}

/// Notes since when somebody is invited, for as long as they have not accepted (R19).
fn note_invitation(account: AccountRef<'_>, reading: &Observation, memory: &mut Memory) {
    let is_back = memory.missing_since.take().is_some();
    if is_back || account.status() != Status::Pending {
        memory.invited = None;
        memory.renewals = 0;
    }
    if account.status() == Status::Pending {
        let told = account.invited().or(Some(reading.fetched_at));
        memory.invited = memory.invited.or(told);
    }
}

/// What becomes of the memory of an account that a complete reading does not show.
struct Absent<'a> {
    desired: &'a Desired,
    app: Option<usize>,
    people: &'a PeopleIndex<'a>,
    links: &'a Links,
    since: Timestamp,
}

impl Absent<'_> {
    /// It is kept while its person should have an account, has no other, and it was not closed: they
    /// declined, or went away, and are not made one as if nothing had happened (R19).
    fn keeps(&self, memory: &mut Memory) -> bool {
        let person = memory.person.as_ref();
        let person = person.and_then(|person| self.people.by_id(person.as_str()));
        let (Some(person), Some(app)) = (person, self.app) else {
            return false;
        };
        let wanted = matches!(self.desired.want(person, app), Want::Account { .. });
        let keeps = wanted && !memory.is_closed() && self.links.main(person).is_none();
        memory.missing_since = memory.missing_since.or(keeps.then_some(self.since));
        keeps
    }
}

/// The people to remember: everybody in the files, and everybody whose account is remembered. A
/// leaver who vanished from the files stays a leaver, so that an account of theirs that somebody
/// opens again is closed again (R3).
///
/// Whoever left the scope of a rollout while something of theirs is `undone` is in it still.
pub fn people(
    config: &Config,
    desired: &Desired,
    history: &History,
    undone: &BTreeSet<PersonId>,
    apps: &BTreeMap<AppName, RememberedApp>,
) -> BTreeMap<PersonId, RememberedPerson> {
    let in_scope = |index: usize, id: &PersonId| {
        let was = || history.people.get(id).is_some_and(|known| known.in_scope);
        is_inside(config, &desired.people[index], index) || (undone.contains(id) && was())
    };
    let mut ends = ends::of(config, desired);
    // What a day was to take and did not is still that day's.
    let past = |index: usize, id: &PersonId| {
        let known = history.people.get(id).filter(|_| undone.contains(id));
        let ends = known
            .into_iter()
            .flat_map(|known| known.ends.iter().cloned());
        let today = privileged::today(config, &config.people[index], desired.as_of);
        ends.filter(move |ending| ending.on < today)
    };
    let facts = (0..).zip(&config.people).zip(config.facts());
    let files = facts.map(|((index, person), facts)| RememberedPerson {
        in_scope: in_scope(index, &person.id),
        id: person.id.clone(),
        name: person.display_name(),
        until: crate::desired::access_until(config, person),
        facts,
        ends: {
            let mut all = ends.remove(&index).unwrap_or_default();
            all.extend(past(index, &person.id));
            all.into_iter().collect()
        },
    });
    let mut people: BTreeMap<PersonId, RememberedPerson> =
        files.map(|person| (person.id.clone(), person)).collect();
    let memories = apps.values().flat_map(|app| app.memories.values());
    let owners: BTreeSet<&PersonId> = memories
        .filter_map(|memory| memory.person.as_ref())
        .collect();
    let renamed: BTreeSet<&PersonId> = config
        .people
        .iter()
        .flat_map(|person| &person.previous_ids)
        .collect();
    for (id, person) in &history.people {
        if owners.contains(id) && !renamed.contains(id) && !people.contains_key(id) {
            people.insert(id.clone(), person.clone());
        }
    }
    people
}
