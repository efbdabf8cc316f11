//! `validate`: every problem of the files at once, offline.

use crate::base::Severity;
use crate::base::count::{count, count_of};
use crate::config::Config;

use super::arguments::Global;
use super::exit::Exit;
use super::terminal::Terminal;
use super::world::trust;

/// Fails on either size of mistake: what breaks the structure, and what holds one person.
pub fn run(global: &Global, terminal: &Terminal) -> Exit {
    let loaded = Config::load(&global.folder, &trust());
    terminal.problems(&loaded.diagnostics, &loaded.sources);
    if let Some(config) = &loaded.config {
        terminal.say(&format!(
            "{}, {}, {}",
            count_of(config.people.len(), "person", "people"),
            count(config.profiles.len(), "profile"),
            count(config.apps.len(), "app")
        ));
    }
    let wrong = loaded
        .diagnostics
        .iter()
        .any(|one| one.severity != Severity::Warning);
    if wrong || loaded.config.is_none() {
        Exit::Error
    } else {
        Exit::Done
    }
}
