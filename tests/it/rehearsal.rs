//! `--sandbox` before anything is rehearsed.

use crate::environment::Environment;

/// What the file of the simulated apps gets wrong is told by `validate`, together with the rest.
#[test]
fn validate_reads_what_is_to_be_simulated() {
    let environment = Environment::meridian();
    environment.edit(
        "people.toml",
        "job_code = \"FIN-ANL\"",
        "job_code = \"ENG\"",
    );
    environment.run("validate").exits(0);
    environment.append("sandbox.toml", "[apps.payroll]\ngroups = []");
    let ended = environment.run("validate").exits(1);
    ended.mentions(
        "sandbox.toml describes the app `payroll`, which provisor.toml does not configure",
    );
    environment.append("sandbox.toml", "gruops = []");
    let ended = environment.run("validate").exits(1);
    let ended = ended.mentions("sandbox.toml:").mentions("gruops");
    ended.mentions("11 people");
    std::fs::remove_file(environment.path("sandbox.toml")).unwrap();
    environment.run("validate").exits(1).mentions("cannot read");
}

/// Who is away is told so, and what becomes of each account meanwhile.
#[test]
fn explain_tells_a_leave() {
    let environment = Environment::meridian();
    let ended = environment.run("explain 0655").exits(0);
    ended.shows("  on leave since 2 February 2026 · accounts stay open\n");
    environment.edit(
        "provisor.toml",
        "on_leave = \"keep\"",
        "on_leave = \"suspend\"",
    );
    environment.edit(
        "people.toml",
        "{ from = 2026-02-02 }",
        "{ from = 2026-02-02, until = 2026-04-30 }",
    );
    let ended = environment.run("explain 0655").exits(0);
    let ended = ended
        .shows("on leave since 2 February 2026 until 30 April 2026 · accounts are closed")
        .shows("    because   on leave since 2 February 2026");
    ended.shows("stays open on leave: closing it cannot be undone");
    let text = environment
        .run("explain 0655 --format json")
        .exits(0)
        .stdout;
    let data: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(data["leave"]["until"], "2026-04-30");
    assert_eq!(data["leave"]["suspends"], true);
    let before = environment.run("explain 0655 --as-of 2026-01-15").exits(0);
    assert!(!before.stdout.contains("on leave"), "{}", before.stdout);
}
