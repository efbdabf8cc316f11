//! Sentences of rules that no room has tests of its own for, by plans in memory: a file per group of
//! rules.

mod holds;
mod order;
mod safe;
mod who;
mod whose;

use provisor::config::Config;
use provisor::model::plan::Plan;
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::world::{Account, PROFILES, SETTINGS, Source, World, account, config, person};

/// Both apps, which have nothing to do with each other.
pub const BOTH: &str = r#"
[profiles.SALES]
[profiles.SALES.apps.directory]
groups = ["Everyone", "Sales"]
[profiles.SALES.apps.crm]
groups = ["Everyone"]
"#;

pub fn files(people: &[String]) -> Config {
    config(SETTINGS, PROFILES, &people.concat())
}

pub fn in_app(line: &str, people: &[String]) -> Config {
    config(&format!("{SETTINGS}{line}\n"), PROFILES, &people.concat())
}

pub fn priya(rest: &str) -> String {
    person("7", "Priya", "SALES", "2020-01-01", rest)
}

pub fn apart() -> World {
    let mut world = World::default();
    world.source = Source::Apart;
    world
}

pub fn page(planned: &Plan) -> String {
    text(planned, Detail::Full, 200).to_text(Colour::Plain)
}

/// An account that stores nobody's id.
pub fn by_address(given: &str, groups: &[&str]) -> Account {
    account("", given, groups)
}
