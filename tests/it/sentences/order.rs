//! In which order (R16, R17).

use std::collections::BTreeSet;

use provisor::model::account::Status;
use provisor::model::change::ChangeId;
use provisor::model::reason::Cause;

use super::{BOTH, apart, files, priya};
use crate::world::{CRM, NOW, SETTINGS, World, account, config, person, short};

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
