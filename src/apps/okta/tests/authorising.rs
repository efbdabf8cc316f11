//! API tokens, and service apps that sign for theirs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::{CredentialSource, Scope, Settings};
use crate::model::failure::FailureKind;

const TOKEN: &str = "/oauth2/v1/token";

/// A fresh key: as PEM, and its public half.
fn key() -> (String, Vec<u8>) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
    let body = STANDARD.encode(pkcs8.as_ref());
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let (begin, end) = ("-----BEGIN PRIVATE", "-----END PRIVATE");
    let pem = format!("{begin} KEY-----\n{}\n{end} KEY-----\n", lines.join("\n"));
    (pem, pair.unwrap().public_key().as_ref().to_vec())
}

fn signing(pem: String) -> impl FnOnce(&mut Settings) {
    move |settings: &mut Settings| {
        let fixed = |text: &str| CredentialSource::Fixed(SecretString::from(text));
        settings.credentials = [
            ("client_id".to_owned(), fixed("0oaclient")),
            ("private_key".to_owned(), fixed(&pem)),
            ("key_id".to_owned(), fixed("kid-1")),
        ]
        .into();
    }
}

fn organisation() -> State {
    State {
        users: ["a", "b", "c"].map(|id| user(id, "ACTIVE")).into(),
        ..State::default()
    }
}

fn form(request: &Request) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

fn bearer(request: &Request) -> &str {
    request.headers["authorization"].to_str().unwrap()
}

fn gives(token: &str) -> ResponseTemplate {
    let body = json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token});
    ok(&body)
}

#[tokio::test]
async fn an_api_token_goes_by_its_own_word() {
    let fake = Fake::good(organisation()).await;
    fake.reader.observe(&Scope::default()).await.unwrap();
    for request in fake.server.received_requests().await.unwrap() {
        assert_eq!(bearer(&request), "SSWS 00token");
    }
}

#[tokio::test]
async fn a_service_app_signs_once_for_reading_and_once_for_writing() {
    let (pem, public) = key();
    let fake = Fake::configured(organisation(), signing(pem), |request, _| {
        (request.url.path() == TOKEN).then(|| gives(&form(request)["scope"].replace(' ', "+")))
    })
    .await;
    fake.reader.observe(&Scope::default()).await.unwrap();
    fake.reader.observe(&Scope::default()).await.unwrap();
    let calls = fake.calls();
    let tokens = calls.iter().filter(|call| call.ends_with(TOKEN)).count();
    assert_eq!(tokens, 1, "{calls:?}");
    // A service app has no account: it is not asked for one.
    assert!(!calls.iter().any(|call| call.ends_with("/me")), "{calls:?}");
    fake.writer.deactivate(&tag("a")).await;
    fake.writer.deactivate(&tag("b")).await;
    let calls = fake.calls();
    let tokens = calls.iter().filter(|call| call.ends_with(TOKEN)).count();
    assert_eq!(tokens, 1, "{calls:?}");
    let received = fake.server.received_requests().await.unwrap();
    for request in &received {
        if request.url.path() == TOKEN {
            let form = form(request);
            assert!(!request.headers.contains_key("authorization"));
            assert_eq!(form["grant_type"], "client_credentials");
            let audience = format!("{}{TOKEN}", fake.server.uri());
            verify(&form["client_assertion"], &public, &audience);
        } else {
            let scope = if request.method.as_str() == "GET" {
                "okta.users.read+okta.groups.read"
            } else {
                "okta.users.manage+okta.groups.manage"
            };
            assert_eq!(bearer(request), format!("Bearer {scope}"));
        }
    }
}

