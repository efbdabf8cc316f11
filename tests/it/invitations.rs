//! R19, and R1's last sentence: invitations, as a plan sees them in memory.

use std::sync::Arc;

use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::Invitation;
use provisor::model::plan::Plan;
use provisor::model::reason::Cause;
use provisor::model::withheld::Impediment;
use provisor::plan::brings;
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::world::{
    CRM, PROFILES, SETTINGS, World, account, app, cascading, config, person, short, withheld,
};

/// Whoever is to have an account here is invited for a week, and joins groups once they accepted.
const LATE: Invitation = Invitation {
    lifetime: Some(7),
    gives_early: false,
    renews: true,
};

fn inviting(mut config: Config, invitation: Invitation) -> Config {
    let directory = config.apps.get_mut(&app()).unwrap();
    Arc::make_mut(&mut directory.description).invitation = Some(invitation);
    config
}

/// A dozen colleagues: where one of so many accounts goes, the reading is not short.
const STAFF: std::ops::Range<u32> = 100..112;

fn company() -> World {
    let colleague = |id| account(&format!("{id}"), &format!("P{id}"), &["Everyone", "Sales"]);
    World::with(STAFF.map(colleague))
}

/// The colleagues, and whom these entries tell of.
fn config_of(people: &str) -> Config {
    let colleague = |id| {
        person(
            &format!("{id}"),
            &format!("P{id}"),
            "SALES",
            "2020-01-01",
            "",
        )
    };
    let staff: String = STAFF.map(colleague).collect();
    config(SETTINGS, PROFILES, &(staff + people))
}

/// Emma, who starts on Tuesday 17 March 2026.
fn files(invitation: Invitation) -> Config {
    let emma = person("1042", "Emma", "MKT", "2026-03-17", "");
    inviting(config_of(&emma), invitation)
}

/// Emma declines, or leaves, or is removed.
fn gone(world: &mut World) {
    world.accounts.retain(|_, account| account.hr_id != "1042");
}

/// The day in Los Angeles, at noon.
fn noon(day: &str) -> String {
    format!("{day}T19:00:00Z")
}

fn set(world: &mut World, status: Status) {
    let hers = world
        .accounts
        .values_mut()
        .find(|account| account.hr_id == "1042");
    hers.expect("she has an account").status = status;
}

fn is_quiet(planned: &Plan) -> bool {
    planned.body.changes.is_empty() && planned.body.unfinished().next().is_none()
}

#[test]
fn r1_an_invitation_goes_out_no_earlier_than_it_is_good_for_the_first_day() {
    let world = company();
    let invited = |config: &Config, at: &str| !world.plan(config, at).body.changes.is_empty();
    // Ten business days before are 3 March; a week that ends with 17 March begins on the 11th.
    let (before, from) = ("2026-03-11T06:59:59Z", "2026-03-11T07:00:00Z");
    assert!(!invited(&files(LATE), before));
    assert_eq!(
        world.plan(&files(LATE), before).body.upcoming[0].on,
        jiff::civil::date(2026, 3, 11)
    );
    assert!(invited(&files(LATE), from));
    // One that lasts longer than the lead, or for ever, goes out when the lead says.
    for lifetime in [Some(30), None] {
        let patient = files(Invitation { lifetime, ..LATE });
        assert!(!invited(&patient, "2026-03-03T07:59:59Z"));
        assert!(invited(&patient, "2026-03-03T08:00:00Z"));
    }
}

#[test]
fn r1_what_another_app_makes_opens_with_the_invitation_there() {
    let profiles = format!("{PROFILES}[profiles.SALES.apps.crm]\n");
    let settings = format!("{SETTINGS}{CRM}");
    let priya = person("7", "Priya", "SALES", "2026-03-17", "");
    let early = Invitation {
        gives_early: true,
        ..LATE
    };
    let config = inviting(cascading(config(&settings, &profiles, &priya)), early);
    let world = company();
    assert_eq!(short(&world.plan(&config, &noon("2026-03-10"))), [""; 0]);
    assert_eq!(
        short(&world.plan(&config, &noon("2026-03-11"))),
        [
            "7 invite",
            "7 grant Everyone",
            "7 grant Sales",
            "7 await in crm"
        ]
    );
}

