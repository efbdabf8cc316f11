//! Reading accounts, and who is in which group.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::apps::paging::GROUP_CAME_TWICE;
use crate::apps::transport::AT_ONCE;
use crate::apps::{KindScope, Reader, Scope, Sighting, Sought};
use crate::base::Foreign;
use crate::model::app::AppDescription;
use crate::model::change::AccountTag;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::{
    AccountIndex, Completeness, Observation, ObservationBuilder, Origin,
};

use super::accounts::{Taken, Users};
use super::dialect::Memberships;
use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Group, Unreadable, User};
use super::seek::{Found, Look, Wanted};
use super::{Client, GROUPS};

/// Reads one app by SCIM.
#[derive(Debug)]
pub struct ScimReader {
    client: Client,
    description: Arc<AppDescription>,
    server: OnceCell<Server>,
    /// Whether filters find whom they should; asked once.
    filters_work: OnceCell<bool>,
}

impl ScimReader {
    /// A reader; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>) -> Self {
        Self {
            client,
            description,
            server: OnceCell::new(),
            filters_work: OnceCell::new(),
        }
    }

    /// What the server declares; asked once.
    async fn server(&self) -> Result<&Server, Failure> {
        let ask = || Server::ask(&self.client);
        self.server.get_or_try_init(ask).await
    }

    /// Reads the groups, and who is in them; true if any group has members, accounts or not.
    async fn memberships(
        &self,
        server: &Server,
        scope: &KindScope,
        taken: &mut Taken,
    ) -> Result<(Completeness, bool), Failure> {
        let Taken { builder, within } = taken;
        let listed = {
            let accounts = &*builder;
            let make = || Groups::new(accounts);
            listing::read(&self.client, server, "Groups", "listing the groups", make).await?
        };
        let doubt = listed.doubt;
        let mut groups = listed.sink.found;
        if self.client.dialect.memberships == Memberships::InUsers {
            let mut members: HashMap<&str, Vec<AccountIndex>> = HashMap::new();
            for (account, group) in within.iter() {
                members.entry(group).or_default().push(*account);
            }
            for group in &mut groups {
                group.members = Some(members.remove(&*group.id).unwrap_or_default());
            }
        }
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
        let (mut all_told, mut populated) = (true, !within.is_empty());
        for group in groups {
            populated |= group.populated;
            let value = builder.value(GROUPS, &group.name, &group.id);
            all_told &= group.members.is_some();
            for account in group.members.unwrap_or_default() {
                builder.hold(account, value, None, Origin::Direct);
            }
        }
        let completeness = match doubt {
            Some(why) => Completeness::Incomplete(why),
            None if all_told => Completeness::Complete,
            None => Completeness::NamedOnly,
        };
        Ok((completeness, populated))
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
                let members = read.members.as_deref().unwrap_or_default();
                group.populated = !members.is_empty();
                known_members(members, accounts)
            }
        };
        group.members = Some(members);
        Ok(())
    }

    /// The groups as far as they are asked for. Where there are no accounts at all, they are asked
    /// in any case: groups with members then say that the listing of accounts is not to be believed.
    async fn groups(
        &self,
        server: &Server,
        scope: &KindScope,
        taken: &mut Taken,
    ) -> Result<Completeness, Failure> {
        let asked = scope.all || !scope.named.is_empty();
        if !asked && !taken.builder.is_empty() {
            return Ok(Completeness::NamedOnly);
        }
        // Whoever cannot read groups can still see who has an account.
        match self.memberships(server, scope, taken).await {
            Ok((completeness, populated)) => {
                if populated && taken.builder.is_empty() {
                    let why = "the app lists no accounts, and groups that have members";
                    taken.builder.incomplete(why);
                }
                Ok(completeness)
            }
            Err(_) if !asked => Ok(Completeness::NamedOnly),
            Err(failure) if failure.kind == FailureKind::Unauthorized => Err(failure),
            Err(failure) => Ok(Completeness::Incomplete(match failure.status {
                Some(status) => format!("{} (status {status})", failure.what),
                None => failure.what,
            })),
        }
    }

    /// Looks for an account. Whoever waits for one looks often: a filter that is known to work is
    /// believed, since nothing is made for an account that is not seen yet.
    async fn look(&self, wanted: Wanted<'_>) -> Result<Look, Failure> {
        let (client, server) = (&self.client, self.server().await?);
        let (look, denied) = client.look_by_filter(server, wanted).await?;
        if !matches!(look, Look::Absent) {
            return Ok(look);
        }
        let works = || client.filters_find_the_first();
        if denied && *self.filters_work.get_or_try_init(works).await? {
            return Ok(Look::Absent);
        }
        client.look_in_listing(server, wanted, denied).await
    }

    /// One account, by its id.
    async fn seen(&self, id: &Foreign, what: &str) -> Result<Look, Failure> {
        let Some(record) = self.client.find("Users", id.raw(), what).await? else {
            return Ok(Look::Absent);
        };
        let user = User::read(&record, self.client.dialect.login);
        let user = user.map_err(|Unreadable(why)| {
            let transport = &self.client.transport;
            transport.failure(FailureKind::Protocol, format!("{what}: {why}"))
        })?;
        Ok(Look::Found(Found::of(&self.client, &record, user)))
    }
}

#[async_trait]
impl Reader for ScimReader {
    async fn observe(&self, scope: &Scope) -> Result<Observation, Failure> {
        let fetched_at = self.client.transport.clock().now();
        let app = self.client.transport.app();
        let server = self.server().await?;
        let make = || Users::new(app, &self.description, &self.client, server);
        let what = "listing the accounts";
        let listed = listing::read(&self.client, server, "Users", what, make)
            .await
            .map_err(|failure| without_users(failure, what))?;
        let mut taken = listed.sink.taken();
        if let Some(why) = listed.doubt {
            taken.builder.incomplete(&why);
        }
        if self.client.dialect.groups {
            let nothing = KindScope::default();
            let groups = scope.kinds.get(usize::from(GROUPS.0)).unwrap_or(&nothing);
            let completeness = self.groups(server, groups, &mut taken).await?;
            taken.builder.kind(GROUPS, completeness);
        }
        Ok(taken.builder.finish(fetched_at))
    }

    async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure> {
        const WHAT: &str = "looking for the account";
        let transport = &self.client.transport;
        let look = if let Some(id) = &sought.vendor_id {
            self.seen(id, WHAT).await?
        } else {
            let wanted = Wanted {
                hr_id: None,
                login: &sought.login,
                email: &sought.email,
            };
            self.look(wanted).await?
        };
        match look {
            Look::Found(found) => Ok(Some(Sighting {
                account: AccountTag {
                    vendor_id: found.id.into(),
                    login: found.login.into(),
                },
                status: found.status,
            })),
            Look::Absent => Ok(None),
            Look::Several => {
                let what = format!("{WHAT}: several match");
                Err(transport.failure(FailureKind::Conflict, what))
            }
            Look::Unclear(why) => {
                let what = format!("{WHAT}: {why}");
                Err(transport.failure(FailureKind::Unavailable, what))
            }
        }
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

/// A group, with those of its members that are accounts.
struct FoundGroup {
    id: String,
    name: String,
    members: Option<Vec<AccountIndex>>,
    /// It has a member, an account or not.
    populated: bool,
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
            return Err(Unreadable(GROUP_CAME_TWICE));
        }
        let members = group.members.as_deref();
        self.found.push(FoundGroup {
            populated: members.is_some_and(|members| !members.is_empty()),
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
