//! Groups: only the difference is sent, and whoever else vanishes is noticed.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::scim::GROUPS;
use crate::apps::{Value as Granted, Written};
use crate::model::change::AccountTag;
use crate::model::failure::{Failure, FailureKind};
use crate::model::outcome::Outcome;

fn named(name: &str) -> Granted {
    Granted {
        kind: GROUPS,
        name: name.to_owned(),
        level: None,
    }
}

fn one_group(members: &[&str]) -> State {
    State {
        groups: vec![group("g1", "Eng", members)],
        ..State::default()
    }
}

fn members(fake: &Fake) -> Vec<String> {
    let state = fake.state.lock().unwrap();
    let members = state.groups[0]["members"].as_array().unwrap().iter();
    members
        .map(|member| member["value"].as_str().unwrap().to_owned())
        .collect()
}

fn tags(ids: &[&str]) -> Vec<AccountTag> {
    ids.iter().map(|id| tag(id)).collect()
}

fn words(written: &[Written]) -> Vec<&'static str> {
    let word = |written: &Written| match written.outcome {
        Outcome::Done { .. } => "done",
        Outcome::AlreadySo { .. } => "already so",
        Outcome::Failed { .. } => "failed",
        _ => "unknown",
    };
    written.iter().map(word).collect()
}

fn failure(written: &Written) -> &Failure {
    match &written.outcome {
        Outcome::Failed { failure } => failure,
        other => panic!("{other:?}"),
    }
}

fn operations(request: &Request) -> Vec<Value> {
    let body: Value = request.body_json().unwrap();
    body["Operations"].as_array().unwrap().clone()
}

fn is_patch(request: &Request) -> bool {
    request.method.as_str() == "PATCH"
}

#[tokio::test]
async fn only_the_difference_is_sent_once_and_read_back() {
    let fake = Fake::good(one_group(&["u1", "u9"])).await;
    let asked = tags(&["u1", "u2", "u2"]);
    let written = fake.writer.grant(&named("Eng"), &asked).await;
    assert_eq!(words(&written), ["already so", "done", "done"]);
    assert_eq!(members(&fake), ["u1", "u9", "u2"]);
    assert_eq!(fake.calls("PATCH", "/Groups/g1"), 1);
    let written = fake
        .writer
        .revoke(&named("Eng"), &tags(&["u1", "u7"]))
        .await;
    assert_eq!(words(&written), ["done", "already so"]);
    assert_eq!(members(&fake), ["u9", "u2"]);
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u1"])).await;
    assert_eq!(words(&written), ["already so"]);
    assert_eq!(
        fake.calls("PATCH", "/"),
        1,
        "nothing is sent for what is so"
    );
}

#[tokio::test]
async fn many_members_go_in_chunks() {
    let fake = Fake::good(one_group(&[])).await;
    let ids: Vec<String> = (0..250).map(|n| format!("u{n}")).collect();
    let accounts: Vec<AccountTag> = ids.iter().map(|id| tag(id)).collect();
    let written = fake.writer.grant(&named("Eng"), &accounts).await;
    assert!(words(&written).iter().all(|word| *word == "done"));
    assert_eq!(fake.calls("PATCH", "/Groups/g1"), 3);
    assert_eq!(members(&fake).len(), 250);
}

#[tokio::test]
async fn a_group_that_nobody_or_several_have_is_refused() {
    let mut state = one_group(&[]);
    state.groups.push(group("g2", "Eng", &[]));
    let fake = Fake::good(state).await;
    let written = fake.writer.grant(&named("Eng"), &tags(&["u1"])).await;
    assert_eq!(failure(&written[0]).kind, FailureKind::Conflict);
    let written = fake.writer.grant(&named("None"), &tags(&["u1"])).await;
    assert_eq!(failure(&written[0]).kind, FailureKind::NotFound);
    assert_eq!(fake.calls("PATCH", "/"), 0);
}

