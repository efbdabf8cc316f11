//! `/api/v1/groups`: groups, their members and the rules that fill them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::catalogue::{Group, GroupType, Rule};
use super::directory::Directory;
use super::error::OktaError;
use super::expression::{Expression, GROUP_FILTER, SEARCH};
use super::page::{Sizes, page};
use super::{Answered, Okta, href, instant, ok, only};
use crate::sandbox::app::{Answer, Call};

const SIZES: Sizes = Sizes::new(10_000, 10_000);
const MEMBER_SIZES: Sizes = Sizes::new(1_000, 1_000);
const RULE_SIZES: Sizes = Sizes::new(50, 200);

impl Okta {
    pub(super) fn groups(&self, call: &Call) -> Answered {
        only(call, &Method::GET)?;
        let parsed = |name, language| {
            let text = call.parameter(name);
            text.map(|text| Expression::parse(language, text))
                .transpose()
        };
        let filter = parsed("filter", GROUP_FILTER)?;
        let search = parsed("search", SEARCH)?;
        let starts = call.parameter("q").map(str::to_lowercase);
        let directory = self.read();
        let now = instant(directory.now());
        let wanted = |(id, group): &(&str, &Group)| {
            let value = |name: &str| match name {
                "id" => Some((*id).to_owned()),
                "type" => Some(group.of.word().to_owned()),
                "profile.name" => Some(group.name.clone()),
                "lastUpdated" | "lastMembershipUpdated" | "created" => {
                    now.as_str().map(str::to_owned)
                }
                _ => None,
            };
            let start = starts.as_deref().unwrap_or_default();
            let holds = |one: &Expression| one.holds(&value);
            group.name.to_lowercase().starts_with(start) && filter.iter().chain(&search).all(holds)
        };
        let groups = directory.catalogue().groups.iter();
        let listed = groups
            .map(|(id, group)| (id.as_str(), group))
            .filter(wanted);
        let expanded = call.parameter("expand") == Some("stats");
        let show = |id: &str, group: &Group| self.shown_group(&directory, id, group, expanded);
        page(
            &self.base,
            call,
            SIZES.at_most(self.largest_page),
            listed,
            show,
        )
    }

    pub(super) fn group(&self, call: &Call, id: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        let group = known(&directory, id)?;
        Ok(ok(self.shown_group(&directory, id, group, false)))
    }

    /// The members, whatever their status: deactivating takes nobody out of a group (Okta support,
    /// "Deactivated Users not Removed From Okta Groups Automatically").
    pub(super) fn members(&self, call: &Call, id: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        known(&directory, id)?;
        let sizes = MEMBER_SIZES.at_most(self.largest_page);
        let members = directory.members(id);
        page(&self.base, call, sizes, members, |id, user| {
            self.shown(id, user)
        })
    }

    pub(super) fn member(&self, call: &Call, id: &str, user: &str) -> Answered {
        let member = match call.method {
            Method::PUT => true,
            Method::DELETE => false,
            _ => return Err(OktaError::no_such_method()),
        };
        let mut directory = self.write();
        if known(&directory, id)?.of != GroupType::Okta {
            return Err(OktaError::no_permission());
        }
        if directory.user(user).is_none() {
            return Err(OktaError::not_found(user, "User"));
        }
        directory.join(id, user, member)?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) fn groups_of_user(&self, call: &Call, name: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        let user = directory.find(name)?;
        let groups = directory.catalogue().groups.iter();
        let held = groups.filter(|(id, _)| directory.is_member(id, &user));
        let shown = held.map(|(id, group)| self.shown_group(&directory, id, group, false));
        Ok(ok(shown.collect()))
    }

    pub(super) fn rules(&self, call: &Call) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        let now = instant(directory.now());
        let show = |id: &str, rule: &Rule| {
            json!({
                "type": "group_rule",
                "id": id,
                "status": "ACTIVE",
                "name": rule.name,
                "created": now,
                "lastUpdated": now,
                "conditions": {
                    "people": { "users": { "exclude": [] }, "groups": { "exclude": [] } },
                    "expression": { "value": rule.expression, "type": "urn:okta:expression:1.0" },
                },
                "actions": { "assignUserToGroups": { "groupIds": [rule.group] } },
            })
        };
        let rules = directory.catalogue().rules.iter();
        let listed = rules.map(|(id, rule)| (id.as_str(), rule));
        page(
            &self.base,
            call,
            RULE_SIZES.at_most(self.largest_page),
            listed,
            show,
        )
    }

    fn shown_group(&self, directory: &Directory, id: &str, group: &Group, stats: bool) -> Value {
        let now = instant(directory.now());
        let url = format!("{}/api/v1/groups/{id}", self.base);
        let mut shown = json!({
            "id": id,
            "created": now,
            "lastUpdated": now,
            "lastMembershipUpdated": now,
            "objectClass": ["okta:user_group"],
            "type": group.of.word(),
            "profile": { "name": group.name },
            "_links": {
                "users": href(&format!("{url}/users")),
                "apps": href(&format!("{url}/apps")),
            },
        });
        if stats {
            let apps = directory.catalogue().apps.values();
            shown["_embedded"]["stats"] = json!({
                "usersCount": directory.members(id).count(),
                "appsCount": apps.filter(|app| app.groups.contains(id)).count(),
                "groupPushMappingsCount": 0,
            });
        }
        shown
    }
}

pub(super) fn known<'a>(directory: &'a Directory, id: &str) -> Result<&'a Group, OktaError> {
    let found = directory.catalogue().groups.get(id);
    found.ok_or_else(|| OktaError::not_found(id, "UserGroup"))
}
