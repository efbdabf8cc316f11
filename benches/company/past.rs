//! What the last run left behind, in memory and in a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use provisor::base::Digest;
use provisor::config::Config;
use provisor::model::history::{History, LastRun};
use provisor::model::name::AppName;
use provisor::model::observation::{Observed, Reading};
use provisor::model::snapshot::{
    AppReadings, Counts, MANIFEST_FORMAT, Manifest, Provenance, ReadingRecord,
};
use provisor::plan::matching::PeopleIndex;
use provisor::plan::remember;
use provisor::state::{Snapshot, Store, memory, object, people, reading, snapshot};

use super::{Company, Moment, apps};

/// Everything that planning looks at.
#[derive(Debug)]
pub struct Scene {
    /// Today's files.
    pub config: Config,
    pub observed: Observed,
    pub history: History,
}

impl Company {
    /// What the apps say at a moment.
    pub fn observed(self, moment: Moment) -> Observed {
        let before = self.load(Moment::LastRun);
        let desired = provisor::desired::at(&before, Moment::LastRun.instant());
        let apps = desired.apps.iter().enumerate();
        let readings = apps.map(|(app, name)| {
            let reading = apps::observe(&before, &desired, app, moment);
            (name.clone(), Reading::Read(Box::new(reading)))
        });
        readings.collect()
    }

    /// What planning looks at today.
    pub fn scene(self) -> Scene {
        let before = self.load(Moment::LastRun);
        let desired = provisor::desired::at(&before, Moment::LastRun.instant());
        let index = PeopleIndex::new(&before);
        let nothing = History::default();
        let mut observed = Observed::new();
        let mut remembered = BTreeMap::new();
        for (app, name) in desired.apps.iter().enumerate() {
            let reading = apps::observe(&before, &desired, app, Moment::LastRun);
            let known = remember::app(
                &before,
                &desired,
                name,
                Some(&reading),
                &nothing,
                &index,
                (&[], false),
            );
            remembered.insert(name.clone(), known);
            let today = apps::observe(&before, &desired, app, Moment::Today);
            observed.insert(name.clone(), Reading::Read(Box::new(today)));
        }
        let people = remember::people(&before, &desired, &nothing, &BTreeSet::new(), &remembered);
        Scene {
            config: self.load(Moment::Today),
            observed,
            history: History {
                last: Some(LastRun {
                    serial: 1,
                    whole: None,
                    reviewed: None,
                    head: before.digest,
                    as_of: Moment::LastRun.instant(),
                    configuration: before.digest,
                    undone: Vec::new(),
                    at_work: None,
                    settings: BTreeMap::new(),
                }),
                apps: remembered,
                people,
                recent: Vec::new(),
                used_up: Vec::new(),
                agreed: Vec::new(),
            },
        }
    }
}

impl Scene {
    /// Writes the history as a run's snapshot.
    pub async fn write(&self, folder: &Path) -> Store {
        let store = Store::open(folder).expect("a store in a temporary folder");
        self.snapshot(&store, &Observed::new(), None).await;
        store
    }

    /// Writes the history as the snapshot of a run that read this, after another one.
    pub async fn snapshot(
        &self,
        store: &Store,
        observed: &Observed,
        last: Option<&Snapshot>,
    ) -> Snapshot {
        let mut apps = BTreeMap::new();
        for (name, reading) in observed {
            let Reading::Read(reading) = reading else {
                unreachable!("every app was read")
            };
            let memories = &self.history.apps[name].memories;
            let memory = |id: &str| memories.get(id).cloned().unwrap_or_default();
            let memories: Vec<_> = reading
                .accounts()
                .map(|account| memory(account.vendor_id().raw()))
                .collect();
            let description = &self.config.apps[name].description;
            let named = BTreeSet::new();
            let asked = |_| reading::Asked {
                named: &named,
                all: true,
            };
            let asked: Vec<_> = (0..description.entitlements.len()).map(asked).collect();
            let written = reading::write(reading, &memories, description, &asked);
            let object = object::put(store, &written).await.expect("an object");
            let at = reading.fetched_at;
            let record = || ReadingRecord::Read { object, at };
            let readings = AppReadings {
                before: record(),
                after: record(),
            };
            apps.insert(name.clone(), readings);
        }
        let mut known: BTreeMap<AppName, Digest> = BTreeMap::new();
        for (name, app) in &self.history.apps {
            let object = memory::write(name, app);
            let digest = object::put(store, &object).await.expect("an object");
            known.insert(name.clone(), digest);
        }
        let people = object::put(store, &people::write(&self.history.people)).await;
        let manifest = Manifest {
            format: MANIFEST_FORMAT.to_owned(),
            serial: last.map_or(1, |last| last.manifest.serial + 1),
            previous: last.map(|last| last.digest),
            written: Moment::LastRun.instant(),
            as_of: Moment::LastRun.instant(),
            runs: Vec::new(),
            configuration: self.config.digest,
            plan: Digest::of(b"plan"),
            people: people.expect("an object"),
            apps,
            memory: known,
            actor: "bench".into(),
            commit: None,
            provenance: Provenance::default(),
            tool: "0.1.0".to_owned(),
            due: None,
            reason: None,
            mandate: None,
            part: None,
            counts: Counts::default(),
            undone: Vec::new(),
            at_work: None,
            settings: BTreeMap::new(),
            overrides: Vec::new(),
            used_up: Vec::new(),
            pruned: None,
        };
        let written = snapshot::write(store, manifest).await;
        written.expect("the next snapshot")
    }
}
