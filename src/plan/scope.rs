//! Which values of each entitlement kind are ours to manage (R10), and so to be read; and of which
//! it is asked what they assign (R18).

use std::collections::BTreeSet;

use crate::apps::{KindScope, Scope};
use crate::config::{AppConfig, Config};
use crate::model::app::{Authority, KindIndex};
use crate::model::desired::BundleApp;
use crate::model::history::RememberedApp;
use crate::model::name::AppName;

/// What a reading of an app is to cover: what is `named`, what only an approval may give (R12), what
/// nobody may hold together with something else (R13), and what takes a seat that the files count
/// (R14), named or not.
pub fn scope(
    config: &Config,
    app: &AppName,
    settings: &AppConfig,
    remembered: Option<&RememberedApp>,
) -> Scope {
    let kinds = named(config, app, settings, remembered).into_iter();
    let kinds = kinds.zip(&settings.authority).enumerate();
    let assigning = assigning(config, app, settings);
    let kinds = kinds.zip(assigning);
    Scope {
        kinds: kinds
            .map(|((index, (mut named, authority)), assigning)| {
                let privileged = settings.privileged_values(KindIndex::new(index));
                named.extend(privileged.map(str::to_owned));
                let kind = &settings.description.entitlements[index];
                named.extend(kept_apart(config, app, KindIndex::new(index)));
                let pools = settings.seats.keys();
                let seated = pools.flat_map(|pool| kind.values_of(pool));
                named.extend(seated.map(str::to_owned));
                KindScope {
                    named,
                    all: *authority == Authority::All,
                    assigning,
                }
            })
            .collect(),
    }
}

/// The values of a kind that some rule keeps apart from others.
fn kept_apart(config: &Config, app: &AppName, kind: KindIndex) -> impl Iterator<Item = String> {
    let sides = config.separations.iter().flat_map(|rule| &rule.sides);
    let gives = sides.filter_map(move |side| side.get(app));
    let values = gives.flat_map(|gives| &gives.entitlements);
    let of_kind = values.filter(move |one| one.kind == kind);
    of_kind.map(|one| one.value.clone())
}

/// Per entitlement kind, what the files name, and what a past run named, so that a value that
/// stops being named is still taken from those who hold it (R10).
pub fn named(
    config: &Config,
    app: &AppName,
    settings: &AppConfig,
    remembered: Option<&RememberedApp>,
) -> Vec<BTreeSet<String>> {
    let mut named = written(config, app, settings);
    for (kind, named) in settings.description.entitlements.iter().zip(&mut named) {
        let before = remembered.and_then(|app| app.named.get(kind.name.as_ref()));
        named.extend(before.into_iter().flatten().cloned());
    }
    named
}

/// Per entitlement kind, what any profile or extra names, and what makes accounts in other apps.
pub fn written(config: &Config, app: &AppName, settings: &AppConfig) -> Vec<BTreeSet<String>> {
    let kinds = &settings.description.entitlements;
    let mut named: Vec<BTreeSet<String>> = vec![BTreeSet::new(); kinds.len()];
    let profiles = config
        .profiles
        .values()
        .filter_map(|profile| profile.apps.get(app));
    let extras = config.extras.iter().filter_map(|extra| extra.apps.get(app));
    for BundleApp { entitlements, .. } in profiles.chain(extras) {
        for entitlement in entitlements {
            named[usize::from(entitlement.kind.0)].insert(entitlement.value.clone());
        }
    }
    let assigning = assigning(config, app, settings);
    for (named, assigning) in named.iter_mut().zip(&assigning) {
        named.extend(assigning.iter().cloned());
    }
    named
}

/// Per entitlement kind, the values that make accounts in other apps: ours to manage whether or not
/// anybody should hold one now.
fn assigning(config: &Config, app: &AppName, settings: &AppConfig) -> Vec<BTreeSet<String>> {
    let mut assigning = vec![BTreeSet::new(); settings.description.entitlements.len()];
    for other in config.apps.keys() {
        if let Some(cascaded) = config.cascaded(other)
            && cascaded.source == app
        {
            assigning[usize::from(cascaded.kind.0)].extend(cascaded.by.groups.iter().cloned());
        }
    }
    assigning
}
