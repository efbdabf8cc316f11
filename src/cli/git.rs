//! The commit of the files, asked of `git` as a program.

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit that the files of a folder are at, with `+` if they differ from it; `None` outside
/// of a Git repository.
pub fn commit(folder: &Path) -> Option<String> {
    let commit = git(folder, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
    let files = ["provisor.toml", "profiles.toml", "people.toml", "people"];
    let status = git(
        folder,
        &[&["status", "--porcelain", "--"], &files[..]].concat(),
    )?;
    Some(if status.is_empty() {
        commit
    } else {
        format!("{commit}+")
    })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
