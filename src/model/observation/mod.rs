//! What an app said, in columns: interned values, small rows and one text arena per app.
//!
//! Millions of accounts as structs of strings would take gigabytes; here an account is a row of
//! 28 bytes plus its text. Connectors push one account at a time into an [`ObservationBuilder`];
//! the other rooms see [`AccountRef`].

mod builder;
mod digest;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use jiff::Timestamp;

use crate::base::Foreign;

use super::account::Status;
use super::app::KindIndex;
use super::name::AppName;

pub use builder::{NewRow, ObservationBuilder};

/// A piece of text in an [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Text(u32);

/// Texts one after the other in one allocation.
#[derive(Debug, Default)]
struct Arena {
    bytes: String,
    ends: Vec<u32>,
}

impl Arena {
    fn push(&mut self, text: &str) -> Text {
        self.bytes.push_str(text);
        self.ends
            .push(u32::try_from(self.bytes.len()).expect("an app's texts stay below 4 GiB"));
        Text(u32::try_from(self.ends.len() - 1).expect("an app has fewer than 2^32 texts"))
    }

    fn get(&self, text: Text) -> &str {
        let index = text.0 as usize;
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        &self.bytes[start..self.ends[index] as usize]
    }
}

#[derive(Clone, Copy, Debug)]
struct Row {
    vendor_id: Text,
    login: Text,
    email: Text,
    hr_id: Text,
    attributes: u32,
    holdings: u32,
    status: Status,
}

/// One account: a row of an [`Observation`], sorted by vendor id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountIndex(pub u32);

/// One value that an app knows (a group, a channel): an entry of [`Observation::catalogue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueIndex(pub u32);

/// Whether an account holds something itself or through something else (R10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Directly: we can revoke it.
    Direct,
    /// Through a rule, a directory sync or another group.
    Inherited,
}

/// Something that an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// What.
    pub value: ValueIndex,
    /// At which level, for keyed kinds: another entry's index in the level table.
    level: u32,
    /// How it came.
    pub origin: Origin,
}

const NO_LEVEL: u32 = u32::MAX;

/// How much of what was asked an answer holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer", content = "because")]
pub enum Completeness {
    /// Everything there is: absence may be concluded.
    Complete,
    /// Everything about the values that the configuration names, and nothing of others.
    NamedOnly,
    /// Some may be missing, for the reason given: absence may not be concluded.
    Incomplete(String),
}

/// What an app said, at a time, with how complete the answer is.
#[derive(Debug)]
pub struct Observation {
    /// The app.
    pub app: AppName,
    /// When the reading began.
    pub fetched_at: Timestamp,
    /// Of the accounts.
    pub completeness: Completeness,
    /// Of each entitlement kind, in the order of the description.
    pub kinds: Vec<Completeness>,
    /// The attributes that the app has; others of the description are not compared or written.
    pub attributes_known: Vec<bool>,
    /// Whether this app stores our HR id.
    pub hr_id_known: bool,
    /// The vendor's id of the account whose credentials were used, if the app tells (R20).
    pub own: Option<Foreign>,
    /// The other apps that a value assigns, as this app calls them, for the values that were asked
    /// about (R18).
    pub assigns: BTreeMap<ValueIndex, Vec<Foreign>>,
    /// What gives a value to accounts by itself, as this app calls it (a group rule, a directory sync),
    /// where it tells (R10).
    pub given_by: BTreeMap<ValueIndex, Vec<Foreign>>,
    /// The pools of seats whose size the app tells (R14).
    pub seats: BTreeMap<String, SeatPool>,
    text: Arena,
    rows: Vec<Row>,
    attributes: Vec<(u8, Text)>,
    holdings: Vec<Holding>,
    values: Vec<CatalogueRow>,
    /// Per entitlement kind.
    by_name: Vec<HashMap<Box<str>, ValueIndex>>,
    levels: Vec<Box<str>>,
    /// Row and instant, sorted.
    invited: Vec<(u32, Timestamp)>,
}

/// A pool of seats, as the app counts them (R14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatPool {
    /// How many are taken.
    pub used: u32,
    /// How many there are.
    pub total: u32,
}

#[derive(Clone, Copy, Debug)]
struct CatalogueRow {
    kind: KindIndex,
    name: Text,
    vendor_id: Text,
    /// Several values of the kind share the name: it cannot be used to grant.
    ambiguous: bool,
}

/// A value that the app knows.
#[derive(Clone, Copy, Debug)]
pub struct ValueRef<'a> {
    /// Of which kind.
    pub kind: KindIndex,
    /// The name that a profile writes.
    pub name: Foreign<&'a str>,
    /// The vendor's id of it; may be the name again.
    pub vendor_id: Foreign<&'a str>,
    /// True if several values of the kind share the name.
    pub ambiguous: bool,
}

