//! `apply --notify`, from the files to a receiver on this machine.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;
use tokio::runtime::Runtime;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::environment::{Ended, Environment};

/// Part of every secret here.
const CANARY: &str = "c4n4ry9b2e";
const KEY: &str = "c4n4ry9b2e-signs-this";

/// Whoever takes notices, and answers all in one way.
struct Receiver {
    runtime: Runtime,
    server: MockServer,
}

impl Receiver {
    fn new(answer: ResponseTemplate) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(answer).mount(&server).await;
            server
        });
        Self { runtime, server }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.server.uri())
    }

    fn received(&self, path: &str) -> Vec<Request> {
        let all = self.runtime.block_on(self.server.received_requests());
        let mut all = all.unwrap();
        all.retain(|request| request.url.path() == format!("/{path}"));
        all
    }
}

/// The example, with a channel of each kind that speaks HTTP.
fn company(receiver: &Receiver) -> Environment {
    let environment = Environment::example();
    environment.append(
        "provisor.toml",
        &format!(
            "[notify.chat]\nkind = \"slack\"\nurl = {{ env = \"SLACK_URL\" }}\n\
             [notify.hr]\nkind = \"teams\"\nurl = {{ file = \"../teams\" }}\n\
             [notify.audit]\nkind = \"webhook\"\nurl = \"{}\"\nsecret = {{ env = \"KEY\" }}\n\
             [notify.later]\nkind = \"slack\"\non = [\"drift\"]\nurl = {{ env = \"NONE\" }}\n",
            receiver.url("audit")
        ),
    );
    let teams = receiver.url(&format!("teams?sig={CANARY}\n"));
    std::fs::write(environment.path("../teams"), teams).unwrap();
    environment
}

fn command(environment: &Environment, receiver: &Receiver, arguments: &str) -> Command {
    let mut command = environment.command(arguments);
    command
        .env("SLACK_URL", receiver.url(CANARY))
        .env("KEY", KEY)
        .env("CI_JOB_URL", "https://ci.example/jobs/7");
    command
}

fn ended<'a>(
    environment: &'a Environment,
    receiver: &Receiver,
    arguments: &str,
    code: i32,
) -> Ended<'a> {
    let output = command(environment, receiver, arguments).output().unwrap();
    environment.ended(output).exits(code)
}

fn signed_by_us(request: &Request) -> bool {
    let header = |name: &str| request.headers[name].to_str().unwrap();
    let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
    signed += std::str::from_utf8(&request.body).unwrap();
    let signature = header("webhook-signature").strip_prefix("v1,").unwrap();
    let signature = STANDARD.decode(signature).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
}

