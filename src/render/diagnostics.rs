//! Problems of the files: message, place, caret, hint.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::base::count::{count, count_of};
use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, FileId, Label, Severity, Site, SourceFile, Sources};

use super::safe;
use super::style::{Colour, renderer};

/// Problems as text, in the order given, and a last line that counts them.
pub fn text(diagnostics: &[Diagnostic], sources: &Sources, width: usize, colour: Colour) -> String {
    let width = width.clamp(60, 140);
    let renderer = renderer(colour).term_width(width);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&one(diagnostic, sources, width, &renderer));
        text.push_str("\n\n");
    }
    text.push_str(&summary(diagnostics));
    text.push('\n');
    text
}

/// `12 problems: 10 errors, 2 people held`
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let number = |severity| {
        let matching = diagnostics.iter().filter(|one| one.severity == severity);
        matching.count()
    };
    let parts: Vec<String> = [
        (number(Severity::Error), "error", "errors"),
        (number(Severity::Held), "person held", "people held"),
        (number(Severity::Warning), "warning", "warnings"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| count_of(number, one, many).to_string())
    .collect();
    if parts.is_empty() {
        return "No problems.".to_owned();
    }
    let all = count(diagnostics.len(), "problem");
    format!("{all}: {}", parts.join(", "))
}

fn one(diagnostic: &Diagnostic, sources: &Sources, width: usize, renderer: &Renderer) -> String {
    let (level, word) = match diagnostic.severity {
        Severity::Error => (Level::ERROR, "error"),
        // `Renderer` has no level of this meaning; the style table colours notes as held.
        Severity::Held => (Level::NOTE.with_name("held"), "held"),
        Severity::Warning => (Level::WARNING, "warning"),
    };
    let prefix = word.len() + diagnostic.code.len() + "[]: ".len();
    let title = level
        .primary_title(fold(&diagnostic.message, width, prefix))
        .id(diagnostic.code);
    let mut group = Group::with_title(title);
    let primary = diagnostic.labels.first();
    for window in windows(&diagnostic.labels, sources) {
        group = group.element(window.draw(diagnostic, primary, width));
    }
    if let Some(hint) = &diagnostic.hint {
        // The crate puts ` = help: ` behind the gutter of line numbers.
        group = group.element(Level::HELP.message(fold(hint, width, 16)));
    }
    let drawn = renderer.render(&[group]);
    let mut text = String::with_capacity(drawn.len());
    for line in drawn.lines() {
        if !text.is_empty() {
            text.push('\n');
        }
        // The crate starts a second place by `:::`, as CI runners start their commands.
        if line.trim_start().starts_with(":::") {
            text.push_str(&line.replacen(":::", "-->", 1));
        } else {
            text.push_str(line);
        }
    }
    text
}

/// A sentence made harmless, in lines that leave room for what the crate writes before them.
fn fold(sentence: &str, width: usize, prefix: usize) -> String {
    let limit = width.saturating_sub(prefix).max(30);
    let mut folded = String::new();
    let mut used = 0;
    for word in safe::sentence(sentence).split(' ') {
        let columns = safe::columns(word);
        if used > 0 {
            let full = used + 1 + columns > limit;
            folded.push(if full { '\n' } else { ' ' });
            used = if full { 0 } else { used + 1 };
        }
        folded.push_str(word);
        used += columns;
    }
    folded
}

/// Some lines of one file with the labels in them: all that the crate sees of the source.
struct Window<'a> {
    file: &'a SourceFile,
    id: FileId,
    /// From 1.
    first: usize,
    last: usize,
    labels: Vec<&'a Label>,
}

/// The windows that show all labels: one for those that are near each other.
fn windows<'a>(labels: &'a [Label], sources: &'a Sources) -> Vec<Window<'a>> {
    /// A window never gets longer than this: a place may span a whole file.
    const MOST_LINES: usize = 6;
    let mut windows: Vec<Window<'a>> = Vec::new();
    for label in labels {
        let file = sources.file(label.site.file);
        let (line, _) = file.position(label.site.span.start);
        let near = windows.iter_mut().find(|window| {
            let first = window.first.min(line);
            let last = window.last.max(line);
            window.id == label.site.file && last - first < MOST_LINES
        });
        match near {
            Some(window) => {
                window.first = window.first.min(line);
                window.last = window.last.max(line);
                window.labels.push(label);
            }
            None => windows.push(Window {
                file,
                id: label.site.file,
                first: line,
                last: line,
                labels: vec![label],
            }),
        }
    }
    windows
}

