//! How an app's SCIM differs, as data. The generic dialect is the RFC's, with the forms of the
//! field after it; vendors' ship as files in `dialects/`, and users write their own:
//!
//! ```toml
//! [dialects.legacy]
//! based_on = "slack"          # "generic" if nothing is named
//! page_size = 20
//! remove = ["filter", "list"] # tried in this order
//! ```

mod attribute;
pub mod choice;
mod fields;
mod reading;
mod shipped;

use crate::apps::scim::schema::Path;
use crate::model::app::Leaving;

pub use attribute::Attribute;
pub use choice::{Add, Change, Closing, Login, Memberships, Remove, Turns};
pub use fields::FIELDS;
pub use reading::{Author, read, unknown};
pub use shipped::{names, shipped};

/// What is peculiar to an app's SCIM.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one peculiarity, independent of the others"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Its name: `generic`, `slack`.
    pub name: String,
    /// The name of the shipped dialect that it is, or is built on.
    pub vendor: String,
    /// One line for people.
    pub summary: String,
    /// The vendor's own domains: a token may be sent there without the trust file's saying so. Only
    /// those that ship have any.
    pub domains: Vec<String>,
    /// The media type of bodies.
    pub media_type: &'static str,
    /// The most resources to ask for in one page.
    pub page_size: usize,
    /// The most members to name in one request.
    pub members_at_once: usize,
    /// Whether `ServiceProviderConfig` and `Schemas` are there to be asked.
    pub discovery: bool,
    /// Whether filters are of use; what they find is checked all the same.
    pub filters: bool,
    /// The attribute by which users can be filtered for an email, if there is one.
    pub email_filter: Option<String>,
    /// What people sign in with.
    pub login: Login,
    /// Whether `externalId` is ours to write.
    pub stores_hr_id: bool,
    /// The attributes that it takes, in the order of the description.
    pub attributes: Vec<Attribute>,
    /// How attributes are changed: forms in the order in which they are tried.
    pub change: Vec<Change>,
    /// How an account is closed.
    pub closing: Closing,
    /// Whether an inactive account can be made active again.
    pub reactivates: bool,
    /// Whether a change may show only after a while.
    pub shows_late: bool,
    /// Whether paths like `emails[type eq "work"].value` are understood.
    pub value_paths: bool,
    /// Whether there are groups.
    pub groups: bool,
    /// Where it is told who is in which group.
    pub memberships: Memberships,
    /// How members are added.
    pub add: Add,
    /// How members are removed: forms in the order in which they are tried.
    pub remove: Vec<Remove>,
    /// What is written one after the other.
    pub turns: Turns,
    /// What closing an account means.
    pub leaving: Leaving,
    /// How it invites people, if whoever is given an account has to accept.
    pub invitation: Option<Invites>,
    /// What `plan` needs.
    pub read_scopes: String,
    /// What `apply` needs.
    pub write_scopes: String,
}

/// How an app invites whoever is given an account (R19). What an app tells of it is its own: SCIM
/// knows no such state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invites {
    /// For how many days an invitation can be accepted; none if it does not expire.
    pub lifetime: Option<u16>,
    /// What is true of a user for as long as it is not accepted; none if the app does not tell.
    pub pending: Option<Path>,
    /// Whether groups can be given before.
    pub gives_early: bool,
}

impl Dialect {
    /// The RFC's own forms first, then those of the field.
    pub fn generic() -> Self {
        Self {
            name: "generic".to_owned(),
            vendor: "generic".to_owned(),
            summary: "any app with a SCIM 2.0 interface".to_owned(),
            domains: Vec::new(),
            media_type: choice::MEDIA_TYPES[0].0,
            page_size: 100,
            members_at_once: 100,
            discovery: true,
            filters: true,
            email_filter: Some("emails.value".to_owned()),
            login: Login::UserName,
            stores_hr_id: true,
            attributes: attribute::usual(),
            change: vec![Change::ByPath, Change::WithoutPath, Change::Whole],
            closing: Closing::Inactive(vec![Change::ByPath, Change::WithoutPath, Change::Whole]),
            reactivates: true,
            shows_late: false,
            value_paths: true,
            groups: true,
            memberships: Memberships::InGroups,
            add: Add::List,
            remove: vec![Remove::ByFilter, Remove::ByList],
            turns: Turns::PerObject,
            leaving: Leaving {
                effect: "set to active = false: cannot sign in; groups stay".into(),
                reversible: true,
                destroys_data: false,
                unassigns: false,
                // RFC 7643 and 7644 know accounts and groups, and nothing of these.
                tasks: vec![
                    "end the sessions that are still open, and revoke the tokens that they made: \
                     SCIM can do neither"
                        .into(),
                ],
            },
            invitation: None,
            read_scopes: "a bearer token that may read Users and Groups".to_owned(),
            write_scopes: "a bearer token that may read and write Users and Groups".to_owned(),
        }
    }

    /// The attribute of one of our names.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}
