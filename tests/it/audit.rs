//! The log of API calls that each run leaves, and what a 204 is worth.

use std::collections::{BTreeMap, BTreeSet};

use provisor::base::Digest;
use serde_json::Value;

use crate::environment::Environment;

#[test]
fn each_run_leaves_its_calls_and_the_chain_covers_them() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    let pieces = environment.pieces("runs");
    let log = &pieces["runs/000001/audit.ndjson"];
    let text = std::str::from_utf8(log).unwrap();
    let mut methods = BTreeSet::new();
    for line in text.lines() {
        let call: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
        let names: Vec<&str> = call.keys().map(String::as_str).collect();
        let expected = [
            "app",
            "at",
            "method",
            "milliseconds",
            "path",
            "request_id",
            "status",
        ];
        assert_eq!(names, expected, "nothing else is told of a call");
        methods.insert(call["method"].as_str().unwrap().to_owned());
        assert_eq!(call["app"], "directory");
        assert!(call["milliseconds"].is_u64() && call["status"].is_u64());
        let path = call["path"].as_str().unwrap();
        assert!(
            path.starts_with('/') && !path.contains('='),
            "no values: {path}"
        );
    }
    let expected = ["GET", "PATCH", "POST"].map(String::from);
    assert!(methods.is_superset(&expected.into()), "{methods:?}");
    for told in ["sandbox-token", "Authorization", "emma.johnson", "Emma"] {
        assert!(!text.contains(told), "no secret and no body: {told}");
    }
    // manifest → last segment → log
    let (last, closed) = pieces
        .iter()
        .rfind(|(key, _)| !key.ends_with("audit.ndjson"))
        .unwrap();
    let recorded = &environment.manifests()[0]["runs"][0]["journal"];
    assert_eq!(*recorded, Digest::of(closed).to_string(), "{last}");
    let closed: Value = serde_json::from_slice(closed).unwrap();
    assert_eq!(closed["entry"]["audit"], Digest::of(log).to_string());
}

/// What a run that is killed asked of its apps is on the record as far as its journal is.
#[test]
fn the_calls_of_a_run_that_was_killed_are_kept_and_the_chain_covers_them() {
    let environment = Environment::example();
    environment.fault("latency = \"50ms\"");
    let mut apply = environment.start("apply --yes");
    let ended = || {
        let journals = environment.journals();
        let mut segments = journals.values().flatten();
        segments.any(|segment| segment["entry"]["entry"] == "outcomes")
    };
    assert!(apply.until(ended));
    apply.kill();
    let key = "runs/000001/audit.ndjson";
    assert!(!environment.pieces("runs").contains_key(key));
    let tried = |segment: &Value| segment["calls"].as_array().cloned().unwrap_or_default();
    let died = environment.journals()["000001"].clone();
    let tried: Vec<Value> = died.iter().flat_map(tried).collect();
    let wrote = |call: &Value| call["method"] == "POST" && call["status"] == 201;
    assert!(tried.iter().any(wrote), "{tried:?}");

    environment.run("apply --yes").exits(0);
    let log = &environment.pieces("runs")[key];
    let lines = std::str::from_utf8(log).unwrap().lines();
    let kept: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(kept, tried, "each of them, and nobody else's");
    let closed = environment.journals()["000001"].last().unwrap()["entry"].clone();
    assert_eq!(closed["end"], "died");
    assert_eq!(closed["audit"], Digest::of(log).to_string());
    assert_eq!(environment.manifests()[0]["runs"][0]["end"], "died");
}

/// The answer is lost, and so is what the app says when it is looked what became of it.
#[test]
fn what_reading_back_shows_is_done_whatever_was_thought_before() {
    let environment = Environment::example();
    let planned = environment.run("plan --format json").exits(0);
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    let mut changes = plan["body"]["changes"].as_array().unwrap().iter();
    let closing = changes.find(|change| change["action"]["verb"] == "deactivate");
    let closing = closing.unwrap();
    let id = closing["account"]["vendor_id"].as_str().unwrap();
    environment.fault(&format!(
        "strikes = [ \
         {{ fault = \"html\", done = true, calls = \"PATCH\", path = \"Users/{id}\", nth = 1 }}, \
         {{ fault = \"html\", calls = \"GET\", path = \"Users/{id}\", from = 2 }} ]"
    ));
    environment.run("apply --yes").exits(0);
    let journals = environment.journals();
    let outcomes = journals["000001"]
        .iter()
        .filter_map(|segment| segment["entry"]["outcomes"].as_array())
        .flatten();
    let told: Vec<&Value> = outcomes
        .filter(|step| step["change"] == closing["id"])
        .map(|step| &step["outcome"]["result"])
        .collect();
    assert_eq!(told, ["unknown", "done"]);
    environment.run("plan --detailed-exitcode").exits(0);
}

/// "204 proves nothing": every verb of both connectors, against apps that say yes and do nothing.
#[test]
fn what_an_app_only_says_it_did_is_never_done() {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "2026-03-07T09:22", "2026-03-12T09:22");
    environment.edit("people.toml", "FIN-ANL", "ENG");
    environment.edit("provisor.toml", "\"10 min\"", "\"1 s\"");
    // For a change of status that Okta took on, it is waited some seconds: nobody's is changed here.
    environment.edit("people.toml", "2026-03-06", "2027-03-05");
    environment.edit(
        "sandbox.toml",
        "status = \"suspended\"",
        "status = \"active\"",
    );
    let okta = "[apps.okta.faults]";
    let ignores = "ignores_writes = true";
    environment.edit("sandbox.toml", okta, &format!("{okta}\n{ignores}"));
    for app in ["figma", "github", "notion", "salesforce", "slack", "zoom"] {
        environment.append("sandbox.toml", &format!("[apps.{app}.faults]\n{ignores}"));
    }
    environment.run("apply --yes").exits(5);
    let segments = &environment.journals()["000001"];
    let plan = segments[0]["entry"]["plan"].as_str().unwrap();
    let plan = std::fs::read(environment.state(&format!("objects/{plan}"))).unwrap();
    let plan: Value = serde_json::from_slice(&plan).unwrap();
    // What was said last of each change.
    let mut results = BTreeMap::new();
    for outcome in segments.iter().flat_map(|segment| {
        let outcomes = segment["entry"]["outcomes"].as_array();
        outcomes.into_iter().flatten()
    }) {
        results.insert(
            outcome["change"].as_str().unwrap(),
            &outcome["outcome"]["result"],
        );
    }
    let mut tried: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for change in plan["changes"].as_array().unwrap() {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let result = word(results[change["id"].as_str().unwrap()]);
        let (app, verb) = (word(&change["app"]), word(&change["action"]["verb"]));
        // A new account is made with what it is to be given first.
        if !change["account"].is_null() {
            assert_ne!(result, "done", "{app} {verb}: {change}");
        }
        if result != "skipped" {
            tried.entry((app, verb)).or_default().insert(result);
        }
    }
    let of = |kind: &dyn Fn(&str) -> bool| -> BTreeSet<&str> {
        let mine = tried.keys().filter(|(app, _)| kind(app));
        mine.map(|(_, verb)| verb.as_str()).collect()
    };
    let okta = of(&|app| app == "okta");
    assert!(
        okta.is_superset(&["grant", "revoke", "update"].into()),
        "{okta:?}"
    );
    let scim = of(&|app| app != "okta");
    let verbs = ["grant", "revoke", "update", "deactivate", "reactivate"];
    assert!(scim.is_superset(&verbs.into()), "{scim:?}");
}
