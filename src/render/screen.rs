//! The one front door for text: whatever enters is harmless, styled by role and wrapped.

use super::safe::{self, columns};
use super::style::{Colour, Role};

/// The width of a page where nothing else is known.
pub const WIDTH: usize = 80;

/// A space at which no row breaks. It enters by our own words only and leaves as a plain space.
const GLUE: &str = "\u{a0}";

/// Lines of styled text for a width.
#[derive(Clone, Debug)]
pub struct Screen {
    width: usize,
    lines: Vec<Line>,
}

impl Screen {
    /// An empty page. The width is kept between 60 and 140 columns: below, nothing is legible;
    /// above, the eye loses the line.
    pub fn new(width: usize) -> Self {
        Self {
            width: width.clamp(60, 140),
            lines: Vec::new(),
        }
    }

    /// Display columns of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds a line.
    pub fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds an empty line, unless there is one already or the page is empty.
    pub fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    /// Adds the title of a section, with an empty line before it.
    pub fn section(&mut self, title: Line) {
        self.blank();
        self.line(title);
    }

    /// The page as text; every line ends with a line break.
    pub fn to_text(&self, colour: Colour) -> String {
        let mut text = String::new();
        for line in &self.lines {
            for row in line.wrap(self.width) {
                paint(&row, colour, &mut text);
                text.push('\n');
            }
        }
        text
    }
}

/// One line of a page: spans, an indent, and a hanging indent for what does not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    indent: usize,
    hang: usize,
    spans: Vec<Span>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub role: Role,
    /// It is harmless on a screen; other pages have dangers of their own.
    pub text: String,
    /// It came from anywhere, and is not ours.
    pub foreign: bool,
}

impl Line {
    /// A line that starts at a column, and hangs there too.
    pub fn at(indent: usize) -> Self {
        Self {
            indent,
            hang: indent,
            spans: Vec::new(),
        }
    }

    /// Sets the column at which what does not fit continues.
    #[must_use]
    pub fn hang(mut self, column: usize) -> Self {
        self.hang = column;
        self
    }

    /// Our own words.
    #[must_use]
    pub fn own(self, role: Role, words: &'static str) -> Self {
        self.span(role, words.to_owned(), false)
    }

    /// A name or value, from anywhere; cut to 120 columns.
    #[must_use]
    pub fn cell(self, role: Role, text: impl AsRef<str>) -> Self {
        let safe = safe::cell(text.as_ref());
        self.span(role, safe, true)
    }

    /// A few words of ours that stay on one row: a date, a count.
    #[must_use]
    pub fn glued(self, role: Role, text: impl AsRef<str>) -> Self {
        let safe = safe::cell(text.as_ref());
        self.span(role, safe.replace(' ', GLUE), false)
    }

    /// A sentence, from anywhere; each word is cut to 120 columns.
    #[must_use]
    pub fn sentence(self, role: Role, text: impl AsRef<str>) -> Self {
        let safe = safe::sentence(text.as_ref());
        self.span(role, safe, true)
    }

    /// Adds all spans of another line.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// Adds spaces up to a column, at least one unless nothing was said yet.
    #[must_use]
    pub fn to_column(self, column: usize) -> Self {
        let least = usize::from(!self.spans.is_empty());
        let gap = column.saturating_sub(self.columns()).max(least);
        self.span(Role::Text, " ".repeat(gap), false)
    }

    /// The column after the last span, before wrapping.
    pub fn columns(&self) -> usize {
        self.indent
            + self
                .spans
                .iter()
                .map(|span| columns(&span.text))
                .sum::<usize>()
    }

    /// The line as one row of any width, without a line break: for a log.
    pub fn to_row(&self, colour: Colour) -> String {
        let mut text = String::new();
        paint(&self.wrap(usize::MAX).swap_remove(0), colour, &mut text);
        text
    }

    /// The column at which what does not fit continues.
    pub fn hanging(&self) -> usize {
        self.hang
    }