#[tokio::test]
async fn one_account_that_the_app_does_not_take_stands_in_no_others_way() {
    let fake = Fake::odd(one_group(&[]), |request, _| {
        let ghost = is_patch(request) && operations(request)[0].to_string().contains("ghost");
        ghost.then(|| ResponseTemplate::new(500).set_body_string("<html>"))
    })
    .await;
    let asked = tags(&["u1", "ghost", "u2"]);
    let written = fake.writer.grant(&named("Eng"), &asked).await;
    assert_eq!(words(&written), ["done", "failed", "done"]);
    assert_eq!(members(&fake), ["u1", "u2"]);
}

#[tokio::test]
async fn success_that_changed_nothing_is_a_failure() {
    let fake = Fake::odd(one_group(&["u1"]), |request, state| {
        is_patch(request).then(|| ok(&state.groups[0]))
    })
    .await;
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u1"])).await;
    let failure = failure(&written[0]);
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert!(
        failure.kind.advice().contains("by hand"),
        "its url and kind are right"
    );
}

/// Refuses paths with a filter, and takes a list of values for it, or misreads it.
fn by_value_only(misread: bool) -> impl Fn(&Request, &mut State) -> Option<ResponseTemplate> {
    move |request, state| {
        if !is_patch(request) {
            return None;
        }
        let operation = &operations(request)[0];
        if operation["op"] != "remove" {
            return None;
        }
        if operation["path"] != "members" {
            return Some(error(400, "invalidPath"));
        }
        let listed = operation["value"].as_array().unwrap();
        let members = state.groups[0]["members"].as_array_mut().unwrap();
        members.retain(|member| !misread && !listed.iter().any(|v| v["value"] == member["value"]));
        Some(ResponseTemplate::new(204))
    }
}

#[tokio::test]
async fn the_other_form_of_a_removal_comes_second_and_is_remembered() {
    let fake = Fake::odd(one_group(&["u1", "u2", "u3"]), by_value_only(false)).await;
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u1"])).await;
    assert_eq!(words(&written), ["done"]);
    assert_eq!(members(&fake), ["u2", "u3"]);
    assert_eq!(fake.calls("PATCH", "/"), 2);
    fake.writer.revoke(&named("Eng"), &tags(&["u2"])).await;
    assert_eq!(fake.calls("PATCH", "/"), 1);
}

#[tokio::test]
async fn a_server_that_empties_the_group_is_noticed_mended_and_stopped() {
    let mut state = one_group(&["u1", "u2", "u3"]);
    state.users = users(3);
    let fake = Fake::odd(state, by_value_only(true)).await;
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u1"])).await;
    let failure_text = failure(&written[0]).what.clone();
    assert!(
        failure_text.contains("2 other members vanished"),
        "{failure_text}"
    );
    assert!(failure_text.contains("2 put back"), "{failure_text}");
    assert_eq!(members(&fake).len(), 2);
    fake.calls("PATCH", "/");
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u2"])).await;
    assert_eq!(words(&written), ["failed"]);
    assert_eq!(fake.calls("PATCH", "/"), 0, "nothing more is revoked");
}

#[tokio::test]
async fn who_was_closed_meanwhile_may_leave_the_group() {
    let mut state = one_group(&["u1", "u2", "deleted"]);
    state.users = users(2);
    let fake = Fake::odd(state, |request, state| {
        is_patch(request).then(|| {
            state.users[1]["active"] = json!(false);
            state.groups[0]["members"] = json!([]);
            ResponseTemplate::new(204)
        })
    })
    .await;
    let written = fake.writer.revoke(&named("Eng"), &tags(&["u1"])).await;
    assert_eq!(words(&written), ["done"]);
}

#[tokio::test]
async fn a_removal_always_names_whom() {
    let fake = Fake::odd(one_group(&["u\"1", "u2"]), by_value_only(false)).await;
    fake.writer.revoke(&named("Eng"), &tags(&["u\"1"])).await;
    let received = fake.server.received_requests().await.unwrap();
    let sent: Vec<Value> = received
        .iter()
        .filter(|request| is_patch(request))
        .flat_map(operations)
        .collect();
    assert_eq!(
        sent,
        [
            json!({"op": "remove", "path": "members[value eq \"u\\\"1\"]"}),
            json!({"op": "remove", "path": "members", "value": [{"value": "u\"1"}]}),
        ]
    );
}
