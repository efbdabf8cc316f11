//! The attributes that a dialect takes.

use crate::apps::scim::schema::{ENTERPRISE, Path};
use crate::model::app::{AttributeKind, AttributeSource, Comparison};

/// An attribute, and where the app keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Our name for it.
    pub name: &'static str,
    /// Where its desired value comes from.
    pub source: AttributeSource,
    /// Where it is.
    pub path: Path,
    /// It holds the id of another account; we know that account by its login.
    pub names_an_account: bool,
}

/// Our names, and where their desired values come from.
const NAMES: [(&str, AttributeSource); 10] = [
    ("given_name", AttributeSource::GivenName),
    ("family_name", AttributeSource::FamilyName),
    ("display_name", AttributeSource::DisplayName),
    ("title", AttributeSource::Title),
    ("department", AttributeSource::Department),
    ("employment", AttributeSource::Employment),
    ("cost_centre", AttributeSource::CostCentre),
    ("country", AttributeSource::Country),
    ("locale", AttributeSource::Locale),
    ("manager", AttributeSource::Manager),
];

impl Attribute {
    /// The attribute of one of our names; none if it is no name of ours.
    pub fn of(name: &str, path: Path) -> Option<Self> {
        let (name, source) = NAMES.into_iter().find(|(known, _)| *known == name)?;
        Some(Self {
            name,
            source,
            path,
            names_an_account: source == AttributeSource::Manager,
        })
    }

    /// What the description says of it.
    pub fn kind(&self) -> AttributeKind {
        AttributeKind {
            name: self.name,
            source: self.source,
            required: false,
            compare: if self.source == AttributeSource::Manager {
                Comparison::Folded
            } else {
                Comparison::Exact
            },
        }
    }

    /// A step of its own sets it, once its account is there.
    pub fn comes_later(&self) -> bool {
        self.source == AttributeSource::Manager
    }
}

/// The names that a dialect may use.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    NAMES.iter().map(|(name, _)| *name)
}

/// What the RFC's own schemas hold of what we know.
pub fn usual() -> Vec<Attribute> {
    let at = |name, path: &str| {
        let path = Path::parse(path).expect("a path of the RFC");
        Attribute::of(name, path).expect("a name of ours")
    };
    vec![
        at("given_name", "name.givenName"),
        at("family_name", "name.familyName"),
        at("display_name", "displayName"),
        at("title", "title"),
        at("department", &format!("{ENTERPRISE}:department")),
        at("manager", &format!("{ENTERPRISE}:manager.value")),
    ]
}
