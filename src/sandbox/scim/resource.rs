//! A client's JSON made canonical: names as the schema writes them, values of the right type,
//! nothing unknown, nothing empty, nothing that only the server may say.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::{Attribute, Mutability, ResourceType, Type, named};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// A whole resource: the required attributes must be there.
pub(super) fn resource(of: &ResourceType, input: &Object) -> Result<Object, ScimError> {
    let attributes: Vec<_> = of.all().collect();
    if of.lenient {
        let mut known = input.clone();
        prune(&mut known, &attributes);
        return object(&attributes, &known);
    }
    object(&attributes, input)
}

/// Takes away what is not known, and wraps a single value that should be a list.
pub(super) fn prune(object: &mut Object, attributes: &[&'static Attribute]) {
    let known = |name: &str| named(attributes.iter().copied(), name);
    object.retain(|name, _| is_schemas(name) || known(name).is_some());
    for (name, value) in object.iter_mut() {
        let Some(of) = known(name) else { continue };
        if of.multi_valued && value.is_object() {
            *value = Value::Array(vec![value.take()]);
        }
        let inside: Vec<_> = of.inside().iter().collect();
        if inside.is_empty() {
            continue;
        }
        match value {
            Value::Object(inner) => prune(inner, &inside),
            Value::Array(items) => {
                let items = items.iter_mut().filter_map(Value::as_object_mut);
                items.for_each(|item| prune(item, &inside));
            }
            _ => {}
        }
    }
}

/// True if the body names the schema of the resource type and no unknown one.
pub(super) fn check_schemas(of: &ResourceType, input: &Object) -> Result<(), ScimError> {
    let given = input.iter().find(|(key, _)| is_schemas(key));
    let urns = given.and_then(|(_, value)| value.as_array());
    let Some(urns) = urns else {
        return Err(ScimError::invalid_syntax("`schemas` is missing"));
    };
    let known = |urn: &str| {
        let mut extensions = of.extensions.iter();
        urn == of.urn || extensions.any(|extension| extension.name == urn)
    };
    if !of.lenient && !urns.iter().all(|urn| urn.as_str().is_some_and(known)) {
        return Err(ScimError::invalid_value(
            "`schemas` names an unknown schema",
        ));
    }
    if !urns.iter().any(|urn| urn == of.urn) {
        return Err(ScimError::invalid_value(format!(
            "`schemas` lacks {}",
            of.urn
        )));
    }
    Ok(())
}

/// The value of one attribute; nothing if it is null or empty, which is the same as not there.
pub(super) fn value(of: &'static Attribute, input: &Value) -> Result<Option<Value>, ScimError> {
    if input.is_null() {
        return Ok(None);
    }
    if !of.multi_valued {
        return single(of, input);
    }
    let Some(items) = input.as_array() else {
        return Err(mistyped(of, "a list"));
    };
    let mut list: Vec<Value> = Vec::new();
    let mut seen = HashSet::new();
    for item in items {
        if let Some(item) = single(of, item)?
            && seen.insert(item.clone())
        {
            list.push(item);
        }
    }
    if list.iter().filter(|item| item["primary"] == true).count() > 1 {
        let detail = format!("`{}` has more than one primary value", of.name);
        return Err(ScimError::invalid_value(detail));
    }
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// One value, of an attribute that may have several.
pub(super) fn single(of: &'static Attribute, input: &Value) -> Result<Option<Value>, ScimError> {
    match of.of {
        Type::Text | Type::Instant | Type::Reference(_) if !input.is_string() => {
            Err(mistyped(of, "a string"))
        }
        Type::Boolean if !input.is_boolean() => Err(mistyped(of, "true or false")),
        Type::Complex(inside) => {
            let Some(input) = input.as_object() else {
                return Err(mistyped(of, "an object"));
            };
            let attributes: Vec<_> = inside.iter().collect();
            let object = object(&attributes, input)?;
            Ok((!object.is_empty()).then_some(Value::Object(object)))
        }
        _ => Ok(Some(input.clone())),
    }
}

fn object(attributes: &[&'static Attribute], input: &Object) -> Result<Object, ScimError> {
    let mut object = Object::new();
    for (name, given) in input.iter().filter(|(name, _)| !is_schemas(name)) {
        let Some(of) = named(attributes.iter().copied(), name) else {
            let detail = format!("`{name}` is not an attribute that this server knows");
            return Err(ScimError::invalid_value(detail));
        };
        // RFC 7644 section 3.3: what only the server may say is ignored in a body.
        if of.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = value(of, given)?
            && object.insert(of.name.to_owned(), value).is_some()
        {
            let detail = format!("`{}` is there twice", of.name);
            return Err(ScimError::invalid_syntax(detail));
        }
    }
    for of in attributes.iter().filter(|of| of.required) {
        if object.get(of.name).is_none_or(|value| value == "") {
            let detail = format!("`{}` is required", of.name);
            return Err(ScimError::invalid_value(detail));
        }
    }
    Ok(object)
}

/// Every object may say which schemas it is of, extensions too.
pub(super) fn is_schemas(name: &str) -> bool {
    name.eq_ignore_ascii_case("schemas")
}

fn mistyped(of: &Attribute, wanted: &str) -> ScimError {
    ScimError::invalid_value(format!("`{}` must be {wanted}", of.name))
}
