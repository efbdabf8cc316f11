use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::base::FileId;
use crate::sandbox::spec::Spec;

/// A server with the accounts and groups of the shipped example.
pub(super) struct Fixture {
    scim: Scim,
    _folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self::of(None)
    }

    pub(super) fn of(dialect: Option<&str>) -> Self {
        let text = include_str!("../../../examples/minimal/sandbox.toml");
        Self::holding(text, dialect)
    }

    pub(super) fn holding(text: &str, dialect: Option<&str>) -> Self {
        let spec = Spec::parse(text, FileId(0)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let base = "http://127.0.0.1:1/directory/scim/v2".to_owned();
        let path = folder.path().join("directory.ndjson");
        let clock = Clock::frozen(spec.clock);
        let scim = Scim::open(
            &path,
            "directory",
            Dialect::named(dialect, false),
            base,
            &spec.apps["directory"],
            clock,
        )
        .unwrap();
        Self {
            scim,
            _folder: folder,
        }
    }

    fn send(&self, method: Method, path: &str, headers: HeaderMap, body: &Value) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        self.scim.answer(&Call {
            method,
            path: path.split('/').map(str::to_owned).collect(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body: Bytes::from(body.to_string()),
        })
    }

    /// Status and body.
    pub(super) fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(method, path, HeaderMap::new(), body);
        (answer.status.as_u16(), answer.body.unwrap_or_default())
    }

    pub(super) fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn list(&self, endpoint: &str, filter: &str) -> Vec<Value> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("filter", filter).finish();
        let body = self.get(&format!("{endpoint}?{query}"));
        assert_eq!(
            body["totalResults"],
            body["Resources"].as_array().unwrap().len()
        );
        body["Resources"].as_array().unwrap().clone()
    }

    fn id(&self, endpoint: &str, filter: &str) -> String {
        match &self.list(endpoint, filter)[..] {
            [one] => one["id"].as_str().unwrap().to_owned(),
            other => panic!("{filter}: {other:?}"),
        }
    }

    fn luis(&self) -> String {
        format!("Users/{}", self.id("Users", "externalId eq \"0815\""))
    }

    fn sales(&self) -> String {
        format!("Groups/{}", self.id("Groups", "displayName eq \"sales\""))
    }

    fn patch(&self, path: &str, operations: &Value) -> (u16, Value) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.call(Method::PATCH, path, &body)
    }

    /// Applies operations that must work, and returns the resource as read afterwards.
    fn patched(&self, path: &str, operations: &Value) -> Value {
        let (status, body) = self.patch(path, operations);
        assert_eq!(status, 200, "{operations}: {body}");
        let read = self.get(path);
        assert_eq!(body, read);
        read
    }

    fn create(&self, endpoint: &str, mut body: Value) -> (u16, Value) {
        let name = endpoint.trim_end_matches('s');
        body["schemas"] = json!([format!("urn:ietf:params:scim:schemas:core:2.0:{name}")]);
        self.call(Method::POST, endpoint, &body)
    }
}

/// The values of the members of a group.
fn members(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array();
    let values = members.into_iter().flatten();
    values
        .map(|member| member["value"].as_str().unwrap())
        .collect()
}

