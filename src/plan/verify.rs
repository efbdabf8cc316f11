//! What was reviewed against what is there now (R23). A saved plan is judged twice: as a whole,
//! before any app is asked, and change by change, against fresh readings and today's files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::base::Foreign;
use crate::config::Config;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::guard::Guard;
use crate::model::history::History;
use crate::model::name::{AppName, RunId};
use crate::model::observation::{AccountRef, Completeness, Observation, Observed, Reading};
use crate::model::outcome::{Outcome, Refusal};
use crate::model::plan::{EdgeKind, Plan};
use crate::model::precondition::Precondition;
use crate::model::withheld::{Impediment, WithheldState};
use crate::state::PastRun;

use super::Approved;
use super::look::{self, Looker, Sight};
use super::moved::moved;
use super::today::Today;

/// A saved plan that may still be applied as a whole. Only [`current`] makes one, and [`verify`]
/// takes no other.
///
/// ```
/// # use provisor::plan::{Current, Ground, Stale, current};
/// # fn look(plan: provisor::model::plan::Plan, ground: &Ground<'_>) -> Result<Current, Stale> {
/// let reviewed = current(plan, ground)?;
/// # Ok(reviewed)
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # use provisor::plan::{Current, Ground, Stale, current};
/// # fn look(plan: provisor::model::plan::Plan, ground: &Ground<'_>) -> Result<Current, Stale> {
/// let reviewed = Current { plan, done: Default::default() };
/// # Ok(reviewed)
/// # }
/// ```
#[derive(Debug)]
pub struct Current {
    plan: Plan,
    /// What earlier runs of this plan did.
    done: BTreeMap<ChangeId, RunId>,
}

impl Current {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Why a saved plan is refused as a whole: nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// Its time is over.
    #[error("the plan expired at {0}")]
    Expired(Timestamp),
    /// A run of it got everything done.
    #[error("the plan is used up: run {0} did all of it")]
    UsedUp(RunId),
    /// The settings are not those of the plan.
    #[error("the settings in provisor.toml changed since the plan was made")]
    Settings,
    /// It is of simulated apps, and these are real; or the other way round.
    #[error("{}", if *.0 {
        "the plan is of simulated apps, and these are real ones"
    } else {
        "the plan is of real apps, and these are simulated ones"
    })]
    Rehearsal(bool),
    /// It was made from a snapshot, without asking the apps.
    #[error("the plan was made against snapshot {0}, without asking the apps")]
    Offline(u64),
    /// Its moment is to come.
    #[error("the plan is for {0}, which is to come")]
    ToCome(Timestamp),
}

/// What a saved plan is judged against as a whole.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The files of now.
    pub config: &'a Config,
    /// The moment.
    pub now: Timestamp,
    /// The apps are simulated.
    pub rehearsal: bool,
    /// Every run of this plan so far.
    pub runs: &'a [PastRun],
}

/// Judges a saved plan as a whole.
///
/// # Errors
/// If it is stale: then nothing of it may be done.
pub fn current(plan: Plan, ground: &Ground<'_>) -> Result<Current, Stale> {
    let Plan { envelope, body } = &plan;
    if let Some(against) = &body.against {
        return Err(Stale::Offline(against.serial));
    }
    if envelope.rehearsal != ground.rehearsal {
        return Err(Stale::Rehearsal(envelope.rehearsal));
    }
    if body.settings != ground.config.settings {
        return Err(Stale::Settings);
    }
    if let Some(run) = ground.runs.iter().find(|run| run.is_through()) {
        return Err(Stale::UsedUp(run.run().clone()));
    }
    if envelope.expires <= ground.now {
        return Err(Stale::Expired(envelope.expires));
    }
    if body.as_of > ground.now {
        return Err(Stale::ToCome(body.as_of));
    }
    let mut done = BTreeMap::new();
    for run in ground.runs {
        let of_run = run.outcomes().filter(|(_, step)| {
            // What was already so, somebody else did.
            matches!(step.outcome, Outcome::Done { .. })
        });
        done.extend(of_run.map(|(change, _)| (change.id.clone(), run.run().clone())));
    }
    Ok(Current { plan, done })
}

