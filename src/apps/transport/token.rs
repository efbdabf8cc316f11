//! Asking a token endpoint for an access token (RFC 6749, RFC 7523).

use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::model::failure::FailureKind;

use super::Transport;
use super::authorization::Client;
use super::endpoint::{Field, Grant, Proof, TokenEndpoint};
use super::message::{Answer, Unanswered};
use super::signing::Claims;
use super::slot::AccessToken;

const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Used where the answer does not tell: the field's shortest habit.
const LIFETIME: Duration = Duration::from_mins(5);

/// Gets an access token of a scope. Refused credentials close the gate to the app.
pub async fn fetch(
    transport: &Transport,
    client: &Client,
    endpoint: &TokenEndpoint,
    scope: &str,
    what: &str,
) -> Result<AccessToken, Unanswered> {
    // Refused while we waited for our turn.
    if let Some(failure) = transport.gate.closed() {
        return Err(Unanswered {
            failure: failure.clone(),
            sent: false,
        });
    }
    let base = &transport.settings.url;
    let url = endpoint.address(base, &client.values).ok_or_else(|| {
        let what = format!("{what}: its token endpoint has no possible address");
        transport.unsent(FailureKind::Invalid, what)
    })?;
    let loggable = if url.host() == base.host() {
        url.path().to_owned()
    } else {
        url.to_string()
    };
    let question = Question {
        transport,
        client,
        endpoint,
        url: &url,
        what,
    };
    let form = question.form(scope)?;
    let mut sending = transport
        .client(what)?
        .request(Method::POST, url.clone())
        .timeout(transport.patience.exchange)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    if endpoint.proof == Proof::Basic {
        sending = sending.header(AUTHORIZATION, question.basic()?);
    }
    let since = transport.clock.stopwatch();
    let logged = transport.logged(sending, &Method::POST, &loggable, what);
    // Nothing of what was asked for was sent: a token is not a part of it.
    let (answer, _) = logged.await.map_err(|lost| Unanswered {
        sent: false,
        ..lost
    })?;
    transport.keep_to(answer.limits, 1);
    let body = answer.json().unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let proves = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP"));
    match text("access_token").filter(|token| answer.is_success() && !token.is_empty()) {
        Some(token) if !proves => {
            let secret = SecretString::from(token);
            transport.authorization.keep_secret(&secret);
            if let Some(newer) = text("refresh_token") {
                question.replace_refresh_token(newer);
            }
            Ok(AccessToken {
                secret,
                since,
                lifetime: lifetime(&body),
            })
        }
        _ => Err(refused(transport, &answer, &body, proves, what)),
    }
}

/// `expires_in`, which some write as a text.
fn lifetime(body: &Value) -> Duration {
    let seconds = match body.get("expires_in") {
        Some(Value::Number(seconds)) => seconds.as_u64(),
        Some(Value::String(seconds)) => seconds.parse().ok(),
        _ => None,
    };
    seconds.map_or(LIFETIME, Duration::from_secs)
}

/// One request to a token endpoint, in the making.
struct Question<'a> {
    transport: &'a Transport,
    client: &'a Client,
    endpoint: &'a TokenEndpoint,
    url: &'a Url,
    what: &'a str,
}

