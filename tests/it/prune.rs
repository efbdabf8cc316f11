//! Forgetting what old snapshots hold of people: what goes, what stays, and who is told.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::environment::Environment;

/// Three runs, of which the first two lie weeks before the third.
fn story() -> Environment {
    let environment = Environment::meridian();
    for day in ["2026-03-07", "2026-03-20", "2026-05-02"] {
        clock(&environment, day);
        environment.run("apply --yes").ended();
    }
    assert_eq!(environment.manifests().len(), 3);
    environment
}

fn clock(environment: &Environment, day: &str) {
    let path = environment.path("sandbox.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| {
        if line.starts_with("clock") {
            format!("clock = {day}T09:22:00-08:00")
        } else {
            line.to_owned()
        }
    });
    fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
}

const PRUNE: &str = "state prune --before 2026-04-01 --reason retention --yes";

/// Every piece but locks.
fn pieces(environment: &Environment) -> BTreeMap<String, Vec<u8>> {
    ["objects", "snapshots", "runs", "tombstones", "orders"]
        .into_iter()
        .flat_map(|folder| environment.pieces(folder))
        .collect()
}

/// The digests that a manifest names.
fn named(manifest: &Value) -> Vec<String> {
    let text = manifest.to_string();
    let words = text.split('"');
    let digest =
        |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    words.filter(digest).map(str::to_owned).collect()
}

#[test]
fn what_is_pruned_is_gone_and_what_is_needed_stands() {
    let environment = story();
    let before = pieces(&environment);
    let manifests = environment.manifests();
    let ended = environment.run(PRUNE).exits(0);
    assert!(
        ended.stdout.contains("snapshots up to 2"),
        "{}",
        ended.stdout
    );
    let after = pieces(&environment);

    let mut kept = named(&manifests[2]);
    let plan = &environment.journals()["000003"][0]["entry"]["plan"];
    kept.push(plan.as_str().unwrap().to_owned());
    for (key, content) in &before {
        let stays = match key.split_once('/').unwrap() {
            ("objects", digest) => kept.iter().any(|kept| kept == digest),
            ("runs", rest) => rest.starts_with("000003"),
            _ => true,
        };
        let expected = stays.then_some(content);
        assert_eq!(after.get(key), expected, "{key} is not as it should be");
    }
    assert!(after.contains_key("tombstones/00000001.json"));
    assert!(
        !environment.state("runs/000001").exists(),
        "an empty folder stays"
    );

    // Nothing there names anybody who left no trace in what is kept, and a later run goes on.
    let verified = environment.run("snapshot verify").exits(0);
    assert!(
        verified.stdout.contains("snapshots up to 2 were pruned"),
        "{}",
        verified.stdout
    );
    assert!(verified.stdout.contains("by ci"), "{}", verified.stdout);
    assert!(
        verified.stdout.contains("until the next snapshot names it"),
        "{}",
        verified.stdout
    );
    environment.run("plan").ended();
    environment.run("drift").ended();
    clock(&environment, "2026-05-20");
    environment.run("apply --yes").ended();
    assert_eq!(environment.manifests().len(), 4);
    assert_eq!(environment.manifests()[3]["runs"][0]["run"], "000004");
    let verified = environment.run("snapshot verify").exits(0);
    assert!(
        !verified.stdout.contains("until the next snapshot names it"),
        "{}",
        verified.stdout
    );

    // Whoever asks for what is gone is told so.
    let shown = environment.run("snapshot show 1").exits(0);
    assert!(shown.stdout.contains("pruned on"), "{}", shown.stdout);
    for command in [
        "snapshot diff 1 3",
        "access --snapshot 2",
        "plan --against 2",
    ] {
        environment
            .run(command)
            .exits(1)
            .mentions("was pruned on 2026-05-02 by ci: retention");
    }
    environment.run("snapshot diff 3 4").exits(0);
    environment.run(PRUNE).exits(0).mentions("nothing to prune");
}

#[test]
fn the_last_snapshot_and_the_runs_that_guards_count_stay() {
    let environment = story();
    let before = pieces(&environment);
    // All of it is old by that day; the last is never pruned.
    environment
        .run("state prune --before 2030-01-01 --reason retention --yes")
        .exits(0);
    let after = pieces(&environment);
    assert!(after.keys().any(|key| key.starts_with("runs/000003/")));
    assert!(!after.keys().any(|key| key.starts_with("runs/000002/")));
    for digest in named(&environment.manifests()[2]) {
        let key = format!("objects/{digest}");
        assert_eq!(before.get(&key), after.get(&key), "{key}");
    }

    let environment = Environment::meridian();
    environment.run("apply --yes").ended();
    clock(&environment, "2026-03-10");
    environment.run("apply --yes").ended();
    environment
        .run("state prune --before 2026-03-09 --reason retention --yes")
        .exits(0);
    assert!(
        environment.state("runs/000001").exists(),
        "within seven days"
    );
    let plans = environment.journals();
    let plan = plans["000001"][0]["entry"]["plan"].as_str().unwrap();
    assert!(environment.state(&format!("objects/{plan}")).exists());
    environment.run("snapshot verify").exits(0);
    environment.run("plan").ended().mentions("exit");
}

