//! The simulated Okta and SCIM servers, driven through every endpoint that they have.

use std::path::Path;

use provisor::base::{Clock, FileId};
use provisor::sandbox::{Sandbox, Simulation, Spec};
use reqwest::{Client, Method};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{Schemas, Specification, document, recorded, report, skipped};

const SPEC: &str = r#"
clock = 2026-03-07T09:22:00-08:00
record = true
[apps.okta]
groups = ["Everyone", "app-salesforce", "Staff"]
assigns = [{ group = "app-salesforce", app = "salesforce", label = "Salesforce" }]
rules = [{ name = "Staff", group = "Staff", expression = "user.department==\"x\"" }]
[[apps.okta.users]]
user_name = "ana@x.example"
given = "Ana"
family = "Lee"
external_id = "7"
department = "Sales"
manager = "bo@x.example"
groups = ["app-salesforce"]
admin = true
[[apps.okta.users]]
user_name = "bo@x.example"
given = "Bo"
family = "Orr"
[[apps.okta.users]]
user_name = "locked@x.example"
given = "Lo"
family = "Cked"
status = "locked_out"
[[apps.salesforce.users]]
user_name = "ana@x.example"
given = "Ana"
department = "Sales"
manager = "boss@x.example"
[[apps.salesforce.users]]
user_name = "boss@x.example"
"#;

/// Both apps, and a client that speaks to them.
struct Driver {
    sandbox: Sandbox,
    client: Client,
}

