//! Putting accounts into a group and taking them out, one by one, side by side ("Group").

use std::sync::PoisonError;

use futures::stream::{self, StreamExt as _};
use reqwest::Method;

use crate::apps::transport::{AT_ONCE, Repeat};
use crate::apps::{Value, Written};
use crate::model::change::AccountTag;
use crate::model::failure::{Failure, FailureKind};

use super::{OktaWriter, listing, request};
use crate::apps::written::{already_so, done, unknown, written};

/// Into a group, or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Granting.
    In,
    /// Revoking.
    Out,
}

impl Direction {
    const fn what(self) -> &'static str {
        match self {
            Self::In => "adding to the group",
            Self::Out => "removing from the group",
        }
    }
}

/// Whether somebody is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Yes,
    No,
    /// There is no such user.
    Gone,
}

impl OktaWriter {
    /// Moves accounts into a group or out of it; one answer per account, in their order.
    pub(super) async fn change_members(
        &self,
        value: &Value,
        accounts: &[AccountTag],
        direction: Direction,
    ) -> Vec<Written> {
        let groups = self.groups().await;
        let group = groups.and_then(|groups| groups.changeable(&self.client, &value.name));
        let group = match group {
            Ok(group) => group.id.as_str(),
            Err(failure) => return vec![written(Err(failure)); accounts.len()],
        };
        let moves: Vec<_> = accounts
            .iter()
            .map(|account| self.move_one(group, account.vendor_id.raw(), direction))
            .collect();
        let moves = stream::iter(moves).buffered(AT_ONCE);
        moves.map(written).collect().await
    }

    /// Moves one account. Success of a removal is not believed, since a group rule may have put it
    /// back at once.
    async fn move_one(
        &self,
        group: &str,
        user: &str,
        direction: Direction,
    ) -> Result<Written, Failure> {
        let (client, what) = (&self.client, direction.what());
        let method = match direction {
            Direction::In if self.was_given(group, user) => return Ok(done(None, None)),
            Direction::In => Method::PUT,
            Direction::Out => Method::DELETE,
        };
        let target = client.target(&["groups", group, "users", user], &[], what)?;
        let request = request(method, target, None, Repeat::Harmless);
        let (failure, settled) = match client.transport.send(&request, what).await {
            Ok(answer) if answer.is_success() => {
                let request_id = answer.request_id.clone();
                if direction == Direction::In {
                    return Ok(done(None, request_id));
                }
                return match self.member(group, user, what).await {
                    Ok(Member::No | Member::Gone) => Ok(done(None, request_id)),
                    Ok(Member::Yes) => {
                        let mut failure = client.refused(&answer, what);
                        failure.kind = FailureKind::Unsupported;
                        failure.what = format!(
                            "{what}: Okta answered success and it is still there, by a rule"
                        );
                        Err(failure)
                    }
                    Err(failure) => Ok(unknown(failure)),
                };
            }
            Ok(answer) => {
                let failure = client.refused(&answer, what);
                if !answer.is_uncertain() && failure.kind != FailureKind::NotFound {
                    return Err(failure);
                }
                (failure, !answer.may_still_happen())
            }
            Err(lost) if lost.sent => (lost.failure, false),
            Err(unsent) => return Err(unsent.failure),
        };
        match (self.member(group, user, what).await, direction) {
            (Ok(Member::Yes), Direction::In) => Ok(done(None, failure.request_id)),
            (Ok(Member::No | Member::Gone), Direction::Out) => {
                // What is not found was not there before.
                Ok(if failure.kind == FailureKind::NotFound {
                    already_so(None)
                } else {
                    done(None, failure.request_id)
                })
            }
            (Ok(_), _) if settled => Err(failure),
            (Ok(_) | Err(_), _) => Ok(unknown(failure)),
        }
    }

    async fn member(&self, group: &str, user: &str, what: &str) -> Result<Member, Failure> {
        let client = &self.client;
        let target = client.target(&["users", user, "groups"], &[], what)?;
        let mut member = Member::No;
        let read = listing::read(client, target, what, |record| {
            if record["id"] == group {
                member = Member::Yes;
            }
        });
        match read.await {
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(Member::Gone),
            read => read.map(|()| member),
        }
    }

    /// Notes who was put into groups by being created.
    pub(super) fn note_given(&self, groups: &[String], user: &str) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.extend(groups.iter().map(|group| (group.clone(), user.to_owned())));
    }

    /// True the first time that it is asked about a group that somebody was created into: after
    /// that, it may have been revoked.
    fn was_given(&self, group: &str, user: &str) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.remove(&(group.to_owned(), user.to_owned()))
    }
}
