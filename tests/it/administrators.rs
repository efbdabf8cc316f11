//! R20: the last administrators, and the account whose credentials we use.

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::guard::{Guard, Judgement, Override};
use provisor::model::outcome::{Outcome, Refusal};
use provisor::model::plan::{EdgeKind, Plan};
use provisor::model::withheld::{Impediment, WithheldState};
use provisor::plan::{Ground, current, verify};
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::environment::Environment;
use crate::world::{
    NOW, PROFILES, SETTINGS, World, account, app, config_with, person, short, withheld,
};

const ADMINISTRATORS: &str = "administrators = { groups = [\"Root\"] }\n";
const PROFILE: &str = "[profiles.ADMIN.apps.directory]\ngroups = [\"Everyone\", \"Root\"]\n";

/// Somebody of a profile, with an approval for what makes an administrator.
#[derive(Clone, Copy)]
struct Somebody {
    id: &'static str,
    profile: &'static str,
    rest: &'static str,
}

const fn somebody(id: &'static str, profile: &'static str, rest: &'static str) -> Somebody {
    Somebody { id, profile, rest }
}

fn files(settings: &str, people: &[Somebody]) -> Config {
    let settings = format!("{SETTINGS}{ADMINISTRATORS}{settings}");
    let entries = people.iter();
    let entries: String = entries
        .map(|one| person(one.id, &name(one.id), one.profile, "2020-01-01", one.rest))
        .chain([person("99", "Bo", "NONE", "2019-01-01", "")])
        .collect();
    let approval = |one: &Somebody| {
        format!(
            "[[approval]]\nperson = \"{}\"\napps.directory.groups = [\"Root\"]\n\
             approver = \"99\"\nreason = \"x\"\nsince = 2026-01-01\nuntil = 2027-01-01\n",
            one.id
        )
    };
    let approved = people.iter().filter(|one| one.profile == "ADMIN");
    let approvals: Vec<_> = approved.map(approval).collect();
    let approvals = approvals.concat();
    config_with(
        &settings,
        &format!("{PROFILES}{PROFILE}"),
        &entries,
        &approvals,
    )
}

fn name(id: &str) -> String {
    format!("P{id}")
}

fn world(administrators: &[&str], others: &[&str]) -> World {
    let of = |ids: &[&str], group: &str| -> Vec<_> {
        let one = |id: &&str| account(id, &name(id), &["Everyone", group]);
        ids.iter().map(one).collect()
    };
    let accounts = of(administrators, "Root").into_iter();
    let mut world = World::with(accounts.chain(of(others, "Sales")));
    world.groups.insert("Root".to_owned());
    world
}

fn judged(planned: &Plan) -> Option<&Judgement> {
    let mut guards = planned.body.guards.iter();
    guards.find(|one| one.guard == Guard::Administrators)
}

const LEAVES: &str = "end_date = 2026-03-06";

#[test]
fn r20_the_last_administrators_stay_and_everything_else_goes_on() {
    let config = files(
        "",
        &[
            somebody("1", "ADMIN", LEAVES),
            somebody("2", "SALES", ""),
            somebody("3", "ADMIN", ""),
            somebody("4", "SALES", LEAVES),
        ],
    );
    let planned = world(&["1", "2", "3"], &["4"]).plan(&config, NOW);
    // One leaves, one moves, one is left: neither is done, and the move's other half is.
    assert_eq!(short(&planned), ["4 deactivate", "2 grant Sales"]);
    assert_eq!(withheld(&planned), ["1 blocked R20", "2 blocked R20"]);
    let judgement = judged(&planned).unwrap();
    assert!(judgement.tripped());
    assert_eq!((judgement.planned, judgement.base), (1, 3));
    assert_eq!(judgement.exact(), "directory.administrators=1");
    let wide = text(&planned, Detail::Brief, 200).to_text(Colour::Plain);
    for words in [
        "administrators: 1 of 3 left, at least 2",
        "Give it to somebody else first",
        "directory.administrators=1",
    ] {
        assert!(wide.replace('\u{a0}', " ").contains(words), "{wide}");
    }
}

