//! Reports of whoever comes and goes: names that attack, in every format.

use std::collections::{BTreeMap, BTreeSet};

use super::fixtures::instant;
use super::hostile::{bare, corpus, legible};
use crate::base::Digest;
use crate::base::source::Location;
use crate::model::account::{AccountKind, Status};
use crate::model::change::{AccountTag, Action, Change, PersonTag};
use crate::model::failure::{Failure, FailureKind};
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, WithheldState};
use crate::render::json::Layout;
use crate::render::{Colour, csv, figures, html, json, leaver, markdown, readiness};
use crate::reports::figures::{
    Deprovision, Door, Exception, ExceptionKind, Failures, Manual, Provision, Report, Runs,
    SeatFigure, Share, WithheldFigure,
};
use crate::reports::leaver::{
    Account, AnswersFor, Certificate, Closing, Ended, Evidence, Found, Gap, Held, Known, ReadBack,
    Step,
};
use crate::reports::readiness::{
    AppReadiness, Away, Employment, Hire, Manager, Next, Readiness, Standing, State, Todo, Value,
};

const AT: &str = "2026-03-07T17:22:00Z";

fn tag(name: &str) -> PersonTag {
    PersonTag {
        id: name.into(),
        name: name.into(),
    }
}

fn account(name: &str) -> AccountTag {
    AccountTag {
        vendor_id: name.into(),
        login: name.into(),
    }
}

fn place(name: &str) -> Location {
    Location {
        file: name.into(),
        line: 1,
    }
}

fn day() -> jiff::civil::Date {
    jiff::civil::date(2026, 3, 17)
}

/// Who is ready, with a name wherever a file or an app may have put one.
fn who_is_ready(name: &str) -> Readiness {
    let failure = Failure::new(&name.into(), FailureKind::Unavailable, name).said(name);
    let value = || Value {
        kind: name.to_owned(),
        value: name.into(),
        level: Some(name.into()),
    };
    let entry = Impediment::Entry {
        code: name.to_owned(),
        message: name.to_owned(),
    };
    let approval = Impediment::NeedsApproval {
        kind: name.to_owned(),
        value: name.to_owned(),
        level: None,
        holds: false,
        snippet: vec![name.to_owned()],
    };
    let settle = |why| Todo::Settle {
        state: WithheldState::Held,
        why,
        at: Some(place(name)),
    };
    let (action, cause) = (Action::Reactivate, Cause::Files);
    let change = Change::new(
        &name.into(),
        None,
        Some(account(name)),
        action,
        cause,
        Vec::new(),
    );
    let app = |state, standing, todo| AppReadiness {
        app: name.into(),
        owner: Some(name.into()),
        made_by: Some(name.into()),
        state,
        standing,
        account: Some(account(name)),
        holds: vec![value()],
        lacks: vec![value()],
        todo,
    };
    let opens = instant(AT);
    let read = |failure, lacks| vec![Todo::Read { failure, lacks }];
    Readiness {
        format: crate::reports::readiness::FORMAT.to_owned(),
        as_of: instant(AT),
        time_zone: "UTC".to_owned(),
        until: Some(instant(AT)),
        hires: vec![Hire {
            person: tag(name),
            email: name.into(),
            entry: place(name),
            employment: Employment::Starts {
                on: day(),
                begins: instant(AT),
                returns: false,
                job_code: name.into(),
            },
            time_zone: "UTC".to_owned(),
            manager: Some(Manager {
                person: tag(name),
                email: name.into(),
                leave: Some(Away {
                    from: day(),
                    until: None,
                }),
            }),
            leave: None,
            standing: Standing::NotReady,
            todo: vec![settle(entry)],
            apps: vec![
                app(State::Active, Standing::NotReady, vec![settle(approval)]),
                app(
                    State::Missing,
                    Standing::NotReady,
                    vec![Todo::Apply {
                        changes: vec![change],
                    }],
                ),
                app(
                    State::Pending,
                    Standing::Waiting,
                    vec![Todo::Accept {
                        since: Some(opens),
                        until: Some(opens),
                    }],
                ),
                app(State::Later { opens }, Standing::Waiting, Vec::new()),
                app(
                    State::NotKnown,
                    Standing::NotKnown,
                    read(Some(failure.clone()), None),
                ),
                app(
                    State::NotKnown,
                    Standing::NotKnown,
                    read(None, Some(name.to_owned())),
                ),
                app(State::Inactive, Standing::NotReady, vec![Todo::OutOfScope]),
            ],
        }],
        next: None,
        unread: vec![failure],
    }
}

