//! R10: which of the values that an account holds are ours to take away.

use provisor::config::Config;
use provisor::model::history::History;
use provisor::model::reason::{Reason, Why};
use provisor::render::plan::{Detail, text};
use provisor::render::style::Colour;
use provisor::render::{html, markdown};

use crate::world::{
    Account, NOW, PROFILES, SETTINGS, World, account, app, config, person, short, withheld,
};

/// The last day of the release of whoever leaves on 6 March.
const RELEASED: &str = "2026-04-06T08:00:00Z";

fn under(authority: &str, profiles: &str, people: &[String]) -> Config {
    let settings = format!("{SETTINGS}authority = {{ groups = \"{authority}\" }}\n");
    config(&settings, profiles, &people.concat())
}

fn files(authority: &str, people: &[String]) -> Config {
    under(authority, PROFILES, people)
}

fn priya(profile: &str) -> String {
    person("7", "Priya", profile, "2020-01-01", "")
}

/// Priya as somebody made her account by hand; `Chess` is in no profile.
fn by_hand() -> Account {
    account("7", "Priya", &["Everyone", "Sales", "Marketing", "Chess"])
}

fn world(accounts: impl IntoIterator<Item = Account>) -> World {
    let mut world = World::with(accounts);
    world.groups.insert("Chess".to_owned());
    world
}

fn groups(world: &World) -> Vec<&str> {
    let account = world.accounts.values().next().unwrap();
    account.groups.iter().map(String::as_str).collect()
}

#[test]
fn r10_named_takes_what_the_files_name_whoever_gave_it() {
    let mut world = world([by_hand()]);
    let planned = world.run(&files("named", &[priya("SALES")]), NOW);
    assert_eq!(short(&planned), ["7 revoke Marketing"]);
    assert_eq!(groups(&world), ["Chess", "Everyone", "Sales"]);
}

#[test]
fn r10_all_takes_whatever_is_not_desired() {
    let mut world = world([by_hand()]);
    let planned = world.run(&files("all", &[priya("SALES")]), NOW);
    assert_eq!(short(&planned), ["7 revoke Chess", "7 revoke Marketing"]);
    assert_eq!(groups(&world), ["Everyone", "Sales"]);
}

