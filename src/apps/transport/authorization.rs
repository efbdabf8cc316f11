//! How requests are authorised: by a token at hand, or by one that a token endpoint gives.

use std::collections::VecDeque;
use std::sync::PoisonError;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;

use crate::apps::{CredentialSource, credentials};
use crate::model::failure::{Failure, FailureKind};

use super::endpoint::{TokenEndpoint, Values};
use super::message::Unanswered;
use super::signing::SigningKey;
use super::slot::Slot;
use super::{Transport, token};

/// How an app wants requests to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The credential `token`, behind this word: `Bearer`.
    Token(&'static str),
    /// A token that a token endpoint gives for other credentials.
    Granted(TokenEndpoint),
}

/// So many passing secrets are looked for in what an app says; older ones have expired.
const REMEMBERED: usize = 8;

/// What authorises requests to one app.
#[derive(Debug)]
pub struct Authorization {
    scheme: Scheme,
    credential: OnceCell<Result<Credential, Failure>>,
    /// To read with, and for everything where writing needs nothing else.
    reading: Slot,
    /// To write with.
    writing: Slot,
    secrets: std::sync::Mutex<Secrets>,
}

/// What must not be shown.
#[derive(Debug, Default)]
struct Secrets {
    lasting: Vec<SecretString>,
    passing: VecDeque<SecretString>,
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
    /// What the files gave, by name.
    pub values: Values,
    /// `private_key`, where the endpoint takes what is signed with it.
    pub key: Option<SigningKey>,
    /// The refresh token that replaced the one of the files.
    pub newer_refresh_token: std::sync::Mutex<Option<SecretString>>,
}

impl Authorization {
    /// Nothing is fetched before the first request.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            credential: OnceCell::new(),
            reading: Slot::default(),
            writing: Slot::default(),
            secrets: std::sync::Mutex::default(),
        }
    }

    /// What must not be shown.
    pub fn secrets(&self) -> Vec<SecretString> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let all = secrets.lasting.iter().chain(&secrets.passing);
        all.cloned().collect()
    }

    /// From now on, not to be shown while it may be of use.
    pub fn keep_secret(&self, secret: &SecretString) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secrets.passing.len() >= REMEMBERED {
            secrets.passing.pop_front();
        }
        secrets.passing.push_back(secret.clone());
    }

    /// From now on, never to be shown.
    pub fn keep_secret_for_good(&self, secret: &SecretString) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |other: &SecretString| other.expose_secret() == secret.expose_secret();
        if !secrets.lasting.iter().any(known) {
            secrets.lasting.push(secret.clone());
        }
    }

    /// As if they had expired.
    #[cfg(test)]
    pub async fn forget_tokens(&self) {
        for slot in [&self.reading, &self.writing] {
            slot.give_up(|_| true).await;
        }
    }

    fn slot(&self, method: &Method) -> &Slot {
        match self.scheme {
            Scheme::Granted(endpoint) if endpoint.scope(method) != endpoint.read => &self.writing,
            _ => &self.reading,
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
                let fetch = token::fetch(self, client, endpoint, endpoint.scope(method), what);
                let secret = self.authorization.slot(method).token(fetch).await?;
                self.header("Bearer", &secret)
            }
        }
    }

    /// Gives up an access token that the app refuses; false if there is no way to another one.
    pub(super) async fn renounce(&self, method: &Method, refused: &HeaderValue) -> bool {
        if matches!(self.authorization.scheme, Scheme::Token(_)) {
            return false;
        }
        let is_refused = |secret: &SecretString| {
            let header = self.header("Bearer", secret);
            header.is_ok_and(|header| header == *refused)
        };
        self.authorization.slot(method).give_up(is_refused).await;
        true
    }

    /// A secret behind a word, as the value of a header.
    pub(super) fn header(
        &self,
        word: &str,
        secret: &SecretString,
    ) -> Result<HeaderValue, Unanswered> {
        let text = format!("{word} {}", secret.expose_secret());
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            let what = "its token holds a character that no header may hold".to_owned();
            self.unsent(FailureKind::Unauthorized, what)
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn fetch_credential(&self) -> Result<Credential, Failure> {
        match self.authorization.scheme {
            Scheme::Token(word) => {
                let secret = credentials::resolve(self.source("token")?, self.app()).await?;
                self.authorization.keep_secret_for_good(&secret);
                Ok(Credential::Token { word, secret })
            }
            Scheme::Granted(endpoint) => {
                let client = Box::new(self.fetch_client(&endpoint).await?);
                Ok(Credential::Client { client, endpoint })
            }
        }
    }

    async fn fetch_client(&self, endpoint: &TokenEndpoint) -> Result<Client, Failure> {
        let mut values = Values::new();
        for name in endpoint.required() {
            let value = credentials::resolve(self.source(name)?, self.app()).await?;
            if matches!(name, "client_secret" | "refresh_token") {
                self.authorization.keep_secret_for_good(&value);
            }
            values.insert(name, value);
        }
        for name in endpoint.optional() {
            if let Ok(source) = self.source(name) {
                values.insert(name, credentials::resolve(source, self.app()).await?);
            }
        }
        let key = if endpoint.signs() {
            let source = self.source("private_key")?;
            let text = credentials::resolve_text(source, self.app()).await?;
            let unreadable = |problem: &str| credentials::failure(source, self.app(), problem);
            let key = SigningKey::read(text.expose_secret())
                .map_err(|error| unreadable(&error.to_string()))?;
            if key.owner.is_none() {
                self.source("client_id")?;
            }
            Some(key)
        } else {
            None
        };
        Ok(Client {
            values,
            key,
            newer_refresh_token: std::sync::Mutex::default(),
        })
    }

    fn source(&self, name: &str) -> Result<&CredentialSource, Failure> {
        self.settings.credentials.get(name).ok_or_else(|| {
            let what = format!("it has no credential named `{name}`");
            self.failure(FailureKind::Unauthorized, what)
        })
    }
}
