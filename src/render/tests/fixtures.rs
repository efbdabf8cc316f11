//! Plans for the tests of this room.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::base::source::Location;
use crate::base::{Digest, Foreign};
use crate::model::account::{LinkRule, Status};
use crate::model::allowance::{Unused, WhyUnused};
use crate::model::change::{AccountTag, Action, AttributeEdit, Change, NewAccount, PersonTag};
use crate::model::failure::{Failure, FailureKind};
use crate::model::guard::{Entry, Guard, Judgement, Limit, Override, Verdict};
use crate::model::plan::{
    AppSummary, Body, Envelope, FORMAT, Plan, SurplusAccount, UnmanagedAccount,
};
use crate::model::reason::{Cause, Reason, Why};
use crate::model::upcoming::{Event, What};
use crate::model::withheld::{Impediment, Withheld, WithheldState};

pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "a reason's place is optional")]
pub fn at(file: &str, line: usize) -> Option<Location> {
    Some(Location {
        file: file.into(),
        line,
    })
}

pub fn tag(name: &str, id: &str) -> PersonTag {
    PersonTag {
        id: id.into(),
        name: name.into(),
    }
}

pub fn account(login: &str) -> AccountTag {
    AccountTag {
        vendor_id: format!("id-{login}").into(),
        login: login.into(),
    }
}

pub fn because(why: Why, at: Option<Location>) -> Reason {
    Reason { why, at }
}

pub fn profile(chain: &[&str], line: usize) -> Reason {
    let chain = chain.iter().map(|key| (*key).into()).collect();
    because(Why::Profile { chain }, at("profiles.toml", line))
}

pub fn starts(on: Date, job_code: &str, line: usize) -> Reason {
    let why = Why::Starts {
        on,
        job_code: job_code.into(),
    };
    because(why, at("people.toml", line))
}

pub fn change(
    app: &str,
    person: &PersonTag,
    login: Option<&str>,
    action: Action,
    cause: Cause,
    reasons: Vec<Reason>,
) -> Change {
    Change::new(
        &app.into(),
        Some(person.clone()),
        login.map(account),
        action,
        cause,
        reasons,
    )
}

pub fn grant(kind: &str, value: &str) -> Action {
    Action::Grant {
        kind: kind.into(),
        value: value.into(),
        level: None,
    }
}

pub fn revoke(kind: &str, value: &str) -> Action {
    Action::Revoke {
        kind: kind.into(),
        value: value.into(),
        level: None,
    }
}

pub fn create(login: &str) -> Action {
    Action::Create(NewAccount {
        login: login.into(),
        email: login.into(),
        hr_id: None,
        attributes: BTreeMap::new(),
    })
}

pub fn edit(attribute: &str, before: &str, after: &str) -> AttributeEdit {
    AttributeEdit {
        attribute: attribute.into(),
        before: (!before.is_empty()).then(|| before.into()),
        after: after.into(),
    }
}

fn read(accounts: usize) -> AppSummary {
    AppSummary::Read {
        accounts,
        matched: accounts,
        incomplete: None,
        administrators: None,
        own: None,
        digest: Digest::of(b"reading"),
    }
}

/// Nothing to do.
pub fn empty() -> Plan {
    Plan {
        envelope: Envelope {
            created: instant("2026-03-07T17:22:00Z"),
            tool: "0.1.0".into(),
            commit: Some("3f2c9a1b77de4410aa10".into()),
            fetched_at: BTreeMap::new(),
            expires: Timestamp::MAX,
            rehearsal: false,
        },
        body: Body {
            format: FORMAT.into(),
            organisation: "Meridian Manufacturing".into(),
            as_of: instant("2026-03-07T17:22:00Z"),
            time_zone: "America/Los_Angeles".to_owned(),
            configuration: Digest::of(b"configuration"),
            settings: Digest::of(b"settings"),
            against: None,
            selection: None,
            edited: BTreeMap::new(),
            due: false,
            first_run: false,
            apps: BTreeMap::from([("okta".into(), read(120)), ("slack".into(), read(118))]),
            changes: Vec::new(),
            edges: Vec::new(),
            changed_settings: Vec::new(),
            unused: Vec::new(),
            guards: Vec::new(),
            accounts: Vec::new(),
            withheld: Vec::new(),
            unmanaged: Vec::new(),
            surplus: Vec::new(),
            out_of_scope: 0,
            upcoming: Vec::new(),
            privileged: Vec::new(),
            tasks: Vec::new(),
            held_through: Vec::new(),
            reminders: Vec::new(),
            ordered: Vec::new(),
            also_closed: Vec::new(),
        },
    }
}

