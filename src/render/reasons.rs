//! Why a change is wanted, in words (R22).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::change::{AccountTag, Change, Verb};
use crate::model::name::{AppName, ProfileKey};
use crate::model::reason::{Cause, Reason, Why};

use super::screen::Line;
use super::style::Role;
use super::words::{DOT, date, instant, place};

/// What all steps of one person have in common, said once beside the person's name; each step
/// then says only what is its own.
pub struct Shared<'a> {
    reasons: Vec<&'a Reason>,
    cause: Option<Cause>,
    job_code: Option<&'a ProfileKey>,
    /// The apps in which more than one of the person's accounts is touched.
    several: BTreeSet<&'a AppName>,
}

impl<'a> Shared<'a> {
    /// Finds what one person's changes have in common.
    pub fn of(changes: &[&'a Change]) -> Self {
        let mut reasons: Vec<&Reason> = Vec::new();
        let all = || changes.iter().flat_map(|change| &change.reasons);
        for reason in all() {
            let common = match Subject::of(&reason.why) {
                Subject::Person => all()
                    .filter(|other| Subject::of(&other.why) == Subject::Person)
                    .all(|other| other == reason),
                Subject::Entry => changes.iter().all(|change| change.reasons.contains(reason)),
                Subject::Step => false,
            };
            if common && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        let cause = changes.first().map(|change| change.cause);
        let job_codes: Vec<&ProfileKey> =
            all().filter_map(|reason| job_code(&reason.why)).collect();
        let job_code = job_codes
            .first()
            .copied()
            .filter(|first| job_codes.iter().all(|other| other == first));
        Self {
            reasons,
            cause: cause.filter(|cause| changes.iter().all(|change| change.cause == *cause)),
            job_code,
            several: several(changes),
        }
    }

    /// Which account a change is about, where the person's name does not tell.
    pub fn which(&self, change: &Change) -> Option<Line> {
        let account = change.account.as_ref()?;
        let login = || Line::default().cell(Role::Strong, account.login.raw());
        self.several.contains(&change.app).then(login)
    }

    /// The words beside the person's name, each with a dot before it.
    pub fn heading(&self) -> Line {
        let mut line = Line::default();
        let says_profile = self
            .reasons
            .iter()
            .any(|reason| matches!(reason.why, Why::Starts { .. } | Why::Employed { .. }));
        if let Some(job_code) = self.job_code.filter(|_| !says_profile) {
            line = line
                .own(Role::Quiet, DOT)
                .own(Role::Text, "profile ")
                .cell(Role::Text, job_code.as_str());
        }
        for reason in &self.reasons {
            line = line
                .own(Role::Quiet, DOT)
                .then(explain(reason, None, Role::Text));
        }
        match self.cause() {
            Some(words) => line.own(Role::Quiet, DOT).own(Role::Quiet, words),
            None => line,
        }
    }

    /// What the heading says, without its lines in the files.
    pub fn grounds(&self) -> impl Iterator<Item = &'a Why> {
        self.reasons.iter().map(|reason| &reason.why)
    }

    /// What brought all of it about, in words; nothing for an edit of the files, and where it was not
    /// one thing.
    pub fn cause(&self) -> Option<&'static str> {
        self.cause.and_then(cause_words)
    }

    /// True if the heading says what brought all of it about.
    pub fn says_cause(&self) -> bool {
        self.cause.is_some()
    }

    /// A reason in a few words, unless the heading's profile, the steps or the group that the person
    /// stands in tell it.
    pub fn in_brief(&self, why: &Why) -> Option<Line> {
        match why {
            Why::Profile { .. }
            | Why::Provides { .. }
            | Why::Entry
            | Why::Matched { .. }
            | Why::ClosedBefore => None,
            Why::NoLongerNamed { job_code } | Why::AppNoLongerNamed { job_code }
                if self.job_code == Some(job_code) =>
            {
                None
            }
            why => Some(words(why, None, Role::Quiet)),
        }
    }

