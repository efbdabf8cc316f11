//! Channels: whom notices may go to, and what is no secret of the files.

use super::*;
use crate::model::notice::Occasion;

fn channel(lines: &str) -> Loaded {
    load(&format!("{SETTINGS}\n[notify.it]\n{lines}\n"), PROFILES, "")
}

const WEBHOOK: &str = "kind = \"webhook\"\nsecret = { env = \"KEY\" }\n";
const SMTP: &str = "kind = \"smtp\"\nfrom = \"p@example.com\"\nto = [\"it@example.com\"]\n";

#[test]
fn each_mistake_has_its_code() {
    let secret = "https://hooks.slack.com/services/T00000000/B00000000/AbCdEf0123456789abcdefAB";
    for (lines, expected) in [
        (
            "kind = \"slack\"\nurl = { env = \"URL\" }".to_owned(),
            vec![],
        ),
        ("kind = \"slack\"".to_owned(), vec!["missing-field"]),
        ("url = { env = \"URL\" }".to_owned(), vec!["missing-field"]),
        ("kind = \"pigeon\"".to_owned(), vec!["invalid-value"]),
        (
            "kind = \"teams\"\nurl = { env = \"URL\" }\non = []".to_owned(),
            vec!["invalid-value"],
        ),
        (
            "kind = \"teams\"\nurl = { env = \"URL\" }\non = [\"plan\"]".to_owned(),
            vec!["invalid-value"],
        ),
        (
            "kind = \"teams\"\nurl = { env = \"URL\" }\nhost = \"x\"".to_owned(),
            vec!["invalid-value"],
        ),
        (
            format!("kind = \"slack\"\nurl = \"{secret}\""),
            vec!["secret-in-file"],
        ),
        (
            format!("kind = \"slack\"\nurl = {{ env = \"{secret}\" }}"),
            vec!["secret-in-file"],
        ),
        (
            "kind = \"slack\"\nurl = { command = [\"op\"] }".to_owned(),
            vec!["untrusted-command"],
        ),
        (
            "kind = \"webhook\"\nurl = { env = \"URL\" }\nsecret = \"abc\"".to_owned(),
            vec!["secret-in-file"],
        ),
        (format!("{WEBHOOK}url = \"http://127.0.0.1:9/x/\""), vec![]),
        (format!("{WEBHOOK}url = {{ file = \"hook\" }}"), vec![]),
        (
            format!("{WEBHOOK}url = \"https://evil.example/x\""),
            vec!["untrusted-host"],
        ),
        (
            format!("{WEBHOOK}url = \"http://evil.example/x\""),
            vec!["insecure-url"],
        ),
        (
            format!("{WEBHOOK}url = \"evil.example\""),
            vec!["invalid-url"],
        ),
        (
            format!("{WEBHOOK}url = \"https://evil.example/x?token=1\""),
            vec!["secret-in-file"],
        ),
    ] {
        let loaded = channel(&lines);
        assert_eq!(codes(&loaded), expected, "{lines}");
        let shown = shown(&loaded).join("\n");
        assert!(!shown.contains("AbCdEf0123"), "{shown}");
    }
}

#[test]
#[cfg(feature = "mail")]
fn each_mistake_about_mail_has_its_code() {
    for (lines, expected) in [
        ("host = \"127.0.0.1\"\nsecurity = \"none\"", vec![]),
        ("host = \"localhost\"\nsecurity = \"starttls\"", vec![]),
        ("host = \"mail.example.com\"", vec!["untrusted-host"]),
        (
            "host = \"mail.example.com\"\nsecurity = \"none\"",
            vec!["insecure-url"],
        ),
        ("host = \"mail.example.com:25\"", vec!["invalid-value"]),
        ("host = \"localhost\"\nport = 65536", vec!["invalid-value"]),
        (
            "host = \"localhost\"\nsecurity = \"ssl\"",
            vec!["invalid-value"],
        ),
        ("host = \"localhost\"\nuser = \"me\"", vec!["invalid-value"]),
        (
            "host = \"localhost\"\nuser = \"me\"\npassword = \"x\"",
            vec!["secret-in-file"],
        ),
        (
            "host = \"localhost\"\nuser = \"me\"\npassword = { env = \"P\" }",
            vec![],
        ),
    ] {
        assert_eq!(
            codes(&channel(&format!("{SMTP}{lines}"))),
            expected,
            "{lines}"
        );
    }
    for bad in [
        "to = []",
        "to = [\"x\\r\\nBcc: y@example.com\"]",
        "to = [\"IT <it@example.com>\"]",
    ] {
        let lines = SMTP.replace("to = [\"it@example.com\"]", bad);
        let loaded = channel(&format!("{lines}host = \"localhost\""));
        assert_eq!(codes(&loaded), ["invalid-value"], "{bad}");
    }
}

#[test]
#[cfg(not(feature = "mail"))]
fn mail_is_refused_by_name_where_there_is_none() {
    let loaded = channel(&format!("{SMTP}host = \"localhost\""));
    assert_eq!(codes(&loaded), ["no-mail"]);
}

#[test]
fn r20_whoever_is_told_is_a_setting_of_consequence() {
    let config = |lines: &str| sound(channel(lines));
    let mine = config(&format!(
        "{WEBHOOK}url = \"http://127.0.0.1:9/x\"\non = [\"drift\"]"
    ));
    assert_eq!(mine.notify["it"].on, [Occasion::Drift].into());
    assert_eq!(
        mine.watched()["notify.it"],
        "webhook to http://127.0.0.1:9/x, signed with env KEY, on drift"
    );
    let mut digests = vec![mine.settings];
    for other in [
        format!("{WEBHOOK}url = \"http://127.0.0.1:9/y\"\non = [\"drift\"]"),
        format!("{WEBHOOK}url = \"http://127.0.0.1:9/x\""),
        format!("{WEBHOOK}url = {{ file = \"hook\" }}\non = [\"drift\"]"),
        WEBHOOK.replace("KEY", "OTHER") + "url = \"http://127.0.0.1:9/x\"\non = [\"drift\"]",
    ] {
        let other = config(&other);
        assert_ne!(other.watched()["notify.it"], mine.watched()["notify.it"]);
        digests.push(other.settings);
    }
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 5);
}