impl Observation {
    /// How many accounts.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if there is no account.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The accounts, sorted by vendor id.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = AccountRef<'_>> {
        (0..self.rows.len()).map(|row| AccountRef {
            observation: self,
            row,
        })
    }

    /// One account.
    pub fn account(&self, index: AccountIndex) -> AccountRef<'_> {
        AccountRef {
            observation: self,
            row: index.0 as usize,
        }
    }

    /// The account of a vendor id.
    pub fn find(&self, vendor_id: &str) -> Option<AccountRef<'_>> {
        let row = self
            .rows
            .binary_search_by(|row| self.text.get(row.vendor_id).cmp(vendor_id))
            .ok()?;
        Some(AccountRef {
            observation: self,
            row,
        })
    }

    /// The values that the app knows (of named kinds: only those asked for), in no order.
    pub fn catalogue(&self) -> impl Iterator<Item = (ValueIndex, ValueRef<'_>)> {
        (0..)
            .map(ValueIndex)
            .zip(self.values.iter().map(|row| self.value_ref(*row)))
    }

    /// One value.
    pub fn value(&self, index: ValueIndex) -> ValueRef<'_> {
        self.value_ref(self.values[index.0 as usize])
    }

    /// The value of a kind that a profile's name means.
    pub fn value_named(&self, kind: KindIndex, name: &str) -> Option<ValueIndex> {
        self.by_name.get(usize::from(kind.0))?.get(name).copied()
    }

    /// The level's name of a holding of a keyed kind.
    pub fn level(&self, holding: Holding) -> Option<Foreign<&str>> {
        (holding.level != NO_LEVEL)
            .then(|| Foreign::new(self.levels[holding.level as usize].as_ref()))
    }

    fn value_ref(&self, row: CatalogueRow) -> ValueRef<'_> {
        ValueRef {
            kind: row.kind,
            name: Foreign::new(self.text.get(row.name)),
            vendor_id: Foreign::new(self.text.get(row.vendor_id)),
            ambiguous: row.ambiguous,
        }
    }
}

/// One account of an observation.
#[derive(Clone, Copy, Debug)]
pub struct AccountRef<'a> {
    observation: &'a Observation,
    row: usize,
}

impl<'a> AccountRef<'a> {
    fn row(&self) -> &'a Row {
        &self.observation.rows[self.row]
    }

    fn text(&self, text: Text) -> Foreign<&'a str> {
        Foreign::new(self.observation.text.get(text))
    }

    /// Which row.
    pub fn index(&self) -> AccountIndex {
        AccountIndex(u32::try_from(self.row).expect("fewer than 2^32 accounts"))
    }

    /// The vendor's id.
    pub fn vendor_id(&self) -> Foreign<&'a str> {
        self.text(self.row().vendor_id)
    }

    /// What the person signs in with.
    pub fn login(&self) -> Foreign<&'a str> {
        self.text(self.row().login)
    }

    /// The main email; empty if the app does not tell.
    pub fn email(&self) -> Foreign<&'a str> {
        self.text(self.row().email)
    }

    /// The HR id stored in the app; empty if none.
    pub fn hr_id(&self) -> Foreign<&'a str> {
        self.text(self.row().hr_id)
    }

    /// Whether it can be used.
    pub fn status(&self) -> Status {
        self.row().status
    }

    /// When the person was invited last, where the app tells.
    pub fn invited(&self) -> Option<Timestamp> {
        let invited = &self.observation.invited;
        let known = invited.binary_search_by_key(&self.index().0, |(row, _)| *row);
        known.ok().map(|place| invited[place].1)
    }

    fn range(&self, start: impl Fn(&Row) -> u32, total: usize) -> Range<usize> {
        let end = self
            .observation
            .rows
            .get(self.row + 1)
            .map_or(total, |row| start(row) as usize);
        start(self.row()) as usize..end
    }

    /// The value of an attribute, by its index in the description.
    pub fn attribute(&self, index: usize) -> Option<Foreign<&'a str>> {
        let range = self.range(|row| row.attributes, self.observation.attributes.len());
        let found = self.observation.attributes[range]
            .iter()
            .find(|(key, _)| usize::from(*key) == index)?;
        Some(self.text(found.1))
    }

    /// What it holds, sorted by value.
    pub fn holdings(&self) -> &'a [Holding] {
        let range = self.range(|row| row.holdings, self.observation.holdings.len());
        &self.observation.holdings[range]
    }
}

/// What `observe` brought of one app: its answer, or why there is none (R21).
#[derive(Debug)]
pub enum Reading {
    /// The app answered.
    Read(Box<Observation>),
    /// The app could not be read; nothing is planned there.
    Unread(super::failure::Failure),
}

/// The readings of all apps.
pub type Observed = BTreeMap<AppName, Reading>;
