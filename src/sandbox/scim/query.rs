//! What a request asks for, in its URL or in the body of a `.search`, and the list that answers it.

use serde_json::{Value, json};

use super::dialect::Pages;
use super::error::ScimError;
use super::resource::Object;
use crate::sandbox::app::Call;

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The parameters of a request.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub filter: Option<String>,
    pub attributes: Option<Vec<String>>,
    pub excluded: Option<Vec<String>>,
    start: Option<i64>,
    count: Option<i64>,
}

impl Query {
    /// The parameters of the URL.
    pub fn of_url(call: &Call) -> Result<Self, ScimError> {
        let names = |key| {
            let names = call.parameter(key)?.split(',').map(str::trim);
            let given = names.filter(|name| !name.is_empty());
            Some(given.map(str::to_owned).collect())
        };
        let number = |key| {
            let text = call.parameter(key);
            text.map(|text| text.parse().map_err(|_| no_number(key)))
                .transpose()
        };
        Self {
            filter: call.parameter("filter").map(str::to_owned),
            attributes: names("attributes"),
            excluded: names("excludedAttributes"),
            start: number("startIndex")?,
            count: number("count")?,
        }
        .sound()
    }

    /// The members of a `SearchRequest`.
    pub fn of_search(body: &Object) -> Result<Self, ScimError> {
        let schemas = body.get("schemas").and_then(Value::as_array);
        if !schemas.is_some_and(|urns| urns.iter().any(|urn| urn == SEARCH_REQUEST)) {
            let detail = format!("`schemas` lacks {SEARCH_REQUEST}");
            return Err(ScimError::invalid_syntax(detail));
        }
        let names = |key| {
            let names = body.get(key)?.as_array()?.iter();
            Some(names.filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let number = |key| {
            let value = body.get(key);
            value
                .map(|value| value.as_i64().ok_or_else(|| no_number(key)))
                .transpose()
        };
        Self {
            filter: body
                .get("filter")
                .and_then(Value::as_str)
                .map(str::to_owned),
            attributes: names("attributes"),
            excluded: names("excludedAttributes"),
            start: number("startIndex")?,
            count: number("count")?,
        }
        .sound()
    }

    fn sound(self) -> Result<Self, ScimError> {
        if self.attributes.is_some() && self.excluded.is_some() {
            let detail = "`attributes` and `excludedAttributes` exclude each other";
            return Err(ScimError::invalid_value(detail));
        }
        Ok(self)
    }

    /// How many resources to skip, and how many to answer of the rest. Less than the least counts
    /// as the least (RFC 7644 section 3.4.2.4), if the server does not refuse it.
    pub fn page(&self, pages: Pages, largest: usize) -> Result<(usize, usize), ScimError> {
        let start = self.start.unwrap_or(1);
        if start < 1 && pages.refuses_zero {
            let detail = "body failed validation: startIndex must be at least 1";
            return Err(ScimError::invalid_syntax(detail));
        }
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let count = self
            .count
            .map_or(pages.default, |count| number(count.max(0)));
        Ok((number(start.max(1) - 1), count.min(largest)))
    }
}

fn no_number(key: &str) -> ScimError {
    ScimError::invalid_value(format!("`{key}` must be a whole number"))
}

/// A `ListResponse`.
pub(super) fn list(total: usize, skip: usize, resources: Vec<Value>) -> Value {
    let received = resources.len();
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": skip.saturating_add(1),
        "itemsPerPage": received,
        "Resources": Value::Array(resources),
    })
}
