//! One group: reading its members, and the requests that change them.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::apps::transport::{Repeat, Unanswered};
use crate::base::Foreign;
use crate::model::failure::{Failure, FailureKind};

use super::dialect::{Add, Memberships, Remove};
use super::filter::{self, ControlCharacter};
use super::membership::Way;
use super::resource::{Group, Unreadable};
use super::{ScimWriter, error, members, patch};

/// What the app said to a change of members.
pub enum Asked {
    /// It says that it did it.
    Accepted {
        /// The vendor's id of the request.
        request_id: Option<Foreign>,
        /// The members to remove were listed as a value.
        by_value: bool,
    },
    /// It says that it did not, or broke; its members tell.
    Refused(Failure),
    /// It may have done it.
    Lost(Failure),
    /// It was not asked.
    Unsent(Failure),
}

impl Asked {
    /// The vendor's id of the request.
    pub fn request_id(&self) -> Option<Foreign> {
        match self {
            Self::Accepted { request_id, .. } => request_id.clone(),
            Self::Refused(failure) | Self::Lost(failure) | Self::Unsent(failure) => {
                failure.request_id.clone()
            }
        }
    }
}

impl ScimWriter {
    /// The ids of a group's members.
    pub(super) async fn members_of(
        &self,
        group: &str,
        what: &str,
    ) -> Result<HashSet<String>, Failure> {
        if self.client.dialect.memberships == Memberships::InUsers {
            return members::listed(&self.client, self.server().await?, group, what).await;
        }
        let transport = &self.client.transport;
        let record = self.client.find("Groups", group, what).await?;
        let record = record.ok_or_else(|| {
            transport.failure(FailureKind::NotFound, format!("{what}: the group is gone"))
        })?;
        let group = Group::read(&record).map_err(|Unreadable(why)| {
            transport.failure(FailureKind::Protocol, format!("{what}: {why}"))
        })?;
        let members = group.members.unwrap_or_default();
        Ok(members.into_iter().map(Into::into).collect())
    }

    /// Sends one change of members, in the first form that the app understands.
    pub(super) async fn ask(&self, group: &str, ids: &[&str], way: Way) -> Asked {
        if way == Way::In {
            // Some servers keep a member twice: added again only after looking.
            let operations = additions(ids, self.client.dialect.add);
            let sent = self.patch(group, &operations, Repeat::AfterLooking, way);
            return sent.await.0;
        }
        let mut asked = None;
        let begin = self.removal.load(Ordering::Relaxed);
        for (place, form) in self.client.dialect.remove.iter().enumerate().skip(begin) {
            let operations = match removals(ids, *form) {
                Ok(operations) => operations,
                Err(error) => {
                    let what = format!("{}: {error}", way.what());
                    let transport = &self.client.transport;
                    return Asked::Unsent(transport.failure(FailureKind::Invalid, what));
                }
            };
            let sent = self.patch(group, &operations, Repeat::Harmless, way);
            let (mut now, another_form) = sent.await;
            if let Asked::Accepted { by_value, .. } = &mut now {
                *by_value = *form != Remove::ByFilter;
                self.removal.store(place, Ordering::Relaxed);
            }
            if !another_form {
                return now;
            }
            // The first refusal, of the usual form, tells the most.
            asked.get_or_insert(now);
        }
        asked.unwrap_or_else(|| {
            let what = format!("{}: no form of it is known", way.what());
            let transport = &self.client.transport;
            Asked::Unsent(transport.failure(FailureKind::Unsupported, what))
        })
    }

    /// One PATCH; also whether another form of it may do.
    async fn patch(
        &self,
        group: &str,
        operations: &[Json],
        repeat: Repeat,
        way: Way,
    ) -> (Asked, bool) {
        let (client, what) = (&self.client, way.what());
        let target = match client.target(&["Groups", group], what) {
            Ok(target) => target,
            Err(failure) => return (Asked::Unsent(failure), false),
        };
        let body = patch::operations_body(operations);
        let request = client.request(Method::PATCH, target, Some(&body), repeat);
        let asked = match client.transport.send(&request, what).await {
            Ok(answer) if answer.is_success() => Asked::Accepted {
                request_id: answer.request_id,
                by_value: false,
            },
            Ok(answer) => {
                let failure = client.refused(&answer, what);
                if answer.may_still_happen() {
                    Asked::Lost(failure)
                } else {
                    return (Asked::Refused(failure), error::another_form_may_do(&answer));
                }
            }
            Err(Unanswered { failure, sent }) if sent => Asked::Lost(failure),
            Err(Unanswered { failure, .. }) => Asked::Unsent(failure),
        };
        (asked, false)
    }
}

fn values(ids: &[&str]) -> Json {
    ids.iter().map(|id| json!({"value": id})).collect()
}

fn wrapped(ids: &[&str]) -> Json {
    json!({"members": values(ids)})
}

fn additions(ids: &[&str], form: Add) -> Vec<Json> {
    let value = match form {
        Add::List => values(ids),
        Add::WrappedList => wrapped(ids),
    };
    vec![json!({"op": "add", "path": "members", "value": value})]
}

/// A removal always names whom: without a name it would empty the group.
fn removals(ids: &[&str], form: Remove) -> Result<Vec<Json>, ControlCharacter> {
    let value = match form {
        Remove::ByFilter => {
            let paths = ids.iter().map(|id| filter::member(id));
            return paths
                .map(|path| Ok(json!({"op": "remove", "path": path?})))
                .collect();
        }
        Remove::ByList => values(ids),
        Remove::ByWrappedList => wrapped(ids),
    };
    Ok(vec![
        json!({"op": "remove", "path": "members", "value": value}),
    ])
}
