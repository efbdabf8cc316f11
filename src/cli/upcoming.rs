//! `plan --upcoming`: what dates will bring, from the files alone. No app is asked, and no
//! credential resolved.

use crate::render;
use crate::render::json::Layout;
use crate::reports::upcoming::upcoming;

use super::arguments::{Global, PlanFormat, PlanOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, instant};

/// Looks so many days ahead.
pub fn run(
    global: &Global,
    days: u16,
    options: &PlanOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let clock = world::clock(global)?;
    let from = instant(&config, options.as_of.as_deref(), clock)?;
    match options.view.format {
        PlanFormat::Text => {
            let page = render::upcoming::text(&upcoming(&config, from, days), terminal.width());
            terminal.result(&page);
        }
        PlanFormat::Json => {
            terminal.data(&render::json::upcoming(
                &upcoming(&config, from, days),
                Layout::Pretty,
            ));
        }
        PlanFormat::Markdown | PlanFormat::Html => {
            return Err(Trouble::NoSuchFormat("text or json"));
        }
    }
    Ok(Exit::Done)
}