    /// The reasons of a change that the heading does not say.
    pub fn own<'b>(&self, change: &'b Change) -> impl Iterator<Item = &'b Reason> {
        change
            .reasons
            .iter()
            .filter(|reason| !self.reasons.contains(reason))
    }

    /// What a step's reasons add to the heading; empty if nothing.
    pub fn aside(&self, change: &Change) -> Line {
        let adopts = change.action.verb() == Verb::Adopt;
        let own = change
            .reasons
            .iter()
            .filter(|reason| !self.reasons.contains(reason))
            // An adoption says by itself how the account was found.
            .filter(|reason| !matches!(reason.why, Why::Matched { .. }) || !adopts);
        let mut line = self.which(change).unwrap_or_default();
        for reason in own {
            if !line.is_empty() {
                line = line.own(Role::Quiet, "; ");
            }
            line = line.then(explain(reason, self.job_code, Role::Quiet));
        }
        let cause = cause_words(change.cause).filter(|_| self.cause.is_none());
        match cause {
            Some(words) if line.is_empty() => line.own(Role::Quiet, words),
            Some(words) => line.own(Role::Quiet, DOT).own(Role::Quiet, words),
            None => line,
        }
    }
}

/// The apps in which more than one account is touched; what is made has no account yet.
fn several<'a>(changes: &[&'a Change]) -> BTreeSet<&'a AppName> {
    let mut first: BTreeMap<&AppName, &AccountTag> = BTreeMap::new();
    let tags = changes.iter();
    let tags = tags.filter_map(|change| Some((&change.app, change.account.as_ref()?)));
    tags.filter(|(app, tag)| *first.entry(app).or_insert(tag) != *tag)
        .map(|(app, _)| app)
        .collect()
}

/// Whether a reason speaks of the person, of their entry, or of one step.
#[derive(PartialEq, Eq)]
enum Subject {
    Person,
    Entry,
    Step,
}

impl Subject {
    fn of(why: &Why) -> Self {
        match why {
            Why::Starts { .. }
            | Why::Employed { .. }
            | Why::Left { .. }
            | Why::AccessEnded { .. }
            | Why::Ordered { .. }
            | Why::OnLeave { .. }
            | Why::Released { .. }
            | Why::Vanished { .. } => Self::Person,
            Why::Entry | Why::ClosedByUs { .. } | Why::ClosedBefore => Self::Entry,
            Why::Profile { .. }
            | Why::Extra { .. }
            | Why::Provides { .. }
            | Why::NoLongerNamed { .. }
            | Why::Unnamed
            | Why::AppNoLongerNamed { .. }
            | Why::Surplus { .. }
            | Why::Unmanaged
            | Why::Approved { .. }
            | Why::ApprovalExpired { .. }
            | Why::ApprovalOutdated { .. }
            | Why::NotApproved
            | Why::Listed { .. }
            | Why::Matched { .. } => Self::Step,
        }
    }
}

/// The person's own profile, where a reason tells it.
fn job_code(why: &Why) -> Option<&ProfileKey> {
    match why {
        Why::Starts { job_code, .. }
        | Why::Employed { job_code, .. }
        | Why::NoLongerNamed { job_code }
        | Why::AppNoLongerNamed { job_code }
        | Why::Surplus { job_code } => Some(job_code),
        Why::Profile { chain } => chain.first(),
        _ => None,
    }
}

/// What brought a change about; nothing for an edit of the files, which is the ordinary cause.
pub const fn cause_words(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Files => None,
        Cause::Clock => Some("a\u{a0}date\u{a0}arrived"),
        Cause::Order => Some("by\u{a0}order"),
        Cause::Retry => Some("tried\u{a0}again"),
        Cause::Drift => Some("changed\u{a0}outside of\u{a0}provisor"),
    }
}

