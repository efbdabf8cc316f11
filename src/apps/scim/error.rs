//! SCIM's errors, mapped to ours.

use serde_json::Value;

use crate::apps::transport::{Answer, Transport};
use crate::model::failure::{Failure, FailureKind};

use super::resource::{member, text};

/// The `scimType` of an error, folded; empty if there is none.
pub fn scim_type(answer: &Answer) -> String {
    let body = answer.json().unwrap_or(Value::Null);
    let told = member(&body, "scimType").and_then(text);
    told.unwrap_or_default().to_lowercase()
}

/// The failure that an answer means, with the server's `detail`.
pub fn refused(transport: &Transport, answer: &Answer, what: &str) -> Failure {
    let body = answer.json().unwrap_or(Value::Null);
    let detail = member(&body, "detail").and_then(text);
    let mut failure = transport.refused(answer, what, detail.as_deref());
    if (400..500).contains(&answer.status) {
        match scim_type(answer).as_str() {
            "uniqueness" => failure.kind = FailureKind::AlreadyExists,
            "notarget" => failure.kind = FailureKind::NotFound,
            "mutability" => failure.kind = FailureKind::Unsupported,
            // Salesforce (Object Reference, StatusCode).
            _ if detail.is_some_and(|detail| detail.starts_with("LICENSE_LIMIT_EXCEEDED")) => {
                failure.kind = FailureKind::NoSeat;
            }
            _ => {}
        }
    }
    failure
}

/// True if the server did not understand the form of a change, so that another form may do. What
/// it understood and refused is never sent again in other words.
pub fn another_form_may_do(answer: &Answer) -> bool {
    match answer.status {
        400 => matches!(
            scim_type(answer).as_str(),
            "" | "invalidsyntax" | "invalidpath" | "invalidvalue"
        ),
        405 | 501 => true,
        _ => false,
    }
}
