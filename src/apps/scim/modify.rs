//! Changing one user: in the form that the server understands, and not believed until seen.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::Value;

use crate::apps::Written;
use crate::apps::transport::{Answer, Repeat, Unanswered};
use crate::model::failure::{Failure, FailureKind};

use super::dialect::{Change, Closing};
use super::patch::{self, Edit};
use super::resource::{member, text};
use super::{ScimWriter, error};
use crate::apps::written::{already_so, done, unknown};

/// What it means that the user is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// There is nothing to change.
    IsAFailure,
    /// That is what was wanted, or better.
    IsGood,
}

impl ScimWriter {
    /// Makes a user's record say what the edits say.
    pub(super) async fn modify(
        &self,
        id: &str,
        edits: &[Edit],
        gone: Gone,
        what: &str,
    ) -> Result<Written, Failure> {
        let client = &self.client;
        let Some(mut record) = client.find("Users", id, what).await? else {
            return match gone {
                Gone::IsGood => Ok(already_so(None)),
                Gone::IsAFailure => Err(self.gone(what)),
            };
        };
        let good = |record: &Value| edits.iter().all(|edit| edit.holds(record));
        if good(&record) {
            return Ok(already_so(None));
        }
        let mut refusal = None;
        let state = edits.iter().any(|edit| matches!(edit, Edit::Active(_)));
        let (forms, first) = match &client.dialect.closing {
            Closing::Inactive(forms) if state => (forms, &self.state_form),
            _ => (&client.dialect.change, &self.form),
        };
        let begin = first.load(Ordering::Relaxed);
        let patches = self.server().await?.patches;
        for (place, form) in forms.iter().enumerate().skip(begin) {
            if !patches && *form != Change::Whole {
                continue;
            }
            let missing: Vec<Edit> = edits
                .iter()
                .filter(|edit| !edit.holds(&record))
                .cloned()
                .collect();
            let answer = match self.send_change(id, *form, &record, &missing, what).await {
                Ok(answer) if !answer.is_uncertain() => answer,
                Ok(answer) => {
                    let failure = client.refused(&answer, what);
                    let settled = !answer.may_still_happen();
                    return self.look(id, &good, failure, settled).await;
                }
                Err(lost) if lost.sent => return self.look(id, &good, lost.failure, false).await,
                Err(unsent) => return Err(unsent.failure),
            };
            if answer.is_success() {
                // State is always read back; what else changed may be in the answer.
                let told = answer.json().filter(|told| !state && told_of(told, id));
                let told = match told.filter(&good) {
                    Some(told) => Some(told),
                    None => match self.read_back(id, &good, what).await {
                        Ok(found) => found,
                        Err(failure) => return Ok(unknown(failure)),
                    },
                };
                let Some(told) = told else {
                    return match gone {
                        Gone::IsGood => Ok(done(None, answer.request_id)),
                        Gone::IsAFailure => Err(self.gone(what)),
                    };
                };
                if good(&told) {
                    first.store(place, Ordering::Relaxed);
                    return Ok(done(None, answer.request_id));
                }
                record = told;
                // It names what the app does not keep; a refusal of another form does not.
                refusal = Some(self.not_done(&answer, edits, &record, what));
            } else if error::another_form_may_do(&answer) {
                refusal.get_or_insert_with(|| client.refused(&answer, what));
            } else {
                return Err(client.refused(&answer, what));
            }
        }
        Err(refusal.unwrap_or_else(|| self.gone(what)))
    }

    /// The record once the change shows, or is not waited for any longer; none if it is gone.
    async fn read_back(
        &self,
        id: &str,
        good: &impl Fn(&Value) -> bool,
        what: &str,
    ) -> Result<Option<Value>, Failure> {
        let mut tries = 0;
        loop {
            let found = self.client.find("Users", id, what).await?;
            tries += 1;
            if found.as_ref().is_none_or(good) || !self.client.shows_later(tries).await {
                return Ok(found);
            }
        }
    }

    async fn send_change(
        &self,
        id: &str,
        form: Change,
        record: &Value,
        edits: &[Edit],
        what: &str,
    ) -> Result<Answer, Unanswered> {
        let client = &self.client;
        let unsent = |failure| Unanswered {
            failure,
            sent: false,
        };
        let target = client.target(&["Users", id], what).map_err(unsent)?;
        let body = patch::body(form, record, edits, client.dialect.value_paths);
        let method = match form {
            Change::ByPath | Change::WithoutPath => Method::PATCH,
            Change::Whole => Method::PUT,
        };
        let mut request = client.request(method, target, Some(&body), Repeat::Harmless);
        let meta = member(record, "meta");
        let version = meta.and_then(|meta| member(meta, "version")).and_then(text);
        if form == Change::Whole && self.server().await.map_err(unsent)?.versions {
            request.if_match = version.as_deref();
        }
        client.transport.send(&request, what).await
    }

    /// A write whose answer was lost: what does the record say now?
    async fn look(
        &self,
        id: &str,
        good: &impl Fn(&Value) -> bool,
        failure: Failure,
        settled: bool,
    ) -> Result<Written, Failure> {
        match self
            .client
            .find("Users", id, "looking what became of a change")
            .await
        {
            Ok(Some(record)) if good(&record) => Ok(done(None, failure.request_id)),
            Ok(_) if settled => Err(failure),
            _ => Ok(unknown(failure)),
        }
    }

    fn gone(&self, what: &str) -> Failure {
        let what = format!("{what}: the account is gone");
        self.client.transport.failure(FailureKind::NotFound, what)
    }

    /// The server answered success, and the record does not say so.
    fn not_done(&self, answer: &Answer, edits: &[Edit], record: &Value, what: &str) -> Failure {
        let missing = edits.iter().filter(|edit| !edit.holds(record));
        let names: Vec<String> = missing.map(Edit::name).collect();
        let mut failure = self.client.transport.refused(answer, what, Some(""));
        failure.kind = FailureKind::Unsupported;
        failure.what = format!(
            "{what}: the app answered success and did not change {}",
            names.join(", ")
        );
        failure
    }
}

/// True if an answer's body is the record itself.
fn told_of(told: &Value, id: &str) -> bool {
    member(told, "id")
        .and_then(text)
        .is_some_and(|told| told == id)
}
