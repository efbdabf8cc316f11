//! `show`: a saved plan, in any format.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::model::plan::Plan;
use crate::plan::saved;
use crate::render;
use crate::render::Shown;
use crate::render::plan::Detail;

use super::arguments::{Global, PlanFormat, PlanView, ShowOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Renders a saved plan.
pub fn run(global: &Global, options: &ShowOptions, terminal: &Terminal) -> Result<Exit, Trouble> {
    let plan = read(&global.path(&options.plan), Exit::Error)?;
    let shown = seen(&plan, global);
    print(shown, &options.view, terminal);
    if !shown.is_stale() {
        let expires = plan.envelope.expires;
        terminal.say(&format!("the plan may be applied until {expires}"));
    }
    Ok(Exit::Done)
}

/// The plan as of now. A rehearsal's time is that of its story: without `--sandbox` it is not known.
fn seen<'a>(plan: &'a Plan, global: &Global) -> Shown<'a> {
    let now = (plan.envelope.rehearsal == global.sandbox).then(|| world::clock(global));
    match now {
        Some(Ok(clock)) => Shown::at(plan, clock.now()),
        // There is no story to read: the plan can be shown all the same.
        Some(Err(_)) | None => Shown::from(plan),
    }
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
pub fn print<'a>(plan: impl Into<Shown<'a>>, view: &PlanView, terminal: &Terminal) {
    let shown = plan.into();
    match view.format {
        PlanFormat::Text => {
            let page = render::plan::text(shown, detail(view.full), terminal.width());
            terminal.result(&page);
        }
        PlanFormat::Markdown => {
            terminal.data(&render::markdown::plan(shown, view.max_bytes));
        }
        PlanFormat::Html => terminal.data(&render::html::plan(shown)),
        PlanFormat::Json => terminal.data(&render::json::plan(
            shown.plan,
            render::json::Layout::Pretty,
        )),
    }
}

/// How much of each person's changes is shown.
pub const fn detail(full: bool) -> Detail {
    if full { Detail::Full } else { Detail::Brief }
}
