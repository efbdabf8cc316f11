//! The `scim` connector: SCIM 2.0 (RFC 7643, 7644, 9865) as a tolerant client.
//!
//! What a server declares is a hint, what it answers is checked, and what was written is read
//! back: real servers ignore filters, drop members, and answer 200 to what they did not do.

mod accounts;
mod catalogue;
mod create;
pub mod dialect;
mod discovery;
mod error;
mod filter;
mod group;
mod listing;
mod members;
mod membership;
mod modify;
mod patch;
mod read;
mod removal;
mod resource;
mod schema;
mod seek;
#[cfg(test)]
mod tests;
mod turn;
mod write;

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use crate::apps::transport::{
    Answer, NotAddressable, Repeat, Request, Target, Transport, Unanswered,
};
use crate::apps::{Context, Settings};
use crate::model::app::{AppDescription, Authority, EntitlementKind, Invitation, KindIndex, Shape};
use crate::model::failure::{Failure, FailureKind};

use dialect::Attribute;
pub use dialect::Dialect;
pub use read::ScimReader;
pub use write::ScimWriter;

/// The `kind` in `[apps.X]`.
pub const KIND: &str = "scim";

/// The one entitlement kind.
const GROUPS: KindIndex = KindIndex(0);

/// What the connector says of itself.
///
/// Login and email are no attributes here: an observation has columns of their own for them, the
/// planner compares those, and its edits of them are called `login` and `email`.
pub fn description(dialect: &Dialect) -> AppDescription {
    let groups = EntitlementKind {
        name: "groups".into(),
        shape: Shape::Many,
        authority: Authority::Named,
        summary: "groups, by displayName".into(),
        privileged: Vec::new(),
        seats: None,
    };
    AppDescription {
        kind: KIND,
        summary: dialect.summary.clone().into(),
        domains: dialect.domains.iter().cloned().map(Into::into).collect(),
        entitlements: dialect.groups.then_some(groups).into_iter().collect(),
        attributes: dialect.attributes.iter().map(Attribute::kind).collect(),
        stores_hr_id: dialect.stores_hr_id,
        leaving: dialect.leaving.clone(),
        leaving_choices: &[],
        invitation: dialect.invitation.as_ref().map(|invites| Invitation {
            lifetime: invites.lifetime,
            gives_early: invites.gives_early,
            // SCIM knows no such request.
            renews: false,
        }),
        identity_provider: false,
        assigns: None,
        credentials: &[&["token"]],
        read_scopes: dialect.read_scopes.clone().into(),
        write_scopes: dialect.write_scopes.clone().into(),
    }
}

/// Speaks SCIM to one app.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    dialect: Arc<Dialect>,
}

impl Client {
    /// A client; nothing is sent yet.
    pub fn open(settings: &Settings, context: &Context) -> Result<Self, Failure> {
        Ok(Self {
            transport: context.transport(settings)?,
            dialect: settings
                .options
                .dialect
                .clone()
                .unwrap_or_else(|| Arc::new(Dialect::generic())),
        })
    }

    async fn get(&self, target: Target, what: &str) -> Result<Answer, Unanswered> {
        let request = self.request(Method::GET, target, None, Repeat::Harmless);
        self.transport.send(&request, what).await
    }

    fn request<'a>(
        &self,
        method: Method,
        target: Target,
        body: Option<&'a Value>,
        repeat: Repeat,
    ) -> Request<'a> {
        Request {
            method,
            target,
            body,
            if_match: None,
            repeat,
            media_type: self.dialect.media_type,
        }
    }

    /// The address of one resource, or of a collection.
    fn target(&self, segments: &[&str], what: &str) -> Result<Target, Failure> {
        Target::new(segments).map_err(|error| self.unaddressable(error, what))
    }

    fn unaddressable(&self, error: NotAddressable, what: &str) -> Failure {
        self.transport
            .failure(FailureKind::Invalid, format!("{what}: {error}"))
    }

    /// Reads one resource; none if it is gone.
    async fn find(&self, collection: &str, id: &str, what: &str) -> Result<Option<Value>, Failure> {
        let target = self.target(&[collection, id], what)?;
        let answer = self.get(target, what).await?;
        match answer.status {
            200 => {}
            404 | 410 => return Ok(None),
            _ => return Err(self.refused(&answer, what)),
        }
        let found = answer.json().filter(|record| {
            let told = resource::member(record, "id").and_then(resource::text);
            told.is_some_and(|told| told == id)
        });
        if found.is_none() {
            let mut failure = self.refused(&answer, what);
            failure.kind = FailureKind::Protocol;
            failure.what = format!("{what}: the answer is not the record asked for");
            return Err(failure);
        }
        Ok(found)
    }

    /// Where a change may show only after a while: waits, as before any other try, and answers
    /// whether it is worth looking again.
    async fn shows_later(&self, tries: u32) -> bool {
        self.dialect.shows_late && self.transport.again(tries).await
    }

    fn refused(&self, answer: &Answer, what: &str) -> Failure {
        error::refused(&self.transport, answer, what)
    }
}
