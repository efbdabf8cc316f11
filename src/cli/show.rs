//! `show`: a saved plan, in any format.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::model::plan::Plan;
use crate::plan::saved;
use crate::render;
use crate::render::plan::Detail;

use super::arguments::{Global, PlanFormat, PlanView, ShowOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;

/// Renders a saved plan.
pub fn run(global: &Global, options: &ShowOptions, terminal: &Terminal) -> Result<Exit, Trouble> {
    let plan = read(&global.path(&options.plan), Exit::Error)?;
    print(&plan, &options.view, terminal);
    terminal.say(&format!(
        "the plan may be applied until {}",
        plan.envelope.expires
    ));
    Ok(Exit::Done)
}

/// Reads a saved plan; `refused` is the exit code if it is none that may be believed.
pub fn read(path: &Path, refused: Exit) -> Result<Plan, Trouble> {
    let unread = |error| Trouble::Read {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(saved::LARGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    saved::read(&bytes).map_err(|error| Trouble::NoPlan {
        path: path.to_owned(),
        error,
        refused,
    })
}

/// Prints a plan as it is wanted.
pub fn print(plan: &Plan, view: &PlanView, terminal: &Terminal) {
    match view.format {
        PlanFormat::Text => {
            let page = render::plan::text(plan, detail(view.full), terminal.width());
            terminal.result(&page);
        }
        PlanFormat::Markdown => {
            terminal.data(&render::markdown::plan(plan, view.max_bytes));
        }
        PlanFormat::Html => terminal.data(&render::html::plan(plan)),
        PlanFormat::Json => terminal.data(&render::json::plan(plan, render::json::Layout::Pretty)),
    }
}

/// How much of each person's changes is shown.
pub const fn detail(full: bool) -> Detail {
    if full { Detail::Full } else { Detail::Brief }
}
