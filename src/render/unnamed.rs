//! Values that the files named once and no longer do, with how many people lose each (R10): one
//! line that went may be meant for one person and reach all.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::count::{count_of, thousands};
use crate::model::change::{Action, Change};
use crate::model::plan::Body;
use crate::model::reason::Why;

use super::people::and_more;
use super::screen::Line;
use super::style::Role;

/// How many values have a line of their own.
const LISTED: usize = 10;

/// App, entitlement kind and value.
type Value<'a> = (&'a str, &'a str, &'a str);

/// Who loses a value, as accounts: those from whom it is taken, and those of whom it is withheld.
#[derive(Default)]
struct Losing<'a> {
    done: BTreeSet<&'a str>,
    withheld: BTreeSet<&'a str>,
}

/// One line per value, those that most people lose first.
pub fn lines(body: &Body) -> Vec<Line> {
    let mut values: BTreeMap<Value<'_>, Losing<'_>> = BTreeMap::new();
    for (value, account) in body.changes.iter().filter_map(loss) {
        values.entry(value).or_default().done.insert(account);
    }
    let withheld = body.withheld.iter().flat_map(|item| &item.changes);
    for (value, account) in withheld.filter_map(loss) {
        values.entry(value).or_default().withheld.insert(account);
    }
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by_key(|(_, losing)| std::cmp::Reverse(losing.done.len() + losing.withheld.len()));
    let mut lines: Vec<Line> = (values.iter().take(LISTED))
        .map(|(value, losing)| line(*value, losing))
        .collect();
    let rest = and_more(
        Line::default()
            .hang(2)
            .own(Role::Warning, "⚠ no longer named by any profile:"),
        values.len(),
        LISTED,
    );
    if values.len() > LISTED {
        lines.push(rest.own(Role::Text, " values"));
    }
    lines
}

/// What a change takes, from which account, if that is for its being named no longer.
fn loss(change: &Change) -> Option<(Value<'_>, &str)> {
    let Action::Revoke { kind, value, .. } = &change.action else {
        return None;
    };
    let unnamed = change
        .reasons
        .iter()
        .any(|reason| reason.why == Why::Unnamed);
    let account = change.account.as_ref().filter(|_| unnamed)?;
    let value = (change.app.as_str(), kind.as_str(), value.raw());
    Some((value, account.vendor_id.raw()))
}

/// `⚠ okta groups Legacy: no longer named by any profile: 14 people lose it`
fn line((app, kind, value): Value<'_>, losing: &Losing<'_>) -> Line {
    let (done, withheld) = (losing.done.len(), losing.withheld.len());
    let line = Line::default()
        .hang(2)
        .own(Role::Warning, "⚠ ")
        .cell(Role::Strong, app)
        .own(Role::Text, " ")
        .cell(Role::Text, kind)
        .own(Role::Text, " ")
        .cell(Role::Strong, value)
        .own(Role::Text, ": no longer named by any profile: ");
    let people = |number| count_of(number, "person", "people").to_string();
    let line = match done {
        0 => {
            return line
                .glued(Role::Strong, people(withheld))
                .own(Role::Text, " would lose it: withheld below");
        }
        1 => line
            .glued(Role::Strong, people(done))
            .own(Role::Text, " loses it"),
        _ => line
            .glued(Role::Strong, people(done))
            .own(Role::Text, " lose it"),
    };
    if withheld == 0 {
        return line;
    }
    line.own(Role::Text, ", ")
        .glued(Role::Text, thousands(withheld))
        .own(Role::Text, " more would: withheld below")
}
