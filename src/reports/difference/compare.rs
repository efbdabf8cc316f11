//! Two readings of an app, account by account.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Foreign;
use crate::model::change::{AccountTag, PersonTag};
use crate::model::history::RememberedPerson;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::Completeness;
use crate::model::snapshot::ReadingRecord;
use crate::state::Snapshot;
use crate::state::evidence::Recorded;
use crate::state::reading::rows::{Head, HeldRow, Pair, Row};

use super::explain::{Past, told};
use super::{AppReadings, Difference, End, Entry, Explanation, FORMAT, Value, What, Worth};

/// What two readings of an app differ in; absent where there are not two, or they are the same.
pub type Reading = (Head, Head, Vec<Pair>);

/// Puts together what changed. `people` are those that either snapshot remembers, `between` the
/// snapshots after the earlier one up to the later one.
pub fn difference(
    (from, to): (&Snapshot, &Snapshot),
    readings: &BTreeMap<AppName, Reading>,
    people: &BTreeMap<PersonId, RememberedPerson>,
    between: &[Recorded],
    time_zone: &str,
) -> Difference {
    let past = Past::of(between.iter().flat_map(|recorded| &recorded.runs));
    let names = people.iter();
    let names = names.map(|(id, person)| (id.clone(), person.name.clone()));
    let names = names.collect();
    let readings = readings.iter();
    let changes = readings.flat_map(|(app, reading)| changes(app, reading, &names, &past));
    let mut entries: Vec<Entry> = changes.collect();
    order(&mut entries);
    Difference {
        format: FORMAT,
        time_zone: time_zone.to_owned(),
        from: end(from),
        to: end(to),
        apps: apps(from, to),
        runs: between.iter().flat_map(told).collect(),
        entries,
    }
}

/// What changed from one reading of an app to another, each with what explains it.
pub fn changes(
    app: &AppName,
    (before, after, pairs): &Reading,
    names: &BTreeMap<PersonId, Foreign>,
    past: &Past<'_>,
) -> Vec<Entry> {
    let side = Side {
        app,
        before,
        after,
        names,
    };
    let told = pairs.iter().flat_map(|pair| {
        let told = side.entries(pair).into_iter();
        told.map(|entry| past.explained(entry, pair))
    });
    told.collect()
}

/// By person, then app; what is nobody's last.
pub fn order(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| {
        let person = entry.person.clone();
        let name = person.as_ref().map(|tag| tag.name.clone());
        (
            person.is_none(),
            name,
            person,
            entry.app.clone(),
            entry.account.login.clone(),
            entry.what.clone(),
        )
    });
}

/// A snapshot, as one of two.
pub fn end(snapshot: &Snapshot) -> End {
    End {
        serial: snapshot.manifest.serial,
        written: snapshot.manifest.written,
        digest: snapshot.digest,
    }
}

fn apps(from: &Snapshot, to: &Snapshot) -> Vec<AppReadings> {
    let (from, to) = (&from.manifest.apps, &to.manifest.apps);
    let names: BTreeSet<&AppName> = from.keys().chain(to.keys()).collect();
    let readings = names.into_iter().map(|app| {
        let [before, after] = [from, to].map(|apps| apps.get(app).map(|app| &app.after));
        let object = |record: Option<&ReadingRecord>| Some(record?.object()?.0);
        AppReadings {
            app: app.clone(),
            same: object(before).is_some() && object(before) == object(after),
            from: worth(before),
            to: worth(after),
        }
    });
    readings.collect()
}

/// What a reading of a snapshot is worth.
pub fn worth(record: Option<&ReadingRecord>) -> Worth {
    match record {
        Some(ReadingRecord::Read { at, .. }) => Worth::Read { at: *at },
        Some(ReadingRecord::Carried { at, why, .. }) => Worth::Carried {
            at: *at,
            why: why.as_str().into(),
        },
        Some(ReadingRecord::Unread { why }) => Worth::Unread {
            why: why.as_str().into(),
        },
        None => Worth::Unread {
            why: "provisor.toml did not name it".into(),
        },
    }
}

/// One app, before and after.
struct Side<'a> {
    app: &'a AppName,
    before: &'a Head,
    after: &'a Head,
    names: &'a BTreeMap<PersonId, Foreign>,
}