    /// True if nothing was said.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The pieces, in their order.
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }

    fn span(mut self, role: Role, text: String, foreign: bool) -> Self {
        if !text.is_empty() {
            let span = Span {
                role,
                text,
                foreign,
            };
            self.spans.push(span);
        }
        self
    }

    /// The rows of the line, broken at spaces. A word that is wider than a row stays whole: it can
    /// still be copied.
    fn wrap(&self, width: usize) -> Vec<Vec<(Role, String)>> {
        let mut rows = vec![Row::new(self.indent, false)];
        for word in self.words() {
            let row = rows.last_mut().expect("there is a first row");
            if row.started && row.columns + word.gap + word.columns > width {
                rows.push(Row::new(self.hang, true));
            }
            let row = rows.last_mut().expect("there is a first row");
            row.add(word);
        }
        rows.into_iter().map(Row::finish).collect()
    }

    /// The words, across the borders of spans, each with the spaces before it.
    fn words(&self) -> Vec<Word> {
        let mut words = vec![Word::default()];
        for Span { role, text, .. } in &self.spans {
            for (index, part) in text.split(' ').enumerate() {
                if index > 0 {
                    match words.last_mut() {
                        Some(word) if word.pieces.is_empty() => word.gap += 1,
                        _ => words.push(Word {
                            gap: 1,
                            ..Word::default()
                        }),
                    }
                }
                if !part.is_empty() {
                    let word = words.last_mut().expect("there is a first word");
                    word.columns += columns(part);
                    word.pieces.push((*role, part.to_owned()));
                }
            }
        }
        words.retain(|word| !word.pieces.is_empty());
        words
    }
}

fn paint(row: &[(Role, String)], colour: Colour, text: &mut String) {
    for (role, piece) in row {
        role.paint(&piece.replace(GLUE, " "), colour, text);
    }
}

/// What cannot be broken, and the spaces before it.
#[derive(Default)]
struct Word {
    gap: usize,
    columns: usize,
    pieces: Vec<(Role, String)>,
}

/// One row of a wrapped line.
struct Row {
    columns: usize,
    continues: bool,
    started: bool,
    pieces: Vec<(Role, String)>,
}

impl Row {
    fn new(indent: usize, continues: bool) -> Self {
        Self {
            columns: indent,
            continues,
            started: false,
            pieces: vec![(Role::Text, " ".repeat(indent))],
        }
    }

    fn add(&mut self, word: Word) {
        // Spaces before the first word of a line are layout; those at a break are dropped.
        let gap = if self.continues && !self.started {
            0
        } else {
            word.gap
        };
        self.started = true;
        self.columns += gap + word.columns;
        let mut gap = " ".repeat(gap);
        for (role, piece) in word.pieces {
            match self.pieces.last_mut() {
                Some((last, text)) if *last == role => {
                    text.push_str(&gap);
                    text.push_str(&piece);
                }
                Some((Role::Text, text)) => {
                    text.push_str(&gap);
                    self.pieces.push((role, piece));
                }
                _ => {
                    self.pieces.push((Role::Text, gap));
                    self.pieces.push((role, piece));
                }
            }
            gap = String::new();
        }
    }

    /// The pieces; a row that a CI runner would take for a command is defused, however it came
    /// about.
    fn finish(mut self) -> Vec<(Role, String)> {
        let whole: String = self.pieces.iter().map(|(_, text)| text.as_str()).collect();
        if whole.trim_start().starts_with("::") {
            let first = self.pieces.iter_mut().find(|(_, text)| text.contains(':'));
            if let Some((_, text)) = first {
                *text = text.replacen(':', "\\u{3a}", 1);
            }
        }
        if self.started {
            self.pieces
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(line: Line) -> String {
        let mut screen = Screen::new(60);
        screen.line(line);
        screen.to_text(Colour::Plain)
    }

    #[test]
    fn wraps_with_a_hanging_indent_and_keeps_columns_before_the_break() {
        let words = "one two three four five six seven eight nine ten eleven twelve thirteen";
        let line = Line::at(2)
            .hang(8)
            .own(Role::Text, "+")
            .to_column(6)
            .own(Role::Text, words);
        assert_eq!(
            page(line),
            "  +   one two three four five six seven eight nine ten\n        eleven twelve thirteen\n"
        );
    }

    #[test]
    fn a_word_wider_than_the_page_stays_whole() {
        let long = "x".repeat(80);
        let line = Line::at(2)
            .own(Role::Text, "a ")
            .cell(Role::Text, &long)
            .own(Role::Text, " b");
        assert_eq!(page(line), format!("  a\n  {long}\n  b\n"));
    }

    #[test]
    fn a_command_made_of_two_harmless_pieces_is_defused() {
        let line = Line::at(4)
            .cell(Role::Quiet, ":")
            .cell(Role::Text, ":error::x");
        assert_eq!(page(line), "    \\u{3a}:error::x\n");
    }

    #[test]
    fn colour_surrounds_words_and_never_layout() {
        let mut screen = Screen::new(60);
        screen.line(
            Line::at(2)
                .own(Role::Remove, "- revoke")
                .own(Role::Text, " x"),
        );
        assert_eq!(
            screen.to_text(Colour::Ansi),
            "  \u{1b}[31m- revoke\u{1b}[0m x\n"
        );
    }
}
