//! `apply` on a terminal: it asks, and only `yes` is agreement.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::environment::Environment;

/// Runs `apply` on a terminal of its own, with somebody who types an answer. Returns the exit code
/// and what is on the screen; `None` where the machine has no `script` to make a terminal.
fn apply(environment: &Environment, answer: &str) -> Option<(Option<i32>, String)> {
    let command = environment.command("apply");
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
        .env("TERM", "dumb")
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
