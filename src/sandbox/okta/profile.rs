//! What a profile may hold: Okta's base attributes with their bounds.
//!
//! Source: the Management API specification, schema `UserProfile`; that the names are required is
//! the default of an organisation.

use serde_json::Value;

use super::error::OktaError;
use super::record::Object;

/// An attribute: its name and its fewest and most characters.
struct Attribute(&'static str, usize, usize);

const REQUIRED: [&str; 4] = ["login", "email", "firstName", "lastName"];
const UNBOUNDED: usize = usize::MAX;

const ATTRIBUTES: [Attribute; 31] = [
    Attribute("city", 0, 128),
    Attribute("costCenter", 0, UNBOUNDED),
    Attribute("countryCode", 0, 2),
    Attribute("department", 0, UNBOUNDED),
    Attribute("displayName", 0, UNBOUNDED),
    Attribute("division", 0, UNBOUNDED),
    Attribute("email", 5, 100),
    Attribute("employeeNumber", 0, UNBOUNDED),
    Attribute("firstName", 1, 50),
    Attribute("honorificPrefix", 0, UNBOUNDED),
    Attribute("honorificSuffix", 0, UNBOUNDED),
    Attribute("lastName", 1, 50),
    Attribute("locale", 0, UNBOUNDED),
    Attribute("login", 5, 100),
    Attribute("manager", 0, UNBOUNDED),
    Attribute("managerId", 0, UNBOUNDED),
    Attribute("middleName", 0, UNBOUNDED),
    Attribute("mobilePhone", 0, 100),
    Attribute("nickName", 0, UNBOUNDED),
    Attribute("organization", 0, UNBOUNDED),
    Attribute("postalAddress", 0, 4096),
    Attribute("preferredLanguage", 0, UNBOUNDED),
    Attribute("primaryPhone", 0, 100),
    Attribute("profileUrl", 0, UNBOUNDED),
    Attribute("secondEmail", 0, 100),
    Attribute("state", 0, 128),
    Attribute("streetAddress", 0, 1024),
    Attribute("timezone", 0, UNBOUNDED),
    Attribute("title", 0, UNBOUNDED),
    Attribute("userType", 0, UNBOUNDED),
    Attribute("zipCode", 0, 50),
];

/// A profile with changes laid over it, and still one that Okta takes. Null takes a value away.
pub(super) fn change(before: &Object, changes: &Object) -> Result<Object, OktaError> {
    let mut profile = before.clone();
    for (name, value) in changes {
        match check(name, value)? {
            Some(text) => drop(profile.insert(name.clone(), text.into())),
            None => drop(profile.remove(name)),
        }
    }
    for name in REQUIRED {
        // What `sandbox.toml` made without a name need not be given one.
        if !profile.contains_key(name) && (before.is_empty() || changes.contains_key(name)) {
            return Err(OktaError::validation(
                name,
                "The field cannot be left blank",
            ));
        }
    }
    Ok(profile)
}

fn check<'a>(name: &str, value: &'a Value) -> Result<Option<&'a str>, OktaError> {
    let mut known = ATTRIBUTES.iter();
    let Some(Attribute(_, fewest, most)) = known.find(|attribute| attribute.0 == name) else {
        let cause = "The property is not defined in the user type's schema";
        return Err(OktaError::validation(name, cause));
    };
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(OktaError::validation(name, "The value must be a string")),
    };
    let length = text.chars().count();
    if length < *fewest || length > *most {
        let cause = format!("The field must be between {fewest} and {most} characters");
        return Err(OktaError::validation(name, &cause));
    }
    // Four bytes of UTF-8 are one too many (Okta's "Core Okta API", character sets).
    if text.chars().any(|character| character.len_utf8() > 3) {
        let cause = "The field contains characters that are not supported";
        return Err(OktaError::validation(name, cause));
    }
    if matches!(name, "login" | "email" | "secondEmail") && !text.contains('@') {
        let cause = "The value must be in the form of an email address";
        return Err(OktaError::validation(name, cause));
    }
    Ok(Some(text))
}
