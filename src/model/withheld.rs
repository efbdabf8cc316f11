//! What a plan does not do, and why.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::source::Location;

use super::account::Status;
use super::breach::Breach;
use super::change::{AccountTag, Change, PersonTag, Verb};
use super::guard::{Guard, Judgement};
use super::mode::Mode;
use super::name::{AppName, PersonId};
use super::reason::Cause;

/// Something that is not done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Held or blocked.
    pub state: WithheldState,
    /// Where; absent if it concerns the person everywhere.
    pub app: Option<AppName>,
    /// Who, if anybody is known.
    pub person: Option<PersonTag>,
    /// Why.
    pub why: Impediment,
    /// What is not done, where that is known.
    pub changes: Vec<Change>,
    /// The line in the files, where there is one.
    pub at: Option<Location>,
}

/// Whether a human must decide or a rule forbids it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WithheldState {
    /// A human must decide.
    Held,
    /// A rule, an unknown value or a missing seat forbids it.
    Blocked,
    /// What it requires cannot happen (R17).
    Skipped,
    /// Somebody must accept an invitation first (R19).
    Waiting,
    /// The app's mode shows it and does not do it (R6).
    Reported,
    /// Nobody reviewed it yet, and nobody reviews this run (R24).
    Unreviewed,
}

impl Impediment {
    /// True where the files are not believed (R20): what an edit of theirs takes is agreed to only
    /// once they are.
    pub fn is_of_doubted_files(&self) -> bool {
        matches!(self, Self::Guard { judgement } if judgement.guard == Guard::ShrunkenFiles)
    }
}

impl WithheldState {
    /// True if a run that leaves it undone is not finished. What a mode leaves alone, the files
    /// want left alone; what waits for a review is not this run's; and what waits for somebody's
    /// acceptance is no failure (R19).
    pub const fn is_wanted(self) -> bool {
        !matches!(self, Self::Reported | Self::Unreviewed | Self::Waiting)
    }

