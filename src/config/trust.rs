//! Whom credentials may be sent to, and which programs may be run for them: said outside of the
//! tree that pull requests change (DESIGN.md, section 10).

use std::path::{Path, PathBuf};

use crate::base::{Diagnostic, Document, Field, Fields, Form, Sources};

use super::files::read_file;

/// All of the trust file.
pub(super) const ROOT: Fields = Fields::new(&[
    Field::optional(
        "hosts",
        Form::List(&Form::Text),
        "Hosts that credentials and notices may be sent to, exactly these; without a port: any port",
    ),
    Field::optional(
        "commands",
        Form::List(&Form::Either(&Form::Text, &Form::List(&Form::Text))),
        "Programs that may be run for credentials: with exactly these arguments, or with any",
    ),
]);

/// Names the trust file, if there is one.
///
/// ```toml
/// hosts = ["scim.example.com", "scim.example.com:8443"]   # exactly these; without a port: any
/// commands = [
///     ["op", "read", "op://it/directory/token"],          # exactly this program and arguments
///     "vault",                                            # this program, with any arguments
/// ]
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trust {
    path: Option<PathBuf>,
}

impl Trust {
    /// Trusts loopback only, and no program.
    pub fn none() -> Self {
        Self::default()
    }

    /// Trusts what a file says. It is read with the configuration, so that its mistakes are
    /// reported with the others; one inside of the reviewed tree is refused.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Some(path.into()),
        }
    }

    /// Reads the trust file.
    pub(super) fn read(
        &self,
        folder: &Path,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Trusted {
        let Some(path) = &self.path else {
            return Trusted::default();
        };
        let Some(file) = read_file(path, path.clone(), sources, problems) else {
            return Trusted::default();
        };
        if is_reviewed(path, folder) {
            problems.push(
                Diagnostic::error(
                    "trust-inside-tree",
                    "the trust file is inside of the tree that it is to protect",
                )
                .hint("move it to where a pull request cannot change it"),
            );
            return Trusted::default();
        }
        let text = &sources.file(file).text;
        Document::read(file, text, 0, problems, trusted)
    }
}

fn trusted(document: &Document<'_>, problems: &mut Vec<Diagnostic>) -> Trusted {
    let root = document.root(&ROOT, problems);
    let mut trusted = Trusted::default();
    if let Some(hosts) = root.get("hosts") {
        let hosts = hosts.texts(problems).into_iter();
        trusted.hosts = Hosts(hosts.map(|(host, _)| host.to_lowercase()).collect());
    }
    for command in root.list("commands", problems) {
        if let Some(program) = command.as_text() {
            trusted.programs.push(program.to_owned());
        } else {
            let words = command.texts(problems).into_iter();
            let words = words.map(|(word, _)| word.to_owned());
            trusted.commands.push(words.collect());
        }
    }
    trusted
}

/// True for a path in the configuration's folder, or in the Git work tree around it.
fn is_reviewed(path: &Path, folder: &Path) -> bool {
    let (Ok(path), Ok(folder)) = (path.canonicalize(), folder.canonicalize()) else {
        return true;
    };
    let tree = folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
        .unwrap_or(&folder);
    path.starts_with(tree)
}

/// The hosts that a trust file lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// These.
    #[cfg(test)]
    pub fn of<const N: usize>(hosts: [&str; N]) -> Self {
        Self(hosts.map(str::to_owned).into())
    }

    /// True if the URL's host is listed, with any port or with the URL's.
    pub fn has(&self, url: &url::Url) -> bool {
        let port = url.port_or_known_default().unwrap_or(0);
        url.host_str().is_some_and(|host| self.names(host, port))
    }

    /// True if a host in lower case is listed, with any port or with this one.
    pub fn names(&self, host: &str, port: u16) -> bool {
        let with_port = format!("{host}:{port}");
        self.0
            .iter()
            .any(|trusted| trusted == host || *trusted == with_port)
    }
}

/// What a trust file says.
#[derive(Debug, Default)]
pub(super) struct Trusted {
    pub(super) hosts: Hosts,
    programs: Vec<String>,
    commands: Vec<Vec<String>>,
}

impl Trusted {
    /// True if credentials may be sent to the URL's host. Loopback is not asked about here.
    pub fn host(&self, url: &url::Url) -> bool {
        self.hosts.has(url)
    }

    /// True if the program may be run with these arguments.
    pub fn command(&self, command: &[String]) -> bool {
        self.commands.iter().any(|trusted| trusted == command)
            || command
                .first()
                .is_some_and(|program| self.programs.contains(program))
    }
}
