//! Ways around a review or a guard that look innocent: each was one once.

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::history::Agreed;
use provisor::model::outcome::{Outcome, Refusal};
use provisor::model::plan::Plan;
use provisor::plan::{Approved, Ground, current, date_passed, verify};

use crate::environment::Environment;
use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, app, cascading, config, config_with, crm, person,
    short, withheld,
};

const LATER: &str = "2026-03-10T12:00:00Z";

fn due(world: &mut World, config: &Config, at: &str) -> Plan {
    world.due = true;
    let planned = world.plan(config, at);
    world.due = false;
    planned
}

/// Judges a plan of one moment at another.
fn judged(planned: &Plan, config: &Config, world: &World, now: &str) -> Approved {
    let ground = Ground {
        config,
        now: now.parse().unwrap(),
        rehearsal: false,
        runs: &[],
    };
    let then = planned.body.as_of;
    let fresh = world.plan(config, &then.to_string());
    let passed = date_passed(config, then, now.parse().unwrap());
    let today = passed.then(|| world.plan(config, now));
    let observed = world.observed(config, now);
    let current = current(planned.clone(), &ground).unwrap();
    verify(
        current,
        &fresh,
        today.as_ref(),
        config,
        &observed,
        &world.history,
    )
}

fn refusals(approved: &Approved) -> Vec<&Refusal> {
    let settled = approved.settled().values();
    settled
        .filter_map(|outcome| match outcome {
            Outcome::Refused { why } => Some(why),
            _ => None,
        })
        .collect()
}

#[test]
fn r24_a_row_that_is_lost_is_no_date_that_arrived() {
    let settings = SETTINGS.replace("[lifecycle]", "[lifecycle]\nremoved = \"leaver\"");
    let luis = person("8", "Luis", "SALES", "2020-01-01", "");
    let all = |end: &str| {
        let priya = person("7", "Priya", "SALES", "2020-01-01", end);
        config(&settings, PROFILES, &(priya + &luis))
    };
    let lost = config(&settings, PROFILES, &luis);
    for (end, closes) in [
        ("end_date = 2026-12-31", false),
        ("end_date = 2026-03-09", true),
    ] {
        let mut world = World::with([
            account("7", "Priya", &["Everyone", "Sales"]),
            account("8", "Luis", &["Everyone", "Sales"]),
        ]);
        world.run(&all(end), NOW);
        let planned = due(&mut world, &lost, LATER);
        assert_eq!(
            short(&planned).contains(&"7 deactivate".to_owned()),
            closes,
            "{end}"
        );
        assert_eq!(short(&world.plan(&lost, LATER)), ["7 deactivate"]);
    }
}

#[test]
fn r24_what_shrunken_files_refused_is_not_done_unseen() {
    let environment = Environment::example();
    environment.append("provisor.toml", "[guards]\nmax_deactivations = 50");
    for id in 1..=6 {
        environment.append(
            "people.toml",
            &format!(
                "[[people]]\nid = \"p{id}\"\nname = {{ given = \"P{id}\", family = \"Lee\" }}\n\
                 email = \"p{id}@meridianmanufacturing.com\"\njob_code = \"SALES\"\n\
                 start_date = 2021-02-01 # p{id}"
            ),
        );
    }
    environment.run("apply --yes").exits(0);
    for id in 1..=6 {
        environment.edit(
            "people.toml",
            &format!(" # p{id}"),
            &format!("\nend_date = 2026-03-06 # p{id}"),
        );
    }
    environment.run("apply --yes").exits(3);
    let before = environment.log();
    environment.run("apply --due").exits(0);
    assert!(environment.log() == before, "something was done");
}

