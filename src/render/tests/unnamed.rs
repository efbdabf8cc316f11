//! Values that nobody names any more (R10), and logins that change (R15).

use super::fixtures::{because, change, edit, empty, revoke, tag};
use super::hostile::corpus;
use crate::base::foreign::is_hostile;
use crate::model::change::{Action, Change};
use crate::model::plan::Plan;
use crate::model::reason::{Cause, Why};
use crate::model::withheld::{Impediment, Withheld, WithheldState};
use crate::render::plan::{Detail, text};
use crate::render::{Colour, html, markdown};

/// Somebody loses a value.
fn loses(id: usize, value: &str, why: Why) -> Change {
    let who = tag("Ann", &id.to_string());
    let login = format!("u{id}");
    let reasons = vec![because(why, None)];
    let action = revoke("groups", value);
    change("okta", &who, Some(&login), action, Cause::Files, reasons)
}

fn losing(count: usize) -> Vec<Change> {
    (0..count)
        .map(|id| loses(id, "legacy", Why::Unnamed))
        .collect()
}

fn plan(changes: Vec<Change>, withheld: Vec<Change>) -> Plan {
    let mut plan = empty();
    plan.body.changes = changes;
    plan.body.withheld = vec![Withheld {
        state: WithheldState::Blocked,
        app: Some("okta".into()),
        person: None,
        why: Impediment::IncompleteReading {
            because: "no answer".to_owned(),
        },
        changes: withheld,
        at: None,
    }];
    plan
}

fn page(plan: &Plan) -> String {
    text(plan, Detail::Brief, 120).to_text(Colour::Plain)
}

/// The lines that tell of values.
fn told(plan: &Plan) -> Vec<String> {
    let page = page(plan).replace('\u{a0}', " ");
    let lines = page.lines().filter(|line| line.contains("no longer named"));
    lines.map(str::to_owned).collect()
}

#[test]
fn r10_the_page_says_how_many_lose_a_value_that_nobody_names() {
    const OF: &str = "⚠ okta groups legacy: no longer named by any profile: ";
    for (done, withheld, says) in [
        (14, 0, "14 people lose it"),
        (1, 0, "1 person loses it"),
        (2, 12, "2 people lose it, 12 more would: withheld below"),
        (0, 14, "14 people would lose it: withheld below"),
    ] {
        let mut all = losing(done + withheld);
        let rest = all.split_off(done);
        assert_eq!(told(&plan(all, rest)), [format!("{OF}{says}")]);
    }
    let job_code = "A".into();
    let mover = loses(1, "legacy", Why::NoLongerNamed { job_code });
    assert_eq!(told(&plan(vec![mover], Vec::new())), [""; 0]);
}

#[test]
fn r10_the_values_that_most_people_lose_are_listed_first_and_the_rest_counted() {
    let few = (0..12).map(|id| loses(id, &format!("g{id:02}"), Why::Unnamed));
    let changes = few.chain(losing(2)).collect();
    let told = told(&plan(changes, Vec::new()));
    assert_eq!(told.len(), 11);
    assert!(told[0].contains("groups legacy: "), "{told:#?}");
    assert!(told[10].ends_with("and 3 more values"), "{told:#?}");
}

#[test]
fn no_value_and_no_login_forges_a_line() {
    for name in corpus() {
        let mut changes = vec![loses(1, &name, Why::Unnamed)];
        let edits = vec![edit("login", &name, &name)];
        let (who, reason) = (tag(&name, "1042"), because(Why::Entry, None));
        let action = Action::Update { edits };
        let renamed = change(
            "okta",
            &who,
            Some(&name),
            action,
            Cause::Files,
            vec![reason],
        );
        changes.push(renamed);
        let plan = plan(changes, Vec::new());
        assert_eq!(told(&plan).len(), 1, "{name:?}");
        for page in [
            page(&plan),
            markdown::plan(&plan, 60_000),
            html::plan(&plan),
        ] {
            let hostile = |c: char| c != '\n' && is_hostile(c);
            assert!(!page.contains(hostile), "{name:?}");
            let forged = |line: &str| line.starts_with("::") || line.contains("##[");
            assert!(!page.lines().any(forged), "{name:?}: {page}");
        }
    }
}
