//! The files as a Git revision has them, in a temporary folder. What a repository says of itself is
//! hostile: only plain files of plain names are taken, and none of them is run or followed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::config::LARGEST_FILE;

use super::trouble::Trouble;

/// The files of a revision, for as long as this lives.
#[derive(Debug)]
pub struct Revision {
    folder: TempDir,
    name: String,
}

impl Revision {
    /// Where the files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What to call it: as it was named, and the commit.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Takes a configuration's files out of a revision.
pub fn extract(folder: &Path, reference: &str) -> Result<Revision, Trouble> {
    let fails = |why: &str| Trouble::Revision {
        reference: reference.to_owned(),
        why: why.to_owned(),
    };
    let git = |arguments: &[&str]| run(folder, arguments);
    let commit = format!("{reference}^{{commit}}");
    let commit = git(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ]);
    let commit = commit.ok_or_else(|| fails("Git knows no such revision here"))?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    // Of this folder and below, by names relative to it.
    let list = git(&["ls-tree", "-r", "-z", "--long", &commit, "--", "."]);
    let list = list.ok_or_else(|| fails("Git does not list its files"))?;
    let target = tempfile::tempdir().map_err(|error| fails(&error.to_string()))?;
    for line in list
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let Some(entry) = Entry::parse(&String::from_utf8_lossy(line)) else {
            return Err(fails("Git lists its files in a way that is not understood"));
        };
        if entry.name.extension() != Some(OsStr::new("toml")) {
            continue;
        }
        let shown = entry.name.display();
        if !entry.is_plain() {
            return Err(fails(&format!("`{shown}` is no plain file in it")));
        }
        if entry.size > LARGEST_FILE {
            return Err(fails(&format!("`{shown}` is too large in it")));
        }
        let content = git(&["cat-file", "blob", &entry.object])
            .ok_or_else(|| fails(&format!("Git does not give `{shown}`")))?;
        let path = target.path().join(&entry.name);
        let parent = path.parent().unwrap_or(target.path());
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&path, content));
        written.map_err(|error| fails(&error.to_string()))?;
    }
    let short = commit.get(..12).unwrap_or(&commit);
    Ok(Revision {
        folder: target,
        name: format!("{reference} ({short})"),
    })
}

/// One line of `git ls-tree --long`.
struct Entry {
    mode: String,
    object: String,
    size: u64,
    name: PathBuf,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let (head, name) = line.split_once('\t')?;
        let [mode, _, object, size] = head.split_whitespace().collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            mode: mode.to_owned(),
            object: object.to_owned(),
            size: size.parse().unwrap_or(0),
            name: PathBuf::from(name),
        })
    }

    /// True for a regular file at a place below the folder: no link, no submodule, no way out.
    fn is_plain(&self) -> bool {
        let inside = |part: Component<'_>| match part {
            Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
            _ => false,
        };
        matches!(self.mode.as_str(), "100644" | "100755") && self.name.components().all(inside)
    }
}

/// What Git prints; `None` if it fails. Nothing that a repository configures is run by what is
/// asked here.
fn run(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("git")
        .args(["--no-optional-locks", "--no-replace-objects", "-C"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_submodules_and_ways_out_are_no_plain_files() {
        let plain = |line: &str| Entry::parse(line).unwrap().is_plain();
        assert!(plain("100644 blob 1234 10\tpeople.toml"));
        assert!(plain("100755 blob 1234 10\tpeople/a b.toml"));
        for hostile in [
            "120000 blob 1234 10\tpeople.toml",
            "160000 commit 1234 -\tpeople.toml",
            "100644 blob 1234 10\t../people.toml",
            "100644 blob 1234 10\t/etc/people.toml",
            "100644 blob 1234 10\tpeople/../../x.toml",
            "100644 blob 1234 10\t.GIT/x.toml",
        ] {
            assert!(!plain(hostile), "{hostile}");
        }
        assert!(Entry::parse("100644 blob 1234 10 people.toml").is_none());
    }
}
