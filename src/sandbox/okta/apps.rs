//! `/api/v1/apps`: the apps that groups give, and how far each user's account there is.

use axum::http::Method;
use serde_json::{Value, json};

use super::catalogue::App;
use super::directory::Directory;
use super::error::OktaError;
use super::expression::{APP_FILTER, Expression};
use super::page::{Sizes, page};
use super::record::{Assignment, Progress};
use super::{Answered, Okta, groups, href, instant, ok, only};
use crate::sandbox::app::Call;

const SIZES: Sizes = Sizes::new(200, 200);
const USER_SIZES: Sizes = Sizes::new(50, 500);
const GROUP_SIZES: Sizes = Sizes::new(20, 200);

impl Okta {
    pub(super) fn apps(&self, call: &Call) -> Answered {
        only(call, &Method::GET)?;
        let filter = call.parameter("filter");
        let filter = filter
            .map(|text| Expression::parse(APP_FILTER, text))
            .transpose()?;
        let directory = self.read();
        let wanted = |id: &str, app: &App| {
            let value = |name: &str| match name {
                "id" => Some(id.to_owned()),
                "status" => Some("ACTIVE".to_owned()),
                _ => Some(app.name.clone()),
            };
            filter.as_ref().is_none_or(|filter| filter.holds(&value))
        };
        self.list_apps(call, &directory, SIZES, wanted)
    }

    pub(super) fn apps_of_group(&self, call: &Call, group: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        groups::known(&directory, group)?;
        self.list_apps(call, &directory, GROUP_SIZES, |_, app| {
            app.groups.contains(group)
        })
    }

    fn list_apps(
        &self,
        call: &Call,
        directory: &Directory,
        sizes: Sizes,
        wanted: impl Fn(&str, &App) -> bool,
    ) -> Answered {
        let now = instant(directory.now());
        let show = |id: &str, app: &App| {
            let url = format!("{}/api/v1/apps/{id}", self.base);
            json!({
                "id": id,
                "name": app.name,
                "label": app.label,
                "status": "ACTIVE",
                "created": now,
                "lastUpdated": now,
                "signOnMode": "SAML_2_0",
                "features": ["PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS"],
                "visibility": { "autoSubmitToolbar": false, "hide": { "iOS": false, "web": false } },
                "_links": {
                    "self": href(&url),
                    "users": href(&format!("{url}/users")),
                    "groups": href(&format!("{url}/groups")),
                },
            })
        };
        let apps = directory.catalogue().apps.iter();
        let listed = apps.filter(|(id, app)| wanted(id, app));
        let listed = listed.map(|(id, app)| (id.as_str(), app));
        page(
            &self.base,
            call,
            sizes.at_most(self.largest_page),
            listed,
            show,
        )
    }

    pub(super) fn app_users(&self, call: &Call, app: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        known(&directory, app)?;
        let expanded = call.parameter("expand") == Some("user");
        let show = |user: &str, assignment: &Assignment| {
            let mut shown = self.shown_assignment(&directory, app, user, assignment);
            if expanded && let Some(found) = directory.user(user) {
                shown["_embedded"]["user"] = self.shown(user, found);
            }
            shown
        };
        let sizes = USER_SIZES.at_most(self.largest_page);
        page(&self.base, call, sizes, directory.assignments(app), show)
    }

    pub(super) fn app_user(&self, call: &Call, app: &str, name: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        known(&directory, app)?;
        let user = directory.find(name)?;
        let missing = || OktaError::not_found(&user, "AppUser");
        let assignment = directory.assignment(app, &user).ok_or_else(missing)?;
        Ok(ok(self.shown_assignment(&directory, app, &user, assignment)))
    }

    pub(super) fn groups_of_app(&self, call: &Call, app: &str) -> Answered {
        only(call, &Method::GET)?;
        let directory = self.read();
        let described = known(&directory, app)?;
        let now = instant(directory.now());
        let show = |group: &str, (): ()| {
            json!({
                "id": group,
                "lastUpdated": now,
                "priority": 0,
                "profile": {},
                "_links": {
                    "app": href(&format!("{}/api/v1/apps/{app}", self.base)),
                    "group": href(&format!("{}/api/v1/groups/{group}", self.base)),
                },
            })
        };
        let listed = described.groups.iter().map(|group| (group.as_str(), ()));
        page(
            &self.base,
            call,
            GROUP_SIZES.at_most(self.largest_page),
            listed,
            show,
        )
    }

    fn shown_assignment(
        &self,
        directory: &Directory,
        app: &str,
        user: &str,
        assignment: &Assignment,
    ) -> Value {
        let (status, state) = match assignment.progress {
            Progress::Opening => ("STAGED", "SYNCING"),
            Progress::Open => ("PROVISIONED", "SYNCHRONIZED"),
            Progress::Closing => ("DEPROVISIONED", "SYNCING"),
        };
        let login = directory.user(user).map(|user| user.login().to_owned());
        let mut shown = json!({
            "id": user,
            "created": instant(assignment.created),
            "lastUpdated": instant(assignment.changed),
            "scope": "GROUP",
            "status": status,
            "statusChanged": instant(assignment.changed),
            "passwordChanged": null,
            "syncState": state,
            "credentials": { "userName": login },
            "profile": {},
            "_links": {
                "app": href(&format!("{}/api/v1/apps/{app}", self.base)),
                "user": href(&format!("{}/api/v1/users/{user}", self.base)),
            },
        });
        // An account that was there from the start is linked, too.
        let there = || {
            let (target, assignee) = self.assignee(directory, app, user)?;
            target.account(&assignee)
        };
        let linked = assignment.progress == Progress::Open;
        let id = assignment.external_id.clone();
        if let Some(id) = id.or_else(|| linked.then(there).flatten()) {
            shown["externalId"] = id.into();
        }
        if assignment.progress == Progress::Open {
            shown["lastSync"] = instant(assignment.changed);
        }
        shown
    }
}

fn known<'a>(directory: &'a Directory, id: &str) -> Result<&'a App, OktaError> {
    let found = directory.catalogue().apps.get(id);
    found.ok_or_else(|| OktaError::not_found(id, "AppInstance"))
}
