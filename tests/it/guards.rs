//! R20: guards look at the whole plan before the first write, by plans for one app in memory.

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::change::{ChangeId, Verb};
use provisor::model::guard::{Guard, Judgement, Override};
use provisor::model::plan::Plan;
use provisor::model::withheld::{Impediment, WithheldState};

use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, app, cascading, config, person, short, step,
    withheld,
};

const LATER: &str = "2026-03-09T17:22:00Z";

/// So many people, of whom the first few leave.
fn staff(all: usize, leavers: usize) -> String {
    let one = |number: usize| {
        let end = if number < leavers {
            "end_date = 2026-03-06"
        } else {
            ""
        };
        person(&id(number), &name(number), "SALES", "2020-01-01", end)
    };
    (0..all).map(one).collect()
}

fn id(number: usize) -> String {
    format!("{number:04}")
}

fn name(number: usize) -> String {
    format!("P{number:04}")
}

fn files(all: usize, leavers: usize) -> Config {
    config(SETTINGS, PROFILES, &staff(all, leavers))
}

/// Everybody has an account that is as it should be.
fn world(all: usize) -> World {
    let one = |number: usize| account(&id(number), &name(number), &["Everyone", "Sales"]);
    World::with((0..all).map(one))
}

fn judged(planned: &Plan, guard: Guard) -> Option<Judgement> {
    let mut guards = planned.body.guards.iter();
    guards
        .find(|one| one.guard == guard && one.app.is_some())
        .cloned()
}

fn count(planned: &Plan, verb: Verb) -> usize {
    let verbs = planned
        .body
        .changes
        .iter()
        .map(|change| change.action.verb());
    verbs.filter(|other| *other == verb).count()
}

fn allow(guard: Guard, number: usize) -> Override {
    Override {
        app: Some(app()),
        guard,
        number,
        reason: "INC-7".into(),
        entry: None,
    }
}

#[test]
fn r20_of_a_hundred_accounts_five_are_closed_and_six_are_not() {
    let five = world(100).plan(&files(100, 5), NOW);
    assert_eq!(count(&five, Verb::Deactivate), 5);
    assert_eq!(five.body.tripped().count(), 0);

    let six = world(100).plan(&files(100, 6), NOW);
    assert_eq!(short(&six), [""; 0]);
    let judgement = judged(&six, Guard::Deactivations).unwrap();
    assert!(judgement.tripped());
    assert_eq!((judgement.planned, judgement.base), (6, 100));
    assert_eq!(judgement.exact(), "directory.deactivate=6");
    assert_eq!(
        withheld(&six),
        ["0000", "0001", "0002", "0003", "0004", "0005"].map(|id| format!("{id} blocked R20"))
    );
}

#[test]
fn r20_what_is_not_of_the_kind_goes_on() {
    let emma = person("1042", "Emma", "MKT", "2026-03-17", "");
    let config = config(SETTINGS, PROFILES, &(staff(100, 6) + &emma));
    assert_eq!(
        short(&world(100).plan(&config, NOW)),
        ["1042 create", "1042 grant Everyone", "1042 grant Marketing"]
    );
}

#[test]
fn r20_a_small_company_may_close_three_at_once_and_a_first_run_does() {
    let planned = world(3).plan(&files(3, 3), NOW);
    assert!(planned.body.first_run);
    assert_eq!(count(&planned, Verb::Deactivate), 3);
    assert_eq!(planned.body.tripped().count(), 0);
}

#[test]
fn r20_a_slow_leak_trips_once_a_week_of_runs_is_over_the_limit() {
    let mut world = world(100);
    world.run(&files(100, 0), NOW);
    assert_eq!(count(&world.run(&files(100, 4), NOW), Verb::Deactivate), 4);
    let next = world.run(&files(100, 5), LATER);
    assert_eq!(count(&next, Verb::Deactivate), 1, "five of a hundred");
    let judgement = judged(&next, Guard::Deactivations).unwrap();
    assert_eq!(
        (judgement.planned, judgement.recent, judgement.base),
        (1, 4, 100)
    );
    let after = world.plan(&files(100, 6), LATER);
    let judgement = judged(&after, Guard::Deactivations).unwrap();
    assert!(judgement.tripped());
    assert_eq!(
        (judgement.planned, judgement.recent, judgement.base),
        (1, 5, 100)
    );
    assert_eq!(short(&after), [""; 0]);
    // The window is what the state hands in: without it, the week is over.
    world.history.recent.clear();
    assert_eq!(
        count(&world.plan(&files(100, 6), LATER), Verb::Deactivate),
        1
    );
}

