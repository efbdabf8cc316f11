//! Graphs under attack: no label ends early, and nothing but our own grammar stands outside of one.

use super::fixtures;
use super::hostile::{corpus, poisoned};
use crate::render::graph::{self, Dependency, Language};

/// What stands outside of quotes; fails on a quote that is not closed on its line.
fn outside(text: &str, escapes: bool) -> String {
    let mut outside = String::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            match character {
                '\\' if quoted && escapes => _ = rest.next(),
                '"' => quoted = !quoted,
                _ if !quoted => outside.push(character),
                _ => {}
            }
        }
        assert!(!quoted, "a label does not end: {line}");
        outside.push('\n');
    }
    outside
}

/// The same graph of names that mean nothing.
fn drawn(name: &str, language: Language) -> [String; 2] {
    let apps = ["okta".into(), name.into()];
    let dependency = Dependency {
        before: "okta".into(),
        after: name.into(),
        provides: vec![name.to_owned(), name.to_owned()],
    };
    [
        graph::apps(&apps, &[dependency], language),
        graph::changes(&poisoned(name).body, language),
    ]
}

#[test]
fn no_name_breaks_out_of_a_label() {
    for language in [Language::Mermaid, Language::Dot] {
        let plain = drawn("harmless", language).map(|text| outside(&text, false));
        for name in corpus() {
            let escapes = language == Language::Dot;
            let hostile = drawn(&name, language);
            for (plain, hostile) in plain.iter().zip(&hostile) {
                assert_eq!(&outside(hostile, escapes), plain, "{name:?}");
            }
        }
    }
}

/// Mermaid reads HTML, Markdown and entities inside of quotes too.
#[test]
fn a_mermaid_label_holds_no_markup() {
    for name in corpus() {
        for text in drawn(&name, Language::Mermaid) {
            let bad = |c: char| "<>`*[](){}|\\&%$~^!?".contains(c);
            let labels = text.lines().filter_map(|line| line.split('"').nth(1));
            let label = labels.into_iter().find(|label| label.contains(bad));
            assert_eq!(label, None, "{name:?}");
        }
    }
    let story = graph::changes(&fixtures::story().body, Language::Mermaid);
    assert!(story.contains("Emma"), "names are still legible: {story}");
}
