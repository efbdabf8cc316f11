//! R15: what is said of people in apps, and who says it.

use std::sync::Arc;

use provisor::config::Config;
use provisor::model::change::{Action, AttributeEdit};
use provisor::model::name::AppName;
use provisor::model::plan::Plan;
use provisor::model::withheld::Impediment;
use provisor::render::markdown;
use provisor::render::plan::{Detail, text};
use provisor::render::style::Colour;

use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, app, cascading, config, crm, person, short,
    withheld,
};

fn files(setting: &str, people: &[String]) -> Config {
    let settings = format!("{SETTINGS}{setting}\n");
    config(&settings, PROFILES, &people.concat())
}

fn priya(rest: &str) -> String {
    person("7", "Priya", "SALES", "2020-01-01", rest)
}

fn world() -> World {
    World::with([account("7", "Priya", &["Everyone", "Sales"])])
}

/// What a plan's updates make of attributes: `title None→CEO`.
fn edits(planned: &Plan) -> Vec<String> {
    let changes = planned.body.changes.iter();
    let edits = changes.filter_map(|change| match &change.action {
        Action::Update { edits } => Some(edits),
        _ => None,
    });
    let short = |edit: &AttributeEdit| {
        let before = edit.before.as_ref().map_or("-", |before| before.raw());
        format!("{} {before}→{}", edit.attribute, edit.after)
    };
    edits.flatten().map(short).collect()
}

/// What a plan creates accounts with.
fn created(planned: &Plan) -> Vec<&str> {
    let changes = planned.body.changes.iter();
    let new = changes.filter_map(|change| match &change.action {
        Action::Create(new) => Some(&new.attributes),
        _ => None,
    });
    new.flat_map(|attributes| attributes.keys().map(String::as_str))
        .collect()
}

/// The app demands an attribute of every new account.
fn demanding(mut config: Config, app: &AppName, name: &str) -> Config {
    let settings = config.apps.get_mut(app).unwrap();
    let mut attributes = Arc::make_mut(&mut settings.description)
        .attributes
        .iter_mut();
    attributes.find(|kind| kind.name == name).unwrap().required = true;
    config
}

#[test]
fn r15_only_the_named_attributes_are_written_and_compared() {
    let people = [priya("title = \"CEO\"\ndepartment = \"Board\"")];
    let mut world = world();
    for account in world.accounts.values_mut() {
        account
            .attributes
            .insert("given_name".to_owned(), "Pri".to_owned());
    }
    for (setting, expected) in [
        (
            "",
            &["given_name Pri→Priya", "title -→CEO", "department -→Board"][..],
        ),
        ("attributes = [\"title\"]", &["title -→CEO"]),
        ("attributes = []", &[]),
    ] {
        let planned = world.plan(&files(setting, &people), NOW);
        assert_eq!(edits(&planned), expected, "{setting}");
    }
    let mut empty = World::default();
    let named = files("attributes = [\"title\"]", &people);
    assert_eq!(created(&empty.run(&named, NOW)), ["title"]);
    assert_eq!(short(&empty.plan(&named, NOW)), [""; 0]);
}

#[test]
fn r15_what_the_app_demands_is_given_at_creation_and_then_left_alone() {
    let people = [priya("title = \"CEO\"")];
    let files = demanding(files("attributes = []", &people), &app(), "given_name");
    let mut world = World::default();
    assert_eq!(created(&world.run(&files, NOW)), ["given_name"]);
    for account in world.accounts.values_mut() {
        account
            .attributes
            .insert("given_name".to_owned(), "Pri".to_owned());
    }
    assert_eq!(short(&world.plan(&files, NOW)), [""; 0]);
}

#[test]
fn r15_managers_are_left_alone_where_that_is_not_ours() {
    let boss = person("1", "Ann", "SALES", "2020-01-01", "");
    let people = [boss, priya("manager = \"1\"")];
    let mut world = world();
    world.add(account("1", "Ann", &["Everyone", "Sales"]));
    let all = world.plan(&files("", &people), NOW);
    assert_eq!(edits(&all), ["manager -→ann@meridian.com"]);
    let some = world.plan(&files("attributes = [\"title\"]", &people), NOW);
    assert_eq!(short(&some), [""; 0]);
}

#[test]
fn r15_a_template_makes_logins_finds_accounts_by_them_and_keeps_them_so() {
    for (template, login) in [
        ("{email}.acme", "priya@meridian.com.acme"),
        ("{email_local}", "priya"),
        ("w-{id}", "w-7"),
    ] {
        let files = files(&format!("login = \"{template}\""), &[priya("")]);
        let mut empty = World::default();
        empty.run(&files, NOW);
        let account = empty.accounts.values().next().unwrap();
        assert_eq!(account.login, login);
        assert_eq!(short(&empty.plan(&files, NOW)), [""; 0]);
        // An account of that login is theirs.
        let mut found = world();
        for account in found.accounts.values_mut() {
            account.login = login.to_owned();
            account.hr_id = String::new();
            account.set_email("priya@meridian.com");
        }
        let planned = found.run(&files, NOW);
        assert!(
            short(&planned)[0].starts_with("7 adopt"),
            "{template}: {:?}",
            short(&planned)
        );
        assert_eq!(found.accounts.len(), 1);
        // Theirs, by another login: that is changed.
        let planned = world().plan(&files, NOW);
        assert_eq!(
            edits(&planned),
            [format!("login priya@meridian.com→{login}")]
        );
    }
}

