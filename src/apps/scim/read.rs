//! Reading accounts, and who is in which group.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use crate::apps::transport::AT_ONCE;
use crate::apps::{KindScope, Reader, Scope, Sighting, Sought};
use crate::model::account::Status;
use crate::model::app::AppDescription;
use crate::model::change::AccountTag;
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;
use crate::model::observation::{
    AccountIndex, AccountRef, Completeness, NewRow, Observation, ObservationBuilder, Origin,
};
use crate::model::person::fold_email;

use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Group, Unreadable, User, at, text};
use super::{Client, GROUPS, schema};

/// Reads one app by SCIM.
#[derive(Debug)]
pub struct ScimReader {
    client: Client,
    description: Arc<AppDescription>,
}

impl ScimReader {
    /// A reader; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>) -> Self {
        Self {
            client,
            description,
        }
    }

    async fn memberships(
        &self,
        server: &Server,
        scope: &KindScope,
        builder: &mut ObservationBuilder,
    ) -> Result<Completeness, Failure> {
        let listed = {
            let accounts = &*builder;
            let make = || Groups::new(accounts);
            listing::read(&self.client, server, "Groups", "listing the groups", make).await?
        };
        let doubt = listed.doubt;
        let mut groups = listed.sink.found;
        let asked = |group: &&mut FoundGroup| {
            group.members.is_none() && (scope.all || scope.named.contains(&group.name))
        };
        let untold: Vec<&mut FoundGroup> = groups.iter_mut().filter(asked).collect();
        let accounts = &*builder;
        let readings: Vec<_> = untold
            .into_iter()
            .map(|group| self.members(group, accounts))
            .collect();
        futures::stream::iter(readings)
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        let mut all_told = true;
        for group in groups {
            let value = builder.value(GROUPS, &group.name, &group.id);
            all_told &= group.members.is_some();
            for account in group.members.unwrap_or_default() {
                builder.hold(account, value, None, Origin::Direct);
            }
        }
        Ok(match doubt {
            Some(why) => Completeness::Incomplete(why),
            None if all_told => Completeness::Complete,
            None => Completeness::NamedOnly,
        })
    }

    /// Reads one group whose listing does not tell its members.
    async fn members(
        &self,
        group: &mut FoundGroup,
        accounts: &ObservationBuilder,
    ) -> Result<(), Failure> {
        let what = "reading a group's members";
        // A group that was deleted meanwhile has none.
        let record = self.client.find("Groups", &group.id, what).await?;
        let record = record.unwrap_or(Value::Null);
        let members = match record {
            Value::Null => Vec::new(),
            ref record => {
                let read = Group::read(record).map_err(|Unreadable(why)| {
                    let transport = &self.client.transport;
                    transport.failure(FailureKind::Protocol, format!("{what}: {why}"))
                })?;
                known_members(read.members.as_deref().unwrap_or_default(), accounts)
            }
        };
        group.members = Some(members);
        Ok(())
    }
}

#[async_trait]
impl Reader for ScimReader {
    async fn observe(&self, scope: &Scope) -> Result<Observation, Failure> {
        let fetched_at = self.client.transport.clock().now();
        let app = self.client.transport.app();
        let server = Server::ask(&self.client).await?;
        let attributes: Vec<bool> = schema::paths().map(|path| server.knows(path)).collect();
        let hr_id = server.knows(schema::HR_ID);
        let make = || Users::new(app, &self.description, &attributes, hr_id);
        let what = "listing the accounts";
        let listed = listing::read(&self.client, &server, "Users", what, make)
            .await
            .map_err(|failure| without_users(failure, what))?;
        let mut builder = listed.sink.builder;
        if let Some(why) = listed.doubt {
            builder.incomplete(&why);
        }
        let nothing = KindScope::default();
        let groups = scope.kinds.get(usize::from(GROUPS.0)).unwrap_or(&nothing);
        let completeness = if groups.all || !groups.named.is_empty() {
            // Whoever cannot read groups can still see who has an account.
            match self.memberships(&server, groups, &mut builder).await {
                Ok(completeness) => completeness,
                Err(failure) if failure.kind == FailureKind::Unauthorized => return Err(failure),
                Err(failure) => Completeness::Incomplete(match failure.status {
                    Some(status) => format!("{} (status {status})", failure.what),
                    None => failure.what,
                }),
            }
        } else {
            Completeness::NamedOnly
        };
        builder.kind(GROUPS, completeness);
        Ok(builder.finish(fetched_at))
    }

