//! `completions` and `man`: what follows from the command line's own description.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::{Arguments, Global};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;

/// Prints completions for a shell.
pub fn completions(shell: Shell, terminal: &Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "provisor", &mut script);
    terminal.data(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// Prints the manual's first page, or writes all pages to a folder.
pub fn manual(
    global: &Global,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let command = Arguments::command();
    let Some(folder) = folder.map(|folder| global.path(folder)) else {
        let mut page = Vec::new();
        let rendered = Man::new(command).render(&mut page);
        rendered.expect("a Vec takes everything");
        terminal.data(&String::from_utf8_lossy(&page));
        return Ok(Exit::Done);
    };
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(command, &folder));
    written.map_err(|error| Trouble::Write {
        path: folder.clone(),
        error,
    })?;
    terminal.say(&format!(
        "The manual is in {}: man -l {}",
        crate::base::foreign::escape(&folder.to_string_lossy()),
        crate::base::foreign::escape(&folder.join("provisor.1").to_string_lossy()),
    ));
    Ok(Exit::Done)
}
