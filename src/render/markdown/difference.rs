//! What changed between two snapshots, as a page of Markdown: a row per change, what no run explains
//! first.

use std::fmt::Write as _;

use crate::render::difference::{
    account, because, change, compared, heading, notes, run, summary, whose,
};
use crate::render::screen::Line;
use crate::reports::difference::{Difference, Entry};

use super::impact::table;
use super::inline::{Place, inline};

/// The line by which a later run finds its own page again.
const MARK: &str = "<!-- provisor-difference -->\n";

/// What changed, in at most `limit` bytes: rows that do not fit are left out and counted.
pub fn difference(difference: &Difference, limit: usize) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let mut page = format!(
        "{MARK}### {}\n\n{}\n\n",
        text(&heading(difference)),
        text(&summary(difference))
    );
    for note in notes(difference) {
        let _ = writeln!(page, "{}\n", text(&note));
    }
    let mut rest = String::new();
    if !difference.runs.is_empty() {
        rest.push_str("**Runs in between**\n\n");
        for told in &difference.runs {
            let _ = writeln!(rest, "- {}", text(&run(told, difference)));
        }
        rest.push('\n');
    }
    rest.push_str("**What was compared**\n\n");
    for app in &difference.apps {
        let _ = writeln!(rest, "- {}", text(&compared(app, difference)));
    }
    let (unexplained, explained): (Vec<_>, Vec<_>) = difference
        .entries
        .iter()
        .partition(|one| one.is_unexplained());
    let rows = unexplained.into_iter().chain(explained).map(row);
    table(
        &mut page,
        "| Person | Account | Change | Why |\n|---|---|---|---|\n",
        rows.collect(),
        limit.saturating_sub(rest.len()),
    );
    if page.len() + rest.len() <= limit {
        page.push_str(&rest);
    }
    page
}

fn row(entry: &Entry) -> String {
    let cell = |line: &Line| inline(line, Place::Cell);
    format!(
        "| {} | {} | {} | {} |\n",
        cell(&whose(entry.person.as_ref())),
        cell(&account(entry)),
        cell(&change(entry)),
        cell(&because(entry))
    )
}