fn verify(assertion: &str, public: &[u8], audience: &str) {
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
        .verify(signed.as_bytes(), &signature)
        .unwrap();
    let parts = signed.split('.');
    let parts: Vec<Value> = parts
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0]["alg"], "ES256");
    assert_eq!(parts[0]["kid"], "kid-1");
    assert_eq!(parts[1]["iss"], "0oaclient");
    assert_eq!(parts[1]["sub"], "0oaclient");
    assert_eq!(parts[1]["aud"], audience);
    let now = crate::base::Clock::running().now().as_second();
    let left = parts[1]["exp"].as_i64().unwrap() - now;
    assert!((1..=3600).contains(&left), "{left}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let (pem, _) = key();
    let given = AtomicUsize::new(0);
    let fake = Fake::configured(organisation(), signing(pem), move |request, _| {
        if request.url.path() == TOKEN {
            let number = given.fetch_add(1, Ordering::SeqCst);
            return Some(gives(&format!("token-{number}")));
        }
        let stale = bearer(request) == "Bearer token-0";
        stale.then(|| error(401, "E0000011", "Invalid token provided"))
    })
    .await;
    assert!(fake.reader.observe(&Scope::default()).await.is_ok());
    let calls = fake.calls();
    let tokens = calls.iter().filter(|call| call.ends_with(TOKEN)).count();
    assert_eq!(tokens, 2, "the stale one, and one for everybody: {calls:?}");

    let (pem, _) = key();
    let fake = Fake::configured(organisation(), signing(pem), |request, _| {
        Some(if request.url.path() == TOKEN {
            gives("never-good")
        } else {
            error(401, "E0000011", "Invalid token provided")
        })
    })
    .await;
    for _ in 0..2 {
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthorized);
    }
    assert!(fake.calls().len() <= 6, "then nobody asks any more");
}

#[tokio::test]
async fn a_token_endpoint_that_is_busy_is_waited_for() {
    for status in [429, 503] {
        let (pem, _) = key();
        let asked = AtomicUsize::new(0);
        let fake = Fake::configured(organisation(), signing(pem), move |request, _| {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let busy = || ResponseTemplate::new(status).insert_header("retry-after", "0");
            let token = request.url.path() == TOKEN;
            token.then(|| if first { busy() } else { gives("token") })
        })
        .await;
        assert!(fake.reader.observe(&Scope::default()).await.is_ok());
    }
}

#[tokio::test]
async fn what_the_token_endpoint_refuses_is_said_in_words_and_without_secrets() {
    let refusals = [
        (
            400,
            json!({"error": "use_dpop_nonce"}),
            FailureKind::Unsupported,
            "DPoP",
        ),
        (
            200,
            json!({"token_type": "DPoP", "access_token": "s3cret"}),
            FailureKind::Unsupported,
            "switch off",
        ),
        (
            401,
            json!({"error": "invalid_client"}),
            FailureKind::Unauthorized,
            "key",
        ),
        (
            400,
            json!({"error": "invalid_scope"}),
            FailureKind::Forbidden,
            "scopes",
        ),
        (
            200,
            json!({"token_type": "Bearer"}),
            FailureKind::Protocol,
            "no token",
        ),
        (503, json!({}), FailureKind::Unavailable, ""),
    ];
    for (status, body, kind, says) in refusals {
        let (pem, _) = key();
        let fake = Fake::configured(organisation(), signing(pem), move |request, _| {
            let mut body = body.clone();
            body["echo"] = json!(form(request)["client_assertion"]);
            Some(ResponseTemplate::new(status).set_body_json(body))
        })
        .await;
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.what.contains(says), "{failure}");
        let seen = format!("{failure:?}");
        assert!(!seen.contains("s3cret") && !seen.contains("eyJ"), "{seen}");
        let calls = fake.calls();
        assert!(calls.iter().all(|call| call.ends_with(TOKEN)), "{calls:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_named_and_not_shown() {
    for key in ["s3cret", "{\"kty\":\"oct\",\"k\":\"s3cret\"}"] {
        let fake = Fake::configured(organisation(), signing(key.to_owned()), |_, _| None).await;
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        assert!(failure.what.contains("RSA key"), "{failure}");
        assert!(!format!("{failure:?}").contains("s3cret"));
        assert!(fake.calls().is_empty());
    }
}
