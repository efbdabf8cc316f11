//! Properties of what was reviewed against what is there now (R23), over random companies with
//! accounts that come and go by a cascade.

use std::collections::BTreeSet;

use proptest::prelude::*;
use provisor::config::Config;
use provisor::model::change::ChangeId;
use provisor::model::outcome::{Outcome, Refusal};
use provisor::model::plan::Plan;
use provisor::plan::{Approved, Ground, current, saved, select, verify};

use crate::cascade_properties::{Company, company, of, world};
use crate::world::{NOW, World, app, short};

/// Judges a plan against the world as it is now.
fn judged(planned: &Plan, config: &Config, world: &World) -> Approved {
    let reviewed = saved::read(&saved::write(planned)).unwrap();
    assert_eq!(reviewed, *planned);
    let ground = Ground {
        config,
        now: NOW.parse().unwrap(),
        rehearsal: false,
        runs: &[],
    };
    let reviewed = current(reviewed, &ground).unwrap();
    let fresh = world.plan(config, NOW);
    let observed = world.observed(config, NOW);
    verify(reviewed, &fresh, None, config, &observed, &world.history)
}

fn refused(approved: &Approved) -> Vec<(&ChangeId, &Refusal)> {
    let settled = approved.settled().iter();
    settled
        .filter_map(|(id, outcome)| match outcome {
            Outcome::Refused { why } => Some((id, why)),
            _ => None,
        })
        .collect()
}

/// A company some time after its first run, and what its files say now.
fn later(first: &Company, second: &Company) -> (World, Config) {
    let mut world = world(first);
    world.run(&of(first), NOW);
    let mut second = second.clone();
    second.unassigns = first.unassigns;
    let config = of(&second);
    (world, config)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// R23: where nothing moved, all of the plan is done, and there is nothing new.
    #[test]
    fn r23_what_did_not_move_is_approved_whole(first in company(), second in company()) {
        let (world, config) = later(&first, &second);
        let planned = world.plan(&config, NOW);
        let approved = judged(&planned, &config, &world);
        prop_assert!(approved.settled().is_empty(), "{:?} of {:?}", approved.settled(), short(&planned));
        prop_assert!(approved.unreviewed().is_empty(), "{:?}", approved.unreviewed());
    }

    /// R23: what a run that died did is already so, and the rest goes on.
    #[test]
    fn r23_what_a_run_did_is_already_so_and_the_rest_goes_on(first in company(), second in company(), count in 0..12_usize) {
        let (mut world, config) = later(&first, &second);
        let planned = world.plan(&config, NOW);
        world.begin(&config, &planned, count);
        let approved = judged(&planned, &config, &world);
        prop_assert_eq!(refused(&approved), [], "after {} of {:?}", count, short(&planned));
        for change in planned.body.changes.iter().take(count) {
            let is_so = matches!(approved.settled().get(&change.id), Some(Outcome::AlreadySo { .. }));
            prop_assert!(is_so, "{:?} of {:?}", change, short(&planned));
        }
    }

    /// R23: an account that somebody edited since is left alone, and it alone.
    #[test]
    fn r23_an_account_that_moved_is_refused_and_it_alone(first in company(), second in company(), which in 0..8_usize) {
        let (mut world, config) = later(&first, &second);
        let planned = world.plan(&config, NOW);
        let touched: BTreeSet<String> = planned.body.accounts.iter()
            .filter(|one| one.app == app())
            .map(|one| one.account.vendor_id.raw().to_owned())
            .collect();
        let Some(moved) = touched.iter().nth(which % touched.len().max(1)) else {
            return Ok(());
        };
        let account = world.accounts.get_mut(moved).unwrap();
        account.attributes.insert("title".to_owned(), "By hand".to_owned());
        let approved = judged(&planned, &config, &world);
        for change in &planned.body.changes {
            let theirs = change.app == app()
                && change.account.as_ref().is_some_and(|tag| tag.vendor_id.raw() == moved);
            let is_refused = matches!(approved.settled().get(&change.id), Some(Outcome::Refused { why: Refusal::Moved { .. } }));
            prop_assert_eq!(is_refused, theirs, "{:?}", change);
        }
    }

    /// What a part of a plan requires is part of it too.
    #[test]
    fn a_part_of_a_plan_lacks_nothing_that_it_requires(first in company(), second in company(), person in 1..6_usize) {
        let (world, config) = later(&first, &second);
        let whole = world.plan(&config, NOW);
        let people = BTreeSet::from([format!("{person}").as_str().into()]);
        let part = select(whole.clone(), &people, &BTreeSet::new());
        let kept = |id: &ChangeId| part.body.changes.iter().any(|change| change.id == *id);
        for edge in &whole.body.edges {
            prop_assert!(!kept(&edge.after) || edge.kind != provisor::model::plan::EdgeKind::Requires || kept(&edge.before));
        }
        let left_out = part.body.selection.as_ref().unwrap().left_out;
        prop_assert_eq!(left_out + part.body.changes.len(), whole.body.changes.len());
    }
}
