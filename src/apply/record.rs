//! What a run leaves behind: the readings before and after it, what is remembered, and the manifest
//! that names them.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;

use crate::apps::Scope;
use crate::base::Digest;
use crate::config::{AppConfig, Config};
use crate::model::allowance::used_up;
use crate::model::app::AppDescription;
use crate::model::change::{Change, ChangeId};
use crate::model::desired::Desired;
use crate::model::failure::Failure;
use crate::model::guard::{Judgement, Override};
use crate::model::history::{Deed, History, LastRun, RememberedApp};
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{Observation, Observed, Reading};
use crate::model::outcome::{Outcome, Refusal, StepOutcome};
use crate::model::plan::Body;
use crate::model::reason::Cause;
use crate::model::snapshot::{
    AppReadings, DueRun, MANIFEST_FORMAT, Manifest, PartRun, ReadingRecord,
};
use crate::model::withheld::{Impediment, WithheldState};
use crate::plan::matching::PeopleIndex;
use crate::plan::unreviewed::Reviewed;
use crate::plan::{
    Approved, remember, remembered_allowances, remembered_at_work, reviewed as last_reviewed,
    unreviewed_at_work,
};
use crate::state::journal::Closed;
use crate::state::{
    Object, PastRun, Snapshot, StateError, memory, object, people, reading, snapshot, tombstone,
};

use super::Setting;

/// Writes the snapshot of a run: `before` covers every app, `after` those in which something was
/// tried.
pub async fn snapshot(
    setting: &Setting<'_>,
    approved: &Approved,
    before: &Observed,
    after: &Observed,
    past: &[PastRun],
    closed: &Closed,
    outcomes: &[StepOutcome],
) -> Result<Snapshot, StateError> {
    let (plan, unreviewed) = (&approved.plan().body, approved.unreviewed());
    let head = setting.history.last.as_ref().map(|last| last.head);
    let last = snapshot::unmoved(setting.store, head).await?;
    let last = last.as_ref();
    let people = PeopleIndex::new(setting.config);
    let mut history = setting.history.clone();
    let recorder = Recorder {
        setting,
        people: &people,
        last: last.map(|last| &last.manifest),
        due: plan.due,
    };
    let mut apps = recorder.dropped();
    // Side by side: each waits for the disk, or for the bucket.
    let firsts = setting.config.apps.iter().filter_map(|(app, entry)| {
        let first = before.get(app)?;
        let (recorder, history) = (&recorder, &history);
        Some(async move {
            let record = recorder.record(app, entry, first, history).await?;
            Ok::<_, StateError>((app, record))
        })
    });
    let firsts = try_join_all(firsts).await?;
    let mut firsts: BTreeMap<&AppName, ReadingRecord> = firsts.into_iter().collect();
    let withheld = plan.withheld.iter().flat_map(|item| &item.changes);
    history.intend(plan.changes.iter().chain(withheld));
    let deeds = deeds(closed, &plan.changes, outcomes);
    history.absorb(&deeds);
    let used_up = [setting.history.used_up.clone(), used_up(plan, &deeds)].concat();
    let mut remembered = history.apps.clone();
    let seconds = setting.config.apps.iter().filter_map(|(app, entry)| {
        let last = after.get(app).filter(|last| read(last).is_some())?;
        let (recorder, history) = (&recorder, &history);
        Some(async move {
            let record = recorder.record(app, entry, last, history).await?;
            Ok::<_, StateError>((app, record))
        })
    });
    let seconds = try_join_all(seconds).await?;
    let mut seconds: BTreeMap<&AppName, ReadingRecord> = seconds.into_iter().collect();
    for app in setting.config.apps.keys() {
        let Some(first) = firsts.remove(app) else {
            continue;
        };
        let (last, second) = match (after.get(app), seconds.remove(app)) {
            (Some(last), Some(second)) => (Some(last), second),
            (Some(Reading::Unread(failure)), _) => (None, first.carried(failure)),
            // Nothing was tried here.
            _ => (before.get(app), first.clone()),
        };
        let last = last.and_then(read);
        let memory = remember::app(
            setting.config,
            setting.desired,
            app,
            last,
            &history,
            &people,
            (setting.overrides, plan.due),
        );
        remembered.insert(app.clone(), memory);
        apps.insert(
            app.clone(),
            AppReadings {
                before: first,
                after: second,
            },
        );
    }
    let mut known = remember::people(
        setting.config,
        setting.desired,
        &setting.history,
        &waiting(plan, outcomes),
        &remembered,
    );
    let left = left(plan, outcomes, unreviewed);
    let reviewed = Reviewed::new(plan, setting.config, &setting.history, &left);
    let waiting = reviewed.people(&setting.history, &mut known);
    reviewed.apps(setting.config, &setting.history, &waiting, &mut remembered);
    let due = plan.due.then(|| last_reviewed(&setting.history)).flatten();
    let due = due.map(|reviewed| DueRun { reviewed });
    let by_order = setting.mandate.as_ref().map(drop);
    let manifest = Manifest {
        format: MANIFEST_FORMAT.to_owned(),
        serial: last.map_or(1, |last| last.manifest.serial + 1),
        previous: last.map(|last| last.digest),
        written: setting.context.clock().now(),
        as_of: plan.as_of,
        runs: past
            .iter()
            .filter_map(PastRun::record)
            .cloned()
            .chain([closed.record.clone()])
            .collect(),
        // Of the files that people and memory were taken from: those of a saved plan may be older.
        configuration: setting.config.digest,
        plan: Digest::of_value(plan),
        people: object::put(setting.store, &people::write(&known)).await?,
        apps,
        memory: recorder.memory(&remembered).await?,
        actor: setting.actor.clone(),
        commit: setting.commit.clone(),
        provenance: setting.provenance.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        due,
        reason: approved.reason().cloned(),
        mandate: setting.mandate.clone(),
        part: part(setting, plan),
        counts: closed.counts,
        undone: undone(setting, approved, outcomes),
        // Whoever carries out an order reviewed nothing but that.
        at_work: match due.as_ref().map(drop).or(by_order) {
            None => Some(remembered_at_work(
                setting.desired,
                &setting.history,
                &plan.guards,
            )),
            Some(()) => unreviewed_at_work(setting.config, setting.desired, &setting.history),
        },
        settings: match (&setting.history.last, due.as_ref().map(drop).or(by_order)) {
            (Some(last), Some(())) => last.settings.clone(),
            _ => reviewed_settings(setting, plan),
        },
        overrides: overrides(setting, plan),
        used_up: remembered_allowances(setting.config, setting.desired, used_up),
        pruned: tombstone::last(setting.store).await?,
    };
    snapshot::write_signed(setting.store, manifest, setting.signer).await
}

