//! Seats (R14), in an app that is made up: no connector that exists counts any.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::{Pools, Seats};
use provisor::model::change::Verb;
use provisor::model::name::ProfileKey;
use provisor::model::observation::{Observed, Reading, SeatPool};
use provisor::model::plan::{EdgeKind, Plan};
use provisor::model::withheld::Impediment;
use provisor::plan::{Circumstances, plan};
use provisor::render::impact::text;
use provisor::render::style::Colour;
use provisor::reports::impact::{Impact, Side, impact};
use provisor::reports::seats::PoolSize;

use crate::world::{
    Account, NOW, PROFILES, SETTINGS, World, account, app, config, person, short, withheld,
};

const POOL: &str = "Sales seats";

/// Every member of `Sales` takes a seat, of which there are so many.
fn files(people: &[String], total: u32) -> Config {
    freeing(people, total, false)
}

fn freeing(people: &[String], total: u32, freed_by_leaving: bool) -> Config {
    let mut config = config(SETTINGS, PROFILES, &people.concat());
    let directory = config.apps.get_mut(&app()).unwrap();
    directory.seats.insert(POOL.to_owned(), total);
    let description = Arc::make_mut(&mut directory.description);
    description.entitlements[0].seats = Some(Seats {
        pools: Pools::Named(vec![("Sales".into(), POOL.into())]),
        freed_by_removal: true,
        freed_by_leaving,
    });
    config
}

fn seller(id: &str, name: &str, start: &str) -> String {
    person(id, name, "SALES", start, "")
}

fn no_seat(planned: &Plan) -> Vec<(u32, u32, u32, u32)> {
    let whys = planned.body.withheld.iter().map(|item| &item.why);
    whys.map(|why| match why {
        Impediment::NoSeat {
            used,
            total,
            needed,
            freed,
            ..
        } => (*used, *total, *needed, *freed),
        other => panic!("{other:?}"),
    })
    .collect()
}

#[test]
fn r14_scarce_seats_go_by_start_date_then_id_and_the_rest_is_blocked_with_its_arithmetic() {
    let people = [
        seller("3", "Cy", "2026-03-09"),
        seller("2", "Bo", "2026-03-09"),
        seller("1", "Ada", "2026-03-10"),
        seller("9", "Ed", "2020-01-01"),
    ];
    let world = World::with([account("9", "Ed", &["Everyone", "Sales"])]);
    let planned = world.plan(&files(&people, 2), NOW);
    let sales: Vec<_> = short(&planned)
        .into_iter()
        .filter(|step| step.ends_with("Sales"))
        .collect();
    assert_eq!(sales, ["2 grant Sales"]);
    assert_eq!(withheld(&planned), ["1 blocked R14", "3 blocked R14"]);
    assert_eq!(no_seat(&planned), [(1, 2, 3, 0), (1, 2, 3, 0)]);
    // All else is given.
    let created = planned
        .body
        .changes
        .iter()
        .filter(|change| change.action.verb() == Verb::Create);
    assert_eq!(created.count(), 3);
    assert_eq!(withheld(&world.plan(&files(&people, 4), NOW)), [""; 0]);
}

#[test]
fn r14_a_seat_that_the_same_plan_frees_counts_and_is_freed_first() {
    let before = [person("7", "Priya", "SALES", "2020-01-01", "")];
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.run(&files(&before, 1), NOW);
    let after = [
        person("7", "Priya", "MKT", "2020-01-01", ""),
        seller("8", "Bo", "2026-03-09"),
    ];
    let config = files(&after, 1);
    let planned = world.run(&config, NOW);
    assert_eq!(withheld(&planned), [""; 0]);
    let id = |step: &str| {
        let found = planned
            .body
            .changes
            .iter()
            .zip(short(&planned))
            .find(|(_, name)| name == step);
        found.unwrap().0.id.clone()
    };
    let (freed, taken) = (id("7 revoke Sales"), id("8 grant Sales"));
    let requires = |edge: &&provisor::model::plan::Edge| edge.kind == EdgeKind::Requires;
    let mut edges = planned.body.edges.iter().filter(requires);
    assert!(edges.any(|edge| edge.before == freed && edge.after == taken));
    let next = world.plan(&config, NOW);
    assert_eq!((short(&next), withheld(&next)), (vec![], vec![]));
}

