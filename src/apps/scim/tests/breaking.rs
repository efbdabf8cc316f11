//! Servers that break when several write at once, as those on a small database do.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::Value;
use crate::apps::scim::GROUPS;
use crate::model::change::NewAccount;
use crate::model::outcome::Outcome;

fn emma(login: &str) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        email: login.to_owned(),
        hr_id: Some("1042".to_owned()),
        attributes: [].into(),
    }
}

/// A server that breaks at the first write; its listings grow from page to page, and its filter
/// answers as told.
async fn busy(filter: fn(&Request, &mut State) -> ResponseTemplate) -> Fake {
    let state = State {
        users: users(3),
        ..State::default()
    };
    let (writes, total) = (AtomicUsize::new(0), AtomicUsize::new(9));
    Fake::odd(state, move |request, state| {
        if request.method.as_str() == "POST" {
            let first = writes.fetch_add(1, Ordering::SeqCst) == 0;
            return first.then(|| ResponseTemplate::new(500));
        }
        if request.url.path() != "/Users" {
            return None;
        }
        if parameter(request, "filter").is_some() {
            return Some(filter(request, state));
        }
        let total = total.fetch_add(1, Ordering::SeqCst);
        Some(ok(
            &json!({"totalResults": total, "Resources": state.users}),
        ))
    })
    .await
}

#[tokio::test]
async fn a_listing_that_others_write_to_leaves_the_word_to_a_filter_that_works() {
    let fake = busy(answer).await;
    let written = fake.writer.create(&emma("emma@x.example"), &[]).await;
    assert!(
        matches!(written.outcome, Outcome::Done { .. }),
        "{written:?}"
    );
    assert_eq!(fake.calls("POST", "/Users"), 2);
}

#[tokio::test]
async fn a_filter_that_finds_nobody_or_everybody_is_no_word() {
    let nobody = |_: &Request, _: &mut State| ok(&json!({"totalResults": 0, "Resources": []}));
    let everybody =
        |_: &Request, state: &mut State| ok(&json!({"totalResults": 3, "Resources": state.users}));
    let deaf: [fn(&Request, &mut State) -> ResponseTemplate; 2] = [nobody, everybody];
    for (filter, login) in [
        (deaf[0], "emma@x.example"),
        (deaf[1], "emma@x.example"),
        // Some servers do not find what is escaped, or written in capitals.
        (answer, "o\"neil@x.example"),
        (answer, "Emma@x.example"),
    ] {
        let fake = busy(filter).await;
        let written = fake.writer.create(&emma(login), &[]).await;
        assert!(
            matches!(written.outcome, Outcome::Unknown { .. }),
            "{login}: {written:?}"
        );
        assert_eq!(fake.calls("POST", "/Users"), 1);
    }
}

#[tokio::test]
async fn members_are_added_again_after_looking() {
    for acts in [true, false] {
        let state = State {
            groups: vec![group("g1", "Eng", &[])],
            ..State::default()
        };
        let writes = AtomicUsize::new(0);
        let fake = Fake::odd(state, move |request, state| {
            let write = request.method.as_str() == "PATCH";
            let first = write && writes.fetch_add(1, Ordering::SeqCst) == 0;
            first.then(|| {
                if acts {
                    answer(request, state);
                }
                ResponseTemplate::new(500)
            })
        })
        .await;
        let value = Value {
            kind: GROUPS,
            name: "Eng".to_owned(),
            level: None,
        };
        let written = fake.writer.grant(&value, &[tag("u1")]).await;
        assert!(matches!(written[0].outcome, Outcome::Done { .. }));
        let members = fake.state.lock().unwrap().groups[0]["members"].clone();
        assert_eq!(members, json!([{"value": "u1"}]), "once");
        assert_eq!(fake.calls("PATCH", "/Groups"), if acts { 1 } else { 2 });
    }
}
