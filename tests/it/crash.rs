//! `kill -9` at every moment that matters, answers that get lost, and Ctrl-C: the next apply finds
//! what became of each step, and nothing is done twice.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::environment::{Environment, Running};

/// Every answer takes so long, so that there is time to die in.
const LATENCY: &str = "latency = \"15ms\"";

/// Everybody once.
const LOGINS: [&str; 4] = [
    "build-robot@meridianmanufacturing.com",
    "emma.johnson@meridianmanufacturing.com",
    "luis.ortega@meridianmanufacturing.com",
    "priya.nair@meridianmanufacturing.com",
];

/// Applies once more; then everything is as the files say, and on the record.
#[track_caller]
fn recovers(environment: &Environment) {
    environment.run("apply --yes").exits(0);
    is_settled(environment);
}

#[track_caller]
fn is_settled(environment: &Environment) {
    assert_eq!(
        environment.accounts(),
        LOGINS,
        "no account is missing or double"
    );
    environment.run("plan --detailed-exitcode").exits(0);
    environment.run("snapshot list").exits(0).shows("run 0");

    let mut open = BTreeSet::new();
    let mut recorded = BTreeSet::new();
    let journals = environment.journals();
    for (run, segments) in &journals {
        for segment in segments {
            let entry = &segment["entry"];
            for change in list(&entry["changes"]) {
                open.insert(change.as_str().unwrap().to_owned());
            }
            for outcome in list(&entry["outcomes"]) {
                open.remove(outcome["change"].as_str().unwrap());
            }
        }
        assert!(open.is_empty(), "open intents in run {run}: {open:?}");
        let last = &segments.last().unwrap()["entry"];
        assert_eq!(last["entry"], "closed", "run {run}");
        let log = environment.state(&format!("runs/{run}/audit.ndjson"));
        let log = std::fs::read(log).ok();
        let log = log.map(|log| provisor::base::Digest::of(&log).to_string());
        assert_eq!(last["audit"], Value::from(log), "the calls of run {run}");
    }
    let mut previous = Value::Null;
    for (manifest, bytes) in environment
        .manifests()
        .iter()
        .zip(environment.pieces("snapshots").values())
    {
        assert_eq!(manifest["previous"], previous, "one chain");
        previous = provisor::base::Digest::of(bytes).to_string().into();
        for run in list(&manifest["runs"]) {
            let run = run["run"].as_str().unwrap().to_owned();
            assert!(recorded.insert(run), "a run is named once");
        }
    }
    assert!(recorded.iter().eq(journals.keys()), "{recorded:?}");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Starts an apply and kills it as soon as something is so; false if it ended before.
fn killed_when(environment: &Environment, so: impl FnMut() -> bool) -> bool {
    let mut apply = environment.start("apply --yes");
    if !apply.until(so) {
        return false;
    }
    apply.kill();
    true
}

#[test]
fn killed_at_each_segment_of_the_journal_it_recovers() {
    let mut segments = 0;
    loop {
        segments += 1;
        let environment = Environment::example();
        environment.fault(LATENCY);
        let written = || environment.journals().values().map(Vec::len).sum::<usize>();
        let killed = killed_when(&environment, || written() >= segments);
        recovers(&environment);
        if !killed {
            break;
        }
    }
    assert!(segments > 4, "a journal has more than {segments} segments");
}

#[test]
fn killed_right_after_each_write_of_the_app_it_recovers() {
    let seed = 1 + 3 + 3 + 4;
    for writes in 1..=7 {
        let environment = Environment::example();
        environment.fault(LATENCY);
        let lines = || environment.log().lines().count();
        killed_when(&environment, || lines() >= seed + writes);
        recovers(&environment);
    }
}

#[test]
fn killed_before_its_manifest_it_recovers() {
    let environment = Environment::example();
    environment.fault(LATENCY);
    let closed = || {
        environment
            .pieces("runs")
            .keys()
            .any(|key| key.ends_with("audit.ndjson"))
    };
    killed_when(&environment, closed);
    recovers(&environment);
}

#[test]
fn killed_again_and_again_it_recovers() {
    let environment = Environment::example();
    environment.fault(LATENCY);
    let mut random = fastrand::Rng::with_seed(0x5eed);
    for _ in 0..10 {
        let apply = environment.start("apply --yes");
        sleep(Duration::from_millis(random.u64(20..250)));
        apply.kill();
    }
    recovers(&environment);
}

/// Starts an apply that is slow, and waits until its first calls are in flight.
fn in_flight(environment: &Environment) -> Running {
    environment.fault("latency = \"200ms\"");
    let mut apply = environment.start("apply --yes");
    assert!(apply.until(|| environment.journals().values().any(|run| run.len() > 1)));
    apply
}

#[test]
fn told_to_stop_it_records_what_it_began_and_the_next_apply_finishes() {
    for tell in [Running::interrupt, Running::terminate] {
        let environment = Environment::example();
        let apply = in_flight(&environment);
        tell(&apply);
        let run = environment.ended(apply.end());
        let ended = run.exits(5).shows("not started");
        let ended = ended.mentions("stopping: steps in flight are finished");
        assert!(!ended.stdout.contains("failed"), "{}", ended.stdout);
        assert!(ended.stdout.contains("✓ done"), "{}", ended.stdout);
        assert_eq!(environment.manifests().len(), 1);
        environment.edit("sandbox.toml", "latency = \"200ms\"\n", "");
        recovers(&environment);
        assert_eq!(environment.manifests().len(), 2);
    }
}

#[test]
fn told_twice_it_leaves_at_once_and_the_next_apply_finds_what_was_in_flight() {
    let environment = Environment::example();
    let apply = in_flight(&environment);
    // Two signals of one kind may become one.
    apply.interrupt();
    apply.terminate();
    let ended = environment.ended(apply.end()).exits(5);
    ended.mentions("left at once");
    let journals = environment.journals();
    let last = &journals["000001"].last().unwrap()["entry"]["entry"];
    assert_eq!(last, "intents", "nothing was waited for");
    assert!(environment.manifests().is_empty());
    environment.edit("sandbox.toml", "latency = \"200ms\"\n", "");
    let again = environment.run("apply --yes").exits(0);
    again.mentions("1 earlier run died: looking what became of its open steps");
    is_settled(&environment);
}

#[test]
fn a_lost_answer_to_any_write_is_looked_up_and_nothing_is_done_twice() {
    for write in 1..=7 {
        let environment = Environment::example();
        environment.fault(&format!("lose_answer = {write}"));
        let ended = environment.run("apply --yes").exits(0);
        assert!(!ended.stdout.contains("failed"), "{}", ended.stdout);
        is_settled(&environment);
    }
}
