//! The first question to every piece: is it of a format that this program knows?

use serde::Deserialize;

use super::StateError;

#[derive(Deserialize)]
struct Tag {
    format: String,
}

/// Reads a JSON piece of a format such as `provisor.snapshot/1`. The format is judged before
/// anything else, since what a newer one holds cannot be known.
pub(super) fn parse<'a, T: Deserialize<'a>>(
    piece: &str,
    bytes: &'a [u8],
    known: &str,
) -> Result<T, StateError> {
    let unreadable = |error: serde_json::Error| StateError::damaged(piece, error.to_string());
    let Tag { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if format != known {
        return Err(unknown(piece, format, known));
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

fn unknown(piece: &str, format: String, known: &str) -> StateError {
    let version = |format: &str| {
        let (name, number) = format.rsplit_once('/')?;
        Some((name.to_owned(), number.parse::<u64>().ok()?))
    };
    match (version(&format), version(known)) {
        (Some((name, number)), Some((ours, newest))) if name == ours && number > newest => {
            StateError::Newer {
                piece: piece.to_owned(),
                format,
            }
        }
        _ => StateError::damaged(piece, format!("its format is {format:?}, not {known:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Piece {
        #[expect(dead_code, reason = "a field that the format has")]
        format: String,
    }

    fn error(text: &str) -> String {
        let parsed: Result<Piece, _> = parse("lock.json", text.as_bytes(), "provisor.lock/2");
        parsed.unwrap_err().to_string()
    }

    #[test]
    fn a_newer_format_is_refused_by_name_and_another_is_damage() {
        assert_eq!(
            error(r#"{"format":"provisor.lock/3","surprise":[1]}"#),
            "lock.json of the state was written by a newer provisor (provisor.lock/3): update \
             provisor"
        );
        assert!(error(r#"{"format":"provisor.plan/9"}"#).contains("not \"provisor.lock/2\""));
        assert!(error(r#"{"format":"provisor.lock/\u001b[2J"}"#).contains("damaged"));
        assert!(!error(r#"{"format":"provisor.lock/\u001b[2J"}"#).contains('\u{1b}'));
        assert!(error("{").contains("damaged"));
        assert!(error(r#"{"format":"provisor.lock/2","more":1}"#).contains("unknown field"));
    }
}
