//! Stretches of employment and of leave.

use jiff::civil::Date;

use crate::base::fields::Named;
use crate::base::{Diagnostic, Field, Fields, Foreign, Form, Site, Table, Value};
use crate::model::name::ProfileKey;
use crate::model::person::{Employment, Leave, Period};

use super::name::{Alphabet, checked, invalid};
use super::people::person_id;
use super::profiles::{EMPLOYED_AS, EMPLOYMENT};
use super::settings::word;

/// One absence.
pub(super) const LEAVE: Fields = Fields::new(&[
    Field::required("from", Form::Date, "The first day away"),
    Field::optional("until", Form::Date, "The last day away, once it is known"),
]);
/// One stretch of employment.
pub(super) const PERIOD: Fields = Fields::new(&[
    Field::required("from", Form::Date, "The first working day"),
    Field::optional("until", Form::Date, "The last working day, inclusive"),
    JOB_CODE,
    TITLE,
    DEPARTMENT,
    MANAGER,
    EMPLOYED,
]);
pub(super) const JOB_CODE: Field =
    Field::optional("job_code", Form::Name(Named::Profile), "The profile");
pub(super) const TITLE: Field = Field::optional("title", Form::Text, "The job's title");
pub(super) const DEPARTMENT: Field = Field::optional("department", Form::Text, "The department");
pub(super) const MANAGER: Field =
    Field::optional("manager", Form::Name(Named::Person), "The manager's id");
pub(super) const EMPLOYED: Field = Field::optional(
    "employment",
    EMPLOYED_AS,
    "The kind of employment; \"employee\" by default. A contractor needs an end",
);

/// Absences, by first day.
pub(super) fn leave(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Leave> {
    let Some(value) = table.get("leave") else {
        return Vec::new();
    };
    let values = if value.is_table() {
        vec![value]
    } else {
        value.list(problems)
    };
    let mut leave: Vec<Leave> = values
        .iter()
        .filter_map(|value| {
            let table = value.table(&LEAVE, problems)?;
            let from = table.require("from", problems)?.date(problems);
            let until = table.get("until");
            let until = until.map(|value| (value.site(), value.date(problems)));
            span(from, until, problems).map(|(from, until)| Leave { from, until })
        })
        .collect();
    leave.sort_unstable_by_key(|leave| (leave.from, leave.until));
    leave.dedup();
    leave
}

/// The first and last day; an end before the start is reported.
///
/// This stops the run rather than holding the person: nobody can say when their access ends.
fn span(
    from: Option<Date>,
    until: Option<(Site, Option<Date>)>,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Date, Option<Date>)> {
    let from = from?;
    let Some((site, until)) = until else {
        return Some((from, None));
    };
    let until = until?;
    if until < from {
        problems.push(
            Diagnostic::error(
                "end-before-start",
                format!("the end, {until}, is before the start, {from}"),
            )
            .at(site, ""),
        );
        return None;
    }
    Some((from, Some(until)))
}

/// What a period has of its own, or of the person's entry.
struct Terms<'a> {
    job_code: Option<Value<'a>>,
    title: Option<&'a str>,
    department: Option<&'a str>,
    manager: Option<Value<'a>>,
    employment: Option<Employment>,
}

impl<'a> Terms<'a> {
    fn read(table: &Table<'a>, problems: &mut Vec<Diagnostic>) -> Self {
        Self {
            job_code: table.get("job_code"),
            title: table.text("title", problems),
            department: table.text("department", problems),
            manager: table.get("manager"),
            employment: table
                .get("employment")
                .and_then(|value| word(&value, &EMPLOYMENT, problems)),
        }
    }

    fn or(self, person: &Self) -> Self {
        Self {
            job_code: self.job_code.or(person.job_code),
            title: self.title.or(person.title),
            department: self.department.or(person.department),
            manager: self.manager.or(person.manager),
            employment: self.employment.or(person.employment),
        }
    }

    fn period(
        &self,
        days: Option<(Date, Option<Date>)>,
        table: &Table<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<(Period, Option<Site>)> {
        let Some(job_code) = self.job_code else {
            table.require("job_code", problems);
            return None;
        };
        let site = job_code.site();
        let manager = self
            .manager
            .and_then(|value| Some((person_id(&value, problems)?, value.site())));
        let key = checked(
            job_code.text(problems)?,
            Alphabet::ProfileKey,
            site,
            problems,
        )?;
        let (from, until) = days?;
        let employment = self.employment.unwrap_or_default();
        if employment == Employment::Contractor && until.is_none() {
            problems.push(
                Diagnostic::held("contractor-without-end", "a contractor without an end")
                    .at(table.site, "")
                    .hint("say when the engagement ends: `end_date`, or `until` of the period"),
            );
        }
        let text = |text: Option<&str>| text.map(|text| Foreign::from(text.trim()));
        let (manager, manager_site) = manager.unzip();
        let period = Period {
            from,
            until,
            job_code: ProfileKey::from(key),
            title: text(self.title),
            department: text(self.department),
            manager,
            employment,
            site,
        };
        Some((period, manager_site))
    }
}

/// The periods, by first day, and where each names its manager.
pub(super) fn periods(
    table: &Table<'_>,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Period>, Vec<Option<Site>>) {
    let terms = Terms::read(table, problems);
    let Some(list) = table.get("periods") else {
        let from = table
            .require("start_date", problems)
            .and_then(|value| value.date(problems));
        let until = table.get("end_date");
        let until = until.map(|value| (value.site(), value.date(problems)));
        let days = span(from, until, problems);
        return terms.period(days, table, problems).into_iter().unzip();
    };
    for key in ["start_date", "end_date"] {
        if let Some(value) = table.get(key) {
            problems.push(
                Diagnostic::error("conflicting-keys", format!("`{key}` beside `periods`"))
                    .at(value.key, "")
                    .at(list.key, "the periods say it")
                    .hint(format!("take `{key}` away")),
            );
        }
    }
    let mut periods = Vec::new();
    let entries = list.list(problems);
    if list.is_list() && entries.is_empty() {
        problems.push(invalid(list.site(), "no period", "write at least one"));
    }
    for entry in entries {
        let Some(table) = entry.table(&PERIOD, problems) else {
            continue;
        };
        let from = table
            .require("from", problems)
            .and_then(|value| value.date(problems));
        let until = table.get("until");
        let until = until.map(|value| (value.site(), value.date(problems)));
        let days = span(from, until, problems);
        let own = Terms::read(&table, problems).or(&terms);
        if let Some((period, manager)) = own.period(days, &table, problems) {
            periods.push((period, manager, table.site));
        }
    }
    periods.sort_by_key(|(period, _, _)| period.from);
    for pair in periods.windows(2) {
        let [(earlier, _, first), (later, _, second)] = pair else {
            continue;
        };
        if earlier.until.is_none_or(|until| later.from <= until) {
            problems.push(
                Diagnostic::error("overlapping-periods", "two periods overlap")
                    .at(*second, "begins before the other ends")
                    .at(*first, "the other")
                    .hint("give the earlier one an `until` before the later one's `from`"),
            );
        }
    }
    periods
        .into_iter()
        .map(|(period, manager, _)| (period, manager))
        .unzip()
}
