//! Floor 6: match, diff, order → [`Plan`]. Pure: no input, no output, no clock.

mod approve;
mod attributes;
mod carried;
mod cascade;
mod cause;
mod closing;
mod consequences;
mod differ;
mod draft;
mod due;
mod ends;
mod entries;
mod facts;
mod guards;
mod holders;
mod holdings;
mod invitations;
mod leftover;
mod listed;
pub mod look;
mod managers;
pub mod matching;
mod moved;
mod order;
mod people;
mod precedence;
mod preconditions;
pub mod privileged;
pub mod remember;
mod rollout;
pub mod saved;
mod scope;
mod seats;
mod select;
mod separation;
mod settings;
mod several;
mod strangers;
mod targets;
mod today;
pub mod unreviewed;
mod verify;
mod view;
mod withhold;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::Config;
use crate::model::allowance::{Unused, WhyUnused};
use crate::model::change::{Change, ChangeId, PersonTag};
use crate::model::desired::Desired;
use crate::model::failure::Failure;
use crate::model::guard::{Judgement, Override};
use crate::model::history::{History, RememberedApp};
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{Observed, Reading};
use crate::model::plan::{Against, AppSummary, Body, Envelope, FORMAT, HORIZON, Plan};
use crate::model::upcoming::What;
use crate::model::withheld::Withheld;

pub use approve::{Approved, approve, beginning, unattended};
pub use attributes::is_said;
pub use due::{brings, date_passed, reviewed};
pub use guards::{WINDOW, mistaken, remembered_allowances, remembered_at_work, unreviewed_at_work};
pub use rollout::is_inside;
pub use scope::scope;
pub use select::select;
pub use verify::{Current, Ground, Stale, current, verify};

use cascade::Cascades;
use draft::Draft;
use due::Due;
use guards::{Judgements, Scene};
use matching::{Owner, PeopleIndex};
use rollout::Reach;
use view::AppView;
use withhold::Steps;

/// What the envelope tells besides the plan itself.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// When the plan is made.
    pub created: Timestamp,
    /// The commit of the files, if they are in a Git repository.
    pub commit: Option<String>,
    /// What somebody allows by its exact number (R20).
    pub overrides: Vec<Override>,
    /// Until when the plan may be applied, if it is saved.
    pub expires: Timestamp,
    /// Nobody will review the plan: it is to hold only what is due without that (R24).
    pub due: bool,
    /// It is of one person's departure or return, by order: nobody else's changes are in it, and
    /// what the files have shrunk to is no matter.
    pub only: Option<PersonId>,
    /// The apps are simulated.
    pub rehearsal: bool,
    /// The snapshot that was looked at in place of the apps.
    pub against: Option<Against>,
}

