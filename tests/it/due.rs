//! What is done without a review, and what is left to one (R24); what dates will bring.

use provisor::model::guard::Guard;
use provisor::model::history::Agreed;
use provisor::model::plan::Plan;
use provisor::model::reason::Cause;
use provisor::model::upcoming::What;
use provisor::model::withheld::Impediment;
use provisor::plan::date_passed;
use serde_json::Value;

use crate::environment::Environment;
use crate::world::{
    NOW, PROFILES, SETTINGS, World, account, config, config_with, person, short, withheld,
};

/// Priya sells, and Luis too; `rest` is more of Priya's entry.
fn files(rest: &str, luis: &str) -> provisor::config::Config {
    with(SETTINGS, rest, luis)
}

fn with(settings: &str, rest: &str, luis: &str) -> provisor::config::Config {
    let people = [
        person("7", "Priya", "SALES", "2020-01-01", rest),
        person("8", "Luis", luis, "2020-01-01", ""),
    ];
    config(settings, PROFILES, &people.concat())
}

fn sellers() -> World {
    World::with([
        account("7", "Priya", &["Everyone", "Sales"]),
        account("8", "Luis", &["Everyone", "Sales"]),
    ])
}

/// Plans what is due, with nobody to review it.
fn due(world: &mut World, config: &provisor::config::Config, at: &str) -> Plan {
    world.due = true;
    let planned = world.plan(config, at);
    world.due = false;
    planned
}

/// Does what is due.
fn run(world: &mut World, config: &provisor::config::Config, at: &str) -> Plan {
    world.due = true;
    let planned = world.run(config, at);
    world.due = false;
    planned
}

/// Why changes wait for a review.
fn left(planned: &Plan) -> Vec<Cause> {
    let items = planned.body.withheld.iter();
    items
        .filter_map(|item| match item.why {
            Impediment::Unreviewed { cause } => Some(cause),
            _ => None,
        })
        .collect()
}

const LATER: &str = "2026-03-10T12:00:00Z";

#[test]
fn r24_what_a_date_brings_is_done_and_what_an_edit_brings_waits() {
    let mut world = sellers();
    world.run(&files("end_date = 2026-03-09", "SALES"), NOW);
    let edited = files("end_date = 2026-03-09", "MKT");
    let planned = run(&mut world, &edited, LATER);
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Clock);
    assert_eq!(left(&planned), [Cause::Files]);
    assert!(
        planned.body.unfinished().next().is_none(),
        "it is not this run's"
    );

    // The edit is still an edit: for the next such run, and for the reviewed one that does it.
    for at in ["2026-03-10T12:15:00Z", "2026-03-11T12:00:00Z"] {
        let again = run(&mut world, &edited, at);
        assert_eq!((short(&again), left(&again)), (vec![], vec![Cause::Files]));
    }
    let reviewed = world.run(&edited, "2026-03-12T12:00:00Z");
    assert_eq!(short(&reviewed), ["8 grant Marketing", "8 revoke Sales"]);
    assert!(
        reviewed
            .body
            .changes
            .iter()
            .all(|change| change.cause == Cause::Files)
    );
    assert_eq!(left(&due(&mut world, &edited, "2026-03-13T12:00:00Z")), []);
}

#[test]
fn r24_an_edit_that_waits_holds_up_nobodys_leaving() {
    let mut world = sellers();
    world.run(&files("end_date = 2026-03-09", "SALES"), NOW);
    // Another edit of the same entry, merged since and never applied.
    let merged = files("end_date = 2026-03-09\ntitle = \"Lead\"", "SALES");
    assert_eq!(
        short(&due(&mut world, &merged, "2026-03-09T12:00:00Z")),
        [""; 0]
    );
    assert_eq!(short(&run(&mut world, &merged, LATER)), ["7 deactivate"]);

    // Nor one that lets them stay longer.
    let mut world = sellers();
    world.run(&files("end_date = 2026-03-09", "SALES"), NOW);
    let extended = files("end_date = 2026-03-31", "SALES");
    assert_eq!(short(&due(&mut world, &extended, LATER)), [""; 0]);
}

