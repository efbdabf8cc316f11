//! The other way round: a client that others wrote, against the SCIM server that we simulate.

use std::process::{Command, Stdio};

use provisor::base::{Clock, FileId};
use provisor::sandbox::{Sandbox, Simulation, Spec};
use secrecy::ExposeSecret as _;
use tokio::runtime::Runtime;

use crate::server::Peer;

/// The client; its script takes a URL in place of a port.
pub const TESTER: Peer = Peer::client("scim2-tester");

/// The simulated server does what it advertises, all of it.
pub fn checks_our_sandbox() {
    let text = include_str!("../../examples/minimal/sandbox.toml");
    let spec = Spec::parse(text, FileId(0)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = Simulation {
        name: "directory",
        kind: "scim",
        dialect: None,
    };
    let clock = Clock::frozen(spec.clock);
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(&[app], &spec, folder.path(), clock));
    let sandbox = sandbox.unwrap();
    let checked = Command::new("bash")
        .arg(TESTER.script())
        .arg(TESTER.folder())
        .arg(sandbox.url("directory").unwrap())
        .arg(sandbox.token("directory").expose_secret())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
    // A client that found nothing to check is content, too.
    let done = said.matches("SUCCESS").count();
    assert!(done > 50, "only {done} checks: {said}");
    assert!(!said.contains("ERROR"), "{said}");
}
