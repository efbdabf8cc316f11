//! People, accounts and entitlements as of a snapshot, as flat tables: for spreadsheets and databases.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::base::Foreign;
use crate::model::history::RememberedPerson;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::Completeness;
use crate::model::snapshot::ReadingRecord;
use crate::state::Snapshot;
use crate::state::reading::rows::{Head, Row};

/// The kind and version of the manifest.
pub const FORMAT: &str = "provisor.export/1";

/// What is exported: the tables, and what each app's part of them is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The people whom the snapshot remembers.
    pub people: Vec<PersonRow>,
    /// Every account.
    pub accounts: Vec<AccountRow>,
    /// Every value that an account holds.
    pub entitlements: Vec<EntitlementRow>,
    /// What was asked of each app, and what came of it.
    pub apps: Vec<AppPart>,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// The HR id.
    pub person_id: PersonId,
    /// The name for people.
    pub name: Foreign,
    /// When the last known period ends; open-ended if absent.
    pub until: Option<Timestamp>,
    /// They were in scope.
    pub in_scope: bool,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Where.
    pub app: AppName,
    /// The vendor's id.
    pub vendor_id: Foreign,
    /// What it signs in with.
    pub login: Foreign,
    /// The main email; empty if the app does not tell.
    pub email: Foreign,
    /// The HR id that the app stores.
    pub hr_id: Foreign,
    /// Whether it can be used.
    pub status: &'static str,
    /// Whose it is, as the snapshot links it.
    pub person_id: Option<PersonId>,
    /// The run of ours that made it.
    pub created_by: Option<String>,
    /// The run of ours that closed it.
    pub closed_by: Option<String>,
    /// Since which reading it is seen inactive.
    pub inactive_since: Option<Timestamp>,
    /// When it was read.
    pub read_at: Timestamp,
    /// The run of the snapshot did not read it: an earlier reading stands in.
    pub carried: bool,
    /// What the app tells of it, by our names.
    pub attributes: BTreeMap<String, Foreign>,
}

/// One value that an account holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntitlementRow {
    /// Where.
    pub app: AppName,
    /// The account's vendor id.
    pub vendor_id: Foreign,
    /// What it signs in with.
    pub login: Foreign,
    /// Whose it is.
    pub person_id: Option<PersonId>,
    /// Of which kind.
    pub kind: String,
    /// Which value.
    pub value: Foreign,
    /// The vendor's id of the value, where several share its name.
    pub value_id: Option<Foreign>,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
    /// A rule, a sync or another group gives it.
    pub inherited: bool,
}

/// One app's part of the tables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppPart {
    /// The app.
    pub app: AppName,
    /// Where its reading came from.
    #[serde(flatten)]
    pub reading: ReadingRecord,
    /// What was asked, and how complete the answer is; absent if it was never read.
    pub asked: Option<Asked>,
    /// How many calls read it, before and after the changes, as the log of the snapshot's run has it;
    /// absent where there is no log.
    pub pages: Option<usize>,
    /// How many accounts of it there are.
    pub accounts: usize,
    /// How many values they hold.
    pub entitlements: usize,
}

/// What was asked of an app, and how complete the answer is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// The kind of connector.
    pub connector: String,
    /// Of the accounts.
    pub accounts: Completeness,
    /// Of who holds what, by kind.
    pub kinds: BTreeMap<String, AskedKind>,
}

/// What was asked of a kind of entitlement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AskedKind {
    /// How complete the answer is.
    pub holders: Completeness,
    /// All values were asked for, named or not.
    pub all: bool,
    /// The values that were asked for by name.
    pub named: Vec<String>,
}

/// One app's reading in a snapshot.
pub type Part = (Head, Vec<Row>);

/// Lays a snapshot out as tables. `pages` says how many calls read each app.
pub fn export(
    snapshot: &Snapshot,
    people: &BTreeMap<PersonId, RememberedPerson>,
    mut parts: BTreeMap<AppName, Part>,
    pages: Option<&BTreeMap<AppName, usize>>,
) -> Export {
    let mut export = Export {
        people: people.values().map(person).collect(),
        accounts: Vec::new(),
        entitlements: Vec::new(),
        apps: Vec::new(),
    };
    for (app, readings) in &snapshot.manifest.apps {
        let record = &readings.after;
        let before = (export.accounts.len(), export.entitlements.len());
        let part = parts.remove(app);
        let asked = part.as_ref().map(|(head, _)| asked(head));
        if let (Some((_, at)), Some((_, rows))) = (record.object(), part) {
            let carried = matches!(record, ReadingRecord::Carried { .. });
            for row in rows {
                export.entitlements.extend(entitlements(app, &row));
                export.accounts.push(account(app, row, at, carried));
            }
        }
        export.apps.push(AppPart {
            app: app.clone(),
            reading: record.clone(),
            asked,
            pages: pages.map(|pages| pages.get(app).copied().unwrap_or(0)),
            accounts: export.accounts.len() - before.0,
            entitlements: export.entitlements.len() - before.1,
        });
    }
    export
}

impl Export {
    /// True if every account of every app is there, and all that it holds: nothing that may be
    /// concluded from absence is left open.
    pub fn is_complete(&self) -> bool {
        let complete = |part: &AppPart| {
            let asked = part.asked.as_ref();
            let read = matches!(part.reading, ReadingRecord::Read { .. });
            read && asked.is_some_and(|asked| {
                let mut all = asked.kinds.values().map(|kind| &kind.holders);
                asked.accounts == Completeness::Complete
                    && all.all(|holders| !matches!(holders, Completeness::Incomplete(_)))
            })
        };
        self.apps.iter().all(complete)
    }
}

fn asked(head: &Head) -> Asked {
    let kinds = head.kinds.iter().map(|(name, kind)| {
        let asked = AskedKind {
            holders: kind.completeness.clone(),
            all: kind.all,
            named: kind.named.iter().cloned().collect(),
        };
        (name.clone(), asked)
    });
    Asked {
        connector: head.connector.clone(),
        accounts: head.completeness.clone(),
        kinds: kinds.collect(),
    }
}

fn person(person: &RememberedPerson) -> PersonRow {
    PersonRow {
        person_id: person.id.clone(),
        name: person.name.clone(),
        until: person.until,
        in_scope: person.in_scope,
    }
}

fn account(app: &AppName, row: Row, read_at: Timestamp, carried: bool) -> AccountRow {
    AccountRow {
        app: app.clone(),
        vendor_id: row.vendor_id,
        login: row.login,
        email: row.email,
        hr_id: row.hr_id,
        status: row.status.word(),
        person_id: row.memory.person,
        created_by: row.memory.created_by.map(String::from),
        closed_by: row.memory.closed_by.map(String::from),
        inactive_since: row.memory.inactive_since,
        read_at,
        carried,
        attributes: row.attributes,
    }
}

fn entitlements(app: &AppName, row: &Row) -> Vec<EntitlementRow> {
    let held = row.entitlements.iter();
    let held = held.flat_map(|(kind, held)| held.iter().map(move |held| (kind, held)));
    held.map(|(kind, held)| EntitlementRow {
        app: app.clone(),
        vendor_id: row.vendor_id.clone(),
        login: row.login.clone(),
        person_id: row.memory.person.clone(),
        kind: kind.clone(),
        value: held.value.clone(),
        value_id: held.id.clone(),
        level: held.level.clone(),
        inherited: held.inherited,
    })
    .collect()
}
