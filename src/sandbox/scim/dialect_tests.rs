//! What vendors do that the RFC does not: each of these has cost a client somebody's account, or
//! would have.

use axum::http::Method;
use serde_json::{Value, json};

use super::tests::Fixture;

const LOGIN: &str = "luis.ortega@meridianmanufacturing.com";

fn patch(operation: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    })
}

fn user(server: &Fixture) -> String {
    let users = server.get("Users");
    let mut users = users["Resources"].as_array().unwrap().iter();
    let found = users.find(|user| user["userName"] == LOGIN).unwrap();
    format!("Users/{}", found["id"].as_str().unwrap())
}

fn group(server: &Fixture) -> String {
    let groups = server.get("Groups");
    let mut groups = groups["Resources"].as_array().unwrap().iter();
    let found = groups
        .find(|group| group["displayName"] == "Sales")
        .unwrap();
    format!("Groups/{}", found["id"].as_str().unwrap())
}

#[test]
fn closing_keeps_the_account_at_some_and_removes_it_at_others() {
    let by_path = json!({ "op": "replace", "path": "active", "value": false });
    let bare = json!({ "op": "replace", "value": { "active": false } });
    for (dialect, form, stays) in [
        ("slack", &by_path, true),
        ("github", &bare, false),
        ("zoom", &bare, true),
        ("notion", &by_path, false),
        ("figma", &by_path, true),
        ("atlassian", &by_path, true),
    ] {
        let server = Fixture::of(Some(dialect));
        let path = user(&server);
        let (status, body) = server.call(Method::PATCH, &path, &patch(form));
        assert_eq!(
            (status, &body["active"]),
            (200, &json!(false)),
            "{dialect}: {body}"
        );
        let (status, body) = server.call(Method::GET, &path, &Value::Null);
        let expected = if stays { 200 } else { 404 };
        assert_eq!(status, expected, "{dialect}: {body}");
    }
}

#[test]
fn deleting_closes_at_slack_and_removes_elsewhere() {
    for (dialect, after) in [("slack", 200), ("github", 404), ("figma", 404)] {
        let server = Fixture::of(Some(dialect));
        let path = user(&server);
        assert_eq!(server.call(Method::DELETE, &path, &Value::Null).0, 204);
        let (status, body) = server.call(Method::GET, &path, &Value::Null);
        assert_eq!(status, after, "{dialect}: {body}");
        assert_ne!(body["active"], json!(true));
    }
}

#[test]
fn members_are_removed_in_the_form_that_the_vendor_takes() {
    for (dialect, by_filter, by_list) in [
        (None, 200, 400),
        (Some("slack"), 200, 200),
        (Some("notion"), 400, 200),
        (Some("figma"), 200, 400),
    ] {
        for (listed, expected) in [(false, by_filter), (true, by_list)] {
            let server = Fixture::of(dialect);
            let path = group(&server);
            let id = user(&server).replace("Users/", "");
            let before = server.get(&path)["members"].as_array().unwrap().len();
            let operation = if listed {
                json!({ "op": "remove", "path": "members", "value": [{ "value": id }] })
            } else {
                json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") })
            };
            let (status, body) = server.call(Method::PATCH, &path, &patch(&operation));
            assert_eq!(status, expected, "{dialect:?}: {body}");
            let removed = usize::from(expected == 200);
            let after = server.get(&path)["members"].as_array().unwrap().len();
            assert_eq!(after, before - removed, "{dialect:?}, by list: {listed}");
        }
    }
}

#[test]
fn github_has_no_groups_no_discovery_and_no_paths() {
    let server = Fixture::of(Some("github"));
    for path in [
        "Groups",
        "ServiceProviderConfig",
        "Schemas",
        "ResourceTypes",
    ] {
        assert_eq!(
            server.call(Method::GET, path, &Value::Null).0,
            404,
            "{path}"
        );
    }
    let path = user(&server);
    let with_path = json!({ "op": "replace", "path": "userName", "value": "x" });
    let (status, body) = server.call(Method::PATCH, &path, &patch(&with_path));
    assert_eq!((status, &body["status"]), (400, &json!(400)));
    let flat = json!({ "op": "replace", "value": { "givenName": "Lu" } });
    let (status, body) = server.call(Method::PATCH, &path, &patch(&flat));
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["name"]["givenName"], "Lu");
    assert_eq!(body["name"]["familyName"], "Ortega", "the rest stays");
}

