//! Figures of a history that is made by hand, so that every answer is known; and of the example.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use provisor::config::Config;
use provisor::model::change::{AccountTag, Action, Change, NewAccount, PersonTag};
use provisor::model::failure::{Failure, FailureKind};
use provisor::model::observation::{Observed, Reading, SeatPool};
use provisor::model::outcome::{Outcome, StepOutcome};
use provisor::model::plan::Body;
use provisor::model::reason::{Cause, Reason, Why};
use provisor::model::withheld::{Impediment, Withheld, WithheldState};
use provisor::reports::figures::{Collector, ExceptionKind, Ran, Report, Share};
use serde_json::Value;
use snapbox::file;

use crate::environment::Environment;
use crate::world::{CRM, PROFILES, SETTINGS, World, app, config, config_with, crm, person};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn tag(id: &str) -> PersonTag {
    PersonTag {
        id: id.into(),
        name: id.into(),
    }
}

fn change(id: &str, action: Action, why: Why) -> Change {
    let exists = !matches!(action, Action::Create(_));
    let account = exists.then(|| AccountTag {
        vendor_id: format!("u-{id}").into(),
        login: id.into(),
    });
    let reasons = vec![Reason { why, at: None }];
    Change::new(
        &app(),
        Some(tag(id)),
        account,
        action,
        Cause::Files,
        reasons,
    )
}

fn create(id: &str, why: Why) -> Change {
    let account = NewAccount {
        login: id.to_owned(),
        email: id.to_owned(),
        hr_id: None,
        attributes: std::collections::BTreeMap::new(),
    };
    change(id, Action::Create(account), why)
}

fn starts(on: Date) -> Why {
    let job_code = "MKT".into();
    Why::Starts { on, job_code }
}

fn close(id: &str, why: Why) -> Change {
    let effect = "deactivated".to_owned();
    change(id, Action::Deactivate { effect, by: None }, why)
}

/// Somebody gave it by hand, and it is taken back.
fn by_hand(id: &str) -> Change {
    let action = Action::Revoke {
        kind: "groups".to_owned(),
        value: "Sales".into(),
        level: None,
    };
    let why = Why::Employed {
        since: date(2020, 1, 6),
        job_code: "MKT".into(),
    };
    let mut change = change(id, action, why);
    change.cause = Cause::Drift;
    change
}

fn no_seat(id: &str) -> Withheld {
    Withheld {
        state: WithheldState::Blocked,
        app: Some(app()),
        person: Some(tag(id)),
        why: Impediment::NoSeat {
            pool: "Full".to_owned(),
            used: 5,
            total: 5,
            needed: 1,
            freed: 0,
        },
        changes: Vec::new(),
        at: None,
    }
}

/// A run by hand: each step with when it ended, and how it failed if it did.
struct HandMade {
    started: Timestamp,
    body: Body,
    steps: Vec<StepOutcome>,
}

impl HandMade {
    fn new(config: &Config, started: &str) -> Self {
        let mut body = World::default().plan(config, started).body;
        body.changes.clear();
        body.withheld.clear();
        Self {
            started: at(started),
            body,
            steps: Vec::new(),
        }
    }

    fn step(mut self, change: Change, ended: &str, failed: Option<FailureKind>) -> Self {
        let outcome = match failed {
            None => Outcome::Done { vendor_id: None },
            Some(kind) => Outcome::Failed {
                failure: Failure::new(&app(), kind, "trying"),
            },
        };
        self.steps.push(StepOutcome {
            change: change.id.clone(),
            outcome,
            ended: at(ended),
            milliseconds: 1,
            request_id: None,
        });
        self.body.changes.push(change);
        self
    }

    fn withheld(mut self, item: Withheld) -> Self {
        self.body.withheld.push(item);
        self
    }
}

fn report(config: &Config, since: Option<&str>, until: &str, runs: &[HandMade]) -> Report {
    let since = since.map(at);
    let mut collector = Collector::new(config, since, at(until));
    for (index, run) in runs.iter().enumerate() {
        let name = format!("{:06}", index + 1).as_str().into();
        let ran = Ran {
            run: &name,
            started: run.started,
            closed: true,
            plan: &run.body,
        };
        collector.take(ran, run.body.changes.iter().zip(&run.steps));
    }
    collector.report(since, &Observed::new())
}

