//! The views of the files of people that digests are taken of: as in [`super::digest`], every field
//! is named and places are left out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::base::Foreign;
use crate::model::name::{AppName, PersonId, ProfileKey};
use crate::model::person::{Period, Person};

use super::Extra;
use super::digest::{Holding, holdings};

#[derive(Serialize)]
pub(super) struct ExtraView<'a> {
    person: &'a PersonId,
    until: Date,
    reason: &'a str,
    apps: BTreeMap<&'a AppName, Vec<Holding<'a>>>,
}

pub(super) fn given_extra(extra: &Extra) -> ExtraView<'_> {
    let Extra {
        person,
        until,
        reason,
        apps,
        site: _,
    } = extra;
    ExtraView {
        person,
        until: *until,
        reason: reason.raw(),
        apps: apps
            .iter()
            .map(|(name, app)| (name, holdings(app)))
            .collect(),
    }
}

#[derive(Serialize)]
pub(super) struct PersonView<'a> {
    id: &'a PersonId,
    given: &'a str,
    family: &'a str,
    email: &'a str,
    previous_emails: Vec<&'a str>,
    previous_ids: &'a [PersonId],
    logins: BTreeMap<&'a AppName, &'a str>,
    periods: Vec<PeriodView<'a>>,
    leave: Vec<(Date, Option<Date>)>,
    access_ends: Option<Timestamp>,
    time_zone: Option<&'a str>,
    country: Option<&'a str>,
    locale: Option<&'a str>,
    cost_centre: Option<&'a str>,
    attributes: BTreeMap<&'a str, &'a str>,
    problem: Option<&'static str>,
}

#[derive(Serialize)]
struct PeriodView<'a> {
    from: Date,
    until: Option<Date>,
    job_code: &'a ProfileKey,
    title: Option<&'a str>,
    department: Option<&'a str>,
    manager: Option<&'a PersonId>,
    employment: &'static str,
}

pub(super) fn entry(person: &Person) -> PersonView<'_> {
    let Person {
        id,
        given,
        family,
        email,
        previous_emails,
        previous_ids,
        logins,
        periods,
        leave,
        access_ends,
        // What the files say, and no order, is an edit of theirs.
        ordered: _,
        time_zone,
        country,
        locale,
        cost_centre,
        attributes,
        site: _,
        problem,
    } = person;
    PersonView {
        id,
        given: given.raw(),
        family: family.raw(),
        email: email.raw(),
        previous_emails: previous_emails.iter().map(Foreign::raw).collect(),
        previous_ids,
        logins: logins
            .iter()
            .map(|(app, login)| (app, login.raw()))
            .collect(),
        periods: periods.iter().map(period).collect(),
        leave: leave
            .iter()
            .map(|leave| (leave.from, leave.until))
            .collect(),
        access_ends: *access_ends,
        time_zone: time_zone.as_deref(),
        country: country.as_ref().map(Foreign::raw),
        locale: locale.as_ref().map(Foreign::raw),
        cost_centre: cost_centre.as_ref().map(Foreign::raw),
        attributes: attributes
            .iter()
            .map(|(name, text)| (name.as_str(), text.raw()))
            .collect(),
        problem: problem.as_ref().map(|problem| problem.code),
    }
}

fn period(period: &Period) -> PeriodView<'_> {
    let Period {
        from,
        until,
        job_code,
        title,
        department,
        manager,
        employment,
        site: _,
    } = period;
    PeriodView {
        from: *from,
        until: *until,
        job_code,
        title: title.as_ref().map(Foreign::raw),
        department: department.as_ref().map(Foreign::raw),
        manager: manager.as_ref(),
        employment: employment.word(),
    }
}
