//! What ends a command early, and the exit code that follows from it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::apply::RunError;
use crate::base::{Diagnostic, Sources};
use crate::sandbox::SandboxError;
use crate::state::{LockError, StateError};

use super::exit::Exit;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The files break the structure.
    #[error("the files have problems")]
    Files {
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
        /// Where.
        sources: Arc<Sources>,
    },
    /// `--sandbox` without `sandbox.toml`.
    #[error("cannot read {}", path.display())]
    NoSandbox {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The sandbox does not start.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A run did not come to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// No lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No snapshot of that number.
    #[error("there is no snapshot {0}")]
    NoSnapshot(u64),
    /// `--as-of` is neither a day nor an instant.
    #[error("`{0}` is neither a day nor an instant")]
    AsOf(String),
    /// Nobody can be asked.
    #[error("apply asks before it acts, and there is no terminal to ask on")]
    NobodyToAsk,
    /// The operating system refuses what every program needs.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    /// The sandbox is reset while its data cannot be removed.
    #[error("cannot remove {}", path.display())]
    Remove {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

impl Trouble {
    /// The exit code that follows.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Lock(LockError::Held { .. }) | Self::Sandbox(SandboxError::InUse(_)) => {
                Exit::Locked
            }
            Self::AsOf(_) | Self::NobodyToAsk => Exit::Usage,
            Self::Run(RunError::Broken(_)) => Exit::Unfinished,
            _ => Exit::Error,
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSandbox { .. } => Some(
                "sandbox.toml says what the simulated apps start with; examples/minimal has one",
            ),
            Self::AsOf(_) => {
                Some("write a day, 2026-03-17, or an instant, 2026-03-17T09:00:00-08:00")
            }
            Self::NobodyToAsk => Some("in a script, say --yes"),
            Self::Run(RunError::Broken(_)) => Some(
                "see that the state's folder can be written to, and run again: what had begun is \
                 looked up first",
            ),
            Self::NoSnapshot(_) => Some("`provisor snapshot list` lists them"),
            Self::Lock(LockError::Held { .. }) => {
                Some("wait for it to end; a run that died holds no lock")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waited_in_vain_is_told_that_it_was_for_another() {
        let in_use = Trouble::from(SandboxError::InUse(".provisor/sandbox".into()));
        assert_eq!(in_use.exit(), Exit::Locked);
        let held = Trouble::from(LockError::Held { owner: None });
        assert_eq!(held.exit(), Exit::Locked);
    }
}
