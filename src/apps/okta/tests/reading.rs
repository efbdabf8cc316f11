//! Reading: whom Okta hides, pages that go wrong, and how memberships came to be.

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::{KindScope, Scope};
use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::app::KindIndex;
use crate::model::failure::FailureKind;
use crate::model::observation::{Completeness, Observation, Origin};

fn statuses() -> [(&'static str, Status); 8] {
    [
        ("STAGED", Status::Pending),
        ("PROVISIONED", Status::Pending),
        ("ACTIVE", Status::Active),
        ("LOCKED_OUT", Status::Active),
        ("PASSWORD_EXPIRED", Status::Active),
        ("RECOVERY", Status::Active),
        ("SUSPENDED", Status::Inactive),
        ("DEPROVISIONED", Status::Inactive),
    ]
}

fn is_incomplete(observation: &Observation) -> bool {
    matches!(observation.completeness, Completeness::Incomplete(_))
}

#[tokio::test]
async fn everybody_is_read_the_deactivated_too_and_in_the_fewest_pages() {
    let users = statuses().map(|(status, _)| user(status, status)).into();
    let state = State {
        users,
        ..State::default()
    };
    let fake = Fake::good(state).await;
    let observation = fake.reader.observe(&Scope::default()).await.unwrap();
    assert_eq!(observation.completeness, Completeness::Complete);
    assert_eq!(observation.kinds, [Completeness::NamedOnly]);
    for (word, status) in statuses() {
        let account = observation.find(word).unwrap();
        assert_eq!(account.status(), status, "{word}");
        assert_eq!(account.login().raw(), format!("{word}@x.example"));
        assert_eq!(account.hr_id().raw(), format!("hr-{word}"));
        assert_eq!(account.attribute(3), None, "null is no value");
    }
    assert_eq!(
        fake.calls().len(),
        4 + 1 + 1,
        "four pages, the deactivated one, and whose token it is"
    );
}

#[tokio::test]
async fn no_user_at_all_is_a_refusal_and_no_empty_app() {
    let gone = State {
        users: vec![user("gone", "DEPROVISIONED")],
        ..State::default()
    };
    for state in [State::default(), gone] {
        let fake = Fake::good(state).await;
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Forbidden);
        assert!(failure.what.contains("administrator role"), "{failure}");
    }
}

/// Answers the first page of live users so, with a `next` of ours.
async fn with_next(next: &'static str) -> Fake {
    let state = State {
        users: vec![user("a", "ACTIVE")],
        ..State::default()
    };
    Fake::odd(state, move |request, state| {
        (parameter(request, "filter").is_none()).then(|| {
            let next = next.replace("HERE", &state.url);
            let link = format!("<{next}>; rel=\"next\"");
            ok(&json!([user("a", "ACTIVE")])).append_header("link", link)
        })
    })
    .await
}

#[tokio::test]
async fn a_next_page_that_was_before_or_is_elsewhere_is_an_error() {
    for next in [
        "HERE/api/v1/users?after=1",
        "http://127.0.0.1:1/api/v1/users?after=1",
        "HERE/api/v1/groups?after=1",
    ] {
        let fake = with_next(next).await;
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Protocol, "{next}: {failure}");
        let calls = fake.calls();
        let followed = calls.iter().filter(|call| call.contains("after")).count();
        assert!(followed <= 1, "{next}: {calls:?}");
    }
}

