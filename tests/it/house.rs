//! The rooms of the house: a room imports only from floors below it, and only some may name what
//! writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The floors of the rooms, from the ground up. Rooms on one floor do not import each other.
const FLOORS: &[(&str, u8)] = &[
    ("base", 1),
    ("model", 2),
    ("apps", 3),
    ("state", 3),
    ("config", 4),
    ("observe", 4),
    ("desired", 5),
    ("plan", 6),
    ("apply", 7),
    ("reports", 8),
    ("sources", 8),
    ("sandbox", 8),
    ("notify", 8),
    ("render", 9),
    ("cli", 10),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Every Rust file below `src`, with the room it belongs to (`None` for `lib.rs` and `main.rs`).
fn files() -> Vec<(PathBuf, Option<String>)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&source, &mut found);
    found.sort();
    let room = |path: &Path| {
        let mut parts = path.strip_prefix(&source).unwrap().components();
        let first = parts
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        (!matches!(first.as_str(), "lib" | "main")).then_some(first)
    };
    found
        .into_iter()
        .map(|path| (path.clone(), room(&path)))
        .collect()
}

/// The rooms that a file names by `crate::ROOM` or `provisor::ROOM`, and all its identifiers.
#[derive(Default)]
struct Names {
    rooms: BTreeSet<String>,
    identifiers: BTreeSet<String>,
}

impl Names {
    fn segments(&mut self, segments: &[String]) {
        if let [first, second, ..] = segments
            && matches!(first.as_str(), "crate" | "provisor")
        {
            self.rooms.insert(second.clone());
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, path: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.tree(&inner.tree, path);
                path.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, path)),
            syn::UseTree::Name(name) => self.leaf(&name.ident, path),
            syn::UseTree::Rename(rename) => self.leaf(&rename.ident, path),
            syn::UseTree::Glob(_) => self.segments(path),
        }
    }

    fn leaf(&mut self, name: &syn::Ident, path: &[String]) {
        let mut segments = path.to_vec();
        segments.push(name.to_string());
        self.segments(&segments);
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
        syn::visit::visit_item_use(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.segments(&segments);
        syn::visit::visit_path(self, path);
    }

    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.identifiers.insert(ident.to_string());
    }
}

fn names(path: &Path) -> Names {
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let mut names = Names::default();
    names.visit_file(&file);
    names
}

#[test]
fn a_room_imports_only_from_floors_below() {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, room) in files() {
        let Some(room) = room else { continue };
        let Some(own) = floor(&room) else {
            problems.push(format!(
                "{}: `{room}` is not a room of the house",
                path.display()
            ));
            continue;
        };
        seen.insert(room.clone());
        let names = names(&path);
        for other in names.rooms.iter().filter(|other| **other != room) {
            // The sandbox must not know what the connectors believe: it stands on `base` alone.
            let below = floor(other).is_none_or(|other| other < own);
            if !below || (room == "sandbox" && other != "base") {
                problems.push(format!("{}: `{room}` imports `{other}`", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(seen.len() >= 10, "the walk found only {seen:?}");
}

#[test]
fn only_connectors_and_apply_can_name_what_writes() {
    let may = ["apps", "apply"];
    let problems: Vec<String> = files()
        .into_iter()
        .filter(|(_, room)| !room.as_deref().is_some_and(|room| may.contains(&room)))
        .filter(|(path, _)| {
            let identifiers = names(path).identifiers;
            identifiers.contains("Writer") || identifiers.contains("open_writer")
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(problems.is_empty(), "these name `Writer`: {problems:?}");
}
