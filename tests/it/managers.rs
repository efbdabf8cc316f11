//! Who somebody's manager is in an app (R16): a step of its own, once the manager has an account.

use std::collections::BTreeSet;
use std::sync::Arc;

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::{AttributeKind, AttributeSource, Comparison};
use provisor::model::change::{Action, ChangeId};
use provisor::model::plan::{EdgeKind, Plan};

use crate::world::{NOW, PROFILES, SETTINGS, World, account, app, config, person, short, step};

/// The directory has a place for managers.
fn files(people: &[String]) -> Config {
    let mut config = config(SETTINGS, PROFILES, &people.concat());
    let directory = config.apps.get_mut(&app()).unwrap();
    let attributes = &mut Arc::make_mut(&mut directory.description).attributes;
    attributes.push(AttributeKind {
        name: "manager",
        source: AttributeSource::Manager,
        required: false,
        compare: Comparison::Exact,
    });
    config
}

fn works(id: &str, name: &str, rest: &str) -> String {
    person(id, name, "SALES", "2020-01-01", rest)
}

/// What requires what, in short.
fn requirements(planned: &Plan) -> BTreeSet<(String, String)> {
    let change = |id: &ChangeId| {
        let mut changes = planned.body.changes.iter();
        step(changes.find(|change| change.id == *id).unwrap())
    };
    let edges = planned.body.edges.iter();
    edges
        .filter(|edge| edge.kind == EdgeKind::Requires)
        .map(|edge| (change(&edge.before), change(&edge.after)))
        .filter(|(_, after)| after.ends_with("manager"))
        .collect()
}

fn requires(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    let owned = |(before, after): &(&str, &str)| ((*before).to_owned(), (*after).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn r16_a_manager_is_set_once_both_have_accounts() {
    let config = files(&[works("1", "Ann", ""), works("2", "Bob", "manager = \"1\"")]);
    let mut world = World::default();
    let planned = world.run(&config, NOW);
    let set = "2 update manager";
    assert_eq!(
        requirements(&planned),
        requires(&[("1 create", set), ("2 create", set)])
    );
    for change in &planned.body.changes {
        if let Action::Create(new) = &change.action {
            assert!(!new.attributes.contains_key("manager"));
        }
    }
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
    let bob = world.accounts.values_mut().find(|bob| bob.hr_id == "2");
    let manager = bob.unwrap().attributes.get_mut("manager").unwrap();
    assert_eq!(manager, "ann@meridian.com");
    // Compared as logins are.
    *manager = "Ann@Meridian.com".to_owned();
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
}

#[test]
fn r16_the_login_that_counts_is_the_one_after_this_plan() {
    let config = files(&[works("1", "Ann", ""), works("2", "Bob", "manager = \"1\"")]);
    let mut old = account("1", "Ann", &["Everyone", "Sales"]);
    old.login = "old.ann@meridian.com".to_owned();
    let mut world = World::with([old, account("2", "Bob", &["Everyone", "Sales"])]);
    let planned = world.run(&config, NOW);
    assert_eq!(
        short(&planned),
        ["1 update login+email", "2 update manager"]
    );
    assert_eq!(
        requirements(&planned),
        requires(&[("1 update login+email", "2 update manager")])
    );
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
}

#[test]
fn r16_a_manager_without_an_open_account_is_not_set() {
    let left = works("1", "Ann", "end_date = 2026-03-01");
    let config = files(&[left, works("2", "Bob", "manager = \"1\"")]);
    let bob = || account("2", "Bob", &["Everyone", "Sales"]);
    assert_eq!(short(&World::with([bob()]).plan(&config, NOW)), [""; 0]);
    let mut closed = account("1", "Ann", &[]);
    closed.status = Status::Inactive;
    assert_eq!(
        short(&World::with([bob(), closed]).plan(&config, NOW)),
        [""; 0]
    );
    let closing = World::with([bob(), account("1", "Ann", &[])]).plan(&config, NOW);
    assert_eq!(short(&closing), ["1 deactivate"]);
}

/// A manager of today who will report to whom they manage: two creates and two updates.
#[test]
fn r16_two_who_swap_make_no_circle() {
    let swapping = "periods = [ { from = 2020-01-01, until = 2026-03-15, job_code = \"NONE\" },\n\
                    { from = 2026-03-16, job_code = \"SALES\", manager = \"2\" } ]";
    let ann =
        works("1", "Ann", "").replace("job_code = \"SALES\"\nstart_date = 2020-01-01", swapping);
    let until = "periods = [ { from = 2020-01-01, until = 2026-03-15, job_code = \"SALES\", manager = \"1\" } ]";
    let bob = works("2", "Bob", "").replace("job_code = \"SALES\"\nstart_date = 2020-01-01", until);
    let config = files(&[ann, bob]);
    let planned = World::default().plan(&config, NOW);
    let (ann, bob) = ("1 update manager", "2 update manager");
    assert_eq!(
        requirements(&planned),
        requires(&[
            ("1 create", ann),
            ("2 create", ann),
            ("1 create", bob),
            ("2 create", bob)
        ])
    );
}
