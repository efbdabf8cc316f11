//! What another app makes and closes (R16, R17, R18), by plans for two apps in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::KindIndex;
use provisor::model::change::{Action, ChangeId};
use provisor::model::plan::{EdgeKind, Plan};
use provisor::model::reason::Why;
use provisor::model::withheld::{Impediment, WithheldState};

use crate::world::{
    CRM, NOW, SETTINGS, Source, World, account, app, cascading, config, crm, person, short, step,
    withheld,
};

/// `MKT` needs the group that makes its account; `SALES` has one that does; `AGENT` names nothing
/// but what the directory makes; `STAFF` has no account there.
pub const PROFILES: &str = r#"
[profiles.MKT]
[profiles.MKT.apps.directory]
groups = ["Everyone", "Marketing"]
[profiles.MKT.apps.crm]
groups = ["Everyone"]
[profiles.SALES]
[profiles.SALES.apps.directory]
groups = ["Sales"]
[profiles.SALES.apps.crm]
[profiles.AGENT]
[profiles.AGENT.apps.crm]
[profiles.STAFF]
[profiles.STAFF.apps.directory]
groups = ["Everyone"]
[profiles.NONE]
"#;

fn files(people: &[String]) -> Config {
    cascading(config(
        &format!("{SETTINGS}{CRM}"),
        PROFILES,
        &people.concat(),
    ))
}

fn emma(profile: &str, rest: &str) -> String {
    person("1042", "Emma", profile, "2026-03-17", rest)
}

/// Somebody who has worked here since 2020.
fn priya(profile: &str, rest: &str) -> String {
    person("7", "Priya", profile, "2020-01-01", rest)
}

/// The edges between apps, in short.
fn between_apps(planned: &Plan) -> BTreeSet<(String, String, EdgeKind)> {
    let change = |id: &ChangeId| {
        let mut changes = planned.body.changes.iter();
        changes.find(|change| change.id == *id).unwrap()
    };
    let edges = planned.body.edges.iter();
    edges
        .map(|edge| (change(&edge.before), change(&edge.after), edge.kind))
        .filter(|(before, after, _)| before.app != after.app)
        .map(|(before, after, kind)| (step(before), step(after), kind))
        .collect()
}

fn edge(before: &str, after: &str, kind: EdgeKind) -> (String, String, EdgeKind) {
    (before.to_owned(), after.to_owned(), kind)
}

#[test]
fn r18_an_account_is_awaited_from_the_app_that_makes_it() {
    let config = files(&[emma("MKT", "")]);
    let mut world = World::default();
    let planned = world.run(&config, NOW);
    assert_eq!(
        short(&planned),
        [
            "1042 create",
            "1042 grant CRM",
            "1042 await in crm",
            "1042 grant Everyone in crm",
            "1042 grant Everyone",
            "1042 grant Marketing",
        ]
    );
    assert_eq!(
        between_apps(&planned),
        [
            edge("1042 create", "1042 await in crm", EdgeKind::Requires),
            edge("1042 grant CRM", "1042 await in crm", EdgeKind::Requires),
        ]
        .into()
    );
    let grant = &planned.body.changes[1];
    let provides = |reason: &&provisor::model::reason::Reason| matches!(&reason.why, Why::Provides { app } if *app == crm());
    assert!(grant.reasons.iter().any(|reason| provides(&reason)));
    let Action::Await { account, by } = &planned.body.changes[2].action else {
        panic!("an await");
    };
    // What the source makes, it describes: no HR id of ours, no attributes (R15).
    assert_eq!((&account.hr_id, account.attributes.len()), (&None, 0));
    assert_eq!((by.source.as_str(), by.deadline), ("directory", 600));
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
    let memory = world.history.apps[&crm()].memories.values().next().unwrap();
    assert!(memory.created_by.is_some() && memory.desired);
}

#[test]
fn r18_one_of_the_groups_is_enough_and_the_source_follows_from_the_app() {
    let config = files(&[emma("SALES", "")]);
    assert_eq!(
        short(&World::default().plan(&config, NOW)),
        ["1042 create", "1042 grant Sales", "1042 await in crm"]
    );
    let config = files(&[emma("AGENT", "")]);
    let planned = World::default().plan(&config, NOW);
    assert_eq!(
        short(&planned),
        ["1042 create", "1042 grant CRM", "1042 await in crm"]
    );
}

