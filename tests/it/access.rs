//! Who has what: every filter, every format, live and in a snapshot, and names that attack.

use serde_json::Value;
use snapbox::file;

use crate::environment::Environment;

/// Meridian, of which one Okta group and one account are special.
fn company() -> Environment {
    let environment = Environment::meridian();
    environment.edit(
        "provisor.toml",
        "leaving = \"suspend\"",
        "leaving = \"suspend\"\nprivileged = { groups = [\"engineering\"] }",
    );
    let accounts = "[[account]]\napp = \"slack\"\nlogin = \"build-robot@meridianmanufacturing.com\"\n\
                    kind = \"service\"\nowner = \"0012\"\npurpose = \"posts builds\"\nreview = 2026-12-31\n";
    std::fs::write(environment.path("accounts.toml"), accounts).unwrap();
    let approval = "[[approval]]\nperson = \"0922\"\napps.okta.groups = [\"engineering\"]\n\
                    approver = \"0001\"\nreason = \"SEC-7\"\nsince = 2026-01-01\nuntil = 2026-06-30\n";
    std::fs::write(environment.path("approvals.toml"), approval).unwrap();
    environment
}

fn json(environment: &Environment, arguments: &str) -> Value {
    let run = environment.run(&format!("access --format json {arguments}"));
    serde_json::from_str(&run.exits(0).stdout).unwrap()
}

/// `login app kind=value` of all that was found.
fn found(report: &Value) -> Vec<String> {
    let accounts = report["accounts"].as_array().unwrap().iter();
    accounts
        .flat_map(|account| {
            let login = account["account"]["login"].as_str().unwrap();
            let login = login.split('@').next().unwrap();
            let app = account["app"].as_str().unwrap();
            let holds = account["holds"].as_array().unwrap().iter();
            let holds: Vec<String> = holds
                .map(|held| {
                    let (kind, value) = (&held["kind"], &held["value"]);
                    format!("{}={}", kind.as_str().unwrap(), value.as_str().unwrap())
                })
                .collect();
            holds
                .into_iter()
                .map(move |held| format!("{login} {app} {held}"))
        })
        .collect()
}

#[test]
fn a_page_tells_who_has_what_and_what_is_privileged_first() {
    let environment = company();
    let run = environment
        .run("access --person 0012 --person zoë --person tomas.herrera@meridianmanufacturing.com");
    run.exits(0).prints(file!["golden/access.txt"]);
    let run = environment.run("access --format markdown --app okta --app slack");
    run.exits(0).prints(file!["golden/access.md": Text]);
    let run = environment.run("access --format csv --person 0012");
    run.exits(0).prints(file!["golden/access.csv": Text]);
}

#[test]
fn filters_narrow_and_combine() {
    let environment = company();
    let all = found(&json(&environment, ""));
    assert!(all.len() > 40, "{all:?}");
    let of_one = found(&json(&environment, "--person luis"));
    assert_eq!(of_one.len(), 8, "{of_one:?}");
    assert!(of_one.iter().all(|one| one.starts_with("luis.ortega ")));
    let in_one = found(&json(&environment, "--app zoom"));
    assert!(
        in_one.iter().all(|one| one.contains(" zoom ")) && in_one.len() == 7,
        "{in_one:?}"
    );
    let holders = found(&json(&environment, "--entitlement slack.groups=sales"));
    assert_eq!(
        holders,
        [
            "hannah.lindqvist slack groups=sales",
            "luis.ortega slack groups=sales"
        ]
    );
    let both = found(&json(
        &environment,
        "--entitlement slack.groups --person luis",
    ));
    assert_eq!(
        both,
        [
            "luis.ortega slack groups=everyone",
            "luis.ortega slack groups=sales"
        ]
    );
    // Whoever answers for an account has it too.
    let robot = json(&environment, "--person marcus --app slack");
    let kinds = robot["accounts"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|account| account["whose"].clone()).collect();
    assert_eq!(kinds, ["listed", "human"]);
    let nobody = json(&environment, "--person luis --app github");
    assert_eq!(found(&nobody).len(), 0);
}

#[test]
fn what_is_not_there_is_said_and_not_taken_for_nobody() {
    let environment = company();
    environment
        .run("access --entitlement slack.groups=sale")
        .exits(0)
        .shows("⚠ slack knows no groups sale. Did you mean sales?")
        .shows("Access: 0 people · 0 accounts");
    for (arguments, hint) in [
        ("--app slak", "did you mean `slack`?"),
        ("--person emm", "did you mean Emma Johnson (1042)"),
        ("--entitlement slack.channels=x", "it has groups"),
        ("--entitlement slack", "write APP.KIND=VALUE"),
    ] {
        let run = environment.run(&format!("access {arguments}")).exits(64);
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    }
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    environment
        .run("access --person marcus")
        .exits(4)
        .shows("× INCOMPLETE okta could not be read")
        .shows("notion · marcus.webb@meridianmanufacturing.com · active");
}

/// A value that no file names is asked for when somebody asks who holds it.
#[test]
fn a_value_that_no_file_names_is_read_when_it_is_sought() {
    let environment = Environment::meridian();
    let all = found(&json(&environment, ""));
    assert!(
        !all.iter().any(|one| one.ends_with("administrators")),
        "{all:?}"
    );
    let holders = found(&json(
        &environment,
        "--entitlement okta.groups=administrators",
    ));
    assert_eq!(holders, ["marcus.webb.admin okta groups=administrators"]);
}

