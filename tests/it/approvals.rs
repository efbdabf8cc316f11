//! What only an approval may give (R12).

use proptest::prelude::*;
use provisor::config::{Config, Loaded, Trust};
use provisor::model::account::Status;
use provisor::model::change::Change;
use provisor::model::outcome::{Outcome, Refusal};
use provisor::model::reason::{Cause, Why};
use provisor::model::withheld::Impediment;
use provisor::plan::{Ground, current, verify};
use provisor::render::plan::{Detail, text};
use provisor::render::{Colour, markdown};

use crate::world::{NOW, PROFILES, SETTINGS, World, account, app, person, short, withheld};

const PRIVILEGED: &str = "privileged = { groups = [\"Marketing\", \"Root\"] }\n";

fn load(settings: &str, people: &str, approvals: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("provisor.toml", settings),
        ("profiles.toml", PROFILES),
        ("people.toml", people),
        ("approvals.toml", approvals),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Config::load(folder.path(), &Trust::none())
}

/// Emma and Priya, of whom the first markets, which is privileged here; Bo, who approves.
fn files(rest: &str, approvals: &str) -> Config {
    let people = person("1042", "Emma", "MKT", "2020-01-01", rest)
        + &person("7", "Priya", "SALES", "2020-01-01", "")
        + &person("3", "Bo", "NONE", "2019-01-01", "");
    let loaded = load(&format!("{SETTINGS}{PRIVILEGED}"), &people, approvals);
    let shown = format!("{:#?}", loaded.diagnostics);
    loaded.config.unwrap_or_else(|| panic!("{shown}"))
}

fn approval(since: &str, until: &str) -> String {
    format!(
        "[[approval]]\nperson = \"1042\"\napps.directory.groups = [\"Marketing\"]\n\
         approver = \"bo@meridian.com\"\nreason = \"SEC-1\"\nsince = {since}\nuntil = {until}\n"
    )
}

fn emma(groups: &[&str]) -> World {
    World::with([
        account("1042", "Emma", groups),
        account("7", "Priya", &["Everyone", "Sales"]),
    ])
}

fn only(changes: &[Change]) -> &Change {
    assert_eq!(changes.len(), 1, "{changes:#?}");
    &changes[0]
}

#[test]
fn r12_a_privileged_grant_without_an_approval_is_blocked_with_the_lines_to_add() {
    let config = files("", "");
    let world = emma(&["Everyone"]);
    let planned = world.plan(&config, NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["1042 blocked R12"]);
    let Impediment::NeedsApproval { snippet, holds, .. } = &planned.body.withheld[0].why else {
        panic!("{:?}", planned.body.withheld[0].why)
    };
    assert!(!holds);
    // Pasted, with the two gaps filled, the lines are an approval.
    let pasted = snippet
        .join("\n")
        .replacen("\"\"", "\"3\"", 1)
        .replacen("\"\"", "\"SEC-2\"", 1);
    let planned = world.plan(&files("", &pasted), NOW);
    assert_eq!(short(&planned), ["1042 grant Marketing"]);
    // Left as they are, they are none.
    let loaded = load(
        SETTINGS,
        &person("1042", "Emma", "MKT", "2020-01-01", ""),
        &snippet.join("\n"),
    );
    assert!(loaded.config.is_none());
}

#[test]
fn r12_an_approved_grant_is_marked_and_says_who_approved_it_where() {
    let config = files("", &approval("2026-01-01", "2026-12-31"));
    let planned = emma(&["Everyone"]).plan(&config, NOW);
    let grant = only(&planned.body.changes);
    assert!(grant.privileged);
    let reason = grant.reasons.last().unwrap();
    assert!(matches!(&reason.why, Why::Approved { approver, .. } if approver.as_str() == "3"));
    assert_eq!(reason.at.as_ref().unwrap().to_string(), "approvals.toml:3");
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(
        page.contains("! grant directory groups Marketing privileged · Emma Example"),
        "{page}"
    );
    assert!(page.contains("approved by 3 until"), "{page}");
    assert!(
        page.trim_end()
            .lines()
            .last()
            .unwrap()
            .contains("1 privileged"),
        "{page}"
    );
    let page = markdown::plan(&planned, 60_000);
    assert!(page.contains("**Privileged (1)**"), "{page}");
}

