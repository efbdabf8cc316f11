//! The pages that `--format html` writes, in a real browser.
//!
//! Without chromedriver the tests show up as ignored, or as failed ones with
//! `PROVISOR_REQUIRE_PEERS=1`. `PROVISOR_PICTURES` names a folder for pictures of the pages.

mod driver;
mod pages;

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use driver::Browser;
use pages::{TESTS, Test};

#[expect(clippy::disallowed_methods, reason = "how CI tells what it has")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn main() -> ExitCode {
    let required = variable("PROVISOR_REQUIRE_PEERS").is_some_and(|value| value == "1");
    let trials = TESTS
        .iter()
        .map(|(name, test)| Trial::ignorable_test(*name, move || run(*test, required)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(test: Test, required: bool) -> Result<Completion, Failed> {
    let installed = |program| {
        let mut command = Command::new(program);
        let command = command.arg("--version");
        let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
        silent.status().is_ok_and(|status| status.success())
    };
    if !installed("chromedriver") {
        let how =
            "chromedriver is not installed: on Debian, apt-get install chromium chromium-driver";
        return if required {
            Err(how.into())
        } else {
            Ok(Completion::ignored_with(how))
        };
    }
    test(&Browser::start().ok_or("chromedriver starts no Chromium")?);
    Ok(Completion::Completed)
}
