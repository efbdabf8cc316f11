//! When it is safe (R20 to R26).

use provisor::model::history::History;
use provisor::model::name::PersonId;
use provisor::model::plan::AppSummary;
use provisor::model::reason::Cause;

use super::{BOTH, apart, files, page, priya};
use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, config, crm, person, short, withheld,
};

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
    let later = files(&[person("8", "Bo", "SALES", "2026-03-25", "")]);
    let planned = World::default().plan(&later, NOW);
    let [upcoming] = &*planned.body.upcoming else {
        panic!("{:?}", planned.body.upcoming)
    };
    assert_eq!(upcoming.person.id, PersonId::from("8"));
    assert_eq!(upcoming.on.to_string(), "2026-03-11");
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
