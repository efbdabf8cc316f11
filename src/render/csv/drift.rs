//! What changed outside of provisor, as a table.

use crate::model::change::Change;
use crate::reports::difference::Worth;
use crate::reports::drift::{Compared, Drift, Drifted, Next};

use super::difference::changed;
use super::table;
use crate::render::drift::{mark, next};
use crate::render::style::Colour;

/// The columns.
const DRIFT: [&str; 14] = [
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
    "privileged",
    "plan",
    "because",
    "change",
];

/// First a row per app that could not be read, then a row per change.
pub fn drift(drift: &Drift) -> String {
    let gaps = drift.apps.iter().filter_map(gap);
    let rows = drift.entries.iter().map(|one| row(one, drift));
    table(&DRIFT, gaps.chain(rows))
}

fn gap(app: &Compared) -> Option<[String; 14]> {
    let (word, why) = match (&app.now, &app.incomplete, &app.then) {
        (Worth::Unread { why }, _, _) => ("not read", why),
        (_, Some(why), _) => ("not read to its end", why),
        (_, _, Worth::Unread { why }) => ("nothing to compare with", why),
        _ => return None,
    };
    let mut row = <[String; 14]>::default();
    app.app.as_str().clone_into(&mut row[2]);
    word.clone_into(&mut row[11]);
    why.raw().clone_into(&mut row[12]);
    Some(row)
}

fn row(drifted: &Drifted, drift: &Drift) -> [String; 14] {
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
    ] = changed(&drifted.entry);
    let change: Option<&Change> = match &drifted.next {
        Next::Undone { change, .. } | Next::Replaced { change } => Some(change),
        Next::Agreed { change } => change.as_deref(),
        Next::Withheld { .. } | Next::Left { .. } => None,
    };
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
        if drifted.privileged { "yes" } else { "no" }.to_owned(),
        mark(&drifted.next).to_owned(),
        next(drifted, &drift.time_zone).to_row(Colour::Plain),
        change.map_or_else(String::new, |change| change.id.as_str().to_owned()),
    ]
}
