//! R6: what an app's mode leaves alone is shown, and not done.

use provisor::config::Config;
use provisor::model::mode::Mode;
use provisor::model::withheld::WithheldState;

use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, cascading, config, person, short, step, withheld,
};

/// Emma is to come; Priya leaves; Luis holds a group too many and lacks one.
fn files(settings: &str) -> Config {
    let people = [
        person("1042", "Emma", "MKT", "2026-03-17", ""),
        person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-06"),
        person("815", "Luis", "MKT", "2020-01-01", ""),
    ];
    config(settings, PROFILES, &people.concat())
}

fn in_mode(mode: &str) -> Config {
    files(&SETTINGS.replace("\"enforce\"", &format!("\"{mode}\"")))
}

fn world() -> World {
    World::with([
        account("7", "Priya", &["Everyone", "Sales"]),
        account("815", "Luis", &["Everyone", "Sales"]),
    ])
}

fn reported(world: &World, config: &Config) -> Vec<String> {
    let planned = world.plan(config, NOW);
    let items = planned.body.withheld.iter();
    let items = items.filter(|item| item.state == WithheldState::Reported);
    items.flat_map(|item| &item.changes).map(step).collect()
}

#[test]
fn r6_report_changes_nothing_and_shows_all_that_enforce_would_do() {
    let world = world();
    let mut enforced = short(&world.plan(&in_mode("enforce"), NOW));
    enforced.sort_unstable();
    assert_eq!(enforced.len(), 6, "{enforced:?}");
    let planned = world.plan(&in_mode("report"), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(planned.body.unfinished().count(), 0, "nobody waits for it");
    let mut shown = reported(&world, &in_mode("report"));
    shown.sort_unstable();
    assert_eq!(shown, enforced);
    assert_eq!(withheld(&planned)[0], "1042 reported only R6");
}

#[test]
fn r6_additive_creates_and_grants_and_nothing_else() {
    let world = world();
    let config = in_mode("additive");
    assert_eq!(
        short(&world.plan(&config, NOW)),
        [
            "1042 create",
            "1042 grant Everyone",
            "1042 grant Marketing",
            "815 grant Marketing"
        ]
    );
    assert_eq!(
        reported(&world, &config),
        ["7 deactivate", "815 revoke Sales"]
    );
}

/// Somebody shut them out: letting them in again is more than adding.
#[test]
fn r6_additive_reactivates_nobody_and_gives_a_closed_account_nothing() {
    let mut world = World::default();
    let luis = |rest: &str| person("815", "Luis", "MKT", "2020-01-01", rest);
    let both = |mode: &str, rest: &str| {
        let settings = SETTINGS.replace("\"enforce\"", &format!("\"{mode}\""));
        config(&settings, PROFILES, &luis(rest))
    };
    world.run(&both("enforce", ""), NOW);
    world.run(&both("enforce", "end_date = 2026-03-06"), NOW);
    let account = world.accounts.values_mut().next().unwrap();
    account.groups.clear();
    let config = both("additive", "");
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
    let steps = [
        "815 reactivate",
        "815 grant Everyone",
        "815 grant Marketing",
    ];
    assert_eq!(reported(&world, &config), steps);
}

/// What the source would set off there is judged by its final effect.
#[test]
fn r6_no_other_app_makes_or_closes_an_account_where_the_mode_is_report() {
    let profiles = format!("{PROFILES}[profiles.MKT.apps.crm]\n");
    let settings = |mode: &str| {
        let crm = CRM.replace("\"enforce\"", &format!("\"{mode}\""));
        format!("{SETTINGS}{crm}")
    };
    let files = |mode: &str, profile: &str| {
        let luis = person("815", "Luis", profile, "2020-01-01", "");
        cascading(config(&settings(mode), &profiles, &luis))
    };
    let mut world = World::default();
    let made = short(&world.plan(&files("enforce", "MKT"), NOW));
    assert!(made.contains(&"815 await in crm".to_owned()), "{made:?}");
    assert!(made.contains(&"815 grant CRM".to_owned()), "{made:?}");

    let planned = world.plan(&files("report", "MKT"), NOW);
    let made = short(&planned);
    assert!(made.contains(&"815 create".to_owned()), "{made:?}");
    assert!(!made.contains(&"815 grant CRM".to_owned()), "{made:?}");
    assert_eq!(planned.body.unfinished().count(), 0);

    world.run(&files("enforce", "MKT"), NOW);
    let closed = short(&world.plan(&files("enforce", "NONE"), NOW));
    assert!(closed.contains(&"815 deactivate by directory in crm".to_owned()));
    let kept = world.plan(&files("report", "NONE"), NOW);
    let kept = short(&kept);
    assert!(
        !kept.iter().any(|step| step.ends_with("in crm")),
        "{kept:?}"
    );
    assert!(!kept.contains(&"815 revoke CRM".to_owned()), "{kept:?}");
}

#[test]
fn r6_every_mode_is_a_word_of_the_files() {
    for mode in [Mode::Report, Mode::Additive, Mode::Enforce] {
        let app = &in_mode(mode.word()).apps[&crate::world::app()];
        assert_eq!(app.mode, mode);
    }
}