/// Judges each change of a saved plan by itself, and approves the rest. `fresh` is the plan of now,
/// at the saved plan's own moment, and with its selection.
///
/// This is the one place where a reviewed plan is judged again: whatever else may forbid a change
/// (a guard, an approval that expired) withholds it in `fresh`, and so refuses it here.
///
/// `today` is the plan of this very moment, where a date has passed since the saved plan's: what gives
/// must still be wanted, and what takes is due whatever has changed since.
pub fn verify(
    current: Current,
    fresh: &Plan,
    today: Option<&Plan>,
    config: &Config,
    observed: &Observed,
    history: &History,
) -> Approved {
    let links = look::links(config, history, observed);
    let judge = Judge {
        fresh: Fresh::of(fresh),
        today: today.map(|plan| Today::of(plan, config, fresh.body.as_of)),
        looker: Looker::new(config, observed, &links),
        current: &current,
        required: requires(&current.plan),
        config,
        observed,
        history,
    };
    let changes = &current.plan.body.changes;
    let settled: BTreeMap<ChangeId, Outcome> = changes
        .iter()
        .filter_map(|change| Some((change.id.clone(), judge.settled(change)?)))
        .collect();
    let reviewed: BTreeSet<&ChangeId> = changes.iter().map(|change| &change.id).collect();
    let is_new = |change: &&Change| {
        !reviewed.contains(&change.id) && !reviewed.contains(&change.id_before_account())
    };
    let unreviewed = fresh.body.changes.iter().filter(is_new).cloned().collect();
    Approved::verified(current.plan, settled, unreviewed)
}

/// The plan of now, by id. A step for an account that was made since has the id that it had before.
pub(super) struct Fresh<'a> {
    plan: &'a Plan,
    by_id: HashMap<ChangeId, &'a Change>,
    requires: Requires<'a>,
}

/// What each change of a plan requires.
type Requires<'a> = HashMap<&'a ChangeId, Vec<&'a ChangeId>>;

fn requires(plan: &Plan) -> Requires<'_> {
    let mut requires: Requires<'_> = HashMap::new();
    for edge in &plan.body.edges {
        if edge.kind == EdgeKind::Requires {
            requires.entry(&edge.after).or_default().push(&edge.before);
        }
    }
    requires
}

impl<'a> Fresh<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        let changes = plan.body.changes.iter();
        let earlier = changes
            .clone()
            .map(|change| (change.id_before_account(), change));
        let now = changes.map(|change| (change.id.clone(), change));
        Self {
            plan,
            by_id: earlier.chain(now).collect(),
            requires: requires(plan),
        }
    }

    /// Why a change cannot be done as it was reviewed: by now it requires a step that it did not, say
    /// a seat to be freed, or another administrator, which the reviewed plan may not even have.
    fn requires_more(&self, change: &Change, reviewed: &Requires<'_>) -> Option<Refusal> {
        let now = self.by_id.get(&change.id)?;
        let known = reviewed.get(&change.id).map_or(&[][..], Vec::as_slice);
        let is_new = |before: &&Change| {
            !known.contains(&&before.id) && !known.contains(&&before.id_before_account())
        };
        let before = self.requires.get(&now.id).into_iter().flatten();
        let mut before = before.filter_map(|id| self.by_id.get(*id)).copied();
        let more = before.find(is_new)?;
        let why = Impediment::Requires {
            verb: more.action.verb(),
            app: more.app.clone(),
            person: more.person.clone(),
        };
        Some(Refusal::Withheld { why: Box::new(why) })
    }

    /// Why the files of now do not want a change, or not this way; `None` if they do.
    pub fn objects(&self, change: &Change) -> Option<Refusal> {
        if let Some(found) = self.by_id.get(&change.id) {
            let found = *found;
            return (!same(&change.action, &found.action)).then(|| Refusal::WantsOther {
                found: Box::new(found.clone()),
            });
        }
        let theirs = |app: Option<&AppName>| app.is_none_or(|app| *app == change.app);
        let withheld = self.plan.body.withheld.iter().find(|item| {
            let named = item.changes.iter();
            named.clone().any(|other| other.id == change.id)
                || (item.person.is_some()
                    && item.person.as_ref().map(|person| &person.id)
                        == change.person.as_ref().map(|person| &person.id)
                    && theirs(item.app.as_ref())
                    && item.state != WithheldState::Waiting
                    && item.changes.is_empty())
        });
        if let Some(item) = withheld {
            return Some(Refusal::Withheld {
                why: Box::new(item.why.clone()),
            });
        }
        let subject = |other: &&Change| {
            other.app == change.app
                && other.person == change.person
                && replaces(&change.action, &other.action)
        };
        let other = self.plan.body.changes.iter().find(subject);
        Some(
            other.map_or(Refusal::Unwanted, |found| Refusal::WantsOther {
                found: Box::new(found.clone()),
            }),
        )
    }
}

/// True if two actions are the same step. For whom a closing is left to another app first does not
/// matter: that app may have done its part since.
fn same(reviewed: &Action, now: &Action) -> bool {
    match (reviewed, now) {
        (Action::Deactivate { effect, .. }, Action::Deactivate { effect: other, .. }) => {
            effect == other
        }
        _ => reviewed == now,
    }
}

/// True if one action stands where the other stood.
fn replaces(reviewed: &Action, now: &Action) -> bool {
    match (reviewed, now) {
        (
            Action::Set { kind, key, .. },
            Action::Set {
                kind: other,
                key: at,
                ..
            },
        ) => (kind, key) == (other, at),
        (Action::Update { .. }, Action::Update { .. })
        | (Action::Adopt { .. }, Action::Adopt { .. }) => true,
        _ => false,
    }
}

