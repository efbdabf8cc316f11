//! Lines as Markdown: our own words as they are, everything from elsewhere in code spans, so that
//! mentions, links, images, HTML and footnotes in it stay text.

use crate::render::screen::{Line, Span};

/// Where inline text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a paragraph or a list.
    Text,
    /// In a cell of a table, where a bar would end it.
    Cell,
}

/// A line as inline text.
pub fn inline(line: &Line, place: Place) -> String {
    let mut text = String::new();
    let mut spans = line.spans().iter().peekable();
    // Inside of a code span of ours, as `--allow X --reason` is one.
    let mut open = false;
    while let Some(Span {
        text: piece,
        foreign,
        ..
    }) = spans.next()
    {
        if !foreign {
            text.push_str(&own(piece));
            open ^= piece.matches('`').count() % 2 == 1;
            continue;
        }
        let mut whole = piece.clone();
        while let Some(next) = spans.next_if(|span| span.foreign) {
            whole.push_str(&next.text);
        }
        if open {
            text.push_str(&within(&whole, place));
            continue;
        }
        if text.ends_with('`') {
            text.push(' ');
        }
        text.push_str(&value(&whole, place));
        if spans.peek().is_some_and(|span| span.text.starts_with('`')) {
            text.push(' ');
        }
    }
    text.trim().to_owned()
}

/// Words of ours, which hold code spans and nothing else of Markdown's.
fn own(words: &str) -> String {
    words
        .replace('\u{a0}', " ")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
}

/// A value inside of a code span of ours: nothing means anything there but what ends it.
fn within(text: &str, place: Place) -> String {
    let text = text.replace('`', "'");
    match place {
        Place::Text => text,
        Place::Cell => text.replace('|', "\\|"),
    }
}

/// A value from anywhere that is on one line already: as it is where nothing in it can mean
/// anything, else as a code span.
pub fn value(text: &str, place: Place) -> String {
    if is_prose(text) {
        return text.to_owned();
    }
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let ticks = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    let text = match place {
        Place::Text => text.to_owned(),
        Place::Cell => text.replace('|', "\\|"),
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// True for words that mean nothing to any platform: no markup, no `GH-12`, no commit to be linked.
fn is_prose(text: &str) -> bool {
    const SHORTEST_COMMIT: usize = 7;
    let commit =
        |word: &str| word.len() >= SHORTEST_COMMIT && word.chars().all(|c| c.is_ascii_hexdigit());
    let letters = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    let plain = |word: &str| word.chars().all(char::is_alphanumeric);
    let mut words = text.split([' ', ',']);
    text.starts_with(char::is_alphabetic)
        && !text.split([' ', ',', '-']).any(commit)
        && words.all(|word| plain(word) || word.split('-').all(letters))
}

/// A block of text, whatever is in it.
pub fn fence(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{ticks}text\n{}\n{ticks}\n", text.trim_end_matches('\n'))
}

/// How many backticks stand side by side, at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Role;

    fn cell(text: &str) -> String {
        inline(&Line::default().cell(Role::Text, text), Place::Cell)
    }

    #[test]
    fn what_could_mean_something_is_code() {
        for hostile in [
            "@everyone",
            "#12",
            "www.x.com",
            "https://x.com",
            "<img>",
            "![a](b)",
            "*a*",
            "_a_",
            "~~a~~",
            "</details>",
            "[^1]",
            "a\\b",
            "&amp;",
            "1. a",
            "- a",
            "> a",
            "$x$",
            ":smile:",
            "GH-12",
            "a -b",
            "deadbeef",
        ] {
            assert_eq!(cell(hostile), format!("`{hostile}`"));
        }
        assert_eq!(cell("Zoë Obi"), "Zoë Obi");
        assert_eq!(cell("Zoë Núñez-Çelik"), "Zoë Núñez-Çelik");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(cell("a`b"), "``a`b``");
        assert_eq!(cell("`a"), "`` `a ``");
        assert_eq!(cell("a``` </details>"), "````a``` </details>````");
    }

    #[test]
    fn neighbours_do_not_run_into_each_other() {
        let line = Line::default()
            .own(Role::Text, "give it an `end_date`")
            .cell(Role::Text, "@a")
            .cell(Role::Text, "@b")
            .own(Role::Text, "`x`");
        assert_eq!(
            inline(&line, Place::Text),
            "give it an `end_date` `@a@b` `x`"
        );
    }

    #[test]
    fn a_value_inside_of_our_code_stays_there() {
        let line = |name| {
            Line::default()
                .own(Role::Text, "say `--allow\u{a0}")
                .cell(Role::Text, name)
                .own(Role::Text, " --reason`.")
        };
        let text = |name| inline(&line(name), Place::Cell);
        assert_eq!(text("a.b=2"), "say `--allow a.b=2 --reason`.");
        assert_eq!(text("`|@x"), "say `--allow '\\|@x --reason`.");
    }

    #[test]
    fn a_fence_is_longer_than_all_in_it() {
        assert_eq!(fence("a ```` b\n"), "`````text\na ```` b\n`````\n");
        assert_eq!(fence("a"), "```text\na\n```\n");
    }
}
