//! The users and groups of one app, and who is a member of what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::KIND;
use super::dialect::Dialect;
use super::error::ScimError;
use super::filter::Filter;
use super::invitations::{INVITATION, is_pending};
use super::record::{Document, Record, identify, key, membership, name};
use super::resource::Object;
use super::schema::{ENTERPRISE, GROUP, ResourceType, USER};
use super::seed;
use crate::base::Clock;
use crate::sandbox::spec::AppSpec;
use crate::sandbox::store::{Edit, Log, Store, StoreError};

/// The users and groups of one app.
pub(super) struct Directory {
    app: String,
    base: String,
    clock: Clock,
    store: Store<Record>,
    /// Lower-case login → user.
    logins: HashMap<String, String>,
    /// User → groups.
    groups_of: BTreeMap<String, BTreeSet<String>>,
}

impl Directory {
    pub fn open(
        path: &Path,
        app: &str,
        dialect: &Dialect,
        base: String,
        spec: &AppSpec,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let seed = || seed::records(app, spec, dialect, clock.now());
        let store = Store::open(path, KIND, seed)?;
        let mut directory = Self {
            app: app.to_owned(),
            base,
            clock,
            logins: HashMap::new(),
            groups_of: BTreeMap::new(),
            store,
        };
        let users: Vec<String> = directory.ids(&USER).map(str::to_owned).collect();
        for id in users {
            if let Some(login) = directory.login(&id) {
                directory.logins.insert(login, id);
            }
        }
        for (key, _) in directory.store.below("member/") {
            if let Some((group, user)) = key.split_once('/') {
                let groups = directory.groups_of.entry(user.to_owned()).or_default();
                groups.insert(group.to_owned());
            }
        }
        Ok(directory)
    }

    pub fn log(&self) -> Arc<Log> {
        self.store.log()
    }

    /// The story's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// All resources of a type, in an order that does not depend on when they came.
    pub fn ids(&self, of: &ResourceType) -> impl Iterator<Item = &str> {
        self.store
            .below(of.name)
            .filter_map(|(key, _)| key.strip_prefix('/'))
    }

    /// The user of a login, whatever its case.
    pub fn user_of(&self, login: &str) -> Option<&str> {
        self.logins.get(&login.to_lowercase()).map(String::as_str)
    }

    /// The account that another app made, or whose login is theirs.
    pub fn account_of(&self, external_id: &str, login: &str) -> Option<String> {
        let made = |id: &&str| {
            let document = self.document(&USER, id);
            document.is_some_and(|document| {
                let found = document.attributes.get("externalId");
                found.is_some_and(|found| found == external_id)
            })
        };
        let found = self.ids(&USER).find(made).or_else(|| self.user_of(login));
        found.map(str::to_owned)
    }

    /// What is kept of an account.
    pub fn attributes(&self, id: &str) -> Object {
        let document = self.document(&USER, id);
        document.map_or_else(Object::new, |document| document.attributes.clone())
    }

    /// The version of a resource, as in `ETag`.
    pub fn version(&self, of: &ResourceType, id: &str) -> Option<String> {
        Some(format!("W/\"{}\"", self.document(of, id)?.revision))
    }

    /// A resource as clients see it; `relations` are a group's members and a user's groups, which
    /// are costly to list.
    pub fn view(&self, of: &ResourceType, id: &str, relations: bool) -> Option<Object> {
        let document = self.document(of, id)?;
        let mut view = document.attributes.clone();
        let mut schemas = vec![of.urn];
        if let Some(extension) = view.get_mut(ENTERPRISE) {
            schemas.push(ENTERPRISE);
            let manager = extension.get_mut("manager").and_then(Value::as_object_mut);
            if let Some(manager) = manager.filter(|_| of.refers_to_managers()) {
                self.show_manager(manager);
            }
        }
        if view.contains_key(INVITATION) {
            schemas.push(INVITATION);
        }
        view.insert("schemas".to_owned(), json!(schemas));
        view.insert("id".to_owned(), id.into());
        let meta = json!({
            "resourceType": of.name,
            "created": document.created,
            "lastModified": document.modified,
            "location": self.location(of, id),
            "version": self.version(of, id),
        });
        view.insert("meta".to_owned(), meta);
        if relations && of.resolve(of.relation).is_some() {
            let list = self.relations(of, id);
            if !list.is_empty() {
                view.insert(of.relation.to_owned(), Value::Array(list));
            }
        }
        Some(view)
    }

