//! Floor 8: simulated apps over real HTTP on loopback, to try a configuration before any
//! credential, to rehearse a change, and to test against.
//!
//! It knows nothing of the connectors: each kind of app is built from its vendor's published
//! interface, so that the two do not share a mistake.

mod app;
mod connection;
mod faults;
mod scim;
mod server;
mod spec;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use faults::{FailCall, FailStatus, Faults};
pub use spec::{AppSpec, Spec, UserSpec, schema};

use self::faults::Fates;
use self::server::{Served, Server};
use crate::base::Clock;
use crate::base::file::create_private_folder;
use crate::base::foreign::escape;

/// The sandbox's folder is waited for this long.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// The simulated apps of one configuration, served until dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    paths: BTreeMap<String, String>,
    _stop: oneshot::Sender<()>,
}

/// Why the sandbox does not start, or is not reset.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No simulation of this kind of app is built.
    #[error("the sandbox cannot simulate the app `{app}` of kind `{kind}`; it simulates: scim")]
    UnknownKind {
        /// The app.
        app: String,
        /// Its kind.
        kind: String,
    },
    /// The name would not survive in a path.
    #[error("the sandbox needs app names of letters, digits, `-` and `_`, unlike `{0}`")]
    Name(String),
    /// `sandbox.toml` describes an app that is not configured.
    #[error("sandbox.toml describes the app `{0}`, which provisor.toml does not configure")]
    UnknownApp(String),
    /// Another process holds the folder.
    #[error(
        "another provisor is using the sandbox in `{}`; wait for it, or stop its `provisor sandbox`",
        .0.display()
    )]
    InUse(PathBuf),
    /// The log of an app is not readable.
    #[error("the sandbox's data in `{}` cannot be used: {reason}; `provisor sandbox reset` starts anew", path.display())]
    Data {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder cannot be used.
    #[error("the sandbox cannot use `{}`: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// No listener.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {error}")]
    Listen {
        /// The port; 0 is any.
        port: u16,
        /// Why.
        #[source]
        error: io::Error,
    },
}

impl Sandbox {
    /// Starts `apps`, pairs of name and kind, on any free port. Their data is below `data_folder`;
    /// an app without data there starts with what `spec` says. Times are those of `clock`.
    ///
    /// Must be called inside of a tokio runtime, and serves for as long as that runs.
    pub async fn start(
        apps: &[(&str, &str)],
        spec: &Spec,
        data_folder: &Path,
        clock: Clock,
    ) -> Result<Self, SandboxError> {
        Self::start_on(0, apps, spec, data_folder, clock).await
    }

    /// [`Sandbox::start`] on a port of choice; 0 is any free one.
    pub async fn start_on(
        port: u16,
        apps: &[(&str, &str)],
        spec: &Spec,
        data_folder: &Path,
        clock: Clock,
    ) -> Result<Self, SandboxError> {
        check(apps, spec)?;
        let lock = lock(data_folder, clock).await?;
        let refused = |error| SandboxError::Listen { port, error };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;

        let mut served = BTreeMap::new();
        for (name, _) in apps {
            let app_spec = spec.apps.get(*name).cloned().unwrap_or_default();
            let path = format!("{name}/{}", scim::PATH);
            let log = log(data_folder, name);
            let app = scim::Scim::open(
                &log,
                name,
                format!("http://{address}/{path}"),
                &app_spec,
                clock,
            )
            .map_err(|error| SandboxError::Data {
                path: log,
                reason: error.to_string(),
            })?;
            served.insert(
                (*name).to_owned(),
                Served {
                    path,
                    token: token(name),
                    fates: Fates::new(app_spec.faults),
                    app: Box::new(app),
                },
            );
        }
        let paths = served
            .iter()
            .map(|(name, app)| (name.clone(), app.path.clone()));
        Ok(Self {
            address,
            paths: paths.collect(),
            _stop: Server { apps: served, lock }.serve(listener),
        })
    }

    /// The base URL of an app, without a slash at its end; `None` for an app that was not started.
    pub fn url(&self, app: &str) -> Option<String> {
        let path = self.paths.get(app)?;
        Some(format!("http://{}/{path}", self.address))
    }

    /// The bearer token that an app expects. It is no secret, and works nowhere else.
    pub fn token(&self, app: &str) -> SecretString {
        token(app).into()
    }
}

/// Forgets what the simulated apps hold: each starts again with what `sandbox.toml` says.
pub async fn reset(data_folder: &Path, clock: Clock) -> Result<(), SandboxError> {
    let _lock = lock(data_folder, clock).await?;
    let unusable = |error| SandboxError::Folder {
        path: data_folder.to_owned(),
        error,
    };
    for entry in std::fs::read_dir(data_folder).map_err(unusable)? {
        let path = entry.map_err(unusable)?.path();
        if path.extension().is_some_and(|extension| extension == LOG) {
            std::fs::remove_file(path).map_err(unusable)?;
        }
    }
    Ok(())
}

const LOG: &str = "ndjson";

fn log(data_folder: &Path, app: &str) -> PathBuf {
    data_folder.join(app).with_extension(LOG)
}

fn token(app: &str) -> String {
    format!("sandbox-token-of-{app}")
}

fn check(apps: &[(&str, &str)], spec: &Spec) -> Result<(), SandboxError> {
    for (name, kind) in apps {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(SandboxError::Name(escape(name)));
        }
        if *kind != scim::KIND {
            return Err(SandboxError::UnknownKind {
                app: escape(name),
                kind: escape(kind),
            });
        }
    }
    let unknown = |name: &&String| !apps.iter().any(|(app, _)| app == name);
    match spec.apps.keys().find(unknown) {
        Some(name) => Err(SandboxError::UnknownApp(escape(name))),
        None => Ok(()),
    }
}

/// Waits until no other process uses the folder. The kernel frees the lock of a process that died.
async fn lock(folder: &Path, clock: Clock) -> Result<File, SandboxError> {
    let unusable = |error| SandboxError::Folder {
        path: folder.to_owned(),
        error,
    };
    create_private_folder(folder).map_err(unusable)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(unusable)?;
    let waiting = clock.stopwatch();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if waiting.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(TryLockError::WouldBlock) => return Err(SandboxError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
    }
}