struct Judge<'a> {
    fresh: Fresh<'a>,
    today: Option<Today<'a>>,
    looker: Looker<'a>,
    current: &'a Current,
    /// What the reviewed plan has each change require.
    required: Requires<'a>,
    config: &'a Config,
    observed: &'a Observed,
    history: &'a History,
}

impl Judge<'_> {
    /// What becomes of a change without anything being sent; `None` if it is to be made.
    fn settled(&self, change: &Change) -> Option<Outcome> {
        let Some(Reading::Read(reading)) = self.observed.get(&change.app) else {
            return Some(refused(Refusal::Unread));
        };
        // What is not there may only be missing in an answer that nobody believes (R9).
        if self.doubts(change, reading) {
            return Some(refused(Refusal::Unread));
        }
        if let Sight::True { vendor_id } = self.looker.look(change) {
            let vendor_id = change.action.makes().is_some().then_some(vendor_id);
            return Some(Outcome::AlreadySo { vendor_id });
        }
        if let Some(run) = self.current.done.get(&change.id) {
            // No reading tells that an invitation was sent again; the run does.
            if change.action.verb() == Verb::Invite && change.account.is_some() {
                return Some(Outcome::AlreadySo { vendor_id: None });
            }
            let run = run.clone();
            return Some(refused(Refusal::Undone { run }));
        }
        let objection = self
            .moved(change, reading)
            .or_else(|| self.fresh.objects(change))
            .or_else(|| self.fresh.requires_more(change, &self.required))
            .or_else(|| self.today.as_ref()?.objects(change));
        objection.map(refused)
    }

    /// True if a guard doubts the reading, and the account is not in it.
    fn doubts(&self, change: &Change, reading: &Observation) -> bool {
        let account = change.account.as_ref();
        let missing = account.is_some_and(|tag| reading.find(tag.vendor_id.raw()).is_none());
        let mut tripped = self.fresh.plan.body.tripped();
        missing
            && tripped
                .any(|one| (one.guard, one.app.as_ref()) == (Guard::ShortRead, Some(&change.app)))
    }

    /// In which respect the account is not as it was reviewed, if it is not.
    fn moved(&self, change: &Change, reading: &Observation) -> Option<Refusal> {
        let found = self.looker.account(change, reading);
        let Some(tag) = &change.account else {
            return found.and_then(|found| self.appeared(change, found));
        };
        let before = self.before(&change.app, tag);
        let (Some(before), Some(found)) = (before, found) else {
            if matches!(reading.completeness, Completeness::Incomplete(_)) {
                return Some(Refusal::Unread);
            }
            let found = found.map(|found| found.login().to_owned());
            return Some(account(Some(tag.login.clone()), found));
        };
        let settings = &self.config.apps[&change.app];
        let planned = self.current.plan.body.changes.iter().filter(|other| {
            other.app == change.app
                && other.account.as_ref().map(|tag| &tag.vendor_id) == Some(&tag.vendor_id)
        });
        let planned: Vec<&Action> = planned.map(|other| &other.action).collect();
        moved(before, settings, reading, found, &planned)
    }

    /// An account that was not there: if a run of ours made it, or the app that was to make it,
    /// then its steps go on.
    fn appeared(&self, change: &Change, found: AccountRef<'_>) -> Option<Refusal> {
        let remembered = self.history.apps.get(&change.app);
        let memory = remembered.and_then(|app| app.memories.get(found.vendor_id().raw()));
        let ours = memory.is_some_and(|memory| memory.created_by.is_some());
        let awaited = self.current.plan.body.changes.iter().any(|other| {
            other.app == change.app
                && other.person == change.person
                && matches!(other.action, Action::Await { .. })
        });
        let makes = matches!(change.action, Action::Create(_) | Action::Invite { .. });
        let expected = (ours || awaited) && !makes;
        (!expected).then(|| account(None, Some(found.login().to_owned())))
    }

    fn before(&self, app: &AppName, tag: &AccountTag) -> Option<&Precondition> {
        let accounts = &self.current.plan.body.accounts;
        let key = |one: &Precondition| (one.app.clone(), one.account.vendor_id.clone());
        let wanted = (app.clone(), tag.vendor_id.clone());
        let index = accounts
            .binary_search_by(|one| key(one).cmp(&wanted))
            .ok()?;
        Some(&accounts[index])
    }
}

fn account(expected: Option<Foreign>, found: Option<Foreign>) -> Refusal {
    Refusal::Moved {
        what: "account".to_owned(),
        expected,
        found,
    }
}

fn refused(why: Refusal) -> Outcome {
    Outcome::Refused { why }
}
