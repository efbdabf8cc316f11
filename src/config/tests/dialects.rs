//! `[dialects.NAME]`, and the dialects that apps name.

use super::*;

fn with(app: &str, dialects: &str) -> Loaded {
    let settings = SETTINGS.replace("mode =", &format!("{app}\nmode ="));
    load(&format!("{settings}{dialects}"), PROFILES, "")
}

const OWN: &str = r#"
[dialects.legacy]
based_on = "slack"
summary = "the old directory"
page_size = 20
change = ["no path", "whole"]
closing = ["delete"]
email_filter = "emails"
manager_is = "login"
[dialects.legacy.attributes]
title = "urn:example:directory:1.0:User:job.title"
manager = "boss.login"
[dialects.legacy.leaving]
effect = "deleted with all files"
reversible = false
destroys_data = true
"#;

#[test]
fn an_app_speaks_a_dialect_that_ships_or_one_of_the_files() {
    let config = sound(with("dialect = \"slack\"", ""));
    let app = &config.apps["directory"];
    assert_eq!(
        app.description.domains,
        ["api.slack.com", "api.slack-gov.com"]
    );
    let config = sound(with("dialect = \"legacy\"", OWN));
    let app = &config.apps["directory"];
    assert_eq!(app.description.summary, "the old directory");
    assert!(app.description.leaving.destroys_data);
    let names: Vec<_> = app.description.attributes.iter().map(|a| a.name).collect();
    assert_eq!(names, ["title", "manager"]);
    let dialect = app.settings.options.dialect.as_ref().unwrap();
    assert_eq!((dialect.page_size, dialect.members_at_once), (20, 5000));
    assert_eq!(dialect.media_type, "application/json", "from the one below");
    let names = (&*dialect.name, &*dialect.vendor);
    assert_eq!(names, ("legacy", "slack"), "it is rehearsed as Slack");
    let other = sound(with("dialect = \"legacy\"", &OWN.replace("20", "21")));
    assert_ne!(
        config.digest, other.digest,
        "how an app speaks is configuration"
    );
}

#[test]
fn a_github_organisation_has_no_groups_to_grant() {
    let loaded = with("dialect = \"github\"", "");
    let codes = codes(&loaded);
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "unknown-entitlement"));
}

#[test]
fn a_mistake_in_a_dialect_is_shown_at_its_line_with_a_hint() {
    let own = |line: &str| format!("[dialects.own]\n{line}\n");
    for (line, code, hint) in [
        (
            "based_on = \"slak\"",
            "unknown-dialect",
            "did you mean `slack`?",
        ),
        (
            "domains = [\"evil.example\"]",
            "dialect-domains",
            "PROVISOR_TRUST",
        ),
        ("pagesize = 3", "unknown-key", "did you mean `page_size`?"),
        ("page_size = 0", "invalid-value", "from 1 to 10000"),
        ("page_size = 1.5", "wrong-shape", ""),
        (
            "media_type = \"text/html\"",
            "invalid-value",
            "\"application/json\"",
        ),
        ("change = []", "invalid-value", "at least one of"),
        (
            "change = [\"path\", \"path\"]",
            "invalid-value",
            "tried once",
        ),
        ("remove = [\"replace\"]", "invalid-value", "\"filter\""),
        (
            "closing = [\"delete\"]",
            "missing-field",
            "becomes of a leaver",
        ),
        ("login = \"name\"", "invalid-value", "\"userName\""),
        ("email_filter = \"a eq b\"", "invalid-value", "emails.value"),
        (
            "attributes = { titel = \"title\" }",
            "unknown-attribute",
            "did you mean `title`?",
        ),
        (
            "attributes = { title = \"active\" }",
            "invalid-value",
            "name.givenName",
        ),
        (
            "attributes = { manager = \"manager\" }",
            "invalid-value",
            "manager.value",
        ),
        (
            "attributes = { title = \"urn:ietf:params:scim:schemas:core:2.0:User:userName\" }",
            "invalid-value",
            "name.givenName",
        ),
        (
            "attributes = { given_name = \"name.givenName\", family_name = \"name.GivenName\" }",
            "invalid-value",
            "a path of its own",
        ),
        (
            "attributes = { given_name = \"name.givenName\", title = \"name\" }",
            "invalid-value",
            "a path of its own",
        ),
        ("summary = \"a\\u202e\"", "invalid-value", ""),
    ] {
        let loaded = with("", &own(line));
        assert_eq!(codes(&loaded), [code], "{line}");
        let problem = &loaded.diagnostics[0];
        let place = loaded.sources.locate(problem.labels[0].site).to_string();
        let row = SETTINGS.lines().count() + 3;
        assert!(
            place.starts_with(&format!("provisor.toml:{row}")),
            "{line}: {place}"
        );
        let told = problem.hint.as_deref().unwrap_or_default();
        assert!(told.contains(hint), "{line}: {told}");
    }
    let both = own("closing = [\"path\", \"delete\"]");
    assert_eq!(codes(&with("", &both)), ["invalid-value"]);
    let partly = own("leaving = { effect = \"gone\" }");
    assert_eq!(
        codes(&with("", &partly)),
        ["missing-field", "missing-field"]
    );
}

