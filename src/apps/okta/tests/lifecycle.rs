//! Opening and closing accounts: the right step from every status, seen to be done.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use wiremock::{Request, ResponseTemplate};

use super::answers::answer;
use super::fake::*;
use crate::apps::{Options, describe};
use crate::model::failure::FailureKind;

fn with(status: &str) -> State {
    State {
        users: vec![user("a", status)],
        ..State::default()
    }
}

fn steps(fake: &Fake) -> Vec<String> {
    let steps = fake.calls().into_iter();
    steps.filter(|call| !call.starts_with("GET")).collect()
}

const SESSIONS: &str = "DELETE /api/v1/users/a/sessions?oauthTokens";
const SUSPEND: &str = "POST /api/v1/users/a/lifecycle/suspend";
const DEACTIVATE: &str = "POST /api/v1/users/a/lifecycle/deactivate?sendEmail";

#[tokio::test]
async fn r2_leaving_closes_the_door_from_every_status_and_ends_the_sessions() {
    for (way, status, step, becomes) in [
        ("suspend", "ACTIVE", Some(SUSPEND), "SUSPENDED"),
        ("suspend", "STAGED", Some(DEACTIVATE), "DEPROVISIONED"),
        ("suspend", "PROVISIONED", Some(DEACTIVATE), "DEPROVISIONED"),
        ("suspend", "LOCKED_OUT", Some(DEACTIVATE), "DEPROVISIONED"),
        (
            "suspend",
            "PASSWORD_EXPIRED",
            Some(DEACTIVATE),
            "DEPROVISIONED",
        ),
        ("suspend", "RECOVERY", Some(DEACTIVATE), "DEPROVISIONED"),
        ("suspend", "SUSPENDED", None, "SUSPENDED"),
        ("suspend", "DEPROVISIONED", None, "DEPROVISIONED"),
        ("deactivate", "ACTIVE", Some(DEACTIVATE), "DEPROVISIONED"),
        ("deactivate", "SUSPENDED", Some(DEACTIVATE), "DEPROVISIONED"),
        ("deactivate", "DEPROVISIONED", None, "DEPROVISIONED"),
    ] {
        let mut state = with(status);
        state.slowness = 2;
        let fake = Fake::leaving(state, way).await;
        let written = fake.writer.deactivate(&tag("a")).await;
        assert_eq!(
            is_done(&written),
            step.is_some(),
            "{way} {status}: {written:?}"
        );
        assert_eq!(is_already_so(&written), step.is_none());
        assert_eq!(fake.user("a")["status"], becomes, "{way} {status}");
        let expected: Vec<&str> = [SESSIONS]
            .into_iter()
            .chain(step)
            .chain([SESSIONS])
            .collect();
        assert_eq!(steps(&fake), expected, "{way} {status}");
    }
}

#[test]
fn what_leaving_means_is_what_is_done() {
    let leaving = |way: Option<&str>| {
        let options = Options {
            leaving: way.map(str::to_owned),
            ..Options::default()
        };
        describe("okta", &options).unwrap().leaving.clone()
    };
    let (suspend, deactivate) = (leaving(Some("suspend")), leaving(Some("deactivate")));
    assert_eq!(leaving(None), suspend);
    assert!(suspend.reversible && !suspend.unassigns);
    assert!(!deactivate.reversible && deactivate.unassigns);
}

#[tokio::test]
async fn opening_takes_the_step_that_the_status_needs() {
    for (status, step, becomes) in [
        ("STAGED", Some("activate?sendEmail"), "PROVISIONED"),
        ("DEPROVISIONED", Some("activate?sendEmail"), "PROVISIONED"),
        ("SUSPENDED", Some("unsuspend"), "ACTIVE"),
        ("PROVISIONED", None, "PROVISIONED"),
        ("ACTIVE", None, "ACTIVE"),
        ("LOCKED_OUT", None, "LOCKED_OUT"),
    ] {
        let fake = Fake::good(with(status)).await;
        let written = fake.writer.activate(&tag("a")).await;
        assert_eq!(is_done(&written), step.is_some(), "{status}: {written:?}");
        assert_eq!(fake.user("a")["status"], becomes);
        let step = step.map(|step| format!("POST /api/v1/users/a/lifecycle/{step}"));
        assert_eq!(steps(&fake), Vec::from_iter(step));
    }
    let fake = Fake::good(State::default()).await;
    let written = fake.writer.activate(&tag("a")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::NotFound));
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_already_so(&written), "who is gone is closed");
}

#[tokio::test]
async fn nothing_is_asked_for_while_okta_is_at_work() {
    let mut state = with("STAGED");
    state.users[0]["transitioningToStatus"] = json!("ACTIVE");
    state.at_work.insert("a".to_owned(), 3);
    let fake = Fake::good(state).await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_done(&written), "{written:?}");
    let calls = fake.calls();
    let first = calls.iter().position(|call| call.starts_with("POST"));
    assert_eq!(first, Some(5), "{calls:?}");
    assert_eq!(calls[5], SUSPEND, "it was active by then");
}

