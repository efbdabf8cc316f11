//! Reading: every way in which pages and groups go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::Barrier;
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::transport::AT_ONCE;
use crate::apps::{Scope, describe, open_reader};
use crate::model::account::Status;
use crate::model::failure::FailureKind;
use crate::model::observation::{Completeness, Observation};

fn is_incomplete(observation: &Observation) -> bool {
    matches!(observation.completeness, Completeness::Incomplete(_))
}

fn start(request: &Request) -> usize {
    parameter(request, "startIndex").unwrap().parse().unwrap()
}

fn of_users(request: &Request) -> bool {
    request.url.path() == "/Users"
}

/// What the hook answers for users, else nothing.
async fn read_odd(
    count: usize,
    hook: impl Fn(&Request, &[Value]) -> Option<ResponseTemplate> + Send + Sync + 'static,
) -> (Fake, Observation) {
    let state = State {
        users: users(count),
        ..State::default()
    };
    let hook = move |request: &Request, state: &mut State| {
        of_users(request)
            .then(|| hook(request, &state.users))
            .flatten()
    };
    let fake = Fake::odd(state, hook).await;
    let observation = fake.reader.observe(&Scope::default()).await.unwrap();
    (fake, observation)
}

#[tokio::test]
async fn the_number_of_requests_is_that_of_the_pages() {
    let state = State {
        users: users(250),
        groups: (0..120)
            .map(|n| group(&format!("g{n}"), &format!("Group {n}"), &["u1", "u250"]))
            .collect(),
    };
    let fake = Fake::good(state).await;
    let observation = fake.reader.observe(&naming(&["Group 7"])).await.unwrap();
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.kinds, [Completeness::Complete]);
    assert_eq!(observation.len(), 250);
    assert_eq!(observation.find("u250").unwrap().holdings().len(), 120);
    assert_eq!(
        fake.context.calls().len(),
        2 + 3 + 2,
        "two hints, three pages of users, two of groups"
    );
}

/// A server that answers no later page before all of them were asked for.
async fn answering_together(pages: usize) -> String {
    let together = Arc::new(Barrier::new(pages - 1));
    let respond = move |request: axum::extract::Request| async move {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let start = query
            .strip_prefix("startIndex=")
            .and_then(|rest| rest.split('&').next());
        let start: usize = start.map_or(0, |start| start.parse().unwrap());
        if start > 1 {
            together.wait().await;
        }
        let page: Vec<Value> = (start..start + 100).map(user).collect();
        axum::Json(json!({"totalResults": pages * 100, "Resources": page}))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = axum::Router::new().fallback(respond);
    tokio::spawn(async { axum::serve(listener, service).await });
    url
}

#[tokio::test]
async fn pages_are_read_side_by_side() {
    let url = answering_together(AT_ONCE + 1).await;
    let description = describe("scim", &crate::apps::Options::default()).unwrap();
    let reader = open_reader(&settings(&url), &description, &context()).unwrap();
    let observation = reader.observe(&Scope::default()).await.unwrap();
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.len(), (AT_ONCE + 1) * 100);
}

#[tokio::test]
async fn a_server_that_sends_less_than_asked_is_paged_by_what_came() {
    let (fake, observation) = read_odd(95, |request, users| {
        let page: Vec<_> = users.iter().skip(start(request) - 1).take(30).collect();
        Some(ok(&json!({"totalResults": "95", "Resources": page})))
    })
    .await;
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.len(), 95);
    assert_eq!(fake.calls("GET", "/Users"), 4);
}

#[tokio::test]
async fn a_short_page_in_the_middle_loses_nobody() {
    let (_fake, observation) = read_odd(350, |request, users| {
        let most = if start(request) == 101 { 60 } else { 100 };
        let page: Vec<_> = users.iter().skip(start(request) - 1).take(most).collect();
        Some(ok(&json!({"totalResults": 350, "Resources": page})))
    })
    .await;
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.len(), 350);
}

#[tokio::test]
async fn an_id_that_comes_twice_is_listed_again_and_then_believed_or_not() {
    let twice = |request: &Request| {
        (start(request) == 101).then(|| {
            let page: Vec<_> = (0..50).map(|n| user(n + 100)).collect();
            ok(&json!({"totalResults": 150, "Resources": page}))
        })
    };
    let (fake, observation) = read_odd(150, move |request, _| twice(request)).await;
    assert!(is_incomplete(&observation));
    assert_eq!(
        fake.calls("GET", "/Users"),
        4,
        "the listing is read twice, not more"
    );
    let first = AtomicUsize::new(0);
    let (_fake, observation) = read_odd(150, move |request, _| {
        let once = start(request) == 101 && first.fetch_add(1, Ordering::SeqCst) == 0;
        if once { twice(request) } else { None }
    })
    .await;
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.len(), 150);
}

