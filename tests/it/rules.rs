//! The rules, by their numbers: what a plan says for one app in memory.

use jiff::civil::date;
use provisor::model::account::Status;
use provisor::model::plan::EdgeKind;
use provisor::model::reason::{Cause, Why};
use provisor::model::upcoming::What;
use provisor::model::withheld::Impediment;

use crate::world::{NOW, PROFILES, SETTINGS, World, account, app, config, person, short, withheld};

fn files(people: &[String]) -> provisor::config::Config {
    config(SETTINGS, PROFILES, &people.concat())
}

fn emma(rest: &str) -> String {
    person("1042", "Emma", "MKT", "2026-03-17", rest)
}

#[test]
fn r1_provisioning_opens_ten_business_days_before_the_start() {
    let config = files(&[emma("")]);
    let world = World::default();
    // Tuesday 3 March, midnight in Los Angeles.
    assert_eq!(short(&world.plan(&config, "2026-03-03T07:59:59Z")), [""; 0]);
    let upcoming = world.plan(&config, "2026-03-03T07:59:59Z").body.upcoming;
    let opens = What::Opens { apps: vec![app()] };
    assert_eq!(
        (upcoming[0].on, &upcoming[0].brings),
        (date(2026, 3, 3), &opens)
    );
    let planned = world.plan(&config, "2026-03-03T08:00:00Z");
    assert_eq!(
        short(&planned),
        ["1042 create", "1042 grant Everyone", "1042 grant Marketing"]
    );
    assert!(
        planned
            .body
            .upcoming
            .iter()
            .all(|event| event.brings != opens)
    );
}

#[test]
fn r1_the_last_day_is_inclusive_in_the_persons_own_time_zone() {
    for (zone, still, gone) in [
        ("", "2026-03-07T07:59:59Z", "2026-03-07T08:00:00Z"),
        (
            "time_zone = \"Australia/Sydney\"",
            "2026-03-06T12:59:59Z",
            "2026-03-06T13:00:00Z",
        ),
    ] {
        let config = files(&[person(
            "7",
            "Priya",
            "SALES",
            "2020-01-01",
            &format!("end_date = 2026-03-06\n{zone}"),
        )]);
        let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
        assert_eq!(short(&world.plan(&config, still)), [""; 0], "{zone}");
        assert_eq!(
            short(&world.plan(&config, gone)),
            ["7 deactivate"],
            "{zone}"
        );
    }
}

#[test]
fn r1_an_account_made_early_is_kept_when_the_start_moves_later() {
    let mut world = World::default();
    world.run(&files(&[emma("")]), NOW);
    let later = files(&[person("1042", "Emma", "MKT", "2026-09-01", "")]);
    let planned = world.plan(&later, NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
    assert_eq!(
        world.accounts.values().next().unwrap().status,
        Status::Active
    );
}

#[test]
fn r1_access_ends_cuts_at_its_instant() {
    let cut = "access_ends = 2026-03-05T15:00:00-08:00";
    let config = files(&[person("7", "Priya", "SALES", "2020-01-01", cut)]);
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.plan(&config, "2026-03-05T22:59:59Z")), [""; 0]);
    let planned = world.plan(&config, "2026-03-05T23:00:00Z");
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert!(matches!(
        planned.body.changes[0].reasons[0].why,
        Why::AccessEnded { .. }
    ));
}

#[test]
fn r1_a_move_is_no_gap_and_swaps_on_its_day() {
    let periods = "periods = [ { from = 2020-01-01, until = 2026-03-08, job_code = \"SALES\" },\n\
                   { from = 2026-03-09, job_code = \"MKT\" } ]";
    let entry = format!(
        "[[people]]\nid = \"815\"\nname = {{ given = \"Luis\", family = \"Example\" }}\nemail = \"luis@meridian.com\"\n{periods}\n"
    );
    let config = config(&SETTINGS.replace("24:00", "17:00"), PROFILES, &entry);
    let world = World::with([account("815", "Luis", &["Everyone", "Sales"])]);
    // Sunday evening, past the cutoff of a last day: a move is not a leave.
    assert_eq!(short(&world.plan(&config, "2026-03-09T02:00:00Z")), [""; 0]);
    assert_eq!(
        short(&world.plan(&config, "2026-03-09T07:00:00Z")),
        ["815 grant Marketing", "815 revoke Sales"]
    );
}

