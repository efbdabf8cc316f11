//! `kill -9` at every line of the journal of a long run over seven apps, and at any moment: whoever runs
//! next finishes the job, and the company is to the letter what one undisturbed run makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::Duration;

use serde_json::Value;

use crate::environment::Environment;

const APPS: [&str; 7] = [
    "figma",
    "github",
    "notion",
    "okta",
    "salesforce",
    "slack",
    "zoom",
];

/// There is time to die in: every answer takes so long, and an app acts just before it.
const LATENCY: &str = "latency = \"20ms\"";

/// Meridian five days later, when all that the story prepares is due, and nobody is held.
fn company() -> Environment {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "2026-03-07T09:22", "2026-03-12T09:22");
    environment.edit("people.toml", "FIN-ANL", "ENG");
    environment.edit("provisor.toml", "\"10 min\"", "\"2 s\"");
    let latency = LATENCY;
    let okta = "[apps.okta.faults]";
    environment.edit("sandbox.toml", okta, &format!("{okta}\n{latency}"));
    for app in APPS.into_iter().filter(|app| *app != "okta") {
        environment.append("sandbox.toml", &format!("[apps.{app}.faults]\n{latency}"));
    }
    environment
}

/// What the simulated apps hold, as their own data has it, without ids, times and numbers of
/// changes. A login that an app has twice is in here twice.
fn holdings(environment: &Environment) -> BTreeMap<&'static str, Vec<String>> {
    let holdings = APPS.map(|app| {
        let log = environment.path(format!(".provisor/sandbox/{app}.ndjson"));
        let log = fs::read_to_string(log).unwrap();
        let mut documents: BTreeMap<String, Value> = BTreeMap::new();
        for line in log.lines().skip(1) {
            // A torn last line never happened.
            let Ok(edits) = serde_json::from_str::<Vec<(String, Value)>>(line) else {
                break;
            };
            documents.extend(edits);
        }
        documents.retain(|_, document| !document.is_null());
        let mut held = Vec::new();
        for (key, document) in &documents {
            let (kind, id) = key.split_once('/').unwrap();
            if kind == "User" {
                held.push(document["resource"]["attributes"].to_string());
            } else if kind == "user" {
                let user = &document["user"];
                let (status, again) = (&user["status"], &user["mailed_again"]);
                held.push(format!("{status} {again} {}", user["profile"]));
            } else if kind == "member" {
                let (group, member) = id.split_once('/').unwrap();
                let login = ["User", "user"].into_iter().find_map(|kind| {
                    let user = documents.get(&format!("{kind}/{member}"))?;
                    let login = user["resource"]["attributes"]["userName"].as_str();
                    login.or(user["user"]["profile"]["login"].as_str())
                });
                held.push(format!("{group} {}", login.unwrap()));
            }
        }
        held.sort_unstable();
        (app, held)
    });
    holdings.into()
}

/// The chain is valid, every run is named once and closed, and nobody is left to wonder what became
/// of a step.
fn check_records(environment: &Environment) {
    let mut open = BTreeSet::new();
    let journals = environment.journals();
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for (run, segments) in &journals {
        for segment in segments {
            for change in items(&segment["entry"]["changes"]) {
                open.insert(change.to_string());
            }
            for outcome in items(&segment["entry"]["outcomes"]) {
                open.remove(&outcome["change"].to_string());
            }
        }
        assert!(open.is_empty(), "open intents in run {run}: {open:?}");
        let last = &segments.last().unwrap()["entry"]["entry"];
        assert_eq!(last, "closed", "run {run}");
    }
    let mut recorded = BTreeSet::new();
    let mut previous = Value::Null;
    let pieces = environment.pieces("snapshots");
    for (manifest, bytes) in environment.manifests().iter().zip(pieces.values()) {
        assert_eq!(manifest["previous"], previous, "one chain");
        previous = provisor::base::Digest::of(bytes).to_string().into();
        for run in items(&manifest["runs"]) {
            let run = run["run"].as_str().unwrap().to_owned();
            assert!(recorded.insert(run), "a run is named once");
        }
    }
    assert!(recorded.iter().eq(journals.keys()), "{recorded:?}");
    environment.run("snapshot list").exits(0);
}