#[test]
fn filters_find_who_they_say() {
    let server = Fixture::new();
    let luis = "luis.ortega@meridianmanufacturing.com";
    for (filter, people) in [
        (format!("userName eq \"{}\"", luis.to_uppercase()), "L"),
        (format!("USERNAME EQ \"{luis}\""), "L"),
        (format!("emails eq \"{luis}\""), "L"),
        (
            format!("emails[type eq \"work\" and value eq \"{luis}\"]"),
            "L",
        ),
        ("emails[type eq \"home\"]".to_owned(), ""),
        (
            "externalId eq \"0815\" or externalId eq \"0733\"".to_owned(),
            "LP",
        ),
        ("externalId pr".to_owned(), "LP"),
        ("not (externalId pr)".to_owned(), "b"),
        ("externalId eq null".to_owned(), "b"),
        ("userName sw \"PRIYA\"".to_owned(), "P"),
        ("userName co \"robot@\" and active eq true".to_owned(), "b"),
        (
            "userName ew \".com\" and not (name.familyName eq \"Nair\" or externalId ne \"0733\")"
                .to_owned(),
            "",
        ),
        ("name.familyName gt \"nair\"".to_owned(), "L"),
        (
            "meta.lastModified le \"2026-03-07T09:22:00-08:00\" and title pr".to_owned(),
            "L",
        ),
        (
            "meta.lastModified lt \"2026-03-07T17:22:00Z\"".to_owned(),
            "",
        ),
        ("groups.display eq \"Sales\"".to_owned(), "LP"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:title sw \"Account\"".to_owned(),
            "L",
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr".to_owned(),
            "",
        ),
        ("userName eq \"o\\\"neil\"".to_owned(), ""),
    ] {
        let found = server.list("Users", &filter);
        let mut initials: Vec<&str> = found
            .iter()
            .map(|user| &user["displayName"].as_str().unwrap()[..1])
            .collect();
        initials.sort_unstable();
        assert_eq!(initials.concat(), people, "{filter}");
    }
    // As long as a filter may get, in a thread with a small stack.
    let long = format!(
        "title pr{}",
        " or externalId pr and title pr".repeat(20_000)
    );
    assert_eq!(server.list("Users", &long).len(), 1);
    // The HR id is case-exact, the login is not.
    let (_, body) = server.create("Users", json!({ "userName": "x", "externalId": "Ab" }));
    assert_eq!(body["active"], true);
    assert!(server.list("Users", "externalId eq \"ab\"").is_empty());
}

#[test]
fn filters_that_cannot_be_understood_are_refused() {
    let server = Fixture::new();
    let deep = format!("{}title pr{}", "(".repeat(5_000), ")".repeat(5_000));
    for filter in [
        "",
        "title",
        "title eq",
        "title eq x",
        "title eq \"x",
        "title eq \"x\" and",
        "(title pr",
        "title pr)",
        "email eq \"x\"",
        "title.x pr",
        "name eq \"x\"",
        "active gt true",
        "active eq \"true\"",
        "title eq 1",
        "title[value pr]",
        "emails[type pr",
        "not title pr",
        "meta.created gt \"soon\"",
        "title like \"x\"",
        &deep,
    ] {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("filter", filter).finish();
        let (status, body) = server.call(Method::GET, &format!("Users?{query}"), &Value::Null);
        assert_eq!(
            (status, &body["scimType"]),
            (400, &json!("invalidFilter")),
            "{filter}"
        );
        assert_eq!(body["status"], "400");
    }
}

#[test]
fn patches_do_what_they_say() {
    let server = Fixture::new();
    let luis = server.luis();
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    let user = server.patched(
        &luis,
        &json!([{ "op": "replace", "path": "active", "value": false }]),
    );
    assert_eq!(
        (&user["active"], &user["meta"]["version"]),
        (&json!(false), &json!("W/\"2\""))
    );
    let user = server.patched(&luis, &json!([
        { "op": "replace", "value": { "active": true, "name": { "givenName": "Lu" } } },
        { "op": "add", "path": format!("{urn}:department"), "value": "Sales" },
        { "op": "replace", "path": "emails[type eq \"WORK\"].value", "value": "lu@x.example" },
        { "op": "add", "path": "emails", "value": { "value": "home@x.example", "type": "home", "primary": true } },
        { "op": "remove", "path": "title" },
    ]));
    assert_eq!(user["active"], true);
    assert_eq!(
        user["name"],
        json!({ "givenName": "Lu", "familyName": "Ortega", "formatted": "Luis Ortega" })
    );
    assert_eq!(user[urn]["department"], "Sales");
    assert_eq!(user["schemas"].as_array().unwrap().len(), 2);
    assert_eq!(user["title"], Value::Null);
    assert_eq!(
        user["emails"],
        json!([
            { "value": "lu@x.example", "type": "work", "primary": false },
            { "value": "home@x.example", "type": "home", "primary": true },
        ])
    );
    let user = server.patched(
        &luis,
        &json!([
            { "op": "remove", "path": "emails[type eq \"home\"]" },
            { "op": "remove", "path": urn },
        ]),
    );
    assert_eq!(user["emails"].as_array().unwrap().len(), 1);
    assert_eq!(user[urn], Value::Null);

    let version = user["meta"]["version"].clone();
    let same = server.patched(
        &luis,
        &json!([{ "op": "add", "path": "active", "value": true }]),
    );
    assert_eq!(same["meta"]["version"], version, "nothing changed");
}

