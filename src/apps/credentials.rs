//! Where secrets come from. The only file that reads the environment for them.
//!
//! A failure names the source, never the value.

use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::base::foreign::escape;
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;

use super::CredentialSource;

/// How long a program may take: password managers ask for a fingerprint.
const PROGRAM: Duration = Duration::from_mins(1);

/// No secret is larger.
const LARGEST: u64 = 64 * 1024;

/// Fetches a secret of one line: what can stand in a header.
pub async fn resolve(source: &CredentialSource, app: &AppName) -> Result<SecretString, Failure> {
    let line = line(source).await;
    line.map_err(|problem| failure(source, app, &problem))
}

impl CredentialSource {
    /// Fetches a secret of one line that is no app's. What went wrong is told with where the secret
    /// should be, and without any of it.
    pub async fn fetch(&self) -> Result<SecretString, String> {
        let line = line(self).await;
        line.map_err(|problem| format!("{}: {problem}", words(self)))
    }
}

async fn line(source: &CredentialSource) -> Result<SecretString, String> {
    let secret = text(source).await?;
    let text = secret.expose_secret();
    let text = match source {
        CredentialSource::Command(_) => text.lines().next().unwrap_or_default(),
        _ => text,
    };
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("it holds a line break or another character that no token has".to_owned());
    }
    Ok(SecretString::from(text))
}

/// Fetches a secret of several lines: a private key.
pub async fn resolve_text(
    source: &CredentialSource,
    app: &AppName,
) -> Result<SecretString, Failure> {
    let text = text(source).await;
    text.map_err(|problem| failure(source, app, &problem))
}

async fn text(source: &CredentialSource) -> Result<SecretString, String> {
    let text = match source {
        CredentialSource::Fixed(secret) => return Ok(secret.clone()),
        CredentialSource::Environment(name) => environment(name),
        CredentialSource::File(path) => read(path).await,
        CredentialSource::Command(words) => run(words, PROGRAM).await,
    }?;
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(SecretString::from(text))
}

/// The failure of a secret that cannot be used.
pub fn failure(source: &CredentialSource, app: &AppName, problem: &str) -> Failure {
    let what = format!("reading a credential from {}: {problem}", words(source));
    Failure::new(app, FailureKind::Unauthorized, what)
}

/// Where a secret should be.
fn words(source: &CredentialSource) -> String {
    match source {
        CredentialSource::Environment(name) => format!("the environment variable {}", escape(name)),
        CredentialSource::File(path) => format!("the file {}", escape(&path.to_string_lossy())),
        CredentialSource::Command(words) => format!(
            "the program {}",
            escape(words.first().map_or("", String::as_str))
        ),
        CredentialSource::Fixed(_) => "the value at hand".to_owned(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the configuration names the variable that holds the secret"
)]
fn environment(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(value) => Ok(value.trim_end_matches(['\r', '\n']).to_owned()),
        Err(std::env::VarError::NotPresent) => Err("it is not set".to_owned()),
        Err(std::env::VarError::NotUnicode(_)) => Err("it is not text".to_owned()),
    }
}

async fn read(path: &std::path::Path) -> Result<String, String> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| error.kind().to_string())?;
    let text = bounded(file).await?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What a program prints. It gets no input, and what it says on its error output is
/// not passed on: it may hold the secret.
async fn run(words: &[String], limit: Duration) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("no program is named")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be started ({})", error.kind()))?;
    let output = child.stdout.take().ok_or("it has no output")?;
    let finished = tokio::time::timeout(limit, async {
        let text = bounded(output).await?;
        let status = child
            .wait()
            .await
            .map_err(|error| error.kind().to_string())?;
        if status.success() {
            Ok(text)
        } else {
            Err(format!("it failed ({status}); run it by hand to see why"))
        }
    });
    let text = finished
        .await
        .map_err(|_| format!("it took longer than {} s", limit.as_secs()))??;
    Ok(text)
}

async fn bounded(source: impl tokio::io::AsyncRead + Unpin) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut source = source.take(LARGEST + 1);
    source
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| error.kind().to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is too large for a secret".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(source: CredentialSource) -> Result<String, String> {
        match resolve(&source, &"app".into()).await {
            Ok(secret) => Ok(secret.expose_secret().to_owned()),
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::Unauthorized);
                Err(format!("{failure} {failure:?}"))
            }
        }
    }

    fn shell(script: &str) -> CredentialSource {
        CredentialSource::Command(vec!["sh".into(), "-c".into(), script.into()])
    }

    #[tokio::test]
    async fn a_file_loses_the_line_break_at_its_end_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let file = CredentialSource::File(path.clone());
        std::fs::write(&path, "s3cret \r\n").unwrap();
        assert_eq!(ask(file.clone()).await.unwrap(), "s3cret ");
        std::fs::write(&path, "s3cret\nInjected: yes").unwrap();
        let error = ask(file.clone()).await.unwrap_err();
        assert!(
            error.contains("line break") && !error.contains("s3cret"),
            "{error}"
        );
        std::fs::write(&path, "\n").unwrap();
        assert!(ask(file.clone()).await.unwrap_err().contains("empty"));
        std::fs::write(&path, vec![b'x'; 100_000]).unwrap();
        assert!(ask(file).await.unwrap_err().contains("too large"));
        let missing = CredentialSource::File(folder.path().join("none"));
        assert!(ask(missing).await.unwrap_err().contains("not found"));
    }

    #[tokio::test]
    async fn a_key_keeps_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        for source in [CredentialSource::File(path), shell("echo one; echo two")] {
            let text = resolve_text(&source, &"app".into()).await.unwrap();
            assert_eq!(text.expose_secret().trim_end(), "one\ntwo");
        }
        assert!(resolve_text(&shell("true"), &"app".into()).await.is_err());
    }

    #[tokio::test]
    async fn a_program_gives_its_first_line_gets_no_input_and_may_not_fail() {
        assert_eq!(ask(shell("echo one; echo two")).await.unwrap(), "one");
        assert_eq!(ask(shell("cat; echo end")).await.unwrap(), "end");
        let error = ask(shell("echo s3cret; echo s3cret >&2; exit 3"))
            .await
            .unwrap_err();
        assert!(
            error.contains("failed") && !error.contains("s3cret"),
            "{error}"
        );
        let none = CredentialSource::Command(vec!["/no/such/program".into()]);
        assert!(ask(none).await.unwrap_err().contains("cannot be started"));
        let slow = run(&["sleep".into(), "60".into()], Duration::from_millis(10)).await;
        assert!(slow.unwrap_err().contains("longer"));
    }

    #[tokio::test]
    async fn a_variable_that_is_not_set_is_named() {
        let source = CredentialSource::Environment("PROVISOR_NO_SUCH_VARIABLE".into());
        assert!(
            ask(source)
                .await
                .unwrap_err()
                .contains("PROVISOR_NO_SUCH_VARIABLE")
        );
    }
}
