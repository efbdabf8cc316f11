//! A company in memory: files as text, apps as plain accounts, and what planning makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use provisor::config::{Config, ProvisionedBy, Trust};
use provisor::model::account::Status;
use provisor::model::allowance::used_up;
use provisor::model::app::KindIndex;
use provisor::model::change::{Action, Change, ChangeId};
use provisor::model::failure::{Failure, FailureKind};
use provisor::model::fate::Fates;
use provisor::model::guard::{Guard, Override, Verdict};
use provisor::model::history::{Deed, History, LastRun};
use provisor::model::name::{AppName, PersonId, RunId};
use provisor::model::observation::{
    Completeness, NewRow, Observation, ObservationBuilder, Observed, Origin, Reading,
};
use provisor::model::outcome::Outcome;
use provisor::model::plan::{EdgeKind, Plan};
use provisor::model::withheld::WithheldState;
use provisor::plan::matching::PeopleIndex;
use provisor::plan::remember;
use provisor::plan::unreviewed::Reviewed;
use provisor::plan::{Circumstances, WINDOW, plan, remembered_at_work, reviewed};

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

/// A second app, whose accounts the directory makes once [`cascading`] says so.
pub const CRM: &str = r#"
[apps.crm]
kind = "scim"
url = "http://127.0.0.1:1/crm"
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
    config_with(settings, profiles, people, "")
}

/// The same with what `approvals.toml` says.
pub fn config_with(settings: &str, profiles: &str, people: &str, approvals: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("provisor.toml", settings),
        ("profiles.toml", profiles),
        ("people.toml", people),
        ("approvals.toml", approvals),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let loaded = Config::load(folder.path(), &Trust::none());
    loaded
        .config
        .unwrap_or_else(|| panic!("the configuration is not valid: {:#?}", loaded.diagnostics))
}

/// Makes the directory a source, as Okta is one: members of `CRM` or `Sales` have an account in
/// `crm` for as long as theirs is open.
pub fn cascading(mut config: Config) -> Config {
    let directory = config.apps.get_mut(&app()).unwrap();
    let description = Arc::make_mut(&mut directory.description);
    description.assigns = Some(KindIndex(0));
    description.leaving.unassigns = true;
    let crm = config.apps.get_mut(&crm()).unwrap();
    crm.provisioned_by = Some(ProvisionedBy {
        app: app(),
        groups: ASSIGNING.map(str::to_owned).into(),
        deadline: 600,
        site: crm.site,
    });
    config
}

/// The groups of the directory that give an account in `crm`.
const ASSIGNING: [&str; 2] = ["CRM", "Sales"];

/// An account of the simulated app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub login: String,
    pub hr_id: String,
    pub status: Status,
    pub attributes: BTreeMap<String, String>,
    pub groups: BTreeSet<String>,
}

impl Account {
    /// The email is an attribute where it is not the login.
    pub fn set_email(&mut self, email: &str) {
        self.attributes.remove("email");
        if self.login != email {
            self.attributes.insert("email".to_owned(), email.to_owned());
        }
    }
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

/// How the directory makes and closes accounts in `crm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// At once, and as long as the account in the directory is open.
    Prompt,
    /// At once, whether or not the account in the directory is open.
    Suspending,
    /// Too late.
    Slow,
    /// It cannot be read.
    Unread,
    /// Never: the two apps have nothing to do with each other.
    Apart,
}

