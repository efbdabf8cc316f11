//! One Okta organisation: users with their lifecycle, groups, and the apps that groups give.
//!
//! Source: Okta's Management API specification (2026.06.3) and its "Core Okta API" pages.

mod apps;
mod catalogue;
mod directory;
mod error;
mod expression;
mod groups;
mod lifecycle;
mod page;
mod profile;
mod record;
mod roles;
mod seed;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{HeaderName, Method, StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};

use self::directory::{Delays, Directory, Pending};
use self::error::OktaError;
use self::record::{Object, Progress};
use super::app::{Answer, Assignee, Call, Refusal, Simulated, Target};
use super::spec::AppSpec;
use super::store::{Log, StoreError};
use crate::base::Clock;

/// The `kind` of these apps.
pub(super) const KIND: &str = "okta";

const MEDIA_TYPE: &str = "application/json";

/// Calls per minute; what a minute used comes back at once, so that no run waits for it.
const RATE_LIMIT: u32 = 600;
/// Seconds until a refused call may be tried again, if `sandbox.toml` does not say.
const RATE_LIMIT_WINDOW: u32 = 60;

/// The simulated apps in which accounts are made and closed, by name.
pub(super) type Targets = BTreeMap<String, Arc<dyn Target>>;

/// One simulated organisation.
pub(super) struct Okta {
    base: String,
    clock: Clock,
    delays: Delays,
    /// The largest page, if `sandbox.toml` asks for small ones.
    largest_page: Option<usize>,
    /// The login of the account whose token opens it.
    own: Option<String>,
    targets: Targets,
    directory: RwLock<Directory>,
    log: Arc<Log>,
}

type Answered = Result<Answer, OktaError>;

impl Okta {
    /// Opens the organisation's data, and finishes what an earlier process left under way; `base`
    /// is its URL.
    pub fn open(
        path: &Path,
        org: &str,
        base: String,
        spec: &AppSpec,
        clock: Clock,
        targets: Targets,
    ) -> Result<Self, StoreError> {
        let mut directory = Directory::open(path, org, spec, clock)?;
        if let Some(spec) = &spec.invitations {
            directory
                .accept(spec)
                .map_err(|_| io::Error::other("an acceptance cannot be written"))?;
        }
        let page_size = spec.faults.page_size.map(|size| size.get().try_into());
        let okta = Self {
            base,
            clock,
            delays: Delays {
                lifecycle: spec.lifecycle_delay,
                cascade: spec.cascade_delay,
            },
            own: spec.own.as_ref().map(|own| own.get_ref().clone()),
            largest_page: page_size.and_then(Result::ok),
            targets,
            log: directory.log(),
            directory: RwLock::new(directory),
        };
        okta.settle()?;
        Ok(okta)
    }

