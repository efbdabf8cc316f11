//! R20: what the files allow by its exact number, and the one run that it serves.

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::allowance::WhyUnused;
use provisor::model::change::Verb;
use provisor::model::guard::{Guard, Override, Verdict};
use provisor::model::plan::Plan;
use provisor::render::plan::{Detail, text};
use provisor::render::{Colour, html, markdown};

use crate::environment::Environment;
use crate::world::{NOW, PROFILES, SETTINGS, World, account, app, config_with, person, short};

const LATER: &str = "2026-03-09T17:22:00Z";

/// So many leavers where none may be closed.
fn files(leavers: usize, approvals: &str) -> Config {
    files_at_most(0, leavers, approvals)
}

fn files_at_most(most: usize, leavers: usize, approvals: &str) -> Config {
    let one = |number: usize| {
        let end = if number < leavers {
            "end_date = 2026-03-06"
        } else {
            ""
        };
        let name = format!("P{number}");
        person(&number.to_string(), &name, "SALES", "2020-01-01", end)
    };
    let people: String = (0..9).map(one).collect();
    let settings = format!("{SETTINGS}[apps.directory.guards]\nmax_deactivations = {most}\n");
    config_with(&settings, PROFILES, &people, approvals)
}

fn allow(what: &str, until: &str) -> String {
    format!("[[allow]]\napp = \"directory\"\n{what}\nreason = \"INC-7\"\nuntil = {until}\n")
}

fn world() -> World {
    let one = |number: usize| {
        let groups = &["Everyone", "Sales"];
        account(&number.to_string(), &format!("P{number}"), groups)
    };
    World::with((0..9).map(one))
}

fn closes(planned: &Plan) -> usize {
    let changes = planned.body.changes.iter();
    changes
        .filter(|change| change.action.verb() == Verb::Deactivate)
        .count()
}

fn unused(planned: &Plan) -> Vec<WhyUnused> {
    planned.body.unused.iter().map(|one| one.why).collect()
}

#[test]
fn r20_an_entry_of_the_exact_number_lets_it_through_and_is_named_everywhere() {
    let config = files(2, &allow("deactivate = 2", "2026-03-07"));
    let planned = world().plan(&config, NOW);
    assert_eq!((closes(&planned), planned.body.tripped().count()), (2, 0));
    assert_eq!(unused(&planned), []);
    let mut guards = planned.body.guards.iter();
    let judged = guards.find(|one| one.app.is_some()).unwrap();
    let Verdict::Overridden {
        entry: Some(entry), ..
    } = &judged.verdict
    else {
        panic!("{judged:?}");
    };
    assert_eq!(entry.at.to_string(), "approvals.toml:1");
    let wide = text(&planned, Detail::Brief, 200).to_text(Colour::Plain);
    for shown in [wide, markdown::plan(&planned, 60_000), html::plan(&planned)] {
        assert!(shown.contains("INC-7"), "{shown}");
        assert!(shown.contains("approvals.toml:1"), "{shown}");
    }
}