/// Where the first run's journal, or the manifest after it, is.
fn segment(environment: &Environment, sequence: usize) -> PathBuf {
    environment.state(&format!("runs/000001/{sequence:06}.json"))
}

/// Kills the first run as soon as a line of its journal is there. What it wrote to its state in the
/// moment that the signal took is undone: no app has heard of that yet. False if it ended before.
fn killed_at(environment: &Environment, line: usize) -> bool {
    let mut apply = environment.start("apply --yes");
    if !apply.until(|| segment(environment, line).exists()) {
        return false;
    }
    apply.kill();
    let manifest = environment.state("snapshots/00000001.json");
    let later = (line + 1..).map(|line| segment(environment, line));
    for piece in later.take_while(|piece| piece.exists()).chain([manifest]) {
        if piece.exists() {
            fs::remove_file(piece).unwrap();
        }
    }
    true
}

/// Runs again; then all is as one undisturbed run leaves it.
fn recovers(environment: &Environment, undisturbed: &BTreeMap<&str, Vec<String>>, when: &str) {
    environment.edit("sandbox.toml", LATENCY, "");
    let run = environment.run("apply --yes");
    let code = run.code();
    let ended = run.ended();
    assert_eq!(code, Some(0), "{when}: {}\n{}", ended.stdout, ended.stderr);
    let held = holdings(environment);
    assert_eq!(&held, undisturbed, "{when}");
    environment.run("plan --detailed-exitcode").exits(0);
    check_records(environment);
}

/// Runs cases side by side, as many as there are processors.
fn side_by_side(cases: usize, case: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let mine = next.fetch_add(1, Ordering::Relaxed);
                    if mine >= cases {
                        break;
                    }
                    case(mine);
                }
            });
        }
    });
}

/// The company after one undisturbed run, which must be long enough to tell something.
fn undisturbed() -> (BTreeMap<&'static str, Vec<String>>, usize) {
    let environment = company();
    let ended = environment.run("apply --yes").exits(0);
    for verb in [
        "create",
        "invite",
        "await",
        "grant",
        "change",
        "update",
        "deactivate",
        "reactivate",
    ] {
        assert!(
            ended.stdout.contains(&format!("✓ done         {verb} ")),
            "{verb}"
        );
    }
    let done = &environment.manifests()[0]["counts"]["done"];
    assert!(done.as_u64().unwrap() >= 40, "{done} steps");
    check_records(&environment);
    (
        holdings(&environment),
        environment.journals()["000001"].len(),
    )
}

#[test]
fn killed_at_every_line_of_a_long_journal_it_recovers() {
    let (expected, lines) = undisturbed();
    assert!(lines > 10, "{lines} lines");
    let killed = AtomicUsize::new(0);
    // No two runs pack their steps alike: a busy machine packs more of them into a segment.
    side_by_side(lines + 3, |line| {
        let environment = company();
        if killed_at(&environment, line) {
            killed.fetch_add(1, Ordering::Relaxed);
        }
        recovers(&environment, &expected, &format!("line {line}"));
    });
    let killed = killed.into_inner();
    assert!(killed * 5 >= lines * 4, "{killed} of {lines}");
}

#[test]
fn killed_at_any_moment_it_recovers() {
    let (expected, _) = undisturbed();
    side_by_side(8, |case| {
        let environment = company();
        let mut random = fastrand::Rng::with_seed(0x5eed + case as u64);
        // Whoever recovers may be killed too.
        for _ in 0..=case % 3 {
            let apply = environment.start("apply --yes");
            sleep(Duration::from_millis(random.u64(100..1200)));
            apply.kill();
        }
        recovers(&environment, &expected, &format!("case {case}"));
    });
}
