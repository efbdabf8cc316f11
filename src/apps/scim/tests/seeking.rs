//! Looking for one account: what servers answer to a filter is checked, and nothing is guessed.

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::fake::*;
use crate::apps::scim::dialect;
use crate::apps::{Options, Scope, Sighting, Sought};
use crate::model::account::Status;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::Completeness;

fn sought(login: &str, email: &str) -> Sought {
    Sought {
        vendor_id: None,
        login: login.to_owned(),
        email: email.to_owned(),
    }
}

fn id(found: Result<Option<Sighting>, Failure>) -> Option<String> {
    let found = found.unwrap();
    found.map(|sighting| sighting.account.vendor_id.raw().to_owned())
}

fn company() -> State {
    let mut state = State {
        users: users(3),
        ..State::default()
    };
    state.users[1]["active"] = json!(false);
    state.users[2]["emails"] = json!([{"value": "third@x.example"}]);
    state
}

/// A server that answers everybody to any filter, or refuses it.
fn deaf(refuses: bool) -> impl Fn(&Request, &mut State) -> Option<ResponseTemplate> {
    move |request, state| {
        parameter(request, "filter").map(|_| {
            if refuses {
                return error(400, "invalidFilter");
            }
            ok(&json!({"totalResults": state.users.len(), "Resources": state.users}))
        })
    }
}

#[tokio::test]
async fn an_account_is_found_by_its_id_and_then_by_nothing_else() {
    let fake = Fake::good(company()).await;
    let by = |id: &str| Sought {
        vendor_id: Some(id.into()),
        ..sought("user1@x.example", "user1@x.example")
    };
    let sighting = fake.reader.seek(&by("u2")).await.unwrap().unwrap();
    assert_eq!(sighting.status, Status::Inactive);
    assert_eq!(sighting.account.login.raw(), "user2@x.example");
    assert_eq!(fake.reader.seek(&by("u9")).await.unwrap(), None);
    assert_eq!(fake.calls("GET", "/Users?"), 0, "nothing is listed");
}

#[tokio::test]
async fn an_account_is_found_by_login_then_by_email_whatever_filters_do() {
    for server in ["good", "deaf", "refusing"] {
        let fake = match server {
            "good" => Fake::good(company()).await,
            odd => Fake::odd(company(), deaf(odd == "refusing")).await,
        };
        let seek = async |login, email| id(fake.reader.seek(&sought(login, email)).await);
        let first = seek("User1@X.example", "").await;
        assert_eq!(
            first.as_deref(),
            Some("u1"),
            "{server}: case does not count"
        );
        let closed = seek("user2@x.example", "").await;
        assert_eq!(closed.as_deref(), Some("u2"), "{server}: inactive ones too");
        let third = seek("other@x.example", "third@x.example").await;
        assert_eq!(third.as_deref(), Some("u3"), "{server}");
        let login_first = seek("user1@x.example", "third@x.example").await;
        assert_eq!(login_first.as_deref(), Some("u1"), "{server}");
        assert_eq!(seek("nobody@x.example", "no@x.example").await, None);
    }
}

#[tokio::test]
async fn a_filter_that_works_spares_the_listing() {
    let fake = Fake::good(company()).await;
    let found = fake.reader.seek(&sought("user3@x.example", "")).await;
    assert_eq!(id(found).as_deref(), Some("u3"));
    let received = fake.server.received_requests().await.unwrap();
    let of_users = |request: &&Request| request.url.path() == "/Users";
    let asked: Vec<_> = received.iter().filter(of_users).collect();
    assert_eq!(asked.len(), 1);
    assert!(parameter(asked[0], "filter").is_some());
}

