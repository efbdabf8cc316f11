//! The plans that reviewers meet, in every format: one table of scenarios, each small enough to be
//! read as a whole. Of the largest, data and page are kept by their beginning and their size.

use std::fmt::Write as _;

use provisor::config::Config;
use provisor::model::plan::Plan;
use provisor::render::plan::Detail;
use provisor::render::{Colour, Shown, html, json, markdown, plan as page};
use snapbox::data::DataFormat;
use snapbox::{Data, IntoData as _, assert_data_eq, file};

use crate::environment::Environment;
use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, Source, World, account, cascading, config, person,
};

/// A plan that a reviewer meets, by its name.
type Scenario = (&'static str, fn() -> Plan);

const SCENARIOS: [Scenario; 10] = [
    ("no-changes", no_changes),
    ("joiner", joiner),
    ("mover", mover),
    ("blocked", blocked),
    ("incomplete", incomplete),
    ("acquisition", acquisition),
    ("mass-leaver", mass_leaver),
    ("drift", drift),
    ("causes", causes),
    ("stale", stale),
];

/// How many lines of a page or of data are kept.
const MOST: usize = 240;

/// Names that differ, so that nobody is taken for another.
const GIVEN: [&str; 12] = [
    "Ada", "Ben", "Cleo", "Dana", "Edith", "Femi", "Grace", "Hana", "Ivan", "Jun", "Kira", "Luis",
];

/// So many people of Sales, at work since 2020.
fn staff(number: usize) -> (String, World) {
    let mut world = World::default();
    let people = (0..number).map(|index| {
        let (id, name) = (format!("{:04}", index + 1), name(index));
        let mut theirs = account(&id, &name, &["Everyone", "Sales"]);
        theirs.login = format!("{}@meridian.com", name.to_lowercase());
        world.add(theirs);
        person(&id, &name, "SALES", "2020-01-06", "")
    });
    (people.collect(), world)
}

fn name(index: usize) -> String {
    match index / GIVEN.len() {
        0 => GIVEN[index].to_owned(),
        round => format!("{}{round}", GIVEN[index % GIVEN.len()]),
    }
}

/// The world after a run that found everything as it should be.
fn settled(number: usize) -> (String, World, Config) {
    let (people, mut world) = staff(number);
    let files = config(SETTINGS, PROFILES, &people);
    world.run(&files, "2026-03-06T17:22:00Z");
    (people, world, files)
}

fn no_changes() -> Plan {
    let (_, world, files) = settled(12);
    world.plan(&files, NOW)
}

fn joiner() -> Plan {
    let (people, world, _) = settled(12);
    let emma = person(
        "1042",
        "Emma",
        "MKT",
        "2026-03-17",
        "title = \"Marketing Manager\"",
    );
    world.plan(&config(SETTINGS, PROFILES, &(people + &emma)), NOW)
}

fn mover() -> Plan {
    let (people, world, _) = settled(12);
    let people = people.replacen("SALES", "MKT", 1);
    world.plan(&config(SETTINGS, PROFILES, &people), NOW)
}

/// A group that the app does not have, a power that nobody approved, and somebody without a manager.
fn blocked() -> Plan {
    let (people, world, _) = settled(12);
    let settings = format!("{SETTINGS}privileged = {{ groups = [\"CRM\"] }}\n");
    let profiles = format!(
        "{PROFILES}[profiles.LEAD]\nincludes = [\"MKT\"]\n[profiles.LEAD.apps.directory]\n\
         groups = [\"CRM\", \"Market\"]\n"
    );
    let joins = person("1042", "Emma", "LEAD", "2026-03-17", "")
        + &person("1043", "Noor", "MKT", "2026-03-17", "manager = \"9999\"");
    world.plan(&config(&settings, &profiles, &(people + &joins)), NOW)
}

fn incomplete() -> Plan {
    let (people, mut world) = staff(12);
    let settings = format!("{SETTINGS}{CRM}");
    let profiles = format!("{PROFILES}[profiles.SALES.apps.crm]\ngroups = [\"Sales\"]\n");
    let files = cascading(config(&settings, &profiles, &people));
    world.settle();
    world.run(&files, "2026-03-06T17:22:00Z");
    world.source = Source::Unread;
    let left = people.replacen(
        "start_date = 2020-01-06",
        "start_date = 2020-01-06\nend_date = 2026-03-06",
        1,
    );
    world.plan(&cascading(config(&settings, &profiles, &left)), NOW)
}

/// Another company's 600 people come, of two profiles, while one of ours leaves.
fn acquisition() -> Plan {
    let (people, world, _) = settled(120);
    let mut all = people.replacen(
        "start_date = 2020-01-06",
        "start_date = 2020-01-06\nend_date = 2026-03-06",
        1,
    );
    for index in 0..600 {
        let id = format!("A{index:03}");
        let profile = if index % 3 == 0 { "MKT" } else { "SALES" };
        let name = format!("Newcomer{index}");
        all += &person(&id, &name, profile, "2026-03-16", "");
    }
    let settings = format!(
        "{SETTINGS}guards = {{ max_creates = {{ percent = 100, least = 600, most = 1000 }} }}\n"
    );
    world.plan(&config(&settings, PROFILES, &all), NOW)
}

/// A bad merge ends the employment of a third.
fn mass_leaver() -> Plan {
    let (people, world, _) = settled(60);
    let left = people.replacen(
        "start_date = 2020-01-06",
        "start_date = 2020-01-06\nend_date = 2026-03-06",
        20,
    );
    world.plan(&config(SETTINGS, PROFILES, &left), NOW)
}

/// Somebody changed two accounts by hand.
fn drift() -> Plan {
    let (_, mut world, files) = settled(12);
    let mut accounts = world.accounts.values_mut();
    let first = accounts.next().unwrap();
    first.groups = ["Everyone".to_owned(), "Marketing".to_owned()].into();
    let second = accounts.next().unwrap();
    second
        .attributes
        .insert("given_name".to_owned(), "Bennie".to_owned());
    world.plan(&files, NOW)
}

/// An edit takes a group from one person, while a contract ended and two accounts were changed by
/// hand: whom the edit is about comes first.
fn causes() -> Plan {
    let ends = "start_date = 2020-01-06\nend_date = 2026-03-06";
    let (people, mut world) = staff(12);
    let known = people.replacen("start_date = 2020-01-06", ends, 1);
    world.run(&config(SETTINGS, PROFILES, &known), "2026-03-06T17:22:00Z");
    let mut last = world.accounts.values_mut().rev();
    let theirs = last.next().unwrap();
    theirs.groups.insert("Marketing".to_owned());
    let theirs = last.next().unwrap();
    theirs.groups.remove("Sales");
    let (first, edited) = known.rsplit_once("id = \"0005\"").unwrap();
    let edited = edited.replacen("SALES", "MKT", 1);
    let edited = format!("{first}id = \"0005\"{edited}");
    world.plan(&config(SETTINGS, PROFILES, &edited), NOW)
}

/// A plan that nobody applied in time.
fn stale() -> Plan {
    let mut plan = mover();
    plan.envelope.expires = "2026-03-08T17:22:00Z".parse().unwrap();
    plan
}

/// Plans are looked at when they are made, but for the one that nobody applied in time.
fn shown<'a>(name: &str, plan: &'a Plan) -> Shown<'a> {
    match name {
        "stale" => Shown::at(plan, plan.envelope.expires),
        _ => Shown::from(plan),
    }
}

