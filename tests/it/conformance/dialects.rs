//! The simulated dialects, held against the descriptions that their vendors publish.

use provisor::base::{Clock, FileId};
use provisor::sandbox::{Exchange, Sandbox, Simulation, Spec};
use reqwest::{Client, Method};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{Specification, document, recorded, report, skipped};

const SPEC: &str = r#"
clock = 2026-03-07T09:22:00-08:00
record = true
[apps.app]
groups = ["Staff"]
[[apps.app.users]]
user_name = "ana@x.example"
external_id = "7"
given = "Ana"
family = "Lee"
email = "ana@x.example"
title = "Lead"
department = "Sales"
manager = "ana@x.example"
groups = ["Staff"]
"#;

/// Does to an app what a client would, and returns what was said.
async fn exchanges(dialect: &str, calls: &[(Method, &str, Value)]) -> Vec<Exchange> {
    // An error means that the process has a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let spec = Spec::parse(SPEC, FileId(0)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = Simulation {
        name: "app",
        kind: "scim",
        dialect: Some(dialect),
    };
    let clock = Clock::frozen(spec.clock);
    let sandbox = Sandbox::start(&[app], &spec, folder.path(), clock)
        .await
        .unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let send = |method: Method, path: &str, body: &Value| {
        let url = format!("{}/{path}", sandbox.url("app").unwrap());
        let request = client.request(method, url);
        let request = request.bearer_auth(sandbox.token("app").expose_secret());
        let request = if body.is_null() {
            request
        } else {
            request.json(body)
        };
        async move {
            request
                .send()
                .await
                .unwrap()
                .json::<Value>()
                .await
                .unwrap_or_default()
        }
    };
    let users = send(Method::GET, "Users", &Value::Null).await;
    let id = users["Resources"][0]["id"].as_str().unwrap().to_owned();
    for (method, path, body) in calls {
        send(method.clone(), &path.replace("ID", &id), body).await;
    }
    recorded(folder.path(), "app")
}

/// Holds exchanges against a vendor's description, in which the app's URL is a path.
fn check(what: &str, description: Value, error: &str, base: &[&str], exchanges: &[Exchange]) {
    let specification = Specification::new(description, error);
    let mut problems = Vec::new();
    for exchange in exchanges {
        let mut exchange = exchange.clone();
        let base = base.iter().map(|part| (*part).to_owned());
        exchange.path.splice(0..0, base);
        problems.extend(if exchange.status == 400 {
            specification.answer_problems(&exchange)
        } else {
            specification.problems(&exchange)
        });
    }
    report(what, exchanges.len(), &problems);
}

fn person(login: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": login, "externalId": "8", "active": true,
        "name": { "givenName": "C", "familyName": "D" },
        "emails": [{ "value": login, "type": "work", "primary": true }],
    })
}

fn patch(operation: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    })
}

#[tokio::test]
async fn github_answers_as_its_description_says() {
    let what = "the simulated GitHub";
    let Some(description) = document("github.openapi.json") else {
        return skipped(what);
    };
    let without_path = |value: Value| patch(&json!({ "op": "replace", "value": value }));
    let with_path = patch(&json!({ "op": "replace", "path": "userName", "value": "x" }));
    let calls = [
        (Method::GET, "Users?startIndex=1&count=100", Value::Null),
        (
            Method::GET,
            "Users?filter=userName eq \"ana@x.example\"",
            Value::Null,
        ),
        (Method::GET, "Users?filter=userName sw \"a\"", Value::Null),
        (Method::GET, "Users/ID", Value::Null),
        (Method::GET, "Users/nobody", Value::Null),
        (Method::POST, "Users", person("c@x.example")),
        (Method::POST, "Users", person("c@x.example")),
        (Method::POST, "Users", json!({ "userName": "x" })),
        (Method::PATCH, "Users/ID", with_path),
        (
            Method::PATCH,
            "Users/ID",
            without_path(json!({ "givenName": "Anna" })),
        ),
        (Method::PUT, "Users/ID", person("ana2@x.example")),
        (
            Method::PATCH,
            "Users/ID",
            without_path(json!({ "active": false })),
        ),
        (Method::GET, "Users/ID", Value::Null),
        (Method::DELETE, "Users/ID", Value::Null),
    ];
    let exchanges = exchanges("github", &calls).await;
    let base = ["scim", "v2", "organizations", "meridian"];
    check(what, description, "scim-error", &base, &exchanges);
}

#[tokio::test]
async fn atlassian_answers_as_its_description_says() {
    let what = "the simulated Atlassian";
    let Some(description) = document("atlassian-scim.openapi.json") else {
        return skipped(what);
    };
    let closed = patch(&json!({ "op": "replace", "path": "active", "value": false }));
    let calls = [
        (Method::GET, "Users?startIndex=1&count=100", Value::Null),
        (
            Method::GET,
            "Users?filter=userName eq \"ana@x.example\"",
            Value::Null,
        ),
        (Method::GET, "Users/ID", Value::Null),
        (Method::GET, "Users/nobody", Value::Null),
        (Method::GET, "Groups?startIndex=1&count=100", Value::Null),
        (Method::POST, "Users", person("c@x.example")),
        (Method::POST, "Users", person("c@x.example")),
        (Method::PUT, "Users/ID", person("ana2@x.example")),
        (Method::PATCH, "Users/ID", closed),
        (Method::DELETE, "Users/ID", Value::Null),
    ];
    let exchanges = exchanges("atlassian", &calls).await;
    let base = ["scim", "directory", "bc4e9a2b"];
    check(what, description, "ScimError", &base, &exchanges);
}