/// Unlike on the command line, it is no error: the files are not written for one plan.
#[test]
fn r20_an_entry_of_another_number_is_not_applied_and_says_so() {
    let config = files(3, &allow("deactivate = 2", "2026-04-01"));
    let planned = world().plan(&config, NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(unused(&planned), [WhyUnused::OtherNumber { planned: 3 }]);
    let words = "directory.deactivate=2 is not applied: this plan has 3";
    let wide = text(&planned, Detail::Brief, 200).to_text(Colour::Plain);
    assert!(wide.contains(words), "{wide}");
    assert!(html::plan(&planned).contains("is not applied"));
    assert!(markdown::plan(&planned, 60_000).contains("is not applied"));
}

#[test]
fn r20_an_entry_stands_through_its_last_day_where_the_organisation_is() {
    // Still the 7th in Los Angeles.
    let late = "2026-03-08T07:59:00Z";
    let over = "2026-03-08T08:01:00Z";
    let config = files(2, &allow("deactivate = 2", "2026-03-07"));
    assert_eq!(closes(&world().plan(&config, late)), 2);
    let expired = world().plan(&config, over);
    assert_eq!(closes(&expired), 0);
    assert_eq!(unused(&expired), [WhyUnused::Expired]);
}

/// Whoever wrote it saw one plan: the same number next week is another seven people.
#[test]
fn r20_an_entry_serves_one_run_wherever_it_moves_to_in_its_file() {
    let mut world = world();
    let entry = allow("deactivate = 2", "2026-04-01");
    assert_eq!(closes(&world.run(&files(2, &entry), NOW)), 2);
    let moved = format!("# moved down\n\n{entry}");
    let again = world.plan(&files(4, &moved), LATER);
    assert_eq!(closes(&again), 0);
    assert_eq!(unused(&again), [WhyUnused::UsedUp]);
    // Somebody else's words for the next two.
    let renewed = entry.replace("INC-7", "INC-8");
    assert_eq!(closes(&world.plan(&files(4, &renewed), LATER)), 2);
}

#[test]
fn r20_an_entry_that_nothing_was_done_by_is_not_used_up() {
    let mut world = world();
    world.failing = ["0 deactivate", "1 deactivate"].map(str::to_owned).into();
    let config = files(2, &allow("deactivate = 2", "2026-04-01"));
    assert_eq!(closes(&world.run(&config, NOW)), 2);
    world.failing.clear();
    assert_eq!(closes(&world.run(&config, LATER)), 2);
    assert_eq!(unused(&world.plan(&config, LATER)), [WhyUnused::UsedUp]);
}

/// It waits for the plan that needs it, and what it allowed does not count in the next seven days.
#[test]
fn r20_what_is_within_its_limit_uses_no_entry_up() {
    let mut world = world();
    let entry = allow("deactivate = 2", "2026-04-01");
    let within = world.run(&files_at_most(2, 2, &entry), NOW);
    assert_eq!(closes(&within), 2);
    assert_eq!(unused(&within), [WhyUnused::NotNeeded]);
    let needed = world.run(&files_at_most(2, 4, &entry), LATER);
    assert_eq!(closes(&needed), 2);
    for account in world.accounts.values_mut() {
        account.status = Status::Active;
    }
    assert_eq!(closes(&world.plan(&files_at_most(2, 4, &entry), LATER)), 0);
}

#[test]
fn r20_of_two_words_about_the_same_the_command_lines_counts() {
    let mut world = world();
    let config = files(2, &allow("deactivate = 2", "2026-04-01"));
    world.overrides = vec![Override {
        app: Some(app()),
        guard: Guard::Deactivations,
        number: 3,
        reason: "mistaken".into(),
        entry: None,
    }];
    let planned = world.plan(&config, NOW);
    assert_eq!(closes(&planned), 0);
    assert_eq!(unused(&planned), [WhyUnused::CommandLine]);
}

/// What an app's entry allowed does not trip the run's guard; another number's does.
#[test]
fn r20_an_entry_for_an_app_holds_against_the_guard_of_the_run() {
    let run = |number: usize| {
        let entry = allow(&format!("deactivate = {number}"), "2026-04-01");
        let people: String = (0..9)
            .map(|id: usize| {
                let name = format!("P{id}");
                person(
                    &id.to_string(),
                    &name,
                    "SALES",
                    "2020-01-01",
                    "end_date = 2026-03-06",
                )
            })
            .collect();
        let settings = format!("{SETTINGS}[guards]\nmax_deactivations = 0\n");
        closes(&world().plan(&config_with(&settings, PROFILES, &people, &entry), NOW))
    };
    assert_eq!(run(9), 9);
    assert_eq!(run(8), 0);
}

#[test]
fn r20_a_new_entry_is_told_above_all_else() {
    let mut world = world();
    world.run(&files(0, ""), NOW);
    let config = files(2, &allow("deactivate = 2", "2026-04-01"));
    let changed = world.plan(&config, LATER).body.changed_settings;
    let told: Vec<_> = changed.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(told, ["allow.directory.deactivate"]);
    assert_eq!(
        changed[0].after.as_deref(),
        Some("2 until 2026-04-01 (INC-7)")
    );
    let other = files(2, &allow("deactivate = 3", "2026-04-01"));
    assert_ne!(config.digest, other.digest);
}

/// The whole way: refused, another number, the right one, and the snapshot that says who allowed it.
#[test]
fn r20_the_binary_refuses_until_the_files_allow_the_exact_number() {
    let environment = Environment::example();
    environment.append(
        "provisor.toml",
        "[apps.directory.guards]\nmax_deactivations = 0",
    );
    let status = |environment: &Environment| {
        let log = environment.log();
        log.matches("\"active\":false").count()
    };
    let entry = |number: u32| {
        format!(
            "[[allow]]\napp = \"directory\"\ndeactivate = {number}\nreason = \"INC-7\"\n\
             until = 2026-03-31\n"
        )
    };
    let path = environment.path("approvals.toml");
    environment
        .run("plan")
        .exits(3)
        .shows("directory.deactivate=1");
    std::fs::write(&path, entry(2)).unwrap();
    let other = environment.run("plan").exits(3);
    other.shows("directory.deactivate=2 is not applied: this plan has 1 · approvals.toml:1");
    let before = status(&environment);
    environment.run("apply --yes").exits(3);
    assert_eq!(status(&environment), before, "nobody was closed");
    std::fs::write(&path, entry(1)).unwrap();
    environment
        .run("apply --yes")
        .exits(0)
        .shows("approvals.toml:1");
    assert!(status(&environment) > before);
    let manifest = &environment.manifests()[1];
    for list in ["overrides", "used_up"] {
        let one = &manifest[list][0];
        assert_eq!(one["reason"], "INC-7", "{manifest}");
        assert_eq!(one["entry"]["until"], "2026-03-31", "{manifest}");
    }
    let used = environment.run("plan").exits(0);
    used.shows("directory.deactivate=1 is used up");
    environment.edit("approvals.toml", "2026-03-31", "2026-03-01");
    environment
        .run("validate")
        .exits(0)
        .mentions("this allows nothing since 2026-03-01");
}
