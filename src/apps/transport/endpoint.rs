//! What a token endpoint wants: the words in which a connector describes the one of its vendor.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::target::{Target, is_loopback};

/// How an app gives access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenEndpoint {
    /// Where it is asked.
    pub place: Place,
    /// What it is asked for.
    pub grant: Grant,
    /// By what the client shows who it is.
    pub proof: Proof,
    /// The scope to ask for to read, as the vendor writes several; none, if it is empty.
    pub read: &'static str,
    /// The scope to ask for to write. It is not asked for before something is written.
    pub write: &'static str,
    /// What the vendor wants beside.
    pub fields: &'static [(&'static str, Field)],
}

/// Where a token endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below the app's own url: the segments of its path.
    Below(&'static [&'static str]),
    /// On the app's own host, wherever its url leads: its path.
    Host(&'static str),
    /// The vendor's own, one for all of its customers: an https address, in which `{name}` stands
    /// for the credential of that name.
    Vendor(&'static str),
}

/// What a token is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Being the client (RFC 6749, section 4.4).
    ClientCredentials,
    /// The credential `refresh_token` (RFC 6749, section 6). A vendor that gives a new one each
    /// time fits no files that only name where it is kept: the new one is used, and forgotten at
    /// the end of the run.
    RefreshToken,
    /// An assertion signed with `private_key`, for the credential `subject` if there is one
    /// (RFC 7523, section 2.1).
    Assertion {
        /// For whom it is; empty for the endpoint itself.
        audience: &'static str,
    },
    /// Being the client, by a word of the vendor's own.
    Named(&'static str),
}

/// By what a client shows that it is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// What is asked for shows it.
    None,
    /// `client_id` and `client_secret` in the `Authorization` header (RFC 6749, section 2.3.1).
    Basic,
    /// `client_id` and `client_secret` among the fields.
    Form,
    /// An assertion of `client_id`, signed with `private_key` (RFC 7523, section 2.2).
    Assertion {
        /// The name of the header of the assertion that says which key it was: `kid`.
        key_id: &'static str,
    },
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Always this.
    Always(&'static str),
    /// The credential of this name.
    Credential(&'static str),
}

/// What the files' `credentials` gave, by name.
pub type Values = BTreeMap<&'static str, SecretString>;

impl TokenEndpoint {
    /// Where to ask.
    pub fn address(&self, base: &Url, values: &Values) -> Option<Url> {
        match self.place {
            Place::Below(path) => Target::new(path).ok()?.below(base).ok(),
            Place::Host(path) => base.join(path).ok(),
            Place::Vendor(address) => {
                let mut address = address.to_owned();
                for (name, value) in values {
                    let value = utf8_percent_encode(value.expose_secret(), NON_ALPHANUMERIC);
                    address = address.replace(&format!("{{{name}}}"), &value.to_string());
                }
                let address = Url::parse(&address).ok()?;
                // What is for an app on this machine never leaves it.
                if is_loopback(base) {
                    base.join(address.path()).ok()
                } else {
                    Some(address)
                }
            }
        }
    }

    /// The credentials that it cannot do without, beside `private_key`.
    pub fn required(&self) -> Vec<&'static str> {
        let mut names = match self.proof {
            Proof::Basic | Proof::Form => vec!["client_id", "client_secret"],
            Proof::Assertion { .. } => vec!["client_id"],
            Proof::None => Vec::new(),
        };
        if self.grant == Grant::RefreshToken {
            names.push("refresh_token");
        }
        names.extend(self.fields.iter().filter_map(|(_, field)| match field {
            Field::Credential(name) => Some(*name),
            Field::Always(_) => None,
        }));
        if let Place::Vendor(address) = self.place {
            names.extend(placeholder(address));
        }
        names
    }

    /// The credentials that it takes if there are any.
    pub fn optional(&self) -> &'static [&'static str] {
        match (self.signs(), self.grant) {
            // A key file may name its owner.
            (_, Grant::Assertion { .. }) => &["client_id", "key_id", "subject"],
            (true, _) => &["key_id"],
            (false, _) => &[],
        }
    }

    /// True if it takes something signed with `private_key`.
    pub fn signs(&self) -> bool {
        matches!(self.grant, Grant::Assertion { .. })
            || matches!(self.proof, Proof::Assertion { .. })
    }

    /// The scope that a request of a method needs.
    pub fn scope(&self, method: &reqwest::Method) -> &'static str {
        if *method == reqwest::Method::GET {
            self.read
        } else {
            self.write
        }
    }
}

/// The one name in brackets, if there is one.
fn placeholder(address: &'static str) -> Option<&'static str> {
    let (_, rest) = address.split_once('{')?;
    Some(rest.split_once('}')?.0)
}