#[test]
fn r20_two_are_enough_and_a_leaver_is_closed() {
    let people = [
        somebody("1", "ADMIN", LEAVES),
        somebody("2", "ADMIN", ""),
        somebody("3", "ADMIN", ""),
    ];
    let planned = world(&["1", "2", "3"], &[]).plan(&files("", &people), NOW);
    assert_eq!(short(&planned), ["1 deactivate", "1 revoke Root"]);
    assert!(!judged(&planned).unwrap().tripped());
}

#[test]
fn r20_an_app_below_the_minimum_trips_only_when_some_are_taken() {
    let people = [somebody("1", "ADMIN", ""), somebody("2", "SALES", LEAVES)];
    let planned = world(&["1"], &["2"]).plan(&files("", &people), NOW);
    assert_eq!(short(&planned), ["2 deactivate"]);
    assert_eq!(judged(&planned), None);
    let people = [somebody("1", "ADMIN", LEAVES)];
    let planned = world(&["1"], &[]).plan(&files("", &people), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(
        judged(&planned).unwrap().exact(),
        "directory.administrators=0"
    );
}

/// Who cannot act does not count, and a break-glass account of nobody does.
#[test]
fn r20_active_holders_count_whosoever_they_are() {
    let people = [somebody("1", "ADMIN", LEAVES), somebody("2", "ADMIN", "")];
    let mut world = world(&["1", "2", "3"], &[]);
    assert_eq!(short(&world.plan(&files("", &people), NOW)).len(), 2);
    for status in [Status::Inactive, Status::Pending] {
        let nobodys = world.accounts.get_mut("u0003").unwrap();
        nobodys.status = status;
        let planned = world.plan(&files("", &people), NOW);
        assert_eq!(short(&planned), [""; 0], "{status:?}");
    }
}

/// Nobody is taken before somebody else is given it: the next is made an administrator first, and if
/// that fails, the leaver stays one.
#[test]
fn r20_a_successor_of_the_same_plan_counts_and_comes_first() {
    let people = [
        somebody("1", "ADMIN", LEAVES),
        somebody("2", "ADMIN", ""),
        somebody("3", "ADMIN", ""),
    ];
    let config = files("", &people);
    let mut world = world(&["1", "2"], &["3"]);
    let planned = world.plan(&config, NOW);
    assert!(!judged(&planned).unwrap().tripped());
    let steps = short(&planned);
    let place = |step: &str| steps.iter().position(|other| other == step);
    assert!(place("3 grant Root") < place("1 deactivate"), "{steps:?}");
    let changes = &planned.body.changes;
    let id = |step: &str| changes[place(step).unwrap()].id.clone();
    for later in ["1 deactivate", "1 revoke Root"] {
        let edge = planned.body.edges.iter();
        let mut edge = edge.filter(|edge| edge.before == id("3 grant Root"));
        assert!(
            edge.any(|edge| edge.after == id(later) && edge.kind == EdgeKind::Requires),
            "{later}"
        );
    }
    world.failing.insert("3 grant Root".to_owned());
    world.run(&config, NOW);
    assert_eq!(world.accounts["u0001"].status, Status::Active);
    world.failing.clear();
    world.run(&config, NOW);
    assert_eq!(world.accounts["u0001"].status, Status::Inactive);
}

/// Without an account that is in use, a successor is none yet.
#[test]
fn r20_a_successor_whose_account_is_still_to_be_made_does_not_count() {
    let people = [
        somebody("1", "ADMIN", LEAVES),
        somebody("2", "ADMIN", ""),
        somebody("3", "ADMIN", ""),
    ];
    let planned = world(&["1", "2"], &[]).plan(&files("", &people), NOW);
    assert!(judged(&planned).unwrap().tripped());
    assert_eq!(
        short(&planned),
        ["3 create", "3 grant Everyone", "3 grant Root"]
    );
}

#[test]
fn r20_the_minimum_is_the_files_to_set_and_an_override_names_who_is_left() {
    let people = [somebody("1", "ADMIN", LEAVES), somebody("2", "ADMIN", "")];
    let mut world = world(&["1", "2"], &[]);
    let closes = |world: &World, settings: &str| {
        !short(&world.plan(&files(settings, &people), NOW)).is_empty()
    };
    assert!(!closes(&world, ""));
    assert!(closes(&world, "guards.min_administrators = 1\n"));
    assert!(closes(&world, "[guards]\nmin_administrators = 1\n"));
    assert!(!closes(
        &world,
        "guards.min_administrators = 2\n[guards]\nmin_administrators = 0\n"
    ));
    let allow = |number| Override {
        app: Some(app()),
        guard: Guard::Administrators,
        number,
        reason: "x".into(),
        entry: None,
    };
    for (number, lets) in [(0, false), (1, true), (2, false)] {
        world.overrides = vec![allow(number)];
        assert_eq!(closes(&world, ""), lets, "{number}");
    }
}

/// A name for what makes an administrator is privileged too, and told when it changes.
#[test]
fn r20_what_makes_an_administrator_needs_an_approval_and_is_watched() {
    let people = person("1", "P1", "ADMIN", "2020-01-01", "");
    let profiles = format!("{PROFILES}{PROFILE}");
    let settings = format!("{SETTINGS}{ADMINISTRATORS}");
    let with = config_with(&settings, &profiles, &people, "");
    let without = config_with(SETTINGS, &profiles, &people, "");
    let world = world(&[], &["1"]);
    assert_eq!(withheld(&world.plan(&with, NOW)), ["1 blocked R12"]);
    assert_ne!(with.settings, without.settings);
    let key = "apps.directory.administrators.groups";
    assert_eq!(with.watched().get(key).map(String::as_str), Some("Root"));
    let fewer = format!("{settings}guards.min_administrators = 1\n");
    let fewer = config_with(&fewer, &profiles, &people, "");
    assert_ne!(with.settings, fewer.settings);
    let key = "apps.directory.guards.min_administrators";
    assert_eq!(fewer.watched().get(key).map(String::as_str), Some("1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever leaves, moves and comes: with every step done, or any one of them failing, no fewer
    /// than two administrators are left, or no fewer than there were.
    #[test]
    fn r20_no_run_goes_below_two_administrators(
        now in prop::collection::vec(any::<bool>(), 6),
        then in prop::collection::vec(0_u8..3, 6),
        failing in 0_usize..12,
    ) {
        const IDS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
        let split = |wanted: bool| -> Vec<&str> {
            IDS.into_iter().zip(&now).filter(|(_, is)| **is == wanted).map(|(id, _)| id).collect()
        };
        let people: Vec<_> = IDS.into_iter().zip(&then).map(|(id, then)| match then {
            0 => somebody(id, "ADMIN", ""),
            1 => somebody(id, "SALES", ""),
            _ => somebody(id, "SALES", LEAVES),
        }).collect();
        let limits = "[guards]\nmax_deactivations = 9\nmax_removals = 9\n";
        let config = files(limits, &people);
        let mut world = world(&split(true), &split(false));
        let count = |world: &World| world.accounts.values().filter(|account| {
            account.status == Status::Active && account.groups.contains("Root")
        }).count();
        let before = count(&world);
        if let Some(step) = short(&world.plan(&config, NOW)).get(failing) {
            world.failing.insert(step.clone());
        }
        world.run(&config, NOW);
        prop_assert!(count(&world) >= before.min(2), "{} of {before}", count(&world));
    }
}

/// Luis, whose account the credentials are of, leaves.
fn luis() -> (World, Config) {
    let people = person("815", "Luis", "SALES", "2020-01-01", LEAVES)
        + &person("1", "Emma", "SALES", "2020-01-01", LEAVES);
    let config = config_with(SETTINGS, PROFILES, &people, "");
    let world = World::with([
        account("815", "Luis", &["Everyone", "Sales"]),
        account("1", "Emma", &["Everyone", "Sales"]),
    ]);
    (world, config)
}

#[test]
fn r20_the_account_whose_credentials_we_use_is_never_closed_nor_taken_from() {
    let (mut world, config) = luis();
    let late = "2026-04-07T17:22:00Z";
    let all = short(&world.plan(&config, late));
    assert_eq!(all.len(), 6, "{all:?}");
    world.own = Some("u0001".to_owned());
    let planned = world.plan(&config, late);
    assert_eq!(
        short(&planned),
        ["1 deactivate", "1 revoke Everyone", "1 revoke Sales"]
    );
    let [item] = planned.body.withheld.as_slice() else {
        panic!("{:?}", planned.body.withheld);
    };
    assert_eq!(item.state, WithheldState::Held);
    assert!(
        matches!(&item.why, Impediment::OwnAccount { account } if account.vendor_id.raw() == "u0001")
    );
    assert_eq!(item.changes.len(), 3);
    let wide = text(&planned, Detail::Brief, 200).to_text(Colour::Plain);
    assert!(
        wide.contains("is the account whose credentials we use"),
        "{wide}"
    );
    assert_eq!(planned.body.tripped().count(), 0);
}

#[test]
fn r20_our_own_account_may_gain_and_be_renamed_but_keeps_its_login() {
    let config = |given: &str| {
        let entry = person("815", given, "MKT", "2020-01-01", "");
        config_with(SETTINGS, PROFILES, &entry, "")
    };
    let mut world = World::with([account("815", "Luis", &["Everyone"])]);
    world.own = Some("u0001".to_owned());
    assert_eq!(
        short(&world.plan(&config("Luis"), NOW)),
        ["815 grant Marketing"]
    );
    // Another name is another address, and so another login, in these files.
    let renamed = world.plan(&config("Lou"), NOW);
    assert_eq!(short(&renamed), ["815 grant Marketing"]);
    assert_eq!(withheld(&renamed), ["815 held R20"]);
}

/// A plan made with other credentials, or before they were replaced, is judged with those of now.
#[test]
fn r20_a_saved_plan_does_not_close_what_is_our_own_account_now() {
    let (mut world, config) = luis();
    let reviewed = world.plan(&config, NOW);
    assert_eq!(short(&reviewed), ["1 deactivate", "815 deactivate"]);
    let ground = Ground {
        config: &config,
        now: NOW.parse().unwrap(),
        rehearsal: false,
        runs: &[],
    };
    let reviewed = current(reviewed, &ground).unwrap();
    world.own = Some("u0001".to_owned());
    let fresh = world.plan(&config, NOW);
    let observed = world.observed(&config, NOW);
    let approved = verify(reviewed, &fresh, None, &config, &observed, &world.history);
    let settled: Vec<_> = approved.settled().values().collect();
    let [
        Outcome::Refused {
            why: Refusal::Withheld { why },
        },
    ] = settled.as_slice()
    else {
        panic!("{settled:?}");
    };
    assert!(matches!(**why, Impediment::OwnAccount { .. }));
}

/// With the simulated Okta, that tells whose token it is.
#[test]
fn r20_the_binary_never_closes_the_owner_of_its_okta_token() {
    let environment = Environment::meridian();
    let all = environment.run("plan --app okta --format json");
    let all: serde_json::Value = serde_json::from_str(&all.exits(0).stdout).unwrap();
    let changes = all["body"]["changes"].as_array().unwrap();
    let closing = changes
        .iter()
        .find(|change| change["action"]["verb"] == "deactivate")
        .expect("somebody leaves");
    let login = closing["account"]["login"].as_str().unwrap();
    environment.edit(
        "sandbox.toml",
        "[apps.okta]\n",
        &format!("[apps.okta]\nown = \"{login}\"\n"),
    );
    let held = environment.run("plan").exits(0);
    held.shows("this would lock us out.");
    environment.run("apply --yes").exits(5);
    let log = std::fs::read_to_string(environment.path(".provisor/sandbox/okta.ndjson")).unwrap();
    let id = closing["account"]["vendor_id"].as_str().unwrap();
    let writes = log
        .lines()
        .filter(|line| line.contains(id) && line.contains("DEPROVISIONED"));
    assert_eq!(writes.count(), 0);
}
