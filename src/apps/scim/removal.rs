//! Closing by deleting, where that is what leaving means.

use reqwest::Method;

use crate::apps::Written;
use crate::apps::transport::Repeat;
use crate::model::failure::{Failure, FailureKind};

use super::ScimWriter;
use super::resource::User;
use crate::apps::written::{already_so, done, unknown};

impl ScimWriter {
    /// Deletes a user. Done is what was seen: the record is gone, or inactive.
    pub(super) async fn delete(&self, id: &str, what: &str) -> Result<Written, Failure> {
        let client = &self.client;
        let target = client.target(&["Users", id], what)?;
        let request = client.request(Method::DELETE, target, None, Repeat::Harmless);
        let (failure, settled) = match client.transport.send(&request, what).await {
            Ok(answer) if matches!(answer.status, 404 | 410) => {
                // A try before may have done it, whose answer was lost.
                return Ok(if answer.is_uncertain() {
                    done(None, answer.request_id)
                } else {
                    already_so(None)
                });
            }
            Ok(answer) if answer.is_success() => {
                let mut failure = client.transport.refused(&answer, what, Some(""));
                failure.kind = FailureKind::Unsupported;
                failure.what = format!("{what}: the app answered success and did not");
                (failure, true)
            }
            Ok(answer) if answer.is_uncertain() => {
                (client.refused(&answer, what), !answer.may_still_happen())
            }
            Ok(answer) => return Err(client.refused(&answer, what)),
            Err(lost) if lost.sent => (lost.failure, false),
            Err(unsent) => return Err(unsent.failure),
        };
        let mut tries = 0;
        loop {
            let found = match client.find("Users", id, what).await {
                Ok(found) => found,
                Err(unseen) => return Ok(unknown(unseen)),
            };
            let closed = found.is_none_or(|record| {
                let user = User::read(&record, client.dialect.login);
                user.is_ok_and(|user| user.active == Some(false))
            });
            if closed {
                return Ok(done(None, failure.request_id));
            }
            tries += 1;
            if !client.shows_later(tries).await {
                break;
            }
        }
        if settled {
            Err(failure)
        } else {
            Ok(unknown(failure))
        }
    }
}
