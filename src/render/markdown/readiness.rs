//! Who is ready for their first day, as a message: whoever is not ready first.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::base::count::count_of;
use crate::render::readiness::{facts, heading, mark, notes, state, summary, title};
use crate::render::safe;
use crate::render::screen::Line;
use crate::render::style::Role;
use crate::render::todo::actions;
use crate::reports::readiness::{Hire, Readiness};

use super::inline::{Place, fence, inline};

/// The line by which a later run finds its own message again.
const MARK: &str = "<!-- provisor-readiness -->\n";

/// What the line about those who do not fit may take.
const REST: usize = 80;

/// Who is ready, in at most `limit` bytes: people who do not fit are left out and counted, the ready
/// ones first.
pub fn readiness(readiness: &Readiness, limit: usize) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let mut page = format!(
        "{MARK}### {}\n\n{}\n\n",
        text(&heading(readiness)),
        text(&summary(readiness))
    );
    for note in notes(readiness) {
        let _ = writeln!(page, "{}\n", text(&note));
    }
    let mut hires: Vec<&Hire> = readiness.hires.iter().collect();
    hires.sort_by_key(|hire| Reverse(hire.standing));
    let all = hires.len();
    for (index, hire) in hires.into_iter().enumerate() {
        let part = self::hire(hire, readiness);
        if page.len() + part.len() + REST > limit {
            let left = count_of(all - index, "person more", "people more");
            let _ = writeln!(page, "… and {left}");
            break;
        }
        page.push_str(&part);
    }
    page
}

fn hire(hire: &Hire, readiness: &Readiness) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let cell = |line: &Line| inline(line, Place::Cell);
    let mut part = format!("**{}**\n\n", text(&title(hire)));
    for fact in facts(hire) {
        let _ = writeln!(part, "- {}", text(&fact));
    }
    for action in actions(hire, readiness) {
        let _ = writeln!(part, "- → {}", text(&action.line()));
        let snippet: Vec<_> = action
            .snippet
            .iter()
            .map(|line| safe::sentence(line))
            .collect();
        if !snippet.is_empty() {
            let _ = writeln!(part, "\n{}", fence(&snippet.join("\n")));
        }
    }
    if !hire.apps.is_empty() {
        part.push_str("\n| | App | State |\n|---|---|---|\n");
    }
    for app in &hire.apps {
        let (_, symbol) = mark(app.standing);
        let name = Line::default().cell(Role::Strong, app.app.as_str());
        let state = cell(&state(app, readiness));
        let _ = writeln!(part, "| {symbol} | {} | {state} |", cell(&name));
    }
    part.push('\n');
    part
}
