//! The transport against servers that misbehave.

mod bounds;
mod circuit;
mod granted;

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request as Received, ResponseTemplate};

use super::exchange::LARGEST_BODY;
use super::*;
use crate::apps::CredentialSource;

const SECRET: &str = "s3cret/t\"ken";

fn patience() -> Patience {
    Patience {
        tries: 3,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        total: Duration::from_secs(5),
        exchange: Duration::from_secs(5),
        idle: Duration::from_secs(5),
    }
}

fn settings(url: &str) -> Settings {
    let token = CredentialSource::Fixed(SecretString::from(SECRET));
    Settings {
        app: "crm".into(),
        kind: "scim".to_owned(),
        url: Url::parse(url).unwrap(),
        credentials: [("token".to_owned(), token)].into(),
        options: crate::apps::Options::default(),
    }
}

fn transport(url: &str) -> Transport {
    let calls = Calls::default();
    Transport::new(
        &settings(url),
        Scheme::Token("Bearer"),
        Clock::running(),
        calls,
        Arc::default(),
        patience(),
    )
    .unwrap()
}

async fn serve(
    respond: impl Fn(&Received) -> ResponseTemplate + Send + Sync + 'static,
) -> (MockServer, Transport) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(respond)
        .mount(&server)
        .await;
    let transport = transport(&server.uri());
    (server, transport)
}

fn request(method: Method, repeat: Repeat) -> Request<'static> {
    Request {
        method,
        target: Target::new(&["Users"]).unwrap(),
        body: None,
        if_match: None,
        repeat,
        media_type: "application/json",
    }
}

fn read() -> Request<'static> {
    request(Method::GET, Repeat::Harmless)
}

#[tokio::test]
async fn a_read_is_tried_again_and_every_try_is_logged() {
    let count = AtomicUsize::new(0);
    let (_server, transport) = serve(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => ResponseTemplate::new(503),
        1 => ResponseTemplate::new(429).insert_header("retry-after", "0"),
        _ => ResponseTemplate::new(200).insert_header("x-request-id", "r-7"),
    })
    .await;
    let mut asked = read();
    asked.target = asked
        .target
        .parameter("filter", "private@x.example")
        .unwrap();
    let answer = transport.send(&asked, "reading").await.unwrap();
    assert_eq!(answer.request_id, Some(Foreign::from("r-7")));
    let calls = transport.calls.drain();
    let statuses: Vec<_> = calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(503), Some(429), Some(200)]);
    assert_eq!(calls[2].path.raw(), "/Users?filter");
    assert!(transport.calls.is_empty());
}

