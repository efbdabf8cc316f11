//! Floor 4: files → validated values, with spans and diagnostics.
//!
//! [`Config::load`] reads a folder leniently and reports every mistake at once. A mistake of the
//! structure is an `Error` and there is no [`Config`]; one of a person's own is `Held` and named in
//! [`Person::problem`].

mod accounts;
mod address;
mod administrators;
mod allow;
mod app_fields;
mod approvals;
mod apps;
mod attributes;
mod cascade;
mod check;
mod compose;
mod credentials;
mod cycle;
mod decisions;
mod dialects;
mod digest;
mod entitlements;
mod entries;
mod facts;
mod files;
mod guards;
mod hook;
mod implied;
mod load;
mod mail;
mod name;
mod notify;
mod people;
mod periods;
mod pieces;
mod privileged;
mod profiles;
mod rollout;
mod roster;
pub mod schema;
mod seats;
mod secret;
mod separation;
mod settings;
mod signing;
mod trust;
mod watched;

#[cfg(test)]
mod tests;

pub use accounts::ListedAccount;
pub use allow::Allowance;
pub use approvals::Approval;
pub use files::LARGEST_FILE;
pub use hook::{Admission, Hook, HookPlace, NotAdmitted};
pub use implied::Cascaded;
pub use load::Loaded;
pub use mail::{Login, Security, Smtp};
pub use notify::{Channel, Kept, Medium};
pub use privileged::Privilege;
pub use rollout::Rollout;
pub use separation::Separation;
pub use signing::SignWith;
pub use trust::Trust;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::apps::Settings;
use crate::base::{Digest, Foreign, Site, Sources};
use crate::model::app::{AppDescription, Authority};
use crate::model::desired::BundleApp;
use crate::model::guard::Limits;
use crate::model::mode::Mode;
use crate::model::name::{AppName, ChannelName, PersonId, ProfileKey};
use crate::model::person::{Employment, Person};
use crate::state::Place;

/// A validated configuration: structure is sound; a person with a problem of their own says so.
#[derive(Debug)]
pub struct Config {
    /// The files it was read from.
    pub sources: Arc<Sources>,
    /// `[organisation]`
    pub organisation: Organisation,
    /// `[lifecycle]`
    pub lifecycle: Lifecycle,
    /// `[guards]`: the limits of a run, and of every app without its own (R20).
    pub guards: Limits,
    /// `[scope]`: whom a rollout is for; everybody if absent (R6).
    pub rollout: Option<Rollout>,
    /// Where `[state] url` is.
    pub state: Place,
    /// `[state] url`, as it is written.
    pub state_url: String,
    /// `[state] sign_with`
    pub sign_with: Option<SignWith>,
    /// `[notify.X]`, sorted.
    pub notify: BTreeMap<ChannelName, Channel>,
    /// `[apps.X]`, sorted.
    pub apps: BTreeMap<AppName, AppConfig>,
    /// `[profiles.X]`, sorted.
    pub profiles: BTreeMap<ProfileKey, Profile>,
    /// Sorted by id.
    pub people: Vec<Person>,
    /// Per person, the digest of their own entry.
    entries: Vec<Digest>,
    /// `[[extra]]`, by person, then by place.
    pub extras: Vec<Extra>,
    /// `[[approval]]`, by person, then by place.
    pub approvals: Vec<Approval>,
    /// `[[separation]]`, by place.
    pub separations: Vec<Separation>,
    /// `[[allow]]`, by place (R20).
    pub allowances: Vec<Allowance>,
    /// `[[account]]`, by app and login.
    pub accounts: Vec<ListedAccount>,
    /// The digest of everything above except for places in files: reformatting does not change it.
    pub digest: Digest,
    /// The digest of its settings alone: of all but profiles, people and extras.
    pub settings: Digest,
}

/// `[organisation]`
#[derive(Clone, Debug)]
pub struct Organisation {
    /// For people.
    pub name: Foreign,
    /// Employees' emails must be in one of them; folded.
    pub domains: Vec<String>,
    /// Where a person has none of their own.
    pub time_zone: TimeZone,
}

/// `[lifecycle]`
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// How long before a period its accounts are made.
    pub provision_before_start: Lead,
    /// Minutes after midnight on the last day, in the person's time zone; 1440 is its end.
    pub last_day_cutoff: u16,
    /// Days from the end of access until licences and other values are released.
    pub release_after: u16,
    /// What leave does.
    pub on_leave: OnLeave,
    /// What vanishing from the files means (R3).
    pub removed: Removed,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            provision_before_start: Lead::BusinessDays(10),
            last_day_cutoff: 24 * 60,
            release_after: 30,
            on_leave: OnLeave::Keep,
            removed: Removed::Hold,
        }
    }
}

