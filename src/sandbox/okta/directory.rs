//! The users of an organisation, who is a member of what, who is assigned to which app, and what
//! of that is still under way.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::KIND;
use super::catalogue::Catalogue;
use super::error::OktaError;
use super::record::{
    Assignment, Object, Progress, Record, Status, User, admin_key, assignment_key, identify,
    member_key, user_key,
};
use super::seed;
use crate::base::{Clock, Stopwatch};
use crate::sandbox::invitations::{Answer, InvitationSpec};
use crate::sandbox::spec::{AppSpec, CascadeDelay};
use crate::sandbox::store::{Edit, Log, Store, StoreError};

/// Something that happens by itself, after a while.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pending {
    /// A user arrives at the status that it is on its way to.
    Transition { user: String },
    /// An app makes, opens or closes an account.
    Provisioning { app: String, user: String },
}

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delays {
    pub lifecycle: Duration,
    pub cascade: CascadeDelay,
}

/// The users of one organisation.
pub(super) struct Directory {
    org: String,
    clock: Clock,
    catalogue: Catalogue,
    store: Store<Record>,
    /// Lower-case login → user.
    logins: HashMap<String, String>,
    /// What is under way, and since when; nothing is said of what an earlier process left behind.
    pending: BTreeMap<Pending, Option<Stopwatch>>,
}

impl Directory {
    pub fn open(path: &Path, org: &str, spec: &AppSpec, clock: Clock) -> Result<Self, StoreError> {
        let catalogue = Catalogue::of(org, spec);
        let seed = || seed::records(org, spec, &catalogue, clock.now());
        let store = Store::open(path, KIND, seed)?;
        let mut directory = Self {
            org: org.to_owned(),
            clock,
            catalogue,
            store,
            logins: HashMap::new(),
            pending: BTreeMap::new(),
        };
        let mut logins = HashMap::new();
        let mut pending = BTreeMap::new();
        for (id, user) in directory.users() {
            logins.insert(user.login().to_lowercase(), id.to_owned());
            if user.transition.is_some() {
                pending.insert(Pending::Transition { user: id.into() }, None);
            }
        }
        for app in directory.catalogue.apps.keys() {
            for (user, assignment) in directory.assignments(app) {
                if assignment.progress != Progress::Open {
                    let (app, user) = (app.clone(), user.to_owned());
                    pending.insert(Pending::Provisioning { app, user }, None);
                }
            }
        }
        directory.logins = logins;
        directory.pending = pending;
        Ok(directory)
    }

