//! `--json-events`: what a command does, line by line, for machines.

use serde_json::Value;

use crate::environment::{Ended, Environment};

/// The lines of a stream, each fitting the schema: the first names the format, the last the exit.
fn events(ended: &Ended<'_>, code: u64) -> Vec<Value> {
    let schema = include_str!("../../schemas/event.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let lines = ended.stderr.lines();
    let events: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for event in &events {
        let faults: Vec<String> = validator
            .iter_errors(event)
            .map(|e| e.to_string())
            .collect();
        assert!(faults.is_empty(), "{event}: {faults:?}");
    }
    assert_eq!(events[0]["format"], "provisor.event/1");
    assert!(
        events[1..]
            .iter()
            .all(|event| event.get("format").is_none())
    );
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], last["code"].as_u64()),
        (&"exit".into(), Some(code))
    );
    events
}

fn names(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

fn ended<'a>(environment: &'a Environment, arguments: &str) -> Ended<'a> {
    let arguments = format!("{arguments} --json-events");
    environment.run(&arguments).ended()
}

#[test]
fn a_plan_tells_what_it_reads_and_makes() {
    let environment = Environment::example();
    let ended = ended(&environment, "plan --format json");
    let events = events(&ended, 0);
    assert_eq!(
        names(&events),
        ["reading_started", "reading_finished", "plan_made", "exit"]
    );
    assert_eq!(events[1]["accounts"], 3);
    assert_eq!(
        events[1]["time"], "2026-03-07T17:22:00Z",
        "the story's time"
    );
    let plan: Value = serde_json::from_str(&ended.stdout).unwrap();
    let changes = plan["body"]["changes"].as_array().unwrap().len();
    assert_eq!(events[2]["changes"], changes);
}

#[test]
fn a_run_tells_each_step_in_its_order() {
    let environment = Environment::example();
    let ended = ended(&environment, "apply --yes");
    let events = events(&ended, 0);
    let place = |name: &str, change: &Value| {
        let is = |event: &Value| event["event"] == name && event["change"] == *change;
        events.iter().position(is).unwrap()
    };
    let names = names(&events);
    let started = names
        .iter()
        .position(|name| *name == "run_started")
        .unwrap();
    assert!(names.iter().position(|name| *name == "plan_made").unwrap() < started);
    let steps: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "step_finished")
        .map(|event| &event["change"])
        .collect();
    assert_eq!(steps.len(), 7);
    for change in steps {
        let (begun, ended) = (
            place("step_started", change),
            place("step_finished", change),
        );
        assert!(started < begun && begun < ended);
        assert_eq!(events[ended]["outcome"]["result"], "done");
    }
    assert_eq!(
        names[names.len() - 3..],
        ["snapshot_written", "run_finished", "exit"]
    );
    assert!(
        events[started..]
            .iter()
            .all(|event| event["run"] == "000001")
    );
    assert!(
        events[..started]
            .iter()
            .all(|event| event.get("run").is_none())
    );
}

#[test]
fn what_fails_and_what_is_skipped_for_it_is_told() {
    let mut told = 0;
    // One after the other, each of the calls that write.
    for nth in 8..14 {
        let environment = Environment::example();
        environment.fault(&format!(
            "fail_call = {{ nth = {nth}, status = 429, retry_after = 900 }}"
        ));
        let ended = ended(&environment, "apply --yes");
        let code = if ended.stderr.contains("\"code\":5") {
            5
        } else {
            0
        };
        let events = events(&ended, code);
        let is_failed = |event: &&Value| event["outcome"]["result"] == "failed";
        let failed: Vec<&Value> = events.iter().filter(is_failed).collect();
        let skipped = events
            .iter()
            .filter(|event| event["event"] == "step_skipped");
        for skipped in skipped {
            let is_root = |event: &&Value| event["change"] == skipped["root"];
            assert!(
                failed.iter().copied().any(|event| is_root(&event)),
                "{events:#?}"
            );
            told += 1;
        }
    }
    assert!(told > 0, "some failure skips what requires it");
}

#[test]
fn errors_are_events_too() {
    let environment = Environment::example();
    let ended_with = |arguments: &str, code: u64| {
        let ended = ended(&environment, arguments);
        let events = events(&ended, code);
        assert_eq!(events[events.len() - 2]["event"], "error", "{arguments}");
    };
    ended_with("apply --due", 1);
    ended_with("apply", 64);
    ended_with("apply --no-such-flag", 64);
    environment.append("people.toml", "[[people]]\nid = 7");
    let ended = ended(&environment, "plan");
    let events = events(&ended, 1);
    let problem = events
        .iter()
        .find(|event| event["event"] == "problem")
        .unwrap();
    assert_eq!(problem["file"], "people.toml");
    assert!(problem["line"].as_u64().is_some());
}

#[test]
fn hostile_text_is_inert_in_events() {
    let environment = Environment::example();
    let hostile = r"\u001b[2J\u202e@everyone\n::set-output name=x::y";
    environment.append(
        "people.toml",
        &format!(
            "[[people]]\nid = \"9\"\nname = {{ given = \"{hostile}\", family = \"X\" }}\n\
             email = \"x@elsewhere.org\"\njob_code = \"SALES\"\nstart_date = 2020-01-01\nmanager = \"404\""
        ),
    );
    let ended = ended(&environment, "apply --yes --color always");
    events(&ended, 5);
    assert!(
        !ended.stderr.contains(['\u{1b}', '\u{202e}']),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.lines().all(|line| line.starts_with('{')));
}
