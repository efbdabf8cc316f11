//! Making an account: never twice, whatever becomes of the answers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::apps::Written;
use crate::apps::transport::{Answer, Repeat};
use crate::model::account::Status;
use crate::model::change::NewAccount;
use crate::model::failure::{Failure, FailureKind};
use crate::model::person::same_email;

use super::dialect::{Attribute, Dialect, Login};
use super::discovery::Server;
use super::resource::{at, main_email, member, text};
use super::schema::Path;
use super::seek::{Look, Wanted};
use super::{ScimWriter, patch, schema};
use crate::apps::written::{already_so, done, unknown};

const WHAT: &str = "creating the account";

/// What one request to create came to.
enum Sent {
    Made(Written),
    Exists(Failure),
    /// The app said that it made an account, and not which, or another.
    Unnamed(Failure),
    /// It may have been acted on; if settled, nothing is at work any more.
    Lost {
        failure: Failure,
        settled: bool,
    },
}

impl ScimWriter {
    /// Makes an account. A lost answer is followed by a look; only when that look is complete and
    /// finds nothing, the request is sent again: once, or more often if the app said each time that
    /// it broke, as apps do that cannot take several writes at once.
    pub(super) async fn make(&self, account: &NewAccount) -> Result<Written, Failure> {
        let server = self.server().await?;
        let body = body(account, server, &self.client.dialect);
        let mut tries = 0;
        loop {
            let (failure, settled) = match self.send(account, &body).await? {
                Sent::Made(written) => return Ok(written),
                Sent::Exists(failure) if tries == 0 => return self.exists(account, failure).await,
                // The app said that it made the account, or only now shows what the request before it
                // made, whose answer was lost: nothing is sent again, whatever is found.
                Sent::Exists(failure) | Sent::Unnamed(failure) => {
                    let looked = self.look_for(account).await;
                    return self.after_lost(account, looked, failure, false);
                }
                Sent::Lost { failure, settled } => (failure, settled),
            };
            tries += 1;
            // The pause comes before the look: what is behind a gateway may still be at work.
            let again = self.client.transport.again(tries).await;
            let looked = self.look_for(account).await;
            let absent = matches!(looked, Ok(Look::Absent));
            if !(again && absent && (settled || tries == 1)) {
                return self.after_lost(account, looked, failure, settled);
            }
        }
    }

    async fn look_for(&self, account: &NewAccount) -> Result<Look, Failure> {
        let wanted = Wanted {
            hr_id: account.hr_id.as_deref(),
            login: &account.login,
            email: "",
        };
        self.client.look(self.server().await?, wanted).await
    }

    async fn send(&self, account: &NewAccount, body: &Value) -> Result<Sent, Failure> {
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
            return Ok(match id_of(&answer, account, self.client.dialect.login) {
                Some(id) => Sent::Made(done(Some(&id), answer.request_id)),
                None => Sent::Unnamed(self.without_id(&answer)),
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
        failure.what = format!("{WHAT}: the app answered success and did not name the account");
        failure
    }

    /// The server says that it exists: is it ours?
    async fn exists(&self, account: &NewAccount, mut failure: Failure) -> Result<Written, Failure> {
        failure.kind = FailureKind::AlreadyExists;
        let why = match self.look_for(account).await {
            Ok(Look::Found(found)) if found.is_of(account.hr_id.as_deref()) => {
                if found.status != Status::Inactive {
                    return Ok(already_so(Some(&found.id)));
                }
                "it is there, and closed"
            }
            Ok(Look::Found(_)) => "one with this login is there, without this HR id",
            Ok(Look::Absent) => "the app says that it is there, and does not show it",
            Ok(Look::Several | Look::Unclear(_)) | Err(_) => "the app says that it is there",
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
            Ok(Look::Found(found))
                if found.is_of(account.hr_id.as_deref()) || found.hr_id.is_empty() =>
            {
                Ok(done(Some(&found.id), lost.request_id))
            }
            Ok(Look::Found(_)) => {
                let what = format!("{WHAT}: one with this login and another HR id is there");
                let transport = &self.client.transport;
                Err(transport.failure(FailureKind::AlreadyExists, what))
            }
            Ok(Look::Absent) if settled => Err(lost),
            Ok(Look::Absent | Look::Several | Look::Unclear(_)) | Err(_) => Ok(unknown(lost)),
        }
    }
}

/// The id of the account that was made; `None` if the answer is about another.
fn id_of(answer: &Answer, account: &NewAccount, login: Login) -> Option<String> {
    let body = answer.json()?;
    let told = match login {
        Login::UserName => at(&body, &schema::LOGIN).and_then(text),
        Login::Email => main_email(&body).map(|(_, email)| email),
    };
    if told.is_some_and(|told| !same_email(&told, &account.login)) {
        return None;
    }
    let id = member(&body, "id").and_then(text)?;
    (!id.is_empty()).then(|| id.into_owned())
}

/// The whole body: only attributes that the server lists, and `active` always said.
fn body(account: &NewAccount, server: &Server, dialect: &Dialect) -> Value {
    let mut record = json!({"schemas": [schema::USER]});
    let mut put = |path: &Path, value: Value| {
        if server.knows(path) {
            patch::set(&mut record, path, Some(value));
        }
    };
    put(&schema::LOGIN, json!(account.login));
    put(&schema::ACTIVE, json!(true));
    if let Some(hr_id) = account.hr_id.as_ref().filter(|_| dialect.stores_hr_id) {
        put(&schema::HR_ID, json!(hr_id));
    }
    if !account.email.is_empty() {
        let email = json!([{"value": account.email, "type": "work", "primary": true}]);
        put(&schema::EMAILS, email);
    }
    for (name, value) in account
        .attributes
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        let known = dialect.attribute(name);
        if let Some(Attribute { path, .. }) = known.filter(|known| !known.comes_later()) {
            put(path, json!(value));
        }
    }
    record
}
