//! `[[separation]]` of `approvals.toml`: what nobody may hold together (R13).

use std::collections::BTreeMap;

use crate::base::count::count_of;
use crate::base::{Diagnostic, Field, Fields, Foreign, Form, Site, Value};
use crate::model::app::KindIndex;
use crate::model::desired::{Bundle, BundleApp, DesiredEntitlement};
use crate::model::name::{AppName, PersonId, ProfileKey};

use super::approvals::Ground;
use super::name::{invalid, visible};
use super::{Config, entitlements};

/// One entry of `separation`.
pub(super) const SEPARATION: Fields = Fields::new(&[
    Field::required("name", Form::Text, "What plans call it"),
    Field::required("reason", Form::Text, "Why"),
    Field::required(
        "never_together",
        Form::Some(&Form::Table(&SIDE)),
        "Two sides or more: nobody holds anything of one together with anything of another",
    ),
]);
const SIDE: Fields = Fields::new(&[Field::required(
    "apps",
    Form::Gives,
    "What belongs to this side, as in a profile",
)]);

/// `[[separation]]`: nobody holds anything of one side together with anything of another.
#[derive(Clone, Debug)]
pub struct Separation {
    /// What plans call it.
    pub name: Foreign,
    /// Why.
    pub reason: Foreign,
    /// What belongs to each side, by app; two sides or more.
    pub sides: Vec<BTreeMap<AppName, BundleApp>>,
    /// The entry's place.
    pub site: Site,
}

impl Separation {
    /// The sides to which a value of an app belongs.
    pub fn sides_of<'a>(
        &'a self,
        app: &'a AppName,
        (kind, value, level): (KindIndex, &'a str, Option<&'a str>),
    ) -> impl Iterator<Item = usize> + 'a {
        let is_it = move |one: &DesiredEntitlement| {
            (one.kind, one.value.as_str(), one.level.as_deref()) == (kind, value, level)
        };
        let sides = self.sides.iter().enumerate();
        sides.filter_map(move |(index, apps)| {
            let named = apps.get(app)?.entitlements.iter().any(is_it);
            named.then_some(index)
        })
    }
}

/// One entry of `separation`.
pub(super) fn separation(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Separation> {
    let table = value.table(&SEPARATION, problems)?;
    let mut words = |key| {
        let value = table.require(key, problems)?;
        visible(value.text(problems)?, value.site(), problems).map(Foreign::from)
    };
    let (name, reason) = (words("name"), words("reason"));
    let list = table.require("never_together", problems)?;
    let values = list.list(problems);
    if values.len() < 2 {
        problems.push(invalid(
            list.site(),
            "nothing to keep apart",
            "name two sides or more, as in [{ apps.okta.groups = [\"a\"] }, { apps.okta.groups = [\"b\"] }]",
        ));
        return None;
    }
    let mut sides = Vec::new();
    for value in &values {
        let side = value.table(&SIDE, problems)?;
        let apps = side.require("apps", problems)?;
        sides.push(entitlements::apps(&apps, ground.catalogue, &[], problems));
    }
    Some(Separation {
        name: name?,
        reason: reason?,
        sides,
        site: table.site,
    })
}

impl Config {
    /// What the profiles of people's last, open-ended periods give together against a rule: as much
    /// as the files show by themselves, whatever day it is. One report per set of profiles.
    pub(super) fn breaches(&self) -> Vec<Diagnostic> {
        if self.separations.is_empty() {
            return Vec::new();
        }
        let mut people: BTreeMap<Vec<ProfileKey>, Vec<&PersonId>> = BTreeMap::new();
        for person in &self.people {
            let last = person.periods.last();
            if let Some(period) = last.filter(|period| period.until.is_none()) {
                let keys = self.profiles_of(person, period);
                people.entry(keys).or_default().push(&person.id);
            }
        }
        let mut problems = Vec::new();
        for (keys, people) in people {
            let Ok(bundle) = self.compose(&keys) else {
                continue;
            };
            for rule in &self.separations {
                problems.extend(self.breach(rule, &bundle, &people));
            }
        }
        problems
    }

    fn breach(
        &self,
        rule: &Separation,
        bundle: &Bundle,
        people: &[&PersonId],
    ) -> Option<Diagnostic> {
        let mut lines: BTreeMap<usize, Site> = BTreeMap::new();
        for (app, gives) in self.apps.keys().zip(&bundle.apps) {
            for one in gives.iter().flat_map(|gives| &gives.entitlements) {
                let what = (one.kind, one.value.as_str(), one.level.as_deref());
                for side in rule.sides_of(app, what) {
                    lines.entry(side).or_insert(one.from.site);
                }
            }
        }
        if lines.len() < 2 {
            return None;
        }
        let first = people.first()?;
        let who = match people.len() {
            1 => format!("`{first}`"),
            all => format!("{}, `{first}` first", count_of(all, "person", "people")),
        };
        let message = format!("\"{}\" forbids what {who} would hold", rule.name.raw());
        let mut lines = lines.into_values();
        let mut problem = Diagnostic::held("separation-breach", message);
        problem = problem.at(lines.next()?, "together with");
        for site in lines {
            problem = problem.at(site, "this");
        }
        let hint = "take one of them from the profiles, or move the person to another one";
        Some(problem.at(rule.site, "the rule").hint(hint))
    }
}
