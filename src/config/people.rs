//! One entry of `people.toml`, and one `[[extra]]`.

use std::collections::BTreeMap;

use crate::base::document::Key;
use crate::base::fields::Named;
use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, Field, Fields, Foreign, Form, Severity, Site, Table, Value};
use crate::model::name::{AppName, PersonId};
use crate::model::person::{Employment, Period, Person, Problem, fold_email};

use super::apps::{Catalogue, unknown_app};
use super::name::{Alphabet, checked, visible};
use super::periods::{
    DEPARTMENT, EMPLOYED, JOB_CODE, LEAVE, MANAGER, PERIOD, TITLE, leave, periods,
};
use super::settings::time_zone;
use super::{Extra, Organisation, entitlements};

/// All of `people.toml`, and of each file of `people/`.
pub(super) const ROOT: Fields = Fields::new(&[
    Field::optional(
        "people",
        Form::List(&Form::Table(&PERSON)),
        "One entry per person",
    ),
    Field::optional(
        "extra",
        Form::List(&Form::Table(&EXTRA)),
        "Access beyond the profile, until a day",
    ),
]);
const PERSON: Fields = Fields::new(&[
    Field::required(
        "id",
        Form::Name(Named::Free),
        "The HR system's id: it never changes and is never used again",
    ),
    Field::required(
        "name",
        Form::Table(&NAME),
        "Given and family name; one is enough",
    ),
    Field::required("email", Form::Text, "The address at work"),
    JOB_CODE,
    TITLE,
    DEPARTMENT,
    MANAGER,
    EMPLOYED,
    Field::optional("start_date", Form::Date, "The first working day"),
    Field::optional("end_date", Form::Date, "The last working day, inclusive"),
    Field::optional(
        "access_ends",
        Form::Instant,
        "Cuts access at an instant, whatever the dates say: immediate termination",
    ),
    Field::optional(
        "time_zone",
        Form::Text,
        "An IANA name; the organisation's where absent",
    ),
    Field::optional(
        "leave",
        Form::Either(&Form::Table(&LEAVE), &Form::List(&Form::Table(&LEAVE))),
        "Absences",
    ),
    Field::optional(
        "previous_emails",
        Form::List(&Form::Text),
        "Addresses of the past, still good for finding accounts",
    ),
    Field::optional(
        "previous_ids",
        Form::List(&Form::Name(Named::Free)),
        "HR ids of the past, still good for finding accounts",
    ),
    Field::optional(
        "logins",
        Form::Map(Named::App, &Form::Text),
        "The login per app, where an app does not tell emails",
    ),
    Field::optional("country", Form::Text, "ISO 3166-1 alpha-2: \"US\""),
    Field::optional("locale", Form::Text, "As \"en_US\""),
    Field::optional("cost_centre", Form::Text, "The cost centre"),
    Field::optional(
        "attributes",
        Form::Map(Named::Free, &Form::Text),
        "Whatever else some app requires",
    ),
    Field::optional(
        "periods",
        Form::Some(&Form::Table(&PERIOD)),
        "Stretches of employment, instead of start_date and end_date, where there is more than one",
    ),
])
.one_of(&[&["periods"], &["start_date", "job_code"]]);
const NAME: Fields = Fields::new(&[
    Field::optional("given", Form::Text, "Given name"),
    Field::optional("family", Form::Text, "Family name"),
])
.any_of(&[&["given"], &["family"]]);
const EXTRA: Fields = Fields::new(&[
    Field::required("person", Form::Name(Named::Person), "Whose"),
    Field::required("until", Form::Date, "The last day, inclusive"),
    Field::required("reason", Form::Text, "Why"),
    Field::required("apps", Form::Gives, "What it gives, as in a profile"),
]);

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
            person.problem = found
                .first()
                .map(|found| Box::new(problem(found, person.site)));
        }
        draft
    });
    problems.append(&mut found);
    draft
}

/// A person's own problem, as they carry it; `entry` is where they stand.
pub(super) fn problem(found: &Diagnostic, entry: Site) -> Problem {
    Problem {
        code: found.code,
        message: found.message.clone(),
        site: found.labels.first().map_or(entry, |label| label.site),
    }
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
        ordered: None,
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

/// A person's id, checked.
pub(super) fn person_id(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<PersonId> {
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
