//! The schemas: current, and of one mind with the reader.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use provisor::base::{FileId, Schema, Severity};
use provisor::config::{Config, Loaded, Trust, schema};
use provisor::sandbox::Spec;
use serde_json::{Map, Value, json};
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

/// A configuration that says everything that can be said, apart from [`UNSAID`].
const SETTINGS: &str = r#"
drift = "report"

[organisation]
name = "Example"
domains = ["example.com"]
time_zone = "Europe/Berlin"
[lifecycle]
provision_before_start = "10 business days"
last_day_cutoff = "18:30"
release_after = "30 days"
on_leave = "suspend"
removed = "leaver"
[state]
url = "file:state"
sign_with = { file = "signing-key" }
[scope]
department = ["Engineering"]
employment = ["employee"]
profiles = ["ENG"]
people = ["1"]
[guards]
max_deactivations = { percent = 5, least = 3, most = 100 }
max_removals = { percent = 5, least = 3, most = 100 }
max_updates = { percent = 5, least = 3, most = 100 }
max_reactivations = { percent = 5, least = 3, most = 100 }
max_creates = { percent = 5, least = 3, most = 100 }
short_read = { percent = 5, least = 3, most = 100 }
shrunken_files = { percent = 5, least = 3, most = 100 }
min_administrators = 2
[notify.audit]
kind = "webhook"
on = ["apply", "readiness", "drift"]
url = { command = ["op", "read", "token"] }
secret = { env = "KEY" }
[notify.chat]
kind = "slack"
url = { env = "SLACK" }
[notify.hr]
kind = "teams"
url = { file = "teams" }
[notify.mail]
kind = "smtp"
host = "localhost"
port = 465
security = "tls"
user = "provisor"
password = { env = "PASSWORD" }
from = "provisor@example.com"
to = ["it@example.com"]
[apps.directory]
kind = "scim"
url = "https://scim.example.com/v2"
credentials = { token = { env = "TOKEN" } }
owner = "it@example.com"
mode = "enforce"
after = ["wiki"]
provision_before_start = "1 day"
unmanaged = "ignore"
surplus = "report"
drift = "revert"
protected = ["root@example.com"]
login = "{email}.acme"
authority = { groups = "all" }
attributes = ["title"]
privileged = { groups = ["Root"] }
administrators = { groups = ["Owners"] }
allow_destructive = false
guards.max_deactivations = { percent = 5, least = 3, most = 100 }
guards.max_removals = { percent = 5, least = 3, most = 100 }
guards.max_updates = { percent = 5, least = 3, most = 100 }
guards.max_reactivations = { percent = 5, least = 3, most = 100 }
guards.max_creates = { percent = 5, least = 3, most = 100 }
guards.short_read = { percent = 5, least = 3, most = 100 }
guards.min_administrators = 1
[apps.wiki]
kind = "scim"
url = "http://127.0.0.1:1"
credentials = { token = { file = "token" } }
mode = "enforce"
[apps.chat]
kind = "scim"
url = "http://localhost:1"
credentials = { token = { command = ["op", "read", "token"] } }
mode = "enforce"
provisioned_by = { app = "okta", groups = ["app-chat"], deadline = "5 min" }
dialect = "own"
[apps.okta]
kind = "okta"
url = "https://example.okta.com"
mode = "enforce"
leaving = "deactivate"
invitation_lifetime = "14 days"
[apps.okta.credentials]
client_id = { env = "CLIENT" }
key_id = { file = "key-id" }
private_key = { file = "key" }
[dialects.own]
based_on = "generic"
summary = "Chat"
media_type = "application/json"
page_size = 50
members_at_once = 20
discovery = false
filters = true
email_filter = "emails.value"
login = "userName"
stores_hr_id = false
manager_is = "login"
change = ["path", "whole"]
closing = ["path"]
reactivates = false
shows_late = true
value_paths = false
groups = true
memberships = "users"
add = "list"
remove = ["filter", "list"]
one_at_a_time = "object"
read_scopes = "a token"
write_scopes = "a token"
[dialects.own.attributes]
given_name = "name.givenName"
manager = "manager.value"
[dialects.own.invitation]
lifetime = "7 days"
pending = "urn:example:scim:2.0:Member:pending"
gives_early = false
[dialects.own.leaving]
effect = "deleted with everything"
reversible = false
destroys_data = true
tasks = ["end the sessions that are still open"]
"#;