#[test]
fn r14_closing_frees_a_seat_only_where_the_connector_says_so() {
    let people = [
        person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-01"),
        seller("8", "Bo", "2026-03-09"),
    ];
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let planned = world.plan(&files(&people, 1), NOW);
    assert_eq!(withheld(&planned), ["8 blocked R14"]);
    let planned = world.plan(&freeing(&people, 1, true), NOW);
    assert_eq!(withheld(&planned), [""; 0]);
    // An account that comes back needs one again, and without one it stays closed.
    let back = [
        seller("7", "Priya", "2026-03-09"),
        seller("9", "Ed", "2020-01-01"),
    ];
    let mut gone = account("7", "Priya", &["Everyone", "Sales"]);
    gone.status = Status::Inactive;
    let world = World::with([gone, account("9", "Ed", &["Everyone", "Sales"])]);
    let planned = world.plan(&freeing(&back, 1, true), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 blocked R14"]);
    assert_eq!(
        short(&world.plan(&freeing(&back, 2, true), NOW)),
        ["7 reactivate"]
    );
}

#[test]
fn r14_what_takes_a_seat_that_the_files_count_is_read_named_or_not() {
    let people = [person("1", "Ada", "NONE", "2020-01-01", "")];
    let mut config = files(&people, 1);
    config.profiles.remove(&ProfileKey::from("SALES"));
    let scope = provisor::plan::scope(&config, &app(), &config.apps[&app()], None);
    assert!(scope.kinds[0].named.contains("Sales"));
}

#[test]
fn r14_what_the_app_tells_of_its_seats_goes_before_what_the_files_say() {
    let config = files(&[seller("8", "Bo", "2026-03-09")], 100);
    let world = World::default();
    let mut observation = world.observe(&config, &app(), NOW);
    let told = SeatPool { used: 7, total: 7 };
    observation.seats.insert(POOL.to_owned(), told);
    let observed = Observed::from([(app(), Reading::Read(Box::new(observation)))]);
    let instant = NOW.parse().unwrap();
    let desired = provisor::desired::at(&config, instant);
    let circumstances = Circumstances {
        created: instant,
        commit: None,
        ..Circumstances::default()
    };
    let planned = plan(&config, &desired, &observed, &world.history, &circumstances);
    assert_eq!(no_seat(&planned), [(7, 7, 1, 0)]);
}

const NAMES: [&str; 5] = ["Ada", "Bo", "Cy", "Di", "Ed"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// No two people get the last seat: at no step of a plan are more taken than there are, unless
    /// more were taken before.
    #[test]
    fn no_two_people_get_the_last_seat(
        people in proptest::collection::vec((0..3_usize, 0..3_usize), NAMES.len()),
        held in proptest::collection::vec(0..4_u8, NAMES.len()),
        total in 0..4_u32,
        leaving in any::<bool>(),
    ) {
        let entries: Vec<String> = people.iter().enumerate().map(|(index, (profile, dates))| {
            let profile = ["MKT", "SALES", "NONE"][*profile];
            let (start, rest) = [("2020-01-01", ""), ("2026-03-17", ""), ("2020-01-01", "end_date = 2026-03-01")][*dates];
            person(&index.to_string(), NAMES[index], profile, start, rest)
        }).collect();
        let config = freeing(&entries, total, leaving);
        let accounts = held.iter().enumerate().filter(|(_, held)| **held > 0).map(|(index, held)| {
            let groups: &[&str] = if held & 1 == 1 { &["Everyone", "Sales"] } else { &["Everyone"] };
            let status = if held & 2 == 2 { Status::Inactive } else { Status::Active };
            Account { status, ..account(&index.to_string(), NAMES[index], groups) }
        });
        let mut world = World::with(accounts);
        let taken = |world: &World| {
            let takes = |account: &&Account| {
                account.groups.contains("Sales") && !(leaving && account.status == Status::Inactive)
            };
            world.accounts.values().filter(takes).count()
        };
        let before = taken(&world);
        let planned = world.run(&config, NOW);
        let limit = before.max(total as usize);
        prop_assert!(taken(&world) <= limit, "{:#?}", short(&planned));
        // In the plan's order each seat is freed before it is taken.
        let ids: BTreeSet<_> = planned.body.changes.iter().map(|change| &change.id).collect();
        prop_assert!(planned.body.edges.iter().all(|edge| ids.contains(&edge.before) && ids.contains(&edge.after)));
    }
}

/// What an edit from one set of people to another means for seats.
fn edit(before: &Config, after: &Config, observed: Option<&Observed>) -> Impact {
    let [earlier, now] =
        [before, after].map(|config| provisor::desired::at(config, NOW.parse().unwrap()));
    let side = |config, desired| Side { config, desired };
    let (before, after) = (side(before, &earlier), side(after, &now));
    impact("main", before, after, observed)
}

#[test]
fn r14_an_edit_tells_how_many_seats_it_needs_and_how_many_are_left() {
    let people = [
        seller("1", "Ada", "2026-01-01"),
        seller("2", "Bea", "2026-01-01"),
        seller("3", "Cid", "2026-01-01"),
    ];
    let (before, after) = (files(&people[..1], 2), files(&people, 2));
    let found = edit(&before, &after, None);
    let [seats] = found.seats.as_slice() else {
        panic!("{:?}", found.seats);
    };
    assert_eq!((seats.before, seats.after), (1, 3));
    assert_eq!(seats.size, Some(PoolSize::Files { total: 2 }));
    assert_eq!(seats.free(), Some(-1));
    assert!(
        text(&found, 80)
            .to_text(Colour::Plain)
            .contains("⚠ 1 too few · 2 in all, by provisor.toml")
    );

    // What the app said goes before what the files say, and counts who is in no file too.
    let mut observation = World::default().observe(&after, &app(), NOW);
    let pool = SeatPool { used: 7, total: 10 };
    observation.seats.insert(POOL.to_owned(), pool);
    let observed = Observed::from([(app(), Reading::Read(Box::new(observation)))]);
    let found = edit(&before, &after, Some(&observed));
    assert_eq!(found.seats[0].free(), Some(1));
    assert!(
        text(&found, 80)
            .to_text(Colour::Plain)
            .contains("1 free · 7 of 10 taken in the snapshot")
    );

    // Who neither comes nor goes changes nothing.
    assert_eq!(edit(&after, &after, None).seats, []);
}
