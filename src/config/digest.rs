//! Digests of validated values: what is written where, and in which order, does not change them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::apps::CredentialSource;
use crate::base::source::relative;
use crate::base::{Digest, Foreign};
use crate::model::desired::BundleApp;
use crate::model::guard::{Guard, Limit, Limits};
use crate::model::mode::Mode;
use crate::model::name::{AppName, ChannelName, PersonId, ProfileKey};
use crate::model::person::Person;
use crate::state::Place;

use super::decisions::{allowance_entry, approval_entry, listed_entry, separation_entry};
use super::entries::{entry, given_extra};
use super::pieces::side_by_side;
use super::{
    AppConfig, Config, Drift, Lead, Lifecycle, Match, OnLeave, Organisation, Privilege, Profile,
    Removed, Rollout, SignWith, Surplus, Unmanaged,
};

/// How many people one task digests.
pub(super) const PEOPLE: usize = 2_000;

impl Config {
    /// Takes the digest of everything but places; `folder` is the configuration's, which may be
    /// checked out anywhere.
    pub(super) fn digested(mut self, folder: &Path) -> Self {
        let tasks: Vec<&[Person]> = self.people.chunks(PEOPLE).collect();
        let entries = side_by_side(&tasks, |people| {
            people
                .iter()
                .map(|person| Digest::of_value(&entry(person)))
                .collect::<Vec<_>>()
        });
        let entries = entries.concat();
        let mut extras: Vec<_> = self
            .extras
            .iter()
            .map(given_extra)
            .map(|e| Digest::of_value(&e))
            .collect();
        extras.sort_unstable();
        let approvals = self.approvals.iter().map(approval_entry);
        let mut approvals: Vec<_> = approvals.map(|one| Digest::of_value(&one)).collect();
        approvals.sort_unstable();
        let separations = self.separations.iter().map(separation_entry);
        let separations = separations.map(|one| Digest::of_value(&one)).collect();
        let allowances = self.allowances.iter().map(allowance_entry);
        let mut allowances: Vec<_> = allowances.map(|one| Digest::of_value(&one)).collect();
        allowances.sort_unstable();
        let accounts = self.accounts.iter().map(listed_entry);
        let accounts = accounts.map(|one| Digest::of_value(&one)).collect();
        let settings = Settings {
            organisation: organisation(&self.organisation),
            lifecycle: lifecycle(&self.lifecycle),
            guards: limits(&self.guards),
            scope: self.rollout.as_ref().map(rollout),
            state: match &self.state {
                Place::Folder(path) => relative(path, folder).to_string_lossy().into_owned(),
                Place::Bucket(bucket) => bucket.to_string(),
            },
            sign_with: self.sign_with.as_ref().map(SignWith::words),
            notify: self
                .notify
                .iter()
                .map(|(name, channel)| (name, channel.words()))
                .collect(),
            apps: self
                .apps
                .iter()
                .map(|(name, app)| (name, app_entry(app, folder)))
                .collect(),
        };
        let whole = Whole {
            settings: Digest::of_value(&settings),
            profiles: self
                .profiles
                .iter()
                .map(|(key, p)| (key, profile_entry(p)))
                .collect(),
            people: &entries,
            extras,
            approvals,
            separations,
            allowances,
            accounts,
        };
        let digest = Digest::of_value(&whole);
        self.settings = whole.settings;
        self.digest = digest;
        self.entries = entries;
        self
    }
}

impl Config {
    /// The digest of what the settings say of one app, besides how to reach it: if it changed, an
    /// edit of the files may be the cause of any change there (R22).
    pub fn app_digest(&self, name: &AppName) -> Digest {
        let mut entry = app_entry(&self.apps[name], Path::new(""));
        entry.credentials.clear();
        Digest::of_value(&(lifecycle(&self.lifecycle), entry))
    }
}

// The views below name every field of what they show: a field that is added and not digested does
// not compile. Places are the only thing left out.