/// R2: what destroys data needs a flag, and a dialect's own words cannot take the flag away.
#[test]
fn r2_no_dialect_makes_light_of_what_leaving_destroys() {
    let own = |base: &str, reversible: bool, destroys: bool| {
        let dialect = format!(
            "[dialects.own]\nbased_on = \"{base}\"\nleaving = {{ effect = \"gone\", reversible = \
             {reversible}, destroys_data = {destroys} }}\n"
        );
        with("", &dialect)
    };
    for (reversible, destroys) in [(false, false), (true, true), (true, false)] {
        let loaded = own("github", reversible, destroys);
        assert_eq!(codes(&loaded), ["invalid-value"], "{reversible} {destroys}");
        let hint = loaded.diagnostics[0].hint.as_deref().unwrap_or_default();
        assert!(hint.contains("destroys_data = true"), "{hint}");
    }
    assert_eq!(codes(&own("github", false, true)), [""; 0]);
    assert_eq!(codes(&own("generic", true, false)), [""; 0]);
}

/// What an API leaves undone is that of the dialect it is built on, unless it says so itself.
#[test]
fn r2_a_dialect_names_what_its_api_leaves_undone() {
    let tasks = |base: &str, said: &str| {
        let dialect = format!(
            "[dialects.own]\nbased_on = \"{base}\"\nleaving = {{ effect = \"closed\", reversible = \
             true, destroys_data = false{said} }}\n"
        );
        let config = sound(with("dialect = \"own\"", &dialect));
        let app = config.apps.values().next().unwrap();
        let tasks = &app.description.leaving.tasks;
        tasks.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(tasks("zoom", "").len(), 2);
    assert_eq!(tasks("zoom", ", tasks = []"), [""; 0]);
    assert_eq!(tasks("generic", ", tasks = [\"call IT\"]"), ["call IT"]);
}

#[test]
fn a_dialect_that_is_not_there_or_is_another_is_refused() {
    for (app, dialects, code, hint) in [
        (
            "dialect = \"slakc\"",
            "",
            "unknown-dialect",
            "did you mean `slack`?",
        ),
        (
            "dialect = \"legaci\"",
            OWN,
            "unknown-dialect",
            "did you mean `legacy`?",
        ),
        (
            "dialect = \"xyz\"",
            "",
            "unknown-dialect",
            "known: generic, atlassian",
        ),
        (
            "",
            "[dialects.slack]\n",
            "invalid-value",
            "based_on = \"slack\"",
        ),
        (
            "",
            "[dialects.\"../x\"]\n",
            "invalid-name",
            "letter or digit",
        ),
        ("dialect = 1", "", "wrong-shape", ""),
    ] {
        let loaded = with(app, dialects);
        assert_eq!(codes(&loaded), [code], "{app} {dialects}");
        let told = loaded.diagnostics[0].hint.as_deref().unwrap_or_default();
        assert!(told.contains(hint), "{told}");
    }
    // One that is not sound is reported once, not again where it is named.
    let loaded = with("dialect = \"own\"", "[dialects.own]\npage_size = 0\n");
    assert_eq!(codes(&loaded), ["invalid-value"]);
}

/// R2's flag says what may be destroyed; the trust file, outside of the tree, where tokens may go.
#[test]
fn only_a_dialect_that_ships_vouches_for_a_host() {
    let slack = |dialect: &str, dialects: &str| {
        let settings = SETTINGS
            .replace(
                "http://127.0.0.1:8080/scim/v2/",
                "https://api.slack.com/scim/v2",
            )
            .replace("mode =", &format!("{dialect}\nmode ="));
        let loaded = load(&format!("{settings}{dialects}"), PROFILES, "");
        codes(&loaded)
    };
    assert_eq!(slack("dialect = \"slack\"", ""), [""; 0]);
    assert_eq!(slack("", ""), ["untrusted-host"]);
    let own = "[dialects.own]\npage_size = 9\n";
    assert_eq!(slack("dialect = \"own\"", own), ["untrusted-host"]);
    let based = "[dialects.own]\nbased_on = \"slack\"\n";
    assert_eq!(
        slack("dialect = \"own\"", based),
        [""; 0],
        "it is Slack all the same"
    );
}
