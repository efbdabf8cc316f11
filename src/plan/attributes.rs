//! What an account should say about its person (R15).

use std::borrow::Cow;

use crate::base::Foreign;
use crate::config::AppConfig;
use crate::model::app::{AttributeKind, AttributeSource};
use crate::model::change::{AttributeEdit, NewAccount};
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Observation};
use crate::model::person::{Period, Person, same_email};
use crate::model::withheld::Impediment;

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
        AttributeSource::DisplayName => Some(person.full_name()),
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
    value.filter(|value| value.chars().any(|letter| !letter.is_whitespace()))
}

/// The account to create for a person, or to await: that one brings its own attributes (R15).
pub fn new_account(
    person: &Person,
    period: &Period,
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
) -> NewAccount {
    let kinds = known(settings, observation).filter(|(_, kind)| settings.creates_with(kind));
    let attributes = kinds.filter_map(|(_, kind)| {
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

/// The attributes that the app has a place for, with their index.
fn known<'a>(
    settings: &'a AppConfig,
    observation: &'a Observation,
) -> impl Iterator<Item = (usize, &'a AttributeKind)> {
    let kinds = settings.description.attributes.iter().enumerate();
    kinds.filter(|(index, _)| observation.attributes_known[*index])
}

/// What stands in the way of making an account: the files do not say what the app demands.
pub fn missing(
    person: &Person,
    period: &Period,
    settings: &AppConfig,
    observation: &Observation,
) -> Option<Impediment> {
    let demanded = known(settings, observation)
        .filter(|(_, kind)| kind.required && settings.creates_with(kind))
        .filter(|(_, kind)| desired(kind.source, person, period).is_none());
    let (mut attributes, mut snippet) = (Vec::new(), Vec::new());
    for (_, kind) in demanded {
        if let Some(line) = line(kind.source, person) {
            attributes.push(kind.name.to_owned());
            snippet.push(line);
        }
    }
    (!attributes.is_empty()).then_some(Impediment::MissingAttribute {
        attributes,
        snippet,
    })
}

/// The line of a person's entry that says what is missing; none for what every entry says, and
/// what a step of its own sets.
fn line(source: AttributeSource, person: &Person) -> Option<String> {
    let field = match source {
        AttributeSource::GivenName | AttributeSource::FamilyName => {
            let (given, family) = (text(person.given.raw()), text(person.family.raw()));
            return Some(format!("name = {{ given = {given}, family = {family} }}"));
        }
        AttributeSource::Title => "title",
        AttributeSource::Department => "department",
        AttributeSource::CostCentre => "cost_centre",
        AttributeSource::Country => "country",
        AttributeSource::Locale => "locale",
        AttributeSource::DisplayName
        | AttributeSource::Email
        | AttributeSource::Employment
        | AttributeSource::Manager => return None,
    };
    Some(format!("{field} = \"\""))
}

/// A TOML string.
fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// True if this app stores our HR ids. Another app that makes the accounts may store ids of its own
/// in their place: Okta does so in `externalId`.
pub fn stores_hr_id(settings: &AppConfig, observation: &Observation) -> bool {
    settings.provisioned_by.is_none()
        && settings.description.stores_hr_id
        && observation.hr_id_known
}

/// The edits that bring an account's login, email and attributes to what the files say: login and
/// email first, then in the description's order. Who made an account says what it is called; what
/// another app made, that app edits, but for what the files say is ours (R15).
pub fn edits(
    account: AccountRef<'_>,
    person: &Person,
    period: &Period,
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
) -> Vec<AttributeEdit> {
    let mut edits = Vec::new();
    if settings.provisioned_by.is_none() {
        edits.extend(login(account, person, app, settings));
        let email = account.email().into_raw();
        if !email.is_empty() && !same_email(email, person.email.raw()) {
            edits.push(edit("email", Some(email), person.email.raw()));
        }
    }
    for (index, kind, wanted) in owned(person, period, settings, observation) {
        let held = account.attribute(index).map(Foreign::into_raw);
        if !held.is_some_and(|held| kind.compare.same(held, &wanted)) {
            edits.push(edit(kind.name, held, wanted));
        }
    }
    edits
}

/// The edits of an account that another app makes first: what the files say is ours (R15, R18).
pub fn edits_once_made(
    person: &Person,
    period: &Period,
    settings: &AppConfig,
    observation: &Observation,
) -> Vec<AttributeEdit> {
    let owned = owned(person, period, settings, observation);
    let edits = owned.map(|(_, kind, wanted)| edit(kind.name, None, wanted));
    edits.collect()
}

/// The attributes that are ours, with what the files say of each.
fn owned<'a>(
    person: &'a Person,
    period: &'a Period,
    settings: &'a AppConfig,
    observation: &'a Observation,
) -> impl Iterator<Item = (usize, &'a AttributeKind, Cow<'a, str>)> {
    let owned = known(settings, observation).filter(|(_, kind)| settings.owns(kind));
    owned.filter_map(|(index, kind)| Some((index, kind, desired(kind.source, person, period)?)))
}

/// True if an attribute of an account is ours, and the files say what it is to be.
pub fn is_said(
    attribute: &str,
    person: &Person,
    period: &Period,
    settings: &AppConfig,
    observation: &Observation,
) -> bool {
    let mut owned = owned(person, period, settings, observation);
    owned.any(|(_, kind, _)| kind.name == attribute)
}

/// The edit of a login that is not as the files say.
fn login(
    account: AccountRef<'_>,
    person: &Person,
    app: &AppName,
    settings: &AppConfig,
) -> Option<AttributeEdit> {
    let login = account.login().into_raw();
    // Where only the default says that logins are emails, an app whose logins are handles keeps them.
    let owns_login =
        login.contains('@') || settings.login != "{email}" || person.logins.contains_key(app);
    let wanted = matching::login(person, app, &settings.login);
    let differs = owns_login && !same_email(login, &wanted);
    differs.then(|| edit("login", Some(login), wanted))
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
