//! What an edit means for people, as one comment of a pull request.

use std::fmt::Write as _;

use crate::render::impact::{
    entry, free, heading, list, needed, number_of_lines, origin, pool, settings, summary, who,
};
use crate::render::screen::Line;
use crate::reports::impact::Impact;

use super::inline::{Place, inline};

/// The line by which a later run finds its own comment again.
const MARK: &str = "<!-- provisor-impact -->\n";

/// An impact as Markdown of at most `limit` bytes: rows that do not fit are left out and counted.
pub fn impact(impact: &Impact, limit: usize) -> String {
    let cell = |line: &Line| inline(line, Place::Cell);
    let mut page = format!("{MARK}### {}\n\n", inline(&heading(impact), Place::Text));
    let _ = writeln!(page, "{}\n", inline(&summary(impact), Place::Text));
    if let Some(line) = settings(impact) {
        let _ = writeln!(page, "{}\n", inline(&line, Place::Text));
    }
    let pools = impact.seats.iter().map(|one| {
        format!(
            "| {} | {} | {} |\n",
            cell(&pool(one)),
            cell(&needed(one)),
            cell(&free(one))
        )
    });
    let head = "**Seats**\n\n| Pool | Needed | Left |\n|---|---|---|\n";
    table(&mut page, head, pools.collect(), limit);
    let lines = impact.lines.iter().map(|line| {
        let (gained, lost) = match (line.removed, line.people.len()) {
            (false, number) => (number, 0),
            (true, number) => (0, number),
        };
        format!(
            "| {} | {gained} | {lost} | {} |\n",
            cell(&origin(line)),
            cell(&who(line))
        )
    });
    let title = format!("**{} changed**\n\n", number_of_lines(impact));
    let head = "| Line | People + | People − | Who |\n|---|--:|--:|---|\n";
    table(&mut page, &(title + head), lines.collect(), limit);
    let people = impact.people.iter().map(|one| {
        let (gained, lost) = (list(&one.gained), list(&one.lost));
        format!(
            "| {} | {} | {} |\n",
            cell(&entry(one)),
            cell(&gained),
            cell(&lost)
        )
    });
    let head = "**Entries of people**\n\n| Person | Gains | Loses |\n|---|---|---|\n";
    table(&mut page, head, people.collect(), limit);
    page
}

/// As many rows as there is space for, and how many there is none for.
pub(super) fn table(page: &mut String, head: &str, rows: Vec<String>, limit: usize) {
    /// What the line below a table that is cut may take.
    const REST: usize = 80;
    if rows.is_empty() || page.len() + head.len() + REST > limit {
        return;
    }
    page.push_str(head);
    let all = rows.len();
    for (index, row) in rows.into_iter().enumerate() {
        if page.len() + row.len() + REST > limit {
            let _ = writeln!(page, "\n… and {} more\n", all - index);
            return;
        }
        page.push_str(&row);
    }
    page.push('\n');
}
