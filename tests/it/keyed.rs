//! Values that are held at a level (R10), in an app that is made up: no connector that exists has any.

use std::sync::Arc;

use provisor::base::Foreign;
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::app::{KindIndex, Shape};
use provisor::model::change::Action;
use provisor::model::observation::{NewRow, ObservationBuilder, Observed, Origin, Reading};
use provisor::model::plan::Plan;
use provisor::plan::look::{Looker, Sight, links};
use provisor::plan::{Circumstances, plan};

use crate::world::{NOW, PROFILES, SETTINGS, World, app, config, person};

/// Priya of Sales, who is to hold `Everyone` and `Sales` as `member`.
fn files() -> Config {
    let mut config = config(
        SETTINGS,
        PROFILES,
        &person("7", "Priya", "SALES", "2020-01-01", ""),
    );
    let directory = config.apps.get_mut(&app()).unwrap();
    let description = Arc::make_mut(&mut directory.description);
    description.entitlements[0].shape = Shape::Keyed {
        default_level: "member".into(),
        levels: vec!["member".into(), "maintainer".into()],
    };
    config
}

/// Her account, which holds this.
fn holding(config: &Config, held: &[(&str, &str, Origin)]) -> Observed {
    let description = &config.apps[&app()].description;
    let kinds = description.entitlements.len();
    let mut builder = ObservationBuilder::new(&app(), kinds, description.attributes.len());
    let row = builder.account(NewRow {
        vendor_id: "u7",
        login: "priya@meridian.com",
        email: "priya@meridian.com",
        hr_id: "7",
        status: Status::Active,
    });
    for (index, attribute) in description.attributes.iter().enumerate() {
        let value = match attribute.name {
            "given_name" => "Priya",
            "family_name" => "Example",
            "display_name" => "Priya Example",
            _ => "",
        };
        builder.attribute(row, index, value);
    }
    for name in ["Everyone", "Sales", "Marketing"] {
        builder.value(KindIndex(0), name, name);
    }
    for (name, level, origin) in held {
        let value = builder.value(KindIndex(0), name, name);
        builder.hold(row, value, Some(level), *origin);
    }
    let reading = builder.finish(NOW.parse().unwrap());
    Observed::from([(app(), Reading::Read(Box::new(reading)))])
}

fn planned(config: &Config, observed: &Observed) -> Plan {
    let instant = NOW.parse().unwrap();
    let mut desired = provisor::desired::at(config, instant);
    for bundle in &mut desired.bundles {
        for gives in bundle.apps.iter_mut().flatten() {
            for entitlement in &mut gives.entitlements {
                entitlement.level = Some("member".to_owned());
            }
        }
    }
    let circumstances = Circumstances {
        created: instant,
        ..Circumstances::default()
    };
    let history = World::default().history;
    plan(config, &desired, observed, &history, &circumstances)
}

fn told(planned: &Plan) -> Vec<String> {
    let changes = planned.body.changes.iter();
    let words = changes.map(|change| match &change.action {
        Action::Grant { value, level, .. } => {
            format!("grant {value} {}", level.as_deref().unwrap_or("-"))
        }
        Action::Set {
            key, before, after, ..
        } => {
            let before = before.as_ref().map_or("-", Foreign::raw);
            format!("set {} {before} {after}", key.as_deref().unwrap_or("-"))
        }
        other => format!("{:?}", other.verb()),
    });
    words.collect()
}

const EVERYONE: (&str, &str, Origin) = ("Everyone", "member", Origin::Direct);

#[test]
fn r10_a_level_of_its_own_is_changed_and_one_that_is_held_through_others_stays() {
    let config = files();
    let own = holding(
        &config,
        &[EVERYONE, ("Sales", "maintainer", Origin::Direct)],
    );
    assert_eq!(
        told(&planned(&config, &own)),
        ["set Sales maintainer member"]
    );

    // Nothing can be set on what a group gives: the level that is wanted comes beside it.
    let through = ("Sales", "maintainer", Origin::Inherited);
    let observed = holding(&config, &[EVERYONE, through]);
    let plan = planned(&config, &observed);
    assert_eq!(told(&plan), ["grant Sales member"]);

    let both = [EVERYONE, through, ("Sales", "member", Origin::Direct)];
    let after = holding(&config, &both);
    assert_eq!(told(&planned(&config, &after)), [""; 0]);
    let links = links(&config, &World::default().history, &after);
    let sight = Looker::new(&config, &after, &links).look(&plan.body.changes[0]);
    assert!(matches!(sight, Sight::True { .. }), "{sight:?}");
}

#[test]
fn r10_what_is_wanted_and_held_through_others_is_not_given_again() {
    let config = files();
    let observed = holding(&config, &[EVERYONE, ("Sales", "member", Origin::Inherited)]);
    assert_eq!(told(&planned(&config, &observed)), [""; 0]);
}

/// What was taken is gone, though a rule goes on to give the same.
#[test]
fn r10_taking_what_a_rule_gives_too_is_done_when_the_account_has_none_of_its_own() {
    let config = files();
    let sales = ("Sales", "member", Origin::Direct);
    let marketing = |origin| ("Marketing", "member", origin);
    let before = [EVERYONE, sales, marketing(Origin::Direct)];
    let plan = planned(&config, &holding(&config, &before));
    let [taking] = plan.body.changes.as_slice() else {
        panic!("{:?}", told(&plan));
    };
    for (origin, done) in [(Origin::Direct, false), (Origin::Inherited, true)] {
        let observed = holding(&config, &[EVERYONE, sales, marketing(origin)]);
        let links = links(&config, &World::default().history, &observed);
        let sight = Looker::new(&config, &observed, &links).look(taking);
        assert_eq!(matches!(sight, Sight::True { .. }), done, "{sight:?}");
    }
}
