//! What sound files mean.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Document, Field, Fields, FileId, Form};
use crate::config::apps::Catalogue;
use crate::config::compose::Composer;
use crate::config::{Config, Lead, entitlements};
use crate::model::app::{AppDescription, Authority, EntitlementKind, Shape};
use crate::model::desired::BundleApp;
use crate::model::name::{AppName, ProfileKey};
use crate::model::person::Employment;
use crate::state::Place;

use super::{EMPLOYED, PROFILES, SETTINGS, codes, load, people, person, sound};

fn keys(keys: &[&str]) -> Vec<ProfileKey> {
    keys.iter().map(|key| ProfileKey::from(*key)).collect()
}

#[test]
fn periods_inherit_what_they_do_not_say() {
    let config = sound(people(
        &(person(
            "1",
            "job_code = \"ENG\"\ntitle = \"Engineer\"\nmanager = \"2\"\nemployment = \"intern\"\n\
             periods = [\n{ from = 2026-02-01, title = \" Lead \" , employment = \"employee\" },\n\
             { from = 2026-01-01, until = 2026-01-31, job_code = \"OPS\" }]",
        ) + &person("2", EMPLOYED)),
    ));
    let [first, second] = &config.people[0].periods[..] else {
        panic!("two periods");
    };
    assert_eq!(first.job_code.as_str(), "OPS");
    assert_eq!(first.title.as_ref().unwrap().raw(), "Engineer");
    assert_eq!(first.employment, Employment::Intern);
    assert_eq!(second.job_code.as_str(), "ENG");
    assert_eq!(second.title.as_ref().unwrap().raw(), "Lead");
    assert_eq!(second.employment, Employment::Employee);
    assert_eq!(second.manager.as_ref().unwrap().as_str(), "2");
}

#[test]
fn optional_facts_are_read() {
    let config = sound(people(&person(
        "1",
        &format!(
            "{EMPLOYED}\naccess_ends = 2026-03-05T15:00:00-08:00\ntime_zone = \"australia/sydney\"\n\
             leave = {{ from = 2026-05-01 }}\nlogins = {{ directory = \"emma-j\" }}\n\
             previous_ids = [\"c-204\"]\nattributes = {{ shirt = \"M\" }}"
        ),
    )));
    let person = &config.people[0];
    assert_eq!(
        person.access_ends.unwrap().to_string(),
        "2026-03-05T23:00:00Z"
    );
    assert_eq!(person.time_zone.as_deref(), Some("Australia/Sydney"));
    assert_eq!(person.leave.len(), 1);
    assert_eq!(person.logins["directory"].raw(), "emma-j");
    assert_eq!(person.attributes["shirt"].raw(), "M");
    let app = &config.apps["directory"];
    assert_eq!(app.settings.url.as_str(), "http://127.0.0.1:8080/scim/v2");
    assert_eq!(
        config.lifecycle.provision_before_start,
        Lead::BusinessDays(10)
    );
    assert_eq!(config.lifecycle.last_day_cutoff, 1440);
    let Place::Folder(state) = &config.state else {
        panic!("{:?}", config.state)
    };
    assert!(state.is_absolute() && state.ends_with("state"));
}

#[test]
fn provenance_is_the_shortest_way_then_the_first_by_name() {
    let profiles = r#"
[profiles.everyone.apps.directory]
groups = ["Everyone"]
[profiles.b]
includes = ["everyone"]
[profiles.a]
includes = ["everyone"]
[profiles.lead]
includes = ["b", "a"]
[profiles.lead.apps.directory]
groups = ["Leads"]
[profiles.tokyo]
match = { department = ["Tokyo"] }
[profiles.tokyo.apps.directory]
groups = ["Tokyo"]
"#;
    let tokyo = person(
        "1",
        "job_code = \"lead\"\ndepartment = \" Tokyo \"\nstart_date = 2026-01-05",
    ) + &person(
        "2",
        "job_code = \"lead\"\ndepartment = \"tokyo\"\nstart_date = 2026-01-05",
    );
    let config = sound(load(SETTINGS, profiles, &tokyo));
    let [one, two] = &config.people[..] else {
        panic!("two people");
    };
    assert_eq!(
        config.profiles_of(one, &one.periods[0]),
        keys(&["lead", "tokyo"])
    );
    assert_eq!(config.profiles_of(two, &two.periods[0]), keys(&["lead"]));
    let bundle = config.compose(&keys(&["tokyo", "lead"])).unwrap();
    let app = bundle.apps[0].as_ref().unwrap();
    assert_eq!(app.named_by.chain, keys(&["lead"]));
    let held: Vec<_> = app
        .entitlements
        .iter()
        .map(|e| (e.value.as_str(), e.from.chain.clone()))
        .collect();
    assert_eq!(
        held,
        [
            ("Everyone", keys(&["lead", "a", "everyone"])),
            ("Leads", keys(&["lead"])),
            ("Tokyo", keys(&["tokyo"])),
        ]
    );
    assert_eq!(config.compose(&[]).unwrap().apps, [None]);
}

