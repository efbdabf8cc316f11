//! Changing the status of a user, and not believing it until it is seen ("User lifecycle").

use reqwest::Method;

use crate::apps::Written;
use crate::apps::transport::Repeat;
use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::failure::{Failure, FailureKind};

use super::user::State;
use super::{Client, request};
use crate::apps::written::{already_so, done, unknown};

/// So often a user's status is looked at anew because somebody else changed it meanwhile.
const MOST_LOOKS: u32 = 3;

/// One change of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// From `STAGED` or `DEPROVISIONED`; `reactivate` does not bring back the latter. Okta mails
    /// the user: without a password nobody could sign in otherwise.
    Activate,
    /// From `PROVISIONED`: the mail again, with a new link.
    Reactivate,
    /// From `SUSPENDED`.
    Unsuspend,
    /// From `ACTIVE` only.
    Suspend,
    /// From anything but `DEPROVISIONED`. Administrators are not mailed.
    Deactivate,
}

impl Step {
    /// The last segment of its address, and its parameters.
    const fn address(self) -> (&'static str, &'static [(&'static str, &'static str)]) {
        match self {
            Self::Activate => ("activate", &[("sendEmail", "true")]),
            Self::Reactivate => ("reactivate", &[("sendEmail", "true")]),
            Self::Unsuspend => ("unsuspend", &[]),
            Self::Suspend => ("suspend", &[]),
            Self::Deactivate => ("deactivate", &[("sendEmail", "false")]),
        }
    }

    /// What invites again whoever has not followed the welcome mail; none if there is nothing to
    /// invite to.
    pub const fn inviting(state: State) -> Option<Self> {
        match state {
            State::Staged => Some(Self::Activate),
            State::Provisioned => Some(Self::Reactivate),
            _ => None,
        }
    }

    /// What opens an account that is in a state; none if it is open, or waits for its user.
    pub const fn opening(state: State) -> Option<Self> {
        match state {
            State::Staged | State::Deprovisioned => Some(Self::Activate),
            State::Suspended => Some(Self::Unsuspend),
            State::Provisioned
            | State::Active
            | State::LockedOut
            | State::PasswordExpired
            | State::Recovery => None,
        }
    }
}

/// What came of asking for a step.
enum Asked {
    Accepted(Option<Foreign>),
    Refused(Failure),
    /// It may have been acted on; if settled, nothing is at work any more.
    Lost {
        failure: Failure,
        settled: bool,
    },
}

/// What became of a user.
#[derive(Debug)]
pub enum Became {
    /// There is no such user.
    Gone,
    /// As wanted, or perhaps so.
    Written(Written),
}

impl Client {
    /// Asks for the steps that `next` names, until it names none.
    ///
    /// No step is asked for while Okta is still at work on the one before. One whose answer was lost
    /// is asked for again only after looking, and only if it surely came to nothing: a second one
    /// may mail the user again.
    pub(super) async fn steer(
        &self,
        id: &str,
        next: impl Fn(State) -> Option<Step>,
        what: &str,
    ) -> Result<Became, Failure> {
        let mut tries = 0;
        loop {
            let Some(state) = self.settled(id, |_| true, what).await? else {
                return Ok(Became::Gone);
            };
            let Some(step) = next(state) else {
                return Ok(Became::Written(already_so(None)));
            };
            tries += 1;
            let (failure, nothing_at_work) = match self.ask(id, step, what).await? {
                Asked::Accepted(request_id) => {
                    let good = |state| next(state).is_none();
                    return Ok(match self.settled(id, good, what).await {
                        Ok(Some(_)) => Became::Written(done(None, request_id)),
                        Ok(None) => Became::Gone,
                        Err(failure) => Became::Written(unknown(failure)),
                    });
                }
                Asked::Refused(failure) => {
                    // Refused because Okta is at work, and does not say so in the record.
                    if failure.kind == FailureKind::Busy && self.transport.again(tries).await {
                        continue;
                    }
                    let now = self.settled(id, |_| true, what).await?;
                    // Somebody else was faster; what is to be done now is another question.
                    if now == Some(state) || tries >= MOST_LOOKS {
                        return Err(failure);
                    }
                    continue;
                }
                Asked::Lost { failure, settled } => (failure, settled),
            };
            match self.settled(id, |_| true, what).await {
                Ok(None) => return Ok(Became::Gone),
                Ok(Some(state)) if next(state).is_none() => {
                    return Ok(Became::Written(done(None, failure.request_id)));
                }
                Ok(Some(_)) if nothing_at_work => {
                    if !self.transport.again(tries).await {
                        return Err(failure);
                    }
                }
                Ok(Some(_)) | Err(_) => return Ok(Became::Written(unknown(failure))),
            }
        }
    }

    /// Mails a user the welcome again. Nothing in the record tells whether that happened, so that
    /// it is asked for once: a lost answer stays unknown.
    pub(super) async fn welcome_again(&self, id: &str) -> Result<Written, Failure> {
        let what = "inviting the person again";
        let Some(state) = self.settled(id, |_| true, what).await? else {
            let what = format!("{what}: the account is gone");
            return Err(self.transport.failure(FailureKind::NotFound, what));
        };
        let Some(step) = Step::inviting(state) else {
            if state.status() == Status::Active {
                return Ok(already_so(None));
            }
            let what = format!("{what}: the account is closed");
            return Err(self.transport.failure(FailureKind::Conflict, what));
        };
        match self.ask(id, step, what).await? {
            Asked::Accepted(request_id) => Ok(done(None, request_id)),
            Asked::Refused(failure) => Err(failure),
            Asked::Lost { failure, .. } => Ok(unknown(failure)),
        }
    }

    async fn ask(&self, id: &str, step: Step, what: &str) -> Result<Asked, Failure> {
        let (verb, parameters) = step.address();
        let target = self.target(&["users", id, "lifecycle", verb], parameters, what)?;
        let request = request(Method::POST, target, None, Repeat::AfterLooking);
        match self.transport.send(&request, what).await {
            Ok(answer) if answer.is_success() => Ok(Asked::Accepted(answer.request_id)),
            Ok(answer) => {
                let failure = self.refused(&answer, what);
                Ok(if answer.is_uncertain() {
                    let settled = !answer.may_still_happen();
                    Asked::Lost { failure, settled }
                } else {
                    Asked::Refused(failure)
                })
            }
            Err(lost) if lost.sent => Ok(Asked::Lost {
                failure: lost.failure,
                settled: false,
            }),
            Err(unsent) => Err(unsent.failure),
        }
    }

    /// Ends a user's sessions and takes back the tokens that Okta gave out for them. Sessions
    /// inside of apps go on ("User sessions").
    pub(super) async fn end_sessions(&self, id: &str, repeat: Repeat) -> Result<(), Failure> {
        let what = "ending the sessions of the account, which is closed";
        let target = self.target(&["users", id, "sessions"], &[("oauthTokens", "true")], what)?;
        let request = request(Method::DELETE, target, None, repeat);
        let answer = self.transport.send(&request, what).await?;
        if answer.is_success() {
            return Ok(());
        }
        let failure = self.refused(&answer, what);
        match failure.kind {
            // Whoever is gone or deactivated has none.
            FailureKind::NotFound | FailureKind::Conflict => Ok(()),
            _ => Err(failure),
        }
    }
}
