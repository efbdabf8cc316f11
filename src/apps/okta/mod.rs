//! The `okta` connector: users, groups and what groups assign, by Okta's Management API.
//!
//! Facts are from Okta's own documents, named where they are used: the `OpenAPI` specification of the
//! Management API, and developer.okta.com ("Pagination", "Rate limits", "Error codes", "Implement
//! OAuth for Okta with a service app").

mod create;
mod error;
mod filter;
mod groups;
mod holdings;
mod leaving;
mod lifecycle;
mod listing;
mod membership;
mod modify;
mod own;
mod read;
mod rules;
mod schema;
mod seek;
#[cfg(test)]
mod tests;
mod user;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::Value;

use crate::apps::transport::{
    Answer, Repeat, Request, Scheme, Target, TokenEndpoint, Transport, Unanswered, schemes,
};
use crate::apps::{Context, Options, Settings};
use crate::model::app::{AppDescription, Authority, EntitlementKind, Invitation, KindIndex, Shape};
use crate::model::failure::{Failure, FailureKind};

use leaving::Way;
use user::{State, Unreadable, User};

pub use read::OktaReader;
pub use write::OktaWriter;

/// The `kind` in `[apps.X]`.
pub const KIND: &str = "okta";

/// The one entitlement kind.
const GROUPS: KindIndex = KindIndex(0);

/// Scopes are not enough, an administrator role is needed too ("Implement OAuth for Okta with a
/// service app").
const TOKENS: TokenEndpoint = schemes::okta(
    "okta.users.read okta.groups.read",
    "okta.users.manage okta.groups.manage",
);

/// For how many days the link of a welcome mail is good, unless an organisation chose otherwise
/// ("Activation emails are valid for", in Security > General).
const WELCOME: u16 = 7;

/// What the connector says of itself.
///
/// Login and email are no attributes here: an observation has columns of their own for them, the
/// planner compares those, and its edits of them are called `login` and `email`.
pub fn description(options: &Options) -> AppDescription {
    AppDescription {
        kind: KIND,
        summary: "Okta: users, their groups, and the apps that groups assign".into(),
        domains: vec![
            "okta.com".into(),
            "oktapreview.com".into(),
            "okta-emea.com".into(),
        ],
        entitlements: vec![EntitlementKind {
            name: "groups".into(),
            shape: Shape::Many,
            authority: Authority::Named,
            summary: "groups of the type OKTA_GROUP, by name; memberships of others, and those \
                      that a group rule makes, are only shown"
                .into(),
            // Which groups make an administrator is for each organisation to say.
            privileged: Vec::new(),
            seats: None,
        }],
        attributes: schema::attributes(),
        stores_hr_id: true,
        leaving: Way::chosen(options).leaving(),
        leaving_choices: leaving::CHOICES,
        // Groups take whoever is activated: what they assign is made meanwhile.
        invitation: Some(Invitation {
            lifetime: Some(options.invitation_lifetime.unwrap_or(WELCOME)),
            gives_early: true,
            renews: true,
        }),
        identity_provider: true,
        assigns: Some(GROUPS),
        credentials: &[&["token"], &["client_id", "private_key", "key_id"]],
        read_scopes: "okta.users.read okta.groups.read, and an administrator role that sees all \
                      users and groups: Read-Only Administrator"
            .into(),
        write_scopes: "okta.users.manage okta.groups.manage, and the administrator roles Group \
                       Administrator and Application Administrator, or a custom role over all \
                       users and groups"
            .into(),
    }
}

/// A record that is read by its id is up to date, and says while Okta is at work on it. Seen so often
/// without that, after pauses of some seconds in all, it is not going to be otherwise.
const MOST_STILL: u32 = 5;

/// What a look at a user showed.
enum Seen {
    Gone,
    Settled(State),
    /// Nothing is at work, and it is not as wanted.
    Still,
}

/// Speaks to one organisation of Okta.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    /// It signs in with an API token, which is somebody's.
    by_token: bool,
}

