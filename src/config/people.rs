//! One entry of `people.toml`, and one `[[extra]]`.

use std::collections::BTreeMap;

use crate::base::document::Key;
use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, Fields, Foreign, Severity, Site, Table, Value};
use crate::model::name::{AppName, PersonId, ProfileKey};
use crate::model::person::{Employment, Leave, Period, Person, fold_email};

use super::apps::{Catalogue, unknown_app};
use super::name::{Alphabet, checked, invalid, visible};
use super::profiles::EMPLOYMENT;
use super::settings::{time_zone, word};
use super::{Extra, Organisation, entitlements};

pub(super) const ROOT: Fields = Fields::new(&["people", "extra"]);

const PERSON: Fields = Fields::new(&[
    "id",
    "name",
    "email",
    "job_code",
    "title",
    "department",
    "manager",
    "employment",
    "start_date",
    "end_date",
    "access_ends",
    "time_zone",
    "leave",
    "previous_emails",
    "previous_ids",
    "logins",
    "country",
    "locale",
    "cost_centre",
    "attributes",
    "periods",
]);
const NAME: Fields = Fields::new(&["given", "family"]);
const LEAVE: Fields = Fields::new(&["from", "until"]);
const PERIOD: Fields = Fields::new(&[
    "from",
    "until",
    "job_code",
    "title",
    "department",
    "manager",
    "employment",
]);
const EXTRA: Fields = Fields::new(&["person", "until", "reason", "apps"]);

/// What entries are read with.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub catalogue: &'a Catalogue,
    /// `None` if `[organisation]` is not sound.
    pub organisation: Option<&'a Organisation>,
}

/// An entry as read: what can be referred to is known even if the rest is not sound.
#[derive(Debug)]
pub(super) struct Draft {
    pub id: PersonId,
    pub id_site: Site,
    /// Folded.
    pub email: Option<(String, Site)>,
    /// Where each period names its manager.
    pub managers: Vec<Option<Site>>,
    pub person: Option<Person>,
}

/// One entry of `people`; `None` if it has no id.
pub(super) fn draft(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Draft> {
    let mut found = Vec::new();
    let draft = value
        .table(&PERSON, &mut found)
        .and_then(|table| entry(&table, ground, &mut found));
    let draft = draft.map(|mut draft| {
        if found
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            draft.person = None;
        } else if let Some(person) = &mut draft.person {
            person.problem = found.first().map(|problem| problem.code);
        }
        draft
    });
    problems.append(&mut found);
    draft
}

fn entry(table: &Table<'_>, ground: &Ground<'_>, problems: &mut Vec<Diagnostic>) -> Option<Draft> {
    let id = table
        .require("id", problems)
        .and_then(|value| Some((person_id(&value, problems)?, value.site())));
    let email = email(table, problems);
    let (given, family) = name(table, problems);
    let (periods, managers) = periods(table, problems);
    if let Some((email, site)) = &email {
        in_domains(email, *site, &periods, ground, problems);
    }
    let person = Person {
        id: id.as_ref().map_or_else(|| "".into(), |(id, _)| id.clone()),
        given,
        family,
        email: email.as_ref().map_or("", |(email, _)| email).into(),
        previous_emails: previous_emails(table, problems),
        previous_ids: previous_ids(table, problems),
        logins: logins(table, ground.catalogue, problems),
        periods,
        leave: leave(table, problems),
        access_ends: table
            .get("access_ends")
            .and_then(|value| value.instant(problems)),
        time_zone: table
            .get("time_zone")
            .and_then(|value| time_zone(&value, problems))
            .and_then(|zone| zone.iana_name().map(str::to_owned)),
        country: table.text("country", problems).map(Foreign::from),
        locale: table.text("locale", problems).map(Foreign::from),
        cost_centre: table.text("cost_centre", problems).map(Foreign::from),
        attributes: attributes(table, problems),
        site: table.site,
        problem: None,
    };
    let (id, id_site) = id?;
    Some(Draft {
        id,
        id_site,
        email: email.map(|(email, site)| (fold_email(email), site)),
        managers,
        person: Some(person),
    })
}