const PROFILES: &str = r#"
[profiles.everyone]
description = "Everybody"
[profiles.everyone.match]
department = ["Engineering"]
employment = ["employee"]
title = ["Engineer"]
country = ["DE"]
cost_centre = ["4410"]
manager = ["2"]
[profiles.everyone.apps.directory]
groups = ["Everyone"]
[profiles.ENG]
includes = ["everyone"]
"#;

const PEOPLE: &str = r#"
[[people]]
id = "1"
name = { given = "Ada", family = "Example" }
email = "ada@example.com"
job_code = "ENG"
title = "Engineer"
department = "Engineering"
manager = "2"
employment = "employee"
start_date = 2026-01-01
end_date = 2026-12-31
access_ends = 2026-06-30T15:00:00-08:00
time_zone = "Australia/Sydney"
leave = { from = 2026-05-01, until = 2026-05-31 }
previous_emails = ["ada@old.example.com"]
previous_ids = ["c-1"]
logins = { directory = "ada" }
country = "DE"
locale = "de_DE"
cost_centre = "4410"
attributes = { shirt = "M" }
[[people]]
id = "2"
name = { given = "Bob" }
email = "bob@example.com"
leave = [{ from = 2026-05-01, until = 2026-05-02 }]
periods = [
    { from = 2020-01-01, until = 2020-12-31, job_code = "ENG", title = "A", department = "B", employment = "intern" },
    { from = 2022-01-01, job_code = "ENG", manager = "3" },
]
[[people]]
id = "3"
name = { family = "Chief" }
email = "chief@example.com"
job_code = "everyone"
start_date = 2019-01-01
[[extra]]
person = "1"
until = 2026-03-01
reason = "INC-1"
apps.wiki.groups = ["Incident"]
"#;

const APPROVALS: &str = r#"
[[approval]]
person = "1"
apps.directory.groups = ["Root"]
approver = "bob@example.com"
reason = "SEC-1"
since = 2026-01-01
until = 2026-12-31
[[separation]]
name = "Whoever orders does not pay"
reason = "SOX 404"
never_together = [
    { apps.wiki.groups = ["Orders"] },
    { apps.wiki.groups = ["Payments"] },
]
[[allow]]
app = "directory"
deactivate = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
remove = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
update = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
reactivate = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
create = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
read = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
app = "directory"
administrators = 7
reason = "INC-7"
until = 2026-04-01
[[allow]]
files = 7
reason = "INC-7"
until = 2026-04-01
"#;

const ACCOUNTS: &str = r#"
[[account]]
app = "wiki"
login = "robot@example.com"
kind = "service"
owner = "1"
purpose = "backups"
review = 2026-12-31
"#;

const TRUST: &str = r#"
hosts = ["scim.example.com"]
commands = [["op", "read", "token"], "vault"]
"#;

/// What only a dialect that ships may say, and other ways to name a secret.
const UNSAID: [&str; 13] = [
    "apps/*/credentials/client_id/command",
    "apps/*/credentials/client_id/file",
    "apps/*/credentials/key_id/command",
    "apps/*/credentials/key_id/env",
    "apps/*/credentials/private_key/command",
    "apps/*/credentials/private_key/env",
    "apps/*/seats",
    "dialects/*/domains",
    "notify/*/password/command",
    "notify/*/password/file",
    "notify/*/secret/command",
    "notify/*/secret/file",
    "state/sign_with/env",
];

