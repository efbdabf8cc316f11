//! What the files allow by its exact number and a plan does not use (R20): it says so, since an
//! entry that lies there allows something yet, or was meant to.

use crate::base::count::thousands;
use crate::model::allowance::{Unused, WhyUnused};
use crate::model::plan::Body;

use super::screen::Line;
use super::style::Role;
use super::words::{date, place};

/// One line per entry: `⚠ slack.deactivate=7 is not applied: this plan has 9 · approvals.toml:12`
pub fn lines(body: &Body) -> impl Iterator<Item = Line> + '_ {
    body.unused.iter().map(line)
}

fn line(unused: &Unused) -> Line {
    let Unused { allowed, why } = unused;
    let until = allowed.entry.as_ref().map(|entry| date(entry.until));
    let until = until.unwrap_or_default();
    let (role, sign) = match why {
        WhyUnused::NotNeeded => (Role::Quiet, "· "),
        _ => (Role::Warning, "⚠ "),
    };
    let line = Line::at(2)
        .hang(4)
        .own(role, sign)
        .cell(Role::Strong, allowed.to_string());
    let line = match why {
        WhyUnused::OtherNumber { planned } => line
            .own(Role::Text, " is not applied: this plan has ")
            .glued(Role::Strong, thousands(*planned)),
        WhyUnused::NotNeeded => line
            .own(Role::Text, " is not needed, and stands until ")
            .glued(Role::Text, until),
        WhyUnused::CommandLine => line.own(
            Role::Text,
            " is not applied: the command line says what is allowed of this",
        ),
        WhyUnused::UsedUp => line.own(
            Role::Text,
            " is used up: it served one run; take it out, or say why another may",
        ),
        WhyUnused::Unreviewed => line.own(Role::Text, " is not applied: nobody reviewed it yet"),
        WhyUnused::Expired => line
            .own(Role::Text, " allows nothing since ")
            .glued(Role::Text, until)
            .own(Role::Text, ": take it out"),
    };
    line.then(place(allowed.entry.as_ref().map(|entry| &entry.at)))
}
