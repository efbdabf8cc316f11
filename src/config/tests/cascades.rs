//! `provisioned_by`, and what profiles name in apps that hold nothing.

use super::*;

#[test]
fn the_groups_of_a_source_are_named_once_and_not_empty() {
    let with = |groups: &str| {
        let settings = format!(
            "{SETTINGS}provisioned_by = {{ app = \"okta\", groups = {groups} }}\n[apps.okta]\nkind = \
             \"okta\"\nurl = \"http://127.0.0.1:1\"\nmode = \"enforce\"\n"
        );
        load(&settings, PROFILES, "")
    };
    assert_eq!(codes(&with("[\"a\", \"b\"]")), [""; 0]);
    for (groups, code) in [
        ("[]", "invalid-value"),
        ("[\"\"]", "invalid-value"),
        ("[\"a\", \" \"]", "invalid-value"),
        ("[\"a\", \"a\"]", "invalid-value"),
        ("\"a\"", "wrong-shape"),
        ("[1]", "wrong-shape"),
    ] {
        let loaded = with(groups);
        assert_eq!(codes(&loaded), [code], "{groups}");
        assert!(loaded.config.is_none());
    }
}

#[test]
fn an_app_that_holds_nothing_says_so() {
    let settings = SETTINGS.replace("mode =", "dialect = \"github\"\nmode =");
    let loaded = load(&settings, PROFILES, "");
    let hints = loaded.diagnostics.iter().map(|one| one.hint.as_deref());
    let hints: Vec<_> = hints.flatten().collect();
    assert!(!hints.is_empty());
    for hint in hints {
        assert_eq!(
            hint,
            "it knows accounts and nothing that they hold: take the name out"
        );
    }
}