#[test]
fn r19_what_waits_for_an_acceptance_is_no_failure_and_is_done_once_accepted() {
    let config = files(LATE);
    let mut world = company();
    let first = world.run(&config, &noon("2026-03-11"));
    assert_eq!(short(&first), ["1042 invite"]);
    assert_eq!(withheld(&first), ["1042 waiting R19"]);
    assert_eq!(first.body.withheld[0].changes.len(), 2);

    // Nothing but waiting: nothing is due, nothing unfinished (R26), and it is said until when.
    let second = world.run(&config, &noon("2026-03-13"));
    assert!(is_quiet(&second));
    let Impediment::Acceptance { since, until } = second.body.withheld[0].why else {
        panic!("it waits: {:?}", second.body.withheld)
    };
    assert_eq!(since, Some("2026-03-11T19:00:00Z".parse().unwrap()));
    assert_eq!(until, Some("2026-03-18T19:00:00Z".parse().unwrap()));

    set(&mut world, Status::Active);
    let third = world.run(&config, &noon("2026-03-14"));
    assert_eq!(
        short(&third),
        ["1042 grant Everyone", "1042 grant Marketing"]
    );
    assert_eq!(third.body.changes[0].cause, Cause::Retry);
    let last = world.plan(&config, &noon("2026-03-14"));
    assert_eq!((short(&last), withheld(&last)), (vec![], vec![]));
}

#[test]
fn r19_where_groups_can_be_given_early_nothing_waits_but_the_person() {
    let early = Invitation {
        gives_early: true,
        ..LATE
    };
    let config = files(early);
    let mut world = company();
    let first = world.run(&config, &noon("2026-03-11"));
    assert_eq!(first.body.changes.len(), 3);
    assert!(first.body.withheld.is_empty());
    let second = world.run(&config, &noon("2026-03-12"));
    assert!(is_quiet(&second));
    assert_eq!(withheld(&second), ["1042 waiting R19"]);
    assert!(second.body.withheld[0].changes.is_empty());
}

#[test]
fn r19_an_expired_invitation_is_renewed_twice_and_then_held() {
    let config = files(LATE);
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    for (day, quiet, again) in [
        ("2026-03-18", "2026-03-24", "1042 invite again, 1"),
        ("2026-03-25", "2026-03-31", "1042 invite again, 2"),
    ] {
        let renewed = world.run(&config, &noon(day));
        assert_eq!(short(&renewed), [again]);
        assert_eq!(renewed.body.changes[0].cause, Cause::Clock);
        assert_eq!(renewed.body.unfinished().count(), 0);
        assert!(is_quiet(&world.run(&config, &noon(quiet))), "{quiet}");
    }
    for day in ["2026-04-01", "2026-04-20"] {
        let held = world.run(&config, &noon(day));
        assert_eq!(short(&held), [""; 0]);
        assert_eq!(withheld(&held), ["1042 held R19", "1042 waiting R19"]);
        assert!(matches!(
            held.body.withheld[0].why,
            Impediment::Expired { renewals: 2, .. }
        ));
    }
    // It is never too late to accept.
    set(&mut world, Status::Active);
    let late = world.run(&config, &noon("2026-04-21"));
    assert_eq!(late.body.changes.len(), 2);
    assert!(late.body.withheld.is_empty());
}

#[test]
fn r19_a_renewal_is_not_sent_twice_when_its_answer_is_lost() {
    use provisor::model::failure::{Failure, FailureKind};
    use provisor::model::history::Deed;
    use provisor::model::outcome::{Outcome, StepOutcome};

    let config = files(LATE);
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    let planned = world.plan(&config, &noon("2026-03-18"));
    let failure = Failure::new(&app(), FailureKind::Unavailable, "inviting again");
    let lost = StepOutcome {
        change: planned.body.changes[0].id.clone(),
        outcome: Outcome::Unknown { failure },
        ended: planned.body.as_of,
        milliseconds: 0,
        request_id: None,
    };
    let deed = Deed::of(&"000002".into(), &planned.body.changes[0], &lost);
    world
        .history
        .absorb(&[deed.expect("it may have been sent")]);
    assert!(is_quiet(&world.plan(&config, &noon("2026-03-18"))));
    assert_eq!(
        short(&world.plan(&config, &noon("2026-03-25"))),
        ["1042 invite again, 2"]
    );
}

