//! The users of vendors' servers: which attributes they keep; all others they ignore.
//!
//! Sources: as in the table of dialects.

use super::schema::{
    ACTIVE, Attribute, COST_CENTER, DEPARTMENT, DISPLAY_NAME, EMAILS, EMPLOYEE_NUMBER, ENTERPRISE,
    GROUPS, NAME, ResourceType, TITLE, Type, USER_NAME, group,
};

pub(super) static GROUP_OF_A_VENDOR: ResourceType = group(true);

const VENDOR: ResourceType = ResourceType {
    name: "User",
    endpoint: "Users",
    description: "Accounts of people",
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    known_by: "userName",
    relation: "groups",
    attributes: &[USER_NAME, NAME, DISPLAY_NAME, TITLE, ACTIVE, EMAILS, GROUPS],
    extensions: &[],
    lenient: true,
};

/// The enterprise extension with a vendor's own way to name the manager, who is text to it.
const fn enterprise(inside: &'static [Attribute]) -> Attribute {
    Attribute::new(
        ENTERPRISE,
        Type::Complex(inside),
        "What an enterprise knows of a person",
    )
}

pub(super) static SLACK_USER: ResourceType = ResourceType {
    extensions: &[
        enterprise(&[
            EMPLOYEE_NUMBER,
            COST_CENTER,
            DEPARTMENT,
            Attribute::new(
                "manager",
                Type::Complex(&[Attribute::text("managerId", "Slack id, email or userName.")]),
                "The person's manager.",
            ),
        ]),
        Attribute::new(
            "urn:ietf:params:scim:schemas:extension:slack:guest:2.0:User",
            Type::Complex(&[
                Attribute::text("type", "The kind of guest."),
                Attribute::new("expiration", Type::Instant, "Until when."),
            ]),
            "A guest of some channels",
        ),
        Attribute::new(
            "urn:ietf:params:scim:schemas:extension:slack:profile:2.0:User",
            Type::Complex(&[Attribute::new("startDate", Type::Instant, "The first day.")]),
            "More of the profile",
        ),
    ],
    ..VENDOR
};

pub(super) static GITHUB_USER: ResourceType = ResourceType {
    attributes: &[USER_NAME, NAME, DISPLAY_NAME, ACTIVE, EMAILS],
    ..VENDOR
};

pub(super) static ZOOM_USER: ResourceType = ResourceType {
    attributes: &[
        USER_NAME,
        NAME,
        DISPLAY_NAME,
        TITLE,
        ACTIVE,
        EMAILS,
        GROUPS,
        Attribute::text("userType", "The licence: Basic, Licensed or On-Prem."),
    ],
    extensions: &[enterprise(&[DEPARTMENT])],
    ..VENDOR
};

/// What cascades make; a profile, which a user needs to be made otherwise, is left out.
pub(super) static SALESFORCE_USER: ResourceType = ResourceType {
    extensions: &[enterprise(&[EMPLOYEE_NUMBER, DEPARTMENT])],
    ..VENDOR
};

pub(super) static NOTION_USER: ResourceType = ResourceType {
    attributes: &[USER_NAME, NAME, DISPLAY_NAME, TITLE, ACTIVE, EMAILS],
    extensions: &[
        enterprise(&[
            EMPLOYEE_NUMBER,
            COST_CENTER,
            DEPARTMENT,
            Attribute::new(
                "manager",
                Type::Complex(&[
                    Attribute::text("value", "The manager's email."),
                    Attribute::text("displayName", "The manager's name."),
                ]),
                "The person's manager.",
            ),
        ]),
        Attribute::new(
            "urn:ietf:params:scim:schemas:extension:notion:2.0:User",
            Type::Complex(&[Attribute::text("role", "The role in the workspace.")]),
            "What the person is in the workspace",
        ),
    ],
    ..VENDOR
};

pub(super) static FIGMA_USER: ResourceType = ResourceType {
    attributes: &[
        USER_NAME,
        NAME,
        DISPLAY_NAME,
        TITLE,
        ACTIVE,
        EMAILS,
        Attribute::new(
            "roles",
            Type::Complex(&[
                Attribute::text("type", "`seatType`."),
                Attribute::text("value", "Full, Dev, Collab or View."),
            ]),
            "The seat.",
        )
        .many(),
    ],
    extensions: &[
        enterprise(&[
            EMPLOYEE_NUMBER,
            COST_CENTER,
            DEPARTMENT,
            Attribute::text("managerValue", "The manager's email."),
            Attribute::text("managerDisplayName", "The manager's name."),
        ]),
        Attribute::new(
            "urn:ietf:params:scim:schemas:extension:figma:enterprise:2.0:User",
            Type::Complex(&[Attribute::new(
                "figmaAdmin",
                Type::Boolean,
                "Whether the person administers the organisation.",
            )]),
            "What the person is in the organisation",
        ),
    ],
    ..VENDOR
};

pub(super) static ATLASSIAN_USER: ResourceType = ResourceType {
    // Its description has an organisation besides, and no manager.
    extensions: &[enterprise(&[DEPARTMENT])],
    ..VENDOR
};
