//! Names that attack a screen, against every page of this room.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr as _;

use super::fixtures::{self, instant};
use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, Digest, Site, Sources, Span};
use crate::model::observation::Completeness;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::Plan;
use crate::model::snapshot::{
    AppReadings, Counts, MANIFEST_FORMAT, Manifest, Provenance, ReadingRecord, RunEnd, RunRecord,
};
use crate::render::outcomes::Recorded;
use crate::render::snapshots::AccountCounts;
use crate::render::{Colour, diagnostics, failure, json, outcomes, plan, snapshots};

/// The names of `tests/hostile/names.json`, each so often as it says.
pub fn corpus() -> Vec<String> {
    let names = include_str!("../../../tests/hostile/names.json");
    let names: Vec<(String, usize)> = serde_json::from_str(names).unwrap();
    let names = names.into_iter();
    names.map(|(text, times)| text.repeat(times)).collect()
}

/// The plan of all troubles, with every text in it that an app or a file may say replaced.
pub fn poisoned(name: &str) -> Plan {
    let mut plan = fixtures::trouble();
    plan.body.guards.push(fixtures::last_administrators());
    let mut json = serde_json::to_value(plan).unwrap();
    poison(&mut json, name);
    serde_json::from_value(json).unwrap()
}

/// Replaces what is free text by its field's name; words, digests and times stay.
fn poison(value: &mut serde_json::Value, name: &str) {
    const FREE: [&str; 22] = [
        "name",
        "login",
        "vendor_id",
        "value",
        "hr_id",
        "before",
        "after",
        "effect",
        "said",
        "request_id",
        "because",
        "code",
        "kind",
        "organisation",
        "what",
        "commit",
        "owner",
        "file",
        "job_code",
        "app",
        "attribute",
        "reason",
    ];
    const ENUMS: [&str; 16] = [
        "opens",
        "unauthorized",
        "starts",
        "profile",
        "left",
        "entry",
        "no_longer_named",
        "matched",
        "requires",
        "follows",
        "extra",
        "access_ended",
        "on_leave",
        "released",
        "closed_before",
        "closed_by_us",
    ];
    match value {
        serde_json::Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    serde_json::Value::String(text)
                        if FREE.contains(&key.as_str()) && !ENUMS.contains(&text.as_str()) =>
                    {
                        name.clone_into(text);
                    }
                    serde_json::Value::Array(items)
                        if matches!(key.as_str(), "chain" | "nearest") =>
                    {
                        for item in items {
                            *item = name.into();
                        }
                    }
                    other => poison(other, name),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poison(item, name)),
        _ => {}
    }
}

fn outcomes_of(plan: &Plan, name: &str) -> Vec<StepOutcome> {
    let root = plan.body.changes[0].id.clone();
    let mut failure = fixtures::refused(name).said(name);
    failure.request_id = Some(name.into());
    failure.what = name.to_owned();
    let all = [
        Outcome::Done { vendor_id: None },
        Outcome::AlreadySo { vendor_id: None },
        Outcome::Failed {
            failure: failure.clone(),
        },
        Outcome::Unknown { failure },
        Outcome::Skipped { root },
        Outcome::NotStarted,
    ];
    plan.body
        .changes
        .iter()
        .zip(all.iter().cycle())
        .map(|(change, outcome)| StepOutcome {
            change: change.id.clone(),
            outcome: outcome.clone(),
            ended: instant("2026-03-07T17:22:00Z"),
            milliseconds: 1,
            request_id: None,
        })
        .collect()
}

pub fn manifest(name: &str) -> Manifest {
    let digest = Digest::of(b"object");
    let at = instant("2026-03-07T17:22:00Z");
    let readings = |after| AppReadings {
        before: ReadingRecord::Read { object: digest, at },
        after,
    };
    Manifest {
        format: MANIFEST_FORMAT.into(),
        serial: 2,
        previous: Some(Digest::of(b"previous")),
        written: at,
        as_of: at,
        runs: vec![
            RunRecord {
                run: "000001".into(),
                end: RunEnd::Died,
                journal: digest,
            },
            RunRecord {
                run: name.into(),
                end: RunEnd::Closed,
                journal: digest,
            },
        ],
        configuration: Digest::of(b"configuration"),
        plan: Digest::of(b"plan"),
        people: Digest::of(b"people"),
        apps: BTreeMap::from([
            (
                name.into(),
                readings(ReadingRecord::Read { object: digest, at }),
            ),
            (
                "slack".into(),
                readings(ReadingRecord::Carried {
                    object: digest,
                    at,
                    why: name.into(),
                }),
            ),
            (
                "github".into(),
                readings(ReadingRecord::Unread { why: name.into() }),
            ),
        ]),
        memory: BTreeMap::from([(name.into(), digest)]),
        actor: name.into(),
        commit: Some(name.into()),
        provenance: Provenance::default(),
        tool: "0.1.0".into(),
        counts: Counts {
            done: 7,
            failed: 1,
            ..Counts::default()
        },
        due: None,
        mandate: None,
        reason: Some(name.into()),
        part: None,
        at_work: None,
        settings: BTreeMap::new(),
        overrides: Vec::new(),
        used_up: Vec::new(),
        pruned: None,
        undone: Vec::new(),
    }
}

