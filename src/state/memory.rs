//! What is remembered of one app's accounts, as an object: a header line, then one line per
//! account, sorted by vendor id.
//!
//! A reading shows what was remembered when it was written; this is what the next run goes by. It
//! outlives readings that could not be made, or not to their end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::model::history::{Memory, RememberedApp};
use crate::model::name::AppName;

use super::object::{self, Object};
use super::{StateError, format};

const FORMAT: &str = "provisor.memory/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    app: AppName,
    accounts: usize,
    read: bool,
    settings: Option<Digest>,
    named: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Serialize)]
struct Line<'a> {
    vendor_id: &'a str,
    memory: &'a Memory,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedLine {
    vendor_id: String,
    memory: Memory,
}

/// Writes what is remembered of an app.
pub fn write(app: &AppName, remembered: &RememberedApp) -> Object {
    let header = Header {
        format: FORMAT.to_owned(),
        app: app.clone(),
        accounts: remembered.accounts,
        read: remembered.read,
        settings: remembered.settings,
        named: remembered.named.clone(),
    };
    let mut bytes = Vec::with_capacity((remembered.memories.len() + 1) * 128);
    push(&mut bytes, &header);
    for (vendor_id, memory) in &remembered.memories {
        push(&mut bytes, &Line { vendor_id, memory });
    }
    Object::new(bytes)
}

fn push<T: Serialize>(bytes: &mut Vec<u8>, line: &T) {
    serde_json::to_writer(&mut *bytes, line).expect("the type is serialisable as JSON");
    bytes.push(b'\n');
}

/// Reads it back.
pub fn parse(object: &Object, app: &AppName) -> Result<RememberedApp, StateError> {
    let piece = object::key(object.digest());
    let mut lines = object.bytes().split(|byte| *byte == b'\n');
    let header: Header = format::parse(&piece, lines.next().unwrap_or_default(), FORMAT)?;
    if header.app != *app {
        let why = format!("it remembers {}", header.app);
        return Err(StateError::damaged(&piece, why));
    }
    let mut memories = BTreeMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let line: OwnedLine = serde_json::from_slice(line)
            .map_err(|error| StateError::damaged(&piece, error.to_string()))?;
        memories.insert(line.vendor_id, line.memory);
    }
    Ok(RememberedApp {
        memories,
        named: header.named,
        accounts: header.accounts,
        read: header.read,
        settings: header.settings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::LinkRule;

    #[test]
    fn what_is_remembered_comes_back() {
        let memory = Memory {
            person: Some("1042".into()),
            link: Some(LinkRule::HrId),
            created_by: Some("000001".into()),
            closed_by: Some("000002".into()),
            desired: true,
            inactive_since: Some("2026-03-07T17:22:00Z".parse().unwrap()),
            reopening: true,
            granted: serde_json::from_str(r#"{"groups":["Everyone"]}"#).unwrap(),
            invited: Some("2026-03-08T17:22:00Z".parse().unwrap()),
            renewals: 2,
            missing_since: Some("2026-03-09T17:22:00Z".parse().unwrap()),
        };
        let remembered = RememberedApp {
            memories: [
                ("u\n1".to_owned(), memory),
                ("u2".to_owned(), Memory::default()),
            ]
            .into(),
            named: [("groups".to_owned(), ["Everyone".to_owned()].into())].into(),
            accounts: 7,
            read: true,
            settings: Some(Digest::of(b"settings")),
        };
        let object = write(&"app".into(), &remembered);
        assert_eq!(parse(&object, &"app".into()).unwrap(), remembered);
        assert!(parse(&object, &"other".into()).is_err());
    }
}
