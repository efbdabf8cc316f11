//! The recipes of `examples/ci`: what anybody may copy is pinned, has the least permissions, pastes
//! nothing into a script, and says nothing to provisor that it does not understand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ci");

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn recipes() -> BTreeMap<PathBuf, String> {
    files(Path::new(RECIPES))
}

/// Every workflow and action for GitHub, parsed.
fn parsed() -> BTreeMap<String, Value> {
    let folder = Path::new(RECIPES).join("github/.github");
    let files = files(&folder).into_iter();
    let yaml = files.filter(|(name, _)| name.extension().is_some_and(|end| end == "yml"));
    yaml.map(|(name, text)| {
        let parsed = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", name.display()));
        (name.to_string_lossy().into_owned(), parsed)
    })
    .collect()
}

fn workflows() -> BTreeMap<String, Value> {
    let mut parsed = parsed();
    parsed.retain(|name, _| name.starts_with("workflows/"));
    assert!(parsed.len() >= 5, "{:?}", parsed.keys());
    parsed
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().unwrap().iter()
}

/// The steps of a workflow or an action.
fn steps(file: &Value) -> Vec<&Value> {
    let of_jobs = file["jobs"].as_object().into_iter().flatten();
    let lists = of_jobs
        .map(|(_, job)| &job["steps"])
        .chain([&file["runs"]["steps"]]);
    lists.filter_map(Value::as_array).flatten().collect()
}

