//! The page for a browser: whatever is in it is text.

use super::fixtures;
use super::hostile::{corpus, poisoned};
use crate::render::html;

/// The page without its own style, script and the attributes that hold data.
pub fn check(page: &str) {
    let body = page.split_once("<body>").expect("a body").1;
    let body = body.rsplit_once("<script>").expect("our script").0;
    for active in ["<script", "<img", "<b>@", "<a ", "<link", "<iframe"] {
        assert!(!body.contains(active), "{active} in {body}");
    }
    let open = body.matches("<article").count();
    assert_eq!(open, body.matches("</article>").count());
}

#[test]
fn a_plan_as_a_page_tells_what_the_terminal_tells() {
    let page = html::plan(&fixtures::trouble());
    check(&page);
    for words in [
        "INCOMPLETE READ",
        "David Chen",
        "6 March 2026",
        "engineering-leads",
        "Did you mean ",
        "data-app=\"slack\" data-verb=\"set\"",
        "old-13@m.example",
        "Ines Ortega",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn names_are_text_wherever_they_stand() {
    for name in corpus() {
        let page = html::plan(&poisoned(&name));
        check(&page);
        assert!(!page.contains("\" onload"), "{name:?}");
    }
}
