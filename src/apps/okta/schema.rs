//! The attributes we write: our names, and what `profile` calls them (Okta Management API, "User",
//! schema `UserProfile`).

use crate::model::app::{AttributeKind, AttributeSource, Comparison};

/// The login: unique, and what people sign in with.
pub const LOGIN: &str = "login";
/// The main email; not unique.
pub const EMAIL: &str = "email";
/// Our HR id.
pub const HR_ID: &str = "employeeNumber";

/// The attributes of the description, in its order. Okta wants both names of whoever is created,
/// unless an organisation changed that. `managerId` is free text to Okta: nothing there checks that
/// it names a user.
const TABLE: [(&str, AttributeSource, &str); 8] = [
    ("given_name", AttributeSource::GivenName, "firstName"),
    ("family_name", AttributeSource::FamilyName, "lastName"),
    ("title", AttributeSource::Title, "title"),
    ("department", AttributeSource::Department, "department"),
    ("cost_centre", AttributeSource::CostCentre, "costCenter"),
    ("country", AttributeSource::Country, "countryCode"),
    ("locale", AttributeSource::Locale, "locale"),
    ("manager", AttributeSource::Manager, "managerId"),
];

/// What the description says of attributes.
pub fn attributes() -> Vec<AttributeKind> {
    let kind = |(name, source, _): &(&'static str, AttributeSource, _)| AttributeKind {
        name,
        source: *source,
        required: matches!(
            source,
            AttributeSource::GivenName | AttributeSource::FamilyName
        ),
        compare: match source {
            // A login.
            AttributeSource::Manager => Comparison::Folded,
            _ => Comparison::Exact,
        },
    };
    TABLE.iter().map(kind).collect()
}

/// The properties of `profile`, in the description's order.
pub fn properties() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(_, _, property)| *property)
}

/// The property of an attribute, by our name.
pub fn property_of(attribute: &str) -> Option<&'static str> {
    match attribute {
        "login" => Some(LOGIN),
        "email" => Some(EMAIL),
        _ => TABLE
            .iter()
            .find(|(name, ..)| *name == attribute)
            .map(|(_, _, property)| *property),
    }
}

/// The `fields` that a listing of users needs ("User", list all users).
pub fn fields() -> String {
    let properties: Vec<_> = [LOGIN, EMAIL, HR_ID]
        .into_iter()
        .chain(properties())
        .collect();
    format!("id,status,statusChanged,profile:({})", properties.join(","))
}
