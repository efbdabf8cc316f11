//! Floor 3: the connectors, and the transport that they share.
//!
//! Reading and writing are different types. Only `apply/` and this room may name [`Writer`].

mod context;
mod credentials;
mod okta;
mod paging;
mod scim;
pub mod transport;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::app::{AppDescription, KindIndex};
use crate::model::change::{AccountTag, AttributeEdit, NewAccount};
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;
use crate::model::observation::Observation;
use crate::model::outcome::Outcome;

pub use context::Context;
pub use scim::{Dialect, dialect};

/// The kinds of apps that there is a connector for, sorted.
pub fn kinds() -> Vec<&'static str> {
    vec![okta::KIND, scim::KIND]
}

/// What the connector of a kind says of itself, for an app with these options; none if there is no
/// such connector.
pub fn describe(kind: &str, options: &Options) -> Option<Arc<AppDescription>> {
    let description = match kind {
        okta::KIND => okta::description(options),
        scim::KIND => {
            let generic = Dialect::generic();
            scim::description(options.dialect.as_deref().unwrap_or(&generic))
        }
        _ => return None,
    };
    Some(Arc::new(description))
}

/// The names of the dialects of SCIM that ship, sorted.
pub fn dialect_names() -> Vec<&'static str> {
    dialect::names().collect()
}

/// The dialect of SCIM that ships under a name.
pub fn dialect(name: &str) -> Option<Arc<Dialect>> {
    dialect::shipped(name)
}

/// Opens an app for reading. Nothing is sent until something is read.
pub fn open_reader(
    settings: &Settings,
    description: &Arc<AppDescription>,
    context: &Context,
) -> Result<Box<dyn Reader>, Failure> {
    let description = description.clone();
    Ok(match settings.kind.as_str() {
        okta::KIND => {
            let client = okta::Client::open(settings, context)?;
            Box::new(okta::OktaReader::new(client, description))
        }
        scim::KIND => {
            let client = scim::Client::open(settings, context)?;
            Box::new(scim::ScimReader::new(client, description))
        }
        _ => return Err(without_connector(settings)),
    })
}

/// Opens an app for writing. Nothing is sent until something is written.
pub fn open_writer(
    settings: &Settings,
    description: &Arc<AppDescription>,
    context: &Context,
) -> Result<Box<dyn Writer>, Failure> {
    let description = description.clone();
    Ok(match settings.kind.as_str() {
        okta::KIND => {
            let client = okta::Client::open(settings, context)?;
            Box::new(okta::OktaWriter::new(
                client,
                description,
                &settings.options,
            ))
        }
        scim::KIND => {
            let client = scim::Client::open(settings, context)?;
            Box::new(scim::ScimWriter::new(client, description))
        }
        _ => return Err(without_connector(settings)),
    })
}

fn without_connector(settings: &Settings) -> Failure {
    let kind = crate::base::foreign::escape(&settings.kind);
    let what = format!("there is no connector of the kind {kind}");
    Failure::new(&settings.app, FailureKind::Unsupported, what)
}

/// What a connector needs to know to speak to one app.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The app's name.
    pub app: AppName,
    /// The connector: the `kind` in `[apps.X]`.
    pub kind: String,
    /// Where the app is; without a slash at its end.
    pub url: Url,
    /// Where each credential comes from, by name.
    pub credentials: BTreeMap<String, CredentialSource>,
    /// What the files choose of what its connector leaves open.
    pub options: Options,
}

/// What the files choose of what a connector leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `leaving`: one of the description's choices.
    pub leaving: Option<String>,
    /// `invitation_lifetime`, in days, where an organisation chooses it.
    pub invitation_lifetime: Option<u16>,
    /// `dialect`, for SCIM.
    pub dialect: Option<Arc<Dialect>>,
}

/// Where a secret comes from. It is fetched once per process, when the app is first spoken to.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// An environment variable.
    Environment(String),
    /// A file's content, without the line break at its end; a path is relative to the
    /// configuration's folder.
    File(PathBuf),
    /// The first line that a program prints, or all lines of a private key: program and arguments,
    /// no shell.
    Command(Vec<String>),
    /// A value at hand: the sandbox's tokens.
    Fixed(SecretString),
}

