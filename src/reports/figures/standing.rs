//! What stands now, whatever runs did: seats, and what the files allow for a time.

use jiff::civil::Date;

use crate::config::Config;
use crate::model::change::PersonTag;
use crate::model::name::PersonId;
use crate::model::observation::{Observed, Reading};
use crate::reports::find::tag;

use super::{Exception, ExceptionKind, NEAR, SeatFigure};

/// The seats of every pool, as the readings have them.
pub fn seats(config: &Config, observed: &Observed) -> Vec<SeatFigure> {
    let read = observed.iter().filter_map(|(app, reading)| match reading {
        Reading::Read(observation) => Some((app, observation)),
        Reading::Unread(_) => None,
    });
    let figures = read.flat_map(|(app, observation)| {
        let said = config.apps.get(app).map(|settings| &settings.seats);
        observation
            .seats
            .iter()
            .map(move |(pool, seats)| SeatFigure {
                app: app.clone(),
                pool: pool.clone(),
                used: seats.used,
                total: said
                    .and_then(|said| said.get(pool))
                    .copied()
                    .unwrap_or(seats.total),
                at: observation.fetched_at,
            })
    });
    figures.collect()
}

/// What the files allow for a time that is over by a day, or nearly, in the order of their ends.
pub fn exceptions(config: &Config, today: Date) -> Vec<Exception> {
    let horizon = today.saturating_add(jiff::Span::new().days(NEAR));
    let person = |id: &PersonId| {
        let found = config.people.binary_search_by(|person| person.id.cmp(id));
        found.map_or_else(
            |_| PersonTag {
                id: id.clone(),
                name: crate::base::Foreign::default(),
            },
            |index| tag(&config.people[index]),
        )
    };
    let extras = config.extras.iter().map(|extra| Exception {
        until: extra.until,
        kind: ExceptionKind::Extra,
        person: Some(person(&extra.person)),
        apps: extra.apps.keys().cloned().collect(),
        reason: extra.reason.clone(),
        past: extra.until < today,
        at: config.sources.locate(extra.site),
    });
    let approvals = config.approvals.iter().map(|approval| Exception {
        until: approval.until,
        kind: ExceptionKind::Approval,
        person: Some(person(&approval.person)),
        apps: approval.apps.keys().cloned().collect(),
        reason: approval.reason.clone(),
        past: approval.until < today,
        at: config.sources.locate(approval.site),
    });
    let allowances = config.allowances.iter().map(|allowance| Exception {
        until: allowance.until,
        kind: ExceptionKind::Allow,
        person: None,
        apps: allowance.app.iter().cloned().collect(),
        reason: allowance.reason.clone(),
        past: allowance.until < today,
        at: config.sources.locate(allowance.site),
    });
    let all = extras.chain(approvals).chain(allowances);
    let mut near: Vec<Exception> = all.filter(|one| one.until <= horizon).collect();
    near.sort();
    near
}