/// Plans: what must change so that what was observed becomes what is desired.
///
/// The same arguments give the same plan, byte for byte.
pub fn plan(
    config: &Config,
    desired: &Desired,
    observed: &Observed,
    history: &History,
    circumstances: &Circumstances,
) -> Plan {
    let people = PeopleIndex::new(config);
    let causes =
        cause::Causes::new(config, desired, history).returning(circumstances.only.as_ref());
    let mut apps = dropped(config, history);
    let mut fetched_at = BTreeMap::new();
    let mut changes: Vec<Change> = Vec::new();
    let mut withheld: Vec<Withheld> = Vec::new();
    let (mut unmanaged, mut surplus) = (Vec::new(), Vec::new());
    let (mut edges, mut privileged) = (Vec::new(), Vec::new());
    let mut inherited = Vec::new();
    let mut views = BTreeMap::new();
    let mut drafts = BTreeMap::new();
    let command_line = &circumstances.overrides;
    let overrides = &guards::in_force(config, desired, history, command_line, circumstances.due);
    let reach = Reach::new(config, desired, history, circumstances.only.as_ref());
    let terms = Terms {
        overrides,
        reach: &reach,
    };
    let mut scene = Scene {
        config,
        desired,
        history,
        observed,
        overrides,
        causes: &causes,
        due: circumstances.due,
        ordered: circumstances.only.is_some(),
        managed: BTreeMap::new(),
        readings: Vec::new(),
    };
    for planned in plan_apps(config, desired, observed, history, &people, &causes, &terms) {
        scene.managed.insert(planned.name, planned.open);
        scene.readings.extend(planned.lacking);
        apps.insert(planned.name.clone(), planned.summary);
        fetched_at.extend(planned.fetched_at.map(|at| (planned.name.clone(), at)));
        views.extend(planned.view.map(|view| (planned.name, view)));
        drafts.extend(planned.draft.map(|draft| (planned.name, draft)));
    }
    let apart = separation::Scene {
        config,
        desired,
        history,
        observed,
    };
    separation::settle(&apart, &mut drafts);
    let cascades = Cascades {
        config,
        observed,
        causes: &causes,
        views,
    };
    cascades.settle(&mut drafts);
    for draft in drafts.values_mut() {
        reach.limit(draft);
    }
    let carried = cascades.carried(&drafts);
    for draft in drafts.into_values() {
        changes.extend(draft.changes);
        edges.extend(draft.edges);
        withheld.extend(draft.withheld);
        unmanaged.extend(draft.unmanaged);
        surplus.extend(draft.surplus);
        privileged.extend(draft.privileged);
        inherited.extend(draft.inherited);
    }
    if let Some(only) = &circumstances.only {
        // Before the guards: what others are to get or to lose does not count.
        let is_theirs = |person: Option<&PersonTag>| person.is_some_and(|one| one.id == *only);
        changes.retain(|change| is_theirs(change.person.as_ref()));
        withheld.retain(|item| is_theirs(item.person.as_ref()));
        let kept: BTreeSet<&ChangeId> = changes.iter().map(|change| &change.id).collect();
        edges.retain(|edge| kept.contains(&edge.before) && kept.contains(&edge.after));
    }
    let mut steps = Steps::new(config, changes, edges);
    steps.withhold(|change| withhold::by_mode(config, change));
    steps.withhold(|change| guards::by_own_account(observed, change, &carried));
    let due = circumstances
        .due
        .then(|| Due::new(config, desired, history));
    let due = due.flatten();
    if let Some(due) = &due {
        // Before the guards: what is not done does not count.
        steps.withhold(|change| due.leaves(change));
    }
    let guards = Judgements::of(&scene, &steps, carried);
    steps.require(&guards.edges);
    steps.withhold(|change| guards.forbid(change));
    withheld.append(&mut steps.withheld);
    let mut withheld = entries::gather(config, desired, withheld);
    withheld.retain(|item| reach.concerns(item));
    if let Some(due) = &due {
        due.mark(&mut withheld);
    }
    withheld.sort_by(|a, b| (a.state, &a.person, &a.app).cmp(&(b.state, &b.person, &b.app)));
    unmanaged.sort();
    surplus.sort();
    privileged.sort();
    let (_, mut upcoming) = crate::desired::ahead(config, desired.as_of, HORIZON);
    // A first day changes nothing: what it needs was due when provisioning opened.
    upcoming.retain(|event| {
        reach.covers(&event.person) && !matches!(event.brings, What::Starts { .. })
    });
    let mut unused = guards::unused(config, desired, history, command_line, &guards.list);
    if circumstances.due {
        let unseen = |one: &&mut Unused| !due::is_seen(config, history, &one.allowed);
        for one in unused.iter_mut().filter(unseen) {
            one.why = WhyUnused::Unreviewed;
        }
    }
    let body = Body {
        format: FORMAT.to_owned(),
        organisation: config.organisation.name.clone(),
        as_of: desired.as_of,
        time_zone: config
            .organisation
            .time_zone
            .iana_name()
            .unwrap_or("UTC")
            .to_owned(),
        configuration: config.digest,
        settings: config.settings,
        against: circumstances.against.clone(),
        selection: None,
        edited: causes.edited(),
        due: due.is_some(),
        first_run: history.last.is_none(),
        changed_settings: history
            .last
            .as_ref()
            .map(|last| settings::changed(&last.settings, &config.watched()))
            .unwrap_or_default(),
        apps,
        tasks: leftover::tasks(config, &steps.changes),
        held_through: leftover::gather(inherited),
        accounts: preconditions::of(config, observed, &steps.changes),
        also_closed: carried::also_closed(guards.carried(), &steps.changes, &withheld),
        changes: steps.changes,
        edges: steps.edges,
        unused,
        guards: guards.list,
        withheld,
        unmanaged,
        surplus,
        out_of_scope: reach.outside(),
        upcoming,
        privileged,
        reminders: listed::reminders(config, desired),
        ordered: crate::desired::ordered(config),
    };
    let tool = env!("CARGO_PKG_VERSION").to_owned();
    let envelope = Envelope {
        created: circumstances.created,
        tool,
        commit: circumstances.commit.clone(),
        fetched_at,
        expires: circumstances.expires,
        rehearsal: circumstances.rehearsal,
    };
    Plan { envelope, body }
}

