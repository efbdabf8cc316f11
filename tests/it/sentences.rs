//! Sentences of rules that no room has tests of its own for, by plans in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::Shape;
use provisor::model::change::{Action, Cause, ChangeId};
use provisor::model::history::History;
use provisor::model::name::PersonId;
use provisor::model::plan::{AppSummary, Plan};
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::world::{
    Account, CRM, NOW, PROFILES, SETTINGS, Source, World, account, app, cascading, config, crm,
    person, short, withheld,
};

/// Both apps, which have nothing to do with each other.
const BOTH: &str = r#"
[profiles.SALES]
[profiles.SALES.apps.directory]
groups = ["Everyone", "Sales"]
[profiles.SALES.apps.crm]
groups = ["Everyone"]
"#;

fn files(people: &[String]) -> Config {
    config(SETTINGS, PROFILES, &people.concat())
}

fn in_app(line: &str, people: &[String]) -> Config {
    config(&format!("{SETTINGS}{line}\n"), PROFILES, &people.concat())
}

fn priya(rest: &str) -> String {
    person("7", "Priya", "SALES", "2020-01-01", rest)
}

fn apart() -> World {
    let mut world = World::default();
    world.source = Source::Apart;
    world
}

fn page(planned: &Plan) -> String {
    text(planned, Detail::Full, 200).to_text(Colour::Plain)
}

/// An account that stores nobody's id.
fn by_address(given: &str, groups: &[&str]) -> Account {
    account("", given, groups)
}

#[test]
fn r1_an_app_may_open_earlier_than_the_others() {
    let earlier = format!("{SETTINGS}{CRM}provision_before_start = \"30 days\"\n");
    let newcomer = person("8", "Bo", "SALES", "2026-03-31", "");
    let config = config(&earlier, BOTH, &newcomer);
    let world = apart();
    assert_eq!(short(&world.plan(&config, "2026-03-01T07:59:59Z")), [""; 0]);
    let planned = world.plan(&config, "2026-03-01T08:00:00Z");
    assert_eq!(
        short(&planned),
        ["8 create in crm", "8 grant Everyone in crm"]
    );
}

#[test]
fn r2_the_plan_says_in_the_apps_own_words_what_leaving_means() {
    let mut config = files(&[priya("end_date = 2026-03-06")]);
    let directory = config.apps.get_mut(&app()).unwrap();
    let description = Arc::make_mut(&mut directory.description);
    description.leaving.effect = "walks out of the door".into();
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let shown = page(&world.plan(&config, NOW));
    assert!(shown.contains("walks out of the door"), "{shown}");
}

#[test]
fn r3_files_may_say_that_whoever_vanished_has_left() {
    let opted_in = SETTINGS.replace(
        "on_leave = \"keep\"",
        "on_leave = \"keep\"\nremoved = \"leaver\"",
    );
    let stays = person("8", "Bo", "SALES", "2020-01-01", "");
    for (settings, expected) in [(SETTINGS, vec![]), (&*opted_in, vec!["7 deactivate"])] {
        let mut world = World::default();
        world.run(&config(settings, PROFILES, &(priya("") + &stays)), NOW);
        let planned = world.plan(&config(settings, PROFILES, &stays), NOW);
        assert_eq!(short(&planned), expected);
        assert_eq!(withheld(&planned).is_empty(), !expected.is_empty());
    }
}

#[test]
fn r7_a_configured_login_goes_before_every_address() {
    let config = files(&[priya("logins = { directory = \"p.nair@meridian.com\" }")]);
    let mut configured = by_address("Priya", &["Everyone", "Sales"]);
    configured.login = "p.nair@meridian.com".to_owned();
    // The one that bears her address is closed, so that it is no question.
    let mut addressed = by_address("Priya", &[]);
    addressed.status = Status::Inactive;
    let planned = World::with([addressed, configured]).plan(&config, NOW);
    assert_eq!(withheld(&planned), [""; 0]);
    let touched = planned.body.changes.iter().map(|change| {
        let tag = change.account.as_ref().unwrap();
        tag.login.raw().to_owned()
    });
    let touched: BTreeSet<String> = touched.collect();
    assert_eq!(touched, ["p.nair@meridian.com".to_owned()].into());
}

#[test]
fn r7_the_address_of_now_goes_before_an_earlier_one() {
    let config = files(&[priya("previous_emails = [\"priya.old@meridian.com\"]")]);
    let mut earlier = by_address("Priya", &[]);
    earlier.login = "priya.old@meridian.com".to_owned();
    earlier.status = Status::Inactive;
    let world = World::with([earlier, by_address("Priya", &["Everyone", "Sales"])]);
    let planned = world.plan(&config, NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec!["7 adopt".to_owned()], vec![])
    );
    let tag = planned.body.changes[0].account.as_ref().unwrap();
    assert_eq!(tag.login.raw(), "priya@meridian.com");
}

