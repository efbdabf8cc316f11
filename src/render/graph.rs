//! Graphs for documents: which app comes before which, and which change before which.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use crate::model::change::{Change, ChangeId};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Body, EdgeKind};

use super::safe;
use super::screen::Line;
use super::steps::brief;

/// The language of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Mermaid, which code hosts draw in Markdown.
    Mermaid,
    /// DOT, of Graphviz.
    Dot,
}

/// How one app depends on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The app that comes first.
    pub before: AppName,
    /// The app that comes later.
    pub after: AppName,
    /// The values of the first that make accounts in the later (R18); none where only the order is
    /// said.
    pub provides: Vec<String>,
}

/// The apps, and how they depend on each other.
pub fn apps<'a>(
    apps: impl IntoIterator<Item = &'a AppName>,
    dependencies: &[Dependency],
    language: Language,
) -> String {
    let mut graph = Graph::new(language);
    let nodes: BTreeMap<&AppName, usize> = apps
        .into_iter()
        .map(|app| (app, graph.node(app.as_str())))
        .collect();
    for Dependency {
        before,
        after,
        provides,
    } in dependencies
    {
        if let (Some(before), Some(after)) = (nodes.get(before), nodes.get(after)) {
            let kind = if provides.is_empty() {
                EdgeKind::Follows
            } else {
                EdgeKind::Requires
            };
            graph.edge(*before, *after, kind, &provides.join(", "));
        }
    }
    graph.finish()
}

/// The changes of a plan, person by person, and which comes before which.
pub fn changes(body: &Body, language: Language) -> String {
    let mut people: BTreeMap<Option<&PersonId>, Vec<&Change>> = BTreeMap::new();
    for change in &body.changes {
        let person = change.person.as_ref().map(|person| &person.id);
        people.entry(person).or_default().push(change);
    }
    let mut graph = Graph::new(language);
    let mut nodes: HashMap<&ChangeId, usize> = HashMap::new();
    for changes in people.into_values() {
        let person = changes.first().and_then(|change| change.person.as_ref());
        graph.open(person.map_or("accounts of nobody", |person| person.name.raw()));
        for change in changes {
            nodes.insert(&change.id, graph.node(&words(&brief(change))));
        }
        graph.close();
    }
    for edge in &body.edges {
        if let (Some(before), Some(after)) = (nodes.get(&edge.before), nodes.get(&edge.after)) {
            graph.edge(*before, *after, edge.kind, "");
        }
    }
    graph.finish()
}

fn words(line: &Line) -> String {
    let spans = line.spans().iter().map(|span| span.text.as_str());
    spans.collect::<String>().replace('\u{a0}', " ")
}

/// A graph as it is written.
struct Graph {
    language: Language,
    text: String,
    nodes: usize,
    groups: usize,
}

impl Graph {
    fn new(language: Language) -> Self {
        let text = match language {
            Language::Mermaid => "flowchart LR\n",
            Language::Dot => "digraph provisor {\n  rankdir = LR;\n  node [shape = box];\n",
        };
        Self {
            language,
            text: text.to_owned(),
            nodes: 0,
            groups: 0,
        }
    }

    /// Adds a node, and answers its number.
    fn node(&mut self, label: &str) -> usize {
        let number = self.nodes;
        self.nodes += 1;
        let label = self.label(label);
        self.line(&match self.language {
            Language::Mermaid => format!("n{number}[{label}]"),
            Language::Dot => format!("n{number} [label = {label}];"),
        });
        number
    }

    fn edge(&mut self, before: usize, after: usize, kind: EdgeKind, label: &str) {
        let said = self.label(label);
        let line = match (self.language, kind, label.is_empty()) {
            (Language::Mermaid, EdgeKind::Requires, true) => format!("n{before} --> n{after}"),
            (Language::Mermaid, EdgeKind::Requires, false) => {
                format!("n{before} -->|{said}| n{after}")
            }
            (Language::Mermaid, EdgeKind::Follows, _) => format!("n{before} -.-> n{after}"),
            (Language::Dot, EdgeKind::Requires, true) => format!("n{before} -> n{after};"),
            (Language::Dot, EdgeKind::Requires, false) => {
                format!("n{before} -> n{after} [label = {said}];")
            }
            (Language::Dot, EdgeKind::Follows, _) => {
                format!("n{before} -> n{after} [style = dashed];")
            }
        };
        self.line(&line);
    }

    /// Begins a group of nodes.
    fn open(&mut self, label: &str) {
        let number = self.groups;
        let label = self.label(label);
        self.line(&match self.language {
            Language::Mermaid => format!("subgraph g{number}[{label}]"),
            Language::Dot => format!("subgraph cluster_{number} {{ label = {label};"),
        });
        self.groups += 1;
    }

    fn close(&mut self) {
        self.line(match self.language {
            Language::Mermaid => "end",
            Language::Dot => "}",
        });
    }

    fn finish(mut self) -> String {
        if self.language == Language::Dot {
            self.text.push_str("}\n");
        }
        self.text
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "  {line}");
    }

    /// A label in quotes, in which nothing means anything.
    fn label(&self, text: &str) -> String {
        let mut label = String::from("\"");
        for character in safe::cell(text).chars() {
            match (self.language, character) {
                // Mermaid reads HTML, Markdown and its own entities in labels.
                (Language::Mermaid, c) if !c.is_alphanumeric() && !" .,:-_/@".contains(c) => {
                    let _ = write!(label, "#{};", u32::from(c));
                }
                (Language::Dot, '"' | '\\') => {
                    label.push('\\');
                    label.push(character);
                }
                (_, c) => label.push(c),
            }
        }
        label.push('"');
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(before: &str, after: &str, provides: &[&str]) -> Dependency {
        Dependency {
            before: before.into(),
            after: after.into(),
            provides: provides.iter().map(|group| (*group).to_owned()).collect(),
        }
    }

    #[test]
    fn apps_in_both_languages() {
        let names: Vec<AppName> = vec!["okta".into(), "salesforce".into(), "slack".into()];
        let edges = [
            dependency("okta", "salesforce", &["app \"sf\" <b>"]),
            dependency("okta", "slack", &[]),
        ];
        assert_eq!(
            apps(&names, &edges, Language::Mermaid),
            "flowchart LR\n  n0[\"okta\"]\n  n1[\"salesforce\"]\n  n2[\"slack\"]\n  \
             n0 -->|\"app #34;sf#34; #60;b#62;\"| n1\n  n0 -.-> n2\n"
        );
        assert_eq!(
            apps(&names, &edges, Language::Dot),
            "digraph provisor {\n  rankdir = LR;\n  node [shape = box];\n  n0 [label = \"okta\"];\n  \
             n1 [label = \"salesforce\"];\n  n2 [label = \"slack\"];\n  \
             n0 -> n1 [label = \"app \\\"sf\\\" <b>\"];\n  n0 -> n2 [style = dashed];\n}\n"
        );
    }

    #[test]
    fn every_change_of_a_plan_stands_with_its_person() {
        let story = crate::render::tests::fixtures::story();
        let text = changes(&story.body, Language::Mermaid);
        let boxes = text.matches('[').count();
        let people = text.matches("subgraph").count();
        assert_eq!(boxes, story.body.changes.len() + people);
        assert!(text.contains("[\"deactivate slack\"]"), "{text}");
        assert_eq!(text.matches("->").count(), story.body.edges.len());
    }
}