#[tokio::test]
async fn what_cannot_be_trusted_makes_the_reading_incomplete() {
    let lies: [Value; 4] = [
        json!({"totalResults": 3, "Resources": [user(1)]}),
        json!({"totalResults": 1, "Resources": [user(1), user(2)]}),
        json!({"totalResults": 2, "Resources": [user(1), {"id": "u2"}]}),
        json!({"totalResults": 2}),
    ];
    for lie in lies {
        let shown = lie.to_string();
        let (_fake, observation) = read_odd(0, move |request, _| {
            let empty = json!({"totalResults": lie["totalResults"], "Resources": []});
            Some(ok(if start(request) == 1 { &lie } else { &empty }))
        })
        .await;
        assert!(is_incomplete(&observation), "{shown}");
    }
    let (_fake, observation) = read_odd(0, |_, _| Some(ok(&json!({"totalResults": 0})))).await;
    assert_eq!(observation.completeness, Completeness::Complete);
}

#[tokio::test]
async fn a_moving_total_makes_the_reading_incomplete() {
    let (_fake, observation) = read_odd(150, |request, users| {
        let page: Vec<_> = users.iter().skip(start(request) - 1).take(100).collect();
        let total = if start(request) == 1 { 150 } else { 151 };
        Some(ok(&json!({"totalResults": total, "Resources": page})))
    })
    .await;
    assert!(is_incomplete(&observation));
}

#[tokio::test]
async fn cursors_are_followed_to_the_last_and_never_in_circles() {
    let page = |request: &Request, users: &[Value], stuck: bool| {
        let from = parameter(request, "cursor").map_or(0, |cursor| cursor.parse().unwrap_or(0));
        let mut body = json!({"Resources": users.iter().skip(from).take(100).collect::<Vec<_>>()});
        if stuck || from + 100 < users.len() {
            body["nextCursor"] = json!((from + 100).min(200).to_string());
        }
        Some(ok(&body))
    };
    let (fake, observation) =
        read_odd(250, move |request, users| page(request, users, false)).await;
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.len(), 250);
    assert_eq!(fake.calls("GET", "/Users"), 3);
    let (_fake, observation) =
        read_odd(250, move |request, users| page(request, users, true)).await;
    assert!(is_incomplete(&observation));
}

#[tokio::test]
async fn a_page_that_is_something_else_is_a_failure_and_no_empty_app() {
    let html = |_: &Request, _: &mut State| {
        Some(ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html"))
    };
    let fake = Fake::odd(State::default(), html).await;
    let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    let fake = Fake::odd(State::default(), |_, _| Some(error(404, ""))).await;
    let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    let fake = Fake::odd(State::default(), |_, _| Some(error(403, ""))).await;
    let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
}

#[tokio::test]
async fn only_named_groups_are_read_one_by_one() {
    let state = State {
        users: vec![
            user(1),
            json!({"id": "u2", "userName": "b", "active": "False"}),
        ],
        groups: vec![
            group("g1", "Eng", &["u1", "gone"]),
            group("g2", "Ops", &["u1"]),
        ],
    };
    let without_members = |request: &Request, state: &mut State| {
        (request.url.path() == "/Groups").then(|| {
            let mut groups = state.groups.clone();
            for group in &mut groups {
                group.as_object_mut().unwrap().remove("members");
            }
            ok(&json!({"totalResults": 2, "Resources": groups}))
        })
    };
    let fake = Fake::odd(state, without_members).await;
    let observation = fake.reader.observe(&naming(&["Eng"])).await.unwrap();
    assert_eq!(observation.kinds, [Completeness::NamedOnly]);
    assert_eq!(observation.catalogue().count(), 2);
    let held = observation.find("u1").unwrap().holdings();
    assert_eq!(held.len(), 1);
    assert_eq!(observation.value(held[0].value).name.raw(), "Eng");
    assert_eq!(observation.find("u2").unwrap().status(), Status::Inactive);
    assert_eq!(fake.calls("GET", "/Groups/"), 1);
}

#[tokio::test]
async fn an_app_without_groups_still_tells_its_accounts() {
    let state = State {
        users: users(2),
        ..State::default()
    };
    let fake = Fake::odd(state, |request, _| {
        (request.url.path() == "/Groups").then(|| error(501, ""))
    })
    .await;
    let observation = fake.reader.observe(&naming(&["Eng"])).await.unwrap();
    assert_eq!(observation.completeness, Completeness::Complete);
    assert!(matches!(observation.kinds[0], Completeness::Incomplete(_)));
}