/// Three runs. Days begin at 08:00 UTC, since Los Angeles is eight hours behind.
fn history(config: &Config) -> Vec<HandMade> {
    let left = Why::Left {
        last_day: date(2026, 2, 27),
    };
    let cut = Why::AccessEnded {
        at: at("2026-03-04T00:00:00Z"),
    };
    vec![
        HandMade::new(config, "2026-03-02T12:00:00Z")
            // A week and twenty hours ahead of the tenth.
            .step(
                create("ada", starts(date(2026, 3, 10))),
                "2026-03-02T12:00:00Z",
                None,
            )
            .step(
                close("ben", left.clone()),
                "2026-03-02T12:00:00Z",
                Some(FailureKind::Forbidden),
            )
            .step(
                by_hand("gus"),
                "2026-03-02T12:00:00Z",
                Some(FailureKind::Busy),
            )
            .withheld(no_seat("dana"))
            .withheld(no_seat("hana")),
        HandMade::new(config, "2026-03-02T16:00:00Z")
            // Access ended with 27 February: at 08:00 UTC of the 28th.
            .step(close("ben", left), "2026-03-02T16:00:00Z", None)
            .step(
                create("cleo", starts(date(2026, 3, 3))),
                "2026-03-02T16:00:00Z",
                Some(FailureKind::Unavailable),
            )
            .step(by_hand("gus"), "2026-03-02T16:00:00Z", None)
            .withheld(no_seat("dana")),
        HandMade::new(config, "2026-03-04T08:00:00Z")
            // A day after her first one began.
            .step(
                create("cleo", starts(date(2026, 3, 3))),
                "2026-03-04T08:00:00Z",
                None,
            )
            // Her profile was given the app years after her first day.
            .step(
                create(
                    "edith",
                    Why::Employed {
                        since: date(2020, 1, 6),
                        job_code: "MKT".into(),
                    },
                ),
                "2026-03-04T08:01:00Z",
                None,
            )
            .step(
                close("fay", cut),
                "2026-03-04T08:00:00Z",
                Some(FailureKind::Forbidden),
            ),
    ]
}

#[test]
fn every_figure_of_a_hand_made_history_is_the_known_one() {
    let config = config(SETTINGS, PROFILES, "");
    let report = report(&config, None, "2026-03-05T00:00:00Z", &history(&config));

    assert_eq!(
        (report.runs.all, report.runs.good, report.runs.bad),
        (3, 5, 4)
    );
    let on_time = Share {
        numerator: 1,
        denominator: 2,
    };
    assert_eq!(report.provision.on_time, on_time);
    let ahead = report.provision.ahead.unwrap();
    assert_eq!((ahead.least, ahead.most), (-DAY, 7 * DAY + 19 * HOUR));
    let late = report.provision.asked_late.unwrap();
    assert_eq!((late.number, late.median), (1, 60));

    let open = report.deprovision.open_for.unwrap();
    assert_eq!((open.number, open.median), (1, 2 * DAY + 8 * HOUR));
    // A run knew of it four hours before.
    assert_eq!(report.deprovision.asked_for.unwrap().median, 4 * HOUR);
    let doors = report.deprovision.longest.iter();
    let longest: Vec<_> = doors
        .map(|door| (door.person.id.as_str(), door.seconds, door.closed.is_some()))
        .collect();
    assert_eq!(
        longest,
        [("ben", 2 * DAY + 8 * HOUR, true), ("fay", DAY, false)]
    );
    assert_eq!(report.deprovision.still_open, 1);

    let failures = &report.failures[&app()];
    let failed = Share {
        numerator: 4,
        denominator: 9,
    };
    assert_eq!(failures.failed, failed);
    assert_eq!(failures.kinds[&FailureKind::Forbidden], 2);

    let blocked = &report.withheld[0];
    assert_eq!(
        (blocked.impediment.as_str(), blocked.rule.as_deref()),
        ("no_seat", Some("R14"))
    );
    // Dana twice is one case, and the last run had none.
    assert_eq!((blocked.cases, blocked.still), (2, 0));
    let undone = Share {
        numerator: 1,
        denominator: 1,
    };
    assert_eq!(report.manual[&app()].undone, undone);
}

/// What came before the span tells when something was asked for, and is not counted itself.
#[test]
fn a_span_counts_what_ended_within_it() {
    let config = config(SETTINGS, PROFILES, "");
    let runs = history(&config);
    let late = report(
        &config,
        Some("2026-03-03T00:00:00Z"),
        "2026-03-05T00:00:00Z",
        &runs,
    );
    assert_eq!((late.runs.all, late.runs.good, late.runs.bad), (1, 2, 1));
    // Cleo was asked for the day before.
    let none = Share {
        numerator: 0,
        denominator: 1,
    };
    assert_eq!(late.provision.on_time, none);
    assert_eq!(late.deprovision.open_for, None);
    assert!(late.withheld.is_empty());

    let early = report(&config, None, "2026-03-02T13:00:00Z", &runs);
    assert_eq!((early.runs.all, early.runs.bad), (1, 2));
    // Ben's door was open then.
    assert_eq!(early.deprovision.still_open, 1);
    assert_eq!(early.deprovision.longest[0].seconds, 2 * DAY + 5 * HOUR);
}

