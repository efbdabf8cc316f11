//! One step of a plan, as data: what is done, to whom, and why. Text is derived from it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Foreign};

use super::account::LinkRule;
use super::name::{AppName, PersonId};
use super::reason::{Cause, Reason};

/// A change's stable id: sixteen digits of the digest of app, account or person, verb, kind and
/// value; never of reasons or line numbers (R23).
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ChangeId(String);

impl ChangeId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base::foreign::escape(&self.0))
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The stable id.
    pub id: ChangeId,
    /// Where.
    pub app: AppName,
    /// Whose account; absent for an account that belongs to nobody.
    pub person: Option<PersonTag>,
    /// Which account; absent for one that is to be created.
    pub account: Option<AccountTag>,
    /// What is done.
    pub action: Action,
    /// What brought it about (R22).
    pub cause: Cause,
    /// Why, from the person's entry to the line that names the value.
    pub reasons: Vec<Reason>,
    /// It gives what only an approval may give (R12).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub privileged: bool,
}

impl Change {
    /// Makes a change and its id.
    pub fn new(
        app: &AppName,
        person: Option<PersonTag>,
        account: Option<AccountTag>,
        action: Action,
        cause: Cause,
        reasons: Vec<Reason>,
    ) -> Self {
        let id = id(app, person.as_ref(), account.as_ref(), &action);
        Self {
            id,
            app: app.clone(),
            person,
            account,
            action,
            cause,
            reasons,
            privileged: false,
        }
    }

    /// True if its id is the one that follows from what it says.
    pub fn has_own_id(&self) -> bool {
        let (person, account) = (self.person.as_ref(), self.account.as_ref());
        self.id == id(&self.app, person, account, &self.action)
    }

    /// True if an account is made, or opened, by it: what the account is given comes after it. An
    /// invitation that is sent again makes nothing.
    pub const fn opens(&self) -> bool {
        match &self.action {
            Action::Create(_) | Action::Await { .. } | Action::Reactivate => true,
            Action::Invite { .. } => self.account.is_none(),
            _ => false,
        }
    }

    /// The id that the same step has in a plan from before its account was made.
    pub fn id_before_account(&self) -> ChangeId {
        id(&self.app, self.person.as_ref(), None, &self.action)
    }
}

fn id(
    app: &AppName,
    person: Option<&PersonTag>,
    account: Option<&AccountTag>,
    action: &Action,
) -> ChangeId {
    let subject = match (account, person) {
        (Some(account), _) => format!("account {}", account.vendor_id.raw()),
        (None, Some(person)) => format!("person {}", person.id.as_str()),
        (None, None) => "app".to_owned(),
    };
    let (kind, value) = action.identity();
    let digest = Digest::of_parts(&[app.as_str(), &subject, action.verb().word(), &kind, &value]);
    ChangeId(digest.to_string()[..16].to_owned())
}

/// A person, as a change names one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonTag {
    /// The HR id.
    pub id: PersonId,
    /// The name for people.
    pub name: Foreign,
}

/// An account, as a change names one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountTag {
    /// The vendor's id.
    pub vendor_id: Foreign,
    /// The login.
    pub login: Foreign,
}

/// What is done to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Makes an account that does not exist.
    Create(NewAccount),
    /// Invites somebody to an account that becomes theirs once they accept (R19). The change names
    /// the account if it is there, and its invitation is sent again.
    Invite {
        /// The account.
        account: NewAccount,
        /// How often it was sent again, this time included: 0 for the first.
        #[serde(default, skip_serializing_if = "is_first")]
        renewal: u8,
    },
    /// Writes the person's HR id to an account that exists and is theirs.
    Adopt {
        /// How it was found to be theirs.
        rule: LinkRule,
        /// The HR id stored before; empty if none.
        before: Foreign,
        /// The HR id to store.
        hr_id: String,
    },
    /// Waits until another app has made or opened the account here (R18). The change names the
    /// account if it is there, and inactive.
    Await {
        /// The account as it is looked for: login and email.
        account: NewAccount,
        /// Who makes it, and how long that may take.
        by: Cascade,
    },
    /// Opens an inactive account.
    Reactivate,
    /// Changes attributes.
    Update {
        /// The attributes, by name.
        edits: Vec<AttributeEdit>,
    },
    /// Gives a value of an entitlement kind.
    Grant {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
        /// The level, for keyed kinds.
        level: Option<String>,
    },
    /// Takes a value away.
    Revoke {
        /// The entitlement kind.
        kind: String,
        /// The value, as the app spells it.
        value: Foreign,
        /// The level held, for keyed kinds.
        level: Option<Foreign>,
    },
    /// Sets the one value of a kind, or the level of a keyed value.
    Set {
        /// The entitlement kind.
        kind: String,
        /// The key, for keyed kinds.
        key: Option<String>,
        /// The value or level before.
        before: Option<Foreign>,
        /// The value or level after.
        after: String,
    },
    /// Closes an account.
    Deactivate {
        /// What that means in this app, in words.
        effect: String,
        /// Another app is about to close it: it is given that long, and then closed all the same
        /// (R18).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Cascade>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
const fn is_first(renewal: &u8) -> bool {
    *renewal == 0
}

/// Another app makes or closes an account here (R18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cascade {
    /// The source.
    pub source: AppName,
    /// How long that is waited for, in seconds.
    pub deadline: u32,
}