#[test]
fn r12_expiry_revokes_after_the_last_day_and_says_so() {
    let config = files("", &approval("2026-01-01", "2026-03-07"));
    let mut world = emma(&["Everyone"]);
    assert_eq!(short(&world.run(&config, NOW)), ["1042 grant Marketing"]);
    assert_eq!(short(&world.plan(&config, "2026-03-08T07:59:59Z")), [""; 0]);
    let planned = world.plan(&config, "2026-03-08T08:00:00Z");
    assert_eq!(short(&planned), ["1042 revoke Marketing"]);
    let revoke = only(&planned.body.changes);
    assert_eq!(revoke.cause, Cause::Clock);
    assert!(
        revoke
            .reasons
            .iter()
            .any(|reason| matches!(reason.why, Why::ApprovalExpired { .. }))
    );
    world.run(&config, "2026-03-08T08:00:00Z");
    let after = world.plan(&config, "2026-03-08T08:00:00Z");
    assert_eq!(
        withheld(&after),
        ["1042 blocked R12"],
        "it is not given again"
    );
}

/// A saved plan that is applied after the approval's last day does not grant what was approved.
#[test]
fn r23_what_was_approved_until_yesterday_is_not_granted_today() {
    let config = files("", &approval("2026-01-01", "2026-03-08"));
    let world = emma(&["Everyone"]);
    let planned = world.plan(&config, NOW);
    assert_eq!(short(&planned), ["1042 grant Marketing"]);
    let refused = |today: &str| {
        let ground = Ground {
            config: &config,
            now: today.parse().unwrap(),
            rehearsal: false,
            runs: &[],
        };
        let reviewed = current(planned.clone(), &ground).unwrap();
        let observed = world.observed(&config, today);
        let (fresh, today) = (world.plan(&config, NOW), world.plan(&config, today));
        let history = &world.history;
        let approved = verify(reviewed, &fresh, Some(&today), &config, &observed, history);
        approved.settled().values().next().cloned()
    };
    assert_eq!(refused("2026-03-08T20:00:00Z"), None, "its last day");
    let Some(Outcome::Refused { why }) = refused("2026-03-12T20:00:00Z") else {
        panic!("it is granted")
    };
    assert!(
        matches!(&why, Refusal::Withheld { why } if matches!(**why, Impediment::NeedsApproval { .. })),
        "{why:?}"
    );
}

#[test]
fn r12_a_change_of_manager_warns_for_fourteen_days_then_revokes() {
    let moved = "periods = [ { from = 2020-01-01, until = 2026-03-01, job_code = \"MKT\" },\n\
                 { from = 2026-03-02, job_code = \"MKT\", manager = \"3\" } ]";
    let entry = person("1042", "Emma", "MKT", "2020-01-01", moved)
        .replace("job_code = \"MKT\"\nstart_date = 2020-01-01\n", "");
    let people = entry + &person("3", "Bo", "NONE", "2019-01-01", "");
    let settings = format!("{SETTINGS}{PRIVILEGED}");
    let approvals = approval("2026-01-01", "2026-12-31");
    let config = load(&settings, &people, &approvals).config.unwrap();
    let world = World::with([account("1042", "Emma", &["Everyone", "Marketing"])]);
    let before = world.plan(&config, "2026-03-01T20:00:00Z");
    assert_eq!(before.body.privileged[0].ends, None);
    let planned = world.plan(&config, NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
    let ends = planned.body.privileged[0].ends.unwrap();
    assert_eq!(ends.to_string(), "2026-03-16");
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(
        page.contains("⚠ approved for another job: ends on"),
        "{page}"
    );
    let without = World::with([account("1042", "Emma", &["Everyone"])]);
    let anew = without.plan(&config, NOW);
    assert_eq!(
        withheld(&anew),
        ["1042 blocked R12"],
        "kept, not given anew"
    );
    assert_eq!(short(&world.plan(&config, "2026-03-16T06:59:59Z")), [""; 0]);
    let planned = world.plan(&config, "2026-03-16T07:00:00Z");
    assert_eq!(short(&planned), ["1042 revoke Marketing"]);
    // What was approved after the move stands.
    let approvals = approval("2026-03-02", "2026-12-31");
    let config = load(&settings, &people, &approvals).config.unwrap();
    assert_eq!(short(&world.plan(&config, "2026-03-16T07:00:00Z")), [""; 0]);
}

#[test]
fn r12_an_approval_of_another_value_person_or_time_is_none() {
    for approvals in [
        approval("2026-01-01", "2026-12-31").replace("Marketing", "Root"),
        approval("2026-01-01", "2026-12-31").replace("1042", "7"),
        approval("2026-03-08", "2026-12-31"),
    ] {
        let planned = emma(&["Everyone"]).plan(&files("", &approvals), NOW);
        assert_eq!(short(&planned), [""; 0], "{approvals}");
        assert_eq!(withheld(&planned), ["1042 blocked R12"], "{approvals}");
    }
}

#[test]
fn r12_whoever_holds_it_without_ever_an_approval_keeps_it_until_somebody_decides() {
    let world = emma(&["Everyone", "Marketing"]);
    let planned = world.plan(&files("", ""), NOW);
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["1042 blocked R12"]);
}