#[test]
fn r24_nobody_is_closed_by_an_end_that_nobody_reviewed() {
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    let merged = files("end_date = 2026-03-09", "SALES");
    for at in ["2026-03-08T12:00:00Z", LATER, "2026-03-11T12:00:00Z"] {
        assert_eq!(short(&run(&mut world, &merged, at)), [""; 0]);
    }
    assert_eq!(left(&due(&mut world, &merged, LATER)), [Cause::Files]);

    // An end that was past when somebody last looked is no date that arrived since.
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    let backdated = files("end_date = 2026-03-05", "SALES");
    let planned = due(&mut world, &backdated, LATER);
    assert_eq!(
        (short(&planned), left(&planned)),
        (vec![], vec![Cause::Files])
    );
}

#[test]
fn r24_changed_settings_wait_for_their_review() {
    let mut world = sellers();
    world.groups.insert("Chess".to_owned());
    world.run(&files("", "SALES"), NOW);
    world
        .accounts
        .get_mut("u0001")
        .unwrap()
        .groups
        .insert("Chess".to_owned());
    let all = SETTINGS.replace(
        "mode = \"enforce\"",
        "mode = \"enforce\"\nauthority = { groups = \"all\" }",
    );
    let edited = with(&all, "", "SALES");
    for at in [LATER, "2026-03-11T12:00:00Z"] {
        let planned = run(&mut world, &edited, at);
        assert_eq!(
            (short(&planned), left(&planned)),
            (vec![], vec![Cause::Files])
        );
    }
}

#[test]
fn r24_drift_is_reverted_only_where_the_settings_say_so() {
    let top = SETTINGS.replace("[organisation]", "drift = \"revert\"\n[organisation]");
    let per_app = format!("{SETTINGS}drift = \"revert\"\n");
    let kept = format!("{top}drift = \"report\"\n");
    for (settings, reverts) in [
        (SETTINGS, false),
        (&top, true),
        (&per_app, true),
        (&kept, false),
    ] {
        let files = with(settings, "", "SALES");
        let mut world = sellers();
        world.run(&files, NOW);
        world
            .accounts
            .get_mut("u0001")
            .unwrap()
            .groups
            .remove("Sales");
        let planned = due(&mut world, &files, LATER);
        if reverts {
            assert_eq!(short(&planned), ["7 grant Sales"]);
        } else {
            assert_eq!(
                (short(&planned), left(&planned)),
                (vec![], vec![Cause::Drift])
            );
        }
        assert_eq!(
            short(&world.plan(&files, LATER)),
            ["7 grant Sales"],
            "anybody may"
        );
    }
}

#[test]
fn r24_that_drift_is_to_be_reverted_is_an_edit_of_its_own() {
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    world
        .accounts
        .get_mut("u0001")
        .unwrap()
        .groups
        .remove("Sales");
    let edited = with(&format!("{SETTINGS}drift = \"revert\"\n"), "", "SALES");
    let planned = due(&mut world, &edited, LATER);
    assert_eq!(
        (short(&planned), left(&planned)),
        (vec![], vec![Cause::Files])
    );
}

