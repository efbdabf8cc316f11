//! In which order (R16): a graph whose edges join changes of one person, and the one sequence that
//! respects it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::config::Config;
use crate::model::app::KindIndex;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Edge, EdgeKind};

use super::precedence::{predecessors, sign_in};

/// Puts changes into the order of execution and says which comes before which. Every edge leads
/// from an earlier to a later change; changes without an order between them stand by person, app
/// and verb, closings first. `known` are edges that planning found: of cascades and of managers.
pub fn order(config: &Config, changes: Vec<Change>, known: &[Edge]) -> (Vec<Change>, Vec<Edge>) {
    let mut graph: DiGraph<usize, EdgeKind> = DiGraph::with_capacity(changes.len(), changes.len());
    let nodes: Vec<NodeIndex> = (0..changes.len())
        .map(|index| graph.add_node(index))
        .collect();
    let places: HashMap<&ChangeId, usize> = (0..).zip(&changes).map(|(i, c)| (&c.id, i)).collect();
    for edge in known {
        let ends = (places.get(&edge.before), places.get(&edge.after));
        if let (Some(before), Some(after)) = ends {
            graph.add_edge(nodes[*before], nodes[*after], edge.kind);
        }
    }
    let predecessors = predecessors(config);
    let sign_in = sign_in(config);
    let people = by_person(&changes);
    for steps in people.values().flat_map(BTreeMap::values) {
        for steps in by_account(&changes, steps).values() {
            within_account(&changes, steps, &mut graph, &nodes);
        }
    }
    for mine in people.values() {
        for (app, steps) in mine {
            // What comes first in the other app: all that nothing there waits for.
            let earlier = predecessors[app].iter();
            for earlier in earlier.filter_map(|earlier| mine.get(earlier)) {
                between_apps(earlier, steps, &mut graph, &nodes);
            }
            for later in sign_in.get(app).into_iter().flatten() {
                let later = mine.get(later).map_or(&[][..], Vec::as_slice);
                sign_in_first(&changes, steps, later, &mut graph, &nodes);
            }
        }
    }
    let sequence = sequence(config, &graph, &changes);
    let mut edges: Vec<Edge> = graph
        .edge_references()
        .map(|edge| Edge {
            before: changes[graph[edge.source()]].id.clone(),
            after: changes[graph[edge.target()]].id.clone(),
            kind: *edge.weight(),
        })
        .collect();
    edges.sort();
    // Of two reasons for one order, the stronger says it all.
    edges.dedup_by(|b, a| (&a.before, &a.after) == (&b.before, &b.after));
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

/// The steps of one person in one app by account: somebody may have several to be closed. What is
/// given to an account that is still to be made belongs to its making.
fn by_account<'a>(
    changes: &'a [Change],
    steps: &[usize],
) -> BTreeMap<Option<&'a AccountTag>, Vec<usize>> {
    let mut accounts: BTreeMap<Option<&AccountTag>, Vec<usize>> = BTreeMap::new();
    for step in steps {
        let account = changes[*step].account.as_ref();
        accounts.entry(account).or_default().push(*step);
    }
    accounts
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
    let opens = steps.iter().copied().filter(|step| changes[*step].opens());
    for open in opens {
        for step in steps.iter().copied().filter(|step| *step != open) {
            match changes[step].action.verb() {
                // Nobody comes back with yesterday's access: what fails to be taken keeps them out.
                Verb::Revoke => graph.add_edge(nodes[step], nodes[open], EdgeKind::Requires),
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

/// Whoever leaves loses the way in before all else.
fn sign_in_first(
    changes: &[Change],
    earlier: &[usize],
    later: &[usize],
    graph: &mut DiGraph<usize, EdgeKind>,
    nodes: &[NodeIndex],
) {
    let closings = |steps: &[usize]| -> Vec<NodeIndex> {
        let steps = steps.iter().copied();
        steps
            .filter(|step| changes[*step].action.verb() == Verb::Deactivate)
            .map(|step| nodes[step])
            .collect()
    };
    for before in closings(earlier) {
        for after in closings(later) {
            graph.add_edge(before, after, EdgeKind::Follows);
        }
    }
}

/// The topological order in which, of all that is ready, the smallest by person, app, verb
/// and value comes next; closings before all else. In which order the changes were found, and so in
/// which order an app listed what it has, leaves no trace.
fn sequence(config: &Config, graph: &DiGraph<usize, EdgeKind>, changes: &[Change]) -> Vec<usize> {
    let key = |index: usize| {
        let change = &changes[index];
        let closing = change.action.verb() == Verb::Deactivate;
        let person = change.person.as_ref().map(|person| &person.id);
        Reverse((
            !closing,
            person,
            (standing(config, &change.app), &change.app),
            rank(change.action.verb()),
            object(config, change),
            &change.id,
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

/// What is given, taken or set: its kind, in the order of the description, and its name.
fn object<'a>(config: &Config, change: &'a Change) -> (Option<KindIndex>, &'a str) {
    let (kind, value) = match &change.action {
        Action::Grant { kind, value, .. } => (kind, value.as_str()),
        Action::Revoke { kind, value, .. } => (kind, value.raw()),
        Action::Set {
            kind, key, after, ..
        } => (kind, key.as_ref().unwrap_or(after).as_str()),
        Action::Create(_)
        | Action::Invite { .. }
        | Action::Await { .. }
        | Action::Adopt { .. }
        | Action::Reactivate
        | Action::Update { .. }
        | Action::Deactivate { .. } => return (None, ""),
    };
    let description = &config.apps[&change.app].description;
    (description.entitlement(kind).map(|(index, _)| index), value)
}

/// Where an app stands among those without an order between them: what people sign in with, what
/// that makes, all others.
fn standing(config: &Config, app: &AppName) -> u8 {
    let app = &config.apps[app];
    if app.description.identity_provider {
        0
    } else if app.provisioned_by.is_some() {
        1
    } else {
        2
    }
}

const fn rank(verb: Verb) -> u8 {
    match verb {
        Verb::Deactivate => 0,
        Verb::Create | Verb::Invite | Verb::Await | Verb::Reactivate => 1,
        Verb::Adopt => 2,
        Verb::Update => 3,
        Verb::Set => 4,
        Verb::Grant => 5,
        Verb::Revoke => 6,
    }
}

#[cfg(test)]
pub(super) mod tests;