impl Question<'_> {
    /// The body.
    fn form(&self, scope: &str) -> Result<String, Unanswered> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let mut put = |name: &str, value: &str| {
            form.append_pair(name, value);
        };
        match self.endpoint.grant {
            Grant::ClientCredentials => put("grant_type", "client_credentials"),
            Grant::Named(name) => put("grant_type", name),
            Grant::RefreshToken => {
                put("grant_type", "refresh_token");
                put("refresh_token", self.refresh_token().expose_secret());
            }
            Grant::Assertion { audience } => {
                put("grant_type", JWT_BEARER);
                let audience = if audience.is_empty() {
                    self.url.as_str()
                } else {
                    audience
                };
                put("assertion", &self.bearer(audience, scope)?);
            }
        }
        match self.endpoint.proof {
            Proof::Form => {
                put("client_id", self.value("client_id"));
                put("client_secret", self.value("client_secret"));
            }
            Proof::Assertion { key_id } => {
                put("client_assertion_type", CLIENT_ASSERTION);
                put("client_assertion", &self.client_assertion(key_id)?);
            }
            Proof::None | Proof::Basic => {}
        }
        // An assertion tells its own.
        if !scope.is_empty() && !matches!(self.endpoint.grant, Grant::Assertion { .. }) {
            put("scope", scope);
        }
        for (name, field) in self.endpoint.fields {
            put(
                name,
                match field {
                    Field::Always(value) => value,
                    Field::Credential(name) => self.value(name),
                },
            );
        }
        Ok(form.finish())
    }

    /// Who the client is, as a header. Both parts are encoded (RFC 6749, section 2.3.1).
    fn basic(&self) -> Result<HeaderValue, Unanswered> {
        let part = |name: &str| {
            let value = self.value(name).as_bytes();
            form_urlencoded::byte_serialize(value).collect::<String>()
        };
        let pair = BASE64.encode(format!("{}:{}", part("client_id"), part("client_secret")));
        let secret = SecretString::from(pair);
        self.transport.authorization.keep_secret_for_good(&secret);
        self.transport.header("Basic", &secret)
    }

    /// A signed word that we are the client.
    fn client_assertion(&self, key_header: &'static str) -> Result<String, Unanswered> {
        let client = self.value("client_id");
        self.sign(&Claims {
            key_header,
            issuer: client,
            subject: Some(client),
            audience: self.url.as_str(),
            scope: None,
        })
    }

    /// A signed word for whom we want to act.
    fn bearer(&self, audience: &str, scope: &str) -> Result<String, Unanswered> {
        let owner = self
            .client
            .key
            .as_ref()
            .and_then(|key| key.owner.as_deref());
        let given = self.client.values.get("client_id");
        let issuer = given.map(SecretString::expose_secret).or(owner);
        let subject = self.client.values.get("subject");
        self.sign(&Claims {
            key_header: "kid",
            issuer: issuer.unwrap_or_default(),
            subject: subject.map(SecretString::expose_secret),
            audience,
            scope: Some(scope).filter(|scope| !scope.is_empty()),
        })
    }

    fn sign(&self, claims: &Claims<'_>) -> Result<String, Unanswered> {
        let key_id = self.client.values.get("key_id");
        let key_id = key_id.map(SecretString::expose_secret);
        let now = self.transport.clock.now();
        let key = self.client.key.as_ref();
        let signed = key.and_then(|key| key.assertion(claims, key_id, now));
        let signed = signed.ok_or_else(|| {
            let what = format!("{}: its private key cannot sign", self.what);
            self.transport.unsent(FailureKind::Unauthorized, what)
        })?;
        let secret = SecretString::from(signed.as_str());
        self.transport.authorization.keep_secret(&secret);
        Ok(signed)
    }

    /// All that are required were fetched.
    fn value(&self, name: &str) -> &str {
        let value = self.client.values.get(name);
        value.map(SecretString::expose_secret).unwrap_or_default()
    }

    fn refresh_token(&self) -> SecretString {
        let newer = self.client.newer_refresh_token.lock();
        let newer = newer.unwrap_or_else(PoisonError::into_inner);
        newer
            .clone()
            .unwrap_or_else(|| SecretString::from(self.value("refresh_token")))
    }

    fn replace_refresh_token(&self, newer: &str) {
        let newer = SecretString::from(newer);
        self.transport.authorization.keep_secret_for_good(&newer);
        let slot = self.client.newer_refresh_token.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some(newer);
    }
}

fn refused(
    transport: &Transport,
    answer: &Answer,
    body: &Value,
    proves: bool,
    what: &str,
) -> Unanswered {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let error = text("error").unwrap_or_default();
    // What came with success may be a token.
    let said = if answer.is_success() {
        Some("")
    } else {
        text("error_description").or(text("error"))
    };
    let mut failure = transport.refused(answer, what, said);
    let mut because = |kind, why: &str| {
        failure.kind = kind;
        failure.what = format!("{what}: {why}");
    };
    if (300..400).contains(&answer.status) {
        because(
            FailureKind::Protocol,
            "the token endpoint redirects; credentials follow no redirect",
        );
    } else if proves || matches!(error, "use_dpop_nonce" | "invalid_dpop_proof") {
        because(
            FailureKind::Unsupported,
            "the app wants tokens bound to a key (DPoP), which we do not do; switch off \"Require \
             Demonstrating Proof of Possession (DPoP) header in token requests\" in the general \
             settings of the service app",
        );
    } else if error == "invalid_scope" {
        because(
            FailureKind::Forbidden,
            "the token endpoint does not grant the scopes that the connector names",
        );
    } else if answer.is_success() {
        because(
            FailureKind::Protocol,
            "the token endpoint answered success and gave no token",
        );
    } else if matches!(answer.status, 400 | 401 | 403) && !answer.limits.refused {
        because(
            FailureKind::Unauthorized,
            "the token endpoint refuses the client, or its key or secret",
        );
    }
    if !matches!(
        failure.kind,
        FailureKind::Unavailable | FailureKind::RateLimited | FailureKind::Forbidden
    ) {
        transport.gate.close(&failure);
    }
    Unanswered {
        failure,
        sent: false,
    }
}
