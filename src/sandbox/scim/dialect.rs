//! Whose SCIM a server is: what each vendor's deviates in from the RFC's, as one table.

/// How one vendor's server deviates.
#[derive(Debug)]
pub(in crate::sandbox) struct Dialect {
    name: &'static str,
    /// The path of its base URL.
    pub path: &'static str,
    /// What becomes of an account whose `active` becomes false.
    pub closing: Closing,
}

/// What becomes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It stays, inactive.
    Inactive,
    /// It is gone, and its id with it.
    Removed,
}

impl Dialect {
    /// The dialect of a name; the RFC's own for any other.
    pub fn named(name: Option<&str>) -> &'static Self {
        let mut dialects = DIALECTS.iter();
        let found = dialects.find(|dialect| Some(dialect.name) == name);
        found.unwrap_or(&RFC)
    }
}

static RFC: Dialect = Dialect {
    name: "generic",
    path: "scim/v2",
    closing: Closing::Inactive,
};

static DIALECTS: [Dialect; 0] = [];
