//! The files of a configuration, read whole and within limits.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::base::foreign::escape;
use crate::base::{Diagnostic, FileId, Sources};

/// The largest file that is read: three times the people of a very large company.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Which source is which.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub settings: Option<FileId>,
    pub profiles: Option<FileId>,
    /// `people.toml` first, then `people/*.toml` by name.
    pub people: Vec<FileId>,
    pub approvals: Option<FileId>,
    pub accounts: Option<FileId>,
}

/// Reads all files of a configuration's folder; what cannot be read is reported.
pub(super) fn read(folder: &Path, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Files {
    let mut one = |name: &str, problems: &mut Vec<Diagnostic>| {
        read_file(&folder.join(name), name.into(), sources, problems)
    };
    let settings = one("provisor.toml", problems);
    let profiles = one("profiles.toml", problems);
    let is_there = |name: &str| folder.join(name).exists();
    let accounts = is_there("accounts.toml").then(|| one("accounts.toml", problems));
    let approvals = is_there("approvals.toml").then(|| one("approvals.toml", problems));
    let pieces = people_files(folder, problems);
    let whole = folder.join("people.toml").exists();
    let mut people = Vec::new();
    if whole || pieces.is_empty() {
        people.extend(one("people.toml", problems));
    }
    for path in pieces {
        let name = Path::new("people").join(path.file_name().unwrap_or_default());
        people.extend(read_file(&path, name, sources, problems));
    }
    Files {
        settings,
        profiles,
        people,
        approvals: approvals.flatten(),
        accounts: accounts.flatten(),
    }
}

/// The files of `people/`, by name. What else is in there is refused: a person in a file that
/// nobody reads would seem to have vanished.
fn people_files(folder: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let folder = folder.join("people");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems.push(unreadable("people", &error));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_name().as_encoded_bytes().starts_with(b".") => {}
            Ok(entry) if entry.path().is_dir() => {
                let name = format!("people/{}", escape(&entry.file_name().to_string_lossy()));
                problems.push(
                    Diagnostic::error("nested-folder", format!("`{name}` is a folder"))
                        .hint("put its files into people/ itself: folders in there are not read"),
                );
            }
            Ok(entry) if entry.path().extension().is_some_and(|end| end == "toml") => {
                files.push(entry.path());
            }
            Ok(entry) => {
                let name = format!("people/{}", escape(&entry.file_name().to_string_lossy()));
                problems.push(
                    Diagnostic::error("unread-file", format!("`{name}` is not read"))
                        .hint("end its name in .toml, or move it elsewhere"),
                );
            }
            Err(error) => problems.push(unreadable("people", &error)),
        }
    }
    files.sort_unstable();
    files
}

/// Reads one file into the sources.
pub(super) fn read_file(
    path: &Path,
    name: PathBuf,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<FileId> {
    let shown = escape(&name.to_string_lossy());
    // A link could show a reviewer's machine lines of files outside of the reviewed tree. Only the
    // trust file, which is no part of it, goes by its own path.
    if name != path && path.is_symlink() {
        problems.push(
            Diagnostic::error("linked-file", format!("`{shown}` is a symbolic link"))
                .hint("put the file itself there"),
        );
        return None;
    }
    let bytes = match read_bounded(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let limit = LARGEST_FILE / 1024 / 1024;
            problems.push(
                Diagnostic::error(
                    "file-too-large",
                    format!("`{shown}` is larger than {limit} MiB"),
                )
                .hint("split it: people can stand in any number of files in people/"),
            );
            return None;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            problems.push(
                Diagnostic::error("missing-file", format!("there is no `{shown}`")).hint(
                    "provisor.toml, profiles.toml, and people.toml or people/*.toml make a \
                     configuration; -C names its folder",
                ),
            );
            return None;
        }
        Err(error) => {
            problems.push(unreadable(&shown, &error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(sources.add(name, text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
            let line = before.matches('\n').count() + 1;
            problems.push(
                Diagnostic::error("not-utf8", format!("`{shown}` is not UTF-8 in line {line}"))
                    .hint("save it as UTF-8"),
            );
            None
        }
    }
}

/// A file's bytes; `None` if there are too many.
fn read_bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Asked before opening, since opening a pipe waits for whoever writes to it.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let file = File::open(path)?;
    if metadata.len() > LARGEST_FILE {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LARGEST_FILE).then_some(bytes))
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error("unreadable-file", format!("cannot read `{name}`: {error}"))
}
