//! What changed outside of provisor and what was pruned, under attack.

use crate::base::Digest;
use crate::model::account::AccountKind;
use crate::model::change::{Change, PersonTag};
use crate::model::reason::Cause;
use crate::model::withheld::WithheldState;
use crate::render::{Colour, csv, drift as page, html, json, markdown, prune, verification};
use crate::reports::difference::{End, Entry, Explanation, Value, What, Worth};
use crate::reports::drift::{Compared, Drift, Drifted, FORMAT, Left, Next, Unrecorded};
use crate::state::tombstone::Tombstone;
use crate::state::verify::{Note, Verified};

use super::fixtures::{account, edit, grant, impediments, instant};
use super::hostile::{bare, corpus, legible};
use super::html::check as check_html;
use super::markdown::{check as check_markdown, harmless};

/// Drift of every kind, with a name wherever one can stand.
fn drift(name: &str) -> Drift {
    let at = instant("2026-03-07T17:22:00Z");
    let entry = |what: What, explained: Explanation| Entry {
        person: Some(PersonTag {
            id: name.into(),
            name: name.into(),
        }),
        app: name.into(),
        account: account(name),
        what,
        old: Value::Is(name.into()),
        new: Value::Is(name.into()),
        explained,
    };
    let change = |action| {
        let app = name.into();
        Box::new(Change::new(
            &app,
            None,
            None,
            action,
            Cause::Drift,
            Vec::new(),
        ))
    };
    let update = crate::model::change::Action::Update {
        edits: vec![edit(name, name, name)],
    };
    let nexts = [
        Next::Undone {
            change: change(grant(name, name)),
            due: false,
        },
        Next::Replaced {
            change: change(update),
        },
        Next::Agreed {
            change: Some(change(grant(name, name))),
        },
        Next::Agreed { change: None },
        Next::Left {
            why: Left::Listed {
                kind: AccountKind::Service,
            },
        },
    ];
    let withheld = impediments().into_iter().map(|item| Next::Withheld {
        state: WithheldState::Held,
        why: Box::new(item.why),
    });
    let whats = [
        What::Account,
        What::Login,
        What::Entitlement {
            kind: name.to_owned(),
            value: name.into(),
        },
        What::Attribute {
            name: name.to_owned(),
        },
    ];
    let nexts = nexts.into_iter().chain(withheld);
    let drifted = nexts
        .zip(whats.into_iter().cycle())
        .map(|(next, what)| Drifted {
            entry: entry(what, Explanation::Nothing),
            privileged: true,
            next,
        });
    let begun = Explanation::Begun {
        run: name.into(),
        change: change(grant(name, name)).id,
        verb: crate::model::change::Verb::Grant,
    };
    let unread = || Worth::Unread { why: name.into() };
    Drift {
        format: FORMAT,
        time_zone: "UTC".to_owned(),
        as_of: at,
        since: End {
            serial: 1,
            written: at,
            digest: Digest::of(b"head"),
        },
        apps: vec![
            Compared {
                app: name.into(),
                then: unread(),
                now: unread(),
                incomplete: Some(name.into()),
                unasked: 2,
            },
            Compared {
                app: name.into(),
                then: Worth::Carried {
                    at,
                    why: name.into(),
                },
                now: Worth::Read { at },
                incomplete: None,
                unasked: 0,
            },
        ],
        entries: drifted.collect(),
        explained: vec![entry(What::Status, begun)],
        runs: vec![Unrecorded {
            run: name.into(),
            started: at,
            actor: name.into(),
        }],
    }
}

fn tombstone(name: &str) -> Tombstone {
    let at = instant("2026-03-07T17:22:00Z");
    Tombstone {
        format: name.to_owned(),
        number: 1,
        previous: None,
        head: Digest::of(b"head"),
        at,
        actor: name.into(),
        reason: name.into(),
        tool: name.to_owned(),
        before: at,
        until: 2,
        runs: Vec::new(),
        objects: Vec::new(),
    }
}

fn verified(name: &str) -> Verified {
    Verified {
        notes: vec![Note::Pruned {
            tombstone: 1,
            at: instant("2026-03-07T17:22:00Z"),
            by: name.into(),
            reason: name.into(),
            until: 2,
            objects: 3,
            runs: 2,
            left: 1,
            vouched: false,
        }],
        ..Verified::default()
    }
}

#[test]
fn no_name_forges_a_screen() {
    for name in corpus() {
        for screen in [
            page::text(&drift(&name), 80),
            prune::shown(&tombstone(&name), 80),
            verification::text(&verified(&name), 80),
        ] {
            legible(&screen.to_text(Colour::Plain), &name);
            legible(&bare(&screen.to_text(Colour::Ansi)), &name);
        }
        let text = json::drift(&drift(&name), json::Layout::Pretty);
        legible(&text, &name);
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["entries"][0]["person"]["name"], name.as_str());
    }
}

#[test]
fn names_are_text_in_markdown_on_a_page_and_in_a_table() {
    for name in corpus() {
        let told = drift(&name);
        let text = markdown::drift(&told, markdown::MOST_BYTES);
        check_markdown(&text);
        harmless(&text, &name);
        assert!(text.len() <= markdown::MOST_BYTES);
        let html = html::drift(&told);
        check_html(&html);
        assert!(!html.contains("\" onload"), "{name:?}");
        let text = csv::drift(&told);
        legible(&text, &name);
        let mut table = ::csv::Reader::from_reader(text.as_bytes());
        let columns = table.headers().unwrap().len();
        let rows: Vec<_> = table.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), told.entries.len() + 1, "a gap, and a row each");
        for row in rows {
            assert_eq!(row.len(), columns);
            let formula = |cell: &&str| cell.trim_start().starts_with(['=', '+', '-', '@', '\t']);
            assert_eq!(row.iter().find(formula), None, "{name:?}");
        }
    }
}
