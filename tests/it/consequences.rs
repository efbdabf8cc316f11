//! What a source would do elsewhere although nothing is planned there is not done (R4, R9, R18).

use std::sync::Arc;

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::plan::EdgeKind;

use crate::cascades::PROFILES;
use crate::world::{
    CRM, NOW, SETTINGS, World, account, cascading, config, crm, person, short, step, withheld,
};

fn files(people: &str) -> Config {
    cascading(config(&format!("{SETTINGS}{CRM}"), PROFILES, people))
}

fn priya(profile: &str) -> String {
    person("7", "Priya", profile, "2020-01-01", "")
}

#[test]
fn r4_an_account_that_nobody_gave_is_not_closed_by_way_of_its_source() {
    let mut world = World::with([account("7", "Priya", &["CRM", "Everyone"])]);
    world.crm.insert("c1".into(), account("0", "Priya", &[]));
    let planned = world.run(&files(&priya("STAFF")), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 held R18"]);
    assert_eq!(planned.body.surplus.len(), 1, "nobody gave it to them here");
    // Once it is closed there, the group goes too.
    world.crm.get_mut("c1").unwrap().status = Status::Inactive;
    let planned = world.run(&files(&priya("STAFF")), NOW);
    assert_eq!(short(&planned), ["7 revoke CRM"]);
}

#[test]
fn r9_an_account_that_somebody_closed_is_not_opened_by_way_of_its_source() {
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    let mut closed = account("0", "Priya", &[]);
    closed.status = Status::Inactive;
    world.crm.insert("c1".into(), closed);
    world.run(&files(&priya("STAFF")), NOW);
    let planned = world.run(&files(&priya("AGENT")), NOW);
    assert_eq!(short(&planned), ["7 revoke Everyone"]);
    let mut held = withheld(&planned);
    held.sort();
    assert_eq!(held, ["7 held R18", "7 held R9"]);
    assert_eq!(world.crm["c1"].status, Status::Inactive);
}

#[test]
fn r2_what_may_not_be_destroyed_is_not_destroyed_by_way_of_its_source() {
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    let before = files(&priya("AGENT"));
    world.run(&before, NOW);
    let mut after = files(&priya("STAFF"));
    let entry = after.apps.get_mut(&crm()).unwrap();
    Arc::make_mut(&mut entry.description).leaving.destroys_data = true;
    let planned = world.run(&after, NOW);
    assert_eq!(short(&planned), ["7 grant Everyone"]);
    assert_eq!(withheld(&planned), ["7 held R18", "7 blocked R2"]);
    after.apps.get_mut(&crm()).unwrap().allow_destructive = true;
    let planned = world.run(&after, NOW);
    assert_eq!(
        short(&planned),
        ["7 revoke CRM", "7 deactivate by directory in crm"]
    );
}

#[test]
fn r11_a_group_that_is_mistyped_closes_nobodys_account() {
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    world.run(&files(&priya("AGENT")), NOW);
    let mut typo = files(&priya("AGENT"));
    let by = typo.apps.get_mut(&crm()).unwrap().provisioned_by.as_mut();
    by.unwrap().groups = vec!["CRMM".to_owned()];
    let planned = world.run(&typo, NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 blocked R11"]);
}

#[test]
fn r18_of_two_groups_that_make_one_account_the_new_one_is_given_first() {
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    world.run(&files(&priya("AGENT")), NOW);
    let planned = world.run(&files(&priya("SALES")), NOW);
    assert_eq!(short(&planned), ["7 grant Sales", "7 revoke CRM"]);
    let change = |id| {
        let mut changes = planned.body.changes.iter();
        step(changes.find(|change| change.id == id).unwrap())
    };
    let edge = &planned.body.edges[0];
    assert_eq!(edge.kind, EdgeKind::Requires);
    assert_eq!(change(edge.before.clone()), "7 grant Sales");
    assert_eq!(change(edge.after.clone()), "7 revoke CRM");
}