#[test]
fn r12_holders_are_read_and_shown_named_or_not() {
    let config = files("", &approval("2026-01-01", "2026-12-31"));
    let scope = provisor::plan::scope(&config, &app(), &config.apps[&app()], None);
    assert!(scope.kinds[0].named.contains("Root"), "no profile names it");
    let mut world = emma(&["Everyone", "Marketing"]);
    world.groups.insert("Root".to_owned());
    world.add(account("", "Stranger", &["Root"]));
    let planned = world.plan(&config, NOW);
    assert_eq!(
        short(&planned),
        [""; 0],
        "what no profile names is left alone (R10)"
    );
    let holders = planned.body.privileged.iter();
    let holders: Vec<_> = holders
        .map(|one| {
            (
                one.value.raw(),
                one.account.login.raw(),
                one.approved_until.is_some(),
            )
        })
        .collect();
    assert_eq!(
        holders,
        [
            ("Marketing", "emma@meridian.com", true),
            ("Root", "stranger@meridian.com", false)
        ]
    );
}

#[test]
fn r12_a_leaver_loses_it_with_the_account_and_nobody_comes_back_with_it() {
    let left = files(
        "end_date = 2026-03-01",
        &approval("2026-01-01", "2026-12-31"),
    );
    let mut world = emma(&["Everyone", "Marketing"]);
    let planned = world.plan(&left, NOW);
    assert_eq!(
        short(&planned),
        ["1042 deactivate", "1042 revoke Marketing"]
    );
    // Somebody else's closing left it there; the return opens without it.
    let account = world.accounts.values_mut().next().unwrap();
    account.status = Status::Inactive;
    account.groups.insert("Root".to_owned());
    world.groups.insert("Root".to_owned());
    let back = person("1042", "Emma", "MKT", "2026-03-09", "")
        + &person("3", "Bo", "NONE", "2019-01-01", "");
    let config = load(&format!("{SETTINGS}{PRIVILEGED}"), &back, "")
        .config
        .unwrap();
    let planned = world.plan(&config, NOW);
    assert_eq!(
        short(&planned),
        [
            "1042 revoke Marketing",
            "1042 revoke Root",
            "1042 reactivate"
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that is privileged is given without an approval in force, and nobody is left with
    /// what was approved until yesterday.
    #[test]
    fn no_privileged_grant_without_an_approval(
        profile in 0..2_usize,
        held in any::<bool>(),
        open in any::<bool>(),
        approvals in proptest::collection::vec((1..28_i8, 1..28_i8, any::<bool>()), 0..3),
        starts in 0..2_usize,
    ) {
        let days: Vec<_> = approvals.into_iter().map(|(a, b, hers)| (a.min(b), a.max(b), hers)).collect();
        let text: String = days.iter().map(|(since, until, hers)| {
            let entry = approval(&format!("2026-03-{since:02}"), &format!("2026-03-{until:02}"));
            if *hers { entry } else { entry.replace("1042", "7") }
        }).collect();
        let entry = person("1042", "Emma", ["MKT", "SALES"][profile], ["2020-01-01", "2026-03-10"][starts], "");
        let people = entry + &person("7", "Priya", "SALES", "2020-01-01", "") + &person("3", "Bo", "NONE", "2019-01-01", "");
        let config = load(&format!("{SETTINGS}{PRIVILEGED}"), &people, &text).config.unwrap();
        let mut emma = account("1042", "Emma", if held { &["Everyone", "Marketing"] } else { &["Everyone"] });
        if !open {
            emma.status = Status::Inactive;
        }
        let mut world = World::with([emma, account("7", "Priya", &["Everyone", "Sales"])]);
        // 7 March in Los Angeles.
        let stands = days.iter().any(|(since, until, hers)| *hers && *since <= 7 && 7 <= *until);
        let lapsed = !stands && days.iter().any(|(_, until, hers)| *hers && *until < 7);
        let planned = world.run(&config, NOW);
        for change in &planned.body.changes {
            let gives = matches!(&change.action, provisor::model::change::Action::Grant { value, .. } if value == "Marketing");
            prop_assert!(!gives || (stands && change.privileged), "{change:#?}");
        }
        let emma = world.accounts.values().next().unwrap();
        let has = emma.groups.contains("Marketing") && emma.status == Status::Active;
        prop_assert!(!has || stands || (held && open && !lapsed) || (held && open && profile == 1));
        let next = world.plan(&config, NOW);
        prop_assert_eq!(short(&next), Vec::<String>::new(), "{:#?}", short(&planned));
    }
}
