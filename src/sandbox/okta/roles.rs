//! Administrators: `/api/v1/users/{id}/roles` and `/api/v1/iam/assignees/users`. There is one role
//! here, the one that may do everything.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::directory::Directory;
use super::error::OktaError;
use super::record::identify;
use super::{Answered, MEDIA_TYPE, Okta, body, href, instant, ok, only};
use crate::sandbox::app::{Answer, Call};

const ROLE: &str = "SUPER_ADMIN";

impl Okta {
    pub(super) fn roles(&self, call: &Call, name: &str) -> Answered {
        let mut directory = self.write();
        let user = directory.find(name)?;
        match call.method {
            Method::GET if directory.is_admin(&user) => Ok(ok(json!([shown(&directory, &user)]))),
            Method::GET => Ok(ok(json!([]))),
            Method::POST => {
                if body(call)?.get("type").and_then(Value::as_str) != Some(ROLE) {
                    return Err(OktaError::validation("type", "The role is not known here"));
                }
                if directory.is_admin(&user) {
                    return Err(OktaError::role_assigned());
                }
                directory.appoint(&user, true)?;
                let role = shown(&directory, &user);
                Ok(Answer::json(StatusCode::CREATED, MEDIA_TYPE, role))
            }
            _ => Err(OktaError::no_such_method()),
        }
    }

    pub(super) fn role(&self, call: &Call, name: &str, role: &str) -> Answered {
        only(call, &Method::DELETE)?;
        let mut directory = self.write();
        let user = directory.find(name)?;
        if !directory.is_admin(&user) || role != role_id(&user) {
            return Err(OktaError::not_found(role, "Role"));
        }
        directory.appoint(&user, false)?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Users who hold any role. The way on is in the body, and there is none: all fit on one page.
    pub(super) fn administrators(&self, call: &Call) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        let held = directory.users().filter(|(id, _)| directory.is_admin(id));
        let users = held.map(|(id, _)| {
            let url = format!("{}/api/v1/users/{id}", self.base);
            json!({ "id": id, "_links": { "self": href(&url) } })
        });
        let users: Vec<Value> = users.collect();
        Ok(ok(json!({ "value": users })))
    }
}

fn role_id(user: &str) -> String {
    identify(user, "ra1", ROLE, 0)
}

fn shown(directory: &Directory, user: &str) -> Value {
    let now = instant(directory.now());
    json!({
        "id": role_id(user),
        "label": "Super Organization Administrator",
        "type": ROLE,
        "status": "ACTIVE",
        "created": now,
        "lastUpdated": now,
        "assignmentType": "USER",
    })
}
