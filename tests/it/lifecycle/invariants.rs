//! What holds at every step of every story, whatever its file expects.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Time;
use provisor::config::{Config, Surplus, Unmanaged};
use provisor::model::account::Status;
use provisor::model::change::{AccountTag, Action, Change};
use provisor::model::desired::Want;
use provisor::model::name::{AppName, PersonId};
use provisor::model::person::Person;
use provisor::model::plan::{AppSummary, Plan};
use provisor::model::reason::Why;

use crate::world::{Account, World, app, crm};

/// What was ever said and seen, told apart from what provisor remembers.
#[derive(Debug, Default)]
pub struct Watch {
    /// Everybody whom the files ever named, with their addresses.
    people: BTreeMap<PersonId, BTreeSet<String>>,
    /// Every value that the files ever gave anybody.
    named: BTreeSet<String>,
    /// The accounts before the run.
    before: BTreeMap<(AppName, String), Account>,
}

impl Watch {
    /// Takes a picture of all accounts.
    pub fn before(&mut self, world: &World) {
        self.before = accounts(world);
    }

    /// Asserts that a run wrote to no account that its plan does not name. What one app makes in
    /// another stands in no step of its own.
    pub fn bystanders(&self, world: &World, planned: &Plan, cascade: bool) {
        let after = accounts(world);
        let named = |(name, id): &(AppName, String)| {
            let mut changes = planned.body.changes.iter();
            changes.any(|change| {
                let tag = change.account.as_ref();
                change.app == *name && tag.is_some_and(|tag| tag.vendor_id.raw() == id)
            })
        };
        for (key, account) in &self.before {
            let free = named(key) || (cascade && key.0 == crm());
            assert!(
                free || after.get(key) == Some(account),
                "{key:?} was touched"
            );
        }
    }

    /// Asserts that every write of a plan has a reason in the files of now.
    pub fn writes(&mut self, config: &Config, world: &World, planned: &Plan, at: Timestamp) {
        self.learn(config);
        for change in &planned.body.changes {
            assert!(!change.reasons.is_empty(), "no reason: {change:#?}");
            match &change.action {
                Action::Deactivate { .. } => self.assert_nobody_wants(config, change, at),
                Action::Revoke { value, .. } => {
                    let held = values(config, change, at);
                    let wanted = held.contains(value.raw()) && !lost_approval(change);
                    assert!(!wanted, "still desired: {change:#?}");
                    let named = self.named.contains(value.raw());
                    assert!(named, "nobody ever named it: {change:#?}");
                }
                Action::Grant { value, .. } => {
                    let held = values(config, change, at);
                    assert!(held.contains(value), "not desired: {change:#?}");
                }
                action => {
                    if matches!(action, Action::Create(_)) {
                        assert_none(config, world, change);
                    }
                    let (index, person) = owner(config, change).expect("somebody of the files");
                    assert!(!gone(config, person, at), "they left: {change:#?}");
                    let desired = provisor::desired::at(config, at);
                    let place = desired.apps.iter().position(|name| *name == change.app);
                    let want = desired.want(index, place.unwrap());
                    assert!(matches!(want, Want::Account { .. }), "{change:#?}");
                }
            }
        }
    }

    /// Closed is an account of somebody who left, vanished, or has no more need of it; or of nobody,
    /// where the files say that such are closed.
    fn assert_nobody_wants(&self, config: &Config, change: &Change, at: Timestamp) {
        let Some(person) = &change.person else {
            let settings = &config.apps[&change.app];
            assert_eq!(settings.unmanaged, Unmanaged::Deactivate, "{change:#?}");
            return;
        };
        let Some((index, known)) = owner(config, change) else {
            assert!(self.people.contains_key(&person.id), "{change:#?}");
            return;
        };
        let desired = provisor::desired::at(config, at);
        let place = desired.apps.iter().position(|name| *name == change.app);
        match desired.want(index, place.unwrap()) {
            Want::Account { .. } | Want::NotYet { .. } => panic!("still desired: {change:#?}"),
            Want::Closed(_) => {}
            Want::Nothing => {
                let ours = change.reasons.iter().any(|reason| reason.at.is_some());
                let closes = config.apps[&change.app].surplus == Surplus::Deactivate;
                assert!(ours || closes || gone(config, known, at), "{change:#?}");
            }
        }
    }

    /// Asserts that the apps are as they may be left: nobody who left has an open account and nobody
    /// two, unless the plan names it.
    pub fn look(&mut self, config: &Config, world: &World, planned: &Plan, at: Timestamp) {
        self.learn(config);
        let converted: BTreeSet<&PersonId> = config
            .people
            .iter()
            .flat_map(|person| &person.previous_ids)
            .collect();
        for (id, addresses) in &self.people {
            let known = config.people.iter().find(|person| person.id == *id);
            let left = known.is_none_or(|person| gone(config, person, at));
            if left && !converted.contains(id) {
                assert_closed(config, world, planned, id, addresses);
            }
            let ids = known.map_or(&[][..], |person| &person.previous_ids);
            let one = |account: &Account| {
                let hr_id = account.hr_id.as_str();
                hr_id == id.as_str() || ids.iter().any(|old| old.as_str() == hr_id)
            };
            for name in config.apps.keys() {
                let all = world.accounts_of(name).iter();
                let open = all.filter(|(_, account)| {
                    let main = one(account) && !listed(config, name, account);
                    main && account.status != Status::Inactive
                });
                let open: Vec<&String> = open.map(|(vendor_id, _)| vendor_id).collect();
                let told = open.iter().all(|one| names(config, planned, name, id, one));
                assert!(open.len() <= 1 || told, "{id:?} has {open:?} in {name}");
            }
        }
    }

