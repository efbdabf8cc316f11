//! Writing: each verb, and the words for what came of it.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::apps::{Value, Writer, Written};
use crate::base::Foreign;
use crate::base::foreign::escape;
use crate::model::app::AppDescription;
use crate::model::change::{AccountTag, AttributeEdit, NewAccount};
use crate::model::failure::{Failure, FailureKind};
use crate::model::outcome::Outcome;

use super::catalogue::Catalogue;
use super::discovery::Server;
use super::membership::Way;
use super::modify::Gone;
use super::patch::Edit;
use super::{Client, schema};

/// Writes to one app by SCIM. It never deletes a user.
#[derive(Debug)]
pub struct ScimWriter {
    pub(super) client: Client,
    description: Arc<AppDescription>,
    server: OnceCell<Server>,
    pub(super) catalogue: OnceCell<Catalogue>,
    /// The first form of a change that this server did not refuse.
    pub(super) form: AtomicUsize,
    /// The first form of a removal that this server did not refuse.
    pub(super) removal: AtomicUsize,
    /// Why nothing may be revoked any more: the server took more than it was asked to.
    pub(super) takes_too_much: OnceLock<Failure>,
}

impl ScimWriter {
    /// A writer; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>) -> Self {
        Self {
            client,
            description,
            server: OnceCell::new(),
            catalogue: OnceCell::new(),
            form: AtomicUsize::new(0),
            removal: AtomicUsize::new(0),
            takes_too_much: OnceLock::new(),
        }
    }

    /// What the server declares; asked once.
    pub(super) async fn server(&self) -> Result<&Server, Failure> {
        let ask = || Server::ask(&self.client);
        self.server.get_or_try_init(ask).await
    }

    async fn edit(
        &self,
        account: &AccountTag,
        edits: &[AttributeEdit],
    ) -> Result<Written, Failure> {
        let what = "changing the account";
        let server = self.server().await?;
        let refuse = |kind, why: &str, attribute: &str| {
            let what = format!("{what}: {why} {}", escape(attribute));
            self.client.transport.failure(kind, what)
        };
        let mut wanted = Vec::with_capacity(edits.len());
        for edit in edits {
            if edit.attribute == "email" {
                wanted.push(Edit::Email(edit.after.clone()));
                continue;
            }
            let path = schema::path_of(&edit.attribute).ok_or_else(|| {
                refuse(FailureKind::Invalid, "it has no attribute", &edit.attribute)
            })?;
            if !server.knows(path) {
                let why = "the app does not list the attribute";
                return Err(refuse(FailureKind::Unsupported, why, &edit.attribute));
            }
            wanted.push(Edit::Text(path, edit.after.clone()));
        }
        self.modify(account.vendor_id.raw(), &wanted, Gone::IsAFailure, what)
            .await
    }
}

#[async_trait]
impl Writer for ScimWriter {
    async fn create(&self, account: &NewAccount, _initial: &[Value]) -> Written {
        written(self.make(account).await)
    }

    async fn adopt(&self, account: &AccountTag, hr_id: &str) -> Written {
        let edit = Edit::Text(schema::HR_ID, hr_id.to_owned());
        let what = "storing the HR id in the account";
        let id = account.vendor_id.raw();
        written(self.modify(id, &[edit], Gone::IsAFailure, what).await)
    }

    async fn update(&self, account: &AccountTag, edits: &[AttributeEdit]) -> Written {
        written(self.edit(account, edits).await)
    }

    async fn activate(&self, account: &AccountTag) -> Written {
        let (id, what) = (account.vendor_id.raw(), "opening the account");
        let edit = Edit::Active(true);
        written(self.modify(id, &[edit], Gone::IsAFailure, what).await)
    }

    async fn deactivate(&self, account: &AccountTag) -> Written {
        let (id, what) = (account.vendor_id.raw(), "closing the account");
        let edit = Edit::Active(false);
        written(self.modify(id, &[edit], Gone::IsGood, what).await)
    }

    async fn grant(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Way::In).await
    }

    async fn revoke(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Way::Out).await
    }

    async fn set(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        let kind = &self.description.kind(value.kind).name;
        let what = format!("setting {kind}: a SCIM app has no such kind of value");
        let failure = self
            .client
            .transport
            .failure(FailureKind::Unsupported, what);
        vec![failed(failure); accounts.len()]
    }
}

/// It was done, and the app says so.
pub(super) fn done(vendor_id: Option<&str>, request_id: Option<Foreign>) -> Written {
    Written {
        outcome: Outcome::Done {
            vendor_id: vendor_id.map(Foreign::from),
        },
        request_id,
    }
}

/// It was so before.
pub(super) fn already_so(vendor_id: Option<&str>) -> Written {
    Written {
        outcome: Outcome::AlreadySo {
            vendor_id: vendor_id.map(Foreign::from),
        },
        request_id: None,
    }
}

/// It may have happened.
pub(super) fn unknown(failure: Failure) -> Written {
    Written {
        request_id: failure.request_id.clone(),
        outcome: Outcome::Unknown { failure },
    }
}

/// It did not happen.
pub(super) fn failed(failure: Failure) -> Written {
    Written {
        request_id: failure.request_id.clone(),
        outcome: Outcome::Failed { failure },
    }
}

fn written(result: Result<Written, Failure>) -> Written {
    result.unwrap_or_else(failed)
}