#[test]
fn r24_what_a_reviewed_run_tried_in_vain_is_tried_again() {
    let files = files("", "MKT");
    let mut world = sellers();
    world.failing.insert("8 grant Marketing".to_owned());
    world.run(&files, NOW);
    world.failing.clear();
    let planned = run(&mut world, &files, LATER);
    assert_eq!(short(&planned), ["8 grant Marketing"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Retry);
}

#[test]
fn r22_what_a_run_that_died_was_to_do_is_a_retry() {
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    let edited = files("", "MKT");
    let planned = world.plan(&edited, LATER);
    world.begin(&edited, &planned, 1);
    let meant = planned.body.changes.iter().map(|change| change.id.clone());
    world.history.resume([Agreed {
        meant: meant.collect(),
        settings: planned.body.settings,
        edited: planned.body.edited.clone(),
        whole: true,
    }]);
    let again = due(&mut world, &edited, LATER);
    assert_eq!(short(&again), ["8 revoke Sales"]);
    assert_eq!(again.body.changes[0].cause, Cause::Retry);

    // What the files say since is another matter: nobody agreed to that.
    let other = files("", "NONE");
    let again = due(&mut world, &other, LATER);
    assert_eq!((short(&again), left(&again)), (vec![], vec![Cause::Files]));
    // Nor does a run that leaves it undone forget that it was agreed to.
    world.failing.insert("8 revoke Sales".to_owned());
    run(&mut world, &edited, LATER);
    world.failing.clear();
    assert_eq!(short(&due(&mut world, &edited, LATER)), ["8 revoke Sales"]);
}

#[test]
fn r24_guards_count_what_is_due_and_not_what_waits() {
    let everybody = |end: &str| {
        let ends = |id: usize| if id < 9 { end } else { "end_date = 2026-03-09" };
        let one = |id: usize| {
            let name = format!("Person{id}");
            person(&id.to_string(), &name, "SALES", "2020-01-01", ends(id))
        };
        let people: Vec<String> = (1..=9).map(one).collect();
        config(SETTINGS, PROFILES, &people.concat())
    };
    let accounts = (1..=9).map(|id| {
        account(
            &id.to_string(),
            &format!("Person{id}"),
            &["Everyone", "Sales"],
        )
    });
    let mut world = World::with(accounts);
    world.run(&everybody(""), NOW);
    let edited = everybody("end_date = 2026-03-05");
    let all = world.plan(&edited, LATER);
    assert!(
        all.body
            .tripped()
            .any(|one| one.guard == Guard::Deactivations),
        "together they are too many"
    );
    let planned = due(&mut world, &edited, LATER);
    let closings = planned
        .body
        .guards
        .iter()
        .find(|one| one.guard == Guard::Deactivations);
    assert_eq!(closings.unwrap().planned, 1);
    assert_eq!(left(&planned).len(), 8);
}

#[test]
fn r24_what_is_held_and_not_due_is_not_this_runs() {
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    world.twins.insert("Marketing".to_owned());
    let edited = files("", "MKT");
    let planned = due(&mut world, &edited, LATER);
    assert!(
        planned.body.unfinished().next().is_none(),
        "{:?}",
        withheld(&planned)
    );
    assert!(
        world
            .plan(&edited, LATER)
            .body
            .unfinished()
            .next()
            .is_some()
    );
}

#[test]
fn r24_a_date_passes_once() {
    let files = files("end_date = 2026-03-09", "SALES");
    let passed =
        |then: &str, now: &str| date_passed(&files, then.parse().unwrap(), now.parse().unwrap());
    assert!(!passed("2026-03-09T12:00:00Z", "2026-03-10T06:59:59Z"));
    assert!(passed("2026-03-10T06:59:59Z", "2026-03-10T07:00:00Z"));
    assert!(!passed("2026-03-10T07:00:00Z", "2026-03-20T07:00:00Z"));
    assert!(
        passed("2026-04-01T07:00:00Z", "2026-04-20T07:00:00Z"),
        "released"
    );
}

#[test]
fn r24_every_plan_lists_what_falls_due_and_when() {
    let people = [
        person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-09"),
        person("8", "Luis", "SALES", "2020-01-01", "end_date = 2026-03-31"),
        person("9", "Gone", "SALES", "2020-01-01", "end_date = 2026-02-10"),
        person("10", "Away", "SALES", "2020-01-01", "leave = { from = 2026-03-12, until = 2026-03-13 }"),
        "[[people]]\nid = \"11\"\nname = { given = \"Moves\", family = \"Example\" }\n\
         email = \"moves@meridian.com\"\nperiods = [ { from = 2020-01-01, until = 2026-03-15, job_code = \"SALES\" },\n\
         { from = 2026-03-16, job_code = \"MKT\" } ]\n"
            .to_owned(),
        "[[extra]]\nperson = \"8\"\nuntil = 2026-03-14\nreason = \"INC-1\"\napps.directory.groups = [\"CRM\"]\n"
            .to_owned(),
    ];
    let suspends = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let files = config(&suspends, PROFILES, &people.concat());
    let upcoming = World::default().plan(&files, NOW).body.upcoming;
    let found: Vec<String> = upcoming
        .iter()
        .map(|event| {
            let what = match &event.brings {
                What::Opens { .. } => "opens",
                What::Starts { .. } => "starts",
                What::Moves { .. } => "moves",
                What::Leaves { .. } => "leaves",
                What::Released => "released",
                What::ExtraEnds { .. } => "extra ends",
                What::ApprovalEnds { .. } => "approval ends",
                What::LeaveBegins => "leave begins",
                What::LeaveEnds => "leave ends",
            };
            format!("{} {} {what}", event.on, event.person.id.as_str())
        })
        .collect();
    assert_eq!(
        found,
        [
            "2026-03-09 7 leaves",
            "2026-03-12 10 leave begins",
            "2026-03-13 9 released",
            "2026-03-14 10 leave ends",
            "2026-03-14 8 extra ends",
            "2026-03-16 11 moves",
        ]
    );
}

/// The minimal company: Emma is to leave on 20 March, and a first run is done.
fn company() -> Environment {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-03-17\nend_date = 2026-03-20",
    );
    environment.run("apply --yes").exits(0);
    environment
}

