//! One request with JSON in it.

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use crate::apps::transport::{Clients, is_loopback};
use crate::base::foreign::escape;

use super::Unsent;

/// As much of an answer as is read.
const ANSWER: usize = 1024;

/// A request with JSON in it, made once.
pub struct Post {
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Post {
    /// JSON to an address.
    pub fn json(url: Url, body: Vec<u8>) -> Self {
        Self {
            url,
            headers: Vec::new(),
            body,
        }
    }

    /// Adds headers.
    pub fn with(mut self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Sends it. A redirect is an answer like another: the address is a secret, and what is signed
    /// is for one receiver.
    pub async fn send(self, clients: &Clients) -> Result<(), Unsent> {
        let client = clients
            .for_host(is_loopback(&self.url))
            .map_err(unreachable)?;
        let mut request = client
            .post(self.url)
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let answer = request.body(self.body).send().await;
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        while said.len() < ANSWER
            && let Ok(Some(piece)) = answer.chunk().await
        {
            said.extend(piece);
        }
        Err(refused(status, &said))
    }
}

/// An error of the connection, without the address, which is a secret.
fn unreachable(error: reqwest::Error) -> Unsent {
    let error = error.without_url();
    let mut root: &dyn std::error::Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    let why = format!("it cannot be reached ({})", escape(&root.to_string()));
    let todo = "see whether the server is up and this machine may speak to it";
    Unsent::new(why, todo)
}

fn refused(status: StatusCode, said: &[u8]) -> Unsent {
    let why = match word(said) {
        Some(word) => format!("it refused the notice (HTTP {}: {word})", status.as_u16()),
        None => format!("it refused the notice (HTTP {})", status.as_u16()),
    };
    let todo = match status.as_u16() {
        300..=399 => "name the address that it redirects to: redirects are not followed",
        401 | 403 => "see whether the webhook is still allowed to post, and its secret the same",
        404 | 410 => {
            "the webhook is gone: make a new one, and keep its address where the old one is"
        }
        429 => "it takes no more for now: the next notice may get through",
        500.. => "the server has a problem of its own: the next notice may get through",
        _ => "see what the receiver's own log says of it",
    };
    Unsent::new(why, todo)
}

/// The one word that vendors answer with, as `no_service`: a secret or a trap does not look like it.
fn word(said: &[u8]) -> Option<&str> {
    let word = std::str::from_utf8(said).ok()?.trim();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    ((3..=40).contains(&word.len()) && word.bytes().all(plain)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_only_a_vendors_word_is_told() {
        assert_eq!(word(b"invalid_payload\n"), Some("invalid_payload"));
        for bad in [
            &b"https://hooks.slack.com/services/T/B/x"[..],
            b"\x1b[2Jforged",
            b"no service",
            b"",
            b"T0000B0000xyz",
            b"\xff\xfe\xfd",
        ] {
            assert_eq!(word(bad), None);
        }
    }
}
