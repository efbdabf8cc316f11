//! Making an account: never twice, whatever becomes of the answers.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::apps::transport::{Answer, Repeat};
use crate::apps::{Value, Written};
use crate::base::Foreign;
use crate::model::change::NewAccount;
use crate::model::failure::{Failure, FailureKind};
use crate::model::outcome::Outcome;
use crate::model::person::same_email;

use super::lifecycle::{Became, Step};
use super::user::{State, User};
use super::{GROUPS, OktaWriter, modify, request, schema};
use crate::apps::written::{already_so, done, unknown};

const WHAT: &str = "creating the account";

/// The most groups that a user can be put into while being created ("User", create a user).
const MOST_GROUPS: usize = 20;

/// New users are activated at once: Okta mails them its welcome, they are pending until they have
/// followed it, and what their groups assign is made meanwhile. That is what a company wants on the
/// day on which provisioning opens, and there is no second request that could be lost in between.
/// (A silent creation would leave them `STAGED`, which no cascade acts on, and us with a link to
/// hand out.)
const ACTIVATE: (&str, &str) = ("activate", "true");

/// What one request to create came to.
enum Sent {
    Made(Answer, String),
    Taken(Failure),
    /// It may have been acted on; if settled, nothing is at work any more.
    Lost {
        failure: Failure,
        settled: bool,
    },
}

/// A user who was found by looking.
struct Found {
    id: String,
    hr_id: String,
    state: State,
}

impl OktaWriter {
    /// Makes an account with some of its groups. A lost answer is followed by a look: a login is
    /// unique in Okta, so whoever has it then is the one, unless another HR id says otherwise.
    pub(super) async fn make(
        &self,
        account: &NewAccount,
        initial: &[Value],
    ) -> Result<Written, Failure> {
        let groups = self.initial_groups(initial).await;
        let body = body(account, &groups);
        let mut tries = 0;
        loop {
            let (failure, settled) = match self.send(account, &body).await? {
                Sent::Made(answer, id) => {
                    self.note_given(&groups, &id);
                    let became = self.welcome(&id).await;
                    return after_making(became, &id, answer.request_id);
                }
                Sent::Taken(failure) => return self.taken(account, failure, tries > 0).await,
                Sent::Lost { failure, settled } => (failure, settled),
            };
            tries += 1;
            match self.look(account).await {
                Ok(Some(found)) if is_ours(&found, account) => {
                    let became = self.welcome(&found.id).await;
                    return after_making(became, &found.id, failure.request_id);
                }
                Ok(Some(_)) => return self.taken(account, failure, true).await,
                // Whoever has the login by then is found by asking again: Okta refuses a second.
                Ok(None) if settled || tries == 1 => {
                    if !self.client.transport.again(tries).await {
                        return if settled {
                            Err(failure)
                        } else {
                            Ok(unknown(failure))
                        };
                    }
                }
                Ok(None) | Err(_) => return Ok(unknown(failure)),
            }
        }
    }

    /// The ids of the first groups that people can be put into. What is wrong with one of the
    /// others, its own step will say.
    async fn initial_groups(&self, initial: &[Value]) -> Vec<String> {
        if initial.is_empty() {
            return Vec::new();
        }
        let Ok(groups) = self.groups().await else {
            return Vec::new();
        };
        let wanted = initial.iter().filter(|value| value.kind == GROUPS);
        let found = wanted.filter_map(|value| groups.changeable(&self.client, &value.name).ok());
        let mut ids: Vec<String> = found.map(|group| group.id.clone()).collect();
        ids.dedup();
        ids.truncate(MOST_GROUPS);
        ids
    }

    async fn send(&self, account: &NewAccount, body: &Json) -> Result<Sent, Failure> {
        let client = &self.client;
        let target = client.target(&["users"], &[ACTIVATE], WHAT)?;
        let request = request(Method::POST, target, Some(body), Repeat::AfterLooking);
        let answer = match client.transport.send(&request, WHAT).await {
            Ok(answer) => answer,
            Err(lost) if lost.sent => {
                return Ok(Sent::Lost {
                    failure: lost.failure,
                    settled: false,
                });
            }
            Err(unsent) => return Err(unsent.failure),
        };
        if answer.is_success() {
            if let Some(id) = id_of(&answer, account) {
                return Ok(Sent::Made(answer, id));
            }
            let mut failure = client.transport.refused(&answer, WHAT, Some(""));
            failure.kind = FailureKind::Protocol;
            failure.what = format!("{WHAT}: Okta answered success and did not name the account");
            // Looked for, and asked for again if it is not there: its login can be had only once.
            return Ok(Sent::Lost {
                failure,
                settled: false,
            });
        }
        let failure = client.refused(&answer, WHAT);
        Ok(if failure.kind == FailureKind::AlreadyExists {
            Sent::Taken(failure)
        } else if answer.is_uncertain() {
            let settled = !answer.may_still_happen();
            Sent::Lost { failure, settled }
        } else {
            return Err(failure);
        })
    }

