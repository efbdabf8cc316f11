//! Making an account: never twice, whatever becomes of the answers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::apps::Written;
use crate::apps::transport::{Answer, Repeat, Target};
use crate::model::change::NewAccount;
use crate::model::failure::{Failure, FailureKind};
use crate::model::person::fold_email;

use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Unreadable, User, items, member, text};
use super::write::{already_so, done, unknown};
use super::{ScimWriter, filter, patch, schema};

const WHAT: &str = "creating the account";

/// What one request to create came to.
enum Sent {
    Made(Written),
    Exists(Failure),
    /// It may have been acted on; if settled, nothing is at work any more.
    Lost {
        failure: Failure,
        settled: bool,
    },
}

/// An account that was found by looking.
#[derive(Clone)]
struct Found {
    id: String,
    hr_id: String,
    usable: bool,
}

/// What looking brought.
enum Look {
    Found(Found),
    /// A complete look did not find it.
    Absent,
    /// Nothing can be concluded.
    Unclear,
}

impl ScimWriter {
    /// Makes an account. A lost answer is followed by a look; only when that look is complete and
    /// finds nothing, the request is sent once more.
    pub(super) async fn make(&self, account: &NewAccount) -> Result<Written, Failure> {
        let server = self.server().await?;
        let body = body(account, server);
        match self.send(&body).await? {
            Sent::Made(written) => return Ok(written),
            Sent::Exists(failure) => return self.exists(account, failure).await,
            Sent::Lost { failure, .. } => match self.seek(account).await {
                Ok(Look::Absent) => {}
                looked => return self.after_lost(account, looked, failure, false),
            },
        }
        match self.send(&body).await? {
            Sent::Made(written) => Ok(written),
            Sent::Exists(failure) => self.exists(account, failure).await,
            Sent::Lost { failure, settled } => {
                let looked = self.seek(account).await;
                self.after_lost(account, looked, failure, settled)
            }
        }
    }

    async fn send(&self, body: &Value) -> Result<Sent, Failure> {
        let client = &self.client;
        let target = client.target(&["Users"], WHAT)?;
        let request = client.request(Method::POST, target, Some(body), Repeat::AfterLooking);
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
            return Ok(match id_of(&answer) {
                Some(id) => Sent::Made(done(Some(&id), answer.request_id)),
                None => Sent::Lost {
                    failure: self.without_id(&answer),
                    settled: true,
                },
            });
        }
        let failure = client.refused(&answer, WHAT);
        match answer.status {
            409 => Ok(Sent::Exists(failure)),
            _ if failure.kind == FailureKind::AlreadyExists => Ok(Sent::Exists(failure)),
            _ if answer.is_uncertain() => Ok(Sent::Lost {
                failure,
                settled: !answer.may_still_happen(),
            }),
            _ => Err(failure),
        }
    }

    fn without_id(&self, answer: &Answer) -> Failure {
        let mut failure = self.client.refused(answer, WHAT);
        failure.kind = FailureKind::Protocol;
        failure.what = format!("{WHAT}: the app answered success without an id");
        failure
    }

    /// The server says that it exists: is it ours?
    async fn exists(&self, account: &NewAccount, mut failure: Failure) -> Result<Written, Failure> {
        failure.kind = FailureKind::AlreadyExists;
        let why = match self.seek(account).await {
            Ok(Look::Found(found)) if is_ours(&found, account) && found.usable => {
                return Ok(already_so(Some(&found.id)));
            }
            Ok(Look::Found(found)) if is_ours(&found, account) => "it is there, and closed",
            Ok(Look::Found(_)) => "one with this login is there, without this HR id",
            Ok(Look::Absent) => "the app says that it is there, and does not show it",
            Ok(Look::Unclear) | Err(_) => "the app says that it is there",
        };
        failure.what = format!("{WHAT}: {why}");
        Err(failure)
    }

    /// The answer was lost; what was found decides. An account with this login that nobody's HR id
    /// marks is the one we asked for: the plan knew of none.
    fn after_lost(
        &self,
        account: &NewAccount,
        looked: Result<Look, Failure>,
        lost: Failure,
        settled: bool,
    ) -> Result<Written, Failure> {
        match looked {
            Ok(Look::Found(found)) if is_ours(&found, account) || found.hr_id.is_empty() => {
                Ok(done(Some(&found.id), lost.request_id))
            }
            Ok(Look::Found(_)) => {
                let what = format!("{WHAT}: one with this login and another HR id is there");
                let transport = &self.client.transport;
                Err(transport.failure(FailureKind::AlreadyExists, what))
            }
            Ok(Look::Absent) if settled => Err(lost),
            Ok(Look::Absent | Look::Unclear) | Err(_) => Ok(unknown(lost)),
        }
    }

    /// Looks for the account: by filter, and where that finds nothing, which may only mean that the
    /// server does not filter, in the whole listing.
    async fn seek(&self, account: &NewAccount) -> Result<Look, Failure> {
        let server = self.server().await?;
        if server.filters {
            match self.filtered(account).await?.judge() {
                Look::Absent => {}
                look => return Ok(look),
            }
        }
        let what = "looking for the account";
        let make = || Candidates::of(account);
        let listed = listing::read(&self.client, server, "Users", what, make).await?;
        Ok(match (listed.sink.judge(), listed.doubt) {
            (Look::Absent, Some(_)) => Look::Unclear,
            (look, _) => look,
        })
    }

    async fn filtered<'a>(&self, account: &'a NewAccount) -> Result<Candidates<'a>, Failure> {
        let what = "looking for the account";
        let mut candidates = Candidates::of(account);
        let Ok(filter) = filter::equals("userName", &account.login) else {
            return Ok(candidates);
        };
        let target = Target::new(&["Users"]).and_then(|target| target.parameter("filter", &filter));
        let target = target.map_err(|error| self.client.unaddressable(error, what))?;
        let answer = self.client.get(target, what).await?;
        let list = answer.json().filter(|_| answer.is_success());
        let resources = list.as_ref().and_then(|list| member(list, "Resources"));
        for record in resources.map_or(&[][..], items) {
            // An unreadable record is not the one; the full listing will judge it.
            let _ = candidates.take(record);
        }
        Ok(candidates)
    }
}

