//! The attributes we write: our names, and where SCIM keeps them.

use crate::model::app::{AttributeKind, AttributeSource, Comparison};

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The enterprise extension of users.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The message that holds operations.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Where an attribute is in a resource: keys, from the outside in.
pub type Path = &'static [&'static str];

/// The login.
pub const LOGIN: Path = &["userName"];
/// Our HR id.
pub const HR_ID: Path = &["externalId"];
/// Whether the account can be used.
pub const ACTIVE: Path = &["active"];
/// All emails.
pub const EMAILS: Path = &["emails"];

/// The attributes of the description, in its order.
const TABLE: [(&str, AttributeSource, Path); 5] = [
    (
        "given_name",
        AttributeSource::GivenName,
        &["name", "givenName"],
    ),
    (
        "family_name",
        AttributeSource::FamilyName,
        &["name", "familyName"],
    ),
    (
        "display_name",
        AttributeSource::DisplayName,
        &["displayName"],
    ),
    ("title", AttributeSource::Title, &["title"]),
    (
        "department",
        AttributeSource::Department,
        &[ENTERPRISE, "department"],
    ),
];

/// What the description says of attributes.
pub fn attributes() -> Vec<AttributeKind> {
    let kind = |(name, source, _): &(&'static str, _, _)| AttributeKind {
        name,
        source: *source,
        required: false,
        compare: Comparison::Exact,
    };
    TABLE.iter().map(kind).collect()
}

/// Where the attributes are, in the description's order.
pub fn paths() -> impl Iterator<Item = Path> {
    TABLE.iter().map(|(_, _, path)| *path)
}

/// Where an attribute is, by our name.
pub fn path_of(attribute: &str) -> Option<Path> {
    if attribute == "login" {
        return Some(LOGIN);
    }
    TABLE
        .iter()
        .find(|(name, ..)| *name == attribute)
        .map(|(_, _, path)| *path)
}

/// A path as PATCH writes it: a URN is followed by a colon, an attribute by a dot.
pub fn written(path: Path) -> String {
    match path {
        [ENTERPRISE, rest @ ..] => format!("{ENTERPRISE}:{}", rest.join(".")),
        _ => path.join("."),
    }
}
