//! What is due and stands in no reviewed plan: reported and not done (R23).

use crate::base::count::count;
use crate::model::change::Change;

use super::people::and_more;
use super::screen::{Line, Screen};
use super::steps::brief;
use super::style::Role;
use super::words::{DOT, person};

/// How many are listed.
const LISTED: usize = 10;

/// Changes that are due and were not reviewed, as a page.
pub fn text(changes: &[Change], width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(
        Line::default()
            .hang(2)
            .own(Role::Warning, "New since the plan")
            .own(Role::Quiet, DOT)
            .glued(Role::Quiet, count(changes.len(), "change").to_string())
            .own(Role::Quiet, " not reviewed, so not done: plan again"),
    );
    for change in changes.iter().take(LISTED) {
        let mut line = Line::at(2).hang(4).then(brief(change));
        if let Some(tag) = &change.person {
            line = line.own(Role::Quiet, DOT).then(person(tag));
        }
        screen.line(line);
    }
    let more = and_more(Line::at(1), changes.len(), LISTED);
    if !more.is_empty() {
        screen.line(more);
    }
    screen
}
