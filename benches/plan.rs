//! Planning without a network, in the steady state of [`Company`]: 10,000 people in 14 apps in at
//! most 0.3 s; 100,000 in at most 3 s and 1 GiB, on two cores. `whole` is what the targets are
//! about; the others are its parts, and what a run does around it.

use divan::Bencher;
use provisor::model::observation::Reading;
use provisor::model::plan::Plan;
use provisor::plan::matching::PeopleIndex;
use provisor::plan::{Circumstances, plan, remember};
use provisor::state::snapshot;

use crate::company::{Company, Moment, Scene};

const PEOPLE: [usize; 3] = [10_000, 30_000, 100_000];

fn scene(people: usize) -> Scene {
    let company = Company {
        people,
        profiles: 30,
        apps: 14,
    };
    company.scene()
}

/// The plan of a scene.
pub fn planned(scene: &Scene) -> Plan {
    let desired = provisor::desired::at(&scene.config, Moment::Today.instant());
    let circumstances = Circumstances {
        created: Moment::Today.instant(),
        commit: None,
        ..Circumstances::default()
    };
    plan(
        &scene.config,
        &desired,
        &scene.observed,
        &scene.history,
        &circumstances,
    )
}

#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn whole(bencher: Bencher<'_, '_>, people: usize) {
    let scene = scene(people);
    let body = planned(&scene).body;
    assert!(body.changes.len() > people / 10 && body.withheld.is_empty());
    bencher.bench(|| planned(&scene));
}

#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn desired(bencher: Bencher<'_, '_>, people: usize) {
    let scene = scene(people);
    bencher.bench(|| provisor::desired::at(&scene.config, Moment::Today.instant()));
}

#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn facts(bencher: Bencher<'_, '_>, people: usize) {
    let scene = scene(people);
    bencher.bench(|| scene.config.facts());
}

#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn text(bencher: Bencher<'_, '_>, people: usize) {
    let plan = planned(&scene(people));
    bencher.bench(|| {
        provisor::render::plan::text(&plan, provisor::render::plan::Detail::Full, 80)
            .to_text(provisor::render::Colour::Plain)
    });
}

/// What a run remembers of every account in the end.
#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn memories(bencher: Bencher<'_, '_>, people: usize) {
    let scene = scene(people);
    let desired = provisor::desired::at(&scene.config, Moment::Today.instant());
    bencher.bench(|| {
        let index = PeopleIndex::new(&scene.config);
        let apps = scene.observed.iter().map(|(name, reading)| {
            let Reading::Read(reading) = reading else {
                unreachable!("every app was read")
            };
            let history = &scene.history;
            remember::app(
                &scene.config,
                &desired,
                name,
                Some(reading),
                history,
                &index,
                (&[], false),
            )
        });
        apps.collect::<Vec<_>>()
    });
}

/// Reading the last snapshot, from files.
#[divan::bench(args = PEOPLE, sample_count = 7, sample_size = 1)]
fn history(bencher: Bencher<'_, '_>, people: usize) {
    let scene = scene(people);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = runtime.block_on(scene.write(folder.path()));
    bencher.bench(|| {
        let history = runtime.block_on(snapshot::history(&store));
        history.expect("the snapshot reads")
    });
}
