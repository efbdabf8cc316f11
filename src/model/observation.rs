//! What an app said, in columns: interned values, small rows and one text arena per app.
//!
//! Millions of accounts as structs of strings would take gigabytes; here an account is a row of
//! 28 bytes plus its text. Connectors push one account at a time into an [`ObservationBuilder`];
//! the other rooms see [`AccountRef`].

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use jiff::Timestamp;

use crate::base::Foreign;

use super::account::Status;
use super::app::KindIndex;
use super::name::AppName;

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
    text: Arena,
    rows: Vec<Row>,
    attributes: Vec<(u8, Text)>,
    holdings: Vec<Holding>,
    values: Vec<CatalogueRow>,
    /// Per entitlement kind.
    by_name: Vec<HashMap<Box<str>, ValueIndex>>,
    levels: Vec<Box<str>>,
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

/// What a connector says of one account.
#[derive(Clone, Copy, Debug)]
pub struct NewRow<'a> {
    /// The vendor's id: unique in the app.
    pub vendor_id: &'a str,
    /// What the person signs in with.
    pub login: &'a str,
    /// The main email; empty if the app does not tell.
    pub email: &'a str,
    /// The HR id stored in the app; empty if none.
    pub hr_id: &'a str,
    /// Whether it can be used.
    pub status: Status,
}

/// Collects an observation, one account at a time, in any order.
#[derive(Debug)]
pub struct ObservationBuilder {
    app: AppName,
    completeness: Completeness,
    kinds: Vec<Completeness>,
    attributes_known: Vec<bool>,
    hr_id_known: bool,
    text: Arena,
    rows: Vec<Row>,
    by_vendor_id: HashMap<Box<str>, u32>,
    attributes: Vec<(u32, u8, Text)>,
    holdings: Vec<(u32, Holding)>,
    values: Vec<CatalogueRow>,
    by_value_id: HashMap<(KindIndex, Box<str>), ValueIndex>,
    /// Per entitlement kind.
    by_name: Vec<HashMap<Box<str>, ValueIndex>>,
    levels: Vec<Box<str>>,
    by_level: BTreeMap<Box<str>, u32>,
}

impl ObservationBuilder {
    /// Starts empty and complete, with as many kinds and attributes as the description has.
    pub fn new(app: &AppName, entitlement_kinds: usize, attribute_kinds: usize) -> Self {
        Self {
            app: app.clone(),
            completeness: Completeness::Complete,
            kinds: vec![Completeness::Complete; entitlement_kinds],
            attributes_known: vec![true; attribute_kinds],
            hr_id_known: true,
            text: Arena::default(),
            rows: Vec::new(),
            by_vendor_id: HashMap::new(),
            attributes: Vec::new(),
            holdings: Vec::new(),
            values: Vec::new(),
            by_value_id: HashMap::new(),
            by_name: vec![HashMap::new(); entitlement_kinds],
            levels: Vec::new(),
            by_level: BTreeMap::new(),
        }
    }

    /// Adds an account. A vendor id that came before makes the reading incomplete, since another
    /// account was then left out of the listing; the first row stands and its index is returned.
    pub fn account(&mut self, new: NewRow<'_>) -> AccountIndex {
        if let Some(index) = self.by_vendor_id.get(new.vendor_id) {
            let index = AccountIndex(*index);
            self.incomplete("an account id came twice while paging");
            return index;
        }
        let index = u32::try_from(self.rows.len()).expect("fewer than 2^32 accounts");
        self.by_vendor_id.insert(new.vendor_id.into(), index);
        let row = Row {
            vendor_id: self.text.push(new.vendor_id),
            login: self.text.push(new.login),
            email: self.text.push(new.email),
            hr_id: self.text.push(new.hr_id),
            attributes: 0,
            holdings: 0,
            status: new.status,
        };
        self.rows.push(row);
        AccountIndex(index)
    }

