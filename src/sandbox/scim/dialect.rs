//! Whose SCIM a server is: in what each vendor's deviates from the RFC's, as one table.
//!
//! What a vendor does not document is as the RFC has it, or refused where clients should not
//! count on it.

use axum::http::StatusCode;

use super::error::ScimError;
use super::invitations::{INVITATION, INVITED_USER};
use super::resource::Object;
use super::schema::{GROUP, ResourceType, USER};
use super::vendors::{
    ATLASSIAN_USER, FIGMA_USER, GITHUB_USER, GROUP_OF_A_VENDOR, NOTION_USER, SALESFORCE_USER,
    SLACK_USER, ZOOM_USER,
};

/// How one vendor's server deviates.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a server does or does not, each by itself"
)]
pub(in crate::sandbox) struct Dialect {
    name: &'static str,
    /// The path of its base URL.
    pub path: &'static str,
    /// The media type of its answers; it takes this one and the RFC's in bodies.
    pub(super) media_type: &'static str,
    /// Its users, and its groups if it has any.
    pub(super) types: &'static [&'static ResourceType],
    /// Which of the documents of RFC 7644 section 4 it has.
    pub(super) documents: &'static [&'static str],
    pub(super) pages: Pages,
    /// `filter.maxResults`, where it is not the largest page.
    pub(super) advertised_results: Option<usize>,
    pub(super) filters: Filters,
    pub(super) patching: Patching,
    /// What becomes of an account whose `active` becomes false.
    pub(super) closing: Closing,
    /// What becomes of an account that is deleted.
    pub(super) deleting: Closing,
    /// Whether there are entity tags.
    pub(super) versions: bool,
    pub(super) meta: Meta,
    /// Whether `.search` is there.
    pub(super) searches: bool,
    /// What a new user must have, besides what the RFC requires.
    pub(super) needs: &'static [&'static str],
    /// What never changes once it is there: type of resource and attribute.
    pub(super) fixed: &'static [(&'static str, &'static str)],
    /// Whether lists tell neither where they start nor how much they hold.
    pub(super) bare_lists: bool,
    /// Whether `emails` is shown as one object, its `primary` as text.
    pub(super) single_email: bool,
    pub(super) errors: Errors,
    /// Status and detail where no seat is left, if that is documented.
    pub(super) no_seat: Option<(StatusCode, &'static str)>,
}

/// How a server pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages {
    /// Without a `count`.
    pub default: usize,
    /// Whatever the `count`.
    pub largest: usize,
    /// Whether a `startIndex` below 1 is an error.
    pub refuses_zero: bool,
}

/// Which filters a server understands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filters {
    /// All of RFC 7644 section 3.4.2.2.
    All,
    /// "Equal", alone, on these attributes.
    Equality(&'static [&'static str]),
    /// None: it answers as if there were no filter.
    Ignored,
}

/// Which forms of PATCH a server takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patching {
    /// Operations with a `path`.
    paths: bool,
    /// Paths that choose items: `emails[type eq "work"]`.
    value_paths: bool,
    /// The attributes of users that PATCH changes at all, if not all.
    only: Option<&'static [&'static str]>,
    /// Whether `givenName` and `familyName` stand beside the others in operations without a path.
    flat_names: bool,
    pub removal: Removal,
}

/// How members are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// `members[value eq "ID"]`
    Filter,
    /// `members`, with a list of those to remove.
    List,
    /// Both.
    Either,
    /// `members`, with an object that holds the list; members are added so, too.
    WrappedList,
}

impl Removal {
    pub fn takes_list(self) -> bool {
        self != Self::Filter
    }
}

impl Patching {
    pub const RFC: Self = Self {
        paths: true,
        value_paths: true,
        only: None,
        flat_names: false,
        removal: Removal::Filter,
    };

    /// Refuses a path that the server does not take.
    pub fn check(&self, of: &ResourceType, path: &str) -> Result<(), ScimError> {
        let refused = |detail: &str| Err(ScimError::invalid_path(detail));
        let chooses = path.contains('[');
        if of.name == USER.name {
            if !self.paths && path.contains(['.', '[', ':']) {
                return refused("this path is not supported");
            }
            let only = self.only.is_none_or(|only| only.contains(&path));
            if !only {
                return refused("PATCH does not change this attribute");
            }
        }
        if of.name == GROUP.name && chooses && self.removal == Removal::List {
            return refused("members are removed by a list of them");
        }
        if of.name == USER.name && chooses && !self.value_paths {
            return refused("paths with filters are not supported");
        }
        Ok(())
    }

