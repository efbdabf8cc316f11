use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::config::Trust;
use crate::model::change::{AccountTag, NewAccount, PersonTag};
use crate::model::reason::Cause;

/// Apps `a`, `b` and `c`, each after the one before it, and `z` on its own.
fn config() -> Config {
    let apps = [("a", ""), ("b", "\"a\""), ("c", "\"b\""), ("z", "")];
    settings(apps.map(|(app, after)| (app, after.to_owned())))
}

/// Apps by name, and what each comes after.
pub(in crate::plan) fn settings<'a>(apps: impl IntoIterator<Item = (&'a str, String)>) -> Config {
    let mut settings =
        String::from("[organisation]\nname = \"M\"\ndomains = [\"m.com\"]\ntime_zone = \"UTC\"\n");
    for (app, after) in apps {
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
