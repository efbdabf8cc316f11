//! The vendors' token endpoints, so that a connector names its own in one line. Each is as the
//! vendor's documents have it.

use super::endpoint::{Field, Grant, Place, Proof, TokenEndpoint};

/// A client with a secret among the fields, for what it may do by itself: the field's habit.
const PLAIN: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth/token"),
    grant: Grant::ClientCredentials,
    proof: Proof::Form,
    read: "",
    write: "",
    fields: &[],
};

/// Adobe, OAuth server-to-server.
pub const ADOBE: TokenEndpoint = TokenEndpoint {
    place: Place::Vendor("https://ims-na1.adobelogin.com/ims/token/v2"),
    read: "openid,AdobeID,user_management_sdk",
    write: "openid,AdobeID,user_management_sdk",
    ..PLAIN
};

/// Box, client credentials for the enterprise: the credential `enterprise_id`.
pub const BOX: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth2/token"),
    fields: &[
        ("box_subject_type", Field::Always("enterprise")),
        ("box_subject_id", Field::Credential("enterprise_id")),
    ],
    ..PLAIN
};

/// Dropbox, the refresh token of a team's app, which stays the same.
pub const DROPBOX: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth2/token"),
    grant: Grant::RefreshToken,
    ..PLAIN
};

/// Google, the key of a service account, as its key file holds it; with `subject`, it acts as that
/// administrator. Scopes are separated by spaces.
pub const fn google(read: &'static str, write: &'static str) -> TokenEndpoint {
    TokenEndpoint {
        place: Place::Vendor("https://oauth2.googleapis.com/token"),
        grant: Grant::Assertion { audience: "" },
        proof: Proof::None,
        read,
        write,
        ..PLAIN
    }
}

/// `HubSpot`, the refresh token of an app, which stays the same.
pub const HUBSPOT: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth/v1/token"),
    grant: Grant::RefreshToken,
    ..PLAIN
};

/// `JumpCloud`, a service account.
pub const JUMPCLOUD: TokenEndpoint = TokenEndpoint {
    place: Place::Vendor("https://admin-oauth.id.jumpcloud.com/oauth2/token"),
    proof: Proof::Basic,
    read: "api",
    write: "api",
    ..PLAIN
};

/// All that an administrator consented to.
const MICROSOFT_SCOPE: &str = "https://graph.microsoft.com/.default";

/// Microsoft Graph, a secret: the credential `tenant` says whose.
pub const MICROSOFT: TokenEndpoint = TokenEndpoint {
    place: Place::Vendor("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"),
    read: MICROSOFT_SCOPE,
    write: MICROSOFT_SCOPE,
    ..PLAIN
};

/// Microsoft Graph, the key of a certificate: `key_id` is the SHA-256 of the certificate.
pub const MICROSOFT_CERTIFICATE: TokenEndpoint = TokenEndpoint {
    proof: Proof::Assertion { key_id: "x5t#S256" },
    fields: &[("client_id", Field::Credential("client_id"))],
    ..MICROSOFT
};

/// Okta, the organisation's own authorisation server: a custom one gives no `okta.*` scopes.
pub const fn okta(read: &'static str, write: &'static str) -> TokenEndpoint {
    TokenEndpoint {
        place: Place::Below(&["oauth2", "v1", "token"]),
        proof: Proof::Assertion { key_id: "kid" },
        read,
        write,
        ..PLAIN
    }
}

/// Salesforce, a secret; only on the organisation's own host.
pub const SALESFORCE: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/services/oauth2/token"),
    ..PLAIN
};

/// Salesforce, a key, for the user `subject`.
pub const SALESFORCE_KEY: TokenEndpoint = salesforce_key("https://login.salesforce.com");

/// Salesforce, a key, for a user of a sandbox of the vendor.
pub const SALESFORCE_TEST_KEY: TokenEndpoint = salesforce_key("https://test.salesforce.com");

const fn salesforce_key(audience: &'static str) -> TokenEndpoint {
    TokenEndpoint {
        grant: Grant::Assertion { audience },
        proof: Proof::None,
        ..SALESFORCE
    }
}

/// `ServiceNow`, client credentials bound to a user.
pub const SERVICENOW: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth_token.do"),
    ..PLAIN
};

/// Zendesk, a confidential client.
pub const ZENDESK: TokenEndpoint = TokenEndpoint {
    place: Place::Host("/oauth/tokens"),
    read: "read",
    write: "read write",
    ..PLAIN
};

/// Zoom, a server-to-server app of the account `account_id`.
pub const ZOOM: TokenEndpoint = TokenEndpoint {
    place: Place::Vendor("https://zoom.us/oauth/token"),
    grant: Grant::Named("account_credentials"),
    proof: Proof::Basic,
    fields: &[("account_id", Field::Credential("account_id"))],
    ..PLAIN
};
