//! What a vendor's library says of a failure, without what must not be told.
//!
//! It may quote an address, whose query may hold a signature, and a whole answer, in which a vendor
//! may repeat a token. Of an answer only the status and the vendor's own word for it remain.

use std::fmt::Write as _;

use object_store::Error;

use crate::base::foreign::escape;

/// After these the vendor's answer is quoted.
const QUOTES: [&str; 2] = ["status code: ", "error response: "];

/// What a failure may be told as.
pub fn told(error: &Error) -> String {
    cleaned(&error.to_string())
}

fn cleaned(said: &str) -> String {
    let quote = QUOTES.iter().find_map(|quote| said.split_once(quote));
    let (ours, status, answer) = match quote {
        Some((ours, rest)) => {
            let (status, answer) = rest.split_once(": ").unwrap_or((rest, ""));
            let is_status = status.starts_with(|first: char| first.is_ascii_digit());
            (ours, if is_status { status } else { "" }, answer)
        }
        None => (said, "", ""),
    };
    let words: Vec<_> = ours.split_whitespace().map(address).collect();
    let mut text = words.join(" ");
    if quote.is_some() {
        text.push_str(" status ");
        text.push_str(if status.is_empty() { "200" } else { status });
        if let Some(word) = word(answer) {
            // A string takes whatever is written to it.
            let _ = write!(text, " ({word})");
        }
    }
    escape(&text)
}

/// Addresses without what may hold a secret: a name and password before the host, a query after.
fn address(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/{path}")
}

/// The vendor's word for what went wrong: `NoSuchBucket`.
fn word(answer: &str) -> Option<&str> {
    let (word, _) = answer.split_once("<Code>")?.1.split_once("</Code>")?;
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && word.len() <= 64).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signature_token_or_escape_comes_through() {
        let said = |source: &str| {
            told(&Error::Generic {
                store: "Azure",
                source: source.to_owned().into(),
            })
        };
        assert_eq!(
            said("error sending request for url (https://a.example/c/b?sig=canary) in 1s"),
            "Generic Azure error: error sending request for url (https://a.example/c/b in 1s"
        );
        assert_eq!(
            said(
                "PUT https://key:canary@a.example/c/b in 1s - Server returned non-2xx status code: \
                 400 Bad Request: <Error><Code>ExpiredToken</Code><Token-0>canary</Token-0></Error>"
            ),
            "Generic Azure error: PUT https://a.example/c/b in 1s - Server returned non-2xx status \
             400 Bad Request (ExpiredToken)"
        );
        assert_eq!(
            said("Server returned error response: <Code>Slow<Code>canary</Code>"),
            "Generic Azure error: Server returned status 200"
        );
        assert_eq!(
            said("status code: 403 Forbidden: canary"),
            "Generic Azure error: status 403 Forbidden"
        );
        assert!(!said("\u{1b}[2J").contains('\u{1b}'));
    }
}
