//! Changing the profile of a user.

use reqwest::Method;
use serde_json::{Map, Value};

use crate::apps::Written;
use crate::apps::transport::{Answer, Repeat};
use crate::model::failure::{Failure, FailureKind};

use super::user::property;
use super::{Client, request};
use crate::apps::written::{done, unknown};

impl Client {
    /// Makes a user's profile say what is wanted, property by property; an empty value takes one
    /// away. What is not named stays: a POST changes what it names, where a PUT would wipe the rest.
    pub(super) async fn modify(
        &self,
        id: &str,
        wanted: &[(&'static str, &str)],
        what: &str,
    ) -> Result<Written, Failure> {
        let body = serde_json::json!({"profile": profile(wanted.iter().copied())});
        let target = self.target(&["users", id], &[], what)?;
        let request = request(Method::POST, target, Some(&body), Repeat::Harmless);
        let answer = match self.transport.send(&request, what).await {
            Ok(answer) => answer,
            Err(lost) if lost.sent => return self.look(id, wanted, lost.failure, false).await,
            Err(unsent) => return Err(unsent.failure),
        };
        if answer.is_uncertain() {
            let settled = !answer.may_still_happen();
            let failure = self.refused(&answer, what);
            return self.look(id, wanted, failure, settled).await;
        }
        if !answer.is_success() {
            return Err(self.refused(&answer, what));
        }
        let told = answer.json().filter(|record| record["id"] == id);
        let told = match told.filter(|record| holds(record, wanted)) {
            Some(told) => Some(told),
            None => match self.user(id, what).await {
                Ok(found) => found,
                Err(failure) => return Ok(unknown(failure)),
            },
        };
        match told {
            Some(record) if holds(&record, wanted) => Ok(done(None, answer.request_id)),
            Some(record) => Err(self.not_done(&answer, wanted, &record, what)),
            None => {
                let what = format!("{what}: the account is gone");
                Err(self.transport.failure(FailureKind::NotFound, what))
            }
        }
    }

    /// A change whose answer was lost: what does the profile say now?
    async fn look(
        &self,
        id: &str,
        wanted: &[(&'static str, &str)],
        failure: Failure,
        settled: bool,
    ) -> Result<Written, Failure> {
        let what = "looking what became of a change";
        match self.user(id, what).await {
            Ok(Some(record)) if holds(&record, wanted) => Ok(done(None, failure.request_id)),
            Ok(_) if settled => Err(failure),
            _ => Ok(unknown(failure)),
        }
    }

    /// Okta answered success, and the profile does not say so: another directory is its master.
    fn not_done(
        &self,
        answer: &Answer,
        wanted: &[(&'static str, &str)],
        record: &Value,
        what: &str,
    ) -> Failure {
        let missing = wanted.iter().filter(|wanted| !holds(record, &[**wanted]));
        let names: Vec<&str> = missing.map(|(name, _)| *name).collect();
        let mut failure = self.transport.refused(answer, what, Some(""));
        failure.kind = FailureKind::Unsupported;
        failure.what = format!(
            "{what}: Okta answered success and did not change {}",
            names.join(", ")
        );
        failure
    }
}

/// Properties as a profile holds them; an empty value takes one away.
pub fn profile<'a>(
    properties: impl Iterator<Item = (&'static str, &'a str)>,
) -> Map<String, Value> {
    let value = |text: &str| {
        if text.is_empty() {
            Value::Null
        } else {
            Value::from(text)
        }
    };
    properties
        .map(|(name, text)| (name.to_owned(), value(text)))
        .collect()
}

fn holds(record: &Value, wanted: &[(&'static str, &str)]) -> bool {
    wanted.iter().all(|(name, value)| {
        let told = property(record, name).unwrap_or_default();
        told.trim() == value.trim()
    })
}