    fn learn(&mut self, config: &Config) {
        for person in &config.people {
            let known = self.people.entry(person.id.clone()).or_default();
            known.insert(person.email.raw().to_owned());
        }
        let profiles = config.profiles.values().flat_map(|one| one.apps.values());
        let extras = config.extras.iter().flat_map(|one| one.apps.values());
        let given = profiles.chain(extras).flat_map(|one| &one.entitlements);
        self.named.extend(given.map(|one| one.value.clone()));
    }
}

/// Asserts that somebody for whom an account is made has none.
fn assert_none(config: &Config, world: &World, change: &Change) {
    let (_, person) = owner(config, change).expect("somebody of the files");
    let theirs = |account: &&Account| match account.hr_id.as_str() {
        "" => account.login.eq_ignore_ascii_case(person.email.raw()),
        hr_id => {
            person.id.as_str() == hr_id
                || person.previous_ids.iter().any(|old| old.as_str() == hr_id)
        }
    };
    let known = world.accounts_of(&change.app).values().find(theirs);
    let second = known.filter(|account| !listed(config, &change.app, account));
    assert!(second.is_none(), "they have {second:?}: {change:#?}");
}

/// Asserts that nobody who left has an open account that the plan does not name.
fn assert_closed(
    config: &Config,
    world: &World,
    planned: &Plan,
    id: &PersonId,
    addresses: &BTreeSet<String>,
) {
    for name in config.apps.keys() {
        for (vendor_id, account) in world.accounts_of(name) {
            let by_address = matches!(account.hr_id.as_str(), "" | "0");
            let theirs =
                account.hr_id == id.as_str() || (by_address && addresses.contains(&account.login));
            let closed = account.status == Status::Inactive || listed(config, name, account);
            let told = || names(config, planned, name, id, vendor_id);
            let fine = !theirs || closed || told();
            assert!(fine, "{id:?} left, and in {name} is open: {account:?}");
        }
    }
}

/// True if a plan says that somebody's account is left as it is: the person is held there, the
/// account is nobody's or surplus, the app was not read, or the rollout leaves some people alone.
fn names(config: &Config, planned: &Plan, app: &AppName, id: &PersonId, vendor_id: &str) -> bool {
    let body = &planned.body;
    let held = body.withheld.iter().any(|item| {
        let person = item.person.as_ref().is_some_and(|person| person.id == *id);
        person && item.app.as_ref().is_none_or(|name| name == app)
    });
    let is_it = |name: &AppName, tag: &AccountTag| name == app && tag.vendor_id.raw() == vendor_id;
    let unmanaged = body
        .unmanaged
        .iter()
        .any(|one| is_it(&one.app, &one.account));
    let surplus = body.surplus.iter().any(|one| is_it(&one.app, &one.account));
    let unread = matches!(body.apps[app], AppSummary::Unread { .. });
    let outside = config.rollout.is_some() && body.out_of_scope > 0;
    held || unmanaged || surplus || unread || outside
}

/// True if access ended, counted from the dates of the entry alone.
fn gone(config: &Config, person: &Person, at: Timestamp) -> bool {
    let zone = person
        .time_zone
        .as_ref()
        .map(|name| jiff::tz::TimeZone::get(name).unwrap());
    let zone = zone.unwrap_or_else(|| config.organisation.time_zone.clone());
    let cut = person.access_ends.is_some_and(|end| end <= at);
    let last = person.periods.last().and_then(|period| period.until);
    let over = last.is_some_and(|day| {
        let cutoff = i64::from(config.lifecycle.last_day_cutoff);
        let midnight = day.to_datetime(Time::midnight()).to_zoned(zone).unwrap();
        let end = midnight.timestamp() + jiff::SignedDuration::from_mins(cutoff);
        end <= at
    });
    cut || over
}

/// True if only an approval may give it, and that is no more (R12).
fn lost_approval(change: &Change) -> bool {
    let mut whys = change.reasons.iter().map(|reason| &reason.why);
    whys.next_back().is_some_and(|why| {
        matches!(
            why,
            Why::ApprovalExpired { .. } | Why::ApprovalOutdated { .. }
        )
    })
}

/// The person of the files whom a change is for.
fn owner<'a>(config: &'a Config, change: &Change) -> Option<(usize, &'a Person)> {
    let id = &change.person.as_ref()?.id;
    let mut people = config.people.iter().enumerate();
    people.find(|(_, person)| person.id == *id)
}

/// What the files give the owner of a change in its app.
fn values(config: &Config, change: &Change, at: Timestamp) -> BTreeSet<String> {
    let Some((index, _)) = owner(config, change) else {
        return BTreeSet::new();
    };
    let desired = provisor::desired::at(config, at);
    let place = desired
        .apps
        .iter()
        .position(|name| *name == change.app)
        .unwrap();
    let Want::Account { gives, .. } = desired.want(index, place) else {
        return BTreeSet::new();
    };
    let held = desired.holdings(index, place, gives);
    held.into_iter().map(|(one, _)| one.value.clone()).collect()
}

/// True if `accounts.toml` lists it.
fn listed(config: &Config, name: &AppName, account: &Account) -> bool {
    let mut listed = config.accounts_of(name);
    listed.any(|(_, one)| one.login.eq_ignore_ascii_case(&account.login))
}

fn accounts(world: &World) -> BTreeMap<(AppName, String), Account> {
    let of = |name: AppName| {
        let all = world.accounts_of(&name).clone();
        all.into_iter()
            .map(move |(id, one)| ((name.clone(), id), one))
    };
    of(app()).chain(of(crm())).collect()
}
