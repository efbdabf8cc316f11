//! The lines of readings by themselves, whatever connectors there are now: those in which two
//! readings differ, or all.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::history::Memory;
use crate::model::observation::Completeness;
use crate::state::object::{self, Object};
use crate::state::{StateError, format};

use super::{FORMAT, Header, Line, Text};

/// What a reading says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The kind of connector that read.
    pub connector: String,
    /// How many accounts there are.
    pub accounts: usize,
    /// Whether these are all accounts.
    pub completeness: Completeness,
    /// What was asked of each entitlement kind, by its name.
    pub kinds: BTreeMap<String, Asked>,
    /// The attributes that the app tells.
    pub attributes: BTreeSet<String>,
}

/// What was asked of one entitlement kind, and how far the answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How far the answer goes.
    pub completeness: Completeness,
    /// Of which values it was asked who holds them.
    pub named: BTreeSet<String>,
    /// Of all values.
    pub all: bool,
}

impl Head {
    /// True if the reading tells who holds a value, so that absence means something.
    pub fn tells(&self, kind: &str, value: &str) -> bool {
        self.kinds.get(kind).is_some_and(|asked| {
            let same = |named: &String| named.eq_ignore_ascii_case(value);
            match asked.completeness {
                Completeness::Complete => true,
                Completeness::NamedOnly => asked.all || asked.named.iter().any(same),
                Completeness::Incomplete(_) => false,
            }
        })
    }
}

/// One account of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The vendor's id.
    pub vendor_id: Foreign,
    /// What the person signs in with.
    pub login: Foreign,
    /// The main email; empty if the app does not tell.
    pub email: Foreign,
    /// The HR id that the app stores; empty if none.
    pub hr_id: Foreign,
    /// Whether it can be used.
    pub status: Status,
    /// By name.
    pub attributes: BTreeMap<String, Foreign>,
    /// By kind, then by value.
    pub entitlements: BTreeMap<String, Vec<HeldRow>>,
    /// What was known of it beyond what its app says.
    pub memory: Memory,
}

/// One value that an account holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// Its name.
    pub value: Foreign,
    /// The vendor's id, where several values share the name.
    pub id: Option<Foreign>,
    /// The level, for keyed kinds.
    pub level: Option<Foreign>,
    /// A rule, a sync or another group gives it.
    pub inherited: bool,
}

impl Row {
    fn of(line: Line<'_>) -> Self {
        let text = |text: Text<'_>| Foreign::from(text.0.into_owned());
        let attributes = line.attributes.into_iter();
        let entitlements = line.entitlements.into_iter().map(|(kind, held)| {
            let held = held.into_iter().map(|held| HeldRow {
                value: text(held.value),
                id: held.id.map(text),
                level: held.level.map(text),
                inherited: held.inherited,
            });
            (kind.0.into_owned(), held.collect())
        });
        Self {
            vendor_id: text(line.vendor_id),
            login: text(line.login),
            email: text(line.email),
            hr_id: text(line.hr_id),
            status: line.status,
            attributes: attributes
                .map(|(name, value)| (name.0.into_owned(), text(value)))
                .collect(),
            entitlements: entitlements.collect(),
            memory: line.memory.into_owned(),
        }
    }
}

/// An account before and after.
pub type Pair = (Option<Row>, Option<Row>);

/// The heads of two readings of one app, and the accounts in which they differ. Lines are compared
/// as they are: only unequal ones are parsed.
pub fn differing(before: &Object, after: &Object) -> Result<(Head, Head, Vec<Pair>), StateError> {
    let (one, other) = (Lines::of(before)?, Lines::of(after)?);
    let (mut left, mut right) = (one.rest.clone().enumerate(), other.rest.clone().enumerate());
    let (mut old, mut new) = (left.next(), right.next());
    let mut pairs = Vec::new();
    loop {
        match (old, new) {
            (None, None) => break,
            (Some((_, a)), Some((_, b))) if a == b => (old, new) = (left.next(), right.next()),
            (Some((at, a)), Some((to, b))) => {
                let (a, b) = (one.row(at, a)?, other.row(to, b)?);
                match a.vendor_id.cmp(&b.vendor_id) {
                    std::cmp::Ordering::Less => {
                        pairs.push((Some(a), None));
                        old = left.next();
                    }
                    std::cmp::Ordering::Greater => {
                        pairs.push((None, Some(b)));
                        new = right.next();
                    }
                    std::cmp::Ordering::Equal => {
                        pairs.push((Some(a), Some(b)));
                        (old, new) = (left.next(), right.next());
                    }
                }
            }
            (Some((at, a)), None) => {
                pairs.push((Some(one.row(at, a)?), None));
                old = left.next();
            }
            (None, Some((to, b))) => {
                pairs.push((None, Some(other.row(to, b)?)));
                new = right.next();
            }
        }
    }
    Ok((one.head, other.head, pairs))
}

