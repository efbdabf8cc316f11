//! Leavers' certificates: what became of each account, on what evidence, and what nobody can tell.

use serde_json::Value;
use snapbox::file;

use crate::environment::Environment;

fn json(environment: &Environment, person: &str, code: i32) -> Value {
    let run = environment.run(&format!("report leaver {person} --format json"));
    let report = serde_json::from_str(&run.exits(code).stdout).unwrap();
    crate::schemas::conforms("leaver", &report);
    report
}

/// `okta closed run` of each account.
fn accounts(certificate: &Value) -> Vec<String> {
    let accounts = certificate["accounts"].as_array().unwrap().iter();
    accounts
        .map(|account| {
            let by = account["closing"]["by"].as_str().unwrap_or("-");
            let (app, is) = (&account["app"], &account["state"]["is"]);
            format!("{} {} {by}", app.as_str().unwrap(), is.as_str().unwrap())
        })
        .collect()
}

/// A page as one line, wherever it was wrapped.
fn flat(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes somebody out of `people.toml`.
fn forget(environment: &Environment, id: &str) {
    let people = std::fs::read_to_string(environment.path("people.toml")).unwrap();
    let entries = people.split_inclusive("\n\n");
    let kept = entries.filter(|entry| !entry.contains(&format!("id = \"{id}\"")));
    std::fs::write(environment.path("people.toml"), kept.collect::<String>()).unwrap();
}

#[test]
fn a_certificate_tells_when_each_door_closed_and_what_remains() {
    let environment = Environment::meridian();
    environment.run("report leaver C-311").exits(1);
    environment.run("apply --yes").exits(5);
    let page = flat(&environment.run("report leaver C-311").exits(0).stdout);
    for says in [
        "access ended 7 March 2026, 00:00 PST · last day 6 March 2026",
        "the files said so by snapshot 1 of 7 March 2026, 09:22 PST",
        "the door closed 7 March 2026, 09:22 PST by run 000001 · 9 h 22 min after access ended",
        "keeps groups Brand until 6 April 2026",
        "Certificate: ✓ closed · 3 accounts · longest open door: ",
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
    let certificate = json(&environment, "C-311", 0);
    assert_eq!(
        accounts(&certificate),
        ["figma closed run", "okta closed run", "slack closed run"]
    );
    assert_eq!(certificate["accounts"][0]["open_for"], 9 * 3600 + 22 * 60);
    let manifest = &environment.manifests()[0];
    assert_eq!(
        certificate["evidence"]["configuration"],
        manifest["configuration"]
    );
    let step = &certificate["accounts"][0]["closing"]["step"];
    assert_eq!(step["journal"], manifest["runs"][0]["journal"]);
    assert_eq!(step["plan"], manifest["plan"]);
    let run = environment
        .run("report leaver 0733 --format markdown")
        .exits(0);
    let digits = |text: &str| {
        // The digests of what names a journal differ from run to run.
        let words = text.split_inclusive([' ', '\n']);
        words
            .map(|word| {
                if is_digest(word.trim()) {
                    word.replace(word.trim(), "[DIGEST]")
                } else {
                    word.to_owned()
                }
            })
            .collect::<String>()
    };
    snapbox::assert_data_eq!(
        digits(&run.stdout.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")),
        file!["golden/leaver.md": Text]
    );
}

fn is_digest(word: &str) -> bool {
    let hexadecimal = word.trim_matches(['`', ',']);
    hexadecimal.len() >= 12 && hexadecimal.chars().all(|one| one.is_ascii_hexdigit())
}

/// Somebody else closed one account and a run the other: the one is a bound, the other a time.
#[test]
fn who_closed_a_door_is_told_apart() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    let certificate = json(&environment, "0733", 0);
    assert_eq!(
        accounts(&certificate),
        ["github gone run", "okta closed others", "slack closed -"]
    );
    assert_eq!(certificate["accounts"][1]["open_for"], Value::Null);
    let page = flat(&environment.run("report leaver 0733").exits(0).stdout);
    assert!(page.contains("somebody else closed it; first seen closed 7 March 2026, 09:22 PST · at most 98 d 9 h after access ended"), "{page}");
}

#[test]
fn whoever_vanished_from_the_files_is_told_by_the_snapshots() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    let before = json(&environment, "C-311", 0);
    forget(&environment, "C-311");
    environment.run("apply --yes").exits(5);
    for person in ["C-311", "Tomás"] {
        let run = environment.run(&format!("report leaver {person}"));
        assert_eq!(run.code(), Some(if person == "C-311" { 0 } else { 64 }));
    }
    let after = json(&environment, "C-311", 0);
    assert_eq!(after["in_files"], false);
    assert_eq!(accounts(&after), accounts(&before));
    assert_eq!(after["ended"]["at"], before["ended"]["at"]);
    for index in 0..3 {
        assert_eq!(
            after["accounts"][index]["closing"],
            before["accounts"][index]["closing"]
        );
    }
}

#[test]
fn what_was_not_read_again_says_so() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    environment.run("apply --yes").exits(5);
    let certificate = json(&environment, "C-311", 0);
    assert_eq!(accounts(&certificate)[1], "okta closed run");
    assert!(certificate["accounts"][1]["reading"]["carried"].is_string());
    let page = flat(&environment.run("report leaver C-311").exits(0).stdout);
    assert!(page.contains("⚠ not read again since"), "{page}");
}