    /// Refuses a path where there may be none.
    pub fn check_form(&self, path: &serde_json::Value) -> Result<(), ScimError> {
        if self.paths || path.is_null() {
            Ok(())
        } else {
            Err(ScimError::invalid_path("operations take no path here"))
        }
    }

    /// Puts names that stand beside the others where the RFC has them.
    pub fn unfold(&self, attributes: &mut Object) {
        if !self.flat_names {
            return;
        }
        for part in ["givenName", "familyName"] {
            if let Some(value) = attributes.remove(part) {
                let name = attributes.entry("name");
                let name = name.or_insert_with(|| Object::new().into());
                name[part] = value;
            }
        }
    }
}

/// What becomes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It stays, inactive.
    Inactive,
    /// It is gone, and its id with it.
    Removed,
}

/// What `meta` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meta {
    /// All that RFC 7643 section 3.1 has.
    Rfc,
    /// No version.
    Unversioned,
    /// No version, and the type of resource in capitals.
    Capitals,
}

/// How errors are worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    /// As RFC 7644 section 3.12 has it.
    Rfc,
    /// `status` is a number.
    Numbered,
    /// Without `detail` where the status says it all.
    Terse,
    /// `detail` is one of Slack's words, `status` a number; 401 has the shape of SCIM 1.
    Slack,
}

impl Dialect {
    /// Its users.
    pub(super) fn user(&self) -> &'static ResourceType {
        let mut types = self.types.iter().copied();
        types
            .find(|of| of.name == USER.name)
            .expect("every server has users")
    }

    /// The dialect of a name; the RFC's own for any other, which may be one that invites people.
    pub fn named(name: Option<&str>, invites: bool) -> &'static Self {
        let mut dialects = DIALECTS.iter();
        let found = dialects.find(|dialect| Some(dialect.name) == name);
        found.unwrap_or(if invites { &INVITING } else { &RFC })
    }

    /// Whether it is documented how the vendor says that no seat is left.
    pub(in crate::sandbox) fn has_seats(&self) -> bool {
        self.no_seat.is_some()
    }

    /// Whether whoever is given an account has to accept.
    pub(super) fn invites(&self) -> bool {
        self.user().resolve(INVITATION).is_some()
    }

    /// The users that it keeps.
    pub(super) fn users(&self) -> &'static ResourceType {
        let mut types = self.types.iter();
        let users = types.find(|of| of.name == USER.name);
        users.expect("every server has users")
    }
}

const GENERIC: Dialect = Dialect {
    name: "generic",
    path: "scim/v2",
    media_type: "application/scim+json",
    types: &[&USER, &GROUP],
    documents: &["ServiceProviderConfig", "ResourceTypes", "Schemas"],
    pages: Pages {
        default: 200,
        largest: 200,
        refuses_zero: false,
    },
    advertised_results: None,
    filters: Filters::All,
    patching: Patching::RFC,
    closing: Closing::Inactive,
    deleting: Closing::Removed,
    versions: true,
    meta: Meta::Rfc,
    searches: true,
    needs: &[],
    fixed: &[],
    bare_lists: false,
    single_email: false,
    errors: Errors::Rfc,
    // The RFC has no word for it, HTTP has.
    no_seat: Some((StatusCode::PAYMENT_REQUIRED, "no seat is left")),
};

/// What the vendors have in common.
const VENDOR: Dialect = Dialect {
    documents: &["ServiceProviderConfig"],
    versions: false,
    meta: Meta::Unversioned,
    searches: false,
    no_seat: None,
    ..GENERIC
};

static RFC: Dialect = GENERIC;

/// The RFC's, of a server that invites people.
static INVITING: Dialect = Dialect {
    types: &[&INVITED_USER, &GROUP],
    ..GENERIC
};

