//! Where an app's secrets come from: never from the files themselves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use crate::apps::CredentialSource;
use crate::base::document::Key;
use crate::base::{Diagnostic, Field, Fields, Form, Table, Value};
use crate::model::app::AppDescription;

use super::address::is_loopback;
use super::apps::Ground;
use super::name::invalid;
use super::secret::{is_random, secret_in_file};

/// Where one secret is kept.
pub(super) const SOURCE: Fields = Fields::new(&[
    Field::optional("env", Form::Text, "The name of an environment variable"),
    Field::optional(
        "file",
        Form::Text,
        "The path of a file that holds nothing else",
    ),
    Field::optional(
        "command",
        Form::Some(&Form::Text),
        "A program with its arguments, which prints it; it must be in the trust file",
    ),
])
.one_of(&[&["env"], &["file"], &["command"]]);

/// A key that names a secret, with a text as its value, beside `credentials` instead of in it.
pub(super) fn refuse_secrets(app: &Value<'_>, problems: &mut Vec<Diagnostic>) {
    const WORDS: [&str; 5] = ["token", "secret", "password", "key", "credential"];
    if !app.is_table() {
        return;
    }
    for (key, value) in app.entries(problems) {
        let name = key.name.to_lowercase();
        if value.as_text().is_some() && WORDS.iter().any(|word| name.contains(word)) {
            problems.push(secret_in_file(key.site, value.site()));
        }
    }
}

/// The `credentials` of an app, by name.
pub(super) fn credentials(
    table: &Table<'_>,
    description: Option<&AppDescription>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, CredentialSource> {
    let mut credentials = BTreeMap::new();
    let Some(value) = table.get("credentials") else {
        return credentials;
    };
    if value.as_text().is_some() {
        problems.push(secret_in_file(value.key, value.site()));
        return credentials;
    }
    for (key, value) in value.entries(problems) {
        if value.as_text().is_some() {
            problems.push(secret_in_file(key.site, value.site()));
            continue;
        }
        if let Some(description) = description
            && !description.credentials.concat().contains(&key.name)
        {
            let known = description.credentials.concat();
            problems.push(
                Diagnostic::error(
                    "unknown-credential",
                    format!("`{}` has no credential `{}`", description.kind, key.name),
                )
                .at(key.site, "")
                .hint(format!("known here: {}", known.join(", "))),
            );
        }
        if let Some(source) = credential(&value, ground, problems) {
            credentials.insert(key.name.to_owned(), source);
        }
    }
    credentials
}

/// Reports credentials with which nobody can sign in: not all of one way, or of two at once. An app
/// on this machine may need none.
pub(super) fn complete(
    table: &Table<'_>,
    description: &AppDescription,
    url: &Url,
    problems: &mut Vec<Diagnostic>,
) {
    let value = table.get("credentials");
    if value.is_some_and(|value| !value.is_table()) {
        // Of another shape: reported where it was read.
        return;
    }
    // Read before: what is wrong with an entry has been told.
    let entries = value.map(|value| value.entries(&mut Vec::new()));
    let given: Vec<&str> = entries.iter().flatten().map(|(key, _)| key.name).collect();
    let ways = description.credentials;
    let has = |way: &[&str], name: &str| way.contains(&name);
    if !given
        .iter()
        .all(|name| ways.iter().any(|way| has(way, name)))
    {
        return;
    }
    let hint = {
        let ways: Vec<String> = ways.iter().map(|way| quoted(way)).collect();
        format!("it takes {}", ways.join(", or "))
    };
    let site = value.map_or(table.site, |value| value.key);
    let begun = ways
        .iter()
        .find(|way| given.iter().all(|name| has(way, name)));
    problems.push(
        match begun {
            _ if given.is_empty() && is_loopback(url) => return,
            Some(_) if given.is_empty() => {
                let message = format!("`{}` needs credentials", description.kind);
                Diagnostic::error("missing-credential", message)
            }
            Some(way) => {
                let missing = way.iter().filter(|name| !given.contains(name));
                let missing: Vec<&str> = missing.copied().collect();
                if missing.is_empty() {
                    return;
                }
                let message = format!(
                    "with {}, {} must be named",
                    quoted(&given),
                    quoted(&missing)
                );
                Diagnostic::error("missing-credential", message)
            }
            None => {
                let message = format!("{} are of two ways to sign in", quoted(&given));
                Diagnostic::error("mixed-credentials", message)
            }
        }
        .at(site, "")
        .hint(hint),
    );
}

/// `a`, `b` and `c`, quoted.
fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Where one secret is kept.
pub(super) fn credential(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<CredentialSource> {
    const ONE: &str = "one of { env = \"..\" }, { file = \"..\" } and { command = [..] }";
    if value.is_table() {
        // Beside the three places that can be named, a text can only be the secret itself.
        let misplaced = |(key, value): &(Key<'_>, Value<'_>)| {
            !SOURCE.names().any(|known| known == key.name) && value.as_text().is_some()
        };
        let written: Vec<_> = value
            .entries(problems)
            .into_iter()
            .filter(misplaced)
            .collect();
        if !written.is_empty() {
            let report =
                |(key, value): &(Key<'_>, Value<'_>)| secret_in_file(key.site, value.site());
            problems.extend(written.iter().map(report));
            return None;
        }
    }
    let table = value.table(&SOURCE, problems)?;
    let given = [table.get("env"), table.get("file"), table.get("command")];
    match given {
        [Some(env), None, None] => {
            let name = env.text(problems)?;
            if name.trim().is_empty() {
                let hint = "as in { env = \"DIRECTORY_TOKEN\" }";
                problems.push(invalid(
                    env.site(),
                    "the name of a variable is missing",
                    hint,
                ));
                return None;
            }
            let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain || is_random(name) {
                // Not the name of a variable: then it is what should be in the variable.
                problems.push(secret_in_file(env.key, env.site()));
                return None;
            }
            Some(CredentialSource::Environment(name.to_owned()))
        }
        [None, Some(file), None] => {
            let path = ground.folder.join(PathBuf::from(file.text(problems)?));
            Some(CredentialSource::File(
                std::path::absolute(&path).unwrap_or(path),
            ))
        }
        [None, None, Some(list)] => {
            let words = list.texts(problems).into_iter();
            let command: Vec<String> = words.map(|(word, _)| word.to_owned()).collect();
            if command.is_empty() {
                problems.push(invalid(list.site(), "no program", "name a program"));
                return None;
            }
            if !ground.trusted.command(&command) {
                problems.push(
                    Diagnostic::error(
                        "untrusted-command",
                        "nobody trusts this command to be run for a credential",
                    )
                    .at(list.site(), "")
                    .hint(
                        "add it to `commands` in the file that PROVISOR_TRUST names, outside of \
                         the reviewed tree",
                    ),
                );
            }
            Some(CredentialSource::Command(command))
        }
        _ => {
            problems.push(value.wrong_shape(ONE));
            None
        }
    }
}