/// All but who there is and what they get.
#[derive(Serialize)]
struct Settings<'a> {
    organisation: OrganisationView<'a>,
    lifecycle: LifecycleView,
    guards: Vec<Limit>,
    scope: Option<RolloutView<'a>>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_with: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    notify: BTreeMap<&'a ChannelName, String>,
    apps: BTreeMap<&'a AppName, AppView<'a>>,
}

#[derive(Serialize)]
struct Whole<'a> {
    settings: Digest,
    profiles: BTreeMap<&'a ProfileKey, ProfileView<'a>>,
    people: &'a [Digest],
    extras: Vec<Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approvals: Vec<Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    separations: Vec<Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowances: Vec<Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<Digest>,
}

#[derive(Serialize)]
struct OrganisationView<'a> {
    name: &'a str,
    domains: &'a [String],
    time_zone: Option<&'a str>,
}

fn organisation(organisation: &Organisation) -> OrganisationView<'_> {
    let Organisation {
        name,
        domains,
        time_zone,
    } = organisation;
    OrganisationView {
        name: name.raw(),
        domains,
        time_zone: time_zone.iana_name(),
    }
}

#[derive(Serialize)]
struct LifecycleView {
    provision_before_start: String,
    last_day_cutoff: u16,
    release_after: u16,
    on_leave: &'static str,
    removed: &'static str,
}

fn lifecycle(lifecycle: &Lifecycle) -> LifecycleView {
    let Lifecycle {
        provision_before_start,
        last_day_cutoff,
        release_after,
        on_leave,
        removed,
    } = *lifecycle;
    LifecycleView {
        provision_before_start: lead(provision_before_start),
        last_day_cutoff,
        release_after,
        on_leave: match on_leave {
            OnLeave::Keep => "keep",
            OnLeave::Suspend => "suspend",
        },
        removed: match removed {
            Removed::Hold => "hold",
            Removed::Leaver => "leaver",
        },
    }
}

fn lead(lead: Lead) -> String {
    match lead {
        Lead::Days(days) => format!("{days} days"),
        Lead::BusinessDays(days) => format!("{days} business days"),
    }
}

#[derive(Serialize)]
struct AppView<'a> {
    kind: &'a str,
    mode: Mode,
    guards: Vec<Limit>,
    url: &'a str,
    credentials: BTreeMap<&'a str, (&'static str, Vec<String>)>,
    owner: Option<&'a str>,
    after: &'a [AppName],
    provision_before_start: Option<String>,
    unmanaged: &'static str,
    surplus: &'static str,
    /// Only where it is not the ordinary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<&'static str>,
    protected: &'a [String],
    authority: Vec<(&'a str, &'static str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a BTreeSet<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    privileged: Vec<Holding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    administrators: Vec<Holding<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    seats: &'a BTreeMap<String, u32>,
    login: &'a str,
    provisioned_by: Option<(&'a AppName, &'a [String], u32)>,
    allow_destructive: bool,
    leaving: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_lifetime: Option<u16>,
    dialect: Option<String>,
}

fn app_entry<'a>(app: &'a AppConfig, folder: &Path) -> AppView<'a> {
    let AppConfig {
        settings,
        description,
        mode,
        guards,
        owner,
        after,
        provision_before_start,
        unmanaged,
        surplus,
        drift,
        protected,
        authority,
        attributes,
        privileged,
        administrators,
        seats,
        login,
        provisioned_by,
        allow_destructive,
        site: _,
    } = app;
    let credentials = settings.credentials.iter();
    let kinds = description.entitlements.iter().zip(authority);
    AppView {
        kind: &settings.kind,
        mode: *mode,
        guards: limits(guards),
        url: settings.url.as_str(),
        credentials: credentials
            .map(|(name, source)| (name.as_str(), credential(source, folder)))
            .collect(),
        owner: owner.as_ref().map(Foreign::raw),
        after,
        provision_before_start: provision_before_start.map(lead),
        unmanaged: match unmanaged {
            Unmanaged::Report => "report",
            Unmanaged::Ignore => "ignore",
            Unmanaged::Deactivate => "deactivate",
        },
        surplus: match surplus {
            Surplus::Report => "report",
            Surplus::Deactivate => "deactivate",
        },
        drift: match drift {
            Drift::Report => None,
            Drift::Revert => Some("revert"),
        },
        protected,
        authority: kinds
            .map(|(kind, authority)| (&*kind.name, authority.word()))
            .collect(),
        attributes: attributes.as_ref(),
        privileged: privileges(privileged),
        administrators: privileges(administrators),
        seats,
        login,
        provisioned_by: provisioned_by
            .as_ref()
            .map(|by| (&by.app, &by.groups[..], by.deadline)),
        allow_destructive: *allow_destructive,
        leaving: settings.options.leaving.as_deref(),
        invitation_lifetime: settings.options.invitation_lifetime,
        dialect: settings
            .options
            .dialect
            .as_ref()
            .map(|dialect| format!("{dialect:?}")),
    }
}

