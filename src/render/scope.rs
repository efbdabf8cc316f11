//! What a plan leaves out: the apps, if it was made from a snapshot, and other people's changes.

use crate::base::count::count;
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Against, Body, Selection};

use super::screen::Line;
use super::style::Role;
use super::words::instant_in;

/// A line for each.
pub fn warnings(body: &Body) -> impl Iterator<Item = Line> {
    let against = body.against.iter();
    let against = against.map(|against| offline(against, &body.time_zone));
    against.chain(body.selection.iter().map(selected))
}

fn offline(against: &Against, zone: &str) -> Line {
    Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ offline")
        .own(Role::Text, ": no app was asked. This is against ")
        .glued(Role::Text, format!("snapshot {}", against.serial))
        .own(Role::Text, " of ")
        .glued(Role::Text, instant_in(against.written, zone))
        .own(Role::Text, "; it cannot be applied.")
}

fn selected(selection: &Selection) -> Line {
    let mut line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ a part")
        .own(Role::Text, ": only what concerns ");
    let people = selection.people.iter().map(PersonId::as_str);
    let apps = selection.apps.iter().map(AppName::as_str);
    for (index, name) in people.chain(apps).enumerate() {
        line = line
            .own(Role::Text, if index == 0 { "" } else { ", " })
            .cell(Role::Strong, name);
    }
    let are = if selection.left_out == 1 {
        " is"
    } else {
        " are"
    };
    line.own(Role::Text, ", and what that requires; ")
        .glued(Role::Text, count(selection.left_out, "change").to_string())
        .own(Role::Text, are)
        .own(Role::Text, " left out.")
}