#[test]
fn slack_ignores_filters_pages_by_ten_and_words_its_errors() {
    let server = Fixture::of(Some("slack"));
    let filtered = server.get(&format!("Users?filter=userName eq \"{LOGIN}\""));
    assert_eq!(filtered["totalResults"], 3, "everybody");
    let (status, body) = server.call(Method::GET, "Users/nobody", &Value::Null);
    assert_eq!((status, &body["detail"]), (404, &json!("unknown_user")));
    let change = json!({ "op": "replace", "path": "externalId", "value": "other" });
    let (status, body) = server.call(Method::PATCH, &user(&server), &patch(&change));
    assert_eq!(status, 400, "{body}");
    let bare =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "x" });
    assert_eq!(
        server.call(Method::POST, "Users", &bare).0,
        400,
        "without an email"
    );
}

#[test]
fn vendors_keep_what_they_know_and_ignore_the_rest() {
    let server = Fixture::of(Some("figma"));
    let figma = "urn:ietf:params:scim:schemas:extension:figma:enterprise:2.0:User";
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", figma],
        "userName": "c@x.example", "active": true, "nickName": "c",
        "emails": [{ "value": "c@x.example", "type": "work", "primary": true }],
        "roles": [{ "type": "seatType", "value": "View" }],
        figma: { "figmaAdmin": false },
    });
    let (status, made) = server.call(Method::POST, "Users", &body);
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["roles"][0]["value"], "View");
    assert_eq!(made[figma]["figmaAdmin"], false);
    assert_eq!(made["emails"]["primary"], "true", "one object");
    assert!(made.get("nickName").is_none());
    let list = server.get("Users");
    assert!(list.get("startIndex").is_none() && list.get("itemsPerPage").is_none());
}

#[test]
fn what_a_vendor_has_no_place_for_is_not_there_from_the_start() {
    let kept = |dialect| {
        let server = Fixture::of(Some(dialect));
        server.get(&user(&server))["title"].clone()
    };
    assert_eq!(kept("figma"), "Account Executive");
    assert_eq!(kept("github"), Value::Null);
}

#[test]
fn a_manager_is_named_as_the_vendor_names_them() {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let text = "clock = 2026-03-07T09:22:00-08:00\n[[apps.directory.users]]\n\
        user_name = \"a\"\nmanager = \"b\"\n[[apps.directory.users]]\nuser_name = \"b\"\n";
    for (dialect, path, by_id) in [
        (None, "/manager/value", true),
        (Some("slack"), "/manager/managerId", false),
        (Some("notion"), "/manager/value", false),
        (Some("figma"), "/managerValue", false),
    ] {
        let server = Fixture::holding(text, dialect);
        let users = server.get("Users")["Resources"].clone();
        let mut users = users.as_array().unwrap().iter();
        let boss = users.clone().find(|user| user["userName"] == "b").unwrap();
        let report = users.find(|user| user["userName"] == "a").unwrap();
        let manager = report[enterprise].pointer(path).unwrap();
        let expected = if by_id {
            &boss["id"]
        } else {
            &boss["userName"]
        };
        assert_eq!(manager, expected, "{dialect:?}");
    }
}

#[test]
fn notion_counts_from_one_and_says_little() {
    let server = Fixture::of(Some("notion"));
    let (status, body) = server.call(Method::GET, "Users?startIndex=0", &Value::Null);
    assert_eq!((status, &body["scimType"]), (400, &json!("invalidSyntax")));
    let (status, body) = server.call(Method::GET, "Users/nobody", &Value::Null);
    assert_eq!((status, body.get("detail")), (404, None));
    let starts = "Users?filter=userName sw \"l\"";
    assert_eq!(server.call(Method::GET, starts, &Value::Null).0, 400);
}

#[test]
fn a_dialect_that_is_not_known_is_the_rfcs() {
    let server = Fixture::of(Some("somebody"));
    assert_eq!(server.get("Schemas")["totalResults"], 3);
}