impl Window<'_> {
    /// The lines as a snippet, each cut to what fits around its labels.
    fn draw(
        &self,
        diagnostic: &Diagnostic,
        primary: Option<&Label>,
        width: usize,
    ) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
        let mut source = String::new();
        let mut annotations = Vec::new();
        for line in self.first..=self.last {
            let start = self.file.line_start(line);
            let end = self.file.line_start(line + 1).max(start);
            let here: Vec<&&Label> = self
                .labels
                .iter()
                .filter(|label| self.file.position(label.site.span.start).0 == line)
                .collect();
            let focus = here
                .iter()
                .map(|label| label.site.span.start as usize)
                .min();
            let shown = Shown::of(
                &self.file.text,
                start..end,
                focus.unwrap_or(start),
                FARTHEST,
            );
            let base = source.len();
            source.push_str(&shown.text(&self.file.text, self.id, &diagnostic.redact));
            source.push('\n');
            for label in here {
                let span = shown.place(label.site);
                let kind = if primary == Some(*label) {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                let mut annotation = kind.span(base + span.start..base + span.end);
                if !label.text.is_empty() {
                    let words = safe::cut(&safe::cell(&label.text), width - 20);
                    annotation = annotation.label(words);
                }
                annotations.push(annotation);
            }
        }
        let path = safe::cell(&self.file.path.to_string_lossy());
        Snippet::source(source)
            .line_start(self.first)
            .path(path)
            .fold(false)
            .annotations(annotations)
    }
}

/// The part of a source line that is shown.
struct Shown {
    range: Range<usize>,
    cut_before: bool,
    cut_after: bool,
}

const CUT: &str = "…";

/// Columns of a line that the crate sees; of these it shows what fits the page. Lines of this
/// length are nobody's work, so that the column it tells may then count from the cut.
const FARTHEST: usize = 4096;

impl Shown {
    /// The part of a line around a byte, at most some columns wide.
    fn of(text: &str, line: Range<usize>, focus: usize, columns: usize) -> Self {
        let content = text[line.clone()].trim_end_matches(['\n', '\r']);
        let end = line.start + content.len();
        let focus = floor(text, focus.clamp(line.start, end));
        // Marks without a width count too, so that a pile of them is not endless.
        let wide = |character: char| safe::columns(character.encode_utf8(&mut [0; 4])).max(1);
        let take = |characters: &mut dyn Iterator<Item = char>, most: usize| {
            let mut used = 0;
            let mut bytes = 0;
            for character in characters {
                let next = if character == '\t' {
                    4
                } else {
                    wide(character)
                };
                if used + next > most {
                    break;
                }
                used += next;
                bytes += character.len_utf8();
            }
            (bytes, used)
        };
        let (whole, _) = take(&mut content.chars(), columns);
        if whole == content.len() {
            return Self {
                range: line.start..end,
                cut_before: false,
                cut_after: false,
            };
        }
        let before = &text[line.start..focus];
        let (bytes, used) = take(&mut before.chars().rev(), columns / 3);
        let start = focus - bytes;
        let (bytes, _) = take(&mut text[focus..end].chars(), columns - used);
        Self {
            range: start..focus + bytes,
            cut_before: start > line.start,
            cut_after: focus + bytes < end,
        }
    }

    /// The part as it is shown: secrets as asterisks, and every byte that could forge a screen
    /// replaced by harmless ones, as many as there were, so that places stay right.
    fn text(&self, text: &str, file: FileId, redact: &[Site]) -> String {
        let mut shown = String::new();
        if self.cut_before {
            shown.push_str(CUT);
        }
        for (index, character) in text[self.range.clone()].char_indices() {
            let byte = self.range.start + index;
            let secret = redact.iter().any(|site| {
                let span = site.span.start as usize..site.span.end as usize;
                site.file == file && span.start < byte + character.len_utf8() && byte < span.end
            });
            let command = character == '[' && safe::commands(&shown);
            if secret {
                shown.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else if command || (is_hostile(character) && character != '\t') {
                shown.push_str(harmless(character.len_utf8()));
            } else {
                shown.push(character);
            }
        }
        if self.cut_after {
            shown.push_str(CUT);
        }
        shown
    }

    /// Where a place of the file is within [`Self::text`]: at least one byte's caret.
    fn place(&self, site: Site) -> Range<usize> {
        let offset = if self.cut_before { CUT.len() } else { 0 };
        let within = |byte: u32| {
            (byte as usize).clamp(self.range.start, self.range.end) - self.range.start + offset
        };
        let (start, end) = (within(site.span.start), within(site.span.end));
        start..end.max(start)
    }
}

/// The start of the character that a byte belongs to.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte)
        .rev()
        .find(|byte| text.is_char_boundary(*byte))
        .unwrap_or(0)
}

/// A visible replacement of as many bytes.
const fn harmless(bytes: usize) -> &'static str {
    match bytes {
        1 => "?",
        2 => "¿",
        3 => "\u{fffd}",
        _ => "????",
    }
}
