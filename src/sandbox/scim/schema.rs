//! The attributes that the server knows: one table from which validation, filters, patches and the
//! discovery documents are read.

/// What a value of an attribute is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Text,
    Boolean,
    Instant,
    /// The location of a resource of this type.
    Reference(&'static str),
    Complex(&'static [Attribute]),
}

/// Who may change an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutability {
    ReadWrite,
    Immutable,
    ReadOnly,
}

/// One attribute with its properties (RFC 7643 section 2.2).
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the RFC's own properties of an attribute"
)]
pub(super) struct Attribute {
    pub name: &'static str,
    pub description: &'static str,
    pub of: Type,
    pub multi_valued: bool,
    pub required: bool,
    pub case_exact: bool,
    pub unique: bool,
    pub mutability: Mutability,
    pub canonical: &'static [&'static str],
    /// Left out of answers unless asked for by name.
    pub on_request: bool,
}

impl Attribute {
    pub const fn new(name: &'static str, of: Type, description: &'static str) -> Self {
        Self {
            name,
            description,
            of,
            multi_valued: false,
            required: false,
            case_exact: false,
            unique: false,
            mutability: Mutability::ReadWrite,
            canonical: &[],
            on_request: false,
        }
    }

    pub const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Text, description)
    }

    pub const fn many(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    pub const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }

    const fn canonical(mut self, values: &'static [&'static str]) -> Self {
        self.canonical = values;
        self
    }

    const fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }

    /// The attributes inside of a complex one; none inside of any other.
    pub fn inside(&self) -> &'static [Self] {
        match self.of {
            Type::Complex(inside) => inside,
            _ => &[],
        }
    }
}

/// The way from a resource to one of its attributes. An extension is its first step, as if it were
/// a complex attribute whose name is the URN: that is how it looks in JSON.
pub(super) type Steps = Vec<&'static Attribute>;

/// A type of resource.
#[derive(Debug)]
pub(super) struct ResourceType {
    pub name: &'static str,
    pub endpoint: &'static str,
    pub description: &'static str,
    pub urn: &'static str,
    /// The attribute by which people know a resource.
    pub known_by: &'static str,
    /// The attribute that lists the other end of memberships.
    pub relation: &'static str,
    /// Its own attributes.
    pub attributes: &'static [Attribute],
    /// Its extensions.
    pub extensions: &'static [Attribute],
    /// Whether what it does not know is ignored in a body instead of refused.
    pub lenient: bool,
}

impl ResourceType {
    /// All attributes: its own, its extensions, and those of every resource.
    pub fn all(&self) -> impl Iterator<Item = &'static Attribute> {
        let own = self.attributes.iter().chain(self.extensions);
        own.chain(COMMON)
    }

    /// Whether a user's manager is told as the id of another account.
    pub fn refers_to_managers(&self) -> bool {
        let path = format!("{ENTERPRISE}:manager.$ref");
        self.resolve(&path).is_some()
    }

    /// The attribute that a path of names leads to: `userName`, `name.familyName`, `URN:department`.
    pub fn resolve(&self, path: &str) -> Option<Steps> {
        if let Some(rest) = after_urn(path, self.urn) {
            return resolve(self.all(), rest.strip_prefix(':')?);
        }
        for extension in self.extensions {
            match after_urn(path, extension.name) {
                Some("") => return Some(vec![extension]),
                Some(rest) => {
                    let mut steps = vec![extension];
                    steps.extend(resolve(extension.inside().iter(), rest.strip_prefix(':')?)?);
                    return Some(steps);
                }
                None => {}
            }
        }
        resolve(self.all(), path)
    }
}

/// The attribute that names joined by dots lead to. Names are the same whatever their case.
pub(super) fn resolve(
    attributes: impl Iterator<Item = &'static Attribute>,
    path: &str,
) -> Option<Steps> {
    let mut names = path.split('.');
    let mut steps = vec![named(attributes, names.next()?)?];
    for name in names {
        let inside = steps.last().expect("there is a first step").inside();
        steps.push(named(inside.iter(), name)?);
    }
    Some(steps)
}

/// The attribute of a name.
pub(super) fn named(
    mut attributes: impl Iterator<Item = &'static Attribute>,
    name: &str,
) -> Option<&'static Attribute> {
    attributes.find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn after_urn<'a>(path: &'a str, urn: &str) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(urn.len())?;
    let whole = rest.is_empty() || rest.starts_with(':');
    (whole && start.eq_ignore_ascii_case(urn)).then_some(rest)
}

const COMMON: &[Attribute] = &[
    Attribute::text("schemas", "The schemas of the resource.")
        .many()
        .case_exact()
        .read_only(),
    Attribute::text("id", "The id that the server gave.")
        .case_exact()
        .read_only(),
    Attribute::text("externalId", "The id that the client gave.").case_exact(),
    Attribute::new("meta", META, "About the resource.").read_only(),
];

