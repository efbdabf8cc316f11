//! The transport against a token endpoint that others wrote: the tokens that it signs are those
//! that the app gets, and no more of them are asked for than needed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use provisor::apps::transport::{
    Calls, Clients, Field, Grant, Patience, Place, Proof, Repeat, Request, Scheme, Target,
    TokenEndpoint, Transport,
};
use provisor::apps::{CredentialSource, Options, Settings};
use provisor::base::Clock;
use provisor::model::failure::FailureKind;
use reqwest::Method;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use secrecy::SecretString;
use serde_json::Value;
use tokio::runtime::Runtime;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request as Received, ResponseTemplate};

use super::server::Peer;

/// Signs tokens for whoever asks, by a key that it shows.
pub const ENDPOINT: Peer = Peer::client("oauth2-mock");

type Trial = (&'static str, fn());

pub const TRIALS: [Trial; 4] = [
    ("ten_requests_need_one_token", ten_requests_need_one_token),
    ("each_scope_has_its_token", each_scope_has_its_token),
    (
        "a_refused_token_is_renewed_once",
        a_refused_token_is_renewed_once,
    ),
    ("a_refused_grant_ends_it", a_refused_grant_ends_it),
];

const KEY: &str = include_str!("../../src/apps/transport/fixtures/rsa.pem");

const BY_SECRET: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/token"),
    grant: Grant::ClientCredentials,
    proof: Proof::Form,
    read: "see",
    write: "change",
    fields: &[("audience", Field::Credential("client_id"))],
};

const BY_HEADER: TokenEndpoint = TokenEndpoint {
    proof: Proof::Basic,
    ..BY_SECRET
};

const BY_KEY: TokenEndpoint = TokenEndpoint {
    proof: Proof::Assertion { key_id: "kid" },
    ..BY_SECRET
};

const REFRESHED: TokenEndpoint = TokenEndpoint {
    grant: Grant::RefreshToken,
    ..BY_SECRET
};

/// A grant that it does not know.
const UNKNOWN: TokenEndpoint = TokenEndpoint {
    grant: Grant::Assertion { audience: "" },
    proof: Proof::None,
    ..BY_SECRET
};

/// An app whose token endpoint is the peer: what is asked of it is handed on.
struct World {
    runtime: Runtime,
    app: MockServer,
    peer: Child,
    keys: Value,
    refuses: Arc<AtomicBool>,
}