#[test]
fn r20_a_leaver_who_vanished_closes_no_account_elsewhere_that_a_guard_keeps() {
    let profiles = "[profiles.AGENT.apps.directory]\ngroups = [\"Everyone\"]\n\
                    [profiles.AGENT.apps.crm]\n[profiles.NONE]\n";
    let guard =
        "administrators = { groups = [\"Sales\"] }\n[apps.crm.guards]\nmin_administrators = 1\n";
    let ends = "end_date = 2026-03-08";
    let files =
        |people: &str| cascading(config(&format!("{SETTINGS}{CRM}{guard}"), profiles, people));
    let priya = person("7", "Priya", "AGENT", "2020-01-01", ends);
    let sam = person("9", "Sam", "AGENT", "2020-01-01", "");
    let mut world = World::default();
    world.add_in(&app(), account("7", "Priya", &["CRM", "Everyone"]));
    world.add_in(&crm(), account("0", "Priya", &["Sales"]));
    world.add_in(&app(), account("9", "Sam", &["CRM", "Everyone"]));
    world.add_in(&crm(), account("0", "Sam", &[]));
    world.run(&files(&(priya + &sam)), NOW);
    let planned = world.plan(&files(&sam), LATER);
    let steps = short(&planned);
    assert!(
        !steps.iter().any(|step| step.contains("deactivate")),
        "{steps:?}"
    );
}

#[test]
fn r20_no_saved_plan_leaves_an_app_to_a_successor_whom_nobody_reviewed() {
    let guard = "administrators = { groups = [\"CRM\"] }\n";
    let profiles =
        format!("{PROFILES}[profiles.BOSS.apps.directory]\ngroups = [\"Everyone\", \"CRM\"]\n");
    let files = |priya: &str, luis: &str| {
        let people = [
            person("7", "Priya", "BOSS", "2020-01-01", priya),
            person("8", "Luis", luis, "2020-01-01", ""),
            person("9", "Sam", "BOSS", "2020-01-01", ""),
        ];
        config_with(
            &format!("{SETTINGS}{guard}"),
            &profiles,
            &people.concat(),
            "[[approval]]\nperson = \"7\"\napps.directory.groups = [\"CRM\"]\napprover = \"9\"\nreason = \"x\"\nsince = 2026-03-01\nuntil = 2026-12-31\n\
             [[approval]]\nperson = \"8\"\napps.directory.groups = [\"CRM\"]\napprover = \"9\"\nreason = \"x\"\nsince = 2026-03-01\nuntil = 2026-12-31\n\
             [[approval]]\nperson = \"9\"\napps.directory.groups = [\"CRM\"]\napprover = \"7\"\nreason = \"x\"\nsince = 2026-03-01\nuntil = 2026-12-31\n",
        )
    };
    let mut world = World::with([
        account("7", "Priya", &["Everyone", "CRM"]),
        account("8", "Luis", &["Everyone", "Sales"]),
        account("9", "Sam", &["Everyone", "CRM"]),
        account("", "Root", &["CRM"]),
    ]);
    world.run(&files("", "SALES"), NOW);
    let reviewed = files("end_date = 2026-03-06", "SALES");
    let planned = world.plan(&reviewed, NOW);
    assert_eq!(short(&planned), ["7 deactivate", "7 revoke CRM"]);
    // Somebody takes it from another by hand, and a successor is merged whom the plan does not have.
    world
        .accounts
        .get_mut("u0004")
        .unwrap()
        .groups
        .remove("CRM");
    let merged = files("end_date = 2026-03-06", "BOSS");
    let approved = judged(&planned, &merged, &world, NOW);
    assert_eq!(refusals(&approved).len(), 2, "{:?}", approved.settled());
}

#[test]
fn r9_a_reading_that_is_not_believed_shows_nobody_closed() {
    let files = |end: &str| {
        let people = (1..=9).map(|id| {
            let rest = if id == 1 { end } else { "" };
            person(
                &id.to_string(),
                &format!("Person{id}"),
                "SALES",
                "2020-01-01",
                rest,
            )
        });
        config(SETTINGS, PROFILES, &people.collect::<String>())
    };
    let accounts = (1..=9).map(|id| {
        account(
            &id.to_string(),
            &format!("Person{id}"),
            &["Everyone", "Sales"],
        )
    });
    let mut world = World::with(accounts);
    world.run(&files(""), NOW);
    let leaves = files("end_date = 2026-03-06");
    let planned = world.plan(&leaves, NOW);
    assert_eq!(short(&planned), ["1 deactivate"]);
    world.accounts.clear();
    let approved = judged(&planned, &leaves, &world, NOW);
    assert_eq!(
        refusals(&approved),
        [&Refusal::Unread],
        "{:?}",
        approved.settled()
    );
}

