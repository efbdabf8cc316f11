//! What people × profiles × a moment in time say that accounts should be.
//!
//! There is one [`Bundle`] per distinct set of profiles, with extras laid over it; nothing is
//! materialised per person and app.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::base::Site;

use super::app::KindIndex;
use super::name::{AppName, ProfileKey};
use super::person::Leave;

/// The desired state of everybody at one instant.
#[derive(Debug)]
pub struct Desired {
    /// The instant.
    pub as_of: Timestamp,
    /// The configured apps, sorted; app indices below count in it.
    pub apps: Vec<AppName>,
    /// Per app, which of the lead times before a period applies: an index in
    /// [`CurrentPeriod::opened`] and [`NextPeriod::opens`].
    pub leads: Vec<usize>,
    /// Per app, the app that makes its accounts, if another one does (R18): an index in `apps`.
    pub sources: Vec<Option<usize>>,
    /// Per app: whether an account can be closed there for a while and come back as it was, which is
    /// where leave may suspend.
    pub pauses: Vec<bool>,
    /// One per distinct set of profiles.
    pub bundles: Vec<Bundle>,
    /// Access beyond the profiles that is in force at the instant.
    pub extras: Vec<DesiredExtra>,
    /// In the order of the configuration's people.
    pub people: Vec<DesiredPerson>,
}

/// What a set of profiles gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Per app, in the order of [`Desired::apps`]: what to hold there, or `None` where no profile
    /// names the app.
    pub apps: Vec<Option<BundleApp>>,
}

/// What a bundle gives in one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleApp {
    /// The profile that names the app: the first along the includes.
    pub named_by: Provenance,
    /// What to hold, sorted by kind and value, each value once.
    pub entitlements: Vec<DesiredEntitlement>,
}

/// One thing to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredEntitlement {
    /// Of which kind, in the app's description.
    pub kind: KindIndex,
    /// The value as the files write it: a group's name.
    pub value: String,
    /// The level, for keyed kinds.
    pub level: Option<String>,
    /// Where the files say so.
    pub from: Provenance,
}

/// Where the files say so: a profile, along its includes, or an extra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The profiles from the person's own to the one that says so; empty for an extra.
    pub chain: Vec<ProfileKey>,
    /// Said only because it makes this app's accounts (R18).
    pub provides: Option<AppName>,
    /// The line.
    pub site: Site,
}

/// An `[[extra]]` in force.
#[derive(Clone, Debug)]
pub struct DesiredExtra {
    /// Index in [`Desired::apps`].
    pub app: usize,
    /// What it adds.
    pub gives: BundleApp,
    /// Last day, inclusive.
    pub until: Date,
    /// The reason given.
    pub reason: crate::base::Foreign,
}

/// Where one person stands at the instant.
#[derive(Clone, Debug, Default)]
pub struct DesiredPerson {
    /// The period that runs, if one does.
    pub current: Option<CurrentPeriod>,
    /// The next period, if one is to come.
    pub next: Option<NextPeriod>,
    /// When the last period that ended did so, if none runs now.
    pub left: Option<Left>,
    /// The leave that they are on, while a period runs.
    pub leave: Option<Leave>,
    /// On leave, and leave suspends accounts: since this day.
    pub suspended_since: Option<Date>,
    /// Indices in [`Desired::extras`].
    pub extras: Vec<usize>,
}

/// The period that runs.
#[derive(Clone, Debug)]
pub struct CurrentPeriod {
    /// Index in the person's periods.
    pub period: usize,
    /// Index in [`Desired::bundles`].
    pub bundle: usize,
    /// The instant at which it began.
    pub began: Timestamp,
    /// Per lead time: when provisioning for this stretch of employment opened.
    pub opened: Vec<Timestamp>,
}

/// A period to come.
#[derive(Clone, Debug)]
pub struct NextPeriod {
    /// Index in the person's periods.
    pub period: usize,
    /// Index in [`Desired::bundles`].
    pub bundle: usize,
    /// The instant at which it begins.
    pub begins: Timestamp,
    /// Per lead time: when provisioning opens.
    pub opens: Vec<Timestamp>,
}

/// A person whose last period is over.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// The instant at which access ended.
    pub since: Timestamp,
    /// The last working day, or the day of the cut.
    pub last_day: Date,
    /// `access_ends` cut it short.
    pub cut: bool,
    /// `release_after` has passed too: licences and other values are to be released.
    pub released: bool,
}

