//! PATCH (RFC 7644 section 3.5.2): operations applied to a resource, all or none.

use serde_json::Value;

use super::dialect::{Patching, Removal};
use super::error::ScimError;
use super::filter::Filter;
use super::resource::{self, Object};
use super::schema::{Attribute, Mutability, ResourceType, Steps, Type, named};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation acts: `members`, `name.familyName`, `emails[type eq "work"].value`.
#[derive(Debug)]
struct Target {
    steps: Steps,
    /// The items of the last step that are meant.
    filter: Option<Filter>,
    /// The part of those items that is meant.
    part: Option<&'static Attribute>,
}

/// The resource after the operations of a PATCH body.
pub(super) fn apply(
    of: &ResourceType,
    resource: &Object,
    body: &Object,
    patching: &Patching,
) -> Result<Object, ScimError> {
    let member = |name: &str| {
        let mut members = body.iter();
        let found = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_array())
    };
    if !member("schemas").is_some_and(|urns| urns.iter().any(|urn| urn == PATCH_OP)) {
        let detail = format!("`schemas` lacks {PATCH_OP}");
        return Err(ScimError::invalid_syntax(detail));
    }
    let operations = member("Operations")
        .filter(|operations| !operations.is_empty())
        .ok_or_else(|| ScimError::invalid_syntax("`Operations` must be a list of operations"))?;
    let mut patched = resource.clone();
    for operation in operations {
        apply_one(of, &mut patched, operation, patching)?;
    }
    resource::resource(of, &patched)
}

fn apply_one(
    of: &ResourceType,
    patched: &mut Object,
    operation: &Value,
    patching: &Patching,
) -> Result<(), ScimError> {
    let verb = match operation["op"].as_str() {
        Some("add") => Verb::Add,
        Some("replace") => Verb::Replace,
        Some("remove") => Verb::Remove,
        _ => {
            let detail = "`op` must be \"add\", \"replace\" or \"remove\"";
            return Err(ScimError::invalid_syntax(detail));
        }
    };
    let unwrapped = unwrapped(operation, of, patching);
    let value = unwrapped.as_ref().or(operation.get("value"));
    patching.check_form(&operation["path"])?;
    if let Value::String(path) = &operation["path"] {
        patching.check(of, path)?;
    }
    match (verb, &operation["path"], value) {
        (Verb::Remove, Value::Null, _) => Err(ScimError::no_target("`remove` needs a `path`")),
        (Verb::Remove, Value::String(path), Some(Value::Array(members)))
            if path == "members" && patching.removal.takes_list() =>
        {
            remove_members(patched, members);
            Ok(())
        }
        // Ignoring the value would empty the attribute instead of removing what it lists.
        (Verb::Remove, _, Some(_)) => Err(ScimError::invalid_value(
            "`remove` takes no `value`: name what to remove by a filter in `path`",
        )),
        (Verb::Remove, Value::String(path), None) => {
            Target::parse(of, path)?.change(patched, verb, &Value::Null)
        }
        (_, Value::String(path), Some(value)) => {
            Target::parse(of, path)?.change(patched, verb, value)
        }
        (_, Value::Null, Some(Value::Object(attributes))) => {
            let mut attributes = attributes.clone();
            patching.unfold(&mut attributes);
            if of.lenient {
                let known: Vec<_> = of.all().collect();
                resource::prune(&mut attributes, &known);
            }
            for (name, value) in attributes
                .iter()
                .filter(|(name, _)| !resource::is_schemas(name))
            {
                patching.check(of, name)?;
                let unknown = || ScimError::invalid_path(format!("unknown attribute `{name}`"));
                let attribute = named(of.all(), name).ok_or_else(unknown)?;
                Target::whole(vec![attribute])?.change(patched, verb, value)?;
            }
            Ok(())
        }
        (_, Value::Null, _) => {
            let detail = "without a `path`, `value` must be an object of attributes";
            Err(ScimError::invalid_value(detail))
        }
        (_, Value::String(_), None) => Err(ScimError::invalid_value("`value` is missing")),
        _ => Err(ScimError::invalid_path("`path` must be a string")),
    }
}

fn remove_members(patched: &mut Object, removed: &[Value]) {
    if let Some(members) = patched.get_mut("members").and_then(Value::as_array_mut) {
        let named = |member: &Value| removed.iter().any(|one| one["value"] == member["value"]);
        members.retain(|member| !named(member));
    }
}

impl Target {
    fn parse(of: &ResourceType, path: &str) -> Result<Self, ScimError> {
        let (attribute, filter) = path.split_once('[').unzip();
        let attribute = attribute.unwrap_or(path);
        let unknown = || ScimError::invalid_path(format!("unknown attribute `{attribute}`"));
        let mut target = Self::whole(of.resolve(attribute).ok_or_else(unknown)?)?;
        let Some(filter) = filter else {
            return Ok(target);
        };
        let invalid = |error: ScimError| ScimError::invalid_path(error.detail);
        let (filter, rest) = Filter::parse_items(&target.steps, filter).map_err(invalid)?;
        target.filter = Some(filter);
        if !rest.is_empty() {
            let part = rest.strip_prefix('.');
            let inside = target.steps.last().expect("a path has a step").inside();
            let part = part.and_then(|part| named(inside.iter(), part));
            let unknown = || ScimError::invalid_path(format!("`{rest}` is not a part of the item"));
            let part = part.ok_or_else(unknown)?;
            changeable(part)?;
            target.part = Some(part);
        }
        Ok(target)
    }

    fn whole(steps: Steps) -> Result<Self, ScimError> {
        for step in &steps {
            changeable(step)?;
        }
        Ok(Self {
            steps,
            filter: None,
            part: None,
        })
    }

