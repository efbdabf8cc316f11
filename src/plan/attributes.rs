//! What an account should say about its person (R15).

use std::borrow::Cow;

use crate::base::Foreign;
use crate::config::AppConfig;
use crate::model::app::AttributeSource;
use crate::model::change::{AttributeEdit, NewAccount};
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Observation};
use crate::model::person::{Period, Person, same_email};

use super::matching;

/// The value that the files give an attribute; `None` where they say nothing, and then the app's
/// own value stands.
fn desired<'a>(
    source: AttributeSource,
    person: &'a Person,
    period: &'a Period,
) -> Option<Cow<'a, str>> {
    let text = |text: &'a Foreign| Cow::Borrowed(text.raw());
    let value = match source {
        AttributeSource::GivenName => Some(text(&person.given)),
        AttributeSource::FamilyName => Some(text(&person.family)),
        AttributeSource::DisplayName => Some(Cow::Owned(person.display_name().raw().to_owned())),
        AttributeSource::Email => Some(text(&person.email)),
        AttributeSource::Title => period.title.as_ref().map(text),
        AttributeSource::Department => period.department.as_ref().map(text),
        AttributeSource::Employment => Some(Cow::Borrowed(period.employment.word())),
        AttributeSource::CostCentre => person.cost_centre.as_ref().map(text),
        AttributeSource::Country => person.country.as_ref().map(text),
        // A step of its own sets it.
        AttributeSource::Manager => None,
        AttributeSource::Locale => person.locale.as_ref().map(text),
    };
    value.filter(|value| !value.trim().is_empty())
}

/// The account to create for a person, or to await: that one brings its own attributes (R15).
pub fn new_account(
    person: &Person,
    period: &Period,
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
) -> NewAccount {
    let kinds = settings
        .description
        .attributes
        .iter()
        .zip(&observation.attributes_known);
    let owned = settings.provisioned_by.is_none();
    let kinds = kinds.filter(|(_, known)| **known && owned);
    let attributes = kinds.filter_map(|(kind, _)| {
        let value = desired(kind.source, person, period)?;
        Some((kind.name.to_owned(), value.into_owned()))
    });
    NewAccount {
        login: matching::login(person, app, &settings.login).into_owned(),
        email: person.email.raw().to_owned(),
        hr_id: stores_hr_id(settings, observation).then(|| person.id.as_str().to_owned()),
        attributes: attributes.collect(),
    }
}

/// True if this app stores our HR ids. Another app that makes the accounts may store ids of its own
/// in their place: Okta does so in `externalId`.
pub fn stores_hr_id(settings: &AppConfig, observation: &Observation) -> bool {
    settings.provisioned_by.is_none()
        && settings.description.stores_hr_id
        && observation.hr_id_known
}

/// The edits that bring an account's login, email and attributes to what the files say: login and
/// email first, then in the description's order. What another app made, that app edits (R15).
pub fn edits(
    account: AccountRef<'_>,
    person: &Person,
    period: &Period,
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
) -> Vec<AttributeEdit> {
    let mut edits = Vec::new();
    if settings.provisioned_by.is_some() {
        return edits;
    }
    let login = account.login().into_raw();
    // Where only the default says that logins are emails, an app whose logins are handles keeps them.
    let owns_login =
        login.contains('@') || settings.login != "{email}" || person.logins.contains_key(app);
    if owns_login {
        let wanted = matching::login(person, app, &settings.login);
        if !same_email(login, &wanted) {
            edits.push(edit("login", Some(login), wanted));
        }
    }
    let email = account.email().into_raw();
    if !email.is_empty() && !same_email(email, person.email.raw()) {
        edits.push(edit("email", Some(email), person.email.raw()));
    }
    for (index, kind) in settings.description.attributes.iter().enumerate() {
        if !observation.attributes_known[index] {
            continue;
        }
        let Some(wanted) = desired(kind.source, person, period) else {
            continue;
        };
        let held = account.attribute(index).map(Foreign::into_raw);
        if !held.is_some_and(|held| kind.compare.same(held, &wanted)) {
            edits.push(edit(kind.name, held, wanted));
        }
    }
    edits
}

fn edit<'a>(
    attribute: &str,
    before: Option<&str>,
    after: impl Into<Cow<'a, str>>,
) -> AttributeEdit {
    AttributeEdit {
        attribute: attribute.to_owned(),
        before: before.map(Into::into),
        after: after.into().into_owned(),
    }
}
