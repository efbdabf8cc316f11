//! The binary against SCIM servers that others wrote: real processes on loopback, a real
//! configuration file, nothing simulated; and the transport alone against a token endpoint.
//!
//! Each script beside this file installs and starts one server. A server that is not installed
//! shows up as ignored tests, or as failed ones with `PROVISOR_REQUIRE_PEERS=1`. A client that
//! others wrote checks the simulated server in turn, and linters that others wrote check the recipes
//! of `examples/ci`, whose scripts run here as they would in CI. Servers that keep buckets hold the state, and
//! mail servers take notices.

#[cfg(feature = "buckets")]
mod bucket;
mod company;
#[cfg(feature = "buckets")]
mod google;
mod linters;
mod notices;
mod oauth;
mod recipes;
mod scenarios;
mod server;
#[cfg(feature = "buckets")]
mod stores;
mod tester;
#[cfg(feature = "buckets")]
mod workers;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use company::Company;
use linters::LINTERS;
use notices::NOTICES;
use scenarios::SCENARIOS;
use server::{PEERS, Peer, Server};
use tester::TESTER;

fn main() -> ExitCode {
    #[cfg(feature = "buckets")]
    if stores::inside() {
        return ExitCode::SUCCESS;
    }
    let required = server::variable("PROVISOR_REQUIRE_PEERS").is_some_and(|value| value == "1");
    let mut trials = Vec::new();
    for peer in PEERS {
        for (name, scenario) in SCENARIOS {
            let scenario = move || scenario(&Company::new(Server::start(peer)));
            let run = move || run(peer, scenario, required);
            trials.push(Trial::ignorable_test(format!("{}::{name}", peer.name), run));
        }
    }
    let linters: [(&str, fn()); 2] = [
        ("find_nothing", linters::find_nothing),
        ("find_mistakes", linters::find_mistakes),
    ];
    for (name, lint) in linters {
        let check = move || run(&LINTERS, lint, required);
        trials.push(Trial::ignorable_test(format!("linters::{name}"), check));
    }
    #[cfg(feature = "buckets")]
    trials.extend(stores::trials(required));
    for (name, trial) in oauth::TRIALS {
        let run = move || run(&oauth::ENDPOINT, trial, required);
        let name = format!("{}::{name}", oauth::ENDPOINT.name);
        trials.push(Trial::ignorable_test(name, run));
    }
    for (name, trial) in notices::TRIALS {
        let run = move || {
            installed(notices::APP, required).unwrap_or_else(|| run(&NOTICES, trial, required))
        };
        trials.push(Trial::ignorable_test(format!("notices::{name}"), run));
    }
    let name = format!("{}::checks_our_sandbox", TESTER.name);
    let run = move || run(&TESTER, tester::checks_our_sandbox, required);
    trials.push(Trial::ignorable_test(name, run));
    for (name, recipe) in recipes::RECIPES.concat() {
        let run = move || with_tools(recipe, required);
        trials.push(Trial::ignorable_test(format!("recipes::{name}"), run));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(peer: &Peer, scenario: impl Fn(), required: bool) -> Result<Completion, Failed> {
    installed(peer, required).unwrap_or_else(|| {
        scenario();
        Ok(Completion::Completed)
    })
}

/// What is said of a program that is not installed.
fn installed(peer: &Peer, required: bool) -> Option<Result<Completion, Failed>> {
    (!peer.is_installed()).then(|| {
        let how = format!("not installed: run  {}", peer.how_to_install());
        if required {
            Err(how.into())
        } else {
            Ok(Completion::ignored_with(how))
        }
    })
}

fn with_tools(recipe: fn(), required: bool) -> Result<Completion, Failed> {
    let missing = recipes::missing_tools();
    if !missing.is_empty() {
        let what = format!("not installed: {}", missing.join(", "));
        return if required {
            Err(what.into())
        } else {
            Ok(Completion::ignored_with(what))
        };
    }
    recipe();
    Ok(Completion::Completed)
}