/// A time before a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Calendar days.
    Days(u16),
    /// Monday to Friday.
    BusinessDays(u16),
}

/// What leave does to accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLeave {
    /// Nothing.
    Keep,
    /// They are closed, where the app can do it reversibly, until the return.
    Suspend,
}

/// What vanishing from the files while a period runs means (R3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// A human must decide.
    Hold,
    /// The person has left.
    Leaver,
}

/// `[apps.X]`
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// What the connector needs.
    pub settings: Settings,
    /// What the connector says of itself.
    pub description: Arc<AppDescription>,
    /// What provisor may do there (R6).
    pub mode: Mode,
    /// How much is too much (R20).
    pub guards: Limits,
    /// Whom to ask.
    pub owner: Option<Foreign>,
    /// Apps whose changes for the same person come first.
    pub after: Vec<AppName>,
    /// Another app makes the accounts here (R18).
    pub provisioned_by: Option<ProvisionedBy>,
    /// Closings that destroy data are allowed (R2).
    pub allow_destructive: bool,
    /// Overrides `lifecycle.provision_before_start`.
    pub provision_before_start: Option<Lead>,
    /// What becomes of accounts that match nobody (R5).
    pub unmanaged: Unmanaged,
    /// What becomes of accounts that no profile asks for (R4).
    pub surplus: Surplus,
    /// What `apply --due` does with drift (R24).
    pub drift: Drift,
    /// Logins and vendor ids that are never touched (R5); folded.
    pub protected: Vec<String>,
    /// Per entitlement kind, in the description's order (R10).
    pub authority: Vec<Authority>,
    /// The attributes that are ours, where the files name them (R15); see [`AppConfig::owns`].
    pub attributes: Option<BTreeSet<String>>,
    /// What only an approval may give, besides what the connector says so of (R12); sorted.
    pub privileged: Vec<Privilege>,
    /// What makes an administrator, besides what the connector says so of (R20); sorted.
    pub administrators: Vec<Privilege>,
    /// How many seats each pool has, where the app does not tell (R14).
    pub seats: BTreeMap<String, u32>,
    /// The template of logins: `{email}`, `{id}`, `{email_local}`; `{email}` by default (R15).
    pub login: String,
    /// The entry's place.
    pub site: Site,
}

/// `provisioned_by` of `[apps.X]`: a cascade (R18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionedBy {
    /// The source.
    pub app: AppName,
    /// Any one of these values of the source's [`AppDescription::assigns`] makes an account here;
    /// whoever holds none is given the first. Never empty.
    pub groups: Vec<String>,
    /// How long an account is waited for, in seconds.
    pub deadline: u32,
    /// The entry's place.
    pub site: Site,
}

/// What becomes of accounts that match nobody (R5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmanaged {
    /// They are listed.
    Report,
    /// They are counted only.
    Ignore,
    /// They are closed, unless something protects them.
    Deactivate,
}

/// What becomes of accounts of people to whom no profile gives the app, and never did (R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// They are listed.
    Report,
    /// They are closed, unless something protects them.
    Deactivate,
}

/// What a run that nobody watches does with what somebody changed outside of provisor (R24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It is listed.
    Report,
    /// It is undone.
    Revert,
}

/// `[profiles.X]`, as written; [`Config::compose`] composes several.
#[derive(Clone, Debug)]
pub struct Profile {
    /// For people.
    pub description: Option<Foreign>,
    /// Profiles that it builds on.
    pub includes: Vec<ProfileKey>,
    /// It applies to all who match, whatever their job code.
    pub matches: Option<Match>,
    /// What it gives of its own, by app.
    pub apps: BTreeMap<AppName, BundleApp>,
    /// The entry's place.
    pub site: Site,
}

/// `match = { .. }` of a profile: all of the named conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// One of these departments.
    pub department: Option<Vec<String>>,
    /// One of these kinds of employment.
    pub employment: Option<Vec<Employment>>,
    /// One of these titles.
    pub title: Option<Vec<String>>,
    /// One of these countries.
    pub country: Option<Vec<String>>,
    /// One of these cost centres.
    pub cost_centre: Option<Vec<String>>,
    /// One of these people, by id, is the manager.
    pub manager: Option<Vec<String>>,
}

/// `[[extra]]`: access beyond the profile, until a day.
#[derive(Clone, Debug)]
pub struct Extra {
    /// Whose.
    pub person: PersonId,
    /// Last day, inclusive, in the person's time zone.
    pub until: Date,
    /// Why.
    pub reason: Foreign,
    /// What it gives, by app; the provenance's chain is empty.
    pub apps: BTreeMap<AppName, BundleApp>,
    /// The entry's place.
    pub site: Site,
}