#[test]
fn r1_extras_last_through_their_last_day() {
    let extra = "[[extra]]\nperson = \"7\"\nuntil = 2026-03-07\nreason = \"INC-1\"\napps.directory.groups = [\"Marketing\"]\n";
    let config = files(&[
        person("7", "Priya", "SALES", "2020-01-01", ""),
        extra.to_owned(),
    ]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.run(&config, NOW)), ["7 grant Marketing"]);
    assert_eq!(short(&world.plan(&config, "2026-03-08T07:59:59Z")), [""; 0]);
    let after = world.plan(&config, "2026-03-08T08:00:00Z");
    assert_eq!(short(&after), ["7 revoke Marketing"]);
    assert_eq!(after.body.changes[0].cause, Cause::Clock);
}

#[test]
fn r2_values_are_released_after_thirty_days_and_never_before() {
    let config = files(&[person(
        "7",
        "Priya",
        "SALES",
        "2020-01-01",
        "end_date = 2026-03-06",
    )]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.run(&config, NOW)), ["7 deactivate"]);
    assert_eq!(short(&world.plan(&config, "2026-04-06T06:59:59Z")), [""; 0]);
    assert_eq!(
        short(&world.run(&config, "2026-04-06T08:00:00Z")),
        ["7 revoke Everyone", "7 revoke Sales"]
    );
    assert_eq!(short(&world.plan(&config, "2026-04-07T08:00:00Z")), [""; 0]);
}

/// Also where a clock was changed in between: neither an hour early nor an hour late.
#[test]
fn r2_the_days_until_a_release_are_those_of_a_calendar() {
    for (end, zone, before, due) in [
        (
            "2026-10-15",
            "America/Los_Angeles",
            "2026-11-15T07:59:59Z",
            "2026-11-15T08:00:00Z",
        ),
        (
            "2026-03-06",
            "America/Los_Angeles",
            "2026-04-06T06:59:59Z",
            "2026-04-06T07:00:00Z",
        ),
        (
            "2026-03-27",
            "Australia/Sydney",
            "2026-04-26T13:59:59Z",
            "2026-04-26T14:00:00Z",
        ),
    ] {
        let rest = format!("end_date = {end}\ntime_zone = \"{zone}\"");
        let config = files(&[person("7", "Priya", "SALES", "2020-01-01", &rest)]);
        let mut closed = account("7", "Priya", &["Everyone", "Sales"]);
        closed.status = Status::Inactive;
        let world = World::with([closed]);
        assert_eq!(short(&world.plan(&config, before)), [""; 0], "{end} {zone}");
        let released = ["7 revoke Everyone", "7 revoke Sales"];
        assert_eq!(short(&world.plan(&config, due)), released, "{end} {zone}");
    }
}

#[test]
fn r2_a_late_closing_releases_at_once_and_leaves_nothing_to_do() {
    let end = "end_date = 2026-03-06";
    let config = files(&[person("7", "Priya", "SALES", "2020-01-01", end)]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let late = "2026-04-07T08:00:00Z";
    let planned = world.run(&config, late);
    let steps = ["7 deactivate", "7 revoke Everyone", "7 revoke Sales"];
    assert_eq!(short(&planned), steps);
    assert_eq!(planned.body.edges.len(), 2, "the cut comes first");
    assert_eq!(short(&world.plan(&config, late)), [""; 0]);
}

/// Where leaving removes the account, there is nothing left to empty, and a return is a new one.
#[test]
fn r2_an_account_that_leaving_removes_is_gone_and_made_anew_on_return() {
    let priya = |rest: &str| files(&[person("7", "Priya", "SALES", "2020-01-01", rest)]);
    let mut world = World::default();
    world.removing = true;
    world.run(&priya(""), NOW);
    let late = "2026-04-07T08:00:00Z";
    world.run(&priya("end_date = 2026-03-06"), late);
    assert!(world.accounts.is_empty());
    let memories = |world: &World| world.history.apps[&app()].memories.len();
    assert_eq!(memories(&world), 0);
    assert_eq!(
        short(&world.plan(&priya("end_date = 2026-03-06"), late)),
        [""; 0]
    );
    let made = ["7 create", "7 grant Everyone", "7 grant Sales"];
    // Absence is concluded from a complete reading only (R9).
    world.incomplete = true;
    assert_eq!(short(&world.plan(&priya(""), late)), [""; 0]);
    world.incomplete = false;
    assert_eq!(short(&world.run(&priya(""), late)), made);
    assert_eq!(short(&world.plan(&priya(""), late)), [""; 0]);
}

#[test]
fn r3_a_person_who_vanishes_while_a_period_runs_is_held() {
    let mut world = World::default();
    let both = [emma(""), person("7", "Priya", "SALES", "2020-01-01", "")];
    world.run(&files(&both), NOW);
    let planned = world.plan(&files(&both[..1]), NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held R3".to_owned()])
    );
    // It stays so run after run.
    world.run(&files(&both[..1]), NOW);
    assert_eq!(
        withheld(&world.plan(&files(&both[..1]), NOW)),
        ["7 held R3"]
    );
}

#[test]
fn r3_a_leaver_removed_from_the_files_before_every_account_was_read_back_closed_is_still_closed() {
    let mut world = World::default();
    let leaver = person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-07");
    world.run(&files(&[emma(""), leaver]), NOW);
    let config = files(&[emma("")]);
    let planned = world.run(&config, "2026-03-09T12:00:00Z");
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(short(&world.plan(&config, "2026-03-10T12:00:00Z")), [""; 0]);
    // A leaver stays one: an account that somebody opens again is closed again.
    let account = world
        .accounts
        .values_mut()
        .find(|account| account.hr_id == "7");
    account.unwrap().status = Status::Active;
    let planned = world.plan(&config, "2026-03-11T12:00:00Z");
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Drift);
}