static DIALECTS: [Dialect; 7] = [
    // docs.slack.dev/admins/scim-api and /reference/scim-api (v2 tab: filters do not apply);
    // members and errors: java-slack-sdk, live-API tests.
    Dialect {
        name: "slack",
        media_type: "application/json",
        types: &[&SLACK_USER, &GROUP_OF_A_VENDOR],
        pages: Pages {
            default: 10,
            largest: 1000,
            refuses_zero: false,
        },
        filters: Filters::Ignored,
        patching: Patching {
            removal: Removal::Either,
            ..Patching::RFC
        },
        deleting: Closing::Inactive,
        needs: &["emails"],
        fixed: &[("User", "externalId")],
        errors: Errors::Slack,
        ..VENDOR
    },
    // docs.github.com, rest/scim/scim (organisations), and its OpenAPI description.
    Dialect {
        name: "github",
        path: "scim/v2/organizations/meridian",
        types: &[&GITHUB_USER],
        documents: &[],
        pages: Pages {
            default: 100,
            largest: 100,
            refuses_zero: false,
        },
        filters: Filters::Equality(&["userName", "externalId", "id", "emails"]),
        patching: Patching {
            paths: false,
            value_paths: false,
            flat_names: true,
            ..Patching::RFC
        },
        closing: Closing::Removed,
        needs: &["name", "emails"],
        errors: Errors::Numbered,
        ..VENDOR
    },
    // help.salesforce.com, xcloud.identity_scim_rest_api and _manage_groups.
    Dialect {
        name: "salesforce",
        path: "services/scim/v2",
        media_type: "application/json",
        types: &[&SALESFORCE_USER, &GROUP_OF_A_VENDOR],
        documents: &["ServiceProviderConfigs"],
        filters: Filters::Equality(&["userName", "externalId", "displayName"]),
        patching: Patching {
            removal: Removal::WrappedList,
            ..Patching::RFC
        },
        // Object Reference, "Core Data Types", StatusCode.
        no_seat: Some((
            StatusCode::BAD_REQUEST,
            "LICENSE_LIMIT_EXCEEDED: the number of licences is exceeded",
        )),
        ..VENDOR
    },
    // developers.zoom.us/docs/api/scim2: PATCH of a user is for (de)activation, PUT for the rest.
    Dialect {
        name: "zoom",
        path: "scim2",
        types: &[&ZOOM_USER, &GROUP_OF_A_VENDOR],
        documents: &[],
        pages: Pages {
            default: 100,
            largest: 100,
            refuses_zero: false,
        },
        filters: Filters::Equality(&["userName", "externalId"]),
        patching: Patching {
            only: Some(&["active"]),
            removal: Removal::Either,
            ..Patching::RFC
        },
        ..VENDOR
    },
    // notion.com/help/provision-users-and-groups-with-scim; members: openstandia/connector-notion.
    Dialect {
        name: "notion",
        media_type: "application/json",
        types: &[&NOTION_USER, &GROUP_OF_A_VENDOR],
        pages: Pages {
            default: 100,
            largest: 100,
            refuses_zero: true,
        },
        filters: Filters::Equality(&["userName", "displayName"]),
        patching: Patching {
            removal: Removal::List,
            ..Patching::RFC
        },
        closing: Closing::Removed,
        errors: Errors::Terse,
        ..VENDOR
    },
    // developers.figma.com/docs/rest-api, pages scim-*; replies: forum.figma.com.
    Dialect {
        name: "figma",
        path: "scim/v2/1234567890",
        media_type: "application/json",
        types: &[&FIGMA_USER, &GROUP_OF_A_VENDOR],
        pages: Pages {
            default: 100,
            largest: 3000,
            refuses_zero: false,
        },
        advertised_results: Some(200),
        filters: Filters::Equality(&["userName", "externalId", "displayName"]),
        // It looks like an entity tag, and is none.
        meta: Meta::Rfc,
        needs: &["active"],
        bare_lists: true,
        single_email: true,
        ..VENDOR
    },
    // developer.atlassian.com/cloud/admin/user-provisioning, and its OpenAPI description.
    Dialect {
        name: "atlassian",
        path: "scim/directory/bc4e9a2b",
        types: &[&ATLASSIAN_USER, &GROUP_OF_A_VENDOR],
        documents: &["ServiceProviderConfig", "ResourceTypes", "Schemas"],
        pages: Pages {
            default: 100,
            largest: 100,
            refuses_zero: false,
        },
        filters: Filters::Equality(&["userName", "externalId", "displayName"]),
        meta: Meta::Capitals,
        fixed: &[("Group", "displayName")],
        ..VENDOR
    },
];
