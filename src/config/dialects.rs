//! `[dialects.NAME]` of `provisor.toml`: how apps speak SCIM.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::apps::{Dialect, dialect};
use crate::base::{Diagnostic, Table, Value};

use super::name::{Alphabet, checked, invalid};

/// The dialects that the files define, by name; none where one is not sound.
#[derive(Debug, Default)]
pub(super) struct Dialects(BTreeMap<String, Option<Arc<Dialect>>>);

impl Dialects {
    /// All of `[dialects]`.
    pub(super) fn read(root: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Self {
        let entries = root.get("dialects").map(|value| value.entries(problems));
        let mut dialects = BTreeMap::new();
        for (key, value) in entries.unwrap_or_default() {
            let Some(name) = checked(key.name, Alphabet::AppName, key.site, problems) else {
                continue;
            };
            let before = problems.len();
            if dialect::shipped(name).is_some() {
                problems.push(invalid(
                    key.site,
                    format!("a dialect `{name}` ships with provisor"),
                    &format!("name yours otherwise, and start it with based_on = \"{name}\""),
                ));
            }
            let read = value
                .table(&dialect::FIELDS, problems)
                .and_then(|table| dialect::read(name, &table, dialect::Author::User, problems));
            let sound = read.filter(|_| problems.len() == before).map(Arc::new);
            dialects.insert(name.to_owned(), sound);
        }
        Self(dialects)
    }

    /// The dialect that a value names: one of these, or one that ships.
    pub(super) fn named(
        &self,
        value: &Value<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Arc<Dialect>> {
        let name = value.text(problems)?;
        if let Some(own) = self.0.get(name) {
            return own.clone();
        }
        let shipped = dialect::shipped(name);
        if shipped.is_none() {
            let own = self.0.keys().map(String::as_str);
            let known: Vec<&str> = own.chain(dialect::names()).collect();
            problems.push(dialect::unknown(name, value.site(), known.into_iter()));
        }
        shipped
    }
}