/// An account that lost its HR id is still whose it was at the last snapshot.
#[test]
fn r7_an_address_takes_no_account_that_the_last_snapshot_gives_to_a_leaver() {
    let mut world = World::default();
    world.run(&files(&[priya("")]), NOW);
    world
        .accounts
        .values_mut()
        .for_each(|account| account.hr_id.clear());
    let namesake = person("8", "Priya", "SALES", "2026-03-16", "");
    let here = files(&[priya("").replace("priya@", "p.nair@"), namesake.clone()]);
    let left = priya("end_date = 2026-03-06").replace("priya@", "p.nair@");
    for (config, planned_for_7) in [
        (here, "7 adopt"),
        (files(&[left, namesake]), "7 deactivate"),
    ] {
        let planned = world.plan(&config, NOW);
        let steps = short(&planned);
        assert!(steps.contains(&planned_for_7.to_owned()), "{steps:?}");
        assert!(steps.iter().all(|step| step.starts_with("7 ")), "{steps:?}");
        assert_eq!(withheld(&planned), ["8 held R7"]);
    }
}

#[test]
fn r9_an_address_alone_opens_no_account_that_was_anothers() {
    let mut closed = account("999", "Bo", &["Everyone"]);
    closed.status = Status::Inactive;
    let world = World::with([closed]);
    let planned = world.plan(&files(&[person("8", "Bo", "SALES", "2026-03-16", "")]), NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["8 held R7".to_owned()])
    );
}

#[test]
fn r9_a_changed_address_is_an_update_and_no_second_account() {
    let mut world = World::default();
    world.run(&files(&[priya("")]), NOW);
    let renamed = files(&[priya("").replace("priya@", "p.nair@")]);
    assert_eq!(short(&world.run(&renamed, NOW)), ["7 update login+email"]);
    assert_eq!(world.accounts.len(), 1);
}

#[test]
fn r10_what_comes_by_a_rule_is_never_taken() {
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales", "Marketing"])]);
    world.by_rule.insert("Marketing".to_owned());
    for authority in ["", "authority = { groups = \"all\" }"] {
        let planned = world.plan(&in_app(authority, &[priya("")]), NOW);
        assert_eq!(
            (short(&planned), withheld(&planned)),
            (vec![], vec![]),
            "{authority}"
        );
    }
    world.by_rule.clear();
    assert_eq!(
        short(&world.plan(&files(&[priya("")]), NOW)),
        ["7 revoke Marketing"]
    );
}

#[test]
fn r10_all_takes_what_nobody_names_and_named_leaves_it() {
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales", "Chess"])]);
    world.groups.insert("Chess".to_owned());
    assert_eq!(short(&world.plan(&files(&[priya("")]), NOW)), [""; 0]);
    let all = in_app("authority = { groups = \"all\" }", &[priya("")]);
    assert_eq!(short(&world.plan(&all, NOW)), ["7 revoke Chess"]);
}

/// Of a kind of which an account has exactly one.
#[test]
fn r10_a_one_is_managed_when_desired_and_left_alone_when_not() {
    let one = "[profiles.SALES]\n[profiles.SALES.apps.directory]\ngroups = [\"Sales\"]\n\
               [profiles.BARE]\n[profiles.BARE.apps.directory]\ngroups = []\n";
    let of = |profile: &str| {
        let people = person("7", "Priya", profile, "2020-01-01", "");
        let mut config = config(SETTINGS, one, &people);
        let directory = config.apps.get_mut(&app()).unwrap();
        Arc::make_mut(&mut directory.description).entitlements[0].shape = Shape::One;
        config
    };
    let world = World::with([account("7", "Priya", &["Marketing"])]);
    let planned = world.plan(&of("SALES"), NOW);
    let [change] = &*planned.body.changes else {
        panic!("{:?}", short(&planned))
    };
    let Action::Set { before, after, .. } = &change.action else {
        panic!("{change:?}")
    };
    assert_eq!(
        before.as_ref().map(provisor::base::Foreign::raw),
        Some("Marketing")
    );
    assert_eq!(after, "Sales");
    assert_eq!(short(&world.plan(&of("BARE"), NOW)), [""; 0]);
}

