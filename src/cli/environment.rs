//! Every environment variable that the program reads, besides those that `provisor.toml` names for
//! credentials.

use std::ffi::OsString;

/// The file that says whom credentials may be sent to, and which programs may be run for them.
pub const TRUST: &str = "PROVISOR_TRUST";
/// Set and not empty: no colour, <https://no-color.org>.
pub const NO_COLOR: &str = "NO_COLOR";
/// Set and not `0`: colour even where there is no terminal.
pub const FORCE_COLOR: &str = "CLICOLOR_FORCE";
/// `dumb`: a terminal without colour.
pub const TERM: &str = "TERM";
/// How wide the output may be where there is no terminal to ask: a number of columns.
pub const COLUMNS: &str = "COLUMNS";
/// Who runs this, where the first of them is set.
pub const ACTORS: [&str; 4] = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"];

/// The pull or merge request that is being applied, where a job says so.
pub const PULL_REQUEST: &str = "PROVISOR_PULL_REQUEST";
/// Who approved it, separated by commas, where a job says so.
pub const APPROVERS: &str = "PROVISOR_APPROVERS";

/// A variable's value, if it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the room's one place that reads the environment"
)]
pub fn get(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The machine's name, as it tells.
pub fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Who runs this, as the machine tells.
pub fn actor() -> String {
    let name = ACTORS.iter().find_map(|name| get(name));
    name.map_or_else(
        || "unknown".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
