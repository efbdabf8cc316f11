//! Orders that somebody leaves before the files say so: `apply --leaver` and `--rescind`.

use std::fs;
use std::process::Stdio;

use crate::environment::{Ended, Environment};

const LUIS: &str = "apply --leaver 0815 --reason HR-88 --yes";

/// The example after its first run: Luis is at work.
fn at_work() -> Environment {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    environment
}

fn steps(ended: &Ended<'_>) -> Vec<String> {
    let lines = ended.stdout.lines();
    let done = lines.filter_map(|line| line.trim().strip_prefix("✓ done"));
    done.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn an_order_closes_what_one_person_has_and_stands_until_the_files_agree() {
    let environment = at_work();
    // Somebody else's change waits for its own run.
    environment.edit("people.toml", "Emma", "Emmy");
    let ended = environment.run(LUIS).exits(0);
    assert_eq!(steps(&ended), ["deactivate directory"]);
    let report = environment.run("report").exits(0);
    let door = "Luis Ortega · 0815 · directory";
    assert!(report.stdout.contains(door), "{}", report.stdout);
    let manifest = &environment.manifests()[1];
    let order = &manifest["mandate"];
    assert_eq!(order["does"], "leave");
    assert_eq!(order["person"]["id"], "0815");
    assert_eq!(order["reason"], "HR-88");
    assert_eq!(order["actor"], "ci");

    environment.edit("people.toml", "Emmy", "Emma");
    let told = "Luis Ortega · 0815 left by order 1 as of 7 March 2026, 09:22 PST";
    let plan = environment.run("plan --detailed-exitcode").exits(0);
    assert!(plan.stdout.contains(told), "{}", plan.stdout);
    assert!(plan.stdout.contains("the files"), "{}", plan.stdout);
    assert!(
        !plan.stdout.contains("HR-88"),
        "why is told to nobody who reads plans"
    );
    for format in ["markdown", "html", "json"] {
        let plan = environment.run(&format!("plan --format {format}")).exits(0);
        assert!(!plan.stdout.contains("HR-88"), "{format}");
        assert!(plan.stdout.contains("Luis"), "{format}");
    }
    // What the files give to his job, they do not give to him.
    environment.edit(
        "profiles.toml",
        r#""Marketing"]"#,
        r#""Marketing", "Sales"]"#,
    );
    let plan = environment.run("plan").exits(0);
    assert!(!plan.stdout.contains("0815 ·"), "{}", plan.stdout);
    environment.edit(
        "profiles.toml",
        r#""Marketing", "Sales"]"#,
        r#""Marketing"]"#,
    );

    // Once the files say so too, nobody has to be told.
    let entry = "{ from = 2026-03-02, job_code";
    environment.edit(
        "people.toml",
        entry,
        "{ from = 2026-03-02, until = 2026-03-06, job_code",
    );
    let plan = environment.run("plan --detailed-exitcode").exits(0);
    assert!(!plan.stdout.contains("order 1"), "{}", plan.stdout);
}

#[test]
fn whoever_left_by_an_order_is_kept_out_by_a_schedule_too() {
    let environment = at_work();
    environment.run(LUIS).exits(0);
    let log = environment.log();
    let opened = log.replace(r#""active":false"#, r#""active":true"#);
    assert_ne!(log, opened);
    // Somebody opens every account again by hand.
    let path = environment.path(".provisor/sandbox/directory.ndjson");
    fs::write(path, opened).unwrap();
    let ended = environment.run("apply --due").ended();
    assert!(
        steps(&ended).contains(&"deactivate directory".to_owned()),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn an_order_is_undone_by_its_number() {
    let environment = at_work();
    environment.run(LUIS).exits(0);
    let ended = environment
        .run("apply --rescind 1 --reason mistaken --yes")
        .exits(0);
    assert_eq!(steps(&ended), ["reactivate directory"]);
    assert!(
        !ended.stdout.contains("changed outside"),
        "{}",
        ended.stdout
    );
    let manifest = &environment.manifests()[2];
    assert_eq!(manifest["mandate"]["does"], "return");
    assert_eq!(manifest["mandate"]["rescission"]["reason"], "mistaken");
    let plan = environment.run("plan --detailed-exitcode").exits(0);
    assert!(!plan.stdout.contains("order 1"), "{}", plan.stdout);
    environment
        .run("apply --rescind 2 --reason mistaken --yes")
        .exits(64);
}

/// Nobody is to read of a dismissal before it.
#[test]
fn an_order_for_later_is_told_in_no_plan_and_carried_out_when_its_time_comes() {
    let environment = at_work();
    let when = "2026-03-09T15:00:00-07:00";
    let ended = environment.run(&format!("{LUIS} --at {when}")).exits(0);
    ended.mentions("nothing to do before 2026-03-09T22:00:00Z");
    assert_eq!(environment.manifests().len(), 1, "nothing was done");
    for command in [
        "plan",
        "plan --upcoming 14d",
        "plan --as-of 2026-03-10",
        "plan --against latest",
        "plan --format json",
    ] {
        let plan = environment.run(command).exits(0);
        assert!(
            !plan.stdout.contains("by order"),
            "{command}: {}",
            plan.stdout
        );
        assert!(!plan.stdout.contains("\"ordered\""), "{command}");
    }
    environment.run("apply --due").exits(0).mentions("");
    assert_eq!(environment.manifests().len(), 1);
    let clock = "clock = 2026-03-07T09:22:00-08:00";
    environment.edit("sandbox.toml", clock, "clock = 2026-03-09T15:01:00-07:00");
    let ended = environment.run("apply --due").exits(0);
    assert_eq!(steps(&ended), ["deactivate directory"]);
}

#[test]
fn a_plan_from_before_the_order_gives_nothing_to_whoever_left_by_it() {
    let environment = at_work();
    environment.edit(
        "profiles.toml",
        r#""Marketing"]"#,
        r#""Marketing", "Sales"]"#,
    );
    environment.run("plan --out plan.json").exits(0);
    environment.run(LUIS).exits(0);
    let ended = environment.run("apply plan.json").exits(5);
    let done = steps(&ended);
    assert_eq!(done.len(), 1, "Emma's alone: {done:?}\n{}", ended.stdout);
    let manifest = &environment.manifests()[2];
    assert_eq!(manifest["counts"]["refused"], 1);
}

/// What others are to lose counts for nobody's order, and shrunken files neither.
#[test]
fn guards_judge_an_order_by_itself() {
    let environment = at_work();
    environment.append("provisor.toml", "[guards]\nmax_deactivations = 2\n");
    let ended = "end_date = 2026-03-06";
    for (id, name) in [("1", "Ada"), ("2", "Bea"), ("3", "Cid")] {
        environment.append(
            "people.toml",
            &format!(
                "[[people]]\nid = \"{id}\"\nname = {{ given = \"{name}\", family = \"Example\" }}\n\
                 email = \"{name}@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
                 start_date = 2020-01-01\n"
            ),
        );
    }
    environment.run("apply --yes").exits(0);
    let files = fs::read_to_string(environment.path("people.toml")).unwrap();
    let gone = files.replace(
        "start_date = 2020-01-01",
        &format!("start_date = 2020-01-01\n{ended}"),
    );
    fs::write(environment.path("people.toml"), gone).unwrap();
    environment.run("apply --yes").exits(3);
    let left = environment.run(LUIS).exits(0);
    assert_eq!(steps(&left), ["deactivate directory"]);
}

#[test]
fn whoever_is_not_at_work_cannot_be_ordered_to_leave() {
    let environment = at_work();
    let ended = environment
        .run("apply --leaver 1042 --reason x --yes")
        .exits(64);
    ended.mentions("has not begun");
    let ended = environment
        .run("apply --leaver 0733 --reason x --yes")
        .exits(64);
    ended.mentions("has left");
    environment.run("apply --leaver 0815 --yes").exits(64);
    environment
        .run("apply --leaver nobody --reason x --yes")
        .exits(64);
    // Nobody to ask, and nobody asked.
    environment.run("apply --leaver 0815 --reason x").exits(64);
    assert!(environment.pieces("orders").is_empty());
}

#[test]
fn what_an_order_would_do_is_shown_without_giving_it() {
    let environment = at_work();
    let plan = environment.run("plan --leaver 0815").exits(0);
    assert!(
        plan.stdout.contains("deactivate  directory"),
        "{}",
        plan.stdout
    );
    assert!(environment.pieces("orders").is_empty());
    let plan = environment.run("plan --detailed-exitcode").exits(0);
    assert!(!plan.stdout.contains("by order"), "{}", plan.stdout);
}

/// A run that is under way finishes what is in flight, records it, and makes way.
#[test]
fn a_run_under_way_yields_to_an_order() {
    let (environment, _serving) = Environment::served("latency = \"700ms\"");
    let long = environment.start("apply --yes");
    for _ in 0..600 {
        if !environment.pieces("runs").is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let order = environment.start(LUIS);
    let long = environment.ended(long.end()).exits(5);
    long.mentions("Yielded to order 1");
    let order = environment.ended(order.end());
    let order = order.exits(0);
    assert!(
        order.stdout.contains("deactivate  directory"),
        "{}",
        order.stdout
    );
    let manifests = environment.manifests();
    assert_eq!(manifests.len(), 2, "both left a snapshot");
    assert_ne!(manifests[0]["counts"]["not_started"], 0);
    environment.run("apply --yes").exits(0);
    let plan = environment.run("plan --detailed-exitcode").exits(0);
    assert!(plan.stdout.contains("left by order 1"), "{}", plan.stdout);
}

/// Whoever is called otherwise by now has left all the same.
#[test]
fn an_order_follows_whoever_gets_another_id() {
    let environment = at_work();
    environment.run(LUIS).exits(0);
    environment.edit(
        "people.toml",
        r#"id = "0815""#,
        "id = \"0816\"\nprevious_ids = [\"0815\"]",
    );
    let plan = environment.run("plan").exits(0);
    assert!(plan.stdout.contains("left by order 1"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("reactivate"), "{}", plan.stdout);
    let again = environment.run(LUIS).exits(0);
    again.mentions("order 1 of Luis Ortega (0815)");
    let ended = environment
        .run("apply --rescind 1 --reason mistaken --yes")
        .exits(0);
    assert!(
        steps(&ended).contains(&"reactivate directory".to_owned()),
        "{}",
        ended.stdout
    );
}

/// What ended one employment ends no other, and stands in no other's way.
#[test]
fn whoever_came_back_can_be_ordered_to_leave_again() {
    let environment = at_work();
    environment.run(LUIS).exits(0);
    environment.edit(
        "people.toml",
        r#"{ from = 2026-03-02, job_code = "MKT","#,
        "{ from = 2026-03-20, job_code = \"MKT\" },\n    \
         { from = 2026-03-02, until = 2026-03-06, job_code = \"MKT\",",
    );
    let clock = "clock = 2026-03-07T09:22:00-08:00";
    environment.edit("sandbox.toml", clock, "clock = 2026-04-01T09:22:00-07:00");
    let ended = environment.run("apply --yes").exits(0);
    assert!(
        steps(&ended).contains(&"reactivate directory".to_owned()),
        "{}",
        ended.stdout
    );
    // A moment of the employment that is over ends nothing.
    environment
        .run(&format!("{LUIS} --at 2026-03-05"))
        .exits(64)
        .mentions("has left");
    let ended = environment.run(LUIS).exits(0);
    assert_eq!(steps(&ended), ["deactivate directory"], "{}", ended.stdout);
    ended.mentions("order 2: Luis Ortega");
}

/// A run that waited for the lock is of a moment before the order: it would give back what the order
/// took.
#[test]
fn a_run_that_waited_yields_to_what_was_ordered_meanwhile() {
    let (environment, _serving) = Environment::served("");
    environment.run("apply --yes").exits(0);
    let lock = fs::File::open(environment.state("lock")).unwrap();
    lock.lock().unwrap();
    // Something to be told of once the files are read, right before the orders are.
    environment.append(
        "people.toml",
        "[[people]]\nid = \"1\"\nname = { given = \"Ada\", family = \"Example\" }\n\
         email = \"ada@example.org\"\njob_code = \"MKT\"\nstart_date = 2020-01-01\n",
    );
    let told = environment.path("told");
    let mut waiting = environment.command("apply --yes --lock-timeout 60s");
    waiting.stderr(fs::File::create(&told).unwrap());
    let waiting = waiting.stdout(Stdio::piped()).spawn().unwrap();
    assert!(comes(|| fs::read_to_string(&told)
        .unwrap()
        .contains("1 problem")));
    let mut order = environment.start(LUIS);
    assert!(order.until(|| !environment.pieces("orders").is_empty()));
    order.kill();
    drop(lock);
    let ended = environment.ended(waiting.wait_with_output().unwrap());
    assert_eq!(ended.code(), Some(6));
    let told = fs::read_to_string(told).unwrap();
    assert!(told.contains("Yielded to order 1"), "{told}");
    let ended = environment.run("apply --yes").exits(5);
    assert!(
        steps(&ended).contains(&"deactivate directory".to_owned()),
        "{}",
        ended.stdout
    );
}

/// Waits a minute at most.
fn comes(mut so: impl FnMut() -> bool) -> bool {
    (0..60_000).any(|_| {
        so() || {
            std::thread::sleep(std::time::Duration::from_millis(1));
            false
        }
    })
}

/// To an order for later nobody yields: that would announce it.
#[test]
fn an_order_for_later_stops_no_run() {
    let (environment, _serving) = Environment::served("latency = \"700ms\"");
    let mut long = environment.start("apply --yes");
    assert!(long.until(|| !environment.pieces("runs").is_empty()));
    let later = environment.start(&format!("{LUIS} --at 2126-03-09"));
    environment.ended(later.end()).exits(0);
    let long = environment.ended(long.end()).exits(0);
    assert!(!long.stderr.contains("Yielded"), "{}", long.stderr);
}

/// What nobody believes of the files, and what nobody reviewed of the settings, an order leaves so.
#[test]
fn an_order_reviews_nothing_but_itself() {
    let environment = at_work();
    environment.append("provisor.toml", "[guards]\nmax_deactivations = 50\n");
    let people = fs::read_to_string(environment.path("people.toml")).unwrap();
    let more: Vec<String> = (1..10)
        .map(|id| {
            format!(
                "[[people]]\nid = \"{id}\"\nname = {{ given = \"P{id}\", family = \"Example\" }}\n\
                 email = \"p{id}@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
                 start_date = 2020-01-01\n"
            )
        })
        .collect();
    let more = more.concat();
    environment.append("people.toml", &more);
    environment.run("apply --yes").exits(0);
    let ended = more.replace(
        "start_date = 2020-01-01",
        "start_date = 2020-01-01\nend_date = 2026-03-05",
    );
    fs::write(environment.path("people.toml"), people + &ended).unwrap();
    environment.edit(
        "provisor.toml",
        "max_deactivations = 50",
        "max_deactivations = 51",
    );
    environment
        .run("apply --leaver 0815 --reason HR-88 --yes")
        .exits(0);
    let plan = environment.run("plan").exits(3);
    assert!(
        plan.stdout
            .contains("changed setting guards.max_deactivations"),
        "{}",
        plan.stdout
    );
    environment.run("apply --yes").exits(3);
}

/// A rollout limits what files bring about, and nobody's order.
#[test]
fn whoever_is_out_of_scope_leaves_by_an_order_all_the_same() {
    let environment = at_work();
    environment.append("provisor.toml", "[scope]\nprofiles = [\"SALES\"]\n");
    let ended = environment.run(LUIS).exits(0);
    assert_eq!(steps(&ended), ["deactivate directory"], "{}", ended.stdout);
    let ended = environment
        .run("apply --rescind 1 --reason mistaken --yes")
        .exits(0);
    assert_eq!(steps(&ended), ["reactivate directory"], "{}", ended.stdout);
}

/// Nor does it count as done where an app's mode keeps the door open.
#[test]
fn an_order_that_a_mode_keeps_from_being_carried_out_is_not_done() {
    let environment = at_work();
    environment.edit(
        "provisor.toml",
        r#"mode = "enforce""#,
        r#"mode = "additive""#,
    );
    environment.run(LUIS).exits(5);
}

/// An order that met an app that was down is finished by a schedule, even if the entry is gone.
#[test]
fn whoever_left_by_an_order_is_closed_without_an_entry_too() {
    let environment = at_work();
    let whole = fs::read_to_string(environment.path("sandbox.toml")).unwrap();
    environment.fault("outage = 503");
    environment.run(LUIS).exits(5);
    fs::write(environment.path("sandbox.toml"), whole).unwrap();
    let people = fs::read_to_string(environment.path("people.toml")).unwrap();
    let (luis, priya) = (
        people.find("# Luis").unwrap(),
        people.find("# Priya").unwrap(),
    );
    let gone = people[..luis].to_owned() + &people[priya..];
    fs::write(environment.path("people.toml"), gone).unwrap();
    let ended = environment.run("apply --due").exits(0);
    assert_eq!(steps(&ended), ["deactivate directory"], "{}", ended.stdout);
}
