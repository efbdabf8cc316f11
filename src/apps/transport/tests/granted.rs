//! Access tokens: what each vendor's endpoint is asked, and how often.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;

const PEM: &str = include_str!("../fixtures/rsa.pem");

/// An app of this scheme, with every credential that there is; each is its own name.
pub fn transport_by(endpoint: TokenEndpoint, url: &str) -> Transport {
    const NAMES: [&str; 8] = [
        "client_id",
        "client_secret",
        "refresh_token",
        "key_id",
        "subject",
        "enterprise_id",
        "tenant",
        "account_id",
    ];
    let fixed = |text: &str| CredentialSource::Fixed(SecretString::from(text));
    let mut settings = settings(url);
    settings.credentials = NAMES
        .map(|name| (name.to_owned(), fixed(&format!("my-{name}"))))
        .into();
    settings
        .credentials
        .insert("private_key".to_owned(), fixed(PEM));
    Transport::new(
        &settings,
        Scheme::Granted(endpoint),
        Clock::running(),
        Calls::default(),
        Arc::default(),
        patience(),
    )
    .unwrap()
}

/// A server that gives `token` to whoever posts to a path that the app does not have.
pub async fn serve_granted(
    endpoint: TokenEndpoint,
    respond: impl Fn(&Received) -> ResponseTemplate + Send + Sync + 'static,
) -> (MockServer, Transport) {
    let (server, _) = serve(respond).await;
    // The app is not at the root of its host, as many are not.
    let transport = transport_by(endpoint, &format!("{}/api/v2", server.uri()));
    (server, transport)
}

pub fn is_app(received: &Received) -> bool {
    received.url.path() == "/api/v2/Users"
}

pub fn gives(token: &str) -> ResponseTemplate {
    let body = json!({"access_token": token, "token_type": "bearer", "expires_in": 3600});
    ResponseTemplate::new(200).set_body_json(body)
}

fn form(received: &Received) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&received.body)
        .into_owned()
        .collect()
}

/// The header and the claims of an assertion.
fn said(assertion: &str) -> [Value; 2] {
    let mut parts = assertion.split('.');
    [(); 2].map(|()| {
        let part = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    })
}

/// What the endpoint of a scheme is asked: its path, the fields without assertions, in order, and
/// the assertion, if there is one.
async fn asked(endpoint: TokenEndpoint) -> (String, String, Option<[Value; 2]>, MockServer) {
    let (server, transport) = serve_granted(endpoint, |received| {
        if is_app(received) {
            ResponseTemplate::new(200)
        } else {
            gives("t0ken")
        }
    })
    .await;
    transport.send(&read(), "reading").await.unwrap();
    let received = server.received_requests().await.unwrap();
    let [question, request] = &received[..] else {
        panic!("{received:?}");
    };
    assert_eq!(request.headers["authorization"], "Bearer t0ken");
    let mut fields = form(question);
    let signed = fields
        .remove("assertion")
        .or(fields.remove("client_assertion"));
    let basic = question.headers.get("authorization");
    let basic = basic.map(|value| format!(" | {}", value.to_str().unwrap()));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let fields = format!("{}{}", fields.join(" "), basic.unwrap_or_default());
    let path = question.url.path().to_owned();
    (path, fields, signed.map(|signed| said(&signed)), server)
}

const SECRET_FORM: &str =
    "client_id=my-client_id client_secret=my-client_secret grant_type=client_credentials";
const REFRESHED: &str = "client_id=my-client_id client_secret=my-client_secret \
                         grant_type=refresh_token refresh_token=my-refresh_token";
const BASIC: &str = "Basic bXktY2xpZW50X2lkOm15LWNsaWVudF9zZWNyZXQ=";

