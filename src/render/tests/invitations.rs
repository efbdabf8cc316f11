//! Who has not accepted their invitation, to the letter and under attack.

use snapbox::{assert_data_eq, str};

use super::fixtures::{account, empty, tag};
use super::hostile::corpus;
use crate::base::foreign::is_hostile;
use crate::model::change::{Action, Change, NewAccount};
use crate::model::plan::Plan;
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, Withheld, WithheldState};
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
    assert_data_eq!(
        page,
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 2 apps
1 change because a date arrived

Gains access · 1 person
+ Emma · 1042 · a date arrived
    + invite  okta  Emma again: the first expired

Held · 4 · a human must decide
? held Emma · 1042 · github · R19
    The invitation of Emma expired; it was sent on 11 March 2026, 09:00 PDT, sent again 2 times
    before.
    → Ask them whether the mail arrives at all; then invite them in github, or end their entry.
? held Emma · 1042 · github · R19
    The invitation of Emma expired; it was sent on 11 March 2026, 09:00 PDT, and cannot be sent
    again by the app's API.
    → Ask them whether the mail arrives at all; then invite them in github, or end their entry.
? held Emma · 1042 · github · R19
    The invitation of Emma, sent on 11 March 2026, 09:00 PDT, was declined or withdrawn: it is gone
    before it expired.
    → Ask them. If they should come, invite them in github, which is then adopted; else end their
      entry.
? held Emma · 1042 · github · R19
    Emma was in use and is gone, and no run of ours did it: they left by themselves, or somebody
    removed them.
    → Ask them. If they should come back, invite them in github, which is then adopted; else end
      their entry.

Waiting · 1 · they have not accepted their invitation yet
  Emma · 1042 · github · invited 11 March 2026, 09:00 PDT, can accept until 18 March 2026, 09:00 PDT

plan 1bb05bc06ca9 · commit 3f2c9a1b77de
Plan: 0 to deactivate · 1 to invite · 4 held · 0 blocked · 1 waiting

"#]]
    );
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
