//! SCIM resources held against the schemas of RFC 7643, and answers against the messages of
//! RFC 7644.

use std::collections::BTreeMap;

use provisor::sandbox::Exchange;
use serde_json::Value;

use super::title;

/// The RFC's schemas by URN.
#[derive(Debug)]
pub struct Schemas(BTreeMap<String, Value>);

const FILES: [&str; 6] = [
    "scim-user.schema.json",
    "scim-group.schema.json",
    "scim-enterprise-user.schema.json",
    "scim-service-provider-config.schema.json",
    "scim-resource-type.schema.json",
    "scim-schema.schema.json",
];
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:2.0:";
const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];

impl Schemas {
    /// Reads them; none where the specifications are missing.
    pub fn load() -> Option<Self> {
        let mut schemas = BTreeMap::new();
        for file in FILES {
            let schema = super::document(file)?;
            schemas.insert(schema["id"].as_str()?.to_owned(), schema);
        }
        Some(Self(schemas))
    }

    /// What is wrong with the answer of an exchange.
    pub fn problems(&self, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        match &exchange.answer {
            None if matches!(exchange.status, 204 | 304) => {}
            None => problems.push("the answer has no body".to_owned()),
            Some(answer) if exchange.status >= 400 => error(answer, exchange.status, &mut problems),
            Some(answer) => self.body(answer, &mut problems),
        }
        let title = title(exchange);
        problems
            .iter()
            .map(|problem| format!("{title}: {problem}"))
            .collect()
    }

    fn body(&self, answer: &Value, problems: &mut Vec<String>) {
        if answer["schemas"] != serde_json::json!([format!("{MESSAGES}ListResponse")]) {
            return self.resource(answer, problems);
        }
        for member in ["totalResults", "startIndex", "itemsPerPage"] {
            if !answer[member].is_u64() {
                problems.push(format!("the list has no `{member}`"));
            }
        }
        let resources = answer["Resources"].as_array().into_iter().flatten();
        resources.for_each(|resource| self.resource(resource, problems));
    }

    fn resource(&self, resource: &Value, problems: &mut Vec<String>) {
        let urns = resource["schemas"].as_array().into_iter().flatten();
        let urns: Vec<&str> = urns.filter_map(Value::as_str).collect();
        let Some((core, extensions)) = urns.split_first() else {
            return problems.push("a resource has no `schemas`".to_owned());
        };
        let Some(schema) = self.0.get(*core) else {
            return problems.push(format!("`{core}` is no schema of RFC 7643"));
        };
        let Some(members) = resource.as_object() else {
            return problems.push("a resource is no object".to_owned());
        };
        for (name, value) in members {
            if extensions.contains(&name.as_str()) {
                match self.0.get(name.as_str()) {
                    Some(extension) => object(&extension["attributes"], value, name, problems),
                    None => problems.push(format!("`{name}` is no schema of RFC 7643")),
                }
            } else if !COMMON.contains(&name.as_str()) {
                attribute(&schema["attributes"], name, value, name, problems);
            }
        }
        missing(&schema["attributes"], resource, core, problems);
    }
}

fn error(answer: &Value, status: u16, problems: &mut Vec<String>) {
    let urns = answer["schemas"] == serde_json::json!([format!("{MESSAGES}Error")]);
    let named = answer["status"].as_str() == Some(&status.to_string());
    if !urns || !named {
        problems.push(format!("no error of RFC 7644 section 3.12: {answer}"));
    }
}

fn object(attributes: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    let Some(members) = value.as_object() else {
        return problems.push(format!("`{path}` is no object"));
    };
    for (name, value) in members {
        attribute(attributes, name, value, &format!("{path}.{name}"), problems);
    }
    missing(attributes, value, path, problems);
}

fn attribute(
    attributes: &Value,
    name: &str,
    value: &Value,
    path: &str,
    problems: &mut Vec<String>,
) {
    let mut known = attributes.as_array().into_iter().flatten();
    let Some(of) = known.find(|of| of["name"] == name) else {
        return problems.push(format!("`{path}` is not in the schema"));
    };
    let values = match (of["multiValued"] == true, value) {
        (true, Value::Array(items)) => items.iter().collect(),
        (true, _) => return problems.push(format!("`{path}` is no list")),
        (false, value) => vec![value],
    };
    for value in values {
        let fits = match of["type"].as_str() {
            Some("string" | "reference" | "dateTime" | "binary") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64(),
            Some("complex") => {
                object(&of["subAttributes"], value, path, problems);
                true
            }
            _ => false,
        };
        if !fits {
            problems.push(format!("`{path}` has the wrong type: {value}"));
        }
    }
}

fn missing(attributes: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    let attributes = attributes.as_array().into_iter().flatten();
    for of in attributes.filter(|of| of["required"] == true) {
        let name = of["name"].as_str().unwrap_or_default();
        if value.get(name).is_none() {
            problems.push(format!("`{path}` lacks `{name}`"));
        }
    }
}
