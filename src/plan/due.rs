//! What is done without a review (R24): what the merged files plus the clock, or a retry, cause.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::config::{Config, Drift};
use crate::model::change::{Action, Change, ChangeId, PersonTag, Verb};
use crate::model::desired::{Closing, Desired, Want};
use crate::model::fate::Fate;
use crate::model::guard::{Guard, Override};
use crate::model::history::{Ending, History, RememberedPerson};
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::cause::same;
use super::invitations::expiry;
use super::privileged;
use super::settings::changed;
use super::withhold::Verdict;

/// How the keys of what nobody may hold together begin (R13).
const APART: &str = "separation.";

/// Tells what is due from what waits for a review.
pub struct Due<'a> {
    config: &'a Config,
    now: &'a Desired,
    history: &'a History,
    /// Today's files at the moment of the last run that somebody reviewed.
    then: Desired,
    undone: BTreeSet<&'a ChangeId>,
    /// The keys of the settings of consequence that nobody reviewed as they are.
    edited: Vec<String>,
}

impl<'a> Due<'a> {
    /// Compares with the last run that somebody reviewed; without one nothing can be told.
    pub fn new(config: &'a Config, now: &'a Desired, history: &'a History) -> Option<Self> {
        let last = history.last.as_ref()?;
        let edited = changed(&last.settings, &config.watched()).into_iter();
        // A rule that is new lets nothing through.
        let edited = edited.filter(|one| !one.key.starts_with(APART) || one.before.is_some());
        Some(Self {
            config,
            now,
            history,
            then: crate::desired::at(config, reviewed(history)?),
            undone: last.undone.iter().collect(),
            edited: edited.map(|setting| setting.key).collect(),
        })
    }

    /// Why a change is left to a review; `None` if it is due.
    pub fn leaves(&self, change: &Change) -> Option<Verdict> {
        let left = |cause| Some((WithheldState::Unreviewed, Impediment::Unreviewed { cause }));
        if self.is_let_through(change) {
            return left(Cause::Files);
        }
        let cause = change.cause;
        let is_due = match cause {
            Cause::Clock | Cause::Retry | Cause::Order => true,
            Cause::Drift => self.config.apps[&change.app].drift == Drift::Revert,
            // An edit that waits for its own run holds up nobody's leaving, and no expiry.
            Cause::Files => self.cuts(change) || self.takes(change),
        };
        if is_due { None } else { left(cause) }
    }

    /// Leaves out what is held or blocked and not due either for what it is: not this run's. What a
    /// human must decide since an app says so is everybody's.
    pub fn mark(&self, withheld: &mut Vec<Withheld>) {
        withheld.retain(|item| {
            let changes = &item.changes;
            !item.state.is_wanted()
                || matches!(
                    item.why,
                    Impediment::Expired { .. }
                        | Impediment::Declined { .. }
                        | Impediment::WentAway { .. }
                )
                || changes.iter().any(|change| self.leaves(change).is_none())
                || (changes.is_empty() && self.is_moved(item.person.as_ref()))
        });
    }

    /// True if an edit of the settings that nobody reviewed may be what lets a change through.
    fn is_let_through(&self, change: &Change) -> bool {
        self.edited.iter().any(|key| {
            let of_app = key.strip_prefix("apps.").and_then(|rest| {
                let rest = rest.strip_prefix(change.app.as_str())?;
                rest.strip_prefix('.')
            });
            let guard = key
                .strip_prefix("guards.")
                .or_else(|| of_app?.strip_prefix("guards."));
            if let Some(guard) = guard {
                return is_guarded(change, guard);
            }
            if key.starts_with(APART) {
                // Whatever it kept apart: what an account holds when it opens, too.
                return change.opens() || matches!(change.action.verb(), Verb::Grant | Verb::Set);
            }
            match of_app {
                Some("mode" | "url" | "protected" | "allow_destructive") => true,
                Some(key) => {
                    key.starts_with("administrators.")
                        && is_guarded(change, Guard::Administrators.key())
                }
                None => {
                    let known = self.known(change.person.as_ref());
                    key.starts_with("scope.") && !known.is_some_and(|known| known.in_scope)
                }
            }
        })
    }

