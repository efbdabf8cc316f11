//! Who is meant: by id, email or name.

use std::collections::BTreeMap;

use crate::base::nearest::nearest;
use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::person::{Person, fold_email};

/// Why nobody is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfound {
    /// Nobody is called so; these are called nearly so.
    Nobody(Vec<PersonTag>),
    /// Several are.
    Several(Vec<PersonTag>),
}

/// The one person (by index) whom a text means: by id, else by email, else by their whole name,
/// else by their given or family name. Former ids and emails count after the current ones; case
/// counts for ids only.
pub fn person(config: &Config, text: &str) -> Result<usize, Unfound> {
    let folded = fold_email(text);
    let is = |name: &str| fold_email(name) == folded;
    let ways: [&dyn Fn(&Person) -> bool; 6] = [
        &|person| person.id.as_str() == text,
        &|person| is(person.email.raw()),
        &|person| person.previous_ids.iter().any(|id| id.as_str() == text),
        &|person| person.previous_emails.iter().any(|email| is(email.raw())),
        &|person| is(person.display_name().raw()),
        &|person| is(person.given.raw()) || is(person.family.raw()),
    ];
    for way in ways {
        let people = config.people.iter().enumerate();
        let found: Vec<_> = people.filter(|(_, person)| way(person)).collect();
        match found.as_slice() {
            [] => {}
            [(index, _)] => return Ok(*index),
            several => {
                let tags = several.iter().map(|(_, person)| tag(person));
                return Err(Unfound::Several(tags.collect()));
            }
        }
    }
    Err(Unfound::Nobody(near(config, text)))
}

/// The person, as others are told of them.
pub fn tag(person: &Person) -> PersonTag {
    PersonTag {
        id: person.id.clone(),
        name: person.display_name(),
    }
}

/// The people whose names are most like a text.
fn near(config: &Config, text: &str) -> Vec<PersonTag> {
    const MOST: usize = 3;
    let mut called: BTreeMap<String, Vec<&Person>> = BTreeMap::new();
    for person in &config.people {
        let parts =
            [&person.given, &person.family, &person.email].map(|part| part.raw().to_owned());
        let whole = person.display_name().raw().to_owned();
        for name in parts.into_iter().chain([whole]) {
            called.entry(name).or_default().push(person);
        }
    }
    let mut tags: Vec<PersonTag> = Vec::new();
    for name in nearest(text, called.keys().map(String::as_str), 2 * MOST) {
        for tag in called[name].iter().map(|person| tag(person)) {
            if tags.len() < MOST && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    tags
}
