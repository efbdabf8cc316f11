//! The dialects inside the binary.

use std::sync::{Arc, LazyLock};

use crate::base::{Diagnostic, Document, FileId};

use super::{Author, Dialect, FIELDS, read};

/// Names and texts, sorted by name.
const TEXTS: [(&str, &str); 7] = [
    ("atlassian", include_str!("../dialects/atlassian.toml")),
    ("figma", include_str!("../dialects/figma.toml")),
    ("github", include_str!("../dialects/github.toml")),
    ("notion", include_str!("../dialects/notion.toml")),
    ("salesforce", include_str!("../dialects/salesforce.toml")),
    ("slack", include_str!("../dialects/slack.toml")),
    ("zoom", include_str!("../dialects/zoom.toml")),
];

static SHIPPED: LazyLock<Vec<Arc<Dialect>>> = LazyLock::new(|| {
    let vendors = TEXTS.iter().map(|(name, text)| {
        let (dialect, _) = parse(name, text);
        dialect.expect("every dialect that ships is read in a test")
    });
    std::iter::once(Dialect::generic())
        .chain(vendors)
        .map(Arc::new)
        .collect()
});

/// The dialect that ships under a name.
pub fn shipped(name: &str) -> Option<Arc<Dialect>> {
    SHIPPED.iter().find(|dialect| dialect.name == name).cloned()
}

/// The names of those that ship.
pub fn names<'a>() -> impl Iterator<Item = &'a str> + Clone {
    std::iter::once("generic").chain(TEXTS.iter().map(|(name, _)| *name))
}

fn parse(name: &str, text: &str) -> (Option<Dialect>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let dialect = Document::read(FileId(0), text, 0, &mut problems, |document, problems| {
        let root = document.root(&FIELDS, problems);
        read(name, &root, Author::Us, problems)
    });
    (dialect.filter(|_| problems.is_empty()), problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_that_ships_is_sound_and_says_what_leaving_means() {
        for (name, text) in TEXTS {
            let (dialect, problems) = parse(name, text);
            assert_eq!(problems, [], "{name}");
            let dialect = dialect.unwrap();
            assert!(!dialect.domains.is_empty(), "{name}");
            // Those that ship are read all at once: none can wait for another.
            assert!(!text.contains("based_on"), "{name}");
            assert_eq!(*shipped(name).unwrap(), dialect);
            for field in ["summary", "effect", "read_scopes", "write_scopes"] {
                assert!(text.contains(field), "{name} says its own {field}");
            }
        }
        assert!(shipped("box").is_none(), "it has no SCIM server");
    }

    #[test]
    fn the_generic_dialect_is_what_an_empty_file_says() {
        let (dialect, problems) = parse("generic", "");
        assert_eq!((dialect, problems), (Some(Dialect::generic()), vec![]));
    }
}
