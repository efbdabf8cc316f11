//! Evidence of 100,000 people in 14 apps: a snapshot is written in at most 5 s, verified in at most
//! 5 s, and told apart from one that differs in 3,500 accounts in at most 1 s. The last two are the
//! program as a whole.

use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;
use provisor::model::observation::Observed;
use provisor::state::{Snapshot, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::company::{Company, Moment, Scene};

const COMPANY: Company = Company {
    people: 100_000,
    profiles: 30,
    apps: 14,
};

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

fn store(folder: &Path) -> Store {
    Store::open(&folder.join("state")).expect("a store in a temporary folder")
}

/// Writes a snapshot of what the apps said, after another one.
fn write(scene: &Scene, observed: &Observed, store: &Store, last: Option<&Snapshot>) -> Snapshot {
    runtime().block_on(scene.snapshot(store, observed, last))
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn written(bencher: Bencher<'_, '_>) {
    let scene = COMPANY.scene();
    bencher
        .with_inputs(|| tempfile::tempdir().expect("a temporary folder"))
        .bench_values(|folder| {
            write(&scene, &scene.observed, &store(folder.path()), None);
            folder
        });
}

/// The files, and two snapshots.
fn kept() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    COMPANY.write(folder.path(), Moment::Today);
    let (scene, store) = (COMPANY.scene(), store(folder.path()));
    let last = write(&scene, &COMPANY.observed(Moment::LastRun), &store, None);
    write(&scene, &scene.observed, &store, Some(&last));
    folder
}

fn run(folder: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_provisor"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "{arguments:?}: {status}");
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn verified(bencher: Bencher<'_, '_>) {
    let folder = kept();
    bencher.bench(|| run(folder.path(), &["snapshot", "verify"]));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn told_apart(bencher: Bencher<'_, '_>) {
    let folder = kept();
    bencher.bench(|| run(folder.path(), &["snapshot", "diff", "1", "2"]));
}
