//! Errors as Okta words them: only `errorCode` is promised stable.
//!
//! Source: Okta's error codes (okta-developer-docs, `data/error-codes.json`) and the examples of its
//! Management API specification.

use axum::http::StatusCode;
use serde_json::json;

use super::MEDIA_TYPE;
use crate::base::Digest;
use crate::sandbox::app::Answer;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OktaError {
    pub status: StatusCode,
    code: &'static str,
    summary: String,
    causes: Vec<String>,
}

impl OktaError {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            status,
            code,
            summary: summary.into(),
            causes: Vec::new(),
        }
    }

    fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// A field of the body is wrong; the cause starts with its name.
    pub fn validation(field: &str, cause: &str) -> Self {
        let summary = format!("Api validation failed: {field}");
        Self::new(StatusCode::BAD_REQUEST, "E0000001", summary).because(format!("{field}: {cause}"))
    }

    /// Another user has the login. Nothing but the cause's text tells it from other mistakes.
    pub fn duplicate_login() -> Self {
        let cause = "An object with this field already exists in the current organization";
        Self::validation("login", cause)
    }

    pub fn malformed() -> Self {
        let summary = "The request body was not well-formed.";
        Self::new(StatusCode::BAD_REQUEST, "E0000003", summary)
    }

    pub fn no_permission() -> Self {
        let summary = "You do not have permission to perform the requested action";
        Self::new(StatusCode::FORBIDDEN, "E0000006", summary)
    }

    pub fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::new(StatusCode::NOT_FOUND, "E0000007", summary)
    }

    pub fn no_such_path() -> Self {
        let summary = "The requested path was not found";
        Self::new(StatusCode::NOT_FOUND, "E0000008", summary)
    }

    fn bad_token() -> Self {
        let summary = "Invalid token provided";
        Self::new(StatusCode::UNAUTHORIZED, "E0000011", summary)
    }

    pub fn already_active() -> Self {
        let summary = "Activation failed because the user is already active";
        Self::new(StatusCode::FORBIDDEN, "E0000016", summary)
    }

    pub fn no_such_method() -> Self {
        let summary = "The endpoint does not support the provided HTTP method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary)
    }

    /// Suspending and unsuspending in the wrong status.
    pub fn missing_parameter() -> Self {
        let summary = "The request is missing a required parameter.";
        Self::new(StatusCode::BAD_REQUEST, "E0000028", summary)
    }

    pub fn bad_search() -> Self {
        let summary = "Invalid search criteria.";
        Self::new(StatusCode::BAD_REQUEST, "E0000031", summary)
    }

    pub fn wrong_status() -> Self {
        let summary = "This operation is not allowed in the user's current status.";
        Self::new(StatusCode::FORBIDDEN, "E0000038", summary)
    }

    fn rate_limited() -> Self {
        let summary = "API call exceeded rate limit due to too many requests.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "E0000047", summary)
    }

    pub fn role_assigned() -> Self {
        let summary = "The role specified is already assigned to the user.";
        Self::new(StatusCode::CONFLICT, "E0000090", summary)
    }

    pub fn too_many_groups() -> Self {
        let summary = "Target count limit exceeded";
        let error = Self::new(StatusCode::BAD_REQUEST, "E0000093", summary);
        error.because("The number of group targets is too large")
    }

    pub fn still_activating() -> Self {
        let summary = "Cannot update this user because they are still being activated.";
        Self::new(StatusCode::CONFLICT, "E0000112", summary)
    }

    /// What the server refuses for us.
    pub fn of_status(status: StatusCode, detail: &str) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::bad_token(),
            StatusCode::NOT_FOUND => Self::no_such_path(),
            StatusCode::TOO_MANY_REQUESTS => Self::rate_limited(),
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::new(status, "E0000010", "Service is in read only mode")
            }
            _ => Self::new(status, "E0000009", "Internal Server Error").because(detail),
        }
    }
}

impl From<std::io::Error> for OktaError {
    fn from(error: std::io::Error) -> Self {
        let detail = format!("the sandbox cannot write: {error}");
        Self::of_status(StatusCode::INTERNAL_SERVER_ERROR, &detail)
    }
}

impl From<OktaError> for Answer {
    fn from(error: OktaError) -> Self {
        let causes = error.causes.iter();
        let causes: Vec<_> = causes
            .map(|cause| json!({ "errorSummary": cause }))
            .collect();
        let id = Digest::of_parts(&[error.code, &error.summary]).short();
        let body = json!({
            "errorCode": error.code,
            "errorSummary": error.summary,
            "errorLink": error.code,
            "errorId": format!("oae{id}"),
            "errorCauses": causes,
        });
        Self::json(error.status, MEDIA_TYPE, body)
    }
}
