//! What is done without a review (R24): what the merged files plus the clock, or a retry, cause.

use jiff::Timestamp;

use crate::config::{Config, Drift};
use crate::model::change::{Cause, Change, PersonTag, Verb};
use crate::model::desired::{Closing, Desired, Want};
use crate::model::history::History;
use crate::model::plan::{Impediment, Withheld, WithheldState};

use super::cause::same;
use super::privileged;
use super::withhold::Verdict;

/// Tells what is due from what waits for a review.
pub struct Due<'a> {
    config: &'a Config,
    now: &'a Desired,
    /// Today's files at the moment of the last run that somebody reviewed.
    then: Desired,
}

impl<'a> Due<'a> {
    /// Compares with the last run that somebody reviewed; without one nothing can be told.
    pub fn new(config: &'a Config, now: &'a Desired, history: &History) -> Option<Self> {
        let then = crate::desired::at(config, reviewed(history)?);
        Some(Self { config, now, then })
    }

    /// Why a change is left to a review; `None` if it is due.
    pub fn leaves(&self, change: &Change) -> Option<Verdict> {
        let cause = change.cause;
        let is_due = match cause {
            Cause::Clock | Cause::Retry => true,
            Cause::Drift => self.config.apps[&change.app].drift == Drift::Revert,
            // An edit that waits for its own run holds up nobody's leaving.
            Cause::Files => self.cuts(change),
        };
        let verdict = (WithheldState::Unreviewed, Impediment::Unreviewed { cause });
        (!is_due).then_some(verdict)
    }

    /// Takes what is held or blocked and not due either for what it is: not this run's.
    pub fn mark(&self, withheld: &mut [Withheld]) {
        for item in withheld.iter_mut().filter(|item| item.state.is_wanted()) {
            let is_due = if item.changes.is_empty() {
                self.is_moved(item.person.as_ref())
            } else {
                let mut changes = item.changes.iter();
                changes.any(|change| self.leaves(change).is_none())
            };
            if !is_due {
                item.state = WithheldState::Unreviewed;
            }
        }
    }

    /// True for the closing of somebody whose access ended since that run, whatever else the files
    /// say since.
    fn cuts(&self, change: &Change) -> bool {
        let person = self.person(change.person.as_ref());
        let app = self.now.apps.binary_search(&change.app);
        let (Some(person), Ok(app)) = (person, app) else {
            return false;
        };
        let left =
            |desired: &Desired| matches!(desired.want(person, app), Want::Closed(Closing::Left(_)));
        let closes = matches!(change.action.verb(), Verb::Deactivate | Verb::Revoke);
        closes && left(self.now) && !left(&self.then)
    }

    /// True if a date since that run changed what somebody should have.
    fn is_moved(&self, person: Option<&PersonTag>) -> bool {
        let Some(person) = self.person(person) else {
            return false;
        };
        differs(&self.then, self.now, person)
    }

    fn person(&self, tag: Option<&PersonTag>) -> Option<usize> {
        let people = &self.config.people;
        let id = &tag?.id;
        people.binary_search_by(|known| known.id.cmp(id)).ok()
    }
}

/// The moment of the last run that somebody reviewed.
pub fn reviewed(history: &History) -> Option<Timestamp> {
    let last = history.last.as_ref()?;
    Some(last.reviewed.unwrap_or(last.as_of))
}

/// True if a date between two instants changed what somebody should have.
pub fn date_passed(config: &Config, then: Timestamp, now: Timestamp) -> bool {
    let people = crate::desired::touched(config, then, now);
    let [before, after] = [then, now].map(|at| crate::desired::of(config, at, &people));
    let moved = |place| differs(&before, &after, place);
    let approved = |person: &usize| {
        let person = &config.people[*person];
        privileged::same(config, person, then, now)
    };
    (0..people.len()).any(moved) || !people.iter().all(approved)
}

/// True if two moments want something else of a person, by index, in some app.
fn differs(then: &Desired, now: &Desired, person: usize) -> bool {
    (0..now.apps.len()).any(|app| !same(then, now, person, app))
}
