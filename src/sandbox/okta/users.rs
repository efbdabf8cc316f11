//! `/api/v1/users`: listing, reading, making and changing users.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::catalogue::GroupType;
use super::directory::Directory;
use super::error::OktaError;
use super::expression::{Expression, SEARCH, USER_FILTER};
use super::page::{Sizes, page};
use super::record::{Object, Status, User, identify};
use super::{Answered, Okta, body, flag, href, instant, maybe, ok, only, profile};
use crate::sandbox::app::{Answer, Call};

const SIZES: Sizes = Sizes::new(200, 200);
/// `groupIds` of a user that is made.
const MOST_GROUPS: usize = 20;

impl Okta {
    pub(super) fn users(&self, call: &Call) -> Answered {
        match call.method {
            Method::GET => self.list_users(call),
            Method::POST => self.create_user(call),
            _ => Err(OktaError::no_such_method()),
        }
    }

    /// Without a filter or a search the deactivated are left out.
    fn list_users(&self, call: &Call) -> Answered {
        let parsed = |name, language| {
            let text = call.parameter(name);
            text.map(|text| Expression::parse(language, text))
                .transpose()
        };
        let filter = parsed("filter", USER_FILTER)?;
        let search = parsed("search", SEARCH)?;
        let expressions: Vec<_> = filter.iter().chain(&search).collect();
        let starts = call.parameter("q").map(str::to_lowercase);
        let wanted = |(id, user): &(&str, &User)| {
            let begins = |name: &str| {
                let text = user.text(name).map(str::to_lowercase);
                let start = starts.as_deref().unwrap_or_default();
                text.is_some_and(|text| text.starts_with(start))
            };
            let named =
                starts.is_none() || ["firstName", "lastName", "email"].into_iter().any(begins);
            let shown = !expressions.is_empty() || user.status != Status::Deprovisioned;
            let value = |name: &str| attribute(id, user, name);
            named && shown && expressions.iter().all(|one| one.holds(&value))
        };
        let directory = self.read();
        let listed = directory.users().filter(wanted);
        let sizes = SIZES.at_most(self.largest_page);
        page(&self.base, call, sizes, listed, |id, user| {
            self.shown(id, user)
        })
    }

