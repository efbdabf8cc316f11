//! What others wrote to find mistakes in workflows and scripts, on those of `examples/ci`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::server::Peer;

/// All of them; its script takes the recipes' folder in place of a port.
pub const LINTERS: Peer = Peer::client("linters");

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ci");

/// They find nothing in the recipes.
pub fn find_nothing() {
    let found = lint(Path::new(RECIPES));
    assert!(found.status.success(), "{}", said(&found));
}

/// Each of them does look: it finds a mistake of its own kind.
pub fn find_mistakes() {
    let workflow = "github/.github/workflows/validate.yml";
    for (file, from, to, finds) in [
        (workflow, "timeout-minutes: 20", "timeout: 20", "timeout"),
        (workflow, "github.token", "github.tokken", "tokken"),
        (
            workflow,
            "persist-credentials: false",
            "clean: true",
            "artipacked",
        ),
        (
            "gitlab/.gitlab-ci.yml",
            "stages:",
            "stages: 7\nx:",
            "stages",
        ),
        ("github/ci/tell.sh", "\"$page\"", "$page", "SC2086"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        let mut copied = Command::new("cp");
        copied.args(["-r", RECIPES, "."]).current_dir(copy.path());
        assert!(copied.status().unwrap().success());
        let path = copy.path().join("ci").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replace(from, to)).unwrap();
        let found = lint(&copy.path().join("ci"));
        let said = said(&found);
        assert!(!found.status.success(), "{to}: {said}");
        assert!(said.contains(finds), "no `{finds}`: {said}");
    }
}

fn lint(recipes: &Path) -> Output {
    Command::new("bash")
        .arg(LINTERS.script())
        .arg(LINTERS.folder())
        .arg(recipes)
        .arg("-")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}