    async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure> {
        let reading = self.observe(&Scope::default()).await?;
        let login = fold_email(&sought.login);
        let is_it = |account: &AccountRef<'_>| match &sought.vendor_id {
            Some(id) => account.vendor_id().raw() == id.raw(),
            None => fold_email(account.login().raw()) == login,
        };
        let mut found = reading.accounts().filter(is_it);
        let (first, second) = (found.next(), found.next());
        if second.is_some() {
            let what = "looking for the account: several have its login";
            return Err(self.client.transport.failure(FailureKind::Conflict, what));
        }
        Ok(first.map(|account| Sighting {
            account: AccountTag {
                vendor_id: account.vendor_id().to_owned(),
                login: account.login().to_owned(),
            },
            status: account.status(),
        }))
    }
}

/// Where there is no `/Users`, there is no SCIM: that is no empty app.
fn without_users(mut failure: Failure, what: &str) -> Failure {
    if failure.kind == FailureKind::NotFound {
        failure.kind = FailureKind::Protocol;
        failure.what = format!("{what}: there is no /Users below its url");
    }
    failure
}

/// Takes users into an observation.
struct Users {
    builder: ObservationBuilder,
    attributes: Vec<(usize, schema::Path)>,
}

impl Users {
    fn new(app: &AppName, description: &AppDescription, known: &[bool], hr_id: bool) -> Self {
        let (kinds, attributes) = (description.entitlements.len(), description.attributes.len());
        let mut builder = ObservationBuilder::new(app, kinds, attributes);
        for index in known.iter().enumerate().filter(|(_, known)| !**known) {
            builder.attribute_unknown(index.0);
        }
        if !hr_id {
            builder.hr_id_unknown();
        }
        let paths = schema::paths().enumerate();
        Self {
            builder,
            attributes: paths.filter(|(index, _)| known[*index]).collect(),
        }
    }
}

impl Sink for Users {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let user = User::read(record)?;
        if self.builder.find(&user.id).is_some() {
            return Err(Unreadable("an account id came twice while paging"));
        }
        let account = self.builder.account(NewRow {
            vendor_id: &user.id,
            login: &user.login,
            email: &user.email,
            hr_id: &user.hr_id,
            status: if user.active == Some(false) {
                Status::Inactive
            } else {
                Status::Active
            },
        });
        for (index, path) in &self.attributes {
            if let Some(value) = at(record, path).and_then(text) {
                self.builder.attribute(account, *index, &value);
            }
        }
        Ok(())
    }
}

/// A group, with those of its members that are accounts.
struct FoundGroup {
    id: String,
    name: String,
    members: Option<Vec<AccountIndex>>,
}

/// Takes groups.
struct Groups<'a> {
    accounts: &'a ObservationBuilder,
    found: Vec<FoundGroup>,
    seen: HashSet<String>,
}

impl<'a> Groups<'a> {
    fn new(accounts: &'a ObservationBuilder) -> Self {
        Self {
            accounts,
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }
}

impl Sink for Groups<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let group = Group::read(record)?;
        if !self.seen.insert(group.id.clone().into_owned()) {
            return Err(Unreadable("a group id came twice while paging"));
        }
        let members = group.members.as_deref();
        self.found.push(FoundGroup {
            members: members.map(|members| known_members(members, self.accounts)),
            id: group.id.into_owned(),
            name: group.name.into_owned(),
        });
        Ok(())
    }
}

/// The members that are accounts: servers keep ids of users who are gone.
fn known_members(members: &[impl AsRef<str>], accounts: &ObservationBuilder) -> Vec<AccountIndex> {
    let known: BTreeSet<AccountIndex> = members
        .iter()
        .filter_map(|id| accounts.find(id.as_ref()))
        .collect();
    known.into_iter().collect()
}