#[test]
fn r11_what_a_rule_gives_already_is_not_given_again() {
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.by_rule.insert("Sales".to_owned());
    let planned = world.plan(&files(&[priya("")]), NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
}

#[test]
fn r15_what_says_the_same_in_its_normal_form_is_no_difference() {
    let mut known = account("7", "Priya", &["Everyone", "Sales"]);
    known.login = "PRIYA@Meridian.COM".to_owned();
    let name = known.attributes.get_mut("given_name").unwrap();
    *name = " Priya ".to_owned();
    assert_eq!(
        short(&World::with([known.clone()]).plan(&files(&[priya("")]), NOW)),
        [""; 0]
    );
    known
        .attributes
        .insert("given_name".to_owned(), "priya".to_owned());
    let planned = World::with([known]).plan(&files(&[priya("")]), NOW);
    assert_eq!(short(&planned), ["7 update given_name"]);
}

#[test]
fn r15_what_the_files_do_not_say_stays_as_it_is() {
    let mut known = account("7", "Priya", &["Everyone", "Sales"]);
    known
        .attributes
        .insert("title".to_owned(), "By hand".to_owned());
    let mut world = World::with([known]);
    assert_eq!(short(&world.plan(&files(&[priya("")]), NOW)), [""; 0]);
    let titled = files(&[priya("title = \"Sales Manager\"")]);
    assert_eq!(short(&world.run(&titled, NOW)), ["7 update title"]);
    assert_eq!(world.accounts["u0001"].attributes["title"], "Sales Manager");
}

#[test]
fn r15_a_login_follows_its_template() {
    let config = in_app("login = \"{email}.acme\"", &[priya("")]);
    let planned = World::default().plan(&config, NOW);
    let Action::Create(made) = &planned.body.changes[0].action else {
        panic!("{:?}", short(&planned))
    };
    assert_eq!(made.login, "priya@meridian.com.acme");
    assert_eq!(made.email, "priya@meridian.com");
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.plan(&config, NOW))[0], "7 update login");
}

#[test]
fn r15_another_app_owns_the_attributes_of_what_it_makes() {
    let both = config(&format!("{SETTINGS}{CRM}"), BOTH, &priya(""));
    let mut stale = by_address("Priya", &["Everyone"]);
    stale
        .attributes
        .insert("given_name".to_owned(), "P.".to_owned());
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.crm.insert("c0001".to_owned(), stale);
    assert_eq!(short(&world.plan(&cascading(both), NOW)), [""; 0]);
    let alone = config(&format!("{SETTINGS}{CRM}"), BOTH, &priya(""));
    let planned = world.plan(&alone, NOW);
    assert!(short(&planned).contains(&"7 update given_name in crm".to_owned()));
}

#[test]
fn r15_logins_and_addresses_are_shown_one_by_one_as_what_identifies() {
    let mut world = World::default();
    world.run(&files(&[priya("")]), NOW);
    let renamed = priya("")
        .replace("priya@", "p.nair@")
        .replace("Example", "Nair");
    let shown = page(&world.plan(&files(&[renamed]), NOW));
    let line = |what: &str| {
        let found = shown.lines().position(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("{what}: {shown}"))
    };
    assert!(line("login") < line("email"), "{shown}");
    assert!(line("email") < line("family_name"), "{shown}");
}

#[test]
fn r16_edges_join_changes_of_one_person() {
    let newcomers: String = ["Ada", "Bo", "Cy"]
        .iter()
        .enumerate()
        .map(|(number, given)| person(&number.to_string(), given, "SALES", "2026-03-09", ""))
        .collect();
    let config = config(&format!("{SETTINGS}{CRM}"), BOTH, &newcomers);
    let body = apart().plan(&config, NOW).body;
    let whose = |id: &ChangeId| {
        let change = body.changes.iter().find(|change| change.id == *id);
        change
            .unwrap()
            .person
            .as_ref()
            .map(|person| person.id.clone())
    };
    assert!(!body.edges.is_empty());
    assert!(
        body.edges
            .iter()
            .all(|edge| whose(&edge.before) == whose(&edge.after))
    );
}

#[test]
fn r17_what_fails_for_one_person_stops_nobody_else() {
    let two = files(&[
        person("8", "Bo", "SALES", "2026-03-09", ""),
        person("9", "Cy", "SALES", "2026-03-09", ""),
        priya("end_date = 2026-03-06"),
    ]);
    let mut world = World::with([account("7", "Priya", &[])]);
    world.failing.insert("8 create".to_owned());
    world.run(&two, NOW);
    let people: BTreeSet<&str> = world
        .accounts
        .values()
        .map(|one| one.hr_id.as_str())
        .collect();
    assert_eq!(people, ["7", "9"].into());
    assert_eq!(world.accounts["u0001"].status, Status::Inactive);
    let planned = world.plan(&two, NOW);
    assert_eq!(
        short(&planned),
        ["8 create", "8 grant Everyone", "8 grant Sales"]
    );
    assert_eq!(planned.body.changes[0].cause, Cause::Retry);
}