struct Recorder<'a> {
    setting: &'a Setting<'a>,
    people: &'a PeopleIndex<'a>,
    last: Option<&'a Manifest>,
    /// Nobody reviewed the run (R24).
    due: bool,
}

impl Recorder<'_> {
    /// Writes one app's reading, with what the history remembers of its accounts.
    async fn record(
        &self,
        app: &AppName,
        entry: &AppConfig,
        reading: &Reading,
        history: &History,
    ) -> Result<ReadingRecord, StateError> {
        let setting = self.setting;
        let observation = match reading {
            Reading::Read(observation) => observation,
            Reading::Unread(failure) => return Ok(self.carry(app, &failure.to_string())),
        };
        let written = written(
            (setting.config, setting.desired, history, self.people),
            (app, &entry.description),
            observation,
            &setting.requests[app].scope,
            (setting.overrides, self.due),
        );
        let object = object::put(setting.store, &written).await?;
        Ok(ReadingRecord::Read {
            object,
            at: observation.fetched_at,
        })
    }

    /// The last reading of an app that this run could not, or need not, read.
    fn carry(&self, app: &AppName, why: &str) -> ReadingRecord {
        let why = why.to_owned();
        let carried = self
            .last
            .and_then(|last| last.apps.get(app)?.after.object());
        carried.map_or(
            ReadingRecord::Unread { why: why.clone() },
            |(object, at)| ReadingRecord::Carried { object, at, why },
        )
    }

    /// The apps that the last snapshot has and the files no longer name: what was known of them is
    /// not lost with their entry.
    fn dropped(&self) -> BTreeMap<AppName, AppReadings> {
        let apps = self.last.into_iter().flat_map(|last| last.apps.keys());
        let dropped = apps.filter(|app| !self.setting.config.apps.contains_key(*app));
        dropped
            .map(|app| {
                let record = self.carry(app, "no longer in provisor.toml");
                (
                    app.clone(),
                    AppReadings {
                        before: record.clone(),
                        after: record,
                    },
                )
            })
            .collect()
    }

    async fn memory(
        &self,
        remembered: &BTreeMap<AppName, RememberedApp>,
    ) -> Result<BTreeMap<AppName, Digest>, StateError> {
        let digests = remembered.iter().map(async |(app, remembered)| {
            let object = memory::write(app, remembered);
            let digest = object::put(self.setting.store, &object).await?;
            Ok::<_, StateError>((app.clone(), digest))
        });
        Ok(try_join_all(digests).await?.into_iter().collect())
    }
}

