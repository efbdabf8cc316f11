//! Each mistake, its code, and its size.

use crate::base::Severity;
use crate::config::{Config, LARGEST_FILE, Trust};

use super::{EMPLOYED, PROFILES, SETTINGS, codes, folder, load, people, person, shown, sound};

#[test]
fn one_persons_mistake_holds_that_person_and_nobody_else() {
    let contractor = "job_code = \"ENG\"\nstart_date = 2026-01-05\nemployment = \"contractor\"";
    for (mistake, code) in [
        (
            format!("{EMPLOYED}\nmanager = \"nobody\""),
            "unknown-manager",
        ),
        (format!("{EMPLOYED}\nmanager = \"1\""), "manager-cycle"),
        (contractor.to_owned(), "contractor-without-end"),
        (EMPLOYED.replace("ENG", "ENGG"), "unknown-profile"),
        (
            format!("{EMPLOYED}\nprevious_emails = [\"x\"]"),
            "malformed-email",
        ),
    ] {
        let loaded = people(&(person("1", &mistake) + &person("2", EMPLOYED)));
        assert_eq!(codes(&loaded), [code]);
        assert_eq!(loaded.diagnostics[0].severity, Severity::Held);
        let config = sound(loaded);
        let problem = config.people[0].problem.as_ref();
        assert_eq!(problem.map(|problem| problem.code), Some(code));
        assert_eq!(config.people[1].problem, None);
    }
    let foreign = person("1", EMPLOYED).replace("@example.com", "@example.org");
    assert_eq!(codes(&people(&foreign)), ["foreign-domain"]);
    let contractor = format!("{contractor}\nend_date = 2026-12-31");
    let theirs = person("1", &contractor).replace("@example.com", "@agency.example");
    assert_eq!(
        codes(&people(&theirs)),
        [""; 0],
        "contractors have addresses of their own"
    );
}

#[test]
fn r18_accounts_that_another_app_makes_come_when_that_app_makes_them() {
    let crm = "[apps.crm]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1\"\nmode = \"enforce\"\n\
               provision_before_start = \"2 days\"\n\
               provisioned_by = { app = \"directory\", groups = [\"CRM\"] }\n";
    let loaded = load(&format!("{SETTINGS}{crm}"), PROFILES, "people = []");
    let hint = "set `provision_before_start` for the app that `provisioned_by` names";
    let told = |problem: &crate::base::Diagnostic| {
        problem
            .hint
            .as_deref()
            .is_some_and(|told| told.starts_with(hint))
    };
    assert!(
        loaded.diagnostics.iter().any(told),
        "{:#?}",
        loaded.diagnostics
    );
}

#[test]
fn mistakes_of_structure_stop_the_run() {
    let twice = person("1", EMPLOYED) + &person("1", EMPLOYED).replace("p1@", "q@");
    let period = |periods: &str| person("1", &format!("job_code = \"ENG\"\nperiods = [{periods}]"));
    for (text, code) in [
        (twice, "duplicate-id"),
        (person("1", EMPLOYED) + &person("2", EMPLOYED).replace("p2@", "P1@"), "duplicate-email"),
        (person("1", &format!("{EMPLOYED}\nprevious_ids = [\"2\"]")) + &person("2", EMPLOYED), "duplicate-id"),
        (["1", "2"].map(|id| person(id, &format!("{EMPLOYED}\nprevious_ids = [\"c-9\"]"))).concat(), "duplicate-id"),
        (person("1", &format!("{EMPLOYED}\nend_date = 2025-12-31")), "end-before-start"),
        (person("1", &format!("{EMPLOYED}\nleave = {{ from = 2026-03-02, until = 2026-03-01 }}")), "end-before-start"),
        (period("{ from = 2026-01-01, until = 2026-02-01 }, { from = 2026-02-01 }"), "overlapping-periods"),
        (period("{ from = 2026-01-01 }, { from = 2026-02-01 }"), "overlapping-periods"),
        (period(""), "invalid-value"),
        (person("1", "job_code = \"ENG\"\nstart_date = \"2026-01-05\""), "wrong-shape"),
        (person("1", "job_code = \"ENG\""), "missing-field"),
        (person("-x", EMPLOYED), "invalid-name"),
        (person("1", &format!("{EMPLOYED}\nlogins = {{ directory = \"a\\u0007\" }}")), "invalid-value"),
        (person("1", &format!("{EMPLOYED}\nlogins = {{ directori = \"a\" }}")), "unknown-app"),
        (person("1", &format!("{EMPLOYED}\nstatus = \"active\"")), "unknown-key"),
        (person("1", &format!("{EMPLOYED}\ntime_zone = \"Europe/Berlinn\"")), "unknown-time-zone"),
        (person("1", &format!("{EMPLOYED}\nperiods = [{{ from = 2026-01-01 }}]")), "conflicting-keys"),
        ("[[extra]]\nperson = \"9\"\nuntil = 2026-01-01\nreason = \"x\"\napps.directory.groups = [\"a\"]".to_owned(), "unknown-person"),
    ] {
        let loaded = people(&text);
        assert_eq!(codes(&loaded), [code], "{text}");
        assert_eq!(loaded.diagnostics[0].severity, Severity::Error);
        assert!(loaded.config.is_none());
    }
}

