//! Why somebody has what they have: from the files and the moment alone, to file and line.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::base::source::Location;
use crate::base::{Foreign, Site};
use crate::config::{Config, OnLeave};
use crate::model::change::PersonTag;
use crate::model::desired::{
    BundleApp, Closing, Desired, DesiredEntitlement, DesiredExtra, Provenance, Want,
};
use crate::model::name::{AppName, ProfileKey};
use crate::model::person::{Period, Person};
use crate::model::reason::{Reason, Why};
use crate::plan::privileged::{self, Standing};

use super::find::tag;

/// The kind and version of the data.
const FORMAT: &str = "provisor.explanation/1";

/// Why one person has what they have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The kind and version of the data.
    pub format: &'static str,
    /// The moment.
    pub as_of: Timestamp,
    /// The person's time zone: an IANA name.
    pub time_zone: String,
    /// Who.
    pub person: PersonTag,
    /// Their address at work.
    pub email: Foreign,
    /// Where their entry is.
    pub entry: Location,
    /// What is wrong with it, by its code: nothing is given or taken until it is mended.
    pub problem: Option<Foreign>,
    /// When access ends for good, if the entry says so.
    pub access_until: Option<Timestamp>,
    /// The leave that they are on.
    pub leave: Option<LeaveFacts>,
    /// All stretches of employment.
    pub periods: Vec<PeriodFacts>,
    /// The apps asked about, sorted.
    pub apps: Vec<AppFacts>,
}

/// An absence in which the moment falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeaveFacts {
    /// First day away.
    pub from: Date,
    /// Last day away, if it is known.
    pub until: Option<Date>,
    /// Whether accounts are closed meanwhile, where that can be undone.
    pub suspends: bool,
}

/// A stretch of employment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodFacts {
    /// First working day.
    pub from: Date,
    /// Last working day.
    pub until: Option<Date>,
    /// The person's own profile.
    pub job_code: ProfileKey,
    /// The kind of employment, in the word of the files.
    pub employment: &'static str,
    /// Profiles that apply since they match.
    pub matching: Vec<ProfileKey>,
    /// Where the moment falls.
    pub stands: Stands,
    /// Where it is written.
    pub at: Location,
}

/// Where a moment falls, seen from a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// The period is over.
    Over,
    /// It runs.
    Runs,
    /// It is to come.
    ToCome,
}

/// One app, for one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppFacts {
    /// The app.
    pub app: AppName,
    /// Its connector.
    pub kind: &'static str,
    /// What should be there.
    pub want: Wanted,
    /// Why, as the person's dates have it.
    pub reasons: Vec<Reason>,
    /// The lines that name the app.
    pub named_by: Vec<Reason>,
    /// Another app makes the account.
    pub provided_by: Option<Provider>,
    /// Leave suspends, and not here: a closing could not be undone.
    pub stays_on_leave: bool,
    /// What the account should hold.
    pub holds: Vec<Held>,
}

/// What should be in an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// An account.
    Account {
        /// When provisioning opened.
        opened: Timestamp,
    },
    /// Nothing yet.
    NotYet {
        /// When provisioning opens.
        opens: Timestamp,
    },
    /// No open account.
    Closed,
    /// Nothing: no profile names the app.
    Nothing,
}

/// The source of a cascade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provider {
    /// The app.
    pub app: AppName,
    /// The groups of which one makes the account.
    pub groups: Vec<String>,
    /// Where it is written.
    pub at: Location,
}

/// One thing to hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The level, for keyed kinds.
    pub level: Option<String>,
    /// Only an approval may give it (R12).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub privileged: bool,
    /// Why, and who approved it.
    pub reasons: Vec<Reason>,
}

