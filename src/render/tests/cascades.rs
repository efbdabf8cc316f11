//! What is awaited from another app looks like this, to the letter.

use jiff::civil::date;
use snapbox::{assert_data_eq, str};

use super::fixtures::{at, because, change, create, empty, grant, instant, profile, starts, tag};
use crate::model::change::{Action, Cascade, Change};
use crate::model::failure::{Failure, FailureKind};
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Plan;
use crate::model::reason::{Cause, Why};
use crate::model::withheld::{Impediment, Withheld, WithheldState};
use crate::render::outcomes::{self, Recorded};
use crate::render::{Colour, plan};

fn by() -> Cascade {
    Cascade {
        source: "okta".into(),
        deadline: 600,
    }
}

fn await_of(login: &str) -> Action {
    let Action::Create(account) = create(login) else {
        unreachable!("a create")
    };
    Action::Await { account, by: by() }
}

/// Emma joins, David leaves, Raj's accounts cannot come.
fn cascade() -> Plan {
    let (emma, david) = (tag("Emma Johnson", "1042"), tag("David Chen", "0817"));
    let raj = tag("Raj Patel", "0555");
    let joins = |app: &str, action, more: Option<_>| {
        let begins = starts(date(2026, 3, 17), "MKT-MGR", 12);
        let reasons = [begins].into_iter().chain(more).collect();
        change(app, &emma, None, action, Cause::Files, reasons)
    };
    let leaves = |app: &str, effect: &str, by| {
        let last_day = date(2026, 3, 6);
        let left = because(Why::Left { last_day }, at("people.toml", 31));
        let effect = effect.to_owned();
        let action = Action::Deactivate { effect, by };
        change(app, &david, Some("david"), action, Cause::Files, vec![left])
    };
    let provides = because(
        Why::Provides {
            app: "salesforce".into(),
        },
        at("profiles.toml", 30),
    );
    let mut plan = empty();
    plan.body.changes = vec![
        leaves("okta", "deactivated: cannot sign in", None),
        leaves("salesforce", "deactivated", Some(by())),
        joins("okta", create("emma@m.example"), None),
        joins("okta", grant("groups", "app-salesforce"), Some(provides)),
        joins("salesforce", await_of("emma@m.example"), None),
        joins(
            "salesforce",
            grant("permission_sets", "Marketing"),
            Some(profile(&["MKT-MGR"], 31)),
        ),
    ];
    let skipped = |why, changes: Vec<Change>| Withheld {
        state: match &why {
            Impediment::Destructive { .. } => WithheldState::Blocked,
            _ => WithheldState::Skipped,
        },
        app: Some("salesforce".into()),
        person: Some(raj.clone()),
        why,
        changes,
        at: at("people.toml", 50),
    };
    let source = || "okta".into();
    let awaited = change(
        "salesforce",
        &raj,
        None,
        await_of("raj@m.example"),
        Cause::Files,
        Vec::new(),
    );
    plan.body.withheld = vec![
        skipped(
            Impediment::Destructive {
                effect: "deleted, with all that it owns".into(),
            },
            Vec::new(),
        ),
        skipped(
            Impediment::SourceUnread {
                source: source(),
                because: "unavailable while reading the users".into(),
            },
            vec![awaited],
        ),
        skipped(Impediment::SourceWithheld { source: source() }, Vec::new()),
        skipped(
            Impediment::AssignsNothing {
                source: source(),
                group: "app-salesforce".into(),
            },
            Vec::new(),
        ),
    ];
    plan
}