#[test]
fn r20_another_host_and_another_scope_are_told_above_all_else() {
    let mut world = World::default();
    world.run(&files(&[priya("")]), NOW);
    let moved = SETTINGS.replace("127.0.0.1:1/", "127.0.0.1:2/");
    let settings = format!("{moved}[scope]\nprofiles = [\"SALES\"]\n");
    let leaver = priya("end_date = 2026-03-06");
    let planned = world.plan(&config(&settings, PROFILES, &leaver), NOW);
    assert_eq!(short(&planned), ["7 deactivate"]);
    let shown = page(&planned);
    let line = |what: &str| {
        let found = shown.lines().position(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("{what}: {shown}"))
    };
    for key in ["apps.directory.url", "scope.profiles"] {
        assert!(line(key) < line("Leaves"), "{shown}");
    }
}

#[test]
fn r21_of_an_app_that_cannot_be_read_the_first_lines_tell_and_nothing_is_planned_there() {
    let newcomer = person("8", "Bo", "SALES", "2026-03-09", "");
    let config = config(&format!("{SETTINGS}{CRM}"), BOTH, &newcomer);
    let mut world = apart();
    world.unread.insert(crm());
    let planned = world.plan(&config, NOW);
    assert!(planned.body.is_incomplete());
    assert!(matches!(
        planned.body.apps[&crm()],
        AppSummary::Unread { .. }
    ));
    assert_eq!(
        short(&planned),
        ["8 create", "8 grant Everyone", "8 grant Sales"]
    );
    let shown = page(&planned);
    let first: Vec<&str> = shown.lines().take(2).collect();
    assert!(first[0].contains("INCOMPLETE"), "{shown}");
    assert!(first[1].contains("crm"), "{shown}");
}

#[test]
fn r21_what_was_known_of_an_unread_app_is_known_after_the_run() {
    let config = config(&format!("{SETTINGS}{CRM}"), BOTH, &priya(""));
    let mut world = apart();
    world.run(&config, NOW);
    let before = world.history.apps[&crm()].clone();
    assert_eq!((before.accounts, before.read), (1, true));
    world.unread.insert(crm());
    world.run(&config, "2026-03-08T17:22:00Z");
    let after = &world.history.apps[&crm()];
    assert_eq!((after.accounts, after.read), (1, false));
    assert_eq!(after.memories, before.memories);
}

#[test]
fn r22_what_a_date_brings_is_the_clocks() {
    let leaves = files(&[priya("end_date = 2026-03-08")]);
    let mut world = World::default();
    world.run(&leaves, NOW);
    let planned = world.plan(&leaves, "2026-03-09T12:00:00Z");
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Clock);
}

#[test]
fn r24_a_plan_lists_whom_it_will_open_for_and_when() {
    let later = files(&[person("8", "Bo", "SALES", "2026-06-15", "")]);
    let planned = World::default().plan(&later, NOW);
    let [upcoming] = &*planned.body.upcoming else {
        panic!("{:?}", planned.body.upcoming)
    };
    assert_eq!(upcoming.person.id, PersonId::from("8"));
    assert_eq!(upcoming.opens.to_string(), "2026-06-01T07:00:00Z");
    assert!(page(&planned).contains("Upcoming"));
}

#[test]
fn r25_without_a_snapshot_nobody_is_closed_for_being_in_no_file() {
    let leaver = SETTINGS.replace(
        "on_leave = \"keep\"",
        "on_leave = \"keep\"\nremoved = \"leaver\"",
    );
    let closing = format!("{leaver}unmanaged = \"deactivate\"\nsurplus = \"deactivate\"\n");
    let stays = person("8", "Bo", "NONE", "2020-01-01", "");
    let mut world = World::default();
    world.run(&config(&closing, PROFILES, &(priya("") + &stays)), NOW);
    let without = config(&closing, PROFILES, &stays);
    assert_eq!(short(&world.plan(&without, NOW)), ["7 deactivate"]);
    world.history = History::default();
    world.add(account("8", "Bo", &[]));
    let planned = world.plan(&without, NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(
        (planned.body.unmanaged.len(), planned.body.surplus.len()),
        (1, 1)
    );
    assert!(page(&planned).contains("first run"));
}

#[test]
fn r26_a_held_person_keeps_nobody_elses_plan_from_being_empty() {
    let mut second = account("", "Priya", &[]);
    second.login = "priya.old@meridian.com".to_owned();
    let config = files(&[
        priya("previous_emails = [\"priya.old@meridian.com\"]"),
        person("8", "Bo", "SALES", "2026-03-09", ""),
    ]);
    let mut world = World::with([account("7", "Priya", &[]), second]);
    assert_eq!(short(&world.run(&config, NOW)).len(), 3);
    let next = world.plan(&config, NOW);
    assert_eq!(
        (short(&next), withheld(&next)),
        (vec![], vec!["7 held R8".to_owned()])
    );
}
