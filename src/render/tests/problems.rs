//! What problems of the files look like, to the letter.

use snapbox::{assert_data_eq, file, str};

use crate::base::{Diagnostic, FileId, Site, Sources, Span};
use crate::render::{Colour, diagnostics};

/// A place by its text.
fn site(sources: &Sources, file: FileId, needle: &str) -> Site {
    let start = sources.file(file).text.find(needle).unwrap();
    Site {
        file,
        span: Span {
            start: u32::try_from(start).unwrap(),
            end: u32::try_from(start + needle.len()).unwrap(),
        },
    }
}

#[test]
fn problems_are_shown_with_place_caret_and_hint() {
    let mut sources = Sources::default();
    let people = "[[people]]\nid = \"1042\"\njob_code = \"MKT-MGRR\"\n\n\n\n\n\n\n[[people]]\n\
                  id = '1042'\nmanager = \"9\"\n";
    let people = sources.add("people.toml".into(), people.into());
    let long = format!(
        "token = \"{}SECRET-KEY{}\" # \u{1b}[2K\nnote = \"\u{202e}evil\u{7}\"\n",
        "x".repeat(300),
        "李".repeat(300)
    );
    let long = sources.add("provisor.toml".into(), long);
    let secret = site(&sources, long, "SECRET-KEY");
    let all = [
        Diagnostic::error("unknown-profile", "unknown profile `MKT-MGRR`")
            .at(site(&sources, people, "\"MKT-MGRR\""), "no such profile")
            .hint("did you mean `MKT-MGR`?"),
        Diagnostic::error("duplicate-id", "two people have the id `1042`")
            .at(site(&sources, people, "'1042'"), "again here")
            .at(site(&sources, people, "\"1042\""), "first here")
            .hint(
                "give one of them the id that your HR system has for them: ids never change, \
                 and are never used again",
            ),
        Diagnostic::error("secret-in-file", "a secret is written into the file")
            .at(secret, "")
            .redact(secret),
        Diagnostic::held("odd-note", "the note is odd").at(site(&sources, long, "evil"), "here"),
        Diagnostic::held("foreign-domain", "email outside of the domains")
            .at(site(&sources, people, "\"9\""), ""),
        Diagnostic::error(
            "unreadable-file",
            "more.toml cannot be read: permission denied",
        ),
    ];
    let text = diagnostics::text(&all, &sources, 80, Colour::Plain);
    assert!(!text.contains("SECRET"), "a secret stays one: {text}");
    assert_data_eq!(
        text,
        str![[r#"
error[unknown-profile]: unknown profile `MKT-MGRR`
 --> people.toml:3:12
  |
3 | job_code = "MKT-MGRR"
  |            ^^^^^^^^^^ no such profile
  |
  = help: did you mean `MKT-MGR`?

error[duplicate-id]: two people have the id `1042`
  --> people.toml:11:6
   |
11 | id = '1042'
   |      ^^^^^^ again here
   |
  --> people.toml:2:6
   |
 2 | id = "1042"
   |      ------ first here
   |
   = help: give one of them the id that your HR system has for them: ids
           never change, and are never used again

error[secret-in-file]: a secret is written into the file
 --> provisor.toml:1:310
  |
1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx**********李李李李李李李李李李李李李李...
  |                                  ^^^^^^^^^^

held[odd-note]: the note is odd
 --> provisor.toml:2:10
  |
2 | note = "�evil?"
  |          ^^^^ here

held[foreign-domain]: email outside of the domains
  --> people.toml:12:11
   |
12 | manager = "9"
   |           ^^^

error[unreadable-file]: more.toml cannot be read: permission denied

6 problems: 4 errors, 2 people held

"#]]
    );
    let coloured = diagnostics::text(&all, &sources, 80, Colour::Ansi);
    assert_data_eq!(coloured, file!["golden/problems.term.svg": TermSvg]);
}

#[test]
fn summaries_agree_with_their_numbers() {
    assert_eq!(diagnostics::summary(&[]), "No problems.");
    let held = Diagnostic::held("code", "message");
    assert_eq!(diagnostics::summary(&[held]), "1 problem: 1 person held");
}

#[test]
fn places_at_the_edges_of_files_are_drawn() {
    let texts = [
        "",
        "a = 1\n",
        "a = 1\r\nb = 2\r\n",
        "\t\ta = 1",
        "ä\u{301}李\n\u{0}",
        "\n\n\n",
    ];
    for text in texts
        .map(String::from)
        .into_iter()
        .chain(["x".repeat(100_000)])
    {
        let mut sources = Sources::default();
        let file = sources.add("a.toml".into(), text.clone());
        let ends: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        for end in ends.iter().rev().take(12) {
            let place = |start: usize, end: usize| Site {
                file,
                span: Span {
                    start: u32::try_from(start).unwrap(),
                    end: u32::try_from(end).unwrap(),
                },
            };
            let problem = Diagnostic::error("code", "message")
                .at(place(0, *end), "all of it")
                .at(place(*end, text.len()), "the end")
                .redact(place(0, *end / 2));
            let drawn = diagnostics::text(&[problem], &sources, 80, Colour::Plain);
            assert!(drawn.contains("a.toml:"), "{drawn}");
            assert!(
                drawn.len() < 2000,
                "a window, not the file: {}",
                drawn.len()
            );
        }
    }
}
