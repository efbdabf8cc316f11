//! An app that refuses our credentials is not asked a hundred times.

use super::granted::{gives, is_app, serve_granted};
use super::*;

/// How often 100 requests at once reach the server; each fails with the same cause.
async fn seen_of_a_hundred(server: &MockServer, transport: &Transport, says: &str) -> usize {
    let request = read();
    let sent = (0..100).map(|_| transport.send(&request, "reading"));
    let results = futures::future::join_all(sent).await;
    let causes: std::collections::BTreeSet<String> = results
        .into_iter()
        .map(|result| result.unwrap_err().failure.to_string())
        .collect();
    assert_eq!(causes.len(), 1, "{causes:?}");
    let cause = causes.first().unwrap();
    assert!(cause.contains(says), "{cause}");
    server.received_requests().await.unwrap().len()
}

fn slowly(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": "invalid_client"}))
        .set_delay(Duration::from_millis(20))
}

#[tokio::test]
async fn a_refused_token_stops_what_is_not_under_way() {
    let (server, transport) = serve(|_| slowly(401)).await;
    let seen = seen_of_a_hundred(&server, &transport, "reading").await;
    assert!(seen <= AT_ONCE, "{seen}");
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_stops_it() {
    let (server, transport) = serve_granted(schemes::SALESFORCE, |received| {
        if is_app(received) {
            slowly(401)
        } else {
            gives("never-good")
        }
    })
    .await;
    let seen = seen_of_a_hundred(&server, &transport, "reading").await;
    // Each of those under way may try a new token.
    assert!(seen < 3 * AT_ONCE, "{seen}");
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_us_is_asked_once() {
    for status in [400, 401, 403, 302] {
        let (server, transport) = serve_granted(schemes::ZOOM, move |_| slowly(status)).await;
        let seen = seen_of_a_hundred(&server, &transport, "the token endpoint").await;
        assert_eq!(seen, 1, "{status}");
    }
}

#[tokio::test]
async fn a_scope_that_is_not_granted_is_asked_for_once_and_leaves_the_other() {
    let (server, transport) = serve_granted(schemes::okta("see", "change"), |received| {
        if is_app(received) {
            return ResponseTemplate::new(200);
        }
        let body = String::from_utf8_lossy(&received.body);
        if body.contains("scope=see") {
            return gives("to-see");
        }
        let error = json!({"error": "invalid_scope"});
        ResponseTemplate::new(400).set_body_json(error)
    })
    .await;
    let write = request(Method::POST, Repeat::AfterLooking);
    for _ in 0..3 {
        let lost = transport.send(&write, "writing").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::Forbidden);
        transport.send(&read(), "reading").await.unwrap();
    }
    let received = server.received_requests().await.unwrap();
    let questions = received.iter().filter(|request| !is_app(request)).count();
    assert_eq!(questions, 2, "one for each scope");
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_asked_by_one_at_a_time() {
    let (server, transport) = serve_granted(schemes::ZOOM, |_| slowly(503)).await;
    let request = read();
    let sent = (0..AT_ONCE).map(|_| transport.send(&request, "reading"));
    let results = futures::future::join_all(sent).await;
    assert!(results.iter().all(|result| {
        let lost = result.as_ref().unwrap_err();
        lost.failure.kind == FailureKind::Unavailable && !lost.sent
    }));
    let seen = server.received_requests().await.unwrap().len();
    assert!(seen < 2 * AT_ONCE, "{seen} of {} tries", 3 * AT_ONCE);
}