/// Explains one person (by index), in all apps or in one.
pub fn explain(
    config: &Config,
    desired: &Desired,
    index: usize,
    only: Option<&AppName>,
) -> Explanation {
    let person = &config.people[index];
    let view = View {
        config,
        desired,
        index,
        person,
    };
    let organisation = config.organisation.time_zone.iana_name();
    let zone = person.time_zone.as_deref().or(organisation);
    let apps = desired.apps.iter().enumerate();
    let wanted = apps.filter(|(_, app)| only.is_none_or(|only| only == *app));
    let periods = person.periods.iter().enumerate();
    Explanation {
        format: FORMAT,
        as_of: desired.as_of,
        time_zone: zone.unwrap_or("UTC").to_owned(),
        person: tag(person),
        email: person.email.clone(),
        entry: view.locate(person.site),
        problem: person
            .problem
            .as_ref()
            .map(|problem| problem.message.as_str().into()),
        access_until: crate::desired::access_until(config, person),
        leave: desired.people[index].leave.map(|leave| LeaveFacts {
            from: leave.from,
            until: leave.until,
            suspends: config.lifecycle.on_leave == OnLeave::Suspend,
        }),
        periods: periods
            .map(|(at, period)| view.period(at, period))
            .collect(),
        apps: wanted.map(|(app, name)| view.app(app, name)).collect(),
    }
}

/// What the files want of one person in one app, both by index.
pub(super) fn facts(config: &Config, desired: &Desired, index: usize, app: usize) -> AppFacts {
    let view = View {
        config,
        desired,
        index,
        person: &config.people[index],
    };
    view.app(app, &desired.apps[app])
}

/// What explaining one person looks at.
struct View<'a> {
    config: &'a Config,
    desired: &'a Desired,
    index: usize,
    person: &'a Person,
}

