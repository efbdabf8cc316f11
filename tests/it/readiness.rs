//! Who is ready for their first day: every state with what must be done and by whom, in every format.

use serde_json::Value;
use snapbox::file;

use crate::environment::{Ended, Environment};

/// The first days of the example's three hires, the last of which is ten days away.
const ALL: &str = "readiness --starting-within 10d";

fn json(environment: &Environment, arguments: &str) -> Value {
    let run = environment.run(&format!("readiness --format json {arguments}"));
    let report = serde_json::from_str(&run.ended().stdout).unwrap();
    crate::schemas::conforms("readiness", &report);
    report
}

/// What is said of one person's apps: `okta missing not_ready`.
fn apps(report: &Value, person: &str) -> Vec<String> {
    let hires = report["hires"].as_array().unwrap();
    let hire = hires.iter().find(|hire| hire["person"]["id"] == person);
    let apps = hire.unwrap()["apps"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    apps.map(|app| {
        [&app["app"], &app["state"]["is"], &app["standing"]]
            .map(text)
            .join(" ")
    })
    .collect()
}

fn flat(ended: &Ended<'_>) -> String {
    ended
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_report_says_what_is_not_ready_and_who_must_do_what() {
    let environment = Environment::meridian();
    environment
        .run(ALL)
        .exits(5)
        .prints(file!["golden/readiness-before.txt"]);
    environment.run("apply --yes").exits(5);
    environment
        .run(ALL)
        .exits(5)
        .prints(file!["golden/readiness.txt"]);
    let run = environment.run(&format!("{ALL} --color always"));
    run.exits(5)
        .prints(file!["golden/readiness.term.svg": TermSvg]);
    let run = environment.run(&format!("{ALL} --format markdown"));
    run.exits(5).prints(file!["golden/readiness.md": Text]);
    let run = environment.run(&format!("{ALL} --format csv"));
    run.exits(5).prints(file!["golden/readiness.csv": Text]);
    let run = environment
        .run(&format!("{ALL} --format markdown --max-bytes 900"))
        .exits(5);
    assert!(run.stdout.len() <= 900, "{}", run.stdout);
    assert!(
        run.stdout.contains("✗ Ben Carter") && run.stdout.contains("people more"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_day_ahead_is_the_default_and_a_first_day_lasts_a_day() {
    let environment = Environment::meridian();
    let nobody = environment.run("readiness").exits(0);
    assert!(flat(&nobody).contains(
        "Nobody starts within that time. Next: 16 March 2026, Aisha Bello · 0418, Ben Carter · 1045"
    ));
    for (clock, seen) in [
        ("2026-03-14T23:00:00-07:00", 0),
        ("2026-03-15T09:00:00-07:00", 2),
        ("2026-03-16T16:00:00-07:00", 3),
        ("2026-03-17T16:00:00-07:00", 1),
        ("2026-03-18T09:00:00-07:00", 0),
    ] {
        let environment = Environment::meridian();
        environment.edit("sandbox.toml", "2026-03-07T09:22:00-08:00", clock);
        let report = json(&environment, "");
        assert_eq!(report["hires"].as_array().unwrap().len(), seen, "{clock}");
    }
}

/// Whoever moves within the company does not start.
#[test]
fn a_move_is_no_first_day() {
    let environment = Environment::meridian();
    environment.edit(
        "people.toml",
        "2026-03-01, job_code = \"SLS-AE\"",
        "2026-03-08, job_code = \"SLS-AE\"",
    );
    environment.edit(
        "people.toml",
        "from = 2026-03-02, job_code = \"MKT-SPC\"",
        "from = 2026-03-09, job_code = \"MKT-SPC\"",
    );
    let report = json(&environment, "--starting-within 10d");
    let hires = report["hires"].as_array().unwrap().iter();
    let ids: Vec<_> = hires
        .map(|hire| hire["person"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["0418", "1045", "1042"]);
}

#[test]
fn r21_an_app_that_could_not_be_read_is_not_known_and_never_missing() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    let report = json(&environment, "--starting-within 10d");
    assert!(apps(&report, "1042").contains(&"okta not_known not_known".to_owned()));
    assert!(apps(&report, "1042").contains(&"slack active ready".to_owned()));
    let page = flat(&environment.run("readiness --person emma").exits(4));
    assert!(
        page.contains("× INCOMPLETE okta could not be read"),
        "{page}"
    );
    assert!(page.contains("? okta not known"), "{page}");
    // An app that nobody who starts is to have does not matter to them.
    environment
        .run("readiness --person tomas.herrera@meridianmanufacturing.com")
        .exits(0);
}

/// A source that cannot be read leaves its cascade without a way to come.
#[test]
fn r17_what_the_unread_app_makes_is_blocked_and_says_by_what() {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    let report = json(&environment, "--person 1042");
    assert!(
        apps(&report, "1042").contains(&"salesforce blocked not_ready".to_owned()),
        "{report}"
    );
    let page = flat(&environment.run("readiness --person 1042").exits(4));
    assert!(page.contains("✗ salesforce blocked"), "{page}");
    assert!(page.contains("sales-operations@meridianmanufacturing.com: salesforce · okta makes this account, and could not be read"), "{page}");
}

#[test]
fn an_account_that_was_made_early_counts_when_the_start_moves() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-05-18",
    );
    let report = json(&environment, "--person 1042");
    assert!(
        apps(&report, "1042").contains(&"slack active ready".to_owned()),
        "{report}"
    );
    assert!(
        apps(&report, "1042").contains(&"okta pending waiting".to_owned()),
        "{report}"
    );

    // Without one, it is too early for it: nobody has failed.
    let environment = Environment::meridian();
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-05-18",
    );
    let report = json(&environment, "--person 1042");
    assert!(
        apps(&report, "1042").contains(&"slack later waiting".to_owned()),
        "{report}"
    );
    let page = flat(&environment.run("readiness --person 1042").exits(0));
    assert!(
        page.contains("⚠ slack too early: provisioning opens 4 May 2026"),
        "{page}"
    );
}

#[test]
fn leave_on_the_first_day_and_a_manager_on_leave_are_told() {
    let environment = Environment::meridian();
    environment.edit("people.toml", "manager = \"0007\"\nstart_date = 2026-03-17", "manager = \"0655\"\nstart_date = 2026-03-17\nleave = { from = 2026-03-10, until = 2026-04-05 }");
    environment.edit(
        "provisor.toml",
        "on_leave = \"keep\"",
        "on_leave = \"suspend\"",
    );
    let page = flat(&environment.run("readiness --person 1042").ended());
    assert!(page.contains("manager Hannah Lindqvist · 0655 · hannah.lindqvist@meridianmanufacturing.com · ⚠ on leave since 2 February 2026"), "{page}");
    assert!(
        page.contains("⚠ away then: on leave since 10 March 2026 until 5 April 2026"),
        "{page}"
    );
    assert!(
        page.contains("✓ slack closed while they are on leave")
            || page.contains("✓ slack closed while on leave"),
        "{page}"
    );
}

#[test]
fn what_stands_in_the_way_is_told_with_its_lines_and_its_owner() {
    let environment = Environment::meridian();
    environment.edit(
        "provisor.toml",
        "leaving = \"suspend\"",
        "leaving = \"suspend\"\nprivileged = { groups = [\"marketing\"] }",
    );
    environment.edit(
        "provisor.toml",
        "owner = \"design@meridianmanufacturing.com\"\nmode = \"enforce\"",
        "owner = \"design@meridianmanufacturing.com\"\nmode = \"report\"",
    );
    let ended = environment.run("readiness --person 1042").exits(5);
    let page = flat(&ended);
    assert!(page.contains("it@meridianmanufacturing.com: okta · groups marketing is privileged, and no approval is in force"), "{page}");
    assert!(
        ended
            .stdout
            .contains("        [[approval]]\n        person = \"1042\""),
        "{}",
        ended.stdout
    );
    assert!(page.contains("✗ figma blocked"), "{page}");
    assert!(
        page.contains("design@meridianmanufacturing.com: figma · The mode of figma is report"),
        "{page}"
    );
    // What is not blocked of the same account is still to be made.
    let report = json(&environment, "--person 1042");
    assert!(
        apps(&report, "1042").contains(&"okta missing not_ready".to_owned()),
        "{report}"
    );
}

#[test]
fn r6_whoever_the_rollout_leaves_alone_is_not_ready_by_itself() {
    let environment = Environment::meridian();
    environment.append("provisor.toml", "[scope]\ndepartment = [\"Sales\"]");
    let page = flat(&environment.run("readiness --person 1042").exits(5));
    assert!(
        page.contains("`[scope]` in provisor.toml leaves them alone"),
        "{page}"
    );
}

/// A change of title is due, and nobody's first day waits for it.
#[test]
fn an_account_that_can_be_used_is_ready_though_something_of_it_is_out_of_date() {
    let environment = Environment::meridian();
    let page = flat(&environment.run("readiness --person zoë").exits(0));
    assert!(
        page.contains("✓ okta active · groups employees, engineering"),
        "{page}"
    );
    assert!(
        page.contains(
            "it@meridianmanufacturing.com: okta, slack · `provisor apply` brings it up to date"
        ),
        "{page}"
    );
}

#[test]
fn whoever_left_or_is_unknown_has_nothing_to_get_ready() {
    let environment = Environment::meridian();
    environment
        .run("readiness --person 0733")
        .exits(0)
        .shows("does not work here");
    environment.run("readiness --person 9999").exits(64);
}

/// Of an account that a rollout leaves alone, nobody knows that it holds what it should.
#[test]
fn whoever_is_out_of_scope_is_ready_only_with_all_that_they_are_to_hold() {
    let environment = Environment::example();
    environment.append("provisor.toml", "[scope]\nprofiles = [\"SALES\"]\n");
    let told = environment.run("readiness --person 0815").exits(5);
    assert!(
        told.stdout.contains("lacks groups Marketing"),
        "{}",
        told.stdout
    );
}

/// An open account is no ready one while it is too early to give it anything.
#[test]
fn an_open_account_is_not_ready_before_provisioning_opens() {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-05-17",
    );
    environment.edit(
        "sandbox.toml",
        "# Belongs to nobody",
        "[[apps.directory.users]]\nuser_name = \"emma.johnson@meridianmanufacturing.com\"\n\
         external_id = \"1042\"\nemail = \"emma.johnson@meridianmanufacturing.com\"\n# Belongs to nobody",
    );
    let told = environment.run("readiness --person 1042").exits(0);
    assert!(!told.stdout.contains("✓"), "{}", told.stdout);
    assert!(told.stdout.contains("too early"), "{}", told.stdout);
}
