//! Finds cycles in what refers to each other, and names them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

/// One cycle for each knot of nodes that reach each other: a shortest one through the knot's least
/// node, beginning with it. Sorted.
pub(super) fn cycles<N, E>(graph: &DiGraphMap<N, E>) -> Vec<Vec<N>>
where
    N: Copy + Ord + Hash,
{
    let mut cycles: Vec<Vec<N>> = knots(graph)
        .iter()
        .filter_map(|knot| cycle_through(graph, *knot.first()?, knot))
        .collect();
    cycles.sort_unstable();
    cycles
}

/// A cycle in words: `a → b → a`.
pub(super) fn named(cycle: &[&str]) -> String {
    let back = cycle.iter().chain(cycle.first());
    let names: Vec<_> = back
        .map(|name| crate::base::foreign::escape(name))
        .collect();
    names.join(" → ")
}

/// The sets of nodes that reach each other, and single nodes that refer to themselves; each
/// sorted.
pub(super) fn knots<N, E>(graph: &DiGraphMap<N, E>) -> Vec<Vec<N>>
where
    N: Copy + Ord + Hash,
{
    let mut knots = kosaraju_scc(graph);
    knots.retain(|knot: &Vec<N>| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]));
    for knot in &mut knots {
        knot.sort_unstable();
    }
    knots
}

/// A shortest cycle through a node of a knot, found breadth first.
fn cycle_through<N, E>(graph: &DiGraphMap<N, E>, start: N, knot: &[N]) -> Option<Vec<N>>
where
    N: Copy + Ord + Hash,
{
    let inside: HashSet<N> = knot.iter().copied().collect();
    let mut came_from: HashMap<N, N> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<N> = graph
            .neighbors(node)
            .filter(|n| inside.contains(n))
            .collect();
        next.sort_unstable();
        for neighbour in next {
            if neighbour == start {
                let mut cycle = vec![node];
                let mut at = node;
                while at != start {
                    at = came_from[&at];
                    cycle.push(at);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if let Entry::Vacant(unseen) = came_from.entry(neighbour) {
                unseen.insert(node);
                queue.push_back(neighbour);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_knot_once_and_survives_long_chains() {
        let mut graph: DiGraphMap<u32, ()> = DiGraphMap::new();
        for (from, to) in [(2, 3), (3, 1), (1, 2), (3, 2), (7, 7), (1, 9)] {
            graph.add_edge(from, to, ());
        }
        for node in 100..200_000 {
            graph.add_edge(node, node + 1, ());
        }
        assert_eq!(cycles(&graph), [vec![1, 2, 3], vec![7]]);
    }
}
