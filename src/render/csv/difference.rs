//! What changed between two snapshots, as CSV.

use crate::render::access::chain;
use crate::render::style::Colour;
use crate::reports::difference::{
    AppReadings, Deed, Difference, Entry, Explanation, Value, What, Worth,
};

use super::table;

/// The columns of what changed.
const DIFFERENCE: [&str; 20] = [
    "person_id",
    "person",
    "app",
    "login",
    "vendor_id",
    "what",
    "entitlement_kind",
    "name",
    "old",
    "new",
    "explained",
    "run",
    "verb",
    "cause",
    "because",
    "ended",
    "commit",
    "request",
    "approved_by",
    "change",
];

/// What changed between two snapshots: first a row per app that could not be compared, or not with a
/// reading of its own, then a row per change.
pub fn difference(difference: &Difference) -> String {
    let ends = |app: &AppReadings| {
        let ends = [
            (difference.from, app.from.clone()),
            (difference.to, app.to.clone()),
        ];
        let app = app.app.clone();
        ends.map(|(end, worth)| {
            let (word, why) = match worth {
                Worth::Read { .. } => return None,
                Worth::Carried { why, .. } => ("carried forward", why),
                Worth::Unread { why } => ("not read", why),
            };
            let mut row = <[String; 20]>::default();
            app.as_str().clone_into(&mut row[2]);
            row[10] = format!("{word} for snapshot {}", end.serial);
            why.raw().clone_into(&mut row[14]);
            Some(row)
        })
    };
    let gaps = difference.apps.iter().flat_map(ends).flatten();
    let rows = difference.entries.iter();
    table(
        &DIFFERENCE,
        gaps.chain(rows.map(|entry| change(difference, entry))),
    )
}

/// Whose, where, which, what, and from what to what.
pub(super) fn changed(entry: &Entry) -> [String; 10] {
    let person = entry.person.as_ref();
    let (what, kind, name) = match &entry.what {
        What::Account => ("account", "", ""),
        What::Status => ("status", "", ""),
        What::Owner => ("owner", "", ""),
        What::Login => ("login", "", ""),
        What::Email => ("email", "", ""),
        What::HrId => ("hr_id", "", ""),
        What::Entitlement { kind, value } => ("entitlement", kind.as_str(), value.raw()),
        What::Attribute { name } => ("attribute", "", name.as_str()),
    };
    let value = |value: &Value| match value {
        Value::Absent => "absent".to_owned(),
        Value::NotRead => "not read".to_owned(),
        Value::Is(text) => text.raw().to_owned(),
    };
    [
        person.map_or_else(String::new, |person| person.id.as_str().to_owned()),
        person.map_or_else(String::new, |person| person.name.raw().to_owned()),
        entry.app.as_str().to_owned(),
        entry.account.login.raw().to_owned(),
        entry.account.vendor_id.raw().to_owned(),
        what.to_owned(),
        kind.to_owned(),
        name.to_owned(),
        value(&entry.old),
        value(&entry.new),
    ]
}

fn change(difference: &Difference, entry: &Entry) -> [String; 20] {
    let (explained, deed) = match &entry.explained {
        Explanation::Run(deed) => ("run", Some(deed)),
        Explanation::AlreadySo(deed) => ("already so", Some(deed)),
        Explanation::Begun { .. } => ("begun by a run that died", None),
        Explanation::Acceptance => ("acceptance", None),
        Explanation::NotRead => ("not read", None),
        Explanation::Nothing => ("no run explains this", None),
    };
    let run = deed.and_then(|deed| difference.run(deed));
    let of = |text: &dyn Fn(&Deed) -> String| deed.map(|deed| text(deed)).unwrap_or_default();
    let approvers = run.map(|run| &run.approvers).into_iter().flatten();
    let approvers: Vec<&str> = approvers.map(crate::base::Foreign::raw).collect();
    let [
        id,
        person,
        app,
        login,
        vendor_id,
        what,
        kind,
        name,
        old,
        new,
    ] = changed(entry);
    [
        id,
        person,
        app,
        login,
        vendor_id,
        what,
        kind,
        name,
        old,
        new,
        explained.to_owned(),
        of(&|deed| deed.run.as_str().to_owned()),
        of(&|deed| deed.verb.word().to_owned()),
        of(&|deed| deed.cause.word().to_owned()),
        of(&|deed| chain(&deed.reasons).to_row(Colour::Plain)),
        of(&|deed| deed.ended.to_string()),
        run.and_then(|run| run.commit.clone()).unwrap_or_default(),
        run.and_then(|run| run.request.as_ref())
            .map_or_else(String::new, |request| request.raw().to_owned()),
        approvers.join(", "),
        of(&|deed| deed.change.as_str().to_owned()),
    ]
}