/// What a reading is to cover, in each entitlement kind's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Per entitlement kind.
    pub kinds: Vec<KindScope>,
}

/// What a reading is to cover of one entitlement kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindScope {
    /// The values that the configuration, an extra or a past run names.
    pub named: BTreeSet<String>,
    /// All values, named or not (authority `all`).
    pub all: bool,
    /// The values of which it is asked which other apps they assign (R18).
    pub assigning: BTreeSet<String>,
}

/// An account that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// By its vendor id, if that is known: then by nothing else.
    pub vendor_id: Option<Foreign>,
    /// By what the person signs in with.
    pub login: String,
    /// By the address, if the app tells addresses.
    pub email: String,
}

/// An account that was looked for and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The account.
    pub account: AccountTag,
    /// Whether it can be used.
    pub status: Status,
}

/// Reads one app. Nothing here may change anything in it.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Reads all accounts, and who holds the entitlements in scope.
    ///
    /// *Must* judge completeness honestly: what cannot be understood, came twice, or was cut makes
    /// the observation incomplete, with the reason. *Must* fail rather than answer empty when the
    /// app refuses or cannot be reached. *May* read more than the scope asks. *Should* name the
    /// account whose credentials are used, where the vendor tells; not to know it is no failure.
    async fn observe(&self, scope: &Scope) -> Result<Observation, Failure>;

    /// Looks for one account, inactive ones included; none if there is none. *Must* check what is
    /// found against what was asked: servers ignore filters. *Must* fail where several match.
    async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure>;
}

/// What came of one write to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What came of it: done, already so, failed, or unknown. Never skipped or not started.
    pub outcome: Outcome,
    /// The vendor's id of the request, for their support.
    pub request_id: Option<Foreign>,
}

/// A value of an entitlement kind, as writes name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    /// The kind, in the app's description.
    pub kind: KindIndex,
    /// The value's name.
    pub name: String,
    /// The level, for keyed kinds.
    pub level: Option<String>,
}

/// Writes to one app.
///
/// Every verb *must* make true exactly what it is asked, *must* answer "already so" instead of
/// failing when it was true before, *must* read back where the app's success proves nothing, and
/// *must* answer `Unknown` when a write may have happened and looking could not tell. None may
/// wait for a person.
#[async_trait]
pub trait Writer: Send + Sync {
    /// Makes an account. When the answer is lost, *must* look for the account before sending
    /// anything again. An account that exists with this login and is not as asked is a failure of
    /// the kind `AlreadyExists`, unless it carries the same HR id.
    ///
    /// *May* give it some or all of the `initial` values at once; each is granted in a step of its
    /// own afterwards, which finds it given.
    async fn create(&self, account: &NewAccount, initial: &[Value]) -> Written;

    /// Invites the person of a pending account again, whose invitation expired (R19). One who
    /// accepted meanwhile is already so. An invitation that may have been sent is never sent twice.
    async fn invite_again(&self, account: &AccountTag, new: &NewAccount) -> Written;

    /// Stores the person's HR id in an account.
    async fn adopt(&self, account: &AccountTag, hr_id: &str) -> Written;

    /// Changes attributes, login and email among them; all of them or none.
    async fn update(&self, account: &AccountTag, edits: &[AttributeEdit]) -> Written;

    /// Opens an inactive account.
    async fn activate(&self, account: &AccountTag) -> Written;

    /// Closes an account, as the description's leaving effect says. An account that is gone is
    /// already so.
    async fn deactivate(&self, account: &AccountTag) -> Written;

    /// Gives a value to accounts; one answer per account, in their order.
    async fn grant(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written>;

    /// Takes a value from accounts; one answer per account, in their order. *Must not* take it
    /// from anybody else. An account that is gone holds nothing: already so.
    async fn revoke(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written>;

    /// Sets the one value of a kind (or the level of a keyed value); one answer per account, in
    /// their order.
    async fn set(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written>;
}
