//! What a closing in a source closes elsewhere counts for the guards there (R20), and is told where
//! nothing stops it (R18).

use provisor::config::Config;
use provisor::model::guard::Guard;
use provisor::model::plan::Plan;
use provisor::model::withheld::Impediment;
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use crate::world::{
    CRM, NOW, SETTINGS, World, account, app, cascading, config, crm, person, short, withheld,
};

const PROFILES: &str = "[profiles.AGENT.apps.directory]\ngroups = [\"Everyone\"]\n\
                        [profiles.AGENT.apps.crm]\n[profiles.NONE]\n";
const LEAVES: &str = "end_date = 2026-03-05";
const PEOPLE: [(&str, &str); 2] = [("7", "Priya"), ("8", "Daniel")];

fn files(of_crm: &str, mode: &str, rest: &str) -> Config {
    let crm = CRM.replace("\"enforce\"", &format!("\"{mode}\""));
    let one = |(id, given)| person(id, given, "AGENT", "2020-01-01", rest);
    let people = PEOPLE.map(one).concat() + &person("9", "Sam", "AGENT", "2020-01-01", "");
    cascading(config(
        &format!("{SETTINGS}{crm}{of_crm}"),
        PROFILES,
        &people,
    ))
}

/// Everybody has both accounts; two of them administer `crm`.
fn world() -> World {
    let mut world = World::default();
    for (id, given) in PEOPLE {
        world.add_in(&app(), account(id, given, &["CRM", "Everyone"]));
        world.add_in(&crm(), account("0", given, &["Sales"]));
    }
    world.add_in(&app(), account("9", "Sam", &["CRM", "Everyone"]));
    world.add_in(&crm(), account("0", "Sam", &[]));
    world
}

fn in_text(planned: &Plan) -> String {
    let wide = text(planned, Detail::Brief, 300).to_text(Colour::Plain);
    wide.replace('\u{a0}', " ")
}

const ADMINISTRATORS: &str = "administrators = { groups = [\"Sales\"] }\n";

#[test]
fn r20_a_source_closes_nobody_whom_a_guard_keeps_elsewhere() {
    let none = "[apps.crm.guards]\nmax_deactivations = 0\n";
    for of_crm in [ADMINISTRATORS, none] {
        for mode in ["enforce", "report"] {
            let mut world = world();
            let before = world.plan(&files("", "enforce", LEAVES), NOW);
            let closed = short(&before);
            assert!(closed.contains(&"7 deactivate".to_owned()), "{closed:?}");

            let planned = world.run(&files(of_crm, mode, LEAVES), NOW);
            let steps = short(&planned);
            assert!(
                !steps.iter().any(|step| step.contains("deactivate")),
                "{mode} {of_crm}: {steps:?}"
            );
            let refused = withheld(&planned);
            for id in ["7", "8"] {
                assert!(
                    refused.contains(&format!("{id} blocked R20")),
                    "{refused:?}"
                );
            }
            assert_eq!(planned.body.tripped().count(), 1);
            assert_eq!(planned.body.also_closed, [], "nothing is closed");
        }
    }
}

/// The group that gives the account is not taken either, when it is due with the closing.
#[test]
fn r20_what_assigns_an_account_that_a_guard_keeps_is_not_taken_with_a_closing() {
    let settings = SETTINGS.replace("\"30 days\"", "\"0 days\"");
    let people = PEOPLE.map(|(id, given)| person(id, given, "AGENT", "2020-01-01", LEAVES));
    let profiles = format!("{PROFILES}[profiles.X.apps.directory]\ngroups = [\"CRM\"]\n");
    let of = |of_crm: &str| {
        let settings = format!("{settings}{CRM}{of_crm}");
        cascading(config(&settings, &profiles, &people.concat()))
    };
    let planned = world().plan(&of(""), NOW);
    assert!(short(&planned).contains(&"7 revoke CRM".to_owned()));
    let planned = world().plan(&of(ADMINISTRATORS), NOW);
    let kept = |step: &String| !step.contains("CRM") && !step.contains("deactivate");
    assert!(short(&planned).iter().all(kept), "{:?}", short(&planned));
}

#[test]
fn r20_an_administrator_whom_a_source_closes_counts_where_another_is_left() {
    let config = files(
        &format!("{ADMINISTRATORS}[apps.crm.guards]\nmin_administrators = 1\n"),
        "enforce",
        LEAVES,
    );
    let mut world = world();
    world.add_in(&crm(), account("0", "Root", &["Sales"]));
    let planned = world.plan(&config, NOW);
    let judged = planned.body.guards.iter();
    let judged: Vec<_> = judged
        .filter(|one| one.guard == Guard::Administrators)
        .collect();
    assert_eq!((judged[0].planned, judged[0].base), (1, 3));
    assert_eq!(planned.body.tripped().count(), 0);
    assert_eq!(planned.body.also_closed, [], "the plan has these steps");
}

/// No leaver keeps their way in for what is protected elsewhere: and the plan says what follows.
#[test]
fn r18_a_plan_says_what_a_source_closes_although_nothing_there_may() {
    let protected = "protected = [\"priya@meridian.com\", \"daniel@meridian.com\"]\n";
    for (of_crm, mode, words) in [
        (protected, "enforce", "`protected` there does not stop it"),
        ("", "report", "mode report there does not stop it"),
    ] {
        let planned = world().plan(&files(of_crm, mode, LEAVES), NOW);
        let steps = short(&planned);
        assert!(steps.contains(&"7 deactivate".to_owned()), "{steps:?}");
        let also = &planned.body.also_closed;
        assert_eq!(also.len(), 2, "{also:?}");
        assert_eq!((&also[0].app, &also[0].source), (&crm(), &app()));
        assert!(matches!(
            also[0].despite,
            Some(Impediment::Protected { .. } | Impediment::Mode { .. })
        ));
        let page = in_text(&planned);
        assert!(page.contains(words), "{page}");
        assert!(
            page.contains("closes all the same: directory closes it"),
            "{page}"
        );
        let markdown =
            provisor::render::markdown::plan(&planned, provisor::render::markdown::MOST_BYTES);
        let html = provisor::render::html::plan(&planned);
        for page in [markdown, html] {
            assert!(page.contains("closes all the same"), "{page}");
            assert!(page.contains("does not stop it"), "{page}");
        }
    }
}
