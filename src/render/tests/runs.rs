//! What runs and snapshots look like, to the letter.

use std::collections::BTreeMap;

use snapbox::{IntoData as _, assert_data_eq, file, str};

use super::fixtures::{self, instant};
use super::hostile;
use crate::base::Digest;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::Completeness;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Plan;
use crate::render::outcomes::Recorded;
use crate::render::snapshots::AccountCounts;
use crate::render::{Colour, failure, json, outcomes, snapshots};

fn outcomes_of(plan: &Plan) -> Vec<StepOutcome> {
    let changes = &plan.body.changes;
    let mut steps: Vec<StepOutcome> = changes
        .iter()
        .take(10)
        .map(|change| StepOutcome {
            change: change.id.clone(),
            outcome: Outcome::Done { vendor_id: None },
            ended: instant("2026-03-07T17:23:00Z"),
            milliseconds: 40,
            request_id: None,
        })
        .collect();
    steps[1].outcome = Outcome::AlreadySo { vendor_id: None };
    steps[6].outcome = Outcome::Failed {
        failure: fixtures::refused("slack"),
    };
    let root = changes[6].id.clone();
    steps[7].outcome = Outcome::Skipped { root: root.clone() };
    steps[8].outcome = Outcome::Skipped { root };
    steps[9].outcome = Outcome::Unknown {
        failure: Failure::new(
            &"okta".into(),
            FailureKind::Unavailable,
            "removing the group's member",
        ),
    };
    steps
}