impl Client {
    /// A client; nothing is sent yet. A `private_key` means a service app, else there is an API
    /// token.
    pub fn open(settings: &Settings, context: &Context) -> Result<Self, Failure> {
        let by_token = !settings.credentials.contains_key("private_key");
        let scheme = if by_token {
            Scheme::Token("SSWS")
        } else {
            Scheme::Granted(TOKENS)
        };
        Ok(Self {
            by_token,
            transport: context.transport_by(settings, scheme)?,
        })
    }

    async fn get(&self, target: &Target, what: &str) -> Result<Answer, Unanswered> {
        let request = request(Method::GET, target.clone(), None, Repeat::Harmless);
        self.transport.send(&request, what).await
    }

    /// What is below `/api/v1`.
    fn target(
        &self,
        segments: &[&str],
        parameters: &[(&'static str, &str)],
        what: &str,
    ) -> Result<Target, Failure> {
        let segments: Vec<_> = ["api", "v1"].iter().chain(segments).copied().collect();
        let with =
            |target: Target, (name, value): &(&'static str, &str)| target.parameter(name, value);
        Target::new(&segments)
            .and_then(|target| parameters.iter().try_fold(target, with))
            .map_err(|error| self.invalid(error, what))
    }

    /// The failure of a text that cannot be sent.
    fn invalid(&self, error: impl std::error::Error, what: &str) -> Failure {
        self.transport
            .failure(FailureKind::Invalid, format!("{what}: {error}"))
    }

    /// Reads one user by its id; none if there is none. Okta takes a login in its place too, so
    /// what is found must carry the id.
    async fn user(&self, id: &str, what: &str) -> Result<Option<Value>, Failure> {
        let target = self.target(&["users", id], &[], what)?;
        let answer = self.get(&target, what).await?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            _ => return Err(self.refused(&answer, what)),
        }
        let told = answer.json().filter(|record| record["id"] == id);
        told.map(Some).ok_or_else(|| {
            let mut failure = self.transport.refused(&answer, what, Some(""));
            failure.kind = FailureKind::Protocol;
            failure.what = format!("{what}: the answer is not the user asked for");
            failure
        })
    }

    /// The state of a user, once Okta is not changing it any more and it is `good`; none if the
    /// user is gone.
    async fn settled(
        &self,
        id: &str,
        good: impl Fn(State) -> bool,
        what: &str,
    ) -> Result<Option<State>, Failure> {
        let still = AtomicU32::new(0);
        let look = || async {
            let Some(record) = self.user(id, what).await? else {
                return Ok(Some(Seen::Gone));
            };
            let user = User::read(&record).map_err(|error| self.unreadable(error, what))?;
            Ok(if user.moving {
                None
            } else if good(user.state) {
                Some(Seen::Settled(user.state))
            } else {
                let times = still.fetch_add(1, Ordering::Relaxed) + 1;
                (times == MOST_STILL).then_some(Seen::Still)
            })
        };
        let why = match self.transport.settled(look).await? {
            Some(Seen::Gone) => return Ok(None),
            Some(Seen::Settled(state)) => return Ok(Some(state)),
            Some(Seen::Still) => {
                "Okta answered success, and the status of the user stays as it was"
            }
            None => "Okta is still changing the status of the user",
        };
        let failure = self
            .transport
            .failure(FailureKind::Busy, format!("{what}: {why}"));
        Err(failure)
    }

    fn unreadable(&self, Unreadable(why): Unreadable, what: &str) -> Failure {
        self.transport
            .failure(FailureKind::Protocol, format!("{what}: {why}"))
    }

    fn refused(&self, answer: &Answer, what: &str) -> Failure {
        error::refused(&self.transport, answer, what)
    }
}

fn request(method: Method, target: Target, body: Option<&Value>, repeat: Repeat) -> Request<'_> {
    Request {
        method,
        target,
        body,
        if_match: None,
        repeat,
        media_type: "application/json",
    }
}
