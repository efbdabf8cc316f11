//! Putting into groups and taking out.

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::answers::answer;
use super::fake::*;
use crate::apps::transport::AT_ONCE;
use crate::model::failure::FailureKind;

fn company() -> State {
    let mut app = group("app", "App");
    app["type"] = json!("APP_GROUP");
    let mut all = group("all", "Everyone");
    all["type"] = json!("BUILT_IN");
    let groups = vec![
        group("own", "Own"),
        app,
        all,
        group("twin1", "Twin"),
        group("twin2", "Twin"),
    ];
    let members = groups.iter().map(|group| {
        (
            group["id"].as_str().unwrap().to_owned(),
            ["b".to_owned()].into(),
        )
    });
    State {
        users: ["a", "b", "c"].map(|id| user(id, "ACTIVE")).into(),
        members: members.collect(),
        groups,
        ..State::default()
    }
}

fn members(fake: &Fake) -> Vec<String> {
    let state = fake.state.lock().unwrap();
    state.members["own"].iter().cloned().collect()
}

#[tokio::test]
async fn each_account_is_moved_by_itself_and_the_groups_are_listed_once() {
    let fake = Fake::good(company()).await;
    let accounts = [tag("a"), tag("b")];
    let written = fake.writer.grant(&in_group("Own"), &accounts).await;
    assert!(written.iter().all(is_done));
    assert_eq!(members(&fake), ["a", "b"]);
    let listing = 3;
    assert_eq!(fake.calls().len(), listing + 2);
    let written = fake.writer.revoke(&in_group("Own"), &[tag("b")]).await;
    assert!(written.iter().all(is_done));
    assert_eq!(members(&fake), ["a"], "and nobody else");
    assert_eq!(
        fake.calls(),
        [
            "DELETE /api/v1/groups/own/users/b",
            "GET /api/v1/users/b/groups",
        ]
    );
    let many: Vec<_> = (0..AT_ONCE * 3).map(|n| tag(&format!("m{n}"))).collect();
    let written = fake.writer.grant(&in_group("Own"), &many).await;
    assert_eq!(written.len(), many.len());
}

#[tokio::test]
async fn only_groups_of_our_own_are_changed() {
    let fake = Fake::good(company()).await;
    for (name, kind) in [
        ("App", FailureKind::Unsupported),
        ("Everyone", FailureKind::Unsupported),
        ("Twin", FailureKind::Conflict),
        ("None such", FailureKind::NotFound),
    ] {
        let written = fake.writer.grant(&in_group(name), &[tag("a")]).await;
        assert_eq!(failure_kind(&written[0]), Some(kind), "{name}");
        let written = fake.writer.revoke(&in_group(name), &[tag("b")]).await;
        assert_eq!(failure_kind(&written[0]), Some(kind), "{name}");
    }
    assert!(fake.calls().iter().all(|call| call.starts_with("GET")));
}

fn is_move(request: &Request) -> bool {
    matches!(request.method.as_str(), "PUT" | "DELETE")
}

#[tokio::test]
async fn a_member_whom_a_rule_puts_back_is_not_called_removed() {
    let fake = Fake::odd(company(), |request, _| {
        is_move(request).then(|| ResponseTemplate::new(204))
    })
    .await;
    let written = fake.writer.revoke(&in_group("Own"), &[tag("b")]).await;
    assert_eq!(failure_kind(&written[0]), Some(FailureKind::Unsupported));
}

#[tokio::test]
async fn a_move_whose_answer_was_lost_is_looked_at() {
    for acts in [true, false] {
        let fake = Fake::odd(company(), move |request, state| {
            is_move(request).then(|| {
                if acts {
                    answer(request, state);
                }
                ResponseTemplate::new(504)
            })
        })
        .await;
        let granted = fake.writer.grant(&in_group("Own"), &[tag("a")]).await;
        let revoked = fake.writer.revoke(&in_group("Own"), &[tag("b")]).await;
        for written in [&granted[0], &revoked[0]] {
            assert_eq!(is_done(written), acts, "{written:?}");
            assert_eq!(is_unknown(written), !acts, "{written:?}");
        }
    }
}

#[tokio::test]
async fn who_is_gone_holds_nothing_and_can_be_given_nothing() {
    let fake = Fake::odd(company(), |request, _| {
        let path = request.url.path();
        path.contains("users/gone").then(|| {
            error(
                404,
                "E0000007",
                "Not found: Resource not found: gone (User)",
            )
        })
    })
    .await;
    let written = fake.writer.revoke(&in_group("Own"), &[tag("gone")]).await;
    assert!(is_already_so(&written[0]), "{written:?}");
    let written = fake.writer.grant(&in_group("Own"), &[tag("gone")]).await;
    assert_eq!(failure_kind(&written[0]), Some(FailureKind::NotFound));
}
