//! What planning one app brings: steps become changes, or what is withheld.

use crate::model::change::{Action, Change, PersonTag};
use crate::model::history::RememberedPerson;
use crate::model::leftover::HeldThrough;
use crate::model::observation::AccountRef;
use crate::model::person::Person;
use crate::model::plan::{Edge, SurplusAccount, UnmanagedAccount};
use crate::model::reason::{Cause, Reason, Why};
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use crate::model::privileged::PrivilegedHolder;

use super::cause::Causes;
use super::entries;
use super::matching::{person_tag, tag};
use super::separation::Part;
use super::view::AppView;

/// What planning one app brings.
#[derive(Debug, Default)]
pub struct Draft {
    /// Changes, in no particular order.
    pub changes: Vec<Change>,
    /// What comes before what, beyond what holds of every person's changes.
    pub edges: Vec<Edge>,
    /// Held and blocked.
    pub withheld: Vec<Withheld>,
    /// Accounts that match nobody.
    pub unmanaged: Vec<UnmanagedAccount>,
    /// Accounts of people to whom no profile gives the app.
    pub surplus: Vec<SurplusAccount>,
    /// Who holds what only an approval may give.
    pub privileged: Vec<PrivilegedHolder>,
    /// What people hold through something else than their account, and nobody gives them.
    pub inherited: Vec<HeldThrough>,
    /// What people hold here, and are about to, that is kept apart from something.
    pub parts: Vec<Part>,
}

/// A step that may become a change, or what stands in its way.
#[derive(Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Why not.
    pub impediment: Option<Impediment>,
    /// It gives what only an approval may give (R12).
    pub privileged: bool,
}

impl Step {
    /// A step that nothing stands in the way of.
    pub fn new(action: Action, reasons: Vec<Reason>) -> Self {
        Self {
            action,
            reasons,
            impediment: None,
            privileged: false,
        }
    }

    /// A step, unless something stands in its way.
    pub fn unless(impediment: Option<Impediment>, action: Action, reasons: Vec<Reason>) -> Self {
        Self {
            action,
            reasons,
            impediment,
            privileged: false,
        }
    }
}

/// Whose account is planned for, and which account that is. Most accounts are as they should be,
/// so that tags are made only where a change needs them.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Whose.
    pub who: Who<'a>,
    /// Which; absent if it is to be created.
    pub account: Option<AccountRef<'a>>,
}

/// Whose account it is.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// A person of the files, with the index there.
    Present(usize, &'a Person),
    /// Somebody who is no longer in them.
    Gone(&'a RememberedPerson),
    /// Nobody.
    Nobody,
}

impl Subject<'_> {
    /// The person, as changes name one.
    pub fn tag(&self) -> Option<PersonTag> {
        match self.who {
            Who::Present(_, person) => Some(person_tag(person)),
            Who::Gone(known) => Some(PersonTag {
                id: known.id.clone(),
                name: known.name.clone(),
            }),
            Who::Nobody => None,
        }
    }
}

impl Draft {
    /// Adds steps. With a person whose entry has a problem of its own they are held together,
    /// unless they `close`, or take what was approved until a day: a faulty entry never keeps a
    /// door open.
    pub fn add(
        &mut self,
        view: &AppView<'_>,
        causes: &Causes<'_>,
        subject: &Subject<'_>,
        steps: Vec<Step>,
        close: bool,
    ) {
        let (index, problem) = match subject.who {
            Who::Present(index, person) => {
                (Some(index), person.problem.as_ref().filter(|_| !close))
            }
            Who::Gone(_) | Who::Nobody => (None, None),
        };
        let (mut held, mut waiting) = (Vec::new(), Vec::new());
        let mut acceptance = None;
        for step in steps {
            let account = subject.account.map(tag);
            let (person, cause) = (subject.tag(), Cause::Files);
            let mut change =
                Change::new(view.name, person, account, step.action, cause, step.reasons);
            change.cause = causes.of(&change, index);
            change.privileged = step.privileged;
            let problem = problem.filter(|_| !is_expired(&change));
            match (step.impediment, problem) {
                (_, Some(_)) => held.push(change),
                (Some(why @ Impediment::Acceptance { .. }), None) => {
                    acceptance = Some(why);
                    waiting.push(change);
                }
                (Some(why), None) => {
                    self.withhold(view, subject, WithheldState::Blocked, why, vec![change]);
                }
                (None, None) => self.changes.push(change),
            }
        }
        if let Some(why) = acceptance {
            self.withhold(view, subject, WithheldState::Waiting, why, waiting);
        }
        if let Some(problem) = problem
            && !held.is_empty()
        {
            self.hold(view, subject, entries::impediment(problem), held);
        }
    }

    /// Adds what a human must decide.
    pub fn hold(
        &mut self,
        view: &AppView<'_>,
        subject: &Subject<'_>,
        why: Impediment,
        changes: Vec<Change>,
    ) {
        self.withhold(view, subject, WithheldState::Held, why, changes);
    }

    /// Adds that somebody has not accepted their invitation, where no step waits for that (R19).
    pub fn wait(&mut self, view: &AppView<'_>, subject: &Subject<'_>, why: Impediment) {
        self.withhold(view, subject, WithheldState::Waiting, why, Vec::new());
    }

    /// Adds what a rule forbids, where there is no step to take.
    pub fn block(&mut self, view: &AppView<'_>, subject: &Subject<'_>, why: Impediment) {
        self.withhold(view, subject, WithheldState::Blocked, why, Vec::new());
    }

    fn withhold(
        &mut self,
        view: &AppView<'_>,
        subject: &Subject<'_>,
        state: WithheldState,
        why: Impediment,
        changes: Vec<Change>,
    ) {
        let at = match subject.who {
            Who::Present(_, person) => Some(view.config.sources.locate(person.site)),
            Who::Gone(_) | Who::Nobody => None,
        };
        self.withheld.push(Withheld {
            state,
            app: Some(view.name.clone()),
            person: subject.tag(),
            why,
            changes,
            at,
        });
    }
}

/// True for what is taken since its approval expired (R12), whatever else the files say.
fn is_expired(change: &Change) -> bool {
    let mut whys = change.reasons.iter().map(|reason| &reason.why);
    matches!(change.action, Action::Revoke { .. })
        && whys.any(|why| matches!(why, Why::ApprovalExpired { .. }))
}
