//! The last administrators of an app (R20): judged by who is left once a plan is done.
//!
//! An administrator is an active account that holds something administrative, whosoever it is, or
//! that the files list for its power: as somebody's admin account, or for emergencies. What a plan gives counts as far as what takes can wait for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::base::Foreign;
use crate::config::{AppConfig, Config, ListedAccount};
use crate::model::account::Status;
use crate::model::app::KindIndex;
use crate::model::change::{Action, Change, ChangeId};
use crate::model::guard::{Guard, Judgement, Override, Verdict};
use crate::model::name::AppName;
use crate::model::observation::Observation;
use crate::model::plan::{Edge, EdgeKind};

use super::allowances::allowed;
use crate::plan::carried::Carried;
use crate::plan::listed::Listed;

/// How many administrators an app has; none if nothing there is known to make one.
pub fn count(config: &Config, app: &AppName, observation: &Observation) -> Option<usize> {
    config
        .knows_administrators(app)
        .then(|| holders(config, app, observation).len())
}

/// What was found in one app of which a plan takes administrators.
pub struct Found<'a> {
    /// How many are left of how many.
    pub judgement: Judgement,
    /// The changes that take them.
    pub takes: HashSet<&'a ChangeId>,
    /// What is taken only once others are given it.
    pub edges: Vec<Edge>,
}

/// What a plan has for one app.
pub struct Planned<'a, 'b> {
    /// The app's changes.
    pub changes: Vec<&'a Change>,
    /// What comes before what, in all apps.
    pub edges: &'b [Edge],
    /// What steps of other apps close here.
    pub carried: &'b [Carried],
}

/// Judges one app; `None` if the plan takes no administrator there.
pub fn judge<'a>(
    app: &AppName,
    config: &Config,
    observation: &'a Observation,
    planned: &Planned<'a, '_>,
    overrides: &[Override],
) -> Option<Found<'a>> {
    if !config.knows_administrators(app) {
        return None;
    }
    let settings = &config.apps[app];
    let holders = holders(config, app, observation);
    let accounts = touched(settings, &planned.changes);
    let nothing = BTreeSet::new();
    let (mut takes, mut gives) = (HashSet::new(), HashSet::new());
    let (mut lost, mut gained) = (0, 0);
    for (id, touched) in &accounts {
        let held = holders.get(id).unwrap_or(&nothing);
        let stays = !touched.closed && held.difference(&touched.taken).next().is_some();
        if !held.is_empty() && !stays {
            lost += 1;
            takes.extend(&touched.takes);
        }
        let account = observation.find(id);
        let active = account.is_some_and(|account| account.status() == Status::Active);
        if !stays && active && !touched.closed && !touched.gives.is_empty() {
            gained += 1;
            gives.extend(&touched.gives);
        }
    }
    if lost == 0 {
        return None;
    }
    let base = holders.len();
    let limit = settings.guards.get(Guard::Administrators);
    let least = limit.of(base);
    let without = base - lost;
    // What another app closes is taken as soon as it is closed there.
    let carries = planned.carried.iter();
    let carries = carries.filter(|one| takes.contains(&one.closing.id));
    let carries: HashSet<&ChangeId> = carries.map(|one| &one.by).collect();
    let first: HashSet<&ChangeId> = takes.iter().copied().chain(carries).collect();
    let counts = gained > 0 && without < least && !reaches(planned.edges, &first, &gives);
    let left = if counts { without + gained } else { without };
    let within = left >= least;
    let verdict = match allowed(overrides, Guard::Administrators, Some(app), left, within) {
        Some(overridden) => overridden,
        None if within => Verdict::Passed,
        None => Verdict::Tripped,
    };
    let pairs = gives
        .iter()
        .flat_map(|gives| first.iter().map(move |takes| (*gives, *takes)));
    let pairs = pairs.filter(|(gives, takes)| counts && gives != takes);
    let edges = pairs.map(|(gives, takes)| Edge {
        before: gives.clone(),
        after: takes.clone(),
        kind: EdgeKind::Requires,
    });
    Some(Found {
        edges: edges.collect(),
        judgement: Judgement {
            guard: Guard::Administrators,
            app: Some(app.clone()),
            planned: left,
            recent: 0,
            base,
            limit,
            verdict,
        },
        takes,
    })
}

/// What makes an administrator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power<'a> {
    /// The files list the account: only its closing takes that.
    Listed,
    /// A value of a kind.
    Holds(KindIndex, &'a str),
}

