//! A story as its file tells it: who is there, what happens on which day, and what every plan must
//! say to that.

use std::collections::BTreeMap;

use jiff::Timestamp;
use provisor::model::account::Status;
use provisor::model::guard::Guard;
use serde::{Deserialize, Deserializer};

/// One file of `stories/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is about, in a sentence or two.
    pub about: String,
    /// The rules that it touches.
    pub rules: Vec<String>,
    /// The first moment. The walk plans at this time of every day.
    #[serde(deserialize_with = "instant")]
    pub from: Timestamp,
    /// The last moment.
    #[serde(deserialize_with = "instant")]
    pub until: Timestamp,
    /// At the first moment a run gives everybody what the files say.
    #[serde(default)]
    pub settled: bool,
    /// How the apps are.
    #[serde(default)]
    pub apps: Apps,
    /// The files at the first moment; those that are left out are the company's own.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The accounts at the first moment.
    #[serde(default)]
    pub accounts: Vec<Made>,
    /// What happens, in the order of time.
    pub day: Vec<Step>,
}

/// How the two simulated apps are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Apps {
    /// The directory makes and closes the accounts in the CRM, as Okta would.
    pub cascade: bool,
    /// Closing an account in the directory removes it.
    pub removing: bool,
    /// How many seats there are for members of a group of the directory; taking the group frees one.
    pub seats: BTreeMap<String, u32>,
    /// Whoever is to have an account in the directory is invited for so many days, and joins groups
    /// once they accepted.
    pub invites: Option<u16>,
    /// Groups that the apps have besides those that they always have.
    pub groups: Vec<String>,
}

/// An account that is there, or that somebody makes by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    #[serde(default = "directory")]
    pub app: String,
    pub login: String,
    #[serde(default)]
    pub hr_id: String,
    #[serde(default)]
    pub given: String,
    #[serde(default)]
    pub family: String,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub inactive: bool,
}

/// One moment at which something happens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When.
    #[serde(deserialize_with = "instant")]
    pub at: Timestamp,
    /// What happens, in words.
    #[serde(default)]
    pub what: String,
    /// How the files are edited.
    #[serde(default)]
    pub edit: Vec<Edit>,
    /// What somebody does in the apps.
    #[serde(default)]
    pub event: Vec<Event>,
    /// What somebody allows by its exact number, from now on.
    #[serde(default)]
    pub allow: Vec<Allowed>,
    /// This plan is saved for a review and nothing is done.
    #[serde(default)]
    pub save: bool,
    /// The saved plan is applied in place of a new one: `expect` tells of each change what becomes
    /// of it.
    #[serde(default)]
    pub apply_saved: bool,
    /// All that the plan says: changes in their order, then what is held, blocked, skipped or only
    /// reported.
    pub expect: Vec<String>,
    /// All that the next plan says, where that is more than what `expect` withholds.
    pub again: Option<Vec<String>>,
    /// What the plan tells besides: words that its text must hold.
    #[serde(default)]
    pub tells: Vec<String>,
}

/// An edit of one of the files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub struct Edit {
    /// Which: `people.toml`.
    pub file: String,
    /// The whole new text.
    pub text: Option<String>,
    /// Lines to add at the end.
    pub append: Option<String>,
    /// What to replace; it must be there once.
    pub replace: Option<String>,
    /// What to put in its place.
    #[serde(default)]
    pub with: String,
}

/// Something that happens in the apps, or to our state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Event {
    /// Somebody adds an account.
    Add(Made),
    /// Somebody closes an account.
    Suspend(Account),
    /// Somebody opens an account.
    Open(Account),
    /// Somebody gives an account another login.
    Rename(Renaming),
    /// Somebody deletes an account for good.
    Delete(Account),
    /// Somebody adds an account to a group.
    Give(Membership),
    /// Somebody takes an account from a group.
    Take(Membership),
    /// An app answers nothing.
    Unread(String),
    /// The directory leaves out one of its records.
    Incomplete(bool),
    /// An app answers again.
    Read(String),
    /// The directory makes accounts in the CRM too late, or in time again.
    Slow(bool),
    /// The state is lost: snapshots and journals.
    LoseState,
}

/// Which account, by its login.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    #[serde(default = "directory")]
    pub app: String,
    pub login: String,
}

/// An account and a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    #[serde(default = "directory")]
    pub app: String,
    pub login: String,
    pub group: String,
}

/// An account and its new login.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renaming {
    #[serde(default = "directory")]
    pub app: String,
    pub login: String,
    pub to: String,
}

/// What somebody allows by its exact number: `directory.deactivate=12`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The app; the whole run if absent.
    pub app: Option<String>,
    pub guard: Guard,
    pub number: usize,
}

impl Made {
    pub fn status(&self) -> Status {
        if self.inactive {
            Status::Inactive
        } else {
            Status::Active
        }
    }
}

fn directory() -> String {
    "directory".to_owned()
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written
        .to_string()
        .parse()
        .map_err(serde::de::Error::custom)
}
