//! A reading without its time, as an object: a header line, then one line per account, sorted.
//!
//! Everything in it goes by name, so that it can be read when a connector has other kinds and
//! attributes than it had, and so that lines of different readings can be compared as they are.
//! An app that did not change gives the same bytes, hence the same object.

pub mod rows;

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::app::{AppDescription, EntitlementKind, KindIndex};
use crate::model::history::Memory;
use crate::model::name::AppName;
use crate::model::observation::{
    AccountRef, Completeness, NewRow, Observation, ObservationBuilder, Origin, SeatPool, ValueIndex,
};

use super::object::Object;
use super::{StateError, format};

const FORMAT: &str = "provisor.reading/1";

/// What a reading was asked to cover of one entitlement kind.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The values that the configuration, an extra or a past run names.
    pub named: &'a BTreeSet<String>,
    /// All values, named or not.
    pub all: bool,
}

/// A reading as its object has it.
#[derive(Debug)]
pub struct Recorded {
    /// The accounts.
    pub reading: Observation,
    /// What was remembered of each, in the order of the reading.
    pub memories: Vec<Memory>,
    /// What was asked, per entitlement kind, in the description's order.
    pub named: Vec<BTreeSet<String>>,
}

/// Text that is borrowed from the piece unless it holds an escape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'a> Text<'a> {
    fn foreign(text: Foreign<&'a str>) -> Self {
        Self(Cow::Borrowed(text.into_raw()))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    format: Text<'a>,
    app: AppName,
    #[serde(borrow)]
    kind: Text<'a>,
    accounts: usize,
    completeness: Completeness,
    hr_ids: bool,
    #[serde(borrow)]
    attributes: BTreeSet<Text<'a>>,
    #[serde(borrow)]
    entitlements: BTreeMap<Text<'a>, KindHeader<'a>>,
    /// The vendor's id of the account whose credentials were used, if the app told (R20).
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    own: Option<Text<'a>>,
    /// The pools of seats that the app counts (R14).
    #[serde(default, skip_serializing_if = "uncounted")]
    seats: Cow<'a, BTreeMap<String, SeatPool>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindHeader<'a> {
    all: bool,
    named: Cow<'a, BTreeSet<String>>,
    completeness: Completeness,
    /// Name and vendor id, sorted.
    #[serde(borrow)]
    values: Vec<(Text<'a>, Text<'a>)>,
    /// By the vendor id of a value, the other apps that it assigns (R18); sorted.
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    assigns: BTreeMap<Text<'a>, Vec<Text<'a>>>,
    /// By the vendor id of a value, what gives it by itself (R10); sorted.
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    given_by: BTreeMap<Text<'a>, Vec<Text<'a>>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    vendor_id: Text<'a>,
    #[serde(borrow)]
    login: Text<'a>,
    #[serde(borrow)]
    email: Text<'a>,
    #[serde(borrow)]
    hr_id: Text<'a>,
    status: Status,
    #[serde(borrow)]
    attributes: BTreeMap<Text<'a>, Text<'a>>,
    #[serde(borrow)]
    entitlements: BTreeMap<Text<'a>, Vec<Held<'a>>>,
    memory: Cow<'a, Memory>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held<'a> {
    #[serde(borrow)]
    value: Text<'a>,
    /// The vendor's id, where several values share the name.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    level: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inherited: bool,
}

/// Writes what an app said, with what is remembered of each account (in the order of the reading)
/// and what was asked of each entitlement kind (in the order of the description).
///
/// # Panics
/// If there are not as many memories as accounts, or kinds asked as the description has.
pub fn write(
    reading: &Observation,
    memories: &[Memory],
    description: &AppDescription,
    asked: &[Asked<'_>],
) -> Object {
    assert_eq!(memories.len(), reading.len(), "one memory per account");
    assert_eq!(
        asked.len(),
        description.entitlements.len(),
        "asked of each kind"
    );
    let order = Order::of(reading);
    let mut bytes = Vec::with_capacity((reading.len() + 1) * 256);
    push_line(&mut bytes, &header(reading, &order, description, asked));
    for (account, memory) in reading.accounts().zip(memories) {
        push_line(
            &mut bytes,
            &line(reading, &order, description, account, memory),
        );
    }
    Object::new(bytes)
}

fn push_line<T: Serialize>(bytes: &mut Vec<u8>, line: &T) {
    serde_json::to_writer(&mut *bytes, line).expect("the type is serialisable as JSON");
    bytes.push(b'\n');
}

/// The values of a catalogue by kind, name and vendor id: in which order an app listed them must
/// leave no trace.
struct Order {
    sorted: Vec<ValueIndex>,
    /// Per value, its place in `sorted`.
    places: Vec<usize>,
}

impl Order {
    fn of(reading: &Observation) -> Self {
        let mut sorted: Vec<ValueIndex> = reading.catalogue().map(|(index, _)| index).collect();
        sorted.sort_by_cached_key(|index| {
            let value = reading.value(*index);
            (value.kind, value.name, value.vendor_id)
        });
        let mut places = vec![0; sorted.len()];
        for (place, index) in sorted.iter().enumerate() {
            places[index.0 as usize] = place;
        }
        Self { sorted, places }
    }
}

fn header<'a>(
    reading: &'a Observation,
    order: &Order,
    description: &'a AppDescription,
    asked: &[Asked<'a>],
) -> Header<'a> {
    let kinds = description.entitlements.iter().enumerate();
    let entitlements = kinds.map(|(index, kind)| {
        let of_kind = |value: &ValueIndex| {
            let value = reading.value(*value);
            (usize::from(value.kind.0) == index)
                .then(|| (Text::foreign(value.name), Text::foreign(value.vendor_id)))
        };
        let header = KindHeader {
            all: asked[index].all,
            named: Cow::Borrowed(asked[index].named),
            completeness: reading.kinds[index].clone(),
            values: order.sorted.iter().filter_map(of_kind).collect(),
            assigns: of_kind_only(reading, index, &reading.assigns),
            given_by: of_kind_only(reading, index, &reading.given_by),
        };
        (Text::from(&*kind.name), header)
    });
    let attributes = (description.attributes.iter()).zip(&reading.attributes_known);
    Header {
        format: FORMAT.into(),
        app: reading.app.clone(),
        kind: description.kind.into(),
        accounts: reading.len(),
        completeness: reading.completeness.clone(),
        hr_ids: reading.hr_id_known,
        attributes: attributes
            .filter(|(_, known)| **known)
            .map(|(attribute, _)| attribute.name.into())
            .collect(),
        entitlements: entitlements.collect(),
        own: reading.own.as_ref().map(|own| own.raw().into()),
        seats: Cow::Borrowed(&reading.seats),
    }
}

#[expect(clippy::ptr_arg, reason = "serde asks with a reference to the field")]
fn uncounted(seats: &Cow<'_, BTreeMap<String, SeatPool>>) -> bool {
    seats.is_empty()
}

/// What was said of the values of one kind, by their vendor ids.
fn of_kind_only<'a>(
    reading: &'a Observation,
    kind: usize,
    said: &'a BTreeMap<ValueIndex, Vec<Foreign>>,
) -> BTreeMap<Text<'a>, Vec<Text<'a>>> {
    let of_kind = said.iter().filter_map(|(value, names)| {
        let value = reading.value(*value);
        let names = names.iter().map(|name| name.raw().into()).collect();
        (usize::from(value.kind.0) == kind).then(|| (Text::foreign(value.vendor_id), names))
    });
    of_kind.collect()
}

fn line<'a>(
    reading: &'a Observation,
    order: &Order,
    description: &'a AppDescription,
    account: AccountRef<'a>,
    memory: &'a Memory,
) -> Line<'a> {
    let attributes = (description.attributes.iter().enumerate()).filter_map(|(index, kind)| {
        let value = account.attribute(index)?;
        Some((kind.name.into(), Text::foreign(value)))
    });
    let mut holdings = account.holdings().to_vec();
    holdings.sort_unstable_by_key(|holding| order.places[holding.value.0 as usize]);
    let mut entitlements: BTreeMap<Text<'a>, Vec<Held<'a>>> = BTreeMap::new();
    for holding in holdings {
        let value = reading.value(holding.value);
        let held = Held {
            value: Text::foreign(value.name),
            id: value.ambiguous.then(|| Text::foreign(value.vendor_id)),
            level: reading.level(holding).map(Text::foreign),
            inherited: holding.origin == Origin::Inherited,
        };
        let kind = &*description.kind(value.kind).name;
        entitlements.entry(kind.into()).or_default().push(held);
    }
    Line {
        vendor_id: Text::foreign(account.vendor_id()),
        login: Text::foreign(account.login()),
        email: Text::foreign(account.email()),
        hr_id: Text::foreign(account.hr_id()),
        status: account.status(),
        attributes: attributes.collect(),
        entitlements,
        memory: Cow::Borrowed(memory),
    }
}

