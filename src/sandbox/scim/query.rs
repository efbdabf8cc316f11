//! What a request asks for: which page, and which attributes.

use serde_json::{Value, json};

use super::error::ScimError;
use super::resource::Object;
use super::schema::{Attribute, ResourceType, Steps};
use crate::sandbox::app::Call;

/// `startIndex` and `count`, within what the server allows.
pub(super) struct Page {
    pub skip: usize,
    pub take: usize,
}

impl Page {
    pub fn parse(call: &Call, largest: usize) -> Result<Self, ScimError> {
        // RFC 7644 section 3.4.2.4: less than the least counts as the least.
        let start = number(call, "startIndex")?.unwrap_or(1).max(1);
        let count = number(call, "count")?.map_or(largest, |count| {
            usize::try_from(count.max(0)).unwrap_or(largest)
        });
        Ok(Self {
            skip: usize::try_from(start - 1).unwrap_or(usize::MAX),
            take: count.min(largest),
        })
    }
}

fn number(call: &Call, name: &str) -> Result<Option<i64>, ScimError> {
    let invalid = |_| ScimError::invalid_value(format!("`{name}` must be a whole number"));
    call.parameter(name)
        .map(|text| text.parse().map_err(invalid))
        .transpose()
}

/// A `ListResponse`.
pub(super) fn list(total: usize, skip: usize, resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": skip.saturating_add(1),
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// `attributes` or `excludedAttributes`.
#[derive(Debug)]
pub(super) enum Selection {
    All,
    Only(Vec<Steps>),
    Except(Vec<Steps>),
}

impl Selection {
    pub fn parse(of: &ResourceType, call: &Call) -> Result<Self, ScimError> {
        let paths = |text: &str| {
            let names = text
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            names
                .map(|name| {
                    let unknown =
                        || ScimError::invalid_value(format!("unknown attribute `{name}`"));
                    of.resolve(name).ok_or_else(unknown)
                })
                .collect::<Result<Vec<_>, _>>()
        };
        match (
            call.parameter("attributes"),
            call.parameter("excludedAttributes"),
        ) {
            (None, None) => Ok(Self::All),
            (Some(names), None) => Ok(Self::Only(paths(names)?)),
            (None, Some(names)) => Ok(Self::Except(paths(names)?)),
            (Some(_), Some(_)) => Err(ScimError::invalid_value(
                "`attributes` and `excludedAttributes` exclude each other",
            )),
        }
    }

    /// False if an attribute, or any part of it, is not asked for.
    pub fn wants(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(paths) => paths.iter().any(|steps| steps[0].name == name),
            Self::Except(paths) => !paths.iter().any(|steps| is_whole(steps, name)),
        }
    }

    /// The part of a resource that is asked for; `id` and `schemas` always are.
    pub fn of(&self, mut resource: Object) -> Object {
        match self {
            Self::All => resource,
            Self::Only(paths) => {
                let mut selected = Object::new();
                for name in ["schemas", "id"] {
                    if let Some(value) = resource.get(name) {
                        selected.insert(name.to_owned(), value.clone());
                    }
                }
                for steps in paths {
                    keep(&resource, &mut selected, steps);
                }
                selected
            }
            Self::Except(paths) => {
                for steps in paths {
                    if !matches!(steps[0].name, "schemas" | "id") {
                        leave_out(&mut resource, steps);
                    }
                }
                resource
            }
        }
    }
}

fn is_whole(steps: &Steps, name: &str) -> bool {
    matches!(&steps[..], [only] if only.name == name)
}

fn keep(from: &Object, to: &mut Object, steps: &[&'static Attribute]) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    let Some(value) = from.get(first.name) else {
        return;
    };
    let key = first.name.to_owned();
    match value {
        _ if rest.is_empty() => drop(to.insert(key, value.clone())),
        Value::Object(inner) => {
            let kept = to.entry(key).or_insert_with(|| Object::new().into());
            if let Some(kept) = kept.as_object_mut() {
                keep(inner, kept, rest);
            }
        }
        Value::Array(items) => {
            let blank = || Value::Array(vec![Object::new().into(); items.len()]);
            let kept = to.entry(key).or_insert_with(blank).as_array_mut();
            for (item, kept) in items.iter().zip(kept.into_iter().flatten()) {
                if let (Some(item), Some(kept)) = (item.as_object(), kept.as_object_mut()) {
                    keep(item, kept, rest);
                }
            }
        }
        _ => {}
    }
}

fn leave_out(from: &mut Object, steps: &[&'static Attribute]) {
    match steps {
        [] => {}
        [only] => drop(from.remove(only.name)),
        [first, rest @ ..] => match from.get_mut(first.name) {
            Some(Value::Object(inner)) => leave_out(inner, rest),
            Some(Value::Array(items)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    leave_out(item, rest);
                }
            }
            _ => {}
        },
    }
}
