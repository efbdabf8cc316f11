//! What the pages look like, to the letter.

use std::collections::BTreeMap;

use snapbox::{IntoData as _, assert_data_eq, file, str};

use super::fixtures::{self, instant, tag};
use super::outcomes::Recorded;
use super::snapshots::AccountCounts;
use super::{Colour, diagnostics, failure, hostile, json, outcomes, plan, snapshots};
use crate::base::{Diagnostic, Digest, FileId, Site, Sources, Span};
use crate::model::change::{Cause, Change};
use crate::model::observation::Completeness;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Plan;

fn plain(plan: &Plan) -> String {
    plan::text(plan, 80).to_text(Colour::Plain)
}

#[test]
fn a_plan_tells_who_leaves_moves_and_joins() {
    assert_data_eq!(
        plain(&fixtures::story()),
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 17:22 UTC · 2 apps

Leaves · 1 person
- David Chen · 0817 · last day 6 March 2026 · people.toml:31 · a date arrived
    - deactivate  okta   deactivated: cannot sign in; groups stay
    - deactivate  slack  deactivated: signed out everywhere, messages stay

Moves · 1 person
~ Sarah Park · 0412 · profile ENG-3
    - revoke      okta   groups engineering             not in ENG-3
    + grant       okta   groups engineering-leads       ENG-3 · profiles.toml:30
    ~ update      okta   title Engineer → Lead Engineer   people.toml:20

Joins · 1 person
+ Emma Johnson · 1042 · starts 17 March 2026 as MKT-MGR · people.toml:12 ·
    a date arrived
    + create      okta   emma.johnson@meridianmanufacturing.com
    + grant       okta   groups everyone             everyone · profiles.toml:14
    + grant       okta   groups all-staff            "
    + grant       okta   groups marketing-managers   MKT-MGR · profiles.toml:22
    + create      slack  emma.johnson@meridianmanufacturing.com
    ~ set         slack  user_type (none) → full     everyone · profiles.toml:9
    + grant       slack  channels #marketing-campaigns-europe-middle-east
                           ↳ marketing-department · profiles.toml:24

Other changes · 1 person
~ Zoë Okafor · 0933
    ~ update      okta   email zoe.obi@m.example → zoe.okafor@m.example
                         family_name Obi → Okafor
                         department (none) → Finance   people.toml:44
    ~ adopt       slack  zoe.obi@m.example is theirs by previous email
                         HR id (none) → 0933         changed outside of provisor

plan a92159ee95db · commit 3f2c9a1b77de
Plan: 2 to deactivate · 1 to revoke · 1 to set · 5 to grant · 2 to create ·
      1 to adopt · 2 to update · 0 held · 0 blocked

"#]]
    );
}

#[test]
fn a_plan_in_colour() {
    let text = plan::text(&fixtures::story(), 80).to_text(Colour::Ansi);
    assert_data_eq!(text, file!["golden/plan.term.svg": TermSvg]);
}