impl Driver {
    async fn start(folder: &Path, faults: &str) -> Self {
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let spec = Spec::parse(&format!("{SPEC}{faults}"), FileId(0)).unwrap();
        let clock = Clock::frozen(spec.clock);
        let app = |name, kind| Simulation {
            name,
            kind,
            dialect: None,
        };
        let apps = [app("okta", "okta"), app("salesforce", "scim")];
        Self {
            sandbox: Sandbox::start(&apps, &spec, folder, clock).await.unwrap(),
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn send(&self, app: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{path}", self.sandbox.url(app).unwrap());
        let scheme = if app == "okta" { "SSWS" } else { "Bearer" };
        let token = self.sandbox.token(app);
        let request = self.client.request(method, url).header(
            "authorization",
            format!("{scheme} {}", token.expose_secret()),
        );
        let request = match body {
            // Nothing to send is said, too.
            Value::Null => request.header("content-length", "0"),
            body => request.json(&body),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.unwrap());
        (status, body.unwrap_or_default())
    }

    async fn okta(&self, method: Method, path: &str, body: Value) -> Value {
        let path = format!("api/v1/{path}");
        self.send("okta", method, &path, body).await.1
    }

    async fn get(&self, path: &str) -> Value {
        self.okta(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str) -> Value {
        self.okta(Method::POST, path, Value::Null).await
    }
}

fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}

fn profile(login: &str) -> Value {
    json!({ "login": login, "email": login, "firstName": "C", "lastName": "D" })
}

#[tokio::test]
async fn okta_answers_as_its_specification_says() {
    let what = "the simulated Okta";
    let Some(description) = document("okta.openapi.json") else {
        return skipped(what);
    };
    let folder = tempfile::tempdir().unwrap();
    let driver = Driver::start(folder.path(), "").await;
    for list in [
        "users",
        "users?limit=1",
        "users?filter=status eq \"ACTIVE\" or profile.login eq \"x\"&limit=200",
        "users?search=status pr&limit=200",
        "users?filter=profile.title eq \"x\"",
        "users?limit=none",
        "users/ana@x.example",
        "users/bo",
        "users/nobody",
        "users/ana@x.example/groups",
        "users/ana@x.example/roles",
        "iam/assignees/users?limit=100",
        "groups?limit=200&expand=stats",
        "groups?q=app",
        "groups?filter=type eq \"OKTA_GROUP\"",
        "groups/rules?limit=200",
        "groups/nothing/users",
        "apps?limit=200&filter=status eq \"ACTIVE\"",
    ] {
        driver.get(list).await;
    }
    let groups = driver.get("groups").await;
    let of_type = |kind: &str| {
        let mut groups = groups.as_array().unwrap().iter();
        id(groups
            .find(|group| group["type"] == kind && group["profile"]["name"] != "Staff")
            .unwrap())
    };
    let (salesforce, everyone) = (of_type("OKTA_GROUP"), of_type("BUILT_IN"));
    for path in ["", "/users?limit=200", "/apps"] {
        driver.get(&format!("groups/{salesforce}{path}")).await;
    }
    let app = id(&driver.get("apps").await[0]);
    for path in [
        "users?limit=500",
        "users?expand=user",
        "users/ana@x.example",
        "groups",
        "users/bo",
    ] {
        driver.get(&format!("apps/{app}/{path}")).await;
    }
    let ana = id(&driver.get("users/ana@x.example").await);
    let bo = id(&driver.get("users/bo@x.example").await);
    let create = |query: &str, body: Value| {
        let path = format!("users{query}");
        let driver = &driver;
        async move { driver.okta(Method::POST, &path, body).await }
    };
    let made = create(
        "",
        json!({ "profile": profile("c@x.example"), "groupIds": [salesforce] }),
    )
    .await;
    assert_eq!(made["transitioningToStatus"], "PROVISIONED");
    create(
        "?activate=true",
        json!({ "profile": profile("c@x.example") }),
    )
    .await;
    create(
        "",
        json!({ "profile": profile("x@x.example"), "groupIds": vec!["x"; 21] }),
    )
    .await;
    create(
        "?activate=false",
        json!({ "profile": profile("d@x.example") }),
    )
    .await;
    let c = id(&made);
    driver.get(&format!("apps/{app}/users/{c}")).await;
    let title = json!({ "profile": { "title": "Lead", "division": null } });
    driver
        .okta(Method::POST, &format!("users/{c}"), title)
        .await;
    driver
        .okta(
            Method::PUT,
            &format!("users/{c}"),
            json!({ "profile": profile("c2@x.example") }),
        )
        .await;
    for step in [
        "reactivate?sendEmail=false",
        "suspend",
        "activate?sendEmail=false",
    ] {
        driver.post(&format!("users/{c}/lifecycle/{step}")).await;
    }
    for step in [
        "suspend",
        "unsuspend",
        "unlock",
        "deactivate?sendEmail=false",
    ] {
        driver.post(&format!("users/{bo}/lifecycle/{step}")).await;
    }
    driver.post("users/locked@x.example/lifecycle/unlock").await;
    driver
        .post("users/d@x.example/lifecycle/activate?sendEmail=false")
        .await;
    driver
        .post(&format!("users/{bo}/lifecycle/deactivate"))
        .await;
    driver
        .okta(
            Method::DELETE,
            &format!("users/{ana}/sessions?oauthTokens=true"),
            Value::Null,
        )
        .await;
    for (group, user) in [
        (&salesforce, &ana),
        (&everyone, &ana),
        (&salesforce, &"x".to_owned()),
    ] {
        for method in [Method::PUT, Method::DELETE] {
            driver
                .okta(method, &format!("groups/{group}/users/{user}"), Value::Null)
                .await;
        }
    }
    let role = json!({ "type": "SUPER_ADMIN" });
    let role = driver
        .okta(Method::POST, &format!("users/{c}/roles"), role)
        .await;
    driver
        .okta(
            Method::DELETE,
            &format!("users/{c}/roles/{}", id(&role)),
            Value::Null,
        )
        .await;
    driver
        .okta(
            Method::DELETE,
            &format!("users/{bo}?sendEmail=false"),
            Value::Null,
        )
        .await;
    drop(driver);

    let limited = "[apps.okta.faults]\nfail_call = { nth = 1, status = 429, retry_after = 1 }\n";
    let driver = Driver::start(folder.path(), limited).await;
    assert_eq!(driver.get("users").await["errorCode"], "E0000047");

    let exchanges = recorded(folder.path(), "okta");
    let specification = Specification::new(description, "Error");
    let problems = exchanges.iter().flat_map(|exchange| {
        // What was refused was sent wrong on purpose.
        if exchange.status == 400 {
            specification.answer_problems(exchange)
        } else {
            specification.problems(exchange)
        }
    });
    report(what, exchanges.len(), &problems.collect::<Vec<_>>());
    assert!(exchanges.len() > 50, "only {} exchanges", exchanges.len());
}

#[tokio::test]
async fn scim_answers_as_the_rfcs_say() {
    let what = "the simulated SCIM server";
    let Some(schemas) = Schemas::load() else {
        return skipped(what);
    };
    let folder = tempfile::tempdir().unwrap();
    let driver = Driver::start(folder.path(), "").await;
    let send = |method: Method, path: &str, body: Value| {
        let path = path.to_owned();
        let driver = &driver;
        async move { driver.send("salesforce", method, &path, body).await.1 }
    };
    for path in [
        "Users",
        "Users?count=1",
        "Users?filter=userName eq \"ana@x.example\"",
        "Users?filter=nonsense",
        "Users/nobody",
        "Groups",
        "ServiceProviderConfig",
        "ResourceTypes",
        "Schemas",
    ] {
        send(Method::GET, path, Value::Null).await;
    }
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    let body = json!({ "schemas": [user], "userName": "c@x.example",
        "emails": [{ "value": "c@x.example", "type": "work", "primary": true }] });
    let made = send(Method::POST, "Users", body.clone()).await;
    send(Method::POST, "Users", body).await;
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Staff", "members": [{ "value": made["id"] }] });
    let group = send(Method::POST, "Groups", group).await;
    let closed = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    send(Method::PATCH, &format!("Users/{}", id(&made)), closed).await;
    send(Method::GET, &format!("Groups/{}", id(&group)), Value::Null).await;
    send(Method::DELETE, &format!("Users/{}", id(&made)), Value::Null).await;
    drop(driver);

    let exchanges = recorded(folder.path(), "salesforce");
    let problems = exchanges
        .iter()
        .flat_map(|exchange| schemas.problems(exchange));
    report(what, exchanges.len(), &problems.collect::<Vec<_>>());
    assert!(exchanges.len() > 10, "only {} exchanges", exchanges.len());
}
