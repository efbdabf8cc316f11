//! The example that ships, and the folder of planted mistakes.

use crate::config::{Config, Trust};

use super::{repository, shown, sound};

#[test]
fn the_example_is_without_mistakes() {
    let loaded = Config::load(&repository("examples/minimal"), &Trust::none());
    assert_eq!(shown(&loaded), [""; 0]);
    let config = sound(loaded);
    let ids: Vec<&str> = config
        .people
        .iter()
        .map(|person| person.id.as_str())
        .collect();
    assert_eq!(ids, ["0733", "0815", "1042"]);
    assert_eq!(config.people[1].periods.len(), 2);
    assert!(config.people.iter().all(|person| person.problem.is_none()));
}

#[test]
fn twenty_five_planted_mistakes_are_all_named_with_their_lines() {
    let loaded = Config::load(&repository("tests/planted"), &Trust::none());
    assert_eq!(
        shown(&loaded),
        [
            "provisor.toml:10 insecure-url",
            "provisor.toml:11 untrusted-command",
            "provisor.toml:13 app-cycle",
            "provisor.toml:18 secret-in-file",
            "profiles.toml:2 wrong-shape",
            "profiles.toml:5 unknown-profile",
            "profiles.toml:7 unknown-app",
            "profiles.toml:11 unknown-entitlement",
            "accounts.toml:2 unknown-app",
            "accounts.toml:12 invalid-value",
            "accounts.toml:13 unknown-person",
            "accounts.toml:19 duplicate-account",
            "approvals.toml:2 unknown-person",
            "approvals.toml:3 not-privileged",
            "approvals.toml:11 unknown-entitlement",
            "approvals.toml:12 self-approval",
            "approvals.toml:15 end-before-start",
            "approvals.toml:20 invalid-value",
            "people.toml:9 duplicate-id",
            "people.toml:18 duplicate-email",
            "people.toml:20 unknown-manager",
            "people.toml:26 foreign-domain",
            "people.toml:28 manager-cycle",
            "people.toml:36 manager-cycle",
            "people.toml:39 contractor-without-end",
            "people.toml:53 end-before-start",
        ]
    );
    assert!(loaded.config.is_none());
    let hints: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter_map(|d| d.hint.as_deref())
        .collect();
    for hint in [
        "did you mean `everyone`?",
        "did you mean `wiki`?",
        "did you mean `groups`?",
    ] {
        assert!(hints.contains(&hint), "{hint}");
    }
    let words = format!("{:?}", loaded.diagnostics);
    assert!(!words.contains("hunter2"));
}
