//! Who has what: every account of every app, whose it is, what it holds, and whether the files say
//! so. The input of a review of access, live or from a snapshot.

mod look;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::base::Foreign;
use crate::model::account::{AccountKind, LinkRule, Status};
use crate::model::change::{AccountTag, PersonTag};
use crate::model::failure::Failure;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{Completeness, Origin};
use crate::model::reason::Reason;

pub use look::access;

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.access/1";

/// What is asked for. Of several of one sort any will do; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Accounts of these people, and those that they answer for.
    pub people: Vec<PersonId>,
    /// Accounts in these apps.
    pub apps: Vec<AppName>,
    /// Accounts that hold one of these, and nothing else that they hold.
    pub entitlements: Vec<Sought>,
}

/// An entitlement that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sought {
    /// Where.
    pub app: AppName,
    /// Of which kind.
    pub kind: String,
    /// Which value; any, if absent.
    pub value: Option<String>,
}

/// Where the accounts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Origins {
    /// The apps themselves.
    Apps,
    /// A snapshot.
    Snapshot {
        /// Its serial number.
        serial: u64,
        /// When it was written.
        written: Timestamp,
        /// The files are the ones that it was made with.
        same_files: bool,
    },
}

/// Who has what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Access {
    /// The kind and version of the data.
    pub format: &'static str,
    /// The moment for which the files are asked.
    pub as_of: Timestamp,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// Where the accounts come from.
    pub source: Origins,
    /// What each app's answer is worth.
    pub apps: Vec<AppAnswer>,
    /// What was asked for and no app knows.
    pub unknown: Vec<Unknown>,
    /// The accounts: first of people who hold something privileged, then by person and app; those of
    /// nobody last.
    pub accounts: Vec<Account>,
}

/// How far an app's answer goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppAnswer {
    /// The app.
    pub app: AppName,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// An app's answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reading")]
pub enum Answer {
    /// It was read.
    Read {
        /// When.
        at: Timestamp,
        /// Not by the run that is looked at: the reading of an earlier one stands in for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        carried: Option<Carried>,
        /// Of its accounts.
        accounts: Completeness,
        /// Of who holds what, by kind. Who holds a value that is shown is known, and who holds a
        /// privileged one, unless a kind says `incomplete`; `named only` says that there are values
        /// of which nobody asked.
        kinds: Vec<KindAnswer>,
    },
    /// It was not.
    Unread {
        /// Why.
        failure: Failure,
    },
}

/// A reading of an earlier run, that a snapshot carries forward (R21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// The snapshot of the run that did read the app.
    pub from: u64,
    /// Why it was not read again.
    pub why: Foreign,
}

/// How far an app's answer goes for one kind of entitlement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindAnswer {
    /// The kind.
    pub kind: String,
    /// How far.
    pub holders: Completeness,
}

/// A value that was asked for and of which no app said anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unknown {
    /// What was asked for.
    pub sought: Sought,
    /// The app would have told of it: there is no such value. Otherwise nobody asked it, and that
    /// nobody holds it must not be concluded.
    pub told: bool,
    /// Values that are nearly called so.
    pub nearest: Vec<Foreign>,
}

/// One account and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Account {
    /// Where.
    pub app: AppName,
    /// Which.
    pub account: AccountTag,
    /// Its main email; empty if the app does not tell.
    pub email: Foreign,
    /// Whether it can be used.
    pub status: Status,
    /// It is closed, as it is to be, and keeps what it holds for a while; absent for any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// The snapshot from which it was carried forward, where the app was not read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<u64>,
    /// Whose it is.
    #[serde(flatten)]
    pub whose: Whose,
    /// Why the files want it; empty if they do not.
    pub because: Vec<Reason>,
    /// What it holds: privileged values first.
    pub holds: Vec<Held>,
}

/// A closed account of somebody who is to have no open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The day on which what it holds is released; absent where no end of access says so, and once
    /// that day has come.
    pub kept_until: Option<Date>,
}

/// Whose an account is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "whose")]
pub enum Whose {
    /// A person's main account, or another that is taken for theirs.
    Human {
        /// Whose.
        person: PersonTag,
        /// How that is known.
        link: LinkRule,
        /// They are no longer in the files.
        gone: bool,
    },
    /// `accounts.toml` lists it.
    Listed {
        /// What it is.
        listed: AccountKind,
        /// Who answers for it.
        person: PersonTag,
        /// What it is for.
        purpose: Foreign,
        /// When somebody is to look at it again.
        review: Date,
    },
    /// Nobody's, and the files say that it is never touched.
    Protected,
    /// Nobody's.
    Unmanaged,
    /// Several rules or people contradict each other.
    Contested,
}

impl Whose {
    /// Whose it is, or who answers for it.
    pub fn person(&self) -> Option<&PersonTag> {
        match self {
            Self::Human { person, .. } | Self::Listed { person, .. } => Some(person),
            Self::Protected | Self::Unmanaged | Self::Contested => None,
        }
    }

    /// The kind of account, in one word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Human { .. } => "human",
            Self::Listed { listed, .. } => listed.word(),
            Self::Protected => "protected",
            Self::Unmanaged => "unmanaged",
            Self::Contested => "contested",
        }
    }
}

/// Something that an account holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: Foreign,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
    /// Itself, or through a rule, a directory sync or another group (R10).
    #[serde(serialize_with = "origin")]
    pub origin: Origin,
    /// Only an approval may give it (R12).
    pub privileged: bool,
    /// The last day of the approval in force; absent if none is.
    pub approved_until: Option<Date>,
    /// Why the files want it held; empty if they do not.
    pub because: Vec<Reason>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn origin<S: serde::Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(origin_word(*origin))
}

/// How something came to be held, in one word.
pub const fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Direct => "direct",
        Origin::Inherited => "inherited",
    }
}

impl Access {
    /// Every holding with its account, privileged ones first; an account that holds nothing once.
    pub fn rows(&self) -> Vec<(&Account, Option<&Held>)> {
        let rows = self.accounts.iter().flat_map(|account| {
            let held = account.holds.iter().map(Some);
            let nothing = account.holds.is_empty().then_some(None);
            held.chain(nothing).map(move |held| (account, held))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|(_, held)| !held.is_some_and(|held| held.privileged));
        rows
    }

    /// How many holdings only an approval may give.
    pub fn privileged(&self) -> usize {
        let held = self.accounts.iter().flat_map(|account| &account.holds);
        held.filter(|held| held.privileged).count()
    }

    /// How many things open accounts hold that the files do not give.
    pub fn unsaid(&self) -> usize {
        let open = self.accounts.iter().filter(|one| one.closed.is_none());
        let held = open.flat_map(|account| &account.holds);
        held.filter(|held| held.because.is_empty()).count()
    }

    /// How many things closed accounts still hold, until they are released.
    pub fn kept(&self) -> usize {
        let closed = self.accounts.iter().filter(|one| one.closed.is_some());
        closed.map(|account| account.holds.len()).sum()
    }

    /// True if somebody may have more than is told: an app was not read, or not by this run, or
    /// nobody asked about what is sought.
    pub fn is_incomplete(&self) -> bool {
        let lacks = |app: &AppAnswer| match &app.answer {
            Answer::Read { carried, .. } => carried.is_some(),
            Answer::Unread { .. } => true,
        };
        self.apps.iter().any(lacks) || self.unknown.iter().any(|unknown| !unknown.told)
    }
}
