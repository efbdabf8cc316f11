//! The comment of a pull request: to the letter, under attack, and within its bytes.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};
use snapbox::{assert_data_eq, file};

use super::fixtures;
use super::hostile::{corpus, poisoned};
use crate::model::plan::Plan;
use crate::render::markdown;

fn comment(plan: &Plan) -> String {
    markdown::plan(plan, markdown::MOST_BYTES)
}

/// Reads a comment as the platform does: fails on anything active that is not ours.
pub fn check(comment: &str) {
    const OURS: [&str; 7] = [
        "<!-- provisor-plan -->",
        "<!-- provisor-access -->",
        "<!-- provisor-drift -->",
        "<details>",
        "</details>",
        "<sub>",
        "</sub>",
    ];
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let (mut folds, mut headings) = (0_i32, 0);
    for event in Parser::new_ext(comment, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                let ours = OURS.contains(&html) || html.starts_with("<details><summary>");
                assert!(ours && !html[1..].contains("<b"), "{html}");
                folds += i32::from(html.starts_with("<details>"));
                folds -= i32::from(html == "</details>");
            }
            // One heading is ours, and stands first.
            Event::Start(Tag::Heading { level, .. }) => {
                headings += 1;
                assert!(headings == 1 && level == HeadingLevel::H3, "{comment}");
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_))
            | Event::FootnoteReference(_) => panic!("active: {event:?} in {comment}"),
            _ => {}
        }
    }
    assert_eq!(folds, 0, "every fold is closed: {comment}");
}

/// The words of a comment that are neither code nor markup.
fn prose(comment: &str) -> String {
    let mut text = String::new();
    let mut fenced = false;
    for event in Parser::new_ext(comment, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => fenced = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => fenced = false,
            Event::Text(words) if !fenced => text.push_str(&words),
            _ => {}
        }
    }
    text
}

/// Fails on what a platform would link, ring, draw or reckon outside of code.
pub fn harmless(comment: &str, name: &str) {
    let prose = prose(comment);
    for active in [
        "@", "#1", "GH-1", "deadbeef", "http", "www.", "<", "evil", "$", ":smile:", "mailto",
    ] {
        assert!(!prose.contains(active), "{active} of {name:?} in {prose}");
    }
}

#[test]
fn a_plan_as_a_comment() {
    let story = comment(&fixtures::story());
    check(&story);
    assert_data_eq!(story, file!["golden/plan.md": Text]);
    let trouble = comment(&fixtures::trouble());
    check(&trouble);
    assert_data_eq!(trouble, file!["golden/trouble.md": Text]);
}

#[test]
fn names_mention_nobody_and_close_nothing() {
    for name in corpus() {
        let text = comment(&poisoned(&name));
        check(&text);
        harmless(&text, &name);
    }
}

#[test]
fn what_is_too_long_loses_whole_sections_and_never_what_must_be_seen() {
    let mut plan = fixtures::trouble();
    let changes = plan.body.changes.clone();
    for number in 0..1_000 {
        for change in &changes {
            let mut change = change.clone();
            if let Some(person) = &mut change.person {
                person.id = format!("{}-{number}", person.id.as_str()).as_str().into();
                person.name = format!("@ev|il </details> `{number}` 李小龍").into();
            }
            plan.body.changes.push(change);
        }
    }
    let text = comment(&plan);
    assert!(text.len() <= markdown::MOST_BYTES, "{}", text.len());
    check(&text);
    for item in &plan.body.withheld {
        let rule = item.why.rule().unwrap_or("unknown-manager");
        assert!(text.contains(rule), "{rule}");
    }
    assert!(text.contains("INCOMPLETE READ"), "{text}");
    assert!(text.contains("People losing access (2,002)"), "{text}");

    let small = markdown::plan(&plan, 500);
    assert!(
        small.contains("BLOCKED") && small.contains("split the change"),
        "{small}"
    );
    check(&small);
}
