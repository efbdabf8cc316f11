//! What somebody changes in an app itself, and what `drift` says of it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use snapbox::file;

use crate::environment::Environment;

/// Somebody with a console of a simulated app.
struct Console<'a> {
    environment: &'a Environment,
    app: &'static str,
}

impl Console<'_> {
    fn path(&self) -> std::path::PathBuf {
        let name = format!(".provisor/sandbox/{}.ndjson", self.app);
        self.environment.path(name)
    }

    /// What the app holds, by key.
    fn documents(&self) -> BTreeMap<String, Value> {
        let log = fs::read_to_string(self.path()).unwrap();
        let edits = log.lines().skip(1).flat_map(|line| {
            let edits: Vec<(String, Value)> = serde_json::from_str(line).unwrap();
            edits
        });
        let mut documents: BTreeMap<String, Value> = edits.collect();
        documents.retain(|_, document| !document.is_null());
        documents
    }

    /// The key of the one document that says something.
    #[track_caller]
    fn key(&self, folder: &str, says: &str) -> String {
        let documents = self.documents();
        let mut found = documents.iter().filter(|(key, document)| {
            key.starts_with(folder) && document.to_string().contains(says)
        });
        let key = found.next().expect("it is there").0.clone();
        assert!(found.next().is_none(), "several say {says}");
        key
    }

    fn put(&self, key: &str, document: &Value) {
        let log = fs::read_to_string(self.path()).unwrap();
        fs::write(self.path(), format!("{log}{}\n", json!([[key, document]]))).unwrap();
    }

    #[track_caller]
    fn edit(&self, key: &str, from: &str, to: &str) {
        let document = self.documents()[key].to_string();
        assert!(document.contains(from), "{document} has no {from}");
        let document = document.replace(from, to);
        self.put(key, &serde_json::from_str(&document).unwrap());
    }
}

fn console<'a>(environment: &'a Environment, app: &'static str) -> Console<'a> {
    Console { environment, app }
}

/// The last part of a key.
fn id(key: &str) -> &str {
    key.rsplit('/').next().unwrap()
}

/// Meridian after its first run, and what several people then did without provisor.
fn story() -> Environment {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);

    let okta = console(&environment, "okta");
    let luis = okta.key("user/", "luis.ortega");
    okta.edit(&luis, "Campaign Specialist", "Chief of Campaigns");
    let zoe = okta.key("user/", "zoe.nunez");
    let documents = okta.documents();
    let mut engineering = documents.keys().filter(|key| key.ends_with(id(&zoe)));
    let engineering = engineering.find(|key| !key.contains("00gde545")).unwrap();
    okta.put(&engineering.replace(id(&zoe), id(&luis)), &json!("member"));
    // Emma accepts her invitation.
    let emma = okta.key("user/", "emma.johnson");
    okta.edit(&emma, "PROVISIONED", "ACTIVE");

    let slack = console(&environment, "slack");
    let hannah = slack.key("User/", "hannah.lindqvist");
    let sales = slack.key("Group/", "\"sales\"");
    slack.put(
        &format!("member/{}/{}", id(&sales), id(&hannah)),
        &Value::Null,
    );
    let zoe = slack.key("User/", "zoe.nunez");
    let marketing = slack.key("Group/", "\"marketing\"");
    slack.put(
        &format!("member/{}/{}", id(&marketing), id(&zoe)),
        &json!("member"),
    );
    let priya = slack.key("User/", "priya.nair");
    slack.edit(&priya, "\"active\":false", "\"active\":true");
    let mut stranger = slack.documents()[&zoe].to_string();
    for (from, to) in [
        ("zoe.nunez-celik", "mallory"),
        ("Zoe Nunez-Celik", "Mallory"),
    ] {
        stranger = stranger.replace(from, to);
    }
    let stranger: Value = serde_json::from_str(&stranger).unwrap();
    slack.put("User/99999999-0000-0000-0000-000000000000", &stranger);

    let zoom = console(&environment, "zoom");
    let daniel = zoom.key("User/", "daniel.reyes@");
    for key in zoom
        .documents()
        .keys()
        .filter(|key| key.ends_with(id(&daniel)))
    {
        zoom.put(key, &Value::Null);
    }
    let grace = zoom.key("User/", "grace.okafor");
    zoom.edit(&grace, "\"active\":true", "\"active\":false");

    let figma = console(&environment, "figma");
    let brand = figma.key("Group/", "\"Brand\"");
    let documents = figma.documents();
    let member = documents
        .keys()
        .find(|key| key.contains(&format!("member/{}", id(&brand))));
    figma.put(member.unwrap(), &Value::Null);
    environment.edit(
        "provisor.toml",
        "https://www.figma.com/scim/v2/100200300\"\ncredentials = { token = { env = \"FIGMA_SCIM_TOKEN\" } }\nowner = \"design@meridianmanufacturing.com\"\nmode = \"enforce\"",
        "https://www.figma.com/scim/v2/100200300\"\ncredentials = { token = { env = \"FIGMA_SCIM_TOKEN\" } }\nowner = \"design@meridianmanufacturing.com\"\nmode = \"report\"",
    );
    // What somebody did by hand first, a pull request then says.
    environment.append(
        "people.toml",
        "[[extra]]\nperson = \"0922\"\nuntil = 2026-06-01\nreason = \"Launch\"\n\
         apps.slack.groups = [\"marketing\"]",
    );
    environment
}

