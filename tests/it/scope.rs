//! R6: a rollout touches whom its scope names; R4, R5: what is nobody's business unless the files
//! say so.

use provisor::config::Config;
use provisor::model::withheld::Impediment;

use crate::world::{
    Account, NOW, PROFILES, SETTINGS, World, account, config, person, short, withheld,
};

const LATER: &str = "2026-03-09T17:22:00Z";

fn emma() -> String {
    person("1042", "Emma", "MKT", "2026-03-09", "")
}

fn priya(profile: &str, rest: &str) -> String {
    person("7", "Priya", profile, "2020-01-01", rest)
}

fn scoped(scope: &str, people: &[String]) -> Config {
    let settings = format!("{SETTINGS}[scope]\n{scope}\n");
    config(&settings, PROFILES, &people.concat())
}

fn in_app(line: &str, people: &[String]) -> Config {
    config(&format!("{SETTINGS}{line}\n"), PROFILES, &people.concat())
}

#[test]
fn r6_whoever_is_out_of_scope_is_counted_and_never_touched() {
    let people = [emma(), priya("SALES", "end_date = 2026-03-06")];
    let world = World::with([account("7", "Priya", &["Everyone"])]);
    for (scope, made) in [
        ("profiles = [\"MKT\"]", true),
        ("people = [\"1042\"]", true),
        ("employment = [\"employee\"]\npeople = [\"1042\"]", true),
        ("employment = [\"vendor\"]", false),
        ("department = [\"Nowhere\"]", false),
        ("profiles = [\"MKT\"]\npeople = [\"7\"]", false),
    ] {
        let planned = world.plan(&scoped(scope, &people), NOW);
        let expected: &[&str] = if made {
            &["1042 create", "1042 grant Everyone", "1042 grant Marketing"]
        } else {
            &[]
        };
        assert_eq!(short(&planned), expected, "{scope}");
        assert_eq!(planned.body.out_of_scope, 2 - usize::from(made), "{scope}");
    }
}

#[test]
fn r6_out_of_scope_nobody_is_held_surplus_or_to_come_either() {
    let people = [
        emma(),
        priya("NONE", ""),
        person("9", "Odd", "SALES", "2020-01-01", "manager = \"404\""),
        person("10", "Later", "SALES", "2026-03-30", ""),
    ];
    let world = World::with([account("7", "Priya", &[])]);
    let everybody = in_app("", &people);
    let all = world.plan(&everybody, NOW).body;
    assert_eq!(
        (all.surplus.len(), all.upcoming.len(), all.withheld.len()),
        (1, 1, 1)
    );
    let some = world
        .plan(&scoped("people = [\"1042\"]", &people), NOW)
        .body;
    assert_eq!(
        (some.surplus.len(), some.upcoming.len(), some.withheld.len()),
        (0, 0, 0)
    );
}

#[test]
fn r6_whoever_leaves_the_scope_loses_what_is_due_and_gets_nothing() {
    let scope = "profiles = [\"SALES\"]";
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.run(&scoped(scope, &[emma(), priya("SALES", "")]), NOW);
    let moved = scoped(scope, &[emma(), priya("MKT", "")]);
    assert_eq!(short(&world.plan(&moved, LATER)), ["7 revoke Sales"]);
    // What is not done stays due, run after run; once it is, they are left alone.
    world.failing.insert("7 revoke Sales".to_owned());
    world.run(&moved, LATER);
    assert_eq!(short(&world.run(&moved, LATER)), ["7 revoke Sales"]);
    world.failing.clear();
    world.run(&moved, LATER);
    world.accounts.values_mut().next().unwrap().groups = ["Sales".to_owned()].into();
    assert_eq!(short(&world.plan(&moved, LATER)), [""; 0]);
}

/// Somebody out of scope will have no account: naming them as a manager would fail.
#[test]
fn r6_nothing_in_scope_requires_what_is_out_of_it() {
    let boss = person("1", "Boss", "SALES", "2026-03-09", "");
    let emma = person("1042", "Emma", "MKT", "2026-03-09", "manager = \"1\"");
    let people = [boss, emma];
    let world = World::default();
    let whole = short(&world.plan(&in_app("", &people), NOW));
    let some = short(&world.plan(&scoped("people = [\"1042\"]", &people), NOW));
    assert!(whole.iter().any(|step| step.starts_with("1 create")));
    assert_eq!(
        some,
        ["1042 create", "1042 grant Everyone", "1042 grant Marketing"]
    );
}