    /// The account of a vendor id that was added before.
    pub fn find(&self, vendor_id: &str) -> Option<AccountIndex> {
        self.by_vendor_id
            .get(vendor_id)
            .map(|index| AccountIndex(*index))
    }

    /// How many accounts were added.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if none was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Sets an attribute, by its index in the description. An empty value is no value.
    pub fn attribute(&mut self, account: AccountIndex, index: usize, value: &str) {
        if !value.is_empty() {
            let text = self.text.push(value);
            let index = u8::try_from(index).expect("a connector declares at most 256 attributes");
            self.attributes.push((account.0, index, text));
        }
    }

    /// Says that the app does not have an attribute: it is neither compared nor written.
    pub fn attribute_unknown(&mut self, index: usize) {
        self.attributes_known[index] = false;
    }

    /// Says that this app does not store our HR id.
    pub fn hr_id_unknown(&mut self) {
        self.hr_id_known = false;
    }

    /// Adds a value that the app knows, by its vendor id; the same id again is the same value.
    /// Two values of one name are kept and marked ambiguous.
    pub fn value(&mut self, kind: KindIndex, name: &str, vendor_id: &str) -> ValueIndex {
        if let Some(index) = self.by_value_id.get(&(kind, vendor_id.into())) {
            return *index;
        }
        let index = ValueIndex(u32::try_from(self.values.len()).expect("fewer than 2^32 values"));
        let row = CatalogueRow {
            kind,
            name: self.text.push(name),
            vendor_id: self.text.push(vendor_id),
            ambiguous: false,
        };
        self.values.push(row);
        self.by_value_id.insert((kind, vendor_id.into()), index);
        let by_name = &mut self.by_name[usize::from(kind.0)];
        if let Some(first) = by_name.get(name) {
            self.values[first.0 as usize].ambiguous = true;
            self.values[index.0 as usize].ambiguous = true;
        } else {
            by_name.insert(name.into(), index);
        }
        index
    }

    /// Says that an account holds a value, for keyed kinds at a level.
    pub fn hold(
        &mut self,
        account: AccountIndex,
        value: ValueIndex,
        level: Option<&str>,
        origin: Origin,
    ) {
        let level = level.map_or(NO_LEVEL, |level| {
            let next = u32::try_from(self.levels.len()).expect("fewer than 2^32 levels");
            *self.by_level.entry(level.into()).or_insert_with(|| {
                self.levels.push(level.into());
                next
            })
        });
        self.holdings.push((
            account.0,
            Holding {
                value,
                level,
                origin,
            },
        ));
    }

    /// Says that some accounts may be missing, and why. The first reason stands.
    pub fn incomplete(&mut self, because: &str) {
        if self.completeness == Completeness::Complete {
            self.completeness = Completeness::Incomplete(because.to_owned());
        }
    }

    /// Says how complete the answer is about one entitlement kind. What is incomplete stays so.
    pub fn kind(&mut self, kind: KindIndex, completeness: Completeness) {
        let current = &mut self.kinds[usize::from(kind.0)];
        if !matches!(current, Completeness::Incomplete(_)) {
            *current = completeness;
        }
    }

