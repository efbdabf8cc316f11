//! Writing: each verb.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::apps::transport::Repeat;
use crate::apps::written::{already_so, failed, written};
use crate::apps::{Options, Value, Writer, Written};
use crate::base::foreign::escape;
use crate::model::app::AppDescription;
use crate::model::change::{AccountTag, AttributeEdit, NewAccount};
use crate::model::failure::{Failure, FailureKind};

use super::groups::Groups;
use super::leaving::Way;
use super::lifecycle::{Became, Step};
use super::membership::Direction;
use super::{Client, schema};

/// Writes to one organisation of Okta. It never deletes a user.
#[derive(Debug)]
pub struct OktaWriter {
    pub(super) client: Client,
    description: Arc<AppDescription>,
    leaving: Way,
    groups: OnceCell<Groups>,
    /// Group and user, of those whom their creation put into a group.
    pub(super) given: Mutex<HashSet<(String, String)>>,
}

impl OktaWriter {
    /// A writer; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>, options: &Options) -> Self {
        Self {
            client,
            description,
            leaving: Way::chosen(options),
            groups: OnceCell::new(),
            given: Mutex::default(),
        }
    }

    /// All groups, listed once.
    pub(super) async fn groups(&self) -> Result<&Groups, Failure> {
        self.groups
            .get_or_try_init(|| Groups::read(&self.client))
            .await
    }

    async fn edit(
        &self,
        account: &AccountTag,
        edits: &[AttributeEdit],
    ) -> Result<Written, Failure> {
        let what = "changing the account";
        let mut wanted = Vec::with_capacity(edits.len());
        for edit in edits {
            let property = schema::property_of(&edit.attribute).ok_or_else(|| {
                let what = format!("{what}: it has no attribute {}", escape(&edit.attribute));
                self.client.transport.failure(FailureKind::Invalid, what)
            })?;
            wanted.push((property, edit.after.as_str()));
        }
        self.client
            .modify(account.vendor_id.raw(), &wanted, what)
            .await
    }

    async fn open(&self, id: &str) -> Result<Written, Failure> {
        let what = "opening the account";
        match self.client.steer(id, Step::opening, what).await? {
            Became::Written(written) => Ok(written),
            Became::Gone => {
                let what = format!("{what}: the account is gone");
                Err(self.client.transport.failure(FailureKind::NotFound, what))
            }
        }
    }

    /// Closes an account as the files choose, and then ends what was open: the door first. What was
    /// open before is ended once before too, as well as that goes: a run that is killed in between
    /// leaves a closed account, at which no later one looks again.
    async fn close(&self, id: &str) -> Result<Written, Failure> {
        let next = |state| self.leaving.step(state);
        let _as_well_as_it_goes = self.client.end_sessions(id, Repeat::AfterLooking).await;
        let written = match self.client.steer(id, next, "closing the account").await? {
            Became::Written(written) => written,
            Became::Gone => return Ok(already_so(None)),
        };
        // Also where it is not known whether it is closed: nothing is left open for that.
        let ended = self.client.end_sessions(id, Repeat::Harmless).await;
        match ended {
            Err(failure) if written.outcome.is_good() => Err(failure),
            _ => Ok(written),
        }
    }
}

#[async_trait]
impl Writer for OktaWriter {
    async fn create(&self, account: &NewAccount, initial: &[Value]) -> Written {
        written(self.make(account, initial).await)
    }

    async fn invite_again(&self, account: &AccountTag, _: &NewAccount) -> Written {
        written(self.client.welcome_again(account.vendor_id.raw()).await)
    }

    async fn adopt(&self, account: &AccountTag, hr_id: &str) -> Written {
        let wanted = [(schema::HR_ID, hr_id)];
        let what = "storing the HR id in the account";
        let id = account.vendor_id.raw();
        written(self.client.modify(id, &wanted, what).await)
    }

    async fn update(&self, account: &AccountTag, edits: &[AttributeEdit]) -> Written {
        written(self.edit(account, edits).await)
    }

    async fn activate(&self, account: &AccountTag) -> Written {
        written(self.open(account.vendor_id.raw()).await)
    }

    async fn deactivate(&self, account: &AccountTag) -> Written {
        written(self.close(account.vendor_id.raw()).await)
    }

    async fn grant(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Direction::In).await
    }

    async fn revoke(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Direction::Out).await
    }

    async fn set(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        let kind = &self.description.kind(value.kind).name;
        let what = format!("setting {kind}: Okta has no such kind of value");
        let transport = &self.client.transport;
        let failure = transport.failure(FailureKind::Unsupported, what);
        vec![failed(failure); accounts.len()]
    }
}