#[test]
fn r20_an_account_that_somebody_opens_again_counts_once() {
    let mut world = world(100);
    world.run(&files(100, 0), NOW);
    world.run(&files(100, 4), NOW);
    for account in world.accounts.values_mut().take(4) {
        account.status = Status::Active;
    }
    let again = world.plan(&files(100, 4), LATER);
    let judgement = judged(&again, Guard::Deactivations).unwrap();
    assert_eq!((judgement.planned, judgement.recent), (4, 0));
    assert!(!judgement.tripped());
}

#[test]
fn r20_an_exact_override_lets_it_through_and_any_other_does_not() {
    let mut world = world(100);
    for wrong in [5, 7, 100] {
        world.overrides = vec![allow(Guard::Deactivations, wrong)];
        let planned = world.plan(&files(100, 6), NOW);
        assert_eq!(short(&planned), [""; 0]);
        let (said, right) =
            provisor::plan::mistaken(&world.overrides, &planned.body.guards).unwrap();
        assert_eq!((said.number, right), (wrong, Some(6)));
    }
    world.overrides = vec![allow(Guard::Deactivations, 6)];
    let planned = world.plan(&files(100, 6), NOW);
    assert_eq!(count(&planned, Verb::Deactivate), 6);
    assert_eq!(
        provisor::plan::mistaken(&world.overrides, &planned.body.guards),
        None
    );
    // Of another kind, it allows nothing.
    world.overrides = vec![allow(Guard::Creates, 6)];
    let planned = world.plan(&files(100, 6), NOW);
    assert_eq!(short(&planned), [""; 0]);
    let mistaken = provisor::plan::mistaken(&world.overrides, &planned.body.guards);
    assert_eq!(mistaken.map(|(_, right)| right), Some(None));
}

#[test]
fn r20_creates_that_are_refused_take_what_requires_them_along() {
    let people: String = (0..11)
        .map(|number| person(&id(number), &name(number), "SALES", "2026-03-09", ""))
        .collect();
    let planned = World::default().plan(&config(SETTINGS, PROFILES, &people), NOW);
    assert_eq!(short(&planned), [""; 0]);
    let first = &planned.body.withheld[0];
    let steps: Vec<String> = first.changes.iter().map(step).collect();
    assert_eq!(
        steps,
        ["0000 create", "0000 grant Everyone", "0000 grant Sales"]
    );
}

/// A leaver's groups are part of leaving: they do not slip past what refuses the closing.
#[test]
fn r20_what_a_leaver_loses_besides_is_refused_with_the_closing() {
    let late = "2026-04-07T17:22:00Z";
    let planned = world(100).plan(&files(100, 6), late);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(judged(&planned, Guard::Removals), None);
    let first = &planned.body.withheld[0];
    assert_eq!(first.changes.len(), 3, "the account and two groups");
}

#[test]
fn r20_a_profile_that_stops_naming_a_group_is_refused_for_too_many() {
    let profiles = PROFILES.replace(
        "groups = [\"Everyone\", \"Sales\"]",
        "groups = [\"Everyone\"]",
    );
    let mut world = world(100);
    world.run(&files(100, 0), NOW);
    let planned = world.plan(&config(SETTINGS, &profiles, &staff(100, 0)), LATER);
    assert_eq!(short(&planned), [""; 0]);
    let judgement = judged(&planned, Guard::Removals).unwrap();
    assert_eq!((judgement.planned, judgement.tripped()), (100, true));
}