#[test]
fn each_change_from_outside_is_told_with_what_the_next_plan_does_about_it() {
    let environment = story();
    let ended = environment.run("drift").exits(2);
    ended.prints(file!["golden/drift.txt"]);
    let markdown = environment.run("drift --format markdown").exits(2);
    markdown.prints(file!["golden/drift.md": Text]);
    let csv = environment.run("drift --format csv").exits(2);
    csv.prints(file!["golden/drift.csv": Text]);
    let html = environment.run("drift --format html").exits(2);
    assert!(html.stdout.contains("as the files say"));
}

#[test]
fn the_data_is_as_its_schema_says() {
    let environment = story();
    let told = environment.run("drift --format json").exits(2);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let schema = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/drift.schema.json"
    ));
    let schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let faults: Vec<_> = validator
        .iter_errors(&told)
        .map(|one| one.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(told["format"], "provisor.drift/1");
    assert_eq!(told["entries"].as_array().unwrap().len(), 11);
    assert!(!validator.is_valid(&json!({ "format": "provisor.drift/1" })));
}

#[test]
fn without_a_snapshot_there_is_nothing_to_compare_with() {
    let environment = Environment::example();
    let ended = environment.run("drift").exits(1);
    ended
        .mentions("there is no snapshot yet")
        .mentions("each `provisor apply` leaves one");
}

#[test]
fn an_app_that_cannot_be_read_is_not_said_to_be_as_it_was() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    let ended = environment.run("drift").exits(0);
    assert!(ended.stdout.contains("Drift: none"), "{}", ended.stdout);
    environment.fault("outage = 503");
    let ended = environment.run("drift").exits(4);
    assert!(
        ended.stdout.contains("× NOT READ: directory"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("1 app not read"), "{}", ended.stdout);
    let csv = environment.run("drift --format csv").exits(4);
    assert!(csv.stdout.contains("\"not read\""), "{}", csv.stdout);
}

#[test]
fn what_a_run_of_ours_did_that_left_no_snapshot_is_no_drift() {
    let environment = Environment::meridian();
    environment.run("state init --reason begin").exits(0);
    environment.run("apply --yes").exits(5);
    fs::remove_file(environment.state("snapshots/00000002.json")).unwrap();
    let ended = environment.run("drift").exits(0);
    assert!(ended.stdout.contains("by run 000002"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("Runs without a snapshot"),
        "{}",
        ended.stdout
    );

    // It died sooner: all that it had begun may have happened.
    let segments = environment.pieces("runs/000002").into_keys();
    let segments: Vec<_> = segments
        .filter(|key| !key.ends_with("audit.ndjson"))
        .collect();
    let outcomes = segments.iter().position(|key| {
        let text = fs::read_to_string(environment.state(key)).unwrap();
        text.contains("\"entry\":\"outcomes\"")
    });
    for key in &segments[outcomes.unwrap()..] {
        fs::remove_file(environment.state(key)).unwrap();
    }
    let ended = environment.run("drift").ended();
    assert!(
        ended.stdout.contains("died while it was at it"),
        "{}",
        ended.stdout
    );
}