    /// True if a resource matches a filter.
    pub fn matches(&self, of: &ResourceType, id: &str, filter: &Filter) -> bool {
        // Most filters need nothing but what is kept, and looking there is a hundred times faster.
        let shown = ["id", "schemas", "meta", ENTERPRISE, INVITATION, of.relation];
        if shown.iter().any(|name| filter.mentions(name)) {
            let view = self.view(of, id, filter.mentions(of.relation));
            return view.is_some_and(|view| filter.matches(&view));
        }
        let document = self.document(of, id);
        document.is_some_and(|document| filter.matches(&document.attributes))
    }

    /// Makes a resource of canonical attributes and returns its id.
    pub fn create(
        &mut self,
        of: &ResourceType,
        mut attributes: Object,
    ) -> Result<String, ScimError> {
        let members = self.admit(of, None, &mut attributes)?.unwrap_or_default();
        let name = name(of, &attributes).to_owned();
        let id = (0..u64::MAX)
            .map(|nth| identify(&self.app, of, &name, nth))
            .find(|id| {
                let gone = self.store.get(&format!("gone/{id}")).is_some();
                !gone && self.document(of, id).is_none()
            })
            .expect("there are more numbers than resources");
        let now = self.clock.now();
        let document = Document {
            attributes,
            created: now,
            modified: now,
            revision: 1,
        };
        let mut edits = vec![(key(of, &id), Some(Record::Resource(document)))];
        let joined = members
            .iter()
            .map(|user| (membership(&id, user), Some(Record::Member)));
        edits.extend(joined);
        self.commit(edits)?;
        if of.name == USER.name {
            self.logins.insert(name.to_lowercase(), id.clone());
        }
        self.join(&id, members);
        Ok(id)
    }

    /// Gives a resource other canonical attributes. What is the same stays untouched.
    pub fn update(
        &mut self,
        of: &ResourceType,
        id: &str,
        mut attributes: Object,
    ) -> Result<(), ScimError> {
        let members = self
            .admit(of, Some(id), &mut attributes)?
            .unwrap_or_default();
        let before = self.members(id);
        let mut document = self
            .document(of, id)
            .ok_or_else(|| ScimError::not_found(of.name))?
            .clone();
        // Only the server says it, whatever a client puts in its place.
        if let (Some(invitation), false) = (
            document.attributes.get(INVITATION),
            attributes.contains_key(INVITATION),
        ) {
            attributes.insert(INVITATION.to_owned(), invitation.clone());
        }
        if document.attributes == attributes && members == before {
            return Ok(());
        }
        let login_before = self.login(id);
        document.attributes = attributes;
        document.modified = self.clock.now();
        document.revision += 1;
        let mut edits = vec![(key(of, id), Some(Record::Resource(document)))];
        let joined: BTreeSet<String> = members.difference(&before).cloned().collect();
        let left: BTreeSet<String> = before.difference(&members).cloned().collect();
        let member = |user, record| (membership(id, user), record);
        edits.extend(joined.iter().map(|user| member(user, Some(Record::Member))));
        edits.extend(left.iter().map(|user| member(user, None)));
        self.commit(edits)?;
        if let Some(login) = login_before {
            self.logins.remove(&login);
        }
        if let Some(login) = self.login(id) {
            self.logins.insert(login, id.to_owned());
        }
        self.join(id, joined);
        for user in left {
            self.leave(&user, id);
        }
        Ok(())
    }

    /// Removes a resource for good, and all memberships with it.
    pub fn delete(&mut self, of: &ResourceType, id: &str) -> Result<(), ScimError> {
        let login = self.login(id);
        let members = self.members(id);
        let groups = self.groups_of.get(id).cloned().unwrap_or_default();
        let mut edits = vec![
            (key(of, id), None),
            (format!("gone/{id}"), Some(Record::Gone)),
        ];
        edits.extend(members.iter().map(|user| (membership(id, user), None)));
        for group in &groups {
            edits.push((membership(group, id), None));
            if let Some(document) = self.document(&GROUP, group) {
                let mut document = document.clone();
                document.modified = self.clock.now();
                document.revision += 1;
                edits.push((key(&GROUP, group), Some(Record::Resource(document))));
            }
        }
        self.commit(edits)?;
        if let Some(login) = login {
            self.logins.remove(&login);
        }
        self.groups_of.remove(id);
        for user in members {
            self.leave(&user, id);
        }
        Ok(())
    }

