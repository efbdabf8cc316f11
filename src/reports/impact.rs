//! What an edit of the files means for people, from the files alone: two configurations at one
//! instant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::base::source::Location;
use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::desired::{Desired, Provenance, Want};
use crate::model::name::{AppName, PersonId, ProfileKey};
use crate::model::observation::Observed;
use crate::model::person::Person;

use super::find::tag;
use super::seats::{SeatImpact, seats};

/// The kind and version of the data.
const FORMAT: &str = "provisor.impact/1";

/// What an edit means for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Impact {
    /// The kind and version of the data.
    pub format: &'static str,
    /// The revision that was compared with.
    pub base: String,
    /// The instant at which both are looked at.
    pub as_of: Timestamp,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// The settings differ too: apps, lifecycle, organisation.
    pub settings_changed: bool,
    /// Per changed line of a profile or an extra, whom it concerns; sorted.
    pub lines: Vec<LineImpact>,
    /// Per changed entry of a person, what that means for them; by id.
    pub people: Vec<PersonImpact>,
    /// The pools of seats of which more or fewer are needed (R14).
    pub seats: Vec<SeatImpact>,
    /// How many people gain something.
    pub gaining: usize,
    /// How many people lose something.
    pub losing: usize,
}

/// A line that was added, changed or removed, and whom it concerns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineImpact {
    /// Where it is; where it was, if it is removed.
    pub at: Location,
    /// It is in the base only.
    pub removed: bool,
    /// The profile that says so; absent for an extra.
    pub profile: Option<ProfileKey>,
    /// What it gives, or gave.
    pub access: Access,
    /// Who gains it, or loses it if the line is removed.
    pub people: Vec<PersonTag>,
}

/// An account, or something that it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Access {
    /// Where.
    pub app: AppName,
    /// What it holds; the account itself if absent.
    pub gives: Option<Given>,
}

/// Something that an account holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Given {
    /// The entitlement kind.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The level, for keyed kinds.
    pub level: Option<String>,
}

/// A person whose entry was added, changed or removed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonImpact {
    /// Who.
    pub person: PersonTag,
    /// Where the entry is; where it was, if it is removed.
    pub at: Location,
    /// What became of it.
    pub change: EntryChange,
    /// What they gain at the instant.
    pub gained: Vec<Access>,
    /// What they lose at the instant.
    pub lost: Vec<Access>,
}

/// What became of a person's entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum EntryChange {
    /// It is new.
    Joins {
        /// First working day.
        from: Date,
        /// The profile of the first period.
        job_code: ProfileKey,
    },
    /// It is gone: what they have is held until somebody says what that means (R3).
    Removed,
    /// Their access has ended now.
    Leaves,
    /// The profile that they have now is another.
    Moves {
        /// Before.
        from: ProfileKey,
        /// After.
        to: ProfileKey,
    },
    /// Something else in it changed.
    Edited,
}

/// One state of the files, at the instant.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The files.
    pub config: &'a Config,
    /// What they say at the instant.
    pub desired: &'a Desired,
}

/// What a person has, and which line says so.
type Holdings = BTreeMap<Access, (Option<ProfileKey>, Location)>;

impl Side<'_> {
    fn holdings(&self, person: usize) -> Holdings {
        let mut all = Holdings::new();
        for (index, app) in self.desired.apps.iter().enumerate() {
            let Want::Account { gives, .. } = self.desired.want(person, index) else {
                continue;
            };
            let kinds = &self.config.apps[app].description;
            let held = self.desired.holdings(person, index, gives);
            let named = gives.map(|gives| &gives.named_by);
            let named = named.or(held.first().map(|(entitlement, _)| &entitlement.from));
            if let Some(named) = named {
                let app = app.clone();
                all.insert(Access { app, gives: None }, self.origin(named));
            }
            for (entitlement, _) in held {
                let given = Given {
                    kind: kinds.kind(entitlement.kind).name.to_string(),
                    value: entitlement.value.clone(),
                    level: entitlement.level.clone(),
                };
                let access = Access {
                    app: app.clone(),
                    gives: Some(given),
                };
                all.insert(access, self.origin(&entitlement.from));
            }
        }
        all
    }

    fn origin(&self, from: &Provenance) -> (Option<ProfileKey>, Location) {
        let place = self.config.sources.locate(from.site);
        (from.chain.last().cloned(), place)
    }

    fn at(&self, person: &Person) -> Location {
        self.config.sources.locate(person.site)
    }

    fn job_code(&self, person: usize) -> Option<&ProfileKey> {
        let current = self.desired.people[person].current.as_ref()?;
        Some(&self.config.people[person].periods[current.period].job_code)
    }
}