fn at(environment: &Environment, from: &str, to: &str) {
    environment.edit("sandbox.toml", from, to);
}

#[test]
fn r25_nothing_is_due_before_somebody_looked_once() {
    let environment = Environment::example();
    let ended = environment.run("apply --due").exits(1);
    ended.prints("").mentions("nobody reviewed anything yet");
    assert_eq!(environment.pieces("snapshots").len(), 0);
    environment.run("apply --due plan.json").exits(64);
    environment
        .run("apply --due --allow directory.deactivate=1 --reason x")
        .exits(64);
}

#[test]
fn r24_a_schedule_does_what_is_due_says_so_and_leaves_edits_alone() {
    let environment = company();
    let before = environment.pieces("runs");
    environment
        .run("apply --due")
        .exits(0)
        .prints("Nothing is due.\n");
    assert_eq!(environment.pieces("runs"), before, "no run, no snapshot");

    environment.edit("people.toml", "Campaign Manager", "Head of Campaigns");
    at(
        &environment,
        "2026-03-07T09:22:00-08:00",
        "2026-03-21T09:00:00-07:00",
    );
    let ended = environment.run("apply --due").exits(0);
    let ended = ended.shows("Emma Johnson").shows("Not reviewed");
    assert!(ended.stdout.contains("1 done"), "{}", ended.stdout);
    assert!(!environment.log().contains("Head of Campaigns"));
    let manifests = environment.manifests();
    assert_eq!(manifests[1]["due"]["reviewed"], manifests[0]["as_of"]);
    assert!(manifests[0].get("due").is_none());
    environment
        .run("snapshot list")
        .exits(0)
        .shows("unreviewed");
    environment.run("snapshot show").exits(0).shows("review");

    environment
        .run("apply --due")
        .exits(0)
        .prints("Nothing is due; not done: 1 change caused by the files, which `apply` does.\n");
    let plan = environment.run("plan --format json").exits(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let changes = plan["body"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["cause"], "files");
    environment.run("apply --yes").exits(0).shows("1 done");
    environment
        .run("apply --due")
        .exits(0)
        .prints("Nothing is due.\n");
}

#[test]
fn r24_what_a_reviewed_plan_refused_waits_for_another_review() {
    let environment = company();
    environment.edit("people.toml", "Campaign Manager", "Head of Campaigns");
    environment.run("plan --out plan.json").exits(0);
    // Merged meanwhile, and in nobody's plan.
    environment.edit("people.toml", "Head of Campaigns", "Chief of Campaigns");
    environment.run("apply plan.json").exits(5);
    let ended = environment.run("apply --due").exits(0);
    ended.prints("Nothing is due; not done: 1 change caused by the files, which `apply` does.\n");
    assert!(!environment.log().contains("of Campaigns"));
}

#[test]
fn r24_a_retry_is_of_what_was_agreed_to_and_not_of_what_was_edited_since() {
    let people = |name: &str, title: &str| {
        let rest = format!("title = \"{title}\"");
        config(
            SETTINGS,
            PROFILES,
            &person("9", name, "SALES", "2020-01-01", &rest),
        )
    };
    let mut world = World::default();
    world.failing.insert("9 create".to_owned());
    let agreed = people("New", "Seller");
    world.run(&agreed, NOW);
    world.failing.clear();
    assert_eq!(short(&due(&mut world, &agreed, LATER))[0], "9 create");
    for edited in [people("Mal", "Seller"), people("New", "Chief")] {
        let planned = due(&mut world, &edited, LATER);
        assert_eq!(
            (short(&planned), left(&planned)),
            (vec![], vec![Cause::Files])
        );
    }
}

const PRIVILEGED: &str = "privileged = { groups = [\"CRM\"] }\n";
const APPROVAL: &str = "[[approval]]\nperson = \"7\"\napps.directory.groups = [\"CRM\"]\n\
                        approver = \"8\"\nreason = \"INC-1\"\nsince = 2026-03-01\nuntil = 2026-03-09\n";

fn approved(approvals: &str, rest: &str) -> provisor::config::Config {
    let profiles = PROFILES.replace(
        "[\"Everyone\", \"Sales\"]",
        "[\"Everyone\", \"Sales\", \"CRM\"]",
    );
    let people = [
        person("7", "Priya", "SALES", "2020-01-01", rest),
        person("8", "Luis", "MKT", "2020-01-01", ""),
    ];
    let settings = format!("{SETTINGS}{PRIVILEGED}");
    config_with(&settings, &profiles, &people.concat(), approvals)
}

#[test]
fn r24_an_approval_that_nobody_reviewed_gives_nothing() {
    let mut world = sellers();
    world.run(&approved("", ""), NOW);
    let planned = due(&mut world, &approved(APPROVAL, ""), "2026-03-08T12:00:00Z");
    assert_eq!(short(&planned), [""; 0]);
    let reviewed = world.plan(&approved(APPROVAL, ""), "2026-03-08T12:00:00Z");
    assert_eq!(short(&reviewed), ["7 grant CRM"]);
}

#[test]
fn r24_what_a_day_takes_is_taken_whatever_was_edited_since() {
    let title = "title = \"Lead\"";
    let mut world = sellers();
    world.run(&approved(APPROVAL, ""), NOW);
    let edited = approved(APPROVAL, title);
    assert_eq!(
        short(&due(&mut world, &edited, "2026-03-09T12:00:00Z")),
        [""; 0]
    );
    // An edit that lets it stand longer is an edit like any other.
    let longer = approved(&APPROVAL.replace("03-09", "03-31"), title);
    assert_eq!(short(&due(&mut world, &longer, LATER)), [""; 0]);
    assert_eq!(short(&run(&mut world, &edited, LATER)), ["7 revoke CRM"]);

    let extra = |rest: &str, until: &str| {
        let people = [
            person("7", "Priya", "SALES", "2020-01-01", rest),
            person("8", "Luis", "SALES", "2020-01-01", ""),
            format!(
                "[[extra]]\nperson = \"7\"\nuntil = {until}\nreason = \"INC-1\"\n\
                 apps.directory.groups = [\"CRM\", \"Sales\"]\n"
            ),
        ];
        config(SETTINGS, PROFILES, &people.concat())
    };
    let mut world = sellers();
    world.run(&extra("", "2026-03-09"), NOW);
    let moved = extra("", "2026-03-08");
    assert_eq!(
        short(&due(&mut world, &moved, "2026-03-09T12:00:00Z")),
        [""; 0],
        "nobody reviewed that day"
    );
    let longer = extra("", "2026-03-31");
    assert_eq!(short(&due(&mut world, &longer, LATER)), [""; 0]);
    // Sales comes from the profile, too: what else takes that is no date.
    let edited = extra(title, "2026-03-09");
    assert_eq!(short(&run(&mut world, &edited, LATER)), ["7 revoke CRM"]);
}

#[test]
fn r24_settings_that_nobody_reviewed_let_nothing_through() {
    let ends = "end_date = 2026-03-09";
    let strict = SETTINGS.replace(
        "[apps.directory]",
        "[guards]\nmax_deactivations = 0\n[apps.directory]",
    );
    let mut world = sellers();
    world.run(&with(&strict, ends, "SALES"), NOW);
    let planned = due(&mut world, &with(&strict, ends, "SALES"), LATER);
    assert_eq!(withheld(&planned), ["7 blocked R20"]);
    let planned = run(&mut world, &with(SETTINGS, ends, "SALES"), LATER);
    assert_eq!(
        (short(&planned), left(&planned)),
        (vec![], vec![Cause::Files])
    );

    let allow = |text: &str| {
        let people = [
            person("7", "Priya", "SALES", "2020-01-01", ends),
            person("8", "Luis", "SALES", "2020-01-01", ""),
        ];
        config_with(&strict, PROFILES, &people.concat(), text)
    };
    let entry =
        "[[allow]]\napp = \"directory\"\ndeactivate = 1\nreason = \"INC-2\"\nuntil = 2026-03-20\n";
    let mut world = sellers();
    world.run(&allow(""), NOW);
    let planned = due(&mut world, &allow(entry), LATER);
    assert_eq!(withheld(&planned), ["7 blocked R20"]);
    let mut world = sellers();
    world.run(&allow(entry), NOW);
    assert_eq!(
        short(&due(&mut world, &allow(entry), LATER)),
        ["7 deactivate"]
    );

    let mut world = sellers();
    world.run(
        &with(&SETTINGS.replace("enforce", "report"), ends, "SALES"),
        NOW,
    );
    assert_eq!(
        short(&due(&mut world, &with(SETTINGS, ends, "SALES"), LATER)),
        [""; 0]
    );
}

#[test]
fn r24_rows_that_an_edit_lost_hold_up_nobody_whose_day_has_come() {
    let company = |others: usize| {
        let ends = person(
            "1",
            "Person1",
            "SALES",
            "2020-01-01",
            "end_date = 2026-03-09",
        );
        let others = (2..2 + others).map(|id| {
            person(
                &id.to_string(),
                &format!("Person{id}"),
                "SALES",
                "2020-01-01",
                "",
            )
        });
        let people: Vec<String> = others.chain([ends]).collect();
        config(SETTINGS, PROFILES, &people.concat())
    };
    let mut world = World::with((1..=9).map(|id| {
        account(
            &id.to_string(),
            &format!("Person{id}"),
            &["Everyone", "Sales"],
        )
    }));
    world.run(&company(8), NOW);
    let planned = due(&mut world, &company(2), LATER);
    assert_eq!(short(&planned), ["1 deactivate"]);
}

#[test]
fn r24_whoever_is_held_for_an_edit_of_their_entry_is_not_this_runs() {
    let mut world = sellers();
    world.run(&files("", "SALES"), NOW);
    let planned = due(&mut world, &files("", "NOWHERE"), LATER);
    assert_eq!(withheld(&planned), [""; 0]);
    assert!(!withheld(&world.plan(&files("", "NOWHERE"), LATER)).is_empty());
}

#[test]
fn r24_a_plan_of_some_people_moves_nobody_elses_dates() {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "job_code = \"MKT\", title = \"Campaign Manager\"",
        "until = 2026-03-09, job_code = \"MKT\", title = \"Campaign Manager\"",
    );
    environment.run("apply --yes").exits(0);
    at(
        &environment,
        "2026-03-07T09:22:00-08:00",
        "2026-03-10T09:00:00-07:00",
    );
    environment.edit("people.toml", "Marketing Manager", "Marketing Lead");
    environment.run("plan --person 1042 --out p.json").exits(0);
    environment.run("apply p.json --yes").exits(0);
    let ended = environment.run("apply --due").exits(0);
    let ended = ended.shows("Luis Ortega");
    assert!(ended.stdout.contains("1 done"), "{}", ended.stdout);
    let journals = environment.journals();
    let manifests = environment.manifests();
    assert_eq!(manifests[1]["part"]["whole"], manifests[0]["as_of"]);
    assert_eq!((manifests.len(), journals.len()), (3, 3));
}