#[test]
fn whoever_dies_while_pruning_leaves_what_the_next_pruning_finishes() {
    let environment = story();
    let before = pieces(&environment);
    environment.run(PRUNE).exits(0);
    let after = pieces(&environment);
    let gone: Vec<_> = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .collect();
    assert!(gone.len() > 10, "{gone:?}");
    // After the tombstone, and after every third of the removals.
    for done in (0..gone.len()).step_by(gone.len() / 3) {
        for key in &gone {
            let _ = fs::remove_file(environment.state(key));
        }
        for key in &gone[done..] {
            let path = environment.state(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &before[*key]).unwrap();
        }
        let left = gone.len() - done;
        let verified = environment.run("snapshot verify").exits(0);
        let piece = if left == 1 { "piece" } else { "pieces" };
        let says = format!("{left} {piece} of them still there");
        let words = verified
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            words.replace('\u{a0}', " ").contains(&says),
            "{done}: {words}"
        );
        environment.run(PRUNE).exits(0);
        assert_eq!(
            pieces(&environment),
            after,
            "one tombstone, and nothing left"
        );
    }
}

#[test]
fn an_object_that_comes_back_is_not_taken_for_one_that_was_left() {
    let environment = story();
    let before = pieces(&environment);
    environment.run(PRUNE).exits(0);
    let after = pieces(&environment);
    // The next snapshot happens to name what was pruned, and holds it again.
    let gone = before
        .keys()
        .find(|key| key.starts_with("objects/") && !after.contains_key(*key));
    let digest = gone.unwrap().trim_start_matches("objects/");
    let path = environment.state("snapshots/00000003.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let people = serde_json::from_str::<Value>(&manifest).unwrap()["people"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::write(&path, manifest.replace(&people, digest)).unwrap();
    let verified = environment.run("snapshot verify").exits(1);
    assert!(verified.stdout.contains(digest), "{}", verified.stdout);
    assert!(verified.stdout.contains("missing"), "{}", verified.stdout);
    let object = environment.state(&format!("objects/{digest}"));
    fs::write(&object, &before[&format!("objects/{digest}")]).unwrap();
    environment.run("snapshot verify").exits(0);
    environment.run(PRUNE).exits(0);
    assert!(object.exists());
}

#[test]
fn tombstones_are_evidence() {
    let environment = story();
    environment.run(PRUNE).exits(0);
    clock(&environment, "2026-05-20");
    environment.run("apply --yes").ended();
    let path = environment.state("tombstones/00000001.json");
    let whole = fs::read(&path).unwrap();
    for position in (0..whole.len()).step_by(97) {
        let mut edited = whole.clone();
        edited[position] ^= 1;
        fs::write(&path, edited).unwrap();
        let verified = environment.run("snapshot verify").exits(1);
        assert!(
            verified.stdout.contains("tombstones/00000001.json"),
            "byte {position}"
        );
    }
    fs::remove_file(&path).unwrap();
    let verified = environment.run("snapshot verify").exits(1);
    assert!(verified.stdout.contains("tombstones/00000001.json"));
    fs::write(&path, &whole).unwrap();
    fs::write(environment.state("tombstones/x.json"), b"{}").unwrap();
    let verified = environment.run("snapshot verify").exits(1);
    assert!(verified.stdout.contains("tombstones/x.json"));
}

#[test]
fn nothing_is_pruned_without_a_reason_an_answer_or_sound_evidence() {
    let environment = story();
    let before = pieces(&environment);
    environment
        .run("state prune --before 2026-04-01 --yes")
        .exits(64);
    let ended = environment
        .run("state prune --before 2026-04-01 --reason x")
        .exits(64);
    ended.mentions("--yes");
    assert_eq!(pieces(&environment), before);
    let key = before
        .keys()
        .find(|key| key.starts_with("objects/"))
        .unwrap();
    fs::write(environment.state(key), b"edited").unwrap();
    environment
        .run(PRUNE)
        .exits(1)
        .mentions("nothing was pruned");
    assert!(!environment.state("tombstones").exists());
}

#[test]
fn orders_that_stand_are_never_pruned() {
    let environment = Environment::meridian();
    environment.run("apply --yes").ended();
    clock(&environment, "2026-03-20");
    environment
        .run("apply --yes --leaver 0815 --reason dismissed")
        .ended();
    clock(&environment, "2026-05-02");
    environment.run("apply --yes").ended();
    let orders = environment.pieces("orders");
    assert!(!orders.is_empty());
    environment
        .run("state prune --before 2026-05-01 --reason retention --yes")
        .ended();
    assert_eq!(environment.pieces("orders"), orders);
}

#[test]
fn only_pruning_deletes_from_a_state() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut callers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|one| one == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let text: String = code.split_whitespace().collect();
                if text.contains("store.delete(") {
                    callers.push(path.strip_prefix(root).unwrap().to_owned());
                }
            }
        }
    }
    assert_eq!(callers, [std::path::Path::new("state/prune.rs")]);
}

/// Whoever asks what became of a leaver gets an answer still, and is told what nobody can say any more.
#[test]
fn reports_tell_what_was_pruned() {
    let environment = story();
    environment.run(PRUNE).exits(0);
    let told = "snapshots up to 2: what runs did until then";
    for command in ["report", "report leaver 0733"] {
        let ended = environment.run(command).exits(0);
        assert!(ended.stdout.contains(told), "{command}: {}", ended.stdout);
    }
}
