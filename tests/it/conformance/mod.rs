//! Exchanges held against the vendors' own specifications, so that the simulated apps and the
//! connectors do not share a mistake.
//!
//! The specifications lie in `../shared/specs` beside this repository. Where that folder is
//! missing these tests say so and pass, or fail with `PROVISOR_REQUIRE_PEERS=1`.

mod dialects;
mod openapi;
mod scim;
mod simulated;

use std::path::{Path, PathBuf};

use provisor::sandbox::Exchange;
use serde_json::Value;

pub use openapi::Specification;
pub use scim::Schemas;

/// A document of the folder of specifications; none where the folder is missing.
pub fn document(name: &str) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/specs");
    if !folder.is_dir() {
        assert!(!required(), "{} is missing", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how CI tells that nothing may be skipped"
)]
fn required() -> bool {
    std::env::var("PROVISOR_REQUIRE_PEERS").is_ok_and(|value| value == "1")
}

/// What a sandbox noted of its exchanges with an app.
pub fn recorded(data_folder: &Path, app: &str) -> Vec<Exchange> {
    let path = provisor::sandbox::exchanges(data_folder, app);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// An exchange on one line, for messages.
fn title(exchange: &Exchange) -> String {
    let path = exchange.path.join("/");
    format!("{} /{path} → {}", exchange.method, exchange.status)
}

/// Fails with all that is wrong, or says how much was right.
pub fn report(what: &str, checked: usize, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
    #[expect(clippy::print_stderr, reason = "the count is what one wants to know")]
    {
        eprintln!("{what}: {checked} exchanges are valid");
    }
}

/// Says that a test is skipped.
pub fn skipped(what: &str) {
    #[expect(
        clippy::print_stderr,
        reason = "a skipped test must not look like a passed one"
    )]
    {
        eprintln!("{what}: skipped, the specifications are not here");
    }
}