#[test]
fn r24_somebody_elses_reviewed_plan_is_no_review_of_what_was_merged_since() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    environment.edit("people.toml", "Campaign Manager", "Head of Campaigns");
    environment.run("plan --out p.json").exits(0);
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-03-17\nend_date = 2026-03-18",
    );
    environment.append(
        "people.toml",
        "[[people]]\nid = \"1666\"\nname = { given = \"Eve\", family = \"New\" }\n\
        email = \"eve.new@meridianmanufacturing.com\"\njob_code = \"MKT\"\nstart_date = 2026-03-30",
    );
    environment.run("apply p.json --yes").exits(0);
    at(
        &environment,
        "2026-03-07T09:22:00-08:00",
        "2026-03-20T09:00:00-07:00",
    );
    environment.run("apply --due").exits(0);
    let log = environment.log();
    assert!(log.contains("Head of Campaigns") && !log.contains("eve.new"));
    let plan = environment.run("plan --format json").exits(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let changes = plan["body"]["changes"].as_array().unwrap();
    assert!(
        changes.iter().any(
            |change| change["verb"] == "deactivate" || change["action"]["verb"] == "deactivate"
        )
    );
    assert!(changes.iter().all(|change| change["cause"] == "files"));
}

#[test]
fn r24_what_was_reviewed_and_refused_since_an_app_did_not_answer_is_owed() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    environment.edit(
        "people.toml",
        "job_code = \"MKT\", title = \"Campaign Manager\"",
        "until = 2026-03-06, job_code = \"MKT\", title = \"Campaign Manager\"",
    );
    environment.run("plan --out p.json").exits(0);
    environment.fault("outage = 503");
    environment.run("apply p.json --yes").exits(5);
    environment.edit("sandbox.toml", "\noutage = 503", "\n# outage = 503");
    let ended = environment.run("apply --due").exits(0);
    ended.shows("Luis Ortega").shows("1 done");
}

