//! In which order (R16): a graph whose edges join changes of one person, and the one sequence that
//! respects it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::config::Config;
use crate::model::change::{Change, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Edge, EdgeKind};

/// Puts changes into the order of execution and says which comes before which. Every edge leads
/// from an earlier to a later change; changes without an order between them stand by person, app
/// and verb, closings first.
pub fn order(config: &Config, changes: Vec<Change>) -> (Vec<Change>, Vec<Edge>) {
    let mut graph: DiGraph<usize, EdgeKind> = DiGraph::with_capacity(changes.len(), changes.len());
    let nodes: Vec<NodeIndex> = (0..changes.len())
        .map(|index| graph.add_node(index))
        .collect();
    let predecessors = predecessors(config);
    for mine in by_person(&changes).values() {
        for (app, steps) in mine {
            within_account(&changes, steps, &mut graph, &nodes);
            // What comes first in the other app: all that nothing there waits for.
            for earlier in predecessors[app]
                .iter()
                .filter_map(|earlier| mine.get(earlier))
            {
                between_apps(earlier, steps, &mut graph, &nodes);
            }
        }
    }
    let sequence = sequence(&graph, &changes);
    let mut edges: Vec<Edge> = graph
        .edge_references()
        .map(|edge| Edge {
            before: changes[graph[edge.source()]].id.clone(),
            after: changes[graph[edge.target()]].id.clone(),
            kind: *edge.weight(),
        })
        .collect();
    edges.sort();
    let mut slots: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    let changes = sequence
        .into_iter()
        .filter_map(|index| slots[index].take())
        .collect();
    (changes, edges)
}

type ByApp<'a> = BTreeMap<&'a AppName, Vec<usize>>;

fn by_person(changes: &[Change]) -> BTreeMap<&PersonId, ByApp<'_>> {
    let mut people: BTreeMap<&PersonId, ByApp<'_>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(person) = &change.person {
            people
                .entry(&person.id)
                .or_default()
                .entry(&change.app)
                .or_default()
                .push(index);
        }
    }
    people
}

/// The account comes before what it holds; what a returning account must lose is taken before it
/// opens, and what a closing one must lose after it is cut.
fn within_account(
    changes: &[Change],
    steps: &[usize],
    graph: &mut DiGraph<usize, EdgeKind>,
    nodes: &[NodeIndex],
) {
    let is_cut = |step: &usize| changes[*step].action.verb() == Verb::Deactivate;
    for cut in steps.iter().copied().filter(is_cut) {
        for step in steps.iter().copied().filter(|step| *step != cut) {
            graph.add_edge(nodes[cut], nodes[step], EdgeKind::Follows);
        }
    }
    let opens = steps.iter().copied().filter(|step| {
        matches!(
            changes[*step].action.verb(),
            Verb::Create | Verb::Reactivate
        )
    });
    for open in opens {
        for step in steps.iter().copied().filter(|step| *step != open) {
            match changes[step].action.verb() {
                Verb::Revoke => graph.add_edge(nodes[step], nodes[open], EdgeKind::Follows),
                _ => graph.add_edge(nodes[open], nodes[step], EdgeKind::Requires),
            };
        }
    }
}

fn between_apps(
    earlier: &[usize],
    later: &[usize],
    graph: &mut DiGraph<usize, EdgeKind>,
    nodes: &[NodeIndex],
) {
    let own = |step: usize, steps: &[usize], direction, graph: &DiGraph<usize, EdgeKind>| {
        graph
            .neighbors_directed(nodes[step], direction)
            .all(|other| !steps.contains(&graph[other]))
    };
    let last: Vec<usize> = earlier
        .iter()
        .copied()
        .filter(|step| own(*step, earlier, Direction::Outgoing, graph))
        .collect();
    let first: Vec<usize> = later
        .iter()
        .copied()
        .filter(|step| own(*step, later, Direction::Incoming, graph))
        .collect();
    for before in &last {
        for after in &first {
            graph.add_edge(nodes[*before], nodes[*after], EdgeKind::Follows);
        }
    }
}

/// Per app, all apps that come before it, directly or through others: an app in between in which
/// a person has nothing to do does not break the order.
fn predecessors(config: &Config) -> BTreeMap<&AppName, BTreeSet<&AppName>> {
    let reach = |app: &AppName| {
        let mut found: BTreeSet<&AppName> = BTreeSet::new();
        let mut open: Vec<&AppName> = config.apps[app].after.iter().collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(config.apps.get(next).into_iter().flat_map(|app| &app.after));
            }
        }
        found
    };
    config.apps.keys().map(|app| (app, reach(app))).collect()
}

/// The topological order in which, of all that is ready, the smallest by person, app and verb
/// comes next; closings before all else.
fn sequence(graph: &DiGraph<usize, EdgeKind>, changes: &[Change]) -> Vec<usize> {
    let key = |index: usize| {
        let change = &changes[index];
        let closing = change.action.verb() == Verb::Deactivate;
        let person = change.person.as_ref().map(|person| &person.id);
        Reverse((
            !closing,
            person,
            &change.app,
            rank(change.action.verb()),
            index,
        ))
    };
    let mut waits: HashMap<NodeIndex, usize> = graph
        .node_indices()
        .map(|node| {
            (
                node,
                graph.neighbors_directed(node, Direction::Incoming).count(),
            )
        })
        .collect();
    let mut ready: BinaryHeap<_> = graph
        .node_indices()
        .filter(|node| waits[node] == 0)
        .map(|node| (key(graph[node]), node))
        .collect();
    let mut order = Vec::with_capacity(changes.len());
    while let Some((_, node)) = ready.pop() {
        order.push(graph[node]);
        for next in graph.neighbors_directed(node, Direction::Outgoing) {
            let left = waits.get_mut(&next).expect("every node was counted");
            *left -= 1;
            if *left == 0 {
                ready.push((key(graph[next]), next));
            }
        }
    }
    assert_eq!(
        order.len(),
        changes.len(),
        "validation refuses cycles between apps, and edges within an account have none"
    );
    order
}

const fn rank(verb: Verb) -> u8 {
    match verb {
        Verb::Deactivate => 0,
        Verb::Create | Verb::Reactivate => 1,
        Verb::Adopt => 2,
        Verb::Update => 3,
        Verb::Set => 4,
        Verb::Grant => 5,
        Verb::Revoke => 6,
    }
}
