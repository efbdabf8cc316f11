//! `comment.sh`: one comment per pull request, of its newest commit, and nothing that a stranger could make it say.

use super::forge::{Forge, SELF};
use super::{Named, run};

pub const TRIALS: [Named; 9] = [
    ("a_plan_becomes_one_comment_with_labels", one_comment),
    ("a_comment_on_the_third_page_is_edited", third_page),
    ("a_comment_of_somebody_else_is_left_alone", somebody_else),
    ("a_run_that_is_no_plan_of_ours_is_refused", foreign),
    ("an_artefact_that_is_too_large_is_refused", too_large),
    ("an_artefact_that_is_no_comment_is_refused", no_comment),
    ("a_run_of_another_commit_says_nothing", another_commit),
    ("what_may_be_of_another_base_is_not_sealed", not_sealed),
    ("a_new_push_marks_the_comment_as_stale", stale),
];

const HEAD: &str = "1111111111111111111111111111111111111111";
const NEXT: &str = "2222222222222222222222222222222222222222";
const ID: &str = "3333333333333333333333333333333333333333333333333333333333333333";
const PLAN: &str = "<!-- provisor-plan -->\n### 🟢 READY – 1 to create\n";

/// Pull request 7 at its head, and run 1 that planned it.
fn planned(number: &str, comment: &str, labels: &str) -> Forge {
    let forge = Forge::start();
    let mut holds = forge.holds();
    holds.pull(7, HEAD);
    holds.run(1, HEAD);
    let files = [
        ("number", number),
        ("comment.md", comment),
        ("labels", labels),
    ];
    let files = files.map(|(name, text)| (name, text.as_bytes()));
    holds.leaves(1, "comment", &files);
    holds.leaves(1, &format!("plan-{ID}"), &[]);
    drop(holds);
    forge
}

