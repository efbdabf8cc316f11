//! What a server declares of itself. All of it is optional, and a hint.

use std::collections::HashSet;

use serde_json::Value;

use crate::apps::transport::Unanswered;
use crate::model::failure::{Failure, FailureKind};

use super::Client;
use super::dialect::Dialect;
use super::resource::{boolean, items, member, number, text};
use super::schema::{self, Path};

/// What a server declares, as far as it changes what we send.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a server declares, independent of the others"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// How many resources to ask for in one page.
    pub page_size: usize,
    /// Whether pages are asked for by cursor (RFC 9865).
    pub cursors: bool,
    /// Whether resources can be changed in part.
    pub patches: bool,
    /// Whether filters are of use.
    pub filters: bool,
    /// Whether a write may name the version that it expects.
    pub versions: bool,
    known: Option<HashSet<String>>,
}

impl Server {
    /// Asks for both documents, side by side, if they are there to be asked for.
    pub async fn ask(client: &Client) -> Result<Self, Failure> {
        let dialect = &*client.dialect;
        if !dialect.discovery {
            return Ok(Self::understand(&Value::Null, &Value::Null, dialect));
        }
        let (config, schemas) = futures::try_join!(
            hint(client, "ServiceProviderConfig"),
            hint(client, "Schemas"),
        )?;
        Ok(Self::understand(&config, &schemas, dialect))
    }

    fn understand(config: &Value, schemas: &Value, dialect: &Dialect) -> Self {
        let flag = |path: [&str; 2]| {
            let found = member(config, path[0]).and_then(|part| member(part, path[1]));
            found.and_then(boolean)
        };
        let pagination = member(config, "pagination");
        let limits = [
            member(config, "filter").and_then(|filter| member(filter, "maxResults")),
            pagination.and_then(|pagination| member(pagination, "maxPageSize")),
        ];
        let default_method = pagination
            .and_then(|pagination| member(pagination, "defaultPaginationMethod"))
            .and_then(text);
        let prefers_cursors = default_method.is_some_and(|method| method == "cursor")
            || flag(["pagination", "index"]) == Some(false);
        Self {
            page_size: limits
                .into_iter()
                .filter_map(|limit| number(limit?).filter(|limit| *limit > 0))
                .fold(dialect.page_size, usize::min),
            cursors: flag(["pagination", "cursor"]) == Some(true) && prefers_cursors,
            patches: flag(["patch", "supported"]) != Some(false),
            filters: dialect.filters && flag(["filter", "supported"]) != Some(false),
            versions: flag(["etag", "supported"]) == Some(true),
            known: known(schemas),
        }
    }

    /// Whether an attribute may be written: always, unless the schemas leave it out.
    pub fn knows(&self, path: &Path) -> bool {
        let Some(known) = &self.known else {
            return true;
        };
        if *path == schema::HR_ID {
            // The RFC's own listing leaves common attributes out; who lists `id` lists them all.
            return !known.contains("id") || known.contains("externalid");
        }
        let written = path.written().to_lowercase();
        let parent = written
            .rsplit_once('.')
            .map(|(parent, _)| format!("{parent}.*"));
        known.contains(&written) || parent.is_some_and(|parent| known.contains(&parent))
    }
}

/// A document that may be missing, broken or elsewhere; only what stops everything stops here.
async fn hint(client: &Client, name: &str) -> Result<Value, Failure> {
    let what = "asking what the server can do";
    let target = client.target(&[name], what)?;
    match client.get(target, what).await {
        Ok(answer) if answer.is_success() => Ok(answer.json().unwrap_or(Value::Null)),
        Ok(_) => Ok(Value::Null),
        Err(Unanswered { failure, .. }) => match failure.kind {
            FailureKind::Protocol => Ok(Value::Null),
            _ => Err(failure),
        },
    }
}