impl Cascade {
    /// How long it is waited for, in words: `10 min`.
    pub fn wait(&self) -> String {
        match self.deadline {
            seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
            seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
            seconds => format!("{seconds} s"),
        }
    }
}

impl Action {
    /// True for what takes something away, be it from an account that is closed.
    pub const fn takes(&self) -> bool {
        matches!(
            self,
            Self::Deactivate { .. }
                | Self::Revoke { .. }
                | Self::Set {
                    before: Some(_),
                    ..
                }
        )
    }

    /// The verb.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Create(_) => Verb::Create,
            Self::Invite { .. } => Verb::Invite,
            Self::Await { .. } => Verb::Await,
            Self::Adopt { .. } => Verb::Adopt,
            Self::Reactivate => Verb::Reactivate,
            Self::Update { .. } => Verb::Update,
            Self::Grant { .. } => Verb::Grant,
            Self::Revoke { .. } => Verb::Revoke,
            Self::Set { .. } => Verb::Set,
            Self::Deactivate { .. } => Verb::Deactivate,
        }
    }

    /// The account that it makes or has made, as it is to be.
    pub const fn makes(&self) -> Option<&NewAccount> {
        match self {
            Self::Create(account) | Self::Invite { account, .. } | Self::Await { account, .. } => {
                Some(account)
            }
            _ => None,
        }
    }

    /// Kind and value, as far as they belong to the id.
    fn identity(&self) -> (String, String) {
        match self {
            Self::Create(_) | Self::Await { .. } | Self::Reactivate | Self::Deactivate { .. } => {
                (String::new(), String::new())
            }
            Self::Invite { renewal: 0, .. } => (String::new(), String::new()),
            Self::Invite { renewal, .. } => ("renewal".to_owned(), renewal.to_string()),
            Self::Adopt { hr_id, .. } => ("hr_id".to_owned(), hr_id.clone()),
            Self::Update { edits } => {
                let parts: Vec<&str> = edits
                    .iter()
                    .flat_map(|edit| [edit.attribute.as_str(), &edit.after])
                    .collect();
                (
                    "attributes".to_owned(),
                    Digest::of_parts(&parts).to_string(),
                )
            }
            Self::Grant { kind, value, level } => (
                kind.clone(),
                Digest::of_parts(&[value, level.as_deref().unwrap_or_default()]).to_string(),
            ),
            Self::Revoke { kind, value, .. } => (kind.clone(), value.raw().to_owned()),
            Self::Set {
                kind, key, after, ..
            } => (
                kind.clone(),
                Digest::of_parts(&[key.as_deref().unwrap_or_default(), after]).to_string(),
            ),
        }
    }
}

/// What a change does, in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Makes an account.
    Create,
    /// Invites somebody, or invites them again.
    Invite,
    /// Waits for another app to make one.
    Await,
    /// Writes our HR id to an account.
    Adopt,
    /// Opens an inactive account.
    Reactivate,
    /// Changes attributes.
    Update,
    /// Gives a value.
    Grant,
    /// Sets a value or a level.
    Set,
    /// Takes a value away.
    Revoke,
    /// Closes an account.
    Deactivate,
}

impl Verb {
    /// All verbs, in the order in which counts name them.
    pub const ALL: [Self; 10] = [
        Self::Deactivate,
        Self::Revoke,
        Self::Reactivate,
        Self::Set,
        Self::Grant,
        Self::Create,
        Self::Invite,
        Self::Await,
        Self::Adopt,
        Self::Update,
    ];

    /// True for what makes, opens or closes an account or takes it over; false for what an account
    /// says or holds.
    pub const fn is_of_account(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Invite
                | Self::Await
                | Self::Adopt
                | Self::Reactivate
                | Self::Deactivate
        )
    }

    /// The word for people, and for ids.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Invite => "invite",
            Self::Await => "await",
            Self::Adopt => "adopt",
            Self::Reactivate => "reactivate",
            Self::Update => "update",
            Self::Grant => "grant",
            Self::Set => "set",
            Self::Revoke => "revoke",
            Self::Deactivate => "deactivate",
        }
    }
}

/// An account to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// What the person signs in with.
    pub login: String,
    /// The address at work.
    pub email: String,
    /// The HR id to store, where the app stores one.
    pub hr_id: Option<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, String>,
}

/// One attribute's edit. Login and email are attributes here too (`login`, `email`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeEdit {
    /// Our name for it.
    pub attribute: String,
    /// The value before.
    pub before: Option<Foreign>,
    /// The value after.
    pub after: String,
}
