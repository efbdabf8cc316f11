//! `plan --base`: what an edit means for people, from the files alone. No app is asked, and no
//! credential of one resolved.

use crate::config::Config;
use crate::render;
use crate::render::json::Layout;
use crate::reports::impact::{Side, impact};
use crate::state::Store;

use super::arguments::{Global, PlanFormat, PlanOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, instant};
use super::{against, revision};

/// Compares the files with a Git revision of them.
pub async fn run(
    global: &Global,
    base: &str,
    options: &PlanOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if options.view.format == PlanFormat::Html {
        return Err(Trouble::NoSuchFormat("text, markdown or json"));
    }
    let config = world::load(global, terminal)?;
    let clock = world::clock(global)?;
    let as_of = instant(&config, options.as_of.as_deref(), clock)?;
    let revision = revision::extract(&global.folder, base)?;
    let loaded = Config::load(revision.folder(), &world::trust());
    let Some(before) = loaded.config else {
        terminal.insist(&format!("in {}:", revision.name()));
        return Err(Trouble::Files {
            diagnostics: loaded.diagnostics,
            sources: loaded.sources,
        });
    };
    let earlier = crate::desired::at(&before, as_of);
    let now = crate::desired::at(&config, as_of);
    let side = |config, desired| Side { config, desired };
    let observed = match options.against {
        Some(which) => {
            let store = Store::at(&world::state(global, &config))?;
            let zone = &config.organisation.time_zone;
            let found = against::find(&store, which, zone).await?;
            Some(against::readings(&store, &found, &config).await?)
        }
        None => None,
    };
    let found = impact(
        revision.name(),
        side(&before, &earlier),
        side(&config, &now),
        observed.as_ref(),
    );
    match options.view.format {
        PlanFormat::Json => terminal.data(&render::json::impact(&found, Layout::Pretty)),
        PlanFormat::Markdown => {
            terminal.data(&render::markdown::impact(&found, options.view.max_bytes));
        }
        PlanFormat::Text | PlanFormat::Html => {
            terminal.result(&render::impact::text(&found, terminal.width()));
        }
    }
    Ok(Exit::Done)
}
