//! The state in buckets: what a store and its lock promise, and the binary on several workers.
//!
//! What speaks to a bucket takes its credentials from the environment, and a test cannot change its
//! own: each trial starts this program again, with the environment of a worker in CI.

use std::process::Command;

use bytes::Bytes;
use libtest_mimic::{Completion, Failed};
use provisor::base::Clock;
use provisor::state::lock::Owner;
use provisor::state::store::Creation;
use provisor::state::{Lock, LockError, Place, Store};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

use crate::bucket::{Bucket, Vendor};
use crate::installed;
use crate::server::variable;
use crate::workers::{self, APP};

/// Which trial this program is to be, on whose bucket: `moto::pieces`.
const TRIAL: &str = "PROVISOR_STORES_TRIAL";

type Trial = fn(Vendor);

/// Every trial by name. Each begins with an empty bucket.
pub const TRIALS: &[(&str, Trial)] = &[
    ("pieces", pieces),
    ("many_names", many_names),
    ("no_such_bucket", no_such_bucket),
    ("lease", lease),
    ("workers", workers::take_turns),
    ("saved_plan", workers::saved_plan),
    ("two_applies", workers::two_applies),
    ("killed", workers::killed),
    ("interrupted", workers::interrupted),
    ("secrets", workers::secrets),
];

/// Does the trial that the environment names, if it names one.
pub fn inside() -> bool {
    let Some(wanted) = variable(TRIAL) else {
        return false;
    };
    for vendor in Vendor::ALL {
        for (name, trial) in TRIALS {
            if wanted == format!("{}::{name}", vendor.name()) {
                trial(vendor);
            }
        }
    }
    true
}

/// The trials on every store. Those of a server that is not installed are ignored, or fail.
pub fn trials(required: bool) -> Vec<libtest_mimic::Trial> {
    let mut trials = Vec::new();
    for vendor in Vendor::ALL {
        for (name, _) in TRIALS {
            let run = move || {
                let peers = vendor.peer().into_iter().chain([*APP]);
                let mut missing = peers.filter_map(|peer| installed(&peer, required));
                missing.next().unwrap_or_else(|| run(vendor, name))
            };
            let name = format!("stores::{}::{name}", vendor.name());
            trials.push(libtest_mimic::Trial::ignorable_test(name, run));
        }
    }
    trials
}

/// Runs a trial in a process with the environment of the bucket.
pub fn run(vendor: Vendor, name: &str) -> Result<Completion, Failed> {
    let bucket = Bucket::start(vendor);
    let output = Command::new(std::env::current_exe()?)
        .env(TRIAL, format!("{}::{name}", vendor.name()))
        .envs(bucket.environment.iter().map(|(key, value)| (key, value)))
        .output()?;
    if output.status.success() {
        return Ok(Completion::Completed);
    }
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).into_owned().into())
}

fn place(vendor: Vendor) -> Place {
    Place::parse(vendor.url(), Path::new("/")).unwrap()
}

/// The store of a trial.
pub fn store(vendor: Vendor) -> Store {
    Store::at(&place(vendor)).unwrap()
}

fn within<T>(work: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(work)
}

fn pieces(vendor: Vendor) {
    const RACERS: usize = 16;
    within(async {
        let store = store(vendor);
        assert!(store.get("objects/none").await.unwrap().is_none());
        assert!(store.list("objects").await.unwrap().is_empty());
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                let store = store.clone();
                let content = Bytes::from(format!("racer {racer}"));
                tokio::spawn(async move {
                    let creation = store.create("snapshots/00000001.json", content).await;
                    (racer, creation.unwrap())
                })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            let (racer, creation) = racer.await.unwrap();
            if creation == Creation::Made {
                winners.push(racer);
            }
        }
        let [winner] = winners[..] else {
            panic!("{winners:?} all made it")
        };
        let there = store.get("snapshots/00000001.json").await.unwrap();
        assert_eq!(there.unwrap(), format!("racer {winner}"));
        assert_eq!(store.list("snapshots").await.unwrap(), ["00000001.json"]);
    });
}