/// The simulated apps, and what the last snapshot remembers of them.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a knob of its own")]
pub struct World {
    pub accounts: BTreeMap<String, Account>,
    pub groups: BTreeSet<String>,
    /// Groups of which there is a second of the same name, which nobody is in.
    pub twins: BTreeSet<String>,
    pub incomplete: bool,
    /// Who is in the directory's groups could not be read.
    pub unread_groups: bool,
    /// Groups whose members come by a rule of the app: nobody holds them directly.
    pub by_rule: BTreeSet<String>,
    /// Apps that cannot be read.
    pub unread: BTreeSet<AppName>,
    /// Closing an account in the directory removes it.
    pub removing: bool,
    /// The accounts of `crm`; the directory made those that store the id of a nobody.
    pub crm: BTreeMap<String, Account>,
    /// How the directory makes and closes accounts in `crm`.
    pub source: Source,
    /// Groups that the directory says assign nothing.
    pub idle: BTreeSet<String>,
    /// Changes that fail when they are tried, in short.
    pub failing: BTreeSet<String>,
    pub history: History,
    /// Nobody reviews what is planned and run.
    pub due: bool,
    /// What somebody allows by its exact number.
    pub overrides: Vec<Override>,
    /// The vendor id of the directory's account whose credentials are used.
    pub own: Option<String>,
    next: usize,
    runs: u64,
    /// When each run was, so that guards forget it in time.
    ran: BTreeMap<RunId, Timestamp>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            groups: ["CRM", "Everyone", "Marketing", "Sales"]
                .map(str::to_owned)
                .into(),
            twins: BTreeSet::new(),
            incomplete: false,
            unread_groups: false,
            by_rule: BTreeSet::new(),
            unread: BTreeSet::new(),
            removing: false,
            crm: BTreeMap::new(),
            source: Source::Prompt,
            idle: BTreeSet::new(),
            failing: BTreeSet::new(),
            history: History::default(),
            due: false,
            overrides: Vec::new(),
            own: None,
            next: 1,
            runs: 0,
            ran: BTreeMap::new(),
        }
    }
}

pub fn app() -> AppName {
    "directory".into()
}