#[tokio::test]
async fn a_write_that_may_have_happened_is_not_sent_again() {
    let (server, transport) = serve(|_| ResponseTemplate::new(500)).await;
    let write = request(Method::POST, Repeat::AfterLooking);
    let answer = transport.send(&write, "writing").await.unwrap();
    assert!(answer.is_uncertain());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_write_that_surely_did_not_happen_is() {
    let (server, transport) =
        serve(|_| ResponseTemplate::new(429).insert_header("retry-after", "0")).await;
    let write = request(Method::POST, Repeat::AfterLooking);
    let answer = transport.send(&write, "writing").await.unwrap();
    assert_eq!(answer.status, 429);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    let failure = transport.refused(&answer, "writing", None);
    assert_eq!(failure.kind, FailureKind::RateLimited);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_refused_at_once_for_all() {
    let (server, transport) =
        serve(|_| ResponseTemplate::new(429).insert_header("retry-after", "900")).await;
    for _ in 0..2 {
        let lost = transport.send(&read(), "reading").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::RateLimited);
        assert!(
            lost.failure.what.contains("900 s, until 2"),
            "{}",
            lost.failure.what
        );
        assert!(!lost.sent);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn waits_that_are_too_long_together_are_not_waited_for() {
    let (server, transport) =
        serve(|_| ResponseTemplate::new(429).insert_header("retry-after-ms", "250")).await;
    let transport = Transport {
        patience: Patience {
            total: Duration::from_millis(400),
            ..patience()
        },
        ..transport
    };
    let _given_up = transport.send(&read(), "reading").await;
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_wait_until_a_far_day_is_not_taken_for_none() {
    let (server, transport) = serve(|_| {
        let far = "Fri, 31 Dec 9999 23:59:59 GMT";
        ResponseTemplate::new(429).insert_header("retry-after", far)
    })
    .await;
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::RateLimited);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_limit_is_one_whatever_its_status() {
    let count = AtomicUsize::new(0);
    let (server, transport) = serve(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => ResponseTemplate::new(403).insert_header("retry-after", "0"),
        _ => ResponseTemplate::new(403).set_body_json(json!({"message": "no"})),
    })
    .await;
    let write = request(Method::POST, Repeat::AfterLooking);
    let answer = transport.send(&write, "writing").await.unwrap();
    let failure = transport.refused(&answer, "writing", None);
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_day_that_is_used_up_ends_it_for_all() {
    let (server, transport) = serve(|_| {
        let body = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}]);
        ResponseTemplate::new(403).set_body_json(body)
    })
    .await;
    for _ in 0..3 {
        let lost = transport.send(&read(), "reading").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::RateLimited);
        assert!(lost.failure.what.contains("in a day"));
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_limit_by_the_minute_is_left_alone_from_the_second_refusal_on() {
    let (server, transport) = serve(|_| {
        let reason = json!({"error": {"errors": [{"reason": "userRateLimitExceeded"}]}});
        ResponseTemplate::new(403).set_body_json(reason)
    })
    .await;
    let transport = Transport {
        patience: Patience {
            longest: Duration::from_mins(10),
            ..patience()
        },
        ..transport
    };
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(
        lost.failure.what.contains("1200 s"),
        "{}",
        lost.failure.what
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_write_without_a_body_says_so() {
    let (server, transport) = serve(|_| ResponseTemplate::new(204)).await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::GET] {
        let request = request(method, Repeat::AfterLooking);
        transport.send(&request, "writing").await.unwrap();
    }
    let received = server.received_requests().await.unwrap();
    let told: Vec<_> = received
        .iter()
        .map(|request| request.headers.get("content-length"))
        .map(|length| length.map(|length| length.to_str().unwrap()))
        .collect();
    assert_eq!(told, [Some("0"), Some("0"), None, None]);
}

#[tokio::test]
async fn what_an_app_is_at_work_on_is_waited_for_and_not_for_ever() {
    let impatient = Patience {
        total: Duration::from_millis(20),
        ..patience()
    };
    let transport = Transport::new(
        &settings("http://127.0.0.1:9"),
        Scheme::Token("Bearer"),
        Clock::running(),
        Calls::default(),
        Arc::default(),
        impatient,
    )
    .unwrap();
    let looks = AtomicUsize::new(0);
    let third = || async { Ok((looks.fetch_add(1, Ordering::SeqCst) == 2).then_some("there")) };
    assert_eq!(transport.settled(third).await.unwrap(), Some("there"));
    assert_eq!(looks.into_inner(), 3);
    let never = || async { Ok(None::<()>) };
    assert_eq!(transport.settled(never).await.unwrap(), None);
    let failing = || async {
        let failure = transport.failure(FailureKind::NotFound, "gone");
        Err::<Option<()>, _>(failure)
    };
    assert!(transport.settled(failing).await.is_err());
}

#[tokio::test]
async fn refused_credentials_close_the_gate() {
    let (server, transport) = serve(|_| ResponseTemplate::new(401)).await;
    for _ in 0..3 {
        let lost = transport.send(&read(), "reading").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::Unauthorized);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (other, _) = serve(|_| ResponseTemplate::new(200)).await;
    let location = format!("http://localhost:{}/Users", other.address().port());
    let (_server, transport) =
        serve(move |_| ResponseTemplate::new(307).insert_header("location", location.as_str()))
            .await;
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::Protocol);
    assert!(lost.failure.what.contains("redirects to localhost"));
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_that_the_app_echoes_is_seen_nowhere() {
    let (_server, transport) = serve(|received| {
        let echo = received.headers["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        ResponseTemplate::new(400)
            .insert_header("x-request-id", echo.as_str())
            .set_body_json(json!({"detail": echo, "path": "s3cret%2Ft%22ken"}))
    })
    .await;
    let answer = transport.send(&read(), "reading").await.unwrap();
    let from_body = transport.refused(&answer, "reading", None);
    let detail = answer.json().unwrap()["detail"]
        .as_str()
        .unwrap()
        .to_owned();
    let from_detail = transport.refused(&answer, "reading", Some(&detail));
    let calls = transport.calls.drain();
    let seen = format!("{from_body} {from_body:?} {from_detail:?} {calls:?} {transport:?}");
    assert!(seen.contains("Bearer [secret]"), "{seen}");
    assert!(!seen.contains("s3cret"), "{seen}");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let (_server, transport) =
        serve(|_| ResponseTemplate::new(200).set_body_bytes(vec![b' '; LARGEST_BODY + 1])).await;
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::Protocol);
    assert_eq!(transport.calls.len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_may_have_been_acted_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")
            .unwrap();
    });
    let transport = transport(&format!("http://127.0.0.1:{port}"));
    let write = request(Method::POST, Repeat::AfterLooking);
    let lost = transport.send(&write, "writing").await.unwrap_err();
    server.join().unwrap();
    assert!(lost.sent);
    assert_eq!(lost.failure.kind, FailureKind::Unavailable);
    // Nobody listens any more: now nothing is sent, and that is tried again.
    let lost = transport.send(&write, "writing").await.unwrap_err();
    assert!(!lost.sent);
    assert_eq!(transport.calls.len(), 1 + 3);
}

#[tokio::test]
async fn what_is_no_tls_is_no_connection() {
    let (server, _) = serve(|_| ResponseTemplate::new(200)).await;
    let port = server.address().port();
    let transport = transport(&format!("https://127.0.0.1:{port}"));
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::Unavailable);
    assert!(!lost.sent && lost.failure.said.is_some());
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(
        Clients::default().for_host(false).is_ok(),
        "the client for the world is made, too"
    );
}

#[tokio::test]
async fn what_an_earlier_try_may_have_done_is_not_forgotten() {
    let count = AtomicUsize::new(0);
    let (_server, transport) = serve(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => ResponseTemplate::new(502),
        _ => ResponseTemplate::new(401),
    })
    .await;
    let write = request(Method::PATCH, Repeat::Harmless);
    let lost = transport.send(&write, "writing").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::Unauthorized);
    assert!(lost.sent);
}

