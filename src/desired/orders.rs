//! Orders that people leave at once: which of them stand, and what they end.

use jiff::Timestamp;

use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::name::PersonId;
use crate::model::order::{Order, Ordered};
use crate::model::person::{OrderedEnd, Person};

use super::calendar::{Stretch, stretches};
use super::zone_of;

/// Ends the access of everybody whom an order that stands made leave by now.
///
/// One whose moment is to come ends nothing yet, so that no plan announces it. One that the files
/// agree with stands no more: what they say of the person from then on, somebody reviewed. What
/// other orders ended before is forgotten.
pub fn obey(config: &mut Config, orders: &[Order], now: Timestamp) {
    for person in config.people.iter_mut().filter(|one| one.ordered.is_some()) {
        person.ordered = None;
    }
    for order in orders.iter().filter(|order| order.at <= now) {
        let Some(index) = subject(config, &order.person.id).filter(|_| stands(config, order, now))
        else {
            continue;
        };
        let person = &mut config.people[index];
        let earlier = person.ordered.filter(|known| known.at <= order.at);
        person.ordered = Some(earlier.unwrap_or(OrderedEnd {
            order: order.number,
            at: order.at,
        }));
    }
}

/// The index of whoever an order is about, under the id that they have by now.
pub fn subject(config: &Config, id: &PersonId) -> Option<usize> {
    let people = &config.people;
    let known = people.binary_search_by(|known| known.id.cmp(id)).ok();
    known.or_else(|| people.iter().position(|one| one.previous_ids.contains(id)))
}

/// True for an order that the files have somebody for and do not agree with.
pub fn stands(config: &Config, order: &Order, now: Timestamp) -> bool {
    let person = subject(config, &order.person.id).map(|index| &config.people[index]);
    person.is_some_and(|person| !agrees(config, person, order.at, now))
}

/// Why nobody can be ordered to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAtWork {
    /// They begin after that moment.
    NotYet,
    /// They left before it.
    Left,
}

/// Whether the files have somebody at work at a moment, and since then, so that an order can end it.
///
/// # Errors
///
/// Why there is nothing to end.
pub fn at_work(
    config: &Config,
    person: &Person,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), NotAtWork> {
    let stretches = by_the_files(config, person);
    if !agrees(config, person, at, now) {
        Ok(())
    } else if stretches.iter().any(|stretch| stretch.begins > at.max(now)) {
        Err(NotAtWork::NotYet)
    } else {
        Err(NotAtWork::Left)
    }
}

/// The people who left by an order that the files do not agree with yet, by id.
pub fn ordered(config: &Config) -> Vec<Ordered> {
    let people = config.people.iter();
    let ordered = people.filter_map(|person| {
        let end = person.ordered?;
        Some(Ordered {
            person: PersonTag {
                id: person.id.clone(),
                name: person.display_name(),
            },
            order: end.order,
            at: end.at,
            until: person.periods.last().and_then(|period| period.until),
            entry: config.sources.locate(person.site),
        })
    });
    ordered.collect()
}

/// True if the employment that an order ended is over by the files too.
fn agrees(config: &Config, person: &Person, at: Timestamp, now: Timestamp) -> bool {
    let stretches = by_the_files(config, person);
    let Some(mut index) = stretches.iter().position(|stretch| stretch.contains(at)) else {
        return true;
    };
    // A move is no end.
    while stretches
        .get(index + 1)
        .is_some_and(|next| stretches[index].ends == Some(next.begins))
    {
        index += 1;
    }
    stretches[index].ends.is_some_and(|end| end <= now)
}

fn by_the_files(config: &Config, person: &Person) -> Vec<Stretch> {
    let zone = zone_of(config, person);
    let cutoff = config.lifecycle.last_day_cutoff;
    stretches(person, person.access_ends, &zone, cutoff)
}
