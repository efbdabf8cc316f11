//! Creating and changing: never twice, whatever becomes of the answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::answers::answer;
use super::fake::*;
use crate::model::change::AttributeEdit;
use crate::model::failure::FailureKind;

fn is_create(request: &Request) -> bool {
    request.method.as_str() == "POST" && request.url.path() == "/api/v1/users"
}

fn count(calls: &[String], begin: &str) -> usize {
    calls.iter().filter(|call| call.starts_with(begin)).count()
}

#[tokio::test]
async fn a_new_account_is_activated_waited_for_and_says_what_was_asked() {
    let state = State {
        slowness: 3,
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert!(is_done(&written));
    assert_eq!(made(&written), Some("00u1"));
    let expected = json!({
        "login": "emma@x.example",
        "email": "emma@x.example",
        "employeeNumber": "1042",
        "firstName": "Emma",
        "costCenter": "4410",
    });
    assert_eq!(fake.user("00u1")["profile"], expected);
    assert_eq!(fake.user("00u1")["status"], "PROVISIONED");
    let calls = fake.calls();
    assert_eq!(calls[0], "POST /api/v1/users?activate");
    assert_eq!(
        count(&calls, "GET /api/v1/users/00u1"),
        4,
        "until it is activated"
    );
    assert_eq!(calls.len(), 5);
}

#[tokio::test]
async fn twenty_groups_come_with_the_account_and_the_rest_after_it() {
    let names: Vec<String> = (0..25).map(|number| format!("Group {number}")).collect();
    let mut app = group("app", "App");
    app["type"] = json!("APP_GROUP");
    let groups = names
        .iter()
        .map(|name| group(&name.replace(' ', "-"), name));
    let state = State {
        groups: groups.chain([app]).collect(),
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let mut initial = vec![in_group("App"), in_group("None such")];
    initial.extend(names.iter().map(|name| in_group(name)));
    let id = made(&fake.writer.create(&emma(), &initial).await)
        .unwrap()
        .to_owned();
    let held = |fake: &Fake| fake.state.lock().unwrap().members.len();
    assert_eq!(held(&fake), 20);
    fake.calls();
    for name in &names {
        let written = fake.writer.grant(&in_group(name), &[tag(&id)]).await;
        assert!(is_done(&written[0]), "{name}: {written:?}");
    }
    assert_eq!(held(&fake), 25);
    assert_eq!(
        fake.calls().len(),
        5,
        "what its creation gave is not asked for again"
    );
}

/// Acts on the first POST, or not, and then answers so.
async fn losing(acts: bool, answers: fn() -> ResponseTemplate) -> Fake {
    let posts = AtomicUsize::new(0);
    Fake::odd(State::default(), move |request, state| {
        let first = is_create(request) && posts.fetch_add(1, Ordering::SeqCst) == 0;
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
    let answers: [fn() -> ResponseTemplate; 4] = [
        || ResponseTemplate::new(500),
        || ResponseTemplate::new(504),
        || ResponseTemplate::new(200).set_delay(Duration::from_secs(5)),
        || ResponseTemplate::new(200).set_body_string("garbage"),
    ];
    for lost in answers {
        for acts in [true, false] {
            let fake = losing(acts, lost).await;
            let written = fake.writer.create(&emma(), &[]).await;
            assert_eq!(made(&written), Some("00u1"), "{written:?}");
            assert_eq!(fake.state.lock().unwrap().users.len(), 1);
            let calls = fake.calls();
            let posts = count(&calls, "POST /api/v1/users?activate");
            assert_eq!(posts, if acts { 1 } else { 2 });
            assert_eq!(calls[1], "GET /api/v1/users?filter");
        }
    }
}

#[tokio::test]
async fn a_login_that_is_taken_is_continued_with_only_by_the_same_hr_id() {
    let taken = |status: &str, hr_id: &str| {
        let mut user = user("it", status);
        user["profile"]["login"] = json!("emma@x.example");
        user["profile"]["employeeNumber"] = json!(hr_id);
        State {
            users: vec![user],
            ..State::default()
        }
    };
    let fake = Fake::good(taken("STAGED", "1042")).await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert!(is_done(&written), "{written:?}");
    assert_eq!(made(&written), Some("it"));
    assert_eq!(fake.user("it")["status"], "PROVISIONED");
    let fake = Fake::good(taken("ACTIVE", "1042")).await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert!(is_already_so(&written), "{written:?}");
    for (status, hr_id) in [
        ("STAGED", "7"),
        ("STAGED", ""),
        ("SUSPENDED", "1042"),
        ("DEPROVISIONED", "1042"),
    ] {
        let fake = Fake::good(taken(status, hr_id)).await;
        let written = fake.writer.create(&emma(), &[]).await;
        assert_eq!(failure_kind(&written), Some(FailureKind::AlreadyExists));
        assert_eq!(fake.user("it")["status"], status, "nothing was done to it");
        assert_eq!(count(&fake.calls(), "POST /api/v1/users/it"), 0);
    }
}

/// Okta's index lags behind: the first look misses whom the request before it made.
#[tokio::test]
async fn a_create_that_shows_only_when_it_is_sent_again_is_ours() {
    let posts = AtomicUsize::new(0);
    let fake = Fake::odd(State::default(), move |request, state| {
        let before = posts.fetch_add(usize::from(is_create(request)), Ordering::SeqCst);
        if is_create(request) && before == 0 {
            answer(request, state);
            return Some(ResponseTemplate::new(504));
        }
        let look = request.url.path() == "/api/v1/users" && !is_create(request);
        (look && before == 1).then(|| ok(&json!([])))
    })
    .await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert!(is_done(&written), "{written:?}");
    assert_eq!(made(&written), Some("00u1"));
    assert_eq!(count(&fake.calls(), "POST /api/v1/users?activate"), 2);
}

#[tokio::test]
async fn an_account_that_was_made_is_made_whatever_becomes_of_looking() {
    let slow = State {
        slowness: usize::MAX,
        ..State::default()
    };
    let blind = |request: &Request, _: &mut State| {
        let look = request.method.as_str() == "GET";
        look.then(|| ResponseTemplate::new(503))
    };
    for fake in [
        Fake::good(slow).await,
        Fake::odd(State::default(), blind).await,
    ] {
        let written = fake.writer.create(&emma(), &[]).await;
        assert_eq!(made(&written), Some("00u1"), "{written:?}");
    }
    let fake = Fake::odd(State::default(), |request, state| {
        let staged = is_create(request).then(|| answer(request, state))?;
        state.users[0]["status"] = json!("STAGED");
        Some(staged)
    })
    .await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert_eq!(made(&written), Some("00u1"));
    assert_eq!(
        fake.user("00u1")["status"],
        "PROVISIONED",
        "activated after all"
    );
}

#[tokio::test]
async fn a_value_that_okta_refuses_is_no_taken_login() {
    let fake = Fake::odd(State::default(), |request, _| {
        let cause = "login: Username must be in the form of an email address";
        is_create(request).then(|| error(400, "E0000001", cause))
    })
    .await;
    let written = fake.writer.create(&emma(), &[]).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Invalid));
    assert_eq!(fake.calls().len(), 1);
}

fn edit(attribute: &str, after: &str) -> AttributeEdit {
    AttributeEdit {
        attribute: attribute.to_owned(),
        before: None,
        after: after.to_owned(),
    }
}

#[tokio::test]
async fn a_change_names_what_changes_and_leaves_the_rest() {
    let state = State {
        users: vec![user("a", "ACTIVE")],
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let edits = [
        edit("title", "Boss"),
        edit("login", "new@x.example"),
        edit("manager", "boss@x.example"),
        edit("country", "DE"),
    ];
    assert!(is_done(&fake.writer.update(&tag("a"), &edits).await));
    assert!(is_done(&fake.writer.adopt(&tag("a"), "1042").await));
    let expected = json!({
        "login": "new@x.example",
        "email": "a@x.example",
        "employeeNumber": "1042",
        "title": "Boss",
        "managerId": "boss@x.example",
        "countryCode": "DE",
    });
    assert_eq!(fake.user("a")["profile"], expected);
    assert_eq!(
        fake.calls(),
        ["POST /api/v1/users/a", "POST /api/v1/users/a"]
    );
    let written = fake.writer.update(&tag("a"), &[edit("shirt", "M")]).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Invalid));
    let written = fake
        .writer
        .update(&tag("none"), &[edit("title", "x")])
        .await;
    assert_eq!(failure_kind(&written), Some(FailureKind::NotFound));
}

#[tokio::test]
async fn success_that_changed_nothing_is_none() {
    let state = State {
        users: vec![user("a", "ACTIVE")],
        ..State::default()
    };
    let fake = Fake::odd(state, |request, state| {
        let post = request.method.as_str() == "POST";
        post.then(|| ok(&state.users[0]))
    })
    .await;
    let written = fake.writer.adopt(&tag("a"), "1042").await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Unsupported));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_looked_at() {
    for acts in [true, false] {
        let state = State {
            users: vec![user("a", "ACTIVE")],
            ..State::default()
        };
        let fake = Fake::odd(state, move |request, state| {
            let post = request.method.as_str() == "POST";
            post.then(|| {
                if acts {
                    answer(request, state);
                }
                ResponseTemplate::new(504)
            })
        })
        .await;
        let written = fake.writer.adopt(&tag("a"), "1042").await;
        assert_eq!(is_done(&written), acts, "{written:?}");
        assert_eq!(is_unknown(&written), !acts);
    }
}