#[test]
fn patches_that_are_wrong_change_nothing() {
    let server = Fixture::new();
    let (luis, sales) = (server.luis(), server.sales());
    let remove_list = json!({ "op": "remove", "path": "members", "value": [{ "value": "x" }] });
    for (path, operation, scim_type) in [
        (
            &luis,
            json!({ "op": "Replace", "path": "title", "value": "x" }),
            "invalidSyntax",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "shoeSize", "value": 1 }),
            "invalidPath",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "title" }),
            "invalidValue",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "active", "value": "False" }),
            "invalidValue",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x" }),
            "noTarget",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "emails.value", "value": "x" }),
            "invalidPath",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "id", "value": "x" }),
            "mutability",
        ),
        (
            &luis,
            json!({ "op": "add", "path": "groups", "value": [] }),
            "mutability",
        ),
        (
            &luis,
            json!({ "op": "remove", "path": "userName" }),
            "mutability",
        ),
        (
            &luis,
            json!({ "op": "replace", "path": "userName", "value": "PRIYA.nair@meridianmanufacturing.com" }),
            "uniqueness",
        ),
        (&luis, json!({ "op": "remove" }), "noTarget"),
        (&sales, remove_list, "invalidValue"),
        (
            &sales,
            json!({ "op": "remove", "path": "members[value eq \"x\"]" }),
            "noTarget",
        ),
        (
            &sales,
            json!({ "op": "add", "path": "members", "value": [{ "value": "x" }] }),
            "invalidValue",
        ),
        (
            &sales,
            json!({ "op": "replace", "path": "members[type eq \"User\"].value", "value": "x" }),
            "mutability",
        ),
    ] {
        let before = server.get(path);
        let good = json!({ "op": "replace", "path": "displayName", "value": "changed" });
        let (status, body) = server.patch(path, &json!([good, operation]));
        assert!(matches!(status, 400 | 409), "{operation}: {body}");
        assert_eq!(body["scimType"], scim_type, "{operation}: {body}");
        assert_eq!(server.get(path), before, "{operation}");
    }
}

#[test]
fn members_join_once_and_leave_alone() {
    let server = Fixture::new();
    let sales = server.sales();
    let robot = server.id("Users", "userName sw \"build\"");
    let before = members(&server.get(&sales)).len();
    let join = json!({ "op": "add", "path": "members", "value": [{ "value": robot }, { "value": robot }] });
    server.patched(&sales, &json!([join]));
    let group = server.patched(&sales, &json!([join]));
    assert_eq!(members(&group).len(), before + 1);
    let user = server.get(&format!("Users/{robot}"));
    assert_eq!(user["groups"][0]["display"], "Sales");
    let leave = json!({ "op": "remove", "path": format!("members[value eq \"{robot}\"]") });
    let group = server.patched(&sales, &json!([leave]));
    assert_eq!(members(&group).len(), before);
    assert_eq!(server.get(&format!("Users/{robot}"))["groups"], Value::Null);
    let group = server.patched(
        &sales,
        &json!([{ "op": "replace", "value": { "members": [{ "value": robot }] } }]),
    );
    assert_eq!(members(&group), [robot]);
    let group = server.patched(&sales, &json!([{ "op": "remove", "path": "members" }]));
    assert!(members(&group).is_empty());
}

