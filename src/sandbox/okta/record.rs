//! What is kept of users, memberships and assignments, and under which keys and ids.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::Digest;
use crate::sandbox::spec::StatusSpec;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// What the store holds under a key. Groups, apps and rules are not kept: they are what
/// `sandbox.toml` says, since no endpoint here changes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// `user/ID`
    User(User),
    /// `member/GROUP/USER`
    Member,
    /// `assignment/APP/USER`
    Assignment(Assignment),
    /// `admin/USER`
    Admin,
    /// `gone/ID`: an id is never given again.
    Gone,
}

/// `status` of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Staged,
    Provisioned,
    Active,
    Suspended,
    Deprovisioned,
    LockedOut,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
            Self::LockedOut => "LOCKED_OUT",
        }
    }
}

impl From<StatusSpec> for Status {
    fn from(spec: StatusSpec) -> Self {
        match spec {
            StatusSpec::Active => Self::Active,
            StatusSpec::Staged => Self::Staged,
            StatusSpec::Pending => Self::Provisioned,
            StatusSpec::Suspended => Self::Suspended,
            StatusSpec::Deprovisioned => Self::Deprovisioned,
            StatusSpec::LockedOut => Self::LockedOut,
        }
    }
}

/// One user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub status: Status,
    /// The status that it is on its way to.
    pub transition: Option<Status>,
    /// Whether it has a password, on which it depends what activation ends in.
    pub password: bool,
    pub profile: Object,
    pub created: Timestamp,
    pub activated: Option<Timestamp>,
    pub status_changed: Option<Timestamp>,
    /// When the welcome was mailed again.
    #[serde(default)]
    pub mailed_again: Option<Timestamp>,
    pub updated: Timestamp,
    pub revision: u64,
}

impl User {
    /// A text of the profile.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.profile.get(name)?.as_str()
    }

    pub fn login(&self) -> &str {
        self.text("login").unwrap_or_default()
    }

    /// Notes a change.
    pub fn touch(&mut self, now: Timestamp) {
        self.updated = now;
        self.revision += 1;
    }

    /// Arrives at a status.
    pub fn become_status(&mut self, status: Status, now: Timestamp) {
        self.status = status;
        self.transition = None;
        self.status_changed = Some(now);
        if matches!(status, Status::Active | Status::Provisioned) {
            self.activated.get_or_insert(now);
        }
        self.touch(now);
    }
}

/// What a user has of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub progress: Progress,
    /// The account's id in the app, once it is there.
    pub external_id: Option<String>,
    pub created: Timestamp,
    pub changed: Timestamp,
}

/// How far the app is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Progress {
    /// The account is to be made or opened.
    Opening,
    /// It is open.
    Open,
    /// The assignment is gone, the account not closed yet.
    Closing,
}

/// The key of a user.
pub(super) fn user_key(id: &str) -> String {
    format!("user/{id}")
}

/// The key of a membership.
pub(super) fn member_key(group: &str, user: &str) -> String {
    format!("member/{group}/{user}")
}

/// The key of an assignment.
pub(super) fn assignment_key(app: &str, user: &str) -> String {
    format!("assignment/{app}/{user}")
}

/// The key of an administrator.
pub(super) fn admin_key(user: &str) -> String {
    format!("admin/{user}")
}

/// The id of the nth thing of a name, as Okta's look: a prefix of the type, then letters and
/// digits. It follows from the name alone, so that changes made side by side give the same ids in
/// every run.
pub(super) fn identify(org: &str, prefix: &str, name: &str, nth: u64) -> String {
    let folded = name.to_lowercase();
    let digest = Digest::of_parts(&[org, prefix, &folded, &nth.to_string()]).to_string();
    format!("{prefix}{}", &digest[..17])
}