/// An app with all three shapes.
fn catalogue() -> Catalogue {
    let scim = crate::apps::describe("scim", &crate::apps::Options::default()).unwrap();
    let kind = |name: &'static str, shape| EntitlementKind {
        name: Cow::Borrowed(name),
        shape,
        authority: Authority::Named,
        summary: Cow::Borrowed(""),
        privileged: Vec::new(),
        seats: None,
    };
    let keyed = Shape::Keyed {
        default_level: Cow::Borrowed("Member"),
        levels: vec![Cow::Borrowed("Member"), Cow::Borrowed("Owner")],
    };
    let description = AppDescription {
        entitlements: vec![
            kind("role", Shape::One),
            kind("groups", Shape::Many),
            kind("projects", keyed),
        ],
        ..(*scim).clone()
    };
    BTreeMap::from([(AppName::from("made-up"), Some(Arc::new(description)))])
}

const APPS: Field = Field::required("apps", Form::Gives, "");

fn shapes(text: &str) -> (Option<BundleApp>, Vec<&'static str>) {
    let mut problems = Vec::new();
    let mut apps = Document::read(FileId(0), text, 0, &mut problems, |document, problems| {
        let root = document.root(&Fields::new(&[APPS]), problems);
        let apps = root.get("apps").unwrap();
        entitlements::apps(&apps, &catalogue(), &[], problems)
    });
    let codes = problems.iter().map(|problem| problem.code).collect();
    (apps.remove("made-up"), codes)
}

#[test]
fn the_three_shapes_are_read_and_nothing_else() {
    let (app, problems) = shapes(
        "[apps.made-up]\nrole = \"editor\"\ngroups = [\"b\", \"a\", \"b\"]\nprojects = { X = \"Owner\" }",
    );
    assert_eq!(problems, [""; 0]);
    let app = app.unwrap();
    let held: Vec<_> = app
        .entitlements
        .iter()
        .map(|e| (e.kind.0, e.value.as_str(), e.level.as_deref()))
        .collect();
    assert_eq!(
        held,
        [
            (0, "editor", None),
            (1, "a", None),
            (1, "b", None),
            (2, "X", Some("Owner"))
        ]
    );
    let (app, _) = shapes("[apps.made-up]\nprojects = [\"X\"]");
    assert_eq!(
        app.unwrap().entitlements[0].level.as_deref(),
        Some("Member")
    );
    for (line, code) in [
        ("role = [\"editor\"]", "wrong-shape"),
        ("groups = \"a\"", "wrong-shape"),
        ("groups = [1]", "wrong-shape"),
        ("projects = \"X\"", "wrong-shape"),
        ("projects = { X = 1 }", "wrong-shape"),
        ("projects = { X = \"Ownr\" }", "invalid-value"),
        ("role = \"a\\u202e\"", "invalid-value"),
    ] {
        assert_eq!(
            shapes(&format!("[apps.made-up]\n{line}")).1,
            [code],
            "{line}"
        );
    }
}

/// The values that profiles of the made-up app give together, and how often they disagree.
fn composed(profiles: &str, roots: &[&str]) -> (Vec<String>, usize) {
    let mut sources = crate::base::Sources::default();
    let file = sources.add("profiles.toml".into(), profiles.to_owned());
    let catalogue = catalogue();
    let mut problems = Vec::new();
    let profiles = crate::config::profiles::read(file, &sources, &catalogue, &mut problems);
    let name = AppName::from("made-up");
    let description = catalogue[&name].as_deref().unwrap();
    let mut composer = Composer::new(&profiles, BTreeMap::from([(&name, description)]));
    let app = composer.compose(&keys(roots)).bundle_app(&name);
    let conflicts = composer.into_conflicts();
    for conflict in conflicts.iter().chain(&problems) {
        assert_eq!(conflict.code, "profile-conflict");
        assert_eq!(conflict.labels.len(), 2);
    }
    let held = app.into_iter().flat_map(|app| app.entitlements);
    let held = held.map(|e| {
        format!(
            "{}{}",
            e.value,
            e.level.map_or(String::new(), |l| format!("={l}"))
        )
    });
    (held.collect(), conflicts.len())
}

#[test]
fn the_including_profile_wins_and_equals_disagree() {
    let pair = "[profiles.a.apps.made-up]\nrole = \"x\"\nprojects = { P = \"Owner\" }\n\
                [profiles.b.apps.made-up]\nrole = \"y\"\nprojects = [\"P\", \"Q\"]\n";
    assert_eq!(
        composed(pair, &["a"]),
        (vec!["x".into(), "P=Owner".into()], 0)
    );
    assert_eq!(composed(pair, &["a", "b"]).1, 2);
    let both = format!("{pair}[profiles.c]\nincludes = [\"a\", \"b\"]\n");
    assert_eq!(composed(&both, &["c"]).1, 2);
    let own =
        format!("{both}[profiles.c.apps.made-up]\nrole = \"z\"\nprojects = {{ P = \"Member\" }}\n");
    assert_eq!(
        composed(&own, &["c"]),
        (vec!["z".into(), "P=Member".into(), "Q=Member".into()], 0)
    );
}

