//! Guards (R20): what looks at a whole plan before the first write, and what it found.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::count::thousands;
use crate::base::source::Location;

use super::change::{Action, Change};
use super::fate::Fate;
use super::name::AppName;

/// What is guarded.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// How many accounts are closed; over all apps, how many people lose one.
    Deactivations,
    /// From how many accounts that stay open something is taken, or on how many a role changes. What
    /// goes from accounts that are closed is a late part of leaving: their closing was judged.
    Removals,
    /// On how many accounts attributes change.
    Updates,
    /// How many accounts are opened again; over all apps, how many people come back.
    Reactivations,
    /// How many accounts are made.
    Creates,
    /// How many accounts a reading lacks that the last snapshot had.
    ShortRead,
    /// How many people who were at work at the last run an edit of the files took from it. Whoever
    /// was known then to go by now is none of them: that was no edit, but a date.
    ShrunkenFiles,
    /// How few active administrators are left, where this plan takes some.
    Administrators,
}

impl Guard {
    /// All guards, in the order in which a plan shows them.
    pub const ALL: [Self; 8] = [
        Self::ShrunkenFiles,
        Self::ShortRead,
        Self::Administrators,
        Self::Deactivations,
        Self::Removals,
        Self::Reactivations,
        Self::Creates,
        Self::Updates,
    ];

    /// The guard under whose limit a change falls, if it falls under any; `fate` is what the change's
    /// account is about.
    pub fn of(change: &Change, fate: impl Fn(&Change) -> Fate) -> Option<Self> {
        let exists = change.account.is_some();
        match &change.action {
            Action::Deactivate { .. } => Some(Self::Deactivations),
            Action::Reactivate => Some(Self::Reactivations),
            Action::Await { .. } if exists => Some(Self::Reactivations),
            // Sent again, it makes nothing.
            Action::Invite { .. } if exists => None,
            Action::Create(_) | Action::Invite { .. } | Action::Await { .. } => Some(Self::Creates),
            // What is set at its making belongs to an account's making.
            _ if !exists => None,
            Action::Update { .. } => Some(Self::Updates),
            Action::Revoke { .. }
            | Action::Set {
                before: Some(_), ..
            } => match fate(change) {
                Fate::Open => Some(Self::Removals),
                Fate::Closes => Some(Self::Deactivations),
                Fate::Closed => None,
            },
            Action::Set { before: None, .. } | Action::Grant { .. } | Action::Adopt { .. } => None,
        }
    }

    /// True for a guard that looks at one app; false for one that looks at all together.
    /// `None` if it does both.
    pub const fn is_of_app(self) -> Option<bool> {
        match self {
            Self::Deactivations | Self::Reactivations => None,
            Self::ShrunkenFiles => Some(false),
            _ => Some(true),
        }
    }

    /// The word in an override: `slack.deactivate=7`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deactivations => "deactivate",
            Self::Removals => "remove",
            Self::Updates => "update",
            Self::Reactivations => "reactivate",
            Self::Creates => "create",
            Self::ShortRead => "read",
            Self::ShrunkenFiles => "files",
            Self::Administrators => "administrators",
        }
    }

    /// The key in the files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Deactivations => "max_deactivations",
            Self::Removals => "max_removals",
            Self::Updates => "max_updates",
            Self::Reactivations => "max_reactivations",
            Self::Creates => "max_creates",
            Self::ShortRead => "short_read",
            Self::ShrunkenFiles => "shrunken_files",
            Self::Administrators => "min_administrators",
        }
    }
}

/// How much is too much: a share of what there is, but never less than the one number nor more
/// than the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// In a hundred.
    pub percent: u32,
    /// So many are always allowed.
    pub least: u32,
    /// More than that never are.
    pub most: u32,
}

impl Limit {
    /// A number, whatever there is.
    pub const fn exactly(number: u32) -> Self {
        Self {
            percent: 0,
            least: number,
            most: number,
        }
    }

    /// How many of so many are allowed. Of the two bounds, the lower one gives way.
    pub fn of(self, base: usize) -> usize {
        let number = |bound: u32| usize::try_from(bound).unwrap_or(usize::MAX);
        let share = base.saturating_mul(number(self.percent)) / 100;
        share.max(number(self.least)).min(number(self.most))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |bound: u32| thousands(usize::try_from(bound).unwrap_or(usize::MAX));
        let (percent, least, most) = (self.percent, self.least, self.most);
        match (percent, most) {
            (0, _) => write!(f, "limit {}", number(least.min(most))),
            (_, u32::MAX) => write!(f, "limit {percent} % (at least {})", number(least)),
            _ => write!(
                f,
                "limit {percent} % (at least {}, at most {})",
                number(least),
                number(most)
            ),
        }
    }
}

/// The limits of one app, or of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits([Limit; Guard::ALL.len()]);

impl Limits {
    /// The limit of one guard.
    pub const fn get(&self, guard: Guard) -> Limit {
        self.0[guard as usize]
    }