#[test]
fn r15_what_the_files_do_not_say_blocks_that_app_only() {
    let settings = format!("{SETTINGS}{CRM}");
    let profiles = PROFILES.replace(
        "[profiles.NONE]",
        "[profiles.SALES.apps.crm]\n[profiles.NONE]",
    );
    let with = |rest: &str| {
        let files = config(&settings, &profiles, &priya(rest));
        demanding(files, &crm(), "department")
    };
    let world = World::default();
    let planned = world.plan(&with(""), NOW);
    assert_eq!(
        short(&planned),
        ["7 create", "7 grant Everyone", "7 grant Sales"]
    );
    assert_eq!(withheld(&planned), ["7 blocked R15"]);
    let Impediment::MissingAttribute {
        attributes,
        snippet,
    } = &planned.body.withheld[0].why
    else {
        panic!("{:#?}", planned.body.withheld);
    };
    assert_eq!(attributes, &["department"]);
    assert_eq!(snippet, &["department = \"\""]);
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(
        page.contains("crm makes no account without department"),
        "{page}"
    );
    assert!(page.contains("department = \"\""), "{page}");
    let mended = world.plan(&with("department = \"Sales\""), NOW);
    assert!(short(&mended).contains(&"7 create in crm".to_owned()));
    assert!(mended.body.withheld.is_empty());
}

#[test]
fn r15_whoever_has_one_name_is_asked_for_the_other_where_the_app_demands_both() {
    let entry = priya("").replace(", family = \"Example\"", "");
    let files = demanding(files("", &[entry]), &app(), "family_name");
    let planned = World::default().plan(&files, NOW);
    assert_eq!(short(&planned), [""; 0]);
    let Impediment::MissingAttribute { snippet, .. } = &planned.body.withheld[0].why else {
        panic!("{:#?}", planned.body.withheld);
    };
    assert_eq!(snippet, &["name = { given = \"Priya\", family = \"\" }"]);
    // Who has an account is not asked.
    let planned = world().plan(&files, NOW);
    assert_eq!(withheld(&planned), [""; 0]);
}

#[test]
fn r15_what_another_app_makes_is_ours_only_where_the_files_say_so() {
    let profiles = PROFILES.replace(
        "[profiles.NONE]",
        "[profiles.SALES.apps.crm]\n[profiles.NONE]",
    );
    let with = |setting: &str| {
        let settings = format!("{SETTINGS}{CRM}{setting}\n");
        cascading(config(&settings, &profiles, &priya("title = \"CEO\"")))
    };
    let mut default = World::default();
    assert!(default.run(&with(""), NOW).body.withheld.is_empty());
    assert_eq!(short(&default.plan(&with(""), NOW)), [""; 0]);
    let explicit = with("attributes = [\"title\"]");
    let later = default.plan(&explicit, NOW);
    assert_eq!(short(&later), ["7 update title in crm"]);
    // With the account itself, in one run.
    let mut anew = World::default();
    let first = short(&anew.run(&explicit, NOW));
    let place = |step: &str| first.iter().position(|one| one == step).unwrap();
    assert!(
        place("7 await in crm") < place("7 update title in crm"),
        "{first:?}"
    );
    let made = anew.crm.values().next().unwrap();
    assert_eq!(made.attributes["title"], "CEO");
    assert_eq!(short(&anew.plan(&explicit, NOW)), [""; 0]);
    // What it is called stays with whoever made it.
    for account in anew.crm.values_mut() {
        account.login = "PRIYA@meridian.com".to_owned();
        account
            .attributes
            .insert("given_name".to_owned(), "P".to_owned());
    }
    assert_eq!(short(&anew.plan(&explicit, NOW)), [""; 0]);
}

#[test]
fn r15_what_is_not_ours_is_no_precondition_of_a_change() {
    let move_to_marketing = [person("7", "Priya", "MKT", "2020-01-01", "")];
    let planned = world().plan(&files("attributes = [\"title\"]", &move_to_marketing), NOW);
    assert_eq!(planned.body.accounts.len(), 1);
    let names = planned.body.accounts[0].attributes.keys();
    assert_eq!(names.collect::<Vec<_>>(), Vec::<&String>::new());
    let planned = world().plan(&files("", &move_to_marketing), NOW);
    assert!(
        planned.body.accounts[0]
            .attributes
            .contains_key("given_name")
    );
}

#[test]
fn r15_new_logins_are_shown_one_by_one_whatever_is_left_out() {
    let people: Vec<String> = (10..15)
        .map(|id| {
            let previous = format!("previous_emails = [\"old{id}@meridian.com\"]");
            person(
                &id.to_string(),
                &format!("P{id}"),
                "SALES",
                "2020-01-01",
                &previous,
            )
        })
        .collect();
    let mut world = World::default();
    for id in 10..15 {
        let mut account = account(&id.to_string(), &format!("P{id}"), &["Everyone", "Sales"]);
        account.login = format!("old{id}@meridian.com");
        world.add(account);
    }
    let planned = world.plan(&files("", &people), NOW);
    let page = text(&planned, Detail::Brief, 200).to_text(Colour::Plain);
    let full = markdown::plan(&planned, usize::MAX);
    let short = markdown::plan(&planned, full.len() * 3 / 4);
    assert!(short.contains("Left out here"), "{short}");
    for id in 10..15 {
        let edit = format!("login old{id}@meridian.com → p{id}@meridian.com");
        assert!(page.contains(&edit), "{page}");
        for page in [&full, &short] {
            let line = page.lines().find(|line| {
                let about = [
                    format!("P{id} Example"),
                    format!("old{id}@"),
                    format!("p{id}@"),
                ];
                line.starts_with("- ") && about.iter().all(|one| line.contains(one))
            });
            assert!(line.is_some(), "{page}");
        }
    }
}