    /// Waits until Okta has activated a user that was made, and activates one who is still staged:
    /// an earlier try may have got no further.
    async fn welcome(&self, id: &str) -> Result<Became, Failure> {
        let next = |state| (state == State::Staged).then_some(Step::Activate);
        self.client.steer(id, next, WHAT).await
    }

    /// Somebody has the login: is it whom we were to make? Who asked before and got no answer made it.
    async fn taken(
        &self,
        account: &NewAccount,
        mut failure: Failure,
        asked_before: bool,
    ) -> Result<Written, Failure> {
        failure.kind = FailureKind::AlreadyExists;
        let why = match self.look(account).await {
            Ok(Some(found)) if is_ours(&found, account) => match found.state {
                State::Suspended | State::Deprovisioned => "it is there, and closed",
                _ => {
                    return Ok(match self.welcome(&found.id).await? {
                        Became::Written(written) => named(written, &found.id, asked_before),
                        Became::Gone => unknown(failure),
                    });
                }
            },
            Ok(Some(_)) => "one with this login is there, without this HR id",
            Ok(None) | Err(_) => "Okta says that it is there, and does not show it",
        };
        failure.what = format!("{WHAT}: {why}");
        Err(failure)
    }

    async fn look(&self, account: &NewAccount) -> Result<Option<Found>, Failure> {
        let client = &self.client;
        let Some(record) = client.with_login(&account.login).await? else {
            return Ok(None);
        };
        let user = User::read(&record).map_err(|error| client.unreadable(error, WHAT))?;
        Ok(Some(Found {
            id: user.id.to_owned(),
            hr_id: user.hr_id.into_owned(),
            state: user.state,
        }))
    }
}

/// True if its HR id says so. Whoever is made is made with it.
fn is_ours(found: &Found, account: &NewAccount) -> bool {
    account.hr_id.as_deref().unwrap_or_default() == found.hr_id && !found.hr_id.is_empty()
}

/// It was made, also if Okta is still at work on it or does not say: the next reading tells. One
/// that Okta refuses to activate is of no use.
fn after_making(
    became: Result<Became, Failure>,
    id: &str,
    request_id: Option<Foreign>,
) -> Result<Written, Failure> {
    match became {
        Err(mut failure) if is_refusal(failure.kind) => {
            failure.what = format!("{}: it is there, and is not activated", failure.what);
            Err(failure)
        }
        Ok(_) | Err(_) => Ok(done(Some(id), request_id)),
    }
}

/// Okta understood, and did not do it.
const fn is_refusal(kind: FailureKind) -> bool {
    !matches!(
        kind,
        FailureKind::Busy
            | FailureKind::Unavailable
            | FailureKind::RateLimited
            | FailureKind::Protocol
    )
}

/// A user who was there, by name.
fn named(written: Written, id: &str, made: bool) -> Written {
    match written.outcome {
        Outcome::AlreadySo { .. } if made => done(Some(id), written.request_id),
        Outcome::Done { .. } => done(Some(id), written.request_id),
        Outcome::AlreadySo { .. } => already_so(Some(id)),
        _ => written,
    }
}

/// The id of the user that was made; none if the answer is about another.
fn id_of(answer: &Answer, account: &NewAccount) -> Option<String> {
    let body = answer.json()?;
    let user = User::read(&body).ok()?;
    same_email(&user.login, &account.login).then(|| user.id.to_owned())
}

fn body(account: &NewAccount, groups: &[String]) -> Json {
    let attributes = account.attributes.iter().filter_map(|(name, value)| {
        let property = schema::property_of(name)?;
        Some((property, value.as_str()))
    });
    let identity = [
        (schema::LOGIN, account.login.as_str()),
        (schema::EMAIL, account.email.as_str()),
        (schema::HR_ID, account.hr_id.as_deref().unwrap_or_default()),
    ];
    let all = attributes.chain(identity);
    let profile = modify::profile(all.filter(|(_, value)| !value.is_empty()));
    let mut body = json!({"profile": profile});
    if !groups.is_empty() {
        body["groupIds"] = json!(groups);
    }
    body
}