#[test]
fn r20_limits_are_a_share_a_number_or_both() {
    let limit = |text: &str| {
        let settings = format!("{SETTINGS}[guards]\nmax_deactivations = {text}\n");
        let config = config(&settings, PROFILES, &staff(100, 6));
        count(&world(100).plan(&config, NOW), Verb::Deactivate)
    };
    assert_eq!(limit("\"6%\""), 6);
    assert_eq!(limit("\"1 %\""), 0);
    assert_eq!(limit("6"), 6);
    assert_eq!(limit("0"), 0);
    assert_eq!(limit("{ least = 6 }"), 6);
    assert_eq!(limit("{ percent = 50, most = 5 }"), 0);
}

/// An app's own limit may be wider; over all apps together, the run's holds all the same.
#[test]
fn r20_an_app_has_its_own_limit_and_the_run_has_another() {
    let closed = |app: u32, run: u32| {
        let settings = format!(
            "{SETTINGS}[apps.directory.guards]\nmax_deactivations = {app}\n\
             [guards]\nmax_deactivations = {run}\n"
        );
        let config = config(&settings, PROFILES, &staff(100, 6));
        count(&world(100).plan(&config, NOW), Verb::Deactivate)
    };
    assert_eq!(closed(6, 6), 6);
    assert_eq!(closed(5, 6), 0);
    assert_eq!(closed(6, 5), 0);
}

#[test]
fn r20_a_reading_that_is_a_tenth_short_is_not_believed() {
    let mut whole = world(100);
    whole.run(&files(100, 0), NOW);
    let short_by = |missing: usize| {
        let mut world = world(100);
        world.history = whole.history.clone();
        for _ in 0..missing {
            world.accounts.pop_last();
        }
        world.plan(&files(100, 1), LATER)
    };
    let ten = short_by(10);
    assert_eq!(count(&ten, Verb::Create), 10);
    let eleven = short_by(11);
    assert_eq!(short(&eleven), [""; 0]);
    let judgement = judged(&eleven, Guard::ShortRead).unwrap();
    assert_eq!((judgement.planned, judgement.base), (11, 100));
    let why = &eleven.body.withheld[0].why;
    assert!(
        matches!(why, Impediment::IncompleteReading { because } if because == "it has 89 accounts, and had 100 at the last run")
    );
    assert!(short_by(100).body.tripped().count() > 0, "none at all");
}

/// Else a short reading would be refused for ever, or believed the second time.
#[test]
fn r20_a_short_reading_is_doubted_until_somebody_allows_it() {
    let mut world = world(100);
    world.run(&files(100, 0), NOW);
    for _ in 0..11 {
        world.accounts.pop_last();
    }
    let fewer = files(89, 0);
    world.run(&fewer, LATER);
    let again = world.run(&fewer, LATER);
    assert!(judged(&again, Guard::ShortRead).unwrap().tripped());
    world.overrides = vec![allow(Guard::ShortRead, 11)];
    world.run(&fewer, LATER);
    world.overrides.clear();
    let after = world.plan(&fewer, LATER);
    assert_eq!(judged(&after, Guard::ShortRead), None);
}

/// Rows that a merge lost: nobody loses anything for them, not even who really left.
#[test]
fn r20_shrunken_files_refuse_all_removals_until_they_are_whole_again() {
    let settings = SETTINGS.replace("[lifecycle]", "[lifecycle]\nremoved = \"leaver\"");
    let settings = format!("{settings}[guards]\nmax_deactivations = 50\n");
    let files = |all, leavers| config(&settings, PROFILES, &staff(all, leavers));
    let mut world = world(100);
    world.run(&files(100, 0), NOW);
    let lost = files(94, 1);
    let planned = world.run(&lost, LATER);
    assert_eq!(short(&planned), [""; 0]);
    let tripped: Vec<_> = planned.body.tripped().map(Judgement::exact).collect();
    assert_eq!(tripped, ["files=7"]);
    // The next run compares with the whole files still.
    assert_eq!(world.plan(&lost, LATER).body.tripped().count(), 1);
    assert_eq!(
        count(&world.plan(&files(100, 1), LATER), Verb::Deactivate),
        1
    );
    world.overrides = vec![Override {
        app: None,
        ..allow(Guard::ShrunkenFiles, 7)
    }];
    assert_eq!(count(&world.plan(&lost, LATER), Verb::Deactivate), 7);
}

