//! Writing accounts: lost answers, refused forms, and success that is none.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::Written;
use crate::model::change::{AttributeEdit, NewAccount};
use crate::model::failure::FailureKind;
use crate::model::outcome::Outcome;

fn emma() -> NewAccount {
    NewAccount {
        login: "emma@x.example".to_owned(),
        email: "emma@x.example".to_owned(),
        hr_id: Some("1042".to_owned()),
        attributes: [("title".to_owned(), "Boss".to_owned())].into(),
    }
}

fn method(request: &Request) -> &str {
    request.method.as_str()
}

fn failure_kind(written: &Written) -> Option<FailureKind> {
    match &written.outcome {
        Outcome::Failed { failure } => Some(failure.kind),
        _ => None,
    }
}

fn is_done(written: &Written) -> bool {
    matches!(written.outcome, Outcome::Done { .. })
}

fn made(written: &Written) -> Option<&str> {
    match &written.outcome {
        Outcome::Done {
            vendor_id: Some(id),
        } => Some(id.raw()),
        _ => None,
    }
}

#[tokio::test]
async fn a_new_account_says_what_was_asked_and_that_it_is_active() {
    let fake = Fake::good(State::default()).await;
    assert_eq!(made(&fake.writer.create(&emma(), &[]).await), Some("u1"));
    let made = &fake.state.lock().unwrap().users[0];
    assert_eq!(made["active"], json!(true));
    assert_eq!(made["externalId"], json!("1042"));
    assert_eq!(made["title"], json!("Boss"));
    assert_eq!(
        made["emails"],
        json!([{"value": "emma@x.example", "type": "work", "primary": true}])
    );
    assert_eq!(
        made["schemas"].as_array().unwrap().len(),
        1,
        "no extension is used"
    );
}