#[test]
fn what_makes_a_plan_less_than_whole_comes_first_and_last() {
    assert_data_eq!(
        plain(&fixtures::trouble()),
        str![[r#"
× INCOMPLETE plan for Meridian Manufacturing as of 7 March 2026, 17:22 UTC ·
  4 apps
× unread github: credentials refused while reading the users (HTTP 401); nothing
  is planned there
  github said: “token expired\u{1b}[2K on 2026-03-01”
  → check the app's credentials in provisor.toml and where they come from ·
    request req-77aa
× incomplete jira: an account id came twice while paging; nothing is created or
  removed there
⚠ first run: there is no snapshot yet, so that nothing is removed by omission
  and nothing is inferred from history.

Leaves · 1 person
- David Chen · 0817 · last day 6 March 2026 · people.toml:31 · a date arrived
    - deactivate  okta   deactivated: cannot sign in; groups stay
    - deactivate  slack  deactivated: signed out everywhere, messages stay

Moves · 1 person
~ Sarah Park · 0412 · profile ENG-3
    - revoke      okta   groups engineering             not in ENG-3
    + grant       okta   groups engineering-leads       ENG-3 · profiles.toml:30
    ~ update      okta   title Engineer → Lead Engineer   people.toml:20

Joins · 1 person
+ Emma Johnson · 1042 · starts 17 March 2026 as MKT-MGR · people.toml:12 ·
    a date arrived
    + create      okta   emma.johnson@meridianmanufacturing.com
    + grant       okta   groups everyone             everyone · profiles.toml:14
    + grant       okta   groups all-staff            "
    + grant       okta   groups marketing-managers   MKT-MGR · profiles.toml:22
    + create      slack  emma.johnson@meridianmanufacturing.com
    ~ set         slack  user_type (none) → full     everyone · profiles.toml:9
    + grant       slack  channels #marketing-campaigns-europe-middle-east
                           ↳ marketing-department · profiles.toml:24

Other changes · 1 person
~ Zoë Okafor · 0933
    ~ update      okta   email zoe.obi@m.example → zoe.okafor@m.example
                         family_name Obi → Okafor
                         department (none) → Finance   people.toml:44
    ~ adopt       slack  zoe.obi@m.example is theirs by previous email
                         HR id (none) → 0933         changed outside of provisor

Held · 7 · a human must decide
? held Raj Patel · 0555 · in every app · R3 · people.toml:1
    Removed from the files without an end date, while a period was running.
    → Put the entry back; if they left, give it an `end_date`.
? held Raj Patel · 0555 · okta · R7 · people.toml:50
    raj@m.example is theirs by email, but stores HR id 0999: that of another
    person.
    → Correct the email in the files, or the account in okta.
? held Raj Patel · 0555 · okta · R7 · people.toml:50
    raj@m.example is theirs by email, but the last snapshot says that it is that
    of nobody in the files.
    → Correct the email in the files, or the account in okta.
? held Raj Patel · 0555 · okta · R8 · people.toml:50
    raj@m.example matches Raj Patel (0555) and Raj Patil (0556) alike.
    → Give each an email of their own, or name the owner's login in `logins`.
? held Raj Patel · 0555 · okta · R8 · people.toml:50
    They match several accounts by the same rule: raj@m.example (active) and
    r.patel@m.example (inactive).
    → Name theirs in `logins`, or close the others in okta.
? held Raj Patel · 0555 · okta · R9 · people.toml:50
    raj@m.example was closed, and no run of ours did it: somebody may have had a
    reason.
    → Open it in okta if they should have it; else end their entry.
? held Raj Patel · 0555 · in every app · people.toml:50
    Their entry has a problem (unknown-manager): nothing is granted, closings go
    on.
    → Run `provisor validate` to see the line, and correct it.

Blocked · 3 · a rule or the app forbids it
× blocked Raj Patel · 0555 · okta · R9 · people.toml:50
    The reading of okta is incomplete (an account id came twice while paging),
    so that nobody can say who has no account there.
    → Run plan again when okta answers in full.
× blocked Raj Patel · 0555 · slack · R11 · people.toml:24
    There is no #marketting among the channels of slack.
    → Did you mean #marketing or #marketing-managers? Correct the name in the
      files, or make it in slack.
    not done: grant slack channels #a; grant slack channels #b; grant slack
      channels #c and 2 more
× blocked Raj Patel · 0555 · slack · R11 · people.toml:25
    slack has several channels of the name #team.
    → Rename all but one of them in slack.

Surplus · 1 account of people to whom no profile gives the app: reported only
  slack Raj Patel · 0555 · active

Unmanaged · 13 accounts that match nobody: reported only
  okta old-01@m.example · active
  okta old-02@m.example · active
  okta old-03@m.example · active
  okta old-04@m.example · active
  okta old-05@m.example · active
  okta old-06@m.example · active
  okta old-07@m.example · active
  okta old-08@m.example · active
  okta old-09@m.example · active
  okta old-10@m.example · active
  and 3 more

Upcoming · 1 person whose accounts are not due yet
  1 April 2026      Ines Ortega · 1050 · 2 apps

plan 300ea35c54ba · commit 3f2c9a1b77de
Plan: 2 to deactivate · 1 to revoke · 1 to set · 5 to grant · 2 to create ·
      1 to adopt · 2 to update · 7 held · 3 blocked · INCOMPLETE: github, jira

"#]]
        .raw()
    );
}

#[test]
fn an_empty_plan_claims_no_more_than_is_known() {
    assert_data_eq!(
        plain(&fixtures::empty()),
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 17:22 UTC · 2 apps

Nothing to do: all accounts are as the files say.

plan 7fccc70b6db2 · commit 3f2c9a1b77de
Plan: 0 to deactivate · 0 held · 0 blocked

"#]]
    );
    let mut held = fixtures::empty();
    held.body.withheld = vec![fixtures::impediments().swap_remove(0)];
    assert_data_eq!(
        plain(&held),
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 17:22 UTC · 2 apps

Nothing to do: all other accounts are as the files say.

Held · 1 · a human must decide
? held Raj Patel · 0555 · in every app · R3 · people.toml:1
    Removed from the files without an end date, while a period was running.
    → Put the entry back; if they left, give it an `end_date`.

plan ce7f743ab42c · commit 3f2c9a1b77de
Plan: 0 to deactivate · 1 held · 0 blocked

"#]]
    );
    let mut unread = fixtures::trouble();
    unread.body.changes.clear();
    assert!(!plain(&unread).contains("all accounts are as"));
}

#[test]
fn a_long_plan_names_its_people_first() {
    let mut long = fixtures::story();
    let names = [
        "Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kit",
    ];
    for (index, name) in names.into_iter().enumerate() {
        long.body.changes.push(fixtures::change(
            "okta",
            &tag(&format!("{name} Example"), &format!("2{index:03}")),
            None,
            fixtures::create(&format!("{name}@m.example")),
            Cause::Files,
            vec![fixtures::starts(
                jiff::civil::date(2026, 3, 9),
                "OPS",
                100 + index,
            )],
        ));
    }
    let text = plain(&long);
    let overview: String = text.split_inclusive('\n').take(7).collect();
    assert_data_eq!(
        overview,
        str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 17:22 UTC · 2 apps
  - Leaves 1          David Chen
  ~ Moves 1           Sarah Park
  + Joins 12          Emma Johnson, Ann Example, Bo Example, Cy Example, Di
                      Example, Ed Example, Flo Example, Gus Example and 4 more
  ~ Other changes 1   Zoë Okafor


"#]]
    );
}

#[test]
fn a_narrow_page_wraps_under_its_columns() {
    let text = plan::text(&fixtures::story(), 60).to_text(Colour::Plain);
    let joins: String = text
        .split_inclusive('\n')
        .skip_while(|line| !line.starts_with("Joins"))
        .take(8)
        .collect();
    assert_data_eq!(
        joins,
        str![[r#"
Joins · 1 person
+ Emma Johnson · 1042 · starts 17 March 2026 as MKT-MGR ·
    people.toml:12 · a date arrived
    + create      okta
                           emma.johnson@meridianmanufacturing.com
    + grant       okta   groups everyone
                           ↳ everyone · profiles.toml:14
    + grant       okta   groups all-staff   "

"#]]
    );
}

fn outcomes_of(plan: &Plan) -> Vec<StepOutcome> {
    let changes = &plan.body.changes;
    let done = |_: &Change| Outcome::Done { vendor_id: None };
    let mut steps: Vec<StepOutcome> = changes
        .iter()
        .take(10)
        .map(|change| StepOutcome {
            change: change.id.clone(),
            outcome: done(change),
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
        failure: crate::model::failure::Failure::new(
            &"okta".into(),
            crate::model::failure::FailureKind::Unavailable,
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
    let text = outcomes::text(&plan, &outcomes_of(&plan), &recorded, 80);
    assert_data_eq!(
        text.to_text(Colour::Plain),
        str![[r#"
Run 000007 for Meridian Manufacturing · plan a92159ee95db

David Chen · 0817
  ✓ done         deactivate okta deactivated: cannot sign in; groups stay
  = already so   deactivate slack deactivated: signed out everywhere, messages
                   stay

Emma Johnson · 1042
  ✓ done         create okta emma.johnson@meridianmanufacturing.com
  ✓ done         grant okta groups everyone
  ✓ done         grant okta groups all-staff
  ✓ done         grant okta groups marketing-managers
  ✗ failed       create slack emma.johnson@meridianmanufacturing.com
                 credentials refused while reading the users (HTTP 401)
                 slack said: “token expired\u{1b}[2K on 2026-03-01”
                 → check the app's credentials in provisor.toml and where they
                   come from · request req-77aa
  ↷ skipped      set slack user_type (none) → full · needs create slack
  ↷ skipped      grant slack channels #marketing-campaigns-europe-middle-east ·
                   needs create slack

Sarah Park · 0412
  ⚠ unknown      revoke okta groups engineering
                 unavailable while removing the group's member
                 → run again when the app answers; nothing is done twice
  · not started  grant okta groups engineering-leads
  · not started  update okta title Engineer → Lead Engineer

Zoë Okafor · 0933
  · not started  update okta email zoe.obi@m.example → zoe.okafor@m.example,
                   family_name Obi → Okafor, department (none) → Finance
  · not started  adopt slack zoe.obi@m.example is theirs by previous email, HR
                   id (none) → 0933

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
        .map(|(step, change)| outcomes::step_line(change, step, Colour::Plain) + "\n")
        .collect();
    assert_data_eq!(rows, str![[r#"
✓ done         deactivate okta deactivated: cannot sign in; groups stay · David Chen · 0817
= already so   deactivate slack deactivated: signed out everywhere, messages stay · David Chen · 0817
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
{"format":"provisor.outcomes/1","plan":"a92159ee95db8d8492d28efb28ac119336593107dde637cdd44854a7a488e1e9","steps":[{"change":"2fcb9225ae652a8f","outcome":{"result":"done","vendor_id":null},"ended":"2026-03-07T17:23:00Z","milliseconds":40,"request_id":null}]}

"#]]
    );
}

/// A place by its text.
fn site(sources: &Sources, file: FileId, needle: &str) -> Site {
    let start = sources.file(file).text.find(needle).unwrap();
    Site {
        file,
        span: Span {
            start: u32::try_from(start).unwrap(),
            end: u32::try_from(start + needle.len()).unwrap(),
        },
    }
}

#[test]
fn problems_are_shown_with_place_caret_and_hint() {
    let mut sources = Sources::default();
    let people = "[[people]]\nid = \"1042\"\njob_code = \"MKT-MGRR\"\n\n\n\n\n\n\n[[people]]\n\
                  id = '1042'\nmanager = \"9\"\n";
    let people = sources.add("people.toml".into(), people.into());
    let long = format!(
        "token = \"{}SECRET-KEY{}\" # \u{1b}[2K\nnote = \"\u{202e}evil\u{7}\"\n",
        "x".repeat(300),
        "李".repeat(300)
    );
    let long = sources.add("provisor.toml".into(), long);
    let secret = site(&sources, long, "SECRET-KEY");
    let all = [
        Diagnostic::error("unknown-profile", "unknown profile `MKT-MGRR`")
            .at(site(&sources, people, "\"MKT-MGRR\""), "no such profile")
            .hint("did you mean `MKT-MGR`?"),
        Diagnostic::error("duplicate-id", "two people have the id `1042`")
            .at(site(&sources, people, "'1042'"), "again here")
            .at(site(&sources, people, "\"1042\""), "first here")
            .hint(
                "give one of them the id that your HR system has for them: ids never change, \
                 and are never used again",
            ),
        Diagnostic::error("secret-in-file", "a secret is written into the file")
            .at(secret, "")
            .redact(secret),
        Diagnostic::held("odd-note", "the note is odd").at(site(&sources, long, "evil"), "here"),
        Diagnostic::held("foreign-domain", "email outside of the domains")
            .at(site(&sources, people, "\"9\""), ""),
        Diagnostic::error(
            "unreadable-file",
            "more.toml cannot be read: permission denied",
        ),
    ];
    let text = diagnostics::text(&all, &sources, 80, Colour::Plain);
    assert!(!text.contains("SECRET"), "a secret stays one: {text}");
    assert_data_eq!(
        text,
        str![[r#"
error[unknown-profile]: unknown profile `MKT-MGRR`
 --> people.toml:3:12
  |
3 | job_code = "MKT-MGRR"
  |            ^^^^^^^^^^ no such profile
  |
  = help: did you mean `MKT-MGR`?

error[duplicate-id]: two people have the id `1042`
  --> people.toml:11:6
   |
11 | id = '1042'
   |      ^^^^^^ again here
   |
  --> people.toml:2:6
   |
 2 | id = "1042"
   |      ------ first here
   |
   = help: give one of them the id that your HR system has for them: ids
           never change, and are never used again

error[secret-in-file]: a secret is written into the file
 --> provisor.toml:1:310
  |
1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx**********李李李李李李李李李李李李李李...
  |                                  ^^^^^^^^^^

held[odd-note]: the note is odd
 --> provisor.toml:2:10
  |
2 | note = "�evil?"
  |          ^^^^ here

held[foreign-domain]: email outside of the domains
  --> people.toml:12:11
   |
12 | manager = "9"
   |           ^^^

error[unreadable-file]: more.toml cannot be read: permission denied

6 problems: 4 errors, 2 people held

"#]]
    );
    let coloured = diagnostics::text(&all, &sources, 80, Colour::Ansi);
    assert_data_eq!(coloured, file!["golden/problems.term.svg": TermSvg]);
}

#[test]
fn summaries_agree_with_their_numbers() {
    assert_eq!(diagnostics::summary(&[]), "No problems.");
    let held = Diagnostic::held("code", "message");
    assert_eq!(diagnostics::summary(&[held]), "1 problem: 1 person held");
}

#[test]
fn places_at_the_edges_of_files_are_drawn() {
    let texts = [
        "",
        "a = 1\n",
        "a = 1\r\nb = 2\r\n",
        "\t\ta = 1",
        "ä\u{301}李\n\u{0}",
        "\n\n\n",
    ];
    for text in texts
        .map(String::from)
        .into_iter()
        .chain(["x".repeat(100_000)])
    {
        let mut sources = Sources::default();
        let file = sources.add("a.toml".into(), text.clone());
        let ends: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        for end in ends.iter().rev().take(12) {
            let place = |start: usize, end: usize| Site {
                file,
                span: Span {
                    start: u32::try_from(start).unwrap(),
                    end: u32::try_from(end).unwrap(),
                },
            };
            let problem = Diagnostic::error("code", "message")
                .at(place(0, *end), "all of it")
                .at(place(*end, text.len()), "the end")
                .redact(place(0, *end / 2));
            let drawn = diagnostics::text(&[problem], &sources, 80, Colour::Plain);
            assert!(drawn.contains("a.toml:"), "{drawn}");
            assert!(
                drawn.len() < 2000,
                "a window, not the file: {}",
                drawn.len()
            );
        }
    }
}

#[test]
fn zz_scale() {
    let mut long = fixtures::story();
    for index in 0..2000 {
        let who = tag(&format!("Example {index}"), &format!("2{index:04}"));
        for step in 0..5 {
            long.body.changes.push(fixtures::change(
                "okta",
                &who,
                None,
                fixtures::grant("groups", &format!("g{step}")),
                Cause::Files,
                vec![fixtures::starts(
                    jiff::civil::date(2026, 3, 9),
                    "OPS",
                    index,
                )],
            ));
        }
    }
    let watch = crate::base::Clock::running().stopwatch();
    let text = plain(&long);
    panic!("{} bytes in {:?}", text.len(), watch.elapsed());
}