#[test]
fn r4_an_app_that_no_profile_names_any_more_is_closed_if_it_was_ours_and_surplus_if_not() {
    let priya = |profile: &str| files(&[person("7", "Priya", profile, "2020-01-01", "")]);
    let mut world = World::with([account("7", "Priya", &["Everyone"])]);
    let first = world.plan(&priya("NONE"), NOW);
    assert_eq!(short(&first), [""; 0]);
    assert_eq!(first.body.surplus.len(), 1);
    world.run(&priya("SALES"), NOW);
    assert_eq!(short(&world.plan(&priya("NONE"), NOW)), ["7 deactivate"]);
}

#[test]
fn r5_accounts_of_nobody_are_reported_and_never_touched() {
    let mut robot = account("", "Robot", &["Sales"]);
    robot.attributes.clear();
    let mut world = World::with([robot.clone()]);
    let planned = world.run(&files(&[emma("")]), NOW);
    assert_eq!(planned.body.unmanaged.len(), 1);
    assert_eq!(world.accounts["u0001"], robot);
}

#[test]
fn r7_an_hr_id_of_another_beats_an_email_and_the_email_is_held() {
    for (hr_id, others) in [
        ("999", vec![]),
        ("7", vec![person("7", "Priya", "NONE", "2020-01-01", "")]),
    ] {
        let mut stolen = account(hr_id, "Emma", &[]);
        stolen.attributes.clear();
        let people = [vec![emma("")], others].concat();
        let planned = World::with([stolen]).plan(&files(&people), NOW);
        assert_eq!(short(&planned), [""; 0], "{hr_id}");
        assert_eq!(withheld(&planned), ["1042 held R7"], "{hr_id}");
    }
}

#[test]
fn r7_links_and_ids_of_the_past_carry_over_and_emails_compare_folded() {
    let mut old = account("c-204", "Emma", &["Everyone", "Marketing"]);
    old.login = "EMMA.Smith@Meridian.com".to_owned();
    let config = files(&[emma(
        "previous_ids = [\"c-204\"]\nprevious_emails = [\"emma.smith@meridian.com\"]",
    )]);
    let planned = World::with([old]).plan(&config, NOW);
    assert_eq!(short(&planned), ["1042 adopt", "1042 update login+email"]);
}

#[test]
fn r7_a_renamed_person_keeps_the_account_by_its_link_alone() {
    let mut world = World::default();
    world.run(&files(&[emma("")]), NOW);
    let account = world.accounts.values_mut().next().unwrap();
    account.hr_id.clear();
    let renamed = emma("").replace("emma@", "emma.johnson@");
    let planned = world.plan(&files(&[renamed]), NOW);
    assert_eq!(short(&planned), ["1042 adopt", "1042 update login+email"]);
}

#[test]
fn r8_two_accounts_of_one_person_are_held_and_the_certain_one_is_closed() {
    let mut second = account("", "Priya", &[]);
    second.login = "priya.old@meridian.com".to_owned();
    let rest = "previous_emails = [\"priya.old@meridian.com\"]";
    let world = World::with([account("7", "Priya", &["Everyone"]), second]);
    let planned = world.plan(
        &files(&[person("7", "Priya", "SALES", "2020-01-01", rest)]),
        NOW,
    );
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held R8".to_owned()])
    );
    let left = files(&[person(
        "7",
        "Priya",
        "SALES",
        "2020-01-01",
        &format!("{rest}\nend_date = 2026-03-06"),
    )]);
    let planned = world.plan(&left, NOW);
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(
        planned.body.changes[0]
            .account
            .as_ref()
            .unwrap()
            .vendor_id
            .raw(),
        "u0001"
    );
    assert_eq!(
        withheld(&planned),
        ["7 held R8"],
        "the other door is still open, and said so"
    );
}

