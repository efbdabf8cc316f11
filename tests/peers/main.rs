//! The binary against SCIM servers that others wrote: real processes on loopback, a real
//! configuration file, nothing simulated.
//!
//! Each script beside this file installs and starts one server. A server that is not installed
//! shows up as ignored tests, or as failed ones with `PROVISOR_REQUIRE_PEERS=1`. A client that
//! others wrote checks the simulated server in turn.

mod company;
mod scenarios;
mod server;
mod tester;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use company::Company;
use scenarios::SCENARIOS;
use server::{PEERS, Peer, Server};
use tester::TESTER;

fn main() -> ExitCode {
    let required = server::variable("PROVISOR_REQUIRE_PEERS").is_some_and(|value| value == "1");
    let mut trials = Vec::new();
    for peer in PEERS {
        for (name, scenario) in SCENARIOS {
            let scenario = move || scenario(&Company::new(Server::start(peer)));
            let run = move || run(peer, scenario, required);
            trials.push(Trial::ignorable_test(format!("{}::{name}", peer.name), run));
        }
    }
    let name = format!("{}::checks_our_sandbox", TESTER.name);
    let run = move || run(&TESTER, tester::checks_our_sandbox, required);
    trials.push(Trial::ignorable_test(name, run));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(peer: &Peer, scenario: impl Fn(), required: bool) -> Result<Completion, Failed> {
    if !peer.is_installed() {
        let how = format!("not installed: run  {}", peer.how_to_install());
        return if required {
            Err(how.into())
        } else {
            Ok(Completion::ignored_with(how))
        };
    }
    scenario();
    Ok(Completion::Completed)
}