#[test]
fn r24_a_short_reading_that_nobody_let_stand_forgets_nobody() {
    let files = |allow: &str| {
        let people = (1..=9).map(|id| {
            person(
                &id.to_string(),
                &format!("Person{id}"),
                "SALES",
                "2020-01-01",
                "",
            )
        });
        config_with(SETTINGS, PROFILES, &people.collect::<String>(), allow)
    };
    let accounts = (1..=9).map(|id| {
        account(
            &id.to_string(),
            &format!("Person{id}"),
            &["Everyone", "Sales"],
        )
    });
    let mut world = World::with(accounts);
    world.run(&files(""), NOW);
    let allow = "[[allow]]\napp = \"directory\"\nread = 5\nreason = \"x\"\nuntil = 2026-04-01\n";
    for id in 1..=5 {
        world.accounts.remove(&format!("u000{id}"));
    }
    world.due = true;
    world.run(&files(allow), LATER);
    world.due = false;
    assert_eq!(world.history.apps[&app()].memories.len(), 9);
}

#[test]
fn r24_a_rule_that_nobody_saw_taken_away_still_keeps_apart() {
    let environment = Environment::example();
    let rule = "[[separation]]\nname = \"Apart\"\nreason = \"SOX\"\nnever_together = [\n\
                { apps.directory.groups = [\"Marketing\"] }, { apps.directory.groups = [\"Auditors\"] } ]\n";
    environment.edit(
        "sandbox.toml",
        "[\"Everyone\", \"Marketing\", \"Sales\"]",
        "[\"Everyone\", \"Marketing\", \"Sales\", \"Auditors\"]",
    );
    environment.edit("sandbox.toml", "groups = [\"Everyone\", \"Sales\"]\n\n[[apps.directory.users]]\nuser_name = \"priya", "groups = [\"Everyone\", \"Sales\", \"Auditors\"]\n\n[[apps.directory.users]]\nuser_name = \"priya");
    std::fs::write(environment.path("approvals.toml"), rule).unwrap();
    environment.run("apply --yes").exits(5).shows("Apart");
    environment.edit("approvals.toml", "Marketing", "Everyone");
    let ended = environment.run("apply --due").exits(0);
    ended.prints("Nothing is due; not done: 1 change caused by the files, which `apply` does.\n");
    let plan = environment.run("plan").exits(0);
    plan.shows("changed setting separation.Apart");
}

#[test]
fn r23_nobody_is_closed_on_the_day_on_which_they_are_back() {
    let settings = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let away = "leave = { from = 2026-03-06, until = 2026-03-07 }";
    let files = |rest: &str| {
        config(
            &settings,
            PROFILES,
            &person("8", "Luis", "SALES", "2020-01-01", rest),
        )
    };
    let mut world = World::with([account("8", "Luis", &["Everyone", "Sales"])]);
    world.run(&files(""), "2026-03-05T12:00:00Z");
    let planned = world.plan(&files(away), NOW);
    assert_eq!(short(&planned), ["8 deactivate"]);
    let approved = judged(&planned, &files(away), &world, LATER);
    assert_eq!(refusals(&approved).len(), 1, "{:?}", approved.settled());
}

