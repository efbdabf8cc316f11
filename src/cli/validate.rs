//! `validate`: every problem of the files at once, offline.

use crate::base::Severity;
use crate::base::count::{count, count_of};
use crate::config::Config;

use super::arguments::Global;
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, trust};

/// Fails on either size of mistake: what breaks the structure, and what holds one person.
pub fn run(global: &Global, terminal: &Terminal) -> Exit {
    let loaded = Config::load(&global.folder, &trust());
    terminal.problems(&loaded.diagnostics, &loaded.sources);
    if let (Some(config), Ok(clock)) = (&loaded.config, world::clock(global)) {
        let zone = config.organisation.time_zone.clone();
        let today = clock.started().to_zoned(zone).date();
        terminal.problems(&config.expired_allowances(today), &loaded.sources);
    }
    if let Some(config) = &loaded.config {
        terminal.problems(&config.unguarded_administrators(), &loaded.sources);
    }
    let rehearsal = global
        .sandbox
        .then(|| rehearsal(global, loaded.config.as_ref()));
    let rehearsal = rehearsal.and_then(Result::err);
    let told = rehearsal.is_some();
    if let Some(trouble) = rehearsal {
        terminal.trouble(trouble);
    }
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
    if wrong || told || loaded.config.is_none() {
        Exit::Error
    } else {
        Exit::Done
    }
}

/// Reads `sandbox.toml`, and holds it against the apps where those are sound.
fn rehearsal(global: &Global, config: Option<&Config>) -> Result<(), Trouble> {
    let spec = world::spec(&global.folder)?;
    if let Some(config) = config {
        crate::sandbox::check(&world::simulations(config), &spec)?;
    }
    Ok(())
}