/// What is missing for the reader and not for a schema: a period needs a job code of its own only
/// where the person's entry has none, and a channel what its kind does.
const CONDITIONAL: [&str; 3] = [
    "notify: audit: - secret",
    "people: 1: periods: 0: - job_code",
    "people: 1: periods: 1: - job_code",
];

/// Files of a configuration as text.
#[derive(Clone)]
struct Files {
    provisor: String,
    profiles: String,
    people: String,
    approvals: String,
    accounts: String,
    trust: String,
}

impl Files {
    fn complete() -> Self {
        Self {
            provisor: SETTINGS.to_owned(),
            profiles: PROFILES.to_owned(),
            people: PEOPLE.to_owned(),
            approvals: APPROVALS.to_owned(),
            accounts: ACCOUNTS.to_owned(),
            trust: TRUST.to_owned(),
        }
    }

    fn file(&mut self, name: &str) -> &mut String {
        match name {
            "provisor" => &mut self.provisor,
            "profiles" => &mut self.profiles,
            "people" => &mut self.people,
            "approvals" => &mut self.approvals,
            "accounts" => &mut self.accounts,
            _ => &mut self.trust,
        }
    }

    fn load(&self) -> Loaded {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("company");
        fs::create_dir(&folder).unwrap();
        for (name, text) in [
            ("company/provisor.toml", &self.provisor),
            ("company/profiles.toml", &self.profiles),
            ("company/people.toml", &self.people),
            ("company/approvals.toml", &self.approvals),
            ("company/accounts.toml", &self.accounts),
            ("trust.toml", &self.trust),
        ] {
            fs::write(root.path().join(name), text).unwrap();
        }
        Config::load(&folder, &Trust::file(root.path().join("trust.toml")))
    }

