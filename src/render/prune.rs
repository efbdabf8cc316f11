//! What is pruned, and what was.

use crate::base::count::count;
use crate::state::prune::Doomed;
use crate::state::tombstone::Tombstone;

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, instant};

/// What is about to go, and what stays.
pub fn doomed(doomed: &Doomed, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    if !doomed.is_named() {
        let line = Line::default()
            .hang(2)
            .own(Role::Remove, "- ")
            .own(Role::Text, "what snapshots up to ")
            .glued(Role::Strong, doomed.until.to_string())
            .own(Role::Text, " hold of people, all written before ")
            .glued(Role::Text, instant(doomed.before))
            .own(Role::Text, ": ")
            .glued(
                Role::Strong,
                count(doomed.objects.len(), "object").to_string(),
            )
            .own(
                Role::Text,
                " (readings, memory, plans), and the journals and logs of ",
            )
            .glued(Role::Strong, count(doomed.runs.len(), "run").to_string());
        screen.line(line);
    }
    let left = doomed.left_objects.len() + doomed.left_runs.len();
    if left > 0 {
        let line = Line::default()
            .hang(2)
            .own(Role::Remove, "- ")
            .glued(Role::Strong, count(left, "piece").to_string())
            .own(Role::Text, " that an earlier pruning left, which died");
        screen.line(line);
    }
    screen.line(Line::default().hang(2).own(
        Role::Quiet,
        "  What stays: all manifests, what the last snapshot and those since name, what guards still \
         count, orders, and the digest of each piece that goes.",
    ));
    screen
}

/// Why a snapshot tells nothing of accounts any more.
pub fn shown(tombstone: &Tombstone, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.blank();
    screen.line(
        Line::default()
            .hang(2)
            .own(Role::Warning, "⚠ pruned on ")
            .glued(Role::Text, instant(tombstone.at))
            .own(Role::Text, " by ")
            .cell(Role::Text, tombstone.actor.raw())
            .own(Role::Quiet, DOT)
            .sentence(Role::Text, tombstone.reason.raw())
            .own(Role::Quiet, DOT)
            .own(Role::Text, "of what it held, digests are left"),
    );
    screen
}
