//! `/api/v1/users/{id}/lifecycle`: from one status to another.
//!
//! Source: the descriptions of the lifecycle operations in the Management API specification. Which
//! code a step in the wrong status gets is not written there for all; suspending and unsuspending
//! have 400 E0000028 among their answers, the others 403 only.

use axum::http::Method;
use serde_json::json;

use super::error::OktaError;
use super::record::Status;
use super::users::end_of_activation;
use super::{Answered, Okta, flag, ok, only};
use crate::base::Digest;
use crate::sandbox::app::{Answer, Call};

impl Okta {
    pub(super) fn lifecycle(&self, call: &Call, name: &str, step: &str) -> Answered {
        only(call, &Method::POST)?;
        let mut directory = self.write();
        let id = directory.find(name)?;
        let missing = || OktaError::not_found(&id, "User");
        let user = directory.user(&id).ok_or_else(missing)?;
        let (status, password) = (user.status, user.password);
        if user.transition.is_some() {
            return Err(OktaError::still_activating());
        }
        match (step, status) {
            ("activate", Status::Staged | Status::Deprovisioned) => {
                directory.send(&id, end_of_activation(password))?;
                Ok(self.activation(call, &id, true))
            }
            ("activate", _) => Err(OktaError::already_active()),
            ("reactivate", Status::Provisioned) => {
                directory.mail_again(&id)?;
                Ok(self.activation(call, &id, false))
            }
            ("suspend", Status::Active) => {
                directory.set(&id, Status::Suspended)?;
                Ok(done())
            }
            ("unsuspend", Status::Suspended) | ("unlock", Status::LockedOut) => {
                directory.set(&id, Status::Active)?;
                Ok(done())
            }
            ("suspend" | "unsuspend", _) => Err(OktaError::missing_parameter()),
            ("reactivate" | "unlock", _) | ("deactivate", Status::Deprovisioned) => {
                Err(OktaError::wrong_status())
            }
            ("deactivate", _) => {
                directory.send(&id, Status::Deprovisioned)?;
                Ok(done())
            }
            _ => Err(OktaError::no_such_path()),
        }
    }

    /// The link by which a user takes the last step, if no mail brings it.
    fn activation(&self, call: &Call, id: &str, mails: bool) -> Answer {
        if flag(call, "sendEmail", mails) {
            return done();
        }
        let token = Digest::of_parts(&["activation", id]).short();
        let url = format!("{}/tokens/{token}/verify", self.base);
        ok(json!({ "activationToken": token, "activationUrl": url }))
    }
}

fn done() -> Answer {
    ok(json!({}))
}
