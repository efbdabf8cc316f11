//! Saved plans, end to end (R23): exactly what was reviewed is done, and whatever moved is refused
//! by itself; a plan that is stale as a whole writes nothing at all.

use std::fs;

use serde_json::Value;

use crate::environment::{Environment, Running};

/// The simulated account of somebody, as the log has it last: its key and its document.
fn found(environment: &Environment, login: &str) -> (String, Value) {
    let log = environment.log();
    let edits = log
        .lines()
        .skip(1)
        .flat_map(|line| serde_json::from_str::<Vec<(String, Value)>>(line).unwrap());
    let is = |document: &Value| {
        let name = &document["resource"]["attributes"]["userName"];
        name.as_str().is_some_and(|name| name.starts_with(login))
    };
    let theirs = edits.filter(|(key, document)| key.starts_with("User/") && is(document));
    theirs.last().expect("the app has the account")
}

/// Adds a transaction to the simulated app's log: somebody did something there by hand.
fn by_hand(environment: &Environment, key: &str, document: &Value) {
    let path = environment.path(".provisor/sandbox/directory.ndjson");
    let log = fs::read_to_string(&path).unwrap();
    let line = serde_json::json!([[key, document]]);
    fs::write(path, format!("{log}{line}\n")).unwrap();
}

/// Edits an account by hand.
fn edited_by_hand(environment: &Environment, login: &str, attribute: &str, value: Value) -> String {
    let (key, mut document) = found(environment, login);
    document["resource"]["attributes"][attribute] = value;
    by_hand(environment, &key, &document);
    key.trim_start_matches("User/").to_owned()
}

fn group(environment: &Environment, name: &str) -> String {
    let log = environment.log();
    let needle = format!("{{\"displayName\":\"{name}\"}}");
    let mut lines = log.lines().filter(|line| line.contains(&needle));
    let line: Vec<(String, Value)> = serde_json::from_str(lines.next().unwrap()).unwrap();
    line[0].0.trim_start_matches("Group/").to_owned()
}

/// A plan, saved, and the simulated app's log when it was.
fn planned() -> (Environment, String) {
    let environment = Environment::example();
    environment.run("plan --out plan.json").exits(0);
    let log = environment.log();
    (environment, log)
}

/// What the app wrote since.
fn since(environment: &Environment, log: &str) -> String {
    environment.log()[log.len()..].to_owned()
}

/// Applies, and is refused as a whole: exit 4, and neither app nor state is written.
#[track_caller]
fn is_stale(environment: &Environment, because: &str) {
    let (log, runs) = (environment.log(), environment.pieces("runs"));
    let ended = environment.run("apply plan.json").exits(4);
    ended.prints("").mentions(because);
    assert_eq!(environment.log(), log, "nothing is written to the app");
    assert_eq!(environment.pieces("runs"), runs, "no run is opened");
}

#[test]
fn r23_exactly_what_was_reviewed_is_done_once() {
    let (environment, _) = planned();
    let plan = fs::read_to_string(environment.path("plan.json")).unwrap();
    let saved: Value = serde_json::from_str(&plan).unwrap();
    environment.run("apply plan.json").exits(0).shows("7 done");
    assert_eq!(
        environment.manifests()[0]["plan"],
        saved["id"],
        "the snapshot names the plan that was reviewed"
    );
    environment.run("plan --detailed-exitcode").exits(0);
    is_stale(&environment, "used up: run 000001 did all of it");
}

#[cfg(unix)]
#[test]
fn a_saved_plan_is_private_canonical_and_as_its_schema_says() {
    use std::os::unix::fs::PermissionsExt as _;
    let (environment, _) = planned();
    let path = environment.path("plan.json");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 1);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/plan.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let saved: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let faults = |value: &Value| -> Vec<String> {
        let errors = validator.iter_errors(value);
        errors.map(|error| error.to_string()).collect()
    };
    assert_eq!(faults(&saved), [""; 0]);
    let mut other = saved;
    other["body"]["changes"][0]["verb"] = "destroy".into();
    assert_ne!(faults(&other), [""; 0]);
    assert!(!text.contains("sandbox-token"), "a plan holds no secret");
}