fn labels(forge: &Forge) -> Vec<String> {
    let holds = forge.holds();
    holds
        .labels
        .get(&7)
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// The script refuses the run, says why, and has written nothing.
#[track_caller]
fn is_refused(forge: &Forge, why: &str) {
    let said = run(forge, "comment.sh", &["1"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(why), "{said:?}");
    assert_eq!(forge.holds().writes, [""; 0]);
}

fn one_comment() {
    let forge = planned(
        "7",
        PLAN,
        "provisor/privileged\nprovisor/../admin\nurgent\n",
    );
    let before = ["provisor/no-changes".to_owned(), "theirs".to_owned()];
    forge.holds().labels.insert(7, before.into());
    let said = run(&forge, "comment.sh", &["1"]);
    assert_eq!(said.code, 0, "{said:?}");
    let ours = forge.holds().ours(7);
    let [comment] = &ours[..] else {
        panic!("{ours:?}")
    };
    assert!(comment.starts_with(PLAN), "{comment}");
    assert!(comment.contains("actions/runs/1"), "{comment}");
    // Only ours come and go, and only those that we know.
    assert_eq!(labels(&forge), ["provisor/privileged", "theirs"]);
    let writes = forge.holds().writes.len();
    let said = run(&forge, "comment.sh", &["1"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(forge.holds().writes.len(), writes, "nothing is said twice");
}

fn third_page() {
    let forge = planned("7", PLAN, "");
    for place in 0..250 {
        let (login, body) = if place == 230 {
            (SELF, "<!-- provisor-plan -->\nof yesterday")
        } else {
            ("emma", "nice")
        };
        forge.holds().comment(7, login, body);
    }
    assert_eq!(run(&forge, "comment.sh", &["1"]).code, 0);
    assert_eq!(forge.holds().writes, ["PATCH issues/comments/231"]);
    assert!(forge.holds().ours(7)[0].starts_with(PLAN));
}

fn somebody_else() {
    let forge = planned("7", PLAN, "");
    for login in ["mallory", "mallory[bot]"] {
        forge.holds().comment(7, login, PLAN);
    }
    assert_eq!(run(&forge, "comment.sh", &["1"]).code, 0);
    assert_eq!(forge.holds().writes, ["POST issues/7/comments"]);
    assert_eq!(forge.holds().comments[&7].len(), 3);
}

fn foreign() {
    for (pointer, value, why) in [
        ("/head_repository/id", 666.into(), "of another repository"),
        ("/path", ".github/workflows/other.yml".into(), "not a plan"),
        ("/event", "workflow_dispatch".into(), "not a plan"),
    ] {
        let forge = planned("7", PLAN, "");
        let run = |holds: &mut super::forge::Holds| {
            *holds
                .runs
                .get_mut(&1)
                .unwrap()
                .pointer_mut(pointer)
                .unwrap() = value;
        };
        run(&mut forge.holds());
        is_refused(&forge, why);
    }
}

fn too_large() {
    // It packs well, so that the artefact itself is small.
    let long = format!("{PLAN}{}", "a".repeat(60_001));
    is_refused(
        &planned("7", &long, ""),
        "the comment of run 1 is too large",
    );
    let forge = planned("7", PLAN, "");
    forge.holds().artefacts.get_mut(&1).unwrap().zip = vec![0; 100_001];
    is_refused(&forge, "the artefact of run 1 is too large");
}

fn no_comment() {
    for number in ["", "0", "7; id", "../7", "7\n8", "12345678901", "$(id)"] {
        is_refused(&planned(number, PLAN, ""), "names no pull request");
    }
    is_refused(&planned("7", "hello", ""), "does not begin as a plan does");
    let forge = planned("7", PLAN, "");
    forge.holds().artefacts.clear();
    is_refused(&forge, "left no plan");
}

fn another_commit() {
    // Another pull request than the run's, and one that was pushed to since.
    for number in [7, 8] {
        let forge = planned(&number.to_string(), PLAN, "provisor/no-changes");
        forge.holds().pull(number, NEXT);
        let said = run(&forge, "comment.sh", &["1"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.err.contains("nothing to say"), "{said:?}");
        assert_eq!(forge.holds().writes, [""; 0]);
    }
}

fn not_sealed() {
    let sealed = "<!-- provisor-reviewed 7 1111";
    let says = |forge: &Forge| {
        let said = run(forge, "comment.sh", &["1"]);
        assert_eq!(said.code, 0, "{said:?}");
        forge.holds().ours(7).remove(0)
    };
    let forge = planned("7", PLAN, "");
    assert!(says(&forge).contains(sealed), "{}", says(&forge));
    // A pull request of the same branch into another base, whose workflow GitHub ran: open, or closed since.
    for state in ["open", "closed"] {
        let forge = planned("7", PLAN, "");
        forge.holds().pull(8, HEAD);
        let other = |holds: &mut super::forge::Holds| {
            let pull = holds.pulls.get_mut(&8).unwrap();
            pull["base"]["ref"] = "evil".into();
            pull["state"] = state.into();
        };
        other(&mut forge.holds());
        let page = says(&forge);
        assert!(!page.contains("provisor-reviewed"), "{page}");
        assert!(page.contains("will not be applied"), "{page}");
    }
    // The same one, whose base was another when the run began.
    for (at, is_sealed) in [
        ("2026-03-07T16:05:00Z", false),
        ("2026-03-07T15:00:00Z", true),
    ] {
        let forge = planned("7", PLAN, "");
        let event = serde_json::json!({ "event": "base_ref_changed", "created_at": at });
        forge.holds().events.insert(7, vec![event]);
        assert_eq!(says(&forge).contains(sealed), is_sealed, "{at}");
    }
    let forge = planned("7", PLAN, "");
    forge.holds().pulls.get_mut(&7).unwrap()["base"]["ref"] = "evil".into();
    let said = run(&forge, "comment.sh", &["1"]);
    assert!(said.err.contains("nothing to say"), "{said:?}");
    assert_eq!(forge.holds().writes, [""; 0]);
}

fn stale() {
    let forge = planned("7", PLAN, "");
    assert_eq!(run(&forge, "comment.sh", &["1"]).code, 0);
    forge.holds().pull(7, NEXT);
    forge.holds().run(2, NEXT)["status"] = "queued".into();
    for _ in 0..2 {
        assert_eq!(run(&forge, "comment.sh", &["2"]).code, 0);
        let ours = forge.holds().ours(7);
        let heads = "<!-- provisor-plan -->\n### 🕒 STALE – commit `222222222222`";
        assert!(ours[0].starts_with(heads), "{ours:?}");
        assert!(ours[0].contains("READY – 1 to create"), "{ours:?}");
        assert_eq!(ours[0].matches("STALE").count(), 1, "{ours:?}");
    }
    // The plan of the new commit takes its place.
    forge.holds().run(2, NEXT);
    let files: [(&str, &[u8]); 3] = [
        ("number", b"7"),
        ("comment.md", PLAN.as_bytes()),
        ("labels", b""),
    ];
    forge.holds().leaves(2, "comment", &files);
    forge.holds().leaves(2, &format!("plan-{ID}"), &[]);
    assert_eq!(run(&forge, "comment.sh", &["2"]).code, 0);
    let ours = forge.holds().ours(7);
    assert_eq!(ours.len(), 1);
    assert!(ours[0].starts_with(PLAN), "{ours:?}");
}
