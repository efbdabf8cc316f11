//! The settings whose change is told above all else (R20): what provisor may do, where, to whom, how
//! much of it, and what runs on this machine.

use std::collections::BTreeMap;

use crate::apps::CredentialSource;
use crate::model::guard::{Guard, Limits};
use crate::model::name::{PersonId, ProfileKey};

use super::{AppConfig, Config, Drift, Rollout, Surplus, Unmanaged};

impl Config {
    /// These settings as text, by their keys in the files; a limit only where it is not the
    /// ordinary one, a list only where it is not empty.
    pub fn watched(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        limits("guards", &self.guards, &Limits::default(), &mut all);
        if let Some(rollout) = &self.rollout {
            scope(rollout, &mut all);
        }
        for (name, app) in &self.apps {
            let mut own = BTreeMap::new();
            app_settings(app, &mut own);
            limits("guards", &app.guards, &self.guards, &mut own);
            let keyed = own
                .into_iter()
                .map(|(key, text)| (format!("apps.{name}.{key}"), text));
            all.extend(keyed);
        }
        all
    }
}

fn scope(rollout: &Rollout, all: &mut BTreeMap<String, String>) {
    let Rollout {
        matches,
        profiles,
        people,
    } = rollout;
    let mut say = |key: &str, names: Option<Vec<&str>>| {
        all.extend(names.map(|names| (format!("scope.{key}"), names.join(", "))));
    };
    let departments = matches.department.as_ref();
    say(
        "department",
        departments.map(|all| all.iter().map(String::as_str).collect()),
    );
    let kinds = matches.employment.as_ref();
    say(
        "employment",
        kinds.map(|all| all.iter().map(|kind| kind.word()).collect()),
    );
    let profiles = profiles.as_ref();
    say(
        "profiles",
        profiles.map(|all| all.iter().map(ProfileKey::as_str).collect()),
    );
    let people = people.as_ref();
    say(
        "people",
        people.map(|all| all.iter().map(PersonId::as_str).collect()),
    );
}

fn app_settings(app: &AppConfig, own: &mut BTreeMap<String, String>) {
    let mut say = |key: &str, text: String| _ = own.insert(key.to_owned(), text);
    say("mode", app.mode.word().to_owned());
    say("url", app.settings.url.to_string());
    if !app.protected.is_empty() {
        say("protected", app.protected.join(", "));
    }
    if app.allow_destructive {
        say("allow_destructive", "true".to_owned());
    }
    if app.unmanaged == Unmanaged::Deactivate {
        say("unmanaged", "deactivate".to_owned());
    }
    if app.surplus == Surplus::Deactivate {
        say("surplus", "deactivate".to_owned());
    }
    if app.drift == Drift::Revert {
        say("drift", "revert".to_owned());
    }
    for (name, source) in &app.settings.credentials {
        if let CredentialSource::Command(words) = source {
            say(
                &format!("credentials.{name}"),
                format!("runs {}", words.join(" ")),
            );
        }
    }
}

/// Limits that differ from those that hold otherwise.
fn limits(key: &str, limits: &Limits, otherwise: &Limits, all: &mut BTreeMap<String, String>) {
    let own = Guard::ALL
        .into_iter()
        .filter(|guard| limits.get(*guard) != otherwise.get(*guard));
    all.extend(own.map(|guard| {
        let text = limits.get(guard).to_string();
        (format!("{key}.{}", guard.key()), text)
    }));
}