impl World {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let peer = Command::new("bash")
            .arg(ENDPOINT.script())
            .arg(ENDPOINT.folder())
            .args([&port.to_string(), "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ask = move |request: &str| (0..200).find_map(|_| ask_when_up(port, request));
        let keys = ask("GET /jwks HTTP/1.0\r\n\r\n").expect("it comes up").1;
        let refuses = Arc::new(AtomicBool::new(false));
        let refusing = refuses.clone();
        let respond = move |received: &Received| {
            if received.url.path() != "/token" {
                let once = refusing.swap(false, Ordering::SeqCst);
                return ResponseTemplate::new(if once { 401 } else { 200 });
            }
            let body = String::from_utf8(received.body.clone()).unwrap();
            let basic = received.headers.get("authorization");
            let basic = basic.map_or(String::new(), |value| {
                format!("authorization: {}\r\n", value.to_str().unwrap())
            });
            let request = format!(
                "POST /token HTTP/1.0\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 {basic}content-length: {}\r\n\r\n{body}",
                body.len()
            );
            let (status, body) = ask(&request).expect("it is up");
            ResponseTemplate::new(status).set_body_json(body)
        };
        let app = runtime.block_on(async {
            let app = MockServer::start().await;
            Mock::given(any()).respond_with(respond).mount(&app).await;
            app
        });
        Self {
            runtime,
            app,
            peer,
            keys,
            refuses,
        }
    }

    fn transport(&self, endpoint: TokenEndpoint) -> Transport {
        let credentials = [
            ("client_id", "a client"),
            ("client_secret", "s3cret:/+"),
            ("refresh_token", "r3fresh"),
            ("private_key", KEY),
        ];
        let fixed = |(name, text): (&str, &str)| {
            let secret = SecretString::from(text);
            (name.to_owned(), CredentialSource::Fixed(secret))
        };
        let settings = Settings {
            app: "crm".into(),
            kind: "scim".to_owned(),
            url: format!("{}/api", self.app.uri()).parse().unwrap(),
            credentials: credentials.map(fixed).into(),
            options: Options::default(),
        };
        Transport::new(
            &settings,
            Scheme::Granted(endpoint),
            Clock::running(),
            Calls::default(),
            Arc::new(Clients::default()),
            Patience {
                first: Duration::from_millis(1),
                ..Patience::default()
            },
        )
        .unwrap()
    }

    /// Sends so many requests at once; how each ended.
    fn send(&self, transport: &Transport, method: &Method, times: usize) -> Vec<Ended> {
        let request = Request {
            method: method.clone(),
            target: Target::new(&["users"]).unwrap(),
            body: None,
            if_match: None,
            repeat: Repeat::Harmless,
            media_type: "application/json",
        };
        let sent = (0..times).map(|_| transport.send(&request, "asking"));
        let results = self.runtime.block_on(futures::future::join_all(sent));
        let ended = |result: Result<provisor::apps::transport::Answer, _>| match result {
            Ok(answer) => Ended::Answered(answer.status),
            Err(provisor::apps::transport::Unanswered { failure, .. }) => {
                Ended::Failed(failure.kind)
            }
        };
        results.into_iter().map(ended).collect()
    }

    /// How often a token was asked for, and those that the app got, in order and each once.
    fn seen(&self) -> (usize, Vec<String>) {
        let received = self.runtime.block_on(self.app.received_requests()).unwrap();
        let (questions, requests): (Vec<_>, Vec<_>) = received
            .iter()
            .partition(|request| request.url.path() == "/token");
        let mut tokens: Vec<String> = requests
            .iter()
            .map(|request| request.headers["authorization"].to_str().unwrap())
            .map(|header| header.strip_prefix("Bearer ").unwrap().to_owned())
            .collect();
        tokens.dedup();
        (questions.len(), tokens)
    }

    /// What a token says, having checked that the peer signed it.
    fn claims(&self, token: &str) -> Value {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = &self.keys["keys"][0];
        let part = |name: &str| BASE64.decode(key[name].as_str().unwrap()).unwrap();
        let public = RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        };
        let signature = BASE64.decode(signature).unwrap();
        public
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .unwrap();
        let claims = signed.split_once('.').unwrap().1;
        serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.peer.kill();
        let _ = self.peer.wait();
    }
}

#[derive(Debug, PartialEq)]
enum Ended {
    Answered(u16),
    Failed(FailureKind),
}

/// Asks in plain HTTP; none, after a pause, while nobody answers.
fn ask_when_up(port: u16, request: &str) -> Option<(u16, Value)> {
    let answer = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    let understood = answer.ok().and_then(|answer| {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    });
    if understood.is_none() {
        std::thread::sleep(Duration::from_millis(50));
    }
    understood
}

fn ten_requests_need_one_token() {
    let world = World::start();
    let mut before = 0;
    for endpoint in [BY_SECRET, BY_HEADER, BY_KEY, REFRESHED] {
        let transport = world.transport(endpoint);
        for ended in world.send(&transport, &Method::GET, 10) {
            assert_eq!(ended, Ended::Answered(200), "{endpoint:?}");
        }
        let (questions, tokens) = world.seen();
        assert_eq!(questions - before, 1, "{endpoint:?}");
        before = questions;
        let claims = world.claims(tokens.last().unwrap());
        let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lasts, 3600, "{claims}");
    }
}

fn each_scope_has_its_token() {
    let world = World::start();
    let transport = world.transport(BY_SECRET);
    for method in [Method::GET, Method::POST, Method::PUT, Method::GET] {
        world.send(&transport, &method, 1);
    }
    let (questions, tokens) = world.seen();
    let scopes: Vec<_> = tokens
        .iter()
        .map(|token| world.claims(token)["scope"].clone())
        .collect();
    assert_eq!(questions, 2);
    assert_eq!(scopes, ["see", "change", "see"]);
}

fn a_refused_token_is_renewed_once() {
    let world = World::start();
    let transport = world.transport(REFRESHED);
    world.refuses.store(true, Ordering::SeqCst);
    let ended = world.send(&transport, &Method::GET, 1);
    assert_eq!(ended, [Ended::Answered(200)]);
    assert_eq!(world.seen().0, 2);
}

fn a_refused_grant_ends_it() {
    let world = World::start();
    let transport = world.transport(UNKNOWN);
    for ended in world.send(&transport, &Method::GET, 100) {
        assert_eq!(ended, Ended::Failed(FailureKind::Unauthorized));
    }
    assert_eq!(world.seen(), (1, Vec::new()));
}
