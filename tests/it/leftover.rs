//! What a plan leaves to people: tasks that no API does (R2), and what is held through a rule (R10).

use provisor::model::plan::Plan;
use provisor::plan::select;
use provisor::render::plan::{Detail, text};
use provisor::render::{Colour, html, markdown};

use crate::world::{NOW, PROFILES, SETTINGS, World, account, app, config, person, short};

const LATER: &str = "2026-03-09T17:22:00Z";

fn page(planned: &Plan) -> String {
    text(planned, Detail::Brief, 400).to_text(Colour::Plain)
}

#[test]
fn r2_what_no_api_does_is_a_task_for_the_owner_once_with_all_whom_it_concerns() {
    let people = person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-06")
        + &person("8", "Luis", "SALES", "2020-01-01", "end_date = 2026-03-06")
        + &person("9", "Noor", "SALES", "2020-01-01", "");
    let world = World::with([
        account("7", "Priya", &["Everyone", "Sales"]),
        account("8", "Luis", &["Everyone", "Sales"]),
        account("9", "Noor", &["Everyone", "Sales"]),
    ]);
    let owned = format!("{SETTINGS}owner = \"it@meridian.com\"\n");
    let planned = world.plan(&config(&owned, PROFILES, &people), NOW);
    let [task] = &*planned.body.tasks else {
        panic!("{:?}", planned.body.tasks)
    };
    let ids: Vec<_> = task.people.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((&task.app, ids), (&app(), vec!["7", "8"]));
    assert!(task.task.contains("sessions"), "{}", task.task);
    let told = "task for it@meridian.com: directory: end the sessions";
    assert_eq!(
        page(&planned).matches(told).count(),
        1,
        "{}",
        page(&planned)
    );
    for page in [markdown::plan(&planned, 60_000), html::plan(&planned)] {
        assert!(
            page.contains("Tasks") && page.contains("end the sessions"),
            "{page}"
        );
    }

    let one = select(planned, &["8".into()].into(), &[].into());
    assert_eq!(one.body.tasks[0].people.len(), 1);
    let unowned = world.plan(&config(SETTINGS, PROFILES, &people), NOW);
    let told = "task for the owner of directory: end the sessions";
    assert!(page(&unowned).contains(told));
}

/// Whoever is on leave comes back to what they have, and what is not done leaves no task.
#[test]
fn r2_whoever_is_on_leave_or_stays_open_leaves_no_task() {
    let settings = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let away = person(
        "7",
        "Priya",
        "SALES",
        "2020-01-01",
        "leave = { from = 2026-03-01 }",
    );
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let planned = world.plan(&config(&settings, PROFILES, &away), NOW);
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(planned.body.tasks, []);

    let left = person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-06");
    let settings = SETTINGS.replace("enforce", "report");
    let planned = world.plan(&config(&settings, PROFILES, &left), NOW);
    assert_eq!((short(&planned), &*planned.body.tasks), (vec![], &[][..]));
}

/// A rule of the app made Priya and Luis members of a group that no profile gives them.
#[test]
fn r10_what_is_held_through_a_rule_is_shown_once_and_never_planned() {
    let people = person("7", "Priya", "SALES", "2020-01-01", "")
        + &person("8", "Luis", "SALES", "2020-01-01", "")
        + &person("9", "Noor", "MKT", "2020-01-01", "");
    let files = config(SETTINGS, PROFILES, &people);
    let mut world = World::with([
        account("7", "Priya", &["Everyone", "Sales", "Marketing"]),
        account("8", "Luis", &["Everyone", "Sales", "Marketing"]),
        account("9", "Noor", &["Everyone", "Marketing"]),
    ]);
    world.by_rule = ["Everyone".to_owned(), "Marketing".to_owned()].into();
    let planned = world.run(&files, NOW);
    assert_eq!(short(&planned), [""; 0]);
    let [held] = &*planned.body.held_through else {
        panic!("{:?}", planned.body.held_through)
    };
    assert_eq!((held.value.raw(), held.holders), ("Marketing", 2));
    let told = "directory groups Marketing · held through a rule, a sync or a group of the app by \
                Priya Example (7), Luis Example (8)";
    assert!(page(&planned).contains(told), "{}", page(&planned));
    for page in [markdown::plan(&planned, 60_000), html::plan(&planned)] {
        assert!(page.contains("Held through others"), "{page}");
    }
    // It is nothing that a run has to do, and no run is kept from being finished by it (R26).
    let again = world.plan(&files, LATER);
    assert_eq!(short(&again), [""; 0]);
    assert_eq!(again.body.outstanding().count(), 0);
    // Directly held, it is taken.
    world.by_rule.clear();
    let direct = world.plan(&files, LATER);
    assert_eq!(short(&direct), ["7 revoke Marketing", "8 revoke Marketing"]);
    assert_eq!(direct.body.held_through, []);
}

/// What a rule gives to a whole company is told by its number.
#[test]
fn r10_of_a_rule_for_everybody_the_first_are_named() {
    let ids: Vec<String> = (10..40).map(|id| id.to_string()).collect();
    let people = ids
        .iter()
        .map(|id| person(id, "Ada", "SALES", "2020-01-01", ""));
    let accounts = ids
        .iter()
        .map(|id| account(id, &format!("Ada{id}"), &["Everyone", "Sales", "Marketing"]));
    let mut world = World::with(accounts);
    world.by_rule.insert("Marketing".to_owned());
    let people: String = people
        .zip(&ids)
        .map(|(entry, id)| entry.replace("ada@", &format!("ada{id}@")))
        .collect();
    let planned = world.plan(&config(SETTINGS, PROFILES, &people), NOW);
    let [held] = &*planned.body.held_through else {
        panic!("{:?}", planned.body.held_through)
    };
    assert_eq!((held.holders, held.people.len()), (30, 5));
    assert!(page(&planned).contains("and 25 more"), "{}", page(&planned));
}
