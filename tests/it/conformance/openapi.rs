//! An OpenAPI 3.0 description as JSON Schema, and exchanges held against it.
//!
//! It is stricter than the description: an object may have no properties but those that its schema
//! names, unless the schema says that others are welcome. A misspelt name is what two sides that
//! were written together get wrong together.

use std::collections::BTreeMap;

use jsonschema::Validator;
use provisor::sandbox::Exchange;
use serde_json::{Map, Value, json};

use super::title;

/// A description, ready to check exchanges.
#[derive(Debug)]
pub struct Specification {
    description: Value,
    /// All schemas of its components, closed and open.
    definitions: Value,
    /// Of undeclared errors.
    error: Option<Value>,
}

/// Which properties an object may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Properties {
    /// Those that are named.
    Closed,
    /// Any: it is one part of an `allOf`.
    Open,
}

impl Specification {
    /// Reads a description. `error` is the schema of answers whose status it does not declare.
    pub fn new(description: Value, error: &str) -> Self {
        let schemas = description["components"]["schemas"].as_object().unwrap();
        let all = |properties| -> Map<String, Value> {
            let converted = schemas.iter();
            converted
                .map(|(name, schema)| (name.clone(), convert(schema, properties)))
                .collect()
        };
        let definitions =
            json!({ "closed": all(Properties::Closed), "open": all(Properties::Open) });
        let error = schemas
            .get(error)
            .map(|schema| convert(schema, Properties::Closed));
        Self {
            description,
            definitions,
            error,
        }
    }

    /// What is wrong with the request and the answer of an exchange.
    pub fn problems(&self, exchange: &Exchange) -> Vec<String> {
        self.check(exchange, true)
    }

    /// What is wrong with the answer; the request may be as wrong as it likes.
    pub fn answer_problems(&self, exchange: &Exchange) -> Vec<String> {
        self.check(exchange, false)
    }

    fn check(&self, exchange: &Exchange, request: bool) -> Vec<String> {
        let title = title(exchange);
        let Some((operation, common)) = self.operation(exchange) else {
            // Nothing is promised there, so nothing may be found there.
            let refused = matches!(exchange.status, 404 | 405);
            let unknown = format!("{title}: there is no such operation");
            return if refused { Vec::new() } else { vec![unknown] };
        };
        let mut problems = self.check_answer(exchange, operation);
        if request {
            problems.extend(self.check_request(exchange, operation, common));
        }
        for problem in &mut problems {
            *problem = format!("{title}: {problem}");
        }
        problems
    }

    /// The operation that an exchange is of, and the parameters of its path.
    fn operation(&self, exchange: &Exchange) -> Option<(&Value, &Value)> {
        let method = exchange.method.to_lowercase();
        let fits = |template: &str| {
            let parts: Vec<&str> = template.trim_matches('/').split('/').collect();
            let same = parts.iter().zip(&exchange.path);
            let literal = same.clone().filter(|(part, given)| *part == given).count();
            let all = parts.len() == exchange.path.len()
                && same
                    .into_iter()
                    .all(|(part, given)| part.starts_with('{') || part == given);
            all.then_some(literal)
        };
        let paths = self.description["paths"].as_object()?.iter();
        let (_, path) = paths
            .filter(|(_, path)| path.get(&method).is_some())
            .filter_map(|(template, path)| Some((fits(template)?, path)))
            .max_by_key(|(literal, _)| *literal)?;
        Some((&path[&method], &path["parameters"]))
    }

    fn check_request(&self, exchange: &Exchange, operation: &Value, common: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        let declared = [common, &operation["parameters"]].into_iter();
        let declared = declared.filter_map(Value::as_array).flatten();
        let declared: Vec<&Value> = declared.map(|parameter| self.resolved(parameter)).collect();
        let query: BTreeMap<&str, &Value> = declared
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| Some((parameter["name"].as_str()?, *parameter)))
            .collect();
        for (name, text) in &exchange.query {
            let Some(parameter) = query.get(name.as_str()) else {
                problems.push(format!("the parameter `{name}` is not declared"));
                continue;
            };
            let schema = convert(&parameter["schema"], Properties::Closed);
            let numeric = matches!(
                schema["type"].as_str(),
                Some("integer" | "number" | "boolean")
            );
            let value = serde_json::from_str(text).ok().filter(|_| numeric);
            let value = value.unwrap_or_else(|| Value::from(text.as_str()));
            problems.extend(self.violations(&schema, &value, &format!("parameter `{name}`")));
        }
        for (name, parameter) in query {
            let given = exchange.query.iter().any(|(given, _)| given == name);
            if parameter["required"] == true && !given {
                problems.push(format!("the parameter `{name}` is missing"));
            }
        }
        let body = self.resolved(&operation["requestBody"]);
        match (&exchange.request, content(body)) {
            (Some(value), Some(schema)) => {
                let schema = convert(schema, Properties::Closed);
                problems.extend(self.violations(&schema, value, "request"));
            }
            (Some(Value::Object(object)), None) if !object.is_empty() => {
                problems.push("the request has a body, and none is declared".to_owned());
            }
            (None, Some(_)) if body["required"] == true => {
                problems.push("the request has no body".to_owned());
            }
            _ => {}
        }
        problems
    }

    fn check_answer(&self, exchange: &Exchange, operation: &Value) -> Vec<String> {
        let status = exchange.status.to_string();
        let declared = operation["responses"]
            .get(&status)
            .map(|answer| self.resolved(answer));
        let schema = match declared {
            Some(answer) => content(answer).map(|schema| convert(schema, Properties::Closed)),
            None if exchange.status >= 400 => self.error.clone(),
            None => return vec![format!("the status {status} is not declared")],
        };
        match (schema, &exchange.answer) {
            (Some(schema), Some(value)) => self.violations(&schema, value, "answer"),
            (Some(_), None) => vec!["the answer has no body".to_owned()],
            (None, Some(Value::Object(object))) if object.is_empty() => Vec::new(),
            (None, Some(_)) => vec!["the answer has a body, and none is declared".to_owned()],
            (None, None) => Vec::new(),
        }
    }

    fn violations(&self, schema: &Value, value: &Value, what: &str) -> Vec<String> {
        let mut schema = schema.clone();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        schema["$defs"] = self.definitions.clone();
        let validator: Validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap_or_else(|error| panic!("the schema of the {what} is not one: {error}"));
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{what} at `{}`: {error}", error.instance_path()))
            .collect()
    }

    /// What a reference refers to, of anything but schemas.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                self.description
                    .pointer(pointer)
                    .expect("it is in the same document")
            }
            None => value,
        }
    }
}

