//! What the server says of itself: `ServiceProviderConfig`, `ResourceTypes` and `Schemas`.

use serde_json::{Value, json};

use super::dialect::{Dialect, Filters};
use super::schema::{Attribute, Mutability, ResourceType, Type};

/// `/ServiceProviderConfig`
pub(super) fn service_provider_config(base: &str, dialect: &Dialect, largest_page: usize) -> Value {
    let results = dialect.advertised_results.unwrap_or(largest_page);
    let filters = !matches!(dialect.filters, Filters::Ignored);
    let no = json!({ "supported": false });
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": filters, "maxResults": results },
        "changePassword": no,
        "sort": no,
        "etag": { "supported": dialect.versions },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "The token that the sandbox names for the app",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// `/ResourceTypes`
pub(super) fn resource_types(base: &str, types: &[&ResourceType]) -> Vec<Value> {
    let described = |of: &&ResourceType| {
        let extension = |urn| json!({ "schema": urn, "required": false });
        let extensions = of.extensions.iter().map(|found| extension(found.name));
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": of.name,
            "name": of.name,
            "endpoint": format!("/{}", of.endpoint),
            "description": of.description,
            "schema": of.urn,
            "schemaExtensions": extensions.collect::<Vec<_>>(),
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{base}/ResourceTypes/{}", of.name),
            },
        })
    };
    types.iter().map(described).collect()
}

/// `/Schemas`
pub(super) fn schemas(base: &str, types: &[&ResourceType]) -> Vec<Value> {
    let mut schemas = Vec::new();
    for of in types {
        schemas.push(schema(base, of.urn, of.name, of.description, of.attributes));
        for found in of.extensions {
            let name = format!("Enterprise{}", of.name);
            schemas.push(schema(
                base,
                found.name,
                &name,
                found.description,
                found.inside(),
            ));
        }
    }
    schemas
}

fn schema(
    base: &str,
    urn: &str,
    name: &str,
    description: &str,
    attributes: &'static [Attribute],
) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{urn}") },
    })
}

fn attribute(of: &Attribute) -> Value {
    let mut document = json!({
        "name": of.name,
        "description": of.description,
        "multiValued": of.multi_valued,
        "required": of.required,
        "mutability": match of.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
            Mutability::ReadOnly => "readOnly",
        },
        "returned": if of.on_request { "request" } else { "default" },
    });
    document["type"] = match of.of {
        Type::Text => "string",
        Type::Boolean => "boolean",
        Type::Instant => "dateTime",
        Type::Reference(_) => "reference",
        Type::Complex(_) => "complex",
    }
    .into();
    match of.of {
        Type::Text | Type::Reference(_) => {
            document["caseExact"] = of.case_exact.into();
            document["uniqueness"] = if of.unique { "server" } else { "none" }.into();
        }
        Type::Complex(inside) => {
            document["subAttributes"] = inside.iter().map(attribute).collect();
        }
        Type::Boolean | Type::Instant => {}
    }
    if let Type::Reference(to) = of.of {
        document["referenceTypes"] = json!([to]);
    }
    if !of.canonical.is_empty() {
        document["canonicalValues"] = json!(of.canonical);
    }
    document
}