/// Somebody who leaves a second time is asked to go a second time; and a door that no plan wants
/// closed any more is none.
#[test]
fn what_was_asked_for_and_done_is_asked_for_anew() {
    let config = config(SETTINGS, PROFILES, "");
    let left = |day| Why::Left { last_day: day };
    let first = left(date(2026, 2, 27));
    let second = left(date(2026, 4, 30));
    let runs = [
        HandMade::new(&config, "2026-03-01T00:00:00Z").step(
            close("ben", first),
            "2026-03-01T00:00:00Z",
            None,
        ),
        HandMade::new(&config, "2026-05-02T00:00:00Z").step(
            close("ben", second.clone()),
            "2026-05-02T01:00:00Z",
            None,
        ),
    ];
    let asked = report(&config, None, "2026-06-01T00:00:00Z", &runs)
        .deprovision
        .asked_for;
    assert_eq!(asked.unwrap().most, HOUR);

    let failed = Some(FailureKind::Busy);
    let runs = [
        HandMade::new(&config, "2026-05-02T00:00:00Z").step(
            close("ben", second),
            "2026-05-02T01:00:00Z",
            failed,
        ),
        HandMade::new(&config, "2026-05-03T00:00:00Z"),
    ];
    let open = |runs: &[HandMade]| {
        report(&config, None, "2026-06-01T00:00:00Z", runs)
            .deprovision
            .still_open
    };
    assert_eq!((open(&runs[..1]), open(&runs)), (1, 0));
}

#[test]
fn seats_and_exceptions_are_as_the_snapshot_and_the_files_have_them() {
    let extra = |until: &str| {
        format!(
            "[[extra]]\nperson = \"1\"\nuntil = {until}\nreason = \"INC {until}\"\napps.directory.groups = [\"Everyone\"]\n"
        )
    };
    let people = person("1", "Ada", "MKT", "2020-01-06", "");
    let people = [
        people,
        extra("2026-03-04"),
        extra("2026-03-19"),
        extra("2026-03-20"),
    ]
    .concat();
    let approvals =
        "[[allow]]\napp = \"directory\"\ncreate = 20\nreason = \"merger\"\nuntil = 2026-03-05\n";
    let settings = format!("{SETTINGS}{CRM}");
    let mut config = config_with(&settings, PROFILES, &people, approvals);
    let seats = &mut config.apps.get_mut(&crm()).unwrap().seats;
    seats.insert("Full".to_owned(), 9);
    let mut observed = World::default().observed(&config, "2026-03-05T12:00:00Z");
    for (name, used, total) in [(app(), 3, 7), (crm(), 8, 0)] {
        let Some(Reading::Read(observation)) = observed.get_mut(&name) else {
            panic!("it was read");
        };
        observation
            .seats
            .insert("Full".to_owned(), SeatPool { used, total });
    }
    let collector = Collector::new(&config, None, at("2026-03-05T20:00:00Z"));
    let report = collector.report(None, &observed);
    let seats: Vec<_> = report
        .seats
        .iter()
        .map(|one| (one.app.as_str(), one.used, one.total, one.free()))
        .collect();
    assert_eq!(seats, [("crm", 8, 9, 1), ("directory", 3, 7, 4)]);
    let near: Vec<_> = report
        .exceptions
        .iter()
        .map(|one| (one.kind, one.until.to_string(), one.past))
        .collect();
    assert_eq!(
        near,
        [
            (ExceptionKind::Extra, "2026-03-04".to_owned(), true),
            (ExceptionKind::Allow, "2026-03-05".to_owned(), false),
            (ExceptionKind::Extra, "2026-03-19".to_owned(), false),
        ]
    );
}

#[test]
fn the_example_is_reported_in_every_format() {
    let environment = Environment::meridian();
    environment.run("report").exits(1);
    environment.run("apply --yes").exits(5);
    environment
        .run("report")
        .exits(0)
        .prints(file!["golden/report.txt"]);
    let run = environment.run("report --format json").exits(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    crate::schemas::conforms("report", &report);
    let html = environment.run("report --format html").exits(0).stdout;
    assert!(
        html.contains("<svg") && html.contains("Priya Nair"),
        "{html}"
    );
    let before = environment
        .run("report --until 2026-03-06 --since 2026-03-01")
        .exits(0);
    assert!(
        before.stdout.contains("Report: 0 runs"),
        "{}",
        before.stdout
    );
    environment.run("report --since yesterday").exits(64);
}
