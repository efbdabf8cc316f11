//! A server that invites: whoever is given an account is pending until they accept, and is in no
//! group before. SCIM has no word for it; this server's is an extension of its own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::directory::Directory;
use super::error::ScimError;
use super::resource::Object;
use super::schema::{Attribute, ENTERPRISE_USER, ResourceType, Type, user};
use crate::sandbox::invitations::{Answer, InvitationSpec};

/// The extension that tells of invitations.
pub(super) const INVITATION: &str = "urn:example:params:scim:schemas:extension:invitation:2.0:User";

/// Users who are invited.
pub(super) static INVITED_USER: ResourceType = user(&[
    ENTERPRISE_USER,
    Attribute::new(
        INVITATION,
        Type::Complex(&[
            Attribute::new("pending", Type::Boolean, "Whether it is not accepted yet.").read_only(),
            Attribute::new("sent", Type::Instant, "When it was sent.").read_only(),
        ]),
        "The person's invitation",
    ),
]);

/// What an account says of an invitation.
pub(super) fn sent(at: Timestamp) -> Value {
    json!({ "pending": true, "sent": at })
}

/// True if an account waits for its person.
pub(super) fn is_pending(attributes: &Object) -> bool {
    attributes
        .get(INVITATION)
        .is_some_and(|invitation| invitation["pending"] == true)
}

/// Does what became of invitations until now.
pub(super) fn settle(
    directory: &mut Directory,
    dialect: &Dialect,
    spec: &InvitationSpec,
) -> Result<(), ScimError> {
    let now = directory.now();
    let gone: Vec<String> = spec
        .gone
        .iter()
        .filter_map(|login| directory.user_of(login).map(str::to_owned))
        .collect();
    for id in gone {
        directory.delete(dialect.user(), &id)?;
    }
    let users: Vec<String> = directory.ids(dialect.user()).map(str::to_owned).collect();
    for id in users {
        let mut attributes = directory.attributes(&id);
        if !is_pending(&attributes) {
            continue;
        }
        let sent = attributes[INVITATION]["sent"].as_str();
        let sent = sent.and_then(|text| text.parse().ok()).unwrap_or(now);
        match spec.answer(sent, now) {
            Answer::Open => {}
            Answer::Expired => directory.delete(dialect.user(), &id)?,
            Answer::Accepted => {
                attributes[INVITATION]["pending"] = false.into();
                directory.update(dialect.user(), &id, attributes)?;
            }
        }
    }
    Ok(())
}
