//! What a kind of app is like: declared by its connector, read by everything else.
//!
//! Validation, schemas, planning, tests and documentation all read this one table.

use std::borrow::Cow;

/// The description of one kind of app.
#[derive(Clone, Debug)]
pub struct AppDescription {
    /// The `kind` in `[apps.X]`.
    pub kind: &'static str,
    /// One line for people.
    pub summary: Cow<'static, str>,
    /// The vendor's own domains, with all below them: a credential may be sent there without the
    /// trust file's saying so.
    pub domains: Vec<Cow<'static, str>>,
    /// The entitlement kinds, in the order in which they are granted.
    pub entitlements: Vec<EntitlementKind>,
    /// The attributes that the connector writes.
    pub attributes: Vec<AttributeKind>,
    /// Whether the app stores our HR id (SCIM `externalId`).
    pub stores_hr_id: bool,
    /// What closing an account means.
    pub leaving: Leaving,
    /// What `leaving` in `[apps.X]` may say; empty where there is nothing to choose.
    pub leaving_choices: &'static [&'static str],
    /// Whoever gets an account is invited, and has to accept (R19); none if accounts are simply made.
    pub invitation: Option<Invitation>,
    /// People sign in to other apps with it: a leaver's account here is closed first (R16).
    pub identity_provider: bool,
    /// The entitlement kind whose values make this app create and close accounts in others (R18):
    /// Okta's `groups`. None if this app is no source of a cascade.
    pub assigns: Option<KindIndex>,
    /// Alternative sets of names that a `credentials` table may hold: `token` alone, say.
    pub credentials: &'static [&'static [&'static str]],
    /// Scopes or roles that `plan` needs.
    pub read_scopes: Cow<'static, str>,
    /// Scopes or roles that `apply` needs.
    pub write_scopes: Cow<'static, str>,
}

impl AppDescription {
    /// The entitlement kind of a name, with its index.
    pub fn entitlement(&self, name: &str) -> Option<(KindIndex, &EntitlementKind)> {
        let index = self
            .entitlements
            .iter()
            .position(|kind| kind.name == name)?;
        Some((KindIndex::new(index), &self.entitlements[index]))
    }

    /// The entitlement kind of an index.
    pub fn kind(&self, index: KindIndex) -> &EntitlementKind {
        &self.entitlements[usize::from(index.0)]
    }
}

/// Which of [`AppDescription::entitlements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIndex(pub u8);

impl KindIndex {
    /// The index of a position in the table.
    pub fn new(position: usize) -> Self {
        Self(u8::try_from(position).expect("a connector declares at most 256 entitlement kinds"))
    }
}

/// Something that an account can hold inside its app.
#[derive(Clone, Debug)]
pub struct EntitlementKind {
    /// The key in a profile's table: `groups`.
    pub name: Cow<'static, str>,
    /// How values are written and held.
    pub shape: Shape,
    /// Which values we manage unless the configuration says otherwise (R10).
    pub authority: Authority,
    /// One line for people.
    pub summary: Cow<'static, str>,
    /// Values that make an administrator; levels, where values have one (R12).
    pub privileged: Vec<Cow<'static, str>>,
    /// Whether holding a value takes a seat, and what frees it (R14).
    pub seats: Option<Seats>,
}

impl EntitlementKind {
    /// The pool of which a value takes a seat, if it takes one.
    pub fn pool<'a>(&'a self, value: &'a str) -> Option<&'a str> {
        match &self.seats.as_ref()?.pools {
            Pools::OfValue => Some(value),
            Pools::Named(pools) => {
                let found = pools.iter().find(|(takes, _)| takes == value)?;
                Some(&found.1)
            }
        }
    }

