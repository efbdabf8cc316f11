//! Why a change of a saved plan is refused: what was reviewed, and what is there (R23).

use crate::base::Foreign;
use crate::model::outcome::Refusal;

use super::impediments::sentences;
use super::screen::Line;
use super::steps::brief;
use super::style::Role;
use super::upcoming;
use super::words::date;

/// What moved since the plan was reviewed; instants as a time zone has them.
pub fn words(why: &Refusal, zone: &str) -> Line {
    let say = |words| Line::default().own(Role::Text, words);
    match why {
        Refusal::Unread => say("the app could not be read again, so that nobody can tell"),
        Refusal::Moved {
            what,
            expected,
            found,
        } => {
            let line = Line::default().cell(Role::Strong, what);
            let line = line.own(Role::Text, " moved: reviewed as ");
            let line = value(line, expected.as_ref()).own(Role::Text, ", now ");
            value(line, found.as_ref())
        }
        Refusal::Unwanted => say("the files no longer want it"),
        Refusal::Over {
            since: Some(event),
            time_zone,
        } => say("no longer wanted since ")
            .glued(Role::Text, date(event.on))
            .own(Role::Text, ": ")
            .then(upcoming::told(event, time_zone)),
        Refusal::Over { since: None, .. } => {
            say("no longer wanted: a date has passed since the plan was made")
        }
        Refusal::WantsOther { found } => {
            say("the files want something else now: ").then(brief(found))
        }
        Refusal::Withheld { why } => {
            say("it would be withheld now: ").then(sentences(why, "the app", zone).0)
        }
        Refusal::Undone { run } => say("run ")
            .cell(Role::Text, run.as_str())
            .own(Role::Text, " did it, and somebody undid it since"),
    }
}

fn value(line: Line, value: Option<&Foreign>) -> Line {
    match value {
        Some(value) if !value.is_empty() => line
            .own(Role::Text, "“")
            .cell(Role::Text, value.raw())
            .own(Role::Text, "”"),
        _ => line.own(Role::Text, "nothing"),
    }
}
