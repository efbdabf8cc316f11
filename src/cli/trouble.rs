//! What ends a command early, and the exit code that follows from it.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::apply::RunError;
use crate::base::foreign::escape;
use crate::base::source::Location;
use crate::base::{Diagnostic, Sources};
use crate::model::name::{AppName, PersonId};
use crate::model::notice::Occasion;
use crate::plan::Stale;
use crate::plan::saved::Unreadable;
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
    /// No snapshot of that day or before.
    #[error("there is no snapshot of {0} or before")]
    NoSnapshotThen(jiff::civil::Date),
    /// No snapshot at all.
    #[error("there is no snapshot yet")]
    NoSnapshotYet,
    /// `state init` where something was recorded already (R25).
    #[error("the state has {0} already: nothing was written")]
    Begun(&'static str),
    /// Git does not give a revision of the files.
    #[error("cannot compare with `{reference}`: {why}")]
    Revision {
        /// As it was written.
        reference: String,
        /// What is in the way.
        why: String,
    },
    /// A report that is asked for in a format that it does not have.
    #[error("this report has no such format")]
    NoSuchFormat(&'static str),
    /// `--as-of` is neither a day nor an instant.
    #[error("`{0}` is neither a day nor an instant")]
    AsOf(String),
    /// `--allow` of another number than the plan has.
    #[error("`--allow {said}` does not say what the plan says")]
    Allowed {
        /// As it was written.
        said: String,
        /// What the plan has of it, if anything.
        right: Option<String>,
    },
    /// `--due` without anything that was reviewed before (R25).
    #[error("nobody reviewed anything yet: there is no snapshot to tell what is due since")]
    NothingReviewed,
    /// The command line makes no sense, and a machine reads why.
    #[error("the command line makes no sense: {0}")]
    Arguments(String),
    /// Whoever was asked did not agree.
    #[error("nothing was ordered and nothing changed")]
    NotAgreed,
    /// There is no order of that number.
    #[error("there is no order {0}")]
    NoOrder(u64),
    /// `--leaver` of somebody whom the files do not have at work at that moment.
    #[error(
        "{} {} at that moment, by {}",
        escape(person.as_str()),
        if *begins { "has not begun" } else { "has left" },
        escape(&entry.to_string())
    )]
    NotAtWork {
        /// Who.
        person: PersonId,
        /// They begin later.
        begins: bool,
        /// Their entry.
        entry: Location,
    },
    /// Nobody can be asked.
    #[error("this asks before it acts, and there is no terminal to ask on")]
    NobodyToAsk,
    /// The operating system refuses what every program needs.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    /// A file that was named cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A file is no saved plan that may be believed.
    #[error("{} is no plan to go by", path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: Unreadable,
        /// The exit code that follows.
        refused: Exit,
    },
    /// A saved plan is refused as a whole (R23).
    #[error(transparent)]
    Stale(#[from] Stale),
    /// A file that was asked for cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// `init` where there is something already.
    #[error("{} already: nothing was written", there_is(paths))]
    Occupied {
        /// What is in the way.
        paths: Vec<PathBuf>,
    },
    /// `--notify` where no channel is told of the command.
    #[error("no channel of provisor.toml is told of `{}`", .0.word())]
    NobodyToTell(Occasion),
    /// `state prune` where evidence was touched.
    #[error("not everything in the state is as a run left it: nothing was pruned")]
    Unsound,
    /// `[state] sign_with` names a variable that is not set.
    #[error("snapshots are to be signed, and the variable {0} does not name a key")]
    NoSigningKey(String),
    /// `explain` of an app that the files do not have.
    #[error("provisor.toml has no app `{name}`")]
    NoApp {
        /// As it was written.
        name: String,
        /// What may have been meant.
        nearest: Option<AppName>,
    },
    /// `access` of a kind of entitlement that an app does not have.
    #[error("{app} has no kind of entitlement `{kind}`")]
    NoKind {
        /// Where.
        app: AppName,
        /// As it was written.
        kind: String,
        /// Those that it has.
        kinds: Vec<String>,
    },
    /// `explain` of nobody.
    #[error("nobody has the id, the email or the name `{text}`")]
    Nobody {
        /// As it was written.
        text: String,
        /// Who may have been meant.
        nearest: Vec<String>,
    },
    /// `explain` of several people at once.
    #[error("{} people are called `{text}`", people.len())]
    Several {
        /// As it was written.
        text: String,
        /// Each with their id.
        people: Vec<String>,
    },
    /// `report leaver` of somebody who has not left.
    #[error("{person} has not left: there is no end of access to certify")]
    NotLeft {
        /// The name, and the id.
        person: String,
    },
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
            Self::AsOf(_)
            | Self::Arguments(_)
            | Self::NobodyToAsk
            | Self::NobodyToTell(_)
            | Self::NoOrder(_)
            | Self::NotAtWork { .. }
            | Self::NoSuchFormat(_)
            | Self::NoApp { .. }
            | Self::NoKind { .. }
            | Self::Nobody { .. }
            | Self::NotLeft { .. }
            | Self::Several { .. } => Exit::Usage,
            Self::Run(RunError::Broken { .. }) | Self::NotAgreed => Exit::Unfinished,
            Self::Stale(_) => Exit::Stale,
            Self::NoPlan { refused, .. } => *refused,
            _ => Exit::Error,
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let words = match self {
            Self::NoApp { nearest, .. } => {
                return nearest
                    .as_ref()
                    .map(|app| format!("did you mean `{app}`?").into());
            }
            Self::NoKind { kinds, .. } if kinds.is_empty() => Some("it has none at all"),
            Self::NoKind { kinds, .. } => {
                return Some(format!("it has {}", kinds.join(", ")).into());
            }
            Self::Allowed { right, .. } => {
                return Some(right.as_ref().map_or_else(
                    || "there is nothing of that kind in this plan to allow".into(),
                    |right| format!("this plan's is {right}: look at it, then allow that").into(),
                ));
            }
            Self::Nobody { nearest, .. } if nearest.is_empty() => None,
            Self::Nobody { nearest, .. } => {
                return Some(format!("did you mean {}?", nearest.join(" or ")).into());
            }
            Self::Several { people, .. } => {
                return Some(format!("name one by id: {}", people.join(", ")).into());
            }
            Self::Occupied { .. } => Some("name another folder: provisor init DIR"),
            Self::NoSandbox { .. } => Some(
                "sandbox.toml says what the simulated apps start with; examples/minimal has one",
            ),
            Self::AsOf(_) => {
                Some("write a day, 2026-03-17, or an instant, 2026-03-17T09:00:00-08:00")
            }
            Self::NobodyToAsk => Some("in a script, say --yes"),
            Self::NobodyToTell(_) => Some(
                "add one, [notify.NAME], or the command to the `on` of one; or leave --notify out",
            ),
            Self::NotAtWork { begins: true, .. } => Some(
                "what they have already, their entry takes back: remove it or move their start",
            ),
            Self::NotAtWork { begins: false, .. } => {
                Some("what they still have, `provisor apply` closes")
            }
            Self::NoOrder(_) => Some("plans and snapshots name orders by their numbers"),
            Self::NothingReviewed => {
                Some("the first run is one that somebody sees: provisor apply, without --due")
            }
            Self::Run(RunError::Broken { .. }) => Some(
                "see that the state's folder can be written to, and run again: what had begun is \
                 looked up first",
            ),
            Self::NoPlan {
                error: Unreadable::Format(_),
                ..
            } => Some("update provisor, or plan again with this one"),
            Self::NoPlan { .. } | Self::Stale(Stale::Expired(_) | Stale::Settings) => {
                Some("plan again, and have that reviewed: provisor plan --out FILE")
            }
            Self::Stale(Stale::UsedUp(_)) => {
                Some("nothing is left to do of it; what changed since needs a plan of its own")
            }
            Self::Stale(Stale::Rehearsal(true)) => Some("rehearse it with --sandbox"),
            Self::Stale(Stale::Rehearsal(false)) => Some("leave --sandbox out"),
            Self::Stale(Stale::Offline(_)) => {
                Some("plan with credentials to apply; `provisor show` shows this one")
            }
            Self::NoSuchFormat(formats) => Some(*formats),
            Self::Begun(_) => Some(
                "`provisor snapshot list` lists the snapshots; the next `provisor apply` finishes \
                 what a run began",
            ),
            Self::NoSigningKey(_) => Some("set it to the path of the key, [state] sign_with"),
            Self::State(StateError::Unsigned { .. })
            | Self::Run(RunError::NotBegun(StateError::Unsigned { .. })) => {
                Some("see that the key of [state] sign_with is there, or that its agent is running")
            }
            Self::Unsound => Some("`provisor snapshot verify` names the pieces"),
            Self::NoSnapshotYet => Some("each `provisor apply` leaves one"),
            Self::NoSnapshot(_) | Self::NoSnapshotThen(_) => {
                Some("`provisor snapshot list` lists them")
            }
            Self::Lock(LockError::Held { until: None, .. }) => {
                Some("wait for it to end, --lock-timeout 10m; a run that died holds no lock")
            }
            Self::Lock(LockError::Held {
                until: Some(until), ..
            }) => {
                return Some(
                    format!(
                        "wait for it to end, --lock-timeout 10m; if it died, its lease is taken \
                         over once it was watched for a minute without being renewed (it lasts \
                         until {until:.0}), or `provisor state unlock` frees it"
                    )
                    .into(),
                );
            }
            Self::Lock(LockError::Bucket(StateError::Damaged { .. })) => {
                Some("if no run is under way, `provisor state unlock` makes it anew")
            }
            _ => None,
        };
        words.map(Cow::Borrowed)
    }
}

/// `a.toml and b.toml are there`
fn there_is(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    match names.as_slice() {
        [one] => format!("{one} is there"),
        [rest @ .., last] => format!("{} and {last} are there", rest.join(", ")),
        [] => "something is there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waited_in_vain_is_told_that_it_was_for_another() {
        let in_use = Trouble::from(SandboxError::InUse(".provisor/sandbox".into()));
        assert_eq!(in_use.exit(), Exit::Locked);
        let held = Trouble::from(LockError::Held {
            owner: None,
            until: None,
        });
        assert_eq!(held.exit(), Exit::Locked);
    }
}