#[test]
fn a_deleted_user_leaves_the_groups_and_the_id_never_comes_back() {
    let server = Fixture::new();
    let luis = server.luis();
    let before = members(&server.get(&server.sales())).len();
    assert_eq!(server.call(Method::DELETE, &luis, &Value::Null).0, 204);
    assert_eq!(server.call(Method::GET, &luis, &Value::Null).0, 404);
    assert_eq!(server.call(Method::DELETE, &luis, &Value::Null).0, 404);
    assert_eq!(members(&server.get(&server.sales())).len(), before - 1);
    let login = json!({ "userName": "luis.ortega@meridianmanufacturing.com" });
    let (status, again) = server.create("Users", login);
    assert_eq!(status, 201);
    assert!(!luis.ends_with(again["id"].as_str().unwrap()));
    assert_eq!(again["groups"], Value::Null);
}

#[test]
fn creating_and_replacing_are_strict() {
    let server = Fixture::new();
    for (body, scim_type) in [
        (
            json!({ "userName": "Luis.Ortega@meridianmanufacturing.com" }),
            "uniqueness",
        ),
        (json!({ "title": "x" }), "invalidValue"),
        (json!({ "userName": "" }), "invalidValue"),
        (json!({ "userName": "x", "shoeSize": 1 }), "invalidValue"),
        (json!({ "userName": "x", "active": "true" }), "invalidValue"),
        (
            json!({ "userName": "x", "emails": { "value": "a" } }),
            "invalidValue",
        ),
        (
            json!({ "userName": "x", "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
            "invalidValue",
        ),
        (json!({ "userName": "x", "USERNAME": "y" }), "invalidSyntax"),
    ] {
        let (_, answer) = server.create("Users", body.clone());
        assert_eq!(answer["scimType"], scim_type, "{body}: {answer}");
    }
    let (_, answer) = server.call(Method::POST, "Users", &json!({ "userName": "x" }));
    assert_eq!(answer["scimType"], "invalidSyntax", "without schemas");

    let luis = server.luis();
    let replacement = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "mine", "userName": "lu@x.example", "groups": [],
    });
    let (status, user) = server.call(Method::PUT, &luis, &replacement);
    assert_eq!((status, &user["title"]), (200, &Value::Null));
    assert!(luis.ends_with(user["id"].as_str().unwrap()));
    assert_eq!(
        user["groups"].as_array().unwrap().len(),
        2,
        "PUT does not reach memberships"
    );
    assert!(server.list("Users", "userName sw \"luis\"").is_empty());
}

#[test]
fn pages_are_what_was_asked_within_limits() {
    let server = Fixture::new();
    let page = |query: &str| {
        let body = server.get(&format!("Users?{query}"));
        assert_eq!(body["totalResults"], 3);
        body["Resources"].as_array().unwrap().len()
    };
    assert_eq!(page("startIndex=1&count=2"), 2);
    assert_eq!(page("startIndex=3&count=2"), 1);
    assert_eq!(page("startIndex=4"), 0);
    assert_eq!(page("startIndex=-7&count=-1"), 0);
    assert_eq!(
        page("startIndex=9223372036854775807&count=9223372036854775807"),
        0
    );
    assert_eq!(
        server.call(Method::GET, "Users?count=x", &Value::Null).0,
        400
    );
    let groups = server.get("Groups?excludedAttributes=members");
    assert!(
        groups["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .all(|group| group["members"].is_null())
    );
    let users = server.get("Users?attributes=name.givenName");
    let user = &users["Resources"][0];
    assert!(user["id"].is_string() && user["schemas"].is_array() && user["meta"].is_null());
    let named = server.get(&format!("{}?attributes=members.display", server.sales()));
    assert!(named["members"][0]["display"].is_string() && named["members"][0]["value"].is_null());
}

#[test]
fn a_stale_version_is_not_overwritten() {
    let server = Fixture::new();
    let luis = server.luis();
    let delete = |tag: &'static str| {
        let headers = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(tag))]);
        server
            .send(Method::DELETE, &luis, headers, &Value::Null)
            .status
    };
    assert_eq!(delete("W/\"7\""), StatusCode::PRECONDITION_FAILED);
    assert_eq!(delete("W/\"1\""), StatusCode::NO_CONTENT);
}