fn digests(settings: &str, profiles: &str, text: &str) -> (String, Vec<crate::base::Digest>) {
    let config: Config = sound(load(settings, profiles, text));
    (config.digest.to_string(), config.facts())
}

#[test]
fn digests_see_values_and_not_their_places() {
    let [one, two] = [person("1", EMPLOYED), person("2", EMPLOYED)];
    let extra = "[[extra]]\nperson = \"1\"\nuntil = 2026-06-01\nreason = \"r\"\napps.directory.groups = [\"G\"]\n";
    let all = format!("{one}{two}{extra}");
    let before = digests(SETTINGS, PROFILES, &all);

    let moved = format!("# moved\n{extra}{two}\n\n{one}");
    let profiles = "[profiles.OPS]\napps = { directory = { groups = [\"Everyone\"] } }\n\
                    [profiles.ENG.apps.directory]\ngroups = [\"Engineering\", \"Everyone\"]\n";
    assert_eq!(digests(&format!("\n{SETTINGS}"), profiles, &moved), before);

    let title = digests(
        SETTINGS,
        PROFILES,
        &all.replacen("job_code", "title = \"T\"\njob_code", 1),
    );
    assert_ne!(title.0, before.0);
    assert_ne!(title.1[0], before.1[0]);
    assert_eq!(
        title.1[1], before.1[1],
        "another person's edit does not concern them"
    );

    let extra = digests(SETTINGS, PROFILES, &all.replace("2026-06-01", "2026-06-02"));
    assert_ne!(extra.0, before.0);
    assert_ne!(extra.1[0], before.1[0]);
    assert_eq!(extra.1[1], before.1[1]);

    let other = digests(SETTINGS, &PROFILES.replacen("OPS", "OPS2", 1), &all);
    assert_ne!(other.0, before.0);
    assert_eq!(other.1, before.1, "a profile that nobody has");
    let theirs = digests(SETTINGS, &PROFILES.replace("Engineering", "Eng"), &all);
    assert!(theirs.1[0] != before.1[0] && theirs.1[1] != before.1[1]);

    for settings in [
        SETTINGS.replace("\"TOKEN\"", "\"OTHER\""),
        format!("{SETTINGS}protected = [\"x\"]\n"),
        format!("{SETTINGS}authority = {{ groups = \"all\" }}\n"),
        format!("{SETTINGS}[lifecycle]\nrelease_after = \"31 days\"\n"),
        format!("{SETTINGS}[state]\nurl = \"file:elsewhere\"\n"),
    ] {
        assert_ne!(digests(&settings, PROFILES, &all).0, before.0, "{settings}");
    }
}

#[test]
fn what_an_extra_names_is_checked_like_a_profile() {
    let extra = "[[extra]]\nperson = \"1\"\nuntil = 2026-06-01\nreason = \"r\"\n";
    let with = |apps: &str| people(&format!("{}{extra}{apps}\n", person("1", EMPLOYED)));
    let config = sound(with("apps.directory.groups = [\"G\"]"));
    let gives = &config.extras[0].apps["directory"];
    assert_eq!(gives.entitlements[0].value, "G");
    assert!(gives.named_by.chain.is_empty());
    assert_eq!(
        codes(&with("apps.directory.roles = [\"G\"]")),
        ["unknown-entitlement"]
    );
    assert_eq!(codes(&with("apps.dir.groups = [\"G\"]")), ["unknown-app"]);
}

#[test]
fn a_profile_matches_by_title_country_cost_centre_and_manager() {
    let entry = |id: &str, rest: &str| person(id, &format!("{EMPLOYED}\n{rest}"));
    let ours = "title = \" Lead \"\ncountry = \"DE\"\ncost_centre = \"4410\"\nmanager = \"9\"";
    let people = [
        entry("1", ours),
        entry("2", &ours.replace("DE", "de")),
        entry("3", &ours.replace("\nmanager = \"9\"", "")),
        entry("9", ""),
    ];
    for condition in [
        "title = [\"CEO\", \"Lead\"]",
        "country = [\"DE\"]",
        "cost_centre = [\"4410\"]",
        "manager = [\"9\"]",
        "title = [\"Lead\"], country = [\"DE\"], cost_centre = [\"4410\"], manager = [\"9\"]",
    ] {
        let profiles = format!("{PROFILES}[profiles.some]\nmatch = {{ {condition} }}\n");
        let config = sound(load(SETTINGS, &profiles, &people.concat()));
        let matching = config.people.iter().filter(|person| {
            let keys = config.profiles_of(person, &person.periods[0]);
            keys.contains(&"some".into())
        });
        let ids: Vec<_> = matching.map(|person| person.id.as_str()).collect();
        let mut expected = vec!["1"];
        if !condition.contains("country") {
            expected.push("2");
        }
        if !condition.contains("manager") {
            expected.push("3");
        }
        assert_eq!(ids, expected, "{condition}");
        let other = sound(load(SETTINGS, PROFILES, &people.concat()));
        assert_ne!(config.digest, other.digest);
    }
}