pub fn crm() -> AppName {
    "crm".into()
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
        self.add_in(&app(), account)
    }

    /// Adds an account to an app, as somebody would by hand.
    pub fn add_in(&mut self, name: &AppName, account: Account) -> String {
        let letter = if *name == app() { 'u' } else { 'c' };
        let id = format!("{letter}{:04}", self.next);
        self.next += 1;
        self.accounts_mut(name).insert(id.clone(), account);
        id
    }

    /// The accounts of one of the two apps.
    pub fn accounts_of(&self, name: &AppName) -> &BTreeMap<String, Account> {
        if *name == app() {
            &self.accounts
        } else {
            &self.crm
        }
    }

    /// The accounts of one of the two apps, for somebody who edits them by hand.
    pub fn accounts_mut(&mut self, name: &AppName) -> &mut BTreeMap<String, Account> {
        if *name == app() {
            &mut self.accounts
        } else {
            &mut self.crm
        }
    }

    pub fn observe(&self, config: &Config, name: &AppName, at: &str) -> Observation {
        let description = &config.apps[name].description;
        let mut builder = ObservationBuilder::new(
            name,
            description.entitlements.len(),
            description.attributes.len(),
        );
        let (kind, _) = description.entitlement("groups").unwrap();
        for group in &self.groups {
            let value = builder.value(kind, group, group);
            if ASSIGNING.contains(&group.as_str()) {
                let idle = self.idle.contains(group);
                let apps = (!idle).then(|| "CRM of Example Inc.".into());
                builder.assigns(value, apps.into_iter().collect());
            }
        }
        for group in &self.twins {
            builder.value(kind, group, &format!("another {group}"));
        }
        let unread = self.unread_groups && *name == app();
        if unread {
            builder.kind(kind, Completeness::Incomplete("no answer".to_owned()));
        }
        for (vendor_id, account) in self.accounts_of(name) {
            let row = NewRow {
                vendor_id,
                login: &account.login,
                email: account.attributes.get("email").unwrap_or(&account.login),
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
            for group in account.groups.iter().filter(|_| !unread) {
                let value = builder.value(kind, group, group);
                let origin = if self.by_rule.contains(group) {
                    Origin::Inherited
                } else {
                    Origin::Direct
                };
                builder.hold(index, value, None, origin);
            }
        }
        if let Some(own) = self.own.as_ref().filter(|_| *name == app()) {
            builder.own(own);
        }
        if self.incomplete && *name == app() {
            builder.incomplete("a record could not be read");
        }
        builder.finish(at.parse().unwrap())
    }

    /// The readings of every app.
    pub fn observed(&self, config: &Config, at: &str) -> Observed {
        let names = config.apps.keys();
        names
            .map(|name| (name.clone(), self.reading(config, name, at)))
            .collect()
    }

    fn reading(&self, config: &Config, name: &AppName, at: &str) -> Reading {
        let out = self.source == Source::Unread && *name == app();
        if out || self.unread.contains(name) {
            let what = "reading users";
            return Reading::Unread(Failure::new(name, FailureKind::Unavailable, what));
        }
        Reading::Read(Box::new(self.observe(config, name, at)))
    }

    pub fn plan(&self, config: &Config, at: &str) -> Plan {
        let instant: Timestamp = at.parse().unwrap();
        let desired = provisor::desired::at(config, instant);
        let observed = self.observed(config, at);
        let circumstances = Circumstances {
            created: instant,
            expires: Timestamp::MAX,
            due: self.due,
            overrides: self.overrides.clone(),
            ..Circumstances::default()
        };
        let history = self.remembered(instant);
        plan(config, &desired, &observed, &history, &circumstances)
    }

    /// What is remembered at an instant: guards count the runs of the last days only.
    fn remembered(&self, at: Timestamp) -> History {
        let mut history = self.history.clone();
        history.recent.retain(|deed| {
            let then = self.ran.get(&deed.run);
            then.is_none_or(|then| at.duration_since(*then) <= WINDOW)
        });
        history
    }

    /// Does a change as a perfect app would, unless it is one that fails.
    pub fn perform(&mut self, config: &Config, change: &Change) -> Outcome {
        if self.failing.contains(&step(change)) {
            return failed(change);
        }
        let before = self.assigned();
        let done = self.write(config, change);
        let makes = !matches!(self.source, Source::Slow | Source::Apart);
        if change.app == app() && makes {
            self.assign(&before);
        }
        done
    }

    /// Lets the directory make what its groups give.
    pub fn settle(&mut self) {
        self.assign(&BTreeSet::new());
    }

    /// Who has what gives an account in `crm`: logins.
    fn assigned(&self) -> BTreeSet<String> {
        let open = |account: &Account| account.status == Status::Active;
        let holds = |account: &&Account| {
            let gives = |group: &str| account.groups.contains(group);
            (open(account) || self.source == Source::Suspending)
                && ASSIGNING.iter().any(|group| gives(group))
        };
        let assigned = self.accounts.values().filter(holds);
        assigned.map(|account| account.login.clone()).collect()
    }

    /// What the directory does in `crm` when what it assigns changes.
    fn assign(&mut self, before: &BTreeSet<String>) {
        let now = self.assigned();
        for login in &now - before {
            let known = self.crm.values_mut().find(|account| account.login == login);
            if let Some(account) = known {
                account.status = Status::Active;
                continue;
            }
            let made = Account {
                login,
                // Its own id, which is nobody's HR id, but might be taken for one.
                hr_id: "0".to_owned(),
                status: Status::Active,
                attributes: BTreeMap::new(),
                groups: BTreeSet::new(),
            };
            self.crm.insert(format!("c{:04}", self.next), made);
            self.next += 1;
        }
        for login in before - &now {
            for account in self
                .crm
                .values_mut()
                .filter(|account| account.login == login)
            {
                account.status = Status::Inactive;
            }
        }
    }

    fn write(&mut self, config: &Config, change: &Change) -> Outcome {
        if let (Action::Invite { .. }, Some(account)) = (&change.action, &change.account) {
            let account = &self.accounts[account.vendor_id.raw()];
            assert_eq!(
                account.status,
                Status::Pending,
                "mailed in vain: {change:?}"
            );
            return done(None);
        }
        if let Action::Create(new) | Action::Invite { account: new, .. } = &change.action {
            let made_here = change.app == app() || self.source == Source::Apart;
            assert!(made_here, "another app makes it: {change:?}");
            let mut known = self.accounts_of(&change.app).values();
            let taken = known.any(|account| account.login == new.login);
            assert!(!taken, "a second account for {}", new.login);
            let mut account = Account {
                login: new.login.clone(),
                hr_id: new.hr_id.clone().unwrap_or_default(),
                status: match change.action {
                    Action::Invite { .. } => Status::Pending,
                    _ => Status::Active,
                },
                attributes: new.attributes.clone(),
                groups: BTreeSet::new(),
            };
            account.set_email(&new.email);
            return done(Some(self.add_in(&change.app, account)));
        }
        let nobody = PersonId::from("");
        let person = change.person.as_ref().map_or(&nobody, |person| &person.id);
        let id = match &change.account {
            Some(account) => Some(account.vendor_id.raw().to_owned()),
            None => self.made(config, &change.app, person),
        };
        let slow = self.source == Source::Slow;
        let removing = self.removing && change.app == app();
        let fails = !self.failing.is_empty();
        let accounts = self.accounts_mut(&change.app);
        let account = id.as_ref().and_then(|id| accounts.get_mut(id));
        if let Action::Await { .. } = &change.action {
            let is_open = account.is_some_and(|account| account.status == Status::Active);
            assert!(is_open || slow, "awaited in vain: {change:?}");
            return if is_open { done(id) } else { failed(change) };
        }
        let gone = account.is_none() && matches!(change.action, Action::Revoke { .. });
        if removing && gone {
            return done(None);
        }
        let account = account.expect("made before");
        if let Action::Deactivate { by: Some(_), .. } = &change.action {
            let is_open = account.status == Status::Active;
            assert!(!is_open || slow || fails, "awaited in vain: {change:?}");
            account.status = Status::Inactive;
            return done(None);
        }
        let before = account.clone();
        match &change.action {
            Action::Adopt { hr_id, .. } => account.hr_id.clone_from(hr_id),
            Action::Reactivate => account.status = Status::Active,
            Action::Deactivate { .. } if removing => {
                accounts.remove(&id.expect("it was found"));
                return done(None);
            }
            Action::Deactivate { .. } => account.status = Status::Inactive,
            Action::Grant { value, .. } => _ = account.groups.insert(value.clone()),
            Action::Revoke { value, .. } => _ = account.groups.remove(value.raw()),
            Action::Update { edits } => {
                for edit in edits {
                    match edit.attribute.as_str() {
                        "login" => account.login.clone_from(&edit.after),
                        "email" => account.set_email(&edit.after),
                        name => {
                            _ = account
                                .attributes
                                .insert(name.to_owned(), edit.after.clone());
                        }
                    }
                }
            }
            Action::Await { .. }
            | Action::Create(_)
            | Action::Invite { .. }
            | Action::Set { .. } => {
                unreachable!("not here")
            }
        }
        assert_ne!(before, *account, "a write without a difference: {change:?}");
        done(None)
    }

    /// The account that an earlier step made for a person.
    fn made(&self, config: &Config, name: &AppName, person: &PersonId) -> Option<String> {
        let entry = config.people.iter().find(|known| known.id == *person)?;
        let ours = *name == app() || self.source == Source::Apart;
        let is_it = |account: &Account| {
            if ours {
                account.hr_id == person.as_str()
            } else {
                account.login == entry.email.raw()
            }
        };
        let mut accounts = self.accounts_of(name).iter();
        let found = accounts.find(|(_, account)| is_it(account));
        found.map(|(id, _)| id.clone())
    }

    /// Does so many changes of a plan, as a run that dies then; the next one finds its journal.
    pub fn begin(&mut self, config: &Config, planned: &Plan, count: usize) {
        let mut deeds = Vec::new();
        for change in planned.body.changes.iter().take(count) {
            let outcome = self.perform(config, change);
            if outcome.is_good() {
                deeds.push(Deed {
                    run: "000999".into(),
                    change: change.clone(),
                    outcome,
                    ended: planned.body.as_of,
                });
            }
        }
        self.history.absorb(&deeds);
    }

    /// Plans, does it all, and remembers, as a run would. Returns the plan.
    pub fn run(&mut self, config: &Config, at: &str) -> Plan {
        let planned = self.plan(config, at);
        self.carry_out(config, &planned, &BTreeMap::new(), at);
        planned
    }

    /// Does all of a plan but what is settled already, and remembers, as a run would.
    pub fn carry_out(
        &mut self,
        config: &Config,
        planned: &Plan,
        settled: &BTreeMap<ChangeId, Outcome>,
        at: &str,
    ) {
        self.runs += 1;
        let run: RunId = format!("{:06}", self.runs).into();
        let mut deeds = Vec::new();
        let mut undone: BTreeSet<&ChangeId> = BTreeSet::new();
        for change in &planned.body.changes {
            let requires = planned
                .body
                .edges
                .iter()
                .filter(|edge| edge.after == change.id && edge.kind == EdgeKind::Requires);
            let skipped = requires
                .map(|edge| &edge.before)
                .any(|id| undone.contains(id));
            let outcome = match settled.get(&change.id) {
                Some(outcome) => outcome.clone(),
                None if skipped => failed(change),
                None => self.perform(config, change),
            };
            if !outcome.is_good() {
                undone.insert(&change.id);
                continue;
            }
            deeds.push(Deed {
                run: run.clone(),
                change: change.clone(),
                outcome,
                ended: planned.body.as_of,
            });
        }
        let left = planned
            .body
            .changes
            .iter()
            .filter(|change| undone.contains(&change.id));
        let withheld = planned.body.outstanding().flat_map(|item| &item.changes);
        let waiting = left
            .chain(withheld)
            .filter_map(|change| change.person.as_ref());
        let waiting: BTreeSet<PersonId> = waiting.map(|person| person.id.clone()).collect();
        let waits = planned.body.withheld.iter();
        let waits = waits.filter(|item| item.state == WithheldState::Waiting);
        let waits = waits
            .flat_map(|item| &item.changes)
            .map(|change| &change.id);
        let undone = undone.into_iter().chain(waits).cloned().collect();
        let desired = provisor::desired::at(config, at.parse().unwrap());
        let mut history = self.remembered(at.parse().unwrap());
        let withheld = planned.body.withheld.iter();
        let withheld = withheld.flat_map(|item| &item.changes);
        history.intend(planned.body.changes.iter().chain(withheld));
        history.absorb(&deeds);
        self.ran.insert(run, at.parse().unwrap());
        let used_up = [self.history.used_up.clone(), used_up(&planned.body, &deeds)].concat();
        deeds.retain(|deed| !was_allowed(planned, deed));
        let index = PeopleIndex::new(config);
        for name in config.apps.keys() {
            let reading = match self.reading(config, name, at) {
                Reading::Read(reading) => Some(reading),
                Reading::Unread(_) => None,
            };
            let reading = reading.as_deref();
            let known = remember::app(
                config,
                &desired,
                name,
                reading,
                &history,
                &index,
                (&self.overrides, self.due),
            );
            history.apps.insert(name.clone(), known);
        }
        let mut people = remember::people(config, &desired, &self.history, &waiting, &history.apps);
        let covered = Reviewed::new(&planned.body, config, &self.history, &[]);
        let edited = covered.people(&self.history, &mut people);
        covered.apps(config, &self.history, &edited, &mut history.apps);
        let before = reviewed(&self.history).filter(|_| self.due);
        self.history = History {
            last: Some(LastRun {
                serial: self.runs,
                head: config.digest,
                as_of: at.parse().unwrap(),
                whole: None,
                reviewed: before,
                configuration: config.digest,
                undone,
                at_work: Some(remembered_at_work(
                    &desired,
                    &self.history,
                    &planned.body.guards,
                )),
                settings: config.watched(),
            }),
            used_up,
            recent: [history.recent, deeds].concat(),
            people,
            apps: history.apps,
            agreed: Vec::new(),
        };
    }
}