/// On what terms a plan is made: what somebody allows, and whom it may touch.
struct Terms<'a> {
    overrides: &'a [Override],
    reach: &'a Reach<'a>,
}

/// One app's part of a plan.
struct PlannedApp<'a> {
    name: &'a AppName,
    summary: AppSummary,
    fetched_at: Option<Timestamp>,
    draft: Option<Draft>,
    /// How many open accounts belong to people.
    open: usize,
    /// What the guard of short readings found.
    lacking: Option<Judgement>,
    /// Of an app that makes accounts in others, or whose accounts another makes.
    view: Option<AppView<'a>>,
}

impl<'a> PlannedApp<'a> {
    fn unread(name: &'a AppName, failure: &Failure) -> Self {
        Self {
            name,
            summary: AppSummary::Unread {
                failure: failure.clone(),
            },
            fetched_at: None,
            draft: None,
            open: 0,
            lacking: None,
            view: None,
        }
    }

    fn read(view: AppView<'a>, causes: &cause::Causes<'_>, reach: &Reach<'_>) -> Self {
        let name = Some(view.name);
        let apps = &view.config.apps;
        let cascades = apps[view.name].provisioned_by.is_some()
            || apps
                .keys()
                .any(|app| view.config.cascaded(app).map(|cascaded| cascaded.source) == name);
        let owned = |owner: &&Owner| matches!(owner, Owner::Person(..));
        Self {
            name: view.name,
            summary: AppSummary::Read {
                accounts: view.observation.len(),
                matched: view.links.owners.iter().filter(owned).count(),
                incomplete: view.unread_part(),
                administrators: guards::administrators(view.config, view.name, view.observation),
                own: guards::own_account(view.observation).map(matching::tag),
                digest: view.observation.digest(),
            },
            fetched_at: Some(view.observation.fetched_at),
            draft: Some(differ::plan_app(&view, causes)),
            open: view.open(reach),
            lacking: view.lacking.clone(),
            view: cascades.then_some(view),
        }
    }
}

/// The apps that the files no longer name and in which accounts of people stay open.
fn dropped(config: &Config, history: &History) -> BTreeMap<AppName, AppSummary> {
    let gone = history
        .apps
        .iter()
        .filter(|(name, _)| !config.apps.contains_key(*name));
    let open = |app: &RememberedApp| {
        let theirs = app
            .memories
            .values()
            .filter(|memory| memory.person.is_some());
        theirs
            .filter(|memory| memory.inactive_since.is_none())
            .count()
    };
    gone.map(|(name, app)| (name.clone(), AppSummary::Dropped { open: open(app) }))
        .collect()
}

/// Plans each app on its own, several at a time. What hangs on several is looked at afterwards.
fn plan_apps<'a>(
    config: &'a Config,
    desired: &'a Desired,
    observed: &'a Observed,
    history: &'a History,
    people: &'a PeopleIndex<'a>,
    causes: &cause::Causes<'_>,
    terms: &Terms<'_>,
) -> Vec<PlannedApp<'a>> {
    let names: Vec<&AppName> = config
        .apps
        .keys()
        .filter(|name| observed.contains_key(*name))
        .collect();
    let one = |name: &'a AppName| match &observed[name] {
        Reading::Unread(failure) => PlannedApp::unread(name, failure),
        Reading::Read(observation) => {
            let view = AppView::new(
                config,
                desired,
                history,
                people,
                name,
                observation,
                terms.overrides,
            );
            PlannedApp::read(view, causes, terms.reach)
        }
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(names.len())
        .max(1);
    let share = names.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = names
            .chunks(share)
            .map(|names| {
                scope.spawn(move || names.iter().map(|name| one(name)).collect::<Vec<_>>())
            })
            .collect();
        let parts = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        parts.flatten().collect()
    })
}
