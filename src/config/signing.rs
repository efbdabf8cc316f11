//! `[state] sign_with`: the key that signs snapshots. Never a command: a pull request must not be able
//! to run a program by it.

use std::path::{Path, PathBuf};

use crate::base::{Diagnostic, Field, Fields, Form, Table};

/// `[state] sign_with`
pub(super) const SIGN_WITH: Fields = Fields::new(&[
    Field::optional(
        "file",
        Form::Text,
        "The path of an SSH key: a private one, or the public half of one that an agent holds",
    ),
    Field::optional(
        "env",
        Form::Text,
        "The environment variable that holds such a path",
    ),
])
.one_of(&[&["file"], &["env"]]);

/// Where the key is that signs snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignWith {
    /// In a file.
    File {
        /// Its path.
        path: PathBuf,
        /// As it is written.
        written: String,
    },
    /// At the path that this environment variable holds.
    Env(String),
}

impl SignWith {
    /// As the files name it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::File { written, .. } => format!("file {written}"),
            Self::Env(name) => format!("env {name}"),
        }
    }
}

/// Reads it. What is wrong with it is a problem of the files: nobody goes on without a signature
/// that they asked for.
pub(super) fn sign_with(
    state: &Table<'_>,
    folder: &Path,
    problems: &mut Vec<Diagnostic>,
) -> Option<SignWith> {
    let table = state.get("sign_with")?.table(&SIGN_WITH, problems)?;
    match (table.get("file"), table.get("env")) {
        (Some(file), None) => {
            let written = file.text(problems)?.to_owned();
            let path = folder.join(&written);
            Some(SignWith::File { path, written })
        }
        (None, Some(env)) => Some(SignWith::Env(env.text(problems)?.to_owned())),
        _ => {
            problems.push(
                Diagnostic::error("wrong-shape", "not where a key is kept")
                    .at(table.site, "")
                    .hint("one of { file = \"..\" } and { env = \"..\" }"),
            );
            None
        }
    }
}
