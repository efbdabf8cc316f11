//! What is privileged, kept apart, out of seats and due for review, to the letter and under attack.

use jiff::civil::date;
use snapbox::{assert_data_eq, str};

use super::fixtures::{at, because, change, empty, grant, tag};
use super::hostile::corpus;
use crate::base::foreign::is_hostile;
use crate::model::account::AccountKind;
use crate::model::breach::{Breach, Party};
use crate::model::plan::Plan;
use crate::model::privileged::PrivilegedHolder;
use crate::model::reason::{Cause, Why};
use crate::model::reminder::{Reminder, Reminds};
use crate::model::withheld::{Impediment, Withheld, WithheldState};
use crate::render::plan::{Detail, text};
use crate::render::{Colour, html, markdown};

fn decided(name: &str) -> Plan {
    let who = tag(name, "1042");
    let mut plan = empty();
    let why = Why::Approved {
        approver: "0007".into(),
        reason: name.into(),
        until: date(2026, 12, 31),
    };
    let reasons = vec![because(why, at("approvals.toml", 3))];
    let mut given = change(
        "okta",
        &who,
        Some(name),
        grant("groups", name),
        Cause::Files,
        reasons,
    );
    given.privileged = true;
    let account = given.account.clone().unwrap();
    plan.body.changes = vec![given];
    plan.body.privileged = vec![PrivilegedHolder {
        app: "okta".into(),
        kind: "groups".into(),
        value: name.into(),
        level: None,
        person: None,
        account,
        approved_until: None,
        ends: None,
    }];
    plan.body.reminders = vec![Reminder {
        app: "okta".into(),
        login: name.into(),
        kind: AccountKind::Service,
        owner: who.clone(),
        why: Reminds::OwnerLeft {
            last_day: date(2026, 2, 27),
        },
        at: at("accounts.toml", 1).unwrap(),
    }];
    let party = |value: &str, line| Party {
        app: "okta".into(),
        kind: "groups".into(),
        value: value.into(),
        at: at("profiles.toml", line),
    };
    let whys = [
        Impediment::NeedsApproval {
            kind: "groups".into(),
            value: name.into(),
            level: None,
            holds: false,
            snippet: vec![
                "[[approval]]".into(),
                format!("apps.okta.groups = [\"{name}\"]"),
            ],
        },
        Impediment::Separation(Box::new(Breach {
            rule: name.into(),
            reason: name.into(),
            this: party(name, 4),
            other: party("payments", 9),
            held: false,
            leaving: false,
            unread: false,
        })),
        Impediment::MissingAttribute {
            attributes: vec![name.into(), "department".into()],
            snippet: vec![format!("title = \"{name}\""), "department = \"\"".into()],
        },
        Impediment::NoSeat {
            pool: name.into(),
            used: 320,
            total: 320,
            needed: 2,
            freed: 1,
        },
    ];
    let item = |why| Withheld {
        state: WithheldState::Blocked,
        app: Some("okta".into()),
        person: Some(who.clone()),
        why,
        changes: Vec::new(),
        at: None,
    };
    plan.body.withheld = whys.map(item).into();
    plan
}

#[test]
fn what_others_decide_is_said_in_full() {
    let page = text(&decided("administrators"), Detail::Full, 100).to_text(Colour::Plain);
    assert_data_eq!(
        page,
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 2 apps
⚠ service account administrators in okta: administrators · 1042, who answers for it, left on
  27 February 2026 · accounts.toml:1

Privileged · 1 to give · 1 held
  ! grant okta groups administrators privileged · administrators · 1042 · approved by 0007 until
      31 December 2026: administrators · approvals.toml:3
  held okta groups administrators · administrators · ⚠ no approval in force

Gains access · 1 person
+ administrators · 1042
    ! grant  okta  groups administrators privileged
                     ↳ approved by 0007 until 31 December 2026: administrators · approvals.toml:3

Blocked · 4 · a rule or the app forbids it
× blocked administrators · 1042 · okta · R12
    groups administrators is privileged, and no approval is in force.
    → If somebody else approves, add to approvals.toml:
      [[approval]]
      apps.okta.groups = ["administrators"]
× blocked administrators · 1042 · okta · R13
    "administrators" (administrators) keeps apart okta groups administrators · profiles.toml:4 and
    okta groups payments · profiles.toml:9.
    → Take one of the two from their profile, or move them to another.
× blocked administrators · 1042 · okta · R15
    okta makes no account without administrators, department, and the files say nothing of it.
    → Complete their entry in the people file:
      title = "administrators"
      department = ""
× blocked administrators · 1042 · okta · R14
    No seat of administrators is left: 320 of 320 are taken; this plan needs 2 and frees 1.
    → Buy seats, or take some from others; they go by start date, then id.

plan d9bd695f80a1 · commit 3f2c9a1b77de
Plan: 0 to deactivate · 1 to grant · 1 privileged · 0 held · 4 blocked

"#]]
    );
}

#[test]
fn no_name_forges_what_others_decide() {
    for name in corpus() {
        let plan = decided(&name);
        let page = text(&plan, Detail::Full, 80).to_text(Colour::Plain);
        let comment = markdown::plan(&plan, 60_000);
        let site = html::plan(&plan);
        for text in [&page, &comment, &site] {
            let bad = text.chars().find(|c| *c != '\n' && is_hostile(*c));
            assert_eq!(bad, None, "{name:?}:\n{text}");
            assert!(
                text.lines()
                    .all(|line| !line.trim_start().starts_with("::"))
            );
        }
        let folds = |text: &str| text.matches("</details>").count();
        let harmless = folds(&markdown::plan(&decided("x"), 60_000));
        let outside: String = comment.split('`').step_by(2).collect();
        assert!(folds(&outside) <= harmless, "{comment}");
        assert!(comment.contains("Privileged (1)") && site.contains("Privileged"));
    }
}