/// True if somebody allowed what was done by its exact number: no guard counts it again.
fn was_allowed(planned: &Plan, deed: &Deed) -> bool {
    let fates = Fates::of(&planned.body);
    let guard = Guard::of(&deed.change, |change| fates.fate(change));
    let mut overridden = planned.body.guards.iter().filter(|judged| {
        let here = judged
            .app
            .as_ref()
            .is_none_or(|app| *app == deed.change.app);
        here && matches!(judged.verdict, Verdict::Overridden { .. })
    });
    overridden.any(|judged| Some(judged.guard) == guard)
}

fn done(vendor_id: Option<String>) -> Outcome {
    Outcome::Done {
        vendor_id: vendor_id.map(Into::into),
    }
}

fn failed(change: &Change) -> Outcome {
    let failure = Failure::new(&change.app, FailureKind::Forbidden, "doing as planned");
    Outcome::Failed { failure }
}

/// A plan's changes in short: `1042 create`, `1042 grant Marketing`; those of `crm` say so.
pub fn short(planned: &Plan) -> Vec<String> {
    planned.body.changes.iter().map(step).collect()
}

/// One change in short.
pub fn step(change: &Change) -> String {
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
        Action::Deactivate { by: Some(by), .. } => format!(" by {}", by.source),
        Action::Invite { renewal, .. } if *renewal > 0 => format!(" again, {renewal}"),
        _ => String::new(),
    };
    let place = if change.app == app() {
        String::new()
    } else {
        format!(" in {}", change.app)
    };
    format!("{person} {}{object}{place}", change.action.verb().word())
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