    /// True for the closing of somebody whose access ended since that run, as it knew their end,
    /// whatever else the files say since.
    fn cuts(&self, change: &Change) -> bool {
        let person = self.person(change.person.as_ref());
        let app = self.now.apps.binary_search(&change.app);
        let (Some(person), Ok(app)) = (person, app) else {
            return false;
        };
        let known = self.known(change.person.as_ref());
        let Some(until) = known.and_then(|known| known.until) else {
            return false;
        };
        let left = matches!(self.now.want(person, app), Want::Closed(Closing::Left(_)));
        let closes = matches!(change.action.verb(), Verb::Deactivate | Verb::Revoke);
        let passed = until <= self.now.as_of && (until > self.then.as_of || self.is_undone(change));
        closes && left && passed
    }

    /// True for what an extra or an approval gave until a day since that run, as it knew them.
    fn takes(&self, change: &Change) -> bool {
        let Some(person) = self.person(change.person.as_ref()) else {
            return false;
        };
        let ends = |ending: &Ending| {
            let value = ending.value.as_ref();
            let what = match &change.action {
                Action::Deactivate { .. } => value.is_none(),
                Action::Revoke {
                    kind, value: taken, ..
                } => value.is_none_or(|(of, value)| {
                    of == kind && value.to_lowercase() == taken.raw().to_lowercase()
                }),
                _ => false,
            };
            what && ending.app == change.app
        };
        let day = |at| privileged::today(self.config, &self.config.people[person], at);
        let (then, now) = (day(self.then.as_of), day(self.now.as_of));
        let known = self.known(change.person.as_ref());
        let mut ending = known.into_iter().flat_map(|known| &known.ends);
        ending.any(|one| ends(one) && one.on < now && (then <= one.on || self.is_undone(change)))
    }

    fn is_undone(&self, change: &Change) -> bool {
        self.undone.contains(&change.id)
    }

    fn known(&self, person: Option<&PersonTag>) -> Option<&RememberedPerson> {
        self.history.people.get(&person?.id)
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

/// True if a limit, by its key, is one that a change counts under.
fn is_guarded(change: &Change, key: &str) -> bool {
    let guards = [Fate::Closes, Fate::Open].map(|fate| Guard::of(change, |_| fate));
    let mut guards = guards.into_iter().flatten();
    let takes = change.action.takes();
    guards.any(|guard| guard.key() == key) || (takes && key == Guard::Administrators.key())
}

/// True if the last reviewed run saw an override: those of the files say what it saw.
pub fn is_seen(config: &Config, history: &History, one: &Override) -> bool {
    let Some(last) = history.last.as_ref().filter(|_| one.entry.is_some()) else {
        return one.entry.is_none();
    };
    let key = format!("allow.{one}");
    let key = key.rsplit_once('=').map_or(key.as_str(), |(key, _)| key);
    last.settings.get(key) == config.watched().get(key)
}

/// True if a human must decide about an invitation or an account that is gone, and could not have
/// known it at the last run.
pub fn brings(config: &Config, history: &History, item: &Withheld) -> bool {
    let (Some(app), Some(last)) = (&item.app, &history.last) else {
        return false;
    };
    let missing = |id: &str| {
        let memory = history.apps.get(app).and_then(|app| app.memories.get(id));
        memory.is_some_and(|memory| memory.missing_since.is_some())
    };
    match &item.why {
        Impediment::Expired { since, .. } => {
            let invitation = config
                .apps
                .get(app)
                .and_then(|app| app.description.invitation);
            let expired = invitation.and_then(|invitation| expiry(invitation, *since));
            expired.is_some_and(|expired| last.since() < expired)
        }
        Impediment::Declined { account, .. } | Impediment::WentAway { account } => {
            !missing(account.vendor_id.raw())
        }
        _ => false,
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
