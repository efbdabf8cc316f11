use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::base::FileId;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn spec(faults: &str) -> Spec {
    let text = format!(
        "clock = 2026-03-07T09:22:00-08:00\n[apps.directory]\ngroups = [\"Sales\"]\n\
         [[apps.directory.users]]\nuser_name = \"a@x.example\"\ngroups = [\"Sales\"]\n\
         [[apps.directory.users]]\nuser_name = \"b@x.example\"\n[apps.directory.faults]\n{faults}"
    );
    Spec::parse(&text, FileId(0)).unwrap()
}

fn okta(name: &str) -> Simulation<'_> {
    Simulation {
        kind: "okta",
        ..scim(name)
    }
}

fn scim(name: &str) -> Simulation<'_> {
    Simulation {
        name,
        kind: "scim",
        dialect: None,
    }
}

async fn start(folder: &Path, faults: &str) -> Sandbox {
    let spec = spec(faults);
    let clock = Clock::frozen(spec.clock);
    Sandbox::start(&[scim("directory")], &spec, folder, clock)
        .await
        .unwrap()
}

fn client() -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

fn request(sandbox: &Sandbox, client: &Client, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}/{path}", sandbox.url("directory").unwrap());
    let token = sandbox.token("directory");
    client
        .request(method, url)
        .bearer_auth(token.expose_secret())
}

async fn create(sandbox: &Sandbox, client: &Client, login: &str) -> reqwest::Result<Value> {
    let body = json!({ "schemas": [USER], "userName": login });
    let request = request(sandbox, client, Method::POST, "Users").json(&body);
    request.send().await?.json().await
}

async fn logins(sandbox: &Sandbox) -> Vec<String> {
    let request = request(sandbox, &client(), Method::GET, "Users");
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let users = body["Resources"].as_array().unwrap().iter();
    let mut logins: Vec<String> = users
        .map(|user| user["userName"].as_str().unwrap().to_owned())
        .collect();
    logins.sort();
    logins
}

/// The data as a `kill -9` at this moment would leave it.
fn killed_now(folder: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_a_torn_line_and_a_restart_but_not_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = start(folder.path(), "").await;
    create(&sandbox, &client(), "c@x.example").await.unwrap();
    let killed = killed_now(&folder);
    let log = log(killed.path(), "directory");
    let mut text = std::fs::read_to_string(&log).unwrap();
    text.push_str("[[\"User/half");
    std::fs::write(&log, text).unwrap();
    let all = ["a@x.example", "b@x.example", "c@x.example"];
    assert_eq!(logins(&start(killed.path(), "").await).await, all);

    drop(sandbox);
    let sandbox = start(folder.path(), "").await;
    assert_eq!(logins(&sandbox).await, all);
    drop(sandbox);
    let clock = Clock::frozen(spec("").clock);
    reset(folder.path(), clock).await.unwrap();
    assert_eq!(logins(&start(folder.path(), "").await).await, all[..2]);
}

#[tokio::test]
async fn only_the_apps_own_token_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = start(folder.path(), "").await;
    let url = format!("{}/Users", sandbox.url("directory").unwrap());
    let other = sandbox.token("other");
    for request in [
        client().get(&url),
        client().get(&url).bearer_auth(other.expose_secret()),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["content-type"], "application/scim+json");
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            body["schemas"][0],
            "urn:ietf:params:scim:api:messages:2.0:Error"
        );
        assert_eq!(body["status"], "401");
    }
    let elsewhere = url.replace("/scim/v2", "/scim/v20");
    let token = sandbox.token("directory");
    let request = client().get(elsewhere).bearer_auth(token.expose_secret());
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(sandbox.url("other"), None);
}

#[tokio::test]
async fn a_lost_answer_is_a_write_that_happened() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = start(folder.path(), "lose_answer = 2").await;
    let client = client();
    create(&sandbox, &client, "c@x.example").await.unwrap();
    let lost = create(&sandbox, &client, "d@x.example").await;
    assert!(lost.is_err(), "{lost:?}");
    let all = ["a@x.example", "b@x.example", "c@x.example", "d@x.example"];
    assert_eq!(logins(&sandbox).await, all);
    create(&sandbox, &client, "e@x.example").await.unwrap();
}

