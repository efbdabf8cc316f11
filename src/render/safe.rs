//! Makes text harmless and measures it: the only way into a [`Screen`](super::screen::Screen).

use unicode_width::UnicodeWidthChar as _;

use crate::base::foreign::escape;

/// The widest that a name or value, or one word of a sentence, may be, in display columns.
pub const CELL: usize = 120;

/// The longest that a sentence may be, in display columns: messages of ours with names in them.
const SENTENCE: usize = 8 * CELL;

/// More marks than this on one letter are an attack on the lines above, not a language.
const MARKS: usize = 4;

/// A name or a value that came from anywhere: one line, visible, at most [`CELL`] columns.
pub fn cell(text: &str) -> String {
    cut(&defuse(text, CELL), CELL)
}

/// A sentence with foreign words in it: as [`cell`], word by word, and longer.
pub fn sentence(text: &str) -> String {
    let safe = defuse(text, SENTENCE);
    let words: Vec<String> = safe.split(' ').map(|word| cut(word, CELL)).collect();
    cut(&words.join(" "), SENTENCE)
}

/// The whole of a name or value, on one line and visible: for a cell of a table that has no width.
pub fn whole(text: &str) -> String {
    defuse(text, usize::MAX)
}

/// Display columns of text that is safe already.
pub fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// A variation selector widens the sign before it to two columns.
fn column(character: char) -> usize {
    match character {
        '\u{fe0f}' => 1,
        _ => character.width().unwrap_or(0),
    }
}

/// Cuts to a number of columns, with an ellipsis where something is missing.
pub fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let mut width = 1;
    let kept: String = text
        .chars()
        .take_while(|character| {
            width += column(*character);
            width <= limit
        })
        .collect();
    kept + "…"
}

/// Escapes what could forge a screen, and what a CI runner would take for a command of its own:
/// a word that starts with `::`, and `##[error]` anywhere. Spaces that could pass for columns of ours, and
/// piles of combining marks become visible too.
fn defuse(text: &str, limit: usize) -> String {
    // Whatever lies far beyond the limit is cut anyway: a name of megabytes costs nothing.
    let most = limit.saturating_mul(MARKS + 1).saturating_add(1);
    let beginning: String = text.chars().take(most).collect();
    let escaped = escape(&beginning);
    let mut safe = String::with_capacity(escaped.len());
    let mut marks = 0;
    let mut last = ' ';
    let mut rest = escaped.chars().peekable();
    while let Some(character) = rest.next() {
        marks = if column(character) == 0 { marks + 1 } else { 0 };
        let command = character == ':' && last.is_whitespace() && rest.peek() == Some(&':');
        let bracket = character == '[' && commands(&safe);
        let gap = character == ' ' && last == ' ' && !safe.is_empty();
        let glue = character == '\u{a0}';
        if command || bracket || gap || glue || marks > MARKS {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
        last = character;
    }
    safe
}

/// True if a bracket after this text would make a command of some CI runners, which read
/// `##[error]` and `##vso[..]` wherever they stand.
pub fn commands(before: &str) -> bool {
    before
        .trim_end_matches(|character: char| character.is_ascii_alphanumeric())
        .ends_with("##")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "Zoë O'Neil",
            "李 小龍",
            "ngữ",
            "crate::module",
            "#general ##",
            "🙂 ❤️",
        ] {
            assert_eq!(cell(name), name);
            assert_eq!(sentence(name), name);
        }
    }

    #[test]
    fn commands_of_runners_are_defused() {
        assert_eq!(cell("::error::x"), "\\u{3a}:error::x");
        assert_eq!(cell("a ::error::x"), "a \\u{3a}:error::x");
        assert_eq!(cell("a##[error]x"), "a##\\u{5b}error]x");
        assert_eq!(cell("##vso[x]"), "##vso\\u{5b}x]");
    }

    #[test]
    fn long_wide_and_piled_text_is_cut_to_columns() {
        assert_eq!(columns(&cell(&"x".repeat(1_000_000))), CELL);
        assert!(columns(&cell(&"李".repeat(500))) <= CELL);
        assert!(
            cell(&format!("e{}", "\u{301}".repeat(5000)))
                .chars()
                .count()
                < 2 * CELL
        );
        assert_eq!(
            cell(&"x".repeat(CELL)),
            "x".repeat(CELL),
            "what fits is not cut"
        );
        assert!(
            sentence(&format!("{} b", "a".repeat(300))).ends_with("… b"),
            "a long word is cut by itself"
        );
    }

    #[test]
    fn gaps_cannot_pass_for_columns() {
        assert_eq!(cell("a   b"), "a \\u{20}\\u{20}b");
    }
}
