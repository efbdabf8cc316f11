//! `schema`: JSON Schemas of the files, for editors.

use std::path::Path;

use crate::base::Schema;
use crate::base::count::count;
use crate::base::foreign::escape;
use crate::config::schema;
use crate::render::{Line, Role, Screen};

use super::arguments::{Global, SchemaOptions};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// What the schemas are called.
pub fn names() -> Vec<&'static str> {
    schema::names().collect()
}

/// Lists, prints or writes.
pub fn run(global: &Global, options: &SchemaOptions, terminal: &Terminal) -> Result<Exit, Trouble> {
    if let Some(folder) = &options.project {
        let config = world::load(global, terminal)?;
        let schemas = schema::of(&config);
        return write(&global.folder.join(folder), &schemas, terminal);
    }
    let schemas = schema::general();
    if let Some(folder) = &options.write {
        return write(&global.folder.join(folder), &schemas, terminal);
    }
    match &options.name {
        Some(name) => {
            let named = schemas.iter().filter(|(known, _)| known == name);
            named.for_each(|(_, schema)| terminal.data(&schema.to_json()));
        }
        None => terminal.result(&list(&schemas, terminal.width())),
    }
    Ok(Exit::Done)
}

fn list(schemas: &[(&str, Schema)], width: usize) -> Screen {
    let mut screen = Screen::new(width);
    for (name, schema) in schemas {
        let line = Line::at(0).cell(Role::Strong, name).to_column(10).hang(10);
        screen.line(line.sentence(Role::Text, schema.title()));
    }
    screen
}

fn write(folder: &Path, schemas: &[(&str, Schema)], terminal: &Terminal) -> Result<Exit, Trouble> {
    let trouble = |path: &Path| {
        let path = path.to_owned();
        |error| Trouble::Write { path, error }
    };
    std::fs::create_dir_all(folder).map_err(trouble(folder))?;
    for (name, schema) in schemas {
        let path = folder.join(file_name(name));
        std::fs::write(&path, schema.to_json()).map_err(trouble(&path))?;
    }
    terminal.say(&format!(
        "{} in {}. An editor finds one by the first line of a file: #:schema PATH",
        count(schemas.len(), "schema"),
        escape(&folder.to_string_lossy()),
    ));
    Ok(Exit::Done)
}

fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}
