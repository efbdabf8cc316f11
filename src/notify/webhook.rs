//! What any endpoint takes: a notice as JSON, signed as the Standard Webhooks say
//! (<https://www.standardwebhooks.com>), for which receivers find a library in most languages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::model::notice::{NOTICE_FORMAT, Notice};

use super::Unsent;
use super::fit::{self, Room};

/// Enough for any reader, and little enough for any receiver.
const ROOM: Room = Room {
    all: 200_000,
    section: 100_000,
    line: 4,
};

/// No shorter key is worth a signature.
const SHORTEST_KEY: usize = 16;

/// A notice as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Document {
    /// `provisor.notice/1`.
    pub format: &'static str,
    /// The notice.
    #[serde(flatten)]
    pub notice: Notice,
}

/// The notice as JSON.
pub fn body(notice: &Notice) -> Vec<u8> {
    let document = Document {
        format: NOTICE_FORMAT,
        notice: Notice {
            title: fit::title(notice),
            sections: fit::sections(notice, ROOM, str::len),
            ..notice.clone()
        },
    };
    serde_json::to_vec(&document).expect("a notice is JSON")
}

/// The headers that prove who sent a body, and when.
pub fn sign(
    secret: &SecretString,
    id: &str,
    time: Timestamp,
    body: &[u8],
) -> Result<[(&'static str, String); 3], Unsent> {
    let key = key(secret.expose_secret())?;
    let time = time.as_second().to_string();
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        context.update(part);
    }
    let signature = STANDARD.encode(context.sign());
    Ok([
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", time),
        ("webhook-signature", format!("v1,{signature}")),
    ])
}

/// The key: what follows `whsec_` in base64, or any text as it is.
fn key(secret: &str) -> Result<Vec<u8>, Unsent> {
    let refuse = |why| {
        let todo = "keep 24 random bytes there, in base64 behind whsec_: openssl rand -base64 24";
        Err(Unsent::new(why, todo))
    };
    let key = match secret.strip_prefix("whsec_") {
        None => secret.as_bytes().to_vec(),
        Some(encoded) => match STANDARD.decode(encoded) {
            Ok(key) => key,
            Err(_) => return refuse("what follows whsec_ in its secret is not base64"),
        },
    };
    if key.len() < SHORTEST_KEY {
        return refuse("its secret is too short to sign with");
    }
    Ok(key)
}
