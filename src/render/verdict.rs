//! What to think of a plan, in two words, and how much of each kind it holds.

use crate::model::change::{Change, Verb};
use crate::model::plan::Body;
use crate::model::withheld::WithheldState;

use super::plan::unread;
use super::shown::Shown;

/// What to think of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was saved, and its time is over.
    Stale,
    /// An app could not be read, or not wholly.
    Incomplete,
    /// A guard refuses something.
    Blocked,
    /// Somebody loses something, comes back, is given power, or is held: a human should look.
    Review,
    /// Accounts and access are given, and nothing else.
    Ready,
    /// Nothing.
    Nothing,
}

impl Verdict {
    /// The verdict on a plan.
    pub fn of(shown: Shown<'_>) -> Self {
        let body = &shown.plan.body;
        let looked_at = |change: &Change| {
            change.privileged
                || matches!(
                    change.action.verb(),
                    Verb::Deactivate | Verb::Revoke | Verb::Reactivate
                )
        };
        if shown.is_stale() {
            Self::Stale
        } else if body.tripped().next().is_some() {
            Self::Blocked
        } else if unread(body).next().is_some() {
            Self::Incomplete
        } else if body.unfinished().next().is_some() || body.changes.iter().any(looked_at) {
            Self::Review
        } else if body.changes.is_empty() {
            Self::Nothing
        } else {
            Self::Ready
        }
    }

    /// The sign and the words.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Stale => ("⚫", "STALE"),
            Self::Incomplete => ("🔴", "INCOMPLETE READ"),
            Self::Blocked => ("🔴", "BLOCKED"),
            Self::Review => ("🟡", "REVIEW NEEDED"),
            Self::Ready => ("🟢", "READY"),
            Self::Nothing => ("⚪", "NO CHANGES"),
        }
    }
}

/// How many changes of each verb, in the order in which counts name them.
pub fn by_verb(body: &Body) -> impl Iterator<Item = (Verb, usize)> + '_ {
    Verb::ALL.into_iter().map(|verb| {
        let verbs = body.changes.iter().map(|change| change.action.verb());
        (verb, verbs.filter(|other| *other == verb).count())
    })
}

/// How much is not done, by why, where there is any.
pub fn by_state(body: &Body) -> impl Iterator<Item = (WithheldState, usize)> + '_ {
    let states = [
        WithheldState::Held,
        WithheldState::Blocked,
        WithheldState::Skipped,
        WithheldState::Waiting,
        WithheldState::Reported,
        WithheldState::Unreviewed,
    ];
    states.into_iter().filter_map(|state| {
        let items = body.withheld.iter();
        let number = items.filter(|item| item.state == state).count();
        (number > 0).then_some((state, number))
    })
}
