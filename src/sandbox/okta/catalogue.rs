//! The groups, apps and rules of an organisation: what `sandbox.toml` says of them.

use std::collections::{BTreeMap, BTreeSet};

use super::record::identify;
use crate::sandbox::spec::AppSpec;

/// The group that has every user as a member.
pub(super) const EVERYONE: &str = "Everyone";

/// Who fills a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupType {
    /// Okta itself.
    BuiltIn,
    /// Another directory.
    App,
    /// Whoever may.
    Okta,
}

impl GroupType {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "BUILT_IN",
            Self::App => "APP_GROUP",
            Self::Okta => "OKTA_GROUP",
        }
    }
}

/// One group.
#[derive(Debug)]
pub(super) struct Group {
    pub name: String,
    pub of: GroupType,
}

/// One app that users are assigned to.
#[derive(Debug)]
pub(super) struct App {
    /// The simulated app behind it.
    pub name: String,
    pub label: String,
    /// The groups that give it, by id.
    pub groups: BTreeSet<String>,
}

/// A rule that fills a group.
#[derive(Debug)]
pub(super) struct Rule {
    pub name: String,
    pub group: String,
    pub expression: String,
}

/// All of them, by id.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub groups: BTreeMap<String, Group>,
    pub apps: BTreeMap<String, App>,
    pub rules: BTreeMap<String, Rule>,
}

impl Catalogue {
    pub fn of(org: &str, spec: &AppSpec) -> Self {
        let mut catalogue = Self::default();
        let imported = |name: &str| {
            let mut imported = spec.imported_groups.iter();
            imported.any(|group| group.get_ref() == name)
        };
        for group in &spec.groups {
            let name = group.get_ref().as_str();
            let of = match name {
                EVERYONE => GroupType::BuiltIn,
                _ if imported(name) => GroupType::App,
                _ => GroupType::Okta,
            };
            let name = name.to_owned();
            let id = group_id(org, &name);
            catalogue.groups.insert(id, Group { name, of });
        }
        for assign in &spec.assigns {
            let name = assign.app.get_ref();
            let app = catalogue.apps.entry(identify(org, "0oa", name, 0));
            let app = app.or_insert_with(|| App {
                name: name.clone(),
                label: assign.label.clone().unwrap_or_else(|| name.clone()),
                groups: BTreeSet::new(),
            });
            app.groups.insert(group_id(org, assign.group.get_ref()));
        }
        for rule in &spec.rules {
            let described = Rule {
                name: rule.name.clone(),
                group: group_id(org, rule.group.get_ref()),
                expression: rule.expression.clone(),
            };
            let id = identify(org, "0pr", &rule.name, 0);
            catalogue.rules.insert(id, described);
        }
        catalogue
    }

    /// The groups that every user is in.
    pub fn everyone(&self) -> impl Iterator<Item = &String> {
        let groups = self.groups.iter();
        groups
            .filter(|(_, group)| group.of == GroupType::BuiltIn)
            .map(|(id, _)| id)
    }
}

/// The id of a group.
pub(super) fn group_id(org: &str, name: &str) -> String {
    identify(org, "00g", name, 0)
}
