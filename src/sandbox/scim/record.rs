//! What is kept of users, groups and memberships, and under which keys and ids.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::resource::Object;
use super::schema::ResourceType;
use crate::base::Digest;

/// What the store holds under a key. Memberships are apart from their groups, so that a member
/// more does not write a group of thousands again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// `User/ID`, `Group/ID`
    Resource(Document),
    /// `member/GROUP/USER`
    Member,
    /// `gone/ID`: an id is never given again.
    Gone,
}

/// What is kept of a resource; what follows from elsewhere is added when it is shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Document {
    pub attributes: Object,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub revision: u64,
}

/// The key of a resource.
pub(super) fn key(of: &ResourceType, id: &str) -> String {
    format!("{}/{id}", of.name)
}

/// The key of a membership.
pub(super) fn membership(group: &str, user: &str) -> String {
    format!("member/{group}/{user}")
}

/// The id of the nth resource of a name. It follows from the name alone, so that changes made side
/// by side give the same ids in every run.
pub(super) fn identify(app: &str, of: &ResourceType, name: &str, nth: u64) -> String {
    let folded = name.to_lowercase();
    let digest = Digest::of_parts(&[app, of.name, &folded, &nth.to_string()]).to_string();
    let parts = [
        &digest[..8],
        &digest[8..12],
        &digest[12..16],
        &digest[16..20],
        &digest[20..32],
    ];
    parts.join("-")
}

/// What a resource is known by: login or group name.
pub(super) fn name<'a>(of: &ResourceType, attributes: &'a Object) -> &'a str {
    let name = attributes.get(of.known_by).and_then(Value::as_str);
    name.unwrap_or_default()
}
