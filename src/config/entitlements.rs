//! What a profile or an extra gives: a table per app, in the three shapes of entitlement kinds.

use std::collections::BTreeMap;

use crate::base::document::did_you_mean;
use crate::base::{Diagnostic, Site, Value};
use crate::model::app::{AppDescription, EntitlementKind, Shape};
use crate::model::desired::{BundleApp, DesiredEntitlement, Provenance};
use crate::model::name::{AppName, ProfileKey};

use super::apps::{Catalogue, unknown_app, unknown_entitlement};
use super::name::{invalid, visible};

/// The `apps` table of a profile (whose key is the chain) or of an extra (the chain is empty).
pub(super) fn apps(
    value: &Value<'_>,
    catalogue: &Catalogue,
    chain: &[ProfileKey],
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<AppName, BundleApp> {
    let mut apps = BTreeMap::new();
    for (key, value) in value.entries(problems) {
        let Some(description) = catalogue.get(key.name) else {
            // Without any app there is nothing to compare with, and that is reported already.
            if !catalogue.is_empty() {
                problems.push(unknown_app(key.name, key.site, catalogue));
            }
            continue;
        };
        let Some(description) = description else {
            continue;
        };
        let mut entitlements = entitlements(&value, description, chain, problems);
        entitlements.sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
        entitlements.dedup_by(|b, a| (a.kind, &a.value) == (b.kind, &b.value));
        let named_by = Provenance {
            chain: chain.to_vec(),
            provides: None,
            site: key.site,
        };
        apps.insert(
            AppName::from(key.name),
            BundleApp {
                named_by,
                entitlements,
            },
        );
    }
    apps
}

fn entitlements(
    app: &Value<'_>,
    description: &AppDescription,
    chain: &[ProfileKey],
    problems: &mut Vec<Diagnostic>,
) -> Vec<DesiredEntitlement> {
    let mut all = Vec::new();
    for (key, value) in app.entries(problems) {
        let Some((index, kind)) = description.entitlement(key.name) else {
            problems.push(unknown_entitlement(key.name, key.site, description));
            continue;
        };
        for (value, level, site) in held(&value, kind, problems) {
            all.push(DesiredEntitlement {
                kind: index,
                value: value.to_owned(),
                level: level.map(str::to_owned),
                from: Provenance {
                    chain: chain.to_vec(),
                    provides: None,
                    site,
                },
            });
        }
    }
    all
}

/// Values with their levels and places, as the kind's shape has them.
fn held<'a>(
    value: &Value<'a>,
    kind: &'a EntitlementKind,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(&'a str, Option<&'a str>, Site)> {
    match &kind.shape {
        Shape::One => {
            let Some(text) = value.as_text() else {
                problems.push(value.wrong_shape("one value: a string"));
                return Vec::new();
            };
            visible(text, value.site(), problems)
                .map(|text| (text, None, value.site()))
                .into_iter()
                .collect()
        }
        Shape::Many => listed(value, "a list of strings", problems)
            .map(|(text, site)| (text, None, site))
            .collect(),
        Shape::Keyed { default_level, .. } if !value.is_table() => {
            listed(value, "a table of levels, or a list", problems)
                .map(|(text, site)| (text, Some(&**default_level), site))
                .collect()
        }
        Shape::Keyed { levels, .. } => value
            .entries(problems)
            .into_iter()
            .filter_map(|(key, level)| {
                let name = visible(key.name, key.site, problems)?;
                let text = visible(level.text(problems)?, level.site(), problems)?;
                if !levels.is_empty() && !levels.iter().any(|known| known == text) {
                    let all = levels.join(", ");
                    let hint = did_you_mean(text, levels.iter().map(|level| &**level));
                    problems.push(invalid(
                        level.site(),
                        format!("`{}` has no level `{text}`", kind.name),
                        &hint.unwrap_or_else(|| format!("levels: {all}")),
                    ));
                    return None;
                }
                Some((name, Some(text), key.site))
            })
            .collect(),
    }
}

fn listed<'a>(
    value: &Value<'a>,
    expected: &str,
    problems: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = (&'a str, Site)> + use<'a> {
    let texts = if value.is_list() {
        value.texts(problems)
    } else {
        problems.push(value.wrong_shape(expected));
        Vec::new()
    };
    let good: Vec<_> = texts
        .into_iter()
        .filter(|(text, site)| visible(text, *site, problems).is_some())
        .collect();
    good.into_iter()
}
