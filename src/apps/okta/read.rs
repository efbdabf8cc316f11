//! Reading accounts.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use crate::apps::paging::ACCOUNT_CAME_TWICE;
use crate::apps::{KindScope, Reader, Scope, Sighting, Sought};
use crate::model::app::AppDescription;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::{Completeness, NewRow, Observation, ObservationBuilder};

use super::user::{Unreadable, User, property};
use super::{Client, GROUPS, filter, holdings, listing, schema};

const WHAT: &str = "listing the accounts";

/// Users per page: more is not allowed.
const USERS: &str = "200";

/// Reads one organisation of Okta.
#[derive(Debug)]
pub struct OktaReader {
    client: Client,
    description: Arc<AppDescription>,
}

impl OktaReader {
    /// A reader; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>) -> Self {
        Self {
            client,
            description,
        }
    }

    /// All users. Okta's plain list leaves out those who are deactivated, and without them a leaver
    /// would look absent; so they are listed too, side by side. Somebody who changes from one list
    /// to the other meanwhile is in both, which is noticed, or in none, which guards may notice.
    async fn accounts(&self) -> Result<ObservationBuilder, Failure> {
        let client = &self.client;
        let (kinds, attributes) = (
            self.description.entitlements.len(),
            self.description.attributes.len(),
        );
        let builder = ObservationBuilder::new(client.transport.app(), kinds, attributes);
        let builder = Mutex::new(builder);
        let take = |record: &Value| {
            let mut builder = builder.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(Unreadable(why)) = add(&mut builder, record) {
                builder.incomplete(why);
            }
        };
        let fields = schema::fields();
        let gone = filter::equals("status", "DEPROVISIONED")
            .map_err(|error| client.invalid(error, WHAT))?;
        let page = [("limit", USERS), ("fields", fields.as_str())];
        let live = client.target(&["users"], &page, WHAT)?;
        let gone = client.target(&["users"], &[page[0], page[1], ("filter", &gone)], WHAT)?;
        let mut any = false;
        futures::try_join!(
            listing::read(client, live, WHAT, |record| {
                any = true;
                take(record);
            }),
            listing::read(client, gone, WHAT, take),
        )?;
        if !any {
            let what = format!(
                "{WHAT}: Okta answers with no user at all, as it does to credentials that have \
                 scopes and no administrator role; assign one that sees all users"
            );
            return Err(client.transport.failure(FailureKind::Forbidden, what));
        }
        Ok(builder.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who is in which group. Whoever cannot read groups can still see who has an account.
    async fn groups(
        &self,
        scope: &KindScope,
        builder: &mut ObservationBuilder,
    ) -> Result<Completeness, Failure> {
        if !scope.all && scope.named.is_empty() && scope.assigning.is_empty() {
            return Ok(Completeness::NamedOnly);
        }
        match holdings::read(&self.client, scope, builder).await {
            Err(failure) if failure.kind != FailureKind::Unauthorized => {
                Ok(Completeness::Incomplete(match failure.status {
                    Some(status) => format!("{} (status {status})", failure.what),
                    None => failure.what,
                }))
            }
            read => read,
        }
    }
}

#[async_trait]
impl Reader for OktaReader {
    async fn observe(&self, scope: &Scope) -> Result<Observation, Failure> {
        let fetched_at = self.client.transport.clock().now();
        let mut builder = self.accounts().await?;
        let nothing = KindScope::default();
        let groups = scope.kinds.get(usize::from(GROUPS.0)).unwrap_or(&nothing);
        let (held, own) =
            futures::join!(self.groups(groups, &mut builder), self.client.own_account());
        builder.kind(GROUPS, held?);
        if let Some(own) = own {
            builder.own(&own);
        }
        Ok(builder.finish(fetched_at))
    }

    async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure> {
        self.client.seek(sought).await
    }
}

fn add(builder: &mut ObservationBuilder, record: &Value) -> Result<(), Unreadable> {
    let user = User::read(record)?;
    if builder.find(user.id).is_some() {
        return Err(Unreadable(ACCOUNT_CAME_TWICE));
    }
    let account = builder.account(NewRow {
        vendor_id: user.id,
        login: &user.login,
        email: &user.email,
        hr_id: &user.hr_id,
        status: user.state.status(),
    });
    if let Some(at) = user.welcomed {
        builder.invited(account, at);
    }
    for (index, name) in schema::properties().enumerate() {
        if let Some(value) = property(record, name) {
            builder.attribute(account, index, &value);
        }
    }
    Ok(())
}
