//! `[scope]`: a rollout that begins with some people (R6).

use std::collections::BTreeMap;

use crate::base::document::did_you_mean;
use crate::base::fields::Named;
use crate::base::{Diagnostic, Field, Fields, Form, Site, Table};
use crate::model::name::{PersonId, ProfileKey};
use crate::model::person::{Employment, Period, Person};

use super::name::invalid;
use super::profiles::{EMPLOYED_AS, EMPLOYMENT, unknown_profile};
use super::settings::word;
use super::{Match, Profile};

/// How many ids a mistyped one is compared with.
const COMPARED: usize = 2_000;

/// `[scope]`.
pub(super) const SCOPE: Fields = Fields::new(&[
    Field::optional(
        "department",
        Form::Some(&Form::Text),
        "One of these departments, letter by letter",
    ),
    Field::optional(
        "employment",
        Form::Some(&EMPLOYED_AS),
        "One of these kinds of employment",
    ),
    Field::optional(
        "profiles",
        Form::Some(&Form::Name(Named::Profile)),
        "One of these job codes",
    ),
    Field::optional(
        "people",
        Form::Some(&Form::Name(Named::Person)),
        "One of these ids",
    ),
])
.any_of(&[&["department"], &["employment"], &["profiles"], &["people"]]);

/// Whom a rollout is for: all of the named conditions hold.
#[derive(Clone, Debug, Default)]
pub struct Rollout {
    /// Departments and kinds of employment.
    pub matches: Match,
    /// One of these job codes.
    pub profiles: Option<Vec<ProfileKey>>,
    /// One of these people.
    pub people: Option<Vec<PersonId>>,
}

impl Rollout {
    /// True for a person, as one of their periods has it.
    pub fn includes(&self, person: &Person, period: &Period) -> bool {
        let profiles = self.profiles.as_ref();
        let people = self.people.as_ref();
        self.matches.holds(person, period)
            && profiles.is_none_or(|all| all.contains(&period.job_code))
            && people.is_none_or(|all| all.contains(&person.id))
    }
}

/// A rollout as it is written, with the places of the names that are to be looked up.
#[derive(Debug)]
pub(super) struct Written {
    pub rollout: Rollout,
    names: Vec<(Name, Site)>,
}

#[derive(Debug)]
enum Name {
    Profile(ProfileKey),
    Person(PersonId),
}

/// Reads `[scope]`, if it is there.
pub(super) fn scope(root: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Option<Written> {
    let value = root.get("scope")?;
    let table = value.table(&SCOPE, problems)?;
    let mut written = Written {
        rollout: Rollout::default(),
        names: Vec::new(),
    };
    let mut named = false;
    for key in ["department", "employment", "profiles", "people"] {
        let Some(list) = table.get(key) else { continue };
        named = true;
        let items = list.list(problems);
        if items.is_empty() {
            problems.push(invalid(
                list.site(),
                "an empty list is nobody",
                "name somebody, or take the line away",
            ));
        }
        written.read(key, &items, problems);
    }
    if !named {
        problems.push(invalid(
            value.site(),
            "`scope` names no condition",
            "take it away where everybody is meant",
        ));
    }
    Some(written)
}

impl Written {
    fn read(
        &mut self,
        key: &str,
        items: &[crate::base::Value<'_>],
        problems: &mut Vec<Diagnostic>,
    ) {
        let rollout = &mut self.rollout;
        if key == "employment" {
            let mut kinds: Vec<Employment> = items
                .iter()
                .filter_map(|item| word(item, &EMPLOYMENT, problems))
                .collect();
            kinds.sort_unstable();
            rollout.matches.employment = Some(kinds);
            return;
        }
        let texts = items.iter();
        let mut texts: Vec<_> = texts
            .filter_map(|item| Some((item.text(problems)?, item.site())))
            .collect();
        texts.sort_unstable();
        match key {
            "department" => {
                let departments = texts.iter().map(|(text, _)| text.trim().to_owned());
                rollout.matches.department = Some(departments.collect());
            }
            "profiles" => {
                let keys = || {
                    texts
                        .iter()
                        .map(|(text, site)| (ProfileKey::from(*text), *site))
                };
                rollout.profiles = Some(keys().map(|(key, _)| key).collect());
                self.names
                    .extend(keys().map(|(key, site)| (Name::Profile(key), site)));
            }
            _ => {
                let ids = || {
                    texts
                        .iter()
                        .map(|(text, site)| (PersonId::from(*text), *site))
                };
                rollout.people = Some(ids().map(|(id, _)| id).collect());
                self.names
                    .extend(ids().map(|(id, site)| (Name::Person(id), site)));
            }
        }
    }

    /// Reports names of nothing: a rollout for a mistyped name is one for nobody.
    pub fn check(
        &self,
        profiles: &BTreeMap<ProfileKey, Profile>,
        people: &[Person],
        problems: &mut Vec<Diagnostic>,
    ) {
        for (name, site) in &self.names {
            match name {
                Name::Profile(key) if !profiles.contains_key(key) => {
                    let message = format!("unknown profile `{key}`");
                    let problem = Diagnostic::error("unknown-profile", message);
                    problems.push(unknown_profile(problem, key.as_str(), *site, profiles));
                }
                Name::Person(id) if people.binary_search_by(|known| known.id.cmp(id)).is_err() => {
                    let ids = people.iter().take(COMPARED).map(|known| known.id.as_str());
                    let hint = did_you_mean(id.as_str(), ids);
                    problems.push(
                        Diagnostic::error("unknown-person", format!("nobody has the id `{id}`"))
                            .at(*site, "")
                            .hint(
                                hint.unwrap_or_else(|| {
                                    "name the `id` of an entry of people".into()
                                }),
                            ),
                    );
                }
                Name::Profile(_) | Name::Person(_) => {}
            }
        }
    }
}