/// All accounts of a reading.
pub fn all(object: &Object) -> Result<(Head, Vec<Row>), StateError> {
    let lines = Lines::of(object)?;
    let rows = lines.rest.clone().enumerate();
    let rows: Result<Vec<_>, _> = rows.map(|(at, line)| lines.row(at, line)).collect();
    Ok((lines.head.clone(), rows?))
}

/// A reading, taken apart.
struct Lines<'a> {
    piece: String,
    head: Head,
    rest: std::str::Lines<'a>,
}

impl<'a> Lines<'a> {
    fn of(object: &'a Object) -> Result<Self, StateError> {
        let piece = object::key(object.digest());
        let text = std::str::from_utf8(object.bytes())
            .map_err(|error| StateError::damaged(&piece, error.to_string()))?;
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let header: Header<'_> = format::parse(&piece, first.as_bytes(), FORMAT)?;
        let kinds = header.entitlements.into_iter().map(|(name, kind)| {
            let asked = Asked {
                completeness: kind.completeness,
                named: kind.named.into_owned(),
                all: kind.all,
            };
            (name.0.into_owned(), asked)
        });
        let head = Head {
            connector: header.kind.0.into_owned(),
            accounts: header.accounts,
            completeness: header.completeness,
            kinds: kinds.collect(),
            attributes: header
                .attributes
                .into_iter()
                .map(|name| name.0.into_owned())
                .collect(),
        };
        Ok(Self {
            piece,
            head,
            rest: rest.lines(),
        })
    }

    fn row(&self, number: usize, line: &str) -> Result<Row, StateError> {
        let line = serde_json::from_str(line);
        let line = line.map_err(|error| {
            StateError::damaged(&self.piece, format!("line {}: {error}", number + 2))
        });
        line.map(Row::of)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn object(lines: &[(&str, &str)]) -> Object {
        let mut text = format!(
            "{{\"format\":\"{FORMAT}\",\"app\":\"okta\",\"kind\":\"okta\",\"accounts\":{},\
             \"completeness\":{{\"answer\":\"complete\"}},\"hr_ids\":true,\"attributes\":[],\"entitlements\":\
             {{\"groups\":{{\"all\":false,\"named\":[\"Sales\"],\"completeness\":{{\"answer\":\"named_only\"}},\
             \"values\":[]}}}}}}\n",
            lines.len()
        );
        for (id, login) in lines {
            let _ = writeln!(
                text,
                "{{\"vendor_id\":\"{id}\",\"login\":\"{login}\",\"email\":\"\",\"hr_id\":\"\",\
                 \"status\":\"active\",\"attributes\":{{}},\"entitlements\":{{}},\"memory\":{{}}}}"
            );
        }
        Object::new(text)
    }

    #[test]
    fn only_what_differs_is_told_of_and_each_once() {
        let before = object(&[("a", "1"), ("b", "1"), ("d", "1"), ("e", "1")]);
        let after = object(&[("a", "1"), ("b", "2"), ("c", "1"), ("e", "1"), ("f", "1")]);
        let (head, _, pairs) = differing(&before, &after).unwrap();
        let short = |row: &Option<Row>| {
            row.as_ref()
                .map(|row| row.vendor_id.raw().to_owned() + row.login.raw())
        };
        let short: Vec<_> = pairs.iter().map(|(a, b)| (short(a), short(b))).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            short,
            [
                (some("b1"), some("b2")),
                (None, some("c1")),
                (some("d1"), None),
                (None, some("f1"))
            ]
        );
        assert!(head.tells("groups", "Sales") && !head.tells("groups", "Admins"));
        assert!(!head.tells("roles", "x"), "of that kind nobody asked");
    }
}
