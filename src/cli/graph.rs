//! `graph`: the apps, or the changes of a plan, as Mermaid or DOT.

use crate::config::Config;
use crate::render::graph::{Dependency, Language, apps, changes};

use super::arguments::{Global, GraphOptions};
use super::exit::Exit;
use super::plan;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{World, load};

/// Draws the apps, from the files alone, or the changes that are due.
pub async fn run(
    global: &Global,
    options: &GraphOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let language = if options.dot {
        Language::Dot
    } else {
        Language::Mermaid
    };
    if !options.changes {
        let config = load(global, terminal)?;
        terminal.data(&apps(config.apps.keys(), &dependencies(&config), language));
        return Ok(Exit::Done);
    }
    let world = World::open(global, terminal).await?;
    let as_of = world.as_of(None)?;
    let planned = plan::made(
        &world,
        as_of,
        plan::LIFETIME,
        Vec::new(),
        None,
        (global, terminal),
    )
    .await?;
    terminal.data(&changes(&planned.body, language));
    Ok(plan::exit(&planned, false))
}

fn dependencies(config: &Config) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (name, app) in &config.apps {
        let provided = app.provisioned_by.iter();
        found.extend(provided.map(|by| Dependency {
            before: by.app.clone(),
            after: name.clone(),
            provides: by.groups.clone(),
        }));
        found.extend(app.after.iter().map(|before| Dependency {
            before: before.clone(),
            after: name.clone(),
            provides: Vec::new(),
        }));
    }
    found.sort();
    found
}