/// Reads a reading back, with the time that its manifest gives, for a connector as it is now.
///
/// Kinds and attributes that the connector no longer has are dropped; those that it did not have
/// then are not known of that reading. `None` if another kind of connector wrote it: its accounts
/// are not this app's.
pub fn parse(
    object: &Object,
    app: &AppName,
    description: &AppDescription,
    fetched_at: Timestamp,
) -> Result<Option<Recorded>, StateError> {
    let piece = super::object::key(object.digest());
    let damaged = |why: String| StateError::damaged(&piece, why);
    let text = std::str::from_utf8(object.bytes()).map_err(|error| damaged(error.to_string()))?;
    let (first, lines) = text.split_once('\n').unwrap_or((text, ""));
    let header: Header<'_> = format::parse(&piece, first.as_bytes(), FORMAT)?;
    if header.app != *app {
        return Err(damaged(format!("it is a reading of {}", header.app)));
    }
    if header.kind.0 != description.kind {
        return Ok(None);
    }
    let mut parser = Parser::new(&header, description);
    let mut memories = Vec::new();
    let mut last = None;
    for (number, line) in (2_usize..).zip(lines.lines()) {
        let line: Line<'_> = serde_json::from_str(line)
            .map_err(|error| damaged(format!("line {number}: {error}")))?;
        if last.as_ref().is_some_and(|last| *last >= line.vendor_id) {
            return Err(damaged(format!("line {number} is out of order")));
        }
        if !parser.account(&line) {
            return Err(damaged(format!(
                "line {number} holds what the app does not know"
            )));
        }
        memories.push(line.memory.into_owned());
        last = Some(line.vendor_id);
    }
    if memories.len() != header.accounts {
        let (found, said) = (memories.len(), header.accounts);
        return Err(damaged(format!("it has {found} accounts and says {said}")));
    }
    let mut reading = parser.builder.finish(fetched_at);
    reading.completeness = header.completeness.clone();
    let asked = |kind: &EntitlementKind| Some(&*header.entitlements.get(&*kind.name)?.named);
    let named = description.entitlements.iter().map(asked);
    let named = named.map(|named| named.cloned().unwrap_or_default());
    Ok(Some(Recorded {
        reading,
        memories,
        named: named.collect(),
    }))
}

