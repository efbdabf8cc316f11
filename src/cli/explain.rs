//! `explain`: why somebody has what they have, from the files and the moment alone.

use crate::base::nearest::nearest;
use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::name::AppName;
use crate::render::{explain, json};
use crate::reports::find::{self, Unfound};

use super::arguments::{ExplainOptions, Format, Global};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Explains one person, in all apps or in one.
pub fn run(
    global: &Global,
    options: &ExplainOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let clock = world::clock(global)?;
    let as_of = world::instant(&config, options.as_of.as_deref(), clock)?;
    let person = find::person(&config, &options.person)
        .map_err(|unfound| trouble(&options.person, unfound))?;
    let app = options.app.as_deref();
    let app = app.map(|name| known(&config, name)).transpose()?;
    let desired = crate::desired::at(&config, as_of);
    let explanation = crate::reports::explain::explain(&config, &desired, person, app.as_ref());
    match options.format {
        Format::Text => terminal.result(&explain::text(&explanation, terminal.width())),
        Format::Json => {
            terminal.data(&json::explanation(&explanation, json::Layout::Pretty));
        }
    }
    Ok(Exit::Done)
}

pub fn known(config: &Config, name: &str) -> Result<AppName, Trouble> {
    if let Some((app, _)) = config.apps.get_key_value(name) {
        return Ok(app.clone());
    }
    let names = config.apps.keys().map(AppName::as_str);
    Err(Trouble::NoApp {
        name: name.to_owned(),
        nearest: nearest(name, names, 1)
            .first()
            .map(|app| AppName::from(*app)),
    })
}

pub fn trouble(text: &str, unfound: Unfound) -> Trouble {
    let text = text.to_owned();
    let named = |tags: Vec<PersonTag>| {
        let one = |tag: &PersonTag| format!("{} ({})", tag.name.raw(), tag.id);
        tags.iter().map(one).collect()
    };
    match unfound {
        Unfound::Nobody(near) => Trouble::Nobody {
            text,
            nearest: named(near),
        },
        Unfound::Several(people) => Trouble::Several {
            text,
            people: named(people),
        },
    }
}
