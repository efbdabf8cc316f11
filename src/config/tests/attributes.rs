//! `attributes` and `authority` of `[apps.X]`: what is ours in an app (R10, R15).

use super::*;
use crate::config::AppConfig;
use crate::model::app::Authority;

fn with(lines: &str) -> Loaded {
    load(&format!("{SETTINGS}{lines}\n"), PROFILES, "")
}

fn app(config: &Config) -> &AppConfig {
    config.apps.values().next().unwrap()
}

fn owned(app: &AppConfig) -> Vec<&str> {
    let ours = app.description.attributes.iter();
    ours.filter(|kind| app.owns(kind))
        .map(|kind| kind.name)
        .collect()
}

#[test]
fn r15_all_are_ours_unless_the_files_name_some_or_another_app_makes_the_accounts() {
    let all = sound(with(""));
    assert_eq!(
        owned(app(&all)).len(),
        app(&all).description.attributes.len()
    );
    let some = sound(with("attributes = [\"title\", \"department\", \"title\"]"));
    assert_eq!(owned(app(&some)), ["title", "department"]);
    assert_eq!(owned(app(&sound(with("attributes = []")))), [""; 0]);
    let source = "[apps.source]\nkind = \"okta\"\nurl = \"http://127.0.0.1:1\"\nmode = \"enforce\"\n\
                  credentials = { token = { env = \"T\" } }\n";
    let by = "provisioned_by = { app = \"source\", groups = [\"A\"] }\n";
    let none = sound(with(&format!("{by}{source}")));
    assert_eq!(owned(app(&none)), [""; 0]);
    let some = sound(with(&format!("{by}attributes = [\"title\"]\n{source}")));
    assert_eq!(owned(app(&some)), ["title"]);
    let manager = with(&format!("{by}attributes = [\"manager\"]\n{source}"));
    assert_eq!(codes(&manager), ["not-built-yet"]);
}

#[test]
fn r15_an_attribute_that_the_connector_does_not_write_is_named_with_the_nearest() {
    for (name, hint) in [
        ("titel", "did you mean `title`?"),
        (
            "login",
            "logins and emails belong to whoever makes the accounts: take it out",
        ),
        (
            "shirt",
            "known here: given_name, family_name, display_name, title, department, manager",
        ),
    ] {
        let loaded = with(&format!("attributes = [\"{name}\"]"));
        assert_eq!(shown(&loaded), ["provisor.toml:12 unknown-attribute"]);
        assert_eq!(loaded.diagnostics[0].hint.as_deref(), Some(hint));
        assert!(loaded.config.is_none());
    }
    assert_eq!(codes(&with("attributes = \"title\"")), ["wrong-shape"]);
}

#[test]
fn r10_an_authority_is_one_of_three_words() {
    for (word, authority) in [
        ("named", Authority::Named),
        ("all", Authority::All),
        ("granted", Authority::Granted),
    ] {
        let config = sound(with(&format!("authority = {{ groups = \"{word}\" }}")));
        assert_eq!(app(&config).authority, [authority]);
    }
    assert_eq!(
        codes(&with("authority = { groups = \"given\" }")),
        ["invalid-value"]
    );
    assert_eq!(
        codes(&with("authority = { groupz = \"all\" }")),
        ["unknown-entitlement"]
    );
}

#[test]
fn r23_what_is_ours_belongs_to_the_settings_of_a_plan() {
    let settings = |lines: &str| sound(with(lines)).settings;
    let all = [
        "",
        "attributes = []",
        "attributes = [\"title\"]",
        "authority = { groups = \"all\" }",
        "authority = { groups = \"granted\" }",
    ];
    let distinct: std::collections::BTreeSet<_> = all.map(settings).into();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(settings("authority = { groups = \"named\" }"), settings(""));
}

#[test]
fn r20_an_authority_that_is_not_the_ordinary_one_is_watched() {
    let watched = |lines: &str| sound(with(lines)).watched();
    let key = "apps.directory.authority.groups";
    assert_eq!(watched("authority = { groups = \"all\" }")[key], "all");
    assert!(!watched("authority = { groups = \"named\" }").contains_key(key));
}