/// The first try was done, and the second is refused for that.
#[tokio::test]
async fn a_refusal_after_a_lost_answer_proves_nothing() {
    for (first, at_work) in [(503, false), (504, true), (429, false)] {
        let count = AtomicUsize::new(0);
        let (_server, transport) = serve(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => ResponseTemplate::new(first).insert_header("retry-after", "0"),
            _ => ResponseTemplate::new(412),
        })
        .await;
        let write = request(Method::PUT, Repeat::Harmless);
        let answer = transport.send(&write, "writing").await.unwrap();
        assert_eq!(answer.status, 412);
        assert_eq!(answer.is_uncertain(), first != 429, "{first}");
        assert_eq!(answer.may_still_happen(), at_work, "{first}");
    }
}

#[tokio::test]
async fn who_is_led_to_what_was_done_may_have_done_it() {
    for (status, sent) in [(303, true), (302, false), (307, false)] {
        let (_server, transport) =
            serve(move |_| ResponseTemplate::new(status).insert_header("location", "/Users/1"))
                .await;
        let write = request(Method::POST, Repeat::AfterLooking);
        let lost = transport.send(&write, "writing").await.unwrap_err();
        assert_eq!(lost.sent, sent, "{status}");
    }
}

#[test]
fn only_safe_addresses_are_spoken_to() {
    let refused = |url: &str| {
        let calls = Calls::default();
        Transport::new(
            &settings(url),
            Scheme::Token("Bearer"),
            Clock::running(),
            calls,
            Arc::default(),
            patience(),
        )
        .is_err()
    };
    assert!(!refused("https://app.example/scim"));
    assert!(!refused("http://127.0.0.1:8080"));
    for url in [
        "http://app.example",
        "ftp://127.0.0.1",
        "https://me:pass@app.example",
        "https://app.example/?token=x",
        "data:text/plain,x",
    ] {
        assert!(refused(url), "{url}");
    }
}

/// The lease was lost while a write waited to be tried again.
#[tokio::test]
async fn what_waits_is_not_written_when_writes_are_over_and_what_was_lost_is_not_forgotten() {
    for (status, sent) in [(429, false), (503, true)] {
        let transport = Arc::new(std::sync::OnceLock::<Arc<Transport>>::new());
        let shared = Arc::clone(&transport);
        let (server, opened) = serve(move |received| {
            if received.method.as_str() == "GET" {
                return ResponseTemplate::new(200);
            }
            shared.get().unwrap().write_no_more();
            ResponseTemplate::new(status).insert_header("retry-after", "0")
        })
        .await;
        let transport = transport.get_or_init(|| Arc::new(opened));
        let write = request(Method::PUT, Repeat::Harmless);
        let lost = transport.send(&write, "writing").await.unwrap_err();
        assert_eq!(lost.sent, sent, "{status}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
        assert!(transport.send(&read(), "reading").await.is_ok());
    }
}

#[tokio::test]
async fn a_web_page_is_no_answer_to_a_write_and_an_empty_body_is() {
    for (page, taken) in [("<!DOCTYPE html><p>Sign in</p>", false), (" ", true)] {
        let respond = move |_: &Received| {
            ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8")
        };
        let (_server, transport) = serve(respond).await;
        let write = request(Method::POST, Repeat::AfterLooking);
        match transport.send(&write, "writing").await {
            Ok(_) => assert!(taken, "{page}"),
            Err(lost) => {
                assert!(!taken && lost.sent, "nobody knows whether it was acted on");
                assert_eq!(lost.failure.kind, FailureKind::Protocol);
            }
        }
    }
}
