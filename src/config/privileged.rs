//! `privileged` and `administrators` of `[apps.X]`, with what the connector declares (R12).

use crate::base::document::did_you_mean;
use crate::base::fields::Named;
use crate::base::{Diagnostic, Form, Table, Value};
use crate::model::app::{AppDescription, EntitlementKind, KindIndex, Shape};

use super::AppConfig;
use super::apps::unknown_entitlement;
use super::name::{invalid, visible};

/// Per entitlement kind: values, or values at a level.
pub(super) const PRIVILEGED: Form = Form::Map(
    Named::Entitlement,
    &Form::Either(
        &Form::List(&Form::Text),
        &Form::Map(Named::Free, &Form::Text),
    ),
);

/// A value that only an approval may give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Privilege {
    /// Of which kind.
    pub kind: KindIndex,
    /// The value.
    pub value: String,
    /// At which level, for keyed kinds; any, if absent.
    pub level: Option<String>,
}

impl Privilege {
    /// True if it is of this value at this level.
    pub(super) fn covers(&self, kind: KindIndex, value: &str, level: Option<&str>) -> bool {
        let at = self.level.as_deref();
        self.kind == kind && self.value == value && at.is_none_or(|at| level == Some(at))
    }
}

impl AppConfig {
    /// What the files list: to be privileged, or to make an administrator, which is more.
    fn listed(&self) -> impl Iterator<Item = &Privilege> {
        self.privileged.iter().chain(&self.administrators)
    }

    /// True if only an approval may give a value at a level: the connector or the files say so.
    pub fn is_privileged(&self, kind: KindIndex, value: &str, level: Option<&str>) -> bool {
        let word = level.unwrap_or(value);
        let declared = &self.description.kind(kind).privileged;
        declared.iter().any(|known| known == word)
            || self.listed().any(|one| one.covers(kind, value, level))
    }

    /// The values of a kind of which some level at least needs an approval, as far as they are
    /// known by name: those of a keyed kind have names of the organisation's own.
    pub fn privileged_values(&self, kind: KindIndex) -> impl Iterator<Item = &str> {
        let description = self.description.kind(kind);
        let keyed = matches!(description.shape, Shape::Keyed { .. });
        let declared = description.privileged.iter().filter(move |_| !keyed);
        let listed = self.listed().filter(move |one| one.kind == kind);
        declared
            .map(AsRef::as_ref)
            .chain(listed.map(|one| one.value.as_str()))
    }
}

/// Reads `privileged = { groups = ["administrators"] }`, or another field of the form.
pub(super) fn privileged(
    field: &str,
    table: &Table<'_>,
    description: Option<&AppDescription>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Privilege> {
    let (Some(value), Some(description)) = (table.get(field), description) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (key, value) in value.entries(problems) {
        let Some((index, kind)) = description.entitlement(key.name) else {
            problems.push(unknown_entitlement(key.name, key.site, description));
            continue;
        };
        let found = values(&value, kind, problems).into_iter();
        all.extend(found.map(|(value, level)| Privilege {
            kind: index,
            value: value.to_owned(),
            level: level.map(str::to_owned),
        }));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn values<'a>(
    value: &Value<'a>,
    kind: &EntitlementKind,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(&'a str, Option<&'a str>)> {
    let levels = match &kind.shape {
        Shape::Keyed { levels, .. } if value.is_table() => levels,
        // A list says: at any level.
        _ => {
            let texts = value.texts(problems).into_iter();
            return texts
                .filter_map(|(text, site)| Some((visible(text, site, problems)?, None)))
                .collect();
        }
    };
    let entries = value.entries(problems).into_iter();
    entries
        .filter_map(|(key, level)| {
            let name = visible(key.name, key.site, problems)?;
            let text = visible(level.text(problems)?, level.site(), problems)?;
            if !levels.is_empty() && !levels.iter().any(|known| known == text) {
                let hint = did_you_mean(text, levels.iter().map(|level| &**level));
                problems.push(invalid(
                    level.site(),
                    format!("`{}` has no level `{text}`", kind.name),
                    &hint.unwrap_or_else(|| format!("levels: {}", levels.join(", "))),
                ));
                return None;
            }
            Some((name, Some(text)))
        })
        .collect()
}