impl View<'_> {
    fn locate(&self, site: Site) -> Location {
        self.config.sources.locate(site)
    }

    fn period(&self, index: usize, period: &Period) -> PeriodFacts {
        let moment = &self.desired.people[self.index];
        let current = moment.current.as_ref().map(|current| current.period);
        let next = moment.next.as_ref().map(|next| next.period);
        let stands = if current == Some(index) {
            Stands::Runs
        } else if next.is_some_and(|next| index >= next) {
            Stands::ToCome
        } else {
            Stands::Over
        };
        let mut matching = self.config.profiles_of(self.person, period);
        matching.retain(|profile| *profile != period.job_code);
        PeriodFacts {
            from: period.from,
            until: period.until,
            job_code: period.job_code.clone(),
            employment: period.employment.word(),
            matching,
            stands,
            at: self.locate(period.site),
        }
    }

    fn app(&self, app: usize, name: &AppName) -> AppFacts {
        let settings = &self.config.apps[name];
        let mut reasons = Vec::new();
        let mut named_by = Vec::new();
        let mut holds = Vec::new();
        let want = match self.desired.want(self.index, app) {
            Want::Account {
                gives,
                period,
                opened,
            } => {
                reasons.push(self.employed(period));
                named_by = self.named_by(app, gives);
                let held = self.desired.holdings(self.index, app, gives);
                holds = held
                    .into_iter()
                    .map(|(entitlement, extra)| {
                        (self.standing(name, period, entitlement), entitlement, extra)
                    })
                    .map(|(standing, entitlement, extra)| Held {
                        privileged: standing.is_privileged(),
                        kind: settings.description.kind(entitlement.kind).name.to_string(),
                        value: entitlement.value.clone(),
                        level: entitlement.level.clone(),
                        reasons: self
                            .said_by(&entitlement.from, extra)
                            .into_iter()
                            .chain(approved(standing))
                            .collect(),
                    })
                    .collect();
                Wanted::Account { opened }
            }
            Want::NotYet { opens } => {
                let next = self.desired.people[self.index].next.as_ref();
                reasons.extend(next.map(|next| self.employed(next.period)));
                Wanted::NotYet { opens }
            }
            Want::Closed(closing) => {
                reasons.push(self.closing(closing));
                Wanted::Closed
            }
            Want::Nothing => {
                reasons.extend(self.not_named());
                Wanted::Nothing
            }
        };
        let away = self.desired.people[self.index].suspended_since.is_some();
        let cascade = settings.provisioned_by.as_ref();
        AppFacts {
            app: name.clone(),
            kind: settings.description.kind,
            want,
            reasons,
            named_by,
            provided_by: cascade.map(|by| Provider {
                app: by.app.clone(),
                groups: by.groups.clone(),
                at: self.locate(by.site),
            }),
            stays_on_leave: away && matches!(want, Wanted::Account { .. }),
            holds,
        }
    }

    /// The period that an account is for.
    fn employed(&self, period: usize) -> Reason {
        let current = self.desired.people[self.index].current.as_ref();
        let runs = current.is_some_and(|current| current.period == period);
        let period = &self.person.periods[period];
        let job_code = period.job_code.clone();
        let why = if runs {
            Why::Employed {
                since: period.from,
                job_code,
            }
        } else {
            Why::Starts {
                on: period.from,
                job_code,
            }
        };
        self.reason(why, period.site)
    }

    /// Who names the app: a profile, or the extras in force.
    fn named_by(&self, app: usize, gives: Option<&BundleApp>) -> Vec<Reason> {
        if let Some(gives) = gives {
            return self.said_by(&gives.named_by, None);
        }
        let extras = self.desired.people[self.index].extras.iter();
        extras
            .map(|extra| &self.desired.extras[*extra])
            .filter(|extra| extra.app == app)
            .flat_map(|extra| self.said_by(&extra.gives.named_by, Some(extra)))
            .collect()
    }

    fn standing(&self, app: &AppName, period: usize, one: &DesiredEntitlement) -> Standing {
        let period = &self.person.periods[period];
        let what = (one.kind, one.value.as_str(), one.level.as_deref());
        let now = self.desired.as_of;
        privileged::standing(self.config, app, self.person, period, what, now)
    }

    /// The line that says it, and the app that it is said for, where that is another.
    fn said_by(&self, from: &Provenance, extra: Option<&DesiredExtra>) -> Vec<Reason> {
        let why = extra.map_or_else(
            || Why::Profile {
                chain: from.chain.clone(),
            },
            |extra| Why::Extra {
                reason: extra.reason.clone(),
                until: extra.until,
            },
        );
        let mut reasons = Vec::new();
        if let Some(app) = &from.provides {
            let cascade = self.config.apps.get(app);
            let cascade = cascade.and_then(|app| app.provisioned_by.as_ref());
            reasons.push(Reason {
                why: Why::Provides { app: app.clone() },
                at: cascade.map(|by| self.locate(by.site)),
            });
        }
        reasons.push(self.reason(why, from.site));
        reasons
    }

    fn closing(&self, closing: Closing) -> Reason {
        let why = match closing {
            Closing::Left(left) if left.cut => Why::cut(self.person, left.since),
            Closing::Left(left) if left.released => Why::Released {
                last_day: left.last_day,
            },
            Closing::Left(left) => Why::Left {
                last_day: left.last_day,
            },
            Closing::Leave(from) => Why::OnLeave { from },
        };
        self.reason(why, self.person.site)
    }

    /// The period whose profiles do not name the app.
    fn not_named(&self) -> Option<Reason> {
        let moment = &self.desired.people[self.index];
        let current = moment.current.as_ref().map(|current| current.period);
        let next = moment.next.as_ref().map(|next| next.period);
        let period = &self.person.periods[current.or(next)?];
        let job_code = period.job_code.clone();
        Some(self.reason(Why::AppNoLongerNamed { job_code }, period.site))
    }

    fn reason(&self, why: Why, site: Site) -> Reason {
        Reason {
            why,
            at: Some(self.locate(site)),
        }
    }
}

/// What there is to say of an approval.
fn approved(standing: Standing) -> Option<Reason> {
    match standing {
        Standing::Free => None,
        Standing::Approved { reason, .. } | Standing::Lapsed(reason) => Some(reason),
        Standing::Missing => Some(Reason {
            why: Why::NotApproved,
            at: None,
        }),
    }
}