#[test]
fn every_action_of_others_is_pinned_by_its_commit_and_says_its_version() {
    let mut seen = 0;
    for (name, text) in recipes() {
        if name.extension().is_none_or(|end| end != "yml") {
            continue;
        }
        for line in text.lines() {
            let Some((_, used)) = line.split_once("uses: ") else {
                continue;
            };
            if used.starts_with("./") {
                continue;
            }
            let (commit, version) = used.split_once('@').unwrap().1.split_once(" # v").unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name:?}: {line}"
            );
            assert_eq!(version.split('.').count(), 3, "{name:?}: {line}");
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn every_job_has_a_time_limit_and_says_its_permissions_and_workflows_have_none() {
    // What may be written, by workflow and job; everything else may only be read.
    let written = BTreeMap::from([
        ("apply.yml tell", vec!["actions", "pull-requests"]),
        ("comment.yml comment", vec!["pull-requests"]),
        ("drift.yml issue", vec!["issues"]),
    ]);
    for (name, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        assert_eq!(
            workflow["defaults"]["run"]["shell"], "bash",
            "{name}: -e and pipefail"
        );
        for (job, content) in jobs(&workflow) {
            let of = format!("{} {job}", name.trim_start_matches("workflows/"));
            assert!(content["timeout-minutes"].is_u64(), "{of}");
            let permissions = content["permissions"].as_object().expect(&of);
            let writes = permissions.iter().filter(|(_, level)| *level != "read");
            let mut writes: Vec<_> = writes.map(|(name, _)| name.as_str()).collect();
            writes.sort_unstable();
            let allowed = written.get(&*of).cloned().unwrap_or_default();
            assert_eq!(writes, allowed, "{of}");
        }
    }
}

#[test]
fn no_job_holds_both_a_secret_and_the_right_to_write_here() {
    for (name, workflow) in workflows() {
        for (job, content) in jobs(&workflow) {
            // What the seal opens is nothing: it shows that a comment is of the default branch.
            let text = content.to_string().replace("secrets.PROVISOR_SEAL", "");
            let has_secret = text.contains("secrets.");
            let permissions = content["permissions"].as_object().unwrap();
            let writes = permissions.values().any(|level| level == "write");
            assert!(!(has_secret && writes), "{name} {job}");
            let environment = content.get("environment").is_some();
            assert!(
                environment || !has_secret,
                "{name} {job}: secrets come from environments"
            );
        }
    }
}

#[test]
fn only_what_a_stranger_may_run_runs_for_a_stranger() {
    for (name, workflow) in workflows() {
        let triggers = workflow["on"].to_string();
        assert!(!triggers.contains("pull_request_target"), "{name}");
        if triggers.contains("pull_request\"") {
            for (job, content) in jobs(&workflow) {
                let same = "github.event.pull_request.head.repo.full_name == github.repository";
                let guarded = content["if"] == same;
                assert!(
                    guarded || !content.to_string().contains("secrets."),
                    "{name} {job}"
                );
            }
        }
    }
}

#[test]
fn no_script_is_pasted_together_and_no_checkout_leaves_its_token() {
    for (name, file) in parsed() {
        for step in steps(&file) {
            if let Some(script) = step["run"].as_str() {
                assert!(!script.contains("${{"), "{name}: {script}");
            }
            let action = step["uses"].as_str().unwrap_or_default();
            if action.starts_with("actions/checkout@") {
                assert_eq!(step["with"]["persist-credentials"], false, "{name}");
            }
        }
    }
}

#[test]
fn applies_wait_for_each_other_and_are_never_cancelled() {
    let workflow = &workflows()["workflows/apply.yml"];
    let apply = &workflow["jobs"]["apply"];
    assert_eq!(apply["concurrency"]["group"], "provisor-apply");
    assert_eq!(apply["concurrency"]["cancel-in-progress"], false);
    // Whatever waits may be dropped for whatever comes: all of it must be one workflow.
    let triggers = workflow["on"].as_object().unwrap();
    let triggers: Vec<_> = triggers.keys().collect();
    assert_eq!(triggers.len(), 3, "{triggers:?}");
}

#[test]
fn every_script_stops_at_its_first_error() {
    let mut seen = 0;
    for (name, text) in recipes() {
        if text.starts_with("#!/usr/bin/env bash\n") {
            assert!(
                text.contains("\nset -euo pipefail\nshopt -s inherit_errexit\n"),
                "{name:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 5);
}

#[test]
fn what_is_shared_by_both_forges_is_the_same() {
    let recipes = recipes();
    for name in ["apply.sh", "plan.sh"] {
        let [here, there] =
            ["github", "gitlab"].map(|forge| &recipes[&Path::new(forge).join("ci").join(name)]);
        assert_eq!(here, there, "{name}");
    }
}

/// What a line says to provisor, with something for each variable.
fn invocation(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start();
    let line = line.strip_prefix("run: ").unwrap_or(line);
    let line = line.strip_prefix("- ").unwrap_or(line);
    // What `attempt` of apply.sh and `plan.sh` hand on is theirs.
    let said = line
        .strip_prefix("provisor ")
        .or_else(|| line.strip_prefix("attempt "))?;
    let said = said.split([';', '|', '>']).next().unwrap();
    let words = said.split_whitespace().take_while(|word| *word != "||");
    let words = words.map(|word| word.trim_matches('"'));
    let words = words
        .filter(|word| *word != "$@")
        .map(|word| word.replace('$', "some"));
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then_some(words)
}

#[test]
fn provisor_understands_all_that_the_recipes_say_to_it() {
    let empty = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for (name, text) in recipes() {
        for line in text.lines() {
            let Some(words) = invocation(line) else {
                continue;
            };
            let mut command = Command::new(env!("CARGO_BIN_EXE_provisor"));
            command
                .args(&words)
                .current_dir(empty.path())
                .env_clear()
                .stdin(Stdio::null());
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            // There are no files here: what is understood fails by that.
            assert_eq!(output.status.code(), Some(1), "{name:?}: {line}\n{said}");
            seen.push(words.join(" "));
        }
    }
    for wanted in [
        "validate",
        "plan --base",
        "plan --against",
        "plan --out",
        "apply somefile",
    ] {
        assert!(
            seen.iter().any(|said| said.starts_with(wanted)),
            "{wanted}: {seen:?}"
        );
    }
}