#[tokio::test]
async fn who_comes_twice_or_cannot_be_understood_makes_it_incomplete() {
    let odd = user("odd", "DANCING");
    let mut nameless = user("nameless", "ACTIVE");
    nameless["profile"] = json!({});
    for extra in [user("a", "ACTIVE"), odd, nameless] {
        let state = State {
            users: vec![user("a", "ACTIVE"), extra],
            ..State::default()
        };
        let fake = Fake::good(state).await;
        let observation = fake.reader.observe(&Scope::default()).await.unwrap();
        assert!(is_incomplete(&observation));
        assert_eq!(observation.len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_an_error() {
    let bodies = [json!({"users": []}), json!(null)];
    for body in bodies {
        let fake = Fake::odd(State::default(), move |_, _| Some(ok(&body))).await;
        let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Protocol);
    }
}

fn company() -> State {
    let typed = |id: &str, name: &str, kind: &str| {
        let mut group = group(id, name);
        group["type"] = json!(kind);
        group
    };
    let rule = |status: &str, group: &str, excluded: &[&str]| {
        json!({
            "status": status,
            "name": format!("Fill {group}"),
            "conditions": {"people": {"users": {"exclude": excluded}}},
            "actions": {"assignUserToGroups": {"groupIds": [group]}},
        })
    };
    let both = || ["a".to_owned(), "b".to_owned()].into();
    let ids = ["own", "ruled", "unruled", "app", "all", "shadow"];
    State {
        users: vec![user("a", "ACTIVE"), user("b", "ACTIVE")],
        groups: vec![
            typed("shadow", "Own", "APP_GROUP"),
            group("own", "Own"),
            group("ruled", "Ruled"),
            group("unruled", "Unruled"),
            typed("app", "App", "APP_GROUP"),
            typed("all", "Everyone", "BUILT_IN"),
            group("other", "Other"),
        ],
        members: ids.iter().map(|id| ((*id).to_owned(), both())).collect(),
        rules: vec![
            rule("ACTIVE", "ruled", &["b"]),
            rule("INACTIVE", "unruled", &[]),
        ],
        ..State::default()
    }
}

#[tokio::test]
async fn r10_only_what_people_gave_is_held_directly() {
    let fake = Fake::good(company()).await;
    let names = ["Own", "Ruled", "Unruled", "App", "Everyone"];
    let observation = fake.reader.observe(&naming(&names)).await.unwrap();
    assert_eq!(observation.kinds, [Completeness::NamedOnly]);
    let origin = |user: &str, name: &str| {
        let value = observation.value_named(KindIndex(0), name).unwrap();
        let account = observation.find(user).unwrap();
        let mut holdings = account.holdings().iter();
        holdings.find(|held| held.value == value).unwrap().origin
    };
    assert_eq!(origin("a", "Own"), Origin::Direct);
    assert_eq!(origin("a", "Ruled"), Origin::Inherited);
    assert_eq!(origin("b", "Ruled"), Origin::Direct, "the rule excludes b");
    assert_eq!(origin("a", "Unruled"), Origin::Direct, "not in force");
    assert_eq!(origin("a", "App"), Origin::Inherited);
    assert_eq!(origin("a", "Everyone"), Origin::Inherited);
    let givers = |name: &str| {
        let value = observation.value_named(KindIndex(0), name).unwrap();
        let givers = observation.given_by.get(&value)?;
        Some(
            givers
                .iter()
                .map(|giver| giver.raw().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(givers("Own"), None);
    assert_eq!(givers("Unruled"), None, "not in force");
    assert_eq!(givers("Ruled").unwrap(), ["the group rule Fill ruled"]);
    assert_eq!(givers("Everyone").unwrap(), ["Okta itself"]);
    let own = observation.value_named(KindIndex(0), "Own").unwrap();
    assert!(
        !observation.value(own).ambiguous,
        "an app's group stands in no way"
    );
    assert_eq!(observation.value(own).vendor_id.raw(), "own");
    assert!(observation.value_named(KindIndex(0), "Other").is_some());
    let calls = fake.calls();
    assert!(!calls.iter().any(|call| call.contains("/groups/other/")));
    assert!(!calls.iter().any(|call| call.contains("/groups/shadow/")));
}

#[tokio::test]
async fn whoever_may_not_read_rules_or_groups_still_reads_accounts() {
    let refuse = |path: &'static str| {
        move |request: &Request, _: &mut State| {
            let refused = request.url.path().ends_with(path);
            refused.then(|| error(403, "E0000006", "no"))
        }
    };
    let fake = Fake::odd(company(), refuse("/groups/rules")).await;
    let observation = fake.reader.observe(&naming(&["Ruled"])).await.unwrap();
    assert_eq!(observation.kinds, [Completeness::NamedOnly]);
    let fake = Fake::odd(company(), refuse("/groups")).await;
    let observation = fake.reader.observe(&naming(&["Ruled"])).await.unwrap();
    assert_eq!(observation.completeness, Completeness::Complete);
    assert!(matches!(
        observation.kinds[..],
        [Completeness::Incomplete(_)]
    ));
}

#[tokio::test]
async fn r18_what_a_group_assigns_is_told_by_the_names_of_the_apps() {
    let mut state = company();
    let app = |label: &str, status: &str| json!({"label": label, "name": "x", "status": status});
    let apps = vec![
        app("Salesforce", "ACTIVE"),
        app("Old CRM", "INACTIVE"),
        app("Box", "ACTIVE"),
    ];
    state.apps.insert("own".to_owned(), apps);
    let fake = Fake::good(state).await;
    let scope = Scope {
        kinds: vec![KindScope {
            assigning: ["Own".to_owned(), "Other".to_owned()].into(),
            ..KindScope::default()
        }],
    };
    let observation = fake.reader.observe(&scope).await.unwrap();
    let assigned = |name: &str| {
        let value = observation.value_named(KindIndex(0), name).unwrap();
        observation.assigns.get(&value).cloned()
    };
    let expected = ["Box", "Salesforce"].map(Foreign::from).to_vec();
    assert_eq!(assigned("Own"), Some(expected));
    assert_eq!(assigned("Other"), Some(Vec::new()), "none is an answer");
    assert_eq!(assigned("App"), None, "nobody asked");
    let calls = fake.calls();
    assert!(!calls.iter().any(|call| call.ends_with("/users?limit")));
}

#[tokio::test]
async fn a_page_that_breaks_fails_the_reading() {
    let state = State {
        users: ["a", "b", "c"].map(|id| user(id, "ACTIVE")).into(),
        ..State::default()
    };
    let fake = Fake::odd(state, |request, _| {
        parameter(request, "after").map(|_| ResponseTemplate::new(500))
    })
    .await;
    let failure = fake.reader.observe(&Scope::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

/// Whoever's token it is, is never closed by us; not to know it is no reason not to read.
#[tokio::test]
async fn r20_the_owner_of_the_token_is_told_and_not_to_tell_is_no_failure() {
    let own = |status: Option<u16>| async move {
        let state = State {
            users: vec![user("a", "ACTIVE")],
            ..State::default()
        };
        let fake = Fake::odd(state, move |request, _| {
            let asked = request.url.path() == "/api/v1/users/me";
            asked.then(|| match status {
                None => ResponseTemplate::new(200).set_body_json(user("a", "ACTIVE")),
                Some(status) => error(status, "E0000006", "no"),
            })
        });
        let fake = fake.await;
        let observation = fake.reader.observe(&Scope::default()).await.unwrap();
        observation.own.map(|own| own.raw().to_owned())
    };
    assert_eq!(own(None).await.as_deref(), Some("a"));
    for status in [401, 403, 404, 500] {
        assert_eq!(own(Some(status)).await, None, "{status}");
    }
}
