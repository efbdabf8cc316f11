//! The table of rules and tests, `tests/RULES.md`, is whole and true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::Visit;

/// How many rules there are.
const RULES: u32 = 26;

/// One rule's section.
#[derive(Debug, Default)]
struct Section {
    /// What it demands, each with the tests that prove it.
    points: Vec<(String, Vec<String>)>,
}

/// The table, by rule.
fn table() -> BTreeMap<u32, Section> {
    let text = fs::read_to_string(root().join("tests/RULES.md")).unwrap();
    let mut table: BTreeMap<u32, Section> = BTreeMap::new();
    let mut rule = 0;
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("## R") {
            rule = number.parse().unwrap();
            let twice = table.insert(rule, Section::default()).is_some();
            assert!(!twice, "R{rule} has two sections");
        } else if let Some(point) = line.strip_prefix("- ") {
            let section = table.get_mut(&rule).unwrap();
            section.points.push((point.to_owned(), Vec::new()));
        } else if let Some(test) = line.strip_prefix("  - ") {
            let name = test
                .strip_prefix('`')
                .and_then(|test| test.strip_suffix('`'));
            let name = name.unwrap_or_else(|| panic!("not a test: {line}"));
            let section = table.get_mut(&rule).unwrap();
            section.points.last_mut().unwrap().1.push(name.to_owned());
        } else {
            let is_prose = rule == 0 || line.is_empty() || line.starts_with("Open: ");
            assert!(is_prose, "what does this mean: {line}");
        }
    }
    table
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All tests of the house, each by the path of its file and its name.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for folder in [root().join("tests/it"), root().join("src")] {
        let mut files = Vec::new();
        walk(&folder, "rs", &mut files);
        for file in files {
            let path = file.strip_prefix(&folder).unwrap().with_extension("");
            let parts = path.iter().map(|part| part.to_str().unwrap());
            let module: Vec<&str> = parts.filter(|part| *part != "mod").collect();
            let parsed = syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap();
            let mut found = Tests::default();
            found.visit_file(&parsed);
            let paths = found
                .0
                .into_iter()
                .map(|name| format!("{}::{name}", module.join("::")));
            tests.extend(paths);
        }
    }
    let mut stories = Vec::new();
    walk(
        &root().join("tests/it/lifecycle/stories"),
        "toml",
        &mut stories,
    );
    let stories = stories
        .iter()
        .map(|file| file.file_stem().unwrap().to_str().unwrap());
    tests.extend(stories.map(|name| format!("lifecycle::{name}")));
    tests
}

fn walk(folder: &Path, extension: &str, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}

/// The names of functions that are tests, also of those that stand in `proptest!`.
#[derive(Default)]
struct Tests(Vec<String>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "test")
        };
        if item.attrs.iter().any(is_test) {
            self.0.push(item.sig.ident.to_string());
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("proptest") {
            let mut after_fn = false;
            for token in item.tokens.clone() {
                let word = token.to_string();
                if std::mem::take(&mut after_fn) {
                    self.0.push(word.clone());
                }
                after_fn = word == "fn";
            }
        }
    }
}

/// The rule whose number a test carries: `r7_..`.
fn rule_of(test: &str) -> Option<u32> {
    let name = test.rsplit("::").next()?;
    let (number, _) = name.strip_prefix('r')?.split_once('_')?;
    number.parse().ok()
}

#[test]
fn every_rule_has_its_section_and_every_demand_a_test() {
    let table = table();
    let numbers: Vec<u32> = table.keys().copied().collect();
    assert_eq!(numbers, (1..=RULES).collect::<Vec<u32>>());
    for (rule, section) in &table {
        assert!(!section.points.is_empty(), "R{rule} has no test");
        for (point, tests) in &section.points {
            assert!(!tests.is_empty(), "R{rule} has no test for: {point}");
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let tests = tests();
    for (rule, section) in table() {
        for name in section.points.iter().flat_map(|(_, named)| named) {
            assert!(tests.contains(name), "R{rule} names no test: {name}");
        }
    }
}

#[test]
fn every_test_that_carries_a_number_stands_in_the_section_of_that_rule() {
    let table = table();
    let missing: Vec<String> = tests()
        .into_iter()
        .filter(|test| {
            rule_of(test).is_some_and(|rule| {
                let section = table.get(&rule);
                let mut named = section.iter().flat_map(|section| &section.points);
                !named.any(|(_, named)| named.contains(test))
            })
        })
        .collect();
    assert!(
        missing.is_empty(),
        "not in tests/RULES.md:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_story_stands_where_its_rules_are() {
    let table = table();
    for name in tests()
        .iter()
        .filter_map(|test| test.strip_prefix("lifecycle::"))
    {
        let path = format!("lifecycle::{name}");
        let named = |section: &&Section| {
            let mut points = section.points.iter();
            points.any(|(_, named)| named.contains(&path))
        };
        let helper = !root()
            .join(format!("tests/it/lifecycle/stories/{name}.toml"))
            .exists();
        assert!(
            helper || table.values().any(|one| named(&one)),
            "{name} proves nothing"
        );
    }
}
