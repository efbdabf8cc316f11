//! People whose entry has a problem of its own: held once, with all that they do not get for it.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::model::change::Change;
use crate::model::desired::{Desired, DesiredPerson};
use crate::model::name::PersonId;
use crate::model::person::Problem;
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::matching::person_tag;

/// What stands in the way of somebody with a problem.
pub fn impediment(problem: &Problem) -> Impediment {
    Impediment::Entry {
        code: problem.code.to_owned(),
        message: problem.message.clone(),
    }
}

/// Says once per person what is held for their entry, app by app until here. Whoever should be
/// working here is told of even if nothing is wanted for them: a job code without a profile gives
/// nothing to hold, and a hire who gets nothing is what nobody must overlook.
pub fn gather(config: &Config, desired: &Desired, withheld: Vec<Withheld>) -> Vec<Withheld> {
    let is_entry = |item: &Withheld| matches!(item.why, Impediment::Entry { .. });
    let (entries, mut others): (Vec<_>, Vec<_>) = withheld.into_iter().partition(is_entry);
    let mut held: BTreeMap<PersonId, Vec<Change>> = BTreeMap::new();
    for item in entries {
        if let Some(person) = item.person {
            held.entry(person.id).or_default().extend(item.changes);
        }
    }
    for (person, wanted) in config.people.iter().zip(&desired.people) {
        let Some(problem) = &person.problem else {
            continue;
        };
        let changes = held.remove(&person.id);
        if changes.is_none() && !is_due(wanted, desired) {
            continue;
        }
        others.push(Withheld {
            state: WithheldState::Held,
            app: None,
            person: Some(person_tag(person)),
            why: impediment(problem),
            changes: changes.unwrap_or_default(),
            at: Some(config.sources.locate(problem.site)),
        });
    }
    others
}

/// True if a period runs, or provisioning for one has opened in some app.
fn is_due(person: &DesiredPerson, desired: &Desired) -> bool {
    let opened = |next: &crate::model::desired::NextPeriod| {
        next.opens.iter().any(|opens| *opens <= desired.as_of)
    };
    person.current.is_some() || person.next.as_ref().is_some_and(opened)
}
