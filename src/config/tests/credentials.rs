//! Credentials with which nobody could sign in.

use super::*;

/// An Okta with these credentials.
fn okta(credentials: &str, url: &str) -> Loaded {
    let app = format!(
        "{SETTINGS}\n[apps.okta]\nkind = \"okta\"\nurl = \"{url}\"\nmode = \"enforce\"\n{credentials}\n"
    );
    load(&app, PROFILES, "")
}

#[test]
fn credentials_are_one_whole_way_to_sign_in() {
    const HERE: &str = "http://127.0.0.1:8080";
    const THERE: &str = "https://example.okta.com";
    let some = |names: &[&str]| {
        let entries = names
            .iter()
            .map(|name| format!("{name} = {{ env = \"A\" }}"));
        let entries: Vec<_> = entries.collect();
        format!("credentials = {{ {} }}", entries.join(", "))
    };
    for (names, expected) in [
        (&["token"][..], None),
        (&["client_id", "private_key", "key_id"], None),
        (
            &["client_id"],
            Some((
                "missing-credential",
                "with `client_id`, `private_key` and `key_id` must be named",
            )),
        ),
        (
            &["token", "client_id"],
            Some((
                "mixed-credentials",
                "`client_id` and `token` are of two ways to sign in",
            )),
        ),
        (
            &["client_id", "private_key", "key_id", "token"],
            Some(("mixed-credentials", "are of two ways")),
        ),
    ] {
        for url in [HERE, THERE] {
            let loaded = okta(&some(names), url);
            let found = loaded.diagnostics.first();
            match (found, expected) {
                (None, None) => {}
                (Some(found), Some((code, message))) => {
                    assert_eq!(codes(&loaded), [code]);
                    assert!(found.message.contains(message), "{}", found.message);
                }
                _ => panic!("{names:?}: {found:?}"),
            }
        }
    }
    for none in ["", "credentials = {}"] {
        let loaded = okta(none, THERE);
        assert_eq!(codes(&loaded), ["missing-credential"], "{none}");
        assert_eq!(
            loaded.diagnostics[0].hint.as_deref(),
            Some("it takes `token`, or `client_id`, `private_key` and `key_id`")
        );
        assert_eq!(codes(&okta(none, HERE)), [""; 0], "it may need none");
    }
}

/// What is wrong with one entry is told once.
#[test]
fn a_credential_is_faulted_once() {
    let there = "https://example.okta.com";
    for (credentials, code) in [
        (
            "credentials = { tokn = { env = \"A\" } }",
            "unknown-credential",
        ),
        ("credentials = { token = \"hunter2\" }", "secret-in-file"),
        ("credentials = \"hunter2\"", "secret-in-file"),
        ("credentials = 1", "wrong-shape"),
        ("credentials = { token = { env = \"\" } }", "invalid-value"),
        ("credentials = { token = { env = \" \" } }", "invalid-value"),
    ] {
        let loaded = okta(credentials, there);
        assert_eq!(codes(&loaded), [code], "{credentials}");
        if code == "invalid-value" {
            let message = &loaded.diagnostics[0].message;
            assert_eq!(message, "the name of a variable is missing");
        }
    }
}
