//! Whose account it is (R7 to R9).

use std::collections::BTreeSet;

use provisor::model::account::Status;

use super::{by_address, files, priya};
use crate::world::{NOW, World, account, person, short, withheld};

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