/// The vocabulary of a header, by the indices of the description as it is now.
struct Parser<'a> {
    builder: ObservationBuilder,
    attributes: HashMap<&'a str, usize>,
    kinds: HashMap<&'a str, Values<'a>>,
}

#[derive(Default)]
struct Values<'a> {
    by_name: HashMap<&'a str, ValueIndex>,
    by_id: HashMap<&'a str, ValueIndex>,
}

impl<'a> Parser<'a> {
    fn new(header: &'a Header<'_>, description: &'a AppDescription) -> Self {
        let mut builder = ObservationBuilder::new(
            &header.app,
            description.entitlements.len(),
            description.attributes.len(),
        );
        if !header.hr_ids {
            builder.hr_id_unknown();
        }
        if let Some(own) = &header.own {
            builder.own(&own.0);
        }
        for (pool, seats) in header.seats.iter() {
            builder.seats(pool, *seats);
        }
        let mut attributes = HashMap::new();
        for (index, attribute) in description.attributes.iter().enumerate() {
            attributes.insert(attribute.name, index);
            if !header.attributes.contains(attribute.name) {
                builder.attribute_unknown(index);
            }
        }
        let mut kinds = HashMap::new();
        for (index, kind) in description.entitlements.iter().enumerate() {
            let index = KindIndex::new(index);
            let Some(of_kind) = header.entitlements.get(&*kind.name) else {
                let because = "the connector did not read it then".to_owned();
                builder.kind(index, Completeness::Incomplete(because));
                continue;
            };
            builder.kind(index, of_kind.completeness.clone());
            let mut values = Values::default();
            for (name, id) in &of_kind.values {
                let value = builder.value(index, &name.0, &id.0);
                values.by_name.insert(&name.0, value);
                values.by_id.insert(&id.0, value);
            }
            let foreign = |names: &[Text<'_>]| {
                let names = names.iter().map(|name| Foreign::from(&*name.0));
                names.collect::<Vec<_>>()
            };
            for (id, apps) in &of_kind.assigns {
                if let Some(value) = values.by_id.get(&*id.0) {
                    builder.assigns(*value, foreign(apps));
                }
            }
            for (id, givers) in &of_kind.given_by {
                if let Some(value) = values.by_id.get(&*id.0) {
                    builder.given_by(*value, foreign(givers));
                }
            }
            kinds.insert(&*kind.name, values);
        }
        Self {
            builder,
            attributes,
            kinds,
        }
    }

    /// Adds an account; false if it holds a value that the header does not list.
    fn account(&mut self, line: &Line<'_>) -> bool {
        let account = self.builder.account(NewRow {
            vendor_id: &line.vendor_id.0,
            login: &line.login.0,
            email: &line.email.0,
            hr_id: &line.hr_id.0,
            status: line.status,
        });
        for (name, value) in &line.attributes {
            if let Some(index) = self.attributes.get(&*name.0) {
                self.builder.attribute(account, *index, &value.0);
            }
        }
        for (kind, holdings) in &line.entitlements {
            let Some(values) = self.kinds.get(&*kind.0) else {
                continue;
            };
            for held in holdings {
                let value = match &held.id {
                    Some(id) => values.by_id.get(&*id.0),
                    None => values.by_name.get(&*held.value.0),
                };
                let Some(value) = value else {
                    return false;
                };
                let origin = if held.inherited {
                    Origin::Inherited
                } else {
                    Origin::Direct
                };
                let level = held.level.as_ref().map(|level| &*level.0);
                self.builder.hold(account, *value, level, origin);
            }
        }
        true
    }
}

#[cfg(test)]
pub(super) mod tests;
