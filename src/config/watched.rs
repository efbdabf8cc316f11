//! The settings whose change is told above all else (R20): what provisor may do, where, to whom, how
//! much of it, and what runs on this machine.

use std::collections::BTreeMap;

use crate::apps::CredentialSource;
use crate::model::desired::BundleApp;
use crate::model::guard::{Guard, Limits};
use crate::model::name::{AppName, PersonId, ProfileKey};

use super::settings::USUAL_STATE;
use super::{
    Allowance, AppConfig, Config, Drift, Lifecycle, Rollout, Separation, Surplus, Unmanaged,
};

impl Config {
    /// These settings as text, by their keys in the files; a limit only where it is not the
    /// ordinary one, a list only where it is not empty.
    pub fn watched(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        if self.state_url != USUAL_STATE {
            all.insert("state.url".to_owned(), self.state_url.clone());
        }
        if let Some(key) = &self.sign_with {
            all.insert("state.sign_with".to_owned(), key.words());
        }
        for (name, channel) in &self.notify {
            all.insert(format!("notify.{name}"), channel.words());
        }
        limits("guards", &self.guards, &Limits::default(), &mut all);
        // No guard counts what closed accounts lose: that it goes sooner is for a reviewer to see.
        if self.lifecycle.release_after != Lifecycle::default().release_after {
            let days = format!("{} days", self.lifecycle.release_after);
            all.insert("lifecycle.release_after".to_owned(), days);
        }
        if let Some(rollout) = &self.rollout {
            scope(rollout, &mut all);
        }
        for allowance in &self.allowances {
            allowed(allowance, &mut all);
        }
        for rule in &self.separations {
            let key = format!("separation.{}", rule.name.raw());
            say(&key, &self.kept_apart(rule), &mut all);
        }
        for (name, app) in &self.apps {
            let mut own = BTreeMap::new();
            app_settings(app, &mut own);
            limits("guards", &app.guards, &self.guards, &mut own);
            administrators(app, &mut own);
            let keyed = own
                .into_iter()
                .map(|(key, text)| (format!("apps.{name}.{key}"), text));
            all.extend(keyed);
        }
        all
    }

    /// `directory groups Marketing / directory groups Sales (SOX 404)`
    fn kept_apart(&self, rule: &Separation) -> String {
        let of_app = |(app, gives): (&AppName, &BundleApp)| {
            let description = &self.apps[app].description;
            let values = gives.entitlements.iter().map(|one| {
                let level = one.level.as_ref().map(|level| format!(" as {level}"));
                let kind = &description.kind(one.kind).name;
                format!("{app} {kind} {}{}", one.value, level.unwrap_or_default())
            });
            values.collect::<Vec<_>>().join(", ")
        };
        let sides = rule.sides.iter().map(|side| {
            let apps: Vec<String> = side.iter().map(of_app).collect();
            apps.join(", ")
        });
        let sides: Vec<String> = sides.collect();
        format!("{} ({})", sides.join(" / "), rule.reason.raw())
    }
}

/// Adds a text to those of the same key.
fn say(key: &str, text: &str, all: &mut BTreeMap<String, String>) {
    let known = all.entry(key.to_owned()).or_default();
    if !known.is_empty() {
        known.push_str("; ");
    }
    known.push_str(text);
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
    let kinds = app.description.entitlements.iter().zip(&app.authority);
    for (kind, authority) in kinds.filter(|(kind, authority)| kind.authority != **authority) {
        say(
            &format!("authority.{}", kind.name),
            authority.word().to_owned(),
        );
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

/// `allow.slack.deactivate`: `7 until 2026-04-01 (INC-7)`
fn allowed(allowance: &Allowance, all: &mut BTreeMap<String, String>) {
    let Allowance {
        app,
        guard,
        number,
        reason,
        until,
        site: _,
    } = allowance;
    let word = guard.word();
    let key = match app {
        Some(app) => format!("allow.{app}.{word}"),
        None => format!("allow.{word}"),
    };
    let text = format!("{number} until {until} ({})", reason.raw());
    say(&key, &text, all);
}

/// What makes an administrator, per entitlement kind.
fn administrators(app: &AppConfig, own: &mut BTreeMap<String, String>) {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in &app.administrators {
        let kind = &app.description.kind(one.kind).name;
        let level = one.level.as_ref().map(|level| format!(" as {level}"));
        let text = format!("{}{}", one.value, level.unwrap_or_default());
        kinds.entry(kind).or_default().push(text);
    }
    let kinds = kinds.into_iter();
    own.extend(kinds.map(|(kind, texts)| (format!("administrators.{kind}"), texts.join(", "))));
}

/// Limits that differ from those that hold otherwise.
fn limits(key: &str, limits: &Limits, otherwise: &Limits, all: &mut BTreeMap<String, String>) {
    let own = Guard::ALL
        .into_iter()
        .filter(|guard| limits.get(*guard) != otherwise.get(*guard));
    all.extend(own.map(|guard| {
        let limit = limits.get(guard);
        let text = match guard {
            Guard::Administrators => limit.least.to_string(),
            _ => limit.to_string(),
        };
        (format!("{key}.{}", guard.key()), text)
    }));
}