#[test]
fn r10_granted_leaves_what_no_run_of_ours_gave_even_where_a_profile_names_it() {
    let mut world = world([by_hand()]);
    let planned = world.run(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
    let moved = world.run(&files("granted", &[priya("NONE")]), NOW);
    assert_eq!(short(&moved), ["7 deactivate"]);
}

#[test]
fn r10_granted_takes_back_what_a_run_of_ours_gave_at_creation_and_later() {
    let mut world = world([]);
    world.run(&files("granted", &[priya("MKT")]), NOW);
    assert_eq!(groups(&world), ["Everyone", "Marketing"]);
    for account in world.accounts.values_mut() {
        account.groups.insert("Chess".to_owned());
    }
    // A run in between that does nothing forgets nothing.
    assert_eq!(
        short(&world.run(&files("granted", &[priya("MKT")]), NOW)),
        [""; 0]
    );
    let moved = world.run(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!(short(&moved), ["7 grant Sales", "7 revoke Marketing"]);
    let back = world.run(&files("granted", &[priya("MKT")]), NOW);
    assert_eq!(short(&back), ["7 grant Marketing", "7 revoke Sales"]);
    assert_eq!(groups(&world), ["Chess", "Everyone", "Marketing"]);
}

#[test]
fn r10_granted_is_of_the_very_account_and_not_of_the_value() {
    let luis = person("8", "Luis", "SALES", "2020-01-01", "");
    let mut world = world([by_hand()]);
    let hired = world.run(&files("granted", &[priya("SALES"), luis]), NOW);
    assert_eq!(
        short(&hired),
        ["8 create", "8 grant Everyone", "8 grant Sales"]
    );
    let luis = person("8", "Luis", "MKT", "2020-01-01", "");
    let moved = world.run(&files("granted", &[priya("MKT"), luis]), NOW);
    assert_eq!(
        short(&moved),
        ["8 grant Marketing", "8 revoke Sales"],
        "somebody else gave Priya hers"
    );
}

#[test]
fn r10_granted_forgets_what_was_seen_gone_and_given_again_by_somebody_else() {
    let mut world = world([]);
    world.run(&files("granted", &[priya("MKT")]), NOW);
    let id = world.accounts.keys().next().unwrap().clone();
    world
        .accounts
        .get_mut(&id)
        .unwrap()
        .groups
        .remove("Marketing");
    // The profile no longer wants it, and a run sees that it is gone.
    assert_eq!(
        short(&world.run(&files("granted", &[priya("SALES")]), NOW)),
        ["7 grant Sales"]
    );
    let account = world.accounts.get_mut(&id).unwrap();
    account.groups.insert("Marketing".to_owned());
    assert_eq!(
        short(&world.plan(&files("granted", &[priya("SALES")]), NOW)),
        [""; 0]
    );
}

#[test]
fn r10_granted_concludes_nothing_from_a_kind_that_was_not_read_to_its_end() {
    let mut world = world([]);
    world.run(&files("granted", &[priya("MKT")]), NOW);
    world.unread_groups = true;
    let again = ["7 grant Everyone", "7 grant Marketing"].map(str::to_owned);
    world.failing.extend(again);
    world.run(&files("granted", &[priya("MKT")]), NOW);
    world.unread_groups = false;
    world.failing.clear();
    let moved = world.plan(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!(short(&moved), ["7 grant Sales", "7 revoke Marketing"]);
}

#[test]
fn r10_granted_counts_what_a_run_that_died_gave() {
    let mut world = world([]);
    let files_then = files("granted", &[priya("MKT")]);
    let planned = world.plan(&files_then, NOW);
    world.begin(&files_then, &planned, 3);
    let moved = world.run(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!(short(&moved), ["7 grant Sales", "7 revoke Marketing"]);
}

#[test]
fn r10_granted_is_nothing_once_the_state_is_lost() {
    let mut world = world([]);
    world.run(&files("granted", &[priya("MKT")]), NOW);
    world.history = History::default();
    let moved = world.plan(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!(short(&moved), ["7 grant Sales"]);
}

#[test]
fn r10_granted_begins_with_the_run_that_first_finds_it() {
    let mut world = world([]);
    world.run(&files("named", &[priya("MKT")]), NOW);
    let memory = |world: &World| {
        let app = &world.history.apps[&app()];
        app.memories.values().next().unwrap().granted.clone()
    };
    assert!(memory(&world).is_empty(), "it would grow without end");
    let moved = world.run(&files("granted", &[priya("SALES")]), NOW);
    assert_eq!(short(&moved), ["7 grant Sales"]);
    assert!(memory(&world).has("groups", "Sales"));
}

#[test]
fn r10_at_release_each_authority_takes_what_it_would_have_taken_before() {
    let end = "end_date = 2026-03-06";
    let left = || [person("7", "Priya", "SALES", "2020-01-01", end)];
    for (authority, released) in [
        (
            "named",
            vec!["7 revoke Everyone", "7 revoke Marketing", "7 revoke Sales"],
        ),
        (
            "all",
            vec![
                "7 revoke Chess",
                "7 revoke Everyone",
                "7 revoke Marketing",
                "7 revoke Sales",
            ],
        ),
        ("granted", vec!["7 revoke Sales"]),
    ] {
        let account = account("7", "Priya", &["Everyone"]);
        let mut world = world([account]);
        world.run(&files(authority, &[priya("SALES")]), NOW);
        for account in world.accounts.values_mut() {
            account
                .groups
                .extend(["Chess", "Marketing"].map(str::to_owned));
        }
        assert_eq!(
            short(&world.run(&files(authority, &left()), NOW)),
            ["7 deactivate"]
        );
        let planned = world.run(&files(authority, &left()), RELEASED);
        assert_eq!(short(&planned), released, "{authority}");
        let again = world.plan(&files(authority, &left()), RELEASED);
        assert_eq!(short(&again), [""; 0], "{authority}");
    }
}

#[test]
fn r10_a_value_that_nobody_names_any_more_is_shown_with_how_many_lose_it() {
    let people = [
        priya("SALES"),
        person("8", "Luis", "SALES", "2020-01-01", ""),
    ];
    let without = PROFILES.replace("[\"Everyone\", \"Sales\"]", "[\"Everyone\"]");
    for (authority, lose) in [("named", 2), ("all", 2), ("granted", 1)] {
        let mut world = world([account("7", "Priya", &["Everyone", "Sales"])]);
        world.run(&files(authority, &people), NOW);
        let planned = world.plan(&under(authority, &without, &people), NOW);
        let taken = &planned.body.changes;
        assert_eq!(taken.len(), lose, "{authority}: {:?}", short(&planned));
        let (why, at) = (Why::Unnamed, None);
        assert_eq!(taken[0].reasons.last(), Some(&Reason { why, at }));
        let words = if lose == 1 {
            "1 person loses it"
        } else {
            "2 people lose it"
        };
        let shown = format!("⚠ directory groups Sales: no longer named by any profile: {words}");
        let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
        assert!(page.contains(&shown), "{page}");
        for page in [html::plan(&planned), markdown::plan(&planned, usize::MAX)] {
            assert!(page.contains("no longer named by any profile: "), "{page}");
        }
    }
}

#[test]
fn r10_a_value_that_another_profile_names_is_not_called_unnamed() {
    let mut world = world([]);
    world.run(&files("named", &[priya("MKT")]), NOW);
    let planned = world.plan(&files("named", &[priya("SALES")]), NOW);
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(!page.contains("no longer named"), "{page}");
}
