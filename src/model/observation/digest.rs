//! The digest of a reading: the same answer, listed in any order, gives the same digest.

use crate::base::Digest;
use crate::base::digest::{Digester, canonical};

use super::{AccountRef, Holding, Observation, Origin, ValueIndex};

impl Observation {
    /// The digest of all that the app said, without when it said it.
    pub fn digest(&self) -> Digest {
        let order = self.order();
        let mut digester = Digester::default();
        digester.add(&canonical(&(
            (&self.app, &self.completeness, &self.kinds),
            (&self.attributes_known, self.hr_id_known),
        )));
        if let Some(own) = &self.own {
            digester.add(&canonical(&("own", own.raw())));
        }
        for index in &order.sorted {
            let value = self.value(*index);
            let assigns = self.assigns.get(index);
            let said = (value.name.raw(), value.vendor_id.raw(), assigns);
            digester.add(&canonical(&(value.kind.0, said)));
            if let Some(givers) = self.given_by.get(index) {
                digester.add(&canonical(&("given by", givers)));
            }
        }
        let (mut line, mut held) = (Vec::new(), Vec::new());
        for account in self.accounts() {
            line.clear();
            held.clear();
            held.extend_from_slice(account.holdings());
            held.sort_unstable_by_key(|holding| order.places[holding.value.0 as usize]);
            self.describe(account, &held, &order, &mut line);
            digester.add(&line);
        }
        digester.finish()
    }

    /// One account with what it holds, in order; each text with its length before it.
    fn describe(
        &self,
        account: AccountRef<'_>,
        held: &[Holding],
        order: &Order,
        line: &mut Vec<u8>,
    ) {
        let push = |line: &mut Vec<u8>, text: &str| {
            line.extend((text.len() as u64).to_be_bytes());
            line.extend(text.as_bytes());
        };
        for text in [
            account.vendor_id(),
            account.login(),
            account.email(),
            account.hr_id(),
        ] {
            push(line, text.raw());
        }
        push(line, account.status().word());
        if let Some(invited) = account.invited() {
            push(line, &invited.to_string());
        }
        for index in 0..self.attributes_known.len() {
            let value = account.attribute(index);
            line.push(u8::from(value.is_some()));
            push(line, value.map_or("", |value| value.into_raw()));
        }
        for holding in held {
            let place = order.places[holding.value.0 as usize] as u64;
            line.extend(place.to_be_bytes());
            line.push(u8::from(holding.origin == Origin::Inherited));
            push(
                line,
                self.level(*holding).map_or("", |level| level.into_raw()),
            );
        }
    }

    /// The values by kind, name and vendor id: in which order the app listed them leaves no trace.
    fn order(&self) -> Order {
        let mut sorted: Vec<ValueIndex> = self.catalogue().map(|(index, _)| index).collect();
        sorted.sort_by_cached_key(|index| {
            let value = self.value(*index);
            (value.kind, value.name, value.vendor_id)
        });
        let mut places = vec![0; sorted.len()];
        for (place, index) in sorted.iter().enumerate() {
            places[index.0 as usize] = place;
        }
        Order { sorted, places }
    }
}

struct Order {
    sorted: Vec<ValueIndex>,
    /// Per value, its place in `sorted`.
    places: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::account::Status;
    use crate::model::app::KindIndex;
    use crate::model::observation::{NewRow, ObservationBuilder};

    fn digest(groups: &[&str], accounts: &[(&str, &str, &[&str])]) -> Digest {
        let mut builder = ObservationBuilder::new(&"app".into(), 1, 1);
        let kind = KindIndex(0);
        for group in groups {
            builder.value(kind, group, group);
        }
        for (id, title, held) in accounts {
            let account = builder.account(NewRow {
                vendor_id: id,
                login: id,
                email: "",
                hr_id: "",
                status: Status::Active,
            });
            builder.attribute(account, 0, title);
            for group in *held {
                let value = builder.value(kind, group, group);
                builder.hold(account, value, None, Origin::Direct);
            }
        }
        builder.finish(Timestamp::UNIX_EPOCH).digest()
    }

    #[test]
    fn r23_a_reading_has_one_digest_in_whatever_order_it_came_and_another_for_any_difference() {
        let one = digest(&["A", "B"], &[("1", "x", &["A"]), ("2", "y", &["B"])]);
        let other = digest(&["B", "A"], &[("2", "y", &["B"]), ("1", "x", &["A"])]);
        assert_eq!(one, other);
        let held = digest(&["A", "B"], &[("1", "x", &["B"]), ("2", "y", &["B"])]);
        let said = digest(&["A", "B"], &[("1", "z", &["A"]), ("2", "y", &["B"])]);
        let known = digest(&["A", "B", "C"], &[("1", "x", &["A"]), ("2", "y", &["B"])]);
        for changed in [held, said, known] {
            assert_ne!(one, changed);
        }
    }
}
