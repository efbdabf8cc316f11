//! Mistakes in `approvals.toml` and `accounts.toml`.

use crate::config::{Config, Loaded, Trust};

use super::{EMPLOYED, PROFILES, SETTINGS, codes, folder, person, shown};

const APPROVAL: &str = "[[approval]]\nperson = \"1\"\napps.directory.groups = [\"Root\"]\n\
                        approver = \"2\"\nreason = \"x\"\nsince = 2026-01-01\nuntil = 2026-02-01\n";
const ACCOUNT: &str = "[[account]]\napp = \"directory\"\nlogin = \"robot\"\nkind = \"service\"\n\
                       owner = \"1\"\npurpose = \"x\"\nreview = 2026-01-01\n";

fn load(settings: &str, name: &str, text: &str) -> Loaded {
    let both =
        person("1", &format!("{EMPLOYED}\nprevious_ids = [\"c-1\"]")) + &person("2", EMPLOYED);
    let settings = format!("{SETTINGS}privileged = {{ groups = [\"Root\"] }}\n{settings}");
    let files = [
        ("provisor.toml", &*settings),
        ("profiles.toml", PROFILES),
        ("people.toml", &both),
        (name, text),
    ];
    Config::load(folder(&files).path(), &Trust::none())
}

#[test]
fn r20_mistakes_in_what_is_allowed_are_named() {
    let allow =
        |lines: &str| format!("[[allow]]\n{lines}\nreason = \"INC-7\"\nuntil = 2026-04-01\n");
    let at = |what: &str| allow(&format!("app = \"directory\"\n{what}"));
    for (text, expected) in [
        (at("deactivate = 7"), ""),
        (at("administrators = 0"), ""),
        (allow("deactivate = 7"), ""),
        (allow("files = 7"), ""),
        (at("files = 7"), "invalid-value"),
        (allow("read = 7"), "invalid-value"),
        (allow("administrators = 1"), "invalid-value"),
        (at("deactivate = 0"), "invalid-value"),
        (at("deactivate = -7"), "invalid-value"),
        (at("deactivate = \"all\""), "wrong-shape"),
        (at(""), "missing-field"),
        (at("deactivate = 7\nremove = 7"), "invalid-value"),
        (at("everything = 7"), "missing-field unknown-key"),
        (
            at("deactivate = 7").replace("directory", "directori"),
            "unknown-app",
        ),
        (
            at("deactivate = 7").replace("until = 2026-04-01", ""),
            "missing-field",
        ),
        (at("deactivate = 7").replace("INC-7", ""), "invalid-value"),
    ] {
        let loaded = load("", "approvals.toml", &text);
        assert_eq!(codes(&loaded).join(" "), expected, "{text}");
    }
}

#[test]
fn mistakes_in_approvals_are_named() {
    let rule = |sides: &str| {
        format!("[[separation]]\nname = \"a\"\nreason = \"b\"\nnever_together = [{sides}]\n")
    };
    let side = |group: &str| format!("{{ apps.directory.groups = [\"{group}\"] }}");
    for (text, expected) in [
        (APPROVAL.to_owned(), ""),
        (APPROVAL.replace("\"2\"", "\"P2@example.com\""), ""),
        (APPROVAL.replace("\"2\"", "\"1\""), "self-approval"),
        (
            APPROVAL.replace("\"2\"", "\"p1@example.com\""),
            "self-approval",
        ),
        (APPROVAL.replace("\"2\"", "\"c-1\""), "self-approval"),
        (APPROVAL.replace("\"2\"", "\"3\""), "unknown-person"),
        (APPROVAL.replace("\"1\"", "\"3\""), "unknown-person"),
        (
            APPROVAL.replace("2026-02-01", "2025-02-01"),
            "end-before-start",
        ),
        (APPROVAL.replace("Root", "Rooot"), "not-privileged"),
        (APPROVAL.replace("directory", "directori"), "unknown-app"),
        (APPROVAL.replace("groups", "group"), "unknown-entitlement"),
        (
            APPROVAL.replace("reason", "reasons"),
            "missing-field unknown-key",
        ),
        (APPROVAL.replace("\"x\"", "\"\""), "invalid-value"),
        (APPROVAL.replace("until = 2026-02-01", ""), "missing-field"),
        (rule(&format!("{}, {}", side("a"), side("b"))), ""),
        (rule(&side("a")), "invalid-value"),
    ] {
        let loaded = load("", "approvals.toml", &text);
        assert_eq!(
            codes(&loaded).join(" "),
            expected,
            "{text}\n{:#?}",
            shown(&loaded)
        );
    }
}

#[test]
fn mistakes_in_accounts_are_named() {
    for (settings, text, expected) in [
        ("", ACCOUNT.to_owned(), ""),
        ("", ACCOUNT.replace("directory", "directori"), "unknown-app"),
        (
            "",
            ACCOUNT.replace("\"1\"", "\"nobody@example.com\""),
            "unknown-person",
        ),
        ("", ACCOUNT.replace("service", "servant"), "invalid-value"),
        (
            "",
            format!("{ACCOUNT}{}", ACCOUNT.replace("robot", "ROBOT ")),
            "duplicate-account",
        ),
        (
            "protected = [\"Robot\"]\n",
            ACCOUNT.to_owned(),
            "listed-and-protected",
        ),
        (
            "",
            ACCOUNT.replace("review = 2026-01-01", ""),
            "missing-field",
        ),
    ] {
        let loaded = load(settings, "accounts.toml", &text);
        assert_eq!(
            codes(&loaded).join(" "),
            expected,
            "{text}\n{:#?}",
            shown(&loaded)
        );
    }
}

#[test]
fn mistakes_in_what_is_privileged_are_named() {
    let other = |line: &str| {
        format!(
            "[apps.other]\nkind = \"scim\"\nurl = \"http://127.0.0.1:2\"\nmode = \"enforce\"\n{line}"
        )
    };
    for (line, expected) in [
        ("privileged = { groups = [\"Root\"] }", ""),
        ("privileged = [\"Root\"]", "wrong-shape"),
        ("privileged = { grups = [\"Root\"] }", "unknown-entitlement"),
        ("privileged = { groups = [\"\"] }", "invalid-value"),
        ("privileged = { groups = \"Root\" }", "wrong-shape"),
    ] {
        assert_eq!(
            codes(&load(&other(line), "accounts.toml", "")).join(" "),
            expected,
            "{line}"
        );
    }
}

#[test]
fn an_approval_is_part_of_the_digest_and_of_its_persons_facts() {
    let digest = |name, text: &str| {
        let config = load("", name, text).config.unwrap();
        let facts = config.facts();
        (config.digest, facts[0], facts[1])
    };
    let (plain, first, second) = digest("approvals.toml", "");
    for (name, text) in [("approvals.toml", APPROVAL), ("accounts.toml", ACCOUNT)] {
        let (whole, mine, other) = digest(name, text);
        assert_ne!((whole, mine), (plain, first), "{name}");
        assert_ne!(mine, first, "{name}");
        assert_eq!(other, second, "{name}");
        let spread = digest(name, &text.replace('\n', "\n\n"));
        assert_eq!(spread, (whole, mine, other), "the layout does not matter");
    }
}
