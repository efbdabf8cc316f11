//! What an account holds and says (R10 to R15).

use std::sync::Arc;

use provisor::model::app::Shape;
use provisor::model::change::Action;

use super::{BOTH, by_address, files, in_app, page, priya};
use crate::world::{
    CRM, NOW, SETTINGS, World, account, app, cascading, config, person, short, withheld,
};

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