impl Side<'_> {
    fn entries(&self, (old, new): &Pair) -> Vec<Entry> {
        let Some(row) = new.as_ref().or(old.as_ref()) else {
            return Vec::new();
        };
        let owner = |row: &Row| row.memory.person.clone();
        let person = new.as_ref().and_then(owner);
        let person = person.or_else(|| old.as_ref().and_then(owner));
        let entry = |what: What, old: Value, new: Value| Entry {
            person: person.clone().map(|id| self.person(id)),
            app: self.app.clone(),
            account: AccountTag {
                vendor_id: row.vendor_id.clone(),
                login: row.login.clone(),
            },
            what,
            old,
            new,
            explained: Explanation::Nothing,
        };
        let mut entries = Vec::new();
        let mut say = |what: What, old: Value, new: Value| {
            if old != new {
                entries.push(entry(what, old, new));
            }
        };
        let status = |row: &Row| Value::Is(row.status.word().into());
        let sides = (old.as_ref(), new.as_ref());
        let (Some(before), Some(after)) = sides else {
            let there = |row: Option<&Row>, head: &Head| match (row, &head.completeness) {
                (Some(row), _) => status(row),
                (None, Completeness::Complete) => Value::Absent,
                (None, _) => Value::NotRead,
            };
            let [old, new] = [there(sides.0, self.before), there(sides.1, self.after)];
            say(What::Account, old, new);
            self.holdings(sides, &mut say);
            return entries;
        };
        say(What::Status, status(before), status(after));
        if let (Some(old), Some(new)) = (owner(before), owner(after)) {
            let id = |id: &PersonId| Value::Is(id.as_str().into());
            say(What::Owner, id(&old), id(&new));
        }
        say(What::Login, text(&before.login), text(&after.login));
        say(What::Email, text(&before.email), text(&after.email));
        say(What::HrId, text(&before.hr_id), text(&after.hr_id));
        self.holdings(sides, &mut say);
        let names: BTreeSet<&String> = before
            .attributes
            .keys()
            .chain(after.attributes.keys())
            .collect();
        for name in names {
            let value = |row: &Row, head: &Head| match row.attributes.get(name) {
                Some(value) => text(value),
                None if head.attributes.contains(name) => Value::Absent,
                None => Value::NotRead,
            };
            let what = What::Attribute { name: name.clone() };
            say(what, value(before, self.before), value(after, self.after));
        }
        entries
    }

    fn holdings(
        &self,
        (old, new): (Option<&Row>, Option<&Row>),
        say: &mut dyn FnMut(What, Value, Value),
    ) {
        type Key<'a> = (
            &'a String,
            &'a Foreign,
            &'a Option<Foreign>,
            Option<&'a Foreign>,
        );
        fn held(row: Option<&Row>) -> BTreeMap<Key<'_>, &HeldRow> {
            let mut all = BTreeMap::new();
            for (kind, held) in row.into_iter().flat_map(|row| &row.entitlements) {
                let levels =
                    |one: &HeldRow| held.iter().filter(|held| held.value == one.value).count();
                for one in held {
                    // Several levels of one value are several holdings; one level is what changes.
                    let level = one.level.as_ref().filter(|_| levels(one) > 1);
                    all.insert((kind, &one.value, &one.id, level), one);
                }
            }
            all
        }
        let (before, after) = (held(old), held(new));
        let keys: BTreeSet<&Key<'_>> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (kind, name, _, _) = *key;
            let value = |held: Option<&&HeldRow>, row: Option<&Row>, head: &Head| match held {
                Some(held) => holding(held),
                // Who is not there holds nothing.
                None if row.is_none() && head.completeness == Completeness::Complete => {
                    Value::Absent
                }
                None if head.tells(kind, name.raw()) => Value::Absent,
                None => Value::NotRead,
            };
            let what = What::Entitlement {
                kind: kind.clone(),
                value: name.clone(),
            };
            say(
                what,
                value(before.get(key), old, self.before),
                value(after.get(key), new, self.after),
            );
        }
    }

    fn person(&self, id: PersonId) -> PersonTag {
        let name = self.names.get(&id).cloned().unwrap_or_default();
        PersonTag { id, name }
    }
}

fn text(text: &Foreign) -> Value {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Is(text.clone())
    }
}

fn holding(held: &HeldRow) -> Value {
    let level = held.level.as_ref().map_or("held", |level| level.raw());
    Value::Is(if held.inherited {
        format!("{level}, inherited").into()
    } else {
        level.into()
    })
}