#[test]
fn r23_ten_plans_of_one_state_are_the_same_to_the_byte() {
    let environment = Environment::example();
    let mut bodies = Vec::new();
    for _ in 0..10 {
        environment.run("plan --out plan.json").exits(0);
        let text = fs::read_to_string(environment.path("plan.json")).unwrap();
        bodies.push(text.split_once("\"body\":").unwrap().1.to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn show_prints_a_saved_plan_as_plan_did() {
    let environment = Environment::example();
    environment.run("plan --out plan.json").exits(0);
    for view in [
        "",
        "--full",
        "--format markdown",
        "--format html",
        "--format json",
    ] {
        let fresh = environment.run(&format!("plan {view}")).exits(0).stdout;
        let shown = environment.run(&format!("show plan.json {view}")).exits(0);
        assert_eq!(shown.stdout, fresh, "{view}");
    }
}

#[test]
fn r23_an_account_that_moved_is_refused_by_itself_and_sees_no_write() {
    let moves: [(&str, Value, &str); 3] = [
        (
            "title",
            "Vice President".into(),
            "title moved: reviewed as “Account Executive”",
        ),
        (
            "active",
            false.into(),
            "status moved: reviewed as “active”, now “inactive”",
        ),
        (
            "displayName",
            "Luis O.".into(),
            "moved: reviewed as “Luis Ortega”, now “Luis O.”",
        ),
    ];
    for (attribute, value, says) in moves {
        let (environment, _) = planned();
        let luis = edited_by_hand(&environment, "luis", attribute, value);
        let log = environment.log();
        let ended = environment.run("apply plan.json").exits(5);
        let said = ended
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(said.contains(says), "no `{says}` in {}", ended.stdout);
        assert!(said.contains("4 done · 3 refused"), "{said}");
        let written = since(&environment, &log);
        assert!(!written.contains(&luis), "{attribute}: {written}");
        assert_eq!(
            found(&environment, "priya").1["resource"]["attributes"]["active"],
            false
        );
        assert!(environment.accounts()[1].starts_with("emma"));
    }
}

#[test]
fn r23_an_account_that_lost_or_gained_a_value_is_refused_by_itself() {
    let cases = [
        (
            "Everyone",
            Value::Null,
            "groups Everyone moved: reviewed as “held”, now nothing",
        ),
        (
            "Chess",
            "member".into(),
            "groups Chess moved: reviewed as nothing, now “held”",
        ),
    ];
    for (name, value, says) in cases {
        let environment = Environment::example();
        let groups = r#"groups = ["Everyone", "Marketing", "Sales"]"#;
        let more = r#"groups = ["Chess", "Everyone", "Marketing", "Sales"]"#;
        environment.edit("sandbox.toml", groups, more);
        environment.edit(
            "provisor.toml",
            "mode = \"enforce\"",
            "mode = \"enforce\"\nauthority = { groups = \"all\" }",
        );
        environment.run("plan --out plan.json").exits(0);
        let (luis, _) = found(&environment, "luis");
        let luis = luis.trim_start_matches("User/");
        let key = format!("member/{}/{luis}", group(&environment, name));
        by_hand(&environment, &key, &value);
        let log = environment.log();
        let ended = environment.run("apply plan.json").exits(5);
        let said = ended
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(said.contains(says), "no `{says}` in {}", ended.stdout);
        assert!(said.contains("4 done · 3 refused"), "{said}");
        assert!(said.contains("New since the plan"), "{said}");
        assert!(!since(&environment, &log).contains(luis));
    }
}

#[test]
fn r23_a_change_that_is_true_already_is_already_so() {
    let (environment, _) = planned();
    let marketing = group(&environment, "Marketing");
    let (luis, _) = found(&environment, "luis");
    let luis = luis.trim_start_matches("User/");
    by_hand(
        &environment,
        &format!("member/{marketing}/{luis}"),
        &"member".into(),
    );
    let ended = environment.run("apply plan.json").exits(0);
    ended.shows("6 done · 1 already so");
}

#[test]
fn r23_a_change_that_the_files_no_longer_want_is_refused_by_itself() {
    let (environment, log) = planned();
    environment.edit("people.toml", "Campaign Manager", "Brand Manager");
    environment.edit(
        "people.toml",
        "end_date = 2026-03-06",
        "end_date = 2026-04-06",
    );
    let ended = environment.run("apply plan.json").exits(5);
    ended
        .shows("files want something else")
        .shows("the files no longer want it")
        .shows("5 done · 2 refused")
        .shows("New since the plan");
    let written = since(&environment, &log);
    for title in ["Campaign Manager", "Brand Manager"] {
        assert!(!written.contains(title), "{written}");
    }
    assert_eq!(
        found(&environment, "priya").1["resource"]["attributes"]["active"],
        true
    );
}

#[test]
fn r23_what_is_new_is_reported_and_not_done_and_other_peoples_edits_are_no_matter() {
    let (environment, log) = planned();
    environment.append(
        "people.toml",
        r#"[[people]]
id = "2001"
name = { given = "New", family = "Comer" }
email = "new.comer@meridianmanufacturing.com"
job_code = "SALES"
start_date = 2026-03-02"#,
    );
    let ended = environment.run("apply plan.json").exits(0);
    ended
        .shows("7 done")
        .shows("New since the plan")
        .shows("Comer");
    assert!(!since(&environment, &log).contains("new.comer"));
    let ended = environment.run("plan --detailed-exitcode").exits(2);
    ended.shows("Comer");
}

#[test]
fn r23_changed_settings_make_the_whole_plan_stale() {
    let (environment, _) = planned();
    environment.edit(
        "provisor.toml",
        "last_day_cutoff = \"24:00\"",
        "last_day_cutoff = \"18:00\"",
    );
    is_stale(&environment, "settings in provisor.toml changed");
}

#[test]
fn r23_an_expired_plan_is_refused_and_one_that_lives_longer_is_not() {
    for (expires, code) in [("", 4), ("--expires 3d", 0)] {
        let environment = Environment::example();
        environment
            .run(&format!("plan --out plan.json {expires}"))
            .exits(0);
        environment.edit("sandbox.toml", "2026-03-07T09:22:00", "2026-03-08T10:22:01");
        if code == 4 {
            is_stale(&environment, "the plan expired at 2026-03-08T17:22:00Z");
        } else {
            environment.run("apply plan.json").exits(code);
        }
    }
    let environment = Environment::example();
    environment
        .run("plan --out plan.json --expires 0s")
        .exits(64);
    environment
        .run("plan --out plan.json --as-of 2026-05-01")
        .exits(64);
}

/// Of a rehearsal only its own story knows the time.
#[test]
fn r23_a_plan_whose_time_is_over_is_shown_as_stale() {
    let environment = Environment::example();
    environment.run("plan --out plan.json").exits(0);
    let shown = |view: &str| environment.run(&format!("show plan.json {view}")).exits(0);
    let views = ["", "--format markdown", "--format html"];
    for view in views {
        assert!(!shown(view).stdout.contains("STALE"), "{view}");
    }
    environment.edit("sandbox.toml", "2026-03-07T09:22:00", "2026-03-08T10:22:01");
    for view in views {
        let ended = shown(view);
        ended.shows("STALE").shows("8 March 2026, 10:22 PDT");
    }
    let last = shown("").stderr;
    assert!(!last.contains("may be applied until"), "{last}");
}

#[test]
fn r23_a_plan_edited_by_hand_is_refused_by_what_was_edited() {
    let (environment, _) = planned();
    let path = environment.path("plan.json");
    let text = fs::read_to_string(&path).unwrap();
    let cases = [
        (
            "\"value\":\"Marketing\"",
            "\"value\":\"Sales\"",
            "is not the one of that id",
        ),
        (
            "\"status\":\"active\"",
            "\"status\":\"inactive\"",
            "its body has the digest",
        ),
        (
            "\"expires\":\"2026-03-08",
            "\"expires\":\"2027-03-08",
            "its envelope",
        ),
        ("{\"format\"", "{ \"format\"", "byte 2 is not"),
        (
            "provisor.plan/1",
            "provisor.plan/2",
            "`provisor.plan/2`, and this provisor reads `provisor.plan/1`",
        ),
        ("\"changes\":", "\"chances\":", "not a saved plan"),
    ];
    for (from, to, because) in cases {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        is_stale(&environment, because);
        environment.run("show plan.json").exits(1).mentions(because);
    }
    for (cut, because) in [
        (text.len() / 2, "only a part of one"),
        (0, "only a part of one"),
    ] {
        fs::write(&path, &text[..cut]).unwrap();
        is_stale(&environment, because);
    }
    environment
        .run("show none.json")
        .exits(1)
        .mentions("cannot read");
}

#[test]
fn r23_a_run_that_died_is_resumed_by_the_same_file() {
    let (environment, _) = planned();
    environment.fault("latency = \"15ms\"");
    for segments in 1..6 {
        let mut apply: Running = environment.start("apply plan.json");
        let written = || environment.journals().values().map(Vec::len).sum::<usize>();
        apply.until(|| written() >= segments * 2);
        apply.kill();
    }
    let run = environment.run("apply plan.json");
    if run.code() == Some(0) {
        run.exits(0);
    }
    is_stale(&environment, "used up");
    assert_eq!(environment.accounts().len(), 4, "no account is double");
    environment.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn r23_a_run_that_exited_5_is_resumed_until_all_is_done() {
    let (environment, _) = planned();
    environment.fault("latency = \"100ms\"");
    let mut apply = environment.start("apply plan.json");
    assert!(apply.until(|| environment.journals().values().any(|run| run.len() > 1)));
    apply.interrupt();
    let run = environment.ended(apply.end());
    run.exits(5).shows("not started");
    let ended = environment.run("apply plan.json").exits(0);
    ended.shows("already so");
    is_stale(&environment, "used up");
}

#[test]
fn r23_a_plan_that_holds_something_back_may_be_applied_again_and_does_nothing_twice() {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "job_code = \"MKT\" # the profile",
        "job_code = \"MKTG\"",
    );
    environment
        .run("plan --out plan.json")
        .exits(0)
        .shows("1 held");
    environment.run("apply plan.json").exits(5).shows("4 done");
    let log = environment.log();
    let ended = environment.run("apply plan.json").exits(5);
    ended.shows("0 done · 4 already so");
    assert_eq!(environment.log(), log);
}

#[test]
fn r23_what_a_run_did_and_somebody_undid_is_not_done_again() {
    let (environment, _) = planned();
    let luis = edited_by_hand(&environment, "luis", "title", "Vice President".into());
    environment.run("apply plan.json").exits(5);
    let (key, mut priya) = found(&environment, "priya");
    priya["resource"]["attributes"]["active"] = true.into();
    by_hand(&environment, &key, &priya);
    let log = environment.log();
    let ended = environment.run("apply plan.json").exits(5);
    ended.shows("run 000001 did it, and somebody undid it since");
    let written = since(&environment, &log);
    assert!(
        !written.contains(&luis) && !written.contains("priya"),
        "{written}"
    );
}

#[test]
fn a_plan_of_simulated_apps_is_not_applied_to_real_ones() {
    let environment = Environment::real("http://127.0.0.1:1/scim/v2");
    environment.run("--sandbox plan --out plan.json").exits(0);
    let ended = environment.run("apply plan.json").exits(4);
    ended.mentions("simulated apps, and these are real ones");
    assert!(!environment.path("state/runs").exists());
}

#[test]
fn of_some_people_only_their_changes_are_planned_saved_and_applied() {
    let environment = Environment::example();
    let ended =
        environment.run("plan --person luis.ortega@meridianmanufacturing.com --out plan.json");
    let ended = ended.exits(0).shows("Luis").shows("4 changes are left");
    assert!(!ended.stdout.contains("Priya"), "{}", ended.stdout);
    environment
        .run("plan --person 0815 --app directory")
        .exits(0)
        .shows("Luis");
    environment.run("plan --person nobody").exits(64);
    environment.run("plan --app nothing").exits(64);
    let ended = environment.run("apply plan.json").exits(0).shows("3 done");
    assert!(!ended.stdout.contains("New since"), "{}", ended.stdout);
    assert_eq!(environment.accounts().len(), 3, "Emma's is not made");
}

#[test]
fn against_a_snapshot_no_app_is_asked_and_nothing_can_be_applied() {
    let (environment, serving) = Environment::served("");
    let now = |arguments: &str| {
        let mut command = environment.command(arguments);
        command.env_remove("DIRECTORY_TOKEN");
        environment.ended(command.output().unwrap())
    };
    now("plan --against latest")
        .exits(1)
        .mentions("no snapshot yet");
    environment.run("apply --yes").exits(0);
    serving.kill();
    environment.append(
        "people.toml",
        r#"[[people]]
id = "2001"
name = { given = "New", family = "Comer" }
email = "new.comer@meridianmanufacturing.com"
job_code = "SALES"
start_date = 2026-03-02"#,
    );
    for which in ["latest", "1"] {
        let ended = now(&format!("plan --against {which} --out plan.json")).exits(0);
        ended
            .shows("no app was asked")
            .shows("snapshot 1")
            .shows("Comer");
    }
    now("plan --against 7")
        .exits(1)
        .mentions("there is no snapshot 7");
    now("plan --against first").exits(64);
    let ended = now("apply plan.json").exits(4);
    ended.mentions("against snapshot 1, without asking the apps");
    now("show plan.json").exits(0).shows("no app was asked");
}

/// A plan may be applied days after its moment: what it gives must be wanted on that day too, and
/// what it takes is due all the more.
#[test]
fn r23_what_nobody_wants_any_more_today_is_not_given() {
    let environment = Environment::example();
    environment.append(
        "people.toml",
        "[[people]]\nid = \"c-7\"\nname = { given = \"Carl\", family = \"Lang\" }\n\
         email = \"carl.lang@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
         start_date = 2026-03-02\nend_date = 2026-03-07",
    );
    environment
        .run("plan --out plan.json --expires 7d")
        .exits(0);
    let later = "2026-03-10T09:22:00-07:00";
    let before = fs::read_to_string(environment.path("sandbox.toml")).unwrap();
    let clock = before
        .lines()
        .find(|line| line.starts_with("clock"))
        .unwrap();
    environment.edit("sandbox.toml", clock, &format!("clock = {later}"));
    let ended = environment.run("apply plan.json --yes").exits(5);
    let said: Vec<_> = ended.stdout.split_whitespace().collect();
    let said = said.join(" ");
    let words = "no longer wanted since 7 March 2026: Carl Lang";
    assert!(said.contains(words), "no `{words}` in {said}");
    let accounts = environment.accounts();
    assert!(
        !accounts.iter().any(|one| one.starts_with("carl")),
        "{accounts:?}"
    );
    assert!(
        accounts.iter().any(|one| one.starts_with("emma")),
        "{accounts:?}"
    );
    let priya = found(&environment, "priya").1;
    assert_eq!(priya["resource"]["attributes"]["active"], false);
}