#[test]
fn r19_an_app_that_cannot_renew_leaves_it_to_a_human() {
    let config = files(Invitation {
        renews: false,
        ..LATE
    });
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    let held = world.plan(&config, &noon("2026-03-18"));
    assert_eq!(short(&held), [""; 0]);
    assert!(matches!(
        held.body.withheld[0].why,
        Impediment::Expired { renewals: 0, .. }
    ));
}

#[test]
fn r19_an_invitation_that_vanishes_when_it_expires_is_sent_anew_and_counted() {
    let config = files(Invitation {
        renews: false,
        ..LATE
    });
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    for (day, again) in [
        ("2026-03-18", "1042 invite again, 1"),
        ("2026-03-25", "1042 invite again, 2"),
    ] {
        gone(&mut world);
        assert_eq!(short(&world.run(&config, &noon(day))), [again]);
    }
    gone(&mut world);
    for day in ["2026-04-01", "2026-04-02"] {
        let held = world.run(&config, &noon(day));
        assert_eq!(
            (short(&held), withheld(&held)),
            (vec![], vec!["1042 held R19".into()])
        );
    }
}

#[test]
fn r19_a_declined_invitation_is_held_for_good_until_somebody_invites_again() {
    let config = files(LATE);
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    let pending = world.accounts.clone();
    gone(&mut world);
    // Also when its lifetime is over by then: it was gone before.
    for day in ["2026-03-13", "2026-03-14", "2026-05-01"] {
        let held = world.run(&config, &noon(day));
        assert_eq!(short(&held), [""; 0], "{day}");
        assert!(matches!(
            held.body.withheld[0].why,
            Impediment::Declined { .. }
        ));
    }
    // Somebody invites them by hand.
    world.accounts = pending;
    assert!(is_quiet(&world.run(&config, &noon("2026-05-02"))));
    set(&mut world, Status::Active);
    assert_eq!(
        world.run(&config, &noon("2026-05-03")).body.changes.len(),
        2
    );
    assert!(is_quiet(&world.plan(&config, &noon("2026-05-03"))));
}

#[test]
fn r19_who_left_by_themselves_is_held_and_not_made_an_account_again() {
    let config = files(LATE);
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    set(&mut world, Status::Active);
    world.run(&config, &noon("2026-03-12"));
    gone(&mut world);
    for day in ["2026-03-20", "2026-03-21"] {
        let held = world.run(&config, &noon(day));
        assert_eq!(short(&held), [""; 0], "{day}");
        assert!(matches!(
            held.body.withheld[0].why,
            Impediment::WentAway { .. }
        ));
    }
    // Once they are to have none, there is no question left; and a return is invited anew.
    let leaver = inviting(
        config_of(&person(
            "1042",
            "Emma",
            "MKT",
            "2026-03-17",
            "end_date = 2026-03-21",
        )),
        LATE,
    );
    assert!(
        world
            .run(&leaver, &noon("2026-03-23"))
            .body
            .withheld
            .is_empty()
    );
    let back = "[[people]]\nid = \"1042\"\nname = { given = \"Emma\", family = \"Example\" }\n\
                email = \"emma@meridian.com\"\nperiods = [\n\
                { from = 2026-03-17, until = 2026-03-21, job_code = \"MKT\" },\n\
                { from = 2026-06-01, job_code = \"MKT\" } ]\n";
    let back = inviting(config_of(back), LATE);
    assert_eq!(
        short(&world.plan(&back, &noon("2026-05-30"))),
        ["1042 invite"]
    );
}

#[test]
fn r19_whom_we_removed_did_not_leave_by_themselves() {
    // Closing removes the account, as in apps without an inactive state.
    let mover = |profile: &str| {
        inviting(
            config_of(&person("1042", "Emma", profile, "2020-01-01", "")),
            LATE,
        )
    };
    let mut world = company();
    world.add(account("1042", "Emma", &["Everyone", "Sales"]));
    world.removing = true;
    world.run(&mover("SALES"), &noon("2026-03-11"));
    assert_eq!(
        short(&world.run(&mover("NONE"), &noon("2026-03-12"))),
        ["1042 deactivate"]
    );
    let back = world.plan(&mover("SALES"), &noon("2026-03-13"));
    assert_eq!(short(&back), ["1042 invite"]);
}