/// The minimal company with two sellers more, of whom a guard lets one leave within a week.
fn sellers_who_leave() -> Environment {
    let environment = Environment::example();
    environment.append("provisor.toml", "[guards]\nmax_deactivations = 2");
    for name in ["Ann", "Bob"] {
        let entry = format!(
            "[[people]]\nid = \"{name}\"\nname = {{ given = \"{name}\", family = \"Lee\" }}\n\
             email = \"{name}@meridianmanufacturing.com\"\njob_code = \"SALES\"\n\
             start_date = 2021-02-01 # {name}"
        );
        environment.append("people.toml", &entry);
    }
    environment.run("apply --yes").exits(0);
    environment
}

const END: &str = "\nend_date = 2026-03-06 #";

#[test]
fn r22_what_a_guard_refused_of_a_reviewed_plan_is_never_called_drift() {
    let environment = sellers_who_leave();
    let end = |name: &str| {
        environment.edit(
            "people.toml",
            &format!(" # {name}"),
            &format!("{END}{name}"),
        );
    };
    end("Ann");
    environment.run("plan --out a.json").exits(0);
    environment.edit("people.toml", &format!("{END}Ann"), " # Ann");
    end("Bob");
    environment.run("plan --out b.json").exits(0);
    end("Ann");
    environment.run("apply a.json").exits(3);
    environment.run("apply b.json").exits(3);
    let plan = environment.run("plan --format json").exits(3).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let items = plan["body"]["withheld"].as_array().unwrap().iter();
    let changes = items.flat_map(|item| item["changes"].as_array().unwrap());
    let causes: Vec<_> = changes.map(|change| change["cause"].clone()).collect();
    assert_eq!(causes, ["retry", "retry"]);

    // Both were reviewed: a week later the guard lets them through, and nobody needs to say so again.
    environment.run("apply --due").exits(3);
    at(
        &environment,
        "2026-03-07T09:22:00-08:00",
        "2026-03-15T09:00:00-07:00",
    );
    environment.run("apply --due").exits(0).shows("2 done");
}

#[test]
fn r23_a_plan_made_with_an_override_says_that_applying_it_needs_the_same() {
    let environment = sellers_who_leave();
    for name in ["Ann", "Bob"] {
        environment.edit(
            "people.toml",
            &format!(" # {name}"),
            &format!("{END}{name}"),
        );
    }
    let words = "--allow directory.deactivate=2 --reason 'why'";
    let plan = "plan --allow directory.deactivate=2 --reason why --out c.json";
    environment.run(plan).exits(0).mentions(words);
    environment.run("apply c.json").exits(3).mentions(words);
    let apply = "apply c.json --allow directory.deactivate=2 --reason why";
    environment.run(apply).exits(0).shows("2 done");
}
