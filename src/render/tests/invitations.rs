//! Who has not accepted their invitation, to the letter and under attack.

use snapbox::{assert_data_eq, str};

use super::fixtures::{account, empty, tag};
use super::hostile::corpus;
use crate::base::foreign::is_hostile;
use crate::model::change::{Action, Cause, Change, NewAccount};
use crate::model::plan::{Impediment, Plan, Withheld, WithheldState};
use crate::render::plan::{Detail, text};
use crate::render::{Colour, html, markdown};

fn invited(name: &str) -> Plan {
    let who = tag(name, "1042");
    let sent = "2026-03-11T16:00:00Z".parse().unwrap();
    let action = Action::Invite {
        account: NewAccount {
            login: name.into(),
            email: name.into(),
            hr_id: None,
            attributes: std::collections::BTreeMap::new(),
        },
        renewal: 1,
    };
    let mut plan = empty();
    plan.body.changes = vec![Change::new(
        &"okta".into(),
        Some(who.clone()),
        Some(account(name)),
        action,
        Cause::Clock,
        Vec::new(),
    )];
    let held = [
        Impediment::Expired {
            account: account(name),
            since: sent,
            renewals: 2,
        },
        Impediment::Expired {
            account: account(name),
            since: sent,
            renewals: 0,
        },
        Impediment::Declined {
            account: account(name),
            since: sent,
        },
        Impediment::WentAway {
            account: account(name),
        },
    ];
    let waits = Impediment::Acceptance {
        since: Some(sent),
        until: Some("2026-03-18T16:00:00Z".parse().unwrap()),
    };
    let item = |state, why| Withheld {
        state,
        app: Some("github".into()),
        person: Some(who.clone()),
        why,
        changes: Vec::new(),
        at: None,
    };
    plan.body.withheld = held.map(|why| item(WithheldState::Held, why)).into();
    plan.body.withheld.push(item(WithheldState::Waiting, waits));
    plan
}

#[test]
fn who_waits_and_who_is_held_is_said_in_full() {
    let page = text(&invited("Emma"), Detail::Full, 100).to_text(Colour::Plain);
    assert_data_eq!(page, str![[r#""#]]);
}

#[test]
fn no_name_breaks_out() {
    for name in corpus() {
        let plan = invited(&name);
        let page = text(&plan, Detail::Full, 80).to_text(Colour::Plain);
        let comment = markdown::plan(&plan, 60_000);
        let site = html::plan(&plan);
        for text in [&page, &comment, &site] {
            let bad = text.chars().find(|c| *c != '\n' && is_hostile(*c));
            assert_eq!(bad, None, "{name:?}:\n{text}");
            let commands = |line: &str| line.trim_start().starts_with("::");
            assert!(!text.lines().any(commands), "{text}");
        }
        assert!(comment.contains("Please decide (4)") && site.contains("waiting"));
    }
}
