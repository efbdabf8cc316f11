//! How an app's SCIM differs, as data. The generic dialect is the RFC's; vendors' come here.

/// What is peculiar to an app's SCIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Its name: `generic`, `slack`.
    pub name: &'static str,
    /// The media type of bodies.
    pub media_type: &'static str,
    /// The most resources to ask for in one page.
    pub page_size: usize,
    /// The most members to name in one request.
    pub members_at_once: usize,
    /// How attributes are changed: forms in the order in which they are tried.
    pub change: &'static [Change],
    /// How members are removed: forms in the order in which they are tried.
    pub remove: &'static [Remove],
    /// Whether paths like `emails[type eq "work"].value` are understood.
    pub value_paths: bool,
}

impl Dialect {
    /// The RFC's own forms first, then those of the field.
    pub const fn generic() -> Self {
        Self {
            name: "generic",
            media_type: "application/scim+json",
            page_size: 100,
            members_at_once: 100,
            change: &[Change::ByPath, Change::WithoutPath, Change::Whole],
            remove: &[Remove::ByFilter, Remove::ByValue],
            value_paths: true,
        }
    }
}

/// A form in which attributes are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// PATCH, one operation per path.
    ByPath,
    /// PATCH, one operation without a path, its value holding the attributes.
    WithoutPath,
    /// PUT of the whole resource as just read, with the change made.
    Whole,
}

/// A form in which members are removed from a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remove {
    /// `path: members[value eq "id"]`, the RFC's.
    ByFilter,
    /// `path: members` and a list of values. A server that ignores the list empties the group.
    ByValue,
}
