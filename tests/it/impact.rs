//! What an edit means, from the files alone (`plan --base`), and what dates will bring
//! (`plan --upcoming`): no app is asked.

#![expect(clippy::needless_raw_string_hashes, reason = "snapbox writes them so")]

use std::process::Command;

use pulldown_cmark::Event;
use serde_json::Value;
use snapbox::str;

use crate::environment::Environment;

fn git(environment: &Environment, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(environment.folder())
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

/// The example, committed; nobody listens where its app is, and there is no token.
fn committed() -> Environment {
    let environment = Environment::real("http://127.0.0.1:1/scim/v2");
    git(&environment, &["init", "-q", "-b", "main"]);
    git(&environment, &["add", "."]);
    git(&environment, &["commit", "-q", "-m", "first"]);
    environment
}

fn impact(environment: &Environment, more: &str) -> String {
    let mut command = environment.command(&format!(
        "plan --base main --as-of 2026-03-07T17:22:00Z {more}"
    ));
    command.env_remove("DIRECTORY_TOKEN");
    // Also a repository one folder up, and none of this machine's.
    let above = environment.folder().join("../..").canonicalize().unwrap();
    command.env("GIT_CEILING_DIRECTORIES", above);
    let ended = environment.ended(command.output().unwrap()).exits(0);
    let commit = ended.stdout.find("main (").map(|at| at + 6);
    match commit {
        Some(at) => ended.stdout.replace(&ended.stdout[at..at + 12], "[COMMIT]"),
        None => ended.stdout,
    }
}

fn edited() -> Environment {
    let environment = committed();
    environment.edit(
        "profiles.toml",
        r#"groups = ["Everyone", "Marketing"]"#,
        r#"groups = ["Everyone", "Brand"]"#,
    );
    environment.edit(
        "people.toml",
        "end_date = 2026-03-06",
        "end_date = 2026-03-31",
    );
    environment.append(
        "people.toml",
        r#"[[people]]
id = "2001"
name = { given = "New", family = "Comer" }
email = "new.comer@meridianmanufacturing.com"
job_code = "SALES"
start_date = 2026-03-02"#,
    );
    environment
}

#[test]
fn an_edit_shows_whom_each_line_and_each_entry_concerns() {
    let environment = edited();
    let assert = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    assert.eq(
        impact(&environment, ""),
        str![[r#"
Impact of the files against main ([COMMIT]) as of 7 March 2026, 09:22 PST

Lines · 2 changed
  + MKT gives directory groups Brand · profiles.toml:8
      2 people gain it: Luis Ortega (0815), Emma Johnson (1042)
  - MKT gave directory groups Marketing · profiles.toml:8 in the base
      2 people lose it: Luis Ortega (0815), Emma Johnson (1042)

Entries of people · 2 changed
  ~ Priya Nair · 0733 · edited · people.toml:27
      + directory account; directory groups Everyone; directory groups Sales
  + New Comer · 2001 · joins 2 March 2026 as SALES · people.toml:37
      + directory account; directory groups Everyone; directory groups Sales

Impact: 4 people gain access · 2 people lose access

"#]],
    );
    assert.eq(impact(&environment, "--format markdown"), str![[r#"
<!-- provisor-impact -->
### Impact of the files against `main ([COMMIT])` as of 7 March 2026, 09:22 PST

Impact: 4 people gain access · 2 people lose access

**2 lines changed**

| Line | People + | People − | Who |
|---|--:|--:|---|
| MKT gives directory groups Brand · `profiles.toml:8` | 2 | 0 | 2 people gain it: Luis Ortega (`0815`), Emma Johnson (`1042`) |
| MKT gave directory groups Marketing · `profiles.toml:8` in the base | 0 | 2 | 2 people lose it: Luis Ortega (`0815`), Emma Johnson (`1042`) |

**Entries of people**

| Person | Gains | Loses |
|---|---|---|
| ~ Priya Nair · `0733` · edited · `people.toml:27` | directory account; directory groups Everyone; directory groups Sales |  |
| + New Comer · `2001` · joins 2 March 2026 as SALES · `people.toml:37` | directory account; directory groups Everyone; directory groups Sales |  |


"#]]);
    let data: Value = serde_json::from_str(&impact(&environment, "--format json")).unwrap();
    assert_eq!(data["format"], "provisor.impact/1");
    assert_eq!(data["lines"][0]["people"].as_array().unwrap().len(), 2);
    assert_eq!(data["people"][0]["change"]["what"], "edited");
    environment.run("plan --base main --format html").exits(64);
}

#[test]
fn no_edit_has_no_impact_and_what_is_reformatted_or_moved_is_none() {
    let environment = committed();
    environment.edit("people.toml", "# Emma joins", "\n\n# Emma joins");
    let said = impact(&environment, "");
    assert!(
        said.ends_with("Impact: 0 people gain access · 0 people lose access\n"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn a_hostile_revision_is_refused() {
    let environment = committed();
    for (reference, why) in [
        ("nowhere", "Git knows no such revision"),
        ("--output=/tmp/x", "Git knows no such revision"),
    ] {
        let run = environment.run(&format!("plan --base={reference}"));
        run.exits(1).mentions(why);
    }
    std::fs::remove_file(environment.path("people.toml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", environment.path("people.toml")).unwrap();
    git(&environment, &["commit", "-q", "-a", "-m", "linked"]);
    git(
        &environment,
        &["checkout", "-q", "HEAD~1", "--", "people.toml"],
    );
    let run = environment.run("plan --base main");
    run.exits(1).mentions("`people.toml` is no plain file");
    assert!(!environment.path("--output=/tmp/x").exists());
}

#[test]
fn a_configuration_in_a_folder_of_its_repository_is_found() {
    let environment = Environment::real("http://127.0.0.1:1/scim/v2");
    git(&environment, &["init", "-q", "-b", "main", ".."]);
    git(&environment, &["add", "."]);
    git(&environment, &["commit", "-q", "-m", "first"]);
    let said = impact(&environment, "");
    assert!(said.contains("0 people gain access"), "{said}");
}

#[test]
fn upcoming_shows_day_by_day_what_dates_bring() {
    let environment = Environment::real("http://127.0.0.1:1/scim/v2");
    environment.edit(
        "provisor.toml",
        "last_day_cutoff = \"24:00\"",
        "last_day_cutoff = \"18:00\"\nrelease_after = \"5 days\"\non_leave = \"suspend\"",
    );
    environment.edit(
        "people.toml",
        "start_date = 2026-03-17",
        "start_date = 2026-03-17\nleave = { from = 2026-03-18, until = 2026-03-19 }",
    );
    environment.edit(
        "people.toml",
        "from = 2026-03-02, job",
        "from = 2026-03-09, job",
    );
    environment.edit("people.toml", "until = 2026-03-01", "until = 2026-03-08");
    environment.append(
        "people.toml",
        r#"[[people]]
id = "2001"
name = { given = "New", family = "Comer" }
email = "new.comer@meridianmanufacturing.com"
job_code = "SALES"
start_date = 2026-03-23
[[extra]]
person = "0815"
until = 2026-03-12
reason = "INC-1"
apps.directory.groups = ["Sales"]"#,
    );
    let run = |more: &str| {
        let mut command = environment.command(&format!(
            "plan --as-of 2026-03-06T17:22:00Z --upcoming {more}"
        ));
        command.env_remove("DIRECTORY_TOKEN");
        environment.ended(command.output().unwrap())
    };
    let assert = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    assert.eq(
        run("2w").exits(0).stdout,
        str![[r#"
What dates bring from 6 March 2026, 09:22 PST to 21 March 2026, 00:00 PDT

6 March 2026
  - Priya Nair · 0733 · last day; access ends 6 March 2026, 18:00 PST

9 March 2026
  ~ Luis Ortega · 0815 · moves from SALES to MKT
  + New Comer · 2001 · provisioning opens in directory

11 March 2026
  - Priya Nair · 0733 · what the closed accounts kept is released

12 March 2026
  - Luis Ortega · 0815 · last day of an extra: INC-1

17 March 2026
  + Emma Johnson · 1042 · starts as MKT

18 March 2026
  - Emma Johnson · 1042 · leave begins: accounts are suspended

20 March 2026
  + Emma Johnson · 1042 · back from leave: accounts are opened again

Upcoming: 8 events · 4 people · from the files alone, as they are now

"#]],
    );
    let data: Value = serde_json::from_str(&run("3d --format json").exits(0).stdout).unwrap();
    assert_eq!(data["events"].as_array().unwrap().len(), 3);
    assert_eq!(data["events"][0]["what"], "leaves");
    run("3d --format html").exits(64);
    run("0d").exits(64);
}

#[test]
fn hostile_names_are_inert_and_a_comment_stays_within_its_bytes() {
    let environment = committed();
    environment.edit(
        "people.toml",
        r#"given = "Luis", family = "Ortega""#,
        r#"given = "\u001b[2J\u202e@everyone", family = "</details><b>|`x`""#,
    );
    environment.edit(
        "people.toml",
        "end_date = 2026-03-06",
        "end_date = 2026-03-31",
    );
    environment.edit("profiles.toml", r#""Marketing"]"#, r#""</details>@all"]"#);
    for view in ["", "--format markdown", "--format json"] {
        let said = impact(&environment, view);
        assert!(said.contains("everyone"), "{said}");
        let hostile = ['\u{1b}', '\u{202e}'];
        assert!(!said.contains(hostile), "{view}: {said:?}");
    }
    let page = impact(&environment, "--format markdown");
    let parser = pulldown_cmark::Parser::new_ext(&page, pulldown_cmark::Options::ENABLE_TABLES);
    for event in parser {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                assert_eq!(html.trim(), "<!-- provisor-impact -->");
            }
            Event::Text(text) => assert!(!text.contains(['@', '<', '`']), "{text}"),
            _ => {}
        }
    }
    for limit in [300, 700, 1100] {
        let page = impact(
            &environment,
            &format!("--format markdown --max-bytes {limit}"),
        );
        assert!(page.len() <= limit, "{limit}: {page}");
    }
}