    fn change(&self, resource: &mut Object, verb: Verb, value: &Value) -> Result<(), ScimError> {
        let (last, parents) = self.steps.split_last().expect("a path has a step");
        if verb == Verb::Remove && self.filter.is_none() && last.required {
            let detail = format!("`{}` is required and cannot be removed", last.name);
            return Err(ScimError::mutability(detail));
        }
        let mut object = resource;
        for parent in parents {
            if parent.multi_valued {
                let detail = format!("choose items of `{}` by a filter", parent.name);
                return Err(ScimError::invalid_path(detail));
            }
            let inner = object
                .entry(parent.name)
                .or_insert_with(|| Object::new().into());
            object = inner.as_object_mut().expect("a complex value is an object");
        }
        let before = object.get(last.name).cloned();
        match (&self.filter, verb) {
            (Some(filter), _) => {
                self.change_items(object.get_mut(last.name), filter, verb, value)?;
            }
            (None, Verb::Remove) => drop(object.remove(last.name)),
            (None, Verb::Add) => add(object, last, value)?,
            (None, Verb::Replace) => replace(object, last, value)?,
        }
        if let (Some(Value::Array(before)), Some(Value::Array(after))) =
            (before, object.get_mut(last.name))
        {
            keep_one_primary(&before, after);
        }
        Ok(())
    }

    fn change_items(
        &self,
        items: Option<&mut Value>,
        filter: &Filter,
        verb: Verb,
        value: &Value,
    ) -> Result<(), ScimError> {
        let last = self.steps.last().expect("a path has a step");
        let nothing = || ScimError::no_target(format!("no item of `{}` matches", last.name));
        let items = items.and_then(Value::as_array_mut).ok_or_else(nothing)?;
        let meant = |item: &Value| item.as_object().is_some_and(|item| filter.matches(item));
        if !items.iter().any(meant) {
            return Err(nothing());
        }
        if verb == Verb::Remove && self.part.is_none() {
            items.retain(|item| !meant(item));
            return Ok(());
        }
        for item in items.iter_mut().filter(|item| meant(item)) {
            let item = item.as_object_mut().expect("an item is an object");
            match (self.part, verb) {
                (Some(part), Verb::Remove) => drop(item.remove(part.name)),
                (Some(part), _) => replace(item, part, value)?,
                (None, _) => {
                    let given = resource::single(last, value)?;
                    let Some(Value::Object(given)) = given else {
                        return Err(ScimError::invalid_value("an item must not be empty"));
                    };
                    let immutable = |name: &String| {
                        let part = named(last.inside().iter(), name);
                        part.is_some_and(|part| part.mutability == Mutability::Immutable)
                    };
                    if given.keys().any(immutable) {
                        return Err(ScimError::mutability("an item of this kind never changes"));
                    }
                    if verb == Verb::Replace {
                        item.clear();
                    }
                    item.extend(given);
                }
            }
        }
        Ok(())
    }
}

fn changeable(attribute: &Attribute) -> Result<(), ScimError> {
    match attribute.mutability {
        Mutability::ReadWrite => Ok(()),
        Mutability::Immutable | Mutability::ReadOnly => {
            let detail = format!("`{}` cannot be changed", attribute.name);
            Err(ScimError::mutability(detail))
        }
    }
}

/// The list of members that a server takes inside of an object.
fn unwrapped(operation: &Value, of: &ResourceType, patching: &Patching) -> Option<Value> {
    let members = of.name == "Group" && operation["path"] == "members";
    let wrapped = members && patching.removal == Removal::WrappedList;
    operation["value"]
        .get("members")
        .filter(|_| wrapped)
        .cloned()
}

/// Adds to what is there: items to a list, parts to a complex value.
fn add(object: &mut Object, of: &'static Attribute, value: &Value) -> Result<(), ScimError> {
    if !of.multi_valued {
        return replace(object, of, value);
    }
    let wrapped = match value {
        Value::Array(_) => resource::value(of, value)?,
        _ => resource::single(of, value)?.map(|item| Value::Array(vec![item])),
    };
    let Some(Value::Array(added)) = wrapped else {
        return Ok(());
    };
    let list = object
        .entry(of.name)
        .or_insert_with(|| Value::Array(Vec::new()));
    let list = list
        .as_array_mut()
        .expect("a multi-valued attribute is a list");
    for item in added {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    Ok(())
}

/// Puts a value in the place of what is there; of a complex value only the parts that are given.
fn replace(object: &mut Object, of: &'static Attribute, value: &Value) -> Result<(), ScimError> {
    if let (Type::Complex(inside), false, Value::Object(parts)) = (of.of, of.multi_valued, value) {
        let inner = object
            .entry(of.name)
            .or_insert_with(|| Object::new().into());
        let inner = inner.as_object_mut().expect("a complex value is an object");
        for (name, value) in parts.iter().filter(|(name, _)| !resource::is_schemas(name)) {
            let unknown = || ScimError::invalid_value(format!("unknown attribute `{name}`"));
            let part = named(inside.iter(), name).ok_or_else(unknown)?;
            if part.mutability != Mutability::ReadOnly {
                replace(inner, part, value)?;
            }
        }
        return Ok(());
    }
    match resource::value(of, value)? {
        Some(value) => drop(object.insert(of.name.to_owned(), value)),
        None => drop(object.remove(of.name)),
    }
    Ok(())
}

/// An item that became the primary one takes that from the one that was.
fn keep_one_primary(before: &[Value], after: &mut [Value]) {
    if after.iter().filter(|item| item["primary"] == true).count() < 2 {
        return;
    }
    for item in after.iter_mut().filter(|item| before.contains(item)) {
        if item["primary"] == true {
            item["primary"] = false.into();
        }
    }
}
