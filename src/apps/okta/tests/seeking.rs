//! Looking for one account, by hostile names too.

use serde_json::json;
use wiremock::Request;

use super::fake::*;
use crate::apps::Sought;
use crate::model::account::Status;
use crate::model::failure::FailureKind;

fn sought(login: &str, email: &str) -> Sought {
    Sought {
        vendor_id: None,
        login: login.to_owned(),
        email: email.to_owned(),
    }
}

fn named(id: &str, login: &str, email: &str) -> serde_json::Value {
    let mut user = user(id, "ACTIVE");
    user["profile"] = json!({"login": login, "email": email});
    user
}

async fn seek(fake: &Fake, sought: &Sought) -> Option<String> {
    let found = fake.reader.seek(sought).await.unwrap();
    found.map(|found| found.account.vendor_id.raw().to_owned())
}

#[tokio::test]
async fn an_account_is_found_by_login_before_email_and_whatever_its_case() {
    let state = State {
        users: vec![
            named("by-email", "other@x.example", "emma@x.example"),
            named("by-login", "Emma@x.example", "new@x.example"),
            user("gone", "DEPROVISIONED"),
        ],
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let emma = seek(&fake, &sought("Emma@x.example", "emma@x.example")).await;
    assert_eq!(emma.as_deref(), Some("by-login"));
    let emma = seek(&fake, &sought("EMMA@x.example", "")).await;
    assert_eq!(emma.as_deref(), Some("by-login"), "by searching");
    let emma = seek(&fake, &sought("none@x.example", "emma@x.example")).await;
    assert_eq!(emma.as_deref(), Some("by-email"));
    let gone = fake.reader.seek(&sought("gone@x.example", "")).await;
    assert_eq!(gone.unwrap().unwrap().status, Status::Inactive);
    assert_eq!(seek(&fake, &sought("none@x.example", "")).await, None);
}

#[tokio::test]
async fn what_a_server_finds_is_checked_and_never_guessed_among() {
    let fake = Fake::odd(State::default(), |_, _| {
        Some(ok(&json!([user("somebody", "ACTIVE")])))
    })
    .await;
    assert_eq!(seek(&fake, &sought("emma@x.example", "")).await, None);
    let state = State {
        users: vec![
            named("1", "a@x.example", "team@x.example"),
            named("2", "b@x.example", "team@x.example"),
        ],
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let failure = fake
        .reader
        .seek(&sought("c@x.example", "team@x.example"))
        .await;
    assert_eq!(failure.unwrap_err().kind, FailureKind::Conflict);
}

/// Okta takes a login where an id stands.
#[tokio::test]
async fn an_id_finds_its_own_account_and_no_other() {
    let of = |id: &str| Sought {
        vendor_id: Some(id.into()),
        ..sought("", "")
    };
    let state = State {
        users: vec![user("a", "ACTIVE")],
        ..State::default()
    };
    let fake = Fake::odd(state, |request, _| {
        let by_login = request.url.path().ends_with("/emma");
        by_login.then(|| ok(&user("a", "ACTIVE")))
    })
    .await;
    assert_eq!(seek(&fake, &of("a")).await.as_deref(), Some("a"));
    assert_eq!(seek(&fake, &of("b")).await, None);
    let failure = fake.reader.seek(&of("emma")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
}

#[tokio::test]
async fn no_name_leaves_its_quotes_or_its_segment() {
    let logins = [
        r#"o"neil\@x.example"#,
        r#"x" or status eq "ACTIVE"#,
        "a/../../groups@x.example",
        "zoë+x&limit=1#@x.example",
        "%22@x.example",
    ];
    for login in logins {
        let state = State {
            users: vec![user("other", "ACTIVE"), named("it", login, "")],
            ..State::default()
        };
        let fake = Fake::good(state).await;
        let found = seek(&fake, &sought(login, "")).await;
        assert_eq!(found.as_deref(), Some("it"), "{login}");
        assert_eq!(fake.calls(), ["GET /api/v1/users?filter"]);
    }
    for id in ["../groups", "a/lifecycle/deactivate", "a?b#c"] {
        let fake = Fake::good(State::default()).await;
        let written = fake.writer.deactivate(&tag(id)).await;
        assert!(
            is_already_so(&written),
            "there is no such user: {written:?}"
        );
        let received = fake.server.received_requests().await.unwrap();
        let segments = |request: &Request| request.url.path_segments().unwrap().count();
        let segments: Vec<_> = received.iter().map(segments).collect();
        assert_eq!(segments, [5, 4], "its sessions, and itself: {id}");
    }
    let fake = Fake::good(State::default()).await;
    for id in ["", ".", "..", "a\nb"] {
        let written = fake.writer.deactivate(&tag(id)).await;
        assert_eq!(failure_kind(&written), Some(FailureKind::Invalid), "{id:?}");
    }
    let failure = fake.reader.seek(&sought("a\nb", "")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(fake.calls().is_empty());
}
