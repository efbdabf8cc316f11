//! Asking a token endpoint for an access token (RFC 6749, section 4.4).

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use crate::model::failure::FailureKind;

use super::Transport;
use super::authorization::{AccessToken, Client};
use super::message::{Answer, Unanswered};
use super::target::Target;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Used where the answer does not tell: the field's shortest habit.
const LIFETIME: Duration = Duration::from_mins(5);

/// Gets an access token of a scope. Refused credentials close the gate to the app.
pub async fn fetch(
    transport: &Transport,
    client: &Client,
    path: &[&str],
    scope: &str,
    what: &str,
) -> Result<AccessToken, Unanswered> {
    let invalid = || {
        let what = format!("{what}: its token endpoint has no possible address");
        transport.unsent(FailureKind::Invalid, what)
    };
    let target = Target::new(path).map_err(|_| invalid())?;
    let url = target
        .below(&transport.settings.url)
        .map_err(|_| invalid())?;
    let now = transport.clock.now();
    let assertion = client
        .key
        .assertion(client.key_id.as_deref(), &client.id, url.as_str(), now)
        .ok_or_else(|| {
            let what = format!("{what}: its private key cannot sign");
            transport.unsent(FailureKind::Unauthorized, what)
        })?;
    let assertion = SecretString::from(assertion);
    transport.authorization.keep_secret(&assertion);
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", scope)
        .append_pair("client_assertion_type", ASSERTION)
        .append_pair("client_assertion", assertion.expose_secret())
        .finish();
    let sending = transport
        .client(what)?
        .request(Method::POST, url)
        .timeout(transport.patience.exchange)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    let since = transport.clock.stopwatch();
    let logged = transport.logged(sending, &Method::POST, &target, what);
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
            let seconds = body.get("expires_in").and_then(Value::as_u64);
            Ok(AccessToken {
                secret,
                since,
                lifetime: seconds.map_or(LIFETIME, Duration::from_secs),
            })
        }
        _ => Err(refused(transport, &answer, &body, proves, what)),
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
    if proves || matches!(error, "use_dpop_nonce" | "invalid_dpop_proof") {
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
    } else if matches!(answer.status, 400 | 401 | 403) {
        because(
            FailureKind::Unauthorized,
            "the token endpoint refuses the client or its key",
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
