//! What changed outside of provisor, as a page of Markdown: a row per change.

use std::fmt::Write as _;

use crate::render::difference::{account, whose};
use crate::render::drift::{compared, heading, next, notes, ours, summary, unrecorded, what};
use crate::render::screen::Line;
use crate::reports::drift::{Drift, Drifted};

use super::impact::table;
use super::inline::{Place, inline};

/// The line by which a later run finds its own page again.
const MARK: &str = "<!-- provisor-drift -->\n";

/// What changed, in at most `limit` bytes: rows that do not fit are left out and counted.
pub fn drift(drift: &Drift, limit: usize) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let mut page = format!(
        "{MARK}### {}\n\n{}\n\n",
        text(&heading(drift)),
        text(&summary(drift))
    );
    for note in notes(drift) {
        let _ = writeln!(page, "{}\n", text(&note));
    }
    let mut rest = String::new();
    let mut list = |title: &str, lines: Vec<Line>| {
        if !lines.is_empty() {
            let _ = writeln!(rest, "**{title}**\n");
            for line in &lines {
                let _ = writeln!(rest, "- {}", text(line));
            }
            rest.push('\n');
        }
    };
    list("No drift", drift.explained.iter().map(ours).collect());
    let runs = drift.runs.iter().map(|run| unrecorded(run, drift));
    list("Runs without a snapshot", runs.collect());
    let apps = drift.apps.iter().map(|app| compared(app, drift));
    list("What was compared", apps.collect());
    table(
        &mut page,
        "| Person | Account | Change | Next plan |\n|---|---|---|---|\n",
        drift.entries.iter().map(|one| row(one, drift)).collect(),
        limit.saturating_sub(rest.len()),
    );
    if page.len() + rest.len() <= limit {
        page.push_str(&rest);
    }
    page
}

fn row(drifted: &Drifted, drift: &Drift) -> String {
    let cell = |line: &Line| inline(line, Place::Cell);
    format!(
        "| {} | {} | {} | {} |\n",
        cell(&whose(drifted.entry.person.as_ref())),
        cell(&account(&drifted.entry)),
        cell(&what(drifted)),
        cell(&next(drifted, &drift.time_zone))
    )
}