#[tokio::test]
async fn work_that_does_not_end_is_not_called_done() {
    let mut before = with("ACTIVE");
    before.users[0]["transitioningToStatus"] = json!("DEPROVISIONED");
    before.at_work.insert("a".to_owned(), usize::MAX);
    let fake = Fake::good(before).await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Busy));
    assert_eq!(steps(&fake), [SESSIONS], "nothing else is asked for");
    let mut after = with("ACTIVE");
    after.slowness = usize::MAX;
    let fake = Fake::leaving(after, "deactivate").await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_unknown(&written), "{written:?}");
    assert_eq!(steps(&fake), [SESSIONS, DEACTIVATE, SESSIONS]);
}

fn is_step(request: &Request) -> bool {
    request.url.path().contains("/lifecycle/")
}

#[tokio::test]
async fn a_step_whose_answer_was_lost_is_looked_at_before_it_is_asked_for_again() {
    for status in [500, 504] {
        for acts in [true, false] {
            let asked = AtomicUsize::new(0);
            let fake = Fake::odd(with("ACTIVE"), move |request, state| {
                let first = is_step(request) && asked.fetch_add(1, Ordering::SeqCst) == 0;
                first.then(|| {
                    if acts {
                        answer(request, state);
                    }
                    ResponseTemplate::new(status)
                })
            })
            .await;
            let written = fake.writer.deactivate(&tag("a")).await;
            let lost = status == 504 && !acts;
            assert_eq!(is_unknown(&written), lost, "{status} {acts}: {written:?}");
            assert_eq!(is_done(&written), !lost);
            let times = steps(&fake).iter().filter(|call| **call == SUSPEND).count();
            assert_eq!(times, if status == 500 && !acts { 2 } else { 1 });
        }
    }
}

#[tokio::test]
async fn a_step_that_comes_too_early_is_asked_for_again() {
    let asked = AtomicUsize::new(0);
    let fake = Fake::odd(with("ACTIVE"), move |request, _| {
        let first = is_step(request) && asked.fetch_add(1, Ordering::SeqCst) == 0;
        first.then(|| error(409, "E0000112", "still being activated"))
    })
    .await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_done(&written), "{written:?}");
    assert_eq!(steps(&fake), [SESSIONS, SUSPEND, SUSPEND, SESSIONS]);
}

/// Locked out between the look and the step.
#[tokio::test]
async fn who_changed_meanwhile_is_looked_at_anew() {
    let asked = AtomicUsize::new(0);
    let fake = Fake::odd(with("ACTIVE"), move |request, state| {
        if is_step(request) && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            state.users[0]["status"] = json!("LOCKED_OUT");
        }
        None
    })
    .await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_done(&written), "{written:?}");
    assert_eq!(steps(&fake), [SESSIONS, SUSPEND, DEACTIVATE, SESSIONS]);
}

#[tokio::test]
async fn success_that_closed_nothing_is_none_and_open_sessions_are_said() {
    let fake = Fake::odd(with("ACTIVE"), |request, _| {
        is_step(request).then(|| ResponseTemplate::new(200))
    })
    .await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert!(is_unknown(&written), "{written:?}");
    let calls = fake.calls();
    let looks = calls.iter().filter(|call| call.starts_with("GET"));
    assert_eq!(looks.count(), 1 + 5, "nothing is at work: {calls:?}");
    let fake = Fake::odd(with("ACTIVE"), |request, _| {
        let sessions = request.url.path().ends_with("/sessions");
        sessions.then(|| error(403, "E0000006", "no"))
    })
    .await;
    let written = fake.writer.deactivate(&tag("a")).await;
    assert_eq!(failure_kind(&written), Some(FailureKind::Forbidden));
    assert_eq!(fake.user("a")["status"], "SUSPENDED", "the door first");
}

#[tokio::test]
async fn r19_the_welcome_is_mailed_again_to_whoever_has_not_followed_it() {
    for (status, step) in [
        ("PROVISIONED", Some("reactivate?sendEmail")),
        ("STAGED", Some("activate?sendEmail")),
        ("ACTIVE", None),
        ("LOCKED_OUT", None),
    ] {
        let fake = Fake::good(with(status)).await;
        let written = fake.writer.invite_again(&tag("a"), &emma()).await;
        assert_eq!(is_done(&written), step.is_some(), "{status}: {written:?}");
        assert_eq!(is_already_so(&written), step.is_none(), "{status}");
        let step = step.map(|step| format!("POST /api/v1/users/a/lifecycle/{step}"));
        assert_eq!(steps(&fake), Vec::from_iter(step));
    }
    for (state, kind) in [
        (with("SUSPENDED"), FailureKind::Conflict),
        (with("DEPROVISIONED"), FailureKind::Conflict),
        (State::default(), FailureKind::NotFound),
    ] {
        let fake = Fake::good(state).await;
        let written = fake.writer.invite_again(&tag("a"), &emma()).await;
        assert_eq!(failure_kind(&written), Some(kind));
        assert!(steps(&fake).is_empty());
    }
}

#[tokio::test]
async fn r19_a_welcome_whose_answer_was_lost_is_not_mailed_a_second_time() {
    for status in [500, 504] {
        let fake = Fake::odd(with("PROVISIONED"), move |request, _| {
            is_step(request).then(|| ResponseTemplate::new(status))
        })
        .await;
        let written = fake.writer.invite_again(&tag("a"), &emma()).await;
        assert!(is_unknown(&written), "{status}: {written:?}");
        assert_eq!(steps(&fake).len(), 1, "{status}");
    }
}