    /// True if a later run is to do it: what is wanted, and what waits.
    pub const fn is_outstanding(self) -> bool {
        !matches!(self, Self::Reported | Self::Unreviewed)
    }
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "impediment", deny_unknown_fields)]
pub enum Impediment {
    /// R3: removed from the files while a period ran.
    Vanished,
    /// R7: the account says that it is another's, and the email says that it is this person's.
    Contradiction {
        /// The account.
        account: AccountTag,
        /// The HR id that the account stores; empty if the last snapshot's link contradicts.
        hr_id: Foreign,
        /// To whom it belongs by that id or link, if anybody.
        owner: Option<PersonId>,
    },
    /// R8: several people match one account.
    SeveralPeople {
        /// The account.
        account: AccountTag,
        /// The people.
        people: Vec<PersonTag>,
    },
    /// R5: the account is protected, and would have to be closed.
    Protected {
        /// The account.
        account: AccountTag,
    },
    /// R8: the files give several people one login.
    SharedLogin {
        /// The login.
        login: String,
        /// The people.
        people: Vec<PersonTag>,
    },
    /// R8: one person matches several accounts.
    SeveralAccounts {
        /// The accounts, with their status.
        accounts: Vec<(AccountTag, Status)>,
    },
    /// R9: the account was closed, and not by us.
    InactiveNotByUs {
        /// The account.
        account: AccountTag,
    },
    /// R9: the reading is incomplete, so that nothing is created or removed.
    IncompleteReading {
        /// Why it is incomplete.
        because: String,
    },
    /// R11: the app does not know the value.
    UnknownValue {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
        /// The nearest names that the app knows.
        nearest: Vec<Foreign>,
    },
    /// R11: the app knows several values of this name.
    AmbiguousValue {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
    },
    /// R2: closing would destroy data, and the app's settings do not allow that.
    Destructive {
        /// What closing means there.
        effect: String,
    },
    /// R17: the app that makes the account could not be read, so that nothing is planned there.
    SourceUnread {
        /// The source.
        source: AppName,
        /// Why it could not be read.
        because: String,
    },
    /// R17: what would make the account is itself held or blocked in the source.
    SourceWithheld {
        /// The source.
        source: AppName,
    },
    /// R18: the group that should make the account assigns nothing in the source.
    AssignsNothing {
        /// The source.
        source: AppName,
        /// The group.
        group: String,
    },
    /// R18: another app would close the person's account elsewhere, which nothing there plans.
    ClosesElsewhere {
        /// Where the account is.
        app: AppName,
    },
    /// R18: another app would make or open an account elsewhere, which nothing there plans.
    OpensElsewhere {
        /// Where the account would be.
        app: AppName,
    },
    /// R6: the app's mode does not allow it.
    Mode {
        /// The mode.
        mode: Mode,
    },
    /// R24: the clock did not bring it about, and nobody reviews this run.
    Unreviewed {
        /// What did.
        cause: Cause,
    },
    /// R20: a guard refuses it.
    Guard {
        /// What the guard found.
        judgement: Judgement,
    },
    /// R17: it requires another change, which is not done.
    Requires {
        /// What that would do.
        verb: Verb,
        /// Where.
        app: AppName,
        /// For whom.
        person: Option<PersonTag>,
    },
    /// R12: only an approval may give it, and none is in force.
    NeedsApproval {
        /// The entitlement kind.
        kind: String,
        /// The value.
        value: String,
        /// The level, for keyed kinds.
        level: Option<String>,
        /// The account holds it already.
        holds: bool,
        /// The lines to add to `approvals.toml`, approver and reason left open.
        snippet: Vec<String>,
    },
    /// R14: no seat is left.
    NoSeat {
        /// Of which pool.
        pool: String,
        /// How many are taken now.
        used: u32,
        /// How many there are.
        total: u32,
        /// How many this plan needs.
        needed: u32,
        /// How many it frees.
        freed: u32,
    },
    /// R15: the files do not say what the app demands of a new account.
    MissingAttribute {
        /// The attributes, by our names.
        attributes: Vec<String>,
        /// The lines to complete in the person's entry.
        snippet: Vec<String>,
    },
    /// R20: it is the account whose credentials we use.
    OwnAccount {
        /// The account.
        account: AccountTag,
    },
    /// R5: the files list the account that is called as the person's main one is to be.
    Listed {
        /// The account.
        account: AccountTag,
    },
    /// R19: the person has not accepted their invitation yet.
    Acceptance {
        /// Since when they could; absent if the invitation is still to be sent.
        since: Option<Timestamp>,
        /// Until when they can; absent if it does not expire.
        until: Option<Timestamp>,
    },
    /// R19: an invitation expired that is not sent again: often enough already, or not by the app's
    /// API.
    Expired {
        /// The account.
        account: AccountTag,
        /// When it was sent last.
        since: Timestamp,
        /// How often it was sent again.
        renewals: u8,
    },
    /// R19: the person declined, or somebody withdrew their invitation.
    Declined {
        /// The account that was invited.
        account: AccountTag,
        /// When the invitation was sent.
        since: Timestamp,
    },
    /// R19: the account was in use, is gone, and no run of ours closed it.
    WentAway {
        /// The account.
        account: AccountTag,
    },
    /// R13: nobody may hold the two together.
    Separation(Box<Breach>),
    /// The person's entry has a problem of its own.
    Entry {
        /// The diagnostic's code.
        code: String,
        /// What it says.
        message: String,
    },
}

impl Impediment {
    /// The rule that withholds, where it is one of the numbered ones.
    pub const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Vanished => Some("R3"),
            Self::Contradiction { .. } => Some("R7"),
            Self::Protected { .. } | Self::Listed { .. } => Some("R5"),
            Self::SeveralPeople { .. }
            | Self::SharedLogin { .. }
            | Self::SeveralAccounts { .. } => Some("R8"),
            Self::InactiveNotByUs { .. } | Self::IncompleteReading { .. } => Some("R9"),
            Self::UnknownValue { .. } | Self::AmbiguousValue { .. } => Some("R11"),
            Self::Destructive { .. } => Some("R2"),
            Self::Mode { .. } => Some("R6"),
            Self::Unreviewed { .. } => Some("R24"),
            Self::Guard { .. } | Self::OwnAccount { .. } => Some("R20"),
            Self::SourceUnread { .. } | Self::SourceWithheld { .. } | Self::Requires { .. } => {
                Some("R17")
            }
            Self::AssignsNothing { .. }
            | Self::ClosesElsewhere { .. }
            | Self::OpensElsewhere { .. } => Some("R18"),
            Self::NeedsApproval { .. } => Some("R12"),
            Self::Separation(_) => Some("R13"),
            Self::Acceptance { .. }
            | Self::Expired { .. }
            | Self::Declined { .. }
            | Self::WentAway { .. } => Some("R19"),
            Self::NoSeat { .. } => Some("R14"),
            Self::MissingAttribute { .. } => Some("R15"),
            Self::Entry { .. } => None,
        }
    }
}

impl fmt::Display for WithheldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
            Self::Reported => "reported only",
            Self::Unreviewed => "not reviewed",
        })
    }
}
