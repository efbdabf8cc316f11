//! The connector against a small Okta.
