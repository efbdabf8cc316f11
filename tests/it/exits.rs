//! Exit codes: what CI can tell from one number, and that nothing was written where it says so.

#![expect(clippy::needless_raw_string_hashes, reason = "snapbox writes them so")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use snapbox::str;

use crate::environment::Environment;

/// Where nobody listens.
const CLOSED: &str = "http://127.0.0.1:1/scim/v2";

#[test]
fn a_command_line_without_sense_exits_64() {
    let environment = Environment::example();
    for arguments in [
        "",
        "aply",
        "plan --yes",
        "apply --yes extra more",
        "plan --as-of someday",
        "--quiet --verbose plan",
        "-q -vv plan",
    ] {
        environment.run(arguments).exits(64).prints("");
    }
}

#[test]
fn apply_without_a_terminal_or_yes_exits_64_and_writes_nothing() {
    let environment = Environment::example();
    let ended = environment.run("apply").exits(64);
    ended.prints("").says(str![[r#"
error: this asks before it acts, and there is no terminal to ask on
  hint: in a script, say --yes
exit 64: usage

"#]]);
    assert!(!environment.path(".provisor").exists());
}

#[test]
fn broken_files_exit_1_and_write_nothing() {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "job_code = \"MKT\" # the profile",
        "job_code = \"MKTG\"",
    );
    environment.edit("profiles.toml", "[profiles.SALES]", "[profiles.SALES");
    for arguments in ["validate", "plan", "apply --yes", "snapshot list"] {
        let ended = environment.run(arguments).exits(1);
        ended.prints("").mentions("profiles.toml:10:16");
    }
    assert!(!environment.path(".provisor").exists());
}

#[test]
fn an_app_that_cannot_be_reached_exits_4_and_names_it() {
    let environment = Environment::real(CLOSED);
    let ended = environment.run("plan --detailed-exitcode").exits(4);
    ended.shows("directory").shows("Connection refused");
    assert!(!environment.state("").exists());
}

#[test]
fn an_app_without_its_credential_exits_4_for_plan_and_5_for_apply() {
    let environment = Environment::real(CLOSED);
    environment.edit("provisor.toml", "DIRECTORY_TOKEN", "NO_SUCH_TOKEN");
    let why = "environment variable NO_SUCH_TOKEN: it is not set";
    environment.run("plan").exits(4).shows(why);
    environment.run("apply --yes").exits(5);
    let manifest = &environment.manifests()[0];
    assert_eq!(manifest["apps"]["directory"]["after"]["how"], "unread");
}

#[test]
fn r21_the_snapshot_carries_the_last_reading_of_an_unread_app_with_its_time() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    environment.fault("outage = 503");
    environment.run("apply --yes").exits(5);
    let [first, second] = &*environment.manifests() else {
        panic!("two runs")
    };
    let (known, carried) = (
        &first["apps"]["directory"]["after"],
        &second["apps"]["directory"]["after"],
    );
    assert_eq!(
        (&known["how"], &carried["how"]),
        (&"read".into(), &"carried".into())
    );
    assert_eq!(carried["object"], known["object"]);
    assert_eq!(carried["at"], known["at"]);
}

#[test]
fn one_persons_mistake_holds_that_person_and_exits_5() {
    let environment = Environment::example();
    let (from, to) = (
        "emma.johnson@meridianmanufacturing.com",
        "emma@elsewhere.example",
    );
    environment.edit("people.toml", from, to);
    let ended = environment.run("apply --yes").exits(5);
    ended.prints(str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 1 app
⚠ first run: there is no snapshot yet. What the files do not name is left alone,
  and nothing is inferred from history.

Leaves · 1 person
- Priya Nair · 0733 · last day 6 March 2026 · people.toml:27
    - deactivate  directory  set to active = false: cannot sign in; groups stay

Moves · 1 person
~ Luis Ortega · 0815 · MKT since 2 March 2026 · people.toml:23
    ~ change      directory  + groups Marketing; - groups Sales; title Account
                               Executive → Campaign Manager, department (none) →
                               Marketing

Held · 1 · a human must decide
? held Emma Johnson · 1042 · in every app · people.toml:9
    the email is outside of the organisation's domains (foreign-domain): nothing
    is given or taken for their entry until that is mended; whoever has left is
    closed all the same.
    → Mend the line, or what it names; `provisor validate` shows it.
    not done: create directory emma@elsewhere.example; grant directory groups
      Everyone; grant directory groups Marketing

Tasks · what the apps' APIs cannot do
  ⚠ task for it@meridianmanufacturing.com: directory: end the sessions that are
    still open, and revoke the tokens that they made: SCIM can do neither ·
    Priya Nair (0733)

Unmanaged · 1 account of nobody: reported only
  directory build-robot@meridianmanufacturing.com · active

Guards · over this plan and the last seven days
  ✓ 4 within their limits
  not checked: the last administrators of directory (`administrators` in
    provisor.toml names what makes one, accounts.toml who is one)

plan 758fe7e97523 · every reason, to file and line: --full
Plan: 1 to deactivate · 1 to revoke · 1 to grant · 1 to update · 1 held ·
      0 blocked

Run 000001 for Meridian Manufacturing · plan 758fe7e97523

Priya Nair · 0733
  ✓ done         deactivate  directory

Luis Ortega · 0815
  ✓ done         change      directory  + groups Marketing; - groups Sales;
                                          title Account Executive → Campaign
                                          Manager, department (none) → Marketing

Snapshot 1 · [HEAD]
Run: 4 done · 1 held or blocked

"#]]);
    assert_eq!(environment.accounts().len(), 3, "Emma got no account");
    environment.run("plan").exits(0);
    environment.run("plan --detailed-exitcode").exits(5);
    environment.run("validate").exits(1);
}

#[test]
fn a_group_that_the_app_does_not_know_is_blocked_and_exits_5() {
    let environment = Environment::example();
    environment.edit(
        "profiles.toml",
        "\"Everyone\", \"Marketing\"",
        "\"Everyone\", \"Marketting\"",
    );
    let ended = environment.run("apply --yes").exits(5);
    ended.prints(str![[r#"
Plan for Meridian Manufacturing as of 7 March 2026, 09:22 PST · 1 app
⚠ first run: there is no snapshot yet. What the files do not name is left alone,
  and nothing is inferred from history.

Leaves · 1 person
- Priya Nair · 0733 · last day 6 March 2026 · people.toml:27
    - deactivate  directory  set to active = false: cannot sign in; groups stay

Moves · 1 person
~ Luis Ortega · 0815 · MKT since 2 March 2026 · people.toml:23
    ~ change      directory  - groups Sales; title Account Executive → Campaign
                               Manager, department (none) → Marketing

Joins · 1 person
+ Emma Johnson · 1042 · emma.johnson@meridianmanufacturing.com · starts
    17 March 2026 as MKT · people.toml:10
    + create      directory  groups Everyone

Blocked · 2 · a rule or the app forbids it
× blocked Luis Ortega · 0815 · directory · R11 · people.toml:17
    There is no Marketting among the groups of directory.
    → Did you mean Marketing? Correct the name in the files, or make it in
      directory.
    not done: grant directory groups Marketting
× blocked Emma Johnson · 1042 · directory · R11 · people.toml:6
    There is no Marketting among the groups of directory.
    → Did you mean Marketing? Correct the name in the files, or make it in
      directory.
    not done: grant directory groups Marketting

Tasks · what the apps' APIs cannot do
  ⚠ task for it@meridianmanufacturing.com: directory: end the sessions that are
    still open, and revoke the tokens that they made: SCIM can do neither ·
    Priya Nair (0733)

Unmanaged · 1 account of nobody: reported only
  directory build-robot@meridianmanufacturing.com · active

Guards · over this plan and the last seven days
  ✓ 5 within their limits
  not checked: the last administrators of directory (`administrators` in
    provisor.toml names what makes one, accounts.toml who is one)

plan 0fe35b13ce8d · every reason, to file and line: --full
Plan: 1 to deactivate · 1 to revoke · 1 to grant · 1 to create · 1 to update ·
      0 held · 2 blocked

Run 000001 for Meridian Manufacturing · plan 0fe35b13ce8d

Priya Nair · 0733
  ✓ done         deactivate  directory

Luis Ortega · 0815
  ✓ done         change      directory  - groups Sales; title Account Executive
                                          → Campaign Manager, department (none)
                                          → Marketing

Emma Johnson · 1042
  ✓ done         create      directory  groups Everyone

Snapshot 1 · [HEAD]
Run: 5 done · 2 held or blocked

"#]]);
    assert_eq!(environment.accounts().len(), 4);
}

#[test]
fn a_write_that_fails_exits_5_and_the_next_apply_finishes() {
    let environment = Environment::example();
    // Five calls read, two ask what the server can do; the ninth is a write.
    let fault = "fail_call = { nth = 9, status = 429, retry_after = 900 }";
    environment.fault(fault);
    let ended = environment.run("apply --yes").exits(5);
    ended.shows("too many requests").shows("failed");
    environment.edit("sandbox.toml", fault, "");
    let undone = environment.manifests()[0]["undone"].clone();
    let text = environment.run("plan --format json").exits(0).stdout;
    let plan: Value = serde_json::from_str(&text).unwrap();
    let changes = plan["body"]["changes"].as_array().unwrap();
    // One that was done may have failed to be looked at.
    assert!((1..=undone.as_array().unwrap().len()).contains(&changes.len()));
    for change in changes {
        assert_eq!(change["cause"], "retry", "{change}");
    }
    environment.run("apply --yes").exits(0);
    environment.run("plan --detailed-exitcode").exits(0);
    assert_eq!(environment.accounts().len(), 4);
}

#[test]
fn a_second_apply_exits_6_and_names_who_holds_the_lock() {
    let (environment, serving) = Environment::served("latency = \"100ms\"");
    let mut first = environment.start("apply --yes");
    assert!(first.until(|| environment.state("lock.json").exists()));
    let owner = format!("process {}", first.id());
    let ended = environment.run("apply --yes").exits(6);
    ended.prints("").mentions(&owner);
    environment.ended(first.end()).exits(0);
    assert_eq!(environment.journals().len(), 1, "the second one has no run");
    environment.run("plan --detailed-exitcode").exits(0);
    assert_eq!(environment.accounts().len(), 4);
    serving.interrupt();
    environment.ended(serving.end()).exits(0);
}

#[test]
fn state_that_cannot_be_written_exits_1_before_any_write() {
    // Whoever runs this may be root, to whom no folder is read-only: a file stands in its place.
    for (piece, words) in [
        (".", "cannot open the folder of the state"),
        ("lock", "cannot lock the state"),
        ("objects", "of the state"),
        ("runs", "of the state"),
        ("snapshots", "of the state"),
    ] {
        let environment = Environment::example();
        // Without `.`, which is the folder itself.
        let path: PathBuf = environment.state(piece).components().collect();
        if piece == "lock" {
            fs::create_dir_all(&path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "in the way").unwrap();
        }
        let ended = environment.run("apply --yes").exits(1).mentions(words);
        let errors = ended.stderr.matches("error: ").count();
        assert_eq!(errors, 1, "{piece}: {}", ended.stderr);
        let header_and_seed = 1 + 3 + 3 + 4;
        assert_eq!(
            environment.log().lines().count(),
            header_and_seed,
            "{piece}"
        );
    }
}

/// A process that may write files of so many bytes and no larger ones: what a full disk does, for
/// one process.
fn apply_on_a_full_disk(environment: &Environment, largest: u32) -> std::process::Output {
    let command = environment.command("apply --yes");
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
        largest / 512
    );
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", &script])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(environment.folder())
        .env_clear();
    for (name, value) in command.get_envs() {
        limited.envs(value.map(|value| (name, value)));
    }
    limited.output().unwrap()
}

#[test]
fn a_full_disk_loses_nothing_wherever_it_strikes() {
    let mut codes = Vec::new();
    // The plan does not fit, the log of the calls (many, a page for each account) does not fit, all
    // fits.
    for largest in [1024, 7168, 16_384] {
        let (environment, _serving) = Environment::served("page_size = 1");
        let run = environment.ended(apply_on_a_full_disk(&environment, largest));
        let code = run.code().unwrap();
        let ended = run.exits(code);
        if code == 1 {
            assert_eq!(environment.accounts().len(), 3, "nothing was written");
        }
        if code != 0 {
            assert_eq!(
                ended.stderr.matches("error: ").count(),
                1,
                "{}",
                ended.stderr
            );
        }
        environment.run("apply --yes").exits(0);
        environment.run("plan --detailed-exitcode").exits(0);
        assert_eq!(environment.accounts().len(), 4);
        codes.push(code);
    }
    assert_eq!(codes, [1, 5, 0]);
}
