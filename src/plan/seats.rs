//! Seats (R14): a change that needs one when none is left is blocked; what the same plan frees
//! counts, and is freed first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::account::Status;
use crate::model::app::Seats;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::desired::Want;
use crate::model::name::PersonId;
use crate::model::observation::AccountRef;
use crate::model::plan::{Edge, EdgeKind};
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::draft::Draft;
use super::view::AppView;

/// Gives out the seats of each pool whose size is known, and blocks what finds none.
pub fn settle(view: &AppView<'_>, draft: &mut Draft) {
    for (pool, total) in totals(view) {
        let pool = Pool {
            view,
            name: &pool,
            total,
        };
        pool.settle(draft);
    }
}

/// The pools whose size the app tells, or the files where it does not.
fn totals(view: &AppView<'_>) -> BTreeMap<String, u32> {
    let told = view.observation.seats.iter();
    let mut totals = view.settings.seats.clone();
    totals.extend(told.map(|(name, pool)| (name.clone(), pool.total)));
    totals
}

struct Pool<'a> {
    view: &'a AppView<'a>,
    name: &'a str,
    total: u32,
}

/// Whose steps: the person, and the account if it is there.
type Subject<'c> = (Option<&'c PersonId>, Option<&'c AccountTag>);

/// An account that is about to need a seat, by the order in which seats go.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Taker {
    starts: Option<Date>,
    person: Option<PersonId>,
    /// What takes the seat.
    steps: Vec<ChangeId>,
    /// What goes with it if there is none: an account that cannot be opened is given nothing.
    blocked: BTreeSet<ChangeId>,
}

