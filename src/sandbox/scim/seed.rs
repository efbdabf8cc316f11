//! What a SCIM app starts with: `[apps.NAME]` of `sandbox.toml` as records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::invitations::{INVITATION, sent};
use super::record::{Document, Record, identify, key, membership};
use super::resource::{Object, prune};
use super::schema::{ENTERPRISE, GROUP, ResourceType, USER};
use crate::sandbox::spec::{AppSpec, Instant, StatusSpec, UserSpec};

/// The records of an app at its first start.
pub(super) fn records(
    app: &str,
    spec: &AppSpec,
    dialect: &Dialect,
    now: Timestamp,
) -> BTreeMap<String, Record> {
    let mut records = BTreeMap::new();
    let users = dialect.users();
    let known: Vec<_> = users.all().collect();
    let mut put = |of: &ResourceType, id: &str, attributes| {
        let document = Document {
            attributes,
            created: now,
            modified: now,
            revision: 1,
        };
        records.insert(key(of, id), Record::Resource(document));
    };
    let group_id = |name: &str| identify(app, &GROUP, name, 0);
    let user_id = |user: &UserSpec| identify(app, &USER, user.user_name.get_ref(), 0);
    for group in &spec.groups {
        let name = group.get_ref();
        let attributes = present([("displayName", Some(name.as_str().into()))]);
        put(&GROUP, &group_id(name), attributes);
    }
    for user in &spec.users {
        let mut attributes = attributes(user);
        if let Some(manager) = &user.manager {
            let login = manager.get_ref();
            manage(
                users,
                &mut attributes,
                login,
                &identify(app, &USER, login, 0),
            );
        }
        let status = user.status.as_ref().map(toml::Spanned::get_ref);
        if dialect.invites() && status == Some(&StatusSpec::Pending) {
            let at = user.invited.map_or(now, Instant::moment);
            attributes.insert(INVITATION.to_owned(), sent(at));
        }
        // What the vendor has no place for is not there.
        prune(&mut attributes, &known);
        attributes.retain(|_, value| value.as_object().is_none_or(|object| !object.is_empty()));
        put(&USER, &user_id(user), attributes);
    }
    for user in &spec.users {
        for group in &user.groups {
            let key = membership(&group_id(group.get_ref()), &user_id(user));
            records.insert(key, Record::Member);
        }
    }
    records
}

fn attributes(user: &UserSpec) -> Object {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let whole: Vec<&str> = [&user.given, &user.family]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    let whole = (!whole.is_empty()).then(|| whole.join(" "));
    let name = present([
        ("givenName", text(&user.given)),
        ("familyName", text(&user.family)),
        ("formatted", text(&whole)),
    ]);
    let email = |address| json!([{ "value": address, "type": "work", "primary": true }]);
    present([
        ("userName", Some(user.user_name.get_ref().as_str().into())),
        ("externalId", text(&user.external_id)),
        ("name", (!name.is_empty()).then_some(Value::Object(name))),
        ("displayName", text(&user.display).or_else(|| text(&whole))),
        ("title", text(&user.title)),
        ("active", Some(user.is_open().into())),
        ("emails", user.email.as_ref().map(email)),
        (
            ENTERPRISE,
            user.department
                .as_ref()
                .map(|name| json!({ "department": name })),
        ),
    ])
}

/// Names the manager the way the vendor does: by the id of their account, or in words.
fn manage(users: &ResourceType, attributes: &mut Object, login: &str, id: &str) {
    let named = |path: &str| users.resolve(&format!("{ENTERPRISE}:{path}")).is_some();
    let (name, value) = if users.refers_to_managers() {
        ("manager", json!({ "value": id }))
    } else if named("manager.managerId") {
        ("manager", json!({ "managerId": login }))
    } else if named("manager.value") {
        ("manager", json!({ "value": login }))
    } else {
        ("managerValue", json!(login))
    };
    let extension = attributes.entry(ENTERPRISE);
    let extension = extension.or_insert_with(|| Object::new().into());
    extension[name] = value;
}

fn present<const N: usize>(attributes: [(&str, Option<Value>); N]) -> Object {
    let given = attributes.into_iter();
    given
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