#[test]
fn r12_an_approval_expires_for_whoever_is_held_too() {
    let profiles = PROFILES.replace(
        "[\"Everyone\", \"Sales\"]",
        "[\"Everyone\", \"Sales\", \"CRM\"]",
    );
    let approval = "[[approval]]\nperson = \"7\"\napps.directory.groups = [\"CRM\"]\n\
                    approver = \"8\"\nreason = \"INC-1\"\nsince = 2026-03-01\nuntil = 2026-03-09\n";
    let files = |rest: &str| {
        let people = [
            person("7", "Priya", "SALES", "2020-01-01", rest),
            person("8", "Luis", "MKT", "2020-01-01", ""),
        ];
        config_with(
            &format!("{SETTINGS}privileged = {{ groups = [\"CRM\"] }}\n"),
            &profiles,
            &people.concat(),
            approval,
        )
    };
    let mut world = World::with([
        account("7", "Priya", &["Everyone", "Sales", "CRM"]),
        account("8", "Luis", &["Everyone", "Marketing"]),
    ]);
    world.run(&files(""), NOW);
    let planned = world.plan(&files("manager = \"nobody\""), LATER);
    assert_eq!(short(&planned), ["7 revoke CRM"]);
    assert_eq!(world.accounts["u0001"].status, Status::Active);
}

#[test]
fn r7_somebody_elses_account_of_the_same_login_is_not_what_was_to_be_made() {
    let files = config(
        SETTINGS,
        PROFILES,
        &person("9", "New", "SALES", "2020-01-01", ""),
    );
    let mut world = World::default();
    let planned = world.plan(&files, NOW);
    assert_eq!(short(&planned)[0], "9 create");
    world.add(account("elsewhere", "New", &["Everyone", "Sales"]));
    let approved = judged(&planned, &files, &world, NOW);
    assert_eq!(refusals(&approved).len(), 3, "{:?}", approved.settled());
}

/// Priya alone; `rest` is more of her entry, and of the files.
fn priya(settings: &str, profile: &str, rest: &str) -> Config {
    config(
        settings,
        PROFILES,
        &person("7", "Priya", profile, "2020-01-01", rest),
    )
}

fn seller() -> World {
    World::with([account("7", "Priya", &["Everyone", "Sales"])])
}

const ENDS: &str = "end_date = 2026-03-09";
const NEXT_DAY: &str = "2026-03-11T12:00:00Z";

fn extra(until: &str, title: &str) -> String {
    format!(
        "title = \"{title}\"\n[[extra]]\nperson = \"7\"\nuntil = {until}\nreason = \"INC-1\"\n\
         apps.directory.groups = [\"CRM\"]"
    )
}

#[test]
fn r24_what_a_day_took_in_vain_is_taken_whatever_was_edited_since() {
    for (step, before, after) in [
        (
            "7 deactivate",
            ENDS.to_owned(),
            format!("{ENDS}\ntitle = \"Lead\""),
        ),
        (
            "7 revoke CRM",
            extra("2026-03-09", "Seller"),
            extra("2026-03-09", "Lead"),
        ),
    ] {
        let mut world = seller();
        world.run(&priya(SETTINGS, "SALES", &before), NOW);
        world.failing.insert(step.to_owned());
        world.run(&priya(SETTINGS, "SALES", &before), LATER);
        world.failing.clear();
        let planned = due(&mut world, &priya(SETTINGS, "SALES", &after), NEXT_DAY);
        assert_eq!(short(&planned), [step]);
    }
}

#[test]
fn r24_what_was_reviewed_on_its_last_day_ends_with_it() {
    let mut world = seller();
    let before = extra("2026-03-09", "Seller");
    world.run(&priya(SETTINGS, "SALES", &before), "2026-03-09T18:00:00Z");
    let edited = priya(SETTINGS, "SALES", &extra("2026-03-09", "Lead"));
    assert_eq!(short(&due(&mut world, &edited, NEXT_DAY)), ["7 revoke CRM"]);
}

#[test]
fn r24_an_end_that_was_put_off_takes_nothing_of_an_unreviewed_move() {
    let mut world = seller();
    world.run(&priya(SETTINGS, "SALES", ENDS), NOW);
    let moved = priya(SETTINGS, "MKT", "end_date = 2026-12-31");
    assert_eq!(short(&due(&mut world, &moved, NEXT_DAY)), [""; 0]);
    assert_eq!(short(&world.plan(&moved, NEXT_DAY)).len(), 2);
}

