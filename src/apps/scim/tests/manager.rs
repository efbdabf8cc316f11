//! Who manages whom: by login for us, by the id of their account for the app.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fake::*;
use crate::apps::scim::{dialect, schema};
use crate::apps::{Dialect, Scope, Written};
use crate::model::change::AttributeEdit;
use crate::model::failure::FailureKind;
use crate::model::observation::Observation;
use crate::model::outcome::Outcome;

/// Three users; the third is managed as told.
fn managed(holder: &Value) -> State {
    let mut users = users(3);
    users[2][schema::ENTERPRISE] = json!({"department": "R&D", "manager": holder});
    State {
        users,
        ..State::default()
    }
}

fn index(dialect: &Dialect) -> usize {
    let mut attributes = dialect.attributes.iter();
    attributes
        .position(|attribute| attribute.name == "manager")
        .unwrap()
}

fn manager_of(reading: &Observation, id: &str, dialect: &Dialect) -> Option<String> {
    let account = reading.find(id).unwrap();
    let manager = account.attribute(index(dialect));
    manager.map(|manager| manager.raw().to_owned())
}

fn managed_by(login: &str) -> [AttributeEdit; 1] {
    [AttributeEdit {
        attribute: "manager".to_owned(),
        before: None,
        after: login.to_owned(),
    }]
}

fn kind(written: &Written) -> Option<FailureKind> {
    match &written.outcome {
        Outcome::Failed { failure } => Some(failure.kind),
        _ => None,
    }
}

#[tokio::test]
async fn a_manager_is_read_as_the_login_and_an_unknown_one_as_it_is() {
    for (name, holder, expected) in [
        // The first user comes before, in the listing; the second as well.
        ("generic", json!({"value": "u1"}), "user1@x.example"),
        ("generic", json!({"value": "gone"}), "gone"),
        ("slack", json!({"managerId": "u2"}), "user2@x.example"),
        (
            "notion",
            json!({"value": "boss@x.example"}),
            "boss@x.example",
        ),
    ] {
        let dialect = dialect::shipped(name).unwrap();
        let fake = Fake::speaking(dialect.clone(), managed(&holder)).await;
        let reading = fake.reader.observe(&Scope::default()).await.unwrap();
        let manager = manager_of(&reading, "u3", &dialect);
        assert_eq!(manager.as_deref(), Some(expected), "{name}");
        assert_eq!(manager_of(&reading, "u1", &dialect), None);
    }
}

#[tokio::test]
async fn a_manager_who_is_listed_later_is_known_too() {
    let mut state = managed(&json!({"value": "u1"}));
    state.users.reverse();
    let dialect = Arc::new(Dialect::generic());
    let fake = Fake::speaking(dialect.clone(), state).await;
    let reading = fake.reader.observe(&Scope::default()).await.unwrap();
    let manager = manager_of(&reading, "u3", &dialect);
    assert_eq!(manager.as_deref(), Some("user1@x.example"));
}

#[tokio::test]
async fn a_manager_is_written_as_the_id_of_the_account_and_read_back() {
    for (name, holder) in [
        ("generic", json!({"value": "u2"})),
        ("slack", json!({"managerId": "u2"})),
        ("notion", json!({"value": "user2@x.example"})),
    ] {
        let dialect = dialect::shipped(name).unwrap();
        let fake = Fake::speaking(dialect, managed(&json!(null))).await;
        let edits = managed_by("User2@x.example".to_lowercase().as_str());
        let written = fake.writer.update(&tag("u3"), &edits).await;
        assert!(
            matches!(written.outcome, Outcome::Done { .. }),
            "{name}: {written:?}"
        );
        let path = format!("{}:manager", schema::ENTERPRISE);
        let operation = json!({"op": "replace", "path": path, "value": holder});
        let sent = fake.writes().await;
        assert_eq!(sent[0].2["Operations"], json!([operation]), "{name}");
        let again = fake.writer.update(&tag("u3"), &edits).await;
        assert!(matches!(again.outcome, Outcome::AlreadySo { .. }), "{name}");
        let none = fake.writer.update(&tag("u3"), &managed_by("")).await;
        assert!(matches!(none.outcome, Outcome::Done { .. }), "{name}");
        let sent = fake.writes().await;
        assert_eq!(
            sent[1].2["Operations"],
            json!([{"op": "remove", "path": path}]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_manager_without_an_account_is_not_written() {
    let mut state = managed(&json!(null));
    state.users[1]["userName"] = json!("USER1@x.example");
    state.users[0]["userName"] = json!("User1@x.example");
    let fake = Fake::good(state).await;
    for (login, expected) in [
        ("nobody@x.example", FailureKind::NotFound),
        ("user1@x.example", FailureKind::Conflict),
    ] {
        let written = fake.writer.update(&tag("u3"), &managed_by(login)).await;
        assert_eq!(kind(&written), Some(expected), "{login}: {written:?}");
    }
    assert_eq!(fake.writes().await, []);
}

#[tokio::test]
async fn a_manager_is_only_written_where_the_app_has_one() {
    let figma = dialect::shipped("figma").unwrap();
    let fake = Fake::speaking(figma, managed(&json!(null))).await;
    let written = fake
        .writer
        .update(&tag("u3"), &managed_by("user2@x.example"))
        .await;
    assert_eq!(kind(&written), Some(FailureKind::Invalid));
    // Its schemas list users' attributes, and no manager.
    let listed = json!({"Resources": [{"id": schema::USER, "attributes": [{"name": "userName"}]}]});
    let fake = Fake::odd(managed(&json!({"value": "u1"})), move |request, _| {
        (request.url.path() == "/Schemas").then(|| ok(&listed))
    })
    .await;
    let written = fake
        .writer
        .update(&tag("u3"), &managed_by("user2@x.example"))
        .await;
    assert_eq!(kind(&written), Some(FailureKind::Unsupported));
    assert_eq!(fake.writes().await, []);
    let reading = fake.reader.observe(&Scope::default()).await.unwrap();
    assert!(!reading.attributes_known[index(&Dialect::generic())]);
}