#[test]
fn r19_nobody_is_missing_from_an_incomplete_reading() {
    let config = files(LATE);
    let mut world = company();
    world.run(&config, &noon("2026-03-11"));
    let pending = world.accounts.clone();
    gone(&mut world);
    world.incomplete = true;
    let blind = world.run(&config, &noon("2026-03-13"));
    assert_eq!(short(&blind), [""; 0]);
    assert!(
        blind
            .body
            .withheld
            .iter()
            .all(|item| item.why.rule() != Some("R19")
                || matches!(item.why, Impediment::Acceptance { .. }))
    );
    world.incomplete = false;
    world.accounts = pending;
    assert!(is_quiet(&world.run(&config, &noon("2026-03-14"))));
}

#[test]
fn r19_the_pending_account_of_a_leaver_is_closed() {
    let mut world = company();
    world.run(&files(LATE), &noon("2026-03-11"));
    let entry = person("1042", "Emma", "MKT", "2026-03-11", "end_date = 2026-03-12");
    let rescinded = inviting(config_of(&entry), LATE);
    let planned = world.run(&rescinded, &noon("2026-03-13"));
    assert_eq!(short(&planned), ["1042 deactivate"]);
    assert!(planned.body.withheld.is_empty());
}

#[test]
fn r9_without_invitations_an_account_deleted_by_hand_is_made_again() {
    let config = config_of(&person("1042", "Emma", "SALES", "2020-01-01", ""));
    let mut world = company();
    world.add(account("1042", "Emma", &["Everyone", "Sales"]));
    world.run(&config, &noon("2026-03-11"));
    gone(&mut world);
    let planned = world.plan(&config, &noon("2026-03-12"));
    assert_eq!(planned.body.changes[0].cause, Cause::Drift);
    assert_eq!(short(&planned)[0], "1042 create");
}

/// Whoever accepted before their first day joins: nothing of theirs moves.
#[test]
fn r19_whoever_accepted_is_shown_as_joining() {
    let mut world = company();
    world.run(&files(LATE), &noon("2026-03-11"));
    set(&mut world, Status::Active);
    let planned = world.plan(&files(LATE), &noon("2026-03-13"));
    let steps = short(&planned);
    assert!(
        steps.contains(&"1042 grant Marketing".to_owned()),
        "{steps:?}"
    );
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(page.contains("Joins · 1"), "{page}");
    assert!(!page.contains("Moves"), "{page}");
}

#[test]
fn r24_an_invitation_that_somebody_must_decide_about_is_not_hidden_from_a_schedule() {
    let once = Invitation {
        renews: false,
        ..LATE
    };
    let files = files(once);
    let mut world = company();
    world.run(&files, &noon("2026-03-11"));
    world.due = true;
    assert!(is_quiet(&world.plan(&files, &noon("2026-03-17"))));
    let planned = world.plan(&files, &noon("2026-03-19"));
    let held: Vec<_> = planned.body.unfinished().collect();
    assert_eq!(held.len(), 1, "{:?}", withheld(&planned));
    assert!(
        brings(&files, &world.history, held[0]),
        "it is worth a snapshot"
    );
    world.run(&files, &noon("2026-03-19"));
    let again = world.plan(&files, &noon("2026-03-20"));
    let held: Vec<_> = again.body.unfinished().collect();
    assert!(!brings(&files, &world.history, held[0]), "and only one");

    let mut world = company();
    let files = self::files(LATE);
    world.run(&files, &noon("2026-03-11"));
    gone(&mut world);
    world.due = true;
    let planned = world.plan(&files, &noon("2026-03-12"));
    let held: Vec<_> = planned.body.unfinished().collect();
    assert!(
        brings(&files, &world.history, held[0]),
        "declined: {:?}",
        withheld(&planned)
    );
}
