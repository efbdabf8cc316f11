//! Every request that these tests make, held against Okta's own `OpenAPI` document, where that is
//! beside the checkout.

use std::path::PathBuf;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use wiremock::Request;

/// Okta's document.
pub struct Specification {
    document: Value,
    create: Validator,
    update: Validator,
}

/// None where the document is not at hand.
pub fn specification() -> Option<&'static Specification> {
    static SPECIFICATION: OnceLock<Option<Specification>> = OnceLock::new();
    SPECIFICATION
        .get_or_init(|| {
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            let path = root.join("../shared/specs/okta.openapi.json");
            let text = std::fs::read_to_string(path).ok()?;
            let document: Value = serde_json::from_str(&text).unwrap();
            let body = |name: &str| {
                let mut schema = document.clone();
                schema["$ref"] = json!(format!("#/components/schemas/{name}"));
                // Its examples are no schemas.
                schema["components"]
                    .as_object_mut()
                    .unwrap()
                    .remove("examples");
                jsonschema::draft4::new(&schema).unwrap()
            };
            Some(Specification {
                create: body("CreateUserRequest"),
                update: body("UpdateUserRequest"),
                document,
            })
        })
        .as_ref()
}

impl Specification {
    /// What is wrong with a request.
    pub fn judge(&self, request: &Request) -> Option<String> {
        let method = request.method.as_str().to_lowercase();
        let path = request.url.path();
        let Some((template, item)) = self.item(path) else {
            return Some(format!("there is no path {path}"));
        };
        let operation = &item[&method];
        if operation.is_null() {
            return Some(format!("there is no {method} {template}"));
        }
        let parameters = [&item["parameters"], &operation["parameters"]];
        let known: Vec<&Value> = parameters
            .iter()
            .filter_map(|list| list.as_array())
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        for (name, value) in request.url.query_pairs() {
            let Some(parameter) = known.iter().find(|known| known["name"] == *name) else {
                return Some(format!("{method} {template} has no parameter {name}"));
            };
            let schema = self.resolve(&parameter["schema"]);
            let number = value.parse::<u64>().ok();
            let fits = match schema["type"].as_str() {
                Some("integer") => {
                    let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
                    number.is_some_and(|number| number >= 1 && number <= most)
                }
                Some("boolean") => matches!(&*value, "true" | "false"),
                _ => !value.is_empty(),
            };
            if !fits {
                return Some(format!("{method} {template}: {name} = {value}"));
            }
        }
        self.judge_body(template, operation, request)
    }

    fn judge_body(&self, template: &str, operation: &Value, request: &Request) -> Option<String> {
        let header = |name: &str| request.headers.get(name)?.to_str().ok();
        if operation["requestBody"].is_null() || request.body.is_empty() {
            let bare = request.body.is_empty() && request.method.as_str() != "GET";
            // Okta answers 411 to a POST or PUT without it.
            let told = header("content-length") == Some("0") || request.method.as_str() == "DELETE";
            let empty = request.body.is_empty();
            return (!empty || bare && !told).then(|| format!("{template}: the body's length"));
        }
        if header("content-type") != Some("application/json") {
            return Some(format!("{template}: the body's type"));
        }
        let body: Value = request.body_json().unwrap();
        let validator = match template {
            "/api/v1/users" => &self.create,
            _ => &self.update,
        };
        let error = validator.validate(&body).err()?;
        Some(format!("{template}: {error}"))
    }

    /// The path item that a path fits; a literal segment before a named one.
    fn item(&self, path: &str) -> Option<(&str, &Value)> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let pattern: Vec<&str> = template.split('/').collect();
            let pairs = || pattern.iter().zip(&segments);
            pattern.len() == segments.len()
                && pairs().all(|(pattern, segment)| pattern.starts_with('{') || pattern == segment)
        };
        let paths = self.document["paths"].as_object()?;
        let fitting = paths.iter().filter(|(template, _)| fits(template));
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, item))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"]
            .as_str()
            .and_then(|path| path.strip_prefix('#'));
        pointer.map_or(value, |pointer| self.document.pointer(pointer).unwrap())
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn requests_are_held_against_the_specification() {
    let Some(specification) = specification() else {
        eprintln!("skipped: without ../shared/specs nothing is held against Okta's document");
        return;
    };
    let wrong = json!({"profile": {"title": 7}, "groupIds": "no list"});
    assert!(!specification.create.is_valid(&wrong));
    assert!(
        !specification
            .update
            .is_valid(&json!({"profile": {"title": 7}}))
    );
}
