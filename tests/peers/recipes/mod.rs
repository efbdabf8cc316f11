//! The scripts of `examples/ci`, run by a real shell against a simulated forge.

mod comment;
mod forge;
mod gitlab;
mod issue;
mod merged;
mod outcomes;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use forge::Forge;

/// What the scripts need, besides the binary; every runner of GitHub has it.
const TOOLS: [&str; 6] = ["bash", "curl", "git", "jq", "python3", "unzip"];

/// A test by its name.
pub type Named = (&'static str, fn());

/// All trials.
pub const RECIPES: [&[Named]; 5] = [
    &comment::TRIALS,
    &gitlab::TRIALS,
    &issue::TRIALS,
    &merged::TRIALS,
    &outcomes::TRIALS,
];

/// Those of the tools that are not there.
pub fn missing_tools() -> Vec<&'static str> {
    let is_missing = |tool: &&str| {
        let mut command = Command::new(tool);
        command.arg("--help").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_err()
    };
    TOOLS.into_iter().filter(is_missing).collect()
}

/// A script of the recipes for GitHub.
fn script(name: &str) -> PathBuf {
    of_forge("github", name)
}

/// A script of the recipes for a forge.
fn of_forge(forge: &str, name: &str) -> PathBuf {
    let recipes = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    recipes.join(forge).join("ci").join(name)
}

/// How a script ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// Runs a command to its end.
fn said(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a script that speaks to the forge.
fn run(forge: &Forge, name: &str, arguments: &[&str]) -> Said {
    let mut command = Command::new(script(name));
    forge.environment(command.args(arguments));
    said(&mut command)
}