#[test]
fn r18_an_extra_implies_the_group_for_as_long_as_it_lasts() {
    let extra =
        "[[extra]]\nperson = \"7\"\nuntil = 2026-03-07\nreason = \"INC-1\"\napps.crm = {}\n";
    let config = files(&[priya("STAFF", ""), extra.to_owned()]);
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    assert_eq!(
        short(&world.run(&config, NOW)),
        ["7 grant CRM", "7 await in crm"]
    );
    let after = "2026-03-08T08:00:00Z";
    let planned = world.run(&config, after);
    assert_eq!(
        short(&planned),
        ["7 revoke CRM", "7 deactivate by directory in crm"]
    );
    assert_eq!(short(&world.plan(&config, after)), [""; 0]);
    // Whoever has a group that does the same needs no second one.
    let config = files(&[priya("SALES", ""), extra.to_owned()]);
    let world = World::with([account("7", "Priya", &["Sales"])]);
    assert!(!short(&world.plan(&config, NOW)).contains(&"7 grant CRM".to_owned()));
}

#[test]
fn r18_accounts_come_no_earlier_than_their_source() {
    let settings = format!("{SETTINGS}{CRM}").replacen(
        "mode = \"enforce\"",
        "mode = \"enforce\"\nprovision_before_start = \"2 days\"",
        1,
    );
    let config = cascading(config(&settings, PROFILES, &emma("MKT", "")));
    let planned = World::default().plan(&config, NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(planned.body.upcoming.len(), 1);
}

#[test]
fn r18_a_move_awaits_the_account_on_its_day_and_not_before() {
    let periods = "periods = [ { from = 2020-01-01, until = 2026-03-08, job_code = \"STAFF\" },\n\
                   { from = 2026-03-09, job_code = \"MKT\" } ]";
    let entry = format!(
        "[[people]]\nid = \"815\"\nname = {{ given = \"Luis\", family = \"Example\" }}\nemail = \"luis@meridian.com\"\n{periods}\n"
    );
    let config = files(&[entry]);
    let mut world = World::with([account("815", "Luis", &["Everyone"])]);
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
    let day = "2026-03-09T07:00:00Z";
    assert_eq!(
        short(&world.run(&config, day)),
        [
            "815 grant CRM",
            "815 await in crm",
            "815 grant Everyone in crm",
            "815 grant Marketing",
        ]
    );
    assert_eq!(short(&world.plan(&config, day)), [""; 0]);
}

/// A few days without it, while provisioning for the next period is open already.
#[test]
fn r18_an_account_is_closed_in_between_with_what_makes_it() {
    let periods = "periods = [ { from = 2020-01-01, until = 2026-03-08, job_code = \"MKT\" },\n\
                   { from = 2026-03-09, until = 2026-03-11, job_code = \"STAFF\" },\n\
                   { from = 2026-03-12, job_code = \"MKT\" } ]";
    let fixed = "job_code = \"MKT\"\nstart_date = 2020-01-01";
    let config = files(&[priya("MKT", "").replace(fixed, periods)]);
    let mut world = World::default();
    world.run(&config, NOW);
    let between = short(&world.run(&config, "2026-03-09T12:00:00Z"));
    assert!(
        between.contains(&"7 deactivate by directory in crm".to_owned()),
        "{between:?}"
    );
    let back = world.run(&config, "2026-03-12T12:00:00Z");
    assert_eq!(withheld(&back), [""; 0]);
    assert!(
        short(&back).contains(&"7 await in crm".to_owned()),
        "{:?}",
        short(&back)
    );
    assert_eq!(short(&world.plan(&config, "2026-03-12T12:00:00Z")), [""; 0]);
}

#[test]
fn r26_joiner_mover_leaver_and_rehire_converge() {
    let mut world = World::default();
    let mut runs = |entry: String, at: &str| {
        let config = files(&[entry]);
        let planned = world.run(&config, at);
        assert_eq!(short(&world.plan(&config, at)), [""; 0], "after {at}");
        assert_eq!(withheld(&planned), [""; 0]);
        short(&planned)
    };
    runs(priya("MKT", ""), NOW);
    let moved = runs(priya("STAFF", ""), "2026-03-08T12:00:00Z");
    let closed = "7 deactivate by directory in crm".to_owned();
    assert!(moved.contains(&closed), "{moved:?}");
    let back = runs(priya("MKT", ""), "2026-03-09T12:00:00Z");
    assert!(back.contains(&"7 await in crm".to_owned()), "{back:?}");
    let left = runs(
        priya("MKT", "end_date = 2026-03-10"),
        "2026-03-12T12:00:00Z",
    );
    assert_eq!(left, ["7 deactivate".to_owned(), closed]);
    let periods = "periods = [ { from = 2020-01-01, until = 2026-03-10, job_code = \"MKT\" },\n\
                   { from = 2026-03-20, job_code = \"MKT\" } ]";
    let again = priya("MKT", "").replace("job_code = \"MKT\"\nstart_date = 2020-01-01", periods);
    let rehired = runs(again, "2026-03-20T12:00:00Z");
    assert_eq!(rehired, ["7 reactivate", "7 await in crm"]);
}

#[test]
fn r18_what_the_source_never_closed_is_opened_by_us() {
    let mut config = files(&[priya("MKT", "")]);
    let suspends = |config: &mut Config| {
        let directory = config.apps.get_mut(&app()).unwrap();
        Arc::make_mut(&mut directory.description).leaving.unassigns = false;
    };
    suspends(&mut config);
    let mut world = World::default();
    world.source = Source::Suspending;
    world.run(&config, NOW);
    let mut left = files(&[priya("MKT", "end_date = 2026-03-08")]);
    suspends(&mut left);
    let planned = world.run(&left, "2026-03-10T12:00:00Z");
    assert_eq!(short(&planned), ["7 deactivate in crm", "7 deactivate"]);
    let planned = world.run(&config, "2026-03-11T12:00:00Z");
    assert_eq!(short(&planned), ["7 reactivate", "7 reactivate in crm"]);
    assert_eq!(short(&world.plan(&config, "2026-03-11T12:00:00Z")), [""; 0]);
}

#[test]
fn r17_an_unread_source_skips_what_it_should_make_and_withholds_no_closing() {
    let left = priya("MKT", "end_date = 2026-03-06");
    let mut world = World::with([account("7", "Priya", &["CRM", "Everyone", "Marketing"])]);
    world
        .crm
        .insert("c1".into(), account("0", "Priya", &["Everyone"]));
    world.source = Source::Unread;
    let planned = world.plan(&files(&[emma("MKT", ""), left]), NOW);
    assert_eq!(short(&planned), ["7 deactivate in crm"]);
    assert_eq!(withheld(&planned), ["1042 skipped R17"]);
    let skipped = &planned.body.withheld[0];
    let whole: Vec<_> = skipped.changes.iter().map(step).collect();
    assert_eq!(whole, ["1042 await in crm", "1042 grant Everyone in crm"]);
    let because = "unavailable while reading users".to_owned();
    let source = app();
    assert_eq!(skipped.why, Impediment::SourceUnread { source, because });
}

#[test]
fn r17_what_is_held_or_blocked_in_the_source_skips_the_await() {
    // Held: the account was closed, and not by us.
    let mut closed = account("7", "Priya", &[]);
    closed.status = Status::Inactive;
    let mut world = World::with([closed]);
    world.run(&files(&[]), NOW);
    let planned = world.plan(&files(&[priya("MKT", "")]), NOW);
    assert_eq!(withheld(&planned), ["7 held R9", "7 skipped R17"]);
    // Blocked: the group is unknown. What the account holds elsewhere is not concerned.
    let mut world = World::default();
    world.groups.remove("CRM");
    let planned = world.plan(&files(&[emma("MKT", "")]), NOW);
    assert_eq!(withheld(&planned), ["1042 blocked R11", "1042 skipped R17"]);
    assert_eq!(
        short(&planned),
        ["1042 create", "1042 grant Everyone", "1042 grant Marketing"]
    );
}

#[test]
fn r18_a_group_that_assigns_nothing_skips_the_await() {
    let mut world = World::default();
    world.idle.insert("CRM".to_owned());
    let planned = world.plan(&files(&[emma("MKT", "")]), NOW);
    assert_eq!(withheld(&planned), ["1042 skipped R18"]);
    assert!(short(&planned).contains(&"1042 grant CRM".to_owned()));
    assert_eq!(planned.body.withheld[0].state, WithheldState::Skipped);
}

#[test]
fn r17_a_failed_step_skips_the_await_and_the_next_run_does_it() {
    let config = files(&[emma("MKT", "")]);
    let mut world = World::default();
    world.failing.insert("1042 grant CRM".to_owned());
    world.run(&config, NOW);
    assert!(world.crm.is_empty());
    world.failing.clear();
    let planned = world.run(&config, NOW);
    let steps = [
        "1042 grant CRM",
        "1042 await in crm",
        "1042 grant Everyone in crm",
    ];
    assert_eq!(short(&planned), steps);
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
}

#[test]
fn r18_what_comes_too_late_is_awaited_again() {
    let config = files(&[emma("AGENT", "")]);
    let mut world = World::default();
    world.source = Source::Slow;
    world.run(&config, NOW);
    let planned = world.plan(&config, NOW);
    assert_eq!(short(&planned), ["1042 await in crm"]);
    assert!(
        planned.body.edges.is_empty(),
        "the source has done its part"
    );
}

/// `crm` from `hub` from the directory.
#[test]
fn r18_a_chain_is_awaited_link_by_link_and_skipped_from_its_first_break() {
    let hub = CRM.replace("apps.crm", "apps.hub");
    let settings = format!("{SETTINGS}{CRM}{hub}");
    let mut config = cascading(config(&settings, PROFILES, &emma("AGENT", "")));
    let from_directory = config.apps[&crm()].provisioned_by.clone();
    config.apps.get_mut("hub").unwrap().provisioned_by = from_directory;
    let hub = config.apps.get_mut("hub").unwrap();
    Arc::make_mut(&mut hub.description).assigns = Some(KindIndex(0));
    let crm = config.apps.get_mut(&crm()).unwrap();
    crm.provisioned_by.as_mut().unwrap().app = "hub".into();
    let mut world = World::default();
    let planned = world.plan(&config, NOW);
    let steps = [
        "1042 create",
        "1042 grant CRM",
        "1042 await in hub",
        "1042 grant CRM in hub",
        "1042 await in crm",
    ];
    assert_eq!(short(&planned), steps);
    let requires = |before, after| edge(before, after, EdgeKind::Requires);
    assert_eq!(
        between_apps(&planned),
        [
            requires(steps[0], steps[2]),
            requires(steps[1], steps[2]),
            requires(steps[2], steps[4]),
            requires(steps[3], steps[4]),
        ]
        .into()
    );
    world.source = Source::Unread;
    let planned = world.plan(&config, NOW);
    assert_eq!(short(&planned), [""; 0]);
    let whys: Vec<_> = planned.body.withheld.iter().map(|held| &held.why).collect();
    let source = "hub".into();
    assert!(
        whys.contains(&&Impediment::SourceWithheld { source }),
        "{whys:?}"
    );
    assert!(
        whys.iter()
            .any(|why| matches!(why, Impediment::SourceUnread { .. }))
    );
}

#[test]
fn r18_a_closing_is_awaited_only_where_the_source_held_the_account() {
    // Made by hand: the directory has nothing to take back.
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    world.crm.insert("c1".into(), account("0", "Priya", &[]));
    let planned = world.plan(&files(&[priya("MKT", "end_date = 2026-03-06")]), NOW);
    assert_eq!(short(&planned), ["7 deactivate in crm", "7 deactivate"]);
    // Neither does it where the last such group stays.
    let mut world = World::default();
    world.run(&files(&[priya("SALES", "")]), NOW);
    let keeps = PROFILES.replace("[profiles.SALES.apps.crm]\n", "");
    let settings = format!("{SETTINGS}{CRM}");
    let kept = cascading(config(&settings, &keeps, &priya("SALES", "")));
    assert_eq!(short(&world.plan(&kept, NOW)), ["7 deactivate in crm"]);
    // Or where another takes its place.
    let mut world = World::default();
    world.run(&files(&[priya("MKT", "")]), NOW);
    let steps = short(&world.plan(&kept, NOW));
    assert!(
        steps.contains(&"7 revoke CRM".to_owned()) && steps.contains(&"7 grant Sales".to_owned())
    );
    assert!(
        steps.contains(&"7 deactivate in crm".to_owned()),
        "{steps:?}"
    );
}

#[test]
fn r10_a_group_that_makes_accounts_is_taken_from_whoever_needs_none() {
    let mut world = World::with([account("7", "Priya", &["CRM", "Everyone"])]);
    let planned = world.run(&files(&[priya("STAFF", "")]), NOW);
    assert_eq!(short(&planned), ["7 revoke CRM"]);
}

#[test]
fn r7_what_the_source_stores_is_no_hr_id() {
    // The directory's own id happens to be another's HR id.
    let mut world = World::with([account("7", "Priya", &["Sales"])]);
    world.crm.insert("c1".into(), account("1042", "Priya", &[]));
    let config = files(&[priya("SALES", ""), emma("SALES", "")]);
    let planned = world.run(&config, NOW);
    assert_eq!(withheld(&planned), [""; 0]);
    assert_eq!(
        short(&planned),
        ["1042 create", "1042 grant Sales", "1042 await in crm"]
    );
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
}

#[test]
fn r22_a_change_of_who_provides_is_an_edit_of_the_files() {
    let both = [priya("STAFF", ""), emma("MKT", "")];
    let config = files(&both);
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    world.run(&config, NOW);
    let mut edited = files(&both);
    let crm = edited.apps.get_mut(&crm()).unwrap();
    crm.provisioned_by.as_mut().unwrap().groups = vec!["Sales".to_owned()];
    let (before, after) = (config.facts(), edited.facts());
    let changed: Vec<_> = before.iter().zip(&after).map(|(a, b)| a != b).collect();
    assert_eq!(changed, [true, false], "of Emma, and of nobody else");
}

#[test]
fn r16_sign_in_is_cut_first_unless_the_files_say_the_contrary() {
    let left = priya("MKT", "end_date = 2026-03-06");
    let plan = |after: &str| {
        let crm = CRM.replace("[apps.crm]", "[apps.crm]\nunmanaged = \"ignore\"");
        let settings = format!("{SETTINGS}{after}{crm}");
        let mut config = config(&settings, PROFILES, &left);
        let directory = config.apps.get_mut(&app()).unwrap();
        Arc::make_mut(&mut directory.description).identity_provider = true;
        let mut world = World::with([account("7", "Priya", &["Everyone"])]);
        world.crm.insert("c1".into(), account("7", "Priya", &[]));
        between_apps(&world.plan(&config, NOW))
    };
    let (here, there) = ("7 deactivate", "7 deactivate in crm");
    let first = edge(here, there, EdgeKind::Follows);
    assert_eq!(plan(""), [first].into());
    let last = edge(there, here, EdgeKind::Follows);
    assert_eq!(plan("after = [\"crm\"]\n"), [last].into());
}

#[test]
fn r2_a_closing_that_destroys_data_needs_a_word_for_it() {
    let left = [priya("SALES", "end_date = 2026-03-06")];
    let mut config = files(&left);
    let directory = config.apps.get_mut(&app()).unwrap();
    Arc::make_mut(&mut directory.description)
        .leaving
        .destroys_data = true;
    let world = World::with([account("7", "Priya", &["Sales"])]);
    let planned = world.plan(&config, NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 blocked R2".to_owned()])
    );
    assert_eq!(planned.body.withheld[0].changes.len(), 1);
    config.apps.get_mut(&app()).unwrap().allow_destructive = true;
    assert_eq!(short(&world.plan(&config, NOW)), ["7 deactivate"]);
}
