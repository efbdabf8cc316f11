//! Who has not accepted their invitation, and what becomes of it (R19).

use crate::base::count::count;
use crate::model::withheld::{Impediment, Withheld};

use super::impediments::{login, say, undone};
use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, instant_in, person};

/// One row: who, where, until when, and what waits for it.
pub(super) fn wait(item: &Withheld, zone: &str, screen: &mut Screen) {
    let mut line = Line::at(2).hang(4);
    if let Some(tag) = &item.person {
        line = line.then(person(tag)).own(Role::Quiet, DOT);
    }
    if let Some(app) = &item.app {
        line = line.cell(Role::Text, app.as_str()).own(Role::Quiet, DOT);
    }
    screen.line(line.then(standing(&item.why, zone)));
    if !item.changes.is_empty() {
        let line = Line::at(4).hang(6).own(Role::Quiet, "once accepted: ");
        screen.line(undone(line, item));
    }
}

/// Since when somebody is invited, and until when they can accept.
fn standing(why: &Impediment, zone: &str) -> Line {
    let Impediment::Acceptance { since, until } = why else {
        return Line::default();
    };
    let line = match since {
        Some(since) => say("invited ").glued(Role::Text, instant_in(*since, zone)),
        None => say("invited by this plan"),
    };
    match until {
        Some(until) => line
            .own(Role::Text, ", can accept until ")
            .glued(Role::Text, instant_in(*until, zone)),
        None => line,
    }
}

/// What happened, and what to do.
pub(super) fn sentences(why: &Impediment, app: &str, zone: &str) -> (Line, Line) {
    match why {
        Impediment::Expired {
            account,
            since,
            renewals,
        } => {
            let times = match renewals {
                0 => say(", and cannot be sent again by the app's API."),
                again => say(", sent again ")
                    .glued(Role::Text, count(usize::from(*again), "time").to_string())
                    .own(Role::Text, " before."),
            };
            (
                say("The invitation of ")
                    .then(login(account))
                    .own(Role::Text, " expired; it was sent on ")
                    .glued(Role::Text, instant_in(*since, zone))
                    .then(times),
                say("Ask them whether the mail arrives at all; then invite them in ")
                    .cell(Role::Text, app)
                    .own(Role::Text, ", or end their entry."),
            )
        }
        Impediment::Declined { account, since } => (
            say("The invitation of ")
                .then(login(account))
                .own(Role::Text, ", sent on ")
                .glued(Role::Text, instant_in(*since, zone))
                .own(
                    Role::Text,
                    ", was declined or withdrawn: it is gone before it expired.",
                ),
            say("Ask them. If they should come, invite them in ")
                .cell(Role::Text, app)
                .own(Role::Text, ", which is then adopted; else end their entry."),
        ),
        Impediment::WentAway { account } => (
            login(account).own(
                Role::Text,
                " was in use and is gone, and no run of ours did it: they left by themselves, or \
                 somebody removed them.",
            ),
            say("Ask them. If they should come back, invite them in ")
                .cell(Role::Text, app)
                .own(Role::Text, ", which is then adopted; else end their entry."),
        ),
        _ => (
            say("They have not accepted their invitation yet: ")
                .then(standing(why, zone))
                .own(Role::Text, "."),
            say("Nothing to do: the next run goes on once they have."),
        ),
    }
}
