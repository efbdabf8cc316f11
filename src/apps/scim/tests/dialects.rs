//! Each dialect that ships: what is documented goes out, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::scim::dialect::Invites;
use crate::apps::scim::schema::Path;
use crate::apps::scim::{GROUPS, dialect, schema};
use crate::apps::{Dialect, Options, Scope, Value as Granted, Written, describe};
use crate::model::account::Status;
use crate::model::change::{AttributeEdit, NewAccount};
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::Completeness;
use crate::model::outcome::Outcome;

fn shipped(name: &str) -> Arc<Dialect> {
    dialect::shipped(name).unwrap()
}

fn emma() -> NewAccount {
    let attributes = [
        ("given_name", "Emma"),
        ("family_name", "Johnson"),
        ("display_name", "Emma Johnson"),
        ("title", "Boss"),
        ("department", "R&D"),
        ("manager", "boss@x.example"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    NewAccount {
        login: "emma@x.example".to_owned(),
        email: "emma@x.example".to_owned(),
        hr_id: Some("1042".to_owned()),
        attributes: attributes.map(owned).into(),
    }
}

/// Two users, who are in a group.
fn company() -> State {
    State {
        users: users(2),
        groups: vec![group("g1", "Eng", &["u1", "u2"])],
    }
}

fn done(written: &Written) -> bool {
    matches!(written.outcome, Outcome::Done { .. })
}

fn failure(written: &Written) -> &Failure {
    match &written.outcome {
        Outcome::Failed { failure } => failure,
        other => panic!("{other:?}"),
    }
}

fn operation(operation: &Value) -> Value {
    json!({"schemas": [schema::PATCH], "Operations": [operation]})
}

/// The user as the server has it, closed.
fn closed(number: usize) -> Value {
    let mut user = user(number);
    user["active"] = json!(false);
    user
}

fn body(schemas: &[&str], rest: &Value) -> Value {
    let mut body = json!({
        "schemas": schemas, "userName": "emma@x.example", "active": true,
        "emails": [{"value": "emma@x.example", "type": "work", "primary": true}],
    });
    let object = body.as_object_mut().unwrap();
    object.extend(rest.as_object().unwrap().clone());
    body
}

fn names() -> Value {
    json!({"givenName": "Emma", "familyName": "Johnson"})
}

#[tokio::test]
async fn a_joiner_goes_out_with_what_the_dialect_takes() {
    let both: &[&str] = &[schema::USER, schema::ENTERPRISE];
    let department = json!({"department": "R&D"});
    let full = json!({
        "name": names(), "displayName": "Emma Johnson", "title": "Boss",
        schema::ENTERPRISE: department,
    });
    let with = |more: Value| {
        let mut full = full.clone();
        let object = full.as_object_mut().unwrap();
        object.extend(more.as_object().unwrap().clone());
        full
    };
    for (name, expected) in [
        ("generic", body(both, &with(json!({"externalId": "1042"})))),
        (
            "slack",
            body(
                both,
                &json!({"name": names(), "title": "Boss", schema::ENTERPRISE: department}),
            ),
        ),
        ("github", body(&[schema::USER], &json!({"name": names()}))),
        ("zoom", body(both, &full)),
        (
            "notion",
            body(both, &with(json!({"name": {"formatted": "Emma Johnson"}}))),
        ),
        ("figma", body(both, &with(json!({"externalId": "1042"})))),
        (
            "atlassian",
            body(
                &[schema::USER],
                &json!({"name": names(), "displayName": "Emma Johnson", "title": "Boss",
                    "department": "R&D"}),
            ),
        ),
        (
            "salesforce",
            body(
                both,
                &json!({"name": names(), schema::ENTERPRISE: department}),
            ),
        ),
    ] {
        let mut expected = expected;
        if name == "notion" {
            expected.as_object_mut().unwrap().remove("displayName");
        }
        let fake = Fake::speaking(shipped(name), State::default()).await;
        let written = fake.writer.create(&emma(), &[]).await;
        assert!(done(&written), "{name}: {written:?}");
        let sent = fake.writes().await;
        assert_eq!(sent, [("POST".into(), "/Users".into(), expected)], "{name}");
    }
}

#[tokio::test]
async fn a_leaver_goes_out_in_the_documented_form_and_no_other() {
    let by_path = operation(&json!({"op": "replace", "path": "active", "value": false}));
    let without = operation(&json!({"op": "replace", "value": {"active": false}}));
    for (name, method, expected) in [
        ("generic", "PATCH", by_path.clone()),
        ("slack", "PATCH", by_path.clone()),
        ("github", "DELETE", Value::Null),
        ("zoom", "PATCH", by_path.clone()),
        ("notion", "PATCH", by_path.clone()),
        ("figma", "PUT", closed(1)),
        ("atlassian", "PATCH", by_path),
        ("salesforce", "PATCH", without),
    ] {
        let fake = Fake::speaking(shipped(name), company()).await;
        let written = fake.writer.deactivate(&tag("u1")).await;
        assert!(done(&written), "{name}: {written:?}");
        let sent = fake.writes().await;
        assert_eq!(
            sent,
            [(method.into(), "/Users/u1".into(), expected)],
            "{name}"
        );
    }
}

#[tokio::test]
async fn no_form_but_the_documented_one_is_tried_when_that_is_refused() {
    for name in dialect::names().filter(|name| *name != "generic") {
        let options = Options {
            dialect: Some(shipped(name)),
            ..Options::default()
        };
        let fake = Fake::with(options, company(), |request, _| {
            (request.method.as_str() != "GET").then(|| error(400, "invalidSyntax"))
        })
        .await;
        let value = Granted {
            kind: GROUPS,
            name: "Eng".to_owned(),
            level: None,
        };
        failure(&fake.writer.deactivate(&tag("u1")).await);
        assert_eq!(fake.writes().await.len(), 1, "{name}");
        if shipped(name).groups {
            failure(&fake.writer.revoke(&value, &[tag("u1")]).await[0]);
            assert_eq!(fake.writes().await.len(), 2, "{name}");
        }
    }
}

#[tokio::test]
async fn a_member_is_removed_in_the_documented_form_and_no_other() {
    let filter = json!({"op": "remove", "path": "members[value eq \"u1\"]"});
    let listed = json!([{"value": "u1"}]);
    let list = json!({"op": "remove", "path": "members", "value": listed});
    let wrapped = json!({"op": "remove", "path": "members", "value": {"members": listed}});
    for (name, expected) in [
        ("generic", &filter),
        ("slack", &list),
        ("zoom", &filter),
        ("notion", &list),
        ("figma", &filter),
        ("atlassian", &filter),
        ("salesforce", &wrapped),
    ] {
        let fake = Fake::speaking(shipped(name), company()).await;
        let value = Granted {
            kind: GROUPS,
            name: "Eng".to_owned(),
            level: None,
        };
        let written = fake.writer.revoke(&value, &[tag("u1")]).await;
        assert!(done(&written[0]), "{name}: {written:?}");
        let written = fake.writer.grant(&value, &[tag("u1")]).await;
        assert!(done(&written[0]), "{name}: {written:?}");
        let mut added = expected.clone();
        added["op"] = json!("add");
        if added["path"] != "members" {
            added["path"] = json!("members");
            added["value"] = listed.clone();
        }
        let sent = fake.writes().await;
        let patch = |body| ("PATCH".to_owned(), "/Groups/g1".to_owned(), operation(body));
        assert_eq!(sent, [patch(expected), patch(&added)], "{name}");
        let state = fake.state.lock().unwrap();
        assert_eq!(state.groups[0]["members"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn pages_and_discovery_are_those_of_the_dialect() {
    for name in dialect::names() {
        let dialect = shipped(name);
        let fake = Fake::speaking(dialect.clone(), company()).await;
        let reading = fake.reader.observe(&naming(&["Eng"])).await.unwrap();
        assert_eq!(reading.completeness, Completeness::Complete, "{name}");
        let received = fake.server.received_requests().await.unwrap();
        let of = |path: &str| {
            let here = |request: &&Request| request.url.path() == path;
            received.iter().filter(here).collect::<Vec<_>>()
        };
        let hints = of("/ServiceProviderConfig").len() + of("/Schemas").len();
        assert_eq!(hints, if dialect.discovery { 2 } else { 0 }, "{name}");
        assert_eq!(of("/Groups").len(), usize::from(dialect.groups), "{name}");
        for request in of("/Users").into_iter().chain(of("/Groups")) {
            let count = parameter(request, "count").unwrap();
            assert_eq!(count, dialect.page_size.to_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn who_leaves_the_organisation_is_removed_and_is_not_opened_again() {
    let options = Options {
        dialect: Some(shipped("github")),
        ..Options::default()
    };
    let description = describe("scim", &options).unwrap();
    assert!(description.entitlements.is_empty() && !description.stores_hr_id);
    assert!(description.leaving.destroys_data && !description.leaving.reversible);
    assert_eq!(description.domains, ["api.github.com"]);
    let fake = Fake::speaking(shipped("github"), company()).await;
    assert!(done(&fake.writer.deactivate(&tag("u1")).await));
    let again = fake.writer.deactivate(&tag("u1")).await;
    assert!(matches!(again.outcome, Outcome::AlreadySo { .. }));
    let opened = fake.writer.activate(&tag("u2")).await;
    assert_eq!(failure(&opened).kind, FailureKind::Unsupported);
    let adopted = fake.writer.adopt(&tag("u2"), "1042").await;
    assert_eq!(failure(&adopted).kind, FailureKind::Unsupported);
    assert_eq!(fake.calls("PATCH", "/") + fake.calls("PUT", "/"), 0);
}

#[tokio::test]
async fn a_deletion_is_believed_when_it_is_seen() {
    for (status, kept, expected) in [
        (204, false, "done"),
        (204, true, "failed"),
        (500, true, "failed"),
        (500, false, "done"),
        (504, true, "unknown"),
        (403, true, "failed"),
    ] {
        let options = Options {
            dialect: Some(shipped("github")),
            ..Options::default()
        };
        let fake = Fake::with(options, company(), move |request, state| {
            (request.method.as_str() == "DELETE").then(|| {
                if !kept {
                    state.users.clear();
                }
                ResponseTemplate::new(status)
            })
        })
        .await;
        let written = fake.writer.deactivate(&tag("u1")).await;
        let word = match written.outcome {
            Outcome::Done { .. } => "done",
            Outcome::Failed { .. } => "failed",
            _ => "unknown",
        };
        assert_eq!(word, expected, "{status} {kept}: {written:?}");
    }
}

/// The first request was done and its answer lost: there is nobody left for the second.
#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_ours() {
    let options = Options {
        dialect: Some(shipped("github")),
        ..Options::default()
    };
    let deletions = AtomicUsize::new(0);
    let fake = Fake::with(options, company(), move |request, state| {
        let deletes = request.method.as_str() == "DELETE";
        (deletes && deletions.fetch_add(1, Ordering::SeqCst) == 0).then(|| {
            state.users.clear();
            ResponseTemplate::new(503)
        })
    })
    .await;
    let written = fake.writer.deactivate(&tag("u1")).await;
    assert!(done(&written), "{written:?}");
    assert_eq!(fake.calls("DELETE", "/Users/u1"), 2);
}

/// The server makes a user name of its own, shows changes late, and keeps another's external id.
#[tokio::test]
async fn where_the_email_is_the_login_it_is_read_sent_and_changed_as_such() {
    let reads = AtomicUsize::new(0);
    let options = Options {
        dialect: Some(shipped("slack")),
        ..Options::default()
    };
    let fake = Fake::with(options, State::default(), move |request, state| {
        let method = request.method.as_str();
        if method == "POST" {
            let mut user: Value = request.body_json().unwrap();
            user["id"] = json!("U1");
            user["userName"] = json!("emma");
            user["externalId"] = json!("okta-7");
            state.users.push(user.clone());
            return Some(ResponseTemplate::new(201).set_body_json(user));
        }
        let late = method == "GET" && request.url.path() == "/Users/U1";
        (late && reads.fetch_add(1, Ordering::SeqCst) == 1).then(|| {
            let mut user = state.users[0].clone();
            user["active"] = json!(true);
            ok(&user)
        })
    })
    .await;
    let made = fake.writer.create(&emma(), &[]).await;
    assert!(done(&made), "{made:?}");
    let reading = fake.reader.observe(&Scope::default()).await.unwrap();
    let account = reading.accounts().next().unwrap();
    assert_eq!(account.login().raw(), "emma@x.example");
    assert_eq!(account.hr_id().raw(), "", "it is not ours");
    assert!(!reading.hr_id_known);
    let closed = fake.writer.deactivate(&tag("U1")).await;
    assert!(done(&closed), "it shows at the second look: {closed:?}");
    let edit = |name: &str| AttributeEdit {
        attribute: name.to_owned(),
        before: None,
        after: "new@x.example".to_owned(),
    };
    let renamed = fake
        .writer
        .update(&tag("U1"), &[edit("login"), edit("email")])
        .await;
    assert!(done(&renamed), "{renamed:?}");
    let state = fake.state.lock().unwrap();
    assert_eq!(state.users[0]["userName"], json!("emma"));
    assert_eq!(state.users[0]["emails"][0]["value"], json!("new@x.example"));
}

#[tokio::test]
async fn an_attribute_that_the_dialect_does_not_take_is_never_sent() {
    let fake = Fake::speaking(shipped("github"), company()).await;
    let edit = AttributeEdit {
        attribute: "title".to_owned(),
        before: None,
        after: "Boss".to_owned(),
    };
    let written = fake.writer.update(&tag("u1"), &[edit]).await;
    assert_eq!(failure(&written).kind, FailureKind::Invalid);
    assert_eq!(fake.writes().await, []);
}

#[tokio::test]
async fn where_only_the_users_tell_their_groups_they_are_asked() {
    let dialect = Dialect {
        memberships: dialect::Memberships::InUsers,
        ..Dialect::generic()
    };
    let mut state = company();
    state.groups[0]["members"] = json!([]);
    state.users[0]["groups"] = json!([{"value": "g1"}, {"value": "g2", "type": "indirect"}]);
    state.groups.push(group("g2", "All", &[]));
    let options = Options {
        dialect: Some(Arc::new(dialect)),
        ..Options::default()
    };
    let fake = Fake::with(options, state, |request, state| {
        (request.method.as_str() == "PATCH").then(|| {
            state.users[0]["groups"] = json!([]);
            ResponseTemplate::new(204)
        })
    })
    .await;
    let reading = fake.reader.observe(&naming(&["Eng", "All"])).await.unwrap();
    assert_eq!(reading.kinds, [Completeness::Complete]);
    let held: Vec<usize> = reading
        .accounts()
        .map(|account| account.holdings().len())
        .collect();
    assert_eq!(held, [1, 0]);
    let value = Granted {
        kind: GROUPS,
        name: "Eng".to_owned(),
        level: None,
    };
    let written = fake.writer.revoke(&value, &[tag("u1"), tag("u2")]).await;
    assert!(done(&written[0]), "{written:?}");
    assert!(matches!(written[1].outcome, Outcome::AlreadySo { .. }));
}

/// What an app says of a pending account is its own; a dialect names where it says so.
#[tokio::test]
async fn r19_who_has_not_accepted_is_pending_where_the_dialect_says_where_to_look() {
    const PENDING: &str = "urn:example:Member:pending";
    let mut inviting = Dialect::generic();
    inviting.invitation = Some(Invites {
        lifetime: Some(7),
        pending: Path::parse(PENDING),
        gives_early: false,
    });
    let mut state = company();
    state.users[0]["urn:example:Member"] = json!({"pending": true});
    state.users[1]["urn:example:Member"] = json!({"pending": false});
    let read = async |dialect: Dialect| {
        let users = state.users.clone();
        let groups = Vec::new();
        let fake = Fake::speaking(Arc::new(dialect), State { users, groups }).await;
        let observation = fake.reader.observe(&Scope::default()).await.unwrap();
        let statuses = observation.accounts().map(|account| account.status());
        statuses.collect::<Vec<_>>()
    };
    assert_eq!(read(inviting).await, [Status::Pending, Status::Active]);
    assert_eq!(
        read(Dialect::generic()).await,
        [Status::Active, Status::Active]
    );
}

/// GitHub invites, and tells neither who is pending nor of anything that expires.
#[test]
fn r19_github_invites_for_good_and_does_not_tell() {
    let invites = shipped("github").invitation.clone().unwrap();
    assert_eq!(invites, Invites::default());
    assert!(shipped("slack").invitation.is_none());
}