/// A reason in words, with its line in the files; where the line is all there is to say, only
/// that.
pub fn explain(reason: &Reason, named: Option<&ProfileKey>, role: Role) -> Line {
    match (&reason.why, &reason.at) {
        (Why::Entry, Some(at)) => Line::default().cell(Role::Quiet, at.to_string()),
        (why, at) => words(why, named, role).then(place(at.as_ref())),
    }
}

/// One reason in words. A profile that the page named before is not named again at the start of
/// a chain.
pub(super) fn words(why: &Why, named: Option<&ProfileKey>, role: Role) -> Line {
    let line = Line::default();
    match why {
        Why::Starts { on, job_code } => line
            .own(role, "starts ")
            .glued(role, date(*on))
            .own(role, " as ")
            .cell(role, job_code.as_str()),
        Why::Employed { since, job_code } => line
            .cell(role, job_code.as_str())
            .own(role, " since ")
            .glued(role, date(*since)),
        Why::Profile { chain } => {
            let chain = match chain.as_slice() {
                [first, rest @ ..] if named == Some(first) && !rest.is_empty() => rest,
                all => all,
            };
            let mut line = line;
            for (index, profile) in chain.iter().enumerate() {
                if index > 0 {
                    line = line.own(role, " includes ");
                }
                line = line.cell(role, profile.as_str());
            }
            line
        }
        Why::Extra { reason, until } => line
            .own(role, "extra until ")
            .glued(role, date(*until))
            .own(role, ": ")
            .cell(role, reason.raw()),
        Why::Provides { app } => line.own(role, "provides ").cell(role, app.as_str()),
        Why::Left { last_day } => line
            .own(role, "last\u{a0}day\u{a0}")
            .glued(role, date(*last_day)),
        Why::AccessEnded { at } => line.own(role, "access cut ").glued(role, instant(*at)),
        Why::Ordered { order, at } => line
            .own(role, "left by order ")
            .glued(role, order.to_string())
            .own(role, ", ")
            .glued(role, instant(*at)),
        Why::OnLeave { from } => line.own(role, "on leave since ").glued(role, date(*from)),
        Why::Released { last_day } => line.own(role, "left on ").glued(role, date(*last_day)),
        Why::Vanished { until: Some(until) } => line
            .own(role, "access ended ")
            .glued(role, instant(*until))
            .own(role, ", entry removed since"),
        Why::Vanished { until: None } => line.own(role, "entry removed from the files"),
        Why::NoLongerNamed { job_code } => line.own(role, "not in ").cell(role, job_code.as_str()),
        Why::Unnamed => line.own(role, "in no profile any more"),
        Why::AppNoLongerNamed { job_code } => {
            line.own(role, "app not in ").cell(role, job_code.as_str())
        }
        Why::Surplus { job_code } => line
            .own(role, "surplus: never in ")
            .cell(role, job_code.as_str()),
        Why::Unmanaged => line.own(role, "it matches nobody"),
        Why::Approved {
            approver,
            reason,
            until,
        } => line
            .own(role, "approved by ")
            .cell(role, approver.as_str())
            .own(role, " until ")
            .glued(role, date(*until))
            .own(role, ": ")
            .cell(role, reason.raw()),
        Why::ApprovalExpired { until } => line
            .own(role, "approval expired on ")
            .glued(role, date(*until)),
        Why::ApprovalOutdated { changed } => line
            .own(role, "approved for another job, left on ")
            .glued(role, date(*changed)),
        Why::NotApproved => line.own(role, "not approved"),
        Why::Listed { kind } => line.glued(role, format!("{} account", kind.word())),
        Why::Entry => line.own(role, "their entry"),
        Why::ClosedByUs { run: Some(run) } => {
            line.own(role, "closed by run ").cell(role, run.as_str())
        }
        Why::ClosedByUs { run: None } => line.own(role, "closed by a run of ours"),
        Why::ClosedBefore => line.own(role, "closed before they started"),
        Why::Matched { rule } => line.own(role, "theirs by ").own(role, rule.words()),
    }
}