#[tokio::test]
async fn each_vendors_endpoint_is_asked_as_its_sheet_says() {
    let rows = [
        (
            "adobe.md",
            schemes::ADOBE,
            "/ims/token/v2",
            format!("{SECRET_FORM} scope=openid,AdobeID,user_management_sdk"),
        ),
        (
            "box.md",
            schemes::BOX,
            "/oauth2/token",
            format!("box_subject_id=my-enterprise_id box_subject_type=enterprise {SECRET_FORM}"),
        ),
        (
            "dropbox.md",
            schemes::DROPBOX,
            "/oauth2/token",
            REFRESHED.to_owned(),
        ),
        (
            "hubspot.md",
            schemes::HUBSPOT,
            "/oauth/v1/token",
            REFRESHED.to_owned(),
        ),
        (
            "jumpcloud.md",
            schemes::JUMPCLOUD,
            "/oauth2/token",
            format!("grant_type=client_credentials scope=api | {BASIC}"),
        ),
        (
            "microsoft365.md",
            schemes::MICROSOFT,
            "/my%2Dtenant/oauth2/v2.0/token",
            format!("{SECRET_FORM} scope=https://graph.microsoft.com/.default"),
        ),
        (
            "salesforce.md",
            schemes::SALESFORCE,
            "/services/oauth2/token",
            SECRET_FORM.to_owned(),
        ),
        (
            "servicenow.md",
            schemes::SERVICENOW,
            "/oauth_token.do",
            SECRET_FORM.to_owned(),
        ),
        (
            "zendesk.md",
            schemes::ZENDESK,
            "/oauth/tokens",
            format!("{SECRET_FORM} scope=read"),
        ),
        (
            "zoom.md",
            schemes::ZOOM,
            "/oauth/token",
            format!("account_id=my-account_id grant_type=account_credentials | {BASIC}"),
        ),
    ];
    for (sheet, endpoint, path, fields) in rows {
        let (asked_at, asked_for, signed, _) = asked(endpoint).await;
        assert_eq!((asked_at.as_str(), asked_for), (path, fields), "{sheet}");
        assert_eq!(signed, None, "{sheet}");
    }
}

#[tokio::test]
async fn what_is_signed_says_what_each_vendor_wants() {
    let bearer = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    let client = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
                  grant_type=client_credentials";
    // Google: for a subject, with scopes and a time of issue, to the endpoint.
    let google = schemes::google("a.readonly b.readonly", "a b");
    let (path, fields, signed, server) = asked(google).await;
    let [header, claims] = signed.unwrap();
    assert_eq!((path.as_str(), fields.as_str()), ("/token", bearer));
    assert_eq!(header["kid"], "my-key_id");
    assert_eq!(claims["scope"], "a.readonly b.readonly");
    assert_eq!(claims["iss"], "my-client_id");
    assert_eq!(claims["sub"], "my-subject");
    assert_eq!(claims["aud"], format!("{}/token", server.uri()));
    let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((60..=3600).contains(&lasts), "{claims}");
    // Salesforce: to its login host, without scopes.
    let (path, fields, signed, _) = asked(schemes::SALESFORCE_KEY).await;
    let [_, claims] = signed.unwrap();
    let expected = ("/services/oauth2/token", bearer);
    assert_eq!((path.as_str(), fields.as_str()), expected);
    assert_eq!(claims["aud"], "https://login.salesforce.com");
    assert_eq!(claims["scope"], Value::Null);
    // Microsoft: of the client itself, by the certificate's print.
    let (_, fields, signed, _) = asked(schemes::MICROSOFT_CERTIFICATE).await;
    let [header, claims] = signed.unwrap();
    assert_eq!(
        fields,
        format!(
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
             client_id=my-client_id grant_type=client_credentials \
             scope=https://graph.microsoft.com/.default"
        )
    );
    assert_eq!(header["x5t#S256"], "my-key_id");
    assert_eq!(claims["sub"], claims["iss"]);
    // Okta: below the app's own url.
    let (path, fields, signed, server) = asked(schemes::okta("r", "w")).await;
    assert_eq!(path, "/api/v2/oauth2/v1/token");
    assert_eq!(fields, format!("{client} scope=r"));
    let [header, claims] = signed.unwrap();
    assert_eq!(header["kid"], "my-key_id");
    assert_eq!(claims["aud"], format!("{}{path}", server.uri()));
}

#[test]
fn only_an_app_on_this_machine_has_its_tokens_from_this_machine() {
    let values = [("tenant", "a/../b"), ("account_id", "1")];
    let values = values
        .map(|(name, value)| (name, SecretString::from(value)))
        .into();
    let address = |endpoint: TokenEndpoint, base: &str| {
        let base = Url::parse(base).unwrap();
        endpoint.address(&base, &values).unwrap().to_string()
    };
    let graph = "https://graph.microsoft.com/v1.0";
    assert_eq!(
        address(schemes::MICROSOFT, graph),
        "https://login.microsoftonline.com/a%2F%2E%2E%2Fb/oauth2/v2.0/token",
        "a credential stays one segment"
    );
    assert_eq!(
        address(schemes::ZOOM, "https://api.zoom.us/v2"),
        "https://zoom.us/oauth/token"
    );
    assert_eq!(
        address(schemes::ZOOM, "http://127.0.0.1:8080/v2"),
        "http://127.0.0.1:8080/oauth/token"
    );
    assert_eq!(
        address(schemes::BOX, "https://api.box.com/2.0"),
        "https://api.box.com/oauth2/token"
    );
}