    pub fn log(&self) -> Arc<Log> {
        self.store.log()
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// All users by id, in an order that does not depend on when they came.
    pub fn users(&self) -> impl Iterator<Item = (&str, &User)> {
        let users = self.store.below("user/");
        users.filter_map(|(id, record)| Some((id, as_user(record)?)))
    }

    pub fn user(&self, id: &str) -> Option<&User> {
        as_user(self.store.get(&user_key(id))?)
    }

    /// The id of the user of an id, a login, or the part of a login before its `@` where no other
    /// has it.
    pub fn find(&self, name: &str) -> Result<String, OktaError> {
        if self.user(name).is_some() {
            return Ok(name.to_owned());
        }
        let found = self.owner(name).or_else(|| self.of_short_name(name));
        let missing = || OktaError::not_found(name, "User");
        found.map(str::to_owned).ok_or_else(missing)
    }

    fn of_short_name(&self, name: &str) -> Option<&str> {
        let short = |login: &str| login.split('@').next().is_some_and(|part| part == name);
        let mut named = self.users().filter(|(_, user)| short(user.login()));
        let (id, _) = named.next()?;
        named.next().is_none().then_some(id)
    }

    /// The user who has a login.
    pub fn owner(&self, login: &str) -> Option<&str> {
        self.logins.get(&login.to_lowercase()).map(String::as_str)
    }

    pub fn is_member(&self, group: &str, user: &str) -> bool {
        self.store.get(&member_key(group, user)).is_some()
    }

    /// The members of a group.
    pub fn members(&self, group: &str) -> impl Iterator<Item = (&str, &User)> {
        let prefix = member_key(group, "");
        let members: Vec<_> = self.store.below(&prefix).collect();
        let members = members.into_iter();
        members.filter_map(|(id, _)| Some((id, self.user(id)?)))
    }

    pub fn is_admin(&self, user: &str) -> bool {
        self.store.get(&admin_key(user)).is_some()
    }

    pub fn assignment(&self, app: &str, user: &str) -> Option<&Assignment> {
        as_assignment(self.store.get(&assignment_key(app, user))?)
    }

    /// The assignments of an app, by user.
    pub fn assignments(&self, app: &str) -> impl Iterator<Item = (&str, &Assignment)> {
        let prefix = assignment_key(app, "");
        let held: Vec<_> = self.store.below(&prefix).collect();
        let held = held.into_iter();
        held.filter_map(|(user, record)| Some((user, as_assignment(record)?)))
    }

    /// Makes a user, on its way to a status, in groups.
    pub fn create(
        &mut self,
        profile: Object,
        password: bool,
        transition: Option<Status>,
        groups: &[String],
    ) -> Result<String, OktaError> {
        let login = profile["login"].as_str().unwrap_or_default().to_owned();
        if self.owner(&login).is_some() {
            return Err(OktaError::duplicate_login());
        }
        let id = (0..u64::MAX)
            .map(|nth| identify(&self.org, "00u", &login, nth))
            .find(|id| {
                let gone = self.store.get(&format!("gone/{id}")).is_some();
                !gone && self.user(id).is_none()
            })
            .expect("there are more numbers than users");
        let now = self.clock.now();
        let user = User {
            status: Status::Staged,
            transition,
            password,
            profile,
            created: now,
            activated: None,
            status_changed: None,
            mailed_again: None,
            updated: now,
            revision: 1,
        };
        let joined = groups.iter().chain(self.catalogue.everyone());
        let joined = joined.map(|group| (member_key(group, &id), Some(Record::Member)));
        let joined = joined.collect();
        self.put(&id, user, joined)?;
        Ok(id)
    }

    /// Gives a user another profile.
    pub fn update(&mut self, id: &str, profile: Object) -> Result<(), OktaError> {
        let login = profile.get("login").and_then(|login| login.as_str());
        let owner = login.and_then(|login| self.owner(login));
        if owner.is_some_and(|owner| owner != id) {
            return Err(OktaError::duplicate_login());
        }
        self.change(id, |user, now| {
            if user.profile != profile {
                user.profile = profile;
                user.touch(now);
            }
        })
    }

    /// Sends a user on its way to a status.
    pub fn send(&mut self, id: &str, status: Status) -> Result<(), OktaError> {
        self.change(id, |user, now| {
            user.transition = Some(status);
            user.touch(now);
        })
    }

    /// Gives a user a status at once.
    pub fn set(&mut self, id: &str, status: Status) -> Result<(), OktaError> {
        self.change(id, |user, now| user.become_status(status, now))
    }

    /// Mails a user the welcome again; nothing that is told of them changes.
    pub fn mail_again(&mut self, id: &str) -> Result<(), OktaError> {
        self.change(id, |user, now| user.mailed_again = Some(now))
    }

    /// Lets whoever followed the welcome mail by now be active.
    pub fn accept(&mut self, spec: &InvitationSpec) -> Result<(), OktaError> {
        let now = self.clock.now();
        let accepts = |user: &User| {
            let sent = user.mailed_again.or(user.status_changed);
            user.status == Status::Provisioned
                && sent.is_some_and(|sent| spec.answer(sent, now) == Answer::Accepted)
        };
        let accepted = self.users().filter(|(_, user)| accepts(user));
        let accepted: Vec<String> = accepted.map(|(id, _)| id.to_owned()).collect();
        for id in accepted {
            self.set(&id, Status::Active)?;
        }
        Ok(())
    }

    fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut User, jiff::Timestamp),
    ) -> Result<(), OktaError> {
        let missing = || OktaError::not_found(id, "User");
        let mut user = self.user(id).ok_or_else(missing)?.clone();
        change(&mut user, self.clock.now());
        self.put(id, user, Vec::new())
    }

    /// Makes a user a member, or not.
    pub fn join(&mut self, group: &str, id: &str, member: bool) -> Result<(), OktaError> {
        let missing = || OktaError::not_found(id, "User");
        let user = self.user(id).ok_or_else(missing)?.clone();
        if self.is_member(group, id) == member {
            return Ok(());
        }
        let edit = (member_key(group, id), member.then_some(Record::Member));
        self.put(id, user, vec![edit])
    }

    /// Makes a user an administrator, or not.
    pub fn appoint(&mut self, id: &str, admin: bool) -> Result<(), OktaError> {
        let edit = (admin_key(id), admin.then_some(Record::Admin));
        Ok(self.store.commit(vec![edit])?)
    }

    /// Removes a user for good, once all its accounts elsewhere are closed.
    pub fn delete(&mut self, id: &str) -> Result<(), OktaError> {
        let mut apps = self.catalogue.apps.keys();
        if apps.any(|app| self.assignment(app, id).is_some()) {
            return Err(OktaError::still_activating());
        }
        let mut edits = vec![
            (user_key(id), None),
            (admin_key(id), None),
            (format!("gone/{id}"), Some(Record::Gone)),
        ];
        let groups = self.catalogue.groups.keys();
        edits.extend(groups.map(|group| (member_key(group, id), None)));
        let login = self.user(id).map(|user| user.login().to_lowercase());
        self.store.commit(edits)?;
        self.logins.remove(&login.unwrap_or_default());
        Ok(())
    }

    /// Writes a user with edits of its memberships, and assigns it to apps accordingly.
    fn put(&mut self, id: &str, user: User, members: Vec<Edit<Record>>) -> Result<(), OktaError> {
        let before = self.user(id).map(|user| user.login().to_lowercase());
        let login = user.login().to_lowercase();
        let transition = user.transition.is_some();
        let assignments = self.assigned(id, &user, &members);
        let mut edits = members;
        for (app, assignment) in &assignments {
            let record = Record::Assignment(assignment.clone());
            edits.push((assignment_key(app, id), Some(record)));
        }
        edits.push((user_key(id), Some(Record::User(user))));
        self.store.commit(edits)?;

        if let Some(before) = before {
            self.logins.remove(&before);
        }
        self.logins.insert(login, id.to_owned());
        let now = self.clock.stopwatch();
        if transition {
            let pending = Pending::Transition { user: id.into() };
            self.pending.entry(pending).or_insert(Some(now));
        }
        for (app, _) in assignments {
            let user = id.to_owned();
            let pending = Pending::Provisioning { app, user };
            self.pending.insert(pending, Some(now));
        }
        Ok(())
    }

    /// The assignments that change for a user. A staged user has no apps yet, a suspended one
    /// keeps what it has and gains nothing, a deactivated one loses all.
    fn assigned(
        &self,
        id: &str,
        user: &User,
        members: &[Edit<Record>],
    ) -> Vec<(String, Assignment)> {
        let is_member = |group: &String| {
            let key = member_key(group, id);
            let edited = members.iter().find(|(edited, _)| *edited == key);
            edited.map_or_else(|| self.is_member(group, id), |(_, record)| record.is_some())
        };
        let enabled = !matches!(user.status, Status::Staged | Status::Deprovisioned);
        let now = self.clock.now();
        let mut changed = Vec::new();
        for (app, described) in &self.catalogue.apps {
            let given = enabled && described.groups.iter().any(is_member);
            let held = self.assignment(app, id);
            let progress = match held.map(|held| held.progress) {
                None | Some(Progress::Closing) if given && user.status != Status::Suspended => {
                    Progress::Opening
                }
                Some(Progress::Opening | Progress::Open) if !given => Progress::Closing,
                _ => continue,
            };
            let assignment = Assignment {
                progress,
                external_id: held.and_then(|held| held.external_id.clone()),
                created: held.map_or(now, |held| held.created),
                changed: now,
            };
            changed.push((app.clone(), assignment));
        }
        changed
    }

    /// True if anything is under way.
    pub fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Something that is due. What an earlier process left behind always is.
    pub fn due(&self, delays: Delays) -> Option<Pending> {
        let is_due = |(pending, since): &(&Pending, &Option<Stopwatch>)| {
            let delay = match (pending, delays.cascade) {
                (Pending::Transition { .. }, _) => delays.lifecycle,
                (Pending::Provisioning { .. }, CascadeDelay::After(delay)) => delay,
                (Pending::Provisioning { .. }, CascadeDelay::Never) => return false,
            };
            since.is_none_or(|since| since.elapsed() >= delay)
        };
        let (pending, _) = self.pending.iter().find(is_due)?;
        Some(pending.clone())
    }

    /// A user arrives at the status that it was on its way to.
    pub fn arrive(&mut self, id: &str) -> Result<(), OktaError> {
        self.pending
            .remove(&Pending::Transition { user: id.into() });
        match self.user(id).and_then(|user| user.transition) {
            Some(status) => self.set(id, status),
            None => Ok(()),
        }
    }

    /// An app did what an assignment asked for.
    pub fn provisioned(
        &mut self,
        app: &str,
        id: &str,
        external_id: Option<String>,
    ) -> Result<(), OktaError> {
        let assignment = self.assignment(app, id).cloned();
        let record = external_id
            .zip(assignment)
            .map(|(external_id, assignment)| {
                Record::Assignment(Assignment {
                    progress: Progress::Open,
                    external_id: Some(external_id),
                    changed: self.clock.now(),
                    ..assignment
                })
            });
        self.store.commit(vec![(assignment_key(app, id), record)])?;
        let (app, user) = (app.to_owned(), id.to_owned());
        self.pending.remove(&Pending::Provisioning { app, user });
        Ok(())
    }
}

fn as_user(record: &Record) -> Option<&User> {
    match record {
        Record::User(user) => Some(user),
        _ => None,
    }
}

fn as_assignment(record: &Record) -> Option<&Assignment> {
    match record {
        Record::Assignment(assignment) => Some(assignment),
        _ => None,
    }
}
