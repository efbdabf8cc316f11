//! Writing: each verb.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::apps::written::{failed, written};
use crate::apps::{Value, Writer, Written};
use crate::base::foreign::escape;
use crate::model::app::AppDescription;
use crate::model::change::{AccountTag, AttributeEdit, NewAccount};
use crate::model::failure::{Failure, FailureKind};

use super::catalogue::Catalogue;
use super::dialect::{Closing, Login};
use super::discovery::Server;
use super::membership::Way;
use super::modify::Gone;
use super::patch::Edit;
use super::schema::Path;
use super::seek::{Look, Wanted};
use super::turn::Turns;
use super::{Client, schema};

const CHANGING: &str = "changing the account";

/// Writes to one app by SCIM. It deletes a user only where the dialect says that this is closing.
#[derive(Debug)]
pub struct ScimWriter {
    pub(super) client: Client,
    description: Arc<AppDescription>,
    server: OnceCell<Server>,
    pub(super) catalogue: OnceCell<Catalogue>,
    /// The first form of a change that this server did not refuse.
    pub(super) form: AtomicUsize,
    /// The first form of a change of `active` that this server did not refuse.
    pub(super) state_form: AtomicUsize,
    /// The first form of a removal that this server did not refuse.
    pub(super) removal: AtomicUsize,
    /// Why nothing may be revoked any more: the server took more than it was asked to.
    pub(super) takes_too_much: OnceLock<Failure>,
    pub(super) turns: Turns,
}

impl ScimWriter {
    /// A writer; nothing is sent yet.
    pub fn new(client: Client, description: Arc<AppDescription>) -> Self {
        Self {
            turns: Turns::new(client.dialect.turns),
            client,
            description,
            server: OnceCell::new(),
            catalogue: OnceCell::new(),
            form: AtomicUsize::new(0),
            state_form: AtomicUsize::new(0),
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
        let mut wanted = Vec::with_capacity(edits.len());
        for edit in edits {
            let edit = self.wanted(edit).await?;
            // Where the email is the login, both are one.
            if !wanted.contains(&edit) {
                wanted.push(edit);
            }
        }
        let id = account.vendor_id.raw();
        let _turn = self.turns.of(id).await;
        self.modify(id, &wanted, Gone::IsAFailure, CHANGING).await
    }

    /// What a user's record is to say.
    async fn wanted(&self, edit: &AttributeEdit) -> Result<Edit, Failure> {
        let (name, after, dialect) = (&*edit.attribute, &edit.after, &self.client.dialect);
        let server = self.server().await?;
        let listed = |path: &Path| {
            let why = "the app does not list the attribute";
            let refusal = || self.refuse(FailureKind::Unsupported, why, name);
            server.knows(path).then(|| path.clone()).ok_or_else(refusal)
        };
        match (name, dialect.login) {
            ("email", _) | ("login", Login::Email) => return Ok(Edit::Email(after.clone())),
            ("login", Login::UserName) => {
                return Ok(Edit::Text(listed(&schema::LOGIN)?, after.clone()));
            }
            _ => {}
        }
        let attribute = dialect.attribute(name).ok_or_else(|| {
            let why = "it has no attribute";
            self.refuse(FailureKind::Invalid, why, name)
        })?;
        let path = listed(&attribute.path)?;
        if !attribute.comes_later() {
            return Ok(Edit::Text(path, after.clone()));
        }
        let named = if after.is_empty() {
            None
        } else if attribute.names_an_account {
            Some(self.id_of(server, after, name).await?)
        } else {
            Some(after.clone())
        };
        Ok(Edit::Account(path, named))
    }

    /// The id of the account that signs in so.
    async fn id_of(&self, server: &Server, login: &str, name: &str) -> Result<String, Failure> {
        let wanted = Wanted {
            hr_id: None,
            login,
            email: "",
        };
        let (kind, why) = match self.client.look(server, wanted).await? {
            Look::Found(found) => return Ok(found.id),
            Look::Absent => (FailureKind::NotFound, "there is no account of the"),
            Look::Several => (
                FailureKind::Conflict,
                "several accounts have the login of the",
            ),
            Look::Unclear(_) => (
                FailureKind::Unavailable,
                "the app does not show everybody, perhaps not the",
            ),
        };
        Err(self.refuse(kind, why, name))
    }

    fn refuse(&self, kind: FailureKind, why: &str, attribute: &str) -> Failure {
        let what = format!("{CHANGING}: {why} {}", escape(attribute));
        self.client.transport.failure(kind, what)
    }

    async fn switch(&self, account: &AccountTag, active: bool) -> Result<Written, Failure> {
        let (id, dialect) = (account.vendor_id.raw(), &self.client.dialect);
        let _turn = self.turns.of(id).await;
        let (gone, what) = if active {
            (Gone::IsAFailure, "opening the account")
        } else {
            (Gone::IsGood, "closing the account")
        };
        if active && !dialect.reactivates {
            let what = format!("{what}: this app opens no account again; invite the person anew");
            let transport = &self.client.transport;
            return Err(transport.failure(FailureKind::Unsupported, what));
        }
        if !active && dialect.closing == Closing::Delete {
            return self.delete(id, what).await;
        }
        self.modify(id, &[Edit::Active(active)], gone, what).await
    }
}

#[async_trait]
impl Writer for ScimWriter {
    async fn create(&self, account: &NewAccount, _initial: &[Value]) -> Written {
        let _turn = self.turns.of(&account.login).await;
        written(self.make(account).await)
    }

    async fn invite_again(&self, _: &AccountTag, _: &NewAccount) -> Written {
        let what = "inviting the person again: SCIM has no request for that";
        let transport = &self.client.transport;
        failed(transport.failure(FailureKind::Unsupported, what))
    }

    async fn adopt(&self, account: &AccountTag, hr_id: &str) -> Written {
        let what = "storing the HR id in the account";
        if !self.client.dialect.stores_hr_id {
            let what = format!("{what}: this app does not keep it");
            let transport = &self.client.transport;
            return failed(transport.failure(FailureKind::Unsupported, what));
        }
        let edit = Edit::Text(schema::HR_ID.clone(), hr_id.to_owned());
        let id = account.vendor_id.raw();
        let _turn = self.turns.of(id).await;
        written(self.modify(id, &[edit], Gone::IsAFailure, what).await)
    }

    async fn update(&self, account: &AccountTag, edits: &[AttributeEdit]) -> Written {
        written(self.edit(account, edits).await)
    }

    async fn activate(&self, account: &AccountTag) -> Written {
        written(self.switch(account, true).await)
    }

    async fn deactivate(&self, account: &AccountTag) -> Written {
        written(self.switch(account, false).await)
    }

    async fn grant(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Way::In).await
    }

    async fn revoke(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        self.change_members(value, accounts, Way::Out).await
    }

    async fn set(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        let kinds = &self.description.entitlements;
        let kind = kinds.get(usize::from(value.kind.0));
        let kind = kind.map_or("a value", |kind| &kind.name);
        let what = format!("setting {kind}: a SCIM app has no such kind of value");
        let failure = self
            .client
            .transport
            .failure(FailureKind::Unsupported, what);
        vec![failed(failure); accounts.len()]
    }
}
