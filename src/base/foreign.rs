//! Text that came from outside and is hostile until escaped.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Text that an app or a file said. It has no `Display`: only `render/` opens it, by [`escape`].
///
/// `Foreign` owns its text, `Foreign<&str>` borrows it. Serialising writes it as it is, since JSON
/// and NDJSON are the machine's copy.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Foreign<T = String>(T);

impl<T: AsRef<str>> Foreign<T> {
    /// Wraps outside text.
    pub fn new(text: T) -> Self {
        Self(text)
    }

    /// The text as it came: to compare, to hash, and to send back to the app it came from. Never
    /// to show.
    pub fn raw(&self) -> &str {
        self.0.as_ref()
    }

    /// True if there is no text.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// An owned copy.
    pub fn to_owned(&self) -> Foreign {
        Foreign(self.raw().to_owned())
    }

    /// The same text, borrowed.
    pub fn as_deref(&self) -> Foreign<&str> {
        Foreign(self.raw())
    }
}

impl<'a> Foreign<&'a str> {
    /// [`Self::raw`], for as long as the text itself lives.
    pub fn into_raw(self) -> &'a str {
        self.0
    }
}

impl From<&str> for Foreign {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Foreign {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl JsonSchema for Foreign {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// The text with everything that could move a cursor, reorder a line, hide or forge output written
/// as a visible escape (`\u{202e}`): C0, C1, DEL, line and paragraph separators, bidi controls,
/// zero-width, blank and tag characters.
pub fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hostile(character) {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// True for a character that must not reach a screen as it is.
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180E
                | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFEFF
                | 0xFFA0 | 0xFFF9..=0xFFFB | 0x1D173..=0x1D17A | 0xE0000..=0xE00FF
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_could_forge_a_screen_and_nothing_else() {
        assert_eq!(escape("Zoë 李 O'Neil 🙂"), "Zoë 李 O'Neil 🙂");
        assert_eq!(escape("a\u{1b}[2Kb"), "a\\u{1b}[2Kb");
        assert_eq!(escape("x\u{202e}y\r\n"), "x\\u{202e}y\\u{d}\\u{a}");
        for hostile in [
            '\u{0}',
            '\u{7f}',
            '\u{9b}',
            '\u{200b}',
            '\u{2028}',
            '\u{2066}',
            '\u{e0041}',
            '\u{feff}',
            '\u{3164}',
        ] {
            assert!(is_hostile(hostile), "{hostile:?}");
        }
    }
}
