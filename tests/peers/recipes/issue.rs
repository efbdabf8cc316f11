//! `issue.sh`: one open issue while the apps are not what the files say.

use std::fs;

use super::forge::Forge;
use super::{Named, run};

pub const TRIALS: [Named; 1] = [("drift_is_one_issue_until_it_is_gone", one_issue)];

fn one_issue() {
    let forge = Forge::start();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("comment")).unwrap();
    fs::write(folder.path().join("id"), "f00d").unwrap();
    let path = folder.path().to_str().unwrap();
    let night = |code: &str, page: &str| {
        fs::write(folder.path().join("comment/comment.md"), page).unwrap();
        let said = run(&forge, "issue.sh", &[code, path]);
        assert_eq!(said.code, 0, "{said:?}");
        std::mem::take(&mut forge.holds().writes)
    };
    assert_eq!(night("0", "nothing"), [""; 0]);
    assert_eq!(night("2", "one"), ["POST issues"]);
    assert_eq!(night("5", "two"), ["PATCH issues/100"]);
    let body = forge.holds().issues[&100]["body"].clone();
    let body = body.as_str().unwrap();
    assert!(body.starts_with("<!-- provisor-drift -->\ntwo"), "{body}");
    assert!(body.contains("-f plan=f00d"), "{body}");
    assert_eq!(night("0", "nothing"), ["PATCH issues/100"]);
    assert_eq!(forge.holds().issues[&100]["state"], "closed");
    assert_eq!(night("2", "again"), ["POST issues"]);
}
