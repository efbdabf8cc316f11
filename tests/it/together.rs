//! Two applies at once: one after the other, or one of them not at all.

use std::collections::BTreeMap;

use provisor::apply::{Finished, RunError, Seen, Setting};
use provisor::apps::Context;
use provisor::apps::transport::Patience;
use provisor::base::Clock;
use provisor::config::{Config, Trust};
use provisor::model::failure::{Failure, FailureKind};
use provisor::model::history::History;
use provisor::model::observation::{Observed, Reading};
use provisor::model::snapshot::Provenance;
use provisor::plan::{Circumstances, approve, plan};
use provisor::state::{StateError, Store, snapshot};
use tokio::sync::watch;

use crate::environment::Environment;

#[test]
fn two_applies_at_once_leave_one_chain_and_no_second_account() {
    for _ in 0..10 {
        let environment = Environment::example();
        let (one, two) = (
            environment.start("apply --yes"),
            environment.start("apply --yes"),
        );
        let ids = [one.id(), two.id()];
        let runs = [one, two].map(|running| environment.ended(running.end()));
        let mut codes = [0, 0];
        for (index, run) in runs.into_iter().enumerate() {
            codes[index] = run.code().unwrap();
            let ended = run.exits(codes[index]);
            if codes[index] == 6 {
                // The sandbox's folder may be what is in use; the state names its owner.
                let host = gethostname::gethostname().to_string_lossy().into_owned();
                let owner = format!("ci on {host}, process {}, since ", ids[1 - index]);
                let named = ended.stderr.contains(&owner);
                assert!(
                    named || ended.stderr.contains("sandbox"),
                    "{}",
                    ended.stderr
                );
            }
        }
        codes.sort_unstable();
        assert!(matches!(codes, [0, 0 | 6]), "{codes:?}");
        assert_eq!(environment.accounts().len(), 4);
        let manifests = environment.manifests();
        let done = codes.iter().filter(|code| **code == 0).count();
        assert_eq!(manifests.len(), done);
        let counts: u64 = manifests
            .iter()
            .map(|one| one["counts"]["done"].as_u64().unwrap())
            .sum();
        assert_eq!(counts, 7, "each change was made once");
        environment.run("plan --detailed-exitcode").exits(0);
    }
}

#[test]
fn of_two_at_once_on_a_real_state_the_loser_names_the_owner() {
    for _ in 0..10 {
        let (environment, _serving) = Environment::served("latency = \"30ms\"");
        let running = [(); 2].map(|()| environment.start("apply --yes"));
        let ids = [0, 1].map(|index| running[index].id());
        let ended = running.map(|running| environment.ended(running.end()));
        let codes = [0, 1].map(|index| ended[index].code().unwrap());
        assert!(matches!(codes, [0, 6] | [6, 0]), "{codes:?}");
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        for (index, run) in ended.into_iter().enumerate() {
            let ended = run.exits(codes[index]);
            if codes[index] == 6 {
                let winner = ids[1 - index];
                ended
                    .prints("")
                    .mentions(&format!("(ci on {host}, process {winner}, since "));
            }
        }
        assert_eq!(environment.manifests().len(), 1);
        assert_eq!(environment.journals().len(), 1, "the loser has no run");
        assert_eq!(environment.accounts().len(), 4);
        environment.run("plan --detailed-exitcode").exits(0);
    }
}

/// A run of the example in this process, on a history that may not be the last any more. Its app
/// cannot be read, so that it has nothing to do and a snapshot to leave.
async fn run(
    environment: &Environment,
    history: History,
    seen: &mut (dyn FnMut(Seen<'_>) + Send),
) -> Result<Finished, RunError> {
    let loaded = Config::load(&environment.folder(), &Trust::none());
    let config = loaded.config.unwrap();
    let unread = |app| Reading::Unread(Failure::new(app, FailureKind::Unavailable, "reading"));
    let apps = config.apps.keys();
    let observed: Observed = apps.map(|app| (app.clone(), unread(app))).collect();
    let clock = Clock::running();
    let context = Context::with_patience(clock, Patience::default());
    let desired = provisor::desired::at(&config, clock.started());
    let circumstances = Circumstances::default();
    let approved = approve(plan(&config, &desired, &observed, &history, &circumstances));
    let store = Store::open(&environment.state("")).unwrap();
    let (_go_on, stop) = watch::channel(false);
    let setting = Setting {
        config: &config,
        desired: &desired,
        history,
        overrides: &[],
        requests: &BTreeMap::new(),
        context: &context,
        store: &store,
        actor: "a test".into(),
        commit: None,
        mandate: None,
        provenance: Provenance::default(),
        signer: None,
    };
    provisor::apply::run(&approved, &setting, &observed, &[], &stop, seen).await
}

/// As where a lease was lost and whoever held it has not noticed yet.
#[tokio::test]
async fn of_two_that_were_planned_on_one_state_only_one_begins() {
    let environment = Environment::example();
    let store = Store::open(&environment.state("")).unwrap();
    let history = snapshot::history(&store).await.unwrap();
    let first = run(&environment, history.clone(), &mut |_| {}).await;
    assert_eq!(first.unwrap().snapshot.manifest.serial, 1);
    let late = run(&environment, history, &mut |_| {}).await.unwrap_err();
    let raced = |error: &RunError| match error {
        RunError::NotBegun(StateError::Raced { piece }) => piece == "snapshots/00000001.json",
        _ => false,
    };
    assert!(raced(&late), "{late:?}");
    assert_eq!(environment.manifests().len(), 1);
}

/// The other one ends while this one is at work: it was planned on what is no longer so.
#[tokio::test]
async fn a_snapshot_follows_only_from_the_one_that_its_run_was_planned_on() {
    let (environment, other) = (Environment::example(), Environment::example());
    run(&other, History::default(), &mut |_| {}).await.unwrap();
    let mut overtaken = |seen: Seen<'_>| {
        if matches!(seen, Seen::Opened { .. }) {
            std::fs::create_dir(environment.state("snapshots")).unwrap();
            let piece = "snapshots/00000001.json";
            std::fs::copy(other.state(piece), environment.state(piece)).unwrap();
        }
    };
    let late = run(&environment, History::default(), &mut overtaken).await;
    let error = late.unwrap_err();
    let RunError::Broken { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(matches!(source, StateError::Raced { .. }), "{error:?}");
    assert_eq!(environment.manifests().len(), 1);
}