#[test]
fn each_channel_that_listens_is_told_once() {
    let receiver = Receiver::new(ResponseTemplate::new(202));
    let environment = company(&receiver);
    ended(&environment, &receiver, "apply --yes --notify", 0)
        .mentions("told audit (webhook)\ntold chat (slack)\ntold hr (teams)\n");
    let one = |path: &str| {
        let [request] = &receiver.received(path)[..] else {
            panic!("{path} got another number of requests than one");
        };
        request.clone()
    };
    let audit = one("audit");
    assert!(signed_by_us(&audit), "{:?}", audit.headers);
    let notice: Value = audit.body_json().unwrap();
    let schema = include_str!("../../schemas/notice.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    assert!(validator.is_valid(&notice), "{notice}");
    let manifest = &environment.manifests()[0];
    assert_eq!(notice["run"]["id"], manifest["runs"][0]["run"]);
    assert_eq!(notice["run"]["counts"], manifest["counts"]);
    assert_eq!(notice["rehearsal"], true);
    assert_eq!(notice["link"], "https://ci.example/jobs/7");
    let text = notice["sections"].to_string();
    for expected in ["Emma Johnson", "1042", "directory", "snapshot 1"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    for path in [CANARY, "teams"] {
        let said = String::from_utf8(one(path).body).unwrap();
        assert!(
            said.contains("Rehearsal: Meridian Manufacturing: run "),
            "{said}"
        );
        assert!(said.contains("Emma Johnson"), "{said}");
        assert!(!said.contains(CANARY), "{said}");
    }
    // Nobody asked for it: nobody is told.
    ended(&environment, &receiver, "apply --yes", 0);
    assert_eq!(receiver.received("audit").len(), 1);
}

#[test]
fn a_channel_that_fails_is_named_and_changes_nothing() {
    let elsewhere = Receiver::new(ResponseTemplate::new(200));
    let moved = ResponseTemplate::new(307).insert_header("location", elsewhere.url("x").as_str());
    for (answer, words) in [
        (
            ResponseTemplate::new(404).set_body_string("no_service"),
            "it refused the notice (HTTP 404: no_service)",
        ),
        (
            ResponseTemplate::new(500).set_body_string(format!("{KEY}\u{1b}[2J{CANARY}")),
            "it refused the notice (HTTP 500)\n",
        ),
        (moved, "it refused the notice (HTTP 307)\n"),
    ] {
        let receiver = Receiver::new(answer);
        let environment = company(&receiver);
        // The exit code is the run's, and `--quiet` hides nothing.
        let mut events = command(
            &environment,
            &receiver,
            "apply --yes --notify --json-events",
        );
        let events = environment.ended(events.output().unwrap());
        assert_eq!(events.code(), Some(0));
        let ended = events.ended();
        let failed = ended
            .stderr
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event["event"] == "notification_failed");
        let channels: Vec<Value> = failed.map(|event| event["channel"].clone()).collect();
        assert_eq!(channels, ["audit", "chat", "hr"]);
        assert!(!ended.stderr.contains(CANARY), "{}", ended.stderr);
        let quiet = command(&environment, &receiver, "apply --yes --notify --quiet");
        let quiet = environment.ended({ quiet }.output().unwrap()).ended();
        for channel in ["audit (webhook)", "chat (slack)", "hr (teams)"] {
            let line = format!("not told: {channel}: {words}");
            assert!(quiet.stderr.contains(line.trim_end()), "{}", quiet.stderr);
        }
        assert!(!quiet.stderr.contains(CANARY), "{}", quiet.stderr);
        assert!(!quiet.stderr.contains('\u{1b}'), "{}", quiet.stderr);
        assert_eq!(environment.manifests().len(), 2);
    }
    assert_eq!(elsewhere.received("x").len(), 0, "no redirect is followed");
}

#[test]
fn an_address_that_nobody_trusts_gets_nothing() {
    let receiver = Receiver::new(ResponseTemplate::new(200));
    let environment = company(&receiver);
    let mut command = command(&environment, &receiver, "apply --yes --notify");
    command
        .env("SLACK_URL", format!("https://evil.example/{CANARY}"))
        .env_remove("KEY");
    let ended = environment.ended(command.output().unwrap()).exits(0);
    let ended = ended
        .mentions("not told: chat (slack): nobody trusts the host of the address with notices\n")
        .mentions("not told: audit (webhook): no secret from the environment variable KEY: ")
        .mentions("told hr (teams)");
    assert!(!ended.stderr.contains("evil.example"), "{}", ended.stderr);
    assert_eq!(receiver.received("audit").len(), 0, "nothing goes unsigned");
}

#[test]
fn what_nobody_would_hear_of_is_refused_before_anything_is_done() {
    let environment = Environment::example();
    environment
        .run("apply --yes --notify")
        .exits(64)
        .mentions("no channel of provisor.toml is told of `apply`");
    assert!(environment.manifests().is_empty());
}

#[test]
fn an_order_is_told_without_its_reason() {
    let receiver = Receiver::new(ResponseTemplate::new(200));
    let environment = company(&receiver);
    ended(&environment, &receiver, "apply --yes", 0);
    let order = "apply --yes --notify --leaver 0815 --reason embezzled";
    let output = command(&environment, &receiver, order).output().unwrap();
    let ended = environment.ended(output).ended();
    let told = receiver.received("audit");
    assert_eq!(told.len(), 1, "{}", ended.stderr);
    for request in [
        &told[..],
        &receiver.received("teams"),
        &receiver.received(CANARY),
    ]
    .concat()
    {
        let said = String::from_utf8(request.body).unwrap();
        assert!(said.contains("by order 1: the departure of "), "{said}");
        assert!(!said.contains("embezzled"), "{said}");
    }
}
