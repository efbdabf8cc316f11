//! Composing profiles: what several of them give together.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::base::{Diagnostic, Foreign};
use crate::model::app::{AppDescription, KindIndex, Shape};
use crate::model::desired::{Bundle, BundleApp, DesiredEntitlement, Provenance};
use crate::model::name::{AppName, PersonId, ProfileKey};
use crate::model::person::{Period, Person};

use super::implied::imply;
use super::{Config, Match, Profile};

impl Config {
    /// The profiles of a person in a period: the job code's, if there is one, and all whose `match`
    /// holds. Sorted.
    pub fn profiles_of(&self, person: &Person, period: &Period) -> Vec<ProfileKey> {
        profiles_of(&self.profiles, person, period)
    }

    /// What several profiles give together.
    ///
    /// *Many* and *keyed* are united. A profile's own *one*, or its own level, wins over those that
    /// it includes; two profiles that are composed and disagree make an error that names both
    /// places. Profiles that do not exist give nothing. What they give implies what makes it, where
    /// another app makes accounts (R18).
    pub fn compose(&self, keys: &[ProfileKey]) -> Result<Bundle, Vec<Diagnostic>> {
        let descriptions = self
            .apps
            .iter()
            .map(|(name, app)| (name, &*app.description))
            .collect();
        let mut composer = Composer::new(&self.profiles, descriptions);
        let given = composer.compose(keys);
        let conflicts = composer.into_conflicts();
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        let apps = self.apps.keys();
        let mut apps: Vec<_> = apps.map(|app| given.bundle_app(app)).collect();
        imply(&self.apps, &mut apps);
        Ok(Bundle { apps })
    }
}

/// See [`Config::profiles_of`].
pub(super) fn profiles_of(
    profiles: &BTreeMap<ProfileKey, Profile>,
    person: &Person,
    period: &Period,
) -> Vec<ProfileKey> {
    let holds = |conditions: &Match| conditions.holds(person, period);
    let mut keys: Vec<ProfileKey> = profiles
        .iter()
        .filter(|(_, profile)| profile.matches.as_ref().is_some_and(holds))
        .map(|(key, _)| key.clone())
        .collect();
    if profiles.contains_key(&period.job_code) {
        keys.push(period.job_code.clone());
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Match {
    /// True if all conditions hold of a person in a period. Texts compare trimmed, letter by letter.
    pub fn holds(&self, person: &Person, period: &Period) -> bool {
        let manager = period.manager.as_ref().map(PersonId::as_str);
        one_of(self.department.as_deref(), text(period.department.as_ref()))
            && one_of(self.title.as_deref(), text(period.title.as_ref()))
            && one_of(self.country.as_deref(), text(person.country.as_ref()))
            && one_of(
                self.cost_centre.as_deref(),
                text(person.cost_centre.as_ref()),
            )
            && one_of(self.manager.as_deref(), manager)
            && (self.employment.as_ref()).is_none_or(|kinds| kinds.contains(&period.employment))
    }
}

/// A text of the files as it is compared.
fn text(text: Option<&Foreign>) -> Option<&str> {
    text.map(|text| text.raw().trim())
}

/// True if a condition does not matter, or names what is said.
fn one_of(wanted: Option<&[String]>, said: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| said.is_some_and(|said| wanted.iter().any(|one| one == said)))
}

/// What can be held once: the value of a *one*, or a named value of the other shapes.
type Slot = (KindIndex, Option<String>);

/// What profiles give, before it is laid out as a [`Bundle`].
#[derive(Clone, Debug, Default)]
pub(super) struct Composed {
    apps: BTreeMap<AppName, (Provenance, BTreeMap<Slot, DesiredEntitlement>)>,
}

impl Composed {
    /// What is given in one app, laid out.
    pub fn bundle_app(&self, app: &AppName) -> Option<BundleApp> {
        let (named_by, slots) = self.apps.get(app)?;
        let mut entitlements: Vec<_> = slots.values().cloned().collect();
        entitlements.sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
        Some(BundleApp {
            named_by: named_by.clone(),
            entitlements,
        })
    }
}

/// Composes profiles that include each other without a cycle; keeps what it composed.
#[derive(Debug)]
pub(super) struct Composer<'a> {
    profiles: &'a BTreeMap<ProfileKey, Profile>,
    descriptions: BTreeMap<&'a AppName, &'a AppDescription>,
    composed: BTreeMap<&'a ProfileKey, Rc<Composed>>,
    conflicts: Vec<Diagnostic>,
}