#[test]
fn r8_all_accounts_of_a_leaver_that_are_surely_theirs_are_closed() {
    let mut second = account("7", "Priya", &[]);
    second.login = "p.nair@meridian.com".to_owned();
    let world = World::with([account("7", "Priya", &["Everyone"]), second]);
    let here = files(&[person("7", "Priya", "SALES", "2020-01-01", "")]);
    let planned = world.plan(&here, NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held R8".to_owned()])
    );
    let left = person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-06");
    let planned = world.plan(&files(&[left]), NOW);
    assert_eq!(short(&planned), ["7 deactivate", "7 deactivate"]);
    assert_eq!(withheld(&planned), [""; 0]);
}

#[test]
fn r8_two_people_of_one_account_are_held_with_both_named() {
    let mut shared = account("", "Old", &[]);
    shared.login = "shared@meridian.com".to_owned();
    let rest = "previous_emails = [\"shared@meridian.com\"]";
    let people = [
        person("7", "Priya", "SALES", "2020-01-01", rest),
        person("8", "Paul", "SALES", "2020-01-01", rest),
    ];
    let planned = World::with([shared]).plan(&files(&people), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 held R8", "8 held R8"]);
}

#[test]
fn r9_an_inactive_account_is_opened_again_only_for_a_reason() {
    let priya = files(&[person("7", "Priya", "SALES", "2020-01-01", "")]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.run(&priya, NOW);
    // Somebody else closes it: held, run after run.
    world.accounts.get_mut("u0001").unwrap().status = Status::Inactive;
    for _ in 0..2 {
        let planned = world.run(&priya, "2026-03-08T12:00:00Z");
        assert_eq!(
            (short(&planned), withheld(&planned)),
            (vec![], vec!["7 held R9".to_owned()])
        );
    }
    // She leaves while it is closed, and a later period opens: that is a rehire.
    let rehired = "periods = [ { from = 2020-01-01, until = 2026-03-10, job_code = \"SALES\" },\n\
                   { from = 2026-06-01, job_code = \"MKT\" } ]";
    let entry = format!(
        "[[people]]\nid = \"7\"\nname = {{ given = \"Priya\", family = \"Example\" }}\nemail = \"priya@meridian.com\"\n{rehired}\n"
    );
    let config = files(&[entry]);
    assert_eq!(short(&world.run(&config, "2026-03-20T12:00:00Z")), [""; 0]);
    let planned = world.plan(&config, "2026-06-01T12:00:00Z");
    let mut steps = short(&planned);
    assert!(
        steps.iter().position(|step| step == "7 revoke Sales")
            < steps.iter().position(|step| step == "7 reactivate")
    );
    steps.sort();
    assert_eq!(
        steps,
        ["7 grant Marketing", "7 reactivate", "7 revoke Sales"]
    );
}

#[test]
fn r9_what_we_closed_we_open_again() {
    let on_leave = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let leave = "leave = { from = 2026-03-01, until = 2026-03-31 }";
    let config = config(
        &on_leave,
        PROFILES,
        &person("7", "Priya", "SALES", "2020-01-01", leave),
    );
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.run(&config, NOW)), ["7 deactivate"]);
    assert_eq!(short(&world.plan(&config, "2026-03-31T12:00:00Z")), [""; 0]);
    let planned = world.run(&config, "2026-04-01T12:00:00Z");
    assert_eq!(short(&planned), ["7 reactivate"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Clock);
    assert_eq!(short(&world.plan(&config, "2026-04-02T12:00:00Z")), [""; 0]);
}

/// `on_leave = "suspend"` is for apps that can give back what they take.
#[test]
fn r2_leave_closes_nothing_that_does_not_come_back() {
    let on_leave = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let leave = "leave = { from = 2026-03-01, until = 2026-03-31 }";
    let people = person("7", "Priya", "SALES", "2020-01-01", leave);
    let mut config = config(&on_leave, PROFILES, &people);
    for app in config.apps.values_mut() {
        let description = std::sync::Arc::make_mut(&mut app.description);
        description.leaving.reversible = false;
    }
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    assert_eq!(short(&world.plan(&config, NOW)), [""; 0]);
}

#[test]
fn r9_after_an_incomplete_reading_nothing_is_created_and_nothing_removed() {
    let people = [
        emma(""),
        person("7", "Priya", "SALES", "2020-01-01", "end_date = 2026-03-06"),
    ];
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.incomplete = true;
    let planned = world.plan(&files(&people), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["1042 blocked R9", "7 blocked R9"]);
}

#[test]
fn r10_only_named_values_are_taken_and_a_value_named_in_the_past_still_counts() {
    let priya = person("7", "Priya", "SALES", "2020-01-01", "");
    let mut world = World::with([account(
        "7",
        "Priya",
        &["Everyone", "Sales", "Marketing", "Chess"],
    )]);
    world.groups.insert("Chess".to_owned());
    assert_eq!(
        short(&world.run(&files(std::slice::from_ref(&priya)), NOW)),
        ["7 revoke Marketing"]
    );
    let without = PROFILES.replace("[\"Everyone\", \"Sales\"]", "[\"Everyone\"]");
    let planned = world.plan(&config(SETTINGS, &without, &priya), NOW);
    assert_eq!(short(&planned), ["7 revoke Sales"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Files);
}

#[test]
fn r11_a_value_that_the_app_does_not_know_blocks_that_grant_alone() {
    let mut world = World::default();
    world.groups.remove("Marketing");
    world.groups.insert("Marketting".to_owned());
    let planned = world.plan(&files(&[emma("")]), NOW);
    assert_eq!(short(&planned), ["1042 create", "1042 grant Everyone"]);
    let Impediment::UnknownValue { nearest, .. } = &planned.body.withheld[0].why else {
        panic!()
    };
    assert_eq!(nearest[0].raw(), "Marketting");
}

#[test]
fn r16_an_account_comes_before_what_it_holds() {
    let planned = World::default().plan(&files(&[emma("")]), NOW);
    let body = &planned.body;
    assert_eq!(body.edges.len(), 2);
    assert!(
        body.edges
            .iter()
            .all(|edge| edge.before == body.changes[0].id && edge.kind == EdgeKind::Requires)
    );
}

#[test]
fn r22_what_changed_outside_is_drift() {
    let config = files(&[emma("")]);
    let mut world = World::default();
    assert_eq!(world.run(&config, NOW).body.changes[0].cause, Cause::Files);
    world
        .accounts
        .values_mut()
        .next()
        .unwrap()
        .groups
        .remove("Marketing");
    let planned = world.plan(&config, "2026-03-08T12:00:00Z");
    assert_eq!(short(&planned), ["1042 grant Marketing"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Drift);
}

#[test]
fn r25_without_a_snapshot_nothing_is_inferred_from_history() {
    let mut inactive = account("1042", "Emma", &[]);
    inactive.status = Status::Inactive;
    let planned =
        World::with([inactive, account("99", "Gone", &["Sales"])]).plan(&files(&[emma("")]), NOW);
    assert!(planned.body.first_run);
    assert_eq!(
        short(&planned),
        [
            "1042 reactivate",
            "1042 grant Everyone",
            "1042 grant Marketing"
        ]
    );
    assert_eq!(planned.body.unmanaged.len(), 1);
}

#[test]
fn a_person_with_a_faulty_entry_gets_nothing_and_is_closed_all_the_same() {
    let foreign = |rest: &str| {
        files(&[person("7", "Priya", "SALES", "2020-01-01", rest)
            .replace("@meridian.com", "@elsewhere.org")])
    };
    let mut known = account("7", "Priya", &["Everyone"]);
    known.login = "priya@elsewhere.org".to_owned();
    let world = World::with([known]);
    let planned = world.plan(&foreign(""), NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held entry".to_owned()])
    );
    assert_eq!(
        short(&world.plan(&foreign("end_date = 2026-03-06"), NOW)),
        ["7 deactivate"]
    );
}

#[test]
fn r22_what_a_run_left_undone_after_it_made_the_account_is_a_retry() {
    let config = files(&[emma("")]);
    let mut world = World::default();
    let first = world.run(&config, NOW);
    let undone = first.body.changes.last().unwrap();
    world.history.last.as_mut().unwrap().undone = vec![undone.id.clone()];
    for account in world.accounts.values_mut() {
        account.groups.remove("Marketing");
    }
    let again = world.plan(&config, NOW);
    assert_eq!(short(&again), ["1042 grant Marketing"]);
    assert_eq!(again.body.changes[0].cause, Cause::Retry);
}

/// An entry with periods of its own.
fn with_periods(id: &str, given: &str, periods: &str, rest: &str) -> String {
    format!(
        "[[people]]\nid = \"{id}\"\nname = {{ given = \"{given}\", family = \"Example\" }}\n\
         email = \"{}@meridian.com\"\nperiods = [{periods}]\n{rest}\n",
        given.to_lowercase()
    )
}

#[test]
fn r1_access_ends_is_the_end_whatever_periods_follow() {
    let cut = "access_ends = 2026-03-05T15:00:00-08:00";
    for periods in [
        // A move whose window is open.
        "{ from = 2020-01-01, until = 2026-03-15, job_code = \"SALES\" }, { from = 2026-03-16, job_code = \"MKT\" }",
        // Somebody who never started.
        "{ from = 2026-03-17, job_code = \"MKT\" }",
    ] {
        let config = files(&[with_periods("7", "Priya", periods, cut)]);
        let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
        assert_eq!(
            short(&world.plan(&config, NOW)),
            ["7 deactivate"],
            "{periods}"
        );
        assert_eq!(
            short(&World::default().plan(&config, NOW)),
            [""; 0],
            "{periods}"
        );
    }
}

#[test]
fn r2_leave_suspends_what_somebody_should_have_and_nothing_else() {
    let on_leave = SETTINGS.replace("on_leave = \"keep\"", "on_leave = \"suspend\"");
    let leave = "leave = { from = 2026-03-01 }";
    let config = config(
        &on_leave,
        PROFILES,
        &person("7", "Priya", "NONE", "2020-01-01", leave),
    );
    let planned = World::with([account("7", "Priya", &[])]).plan(&config, NOW);
    assert_eq!((short(&planned).len(), planned.body.surplus.len()), (0, 1));
}

#[test]
fn r3_an_account_that_names_somebody_who_is_here_is_not_closed_for_somebody_who_vanished() {
    let leaver = SETTINGS.replace(
        "on_leave = \"keep\"",
        "on_leave = \"keep\"\nremoved = \"leaver\"",
    );
    let entry = |id: &str| person(id, "Priya", "SALES", "2020-01-01", "");
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.run(&config(&leaver, PROFILES, &entry("7")), NOW);
    let planned = world.plan(&config(&leaver, PROFILES, &entry("77")), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 held R3", "77 held R7"]);
}

#[test]
fn r4_what_a_later_profile_names_again_is_closed_in_between() {
    let periods = "{ from = 2020-01-01, until = 2026-03-08, job_code = \"SALES\" },\n\
                   { from = 2026-03-09, until = 2027-03-08, job_code = \"NONE\" },\n\
                   { from = 2027-03-09, job_code = \"SALES\" }";
    let config = files(&[with_periods("7", "Priya", periods, "")]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.run(&config, NOW);
    assert_eq!(
        short(&world.run(&config, "2026-03-10T12:00:00Z")),
        ["7 deactivate"]
    );
    assert_eq!(
        short(&world.plan(&config, "2027-03-10T12:00:00Z")),
        ["7 reactivate"]
    );
}

#[test]
fn r4_an_account_made_early_is_closed_when_the_profile_drops_the_app() {
    let mut world = World::default();
    world.run(&files(&[emma("")]), NOW);
    let planned = world.plan(
        &files(&[person("1042", "Emma", "NONE", "2026-03-17", "")]),
        NOW,
    );
    assert_eq!(short(&planned), ["1042 deactivate"]);
}

#[test]
fn r5_a_protected_account_of_a_leaver_is_held_and_not_passed_over() {
    let protect = SETTINGS.replace(
        "mode = \"enforce\"",
        "mode = \"enforce\"\nprotected = [\"priya@meridian.com\"]",
    );
    let entry = |rest| person("7", "Priya", "SALES", "2020-01-01", rest);
    let world = World::with([account("7", "Priya", &["Marketing"])]);
    let left = world.plan(
        &config(&protect, PROFILES, &entry("end_date = 2026-03-06")),
        NOW,
    );
    assert_eq!(
        (short(&left), withheld(&left)),
        (vec![], vec!["7 held R5".to_owned()])
    );
    let stays = world.plan(&config(&protect, PROFILES, &entry("")), NOW);
    assert_eq!((short(&stays), withheld(&stays)), (vec![], vec![]));
}

#[test]
fn r7_a_wrong_address_during_one_run_takes_nobodys_account() {
    let mut bob = account("", "Bob", &[]);
    bob.login = "bob@vendor.org".to_owned();
    let mut world = World::with([bob.clone()]);
    let wrong = person("7", "Priya", "SALES", "2020-01-01", "")
        .replace("priya@meridian.com", "bob@vendor.org");
    assert_eq!(
        withheld(&world.run(&files(&[wrong]), NOW)),
        ["7 held entry"]
    );
    let right = files(&[person("7", "Priya", "SALES", "2020-01-01", "")]);
    assert_eq!(
        short(&world.run(&right, NOW)),
        ["7 create", "7 grant Everyone", "7 grant Sales"]
    );
    assert_eq!(world.accounts["u0001"], bob);
}

#[test]
fn r7_an_hr_id_that_nobody_knows_contradicts_a_link() {
    let mut world = World::default();
    world.run(&files(&[emma("")]), NOW);
    let account = world.accounts.values_mut().next().unwrap();
    account.hr_id = "999".to_owned();
    account.login = "newcomer@meridian.com".to_owned();
    let planned = world.plan(&files(&[emma("")]), NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["1042 held R7".to_owned()])
    );
}

#[test]
fn r7_people_who_swap_addresses_keep_their_accounts() {
    let both = |a: &str, b: &str| {
        files(&[
            person("1", a, "SALES", "2020-01-01", ""),
            person("2", b, "SALES", "2020-01-01", ""),
        ])
    };
    let mut world = World::default();
    world.run(&both("Ada", "Bo"), NOW);
    let planned = world.plan(&both("Bo", "Ada"), NOW);
    assert!(withheld(&planned).is_empty());
    assert_eq!(
        short(&planned),
        [
            "1 update login+email+given_name+display_name",
            "2 update login+email+given_name+display_name"
        ]
    );
}

#[test]
fn r8_the_certain_account_is_still_certain_after_a_run_and_closing_the_other_settles_it() {
    let mut second = account("", "Priya", &[]);
    second.login = "priya.old@meridian.com".to_owned();
    let rest = "previous_emails = [\"priya.old@meridian.com\"]";
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"]), second]);
    world.run(
        &files(&[person("7", "Priya", "SALES", "2020-01-01", rest)]),
        NOW,
    );
    let left = files(&[person(
        "7",
        "Priya",
        "SALES",
        "2020-01-01",
        &format!("{rest}\nend_date = 2026-03-06"),
    )]);
    let planned = world.run(&left, NOW);
    assert_eq!(short(&planned), ["7 deactivate"]);
    assert_eq!(
        planned.body.changes[0]
            .account
            .as_ref()
            .unwrap()
            .vendor_id
            .raw(),
        "u0001"
    );
    assert_eq!(withheld(&planned), ["7 held R8"]);
    world.accounts.get_mut("u0002").unwrap().status = Status::Inactive;
    let planned = world.plan(&left, NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
}

#[test]
fn r8_two_accounts_of_somebody_who_should_have_none_are_not_passed_over() {
    let mut second = account("7", "Priya", &[]);
    second.login = "priya.two@meridian.com".to_owned();
    let world = World::with([account("7", "Priya", &[]), second]);
    let planned = world.plan(
        &files(&[person("7", "Priya", "NONE", "2020-01-01", "")]),
        NOW,
    );
    assert_eq!(withheld(&planned), ["7 held R8"]);
}

#[test]
fn r8_one_login_is_not_given_to_two() {
    let local = SETTINGS.replace(
        "mode = \"enforce\"",
        "mode = \"enforce\"\nlogin = \"{email_local}\"",
    );
    let local = local.replace("[\"meridian.com\"]", "[\"meridian.com\", \"meridian.de\"]");
    let two = person("1", "Ada", "SALES", "2020-01-01", "")
        + &person("2", "Ada", "SALES", "2020-01-01", "")
            .replace("ada@meridian.com", "ada@meridian.de");
    let planned = World::default().plan(&config(&local, PROFILES, &two), NOW);
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["1 held R8".to_owned(), "2 held R8".to_owned()])
    );
}

#[test]
fn r9_an_incomplete_or_emptied_reading_forgets_nobody() {
    let both = [emma(""), person("7", "Priya", "SALES", "2020-01-01", "")];
    let leaver = SETTINGS.replace(
        "on_leave = \"keep\"",
        "on_leave = \"keep\"\nremoved = \"leaver\"",
    );
    for empty in [false, true] {
        let mut world = World::default();
        world.run(&files(&both), NOW);
        let all = world.accounts.clone();
        world.incomplete = !empty;
        world
            .accounts
            .retain(|_, account| !empty && account.hr_id != "7");
        let less = config(&leaver, PROFILES, &both[0]);
        let planned = world.run(&less, NOW);
        assert_eq!(short(&planned), [""; 0], "{empty}");
        world.incomplete = false;
        world.accounts = all;
        assert_eq!(short(&world.plan(&less, NOW)), ["7 deactivate"], "{empty}");
    }
}

#[test]
fn r9_without_a_snapshot_nobody_who_works_here_is_let_in_again() {
    let mut shut_out = account("7", "Priya", &["Everyone", "Sales"]);
    shut_out.status = Status::Inactive;
    let planned = World::with([shut_out]).plan(
        &files(&[person("7", "Priya", "SALES", "2020-01-01", "")]),
        NOW,
    );
    assert_eq!(
        (short(&planned), withheld(&planned)),
        (vec![], vec!["7 held R9".to_owned()])
    );
}

#[test]
fn r9_the_lead_of_another_app_does_not_decide_whether_somebody_returns() {
    let other = "[apps.other]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1/other\"\nmode = \"enforce\"\n\
                 credentials = { token = { env = \"TOKEN\" } }\nprovision_before_start = \"90 days\"\n";
    let settings = format!("{SETTINGS}{other}");
    let mut closed = account("7", "Priya", &["Everyone", "Sales"]);
    closed.status = Status::Inactive;
    let mut world = World::with([closed]);
    let periods = "{ from = 2020-01-01, until = 2026-03-01, job_code = \"SALES\" }";
    world.run(
        &config(
            &settings,
            PROFILES,
            &with_periods("7", "Priya", periods, ""),
        ),
        NOW,
    );
    let again = format!("{periods}, {{ from = 2026-05-01, job_code = \"SALES\" }}");
    let config = config(&settings, PROFILES, &with_periods("7", "Priya", &again, ""));
    assert_eq!(
        short(&world.plan(&config, "2026-05-02T12:00:00Z")),
        ["7 reactivate"]
    );
}

#[test]
fn r11_a_second_group_of_the_name_takes_nothing_from_anybody() {
    let priya = files(&[person("7", "Priya", "SALES", "2020-01-01", "")]);
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    world.twins.insert("Sales".to_owned());
    let planned = world.plan(&priya, NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
    let newcomer = world.plan(
        &files(&[person("8", "Paul", "SALES", "2020-01-01", "")]),
        NOW,
    );
    assert_eq!(short(&newcomer), ["8 create", "8 grant Everyone"]);
    assert_eq!(withheld(&newcomer), ["8 blocked R11"]);
}

#[test]
fn r22_a_changed_setting_is_an_edit_of_the_files() {
    let mut world = World::default();
    world.groups.insert("Chess".to_owned());
    world.run(&files(&[emma("")]), NOW);
    world
        .accounts
        .values_mut()
        .next()
        .unwrap()
        .groups
        .insert("Chess".to_owned());
    let all = SETTINGS.replace(
        "mode = \"enforce\"",
        "mode = \"enforce\"\nauthority = { groups = \"all\" }",
    );
    let planned = world.plan(&config(&all, PROFILES, &emma("")), NOW);
    assert_eq!(short(&planned), ["1042 revoke Chess"]);
    assert_eq!(planned.body.changes[0].cause, Cause::Files);
}

#[test]
fn r9_after_an_incomplete_reading_nothing_is_revoked() {
    let mut world = World::with([account("7", "Priya", &["Everyone", "Sales", "Marketing"])]);
    world.incomplete = true;
    let planned = world.plan(
        &files(&[person("7", "Priya", "SALES", "2020-01-01", "")]),
        NOW,
    );
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 blocked R9"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_the_tree_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("people")).unwrap();
    std::fs::write(folder.path().join("outside"), "secret").unwrap();
    std::fs::write(folder.path().join("people/emma.TOML"), "").unwrap();
    let link = folder.path().join("people/link.toml");
    std::os::unix::fs::symlink(folder.path().join("outside"), link).unwrap();
    let loaded = provisor::config::Config::load(folder.path(), &provisor::config::Trust::none());
    let codes: Vec<&str> = loaded.diagnostics.iter().map(|one| one.code).collect();
    assert!(
        codes.contains(&"linked-file") && codes.contains(&"unread-file"),
        "{codes:?}"
    );
    assert!(
        loaded
            .sources
            .files()
            .all(|(_, file)| !file.text.contains("secret"))
    );
}