/// Whoever waits for an account asks often.
#[tokio::test]
async fn that_nobody_is_there_costs_no_listing_once_a_filter_is_known_to_work() {
    let mut state = company();
    state.users[0]["emails"] = json!([{"value": "first@y.example"}]);
    let fake = Fake::good(state).await;
    let missing = sought("nobody@x.example", "nobody@y.example");
    let requests = async || {
        let received = fake.server.received_requests().await.unwrap();
        let of_users = |request: &&Request| request.url.path() == "/Users";
        received.iter().filter(of_users).count()
    };
    assert_eq!(fake.reader.seek(&missing).await.unwrap(), None);
    assert_eq!(
        requests().await,
        5,
        "two filters, the first page, two filters"
    );
    assert_eq!(fake.reader.seek(&missing).await.unwrap(), None);
    assert_eq!(requests().await, 7);
    // Where a filter may be read in another way, the listing has the word.
    let odd = sought("No\\body@x.example", "");
    assert_eq!(fake.reader.seek(&odd).await.unwrap(), None);
    assert_eq!(requests().await, 9);
    // A filter that finds nobody at all is not believed.
    let state = State {
        users: users(2),
        ..State::default()
    };
    let fake = Fake::odd(state, |request, _| {
        let filtered = parameter(request, "filter").is_some();
        filtered.then(|| ok(&json!({"totalResults": 0, "Resources": []})))
    })
    .await;
    let found = fake.reader.seek(&sought("user2@x.example", "")).await;
    assert_eq!(id(found).as_deref(), Some("u2"));
    // Nor are filters when one of them does not work: here, that by email.
    let fake = Fake::odd(company(), |request, _| {
        let filter = parameter(request, "filter")?;
        let empty = ok(&json!({"totalResults": 0, "Resources": []}));
        filter.starts_with("emails").then_some(empty)
    })
    .await;
    let found = fake
        .reader
        .seek(&sought("other@x.example", "third@x.example"))
        .await;
    assert_eq!(id(found).as_deref(), Some("u3"));
}

#[tokio::test]
async fn a_dialect_without_filters_never_sends_one() {
    let slack = dialect::shipped("slack").unwrap();
    let fake = Fake::speaking(slack, company()).await;
    let found = fake.reader.seek(&sought("third@x.example", "")).await;
    assert_eq!(id(found).as_deref(), Some("u3"), "its email is its login");
    let received = fake.server.received_requests().await.unwrap();
    assert!(
        received
            .iter()
            .all(|request| parameter(request, "filter").is_none())
    );
}

#[tokio::test]
async fn several_that_match_and_a_listing_in_doubt_are_failures() {
    let mut state = company();
    state.users[1]["userName"] = json!("USER1@x.example");
    let fake = Fake::odd(state, deaf(false)).await;
    let found = fake.reader.seek(&sought("uSer1@x.example", "")).await;
    assert_eq!(found.unwrap_err().kind, FailureKind::Conflict);
    let exact = fake.reader.seek(&sought("user1@x.example", "")).await;
    assert_eq!(id(exact).as_deref(), Some("u1"), "one of them exactly");
    let fake = Fake::odd(company(), |request, state| {
        let users = request.url.path() == "/Users";
        users.then(|| ok(&json!({"totalResults": 9, "Resources": state.users})))
    })
    .await;
    let found = fake.reader.seek(&sought("nobody@x.example", "")).await;
    assert_eq!(found.unwrap_err().kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn an_app_without_accounts_and_with_groups_that_have_members_is_not_believed() {
    let populated = || State {
        groups: vec![group("g1", "Eng", &["u1"])],
        ..State::default()
    };
    for scope in [Scope::default(), naming(&["Eng"])] {
        let fake = Fake::good(populated()).await;
        let reading = fake.reader.observe(&scope).await.unwrap();
        let Completeness::Incomplete(why) = &reading.completeness else {
            panic!("{:?}", reading.completeness);
        };
        assert!(why.contains("groups that have members"), "{why}");
    }
    // Members that only the group itself tells.
    let fake = Fake::odd(populated(), |request, state| {
        let list = request.url.path() == "/Groups";
        let mut group = state.groups[0].clone();
        group.as_object_mut().unwrap().remove("members");
        list.then(|| ok(&json!({"totalResults": 1, "Resources": [group]})))
    })
    .await;
    let reading = fake.reader.observe(&naming(&["Eng"])).await.unwrap();
    assert!(matches!(reading.completeness, Completeness::Incomplete(_)));
    let empty = State {
        groups: vec![group("g1", "Eng", &[])],
        ..State::default()
    };
    let fake = Fake::good(empty).await;
    let reading = fake.reader.observe(&Scope::default()).await.unwrap();
    assert_eq!(reading.completeness, Completeness::Complete);
    // Who may not read groups, and was not asked to, is no reason for doubt.
    let options = Options::default();
    let fake = Fake::with(options, State::default(), |request, _| {
        (request.url.path() == "/Groups").then(|| error(403, ""))
    })
    .await;
    let reading = fake.reader.observe(&Scope::default()).await.unwrap();
    assert_eq!(reading.completeness, Completeness::Complete);
}
