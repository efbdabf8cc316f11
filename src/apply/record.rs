//! What a run leaves behind: the readings before and after it, and the manifest that names them.

use std::collections::BTreeMap;

use crate::config::AppConfig;
use crate::model::change::Change;
use crate::model::name::AppName;
use crate::model::observation::{Observation, Observed, Reading};
use crate::model::outcome::StepOutcome;
use crate::model::plan::Plan;
use crate::model::snapshot::{AppReadings, MANIFEST_FORMAT, Manifest, ReadingRecord};
use crate::plan::matching::{Links, PeopleIndex};
use crate::plan::remember::{self, Deed};
use crate::state::journal::Closed;
use crate::state::{PastRun, Snapshot, StateError, object, people, reading, snapshot};

use super::Setting;

/// Writes the snapshot of a run: `before` covers every app, `after` those in which something was
/// tried.
pub async fn snapshot(
    setting: &Setting<'_>,
    plan: &Plan,
    before: &Observed,
    after: &Observed,
    past: &[PastRun],
    closed: &Closed,
    outcomes: &[StepOutcome],
) -> Result<Snapshot, StateError> {
    let people = PeopleIndex::new(setting.config);
    let last = snapshot::latest(setting.store).await?;
    let earlier = earlier_deeds(past);
    let deeds = [earlier.clone(), deeds(closed, &plan.body.changes, outcomes)].concat();
    let recorder = Recorder {
        setting,
        people: &people,
        last: last.as_ref().map(|last| &last.manifest),
    };
    let mut apps = BTreeMap::new();
    let mut links: BTreeMap<AppName, (&Observation, Links)> = BTreeMap::new();
    for (app, entry) in &setting.config.apps {
        let (Some(first), second) = (before.get(app), after.get(app)) else {
            continue;
        };
        let (first_record, first_links) = recorder.write(app, entry, first, &earlier).await?;
        let (mut record, mut own) = match second {
            Some(second) => recorder.write(app, entry, second, &deeds).await?,
            // Nothing was tried here; runs before this one may still have to be remembered.
            None => (first_record.clone(), first_links.clone()),
        };
        if let (Some(Reading::Unread(failure)), Some((object, at))) =
            (second, first_record.object())
        {
            record = ReadingRecord::Carried {
                object,
                at,
                why: failure.to_string(),
            };
            own = first_links;
        }
        if let Some((reading, own)) = own {
            links.insert(app.clone(), (reading, own));
        }
        apps.insert(
            app.clone(),
            AppReadings {
                before: first_record,
                after: record,
            },
        );
    }
    let by_app = links
        .iter()
        .map(|(app, (reading, links))| (app.clone(), (*reading, links)))
        .collect();
    let remembered = people::write(&remember::people(setting.config, setting.history, &by_app));
    let manifest = Manifest {
        format: MANIFEST_FORMAT.to_owned(),
        serial: last.as_ref().map_or(1, |last| last.manifest.serial + 1),
        previous: last.as_ref().map(|last| last.digest),
        written: setting.context.clock().now(),
        as_of: plan.body.as_of,
        runs: past
            .iter()
            .filter_map(PastRun::record)
            .cloned()
            .chain([closed.record.clone()])
            .collect(),
        configuration: plan.body.configuration,
        plan: plan.id(),
        people: object::put(setting.store, &remembered).await?,
        apps,
        actor: setting.actor.clone(),
        commit: setting.commit.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        counts: closed.counts,
        undone: outcomes
            .iter()
            .filter(|step| !step.outcome.is_good())
            .map(|step| step.change.clone())
            .collect(),
    };
    snapshot::write(setting.store, manifest).await
}

struct Recorder<'a> {
    setting: &'a Setting<'a>,
    people: &'a PeopleIndex<'a>,
    last: Option<&'a Manifest>,
}

type Linked<'a> = Option<(&'a Observation, Links)>;

impl Recorder<'_> {
    /// Writes one app's reading, with what is remembered of its accounts.
    async fn write<'a>(
        &self,
        app: &AppName,
        entry: &AppConfig,
        reading: &'a Reading,
        deeds: &[Deed],
    ) -> Result<(ReadingRecord, Linked<'a>), StateError> {
        let setting = self.setting;
        let observation = match reading {
            Reading::Read(observation) => observation,
            Reading::Unread(failure) => {
                let why = failure.to_string();
                let carried = self
                    .last
                    .and_then(|last| last.apps.get(app)?.after.object());
                let record = carried.map_or(
                    ReadingRecord::Unread { why: why.clone() },
                    |(object, at)| ReadingRecord::Carried { object, at, why },
                );
                return Ok((record, None));
            }
        };
        let (memories, links) = remember::memories(
            setting.config,
            setting.desired,
            app,
            observation,
            setting.history,
            self.people,
            deeds,
        );
        let scope = &setting.requests[app].scope;
        let asked: Vec<_> = scope
            .kinds
            .iter()
            .map(|kind| reading::Asked {
                named: &kind.named,
                all: kind.all,
            })
            .collect();
        let written = reading::write(observation, &memories, &entry.description, &asked);
        let object = object::put(setting.store, &written).await?;
        Ok((
            ReadingRecord::Read {
                object,
                at: observation.fetched_at,
            },
            Some((observation, links)),
        ))
    }
}

/// What runs without a snapshot of their own got done.
fn earlier_deeds(past: &[PastRun]) -> Vec<Deed> {
    let of = |run: &PastRun| {
        let good = run.outcomes().filter(|(_, step)| step.outcome.is_good());
        good.map(|(change, step)| Deed {
            run: run.run().clone(),
            change: change.clone(),
            outcome: step.outcome.clone(),
        })
        .collect::<Vec<_>>()
    };
    past.iter().flat_map(of).collect()
}

/// What this run got done.
fn deeds(closed: &Closed, changes: &[Change], outcomes: &[StepOutcome]) -> Vec<Deed> {
    let good = changes
        .iter()
        .zip(outcomes)
        .filter(|(_, step)| step.outcome.is_good());
    good.map(|(change, step)| Deed {
        run: closed.record.run.clone(),
        change: change.clone(),
        outcome: step.outcome.clone(),
    })
    .collect()
}