    /// The observation, with its accounts sorted by vendor id: the same answer in any order of
    /// arrival gives the same observation.
    pub fn finish(mut self, fetched_at: Timestamp) -> Observation {
        let mut order: Vec<u32> = (0..).take(self.rows.len()).collect();
        let (text, rows) = (&self.text, &self.rows);
        order.sort_unstable_by(|a, b| {
            text.get(rows[*a as usize].vendor_id)
                .cmp(text.get(rows[*b as usize].vendor_id))
        });
        let mut place = vec![0_u32; order.len()];
        for (new, old) in (0_u32..).zip(&order) {
            place[*old as usize] = new;
        }
        self.attributes
            .sort_unstable_by_key(|(account, index, text)| {
                (place[*account as usize], *index, text.0)
            });
        self.holdings
            .sort_unstable_by_key(|(account, holding)| (place[*account as usize], *holding));
        self.holdings
            .dedup_by_key(|(account, holding)| (*account, holding.value));
        let mut sorted = Vec::with_capacity(order.len());
        let (mut attribute, mut holding) = (0, 0);
        for old in &order {
            let mut row = self.rows[*old as usize];
            row.attributes = u32::try_from(attribute).expect("fewer than 2^32 attributes");
            row.holdings = u32::try_from(holding).expect("fewer than 2^32 holdings");
            attribute += self.attributes[attribute..]
                .iter()
                .take_while(|(account, ..)| account == old)
                .count();
            holding += self.holdings[holding..]
                .iter()
                .take_while(|(account, _)| account == old)
                .count();
            sorted.push(row);
        }
        Observation {
            app: self.app,
            fetched_at,
            completeness: self.completeness,
            kinds: self.kinds,
            attributes_known: self.attributes_known,
            hr_id_known: self.hr_id_known,
            text: self.text,
            rows: sorted,
            attributes: self
                .attributes
                .into_iter()
                .map(|(_, index, text)| (index, text))
                .collect(),
            holdings: self
                .holdings
                .into_iter()
                .map(|(_, holding)| holding)
                .collect(),
            values: self.values,
            by_name: self.by_name,
            levels: self.levels,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(vendor_id: &'a str, login: &'a str) -> NewRow<'a> {
        NewRow {
            vendor_id,
            login,
            email: login,
            hr_id: "",
            status: Status::Active,
        }
    }

    #[test]
    fn the_order_of_arrival_leaves_no_trace() {
        let build = |ids: &[&str]| {
            let mut builder = ObservationBuilder::new(&"app".into(), 1, 2);
            for id in ids {
                let account = builder.account(row(id, &format!("{id}@example.com")));
                builder.attribute(account, 1, &format!("title of {id}"));
                let value = builder.value(KindIndex(0), "group", "g1");
                builder.hold(account, value, None, Origin::Direct);
                builder.hold(account, value, None, Origin::Direct);
            }
            builder.finish(Timestamp::UNIX_EPOCH)
        };
        let describe = |observation: &Observation| {
            let accounts = observation.accounts();
            accounts
                .map(|a| {
                    let title = a.attribute(1).unwrap().raw().to_owned();
                    (
                        a.vendor_id().raw().to_owned(),
                        a.login().raw().to_owned(),
                        title,
                        a.holdings().len(),
                    )
                })
                .collect::<Vec<_>>()
        };
        let sorted = build(&["a", "b", "c"]);
        assert_eq!(describe(&sorted), describe(&build(&["c", "a", "b"])));
        assert_eq!(
            describe(&sorted)[1],
            ("b".into(), "b@example.com".into(), "title of b".into(), 1)
        );
        assert_eq!(sorted.find("c").unwrap().index(), AccountIndex(2));
        assert!(sorted.find("d").is_none());
    }

    #[test]
    fn an_id_that_comes_twice_makes_the_reading_incomplete() {
        let mut builder = ObservationBuilder::new(&"app".into(), 0, 0);
        builder.account(row("a", "x"));
        builder.account(row("a", "y"));
        let observation = builder.finish(Timestamp::UNIX_EPOCH);
        assert!(matches!(
            observation.completeness,
            Completeness::Incomplete(_)
        ));
        assert_eq!(observation.len(), 1);
    }

    #[test]
    fn two_values_of_one_name_are_both_marked() {
        let mut builder = ObservationBuilder::new(&"app".into(), 1, 0);
        let first = builder.value(KindIndex(0), "Everyone", "g1");
        let second = builder.value(KindIndex(0), "Everyone", "g2");
        let observation = builder.finish(Timestamp::UNIX_EPOCH);
        assert!(observation.value(first).ambiguous && observation.value(second).ambiguous);
    }

    #[test]
    fn a_row_stays_small() {
        assert!(size_of::<Row>() <= 40);
    }
}
