//! The files of a story, as text that its steps edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisor::config::{Config, Trust};
use provisor::model::app::{Invitation, Pools, Seats};

use super::story::{Apps, Edit, Story};
use crate::world::{app, cascading};

const COMPANY: [(&str, &str); 2] = [
    ("provisor.toml", include_str!("company/provisor.toml")),
    ("profiles.toml", include_str!("company/profiles.toml")),
];

/// The text of every file, by its name.
#[derive(Debug)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    pub fn of(story: &Story) -> Self {
        let company = COMPANY.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let mut files = BTreeMap::from(company);
        files.extend(story.files.clone());
        Self(files)
    }

    pub fn edit(&mut self, edit: &Edit) {
        let text = self.0.entry(edit.file.clone()).or_default();
        if let Some(whole) = &edit.text {
            text.clone_from(whole);
        }
        if let Some(lines) = &edit.append {
            text.push('\n');
            text.push_str(lines);
        }
        if let Some(old) = &edit.replace {
            assert_eq!(text.matches(old).count(), 1, "`{old}` in {}", edit.file);
            *text = text.replace(old, &edit.with);
        }
    }

    /// The configuration that the text makes; it must be valid but for people's own problems.
    pub fn load(&self, apps: &Apps) -> Config {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.0 {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let loaded = Config::load(folder.path(), &Trust::none());
        let config = loaded.config;
        let config = config.unwrap_or_else(|| panic!("not valid: {:#?}", loaded.diagnostics));
        let mut config = if apps.cascade {
            cascading(config)
        } else {
            config
        };
        if let Some(lifetime) = apps.invites {
            let directory = config.apps.get_mut(&app()).unwrap();
            Arc::make_mut(&mut directory.description).invitation = Some(Invitation {
                lifetime: Some(lifetime),
                gives_early: false,
                renews: true,
            });
        }
        if !apps.seats.is_empty() {
            count_seats(&mut config, apps);
        }
        config
    }
}

/// Lets groups of the directory take seats of pools of their own names.
fn count_seats(config: &mut Config, apps: &Apps) {
    let directory = config.apps.get_mut(&app()).unwrap();
    directory.seats.extend(apps.seats.clone());
    let named = apps.seats.keys();
    let named = named.map(|group| (group.clone().into(), group.clone().into()));
    let description = Arc::make_mut(&mut directory.description);
    description.entitlements[0].seats = Some(Seats {
        pools: Pools::Named(named.collect()),
        freed_by_removal: true,
        freed_by_leaving: false,
    });
}
