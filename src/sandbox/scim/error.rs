//! Errors as RFC 7644 section 3.12 words them.

use axum::http::StatusCode;
use serde_json::json;

use super::dialect::Errors;
use crate::sandbox::app::Answer;

/// A refusal: status, `scimType` where the RFC has one, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScimError {
    pub status: StatusCode,
    pub scim_type: Option<&'static str>,
    pub detail: String,
}

impl ScimError {
    /// A refusal without a `scimType`.
    pub fn plain(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
        }
    }

    /// A bad request of one of the RFC's types.
    fn bad(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some(scim_type),
            ..Self::plain(StatusCode::BAD_REQUEST, detail)
        }
    }

    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::bad("invalidFilter", detail)
    }

    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::bad("invalidSyntax", detail)
    }

    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::bad("invalidPath", detail)
    }

    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::bad("invalidValue", detail)
    }

    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::bad("noTarget", detail)
    }

    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::bad("mutability", detail)
    }

    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            ..Self::bad("uniqueness", detail)
        }
    }

    pub fn not_found(what: &str) -> Self {
        Self::plain(StatusCode::NOT_FOUND, format!("{what} not found"))
    }
}

impl From<std::io::Error> for ScimError {
    fn from(error: std::io::Error) -> Self {
        let detail = format!("the sandbox cannot write: {error}");
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }
}

impl ScimError {
    /// The answer in the vendor's shape.
    pub fn answer(self, shape: Errors, media_type: &'static str) -> Answer {
        let number = self.status.as_u16();
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": number.to_string(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.into();
        }
        match shape {
            Errors::Rfc => {}
            Errors::Numbered => body["status"] = number.into(),
            Errors::Terse => {
                if matches!(number, 404 | 409)
                    && let Some(body) = body.as_object_mut()
                {
                    body.remove("detail");
                }
            }
            Errors::Slack if number == 401 => {
                body =
                    json!({ "Errors": { "description": "invalid_authentication", "code": 401 } });
            }
            Errors::Slack => {
                let detail = match number {
                    404 => "unknown_user",
                    409 => "username_taken",
                    429 => "too_many_requests",
                    _ => &self.detail,
                };
                body = json!({ "schemas": body["schemas"], "status": number, "detail": detail });
            }
        }
        Answer::json(self.status, media_type, body)
    }
}