/// What one person should have in one app.
#[derive(Clone, Copy, Debug)]
pub enum Want<'a> {
    /// An account that holds what the bundle's app (if it names the app) and the extras give.
    Account {
        /// The bundle's part.
        gives: Option<&'a BundleApp>,
        /// Index of the period that gives it.
        period: usize,
        /// When provisioning for that period opened here.
        opened: Timestamp,
    },
    /// Not yet: nothing is created, and an account that exists is left as it is.
    NotYet {
        /// When provisioning opens.
        opens: Timestamp,
    },
    /// A closed account, if there is any.
    Closed(Closing),
    /// No profile names the app.
    Nothing,
}

/// Why an account is to be closed.
#[derive(Clone, Copy, Debug)]
pub enum Closing {
    /// The last period is over.
    Left(Left),
    /// On leave since a day, and leave suspends.
    Leave(Date),
}

impl DesiredPerson {
    /// The bundle of the period that runs, or of the next, by their indices.
    pub fn bundle(&self, period: usize) -> Option<usize> {
        let current = self.current.as_ref().map(|one| (one.period, one.bundle));
        let next = self.next.as_ref().map(|one| (one.period, one.bundle));
        let mut known = current.into_iter().chain(next);
        known.find_map(|(known, bundle)| (known == period).then_some(bundle))
    }
}

impl Desired {
    /// What a person should have in an app, both by index. Leave suspends what they should have,
    /// and nothing else.
    pub fn want(&self, person: usize, app: usize) -> Want<'_> {
        match (
            self.entitled(person, app),
            self.people[person].suspended_since,
        ) {
            (Want::Account { .. }, Some(since)) if self.pauses[app] => {
                Want::Closed(Closing::Leave(since))
            }
            (want, _) => want,
        }
    }

    fn entitled(&self, person: usize, app: usize) -> Want<'_> {
        let (who, lead) = (&self.people[person], self.leads[app]);
        let extra = who
            .extras
            .iter()
            .any(|extra| self.extras[*extra].app == app);
        if let Some(current) = &who.current {
            let gives = self.bundles[current.bundle].apps[app].as_ref();
            if gives.is_some() || extra {
                let (period, opened) = (current.period, current.opened[lead]);
                return Want::Account {
                    gives,
                    period,
                    opened,
                };
            }
        }
        if let Some(next) = &who.next
            && let Some(gives) = &self.bundles[next.bundle].apps[app]
        {
            let (gives, period, opened) = (Some(gives), next.period, next.opens[lead]);
            // What makes an account in another app is given there by the same period.
            let made = self.sources[app]
                .is_none_or(|source| opened <= self.as_of && self.gives_in(person, source, period));
            if opened <= self.as_of && made {
                return Want::Account {
                    gives,
                    period,
                    opened,
                };
            }
            // Whoever comes for the first time keeps an account that was made when the start was
            // earlier. Whoever was here before has left until the next period opens.
            if who.current.is_none() && who.left.is_none() {
                return Want::NotYet { opens: opened };
            }
        }
        who.left
            .map_or(Want::Nothing, |left| Want::Closed(Closing::Left(left)))
    }

    /// True if it is this period of a person that gives them an app now.
    fn gives_in(&self, person: usize, app: usize, period: usize) -> bool {
        matches!(self.entitled(person, app), Want::Account { period: now, .. } if now == period)
    }

    /// What a person should hold in an app where [`Self::want`] says an account: the bundle's
    /// entitlements and those of extras, sorted by kind and value. A value of the bundle wins over
    /// the same value of an extra, and an extra's level over the bundle's.
    pub fn holdings<'a>(
        &'a self,
        person: usize,
        app: usize,
        gives: Option<&'a BundleApp>,
    ) -> Vec<(&'a DesiredEntitlement, Option<&'a DesiredExtra>)> {
        let base = gives.map_or(&[][..], |gives| &gives.entitlements);
        let mut all: Vec<(&DesiredEntitlement, Option<&DesiredExtra>)> =
            base.iter().map(|entitlement| (entitlement, None)).collect();
        if self.people[person].extras.is_empty() {
            return all;
        }
        for extra in &self.people[person].extras {
            let extra = &self.extras[*extra];
            if extra.app != app {
                continue;
            }
            for entitlement in &extra.gives.entitlements {
                let same = all.iter_mut().find(|(held, _)| {
                    held.kind == entitlement.kind && held.value == entitlement.value
                });
                match same {
                    Some(held) if held.0.level != entitlement.level => {
                        *held = (entitlement, Some(extra));
                    }
                    Some(_) => {}
                    None => all.push((entitlement, Some(extra))),
                }
            }
        }
        all.sort_by(|(a, _), (b, _)| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
        all
    }
}