    /// The values that take a seat of a pool.
    pub fn values_of<'a>(&'a self, pool: &'a str) -> Vec<&'a str> {
        match self.seats.as_ref().map(|seats| &seats.pools) {
            None => Vec::new(),
            Some(Pools::OfValue) => vec![pool],
            Some(Pools::Named(pools)) => {
                let of_it = pools.iter().filter(|(_, of)| of == pool);
                of_it.map(|(value, _)| &**value).collect()
            }
        }
    }
}

/// What takes a seat, and what frees it (R14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Which values take a seat of which pool.
    pub pools: Pools,
    /// Taking the value away frees its seat at once.
    pub freed_by_removal: bool,
    /// Closing the account frees its seat at once, whatever it goes on to hold.
    pub freed_by_leaving: bool,
}

/// Which values take a seat of which pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pools {
    /// Every value, of a pool of its own name.
    OfValue,
    /// These values, of these pools.
    Named(Vec<(Cow<'static, str>, Cow<'static, str>)>),
}

/// How the values of an entitlement kind are written, and how many an account can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `role = "editor"`: exactly one.
    One,
    /// `channels = ["#general"]`: a set.
    Many,
    /// `projects = { MKTG = "Developers" }`: keys with a level each.
    Keyed {
        /// The level that a plain list means.
        default_level: Cow<'static, str>,
        /// The levels there are; empty where the app has its own.
        levels: Vec<Cow<'static, str>>,
    },
}

/// Which values of an entitlement kind we manage (R10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Those that a profile, an extra or a past run of ours names; all others are left alone.
    Named,
    /// Every one: what is not desired is revoked.
    All,
    /// Those that a run of ours granted.
    Granted,
}

impl Authority {
    /// The word in the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::All => "all",
            Self::Granted => "granted",
        }
    }
}

/// An attribute that a connector writes to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeKind {
    /// Our name for it: `given_name`.
    pub name: &'static str,
    /// Where its desired value comes from.
    pub source: AttributeSource,
    /// Whether the app refuses to create an account without it.
    pub required: bool,
    /// The form in which desired and observed are compared.
    pub compare: Comparison,
}

/// Where an attribute's desired value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeSource {
    /// `name.given`
    GivenName,
    /// `name.family`
    FamilyName,
    /// Given and family name.
    DisplayName,
    /// `email`
    Email,
    /// `title` of the period.
    Title,
    /// `department` of the period.
    Department,
    /// `employment` of the period.
    Employment,
    /// `cost_centre`
    CostCentre,
    /// `country`
    Country,
    /// `locale`
    Locale,
    /// What the manager of the period signs in to this app with. It is set by a step of its own,
    /// once the manager has an account (R16).
    Manager,
}

/// The form in which two values of an attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Byte by byte, after trimming white space.
    Exact,
    /// Case-folded: emails and logins.
    Folded,
}

impl Comparison {
    /// True if the two say the same.
    pub fn same(self, left: &str, right: &str) -> bool {
        // Most are the same to the letter, and need no trimming.
        if left == right {
            return true;
        }
        let (left, right) = (left.trim(), right.trim());
        left == right || (self == Self::Folded && left.to_lowercase() == right.to_lowercase())
    }
}

/// How an app invites people (R19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// For how many days it can be accepted; none if it does not expire, or the app does not say.
    pub lifetime: Option<u16>,
    /// Whether what the files give can be given before the person accepted.
    pub gives_early: bool,
    /// Whether the app's API can send an expired one again.
    pub renews: bool,
}

/// What closing an account means in an app, in words for the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The final effect: "deactivated: cannot sign in; groups stay".
    pub effect: Cow<'static, str>,
    /// Whether the account comes back as it was on return.
    pub reversible: bool,
    /// Whether data is destroyed, which needs `allow_destructive` (R2).
    pub destroys_data: bool,
    /// Whether it also closes the accounts that this app's cascades made in others (R18).
    pub unassigns: bool,
    /// What it leaves undone that the API cannot do, for the app's owner: "end the sessions that are
    /// still open".
    pub tasks: Vec<Cow<'static, str>>,
}