    fn create_user(&self, call: &Call) -> Answered {
        let body = body(call)?;
        let Some(Value::Object(given)) = body.get("profile") else {
            return Err(OktaError::validation("profile", "The field is required"));
        };
        let groups = match body.get("groupIds") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(ids)) => ids.clone(),
            Some(_) => {
                return Err(OktaError::validation(
                    "groupIds",
                    "The value must be a list",
                ));
            }
        };
        if groups.len() > MOST_GROUPS {
            return Err(OktaError::too_many_groups());
        }
        let profile = profile::change(&Object::new(), given)?;
        let password = has_password(&body);
        let transition = flag(call, "activate", true).then_some(end_of_activation(password));
        let mut directory = self.write();
        let group = |id: &Value| {
            let id = id.as_str().unwrap_or_default();
            match directory.catalogue().groups.get(id) {
                Some(group) if group.of == GroupType::Okta => Ok(id.to_owned()),
                _ => Err(OktaError::validation(
                    "groupIds",
                    "A group cannot be assigned",
                )),
            }
        };
        let groups = groups.iter().map(group).collect::<Result<Vec<_>, _>>()?;
        let id = directory.create(profile, password, transition, &groups)?;
        self.answer_user(&directory, &id)
    }

    /// The account of whoever asks. A token of nobody has none, as a service app has none.
    pub(super) fn me(&self, call: &Call) -> Answered {
        match &self.own {
            Some(own) => self.user(call, own),
            None => Err(OktaError::not_found("me", "User")),
        }
    }

    pub(super) fn user(&self, call: &Call, name: &str) -> Answered {
        if call.method == Method::GET {
            let directory = self.read();
            let id = directory.find(name)?;
            let answer = self.answer_user(&directory, &id)?;
            let revision = directory.user(&id).map_or(0, |user| user.revision);
            return Ok(answer.with(header::ETAG, &format!("W/\"{revision}\"")));
        }
        let mut directory = self.write();
        let id = directory.find(name)?;
        match call.method {
            Method::POST | Method::PUT => self.update_user(&mut directory, call, &id),
            Method::DELETE => delete_user(&mut directory, &id),
            _ => Err(OktaError::no_such_method()),
        }
    }

    /// POST changes what it names, PUT takes everything else away.
    fn update_user(&self, directory: &mut Directory, call: &Call, id: &str) -> Answered {
        let body = body(call)?;
        let user = directory
            .user(id)
            .ok_or_else(|| OktaError::not_found(id, "User"))?;
        if user.status == Status::Deprovisioned {
            return Err(OktaError::wrong_status());
        }
        if let Some(Value::Object(changes)) = body.get("profile") {
            let before = if call.method == Method::PUT {
                Object::new()
            } else {
                user.profile.clone()
            };
            let changed = profile::change(&before, changes)?;
            directory.update(id, changed)?;
        }
        self.answer_user(directory, id)
    }

    fn answer_user(&self, directory: &Directory, id: &str) -> Answered {
        let user = directory
            .user(id)
            .ok_or_else(|| OktaError::not_found(id, "User"))?;
        Ok(ok(self.shown(id, user)))
    }

    /// Ends sessions; there are none to end.
    pub(super) fn sessions(&self, call: &Call, name: &str) -> Answered {
        only(call, &Method::DELETE)?;
        self.read().find(name)?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// A user as clients see it.
    pub(super) fn shown(&self, id: &str, user: &User) -> Value {
        let mut shown = json!({
            "id": id,
            "status": user.status.word(),
            "created": instant(user.created),
            "activated": maybe(user.activated),
            "statusChanged": maybe(user.status_changed),
            "lastLogin": null,
            "lastUpdated": instant(user.updated),
            "passwordChanged": maybe(user.password.then_some(user.created)),
            "type": { "id": identify("", "oty", "user", 0) },
            "profile": user.profile,
            "credentials": { "provider": { "type": "OKTA", "name": "OKTA" } },
            "_links": { "self": href(&format!("{}/api/v1/users/{id}", self.base)) },
        });
        if let Some(status) = user.transition {
            shown["transitioningToStatus"] = status.word().into();
        }
        if user.password {
            shown["credentials"]["password"] = json!({});
        }
        shown
    }
}

/// What activation ends in: a user without a password must visit the link in a mail first.
pub(super) fn end_of_activation(password: bool) -> Status {
    if password {
        Status::Active
    } else {
        Status::Provisioned
    }
}

/// The first call deactivates, the second one deletes.
fn delete_user(directory: &mut Directory, id: &str) -> Answered {
    match directory.user(id).map(|user| user.status) {
        Some(Status::Deprovisioned) => directory.delete(id)?,
        _ => directory.send(id, Status::Deprovisioned)?,
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn has_password(body: &Object) -> bool {
    let credentials = body.get("credentials");
    let password = credentials.and_then(|credentials| credentials.get("password"));
    password.is_some_and(|password| password["value"].is_string() || password["hash"].is_object())
}

/// The value that expressions compare.
fn attribute(id: &str, user: &User, name: &str) -> Option<String> {
    let text = |value: Value| value.as_str().map(str::to_owned);
    match name {
        "id" => Some(id.to_owned()),
        "status" => Some(user.status.word().to_owned()),
        "created" => text(instant(user.created)),
        "activated" => text(maybe(user.activated)),
        "statusChanged" => text(maybe(user.status_changed)),
        "lastUpdated" => text(instant(user.updated)),
        _ => user.text(name.strip_prefix("profile.")?).map(str::to_owned),
    }
}