fn privileges(privileges: &[Privilege]) -> Vec<Holding<'_>> {
    let privileges = privileges.iter();
    privileges
        .map(|one| (one.kind.0, one.value.as_str(), one.level.as_deref()))
        .collect()
}

#[derive(Serialize)]
struct RolloutView<'a> {
    matches: MatchView<'a>,
    profiles: Option<&'a [ProfileKey]>,
    people: Option<&'a [PersonId]>,
}

fn rollout(rollout: &Rollout) -> RolloutView<'_> {
    let Rollout {
        matches,
        profiles,
        people,
    } = rollout;
    RolloutView {
        matches: conditions(matches),
        profiles: profiles.as_deref(),
        people: people.as_deref(),
    }
}

fn limits(limits: &Limits) -> Vec<Limit> {
    Guard::ALL.map(|guard| limits.get(guard)).to_vec()
}

fn credential(source: &CredentialSource, folder: &Path) -> (&'static str, Vec<String>) {
    match source {
        CredentialSource::Environment(name) => ("env", vec![name.clone()]),
        CredentialSource::File(path) => {
            let path = relative(path, folder);
            ("file", vec![path.to_string_lossy().into_owned()])
        }
        CredentialSource::Command(words) => ("command", words.clone()),
        // Never in a file: the sandbox's own, which are of no consequence.
        CredentialSource::Fixed(_) => ("fixed", Vec::new()),
    }
}

#[derive(Serialize)]
struct ProfileView<'a> {
    description: Option<&'a str>,
    includes: &'a [ProfileKey],
    matches: Option<MatchView<'a>>,
    apps: BTreeMap<&'a AppName, Vec<Holding<'a>>>,
}

fn profile_entry(profile: &Profile) -> ProfileView<'_> {
    let Profile {
        description,
        includes,
        matches,
        apps,
        site: _,
    } = profile;
    ProfileView {
        description: description.as_ref().map(Foreign::raw),
        includes,
        matches: matches.as_ref().map(conditions),
        apps: apps
            .iter()
            .map(|(name, app)| (name, holdings(app)))
            .collect(),
    }
}

#[derive(Serialize)]
struct MatchView<'a> {
    department: Option<&'a [String]>,
    employment: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_centre: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<&'a [String]>,
}

fn conditions(conditions: &Match) -> MatchView<'_> {
    let Match {
        department,
        employment,
        title,
        country,
        cost_centre,
        manager,
    } = conditions;
    let kinds = employment.as_ref();
    MatchView {
        department: department.as_deref(),
        employment: kinds.map(|kinds| kinds.iter().map(|kind| kind.word()).collect()),
        title: title.as_deref(),
        country: country.as_deref(),
        cost_centre: cost_centre.as_deref(),
        manager: manager.as_deref(),
    }
}

/// An entitlement kind's index, a value and a level.
pub(super) type Holding<'a> = (u8, &'a str, Option<&'a str>);

pub(super) fn holdings(app: &BundleApp) -> Vec<Holding<'_>> {
    let held = app.entitlements.iter();
    held.map(|one| (one.kind.0, one.value.as_str(), one.level.as_deref()))
        .collect()
}
