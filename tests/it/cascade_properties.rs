//! Properties of cascades over random companies (R17, R26).

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::change::{Action, ChangeId};
use provisor::model::plan::EdgeKind;

use crate::cascades::PROFILES;
use crate::world::{
    Account, CRM, NOW, SETTINGS, Source, World, account, app, cascading, config, person, short,
    withheld,
};

#[derive(Clone, Debug)]
pub struct Company {
    people: Vec<(usize, usize, usize)>,
    accounts: Vec<(usize, bool, u8)>,
    by_hand: Vec<usize>,
    pub unassigns: bool,
}

const NAMES: [&str; 5] = ["Ada", "Bo", "Cy", "Di", "Ed"];

pub fn company() -> impl Strategy<Value = Company> {
    let names = 0..NAMES.len();
    (
        proptest::collection::vec((names.clone(), 0..5_usize, 0..5_usize), 0..6),
        proptest::collection::vec((names.clone(), any::<bool>(), 0..16_u8), 0..5),
        proptest::collection::vec(names, 0..3),
        any::<bool>(),
    )
        .prop_map(|(people, accounts, by_hand, unassigns)| Company {
            people,
            accounts,
            by_hand,
            unassigns,
        })
}

pub fn of(company: &Company) -> Config {
    let mut entries = BTreeMap::new();
    for (name, profile, dates) in &company.people {
        let profile = ["MKT", "SALES", "AGENT", "STAFF", "NONE"][*profile];
        let (start, rest) = [
            ("2020-01-01", ""),
            ("2026-03-17", ""),
            ("2020-01-01", "end_date = 2026-03-01"),
            ("2026-12-01", ""),
            ("2020-01-01", "leave = { from = 2026-03-01 }"),
        ][*dates];
        entries.entry(*name).or_insert_with(|| {
            person(&format!("{}", name + 1), NAMES[*name], profile, start, rest)
        });
    }
    let settings = format!("{SETTINGS}{CRM}").replace("\"keep\"", "\"suspend\"");
    let people: String = entries.into_values().collect();
    let mut config = cascading(config(&settings, PROFILES, &people));
    let directory = config.apps.get_mut(&app()).unwrap();
    let description = Arc::make_mut(&mut directory.description);
    description.leaving.unassigns = company.unassigns;
    description.identity_provider = true;
    config
}

pub fn world(company: &Company) -> World {
    let mut world = World::default();
    if !company.unassigns {
        world.source = Source::Suspending;
    }
    for (name, active, groups) in &company.accounts {
        let id = format!("{}", name + 1);
        if world.accounts.values().any(|known| known.hr_id == id) {
            continue;
        }
        let held = ["CRM", "Everyone", "Marketing", "Sales"];
        let held = held
            .iter()
            .enumerate()
            .filter(|(bit, _)| groups & (1 << bit) != 0);
        let held: Vec<&str> = held.map(|(_, group)| *group).collect();
        let mut made = account(&id, NAMES[*name], &held);
        if !active {
            made.status = Status::Inactive;
        }
        world.add(made);
    }
    world.settle();
    for name in &company.by_hand {
        let made: Account = account("0", NAMES[*name], &["Everyone"]);
        if !world.crm.values().any(|known| known.login == made.login) {
            world.crm.insert(format!("h{name}"), made);
        }
    }
    world
}

/// What may fail.
const STEPS: [&str; 8] = [
    "create",
    "reactivate",
    "grant CRM",
    "grant Sales",
    "revoke CRM",
    "revoke Sales",
    "deactivate",
    "await in crm",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// R26, with accounts that come and go by a cascade. `World::run` also asserts that no await and
    /// no awaited closing is in vain, that nothing is written which is so already, and that nobody
    /// but the directory makes accounts in `crm`.
    #[test]
    fn runs_converge_through_a_cascade(first in company(), second in company()) {
        let mut world = world(&first);
        let unassigns = first.unassigns;
        for company in [&first, &Company { unassigns, ..second.clone() }, &first] {
            let config = of(company);
            let mut last = world.run(&config, NOW);
            for _ in 0..NAMES.len() {
                if last.body.withheld.is_empty() {
                    break;
                }
                last = world.run(&config, NOW);
            }
            let next = world.plan(&config, NOW);
            prop_assert_eq!(short(&next), Vec::<String>::new(), "after {:?} with {:?}", short(&last), withheld(&next));
        }
    }

    /// R17: whatever fails in one run, the next ones do it, and nobody who left keeps anything for
    /// that long.
    #[test]
    fn runs_converge_after_failures(first in company(), second in company(), failing in proptest::collection::btree_set((1..6_usize, 0..STEPS.len()), 1..12)) {
        let mut world = world(&first);
        world.run(&of(&first), NOW);
        let config = of(&Company { unassigns: first.unassigns, ..second });
        world.failing = failing.into_iter().map(|(person, step)| format!("{person} {}", STEPS[step])).collect();
        world.run(&config, NOW);
        world.failing.clear();
        let mut last = world.run(&config, NOW);
        for _ in 0..NAMES.len() {
            if last.body.withheld.is_empty() {
                break;
            }
            last = world.run(&config, NOW);
        }
        let next = world.plan(&config, NOW);
        prop_assert_eq!(short(&next), Vec::<String>::new(), "after {:?} with {:?}", short(&last), withheld(&next));
    }

    /// Every edge leads from an earlier to a later change; none that carries failure leads to a
    /// closing (R17).
    #[test]
    fn the_order_respects_every_edge_and_closings_require_nothing(first in company(), second in company()) {
        let mut world = world(&first);
        world.run(&of(&first), NOW);
        let unassigns = first.unassigns;
        let body = world.plan(&of(&Company { unassigns, ..second }), NOW).body;
        let place = |id: &ChangeId| body.changes.iter().position(|change| change.id == *id).unwrap();
        for edge in &body.edges {
            let (before, after) = (place(&edge.before), place(&edge.after));
            prop_assert!(before < after);
            let closes = matches!(body.changes[after].action, Action::Deactivate { .. });
            prop_assert!(!closes || edge.kind == EdgeKind::Follows);
        }
    }
}
