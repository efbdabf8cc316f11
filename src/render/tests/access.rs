//! Who has what, and why: every format of it, under attack.

use jiff::civil::date;

use super::fixtures::{account, at, because, instant, profile, refused, tag};
use super::hostile::{bare, corpus, legible};
use super::html::check as check_html;
use super::markdown::{check as check_markdown, harmless};
use crate::model::account::{AccountKind, LinkRule, Status};
use crate::model::observation::{Completeness, Origin};
use crate::model::reason::Why;
use crate::render::{Colour, access, csv, explain, html, json, markdown};
use crate::reports::access::{
    Access, Account, Answer, AppAnswer, Carried, FORMAT, Held, KindAnswer, Origins, Sought,
    Unknown, Whose,
};
use crate::reports::explain::{
    AppFacts, Explanation, Held as Wants, PeriodFacts, Provider, Stands, Wanted,
};

/// Who has what, with a name wherever one can stand.
fn who_has_what(name: &str) -> Access {
    let held = |privileged, because| Held {
        kind: name.to_owned(),
        value: name.into(),
        level: Some(name.into()),
        origin: Origin::Inherited,
        privileged,
        approved_until: Some(date(2026, 6, 30)),
        because,
    };
    let extra = Why::Extra {
        reason: name.into(),
        until: date(2026, 6, 1),
    };
    let approved = Why::Approved {
        approver: name.into(),
        reason: name.into(),
        until: date(2026, 6, 30),
    };
    let reasons = [extra, approved].map(|why| because(why, at(name, 3)));
    let whose = [
        Whose::Human {
            person: tag(name, name),
            link: LinkRule::Email,
            gone: false,
        },
        Whose::Listed {
            listed: AccountKind::Service,
            person: tag(name, name),
            purpose: name.into(),
            review: date(2026, 12, 31),
        },
        Whose::Contested,
    ];
    let of = |whose| Account {
        app: name.into(),
        account: account(name),
        email: format!("{name}@").into(),
        status: Status::Active,
        closed: None,
        carried_from: None,
        whose,
        because: vec![profile(&[name], 4)],
        holds: vec![held(true, reasons.to_vec()), held(false, Vec::new())],
    };
    Access {
        format: FORMAT,
        as_of: instant("2026-03-07T17:22:00Z"),
        time_zone: "UTC".to_owned(),
        source: Origins::Apps,
        apps: vec![
            AppAnswer {
                app: name.into(),
                answer: Answer::Unread {
                    failure: refused(name).said(name),
                },
            },
            AppAnswer {
                app: name.into(),
                answer: Answer::Read {
                    at: instant("2026-03-07T17:22:00Z"),
                    carried: Some(Carried {
                        from: 1,
                        why: name.into(),
                    }),
                    accounts: Completeness::Incomplete(name.to_owned()),
                    kinds: vec![KindAnswer {
                        kind: name.to_owned(),
                        holders: Completeness::Incomplete(name.to_owned()),
                    }],
                },
            },
        ],
        unknown: vec![Unknown {
            sought: Sought {
                app: name.into(),
                kind: name.to_owned(),
                value: Some(name.to_owned()),
            },
            told: true,
            nearest: vec![name.into(), name.into()],
        }],
        accounts: whose.into_iter().map(of).collect(),
    }
}

/// Why somebody has what they have, the same way.
fn why(name: &str) -> Explanation {
    let because = vec![profile(&[name, name], 4)];
    Explanation {
        format: "provisor.explanation/1",
        as_of: instant("2026-03-07T17:22:00Z"),
        time_zone: name.to_owned(),
        person: tag(name, name),
        email: name.into(),
        entry: at(name, 1).unwrap(),
        problem: Some(name.into()),
        access_until: None,
        leave: None,
        periods: vec![PeriodFacts {
            from: date(2026, 3, 1),
            until: None,
            job_code: name.into(),
            employment: "employee",
            matching: vec![name.into()],
            stands: Stands::Runs,
            at: at(name, 2).unwrap(),
        }],
        apps: vec![AppFacts {
            app: name.into(),
            kind: "scim",
            want: Wanted::Account {
                opened: instant("2026-03-01T00:00:00Z"),
            },
            reasons: because.clone(),
            named_by: because.clone(),
            provided_by: Some(Provider {
                app: name.into(),
                groups: vec![name.to_owned()],
                at: at(name, 5).unwrap(),
            }),
            stays_on_leave: false,
            holds: vec![Wants {
                kind: name.to_owned(),
                value: name.to_owned(),
                level: Some(name.to_owned()),
                privileged: true,
                reasons: because,
            }],
        }],
    }
}

#[test]
fn no_name_forges_a_screen() {
    for name in corpus() {
        for screen in [
            access::text(&who_has_what(&name), 80),
            explain::text(&why(&name), 80),
        ] {
            legible(&screen.to_text(Colour::Plain), &name);
            legible(&bare(&screen.to_text(Colour::Ansi)), &name);
        }
        for text in [
            json::access(&who_has_what(&name), json::Layout::Pretty),
            json::explanation(&why(&name), json::Layout::Compact),
        ] {
            legible(&text, &name);
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            let person = back.get("person").unwrap_or(&back["accounts"][0]["person"]);
            assert_eq!(person["name"], name.as_str());
        }
    }
}

#[test]
fn names_are_text_in_markdown_and_on_a_page() {
    for name in corpus() {
        let text = markdown::access(&who_has_what(&name), markdown::MOST_BYTES);
        check_markdown(&text);
        harmless(&text, &name);
        assert!(
            text.contains("| Person | App |"),
            "the table is there: {text}"
        );
        let page = html::access(&who_has_what(&name));
        check_html(&page);
        assert!(!page.contains("\" onload"), "{name:?}");
    }
}

#[test]
fn a_spreadsheet_gets_no_formula_and_as_many_cells_as_its_head() {
    for name in corpus() {
        let text = csv::access(&who_has_what(&name));
        legible(&text, &name);
        assert_eq!(text.lines().count(), 9, "a row is a line: {text}");
        let mut table = ::csv::Reader::from_reader(text.as_bytes());
        let columns = table.headers().unwrap().len();
        for row in table.records() {
            let row = row.unwrap();
            assert_eq!(row.len(), columns);
            let formula = |cell: &&str| cell.trim_start().starts_with(['=', '+', '-', '@', '\t']);
            assert_eq!(row.iter().find(formula), None, "{name:?}");
        }
    }
}
