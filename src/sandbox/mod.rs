//! Floor 8: simulated apps over real HTTP on loopback, to try a configuration before any
//! credential, to rehearse a change, and to test against.
//!
//! It knows nothing of the connectors: each kind of app is built from its vendor's published
//! interface, so that the two do not share a mistake.

mod app;
mod connection;
mod damage;
mod fates;
mod faults;
mod invitations;
mod okta;
mod recorder;
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
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use faults::{At, Calls, FailCall, FailStatus, Fault, Faults, Strike};
pub use invitations::{Days, InvitationSpec};
pub use recorder::Exchange;
pub use spec::{
    AppSpec, AssignSpec, CascadeDelay, Instant, RuleSpec, Spec, StatusSpec, UserSpec, schema,
};

use self::app::{Simulated, Target};
use self::damage::Pages;
use self::fates::Fates;
use self::recorder::Recorder;
use self::server::{Served, Server};
use self::store::StoreError;
use crate::base::Clock;
use crate::base::file::create_private_folder;
use crate::base::foreign::escape;

/// The sandbox's folder is waited for this long.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// An app to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// Its kind: `okta` or `scim`.
    pub kind: &'a str,
    /// Whose SCIM it is. A server that follows the RFC is simulated without a name, and for one
    /// that is not known here.
    pub dialect: Option<&'a str>,
}

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
    #[error(
        "the sandbox cannot simulate the app `{app}` of kind `{kind}`; it simulates: okta, scim"
    )]
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
    /// `assigns` of `sandbox.toml` names an app in which no accounts can be made.
    #[error(
        "sandbox.toml says that `{app}` assigns `{assigned}`, which is no configured app of kind `scim`"
    )]
    Assigned {
        /// The app that assigns.
        app: String,
        /// What it assigns.
        assigned: String,
    },
    /// A fault of `sandbox.toml` means nothing to this app.
    #[error("sandbox.toml asks `{app}` for the fault `{fault}`: {why}")]
    Fault {
        /// The app.
        app: String,
        /// The fault, as it is written.
        fault: &'static str,
        /// Why it means nothing there.
        why: &'static str,
    },
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
    /// Starts `apps` on any free port. Their data is below `data_folder`; an app without data there
    /// starts with what `spec` says. Times are those of `clock`.
    ///
    /// Must be called inside of a tokio runtime, and serves for as long as that runs.
    pub async fn start(
        apps: &[Simulation<'_>],
        spec: &Spec,
        data_folder: &Path,
        clock: Clock,
    ) -> Result<Self, SandboxError> {
        Self::start_on(0, apps, spec, data_folder, clock).await
    }

    /// [`Sandbox::start`] on a port of choice; 0 is any free one.
    pub async fn start_on(
        port: u16,
        apps: &[Simulation<'_>],
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

        let ground = Ground {
            address,
            spec,
            data_folder,
            clock,
        };
        let served = ground.open_all(apps)?;
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

/// What every app stands on.
struct Ground<'a> {
    address: SocketAddr,
    spec: &'a Spec,
    data_folder: &'a Path,
    clock: Clock,
}

impl Ground<'_> {
    /// Opens the apps in which accounts are made before those that make them.
    fn open_all(&self, apps: &[Simulation<'_>]) -> Result<BTreeMap<String, Served>, SandboxError> {
        let mut served = BTreeMap::new();
        let mut targets = okta::Targets::new();
        for app in apps.iter().filter(|app| app.kind == scim::KIND) {
            let spec = self.spec.apps.get(app.name);
            let invites = spec.is_some_and(|spec| spec.invitations.is_some());
            let dialect = scim::Dialect::named(app.dialect, invites);
            let path = format!("{}/{}", app.name, dialect.path);
            let simulated = self.open(app.name, &path, |log, base, spec| {
                scim::Scim::open(log, app.name, dialect, base, spec, self.clock)
            })?;
            let target: Arc<dyn Target> = Arc::clone(&simulated) as _;
            targets.insert(app.name.to_owned(), target);
            served.insert(app.name.to_owned(), self.serve(app.name, path, simulated)?);
        }
        for app in apps.iter().filter(|app| app.kind == okta::KIND) {
            let path = app.name.to_owned();
            let simulated = self.open(app.name, &path, |log, base, spec| {
                okta::Okta::open(log, app.name, base, spec, self.clock, targets.clone())
            })?;
            served.insert(app.name.to_owned(), self.serve(app.name, path, simulated)?);
        }
        Ok(served)
    }

    fn open<A>(
        &self,
        name: &str,
        path: &str,
        open: impl FnOnce(&Path, String, &AppSpec) -> Result<A, StoreError>,
    ) -> Result<Arc<A>, SandboxError> {
        let log = log(self.data_folder, name);
        let base = format!("http://{}/{path}", self.address);
        let spec = self.spec.apps.get(name).cloned().unwrap_or_default();
        let opened = open(&log, base, &spec);
        opened.map(Arc::new).map_err(|error| SandboxError::Data {
            path: log,
            reason: error.to_string(),
        })
    }

    fn serve(
        &self,
        name: &str,
        path: String,
        app: Arc<dyn Simulated>,
    ) -> Result<Served, SandboxError> {
        let faults = self.spec.apps.get(name).map(|spec| spec.faults.clone());
        let file = exchanges(self.data_folder, name);
        let recorder = self.spec.record.then(|| Recorder::open(&file)).transpose();
        let unusable = |error| SandboxError::Folder { path: file, error };
        Ok(Served {
            path,
            token: token(name),
            fates: Fates::new(faults.unwrap_or_default()),
            pages: Pages::default(),
            app,
            recorder: recorder.map_err(unusable)?,
        })
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

/// Where the exchanges with an app are noted, one [`Exchange`] to a line.
pub fn exchanges(data_folder: &Path, app: &str) -> PathBuf {
    data_folder.join(format!("{app}.exchanges.{LOG}"))
}

fn token(app: &str) -> String {
    format!("sandbox-token-of-{app}")
}

/// Whether these apps can be simulated, and `spec` speaks of no others.
pub fn check(apps: &[Simulation<'_>], spec: &Spec) -> Result<(), SandboxError> {
    for app in apps {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if app.name.is_empty() || !app.name.bytes().all(plain) {
            return Err(SandboxError::Name(escape(app.name)));
        }
        if ![okta::KIND, scim::KIND].contains(&app.kind) {
            return Err(SandboxError::UnknownKind {
                app: escape(app.name),
                kind: escape(app.kind),
            });
        }
    }
    for (name, described) in &spec.apps {
        let Some(app) = apps.iter().find(|app| app.name == name) else {
            return Err(SandboxError::UnknownApp(escape(name)));
        };
        for strike in &described.faults.strikes {
            if let Some((fault, why)) = meaningless(app, strike.fault) {
                let app = escape(name);
                return Err(SandboxError::Fault { app, fault, why });
            }
        }
        for assign in &described.assigns {
            let assigned = assign.app.get_ref();
            let is_target = |app: &Simulation<'_>| app.name == assigned && app.kind == scim::KIND;
            if !apps.iter().any(is_target) {
                return Err(SandboxError::Assigned {
                    app: escape(name),
                    assigned: escape(assigned),
                });
            }
        }
    }
    Ok(())
}

/// A fault that means nothing to a kind of app, and why.
fn meaningless(app: &Simulation<'_>, fault: Fault) -> Option<(&'static str, &'static str)> {
    let words = match app.kind {
        scim::KIND => scim::Dialect::named(app.dialect, false).has_seats(),
        _ => false,
    };
    match fault {
        Fault::NoSeats if !words => Some(("no seats", "how its vendor says so is not documented")),
        Fault::MovedTotal if app.kind == okta::KIND => {
            Some(("moved total", "Okta tells no totals"))
        }
        Fault::ShortPage if app.kind == okta::KIND => Some((
            "short page",
            "Okta tells no totals, so its pages may be of any length",
        )),
        _ => None,
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
