//! A notice in the room that a medium has for it.

use crate::base::count::count;
use crate::base::foreign::escape;
use crate::model::notice::{Notice, Section};

/// The room that a medium has, by its own measure.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// For all lines.
    pub all: usize,
    /// For those of one section.
    pub section: usize,
    /// What a line takes besides its text.
    pub line: usize,
}

/// Characters of the longest line, and of the longest title.
const LINE: usize = 400;
const TITLE: usize = 140;

/// The headline: one line, not too long, and not empty, which chats refuse.
pub fn title(notice: &Notice) -> String {
    match escape(&notice.headline()) {
        blank if blank.trim().is_empty() => "A notice of provisor".to_owned(),
        headline => cut(&headline, TITLE),
    }
}

/// The sections, as far as there is room, in their order; each says how many of its lines are left
/// out. `size` measures a text as the medium does.
pub fn sections(notice: &Notice, room: Room, size: impl Fn(&str) -> usize) -> Vec<Section> {
    let rest = |left_out: usize| {
        format!(
            "… and {}, for which there is no room here",
            count(left_out, "more line")
        )
    };
    // Kept free for what is left out of each.
    let reserve = size(&rest(usize::MAX)) + room.line;
    let mut all = room.all;
    let fitted = notice.sections.iter().map(|section| {
        let heading = cut(&escape(&section.heading), TITLE);
        all = all.saturating_sub(size(&heading) + room.line + reserve);
        let mut own = room.section.saturating_sub(reserve);
        let mut lines = Vec::new();
        for line in &section.lines {
            // Inert already, whoever made it: this is the last door before others read it.
            let line = cut(&escape(line), LINE);
            let needed = size(&line) + room.line;
            let (Some(of_all), Some(of_own)) = (all.checked_sub(needed), own.checked_sub(needed))
            else {
                break;
            };
            (all, own) = (of_all, of_own);
            lines.push(line);
        }
        if lines.len() < section.lines.len() {
            lines.push(rest(section.lines.len() - lines.len()));
        }
        Section { heading, lines }
    });
    fitted.collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    kept + "…"
}
