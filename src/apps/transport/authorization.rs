//! How requests are authorised: by a token at hand, or by one that a token endpoint gives.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Mutex, OnceCell};

use crate::apps::credentials;
use crate::base::Stopwatch;
use crate::model::failure::{Failure, FailureKind};

use super::message::Unanswered;
use super::signing::SigningKey;
use super::{Transport, token};

/// How an app wants requests to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The credential `token`, behind this word: `Bearer`.
    Token(&'static str),
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4), the client authenticated by an
    /// assertion that it signed (RFC 7523, section 2.2): the credentials `client_id`,
    /// `private_key` and, unless the key is a JWK that names itself, `key_id`.
    SignedAssertion(TokenEndpoint),
}

/// Where access tokens come from: always below the app's own url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenEndpoint {
    /// The segments of its path.
    pub path: &'static [&'static str],
    /// The scope to ask for to read, separated by spaces.
    pub read: &'static str,
    /// The scope to ask for to write. It is not asked for before something is written.
    pub write: &'static str,
}

impl TokenEndpoint {
    /// The least that a request of a method needs.
    fn scope(self, method: &Method) -> &'static str {
        if *method == Method::GET {
            self.read
        } else {
            self.write
        }
    }
}

/// An access token is no longer used so long before it expires.
const MARGIN: Duration = Duration::from_mins(1);

/// So many secrets are looked for in what an app says; older ones have expired.
const REMEMBERED: usize = 8;

/// What authorises requests to one app.
#[derive(Debug)]
pub struct Authorization {
    scheme: Scheme,
    credential: OnceCell<Result<Credential, Failure>>,
    /// To read with.
    reading: Mutex<Option<AccessToken>>,
    /// To write with.
    writing: Mutex<Option<AccessToken>>,
    /// What must not be shown.
    secrets: std::sync::Mutex<VecDeque<SecretString>>,
}

/// What the files' `credentials` gave.
#[derive(Debug)]
enum Credential {
    Token {
        word: &'static str,
        secret: SecretString,
    },
    Client {
        client: Box<Client>,
        endpoint: TokenEndpoint,
    },
}

/// A client of a token endpoint.
#[derive(Debug)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// `private_key`
    pub key: SigningKey,
    /// `key_id`
    pub key_id: Option<String>,
}

/// What a token endpoint gave.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub secret: SecretString,
    /// Since when it is valid.
    pub since: Stopwatch,
    /// For how long.
    pub lifetime: Duration,
}

impl AccessToken {
    fn is_fresh(&self) -> bool {
        let margin = MARGIN.min(self.lifetime / 2);
        self.since.elapsed() + margin < self.lifetime
    }
}

impl Authorization {
    /// Nothing is fetched before the first request.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            credential: OnceCell::new(),
            reading: Mutex::default(),
            writing: Mutex::default(),
            secrets: std::sync::Mutex::default(),
        }
    }

    /// What must not be shown.
    pub fn secrets(&self) -> Vec<SecretString> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().cloned().collect()
    }

    /// From now on, never to be shown.
    pub fn keep_secret(&self, secret: &SecretString) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secrets.len() >= REMEMBERED {
            secrets.pop_front();
        }
        secrets.push_back(secret.clone());
    }

    fn slot(&self, method: &Method) -> &Mutex<Option<AccessToken>> {
        if *method == Method::GET {
            &self.reading
        } else {
            &self.writing
        }
    }
}

impl Transport {
    /// What authorises a request, as the value of its header.
    pub(super) async fn pass(
        &self,
        method: &Method,
        what: &str,
    ) -> Result<HeaderValue, Unanswered> {
        let fetch = || self.fetch_credential();
        let credential = self.authorization.credential.get_or_init(fetch).await;
        let credential = credential.as_ref().map_err(|failure| Unanswered {
            failure: failure.clone(),
            sent: false,
        })?;
        match credential {
            Credential::Token { word, secret } => self.header(word, secret),
            Credential::Client { client, endpoint } => {
                let mut slot = self.authorization.slot(method).lock().await;
                if !slot.as_ref().is_some_and(AccessToken::is_fresh) {
                    let scope = endpoint.scope(method);
                    *slot = Some(token::fetch(self, client, endpoint.path, scope, what).await?);
                }
                let token = slot.as_ref().expect("there is one, or one was fetched");
                self.header("Bearer", &token.secret)
            }
        }
    }

    /// Gives up an access token that the app refuses; false if there is no way to another one.
    pub(super) async fn renounce(&self, method: &Method, refused: &HeaderValue) -> bool {
        if matches!(self.authorization.scheme, Scheme::Token(_)) {
            return false;
        }
        let mut slot = self.authorization.slot(method).lock().await;
        let same = |token: &AccessToken| {
            let header = self.header("Bearer", &token.secret);
            header.is_ok_and(|header| header == *refused)
        };
        // Another request may have brought a newer one meanwhile.
        if slot.as_ref().is_some_and(same) {
            *slot = None;
        }
        true
    }

    fn header(&self, word: &str, secret: &SecretString) -> Result<HeaderValue, Unanswered> {
        let text = format!("{word} {}", secret.expose_secret());
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            let what = "its token holds a character that no header may hold".to_owned();
            self.unsent(FailureKind::Unauthorized, what)
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn fetch_credential(&self) -> Result<Credential, Failure> {
        let (app, given) = (self.app(), &self.settings.credentials);
        let source = |name: &str| {
            given.get(name).ok_or_else(|| {
                let what = format!("it has no credential named `{name}`");
                self.failure(FailureKind::Unauthorized, what)
            })
        };
        match self.authorization.scheme {
            Scheme::Token(word) => {
                let secret = credentials::resolve(source("token")?, app).await?;
                self.authorization.keep_secret(&secret);
                Ok(Credential::Token { word, secret })
            }
            Scheme::SignedAssertion(endpoint) => {
                let id = credentials::resolve(source("client_id")?, app).await?;
                let key_id = match given.get("key_id") {
                    Some(source) => Some(credentials::resolve(source, app).await?),
                    None => None,
                };
                let source = source("private_key")?;
                let key = credentials::resolve_text(source, app).await?;
                let key = SigningKey::read(key.expose_secret())
                    .map_err(|error| credentials::failure(source, app, &error.to_string()))?;
                let client = Box::new(Client {
                    id: id.expose_secret().to_owned(),
                    key,
                    key_id: key_id.map(|id| id.expose_secret().to_owned()),
                });
                Ok(Credential::Client { client, endpoint })
            }
        }
    }
}
