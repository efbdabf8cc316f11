//! Signatures of snapshots, made and checked by `ssh-keygen` as a program.
//!
//! A signature lies beside its manifest and has the manifest's digest in its name, so that it can be
//! made before the manifest is: whoever loses the race for a serial number leaves a signature of
//! what never was, and no manifest is ever without its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::base::Digest;

use super::StateError;
use super::store::Store;

/// What a signature is for: no other program's signature is taken for one of a snapshot.
pub const NAMESPACE: &str = "provisor-snapshot";
/// Whoever must touch a security key has so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// The key that signs snapshots: a file that holds a private key, or the public half of one that an
/// agent holds. Never a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey(pub PathBuf);

/// A file that says who may sign, as `ssh-keygen` reads it (ALLOWED SIGNERS in its manual).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSigners(pub PathBuf);

/// A signature, as its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Of which snapshot.
    pub(super) serial: u64,
    /// Of which content.
    pub(super) digest: Digest,
}

impl Signature {
    /// The signature of a name below `snapshots/`, if it is one.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (serial, digest) = name.strip_suffix(".sig")?.split_once('-')?;
        let signature = Self {
            serial: serial.parse().ok()?,
            digest: digest.parse().ok()?,
        };
        signature.key().ends_with(name).then_some(signature)
    }

    /// Its key.
    pub(super) fn key(&self) -> String {
        format!("snapshots/{:08}-{}.sig", self.serial, self.digest)
    }
}

/// Signs a manifest. What cannot be signed is not to be written.
pub(super) async fn sign(
    store: &Store,
    key: &SigningKey,
    serial: u64,
    manifest: &[u8],
) -> Result<(), StateError> {
    let digest = Digest::of(manifest);
    let signature = signed(key, manifest).await.map_err(unsigned)?;
    let piece = Signature { serial, digest }.key();
    // Of the same content there may be one already: it is as good.
    let _made_or_existed = store.create(&piece, Bytes::from(signature)).await?;
    Ok(())
}

/// Whether a key can sign, before anything depends on it.
pub async fn probe(key: &SigningKey) -> Result<(), StateError> {
    signed(key, b"provisor").await.map(drop).map_err(unsigned)
}

async fn signed(SigningKey(key): &SigningKey, content: &[u8]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(key);
    run(command, content).await
}

fn unsigned(why: String) -> StateError {
    StateError::Unsigned { why }
}

/// Who signed a manifest, or why nobody who may did.
pub(super) async fn check(
    store: &Store,
    signature: &Signature,
    manifest: &str,
    AllowedSigners(signers): &AllowedSigners,
    at: Timestamp,
) -> Result<Result<String, String>, StateError> {
    let (Some(signed), Some(content)) = (
        store.get(&signature.key()).await?,
        store.get(manifest).await?,
    ) else {
        return Ok(Err("it is not there any more".to_owned()));
    };
    let file = kept(&signed).map_err(|source| StateError::Store {
        verb: "copy",
        piece: signature.key(),
        source,
    })?;
    Ok(checked(file.path(), &content, signers, at).await)
}

/// A signature as a file, since the program takes no other.
fn kept(signature: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(signature)?;
    file.flush()?;
    Ok(file)
}

async fn checked(
    signature: &Path,
    content: &[u8],
    signers: &Path,
    at: Timestamp,
) -> Result<String, String> {
    // A key that may sign no more may have signed then.
    let time = format!("verify-time={}", at.strftime("%Y%m%d%H%M%SZ"));
    let ask = |verb: &str| {
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", verb, "-n", NAMESPACE, "-O", &time, "-f"]);
        command.arg(signers).arg("-s").arg(signature);
        command
    };
    let found = run(ask("find-principals"), b"").await?;
    let found = String::from_utf8_lossy(&found);
    let mut why = "nobody who may sign has its key".to_owned();
    for principal in found.lines() {
        let mut command = ask("verify");
        command.arg("-I").arg(principal);
        match run(command, content).await {
            Ok(_) => return Ok(principal.to_owned()),
            Err(said) => why = said,
        }
    }
    Err(why)
}

/// Runs `ssh-keygen` and hands it its input. It may ask on the terminal for a passphrase.
async fn run(mut command: Command, input: &[u8]) -> Result<Vec<u8>, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).kill_on_drop(true);
    let failed = |error: std::io::Error| format!("ssh-keygen: {error}");
    let mut child = command.spawn().map_err(failed)?;
    let mut stdin = child.stdin.take().expect("it was piped");
    let ended = async {
        // It may refuse before it has read all.
        let _ = stdin.write_all(input).await;
        drop(stdin);
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(PATIENCE, ended).await;
    let output = output.map_err(|_| "ssh-keygen did not answer".to_owned())?;
    let output = output.map_err(failed)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(last.unwrap_or("ssh-keygen refuses it").trim().to_owned())
}
