//! In which order (R16): a graph whose edges join changes of one person, and the one sequence that
//! respects it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::algo::has_path_connecting;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::EdgeRef as _;

use crate::config::Config;
use crate::model::app::KindIndex;
use crate::model::change::{AccountTag, Action, Change, ChangeId, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Edge, EdgeKind};

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
    let opens = steps.iter().copied().filter(|step| {
        matches!(
            changes[*step].action.verb(),
            Verb::Create | Verb::Await | Verb::Reactivate
        )
    });
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

/// Per identity provider, the apps in which closings come after its own: all of which neither the
/// files nor another identity provider say the contrary.
fn sign_in(config: &Config) -> BTreeMap<&AppName, Vec<&AppName>> {
    let mut order: DiGraphMap<&AppName, ()> = DiGraphMap::new();
    for (app, settings) in &config.apps {
        let source = settings.provisioned_by.as_ref().map(|by| &by.app);
        for before in settings.after.iter().chain(source) {
            order.add_edge(before, app, ());
        }
    }
    let mut sign_in: BTreeMap<&AppName, Vec<&AppName>> = BTreeMap::new();
    let provides = |app: &&AppName| config.apps[*app].description.identity_provider;
    for provider in config.apps.keys().filter(provides) {
        for app in config.apps.keys().filter(|app| *app != provider) {
            let contrary = order.contains_node(app)
                && order.contains_node(provider)
                && has_path_connecting(&order, app, provider, None);
            if !contrary {
                order.add_edge(provider, app, ());
                sign_in.entry(provider).or_default().push(app);
            }
        }
    }
    sign_in
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
        Verb::Create | Verb::Await | Verb::Reactivate => 1,
        Verb::Adopt => 2,
        Verb::Update => 3,
        Verb::Set => 4,
        Verb::Grant => 5,
        Verb::Revoke => 6,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::config::Trust;
    use crate::model::change::{AccountTag, Cause, NewAccount, PersonTag};

    /// Apps `a`, `b` and `c`, each after the one before it, and `z` on its own.
    fn config() -> Config {
        let mut settings = String::from(
            "[organisation]\nname = \"M\"\ndomains = [\"m.com\"]\ntime_zone = \"UTC\"\n",
        );
        for (app, after) in [("a", ""), ("b", "\"a\""), ("c", "\"b\""), ("z", "")] {
            let _ = write!(
                settings,
                "[apps.{app}]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1\"\nmode = \"enforce\"\n\
                 after = [{after}]\n"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("provisor.toml", &*settings),
            ("profiles.toml", "[profiles]"),
            ("people.toml", "people = []"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let loaded = Config::load(folder.path(), &Trust::none());
        loaded
            .config
            .unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
    }

    /// A change of an account that exists.
    fn change(app: &str, person: &str, action: Action) -> Change {
        let account = AccountTag {
            vendor_id: person.into(),
            login: person.into(),
        };
        of(app, person, Some(account), action)
    }

    /// A change of an account that is to be made.
    fn new(app: &str, person: &str, action: Action) -> Change {
        of(app, person, None, action)
    }

    fn of(app: &str, person: &str, account: Option<AccountTag>, action: Action) -> Change {
        let person = PersonTag {
            id: person.into(),
            name: person.into(),
        };
        Change::new(
            &app.into(),
            Some(person),
            account,
            action,
            Cause::Files,
            Vec::new(),
        )
    }

    fn create() -> Action {
        Action::Create(NewAccount {
            login: "x".to_owned(),
            email: "x".to_owned(),
            hr_id: None,
            attributes: BTreeMap::new(),
        })
    }

    fn grant(value: &str) -> Action {
        Action::Grant {
            kind: "groups".to_owned(),
            value: value.to_owned(),
            level: None,
        }
    }

    fn revoke(value: &str) -> Action {
        Action::Revoke {
            kind: "groups".to_owned(),
            value: value.into(),
            level: None,
        }
    }

    fn close() -> Action {
        let effect = "deactivated".to_owned();
        Action::Deactivate { effect, by: None }
    }

    /// Orders changes; answers them in short, and the edges as places in that.
    fn ordered(changes: Vec<Change>) -> (Vec<String>, BTreeSet<(usize, usize, EdgeKind)>) {
        let (changes, edges) = order(&config(), changes, &[]);
        let place = |id: &ChangeId| changes.iter().position(|change| &change.id == id).unwrap();
        let edges = edges
            .iter()
            .map(|edge| (place(&edge.before), place(&edge.after), edge.kind));
        let edges = edges.collect();
        let short = |change: &Change| {
            let person = change.person.as_ref().unwrap().id.as_str();
            let verb = change.action.verb().word();
            format!("{} {person} {verb}", change.app.as_str())
        };
        (changes.iter().map(short).collect(), edges)
    }

    #[test]
    fn an_app_without_changes_in_between_does_not_break_the_order() {
        let (changes, edges) = ordered(vec![
            change("c", "1", grant("G")),
            change("a", "1", grant("G")),
            change("z", "1", grant("G")),
            change("a", "2", grant("G")),
        ]);
        assert_eq!(
            changes,
            ["a 1 grant", "c 1 grant", "z 1 grant", "a 2 grant"]
        );
        assert_eq!(edges, [(0, 1, EdgeKind::Follows)].into());
    }

    #[test]
    fn closings_follow_too() {
        let (changes, edges) = ordered(vec![
            change("c", "1", close()),
            change("b", "1", close()),
            change("a", "0", grant("G")),
        ]);
        assert_eq!(changes, ["b 1 deactivate", "c 1 deactivate", "a 0 grant"]);
        assert_eq!(edges, [(0, 1, EdgeKind::Follows)].into());
    }

    /// R17: what fails in one app skips what requires it there, and nothing in the apps after it.
    #[test]
    fn only_what_an_account_holds_requires_anything() {
        let (changes, edges) = ordered(vec![
            new("b", "1", create()),
            new("b", "1", grant("G")),
            new("a", "1", create()),
            new("a", "1", grant("G")),
        ]);
        assert_eq!(
            changes,
            ["a 1 create", "a 1 grant", "b 1 create", "b 1 grant"]
        );
        let expected = [
            (0, 1, EdgeKind::Requires),
            (1, 2, EdgeKind::Follows),
            (2, 3, EdgeKind::Requires),
        ];
        assert_eq!(edges, expected.into());
    }

    /// Somebody may have several accounts to be closed, and each is a step of its own.
    #[test]
    fn accounts_of_one_person_do_not_wait_for_each_other() {
        let mut other = change("a", "1", close());
        other.account = Some(AccountTag {
            vendor_id: "another".into(),
            login: "another".into(),
        });
        let other = Change::new(
            &"a".into(),
            other.person,
            other.account,
            close(),
            Cause::Files,
            Vec::new(),
        );
        let (changes, edges) = ordered(vec![change("a", "1", close()), other]);
        assert_eq!((changes.len(), edges.len()), (2, 0));
    }

    /// Two people who join, move or leave in every app.
    fn many() -> Vec<Change> {
        let mut changes = Vec::new();
        for app in ["a", "b", "c", "z"] {
            let joins = [create(), grant("Everyone"), grant("Sales"), grant("Chess")];
            changes.extend(joins.map(|action| new(app, "1", action)));
            let moves = [Action::Reactivate, revoke("Old"), revoke("Older")];
            changes.extend(moves.map(|action| change(app, "2", action)));
            changes.push(change(app, "3", close()));
        }
        changes
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_finding_leaves_no_trace(shuffled in Just(many()).prop_shuffle()) {
            let config = config();
            prop_assert_eq!(order(&config, shuffled, &[]), order(&config, many(), &[]));
        }
    }
}