fn is_ours(found: &Found, account: &NewAccount) -> bool {
    account.hr_id.as_deref() == Some(found.hr_id.as_str())
}

fn id_of(answer: &Answer) -> Option<String> {
    let body = answer.json()?;
    let id = member(&body, "id").and_then(text)?;
    (!id.is_empty()).then(|| id.into_owned())
}

/// The users that may be the one we look for, by how well they match: servers ignore filters, so
/// each is checked.
struct Candidates<'a> {
    account: &'a NewAccount,
    login: String,
    same_hr_id: Vec<Found>,
    same_login: Vec<Found>,
    same_but_for_case: Vec<Found>,
}

impl<'a> Candidates<'a> {
    fn of(account: &'a NewAccount) -> Self {
        Self {
            login: fold_email(&account.login),
            account,
            same_hr_id: Vec::new(),
            same_login: Vec::new(),
            same_but_for_case: Vec::new(),
        }
    }

    /// The one that matches best; several that match as well are never guessed among.
    fn judge(self) -> Look {
        let ranks = [&self.same_hr_id, &self.same_login, &self.same_but_for_case];
        match ranks.into_iter().find(|rank| !rank.is_empty()) {
            None => Look::Absent,
            Some(found) if found.len() == 1 => Look::Found(found[0].clone()),
            Some(_) => Look::Unclear,
        }
    }
}

impl Sink for Candidates<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let user = User::read(record)?;
        let found = Found {
            id: user.id.into_owned(),
            hr_id: user.hr_id.into_owned(),
            usable: user.active != Some(false),
        };
        let rank = if is_ours(&found, self.account) {
            &mut self.same_hr_id
        } else if *user.login == *self.account.login {
            &mut self.same_login
        } else if fold_email(&user.login) == self.login {
            &mut self.same_but_for_case
        } else {
            return Ok(());
        };
        rank.push(found);
        Ok(())
    }
}

/// The whole body: only attributes that the server lists, and `active` always said.
fn body(account: &NewAccount, server: &Server) -> Value {
    let mut record = json!({"schemas": [schema::USER]});
    let mut put = |path, value: Value| {
        if server.knows(path) {
            patch::set(&mut record, path, Some(value));
        }
    };
    put(schema::LOGIN, json!(account.login));
    put(schema::ACTIVE, json!(true));
    if let Some(hr_id) = &account.hr_id {
        put(schema::HR_ID, json!(hr_id));
    }
    if !account.email.is_empty() {
        let email = json!([{"value": account.email, "type": "work", "primary": true}]);
        put(schema::EMAILS, email);
    }
    for (name, value) in &account.attributes {
        if let Some(path) = schema::path_of(name).filter(|_| !value.is_empty()) {
            put(path, json!(value));
        }
    }
    record
}
