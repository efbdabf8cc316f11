//! `init`: a commented starter configuration, whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::base::foreign::escape;
use crate::render::{Line, Role, Screen};

use super::arguments::Global;
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;

/// The files, and what each says.
const FILES: [(&str, &str); 5] = [
    ("provisor.toml", include_str!("starter/provisor.toml")),
    ("profiles.toml", include_str!("starter/profiles.toml")),
    ("people.toml", include_str!("starter/people.toml")),
    ("sandbox.toml", include_str!("starter/sandbox.toml")),
    (".gitignore", include_str!("starter/gitignore")),
];

/// What to run next, and why.
const NEXT: [(&str, &str); 3] = [
    ("validate", "finds all mistakes at once"),
    ("--sandbox plan", "plans for simulated apps"),
    ("schema --project", "teaches your editor the files"),
];

/// Writes the files, unless one of them is there.
pub fn run(global: &Global, folder: Option<&Path>, terminal: &Terminal) -> Result<Exit, Trouble> {
    let folder = global.path(folder.unwrap_or(Path::new("")));
    let occupied: Vec<PathBuf> = FILES
        .iter()
        .map(|(name, _)| folder.join(name))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    if !occupied.is_empty() {
        return Err(Trouble::Occupied { paths: occupied });
    }
    let mut written = Vec::new();
    if let Err((path, error)) = write(&folder, &mut written) {
        for path in written {
            // It was made a moment ago; what cannot be removed is empty or a starter's.
            let _ = fs::remove_file(path);
        }
        return Err(Trouble::Write { path, error });
    }
    terminal.result(&next(&folder, terminal.width()));
    Ok(Exit::Done)
}

/// Writes the files; says which are written even if another is not.
fn write(folder: &Path, written: &mut Vec<PathBuf>) -> Result<(), (PathBuf, std::io::Error)> {
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        let mut write = || {
            // Whatever came into being since the look is not overwritten either.
            let mut file = fs::File::create_new(&path)?;
            written.push(path.clone());
            file.write_all(text.as_bytes())
        };
        write().map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}

fn next(folder: &Path, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    let mut line = Line::default()
        .own(Role::Done, Role::Done.symbol())
        .own(Role::Text, " wrote ");
    for (index, (name, _)) in FILES.iter().enumerate() {
        let gap = if index == 0 { "" } else { ", " };
        line = line.own(Role::Text, gap).cell(Role::Strong, name);
    }
    screen.line(line.hang(2));
    screen.section(Line::default().own(Role::Heading, "Next"));
    let place = if folder.as_os_str().is_empty() {
        String::new()
    } else {
        format!("-C {} ", escape(&folder.to_string_lossy()))
    };
    let commands = NEXT.map(|(command, _)| format!("provisor {place}{command}"));
    let widest = commands.iter().map(String::len).max();
    let column = 2 + widest.unwrap_or_default() + 2;
    for (command, (_, why)) in commands.iter().zip(NEXT) {
        let line = Line::at(2).hang(4).cell(Role::Text, command);
        screen.line(line.to_column(column).own(Role::Quiet, why));
    }
    screen
}
