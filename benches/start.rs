//! The program as a whole: it starts in at most 10 ms.

use std::process::{Command, Stdio};

use divan::Bencher;

/// Runs the program; its output is thrown away.
fn run(arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_provisor"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "{arguments:?}: {status}");
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn version(bencher: Bencher<'_, '_>) {
    bencher.bench(|| run(&["--version"]));
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn validate(bencher: Bencher<'_, '_>) {
    bencher.bench(|| run(&["-C", "examples/minimal", "validate"]));
}

/// Loads, serves the simulated app, reads it over loopback, plans and prints.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn plan(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/minimal");
    for file in [
        "provisor.toml",
        "profiles.toml",
        "people.toml",
        "sandbox.toml",
    ] {
        std::fs::copy(format!("{example}/{file}"), folder.path().join(file))
            .expect("a copy in a temporary folder");
    }
    let folder = folder.path().to_str().expect("a path that is text");
    bencher.bench(|| run(&["--sandbox", "-C", folder, "plan"]));
}