fn problems(name: &str, width: usize, colour: Colour) -> String {
    let mut sources = Sources::default();
    let prefix = "name = \"";
    let file = sources.add(
        name.into(),
        format!("# ::error::\n{prefix}{name}\" # after\n"),
    );
    let start = u32::try_from("# ::error::\n".len() + prefix.len()).unwrap();
    let end = start + u32::try_from(name.len()).unwrap();
    let site = Site {
        file,
        span: Span { start, end },
    };
    let all = [
        Diagnostic::error("some-code", name)
            .at(site, name)
            .at(
                Site {
                    file,
                    span: Span { start: 0, end: 1 },
                },
                name,
            )
            .hint(name),
        Diagnostic::held("other-code", name)
            .at(site, "")
            .redact(site),
        Diagnostic::warning("third-code", name),
    ];
    diagnostics::text(&all, &sources, width, colour)
}

/// Every page of this room that keeps to a width, by its name.
fn pages(name: &str, width: usize, colour: Colour) -> Vec<(&'static str, String)> {
    let plan = poisoned(name);
    let steps = outcomes_of(&plan, name);
    let recorded = Recorded {
        run: name.into(),
        snapshot: Some((1, Digest::of(b"head"))),
    };
    let manifest = manifest(name);
    let head = Digest::of(b"head");
    let accounts = BTreeMap::from([(
        name.into(),
        AccountCounts {
            active: 1,
            pending: 0,
            inactive: 2,
            completeness: Completeness::Incomplete(name.into()),
        },
    )]);
    let mut refused = fixtures::refused(name).said(name);
    refused.what = name.into();
    vec![
        (
            "plan",
            plan::text(&plan, plan::Detail::Full, width).to_text(colour),
        ),
        (
            "outcomes",
            outcomes::text(&plan, &steps, &recorded, plan::Detail::Full, width).to_text(colour),
        ),
        (
            "list",
            snapshots::list(&[(head, &manifest)], width).to_text(colour),
        ),
        (
            "show",
            snapshots::show(head, &manifest, &accounts, width).to_text(colour),
        ),
        ("failure", failure::text(&refused, width).to_text(colour)),
    ]
}

/// All that leaves this room in other shapes.
fn streams(name: &str, colour: Colour) -> Vec<(&'static str, String)> {
    let plan = poisoned(name);
    let steps = outcomes_of(&plan, name);
    let log: String = plan
        .body
        .changes
        .iter()
        .zip(&steps)
        .map(|(change, step)| outcomes::step_line(change, step, "UTC", colour) + "\n")
        .collect();
    vec![
        ("log", log),
        ("problems", problems(name, 80, colour)),
        ("json", json::plan(&plan, json::Layout::Pretty)),
        ("json", json::outcomes(&plan, &steps, json::Layout::Compact)),
    ]
}

/// Fails on what moves a cursor, hides, starts a line that is not ours or commands a CI runner.
pub fn legible(text: &str, name: &str) {
    let bad = text.chars().find(|c| *c != '\n' && is_hostile(*c));
    assert_eq!(bad, None, "{name:?} in {text}");
    // JSON keeps every character that cannot forge a screen.
    let data = text.starts_with('{');
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{name:?}: {line}");
        assert!(data || !line.contains("##["), "{name:?}: {line}");
        let forged = line.trim_start().starts_with("+ grant okta groups admins");
        assert!(!forged, "{name:?}: {line}");
    }
}

/// The text without our own colours.
pub fn bare(text: &str) -> String {
    let mut rest = text;
    let mut bare = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare.push_str(before);
        let (sgr, after) = after.split_once('m').expect("an SGR sequence ends");
        assert!(
            sgr.len() <= 8 && sgr.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "not a colour: {sgr:?}"
        );
        rest = after;
    }
    bare + rest
}

#[test]
fn no_name_forges_a_screen() {
    for name in corpus() {
        for colour in [Colour::Plain, Colour::Ansi] {
            let all = pages(&name, 80, colour).into_iter();
            for (_, text) in all.chain(streams(&name, colour)) {
                let text = if colour == Colour::Ansi {
                    bare(&text)
                } else {
                    text
                };
                legible(&text, &name);
            }
        }
    }
}

#[test]
fn lines_keep_to_the_width_unless_one_word_is_wider() {
    for name in corpus() {
        for width in [60, 120] {
            for (page, text) in pages(&name, width, Colour::Plain) {
                for line in text.lines() {
                    // A dot is glued to the word before it.
                    let words = line.trim().trim_end_matches(" ·").split(' ').count();
                    assert!(
                        line.width() <= width || words == 1,
                        "{page} at {width}: {line}"
                    );
                }
            }
        }
    }
}

#[test]
fn data_keeps_every_character() {
    for name in corpus() {
        let plan = poisoned(&name);
        for layout in [json::Layout::Compact, json::Layout::Pretty] {
            let back: Plan = serde_json::from_str(&json::plan(&plan, layout)).unwrap();
            assert_eq!(back, plan);
        }
    }
}
