//! `apps`: what kinds of apps there are, as their connectors describe themselves.

use crate::apps::{Options, describe, dialect, dialect_names, kinds};
use crate::render::apps::{Choice, Connector, Spoken, full, list};
use crate::render::json;

use super::arguments::{AppsOptions, Format};
use super::exit::Exit;
use super::terminal::Terminal;

/// Lists all kinds, or shows one in full.
pub fn run(options: &AppsOptions, terminal: &Terminal) -> Exit {
    let wanted = options.kind.as_deref();
    let kinds = kinds().into_iter();
    let connectors: Vec<Connector> = kinds
        .filter(|kind| wanted.is_none_or(|wanted| wanted == *kind))
        .filter_map(connector)
        .collect();
    match (options.format, wanted) {
        (Format::Json, _) => {
            terminal.data(&json::apps(&connectors, json::Layout::Pretty));
        }
        (Format::Text, None) => terminal.result(&list(&connectors, terminal.width())),
        (Format::Text, Some(_)) => {
            for connector in &connectors {
                terminal.result(&full(connector, terminal.width()));
            }
        }
    }
    Exit::Done
}

/// What a connector says of itself, for each choice that the files have.
fn connector(kind: &'static str) -> Option<Connector> {
    let described = |options: &Options| describe(kind, options);
    let description = described(&Options::default())?;
    let leaving = description.leaving_choices.iter().filter_map(|choice| {
        let options = Options {
            leaving: Some((*choice).to_owned()),
            ..Options::default()
        };
        Some(Choice::new(choice, &*described(&options)?))
    });
    // Dialects are SCIM's.
    let names = if kind == "scim" {
        dialect_names()
    } else {
        Vec::new()
    };
    let dialects = names.into_iter().filter_map(|name| {
        let options = Options {
            dialect: dialect::shipped(name),
            ..Options::default()
        };
        Some(Spoken::new(name, &*described(&options)?))
    });
    Some(Connector {
        leaving: leaving.collect(),
        dialects: dialects.collect(),
        description,
    })
}
