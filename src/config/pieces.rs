//! Files of people, cut into pieces that are parsed side by side.
//!
//! Parsed whole, 100,000 people take many times their text in memory. A piece holds whole entries:
//! it begins at a `[[people]]` or `[[extra]]` header, which is found by TOML's own lexer.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::base::{Diagnostic, Document, FileId, Site, Sources};

use super::people::{Draft, Ground, ROOT, draft, extra};
use super::{Extra, secret};

/// How large a piece should be at least.
pub(super) const PIECE: usize = 256 * 1024;

/// What a piece, or all of them, hold.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub drafts: Vec<Draft>,
    /// Each with the place that names its person.
    pub extras: Vec<(Extra, Site)>,
}

/// Reads all files of people, in pieces of at least `size` bytes.
pub(super) fn read(
    files: &[FileId],
    sources: &Sources,
    ground: &Ground<'_>,
    size: usize,
    problems: &mut Vec<Diagnostic>,
) -> Entries {
    let pieces: Vec<(FileId, Range<usize>)> = files
        .iter()
        .flat_map(|file| {
            let pieces = pieces(&sources.file(*file).text, size);
            pieces.into_iter().map(|range| (*file, range))
        })
        .collect();
    let mut read = side_by_side(&pieces, |(file, range)| {
        piece(*file, sources, range.clone(), ground)
    });
    // A mistake of syntax may reach into what follows it, so a broken file is read whole: its
    // report must not depend on where it was cut.
    let broken: BTreeSet<FileId> = pieces
        .iter()
        .zip(&read)
        .filter(|((file, range), read)| read.broken && range.len() < sources.file(*file).text.len())
        .map(|((file, _), _)| *file)
        .collect();
    for ((file, range), read) in pieces.iter().zip(&mut read) {
        if broken.contains(file) {
            *read = if range.start == 0 {
                piece(*file, sources, 0..sources.file(*file).text.len(), ground)
            } else {
                Read::default()
            };
        }
    }
    let mut entries = Entries::default();
    for mut piece in read {
        entries.drafts.append(&mut piece.entries.drafts);
        entries.extras.append(&mut piece.entries.extras);
        problems.append(&mut piece.problems);
    }
    entries
}

#[derive(Debug, Default)]
struct Read {
    entries: Entries,
    problems: Vec<Diagnostic>,
    broken: bool,
}

fn piece(file: FileId, sources: &Sources, range: Range<usize>, ground: &Ground<'_>) -> Read {
    let text = &sources.file(file).text[range.clone()];
    let mut problems = Vec::new();
    secret::scan(file, text, range.start, &mut problems);
    let (entries, broken) = Document::read(
        file,
        text,
        range.start,
        &mut problems,
        |document, problems| {
            let root = document.root(&ROOT, problems);
            let mut entries = Entries::default();
            for value in root.list("people", problems) {
                entries.drafts.extend(draft(&value, ground, problems));
            }
            for value in root.list("extra", problems) {
                entries.extras.extend(extra(&value, ground, problems));
            }
            (entries, document.is_broken())
        },
    );
    Read {
        entries,
        problems,
        broken,
    }
}

/// Applies a function to all items on all processors; answers in the items' order.
pub(super) fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = processors.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        Some((index, work(items.get(index)?)))
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| std::iter::from_fn(take).collect::<Vec<_>>()))
            .collect();
        handles
            .into_iter()
            .flat_map(|handle| match handle.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A text as ranges of at least `size` bytes that can be parsed apart.
fn pieces(text: &str, size: usize) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    if text.len() > size {
        for cut in cuts(text).unwrap_or_default() {
            if cut - starts.last().copied().unwrap_or(0) >= size.max(1) {
                starts.push(cut);
            }
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| *start..end)
        .collect()
}

/// Where a text may be cut; `None` if it holds anything but entries, and must be parsed whole.
///
/// `[people.name]` belongs to the last `[[people]]`, `[extra.apps.x]` to the last `[[extra]]`,
/// even with other entries in between: nothing is cut from there to here.
fn cuts(text: &str) -> Option<Vec<usize>> {
    let mut cuts: Vec<usize> = Vec::new();
    let mut last = [None::<usize>; 2];
    let mut depth = 0_usize;
    let mut line_is_fresh = true;
    let mut tokens = Source::new(text).lex();
    while let Some(token) = tokens.next() {
        match token.kind() {
            TokenKind::Newline => line_is_fresh = depth == 0,
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Eof => {}
            TokenKind::LeftSquareBracket if line_is_fresh => {
                let header: Vec<_> = std::iter::once(token)
                    .chain(
                        tokens
                            .by_ref()
                            .take_while(|token| token.kind() != TokenKind::Newline),
                    )
                    .filter(|token| {
                        !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Comment)
                    })
                    .collect();
                let name = header
                    .iter()
                    .find(|t| t.kind() != TokenKind::LeftSquareBracket)?;
                let table = ["people", "extra"]
                    .iter()
                    .position(|table| *table == &text[name.span().start()..name.span().end()])?;
                let dotted = header.iter().any(|token| token.kind() == TokenKind::Dot);
                let start = token.span().start();
                if dotted {
                    let owner = last[table]?;
                    while cuts.last().is_some_and(|cut| *cut > owner) {
                        cuts.pop();
                    }
                } else if header.get(1)?.kind() != TokenKind::LeftSquareBracket {
                    return None;
                } else {
                    last[table] = Some(start);
                    cuts.push(start);
                }
            }
            kind => {
                if last == [None; 2] {
                    return None;
                }
                line_is_fresh = false;
                match kind {
                    TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
                    TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                        depth = depth.saturating_sub(1);
                    }
                    _ => {}
                }
            }
        }
    }
    Some(cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_headers_and_only_there() {
        let text = "# [[people]]\n[[people]]\na = '''\n[[people]]\n'''\nb = [\n[[1]],\n[[people]]]\n [[ people ]] # x\n[people.name]\nc = 1\n[[extra]]\n[extra.apps]\n";
        let cut: Vec<&str> = cuts(text)
            .unwrap()
            .iter()
            .map(|cut| &text[*cut..*cut + 9])
            .collect();
        assert_eq!(cut, ["[[people]", "[[ people", "[[extra]]"]);
    }

    #[test]
    fn an_entry_is_never_cut_from_its_tables() {
        let text = "[[extra]]\n[[people]]\n[[people]]\n[extra.apps]\n[[people]]\n[people.name]\n";
        assert_eq!(cuts(text).unwrap(), [0, 45]);
        assert_eq!(cuts("a = 1\n[[people]]\n"), None);
        assert_eq!(cuts("[people.name]\n[[people]]\n"), None);
        assert_eq!(cuts("[[people]]\n[other]\n"), None);
        assert_eq!(cuts("[[people]]\n[extra]\n"), None);
    }
}
