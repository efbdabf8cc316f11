//! Whole folders, read as a user would have them.

mod approvals;
mod attributes;
mod cascades;
mod credentials;
mod dialects;
mod examples;
mod mistakes;
mod notify;
mod pieces;
mod semantics;
mod state;

use std::path::Path;

use crate::base::Diagnostic;

use super::{Config, Loaded, Trust};

/// A sound `provisor.toml` with one app, `directory`.
pub(super) const SETTINGS: &str = r#"
[organisation]
name = "Example"
domains = ["example.com"]
time_zone = "America/Los_Angeles"

[apps.directory]
kind = "scim"
url = "http://127.0.0.1:8080/scim/v2/"
credentials = { token = { env = "TOKEN" } }
mode = "enforce"
"#;

/// Sound profiles.
pub(super) const PROFILES: &str = r#"
[profiles.ENG.apps.directory]
groups = ["Everyone", "Engineering"]
[profiles.OPS.apps.directory]
groups = ["Everyone"]
"#;

/// A folder with files.
pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Loads three texts.
pub(super) fn load(settings: &str, profiles: &str, people: &str) -> Loaded {
    let folder = folder(&[
        ("provisor.toml", settings),
        ("profiles.toml", profiles),
        ("people.toml", people),
    ]);
    Config::load(folder.path(), &Trust::none())
}

/// The configuration of sound settings and profiles with these people.
pub(super) fn people(people: &str) -> Loaded {
    load(SETTINGS, PROFILES, people)
}

/// A configuration that must be sound.
pub(super) fn sound(loaded: Loaded) -> Config {
    let shown = shown(&loaded);
    loaded.config.unwrap_or_else(|| panic!("{shown:#?}"))
}

/// One line per diagnostic: place and code.
pub(super) fn shown(loaded: &Loaded) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| match diagnostic.labels.first() {
        Some(label) => format!("{} {}", loaded.sources.locate(label.site), diagnostic.code),
        None => format!("{} {}", diagnostic.code, diagnostic.message),
    };
    loaded.diagnostics.iter().map(line).collect()
}

/// The codes alone.
pub(super) fn codes(loaded: &Loaded) -> Vec<&'static str> {
    loaded
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

/// A file or folder of this repository.
pub(super) fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A person, with more lines of their entry.
pub(super) fn person(id: &str, more: &str) -> String {
    format!(
        "[[people]]\nid = \"{id}\"\nname = {{ given = \"P\", family = \"{id}\" }}\nemail = \
         \"p{id}@example.com\"\n{more}\n"
    )
}

/// The lines of an ordinary employment.
pub(super) const EMPLOYED: &str = "job_code = \"ENG\"\nstart_date = 2026-01-05";