#[test]
fn r22_a_dead_run_agreed_to_nothing_of_other_facts_or_settings() {
    let mut world = seller();
    world.run(&priya(SETTINGS, "SALES", ""), NOW);
    let agreed = priya(SETTINGS, "MKT", "");
    let planned = world.plan(&agreed, LATER);
    let meant = planned.body.changes.iter().map(|change| change.id.clone());
    world.history.resume([Agreed {
        meant: meant.collect(),
        settings: planned.body.settings,
        edited: planned.body.edited.clone(),
        whole: true,
    }]);
    assert_eq!(short(&due(&mut world, &agreed, LATER)).len(), 2);
    let other = format!("{SETTINGS}drift = \"revert\"\n");
    for edited in [
        priya(SETTINGS, "MKT", "title = \"Lead\""),
        priya(&other, "MKT", ""),
    ] {
        assert_eq!(short(&due(&mut world, &edited, LATER)), [""; 0]);
    }
}

#[test]
fn r24_a_scope_that_nobody_saw_widened_reaches_nobody_more() {
    let of = |scope: &str| {
        let people = [
            person("7", "Priya", "SALES", "2020-01-01", ENDS),
            person("8", "Luis", "SALES", "2020-01-01", ""),
        ];
        let settings = format!("{SETTINGS}[scope]\npeople = [{scope}]\n");
        config(&settings, PROFILES, &people.concat())
    };
    let mut world = seller();
    world.add(account("8", "Luis", &["Everyone", "Sales"]));
    world.run(&of("\"8\""), NOW);
    world.due = true;
    for at in [LATER, NEXT_DAY] {
        assert_eq!(short(&world.run(&of("\"7\", \"8\""), at)), [""; 0]);
        assert!(!world.history.people["7"].in_scope);
    }
}

#[test]
fn r24_fewer_administrators_than_somebody_agreed_to_are_not_left_unseen() {
    let of = |least: u32| {
        format!(
            "{SETTINGS}administrators = {{ groups = [\"CRM\"] }}\n\
             [apps.directory.guards]\nmin_administrators = {least}\n"
        )
    };
    let mut world = World::with([
        account("7", "Priya", &["Everyone", "Sales", "CRM"]),
        account("", "Root", &["CRM"]),
    ]);
    world.run(&priya(&of(2), "SALES", ENDS), NOW);
    let planned = due(&mut world, &priya(&of(1), "SALES", ENDS), LATER);
    assert_eq!(short(&planned), [""; 0]);
}

#[test]
fn r24_what_only_an_unreviewed_profile_names_is_not_ours() {
    let mut world = seller();
    world.run(&priya(SETTINGS, "SALES", ""), NOW);
    let more = PROFILES.replace("[\"Everyone\", \"Marketing\"]", "[\"Everyone\", \"CRM\"]");
    let edited = config(
        SETTINGS,
        &more,
        &person("7", "Priya", "SALES", "2020-01-01", ""),
    );
    world.due = true;
    world.run(&edited, LATER);
    assert!(!world.history.apps[&app()].named["groups"].contains("CRM"));
}

#[test]
fn r3_whoever_vanished_before_a_known_end_is_held() {
    let luis = person("8", "Luis", "SALES", "2020-01-01", "");
    let ends = person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-12-31");
    let mut world = seller();
    world.add(account("8", "Luis", &["Everyone", "Sales"]));
    world.run(&config(SETTINGS, PROFILES, &(ends + &luis)), NOW);
    let planned = world.plan(&config(SETTINGS, PROFILES, &luis), LATER);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held R3".to_owned()])
    );
}

#[test]
fn r7_an_address_alone_links_nobody_for_good_where_ids_are_stored() {
    let mut world = World::with([account("", "Priya", &["Everyone", "Sales"])]);
    world.failing.insert("7 adopt".to_owned());
    world.run(&priya(SETTINGS, "SALES", ""), NOW);
    let memories = &world.history.apps[&app()].memories;
    assert!(
        memories
            .get("u0001")
            .is_none_or(|known| known.person.is_none()),
        "{memories:?}"
    );
}