/// An account of somebody whom no profile gives the app, and one of nobody.
fn strangers() -> World {
    let robot = Account {
        login: "robot@meridian.com".to_owned(),
        hr_id: String::new(),
        ..account("0", "Robot", &[])
    };
    World::with([
        account("7", "Priya", &[]),
        account("815", "Luis", &["Everyone", "Marketing"]),
        robot,
    ])
}

fn staff() -> [String; 2] {
    [
        priya("NONE", ""),
        person("815", "Luis", "MKT", "2020-01-01", ""),
    ]
}

#[test]
fn r4_surplus_accounts_are_closed_where_the_files_say_so_and_never_on_a_first_run() {
    let close = in_app("surplus = \"deactivate\"", &staff());
    let report = in_app("surplus = \"report\"", &staff());
    let mut world = strangers();
    let first = world.run(&close, NOW);
    assert_eq!(short(&first), [""; 0], "R25");
    assert_eq!(first.body.surplus.len(), 1);
    assert_eq!(short(&world.plan(&report, LATER)), [""; 0]);
    let planned = world.plan(&close, LATER);
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(planned.body.surplus, []);
    let protect = "surplus = \"deactivate\"\nprotected = [\"priya@meridian.com\"]";
    assert_eq!(
        short(&world.plan(&in_app(protect, &staff()), LATER)),
        [""; 0]
    );
    world.incomplete = true;
    let planned = world.plan(&close, LATER);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 blocked R9"]);
}

#[test]
fn r5_unmanaged_accounts_are_closed_where_the_files_say_so_and_never_on_a_first_run() {
    let close = in_app("unmanaged = \"deactivate\"", &staff());
    let mut world = strangers();
    let first = world.run(&close, NOW);
    assert_eq!(short(&first), [""; 0], "R25");
    assert_eq!(first.body.unmanaged.len(), 1);
    let planned = world.plan(&close, LATER);
    assert_eq!(short(&planned), ["- deactivate"]);
    assert_eq!(planned.body.unmanaged, []);
    for kept in [
        "unmanaged = \"report\"",
        "unmanaged = \"ignore\"",
        "unmanaged = \"deactivate\"\nprotected = [\"robot@meridian.com\"]",
    ] {
        assert_eq!(
            short(&world.plan(&in_app(kept, &staff()), LATER)),
            [""; 0],
            "{kept}"
        );
    }
    let mode = in_app("unmanaged = \"deactivate\"", &staff());
    world.incomplete = true;
    let planned = world.plan(&mode, LATER);
    assert_eq!(short(&planned), [""; 0]);
    assert!(matches!(
        planned.body.withheld[0].why,
        Impediment::IncompleteReading { .. }
    ));
}

#[test]
fn r20_accounts_of_nobody_are_closed_under_the_guards_too() {
    let mut world = strangers();
    for number in 0..3 {
        let login = format!("bot{number}@meridian.com");
        world.add(Account {
            login,
            hr_id: String::new(),
            ..account("0", "Bot", &[])
        });
    }
    let close = in_app("unmanaged = \"deactivate\"", &staff());
    world.run(&close, NOW);
    let planned = world.plan(&close, LATER);
    assert_eq!(short(&planned), [""; 0]);
    let exact: Vec<_> = planned
        .body
        .tripped()
        .map(provisor::model::guard::Judgement::exact)
        .collect();
    assert_eq!(exact, ["deactivate=4", "directory.deactivate=4"]);
}

/// A rollout is for people: what is nobody's is out of it.
#[test]
fn r6_a_scope_leaves_the_accounts_of_nobody_alone() {
    let settings = format!("{SETTINGS}unmanaged = \"deactivate\"\n[scope]\npeople = [\"815\"]\n");
    let config = config(&settings, PROFILES, &staff().concat());
    let mut world = strangers();
    world.run(&config, NOW);
    assert_eq!(short(&world.plan(&config, LATER)), [""; 0]);
}
