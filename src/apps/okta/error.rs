//! Okta's errors, mapped to ours ("Error codes"): only `errorCode` is promised to be stable.

use serde_json::Value;

use crate::apps::transport::{Answer, Transport};
use crate::model::failure::{Failure, FailureKind};

/// The failure that an answer means, with what Okta says of it.
pub fn refused(transport: &Transport, answer: &Answer, what: &str) -> Failure {
    let body = answer.json().unwrap_or(Value::Null);
    let summary = body.get("errorSummary").and_then(Value::as_str);
    let causes = causes(&body);
    let said = summary.map(|summary| {
        let parts: Vec<_> = std::iter::once(summary).chain(causes.clone()).collect();
        parts.join("; ")
    });
    let mut failure = transport.refused(answer, what, said.as_deref());
    if (400..500).contains(&answer.status) {
        let code = body.get("errorCode").and_then(Value::as_str);
        if let Some(kind) = code.and_then(kind_of) {
            failure.kind = kind;
        }
        if code == Some("E0000001") && causes.iter().any(|cause| is_taken(cause)) {
            failure.kind = FailureKind::AlreadyExists;
        }
    }
    failure
}

/// `errorCauses`: a list, and in one of Okta's own examples a single object.
fn causes(body: &Value) -> Vec<&str> {
    let causes = match body.get("errorCauses") {
        Some(Value::Array(causes)) => causes,
        Some(cause @ Value::Object(_)) => std::slice::from_ref(cause),
        _ => &[],
    };
    causes
        .iter()
        .filter_map(|cause| cause.get("errorSummary")?.as_str())
        .collect()
}

/// A login that somebody has: the cause's text is the only way to tell it from another value that
/// Okta refuses.
fn is_taken(cause: &str) -> bool {
    cause.starts_with("login: An object with this field already exists")
}

fn kind_of(code: &str) -> Option<FailureKind> {
    Some(match code {
        // Not valid, malformed, a missing parameter, a scheme that does not fit, more than 20
        // groups, a password that the policy refuses.
        "E0000001" | "E0000003" | "E0000028" | "E0000041" | "E0000093" | "E0000080" => {
            FailureKind::Invalid
        }
        "E0000011" => FailureKind::Unauthorized,
        "E0000006" => FailureKind::Forbidden,
        "E0000007" | "E0000008" => FailureKind::NotFound,
        // Active already; not in this status.
        "E0000016" | "E0000038" => FailureKind::Conflict,
        // Another directory is the master of the user, or of the attribute.
        "E0000023" | "E0000075" => FailureKind::Unsupported,
        "E0000047" => FailureKind::RateLimited,
        "E0000090" => FailureKind::AlreadyExists,
        // Still being activated.
        "E0000112" => FailureKind::Busy,
        _ => return None,
    })
}