fn certificate(name: &str) -> Certificate {
    let digest = Digest::of(b"x");
    let step = Step {
        run: name.into(),
        change: Change::new(
            &name.into(),
            None,
            None,
            Action::Reactivate,
            Cause::Files,
            Vec::new(),
        )
        .id,
        actor: name.into(),
        commit: Some(name.to_owned()),
        plan: digest,
        journal: None,
        snapshot: None,
        request_id: Some(name.into()),
    };
    let account = |state, closing| Account {
        app: name.into(),
        owner: Some(name.into()),
        account: account(name),
        state,
        reading: Some(ReadBack {
            at: instant(AT),
            object: digest,
            carried: Some(name.to_owned()),
        }),
        closing: Some(closing),
        open_for: Some(60),
        holds: vec![Held {
            kind: name.to_owned(),
            value: name.into(),
            level: Some(name.into()),
            seat: Some(name.to_owned()),
        }],
        kept_until: Some(day()),
        tasks: vec![name.to_owned()],
    };
    let (at, seen, why) = (instant(AT), instant(AT), name.to_owned());
    let status = Status::Active;
    Certificate {
        format: crate::reports::leaver::FORMAT.to_owned(),
        organisation: name.into(),
        time_zone: "UTC".to_owned(),
        person: tag(name),
        in_files: false,
        ended: Ended {
            last_day: Some(day()),
            at: Some(instant("2026-03-01T00:00:00Z")),
            known_since: Some(Known {
                snapshot: 1,
                written: instant(AT),
                commit: Some(name.to_owned()),
            }),
        },
        returns: Some(day()),
        evidence: Evidence {
            snapshot: 1,
            digest,
            written: instant(AT),
            runs: vec![name.into()],
            actor: name.into(),
            commit: Some(name.to_owned()),
            configuration: digest,
            tool: name.to_owned(),
            pruned: Some(1),
        },
        closed: false,
        gaps: vec![Gap {
            app: name.into(),
            why: name.to_owned(),
        }],
        accounts: vec![
            account(Found::Closed, Closing::Run { at, step }),
            account(Found::NotKnown { why }, Closing::Others { seen }),
            account(Found::Open { status }, Closing::Others { seen }),
        ],
        answers_for: vec![AnswersFor {
            app: name.into(),
            login: name.to_owned(),
            kind: AccountKind::Service,
            purpose: name.into(),
        }],
    }
}

fn report(name: &str) -> Report {
    let half = Share {
        numerator: 1,
        denominator: 2,
    };
    Report {
        format: crate::reports::figures::FORMAT.to_owned(),
        organisation: name.into(),
        time_zone: "UTC".to_owned(),
        since: None,
        until: instant(AT),
        pruned: Some(1),
        runs: Runs::default(),
        provision: Provision::default(),
        deprovision: Deprovision {
            longest: vec![Door {
                app: name.into(),
                person: tag(name),
                ended: instant(AT),
                closed: None,
                seconds: 60,
            }],
            still_open: 1,
            ..Deprovision::default()
        },
        failures: BTreeMap::from([(
            name.into(),
            Failures {
                failed: half,
                kinds: BTreeMap::from([(FailureKind::Forbidden, 1)]),
            },
        )]),
        withheld: vec![WithheldFigure {
            impediment: name.to_owned(),
            rule: Some(name.to_owned()),
            cases: 1,
            still: 1,
        }],
        manual: BTreeMap::from([(name.into(), Manual { undone: half })]),
        seats: vec![SeatFigure {
            app: name.into(),
            pool: name.to_owned(),
            used: 2,
            total: 1,
            at: instant(AT),
        }],
        exceptions: vec![Exception {
            until: day(),
            kind: ExceptionKind::Extra,
            person: Some(tag(name)),
            apps: vec![name.into()],
            reason: name.into(),
            past: true,
            at: place(name),
        }],
    }
}

#[test]
fn no_name_forges_a_report() {
    for name in corpus() {
        let ready = who_is_ready(&name);
        let nobody = Readiness {
            hires: Vec::new(),
            next: Some(Next {
                on: day(),
                people: vec![tag(&name)],
            }),
            ..ready.clone()
        };
        let (certificate, report) = (certificate(&name), report(&name));
        for colour in [Colour::Plain, Colour::Ansi] {
            for page in [
                readiness::text(&ready, 80),
                readiness::text(&nobody, 80),
                leaver::text(&certificate, 80),
                figures::text(&report, 80),
            ] {
                legible(&bare(&page.to_text(colour)), &name);
            }
        }
        for data in [
            markdown::readiness(&ready, markdown::MOST_BYTES),
            markdown::leaver(&certificate),
            csv::readiness(&ready),
            json::readiness(&ready, Layout::Pretty),
            json::leaver(&certificate, Layout::Compact),
            json::figures(&report, Layout::Pretty),
        ] {
            legible(&data, &name);
        }
    }
}

/// A name adds no element to a page: every one of them has the elements of the page of a plain name.
#[test]
fn no_name_becomes_more_than_text_on_a_page() {
    let pages = |name: &str| {
        [
            html::readiness(&who_is_ready(name)),
            html::leaver(&certificate(name)),
            html::figures(&report(name)),
        ]
    };
    let elements = |page: &String| -> BTreeSet<String> {
        let after = page.split('<').skip(1);
        let name = |text: &str| {
            text.split([' ', '>', '\n'])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        after.map(name).collect()
    };
    let plain = pages("Ada").each_ref().map(elements);
    for name in corpus() {
        for (page, plain) in pages(&name).iter().zip(&plain) {
            let more: Vec<String> = elements(page).difference(plain).cloned().collect();
            assert_eq!(more, [""; 0], "{name:?}");
            assert_eq!(
                page.matches("<script").count(),
                page.matches("</script").count()
            );
            legible(page, &name);
        }
    }
}
