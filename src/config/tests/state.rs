//! `[state] url`.

use super::{PROFILES, SETTINGS, load, sound};
use crate::config::Loaded;

fn with(url: &str) -> Loaded {
    let settings = format!("{SETTINGS}[state]\nurl = \"{url}\"\n");
    load(&settings, PROFILES, "")
}

#[test]
fn r20_where_the_state_is_kept_is_watched_as_it_is_written() {
    let watched = |url| sound(with(url)).watched().get("state.url").cloned();
    assert_eq!(
        watched("file:state"),
        None,
        "it is where it is without a word"
    );
    assert_eq!(watched("file:elsewhere").unwrap(), "file:elsewhere");
    assert_eq!(
        watched("s3://evidence/people").unwrap(),
        "s3://evidence/people"
    );
}

#[test]
fn a_url_that_names_no_place_says_what_one_is() {
    for (url, message, hint) in [
        (
            "https://evidence",
            "not a place for the state",
            "az://CONTAINER",
        ),
        (
            "s3://Evidence/people",
            "no bucket can have this name",
            "lower-case",
        ),
        (
            "az://evidence.people",
            "no bucket can have this name",
            "single hyphens",
        ),
        (
            "gs://evidence/a b",
            "not a prefix for the state",
            "joined by single slashes",
        ),
    ] {
        let loaded = with(url);
        assert!(loaded.config.is_none(), "{url}");
        let [problem] = &loaded.diagnostics[..] else {
            panic!("{url}: {:?}", loaded.diagnostics)
        };
        let said = format!("{problem:?}");
        assert!(said.contains(message) && said.contains(hint), "{said}");
    }
}

#[test]
fn a_key_is_a_file_or_a_variable_and_never_a_command() {
    let with = |value: &str| {
        let state = format!("[state]\nurl = \"file:state\"\nsign_with = {value}\n");
        load(&format!("{SETTINGS}{state}"), PROFILES, "")
    };
    for (value, watched) in [
        ("{ file = \"keys/ci\" }", "file keys/ci"),
        ("{ env = \"SIGNING_KEY\" }", "env SIGNING_KEY"),
    ] {
        let config = sound(with(value));
        assert_eq!(config.watched()["state.sign_with"], watched);
    }
    for value in [
        "\"keys/ci\"",
        "{}",
        "{ command = [\"sign\"] }",
        "{ file = \"a\", env = \"B\" }",
    ] {
        assert!(with(value).config.is_none(), "{value}");
    }
}
