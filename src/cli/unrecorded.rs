//! What a run did and its state could not take goes to the screen, and to a file elsewhere.

use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::apply::Unrecorded;
use crate::base::count::count;
use crate::base::foreign::escape;
use crate::render::json;

use super::terminal::Terminal;

/// Says what is in no record of the state, and keeps it in the folder for temporary files. The
/// calls go to that file only: they may be many.
pub fn keep(unrecorded: &Unrecorded, terminal: &Terminal) {
    if unrecorded.steps.is_empty() && unrecorded.calls.is_empty() {
        let run = unrecorded.run.as_str();
        terminal.insist(&format!(
            "the journal of run {run} holds all that it did; what is missing is its snapshot"
        ));
        return;
    }
    let steps: Vec<String> = unrecorded.steps().map(|line| json::line(&line)).collect();
    let calls: String = unrecorded.calls().map(|line| json::line(&line)).collect();
    let what = format!(
        "{} of run {} and {} to the apps",
        count(steps.len(), "step"),
        unrecorded.run.as_str(),
        count(unrecorded.calls.len(), "call"),
    );
    terminal.insist(&match write(&(steps.concat() + &calls)) {
        Ok(path) => format!(
            "{what} could not be recorded in the state, and are kept in {}",
            escape(&path.to_string_lossy())
        ),
        Err(error) => format!(
            "{what} could not be recorded in the state, nor in the folder for temporary files \
             ({error})"
        ),
    });
    for step in steps {
        terminal.insist(step.trim_end());
    }
}

/// A file of its own (0600), flushed, that stays.
fn write(lines: &str) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("provisor-unrecorded-")
        .suffix(".ndjson")
        .tempfile()?;
    file.write_all(lines.as_bytes())?;
    file.as_file().sync_all()?;
    file.keep()
        .map(|(_, path)| path)
        .map_err(|error| error.error)
}
