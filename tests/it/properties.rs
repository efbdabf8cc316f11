//! Properties of planning over random companies.

use std::collections::BTreeMap;

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::desired::Want;
use provisor::model::withheld::Impediment;

use crate::world::{Account, NOW, PROFILES, SETTINGS, World, config, person};

const NAMES: [&str; 6] = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo"];
const GROUPS: [&str; 4] = ["Everyone", "Marketing", "Sales", "Chess"];

#[derive(Clone, Debug)]
struct Company {
    people: Vec<(usize, usize, usize)>,
    accounts: Vec<(usize, usize, bool, bool, u8)>,
}

fn company() -> impl Strategy<Value = Company> {
    let people = proptest::collection::vec((0..NAMES.len(), 0..3_usize, 0..4_usize), 0..6);
    let accounts = proptest::collection::vec(
        (
            0..NAMES.len(),
            0..NAMES.len() + 2,
            any::<bool>(),
            any::<bool>(),
            0..16_u8,
        ),
        0..6,
    );
    (people, accounts).prop_map(|(people, accounts)| Company { people, accounts })
}

fn files(company: &Company) -> Config {
    let mut entries = BTreeMap::new();
    for (name, profile, dates) in &company.people {
        let profile = ["MKT", "SALES", "NONE"][*profile];
        let (start, rest) = [
            ("2020-01-01", ""),
            ("2026-03-17", ""),
            ("2020-01-01", "end_date = 2026-03-01"),
            ("2026-12-01", ""),
        ][*dates];
        entries
            .entry(*name)
            .or_insert_with(|| person(&format!("{name}"), NAMES[*name], profile, start, rest));
    }
    config(
        SETTINGS,
        PROFILES,
        &entries.into_values().collect::<String>(),
    )
}

fn world(company: &Company) -> World {
    let mut world = World::default();
    world.groups.insert("Chess".to_owned());
    let mut logins = std::collections::BTreeSet::new();
    for (name, hr_id, active, old, groups) in &company.accounts {
        let login = if *old {
            format!("{}.x@meridian.com", NAMES[*name])
        } else {
            format!("{}@meridian.com", NAMES[*name].to_lowercase())
        };
        if !logins.insert(login.to_lowercase()) {
            continue;
        }
        let hr_id = if *hr_id <= NAMES.len() {
            hr_id.to_string()
        } else {
            String::new()
        };
        let held = GROUPS
            .iter()
            .enumerate()
            .filter(|(bit, _)| groups & (1 << bit) != 0);
        world.add(Account {
            login,
            hr_id,
            status: if *active {
                Status::Active
            } else {
                Status::Inactive
            },
            attributes: BTreeMap::new(),
            groups: held.map(|(_, group)| (*group).to_owned()).collect(),
        });
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// R26: after a run that held nothing back, the plan is empty. Where something was held, what
    /// the run did may free the next person, and so on; with each run fewer wait. `World::run` also
    /// asserts that no change writes what is so already and that none makes a second account.
    #[test]
    fn a_run_converges(company in company()) {
        let config = files(&company);
        let mut world = world(&company);
        let mut last = world.run(&config, NOW);
        for _ in 0..NAMES.len() {
            if last.body.withheld.is_empty() {
                break;
            }
            last = world.run(&config, NOW);
        }
        let next = world.plan(&config, NOW);
        prop_assert_eq!(&next.body.changes, &[], "after {:#?}", last.body.changes);
    }

    /// Every edge leads from an earlier to a later change, and every change stands once.
    #[test]
    fn the_order_respects_every_edge(company in company()) {
        let body = world(&company).plan(&files(&company), NOW).body;
        let place: BTreeMap<_, _> = body.changes.iter().enumerate().map(|(place, change)| (&change.id, place)).collect();
        prop_assert_eq!(place.len(), body.changes.len(), "two changes with one id");
        for edge in &body.edges {
            prop_assert!(place[&edge.before] < place[&edge.after]);
        }
    }

    /// No write to anybody whom the files do not name.
    #[test]
    fn nobody_else_is_touched(company in company()) {
        let config = files(&company);
        let body = world(&company).plan(&config, NOW).body;
        for change in &body.changes {
            let person = change.person.as_ref().map(|person| &person.id);
            prop_assert!(config.people.iter().any(|known| Some(&known.id) == person), "{change:?}");
        }
    }

    /// No open account is passed over in silence: it belongs to somebody who should have it, or it
    /// is planned for, held, surplus or unmanaged.
    #[test]
    fn every_open_account_is_accounted_for(company in company(), later in company()) {
        let mut world = world(&company);
        world.run(&files(&company), NOW);
        let config = files(&later);
        let plan = world.plan(&config, NOW);
        let desired = provisor::desired::at(&config, NOW.parse().unwrap());
        let text = serde_json::to_string(&plan.body).unwrap();
        for (vendor_id, account) in &world.accounts {
            let person = config.people.iter().position(|person| {
                let unclaimed = account.hr_id.is_empty() && account.login == person.email.raw();
                person.id.as_str() == account.hr_id || unclaimed
            });
            // An account that was made early is kept when the start moves later.
            let kept = person.is_some_and(|person| {
                matches!(desired.want(person, 0), Want::Account { .. } | Want::NotYet { .. })
            });
            let named = text.contains(&format!("\"vendor_id\":\"{vendor_id}\""));
            let vanished = plan.body.withheld.iter().any(|held| held.why == Impediment::Vanished);
            let closed = account.status == Status::Inactive;
            prop_assert!(closed || kept || named || vanished, "{account:?}\n{text}");
        }
    }

    /// The same input gives the same bytes.
    #[test]
    fn ten_plans_are_one(company in company()) {
        let config = files(&company);
        let world = world(&company);
        let bytes = || serde_json::to_vec(&world.plan(&config, NOW).body).unwrap();
        let first = bytes();
        for _ in 0..9 {
            prop_assert_eq!(&bytes(), &first);
        }
    }
}