    /// Sets the limit of one guard.
    pub const fn set(&mut self, guard: Guard, limit: Limit) {
        self.0[guard as usize] = limit;
    }
}

impl Default for Limits {
    fn default() -> Self {
        let limit = |percent, least, most| Limit {
            percent,
            least,
            most,
        };
        let mut limits = Self([Limit::exactly(0); Guard::ALL.len()]);
        for guard in Guard::ALL {
            limits.set(
                guard,
                match guard {
                    Guard::Deactivations => limit(5, 3, 100),
                    Guard::Removals | Guard::Updates => limit(20, 5, 200),
                    Guard::Reactivations => limit(0, 3, 100),
                    Guard::Creates => limit(25, 10, 200),
                    // Of an app with a handful of accounts, a tenth is a fraction of one.
                    Guard::ShortRead => limit(10, 3, u32::MAX),
                    Guard::ShrunkenFiles => limit(5, 3, u32::MAX),
                    Guard::Administrators => Limit::exactly(2),
                },
            );
        }
        limits
    }
}

/// What a guard found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The guard.
    pub guard: Guard,
    /// Where; absent if it looked at all apps together.
    pub app: Option<AppName>,
    /// How many this plan counts; of administrators, how many are left after it.
    pub planned: usize,
    /// How many more runs of the last seven days did.
    pub recent: usize,
    /// Of how many.
    pub base: usize,
    /// What the files allow; of administrators, how many must be left.
    pub limit: Limit,
    /// What follows.
    pub verdict: Verdict,
}

impl Judgement {
    /// How many there are, over this plan and the last seven days.
    pub const fn number(&self) -> usize {
        self.planned + self.recent
    }

    /// True if nothing of the kind is done.
    pub const fn tripped(&self) -> bool {
        matches!(self.verdict, Verdict::Tripped)
    }

    /// The override of the files that let it through, if one did.
    pub fn by_entry(&self) -> Option<Override> {
        let Verdict::Overridden {
            reason,
            entry: Some(entry),
        } = &self.verdict
        else {
            return None;
        };
        Some(Override {
            app: self.app.clone(),
            guard: self.guard,
            number: self.planned,
            reason: reason.clone(),
            entry: Some(entry.clone()),
        })
    }

    /// What an override would have to say: `slack.deactivate=7`.
    pub fn exact(&self) -> String {
        target(self.app.as_ref(), self.guard, self.planned)
    }
}

/// What follows from what a guard found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "verdict", deny_unknown_fields)]
pub enum Verdict {
    /// It is within the limit.
    Passed,
    /// It is not: nothing of the kind is done.
    Tripped,
    /// Somebody allowed exactly this many.
    Overridden {
        /// Why.
        reason: Foreign,
        /// The entry of the files that says so; absent if the command line did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<Entry>,
    },
}

/// An override that stands in the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its last day, inclusive.
    pub until: Date,
    /// Its line.
    pub at: Location,
}

/// Somebody allows exactly so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Where; absent for a guard that looks at all apps together.
    pub app: Option<AppName>,
    /// What.
    pub guard: Guard,
    /// How many.
    pub number: usize,
    /// Why.
    pub reason: Foreign,
    /// The entry of the files that says so; absent if the command line does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

impl Override {
    /// The verdict that it brings about.
    pub fn verdict(&self) -> Verdict {
        Verdict::Overridden {
            reason: self.reason.clone(),
            entry: self.entry.clone(),
        }
    }

    /// True if it is about the same guard in the same place.
    pub fn is_about(&self, guard: Guard, app: Option<&AppName>) -> bool {
        (self.guard, self.app.as_ref()) == (guard, app)
    }

    /// True if two are the same entry of the files, wherever in them it stands.
    pub fn is_same_entry(&self, other: &Self) -> bool {
        let until = |one: &Self| one.entry.as_ref().map(|entry| entry.until);
        self.is_about(other.guard, other.app.as_ref())
            && (self.number, &self.reason) == (other.number, &other.reason)
            && until(self) == until(other)
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&target(self.app.as_ref(), self.guard, self.number))
    }
}

fn target(app: Option<&AppName>, guard: Guard, number: usize) -> String {
    let word = guard.word();
    app.map_or_else(
        || format!("{word}={number}"),
        |app| format!("{app}.{word}={number}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_bounded_on_both_sides() {
        let limits = Limits::default();
        let allowed = |guard, base| limits.get(guard).of(base);
        assert_eq!(allowed(Guard::Deactivations, 0), 3);
        assert_eq!(allowed(Guard::Deactivations, 3), 3, "a small company");
        assert_eq!(allowed(Guard::Deactivations, 120), 6);
        assert_eq!(allowed(Guard::Deactivations, 100_000), 100);
        assert_eq!(allowed(Guard::Creates, 0), 10);
        assert_eq!(allowed(Guard::Reactivations, 100_000), 3);
        assert_eq!(Limit::exactly(7).of(1_000), 7);
        assert_eq!(Limit::exactly(0).of(1_000), 0);
    }
}