#[test]
fn a_manager_who_swaps_places_later_is_no_cycle() {
    let periods = |first: &str, second: &str| {
        format!(
            "job_code = \"ENG\"\nperiods = [{{ from = 2026-01-01, until = 2026-01-31{first} }}, \
             {{ from = 2026-02-01{second} }}]"
        )
    };
    let swapped = person("1", &periods(", manager = \"2\"", ""))
        + &person("2", &periods("", ", manager = \"1\""));
    assert_eq!(codes(&people(&swapped)), [""; 0]);
    let both = person("1", &periods("", ", manager = \"2\""))
        + &person("2", &periods("", ", manager = \"1\""));
    assert_eq!(codes(&people(&both)), ["manager-cycle", "manager-cycle"]);
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let app = |line: &str| format!("{SETTINGS}{line}\n");
    for settings in [
        SETTINGS.replace("\"scim\"", "\"jira\""),
        app("seats = { A = 1 }"),
    ] {
        let loaded = load(&settings, PROFILES, "");
        assert_eq!(codes(&loaded), ["not-built-yet"], "{settings}");
        assert!(loaded.config.is_none());
    }
}

#[test]
fn settings_are_checked() {
    let app = |line: &str| format!("{SETTINGS}{line}\n");
    for (settings, code) in [
        (SETTINGS.replace("mode = \"enforce\"", ""), "missing-field"),
        (SETTINGS.replace("\"scim\"", "\"skim\""), "unknown-kind"),
        (
            SETTINGS.replace("127.0.0.1:8080", "scim.example.com"),
            "insecure-url",
        ),
        (
            SETTINGS.replace("http://127.0.0.1:8080", "https://scim.example.com"),
            "untrusted-host",
        ),
        (SETTINGS.replace("http://", "ftp://"), "invalid-url"),
        (
            SETTINGS.replace("http://", "http://user:pass@"),
            "secret-in-file",
        ),
        (
            SETTINGS.replace("{ env = \"TOKEN\" }", "{ env = \"A\", file = \"b\" }"),
            "wrong-shape",
        ),
        (
            SETTINGS.replace("{ env = \"TOKEN\" }", "{ command = [\"op\"] }"),
            "untrusted-command",
        ),
        (
            SETTINGS.replace("credentials = { token", "credentials = { tokn"),
            "unknown-credential",
        ),
        (app("login = \"everybody\""), "invalid-value"),
        (app("login = \"{mail}\""), "invalid-value"),
        (
            app("authority = { group = \"all\" }"),
            "unknown-entitlement",
        ),
        (app("after = [\"directory\"]"), "app-cycle"),
        (
            app("[lifecycle]\nrelease_after = \"soon\""),
            "invalid-value",
        ),
    ] {
        assert_eq!(codes(&load(&settings, PROFILES, "")), [code], "{settings}");
    }
}

#[test]
fn profiles_are_checked() {
    for (profiles, expected) in [
        (
            "[profiles.a]\nincludes = [\"b\"]\n[profiles.b]\nincludes = [\"a\"]",
            "include-cycle",
        ),
        ("[profiles.a]\nmatch = {}", "invalid-value"),
        (
            "[profiles.a]\nmatch = { employment = [\"boss\"] }",
            "invalid-value",
        ),
        (
            "[profiles.a.apps.directory]\ngroups = { a = \"b\" }",
            "wrong-shape",
        ),
        (
            "[profiles.a.apps.directory]\ngroups = [\"\"]",
            "invalid-value",
        ),
        ("[profiles.'a\\b']", "invalid-name"),
    ] {
        assert_eq!(
            codes(&load(SETTINGS, profiles, "")),
            [expected],
            "{profiles}"
        );
    }
    let deep: String = (0..40)
        .map(|n| format!("[profiles.p{n}]\nincludes = [\"p{}\"]\n", n + 1))
        .chain(["[profiles.p40]\n".to_owned()])
        .collect();
    assert_eq!(codes(&load(SETTINGS, &deep, "")), ["deep-includes"]);
}