    /// Checks what attributes say of other resources, and takes what is not kept with them:
    /// returns the members.
    fn admit(
        &self,
        of: &ResourceType,
        id: Option<&str>,
        attributes: &mut Object,
    ) -> Result<Option<BTreeSet<String>>, ScimError> {
        if of.name == USER.name {
            let owner = self.user_of(name(of, attributes));
            if owner.is_some() && owner != id {
                return Err(ScimError::uniqueness("another user has this `userName`"));
            }
        }
        let extension = attributes.get_mut(ENTERPRISE);
        if let Some(manager) = extension.and_then(|extension| extension.get_mut("manager"))
            && of.refers_to_managers()
        {
            self.known_user(&manager["value"])?;
            if let Some(manager) = manager.as_object_mut() {
                manager.remove("$ref");
            }
        }
        let Some(Value::Array(members)) = attributes.remove("members") else {
            return Ok(None);
        };
        let known = |member: &Value| {
            let id = self.known_user(&member["value"])?;
            let pending = is_pending(&self.attributes(&id));
            if pending {
                let detail = format!("`{id}` has not accepted their invitation");
                return Err(ScimError::invalid_value(detail));
            }
            Ok(id)
        };
        members
            .iter()
            .map(known)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn known_user(&self, id: &Value) -> Result<String, ScimError> {
        let id = id.as_str().unwrap_or_default();
        match self.document(&USER, id) {
            Some(_) => Ok(id.to_owned()),
            None => Err(ScimError::invalid_value(format!("there is no user `{id}`"))),
        }
    }

    fn show_manager(&self, manager: &mut Object) {
        let id = manager
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let location = self.location(&USER, id);
        let display = self.display(&USER, id);
        manager.insert("$ref".to_owned(), location.into());
        if let Some(display) = display {
            manager.insert("displayName".to_owned(), display.into());
        }
    }

    /// The other end of a resource's memberships.
    fn relations(&self, of: &ResourceType, id: &str) -> Vec<Value> {
        let related = |to: &ResourceType, kind: &str, id: &str| {
            json!({
                "value": id,
                "$ref": self.location(to, id),
                "type": kind,
                "display": self.display(to, id),
            })
        };
        if of.name == USER.name {
            let groups = self.groups_of.get(id).into_iter().flatten();
            return groups
                .map(|group| related(&GROUP, "direct", group))
                .collect();
        }
        let members = self.members(id);
        let related = members.iter().map(|user| related(&USER, USER.name, user));
        related.collect()
    }

    fn members(&self, group: &str) -> BTreeSet<String> {
        let prefix = membership(group, "");
        let users = self.store.below(&prefix);
        users.map(|(user, _)| user.to_owned()).collect()
    }

    fn join(&mut self, group: &str, users: BTreeSet<String>) {
        for user in users {
            self.groups_of
                .entry(user)
                .or_default()
                .insert(group.to_owned());
        }
    }

    fn leave(&mut self, user: &str, group: &str) {
        if let Some(groups) = self.groups_of.get_mut(user) {
            groups.remove(group);
        }
    }

    fn login(&self, id: &str) -> Option<String> {
        let document = self.document(&USER, id)?;
        Some(name(&USER, &document.attributes).to_lowercase())
    }

    fn display(&self, of: &ResourceType, id: &str) -> Option<&str> {
        let attributes = &self.document(of, id)?.attributes;
        let display = attributes.get("displayName").and_then(Value::as_str);
        Some(display.unwrap_or_else(|| name(of, attributes)))
    }

    fn location(&self, of: &ResourceType, id: &str) -> String {
        format!("{}/{}/{id}", self.base, of.endpoint)
    }

    fn document(&self, of: &ResourceType, id: &str) -> Option<&Document> {
        match self.store.get(&key(of, id))? {
            Record::Resource(document) => Some(document),
            Record::Member | Record::Gone => None,
        }
    }

    fn commit(&mut self, edits: Vec<Edit<Record>>) -> Result<(), ScimError> {
        Ok(self.store.commit(edits)?)
    }
}