/// The administrators, by vendor id, with what makes them such.
fn holders<'a>(
    config: &Config,
    app: &AppName,
    observation: &'a Observation,
) -> BTreeMap<&'a str, BTreeSet<Power<'a>>> {
    let settings = &config.apps[app];
    let mut holders: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let listed = Listed::of(config, app);
    for account in observation.accounts() {
        let entry = listed.find(account).map(|entry| &config.accounts[entry]);
        let administers = entry.is_some_and(ListedAccount::administers);
        if administers && account.status() == Status::Active {
            let id = account.vendor_id().into_raw();
            holders.entry(id).or_default().insert(Power::Listed);
        }
    }
    let powers: HashSet<_> = observation
        .catalogue()
        .filter(|(_, value)| {
            let described = settings.description.kind(value.kind);
            // Of a keyed kind the level decides, holding by holding.
            matches!(described.shape, crate::model::app::Shape::Keyed { .. })
                || settings.is_administrative(value.kind, value.name.raw(), None)
        })
        .map(|(index, _)| index)
        .collect();
    if powers.is_empty() {
        return holders;
    }
    for account in observation.accounts() {
        if account.status() != Status::Active {
            continue;
        }
        let held = account.holdings().iter();
        for holding in held.filter(|holding| powers.contains(&holding.value)) {
            let value = observation.value(holding.value);
            let level = observation.level(*holding).map(Foreign::into_raw);
            if settings.is_administrative(value.kind, value.name.raw(), level) {
                let id = account.vendor_id().into_raw();
                let power = Power::Holds(value.kind, value.name.into_raw());
                holders.entry(id).or_default().insert(power);
            }
        }
    }
    holders
}

/// What a plan does to one account, as far as it makes or unmakes an administrator.
#[derive(Default)]
struct Touched<'a> {
    closed: bool,
    taken: BTreeSet<Power<'a>>,
    takes: Vec<&'a ChangeId>,
    gives: Vec<&'a ChangeId>,
}

fn touched<'a>(settings: &AppConfig, changes: &[&'a Change]) -> BTreeMap<&'a str, Touched<'a>> {
    let mut accounts: BTreeMap<&str, Touched<'a>> = BTreeMap::new();
    for change in changes {
        let Some(account) = &change.account else {
            continue;
        };
        let index = |kind: &str| {
            settings
                .description
                .entitlement(kind)
                .map(|(index, _)| index)
        };
        let touched = accounts.entry(account.vendor_id.raw()).or_default();
        match &change.action {
            Action::Deactivate { .. } => {
                touched.closed = true;
                touched.takes.push(&change.id);
            }
            Action::Revoke { kind, value, level } => {
                let level = level.as_ref().map(Foreign::raw);
                let kind = index(kind);
                let kind =
                    kind.filter(|kind| settings.is_administrative(*kind, value.raw(), level));
                if let Some(kind) = kind {
                    touched.taken.insert(Power::Holds(kind, value.raw()));
                    touched.takes.push(&change.id);
                }
            }
            Action::Grant { kind, value, level } => {
                let gives = index(kind)
                    .is_some_and(|kind| settings.is_administrative(kind, value, level.as_deref()));
                if gives {
                    touched.gives.push(&change.id);
                }
            }
            Action::Set {
                kind,
                key,
                before,
                after,
            } => {
                let Some(kind) = index(kind) else { continue };
                let before = before.as_ref().map(Foreign::raw);
                let (taken, given) = match key {
                    Some(key) => ((key.as_str(), before), (key.as_str(), Some(after.as_str()))),
                    None => ((before.unwrap_or_default(), None), (after.as_str(), None)),
                };
                let is = |(value, level)| settings.is_administrative(kind, value, level);
                match (is(taken), is(given)) {
                    (true, false) => {
                        touched.taken.insert(Power::Holds(kind, taken.0));
                        touched.takes.push(&change.id);
                    }
                    (false, true) => touched.gives.push(&change.id),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    accounts
}

/// True if anything that gives waits for something that takes: then it cannot come first.
fn reaches(edges: &[Edge], takes: &HashSet<&ChangeId>, gives: &HashSet<&ChangeId>) -> bool {
    let mut after: HashMap<&ChangeId, Vec<&ChangeId>> = HashMap::new();
    for edge in edges {
        after.entry(&edge.before).or_default().push(&edge.after);
    }
    let mut open: Vec<&ChangeId> = takes.iter().copied().collect();
    let mut seen: HashSet<&ChangeId> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        for next in after.get(id).into_iter().flatten().copied() {
            if gives.contains(next) {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}