#[tokio::test]
async fn one_asks_for_all_and_asks_again_shortly_before_the_end() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, lifetime) = (asked.clone(), Arc::new(AtomicUsize::new(3600)));
    let told = lifetime.clone();
    let (_server, transport) = serve_granted(schemes::SALESFORCE, move |received| {
        if is_app(received) {
            return ResponseTemplate::new(200);
        }
        count.fetch_add(1, Ordering::SeqCst);
        let lifetime = told.load(Ordering::SeqCst);
        let body = json!({"access_token": "t0ken", "expires_in": lifetime.to_string()});
        ResponseTemplate::new(200)
            .set_body_json(body)
            .set_delay(Duration::from_millis(20))
    })
    .await;
    let request = read();
    let all = || futures::future::join_all((0..100).map(|_| transport.send(&request, "reading")));
    assert!(all().await.iter().all(Result::is_ok));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // One that is as good as over.
    transport.authorization.forget_tokens().await;
    lifetime.store(0, Ordering::SeqCst);
    for _ in 0..3 {
        transport.send(&request, "reading").await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1 + 3);
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_is_not_used_again() {
    let given = AtomicUsize::new(0);
    let (server, transport) = serve_granted(schemes::DROPBOX, move |received| {
        if is_app(received) {
            // Each access token is good for one request.
            let used = received.headers["authorization"] == "Bearer token-0";
            return ResponseTemplate::new(if used { 401 } else { 200 });
        }
        let number = given.fetch_add(1, Ordering::SeqCst);
        let (token, next) = (format!("token-{number}"), format!("refresh-{number}"));
        let body = json!({"access_token": token, "refresh_token": next, "expires_in": 60});
        ResponseTemplate::new(200).set_body_json(body)
    })
    .await;
    transport.send(&read(), "reading").await.unwrap();
    let received = server.received_requests().await.unwrap();
    let used: Vec<_> = received
        .iter()
        .filter_map(|request| form(request).remove("refresh_token"))
        .collect();
    assert_eq!(used, ["my-refresh_token", "refresh-0"]);
}

#[tokio::test]
async fn what_is_sent_for_a_token_is_seen_nowhere() {
    for (endpoint, echoed) in [
        (schemes::ZOOM, "authorization"),
        (schemes::SALESFORCE, "body"),
        (schemes::DROPBOX, "body"),
    ] {
        let (_server, transport) = serve_granted(endpoint, move |received| {
            let echo = match echoed {
                "body" => String::from_utf8(received.body.clone()).unwrap(),
                header => received.headers[header].to_str().unwrap().to_owned(),
            };
            ResponseTemplate::new(400)
                .insert_header("x-request-id", echo.as_str())
                .set_body_json(json!({"error": "invalid_client", "error_description": echo}))
        })
        .await;
        // However many tokens came and went meanwhile.
        for number in 0..20 {
            let passing = SecretString::from(format!("passing-{number}"));
            transport.authorization.keep_secret(&passing);
        }
        let lost = transport.send(&read(), "reading").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::Unauthorized);
        let calls = transport.calls.drain();
        let seen = format!("{lost:?} {calls:?} {transport:?}");
        assert!(seen.contains("[secret]"), "{seen}");
        for secret in ["my-client_secret", "my-refresh_token", &BASIC[6..]] {
            assert!(!seen.contains(secret), "{seen}");
        }
    }
}

#[tokio::test]
async fn a_missing_credential_is_named_before_anything_is_sent() {
    let (server, transport) = serve_granted(schemes::ZOOM, |_| ResponseTemplate::new(200)).await;
    let mut settings = transport.settings.clone();
    settings.credentials.remove("account_id");
    let transport = Transport {
        settings,
        ..transport
    };
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(lost.failure.what.contains("`account_id`"), "{lost:?}");
    assert!(server.received_requests().await.unwrap().is_empty());
}