/// The schema of a JSON body.
fn content(of: &Value) -> Option<&Value> {
    let content = of["content"].as_object()?;
    let json = content
        .iter()
        .find(|(media_type, _)| media_type.contains("json"));
    json?.1.get("schema")
}

/// A schema of OpenAPI 3.0 as one of JSON Schema 2020-12.
fn convert(schema: &Value, properties: Properties) -> Value {
    let Some(object) = schema.as_object() else {
        return schema.clone();
    };
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        // OpenAPI 3.0 ignores what stands beside a reference.
        let name = reference.rsplit('/').next().unwrap_or_default();
        let folder = match properties {
            Properties::Closed => "closed",
            Properties::Open => "open",
        };
        return json!({ "$ref": format!("#/$defs/{folder}/{name}") });
    }
    let mapping = object
        .get("discriminator")
        .filter(|_| properties == Properties::Closed);
    let mapping =
        mapping.and_then(|by| Some((by["propertyName"].as_str()?, by["mapping"].as_object()?)));
    if let Some((property, mapping)) = mapping {
        return discriminated(property, mapping);
    }
    let mut converted = Map::new();
    for (key, value) in object {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(members)) => {
                let members = members.iter();
                let members = members
                    .map(|(name, member)| (name.clone(), convert(member, Properties::Closed)));
                Value::Object(members.collect())
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                let parts = parts.iter();
                parts.map(|part| convert(part, Properties::Open)).collect()
            }
            ("items" | "not", value) => convert(value, Properties::Closed),
            ("additionalProperties", value) => convert(value, Properties::Open),
            ("nullable" | "discriminator" | "example" | "xml" | "externalDocs", _)
            | ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(_)) => continue,
            (_, value) => value.clone(),
        };
        converted.insert(key.clone(), value);
    }
    let composed = ["properties", "allOf", "anyOf", "oneOf"];
    let names = composed.into_iter().any(|key| converted.contains_key(key));
    let is_object = converted.get("type").is_none_or(|of| of == "object");
    if properties == Properties::Closed
        && names
        && is_object
        && !converted.contains_key("additionalProperties")
    {
        converted.insert("unevaluatedProperties".to_owned(), false.into());
    }
    if object.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "anyOf": [converted, { "type": "null" }] });
    }
    Value::Object(converted)
}

/// A schema that is another one by the value of a property.
fn discriminated(property: &str, mapping: &Map<String, Value>) -> Value {
    let branches = mapping.iter().map(|(value, reference)| {
        let chosen = convert(&json!({ "$ref": reference }), Properties::Closed);
        json!({ "if": { "properties": { property: { "const": value } } }, "then": chosen })
    });
    let values: Vec<&String> = mapping.keys().collect();
    json!({
        "required": [property],
        "properties": { property: { "enum": values } },
        "allOf": branches.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(method: &str, path: &str, status: u16, answer: Value) -> Exchange {
        Exchange {
            method: method.to_owned(),
            path: path.split('/').map(str::to_owned).collect(),
            query: Vec::new(),
            request: None,
            status,
            answer: Some(answer),
        }
    }

    #[test]
    fn what_deviates_is_found() {
        let description = json!({
            "paths": { "/things/{id}": { "get": {
                "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer" } }],
                "responses": { "200": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Thing" } } } } },
            } } },
            "components": { "schemas": {
                "Named": { "type": "object", "properties": { "name": { "type": "string" } } },
                "Thing": { "allOf": [
                    { "$ref": "#/components/schemas/Named" },
                    { "type": "object", "properties": {
                        "size": { "type": "integer", "nullable": true } } },
                ] },
                "Error": { "type": "object", "properties": { "code": { "type": "string" } } },
            } },
        });
        let specification = Specification::new(description, "Error");
        let deviates = |exchange: &Exchange| !specification.problems(exchange).is_empty();
        let get = |status, answer| exchange("GET", "things/1", status, answer);
        assert!(!deviates(&get(200, json!({ "name": "a", "size": null }))));
        assert!(deviates(&get(200, json!({ "name": 1 }))));
        assert!(deviates(&get(200, json!({ "nmae": "a" }))), "misspelt");
        assert!(!deviates(&get(404, json!({ "code": "x" }))));
        assert!(deviates(&get(404, json!({ "cdoe": "x" }))));
        assert!(deviates(&get(201, json!({}))), "not declared");
        assert!(deviates(&exchange("GET", "others", 200, json!({}))));
        let mut asked = get(200, json!({}));
        asked.query = vec![("limit".into(), "ten".into()), ("lmit".into(), "1".into())];
        assert_eq!(specification.problems(&asked).len(), 2);
    }
}