const META: Type = Type::Complex(&[
    Attribute::text("resourceType", "The type.")
        .case_exact()
        .read_only(),
    Attribute::new("created", Type::Instant, "When it was made.").read_only(),
    Attribute::new("lastModified", Type::Instant, "When it last changed.").read_only(),
    Attribute::text("location", "Its address.")
        .case_exact()
        .read_only(),
    Attribute::text("version", "Its version.")
        .case_exact()
        .read_only(),
]);

pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) const USER_NAME: Attribute = Attribute::text("userName", "The login.")
    .required()
    .unique();

pub(super) const NAME: Attribute = Attribute::new(
    "name",
    Type::Complex(&[
        Attribute::text("formatted", "The whole name."),
        Attribute::text("familyName", "The family name."),
        Attribute::text("givenName", "The given name."),
    ]),
    "The parts of the person's name.",
);

pub(super) const DISPLAY_NAME: Attribute = Attribute::text("displayName", "The name on display.");

pub(super) const TITLE: Attribute = Attribute::text("title", "The job's title.");

pub(super) const ACTIVE: Attribute =
    Attribute::new("active", Type::Boolean, "Whether the account is open.");

pub(super) const EMAILS: Attribute = Attribute::new(
    "emails",
    Type::Complex(&[
        Attribute::text("value", "The address."),
        Attribute::text("type", "What the address is for.").canonical(&["work", "home", "other"]),
        Attribute::new("primary", Type::Boolean, "Whether it is the preferred one."),
    ]),
    "Email addresses.",
)
.many();

pub(super) const GROUPS: Attribute = Attribute::new(
    "groups",
    Type::Complex(&[
        Attribute::text("value", "The group's id.")
            .case_exact()
            .read_only(),
        Attribute::new("$ref", Type::Reference("Group"), "The group's address.")
            .case_exact()
            .read_only(),
        Attribute::text("display", "The group's name.").read_only(),
        Attribute::text("type", "How the membership came about.")
            .canonical(&["direct"])
            .read_only(),
    ]),
    "The groups that have this account as a member.",
)
.many()
.read_only();

pub(super) const EMPLOYEE_NUMBER: Attribute =
    Attribute::text("employeeNumber", "The number by which HR knows the person.");

pub(super) const COST_CENTER: Attribute = Attribute::text("costCenter", "The cost centre.");

pub(super) const DEPARTMENT: Attribute = Attribute::text("department", "The department.");

pub(super) static USER: ResourceType = user(&[ENTERPRISE_USER]);

/// Users with these extensions.
pub(super) const fn user(extensions: &'static [Attribute]) -> ResourceType {
    ResourceType {
        name: "User",
        endpoint: "Users",
        description: "Accounts of people and programs",
        urn: "urn:ietf:params:scim:schemas:core:2.0:User",
        known_by: "userName",
        relation: "groups",
        attributes: &[USER_NAME, NAME, DISPLAY_NAME, TITLE, ACTIVE, EMAILS, GROUPS],
        extensions,
        lenient: false,
    }
}

pub(super) const ENTERPRISE_USER: Attribute = Attribute::new(
    ENTERPRISE,
    Type::Complex(&[
        EMPLOYEE_NUMBER,
        COST_CENTER,
        DEPARTMENT,
        Attribute::new(
            "manager",
            Type::Complex(&[
                Attribute::text("value", "The id of the manager's account.")
                    .case_exact()
                    .required(),
                Attribute::new("$ref", Type::Reference("User"), "Its address.").case_exact(),
                Attribute::text("displayName", "Its name on display.")
                    .read_only()
                    .on_request(),
            ]),
            "The person's manager.",
        ),
    ]),
    "What an enterprise knows of a person",
);

pub(super) static GROUP: ResourceType = group(false);

/// Groups, of a server that refuses what it does not know, or ignores it.
pub(super) const fn group(lenient: bool) -> ResourceType {
    ResourceType {
        name: "Group",
        endpoint: "Groups",
        description: "Groups of accounts",
        urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
        known_by: "displayName",
        relation: "members",
        attributes: GROUP_ATTRIBUTES,
        extensions: &[],
        lenient,
    }
}

const GROUP_ATTRIBUTES: &[Attribute] = &[
    Attribute::text("displayName", "The group's name.").required(),
    MEMBERS,
];

const MEMBERS: Attribute = Attribute::new(
    "members",
    Type::Complex(&[
        Attribute::text("value", "The account's id.")
            .case_exact()
            .immutable(),
        Attribute::new("$ref", Type::Reference("User"), "The account's address.")
            .case_exact()
            .immutable(),
        Attribute::text("type", "The type of the member.")
            .canonical(&["User"])
            .immutable(),
        Attribute::text("display", "The account's name on display.")
            .read_only()
            .on_request(),
    ]),
    "The accounts in the group.",
)
.many();
