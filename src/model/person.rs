//! People: who works here, and when.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::base::{Foreign, Site};

use super::name::{AppName, PersonId, ProfileKey};

/// A valid entry of `people.toml`.
#[derive(Clone, Debug)]
pub struct Person {
    /// The HR employee id.
    pub id: PersonId,
    /// Given name.
    pub given: Foreign,
    /// Family name; empty for people who have one name.
    pub family: Foreign,
    /// The address at work, as written; compare it [folded](fold_email).
    pub email: Foreign,
    /// Addresses of the past, still good for finding accounts.
    pub previous_emails: Vec<Foreign>,
    /// HR ids of the past, still good for finding accounts.
    pub previous_ids: Vec<PersonId>,
    /// The login per app, where an app does not tell emails.
    pub logins: BTreeMap<AppName, Foreign>,
    /// Stretches of employment, by first day, never overlapping; at least one.
    pub periods: Vec<Period>,
    /// Absences, by first day.
    pub leave: Vec<Leave>,
    /// Cuts access at an instant, whatever the periods say.
    pub access_ends: Option<Timestamp>,
    /// An order cuts it, which the files do not agree with yet.
    pub ordered: Option<OrderedEnd>,
    /// IANA name of the person's time zone; the organisation's where absent.
    pub time_zone: Option<String>,
    /// ISO 3166-1 alpha-2 country code.
    pub country: Option<Foreign>,
    /// Locale, as `en_US`.
    pub locale: Option<Foreign>,
    /// Cost centre.
    pub cost_centre: Option<Foreign>,
    /// Whatever else some app requires.
    pub attributes: BTreeMap<String, Foreign>,
    /// The entry's place.
    pub site: Site,
    /// The entry has a problem of its own: grants are held, closings are not.
    pub problem: Option<Box<Problem>>,
}

/// What an order says of somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderedEnd {
    /// The order's number.
    pub order: u64,
    /// When access ended.
    pub at: Timestamp,
}

/// What is wrong with one person's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The diagnostic's code: `unknown-profile`.
    pub code: &'static str,
    /// What it says.
    pub message: String,
    /// The line that it is about.
    pub site: Site,
}

impl Person {
    /// When access is cut, whatever the periods say: by the files or by an order, whichever is
    /// earlier.
    pub fn cut(&self) -> Option<Timestamp> {
        let ordered = self.ordered.map(|order| order.at);
        self.access_ends.into_iter().chain(ordered).min()
    }

    /// Given and family name, as people say them.
    pub fn display_name(&self) -> Foreign {
        Foreign::new(self.full_name().into_owned())
    }

    /// The same, to be compared.
    pub fn full_name(&self) -> Cow<'_, str> {
        match (self.given.raw(), self.family.raw()) {
            (name, "") | ("", name) => Cow::Borrowed(name),
            (given, family) => Cow::Owned([given, family].join(" ")),
        }
    }
}

/// One stretch of employment.
#[derive(Clone, Debug)]
pub struct Period {
    /// First working day.
    pub from: Date,
    /// Last working day, inclusive; open-ended if absent.
    pub until: Option<Date>,
    /// The profile.
    pub job_code: ProfileKey,
    /// Job title.
    pub title: Option<Foreign>,
    /// Department.
    pub department: Option<Foreign>,
    /// The manager's id.
    pub manager: Option<PersonId>,
    /// Kind of employment.
    pub employment: Employment,
    /// The place of the entry (or of its `job_code`).
    pub site: Site,
}

/// Kind of employment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Employment {
    /// On the payroll.
    #[default]
    Employee,
    /// Engaged until a date.
    Contractor,
    /// In training.
    Intern,
    /// Works for a supplier.
    Vendor,
}

impl Employment {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Employee, Self::Contractor, Self::Intern, Self::Vendor];

    /// The word in the files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Contractor => "contractor",
            Self::Intern => "intern",
            Self::Vendor => "vendor",
        }
    }
}

/// A leave of absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// First day away.
    pub from: Date,
    /// Last day away; unknown if absent.
    pub until: Option<Date>,
}

/// True if two emails or logins are the same in the form in which they are compared.
pub fn same_email(left: &str, right: &str) -> bool {
    left == right || fold_email(left) == fold_email(right)
}

/// An email or login in the form in which two of them are compared: case-folded, trimmed.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}