    /// The codes of everything that the reader refuses.
    fn refused(&self) -> Vec<&'static str> {
        let problems = self.load().diagnostics.into_iter();
        let wrong = problems.filter(|problem| problem.severity != Severity::Warning);
        wrong.map(|problem| problem.code).collect()
    }
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// TOML as the JSON that editors validate: dates and times are strings there.
fn json(text: &str) -> Value {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::String(text),
            toml::Value::Integer(number) => json!(number),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(truth) => json!(truth),
            toml::Value::Datetime(datetime) => Value::String(datetime.to_string()),
            toml::Value::Array(list) => list.into_iter().map(convert).collect(),
            toml::Value::Table(table) => {
                let entries = table.into_iter().map(|(key, value)| (key, convert(value)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
    convert(toml::Value::Table(toml::from_str(text).unwrap()))
}

fn value(schema: &Schema) -> Value {
    serde_json::from_str(&schema.to_json()).unwrap()
}

/// The schema of `sandbox.toml` as it is kept.
fn sandbox() -> Value {
    let text = fs::read_to_string(repository("schemas/sandbox.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The places in a file at which a schema finds fault, sorted.
fn faults(schema: &Schema, text: &str) -> Vec<String> {
    faults_by(&value(schema), text)
}

/// Fails where a report is not as its schema in the repository says, or the schema says nothing.
#[track_caller]
pub fn conforms(name: &str, report: &Value) {
    let path = repository("schemas").join(format!("{name}.schema.json"));
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let faults = validator.iter_errors(report).map(|error| error.to_string());
    assert_eq!(faults.collect::<Vec<_>>(), [""; 0]);
    assert!(
        !validator.is_valid(&json!({ "format": 1 })),
        "{name} says something"
    );
}

fn faults_by(schema: &Value, text: &str) -> Vec<String> {
    let validator = jsonschema::draft7::new(schema).unwrap();
    let document = json(text);
    let errors = validator.iter_errors(&document);
    let places: BTreeSet<String> = errors
        .map(|error| error.instance_path().to_string())
        .collect();
    places.into_iter().collect()
}

fn named<'a>(schemas: &'a [(&str, Schema)], name: &str) -> &'a Schema {
    let found = schemas.iter().find(|(known, _)| *known == name);
    &found
        .unwrap_or_else(|| panic!("there is no schema {name}"))
        .1
}

#[test]
fn the_schemas_in_the_repository_are_current() {
    let made = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_provisor"));
    let status = command
        .args(["--quiet", "schema", "--write"])
        .arg(made.path());
    assert!(status.status().unwrap().success());
    let names = |folder: &Path| -> BTreeSet<_> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let assert = Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    for name in names(made.path()) {
        let text = fs::read_to_string(made.path().join(&name)).unwrap();
        jsonschema::draft7::meta::validate(&serde_json::from_str(&text).unwrap()).unwrap();
        let kept = Data::read_from(&repository("schemas").join(&name), Some(DataFormat::Text));
        assert.eq(Data::text(text), kept.raw());
    }
    let kept = names(&repository("schemas"));
    assert_eq!(
        kept,
        names(made.path()),
        "no schema stays that is not made any more"
    );
}

#[test]
fn every_example_is_valid_and_names_its_schemas() {
    let schemas = schema::general();
    let mut examples = 0;
    for entry in fs::read_dir(repository("examples")).unwrap() {
        let folder = entry.unwrap().path();
        // The recipes for CI are no company.
        if !folder.join("provisor.toml").exists() {
            continue;
        }
        examples += 1;
        let loaded = Config::load(&folder, &Trust::none());
        let own = schema::of(&loaded.config.expect("an example is sound"));
        for (name, general) in &schemas {
            let path = folder.join(format!("{name}.toml"));
            let Ok(text) = fs::read_to_string(&path) else {
                let optional = ["accounts", "approvals", "trust"].contains(name);
                assert!(optional, "{} is missing", path.display());
                continue;
            };
            let directive = format!("#:schema ../../schemas/{name}.schema.json\n");
            assert!(text.starts_with(&directive), "{}", path.display());
            assert_eq!(faults(general, &text), [""; 0], "{}", path.display());
            // The story needs a job code that nobody wrote a profile for.
            let held = folder.ends_with("meridian") && *name == "people";
            let expected = if held {
                vec!["/people/6/job_code"]
            } else {
                vec![]
            };
            let own = faults(named(&own, name), &text);
            assert_eq!(own, expected, "{}", path.display());
        }
        let text = fs::read_to_string(folder.join("sandbox.toml")).unwrap();
        assert!(text.starts_with("#:schema ../../schemas/sandbox.schema.json\n"));
        assert_eq!(
            faults_by(&sandbox(), &text),
            [""; 0],
            "{}",
            folder.display()
        );
    }
    assert!(examples > 0);
}

#[test]
fn schema_and_sandbox_agree_on_every_value_that_has_the_wrong_type_is_missing_or_unknown() {
    const COMPLETE: &str = r#"
clock = 2026-03-07T09:22:00-08:00
record = false
[apps.chat]
[apps.directory]
groups = ["Everyone", "Imported"]
imported_groups = ["Imported"]
rules = [{ name = "All", group = "Everyone", expression = "true" }]
assigns = [{ group = "Everyone", app = "chat", label = "Chat" }]
cascade_delay = "200ms"
lifecycle_delay = "20ms"
own = "ada@example.com"
[[apps.directory.users]]
user_name = "ada@example.com"
external_id = "1"
given = "Ada"
family = "Example"
display = "Ada"
email = "ada@example.com"
title = "Engineer"
department = "Engineering"
manager = "ada@example.com"
active = false
status = "suspended"
invited = 2026-03-01T09:00:00-08:00
admin = true
groups = ["Everyone"]
[apps.directory.invitations]
accepted_after = "2 days"
lifetime = "7 days"
gone = ["luis@example.com"]
[apps.directory.faults]
latency = "20ms"
fail_call = { nth = 3, status = 429, retry_after = 1 }
lose_answer = 1
ignores_writes = true
outage = 503
page_size = 2
strikes = [
    { fault = "504", done = true, calls = "POST", path = "Users", nth = 1 },
    { fault = "expired", from = 9 },
]
"#;
    let schema = sandbox();
    assert_eq!(faults_by(&schema, COMPLETE), [""; 0]);
    let (mut known, mut said) = (BTreeSet::new(), BTreeSet::new());
    properties(&schema, None, "", &mut known);
    properties(&schema, Some(&json(COMPLETE)), "", &mut said);
    assert_eq!(
        known, said,
        "the complete text says everything that can be said"
    );
    let document: toml::Value = toml::Value::Table(toml::from_str(COMPLETE).unwrap());
    for (what, edited, _) in edits(&document, &toml::Value::Boolean(true)) {
        // That a user's groups are among the app's, and the token's owner among its users, is no
        // matter of shape.
        if ["groups", "users"]
            .map(|key| format!("apps: directory: - {key}"))
            .contains(&what)
        {
            continue;
        }
        let text = toml::to_string(&edited).unwrap();
        let by_reader = Spec::parse(&text, FileId(0)).is_err();
        assert_eq!(!faults_by(&schema, &text).is_empty(), by_reader, "{what}");
    }
}

/// The mistakes of `tests/planted`, and whether an editor shows them. What it cannot see is what
/// one file does not say: other files, other entries, the machine, the meaning of a value.
#[test]
fn of_the_planted_mistakes_a_schema_sees_those_of_shape() {
    let schemas = schema::general();
    let planted = |name: &str| fs::read_to_string(repository("tests/planted").join(name)).unwrap();
    let seen = |name| faults(named(&schemas, name), &planted(&format!("{name}.toml")));
    // `secret-in-file`, at provisor.toml:18.
    assert_eq!(seen("provisor"), ["/apps/payroll/credentials/token"]);
    assert_eq!(seen("profiles"), [""; 0]);
    assert_eq!(seen("people"), [""; 0]);
    assert_eq!(seen("approvals"), [""; 0]);
    // `invalid-value`, at accounts.toml:12.
    assert_eq!(seen("accounts"), ["/account/1/kind"]);

    // What the general schemas leave open, since they know of no app, those of a configuration
    // with the same apps see: `wrong-shape`, `unknown-profile`, `unknown-app`, `unknown-entitlement`.
    let mut files = Files::complete();
    files.provisor = SETTINGS.replace("apps.chat", "apps.payroll");
    let own = schema::of(&files.load().config.unwrap());
    assert_eq!(
        faults(named(&own, "profiles"), &planted("profiles.toml")),
        [
            "/profiles/ENG/apps/wiki",
            "/profiles/MKT-MGR/apps",
            "/profiles/MKT-MGR/includes/0",
            "/profiles/everyone/apps/wiki/groups",
        ]
    );
    // What neither sees: insecure-url, untrusted-command, app-cycle, duplicate-id, duplicate-email,
    // unknown-manager, foreign-domain, manager-cycle (twice), contractor-without-end,
    // end-before-start.
}

/// One mistake in a sound configuration: the file, what is replaced and by what, and the reader's
/// code.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

#[test]
fn mistakes_of_shape_are_refused_by_schema_and_reader_alike() {
    const MISTAKES: [Mistake; 21] = [
        ("provisor", "time_zone =", "timezone =", "unknown-key"),
        (
            "provisor",
            "[organisation]",
            "[organization]",
            "unknown-key",
        ),
        (
            "provisor",
            "\"10 business days\"",
            "\"soon\"",
            "invalid-value",
        ),
        ("provisor", "\"18:30\"", "\"25:00\"", "invalid-value"),
        ("provisor", "\"30 days\"", "\"30\"", "invalid-value"),
        ("provisor", "\"suspend\"", "\"pause\"", "invalid-value"),
        ("provisor", "\"ignore\"", "\"delete\"", "invalid-value"),
        (
            "provisor",
            "groups = \"all\"",
            "groups = \"every\"",
            "invalid-value",
        ),
        (
            "provisor",
            "\"enforce\"\nafter",
            "\"enforced\"\nafter",
            "invalid-value",
        ),
        (
            "provisor",
            "kind = \"scim\"",
            "kind = \"slak\"",
            "unknown-kind",
        ),
        ("provisor", "owner =", "seats =", "not-built-yet"),
        (
            "provisor",
            "\"TOKEN\"",
            "\"TOKEN\", file = \"x\"",
            "wrong-shape",
        ),
        (
            "provisor",
            "{ token = { file",
            "{ tokn = { file",
            "unknown-credential",
        ),
        ("provisor", "[\"example.com\"]", "[]", "invalid-value"),
        ("profiles", "includes =", "include =", "unknown-key"),
        ("profiles", "[\"employee\"]", "[\"staff\"]", "invalid-value"),
        (
            "people",
            "start_date = 2026",
            "started = 2026",
            "unknown-key",
        ),
        ("people", "\"intern\"", "\"trainee\"", "invalid-value"),
        ("people", "{ family = \"Chief\" }", "{}", "missing-field"),
        ("people", "reason = \"INC-1\"\n", "", "missing-field"),
        ("trust", "hosts", "host", "unknown-key"),
    ];
    let schemas = schema::general();
    for (name, from, to, code) in MISTAKES {
        let mut files = Files::complete();
        let file = files.file(name);
        assert!(file.contains(from), "{name} has no {from}");
        *file = file.replacen(from, to, 1);
        let text = file.clone();
        assert!(
            !faults(named(&schemas, name), &text).is_empty(),
            "{from} → {to}"
        );
        assert!(
            files.refused().contains(&code),
            "{from} → {to}: {:?}",
            files.refused()
        );
    }
}

#[test]
fn mistakes_of_meaning_are_the_readers_alone() {
    const MISTAKES: [Mistake; 11] = [
        (
            "provisor",
            "[\"title\"]",
            "[\"titel\"]",
            "unknown-attribute",
        ),
        (
            "provisor",
            "Europe/Berlin",
            "Europe/Berlim",
            "unknown-time-zone",
        ),
        ("provisor", "http://127", "http://128", "insecure-url"),
        ("provisor", "{email}.acme", "acme", "invalid-value"),
        (
            "profiles",
            "[\"everyone\"]",
            "[\"everione\"]",
            "unknown-profile",
        ),
        (
            "profiles",
            "apps.directory",
            "apps.directori",
            "unknown-app",
        ),
        (
            "people",
            "job_code = \"ENG\"",
            "job_code = \"EGN\"",
            "unknown-profile",
        ),
        (
            "people",
            "manager = \"2\"",
            "manager = \"9\"",
            "unknown-manager",
        ),
        ("people", "2026-12-31", "2025-12-31", "end-before-start"),
        ("people", "2026-03-01", "\"2026-03-01\"", "wrong-shape"),
        ("people", "ada@example.com", "ada", "malformed-email"),
    ];
    let schemas = schema::general();
    for (name, from, to, code) in MISTAKES {
        let mut files = Files::complete();
        let file = files.file(name);
        assert!(file.contains(from), "{name} has no {from}");
        *file = file.replacen(from, to, 1);
        let text = file.clone();
        assert_eq!(
            faults(named(&schemas, name), &text),
            [""; 0],
            "{from} → {to}"
        );
        assert!(
            files.refused().contains(&code),
            "{from} → {to}: {:?}",
            files.refused()
        );
    }
}

#[test]
fn schema_and_reader_agree_on_every_value_that_has_the_wrong_type_is_missing_or_unknown() {
    let schemas = schema::general();
    let complete = Files::complete();
    assert_eq!(
        complete.refused(),
        [""; 0],
        "the complete configuration is sound"
    );
    for name in [
        "provisor",
        "profiles",
        "people",
        "approvals",
        "accounts",
        "trust",
    ] {
        let schema = named(&schemas, name);
        let text = complete.clone().file(name).clone();
        assert_eq!(faults(schema, &text), [""; 0], "{name}");
        let document: toml::Value = toml::Value::Table(toml::from_str(&text).unwrap());
        for (what, edited, wrong) in edits(&document, &toml::Value::Float(0.5)) {
            let mut files = complete.clone();
            *files.file(name) = toml::to_string(&edited).unwrap();
            let by_schema = !faults(schema, files.file(name)).is_empty();
            let by_reader = files.refused();
            let of_shape = |code: &&str| matches!(*code, "missing-field" | "wrong-shape");
            let by_reader = if wrong {
                !by_reader.is_empty()
            } else {
                by_reader.iter().any(of_shape)
            };
            let conditional = CONDITIONAL.contains(&what.as_str());
            assert_eq!(by_schema, by_reader && !conditional, "{name}: {what}");
            assert!(by_schema || !wrong, "{name}: {what}");
        }
    }
}

/// A document with one value replaced by another, the other added under an unknown key (both are
/// wrong anywhere), or one taken away (which is wrong in some places).
fn edits(document: &toml::Value, other: &toml::Value) -> Vec<(String, toml::Value, bool)> {
    let mut edits = Vec::new();
    match document {
        toml::Value::Table(table) => {
            let mut more = table.clone();
            more.insert("zzz".to_owned(), other.clone());
            edits.push(("+ zzz".to_owned(), toml::Value::Table(more), true));
            for (key, value) in table {
                let mut less = table.clone();
                less.remove(key);
                edits.push((format!("- {key}"), toml::Value::Table(less), false));
                for (what, value, wrong) in values(value, other) {
                    let mut table = table.clone();
                    table.insert(key.clone(), value);
                    edits.push((format!("{key}: {what}"), toml::Value::Table(table), wrong));
                }
            }
        }
        toml::Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                for (what, value, wrong) in values(value, other) {
                    let mut list = list.clone();
                    list[index] = value;
                    edits.push((format!("{index}: {what}"), toml::Value::Array(list), wrong));
                }
            }
        }
        _ => {}
    }
    edits
}

/// A value's own edits, and another in its place.
fn values(value: &toml::Value, other: &toml::Value) -> Vec<(String, toml::Value, bool)> {
    let mut edits = edits(value, other);
    edits.push(("other".to_owned(), other.clone(), true));
    edits
}

#[test]
fn the_complete_configuration_says_everything_that_can_be_said() {
    let complete = Files::complete();
    let mut unsaid = Vec::new();
    for (name, schema) in schema::general() {
        let text = complete.clone().file(name).clone();
        let (mut known, mut said) = (BTreeSet::new(), BTreeSet::new());
        properties(&value(&schema), None, "", &mut known);
        properties(&value(&schema), Some(&json(&text)), "", &mut said);
        unsaid.extend(known.difference(&said).cloned());
    }
    assert_eq!(unsaid, UNSAID);
}

/// The paths of a schema's properties: all, or those that a document has.
fn properties(schema: &Value, document: Option<&Value>, path: &str, found: &mut BTreeSet<String>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    };
    for schema in schema["anyOf"].as_array().into_iter().flatten() {
        properties(schema, document, path, found);
    }
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&none);
    for (name, property) in known {
        let inner = document.map(|document| document.get(name));
        if inner.is_none_or(|inner| inner.is_some()) {
            found.insert(below(name));
            properties(property, inner.flatten(), &below(name), found);
        }
    }
    for others in [&schema["additionalProperties"], &schema["items"]] {
        let inner: Vec<Option<&Value>> = match document {
            None => vec![None],
            Some(Value::Object(table)) => {
                let unknown = table.iter().filter(|(key, _)| !known.contains_key(*key));
                unknown.map(|(_, value)| Some(value)).collect()
            }
            Some(Value::Array(list)) => list.iter().map(Some).collect(),
            Some(_) => Vec::new(),
        };
        for inner in inner.into_iter().filter(|_| others.is_object()) {
            properties(others, inner, &below("*"), found);
        }
    }
}
