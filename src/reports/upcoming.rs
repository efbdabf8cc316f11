//! What dates will bring, as a report of its own.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::config::Config;
use crate::desired::ahead;
use crate::model::change::PersonTag;
use crate::model::upcoming::{Event, What};

/// The kind and version of the data.
const FORMAT: &str = "provisor.upcoming/1";

/// What a span of days will bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Upcoming {
    /// The kind and version of the data.
    pub format: &'static str,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The organisation's time zone: an IANA name. Days are days there.
    pub time_zone: String,
    /// By day, then by person.
    #[serde(serialize_with = "flat")]
    pub events: Vec<Event>,
}

/// Looks ahead until the end of the day so many days from now.
pub fn upcoming(config: &Config, from: Timestamp, days: u16) -> Upcoming {
    let (until, events) = ahead(config, from, days);
    let zone = &config.organisation.time_zone;
    Upcoming {
        format: FORMAT,
        from,
        until,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        events,
    }
}

/// What happens beside when and to whom, for whoever reads line by line.
fn flat<S: Serializer>(events: &[Event], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Flat<'a> {
        on: Date,
        person: &'a PersonTag,
        #[serde(flatten)]
        brings: &'a What,
    }
    let events = events.iter();
    serializer.collect_seq(events.map(|Event { on, person, brings }| Flat {
        on: *on,
        person,
        brings,
    }))
}
