//! Which attributes of a resource are asked for.

use serde_json::Value;

use super::error::ScimError;
use super::query::Query;
use super::resource::Object;
use super::schema::{Attribute, ResourceType, Steps};

/// `attributes` or `excludedAttributes`.
#[derive(Debug)]
pub(super) enum Selection {
    All,
    Only(Vec<Steps>),
    Except(Vec<Steps>),
}

impl Selection {
    pub fn parse(of: &ResourceType, query: &Query) -> Result<Self, ScimError> {
        let paths = |names: &[String]| {
            let path = |name: &String| {
                let unknown = || ScimError::invalid_value(format!("unknown attribute `{name}`"));
                of.resolve(name).ok_or_else(unknown)
            };
            names.iter().map(path).collect::<Result<Vec<_>, _>>()
        };
        Ok(match (&query.attributes, &query.excluded) {
            (Some(names), _) => Self::Only(paths(names)?),
            (None, Some(names)) => Self::Except(paths(names)?),
            (None, None) => Self::All,
        })
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
    pub fn of(&self, of: &ResourceType, resource: &Object) -> Object {
        let mut selected = resource.clone();
        strip(&mut selected, of.all());
        match self {
            Self::All => {}
            Self::Only(paths) => {
                let whole = std::mem::take(&mut selected);
                for name in ["schemas", "id"] {
                    if let Some(value) = whole.get(name) {
                        selected.insert(name.to_owned(), value.clone());
                    }
                }
                for steps in paths {
                    let by_name = steps.last().is_some_and(|last| last.on_request);
                    let from = if by_name { resource } else { &whole };
                    keep(from, &mut selected, steps);
                }
            }
            Self::Except(paths) => {
                for steps in paths {
                    if !matches!(steps[0].name, "schemas" | "id") {
                        leave_out(&mut selected, steps);
                    }
                }
            }
        }
        selected
    }
}

/// Leaves out what is not shown without being asked for by name.
fn strip(object: &mut Object, attributes: impl Iterator<Item = &'static Attribute>) {
    for attribute in attributes {
        if attribute.on_request {
            object.remove(attribute.name);
            continue;
        }
        let inside = attribute.inside();
        match object.get_mut(attribute.name) {
            Some(Value::Object(inner)) => strip(inner, inside.iter()),
            Some(Value::Array(items)) if !inside.is_empty() => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    strip(item, inside.iter());
                }
            }
            _ => {}
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
