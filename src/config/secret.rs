//! Finds secrets that were written into files, and keeps them out of every message.

use std::ops::Range;

use crate::base::{Diagnostic, FileId, Site, Sources, Span};

/// How vendors' tokens begin, where nothing else does.
const PREFIXES: [&str; 19] = [
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxe-",
    "xoxs-",
    "xapp-",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "sk_live_",
    "ATATT",
    "lin_api_",
    "pat-na1-",
    "pat-eu1-",
    "whsec_",
];

/// How tokens begin, and names too: the rest must look random.
const WEAK_PREFIXES: [&str; 6] = ["sk-", "eyJ", "AKIA", "AIza", "ntn_", "figd_"];

/// The shortest token: prefixes alone appear in prose.
const SHORTEST: usize = 16;

/// The report of a secret at a place. Whoever shows the line hides that place.
pub(super) fn secret_in_file(key: Site, secret: Site) -> Diagnostic {
    Diagnostic::error("secret-in-file", "a secret is written into the file")
        .at(key, "")
        .hint(
            "replace it, revoke it at the vendor, and name where it is kept: { env = \"..\" }, \
             { file = \"..\" } or { command = [..] }",
        )
        .redact(secret)
}

/// Reports everything in a text, comments included, that looks like a token.
pub(super) fn scan(file: FileId, text: &str, offset: usize, problems: &mut Vec<Diagnostic>) {
    let byte = |index: usize| u32::try_from(offset + index).unwrap_or(u32::MAX);
    for range in tokens(text) {
        let span = Span {
            start: byte(range.start),
            end: byte(range.end),
        };
        let site = Site { file, span };
        problems.push(secret_in_file(site, site));
    }
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        if !is_token_byte(bytes[start]) {
            start += 1;
            continue;
        }
        let length = bytes[start..]
            .iter()
            .take_while(|byte| is_token_byte(**byte))
            .count();
        let mut end = start + length;
        // Okta's tokens are written behind a word: `SSWS 00ab..`.
        if &text[start..end] == "SSWS" && bytes.get(end) == Some(&b' ') {
            end += 1 + bytes[end + 1..]
                .iter()
                .take_while(|byte| is_token_byte(**byte))
                .count();
        }
        if is_token(&text[start..end]) {
            found.push(start..end);
        }
        start = end;
    }
    for (start, _) in text.match_indices("-----BEGIN ") {
        let end = text[start..]
            .find("-----END")
            .map_or(text.len(), |end| start + end);
        if text[start..end].contains("PRIVATE KEY-----") {
            found.push(start..end);
        }
    }
    found
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'=')
}

/// True for a word that begins like a vendor's token and is long enough to be one.
fn is_token(word: &str) -> bool {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| word.starts_with(prefix));
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= SHORTEST
        && (word.starts_with("SSWS ")
            || begins(&PREFIXES) && digits >= 1
            || begins(&WEAK_PREFIXES) && looks_random(word))
}

/// True for a word that nobody would choose as a name.
pub(super) fn is_random(word: &str) -> bool {
    is_token(word) || looks_random(word)
}

fn looks_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= 20 && digits >= 4 && entropy(word) >= 3.3
}

/// Shannon's entropy, in bits per byte.
fn entropy(word: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in word.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(word.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// Tells every diagnostic of the secrets around its places, and takes them out of its words.
pub(super) fn redact(sources: &Sources, problems: &mut [Diagnostic]) {
    let mut secrets: Vec<Site> = problems
        .iter()
        .flat_map(|problem| problem.redact.iter().copied())
        .collect();
    secrets.sort_unstable();
    secrets.dedup();
    if secrets.is_empty() {
        return;
    }
    for problem in problems {
        for label in &problem.labels {
            let around = neighbourhood(sources, label.site);
            let first = secrets.partition_point(|secret| {
                (secret.file, secret.span.end) <= (around.file, around.span.start)
            });
            problem
                .redact
                .extend(secrets[first..].iter().take_while(|secret| {
                    (secret.file, secret.span.start) < (around.file, around.span.end)
                }));
        }
        problem.redact.sort_unstable();
        problem.redact.dedup();
        for site in &problem.redact {
            let span = site.span.start as usize..site.span.end as usize;
            let Some(secret) = sources.file(site.file).text.get(span) else {
                continue;
            };
            let secret = secret.trim_matches(['"', '\'']);
            if secret.is_empty() {
                continue;
            }
            problem.message = problem.message.replace(secret, "********");
            problem.hint = problem
                .hint
                .take()
                .map(|hint| hint.replace(secret, "********"));
        }
    }
}

/// The lines that may be shown around a place.
fn neighbourhood(sources: &Sources, site: Site) -> Site {
    const LINES: usize = 5;
    let file = sources.file(site.file);
    let (first, _) = file.position(site.span.start);
    let (last, _) = file.position(site.span.end);
    let byte = |index| u32::try_from(index).unwrap_or(u32::MAX);
    Site {
        file: site.file,
        span: Span {
            start: byte(file.line_start(first.saturating_sub(LINES).max(1))),
            end: byte(file.line_start(last + LINES + 1)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tokens_and_leaves_names_alone() {
        for secret in [
            "token = \"xoxb-123456789012-abcdefGHIJKL\"",
            "# was ghp_0123456789abcdefghijABCDEFGHIJ456789",
            "a = 'SSWS 00abcdefghijklmnop'",
            "b = \"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln\"",
        ] {
            assert_eq!(tokens(secret).len(), 1, "{secret}");
        }
        for name in [
            "groups = [\"sk-bratislava-office-12\", \"eyJ\", \"ghp_\"]",
            "url = \"https://scim.example.com/v2\"",
            "id = \"1042\" # xoxb- is how Slack's tokens begin",
        ] {
            assert!(tokens(name).is_empty(), "{name}");
        }
        assert!(is_random("9f86d081884c7d659a2feaa0c55ad015"));
        assert!(!is_random("SCIM_TOKEN_PRODUCTION_V2_EU"));
    }

    #[test]
    fn a_secret_is_neither_in_the_words_nor_near_the_labels() {
        let text = "a = 1\nb = \"xoxb-123456789012-abcdef\"\n";
        let mut sources = Sources::default();
        let file = sources.add("a.toml".into(), text.into());
        let near = Site {
            file,
            span: Span { start: 0, end: 1 },
        };
        let mut problems =
            vec![Diagnostic::error("x", "says xoxb-123456789012-abcdef").at(near, "")];
        scan(file, text, 0, &mut problems);
        redact(&sources, &mut problems);
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[0].message, "says ********");
        assert_eq!(problems[0].redact, problems[1].redact);
        assert_eq!(problems[0].redact[0].span.start, 11);
    }
}
