//! A company in memory: files as text, one app as plain accounts, and what planning makes of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use provisor::config::{Config, Trust};
use provisor::model::account::Status;
use provisor::model::change::{Action, Change};
use provisor::model::history::{Deed, History, LastRun};
use provisor::model::name::{AppName, RunId};
use provisor::model::observation::{
    NewRow, Observation, ObservationBuilder, Observed, Origin, Reading,
};
use provisor::model::outcome::Outcome;
use provisor::model::plan::Plan;
use provisor::plan::matching::PeopleIndex;
use provisor::plan::remember;
use provisor::plan::{Circumstances, plan};

/// The moment of the story: Saturday 7 March 2026, 09:22 in Los Angeles.
pub const NOW: &str = "2026-03-07T17:22:00Z";

/// Settings with one SCIM app called `directory`.
pub const SETTINGS: &str = r#"
[organisation]
name = "Meridian"
domains = ["meridian.com"]
time_zone = "America/Los_Angeles"
[lifecycle]
provision_before_start = "10 business days"
last_day_cutoff = "24:00"
release_after = "30 days"
on_leave = "keep"
[state]
url = "file:state"
[apps.directory]
kind = "scim"
url = "http://127.0.0.1:1/scim/v2"
credentials = { token = { env = "TOKEN" } }
mode = "enforce"
"#;

/// Two profiles that share a group.
pub const PROFILES: &str = r#"
[profiles.MKT]
[profiles.MKT.apps.directory]
groups = ["Everyone", "Marketing"]
[profiles.SALES]
[profiles.SALES.apps.directory]
groups = ["Everyone", "Sales"]
[profiles.NONE]
description = "names no app"
"#;

/// An entry of `people.toml`; `rest` is further lines.
pub fn person(id: &str, given: &str, profile: &str, start: &str, rest: &str) -> String {
    let email = given.to_lowercase();
    format!(
        "[[people]]\nid = \"{id}\"\nname = {{ given = \"{given}\", family = \"Example\" }}\n\
         email = \"{email}@meridian.com\"\njob_code = \"{profile}\"\nstart_date = {start}\n{rest}\n"
    )
}

/// Loads a configuration from text; the text must be valid but for people's own problems.
pub fn config(settings: &str, profiles: &str, people: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("provisor.toml", settings),
        ("profiles.toml", profiles),
        ("people.toml", people),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let loaded = Config::load(folder.path(), &Trust::none());
    loaded
        .config
        .unwrap_or_else(|| panic!("the configuration is not valid: {:#?}", loaded.diagnostics))
}

/// An account of the simulated app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub login: String,
    pub hr_id: String,
    pub status: Status,
    pub attributes: BTreeMap<String, String>,
    pub groups: BTreeSet<String>,
}