/// Compares two states of the files. `base` is what the older one is called; `observed` is what a
/// snapshot holds, if one is to tell how many seats there are.
pub fn impact(
    base: &str,
    before: Side<'_>,
    after: Side<'_>,
    observed: Option<&Observed>,
) -> Impact {
    let ids = before.config.people.iter().enumerate();
    let by_id: HashMap<&PersonId, usize> = ids.map(|(index, one)| (&one.id, index)).collect();
    let mut tally = Tally::default();
    let mut met = BTreeSet::new();
    for (index, person) in after.config.people.iter().enumerate() {
        let mut ids = std::iter::once(&person.id).chain(&person.previous_ids);
        let earlier = ids.find_map(|id| by_id.get(id)).copied();
        met.extend(earlier);
        tally.compare((before, earlier), (after, Some(index)), person);
    }
    for (index, person) in before.config.people.iter().enumerate() {
        if !met.contains(&index) {
            tally.compare((before, Some(index)), (after, None), person);
        }
    }
    let zone = &after.config.organisation.time_zone;
    let lines = tally.lines.into_iter().map(|(key, people)| {
        let (at, removed, profile, access) = key;
        LineImpact {
            at,
            removed,
            profile,
            access,
            people,
        }
    });
    let mut people = tally.people;
    people.sort_by(|a, b| a.person.id.cmp(&b.person.id));
    Impact {
        format: FORMAT,
        base: base.to_owned(),
        as_of: after.desired.as_of,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        settings_changed: before.config.settings != after.config.settings,
        lines: lines.collect(),
        people,
        seats: seats(before, after, observed),
        gaining: tally.gaining,
        losing: tally.losing,
    }
}

#[derive(Default)]
struct Tally {
    lines: BTreeMap<(Location, bool, Option<ProfileKey>, Access), Vec<PersonTag>>,
    people: Vec<PersonImpact>,
    gaining: usize,
    losing: usize,
}

impl Tally {
    /// Counts what one person gains and loses: for their own entry if that differs, else for the
    /// lines that say so.
    fn compare(
        &mut self,
        (before, earlier): (Side<'_>, Option<usize>),
        (after, now): (Side<'_>, Option<usize>),
        person: &Person,
    ) {
        let had = earlier
            .map(|index| before.holdings(index))
            .unwrap_or_default();
        let has = now.map(|index| after.holdings(index)).unwrap_or_default();
        let gained = has.iter().filter(|(access, _)| !had.contains_key(access));
        let lost = had.iter().filter(|(access, _)| !has.contains_key(access));
        self.gaining += usize::from(gained.clone().next().is_some());
        self.losing += usize::from(lost.clone().next().is_some());
        let change = match (earlier, now) {
            (None, _) => Some(joins(person)),
            (_, None) => Some(EntryChange::Removed),
            (Some(earlier), Some(now)) => edited((before, earlier), (after, now)),
        };
        let Some(change) = change else {
            let both = [(gained.collect::<Vec<_>>(), false), (lost.collect(), true)];
            for (accesses, removed) in both {
                for (access, (profile, at)) in accesses {
                    let key = (at.clone(), removed, profile.clone(), access.clone());
                    self.lines.entry(key).or_default().push(tag(person));
                }
            }
            return;
        };
        let side = if now.is_some() { after } else { before };
        self.people.push(PersonImpact {
            person: tag(person),
            at: side.at(person),
            change,
            gained: gained.map(|(access, _)| access.clone()).collect(),
            lost: lost.map(|(access, _)| access.clone()).collect(),
        });
    }
}

fn joins(person: &Person) -> EntryChange {
    let first = person.periods.first().expect("a person has a period");
    EntryChange::Joins {
        from: first.from,
        job_code: first.job_code.clone(),
    }
}

/// What became of an entry that stayed; `None` if it says the same.
fn edited(
    (before, earlier): (Side<'_>, usize),
    (after, now): (Side<'_>, usize),
) -> Option<EntryChange> {
    if before.config.entry_digest(earlier) == after.config.entry_digest(now) {
        return None;
    }
    Some(match (before.job_code(earlier), after.job_code(now)) {
        (Some(_), None) => EntryChange::Leaves,
        (Some(from), Some(to)) if from != to => EntryChange::Moves {
            from: from.clone(),
            to: to.clone(),
        },
        _ => EntryChange::Edited,
    })
}
