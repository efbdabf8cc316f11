//! The shipped example, to the letter: what its reader sees.

#![expect(clippy::needless_raw_string_hashes, reason = "snapbox writes them so")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use provisor::base::Digest;
use provisor::model::plan::Body;
use serde_json::Value;
use snapbox::{file, str};

use crate::environment::Environment;

#[test]
fn the_example_is_valid() {
    let environment = Environment::example();
    let ended = environment.run("validate").exits(0);
    ended.prints("").says(str![[r#"
warning[unguarded-administrators]: nothing tells who administers `directory`: no
                                   guard keeps the last one
  --> provisor.toml:23:7
   |
23 | [apps.directory]
   |       ^^^^^^^^^
   |
   = help: name in `administrators` what makes one, or list their accounts
           as "admin" or "break_glass" in accounts.toml

1 problem: 1 warning
3 people, 2 profiles, 1 app
exit 0: done

"#]]);
    assert!(
        !environment.path(".provisor").exists(),
        "validate leaves nothing"
    );
}

#[test]
fn a_plan_says_what_would_change_and_changes_nothing() {
    let environment = Environment::example();
    let ended = environment.run("plan --detailed-exitcode").exits(2);
    ended.prints(file!["golden/plan.txt"]).says(str![[r#"
exit 2: changes pending

"#]]);
    let ended = environment.run("plan --color always").exits(0);
    ended.prints(file!["golden/plan.term.svg": TermSvg]);
    assert!(!environment.state("").exists(), "plan leaves no state");
    assert_eq!(environment.accounts().len(), 3);
}

#[test]
fn a_plan_as_data_names_each_change_with_its_cause_and_reasons() {
    let environment = Environment::example();
    let text = environment.run("plan --format json").exits(0).stdout;
    let plan: Value = serde_json::from_str(&text).unwrap();
    let changes = plan["body"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 7);
    for change in changes {
        assert_eq!(change["id"].as_str().unwrap().len(), 16, "{change}");
        assert_eq!(change["cause"], "files", "{change}");
        let reasons = change["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty(), "{change}");
        assert!(reasons[0]["at"]["line"].is_u64(), "{change}");
    }

    // The id that people see is the digest of the body that machines get.
    let body: Body = serde_json::from_value(plan["body"].clone()).unwrap();
    let id = format!("\nplan {}", Digest::of_value(&body).short());
    environment.run("plan").exits(0).shows(&id);
}

#[test]
fn an_apply_does_it_and_leaves_a_snapshot_and_nothing_to_do() {
    let environment = Environment::example();
    let ended = environment.run("apply --yes").exits(0);
    ended.prints(file!["golden/apply.txt"]);
    let logins = [
        "build-robot@meridianmanufacturing.com",
        "emma.johnson@meridianmanufacturing.com",
        "luis.ortega@meridianmanufacturing.com",
        "priya.nair@meridianmanufacturing.com",
    ];
    assert_eq!(environment.accounts(), logins);

    let ended = environment.run("plan --detailed-exitcode").exits(0);
    ended
        .prints(str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 1 app

Nothing to do: all accounts are as the files say.

Unmanaged · 1 account of nobody: reported only
  directory build-robot@meridianmanufacturing.com · active

plan 35d7b6121a93
Plan: 0 to deactivate · 0 held · 0 blocked

"#]])
        .says(str![[r#"
exit 0: done

"#]]);
    environment.run("snapshot list").exits(0).prints(str![[r#"
1       7 March 2026, 17:22 UTC   [HEAD]  run 000001 · 7 done

"#]]);
    environment.run("snapshot show").exits(0).prints(str![[r#"
Snapshot 1 · 7 March 2026, 17:22 UTC

  head          [HEAD]
  previous      none: the chain starts here
  as of         7 March 2026, 17:22 UTC
  runs          run 000001
  actor         ci
  plan          9fe55760fe23f277924c09e67251fd87df346558dce1cb1e6a9d9e1afbb32145
  configuration c500cb0ae9f56e3b9e2789b37b974994052c246eb412d197917a619d3fdc5e35
  provisor      [VERSION]
  changes       7 done

Apps · 1
  directory · read 7 March 2026, 17:22 UTC · 456c57a441c8
    4 accounts · 3 active · 1 inactive · complete

"#]]);

    let before = environment.log();
    let ended = environment.run("apply --yes").exits(0);
    ended.shows("Nothing to do").shows("\nRun: 0 done\n");
    assert_eq!(environment.log(), before, "nothing was sent");

    let ended = environment.run("sandbox reset").exits(0);
    ended.prints("").says(str![[r#"
The simulated apps start anew, and the snapshots of rehearsals are gone.
exit 0: done

"#]]);
    let ended = environment.run("snapshot list").exits(0);
    ended.prints(str![[r#"
No snapshot yet: the first apply writes one.

"#]]);
    let ended = environment.run("plan --detailed-exitcode").exits(2);
    ended.prints(file!["golden/plan.txt"]);
}

#[test]
fn an_apply_reads_well_in_colour() {
    let environment = Environment::example();
    let ended = environment.run("apply --yes --color always").exits(0);
    ended.prints(file!["golden/apply.term.svg": TermSvg]);
    let ended = environment.run("snapshot show --color always").exits(0);
    ended.prints(file!["golden/snapshot.term.svg": TermSvg]);
}

/// What ten runs must agree on: what is printed, the readings, the people and the plan that the
/// snapshot names, byte by byte, and the manifest but for the digest of the journal: that one says
/// how long each step took, and in which order the answers came.
type Traces = (String, String, BTreeMap<String, Vec<u8>>, Vec<Value>);

fn traces() -> Traces {
    let environment = Environment::example();
    let plan = environment.run("plan").exits(0).stdout;
    let apply = environment.run("apply --yes").exits(0).redacted();
    let mut manifests = environment.manifests();
    for manifest in &mut manifests {
        for run in manifest["runs"].as_array_mut().unwrap() {
            assert!(run["journal"].take().is_string());
        }
    }
    (plan, apply, environment.pieces("objects"), manifests)
}

#[test]
fn ten_fresh_runs_print_and_leave_the_same_bytes() {
    let first = traces();
    assert_eq!((first.2.len(), first.3.len()), (5, 1));
    for _ in 1..10 {
        assert!(traces() == first, "a run differs");
    }
}

/// The calls of a plan, as `--verbose` lists them, without how long they took.
fn calls(environment: &Environment) -> Vec<String> {
    let stderr = environment.run("plan -v").exits(0).stderr;
    let calls = stderr
        .lines()
        .filter(|line| line.starts_with("directory: "));
    let without_time = |line: &str| line.rsplit_once(", ").unwrap().0.to_owned();
    calls.map(without_time).collect()
}

#[test]
fn a_plan_costs_as_many_calls_as_there_are_pages() {
    let environment = Environment::example();
    let whole = calls(&environment);
    let pages = |calls: &[String], kind: &str| {
        let list = format!("/{kind}?");
        calls.iter().filter(|call| call.contains(&list)).count()
    };
    assert_eq!(whole.len(), 5, "{whole:#?}");
    assert_eq!((pages(&whole, "Users"), pages(&whole, "Groups")), (1, 1));

    // 250 more accounts on the same page cost nothing; pages of 50 do.
    let mut users = String::new();
    for number in 0..250 {
        let user = format!("user_name = \"user{number}@elsewhere.example\"");
        writeln!(users, "[[apps.directory.users]]\n{user}").unwrap();
    }
    let environment = Environment::example();
    environment.edit(
        "sandbox.toml",
        "[apps.directory.faults]",
        &format!("{users}[apps.directory.faults]"),
    );
    let many = calls(&environment);
    let of_users = pages(&many, "Users");
    assert_eq!(many.len() - of_users, whole.len() - 1, "{many:#?}");
    assert!(of_users <= 3, "{many:#?}");
    environment.fault("page_size = 50");
    let small = calls(&environment);
    assert_eq!(pages(&small, "Users"), 253_usize.div_ceil(50), "{small:#?}");
    assert_eq!(small.len() - 6, whole.len() - 1, "{small:#?}");
}