/// An active account of a person made by [`person`], as the files want it but for its groups.
pub fn account(id: &str, given: &str, groups: &[&str]) -> Account {
    let attributes = [
        ("given_name", given),
        ("family_name", "Example"),
        ("display_name", &format!("{given} Example")),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Account {
        login: format!("{}@meridian.com", given.to_lowercase()),
        hr_id: id.to_owned(),
        status: Status::Active,
        attributes: attributes.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

/// The simulated app, and what the last snapshot remembers of it.
#[derive(Debug)]
pub struct World {
    pub accounts: BTreeMap<String, Account>,
    pub groups: BTreeSet<String>,
    /// Groups of which there is a second of the same name, which nobody is in.
    pub twins: BTreeSet<String>,
    pub incomplete: bool,
    pub history: History,
    next: usize,
    runs: u64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            groups: ["Everyone", "Marketing", "Sales"].map(str::to_owned).into(),
            twins: BTreeSet::new(),
            incomplete: false,
            history: History::default(),
            next: 1,
            runs: 0,
        }
    }
}

pub fn app() -> AppName {
    "directory".into()
}

impl World {
    pub fn with(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut world = Self::default();
        for account in accounts {
            world.add(account);
        }
        world
    }

    pub fn add(&mut self, account: Account) -> String {
        let id = format!("u{:04}", self.next);
        self.next += 1;
        self.accounts.insert(id.clone(), account);
        id
    }

    pub fn observe(&self, config: &Config, at: &str) -> Observation {
        let description = &config.apps[&app()].description;
        let mut builder = ObservationBuilder::new(
            &app(),
            description.entitlements.len(),
            description.attributes.len(),
        );
        let (kind, _) = description.entitlement("groups").unwrap();
        for group in &self.groups {
            builder.value(kind, group, group);
        }
        for group in &self.twins {
            builder.value(kind, group, &format!("another {group}"));
        }
        for (vendor_id, account) in &self.accounts {
            let row = NewRow {
                vendor_id,
                login: &account.login,
                email: &account.login,
                hr_id: &account.hr_id,
                status: account.status,
            };
            let index = builder.account(row);
            for (position, attribute) in description.attributes.iter().enumerate() {
                builder.attribute(
                    index,
                    position,
                    account
                        .attributes
                        .get(attribute.name)
                        .map_or("", String::as_str),
                );
            }
            for group in &account.groups {
                let value = builder.value(kind, group, group);
                builder.hold(index, value, None, Origin::Direct);
            }
        }
        if self.incomplete {
            builder.incomplete("a record could not be read");
        }
        builder.finish(at.parse().unwrap())
    }

    pub fn plan(&self, config: &Config, at: &str) -> Plan {
        let instant: Timestamp = at.parse().unwrap();
        let desired = provisor::desired::at(config, instant);
        let observed: Observed =
            [(app(), Reading::Read(Box::new(self.observe(config, at))))].into();
        let circumstances = Circumstances {
            created: instant,
            commit: None,
        };
        plan(config, &desired, &observed, &self.history, &circumstances)
    }

    /// Does a change as a perfect app would; returns the vendor id of an account that it makes.
    fn perform(&mut self, change: &Change) -> Option<String> {
        if let Action::Create(new) = &change.action {
            let taken = self
                .accounts
                .values()
                .any(|account| account.login == new.login);
            assert!(!taken, "a second account for {}", new.login);
            let account = Account {
                login: new.login.clone(),
                hr_id: new.hr_id.clone().unwrap_or_default(),
                status: Status::Active,
                attributes: new.attributes.clone(),
                groups: BTreeSet::new(),
            };
            return Some(self.add(account));
        }
        let person = change.person.as_ref().unwrap();
        let id = change.account.as_ref().map_or_else(
            || {
                let own = self
                    .accounts
                    .iter()
                    .find(|(_, account)| account.hr_id == person.id.as_str());
                own.expect("created before").0.clone()
            },
            |account| account.vendor_id.raw().to_owned(),
        );
        let account = self.accounts.get_mut(&id).unwrap();
        let before = account.clone();
        match &change.action {
            Action::Adopt { hr_id, .. } => account.hr_id.clone_from(hr_id),
            Action::Reactivate => account.status = Status::Active,
            Action::Deactivate { .. } => account.status = Status::Inactive,
            Action::Grant { value, .. } => _ = account.groups.insert(value.clone()),
            Action::Revoke { value, .. } => _ = account.groups.remove(value.raw()),
            Action::Update { edits } => {
                for edit in edits {
                    match edit.attribute.as_str() {
                        "login" => account.login.clone_from(&edit.after),
                        "email" => {}
                        name => {
                            _ = account
                                .attributes
                                .insert(name.to_owned(), edit.after.clone());
                        }
                    }
                }
            }
            Action::Await { .. } => unreachable!("no app here has a source"),
            Action::Create(_) | Action::Set { .. } => unreachable!("not for this app"),
        }
        assert_ne!(before, *account, "a write without a difference: {change:?}");
        None
    }

    /// Plans, does it all, and remembers, as a run would. Returns the plan.
    pub fn run(&mut self, config: &Config, at: &str) -> Plan {
        let planned = self.plan(config, at);
        self.runs += 1;
        let run: RunId = format!("{:06}", self.runs).into();
        let mut deeds = Vec::new();
        for change in &planned.body.changes {
            let vendor_id = self.perform(change).map(Into::into);
            deeds.push(Deed {
                run: run.clone(),
                change: change.clone(),
                outcome: Outcome::Done { vendor_id },
            });
        }
        let desired = provisor::desired::at(config, at.parse().unwrap());
        let reading = self.observe(config, at);
        let mut history = self.history.clone();
        history.absorb(&deeds);
        let index = PeopleIndex::new(config);
        let known = remember::app(config, &desired, &app(), Some(&reading), &history, &index);
        history.apps.insert(app(), known);
        self.history = History {
            last: Some(LastRun {
                serial: self.runs,
                head: config.digest,
                as_of: at.parse().unwrap(),
                configuration: config.digest,
                undone: Vec::new(),
            }),
            people: remember::people(config, &self.history, &history.apps),
            apps: history.apps,
        };
        planned
    }
}

/// A plan's changes in short: `1042 create`, `1042 grant Marketing`.
pub fn short(planned: &Plan) -> Vec<String> {
    let one = |change: &Change| {
        let person = change
            .person
            .as_ref()
            .map_or("-", |person| person.id.as_str());
        let object = match &change.action {
            Action::Grant { value, .. } => format!(" {value}"),
            Action::Revoke { value, .. } => format!(" {}", value.raw()),
            Action::Update { edits } => {
                let names: Vec<&str> = edits.iter().map(|edit| edit.attribute.as_str()).collect();
                format!(" {}", names.join("+"))
            }
            _ => String::new(),
        };
        format!("{person} {}{object}", change.action.verb().word())
    };
    planned.body.changes.iter().map(one).collect()
}

/// A plan's held and blocked in short: `1042 held R8`.
pub fn withheld(planned: &Plan) -> Vec<String> {
    let list = planned.body.withheld.iter();
    list.map(|held| {
        let person = held
            .person
            .as_ref()
            .map_or("-", |person| person.id.as_str());
        format!(
            "{person} {} {}",
            held.state,
            held.why.rule().unwrap_or("entry")
        )
    })
    .collect()
}
