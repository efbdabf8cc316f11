//! Okta's rate limits.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wiremock::ResponseTemplate;

use super::fake::*;
use crate::apps::Scope;
use crate::model::failure::FailureKind;

/// Refuses the first request, saying that the window ends so many seconds from then.
async fn limited(limit: &'static str, seconds: u64) -> Fake {
    let state = State {
        users: vec![user("a", "ACTIVE")],
        ..State::default()
    };
    let requests = AtomicUsize::new(0);
    Fake::odd(state, move |_, _| {
        (requests.fetch_add(1, Ordering::SeqCst) == 0).then(|| {
            let reset = 784_111_777 + seconds;
            let body = json!({"errorCode": "E0000047", "errorSummary": "too many"});
            ResponseTemplate::new(429)
                .set_body_json(body)
                .insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
                .insert_header("x-rate-limit-limit", limit)
                .insert_header("x-rate-limit-remaining", "0")
                .insert_header("x-rate-limit-reset", reset.to_string().as_str())
        })
    })
    .await
}

#[tokio::test]
async fn the_end_of_the_window_is_waited_for_or_named() {
    let fake = limited("600", 0).await;
    assert!(fake.reader.observe(&Scope::default()).await.is_ok());
    let fake = limited("600", 60).await;
    let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert!(failure.what.contains("until 2"), "{failure}");
    // The two lists are asked for side by side.
    assert!(fake.calls().len() <= 2);
}

#[tokio::test]
async fn too_many_at_once_is_tried_again_without_waiting_for_a_window() {
    let fake = limited("0", 60).await;
    assert!(fake.reader.observe(&Scope::default()).await.is_ok());
    // Two lists, whose token it is, and the one that is tried again.
    assert_eq!(fake.calls().len(), 4);
}