/// One joins, one moves, one leaves, one is renamed.
pub fn story() -> Plan {
    let emma = tag("Emma Johnson", "1042");
    let sarah = tag("Sarah Park", "0412");
    let david = tag("David Chen", "0817");
    let zoe = tag("Zoë Okafor", "0933");
    let mut plan = empty();
    let left = || {
        vec![because(
            Why::Left {
                last_day: date(2026, 3, 6),
            },
            at("people.toml", 31),
        )]
    };
    let close = |app, effect: &str, cause| {
        let action = Action::Deactivate {
            by: None,
            effect: effect.into(),
        };
        change(
            app,
            &david,
            Some("david.chen@m.example"),
            action,
            cause,
            left(),
        )
    };
    let joins = |app, login, action, more: Option<Reason>| {
        let mut reasons = vec![starts(date(2026, 3, 17), "MKT-MGR", 12)];
        reasons.extend(more);
        change(app, &emma, login, action, Cause::Clock, reasons)
    };
    let login = "emma.johnson@meridianmanufacturing.com";
    let moves = |app, action, reason| {
        change(
            app,
            &sarah,
            Some("sarah.park@m.example"),
            action,
            Cause::Files,
            vec![reason],
        )
    };
    let gone = |job_code: &str| {
        because(
            Why::NoLongerNamed {
                job_code: job_code.into(),
            },
            None,
        )
    };
    plan.body.changes = vec![
        close(
            "okta",
            "deactivated: cannot sign in; groups stay",
            Cause::Clock,
        ),
        close(
            "slack",
            "deactivated: signed out everywhere, messages stay",
            Cause::Clock,
        ),
        joins("okta", None, create(login), None),
        joins(
            "okta",
            Some(login),
            grant("groups", "everyone"),
            Some(profile(&["MKT-MGR", "everyone"], 14)),
        ),
        joins(
            "okta",
            Some(login),
            grant("groups", "all-staff"),
            Some(profile(&["MKT-MGR", "everyone"], 14)),
        ),
        joins(
            "okta",
            Some(login),
            grant("groups", "marketing-managers"),
            Some(profile(&["MKT-MGR"], 22)),
        ),
        joins("slack", None, create(login), None),
        joins(
            "slack",
            Some(login),
            Action::Set {
                kind: "user_type".into(),
                key: None,
                before: None,
                after: "full".into(),
            },
            Some(profile(&["MKT-MGR", "everyone"], 9)),
        ),
        joins(
            "slack",
            Some(login),
            grant("channels", "#marketing-campaigns-europe-middle-east"),
            Some(profile(&["MKT-MGR", "marketing-department"], 24)),
        ),
        moves("okta", revoke("groups", "engineering"), gone("ENG-3")),
        moves(
            "okta",
            grant("groups", "engineering-leads"),
            profile(&["ENG-3"], 30),
        ),
        moves(
            "okta",
            Action::Update {
                edits: vec![edit("title", "Engineer", "Lead Engineer")],
            },
            because(Why::Entry, at("people.toml", 20)),
        ),
        change(
            "okta",
            &zoe,
            Some("zoe.obi@m.example"),
            Action::Update {
                edits: vec![
                    edit("family_name", "Obi", "Okafor"),
                    edit("email", "zoe.obi@m.example", "zoe.okafor@m.example"),
                    edit("department", "", "Finance"),
                ],
            },
            Cause::Files,
            vec![because(Why::Entry, at("people.toml", 44))],
        ),
        change(
            "slack",
            &zoe,
            Some("zoe.obi@m.example"),
            Action::Adopt {
                rule: LinkRule::PreviousEmail,
                before: Foreign::default(),
                hr_id: "0933".into(),
            },
            Cause::Drift,
            vec![because(
                Why::Matched {
                    rule: LinkRule::PreviousEmail,
                },
                None,
            )],
        ),
    ];
    plan
}

