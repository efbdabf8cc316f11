//! Names that attack the reader's screen, from the files and from the app.

use std::fmt::Write as _;

use provisor::base::foreign::is_hostile;

use crate::environment::Environment;

/// The names of `tests/hostile/names.json`.
fn names() -> Vec<String> {
    let names = include_str!("../hostile/names.json");
    let names: Vec<(String, usize)> = serde_json::from_str(names).unwrap();
    let names = names.into_iter();
    names.map(|(text, times)| text.repeat(times)).collect()
}

/// Which fields of the files get a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fields {
    /// All of them, whatever becomes of it.
    All,
    /// Those whose mistakes are their person's own, or none.
    Forgiving,
}

/// A company with a name in every field that a file or an app fills.
fn hostile(fields: Fields) -> Environment {
    let environment = Environment::example();
    let (mut people, mut users, mut accounts) = (String::new(), String::new(), String::new());
    for (number, name) in names().iter().enumerate() {
        let visible = !name.trim().is_empty() && !name.contains(is_hostile);
        let numbered = toml::Value::String(format!("{number}{name}")).to_string();
        let name = toml::Value::String(name.clone()).to_string();
        write!(
            people,
            "[[people]]\nid = \"h{number}\"\nname = {{ given = {name}, family = \"F\" }}\n\
             email = \"h{number}@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
             title = {name}\ndepartment = {name}\nstart_date = 2026-03-02\n\
             [[people]]\nid = \"k{number}\"\nname = {{ given = \"K\", family = {name} }}\n\
             email = {numbered}\njob_code = \"MKT\"\nstart_date = 2026-03-09\n"
        )
        .unwrap();
        write!(
            users,
            "[[apps.directory.users]]\nuser_name = {numbered}\nexternal_id = {name}\n\
             display = {name}\nemail = {name}\ntitle = {name}\n\
             [[apps.directory.users]]\nuser_name = \"known{number}\"\nexternal_id = \"h{number}\"\n\
             given = {name}\ntitle = {name}\ngroups = [\"Everyone\", \"Sales\"]\n",
        )
        .unwrap();
        if number == 0 {
            // One leaver: more of them would be too many at once.
            write!(
                people,
                "[[people]]\nid = \"l0\"\nname = {{ given = {name}, family = \"F\" }}\n\
                 email = \"l0@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
                 start_date = 2026-01-05\nend_date = 2026-03-05\n"
            )
            .unwrap();
            write!(
                users,
                "[[apps.directory.users]]\nuser_name = {name}\nexternal_id = \"l0\"\n\
                 groups = [\"Everyone\"]\n"
            )
            .unwrap();
        }
        if visible || fields == Fields::All {
            write!(
                people,
                "[[extra]]\nperson = \"h{number}\"\nuntil = 2026-06-01\nreason = {name}\n\
                 apps.directory.groups = [{name}]\n"
            )
            .unwrap();
            write!(
                accounts,
                "[[account]]\napp = \"directory\"\nlogin = \"known{number}\"\nkind = \"shared\"\n\
                 owner = \"h{number}\"\npurpose = {name}\nreview = 2026-01-01\n"
            )
            .unwrap();
        }
        if fields == Fields::All {
            write!(
                people,
                "[[people]]\nid = {name}\nname = {{ given = {name} }}\nemail = {name}\n\
                 job_code = {name}\nmanager = {name}\nlocale = {name}\ntime_zone = {name}\n\
                 {name} = {name}\nstart_date = 2026-03-02\n"
            )
            .unwrap();
            write!(
                accounts,
                "[[account]]\napp = {name}\nlogin = {name}\nkind = {name}\nowner = {name}\n\
                 purpose = {name}\nreview = 2026-01-01\n"
            )
            .unwrap();
        }
    }
    environment.append("people.toml", &people);
    let faults = "[apps.directory.faults]";
    environment.edit("sandbox.toml", faults, &format!("{users}{faults}"));
    std::fs::write(environment.path("accounts.toml"), accounts).unwrap();
    environment
}

/// Fails on what moves a cursor, hides, or commands a CI runner.
fn legible(arguments: &str, text: &str) {
    let bad = |one: char| one != '\n' && is_hostile(one);
    let line = text.lines().find(|line| line.contains(bad));
    assert_eq!(
        line.map(str::escape_debug).map(|line| line.to_string()),
        None,
        "{arguments}"
    );
    let command = text
        .lines()
        .find(|line| line.trim_start().starts_with("::"));
    assert_eq!(command, None, "{arguments}");
}

#[test]
fn every_mistake_is_shown_as_it_is_and_does_nothing() {
    let environment = hostile(Fields::All);
    let ended = environment.run("validate").exits(1);
    legible("validate", &ended.stderr);
    legible("validate", &ended.stdout);
    assert!(ended.stderr.lines().count() > 500, "{}", ended.stderr);
}

#[test]
fn no_name_reaches_the_screen_with_its_teeth() {
    let environment = hostile(Fields::Forgiving);
    environment.run("state init --reason begin").exits(0);
    for arguments in [
        "plan -v",
        "plan --full",
        "plan --format json",
        "plan --format markdown",
        "plan --format html",
        "plan --out plan.json",
        "show plan.json",
        "graph --changes",
        "graph --changes --dot",
        "explain h1",
        "explain h40 --format json",
        "access",
        "access --format markdown",
        "access --format html",
        "access --format csv",
        "access --format json",
        "readiness --starting-within 30d",
        "readiness --starting-within 30d --format markdown",
        "readiness --starting-within 30d --format html",
        "readiness --starting-within 30d --format csv",
        "readiness --starting-within 30d --format json",
        "apply --yes",
        "plan",
        "plan --upcoming 90d",
        "snapshot list",
        "snapshot show",
        "access --snapshot latest",
        "apply --yes",
        "snapshot diff 1 2",
        "snapshot diff 1 2 --format markdown",
        "snapshot diff 1 2 --format html",
        "snapshot diff 1 2 --format csv",
        "snapshot diff 1 2 --format json",
        "snapshot verify",
        "snapshot verify --format json",
        "report leaver l0",
        "report leaver l0 --format markdown",
        "report leaver l0 --format html",
        "report leaver l0 --format json",
    ] {
        let run = environment.run(arguments);
        let code = run.code().expect("no signal ended it");
        assert!(
            code < 6 && code != 1,
            "{arguments} ends with {code}: {}",
            run.exits(code).stderr
        );
        let ended = run.exits(code);
        legible(arguments, &ended.stdout);
        legible(arguments, &ended.stderr);
    }
}

#[test]
fn no_name_reaches_a_table_with_its_teeth() {
    let environment = hostile(Fields::Forgiving);
    environment.run("state init --reason begin").exits(0);
    for format in ["csv", "jsonl"] {
        let ended = environment.run(&format!("snapshot export --format {format} --out {format}"));
        let ended = ended.exits(0);
        legible("snapshot export", &ended.stdout);
        for name in ["people", "accounts", "entitlements"] {
            let path = environment.path(format!("{format}/{name}.{format}"));
            let table = std::fs::read_to_string(path).unwrap();
            legible(name, &table);
            let formula = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
            let formulas = table.split("\",\"").filter(|cell| formula(cell)).count();
            assert!(
                format != "csv" || formulas == 0,
                "{name} has {formulas} formulas"
            );
        }
    }
}