/// An app that was never read may hold an account that nobody knows of: nothing is certified.
#[test]
fn r21_an_app_that_was_never_read_leaves_a_gap() {
    let environment = Environment::meridian();
    environment.edit("sandbox.toml", "# outage = 503 ", "outage = 503 ");
    environment.run("apply --yes").exits(5);
    let certificate = json(&environment, "C-311", 5);
    assert_eq!(certificate["gaps"][0]["app"], "okta");
    assert_eq!(certificate["closed"], false);
    let page = flat(&environment.run("report leaver C-311").exits(5).stdout);
    assert!(
        page.contains("× NOT KNOWN whether they have an account in okta"),
        "{page}"
    );
    assert!(
        page.contains("Certificate: ? not known of every app"),
        "{page}"
    );
}

/// A failed closing leaves the door open, and that is what is read back.
#[test]
fn a_door_that_did_not_close_is_open() {
    let environment = Environment::meridian();
    environment.edit(
        "provisor.toml",
        "owner = \"design@meridianmanufacturing.com\"\nmode = \"enforce\"",
        "owner = \"design@meridianmanufacturing.com\"\nmode = \"additive\"",
    );
    environment.run("apply --yes").exits(5);
    let certificate = json(&environment, "C-311", 5);
    assert_eq!(accounts(&certificate)[0], "figma open -");
    let page = flat(&environment.run("report leaver C-311").exits(5).stdout);
    assert!(
        page.contains("Certificate: ✗ not closed · 1 of 3 accounts open or not known"),
        "{page}"
    );
}

#[test]
fn whoever_works_here_gets_no_certificate() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    let run = environment.run("report leaver marcus").exits(64);
    assert!(
        run.stderr.contains("Marcus Webb (0012) has not left"),
        "{}",
        run.stderr
    );
    environment.run("report leaver nobody").exits(64);
}

/// No run ever meant to touch the account, so that only the last reading tells of it.
#[test]
fn an_open_account_of_somebody_out_of_scope_is_certified_to_nobody() {
    let environment = Environment::example();
    environment.edit("sandbox.toml", "external_id", "# external_id");
    environment.append("provisor.toml", "[scope]\nprofiles = [\"MKT\"]\n");
    environment.run("apply --yes").exits(0);
    let certificate = environment.run("report leaver 0733").exits(5);
    assert!(
        certificate.stdout.contains("priya.nair@"),
        "{}",
        certificate.stdout
    );
}
