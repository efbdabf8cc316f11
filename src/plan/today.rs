//! Whether what a saved plan gives is still wanted today (R23): a plan may be applied days after its
//! moment, when somebody has left or an approval has expired.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::change::{Change, Verb};
use crate::model::name::PersonId;
use crate::model::outcome::Refusal;
use crate::model::plan::Plan;
use crate::model::upcoming::Event;
use crate::model::withheld::Impediment;

use super::verify::Fresh;

/// The plan of this very moment, and what dates brought since the saved plan's.
pub struct Today<'a> {
    plan: Fresh<'a>,
    time_zone: &'a str,
    /// The last event of each person.
    since: BTreeMap<PersonId, Event>,
}

impl<'a> Today<'a> {
    /// Looks back from a plan to an earlier moment.
    pub fn of(plan: &'a Plan, config: &Config, then: Timestamp) -> Self {
        let zone = &config.organisation.time_zone;
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let today = day(plan.body.as_of);
        let days = (today - day(then)).get_days();
        let (_, events) = crate::desired::ahead(config, then, u16::try_from(days).unwrap_or(0));
        let events = events.into_iter().filter(|event| event.on <= today);
        Self {
            plan: Fresh::of(plan),
            time_zone: &plan.body.time_zone,
            since: events
                .map(|event| (event.person.id.clone(), event))
                .collect(),
        }
    }

    /// Why something that is given is no longer to be, or somebody is not to be closed who is back;
    /// `None` otherwise, and for whatever else takes.
    pub fn objects(&self, change: &Change) -> Option<Refusal> {
        let closes = change.action.verb() == Verb::Deactivate;
        if !closes && !gives(change.action.verb()) {
            return None;
        }
        match self.plan.objects(change)? {
            // What else is due today is no reason against what was reviewed.
            Refusal::Withheld { why } if closes || is_of_others(&why) => None,
            Refusal::WantsOther { .. } if closes => None,
            Refusal::Unwanted => {
                let person = change.person.as_ref();
                let since = person.and_then(|person| self.since.get(&person.id));
                Some(Refusal::Over {
                    since: since.cloned().map(Box::new),
                    time_zone: self.time_zone.to_owned(),
                })
            }
            refusal => Some(refusal),
        }
    }
}

const fn gives(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Create
            | Verb::Invite
            | Verb::Grant
            | Verb::Set
            | Verb::Reactivate
            | Verb::Await
            | Verb::Adopt
    )
}

/// True for what hangs on other changes of the same day, or on a setting: the plan's own moment
/// judged that.
const fn is_of_others(why: &Impediment) -> bool {
    matches!(
        why,
        Impediment::Guard { .. }
            | Impediment::Requires { .. }
            | Impediment::SourceWithheld { .. }
            | Impediment::NoSeat { .. }
            | Impediment::Mode { .. }
            | Impediment::Acceptance { .. }
            | Impediment::Unreviewed { .. }
    )
}