impl Pool<'_> {
    fn settle(&self, draft: &mut Draft) {
        let mut subjects: BTreeMap<Subject<'_>, Vec<&Change>> = BTreeMap::new();
        for change in &draft.changes {
            let person = change.person.as_ref().map(|person| &person.id);
            let subject = (person, change.account.as_ref());
            subjects.entry(subject).or_default().push(change);
        }
        let (mut takers, mut freed) = (Vec::new(), Vec::new());
        for ((person, account), steps) in &subjects {
            let account = account.and_then(|tag| self.view.observation.find(tag.vendor_id.raw()));
            takers.extend(self.taker(*person, account, steps));
            freed.extend(self.freed(account, steps));
        }
        if takers.is_empty() {
            return;
        }
        takers.sort();
        let used = self.used();
        let mut left = self.total.saturating_sub(used);
        let needed = count(takers.len());
        let why = Impediment::NoSeat {
            pool: self.name.to_owned(),
            used,
            total: self.total,
            needed,
            freed: count(freed.len()),
        };
        let mut freed = freed.into_iter();
        for taker in takers {
            if left > 0 {
                left -= 1;
            } else if let Some(freeing) = freed.next() {
                draft.edges.extend(requires(&freeing, &taker.steps));
            } else {
                self.block(&taker, &why, draft);
            }
        }
    }

    /// How many seats are taken: as the app tells, or as its accounts hold what takes one.
    fn used(&self) -> u32 {
        let told = self.view.observation.seats.get(self.name);
        told.map_or_else(
            || {
                let accounts = self.view.observation.accounts();
                count(accounts.filter(|account| self.holds(*account)).count())
            },
            |pool| pool.used,
        )
    }

    /// The rules of the kind, if a value of it takes a seat of this pool.
    fn seats(&self, kind: &str, value: &str) -> Option<&Seats> {
        let (_, kind) = self.view.settings.description.entitlement(kind)?;
        let takes = kind.pool(value) == Some(self.name);
        kind.seats.as_ref().filter(|_| takes)
    }

    /// The values of this pool that an account holds, as kind and value.
    fn held<'a>(&'a self, account: AccountRef<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
        let values = account.holdings().iter();
        let values = values.map(|holding| self.view.observation.value(holding.value));
        let named = values.map(|value| {
            let kind = self.view.settings.description.kind(value.kind);
            (&*kind.name, value.name.into_raw())
        });
        named.filter(|(kind, value)| self.seats(kind, value).is_some())
    }

    /// True if an account has a seat of this pool now.
    fn holds(&self, account: AccountRef<'_>) -> bool {
        let shut = account.status() == Status::Inactive;
        self.held(account).any(|(kind, value)| {
            let seats = self.seats(kind, value);
            !shut || seats.is_some_and(|seats| !seats.freed_by_leaving)
        })
    }

    /// True if a step gives a value that takes a seat.
    fn gives(&self, change: &Change) -> bool {
        match &change.action {
            Action::Grant { kind, value, .. }
            | Action::Set {
                kind,
                key: Some(value),
                ..
            }
            | Action::Set {
                kind,
                key: None,
                after: value,
                ..
            } => self.seats(kind, value).is_some(),
            _ => false,
        }
    }

    /// True if a step takes a value away, or puts another in its place.
    fn takes(change: &Change, of: &str, name: &str) -> bool {
        match &change.action {
            Action::Revoke { kind, value, .. } => kind == of && value.raw() == name,
            Action::Set {
                kind, key: None, ..
            } => kind == of,
            _ => false,
        }
    }

    /// The account that needs a seat after these steps and has none before.
    fn taker(
        &self,
        person: Option<&PersonId>,
        account: Option<AccountRef<'_>>,
        steps: &[&Change],
    ) -> Option<Taker> {
        if account.is_some_and(|account| self.holds(account)) {
            return None;
        }
        let id = |step: &&Change| step.id.clone();
        let opening = steps.iter().copied().find(|step| step.opens());
        let returns = account.is_some_and(|account| self.keeps(account, steps));
        let mut needing: Vec<ChangeId> = Vec::new();
        let mut blocked: BTreeSet<ChangeId> = BTreeSet::new();
        if let Some(opening) = opening.filter(|_| returns) {
            needing.push(opening.id.clone());
            let rest = steps
                .iter()
                .filter(|step| step.action.verb() != Verb::Revoke);
            blocked.extend(rest.map(id));
        }
        let giving = steps.iter().filter(|step| self.gives(step));
        needing.extend(giving.map(id));
        blocked.extend(needing.iter().cloned());
        (!needing.is_empty()).then(|| Taker {
            starts: person.and_then(|person| self.starts(person)),
            person: person.cloned(),
            steps: needing,
            blocked,
        })
    }

    /// True if an account goes on to hold something of this pool.
    fn keeps(&self, account: AccountRef<'_>, steps: &[&Change]) -> bool {
        let taken =
            |kind: &str, value: &str| steps.iter().any(|step| Self::takes(step, kind, value));
        self.held(account).any(|(kind, value)| !taken(kind, value))
    }

    /// The steps that free the seat of an account together, if these do.
    fn freed(&self, account: Option<AccountRef<'_>>, steps: &[&Change]) -> Option<Vec<ChangeId>> {
        let account = account.filter(|account| self.holds(*account))?;
        let rules = || {
            self.held(account)
                .filter_map(|(kind, value)| self.seats(kind, value))
        };
        let closing = steps
            .iter()
            .find(|step| step.action.verb() == Verb::Deactivate)
            .filter(|_| rules().all(|seats| seats.freed_by_leaving));
        if let Some(closing) = closing {
            return Some(vec![closing.id.clone()]);
        }
        let stays = steps.iter().any(|step| self.gives(step) || step.opens());
        if stays || self.keeps(account, steps) || !rules().all(|seats| seats.freed_by_removal) {
            return None;
        }
        let taking = steps.iter().filter(|step| {
            self.held(account)
                .any(|(kind, value)| Self::takes(step, kind, value))
        });
        Some(taking.map(|step| step.id.clone()).collect())
    }

    /// The first day of the period that somebody is given the app for.
    fn starts(&self, person: &PersonId) -> Option<Date> {
        let people = &self.view.config.people;
        let index = people.binary_search_by(|known| known.id.cmp(person)).ok()?;
        match self.view.desired.want(index, self.view.index) {
            Want::Account { period, .. } => Some(people[index].periods[period].from),
            _ => None,
        }
    }

    fn block(&self, taker: &Taker, why: &Impediment, draft: &mut Draft) {
        let (blocked, rest) = std::mem::take(&mut draft.changes)
            .into_iter()
            .partition(|change| taker.blocked.contains(&change.id));
        draft.changes = rest;
        let changes: Vec<Change> = blocked;
        let people = &self.view.config.people;
        let index = taker.person.as_ref();
        let index = index.and_then(|id| people.binary_search_by(|known| known.id.cmp(id)).ok());
        draft.withheld.push(Withheld {
            state: WithheldState::Blocked,
            app: Some(self.view.name.clone()),
            person: changes.first().and_then(|change| change.person.clone()),
            why: why.clone(),
            changes,
            at: index.map(|index| self.view.config.sources.locate(people[index].site)),
        });
    }
}

fn requires(freeing: &[ChangeId], taking: &[ChangeId]) -> Vec<Edge> {
    let edge = |before: &ChangeId, after: &ChangeId| Edge {
        before: before.clone(),
        after: after.clone(),
        kind: EdgeKind::Requires,
    };
    let pairs = freeing
        .iter()
        .flat_map(|before| taking.iter().map(move |after| edge(before, after)));
    pairs.collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