#[test]
fn a_snapshot_tells_what_was_then_without_asking_anybody() {
    let environment = company();
    environment.run("access --snapshot latest").exits(1);
    environment.run("apply --yes").exits(5);
    let first = json(&environment, "--snapshot 1 --person luis");
    let then = found(&first);
    assert!(
        then.contains(&"luis.ortega slack groups=marketing".to_owned()),
        "{then:?}"
    );
    assert_eq!(first["source"]["same_files"], true);
    // The same accounts are found in the snapshot as in the apps.
    let (live, kept) = (
        json(&environment, ""),
        json(&environment, "--snapshot latest"),
    );
    assert_eq!(live["accounts"], kept["accounts"]);

    // No app answers, no credential resolves: the snapshot still does.
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    environment
        .run("access --snapshot 1 --entitlement okta.groups=administrators")
        .exits(4)
        .shows("⚠ okta did not tell who holds groups administrators");
    for (format, says) in [
        ("markdown", "did not tell who holds"),
        ("html", "did not tell who holds"),
        (
            "csv",
            "\"did not tell\",\"nobody asked the app who holds it\"",
        ),
        ("json", "\"told\": false"),
    ] {
        let asked = "--snapshot 1 --entitlement okta.groups=administrators";
        let run = environment
            .run(&format!("access {asked} --format {format}"))
            .exits(4);
        assert!(run.stdout.contains(says), "{format}: {}", run.stdout);
    }
    environment.edit("profiles.toml", "everyone\"", "everyone\", \"sales\"");
    environment
        .run("access --snapshot 1 --app slack")
        .exits(0)
        .shows("⚠ the files changed since");
    environment.run("access --snapshot 9").exits(1);
}

/// A table that is passed on alone tells what is not in it.
#[test]
fn a_spreadsheet_names_the_apps_that_were_not_read() {
    let environment = company();
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    let run = environment
        .run("access --person marcus --format csv")
        .exits(4);
    let first = run.stdout.lines().nth(1).unwrap();
    assert!(
        first.starts_with("\"\",\"\",\"okta\",") && first.contains("\"unread\",\""),
        "{first}"
    );
    assert!(first.contains("503"), "{first}");
    assert!(run.stdout.contains("\"notion\""), "{}", run.stdout);
    assert!(
        run.stderr.contains("INCOMPLETE okta could not be read"),
        "{}",
        run.stderr
    );
}

/// An old reading in a new snapshot is no evidence of the new run.
#[test]
fn a_reading_that_was_carried_forward_never_looks_fresh() {
    let environment = company();
    environment.run("apply --yes").exits(5);
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    for _ in 0..2 {
        environment.run("apply --yes").exits(5);
    }
    let carried = "CARRIED FORWARD from snapshot 1 of 7 March 2026";
    let page = "access --snapshot 3 --person marcus";
    environment
        .run(page)
        .exits(4)
        .shows("⚠ carried forward in")
        .shows(carried)
        .shows("by the files · ⚠")
        .shows("okta · read 7 March 2026, 09:22 PST · ⚠ carried forward from snapshot 1");
    for (format, says) in [
        ("markdown", "carried forward from snapshot 1"),
        ("html", "carried forward from snapshot "),
        ("csv", "\"carried forward from snapshot 1\",\""),
        ("json", "\"carried_from\": 1"),
    ] {
        let run = environment
            .run(&format!("{page} --format {format}"))
            .exits(4);
        assert!(run.stdout.contains(says), "{format}: {}", run.stdout);
        assert!(run.stderr.contains(carried), "{format}: {}", run.stderr);
    }
    // An app that was read is as good as ever, and so is the first snapshot.
    environment
        .run("access --snapshot 3 --person marcus --app slack")
        .exits(0);
    environment
        .run("access --snapshot 1 --person marcus")
        .exits(0);
}

/// What a closed account of a leaver keeps for a while is no access that the files do not give.
#[test]
fn an_account_that_was_closed_is_not_marked_as_one_that_is_open() {
    let environment = company();
    let person = "access --person tomas.herrera@meridianmanufacturing.com";
    environment
        .run(person)
        .exits(0)
        .shows("active · ⚠ not by the files")
        .shows("3 held, but not by the files");
    environment.run("apply --yes").exits(5);
    let run = environment.run(person).exits(0);
    let page = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!page.contains("⚠"), "{page}");
    assert!(!page.contains("not by the files"), "{page}");
    for says in [
        "inactive · closed; what it holds is kept until 6 April 2026",
        "groups marketing · kept until 6 April 2026",
        "kept by closed accounts",
    ] {
        assert!(page.contains(says), "{page}");
    }
    let run = environment.run(&format!("{person} --format csv")).exits(0);
    assert!(
        run.stdout.contains("\"closed\",\"kept until 2026-04-06\""),
        "{}",
        run.stdout
    );
}

/// Somebody who vanished from the files still has what they have.
#[test]
fn a_person_who_is_no_longer_in_the_files_is_found_by_id() {
    let environment = company();
    environment.run("apply --yes").exits(5);
    let people = std::fs::read_to_string(environment.path("people.toml")).unwrap();
    let start = people.find("[[people]]\nid = \"0655\"").unwrap();
    let rest = &people[start + 10..];
    let end = rest
        .find("\n[[people]]")
        .map_or(people.len(), |end| start + 10 + end);
    std::fs::write(
        environment.path("people.toml"),
        format!("{}{}", &people[..start], &people[end..]),
    )
    .unwrap();
    environment
        .run("access --person 0655 --app slack")
        .exits(0)
        .shows("Hannah Lindqvist · 0655")
        .shows("· active · ⚠ no longer in");
}