    fn route(&self, call: &Call) -> Answered {
        if matches!(call.method, Method::POST | Method::PUT)
            && call.header(&header::CONTENT_LENGTH).is_none()
        {
            // "Core Okta API", section HTTP verbs: a request without a body says so.
            return Ok(Answer::empty(StatusCode::LENGTH_REQUIRED));
        }
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let ["api", "v1", ref rest @ ..] = path[..] else {
            return Err(OktaError::no_such_path());
        };
        match *rest {
            ["users"] => self.users(call),
            ["users", "me"] => self.me(call),
            ["users", id] => self.user(call, id),
            ["users", id, "groups"] => self.groups_of_user(call, id),
            ["users", id, "sessions"] => self.sessions(call, id),
            ["users", id, "roles"] => self.roles(call, id),
            ["users", id, "roles", role] => self.role(call, id, role),
            ["users", id, "lifecycle", step] => self.lifecycle(call, id, step),
            ["groups"] => self.groups(call),
            ["groups", "rules"] => self.rules(call),
            ["groups", id] => self.group(call, id),
            ["groups", id, "users"] => self.members(call, id),
            ["groups", id, "users", user] => self.member(call, id, user),
            ["groups", id, "apps"] => self.apps_of_group(call, id),
            ["apps"] => self.apps(call),
            ["apps", id, "users"] => self.app_users(call, id),
            ["apps", id, "users", user] => self.app_user(call, id, user),
            ["apps", id, "groups"] => self.groups_of_app(call, id),
            ["iam", "assignees", "users"] => self.administrators(call),
            _ => Err(OktaError::no_such_path()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one thing that is due.
    fn happen(&self, directory: &mut Directory, pending: Pending) -> io::Result<()> {
        let written = match pending {
            Pending::Transition { user } => directory.arrive(&user),
            Pending::Provisioning { app, user } => {
                let external_id = self.provision(directory, &app, &user)?;
                directory.provisioned(&app, &user, external_id)
            }
        };
        written.map_err(|_| io::Error::other("a change that was due cannot be written"))
    }

    /// Opens or closes the account of an assignment; returns the id of an open one.
    fn provision(&self, directory: &Directory, app: &str, id: &str) -> io::Result<Option<String>> {
        let (Some((target, assignee)), Some(assignment)) = (
            self.assignee(directory, app, id),
            directory.assignment(app, id),
        ) else {
            return Ok(None);
        };
        match assignment.progress {
            Progress::Closing => target.close_account(&assignee).map(|()| None),
            Progress::Opening | Progress::Open => target.open_account(&assignee).map(Some),
        }
    }

    /// A user as the app sees them that they are given, and that app.
    fn assignee(
        &self,
        directory: &Directory,
        app: &str,
        id: &str,
    ) -> Option<(&dyn Target, Assignee)> {
        let described = directory.catalogue().apps.get(app)?;
        let target = self.targets.get(&described.name)?;
        let user = directory.user(id)?;
        let text = |name| user.text(name).map(str::to_owned);
        let assignee = Assignee {
            id: id.to_owned(),
            login: user.login().to_owned(),
            email: text("email"),
            given: text("firstName"),
            family: text("lastName"),
        };
        Some((&**target, assignee))
    }

    /// The headers of every answer. `Date` tells the story's time, as the reset is told in it.
    fn headed(&self, answer: Answer, remaining: u32, reset: u32) -> Answer {
        let now = self.clock.now();
        let reset = now.as_second() + i64::from(reset);
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let named = HeaderName::from_static;
        let answer = answer
            .with(named("x-rate-limit-limit"), &RATE_LIMIT.to_string())
            .with(named("x-rate-limit-remaining"), &remaining.to_string())
            .with(named("x-rate-limit-reset"), &reset.to_string());
        match date {
            Ok(date) => answer.with(header::DATE, &date),
            Err(_) => answer,
        }
    }
}

impl Simulated for Okta {
    fn answer(&self, call: &Call) -> Answer {
        let answer = self.route(call).unwrap_or_else(Answer::from);
        self.headed(answer, RATE_LIMIT - 1, RATE_LIMIT_WINDOW)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let error = OktaError::of_status(refusal.status, refusal.detail);
        let limited = refusal.status == StatusCode::TOO_MANY_REQUESTS;
        let remaining = if limited { 0 } else { RATE_LIMIT - 1 };
        let reset = refusal.retry_after.unwrap_or(RATE_LIMIT_WINDOW);
        self.headed(error.into(), remaining, reset)
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["SSWS", "Bearer"]
    }

    fn settle(&self) -> io::Result<()> {
        if !self.read().is_busy() {
            return Ok(());
        }
        let mut directory = self.write();
        while let Some(pending) = directory.due(self.delays) {
            self.happen(&mut directory, pending)?;
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.log.flush()
    }
}

fn ok(body: Value) -> Answer {
    Answer::json(StatusCode::OK, MEDIA_TYPE, body)
}

/// The body of a call that takes an object, empty if there is none.
fn body(call: &Call) -> Result<Object, OktaError> {
    if call.body.is_empty() {
        return Ok(Object::new());
    }
    serde_json::from_slice(&call.body).map_err(|_| OktaError::malformed())
}

/// True or false in a parameter of the URL.
fn flag(call: &Call, name: &str, default: bool) -> bool {
    match call.parameter(name) {
        Some(text) => text.eq_ignore_ascii_case("true"),
        None => default,
    }
}

fn only(call: &Call, method: &Method) -> Result<(), OktaError> {
    if call.method == *method {
        Ok(())
    } else {
        Err(OktaError::no_such_method())
    }
}

/// An instant as Okta writes it.
fn instant(at: Timestamp) -> Value {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into()
}

fn maybe(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, instant)
}

fn href(url: &str) -> Value {
    json!({ "href": url })
}