/// What an app said, as a snapshot keeps it: with what is remembered of each account.
pub fn written(
    (config, desired, history, people): (&Config, &Desired, &History, &PeopleIndex<'_>),
    (app, description): (&AppName, &AppDescription),
    observation: &Observation,
    scope: &Scope,
    (overrides, due): (&[Override], bool),
) -> Object {
    let remembered = remember::app(
        config,
        desired,
        app,
        Some(observation),
        history,
        people,
        (overrides, due),
    );
    let memory = |id: &str| remembered.memories.get(id).cloned().unwrap_or_default();
    let memories: Vec<_> = observation
        .accounts()
        .map(|account| memory(account.vendor_id().raw()))
        .collect();
    let kinds = scope.kinds.iter();
    let asked: Vec<_> = kinds
        .map(|kind| reading::Asked {
            named: &kind.named,
            all: kind.all,
        })
        .collect();
    reading::write(observation, &memories, description, &asked)
}

fn read(reading: &Reading) -> Option<&Observation> {
    match reading {
        Reading::Read(observation) => Some(observation),
        Reading::Unread(_) => None,
    }
}

impl ReadingRecord {
    /// This reading, where the app could not be read again.
    fn carried(&self, failure: &Failure) -> Self {
        let why = failure.to_string();
        match self.object() {
            Some((object, at)) => Self::Carried { object, at, why },
            None => Self::Unread { why },
        }
    }
}

/// What was allowed by its exact number: by the command line, and by the files where the plan needed
/// it.
fn overrides(setting: &Setting<'_>, plan: &Body) -> Vec<Override> {
    let said = setting.overrides.iter().cloned();
    said.chain(plan.guards.iter().filter_map(Judgement::by_entry))
        .collect()
}

/// What this run got done.
fn deeds(closed: &Closed, changes: &[Change], outcomes: &[StepOutcome]) -> Vec<Deed> {
    let tried = changes.iter().zip(outcomes);
    tried
        .filter_map(|(change, step)| Deed::of(&closed.record.run, change, step))
        .collect()
}

/// The people for whom the plan wanted something and did not get it.
fn waiting(plan: &Body, outcomes: &[StepOutcome]) -> BTreeSet<PersonId> {
    let tried = plan.changes.iter().zip(outcomes);
    let tried = tried
        .filter(|(_, step)| !step.outcome.is_good())
        .map(|(change, _)| change);
    let withheld = plan.outstanding().flat_map(|item| &item.changes);
    let people = tried
        .chain(withheld)
        .filter_map(|change| change.person.as_ref());
    people.map(|person| person.id.clone()).collect()
}

/// What was due and did not come about, for the next run to try again: tried in vain, not begun,
/// held, blocked or waiting, or refused for what may be otherwise by then. What nobody agreed to as
/// it is now, refused or in no reviewed plan, is among it only if it needs nobody's review.
fn undone(setting: &Setting<'_>, approved: &Approved, outcomes: &[StepOutcome]) -> Vec<ChangeId> {
    let plan = &approved.plan().body;
    let tried = plan.changes.iter().zip(outcomes).filter(|(change, step)| {
        !(step.outcome.is_good() || (is_rejected(&step.outcome) && needs_review(change)))
    });
    // A run of ours may try again what it was to do, and not what somebody else did since.
    let outstanding = plan.outstanding().flat_map(|held| &held.changes);
    let doubted: BTreeSet<&ChangeId> = doubted(plan).map(|change| &change.id).collect();
    let outstanding =
        outstanding.filter(|change| change.cause != Cause::Drift && !doubted.contains(&change.id));
    // The moment from which dates count moves on: what they brought must not look like drift.
    let left = plan.withheld.iter();
    let left = left.filter(|item| item.state == WithheldState::Unreviewed);
    let left = left
        .flat_map(|item| &item.changes)
        .chain(approved.unreviewed());
    let left = left.filter(|change| !needs_review(change));
    let changes = tried.map(|(change, _)| change);
    let ids = changes.chain(outstanding).chain(left);
    let mut undone: Vec<ChangeId> = ids.map(|change| change.id.clone()).collect();
    if approved.is_saved() || plan.selection.is_some() || plan.is_incomplete() {
        // It says nothing of what is not in it.
        let withheld = plan.withheld.iter().flat_map(|item| &item.changes);
        let said = plan.changes.iter().chain(withheld);
        let said: BTreeSet<&ChangeId> = said.map(|change| &change.id).collect();
        let last = setting.history.last.iter().flat_map(|last| &last.undone);
        let earlier: Vec<_> = last.filter(|id| !said.contains(id)).cloned().collect();
        undone.extend(earlier);
    }
    undone
}

/// True for what is not done since the account or the files are not what was reviewed; false where
/// an app, a guard or a seat stands in the way of what was.
fn is_rejected(outcome: &Outcome) -> bool {
    let Outcome::Refused { why } = outcome else {
        return false;
    };
    match why {
        Refusal::Unread => false,
        Refusal::Withheld { why } => {
            why.is_of_doubted_files()
                || !matches!(
                    **why,
                    Impediment::Guard { .. }
                        | Impediment::IncompleteReading { .. }
                        | Impediment::SourceUnread { .. }
                        | Impediment::SourceWithheld { .. }
                        | Impediment::NoSeat { .. }
                        | Impediment::Requires { .. }
                        | Impediment::Acceptance { .. }
                )
        }
        _ => true,
    }
}

/// What a run of some people or apps leaves as it was for everybody else.
fn part(setting: &Setting<'_>, plan: &Body) -> Option<PartRun> {
    plan.selection.as_ref()?;
    let last = setting.history.last.as_ref();
    Some(PartRun {
        whole: last.map_or(plan.as_of, LastRun::since),
        reviewed: last_reviewed(&setting.history).unwrap_or(plan.as_of),
    })
}

/// The settings as somebody reviewed them: a saved plan is of these settings, and not of what
/// `approvals.toml` may say since of overrides and of what is kept apart.
fn reviewed_settings(setting: &Setting<'_>, plan: &Body) -> BTreeMap<String, String> {
    let mut settings = setting.config.watched();
    if plan.configuration != setting.config.digest {
        let nothing = BTreeMap::new();
        let last = setting.history.last.as_ref();
        let before = last.map_or(&nothing, |last| &last.settings);
        let edited = |key: &str| key.starts_with("allow.") || key.starts_with("separation.");
        settings.retain(|key, text| !edited(key) || before.get(key) == Some(text));
        // Nobody saw that a rule is gone.
        let rules = before
            .iter()
            .filter(|(key, _)| key.starts_with("separation."));
        settings.extend(rules.map(|(key, text)| (key.clone(), text.clone())));
    }
    settings
}

/// What edits would take if the files were believed: no run that judges no files may do it.
fn doubted(plan: &Body) -> impl Iterator<Item = &Change> {
    let items = plan.withheld.iter();
    let doubted = items.filter(|item| item.why.is_of_doubted_files());
    let changes = doubted.flat_map(|item| &item.changes);
    changes.filter(|change| change.cause == Cause::Files)
}

/// The edits of the files that a run left to a review: refused, not believed, or in no reviewed plan.
fn left<'a>(plan: &'a Body, outcomes: &[StepOutcome], unreviewed: &'a [Change]) -> Vec<&'a Change> {
    let refused = plan.changes.iter().zip(outcomes);
    let refused = refused.filter(|(_, step)| is_rejected(&step.outcome));
    let refused = refused.map(|(change, _)| change);
    let edits = refused.chain(unreviewed).chain(doubted(plan));
    edits
        .filter(|change| change.cause == Cause::Files)
        .collect()
}

/// True for what only somebody's agreement brings about (R24).
const fn needs_review(change: &Change) -> bool {
    matches!(change.cause, Cause::Files | Cause::Drift)
}