#[test]
fn a_plan_tells_what_is_awaited_from_whom_and_what_is_skipped() {
    let text = plan::text(&cascade(), plan::Detail::Full, 80).to_text(Colour::Plain);
    assert_data_eq!(
        text,
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 2 apps

Leaves · 1 person
- David Chen · 0817 · last day 6 March 2026 · people.toml:31
    - deactivate  okta        deactivated: cannot sign in
    - deactivate  salesforce  deactivated; awaited from okta, closed by provisor
                                if not so within 10 min

Joins · 1 person
+ Emma Johnson · 1042 · starts 17 March 2026 as MKT-MGR · people.toml:12
    + create      okta        emma@m.example
    + grant       okta        groups app-salesforce
                                ↳ provides salesforce · profiles.toml:30
    ~ await       salesforce  emma@m.example from okta (up to 10 min)
    + grant       salesforce  permission_sets Marketing
                                ↳ MKT-MGR · profiles.toml:31

Blocked · 1 · a rule or the app forbids it
× blocked Raj Patel · 0555 · salesforce · R2 · people.toml:50
    Closing it here destroys data: deleted, with all that it owns
    → Hand over what they own; then set `allow_destructive = true` for
      salesforce.

Skipped · 3 · what it requires cannot happen
? skipped Raj Patel · 0555 · salesforce · R17 · people.toml:50
    okta makes this account, and could not be read: unavailable while reading
    the users
    → Plan again once it answers.
    not done: await salesforce raj@m.example
? skipped Raj Patel · 0555 · salesforce · R17 · people.toml:50
    okta makes this account, and what would make it is itself not done.
    → See what is said of them in okta.
? skipped Raj Patel · 0555 · salesforce · R18 · people.toml:50
    Members of app-salesforce are assigned no app in okta: no account would
    come.
    → Assign the app to the group in okta.

plan 2b9162e6b696 · commit 3f2c9a1b77de
Plan: 2 to deactivate · 2 to grant · 1 to create · 1 to await · 0 held ·
      1 blocked · 3 skipped

"#]]
    );
}

#[test]
fn outcomes_tell_who_made_an_account_and_what_did_not_come() {
    let plan = cascade();
    let late = Failure::new(
        &"salesforce".into(),
        FailureKind::Overdue,
        "waiting 10 min for okta to make the account",
    );
    let page = |awaited: Outcome, milliseconds| {
        let mut steps: Vec<StepOutcome> = plan
            .body
            .changes
            .iter()
            .map(|change| StepOutcome {
                change: change.id.clone(),
                outcome: Outcome::Done { vendor_id: None },
                ended: instant("2026-03-07T17:23:00Z"),
                milliseconds: 40,
                request_id: None,
            })
            .collect();
        let root = steps[4].change.clone();
        (steps[4].outcome, steps[4].milliseconds) = (awaited, milliseconds);
        if !steps[4].outcome.is_good() {
            steps[5].outcome = Outcome::Skipped { root };
        }
        let recorded = Recorded {
            run: "000007".into(),
            snapshot: None,
        };
        outcomes::text(&plan, &steps, &recorded, plan::Detail::Full, 80).to_text(Colour::Plain)
    };
    let came = page(Outcome::Done { vendor_id: None }, 3_040);
    assert_data_eq!(
        came,
        str![[r#"
Run 000007 for Meridian Manufacturing · plan 2b9162e6b696

David Chen · 0817
  ✓ done         deactivate  okta
  ✓ done         deactivate  salesforce

Emma Johnson · 1042
  ✓ done         create      okta        emma@m.example
  ✓ done         grant       okta        groups app-salesforce
  ✓ done         await       salesforce  emma@m.example · made by okta after 3 s
  ✓ done         grant       salesforce  permission_sets Marketing

Run: 6 done · 4 held or blocked

"#]]
    );
    let failed = page(Outcome::Failed { failure: late }, 600_000);
    assert_data_eq!(
        failed,
        str![[r#"
Run 000007 for Meridian Manufacturing · plan 2b9162e6b696

David Chen · 0817
  ✓ done         deactivate  okta
  ✓ done         deactivate  salesforce

Emma Johnson · 1042
  ✓ done         create      okta        emma@m.example
  ✓ done         grant       okta        groups app-salesforce
  ✗ failed       await       salesforce  emma@m.example
                 nothing came while waiting 10 min for okta to make the account
                 → look at the assignment's status in the app that makes the
                   account; the next run tries again
  ↷ skipped      grant       salesforce  permission_sets Marketing · needs await
                                           salesforce

Run: 4 done · 1 failed · 1 skipped · 4 held or blocked

"#]]
    );
}
