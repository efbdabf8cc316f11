//! `apply` on a terminal: it asks, and only `yes` is agreement.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::environment::Environment;

/// Runs `apply` on a terminal of its own, with somebody who types an answer. Returns the exit code
/// and what is on the screen; `None` where the machine has no `script` to make a terminal.
fn apply(environment: &Environment, answer: &str) -> Option<(Option<i32>, String)> {
    apply_on("dumb", environment, "apply", answer)
}

/// The same on a terminal of a kind, with arguments.
fn apply_on(
    kind: &str,
    environment: &Environment,
    arguments: &str,
    answer: &str,
) -> Option<(Option<i32>, String)> {
    let command = environment.command(arguments);
    let mut line = vec![command.get_program().to_str().unwrap()];
    line.extend(
        command
            .get_args()
            .map(|argument| argument.to_str().unwrap()),
    );
    let mut script = Command::new("script");
    script
        .args([
            "--quiet",
            "--return",
            "--command",
            &line.join(" "),
            "/dev/null",
        ])
        .current_dir(environment.folder())
        .env_clear()
        .env("TERM", kind)
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        script.envs(value.map(|value| (name, value)));
    }
    let mut child = script.spawn().ok()?;
    let mut keyboard = child.stdin.take().unwrap();
    writeln!(keyboard, "{answer}").unwrap();
    let output = child.wait_with_output().unwrap();
    let screen = String::from_utf8(output.stdout).unwrap();
    Some((output.status.code(), screen))
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn only_yes_is_agreement() {
    for answer in ["no", "", "y", "yes please"] {
        let environment = Environment::example();
        let Some((code, screen)) = apply(&environment, answer) else {
            eprintln!("skipped: without `script` there is no terminal to test with");
            return;
        };
        assert_eq!(code, Some(5), "{screen}");
        let question = "Make 7 changes? Only `yes` is agreement:";
        assert!(screen.contains(question), "{screen}");
        assert!(screen.contains("Nothing was changed."), "{screen}");
        assert_eq!(
            environment.accounts().len(),
            3,
            "`{answer}` is no agreement"
        );
        assert!(environment.journals().is_empty());
    }
    let environment = Environment::example();
    let Some((code, screen)) = apply(&environment, "yes") else {
        return;
    };
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("\r\nRun: 7 done\r\n"), "{screen}");
    assert!(!screen.contains('\u{1b}'), "a dumb terminal has no colour");
    assert_eq!(environment.accounts().len(), 4);
    environment.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_run_is_watched_on_a_terminal_and_leaves_its_results_only() {
    let environment = Environment::example();
    environment.fault("latency = \"150ms\"");
    let watched = apply_on("xterm", &environment, "apply --yes --color never", "");
    let Some((code, screen)) = watched else {
        return;
    };
    assert_eq!(code, Some(0), "{screen}");
    let begins = screen.find("directory 0/7 ").expect("a line per app");
    let moves = screen
        .find("directory 1/7 ")
        .or(screen.find("directory 2/7 "));
    let ends = screen.rfind("\u{1b}[2K").expect("lines are drawn anew");
    let results = screen.rfind("Run: 7 done").expect("results");
    assert!(begins < ends && ends < results, "{screen}");
    assert!(moves.is_some(), "{screen}");
    assert!(!screen.contains("\u{1b}[3"), "no colour: {screen}");
    assert!(
        !screen[ends..].contains("/7 "),
        "the view is gone: {screen}"
    );

    for quieter in ["--quiet", "--verbose", "--json-events"] {
        let environment = Environment::example();
        environment.fault("latency = \"20ms\"");
        let arguments = format!("apply --yes --color never {quieter}");
        let (code, screen) = apply_on("xterm", &environment, &arguments, "").unwrap();
        assert_eq!(code, Some(0), "{screen}");
        assert!(!screen.contains('\u{1b}'), "{quieter}: {screen}");
        assert!(!screen.contains("directory 0/7"), "{quieter}: {screen}");
    }
}
