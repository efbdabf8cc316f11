//! The company of the story: what its readers see, and what becomes of it when its identity provider
//! does not answer.

use serde_json::Value;
use snapbox::{file, str};

use crate::conformance::{Schemas, Specification, document, recorded, report, skipped};
use crate::environment::Environment;

/// What became of a step, by app, verb and person, as the last run's journal has it.
fn outcome(environment: &Environment, app: &str, verb: &str, person: &str) -> Vec<String> {
    let journals = environment.journals();
    let (run, segments) = journals.last_key_value().expect("there was a run");
    let plan = segments
        .iter()
        .find_map(|segment| segment["entry"]["plan"].as_str());
    let digest = plan.unwrap_or_else(|| panic!("run {run} has no plan: {segments:#?}"));
    let body: Value = serde_json::from_slice(
        &std::fs::read(environment.state(&format!("objects/{digest}"))).unwrap(),
    )
    .unwrap();
    let changes = body["changes"].as_array().unwrap();
    let wanted = changes.iter().filter(|change| {
        change["app"] == app && change["action"]["verb"] == verb && change["person"]["id"] == person
    });
    let ids: Vec<&str> = wanted
        .map(|change| change["id"].as_str().unwrap())
        .collect();
    let outcomes = segments.iter().flat_map(|segment| {
        segment["entry"]["outcomes"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let mine = outcomes.filter(|outcome| ids.contains(&outcome["change"].as_str().unwrap()));
    mine.map(|outcome| outcome["outcome"]["result"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_plan_fits_a_screen_and_tells_the_story() {
    let environment = Environment::meridian();
    let ended = environment.run("plan --detailed-exitcode").exits(5);
    ended.prints(file!["golden/meridian.txt"]).says(str![[r#"
held[unknown-profile]: unknown profile `FIN-ANL`
  --> people.toml:79:12
   |
79 | job_code = "FIN-ANL"
   |            ^^^^^^^^^
   |
   = help: add it to profiles.toml, or name one that is there

1 problem: 1 person held
exit 5: not everything is done; safe to run again

"#]]);
    let mut wide = environment.command("plan --color always");
    wide.env("COLUMNS", "120");
    let ended = environment.ended(wide.output().unwrap()).exits(0);
    ended.prints(file!["golden/meridian.term.svg": TermSvg]);
    let ended = environment.run("plan --full").exits(0);
    ended.prints(file!["golden/meridian-full.txt"]);
    let ended = environment.run("plan --format markdown").exits(0);
    ended.prints(file!["golden/meridian.md": Text]);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).unwrap();
    let shown = readme
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let environment = Environment::meridian();
    environment
        .run("plan")
        .exits(0)
        .shows(shown.expect("an excerpt"));
    let entry = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let people = std::fs::read_to_string(environment.path("people.toml")).unwrap();
    for line in entry.expect("an entry").lines() {
        assert!(people.contains(line), "{line}");
    }
}

#[test]
fn an_apply_does_all_but_what_is_held_and_then_nothing_is_left() {
    let environment = Environment::meridian();
    environment
        .run("apply --yes")
        .exits(5)
        .shows("made by okta")
        .shows("opened by okta")
        .shows("Run: 64 done · 1 held or blocked");
    let again = environment.run("apply --yes").exits(5);
    again.shows("Nothing to do: all other accounts are as the files say.");
    assert_eq!(environment.manifests().len(), 2);
}

/// R17: a broken source withholds no closing, and what it should make is skipped with the cause.
#[test]
fn r17_without_okta_leavers_are_closed_all_the_same() {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    let plan = environment.run("plan").exits(4);
    plan.shows("× INCOMPLETE plan for Meridian Manufacturing")
        .shows("Skipped · 2 · what it requires cannot happen")
        .shows("okta makes this account, and could not be read: unavailable");
    environment.run("apply --yes").exits(5);
    assert_eq!(
        outcome(&environment, "github", "deactivate", "0733"),
        ["done"]
    );
    assert_eq!(
        outcome(&environment, "slack", "deactivate", "C-311"),
        ["done"]
    );
    assert_eq!(
        outcome(&environment, "salesforce", "await", "1042"),
        [""; 0]
    );
    // Okta is back: the rest is done, and only then is nothing left.
    environment.edit("sandbox.toml", "outage = 503 ", "# outage = 503 ");
    environment.run("apply --yes").exits(5);
    assert_eq!(
        outcome(&environment, "salesforce", "await", "1042"),
        ["done"]
    );
    let left = environment.run("plan").exits(0);
    left.shows("Nothing to do: all other accounts are as the files say.")
        .shows("Plan: 0 to deactivate · 1 held · 0 blocked");
}

/// R18: what does not come is told at its deadline, and awaited again by the next run.
#[test]
fn r18_a_cascade_that_never_comes_ends_at_its_deadline_and_is_tried_again() {
    let environment = Environment::meridian();
    environment.edit(
        "sandbox.toml",
        "cascade_delay = \"300ms\"",
        "cascade_delay = \"never\"",
    );
    environment.edit(
        "provisor.toml",
        "deadline = \"10 min\"",
        "deadline = \"1 s\"",
    );
    let run = environment.run("apply --yes").exits(5);
    run.shows("nothing came while waiting 1 s for okta to make the account")
        .shows("↷ skipped      grant       salesforce");
    assert_eq!(
        outcome(&environment, "salesforce", "await", "1042"),
        ["failed"]
    );
    assert_eq!(
        outcome(&environment, "salesforce", "grant", "1042"),
        ["skipped"]
    );
    let plan = environment.run("plan").exits(0);
    plan.shows("as MKT-MGR · people.toml:11 · tried again")
        .shows("    ~ await       salesforce  from okta, up to 1 s; groups Campaigns")
        // Okta has no reason to open this one any more: it assigned it a run ago.
        .shows("    + reactivate  salesforce  groups Campaigns");
    environment.run("sandbox reset").exits(0);
    environment.edit(
        "sandbox.toml",
        "cascade_delay = \"never\"",
        "cascade_delay = \"0s\"",
    );
    environment
        .run("apply --yes")
        .exits(5)
        .shows("Run: 64 done");
}

/// What the real connectors and the simulated apps say to each other, held against what Okta and
/// the RFC publish: neither may have invented anything.
#[test]
fn every_exchange_is_as_the_vendors_specify() {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "clock = ", "record = true\nclock = ");
    environment.run("apply --yes").exits(5);
    let Some(okta) = document("okta.openapi.json") else {
        return skipped("Meridian's exchanges");
    };
    let data = environment.path(".provisor/sandbox");
    let specification = Specification::new(okta, "Error");
    let exchanges = recorded(&data, "okta");
    let problems: Vec<String> = exchanges
        .iter()
        .flat_map(|exchange| specification.problems(exchange))
        .collect();
    assert!(exchanges.len() > 20, "{}", exchanges.len());
    report("Meridian's Okta", exchanges.len(), &problems);

    let schemas = Schemas::load().expect("they lie where Okta's does");
    let exchanges = recorded(&data, "salesforce");
    let problems: Vec<String> = exchanges
        .iter()
        .flat_map(|exchange| schemas.problems(exchange))
        .collect();
    report("Meridian's Salesforce", exchanges.len(), &problems);
}
