//! `attributes` of `[apps.X]`: which of those that the connector writes are ours (R15).

use std::collections::BTreeSet;

use crate::base::document::{did_you_mean, not_built_yet};
use crate::base::{Diagnostic, Table};
use crate::model::app::{AppDescription, AttributeKind, AttributeSource};

use super::AppConfig;

impl AppConfig {
    /// True if an attribute is ours to write and compare: those that the files name; else all,
    /// unless another app makes the accounts (R15).
    pub fn owns(&self, attribute: &AttributeKind) -> bool {
        match &self.attributes {
            Some(named) => named.contains(attribute.name),
            None => self.provisioned_by.is_none(),
        }
    }

    /// True if the attribute is given to an account that we make: one that is ours, and one
    /// without which the app makes none.
    pub fn creates_with(&self, attribute: &AttributeKind) -> bool {
        self.provisioned_by.is_none() && (attribute.required || self.owns(attribute))
    }
}

/// Reads `attributes = ["title"]`.
pub(super) fn attributes(
    table: &Table<'_>,
    description: Option<&AppDescription>,
    problems: &mut Vec<Diagnostic>,
) -> Option<BTreeSet<String>> {
    let (value, description) = (table.get("attributes")?, description?);
    let cascaded = table.get("provisioned_by").is_some();
    let mut named = BTreeSet::new();
    for (name, site) in value.texts(problems) {
        let mut known = description.attributes.iter();
        let Some(attribute) = known.find(|kind| kind.name == name) else {
            problems.push(
                Diagnostic::error(
                    "unknown-attribute",
                    format!("`{}` writes no attribute `{name}`", description.kind),
                )
                .at(site, "")
                .hint(hint(name, description)),
            );
            continue;
        };
        if cascaded && attribute.source == AttributeSource::Manager {
            let what = format!("`{name}` of accounts that another app makes");
            problems.push(not_built_yet(&what).at(site, ""));
            continue;
        }
        named.insert(name.to_owned());
    }
    Some(named)
}

fn hint(name: &str, description: &AppDescription) -> String {
    if matches!(name, "login" | "email") {
        return "logins and emails belong to whoever makes the accounts: take it out".to_owned();
    }
    let known = || description.attributes.iter().map(|kind| kind.name);
    if known().next().is_none() {
        return "it writes none: take the line out".to_owned();
    }
    did_you_mean(name, known())
        .unwrap_or_else(|| format!("known here: {}", known().collect::<Vec<_>>().join(", ")))
}