/// A contract that ends on its day is no row that a merge lost; one that an edit ends is.
#[test]
fn r20_whom_dates_take_does_not_shrink_the_files_and_whom_an_edit_ends_does() {
    let settings = format!("{SETTINGS}[guards]\nmax_deactivations = 50\n");
    let ends = |day: &str| {
        let end = format!("end_date = {day}");
        let some = (0..12).map(|n| person(&id(n), &name(n), "SALES", "2020-01-01", &end));
        let rest = (12..30).map(|n| person(&id(n), &name(n), "SALES", "2020-01-01", ""));
        config(&settings, PROFILES, &some.chain(rest).collect::<String>())
    };
    let shrunk = |known: &str, now: &str| {
        let mut world = world(30);
        world.run(&ends(known), NOW);
        let planned = world.plan(&ends(now), LATER);
        let tripped: Vec<_> = planned.body.tripped().map(Judgement::exact).collect();
        (tripped.join(" "), count(&planned, Verb::Deactivate))
    };
    let (on_its_day, of_a_year) = ("2026-03-08", "2026-12-31");
    assert_eq!(shrunk(on_its_day, on_its_day), (String::new(), 12));
    assert_eq!(shrunk(of_a_year, on_its_day), ("files=12".to_owned(), 0));
    assert_eq!(shrunk(of_a_year, "2026-02-01"), ("files=12".to_owned(), 0));
}

/// Whoever comes back after a while is as little missed as a contract that ends.
#[test]
fn r20_a_gap_between_periods_does_not_shrink_the_files() {
    let seasonal = |number: usize| {
        format!(
            "[[people]]\nid = \"{}\"\nname = {{ given = \"{name}\", family = \"Example\" }}\n\
             email = \"{}@meridian.com\"\nperiods = [\n\
             {{ from = 2020-01-01, until = 2026-03-08, job_code = \"SALES\" }},\n\
             {{ from = 2026-10-01, job_code = \"SALES\" }} ]\n",
            id(number),
            name(number).to_lowercase(),
            name = name(number),
        )
    };
    let people: String = (0..12).map(seasonal).collect();
    let settings = format!("{SETTINGS}[guards]\nmax_deactivations = 50\n");
    let files = config(&settings, PROFILES, &people);
    let mut world = world(12);
    world.run(&files, NOW);
    let planned = world.plan(&files, LATER);
    assert_eq!(planned.body.tripped().count(), 0);
    assert_eq!(count(&planned, Verb::Deactivate), 12);
}

/// What goes from accounts that are closed is the rest of leaving: it is held against no number of
/// open accounts. Files that shrank refuse it all the same.
#[test]
fn r20_what_closed_accounts_lose_is_no_removal_and_shrunken_files_refuse_it() {
    let mut world = world(18);
    for account in world.accounts.values_mut().take(12) {
        account.status = Status::Inactive;
    }
    let released = "2026-04-07T17:22:00Z";
    let planned = world.plan(&files(18, 12), released);
    assert_eq!(planned.body.tripped().count(), 0);
    assert_eq!(judged(&planned, Guard::Removals), None);
    assert_eq!(count(&planned, Verb::Revoke), 24);

    world.run(&files(18, 12), NOW);
    let vanished = config(SETTINGS, PROFILES, &staff(14, 12));
    let planned = world.plan(&vanished, released);
    let tripped: Vec<_> = planned.body.tripped().map(Judgement::exact).collect();
    assert_eq!(tripped, ["files=4"]);
    assert_eq!(count(&planned, Verb::Revoke), 0);
}