/// A server that acts on the first POST, or not, and then answers so.
async fn losing(acts: bool, answers: fn() -> ResponseTemplate) -> Fake {
    let posts = AtomicUsize::new(0);
    Fake::odd(State::default(), move |request, state| {
        let first = method(request) == "POST" && posts.fetch_add(1, Ordering::SeqCst) == 0;
        first.then(|| {
            if acts {
                answer(request, state);
            }
            answers()
        })
    })
    .await
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_looked_up_before_anything_is_sent_again() {
    let answers: [fn() -> ResponseTemplate; 3] = [
        || ResponseTemplate::new(500),
        || ResponseTemplate::new(504),
        || ResponseTemplate::new(201).set_delay(Duration::from_secs(5)),
    ];
    for lost in answers {
        for acts in [true, false] {
            let fake = losing(acts, lost).await;
            let written = fake.writer.create(&emma(), &[]).await;
            assert_eq!(made(&written), Some("u1"), "{written:?}");
            assert_eq!(fake.state.lock().unwrap().users.len(), 1);
            assert_eq!(fake.calls("POST", "/Users"), if acts { 1 } else { 2 });
        }
    }
}

/// A server whose listing lags behind: the first look misses what the request before it made.
#[tokio::test]
async fn a_create_that_shows_only_when_it_is_sent_again_is_ours() {
    for hr_id in [Some("1042".to_owned()), None] {
        let posts = AtomicUsize::new(0);
        let fake = Fake::odd(State::default(), move |request, state| {
            let posted = method(request) == "POST";
            let before = posts.fetch_add(usize::from(posted), Ordering::SeqCst);
            if posted && before == 0 {
                answer(request, state);
                return Some(ResponseTemplate::new(504));
            }
            let none = json!({"totalResults": 0, "Resources": []});
            (!posted && before == 1 && request.url.path() == "/Users").then(|| ok(&none))
        })
        .await;
        let emma = NewAccount { hr_id, ..emma() };
        let written = fake.writer.create(&emma, &[]).await;
        assert_eq!(made(&written), Some("u1"), "{written:?}");
        assert_eq!(fake.calls("POST", "/Users"), 2);
    }
}

/// What the app says that it made may be there without being found yet.
#[tokio::test]
async fn a_success_that_names_no_account_or_anothers_is_never_sent_again() {
    let answers: [fn() -> ResponseTemplate; 2] = [
        || ResponseTemplate::new(201).set_body_string("garbage"),
        || {
            let other = serde_json::json!({"id": "u99", "userName": "robot@meridian.com"});
            ResponseTemplate::new(201).set_body_json(other)
        },
    ];
    for answer in answers {
        for acts in [true, false] {
            let fake = losing(acts, answer).await;
            let written = fake.writer.create(&emma(), &[]).await;
            if acts {
                assert_eq!(made(&written), Some("u1"), "{written:?}");
            } else {
                let unknown = matches!(written.outcome, Outcome::Unknown { .. });
                assert!(unknown, "{written:?}");
            }
            assert_eq!(fake.calls("POST", "/Users"), 1);
        }
    }
}

#[tokio::test]
async fn a_create_that_cannot_be_looked_up_is_unknown_and_sent_once() {
    let fake = Fake::odd(State::default(), |request, _| match method(request) {
        "POST" => Some(ResponseTemplate::new(504)),
        _ => Some(error(403, "")),
    })
    .await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert!(
        matches!(written.outcome, Outcome::Unknown { .. }),
        "{written:?}"
    );
    assert_eq!(fake.calls("POST", "/Users"), 1);
}

#[tokio::test]
async fn a_filter_that_the_server_ignores_makes_nobody_ours() {
    let others = State {
        users: users(3),
        ..State::default()
    };
    let fake = Fake::odd(others, |request, state| {
        let ignored = parameter(request, "filter").is_some();
        match method(request) {
            "POST" => Some(ResponseTemplate::new(500)),
            _ if ignored => Some(ok(&json!({"totalResults": 3, "Resources": state.users}))),
            _ => None,
        }
    })
    .await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert_eq!(
        failure_kind(&written),
        Some(FailureKind::Unavailable),
        "{written:?}"
    );
}

#[tokio::test]
async fn among_several_that_match_nobody_guesses() {
    let with_login = |number, login: &str| {
        let mut user = user(number);
        user["userName"] = json!(login);
        user
    };
    for (logins, found) in [
        (["EMMA@x.example", "Emma@x.example"], None),
        (["EMMA@x.example", "emma@x.example"], Some("u2")),
        (["other@x.example", "Emma@x.example"], Some("u2")),
    ] {
        let state = State {
            users: vec![with_login(1, logins[0]), with_login(2, logins[1])],
            ..State::default()
        };
        let fake = Fake::odd(state, |request, _| {
            (method(request) == "POST").then(|| ResponseTemplate::new(500))
        })
        .await;
        let written = fake.writer.create(&emma(), &[]).await;
        assert_eq!(made(&written), found, "{logins:?} {written:?}");
        assert_eq!(fake.calls("POST", "/Users"), 1);
    }
}

#[tokio::test]
async fn an_account_that_exists_is_ours_only_by_its_hr_id() {
    let mut taken = user(1);
    taken["userName"] = json!("Emma@x.example");
    for (hr_id, active, ours) in [
        (json!("1042"), json!(true), true),
        (json!("1042"), json!(false), false),
        (json!("7"), json!(true), false),
        (Value::Null, json!(true), false),
    ] {
        let mut taken = taken.clone();
        taken["externalId"] = hr_id;
        taken["active"] = active;
        let state = State {
            users: vec![taken],
            ..State::default()
        };
        let fake = Fake::odd(state, |request, _| {
            (method(request) == "POST").then(|| ResponseTemplate::new(409))
        })
        .await;
        let written = fake.writer.create(&emma(), &[]).await;
        if ours {
            assert!(matches!(written.outcome, Outcome::AlreadySo { .. }));
        } else {
            assert_eq!(failure_kind(&written), Some(FailureKind::AlreadyExists));
        }
    }
}

async fn with_one(
    hook: impl Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync + 'static,
) -> Fake {
    let state = State {
        users: vec![user(1)],
        ..State::default()
    };
    Fake::odd(state, hook).await
}

fn has_path(request: &Request) -> bool {
    let body: Value = request.body_json().unwrap_or_default();
    body["Operations"][0].get("path").is_some()
}

#[tokio::test]
async fn forms_are_tried_in_turn_and_the_one_that_works_is_remembered() {
    let refuse_paths = |request: &Request, _: &mut State| {
        (method(request) == "PATCH" && has_path(request)).then(|| error(400, "invalidPath"))
    };
    let fake = with_one(refuse_paths).await;
    assert!(is_done(&fake.writer.deactivate(&tag("u1")).await));
    assert_eq!(fake.calls("PATCH", "/Users/u1"), 2);
    assert!(is_done(&fake.writer.activate(&tag("u1")).await));
    assert_eq!(fake.calls("PATCH", "/Users/u1"), 1);
    let refuse_patch = |request: &Request, _: &mut State| {
        (method(request) == "PATCH").then(|| ResponseTemplate::new(501))
    };
    let fake = with_one(refuse_patch).await;
    assert!(is_done(&fake.writer.adopt(&tag("u1"), "1042").await));
    let changed = &fake.state.lock().unwrap().users[0];
    assert_eq!(changed["externalId"], json!("1042"));
    assert_eq!(
        changed["userName"],
        json!("user1@x.example"),
        "the rest stays"
    );
}

#[tokio::test]
async fn a_server_that_declares_no_patch_gets_the_whole_with_its_version() {
    let fake = with_one(|request, state| {
        state.users[0]["meta"] = json!({"version": "W/\"7\""});
        let config = json!({"patch": {"supported": false}, "etag": {"supported": true}});
        (request.url.path() == "/ServiceProviderConfig").then(|| ok(&config))
    })
    .await;
    assert!(is_done(&fake.writer.deactivate(&tag("u1")).await));
    let received = fake.server.received_requests().await.unwrap();
    let sent: Vec<_> = received
        .iter()
        .filter(|request| method(request) != "GET")
        .map(|request| {
            (
                method(request),
                request.headers["if-match"].to_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(sent, [("PUT", "W/\"7\"")]);
}

/// The first PUT was done and its answer lost: the second carries a version that is none any more.
#[tokio::test]
async fn a_version_that_our_own_lost_write_changed_is_no_failure() {
    let puts = AtomicUsize::new(0);
    let fake = with_one(move |request, state| {
        if request.url.path() == "/ServiceProviderConfig" {
            let config = json!({"patch": {"supported": false}, "etag": {"supported": true}});
            return Some(ok(&config));
        }
        if method(request) != "PUT" {
            return None;
        }
        let first = puts.fetch_add(1, Ordering::SeqCst) == 0;
        if first {
            answer(request, state);
        }
        Some(error(if first { 503 } else { 412 }, ""))
    })
    .await;
    let written = fake.writer.deactivate(&tag("u1")).await;
    assert!(is_done(&written), "{written:?}");
    assert_eq!(fake.calls("PUT", "/"), 2);
}

#[tokio::test]
async fn what_was_understood_and_refused_is_not_tried_in_other_words() {
    for (status, scim_type) in [
        (400, "mutability"),
        (403, ""),
        (409, "uniqueness"),
        (412, ""),
    ] {
        let fake = with_one(move |request, _| {
            (method(request) == "PATCH").then(|| error(status, scim_type))
        })
        .await;
        let written = fake.writer.deactivate(&tag("u1")).await;
        assert!(failure_kind(&written).is_some());
        assert_eq!(fake.calls("PATCH", "/"), 1, "{status} {scim_type}");
    }
}

#[tokio::test]
async fn success_that_changed_nothing_is_a_failure() {
    let fake =
        with_one(|request, state| (method(request) != "GET").then(|| ok(&state.users[0]))).await;
    let written = fake.writer.deactivate(&tag("u1")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Unsupported));
}

#[tokio::test]
async fn an_answer_that_says_closed_is_not_believed_until_it_is_read_back() {
    let fake = with_one(|request, _| {
        let mut closed = user(1);
        closed["active"] = json!(false);
        (method(request) != "GET").then(|| ok(&closed))
    })
    .await;
    let written = fake.writer.deactivate(&tag("u1")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Unsupported));
}

#[tokio::test]
async fn a_lost_change_is_looked_at() {
    let fake = with_one(|request, state| {
        (method(request) == "PATCH").then(|| {
            answer(request, state);
            ResponseTemplate::new(500)
        })
    })
    .await;
    assert!(is_done(&fake.writer.deactivate(&tag("u1")).await));
    let fake =
        with_one(|request, _| (method(request) == "PATCH").then(|| ResponseTemplate::new(504)))
            .await;
    let written = fake.writer.deactivate(&tag("u1")).await;
    assert!(matches!(written.outcome, Outcome::Unknown { .. }));
}

#[tokio::test]
async fn what_is_so_is_not_written_and_what_is_gone_is_closed() {
    let fake = with_one(|_, _| None).await;
    for written in [
        fake.writer.activate(&tag("u1")).await,
        fake.writer.deactivate(&tag("nobody")).await,
    ] {
        assert!(
            matches!(written.outcome, Outcome::AlreadySo { .. }),
            "{written:?}"
        );
    }
    let written = fake.writer.activate(&tag("nobody")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::NotFound));
    assert_eq!(fake.calls("PATCH", "/"), 0);
}

#[tokio::test]
async fn attributes_that_the_server_does_not_list_are_never_sent() {
    let schemas = json!({"Resources": [{"id": super::super::schema::USER, "attributes": [
        {"name": "userName"}, {"name": "active"},
    ]}]});
    let fake = Fake::odd(State::default(), move |request, _| {
        (request.url.path() == "/Schemas").then(|| ok(&schemas))
    })
    .await;
    assert_eq!(made(&fake.writer.create(&emma(), &[]).await), Some("u1"));
    assert_eq!(
        fake.state.lock().unwrap().users[0],
        json!({"id": "u1", "schemas": [super::super::schema::USER], "userName": "emma@x.example",
            "active": true, "externalId": "1042"})
    );
    let edit = AttributeEdit {
        attribute: "title".to_owned(),
        before: None,
        after: "Boss".to_owned(),
    };
    let written = fake.writer.update(&tag("u1"), &[edit]).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Unsupported));
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_resource() {
    let fake = with_one(|_, _| None).await;
    for id in ["..", "../Groups/g1", "u1/../u2", "u1?x=y"] {
        fake.writer.deactivate(&tag(id)).await;
    }
    for received in fake.server.received_requests().await.unwrap() {
        let path = received.url.path();
        assert!(
            path.starts_with("/Users/") && path.matches('/').count() == 2,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_the_app_has_no_place_for_is_named_and_the_rest_is_done() {
    // PATCH knows no title, and PUT drops it.
    let fake = with_one(|request, state| match method(request) {
        "PATCH" => Some(ResponseTemplate::new(501)),
        "PUT" => {
            let mut body: Value = request.body_json().unwrap();
            body.as_object_mut().unwrap().remove("title");
            state.users[0] = body;
            Some(ok(&state.users[0]))
        }
        _ => None,
    })
    .await;
    let edit = |attribute: &str, after: &str| AttributeEdit {
        attribute: attribute.to_owned(),
        before: None,
        after: after.to_owned(),
    };
    let edits = [edit("title", "Boss"), edit("display_name", "Emma")];
    let written = fake.writer.update(&tag("u1"), &edits).await;
    let Outcome::Failed { failure } = &written.outcome else {
        panic!("{written:?}");
    };
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert!(
        failure.what.ends_with("did not change title"),
        "{failure:?}"
    );
    assert_eq!(fake.state.lock().unwrap().users[0]["displayName"], "Emma");
}
