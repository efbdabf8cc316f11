//! What an organisation starts with: `users` of `sandbox.toml` as records. They are consistent as
//! they are described, so nothing cascades from them: who is a member of an assigning group has
//! the app, and its account there is what that app's own `users` say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::catalogue::{Catalogue, group_id};
use super::record::{
    Assignment, Object, Progress, Record, Status, User, admin_key, assignment_key, identify,
    member_key, user_key,
};
use crate::sandbox::spec::{AppSpec, Instant, UserSpec};

/// The records of an organisation at its first start.
pub(super) fn records(
    org: &str,
    spec: &AppSpec,
    catalogue: &Catalogue,
    now: Timestamp,
) -> BTreeMap<String, Record> {
    let mut records = BTreeMap::new();
    for user in &spec.users {
        let id = identify(org, "00u", user.user_name.get_ref(), 0);
        let status = status(user);
        let named = user
            .groups
            .iter()
            .map(|group| group_id(org, group.get_ref()));
        let groups: Vec<String> = named.chain(catalogue.everyone().cloned()).collect();
        for (app, described) in &catalogue.apps {
            let given = groups.iter().any(|group| described.groups.contains(group));
            if given && !matches!(status, Status::Staged | Status::Deprovisioned) {
                let assignment = Assignment {
                    progress: Progress::Open,
                    external_id: None,
                    created: now,
                    changed: now,
                };
                let key = assignment_key(app, &id);
                records.insert(key, Record::Assignment(assignment));
            }
        }
        for group in groups {
            records.insert(member_key(&group, &id), Record::Member);
        }
        if user.admin {
            records.insert(admin_key(&id), Record::Admin);
        }
        let activated = status != Status::Staged;
        let record = User {
            status,
            transition: None,
            password: activated && status != Status::Provisioned,
            profile: profile(user),
            created: now,
            activated: activated.then_some(now),
            status_changed: activated.then(|| user.invited.map_or(now, Instant::moment)),
            mailed_again: None,
            updated: now,
            revision: 1,
        };
        records.insert(user_key(&id), Record::User(record));
    }
    records
}

fn status(user: &UserSpec) -> Status {
    match &user.status {
        Some(status) => (*status.get_ref()).into(),
        None if user.active => Status::Active,
        None => Status::Deprovisioned,
    }
}

fn profile(user: &UserSpec) -> Object {
    let login = user.user_name.get_ref();
    let manager = user.manager.as_ref().map(toml::Spanned::get_ref);
    let given = [
        ("login", Some(login)),
        ("email", Some(user.email.as_ref().unwrap_or(login))),
        ("firstName", user.given.as_ref()),
        ("lastName", user.family.as_ref()),
        ("displayName", user.display.as_ref()),
        ("title", user.title.as_ref()),
        ("department", user.department.as_ref()),
        ("employeeNumber", user.external_id.as_ref()),
        ("managerId", manager),
    ];
    let given = given.into_iter();
    given
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?.as_str()))))
        .collect()
}