#[tokio::test]
async fn faults_refuse_the_call_they_name_and_shorten_pages() {
    let folder = tempfile::tempdir().unwrap();
    let faults = "fail_call = { nth = 2, status = 429, retry_after = 7 }\npage_size = 1";
    let sandbox = start(folder.path(), faults).await;
    let client = client();
    for expected in [200, 429, 200] {
        let request = request(&sandbox, &client, Method::GET, "Users?count=50");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected);
        if expected == 429 {
            assert_eq!(response.headers()["retry-after"], "7");
            continue;
        }
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            (&body["itemsPerPage"], &body["totalResults"]),
            (&json!(1), &json!(2))
        );
    }
}

#[tokio::test]
async fn a_strike_is_seen_as_what_it_is_and_what_is_done_is_done() {
    for (strike, seen, done) in [
        (r#"fault = "502""#, "502 {", false),
        (r#"fault = "502", done = true"#, "502 {", true),
        (r#"fault = "hang-up""#, "closed", false),
        (r#"fault = "hang-up", done = true"#, "closed", true),
        (r#"fault = "reset""#, "reset", false),
        (r#"fault = "reset", done = true"#, "reset", true),
        (r#"fault = "html""#, "200 <!DOCTYPE", false),
        (r#"fault = "html", done = true"#, "200 <!DOCTYPE", true),
        (r#"fault = "expired""#, "401 {", false),
        (r#"fault = "no seats""#, "402 {", false),
        (r#"fault = "cut body""#, "201 half", true),
        (r#"fault = "cut connection""#, "broken off", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let faults = format!("strikes = [{{ {strike}, calls = \"POST\", path = \"Users\" }}]");
        let sandbox = start(folder.path(), &faults).await;
        let body = json!({ "schemas": [USER], "userName": "c@x.example" });
        let request = request(&sandbox, &client(), Method::POST, "Users").json(&body);
        let told = match request.send().await {
            Err(error) if format!("{error:?}").contains("ConnectionReset") => "reset".to_owned(),
            Err(_) => "closed".to_owned(),
            Ok(answer) => {
                let status = answer.status().as_u16();
                match answer.text().await {
                    Err(_) => "broken off".to_owned(),
                    Ok(text) if text.starts_with('{') && !text.ends_with('}') => {
                        format!("{status} half")
                    }
                    Ok(text) => format!("{status} {text}"),
                }
            }
        };
        assert!(told.starts_with(seen), "{strike}: {told}");
        let made = logins(&sandbox).await.contains(&"c@x.example".to_owned());
        assert_eq!(made, done, "{strike}");
    }
}

#[tokio::test]
async fn pages_that_are_struck_do_not_fit_together() {
    for (strike, expected) in [
        (r#"fault = "short page""#, [(2, "a"), (2, "")]),
        (r#"fault = "repeated record""#, [(2, "a"), (2, "a")]),
        (r#"fault = "moved total""#, [(2, "a"), (3, "b")]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let faults = format!(
            "page_size = 1\nstrikes = [{{ {strike}, calls = \"reads\", path = \"Users\", nth = 2 }}]"
        );
        let sandbox = start(folder.path(), &faults).await;
        let mut seen = Vec::new();
        for start in 1..=2 {
            let path = format!("Users?startIndex={start}");
            let answer = request(&sandbox, &client(), Method::GET, &path).send();
            let body: Value = answer.await.unwrap().json().await.unwrap();
            let first = body["Resources"][0]["userName"].as_str();
            let letter = first.unwrap_or_default().chars().take(1);
            let total = body["totalResults"].as_u64().unwrap();
            seen.push((total, letter.collect::<String>()));
        }
        let told: Vec<_> = seen
            .iter()
            .map(|(total, one)| (*total, one.as_str()))
            .collect();
        assert_eq!(told, expected, "{strike}");
    }
}

#[tokio::test]
async fn a_fault_that_an_app_cannot_have_is_refused_by_name() {
    for (app, fault) in [
        (okta("directory"), "no seats"),
        (okta("directory"), "short page"),
        (okta("directory"), "moved total"),
        (
            Simulation {
                dialect: Some("slack"),
                ..scim("directory")
            },
            "no seats",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let spec = spec(&format!("strikes = [{{ fault = \"{fault}\" }}]"));
        let clock = Clock::frozen(spec.clock);
        let error = Sandbox::start(&[app], &spec, folder.path(), clock).await;
        let message = error.unwrap_err().to_string();
        let named = format!("`directory` for the fault `{fault}`: ");
        assert!(message.contains(&named), "{message}");
    }
}

#[tokio::test]
async fn writes_side_by_side_leave_the_same_whatever_their_order() {
    let mut listings = Vec::new();
    for reversed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = start(folder.path(), "").await;
        let client = client();
        let mut logins: Vec<String> = (0..40).map(|n| format!("{n}@x.example")).collect();
        if reversed {
            logins.reverse();
        }
        let creates = logins.iter().map(|login| create(&sandbox, &client, login));
        futures::future::try_join_all(creates).await.unwrap();
        let request = request(&sandbox, &client, Method::GET, "Users");
        let text = request.send().await.unwrap().text().await.unwrap();
        listings.push(text.replace(&sandbox.address.to_string(), ""));
    }
    assert_eq!(listings[0], listings[1]);
}

#[tokio::test]
async fn a_second_sandbox_waits_for_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path(), "").await;
    let (second, ()) = tokio::join!(start(folder.path(), ""), async {
        create(&first, &client(), "c@x.example").await.unwrap();
        drop(first);
    });
    assert_eq!(logins(&second).await.len(), 3);
}

#[tokio::test]
async fn what_cannot_be_simulated_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec("");
    let clock = Clock::frozen(spec.clock);
    for (apps, message) in [
        (
            &[Simulation {
                kind: "github",
                ..scim("directory")
            }][..],
            "the app `directory` of kind `github`",
        ),
        (
            &[scim("other")],
            "sandbox.toml describes the app `directory`",
        ),
        (&[scim("directory"), scim("../x")], "unlike `../x`"),
    ] {
        let error = Sandbox::start(apps, &spec, folder.path(), clock)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

const CASCADE: &str = r#"
clock = 2026-03-07T09:22:00-08:00
[apps.okta]
groups = ["app-crm"]
assigns = [{ group = "app-crm", app = "crm" }]
[[apps.okta.users]]
user_name = "a@x.example"
groups = ["app-crm"]
"#;

#[tokio::test]
async fn an_app_is_assigned_only_where_accounts_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let spec = Spec::parse(CASCADE, FileId(0)).unwrap();
    let clock = Clock::frozen(spec.clock);
    for apps in [&[okta("okta")][..], &[okta("okta"), okta("crm")]] {
        let error = Sandbox::start(apps, &spec, folder.path(), clock).await;
        let message = error.unwrap_err().to_string();
        assert!(message.contains("`okta` assigns `crm`"), "{message}");
    }
}

#[tokio::test]
async fn okta_takes_its_own_scheme_and_words_an_outage_its_own_way() {
    let client = client();
    let mut statuses = Vec::new();
    for faults in ["", "[apps.okta.faults]\noutage = 503\n"] {
        let folder = tempfile::tempdir().unwrap();
        let spec = Spec::parse(&format!("{CASCADE}{faults}"), FileId(0)).unwrap();
        let clock = Clock::frozen(spec.clock);
        let apps = [scim("crm"), okta("okta")];
        let sandbox = Sandbox::start(&apps, &spec, folder.path(), clock)
            .await
            .unwrap();
        for (app, path, scheme) in [
            ("okta", "api/v1/users", "SSWS"),
            ("okta", "api/v1/users", "Bearer"),
            ("okta", "api/v1/users", "Basic"),
            ("crm", "Users", "SSWS"),
        ] {
            let token = sandbox.token(app);
            let request = client.get(format!("{}/{path}", sandbox.url(app).unwrap()));
            let value = format!("{scheme} {}", token.expose_secret());
            let answer = request.header("authorization", value).send().await.unwrap();
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            let code = body["errorCode"].as_str().unwrap_or_default().to_owned();
            statuses.push((status, code));
        }
    }
    let expected = [
        (200, ""),
        (200, ""),
        (401, "E0000011"),
        (401, ""),
        (503, "E0000010"),
        (503, "E0000010"),
        (401, "E0000011"),
        (401, ""),
    ];
    assert_eq!(
        statuses,
        expected.map(|(status, code)| (status, code.to_owned()))
    );
}
