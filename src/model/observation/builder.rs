//! Collects an observation, one account at a time.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{
    AccountIndex, Arena, CatalogueRow, Completeness, Holding, NO_LEVEL, Observation, Origin, Row,
    SeatPool, Text, ValueIndex,
};
use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::app::KindIndex;
use crate::model::name::AppName;

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
    own: Option<Foreign>,
    assigns: BTreeMap<ValueIndex, Vec<Foreign>>,
    given_by: BTreeMap<ValueIndex, Vec<Foreign>>,
    seats: BTreeMap<String, SeatPool>,
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
    invited: Vec<(u32, Timestamp)>,
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
            own: None,
            assigns: BTreeMap::new(),
            given_by: BTreeMap::new(),
            seats: BTreeMap::new(),
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
            invited: Vec::new(),
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

    /// The vendor's id of the account whose credentials are used.
    pub fn own(&mut self, vendor_id: &str) {
        self.own = Some(vendor_id.into());
    }

    /// The account of a vendor id that was added before.
    pub fn find(&self, vendor_id: &str) -> Option<AccountIndex> {
        self.by_vendor_id
            .get(vendor_id)
            .map(|index| AccountIndex(*index))
    }

    /// What an account that was added before signs in with.
    pub fn login(&self, account: AccountIndex) -> &str {
        self.text.get(self.rows[account.0 as usize].login)
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

    /// Says when the person of a pending account was invited.
    pub fn invited(&mut self, account: AccountIndex, at: Timestamp) {
        self.invited.push((account.0, at));
    }

    /// Says that the app does not have an attribute: it is neither compared nor written.
    pub fn attribute_unknown(&mut self, index: usize) {
        self.attributes_known[index] = false;
    }

    /// Says that this app does not store our HR id.
    pub fn hr_id_unknown(&mut self) {
        self.hr_id_known = false;
    }

    /// Says how many seats a pool has, and how many of them are taken (R14).
    pub fn seats(&mut self, pool: &str, seats: SeatPool) {
        self.seats.insert(pool.to_owned(), seats);
    }

    /// Says which other apps a value assigns (R18); none at all is an answer too.
    pub fn assigns(&mut self, value: ValueIndex, mut apps: Vec<Foreign>) {
        apps.sort();
        self.assigns.insert(value, apps);
    }

    /// Says what gives a value to accounts by itself (R10).
    pub fn given_by(&mut self, value: ValueIndex, mut givers: Vec<Foreign>) {
        givers.sort();
        self.given_by.insert(value, givers);
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
        let mut invited = std::mem::take(&mut self.invited);
        for (account, _) in &mut invited {
            *account = place[*account as usize];
        }
        invited.sort_unstable();
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
            own: self.own,
            assigns: self.assigns,
            given_by: self.given_by,
            seats: self.seats,
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
            invited,
        }
    }
}

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