/// A closing that another app would do counts, and is refused, where the account is.
#[test]
fn r20_another_app_closes_nothing_that_a_guard_refuses() {
    let profiles = "[profiles.SALES.apps.directory]\n[profiles.SALES.apps.crm]\n\
                    [profiles.BACK.apps.directory]\n";
    let guards = "[apps.crm.guards]\nmax_deactivations = 0\n";
    let files = |profile: &str| {
        let luis = person("815", "Luis", profile, "2020-01-01", "");
        cascading(config(&format!("{SETTINGS}{CRM}{guards}"), profiles, &luis))
    };
    let mut world = World::default();
    world.run(&files("SALES"), NOW);
    let planned = world.plan(&files("BACK"), LATER);
    assert_eq!(short(&planned), [""; 0], "the group that makes it stays");
    let items = &planned.body.withheld;
    assert!(
        items
            .iter()
            .all(|item| item.state == WithheldState::Blocked)
    );
    let steps: Vec<String> = items
        .iter()
        .flat_map(|item| &item.changes)
        .map(step)
        .collect();
    assert_eq!(
        steps,
        ["815 deactivate by directory in crm", "815 revoke CRM"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever leaves, comes and moves: of a kind that a guard refuses nothing is left, of every
    /// other kind no more than its limit; and no step is left whose requirement is not.
    #[test]
    fn r20_of_a_refused_kind_nothing_is_left(
        all in 1_usize..60,
        leavers in 0_usize..12,
        joiners in 0_usize..20,
        recent in 0_usize..8,
    ) {
        let leavers = leavers.min(all);
        let mut world = world(all);
        world.run(&files(all, 0), NOW);
        world.run(&files(all, recent.min(leavers)), NOW);
        let comes = |number: usize| person(&id(1_000 + number), &name(1_000 + number), "MKT", "2026-03-09", "");
        let people = staff(all, leavers) + &(0..joiners).map(comes).collect::<String>();
        let planned = world.plan(&config(SETTINGS, PROFILES, &people), LATER);
        for (guard, verb) in [(Guard::Deactivations, Verb::Deactivate), (Guard::Creates, Verb::Create)] {
            let left = count(&planned, verb);
            let refused = planned.body.tripped().any(|one| one.guard == guard);
            prop_assert!(!refused || left == 0);
            if let Some(judgement) = judged(&planned, guard) && !refused {
                prop_assert_eq!(judgement.planned, left);
                prop_assert!(judgement.number() <= judgement.limit.of(judgement.base));
            }
        }
        for edge in &planned.body.edges {
            let there = |id: &ChangeId| planned.body.changes.iter().any(|change| change.id == *id);
            prop_assert!(there(&edge.before) && there(&edge.after));
        }
        let made = short(&planned);
        for step in made.iter().filter(|step| step.starts_with('1') && step.contains("grant")) {
            let create = format!("{} create", &step[..4]);
            prop_assert!(made.contains(&create));
        }
    }
}

/// Whoever widens a limit in the same edit as what it would have stopped is seen.
#[test]
fn r20_settings_that_changed_since_the_last_run_are_told() {
    let settings = |mode: &str, rest: &str| {
        let settings = SETTINGS.replace("\"enforce\"", &format!("\"{mode}\"\n{rest}"));
        config(&settings, PROFILES, &staff(3, 0))
    };
    let mut world = world(3);
    let told = |world: &World, config: &Config| -> Vec<String> {
        let changed = world.plan(config, LATER).body.changed_settings;
        let line = |one: provisor::model::plan::SettingChange| {
            format!("{}: {:?} → {:?}", one.key, one.before, one.after)
        };
        changed.into_iter().map(line).collect()
    };
    let enforce = settings("enforce", "");
    assert_eq!(
        told(&world, &enforce),
        [""; 0],
        "a first run changes nothing"
    );
    world.run(&settings("report", "protected = [\"root\"]"), NOW);
    assert_eq!(
        told(
            &world,
            &settings("enforce", "guards.max_deactivations = \"50%\"")
        ),
        [
            "apps.directory.guards.max_deactivations: None → Some(\"limit 50 % (at least 3, at most 100)\")",
            "apps.directory.mode: Some(\"report\") → Some(\"enforce\")",
            "apps.directory.protected: Some(\"root\") → None",
        ]
    );
    world.run(&enforce, NOW);
    assert_eq!(told(&world, &enforce), [""; 0]);
}
