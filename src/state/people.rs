//! The people as a snapshot remembers them, as an object: a header line, then one line per person,
//! sorted by id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::digest::canonical;
use crate::model::history::RememberedPerson;
use crate::model::name::PersonId;

use super::object::{self, Object};
use super::{StateError, format};

const FORMAT: &str = "provisor.people/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    people: usize,
}

/// Writes the people.
pub fn write(people: &BTreeMap<PersonId, RememberedPerson>) -> Object {
    let header = Header {
        format: FORMAT.to_owned(),
        people: people.len(),
    };
    let mut bytes = canonical(&header);
    bytes.push(b'\n');
    for person in people.values() {
        bytes.extend(canonical(person));
        bytes.push(b'\n');
    }
    Object::new(bytes)
}

/// Reads the people back.
pub fn parse(object: &Object) -> Result<BTreeMap<PersonId, RememberedPerson>, StateError> {
    let piece = object::key(object.digest());
    let mut lines = object.bytes().split(|byte| *byte == b'\n');
    let header: Header = format::parse(&piece, lines.next().unwrap_or_default(), FORMAT)?;
    let mut people = BTreeMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let person: RememberedPerson = serde_json::from_slice(line)
            .map_err(|error| StateError::damaged(&piece, error.to_string()))?;
        people.insert(person.id.clone(), person);
    }
    if people.len() != header.people {
        let why = format!("it has {} people and says {}", people.len(), header.people);
        return Err(StateError::damaged(&piece, why));
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::model::history::Ending;

    #[test]
    fn people_survive_a_round_trip_and_a_cut_is_noticed() {
        let person = |id: &str, until: Option<&str>| {
            let person = RememberedPerson {
                id: id.into(),
                name: "Zoë \"Z\" O'Neil\n\u{1b}[2J".into(),
                until: until.map(|until| until.parse().unwrap()),
                facts: Digest::of(id.as_bytes()),
                ends: vec![Ending {
                    app: "crm".into(),
                    value: Some(("groups".to_owned(), id.to_owned())),
                    on: jiff::civil::date(2026, 3, 9),
                }],
                in_scope: id == "2",
            };
            (person.id.clone(), person)
        };
        let until = Some("2026-03-07T17:22:00Z");
        let people = BTreeMap::from([person("10", until), person("2", None)]);
        let object = write(&people);
        assert_eq!(parse(&object).unwrap(), people);

        let text = std::str::from_utf8(object.bytes()).unwrap();
        let cut = text.trim_end().rsplit_once('\n').unwrap().0.to_owned();
        let error = parse(&Object::new(cut)).unwrap_err();
        assert!(error.to_string().contains("it has 1 people and says 2"));
    }
}
