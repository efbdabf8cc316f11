//! The tables of an export, as CSV or as JSON Lines, and the manifest that counts them.

use serde::Serialize;

use crate::base::Digest;
use crate::model::name::PersonId;
use crate::reports::export::{AccountRow, AppPart, EntitlementRow, Export, FORMAT, PersonRow};
use crate::state::Snapshot;

use super::csv::table;
use super::json;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// For a spreadsheet: no cell is a formula, and whatever hides is visible.
    Csv,
    /// For a database: a line of JSON per row, every character as it was.
    JsonLines,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// How many rows it has, its head left out.
    pub rows: usize,
    /// Its content.
    pub content: String,
}

/// The manifest and the tables of an export, in the order in which they are to be written: the manifest
/// comes last, so that where it is, all is.
pub fn files(export: &Export, snapshot: &Snapshot, layout: Layout) -> Vec<File> {
    let file = |name: &str, rows: usize, content: String| File {
        name: match layout {
            Layout::Csv => format!("{name}.csv"),
            Layout::JsonLines => format!("{name}.jsonl"),
        },
        rows,
        content,
    };
    let (people, accounts) = (&export.people, &export.accounts);
    let entitlements = &export.entitlements;
    let mut files = match layout {
        Layout::Csv => vec![
            file(
                "people",
                people.len(),
                table(&PEOPLE, people.iter().map(person)),
            ),
            file(
                "accounts",
                accounts.len(),
                table(&ACCOUNTS, accounts.iter().map(account)),
            ),
            file(
                "entitlements",
                entitlements.len(),
                table(&ENTITLEMENTS, entitlements.iter().map(entitlement)),
            ),
        ],
        Layout::JsonLines => vec![
            file("people", people.len(), lines(people)),
            file("accounts", accounts.len(), lines(accounts)),
            file("entitlements", entitlements.len(), lines(entitlements)),
        ],
    };
    let manifest = Manifest {
        format: FORMAT,
        snapshot: snapshot.manifest.serial,
        head: snapshot.digest,
        written: snapshot.manifest.written,
        complete: export.is_complete(),
        files: (files.iter())
            .map(|file| FileTold {
                name: file.name.clone(),
                rows: file.rows,
                sha256: Digest::of(file.content.as_bytes()),
            })
            .collect(),
        apps: &export.apps,
    };
    files.push(File {
        name: "manifest.json".to_owned(),
        rows: export.apps.len(),
        content: json::value(&manifest, json::Layout::Pretty),
    });
    files
}

#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    snapshot: u64,
    head: Digest,
    written: jiff::Timestamp,
    complete: bool,
    files: Vec<FileTold>,
    apps: &'a [AppPart],
}

#[derive(Serialize)]
struct FileTold {
    name: String,
    rows: usize,
    sha256: Digest,
}

fn lines<T: Serialize>(rows: &[T]) -> String {
    let lines = rows.iter();
    lines
        .map(|row| json::value(row, json::Layout::Compact))
        .collect()
}

const PEOPLE: [&str; 4] = ["person_id", "name", "until", "in_scope"];

fn person(row: &PersonRow) -> [String; 4] {
    [
        row.person_id.as_str().to_owned(),
        row.name.raw().to_owned(),
        row.until
            .map_or_else(String::new, |until| until.to_string()),
        yes(row.in_scope),
    ]
}

const ACCOUNTS: [&str; 13] = [
    "app",
    "vendor_id",
    "login",
    "email",
    "hr_id",
    "status",
    "person_id",
    "created_by",
    "closed_by",
    "inactive_since",
    "read_at",
    "carried",
    "attributes",
];

fn account(row: &AccountRow) -> [String; 13] {
    [
        row.app.as_str().to_owned(),
        row.vendor_id.raw().to_owned(),
        row.login.raw().to_owned(),
        row.email.raw().to_owned(),
        row.hr_id.raw().to_owned(),
        row.status.to_owned(),
        id(row.person_id.as_ref()),
        row.created_by.clone().unwrap_or_default(),
        row.closed_by.clone().unwrap_or_default(),
        row.inactive_since
            .map_or_else(String::new, |since| since.to_string()),
        row.read_at.to_string(),
        yes(row.carried),
        json::value(&row.attributes, json::Layout::Compact)
            .trim_end()
            .to_owned(),
    ]
}

const ENTITLEMENTS: [&str; 9] = [
    "app",
    "vendor_id",
    "login",
    "person_id",
    "kind",
    "value",
    "value_id",
    "level",
    "inherited",
];

fn entitlement(row: &EntitlementRow) -> [String; 9] {
    let text = |text: &Option<crate::base::Foreign>| {
        let text = text.as_ref();
        text.map_or_else(String::new, |text| text.raw().to_owned())
    };
    [
        row.app.as_str().to_owned(),
        row.vendor_id.raw().to_owned(),
        row.login.raw().to_owned(),
        id(row.person_id.as_ref()),
        row.kind.clone(),
        row.value.raw().to_owned(),
        text(&row.value_id),
        text(&row.level),
        yes(row.inherited),
    ]
}

fn id(id: Option<&PersonId>) -> String {
    id.map_or_else(String::new, |id| id.as_str().to_owned())
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}
