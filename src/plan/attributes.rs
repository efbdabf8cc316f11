//! What an account should say about its person (R15).

use crate::config::AppConfig;
use crate::model::app::AttributeSource;
use crate::model::change::{AttributeEdit, NewAccount};
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Observation};
use crate::model::person::{Period, Person, fold_email};

use super::matching;

/// The value that the files give an attribute; `None` where they say nothing, and then the app's
/// own value stands.
fn desired(source: AttributeSource, person: &Person, period: &Period) -> Option<String> {
    let some =
        |text: &Option<crate::base::Foreign>| text.as_ref().map(|text| text.raw().to_owned());
    let value = match source {
        AttributeSource::GivenName => Some(person.given.raw().to_owned()),
        AttributeSource::FamilyName => Some(person.family.raw().to_owned()),
        AttributeSource::DisplayName => Some(person.display_name().raw().to_owned()),
        AttributeSource::Email => Some(person.email.raw().to_owned()),
        AttributeSource::Title => some(&period.title),
        AttributeSource::Department => some(&period.department),
        AttributeSource::Employment => Some(period.employment.word().to_owned()),
        AttributeSource::CostCentre => some(&person.cost_centre),
        AttributeSource::Country => some(&person.country),
        AttributeSource::Locale => some(&person.locale),
    };
    value.filter(|value| !value.trim().is_empty())
}

/// The account to create for a person.
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
    let attributes = kinds.filter(|(_, known)| **known).filter_map(|(kind, _)| {
        Some((kind.name.to_owned(), desired(kind.source, person, period)?))
    });
    NewAccount {
        login: matching::login(person, app, &settings.login),
        email: person.email.raw().to_owned(),
        hr_id: stores_hr_id(settings, observation).then(|| person.id.as_str().to_owned()),
        attributes: attributes.collect(),
    }
}

/// True if this app stores our HR ids.
pub fn stores_hr_id(settings: &AppConfig, observation: &Observation) -> bool {
    settings.description.stores_hr_id && observation.hr_id_known
}

/// The edits that bring an account's login, email and attributes to what the files say: login and
/// email first, then in the description's order.
pub fn edits(
    account: AccountRef<'_>,
    person: &Person,
    period: &Period,
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
) -> Vec<AttributeEdit> {
    let mut edits = Vec::new();
    let login = account.login().into_raw();
    // Where only the default says that logins are emails, an app whose logins are handles keeps them.
    let owns_login =
        login.contains('@') || settings.login != "{email}" || person.logins.contains_key(app);
    if owns_login {
        let wanted = matching::login(person, app, &settings.login);
        if fold_email(login) != fold_email(&wanted) {
            edits.push(edit("login", Some(login), wanted));
        }
    }
    let email = account.email().into_raw();
    if !email.is_empty() && fold_email(email) != fold_email(person.email.raw()) {
        edits.push(edit("email", Some(email), person.email.raw().to_owned()));
    }
    for (index, kind) in settings.description.attributes.iter().enumerate() {
        if !observation.attributes_known[index] {
            continue;
        }
        let Some(wanted) = desired(kind.source, person, period) else {
            continue;
        };
        let held = account.attribute(index).map(crate::base::Foreign::into_raw);
        if !held.is_some_and(|held| kind.compare.same(held, &wanted)) {
            edits.push(edit(kind.name, held, wanted));
        }
    }
    edits
}

fn edit(attribute: &str, before: Option<&str>, after: String) -> AttributeEdit {
    AttributeEdit {
        attribute: attribute.to_owned(),
        before: before.map(Into::into),
        after,
    }
}