/// One of each impediment.
pub fn impediments() -> Vec<Withheld> {
    let raj = tag("Raj Patel", "0555");
    let item = |state, app: Option<&str>, why, line| Withheld {
        state,
        app: app.map(Into::into),
        person: Some(raj.clone()),
        why,
        changes: Vec::new(),
        at: at("people.toml", line),
    };
    let held = WithheldState::Held;
    let blocked = WithheldState::Blocked;
    let mut unknown = item(
        blocked,
        Some("slack"),
        Impediment::UnknownValue {
            kind: "channels".into(),
            value: "#marketting".into(),
            nearest: vec!["#marketing".into(), "#marketing-managers".into()],
        },
        24,
    );
    unknown.changes = ["#a", "#b", "#c", "#d", "#e"]
        .map(|channel| {
            change(
                "slack",
                &raj,
                None,
                grant("channels", channel),
                Cause::Files,
                Vec::new(),
            )
        })
        .into();
    vec![
        item(held, None, Impediment::Vanished, 1),
        item(
            held,
            Some("okta"),
            Impediment::Contradiction {
                account: account("raj@m.example"),
                hr_id: "0999".into(),
                owner: Some("0999".into()),
            },
            50,
        ),
        item(
            held,
            Some("okta"),
            Impediment::Contradiction {
                account: account("raj@m.example"),
                hr_id: Foreign::default(),
                owner: None,
            },
            50,
        ),
        item(
            held,
            Some("okta"),
            Impediment::SeveralPeople {
                account: account("raj@m.example"),
                people: vec![raj.clone(), tag("Raj Patil", "0556")],
            },
            50,
        ),
        item(
            held,
            Some("okta"),
            Impediment::SeveralAccounts {
                accounts: vec![
                    (account("raj@m.example"), Status::Active),
                    (account("r.patel@m.example"), Status::Inactive),
                ],
            },
            50,
        ),
        item(
            held,
            Some("okta"),
            Impediment::InactiveNotByUs {
                account: account("raj@m.example"),
            },
            50,
        ),
        item(
            held,
            None,
            Impediment::Entry {
                code: "unknown-manager".into(),
                message: "no person has the id `0007`".into(),
            },
            50,
        ),
        item(
            blocked,
            Some("okta"),
            Impediment::IncompleteReading {
                because: "an account id came twice while paging".into(),
            },
            50,
        ),
        unknown,
        item(
            held,
            Some("okta"),
            Impediment::OwnAccount {
                account: account("raj@m.example"),
            },
            50,
        ),
        item(
            blocked,
            Some("slack"),
            Impediment::AmbiguousValue {
                kind: "channels".into(),
                value: "#team".into(),
            },
            25,
        ),
    ]
}

/// An entry of `approvals.toml`.
fn allowed(number: usize) -> Override {
    Override {
        app: Some("slack".into()),
        guard: Guard::Deactivations,
        number,
        reason: "INC-7: the agency's contract ends".into(),
        entry: at("approvals.toml", 12).map(|at| Entry {
            until: "2026-04-01".parse().unwrap(),
            at,
        }),
    }
}

/// A guard that refuses to take the last administrators.
pub fn last_administrators() -> Judgement {
    Judgement {
        guard: Guard::Administrators,
        app: Some("okta".into()),
        planned: 1,
        recent: 0,
        base: 3,
        limit: Limit::exactly(2),
        verdict: Verdict::Tripped,
    }
}

/// Everything that can go wrong, beside the story.
pub fn trouble() -> Plan {
    let mut plan = story();
    let body = &mut plan.body;
    body.first_run = true;
    body.apps.insert(
        "github".into(),
        AppSummary::Unread {
            failure: refused("github"),
        },
    );
    body.apps.insert(
        "jira".into(),
        AppSummary::Read {
            accounts: 40,
            matched: 38,
            incomplete: Some("an account id came twice while paging".into()),
            administrators: None,
            own: None,
            digest: Digest::of(b"reading"),
        },
    );
    body.withheld = impediments();
    body.guards = vec![Judgement {
        guard: Guard::Deactivations,
        app: Some("slack".into()),
        planned: 7,
        recent: 0,
        base: 120,
        limit: Limit::exactly(3),
        verdict: allowed(7).verdict(),
    }];
    body.unused = vec![Unused {
        allowed: allowed(6),
        why: WhyUnused::OtherNumber { planned: 7 },
    }];
    body.unmanaged = (1..=13)
        .map(|number| UnmanagedAccount {
            app: "okta".into(),
            account: account(&format!("old-{number:02}@m.example")),
            status: Status::Active,
        })
        .collect();
    body.surplus = vec![SurplusAccount {
        app: "slack".into(),
        person: tag("Raj Patel", "0555"),
        account: account("raj@m.example"),
        status: Status::Active,
    }];
    body.upcoming = vec![Event {
        on: date(2026, 3, 12),
        person: tag("Ines Ortega", "1050"),
        brings: What::Opens {
            apps: vec!["okta".into(), "slack".into()],
        },
    }];
    plan
}

pub fn refused(app: &str) -> Failure {
    let mut failure = Failure::new(&app.into(), FailureKind::Unauthorized, "reading the users")
        .said("token expired\u{1b}[2K on 2026-03-01");
    failure.status = Some(401);
    failure.request_id = Some("req-77aa".into());
    failure
}
