//! What nobody may hold together (R13).

use proptest::prelude::*;
use provisor::base::Severity;
use provisor::config::{Config, Loaded, Trust};
use provisor::model::account::Status;
use provisor::model::plan::EdgeKind;
use provisor::model::withheld::Impediment;
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::world::{
    CRM, NOW, SETTINGS, Source, World, account, config_with, crm, person, short, withheld,
};

const PROFILES: &str = r#"
[profiles.BUY.apps.directory]
groups = ["Marketing"]
[profiles.PAY.apps.directory]
groups = ["Sales"]
[profiles.BOTH]
includes = ["BUY", "PAY"]
[profiles.BUY-CRM]
includes = ["BUY"]
[profiles.BUY-CRM.apps.crm]
groups = ["Everyone"]
[profiles.NONE]
description = "names no app"
"#;

const RULE: &str = r#"
[[separation]]
name = "Whoever orders does not pay"
reason = "SOX 404"
never_together = [
  { apps.directory.groups = ["Marketing"], apps.crm.groups = ["Everyone"] },
  { apps.directory.groups = ["Sales"] },
]
"#;

fn load(people: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("provisor.toml", &*format!("{SETTINGS}{CRM}")),
        ("profiles.toml", PROFILES),
        ("people.toml", people),
        ("approvals.toml", RULE),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Config::load(folder.path(), &Trust::none())
}

fn files(profile: &str, rest: &str) -> Config {
    let loaded = load(&person("1042", "Emma", profile, "2020-01-01", rest));
    let shown = format!("{:#?}", loaded.diagnostics);
    loaded.config.unwrap_or_else(|| panic!("{shown}"))
}

fn extra(gives: &str) -> String {
    format!("[[extra]]\nperson = \"1042\"\nuntil = 2026-12-31\nreason = \"x\"\n{gives}\n")
}

#[test]
fn r13_of_two_that_are_given_the_side_named_first_is_given_and_the_other_held() {
    let planned = World::default().plan(&files("BOTH", ""), NOW);
    assert_eq!(short(&planned), ["1042 create", "1042 grant Marketing"]);
    assert_eq!(withheld(&planned), ["1042 held R13"]);
    let held = &planned.body.withheld[0];
    let Impediment::Separation(breach) = &held.why else {
        panic!("{held:?}")
    };
    let (this, other) = (&breach.this, &breach.other);
    let line = |at: &Option<provisor::base::source::Location>| at.as_ref().unwrap().to_string();
    assert_eq!(
        (this.value.raw(), line(&this.at)),
        ("Sales", "profiles.toml:5".to_owned())
    );
    assert_eq!(
        (other.value.raw(), line(&other.at)),
        ("Marketing", "profiles.toml:3".to_owned())
    );
    assert_eq!(line(&held.at), "approvals.toml:2");
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(page.contains("Whoever orders does not pay"), "{page}");
}

#[test]
fn r13_what_is_held_already_stays_and_what_would_complete_the_breach_is_held() {
    let world = World::with([account("1042", "Emma", &["Sales"])]);
    let extra = extra("apps.directory.groups = [\"Marketing\"]");
    let planned = world.plan(&files("PAY", &extra), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["1042 held R13"]);
    assert_eq!(planned.body.withheld[0].changes.len(), 1);
}

#[test]
fn r13_sides_may_span_apps() {
    let world = World::with([account("1042", "Emma", &["Sales"])]);
    let extra = extra("apps.crm.groups = [\"Everyone\"]");
    let planned = world.plan(&files("PAY", &extra), NOW);
    assert_eq!(short(&planned), ["1042 create in crm"]);
    assert_eq!(withheld(&planned), ["1042 held R13"]);
}

#[test]
fn r13_a_breach_that_is_there_is_told_and_takes_nothing() {
    let world = World::with([account("1042", "Emma", &["Sales", "Marketing"])]);
    let planned = world.plan(&files("BOTH", ""), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["1042 held R13"]);
    assert!(matches!(
        &planned.body.withheld[0].why,
        Impediment::Separation(breach) if breach.held
    ));
}