fn person_id(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<PersonId> {
    let text = value.text(problems)?;
    checked(text, Alphabet::PersonId, value.site(), problems).map(PersonId::from)
}

fn name(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> (Foreign, Foreign) {
    let Some(name) = table
        .require("name", problems)
        .and_then(|value| value.table(&NAME, problems))
    else {
        return Default::default();
    };
    let mut part = |key| name.text(key, problems).unwrap_or_default().trim();
    let [given, family] = [part("given"), part("family")];
    if given.is_empty() && family.is_empty() {
        problems.push(
            Diagnostic::error("missing-field", "a name needs `given` or `family`")
                .at(name.site, ""),
        );
    }
    (given.into(), family.into())
}

fn email<'a>(table: &Table<'a>, problems: &mut Vec<Diagnostic>) -> Option<(&'a str, Site)> {
    let value = table.require("email", problems)?;
    let text = value.text(problems)?;
    well_formed(text, value.site(), problems);
    Some((text, value.site()))
}

fn well_formed(email: &str, site: Site, problems: &mut Vec<Diagnostic>) {
    if !is_email(email) {
        problems.push(
            Diagnostic::held("malformed-email", "this is not an email address")
                .at(site, "")
                .hint("write it as \"emma.johnson@example.com\""),
        );
    }
}

/// The addresses that organisations give: no quoting, no comments, no address literals.
fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let strange = |c: char| c.is_whitespace() || is_hostile(c) || r#""(),:;<>@[\]"#.contains(c);
    email.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains(strange)
        && !(local.starts_with('.') || local.ends_with('.') || local.contains(".."))
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// Employees and interns have an address of ours; contractors and vendors may have their own.
fn in_domains(
    email: &str,
    site: Site,
    periods: &[Period],
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(organisation) = ground.organisation else {
        return;
    };
    let ours =
        |period: &Period| matches!(period.employment, Employment::Employee | Employment::Intern);
    let Some((_, domain)) = email.split_once('@') else {
        return;
    };
    let domain = fold_email(domain);
    if periods.iter().any(ours) && !organisation.domains.contains(&domain) {
        problems.push(
            Diagnostic::held(
                "foreign-domain",
                "the email is outside of the organisation's domains",
            )
            .at(site, "")
            .hint(format!(
                "employees have one in {}",
                organisation.domains.join(", ")
            )),
        );
    }
}

fn previous_emails(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Foreign> {
    let Some(list) = table.get("previous_emails") else {
        return Vec::new();
    };
    let mut emails = Vec::new();
    for (text, site) in list.texts(problems) {
        well_formed(text, site, problems);
        emails.push(Foreign::from(text));
    }
    emails.sort_unstable();
    emails.dedup();
    emails
}

fn previous_ids(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Vec<PersonId> {
    let Some(list) = table.get("previous_ids") else {
        return Vec::new();
    };
    let values = list.list(problems).into_iter();
    let mut ids: Vec<PersonId> = values
        .filter_map(|value| person_id(&value, problems))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn logins(
    table: &Table<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<AppName, Foreign> {
    let mut logins = BTreeMap::new();
    let Some(value) = table.get("logins") else {
        return logins;
    };
    for (Key { name, site }, value) in value.entries(problems) {
        if !catalogue.contains_key(name) && !catalogue.is_empty() {
            problems.push(unknown_app(name, site, catalogue));
        }
        let login = value.text(problems);
        if let Some(login) = login.and_then(|login| visible(login, value.site(), problems)) {
            logins.insert(AppName::from(name), Foreign::from(login.trim()));
        }
    }
    logins
}

fn attributes(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> BTreeMap<String, Foreign> {
    let mut attributes = BTreeMap::new();
    let Some(value) = table.get("attributes") else {
        return attributes;
    };
    for (key, value) in value.entries(problems) {
        let name = checked(key.name, Alphabet::AppName, key.site, problems);
        if let (Some(name), Some(text)) = (name, value.text(problems)) {
            attributes.insert(name.to_owned(), Foreign::from(text));
        }
    }
    attributes
}

fn leave(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Leave> {
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

type Day = jiff::civil::Date;

/// The first and last day; an end before the start is reported.
///
/// This stops the run rather than holding the person: nobody can say when their access ends.
fn span(
    from: Option<Day>,
    until: Option<(Site, Option<Day>)>,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Day, Option<Day>)> {
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
        days: Option<(Day, Option<Day>)>,
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
fn periods(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> (Vec<Period>, Vec<Option<Site>>) {
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

/// One entry of `extra`, and where it names its person.
pub(super) fn extra(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Extra, Site)> {
    let table = value.table(&EXTRA, problems)?;
    let person = table
        .require("person", problems)
        .and_then(|value| Some((person_id(&value, problems)?, value.site())));
    let until = table
        .require("until", problems)
        .and_then(|value| value.date(problems));
    let reason = table
        .require("reason", problems)
        .and_then(|value| visible(value.text(problems)?, value.site(), problems));
    let apps = table
        .require("apps", problems)
        .map(|value| entitlements::apps(&value, ground.catalogue, &[], problems));
    let (person, site) = person?;
    let extra = Extra {
        person,
        until: until?,
        reason: Foreign::from(reason?),
        apps: apps?,
        site: table.site,
    };
    Some((extra, site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_those_that_organisations_give() {
        for good in [
            "emma.johnson@example.com",
            "o'neil+x@sub.example.co",
            "zoë@exämple.de",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "emma",
            "@example.com",
            "emma@",
            "emma@example",
            "a b@example.com",
            "a@b@example.com",
            "a@example..com",
            "a\u{202e}@example.com",
            "a@-example.com",
            ".a@example.com",
            "<a@example.com>",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
