//! What each kind of app is like.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crate::model::app::{
    AppDescription, AttributeKind, AttributeSource, Authority, Comparison, EntitlementKind,
    Leaving, Shape,
};

static SCIM: LazyLock<Arc<AppDescription>> = LazyLock::new(|| Arc::new(scim()));

/// The description of a connector, by the `kind` in `[apps.X]`.
pub fn describe(kind: &str) -> Option<Arc<AppDescription>> {
    (kind == "scim").then(|| Arc::clone(&SCIM))
}

fn scim() -> AppDescription {
    let attribute = |name, source, compare| AttributeKind {
        name,
        source,
        required: false,
        compare,
    };
    AppDescription {
        kind: "scim",
        summary: "any SCIM 2.0 service",
        entitlements: vec![EntitlementKind {
            name: Cow::Borrowed("groups"),
            shape: Shape::Many,
            authority: Authority::Named,
            summary: Cow::Borrowed("groups, by display name"),
        }],
        attributes: vec![
            attribute("given_name", AttributeSource::GivenName, Comparison::Exact),
            attribute(
                "family_name",
                AttributeSource::FamilyName,
                Comparison::Exact,
            ),
            attribute(
                "display_name",
                AttributeSource::DisplayName,
                Comparison::Exact,
            ),
            attribute("email", AttributeSource::Email, Comparison::Folded),
            attribute("title", AttributeSource::Title, Comparison::Exact),
            attribute("department", AttributeSource::Department, Comparison::Exact),
        ],
        stores_hr_id: true,
        leaving: Leaving {
            effect: Cow::Borrowed("deactivated: cannot sign in; groups stay"),
            reversible: true,
            destroys_data: false,
        },
        credentials: &["token"],
        read_scopes: "read Users and Groups",
        write_scopes: "write Users and Groups",
    }
}