#[test]
fn outcomes_tell_root_causes_once() {
    let plan = fixtures::story();
    let recorded = Recorded {
        run: "000007".into(),
        snapshot: Some((7, Digest::of(b"head"))),
    };
    let text = outcomes::text(
        &plan,
        &outcomes_of(&plan),
        &recorded,
        crate::render::plan::Detail::Full,
        80,
    );
    assert_data_eq!(
        text.to_text(Colour::Plain),
        str![[r#"
Run 000007 for Meridian Manufacturing · plan 22a9f2b08e18

David Chen · 0817
  ✓ done         deactivate  okta
  = already so   deactivate  slack

Emma Johnson · 1042
  ✓ done         create      okta   emma.johnson@meridianmanufacturing.com
  ✓ done         grant       okta   groups everyone
  ✓ done         grant       okta   groups all-staff
  ✓ done         grant       okta   groups marketing-managers
  ✗ failed       create      slack  emma.johnson@meridianmanufacturing.com
                 credentials refused while reading the users (HTTP 401)
                 slack said: “token expired\u{1b}[2K on 2026-03-01”
                 → check the app's credentials in provisor.toml and where they
                   come from · request req-77aa
  ↷ skipped      set         slack  user_type (none) → full · needs create slack
  ↷ skipped      grant       slack  channels
                                      #marketing-campaigns-europe-middle-east ·
                                      needs create slack

Sarah Park · 0412
  ⚠ unknown      revoke      okta   groups engineering
                 unavailable while removing the group's member
                 → run again when the app answers; nothing is done twice
  · not started  grant       okta   groups engineering-leads
  · not started  update      okta   title Engineer → Lead Engineer

Zoë Okafor · 0933
  · not started  update      okta   email zoe.obi@m.example →
                                      zoe.okafor@m.example, family_name Obi →
                                      Okafor, department (none) → Finance
  · not started  adopt       slack  zoe.obi@m.example is theirs by previous
                                      email, HR id (none) → 0933

Snapshot 7 · 9f2e6d33a3717ee826353a404ba4618d1aeeb6879ad7936bce8ed5f46814924d
Run: 5 done · 1 already so · 1 failed · 1 unknown · 2 skipped · 4 not started

"#]]
        .raw()
    );
    assert_data_eq!(
        text.to_text(Colour::Ansi),
        file!["golden/outcomes.term.svg": TermSvg]
    );
}

#[test]
fn a_log_has_one_row_per_step() {
    let plan = fixtures::story();
    let rows: String = outcomes_of(&plan)
        .iter()
        .zip(&plan.body.changes)
        .map(|(step, change)| outcomes::step_line(change, step, "UTC", Colour::Plain) + "\n")
        .collect();
    assert_data_eq!(rows, str![[r#"
✓ done         deactivate okta · David Chen · 0817
= already so   deactivate slack · David Chen · 0817
✓ done         create okta emma.johnson@meridianmanufacturing.com · Emma Johnson · 1042
✓ done         grant okta groups everyone · Emma Johnson · 1042
✓ done         grant okta groups all-staff · Emma Johnson · 1042
✓ done         grant okta groups marketing-managers · Emma Johnson · 1042
✗ failed       create slack emma.johnson@meridianmanufacturing.com · Emma Johnson · 1042: credentials refused while reading the users (HTTP 401): “token expired\u{1b}[2K on 2026-03-01”
↷ skipped      set slack user_type (none) → full · Emma Johnson · 1042: what it requires did not happen
↷ skipped      grant slack channels #marketing-campaigns-europe-middle-east · Emma Johnson · 1042: what it requires did not happen
⚠ unknown      revoke okta groups engineering · Sarah Park · 0412: unavailable while removing the group's member

"#]].raw());
}

#[test]
fn a_failure_says_what_to_do() {
    let text = failure::text(&fixtures::refused("okta"), 80).to_text(Colour::Plain);
    assert_data_eq!(
        text,
        str![[r#"
✗ failed okta: credentials refused while reading the users (HTTP 401)
  okta said: “token expired\u{1b}[2K on 2026-03-01”
  → check the app's credentials in provisor.toml and where they come from ·
    request req-77aa

"#]]
        .raw()
    );
}

#[test]
fn snapshots_are_listed_and_shown() {
    let manifest = hostile::manifest("okta");
    let head = Digest::of(b"head");
    let list = snapshots::list(&[(head, &manifest)], 80).to_text(Colour::Plain);
    assert_data_eq!(
        list,
        str![[r#"
2       7 March 2026, 17:22 UTC   9f2e6d33a371  run 000001 ⚠ died, okta ·
        7 done · 1 failed

"#]]
    );
    let accounts = BTreeMap::from([(
        "okta".into(),
        AccountCounts {
            active: 1204,
            pending: 3,
            inactive: 40,
            completeness: Completeness::Complete,
        },
    )]);
    let show = snapshots::show(head, &manifest, &accounts, 80).to_text(Colour::Plain);
    assert_data_eq!(
        show,
        str![[r#"
Snapshot 2 · 7 March 2026, 17:22 UTC

  head          9f2e6d33a3717ee826353a404ba4618d1aeeb6879ad7936bce8ed5f46814924d
  previous      6da0633528deaa0144e7b058315f0b753ec0b945163a72bf96a0d18180f9de0d
  as of         7 March 2026, 17:22 UTC
  runs          run 000001 ⚠ died, okta
  actor         okta
  reason        okta
  commit        okta
  plan          64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525
  configuration b7d64a9221007dfd5390f7df6cd5b8f3ea4f82faa1237141e35ebf161f5511a1
  provisor      0.1.0
  changes       7 done · 1 failed

Apps · 3
  github · × unread: okta
  okta · read 7 March 2026, 17:22 UTC · 2958d416d08a
    1,247 accounts · 1,204 active · 3 pending · 40 inactive · complete
  slack · ⚠ carried forward from 7 March 2026, 17:22 UTC · 2958d416d08a: okta

"#]]
    );
    assert_data_eq!(
        snapshots::list(&[], 80).to_text(Colour::Plain),
        str![[r#"
No snapshot yet: the first apply writes one.

"#]]
    );
}

#[test]
fn data_has_an_envelope_and_a_body() {
    let text = json::plan(&fixtures::empty(), json::Layout::Compact);
    assert!(text.starts_with(r#"{"envelope":{"created":"2026-03-07T17:22:00Z""#));
    assert_eq!(text.lines().count(), 1);
    let plan = fixtures::story();
    let steps = outcomes_of(&plan);
    let report = json::outcomes(&plan, &steps[..1], json::Layout::Compact);
    assert_data_eq!(
        report,
        str![[r#"
{"format":"provisor.outcomes/1","plan":"22a9f2b08e18927779bd436d058d7c3e92da51b23d21356d40953b21bffb7d7c","steps":[{"change":"2fcb9225ae652a8f","outcome":{"result":"done","vendor_id":null},"ended":"2026-03-07T17:23:00Z","milliseconds":40,"request_id":null}]}

"#]]
    );
}