/// What is too long by its beginning, and how much more there is.
fn beginning(text: &str) -> String {
    let lines = text.lines().count();
    if lines <= MOST {
        return text.to_owned();
    }
    let mut kept: String = text.split_inclusive('\n').take(MOST / 4).collect();
    let _ = writeln!(
        kept,
        "… {} lines more, {} bytes in all",
        lines - MOST / 4,
        text.len()
    );
    kept
}

/// The page without what is the same on every one: its style and its script.
fn own(page: &str) -> &str {
    let body = page.split_once("<body>\n").expect("a body").1;
    body.split_once("<script>").expect("our script").0
}

/// Without the digests of all that went into the plan: any new setting changes those.
fn settled_digests(text: &str, plan: &Plan) -> String {
    let text = text.replace(&plan.id().short(), "[PLAN]");
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        kept.push_str(before);
        kept.push_str(if digits.len() == 64 {
            "[DIGEST]"
        } else {
            digits
        });
        rest = after;
    }
    kept + rest
}

#[test]
fn every_scenario_in_every_format() {
    for (name, scenario) in SCENARIOS {
        let plan = scenario();
        let golden = |ending: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/plans");
            Data::read_from(format!("{folder}/{name}.{ending}").as_ref(), None)
        };
        let screen = page::text(shown(name, &plan), Detail::Brief, 80);
        let kept = |text: &str| settled_digests(text, &plan).raw();
        let text = screen.to_text(Colour::Plain);
        assert!(text.lines().count() < 120, "{name} is folded: {text}");
        assert_data_eq!(kept(&text), golden("txt").raw());
        let coloured = settled_digests(&screen.to_text(Colour::Ansi), &plan).into_data();
        assert_data_eq!(coloured.coerce_to(DataFormat::TermSvg), golden("term.svg"));
        let comment = markdown::plan(shown(name, &plan), markdown::MOST_BYTES);
        assert_data_eq!(kept(&beginning(&comment)), golden("md").raw());
        let data = json::plan(&plan, json::Layout::Pretty);
        assert_data_eq!(kept(&beginning(&data)), golden("json.txt").raw());
        let page = html::plan(shown(name, &plan));
        assert_data_eq!(kept(&beginning(own(&page))), golden("html.txt").raw());
    }
}

/// A plan that was saved and no longer applies: the settings changed, it was used up, or one account
/// moved and the others are done all the same.
#[test]
fn a_stale_plan_says_why_and_what_to_do() {
    let settings = Environment::example();
    settings.run("plan --out plan.json").exits(0);
    settings.edit("provisor.toml", "mode = \"enforce\"", "mode = \"additive\"");
    settings
        .run("apply plan.json --yes")
        .exits(4)
        .prints("")
        .says(file!["golden/plans/stale-settings.txt"]);

    let used = Environment::example();
    used.run("plan --out plan.json").exits(0);
    used.run("apply plan.json --yes").exits(0);
    used.run("apply plan.json --yes")
        .exits(4)
        .prints("")
        .says(file!["golden/plans/stale-used.txt"]);

    let moved = Environment::example();
    moved.run("plan --out plan.json").exits(0);
    moved.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-05-17",
    );
    let ended = moved.run("apply plan.json --yes").exits(5);
    ended.prints(file!["golden/plans/stale-person.txt"]);
}