impl<'a> Composer<'a> {
    pub fn new(
        profiles: &'a BTreeMap<ProfileKey, Profile>,
        descriptions: BTreeMap<&'a AppName, &'a AppDescription>,
    ) -> Self {
        Self {
            profiles,
            descriptions,
            composed: BTreeMap::new(),
            conflicts: Vec::new(),
        }
    }

    /// Every disagreement met so far, once.
    pub fn into_conflicts(self) -> Vec<Diagnostic> {
        let mut conflicts = self.conflicts;
        let places =
            |conflict: &Diagnostic| conflict.labels.iter().map(|l| l.site).collect::<Vec<_>>();
        conflicts.sort_by_cached_key(places);
        conflicts.dedup();
        conflicts
    }

    /// What several profiles give together.
    pub fn compose(&mut self, keys: &[ProfileKey]) -> Composed {
        self.unite(keys, &Composed::default(), &[])
    }

    /// What one profile gives: its own over all that it includes.
    fn profile(&mut self, key: &ProfileKey) -> Rc<Composed> {
        let Some((key, profile)) = self.profiles.get_key_value(key) else {
            return Rc::default();
        };
        if let Some(known) = self.composed.get(key) {
            return Rc::clone(known);
        }
        let mut own = Composed::default();
        for (app, gives) in &profile.apps {
            let Some(description) = self.descriptions.get(app) else {
                continue;
            };
            let slots = gives.entitlements.iter().map(|entitlement| {
                let one = description.kind(entitlement.kind).shape == Shape::One;
                let value = (!one).then(|| entitlement.value.clone());
                ((entitlement.kind, value), entitlement.clone())
            });
            own.apps
                .insert(app.clone(), (gives.named_by.clone(), slots.collect()));
        }
        let all = self.unite(&profile.includes, &own, std::slice::from_ref(key));
        let all = Rc::new(all);
        self.composed.insert(key, Rc::clone(&all));
        all
    }

    /// Unites profiles under what is stated above them, which wins.
    fn unite(&mut self, keys: &[ProfileKey], own: &Composed, path: &[ProfileKey]) -> Composed {
        let mut all = own.clone();
        let keys: BTreeSet<&ProfileKey> = keys.iter().collect();
        for key in keys {
            let included = self.profile(key);
            for (app, (named_by, slots)) in &included.apps {
                let stated = own.apps.get(app).map(|(_, slots)| slots);
                let named_by = below(path, named_by);
                let (first, into) = all
                    .apps
                    .entry(app.clone())
                    .or_insert_with(|| (named_by.clone(), BTreeMap::new()));
                if is_nearer(&named_by, first) {
                    *first = named_by;
                }
                for (slot, entitlement) in slots {
                    if stated.is_some_and(|stated| stated.contains_key(slot)) {
                        continue;
                    }
                    let entitlement = DesiredEntitlement {
                        from: below(path, &entitlement.from),
                        ..entitlement.clone()
                    };
                    let Some(held) = into.get_mut(slot) else {
                        into.insert(slot.clone(), entitlement);
                        continue;
                    };
                    if (&held.value, &held.level) != (&entitlement.value, &entitlement.level) {
                        let kind = self.descriptions[app].kind(slot.0).name.as_ref();
                        self.conflicts.push(conflict(app, kind, held, &entitlement));
                    } else if is_nearer(&entitlement.from, &held.from) {
                        *held = entitlement;
                    }
                }
            }
        }
        all
    }
}

/// A provenance seen from the profiles above it.
fn below(path: &[ProfileKey], from: &Provenance) -> Provenance {
    Provenance {
        provides: from.provides.clone(),
        chain: path.iter().chain(&from.chain).cloned().collect(),
        site: from.site,
    }
}

/// Shorter chains are nearer, then those that sort first.
fn is_nearer(a: &Provenance, b: &Provenance) -> bool {
    (a.chain.len(), &a.chain) < (b.chain.len(), &b.chain)
}

fn conflict(
    app: &AppName,
    kind: &str,
    a: &DesiredEntitlement,
    b: &DesiredEntitlement,
) -> Diagnostic {
    let (a, b) = if a.from.site <= b.from.site {
        (a, b)
    } else {
        (b, a)
    };
    let says = |one: &DesiredEntitlement| {
        let profile = one.from.chain.last().map_or("", ProfileKey::as_str);
        match &one.level {
            Some(level) => format!("`{profile}` says `{level}` for `{}`", one.value),
            None => format!("`{profile}` says `{}`", one.value),
        }
    };
    Diagnostic::error(
        "profile-conflict",
        format!("two profiles that are composed disagree on `{kind}` in `{app}`"),
    )
    .at(a.from.site, says(a))
    .at(b.from.site, says(b))
    .hint("a profile that includes both and states its own decides")
}