/// The writable attributes that the schemas list, folded; none if they list no users' attributes.
fn known(schemas: &Value) -> Option<HashSet<String>> {
    let listed = member(schemas, "Resources").unwrap_or(schemas);
    let mut known = HashSet::new();
    let mut core = false;
    for listed in items(listed) {
        let id = member(listed, "id").and_then(text).unwrap_or_default();
        let prefix = if id.eq_ignore_ascii_case(schema::USER) {
            core = true;
            String::new()
        } else {
            format!("{id}:")
        };
        for attribute in member(listed, "attributes").map_or(&[][..], items) {
            let Some(name) = writable(attribute) else {
                continue;
            };
            let name = format!("{prefix}{name}").to_lowercase();
            match member(attribute, "subAttributes").map_or(&[][..], items) {
                [] => drop(known.insert(format!("{name}.*"))),
                parts => known.extend(
                    parts
                        .iter()
                        .filter_map(writable)
                        .map(|part| format!("{name}.{}", part.to_lowercase())),
                ),
            }
            known.insert(name);
        }
    }
    (core && !known.is_empty()).then_some(known)
}

/// The name of an attribute, unless only the server may write it.
fn writable(attribute: &Value) -> Option<String> {
    let name = member(attribute, "name").and_then(text)?;
    let mutability = member(attribute, "mutability").and_then(text);
    let fixed = mutability.is_some_and(|how| how.eq_ignore_ascii_case("readOnly"));
    // `id` is always read-only; whether it is listed tells whether common attributes are.
    (!fixed || name.eq_ignore_ascii_case("id")).then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn department() -> Path {
        path(&format!("{}:department", schema::ENTERPRISE))
    }

    fn understand(config: &Value, schemas: &Value) -> Server {
        Server::understand(config, schemas, &Dialect::generic())
    }

    #[test]
    fn nothing_declared_means_the_usual() {
        for nothing in [
            json!(null),
            json!("<html>"),
            json!({"Resources": []}),
            json!([]),
        ] {
            let server = understand(&nothing, &nothing);
            assert_eq!(server.page_size, 100);
            assert!(server.filters && server.patches && !server.cursors && !server.versions);
            assert!(server.knows(&department()) && server.knows(&schema::HR_ID));
        }
    }

    #[test]
    fn the_smallest_declared_page_counts_and_nonsense_does_not() {
        let size = |config| understand(&config, &Value::Null).page_size;
        assert_eq!(size(json!({"filter": {"maxResults": "20"}})), 20);
        assert_eq!(size(json!({"filter": {"maxResults": 1000}})), 100);
        assert_eq!(size(json!({"filter": {"maxResults": 0}})), 100);
        assert_eq!(
            size(json!({"pagination": {"maxPageSize": 30}, "filter": {"maxResults": 50}})),
            30
        );
    }

    #[test]
    fn attributes_that_the_schemas_leave_out_are_unknown() {
        let user = |attributes: Value| json!({"Resources": [{"id": schema::USER, "attributes": attributes}]});
        let schemas = user(json!([
            {"name": "userName"},
            {"name": "name", "subAttributes": [{"name": "givenName"}]},
            {"name": "title", "mutability": "readOnly"},
            {"name": "emails"},
        ]));
        let server = understand(&Value::Null, &schemas);
        assert!(server.knows(&schema::LOGIN) && server.knows(&path("name.givenName")));
        assert!(!server.knows(&path("name.familyName")) && !server.knows(&path("title")));
        assert!(!server.knows(&department()));
        assert!(
            server.knows(&schema::HR_ID),
            "common attributes are not listed"
        );
        let schemas = user(json!([{"name": "id", "mutability": "readOnly"}, {"name": "name"}]));
        let server = understand(&Value::Null, &schemas);
        assert!(
            !server.knows(&schema::HR_ID),
            "common attributes are listed, this one is not"
        );
        assert!(
            server.knows(&path("name.givenName")),
            "no parts are listed: any may do"
        );
    }
}