fn many_names(vendor: Vendor) {
    const RUNS: usize = 1_100;
    within(async {
        let store = store(vendor);
        let mut expected = Vec::new();
        for batch in (1..=RUNS).collect::<Vec<_>>().chunks(50) {
            let made = batch.iter().map(|run| {
                let store = store.clone();
                let key = format!("runs/{run:06}/000000.json");
                tokio::spawn(async move { store.create(&key, Bytes::from("{}")).await.unwrap() })
            });
            for made in made.collect::<Vec<_>>() {
                assert_eq!(made.await.unwrap(), Creation::Made);
            }
            expected.extend(batch.iter().map(|run| format!("{run:06}")));
        }
        assert_eq!(store.list("runs").await.unwrap(), expected);
        assert_eq!(store.list("runs/000007").await.unwrap(), ["000000.json"]);
        // Only whole names count.
        assert!(store.list("run").await.unwrap().is_empty());
    });
}

/// A bucket that is not there is no empty state.
fn no_such_bucket(vendor: Vendor) {
    let url = vendor.url().replace("evidence", "elsewhere");
    let place = Place::parse(&url, Path::new("/")).unwrap();
    within(async {
        let store = Store::at(&place).unwrap();
        store.list("snapshots").await.unwrap_err();
        store.create("a", Bytes::from("b")).await.unwrap_err();
        let lock = Lock::acquire(&place, owner("a"), Clock::running(), Duration::ZERO);
        assert!(matches!(lock.await, Err(LockError::Bucket(_))));
    });
}

fn owner(host: &str) -> Owner {
    Owner::of("ci".to_owned(), host.to_owned(), Clock::running().now())
}

fn lease(vendor: Vendor) {
    const TAKERS: usize = 16;
    let clock = Clock::running();
    let take = |host: &str, patience: u64| {
        let (place, owner) = (place(vendor), owner(host));
        let patience = Duration::from_secs(patience);
        async move { Lock::acquire(&place, owner, clock, patience).await }
    };
    within(async {
        assert_eq!(Lock::free(&place(vendor), clock).await.unwrap(), None);
        let takers = (0..TAKERS).map(|taker| tokio::spawn(take(&format!("ci-{taker}"), 0)));
        let (mut held, mut told) = (Vec::new(), Vec::new());
        for taken in takers.collect::<Vec<_>>() {
            match taken.await.unwrap() {
                Ok(lock) => held.push(lock),
                Err(LockError::Held { owner, until }) => {
                    assert!(until.is_some());
                    told.push(owner.unwrap());
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        let [lock] = &held[..] else {
            panic!("{} have it", held.len())
        };
        assert!(told.iter().all(|owner| *owner == told[0]), "{told:?}");
        let error = take("late", 0).await.unwrap_err().to_string();
        let told = &told[0];
        assert!(
            error.contains(&format!("ci on {}, process", told.host.raw())),
            "{error}"
        );
        assert!(error.contains(&format!("since {}", told.since)), "{error}");

        // Whoever waits has it once it is released.
        let waiting = tokio::spawn(take("patient", 60));
        lock.release().await;
        let patient = waiting.await.unwrap().unwrap();
        assert!(
            *lock.lost().unwrap().borrow(),
            "whoever let go has it no more"
        );

        // It is freed by somebody, and taken by another.
        let freed = Lock::free(&place(vendor), clock).await.unwrap().unwrap();
        assert_eq!(freed.owner.unwrap().host.raw(), "patient");
        let other = take("other", 0).await.unwrap();
        let mut lost = patient.lost().unwrap();
        lost.wait_for(|lost| *lost).await.unwrap();
        patient.release().await;
        let error = take("late", 0).await.unwrap_err().to_string();
        assert!(error.contains("ci on other"), "{error}");
        other.release().await;
        take("late", 0).await.unwrap();
    });
}