#[test]
fn a_secret_is_reported_and_never_repeated() {
    let token = "xoxb-123456789012-abcdefGHIJKL";
    for settings in [
        SETTINGS.replace("{ env = \"TOKEN\" }", &format!("\"{token}\"")),
        SETTINGS.replace("\"TOKEN\"", &format!("\"{token}\"")),
        SETTINGS.replace("{ token = { env = \"TOKEN\" } }", &format!("\"{token}\"")),
        format!("{SETTINGS}api_key = \"{token}\"\n"),
        format!("{SETTINGS}# {token}\n"),
        format!("{SETTINGS}owner = \"{token}\n"),
        format!("{SETTINGS}after = [\"{token}\"]\n"),
        SETTINGS.replace("\"scim\"", &format!("\"{token}\"")),
    ] {
        let loaded = load(&settings, PROFILES, "");
        assert!(codes(&loaded).contains(&"secret-in-file"), "{settings}");
        assert!(!format!("{:?}", loaded.diagnostics).contains(token));
        let at = u32::try_from(settings.find(token).unwrap()).unwrap();
        for diagnostic in &loaded.diagnostics {
            assert!(
                diagnostic
                    .redact
                    .iter()
                    .any(|s| s.span.start <= at && at < s.span.end),
                "{diagnostic:?}"
            );
        }
    }
    let plain = SETTINGS.replace("{ env = \"TOKEN\" }", "\"hunter2\"");
    assert_eq!(codes(&load(&plain, PROFILES, "")), ["secret-in-file"]);
    for key in ["value", "envv", "literal"] {
        let misplaced =
            SETTINGS.replace("{ env = \"TOKEN\" }", &format!("{{ {key} = \"hunter2\" }}"));
        assert_eq!(codes(&load(&misplaced, PROFILES, "")), ["secret-in-file"]);
    }
    let random = SETTINGS.replace("\"TOKEN\"", "\"9f86d081884c7d659a2feaa0c55ad015\"");
    assert_eq!(codes(&load(&random, PROFILES, "")), ["secret-in-file"]);
}

#[test]
fn files_that_cannot_be_read_have_one_clear_message_each() {
    let empty = folder(&[]);
    let loaded = Config::load(empty.path(), &Trust::none());
    assert_eq!(codes(&loaded), ["missing-file"; 3]);

    let broken = load(SETTINGS, PROFILES, "[[people]\nid = \"1\"\n");
    assert!(codes(&broken).contains(&"syntax"));
    assert!(broken.config.is_none());

    let unquoted = person("1", EMPLOYED).replace("given = \"P\"", "given = \"P");
    let both = unquoted + &person("2", &format!("{EMPLOYED}\nmanager = \"nobody\""));
    assert_eq!(
        shown(&people(&both)),
        ["people.toml:3 syntax", "people.toml:13 unknown-manager"],
        "a mistake of syntax hides no other"
    );

    let files = folder(&[("provisor.toml", SETTINGS), ("profiles.toml", PROFILES)]);
    std::fs::write(files.path().join("people.toml"), b"# \xff\n").unwrap();
    assert_eq!(
        codes(&Config::load(files.path(), &Trust::none())),
        ["not-utf8"]
    );

    let people = std::fs::File::create(files.path().join("people.toml")).unwrap();
    people.set_len(LARGEST_FILE + 1).unwrap();
    assert_eq!(
        codes(&Config::load(files.path(), &Trust::none())),
        ["file-too-large"]
    );

    std::fs::remove_file(files.path().join("people.toml")).unwrap();
    std::fs::create_dir(files.path().join("people.toml")).unwrap();
    assert_eq!(
        codes(&Config::load(files.path(), &Trust::none())),
        ["unreadable-file"]
    );

    let nested = folder(&[
        ("provisor.toml", SETTINGS),
        ("profiles.toml", PROFILES),
        ("people/a.toml", &person("1", EMPLOYED)),
        ("people/more/b.toml", ""),
    ]);
    assert_eq!(
        codes(&Config::load(nested.path(), &Trust::none())),
        ["nested-folder"]
    );
}

#[test]
fn trust_comes_from_outside_of_the_tree_only() {
    let settings = SETTINGS
        .replace("http://127.0.0.1:8080", "https://scim.example.com")
        .replace(
            "{ env = \"TOKEN\" }",
            "{ command = [\"op\", \"read\", \"x\"] }",
        );
    let trust = "hosts = [\"SCIM.example.com\"]\ncommands = [[\"op\", \"read\", \"x\"]]\n";
    let files = folder(&[
        ("tree/provisor.toml", &settings),
        ("tree/profiles.toml", PROFILES),
        ("tree/people.toml", ""),
        ("tree/trust.toml", trust),
        ("trust.toml", trust),
        (
            "program.toml",
            "hosts = [\"scim.example.com:443\"]\ncommands = [\"op\"]\n",
        ),
        (
            "less.toml",
            "hosts = [\"example.com\"]\ncommands = [[\"op\", \"read\"]]\n",
        ),
    ]);
    let tree = files.path().join("tree");
    let with = |name: &str| Config::load(&tree, &Trust::file(files.path().join(name)));
    assert_eq!(shown(&with("trust.toml")), [""; 0]);
    assert_eq!(shown(&with("program.toml")), [""; 0]);
    assert_eq!(
        codes(&with("less.toml")),
        ["untrusted-host", "untrusted-command"]
    );
    let inside = ["trust-inside-tree", "untrusted-host", "untrusted-command"];
    assert_eq!(codes(&with("tree/trust.toml")), inside);
    assert_eq!(codes(&with("tree/../tree/trust.toml")), inside);
    std::fs::create_dir(files.path().join(".git")).unwrap();
    assert_eq!(
        codes(&with("trust.toml")),
        inside,
        "the whole work tree is reviewed"
    );
}