#[test]
fn r13_a_mover_gets_the_new_side_once_the_old_one_is_taken() {
    let mut world = World::with([account("1042", "Emma", &["Sales"])]);
    world.run(&files("PAY", ""), NOW);
    let planned = world.run(
        &files("BUY", &extra("apps.directory.groups = [\"CRM\"]")),
        NOW,
    );
    assert_eq!(withheld(&planned), [""; 0]);
    let id = |step: &str| {
        let changes = planned.body.changes.iter();
        let found = changes.zip(short(&planned)).find(|(_, name)| name == step);
        found.unwrap().0.id.clone()
    };
    let (taken, given) = (id("1042 revoke Sales"), id("1042 grant Marketing"));
    assert!(planned.body.edges.iter().any(|edge| {
        edge.before == taken && edge.after == given && edge.kind == EdgeKind::Requires
    }));
    assert_eq!(
        short(&world.plan(&files("BUY", ""), NOW)).len(),
        1,
        "the extra goes"
    );
    // Across apps it takes two runs, and never both at once.
    let mut world = World::with([account("1042", "Emma", &["Sales"])]);
    world.run(&files("PAY", ""), NOW);
    let planned = world.plan(&files("BUY-CRM", ""), NOW);
    assert_eq!(
        short(&planned),
        [
            "1042 create in crm",
            "1042 revoke Sales",
            "1042 grant Marketing"
        ]
    );
    assert_eq!(withheld(&planned), ["1042 held R13"]);
}

#[test]
fn r13_validate_reports_what_the_profiles_of_open_ended_periods_give_together() {
    let loaded = load(&person("1042", "Emma", "BOTH", "2020-01-01", ""));
    let found: Vec<_> = loaded.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(found, ["separation-breach"]);
    assert_eq!(loaded.diagnostics[0].severity, Severity::Held);
    let places = loaded.diagnostics[0].labels.iter();
    let places: Vec<String> = places
        .map(|label| loaded.sources.locate(label.site).to_string())
        .collect();
    assert_eq!(
        places,
        ["profiles.toml:3", "profiles.toml:5", "approvals.toml:2"]
    );
    assert!(
        load(&person("1042", "Emma", "BUY", "2020-01-01", ""))
            .diagnostics
            .is_empty()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was held and whatever is desired, nobody comes to hold both sides who did not.
    #[test]
    fn nobody_comes_to_hold_both_sides(before in 0..4_usize, after in 0..4_usize, held in 0..4_u8, more in any::<bool>()) {
        let profile = |index: usize| ["BUY", "PAY", "BOTH", "BUY-CRM"][index];
        let groups = ["Sales", "Marketing"].into_iter().enumerate();
        let groups: Vec<_> = groups.filter(|(bit, _)| held & (1 << bit) != 0).map(|(_, group)| group).collect();
        let mut world = World::with([account("1042", "Emma", &groups)]);
        world.crm.insert("c1".to_owned(), account("1042", "Emma", &[]));
        let extra = if more { extra("apps.directory.groups = [\"Sales\", \"Marketing\"]") } else { String::new() };
        for config in [files(profile(before), ""), files(profile(after), &extra)] {
            let sides = |world: &World| {
                let held = |group: &str| world.accounts.values().any(|account| account.groups.contains(group));
                let crm = world.crm.values().any(|account| account.status == Status::Active && account.groups.contains("Everyone"));
                usize::from(held("Sales")) + usize::from(held("Marketing") || crm)
            };
            let had = sides(&world);
            world.run(&config, NOW);
            prop_assert!(sides(&world) <= had.max(1), "{had} before");
        }
    }
}

#[test]
fn r13_what_a_rule_names_is_read_though_no_profile_gives_it() {
    let rule = RULE.replace("[\"Sales\"]", "[\"Auditors\"]");
    let people = person("1042", "Emma", "BUY", "2020-01-01", "");
    let config = config_with(&format!("{SETTINGS}{CRM}"), PROFILES, &people, &rule);
    let directory = "directory".into();
    let scope = provisor::plan::scope(&config, &directory, &config.apps[&directory], None);
    assert!(
        scope.kinds[0].named.contains("Auditors"),
        "{:?}",
        scope.kinds[0]
    );
}

#[test]
fn r13_what_is_kept_apart_from_an_app_that_cannot_be_read_waits_for_its_reading() {
    let crm_too = "[profiles.CRM.apps.crm]\ngroups = [\"Everyone\"]\n";
    let of = |profile: &str| {
        let people = person("1042", "Emma", profile, "2020-01-01", "");
        let profiles = format!("{PROFILES}{crm_too}");
        config_with(&format!("{SETTINGS}{CRM}"), &profiles, &people, RULE)
    };
    let mut world = World::with([account("1042", "Emma", &[])]);
    world.source = Source::Apart;
    world.run(&of("CRM"), NOW);
    let both = |config: &Config, world: &World| {
        let planned = world.plan(config, NOW);
        (short(&planned), withheld(&planned))
    };
    world.unread.insert(crm());
    let paid = of("PAY");
    let (steps, held) = both(&paid, &world);
    assert_eq!((steps, held), (vec![], vec!["1042 held R13".to_owned()]));
    let page = text(&world.plan(&paid, NOW), Detail::Brief, 200).to_text(Colour::Plain);
    assert!(page.contains("crm could not be read"), "{page}");
    // Whoever never had anything there holds nothing there.
    world.history.apps.remove(&crm());
    assert_eq!(both(&paid, &world).0, ["1042 grant Sales"]);
}
