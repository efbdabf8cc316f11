//! The gate between planning and writing.

use std::collections::BTreeMap;

use crate::base::Foreign;
use crate::model::change::{Change, ChangeId};
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;

/// A plan that somebody agreed to. Only [`approve`], [`unattended`], [`beginning`] and
/// [`verify`](super::verify()) make one, and only `apply` takes one.
///
/// ```
/// # fn look(plan: provisor::model::plan::Plan) {
/// let approved = provisor::plan::approve(plan);
/// # let _: provisor::plan::Approved = approved;
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # fn look(plan: provisor::model::plan::Plan) {
/// let approved = provisor::plan::Approved { plan, settled: Default::default(), unreviewed: Vec::new(), reason: None, saved: true };
/// # let _: provisor::plan::Approved = approved;
/// # }
/// ```
#[derive(Debug)]
pub struct Approved {
    plan: Plan,
    settled: BTreeMap<ChangeId, Outcome>,
    unreviewed: Vec<Change>,
    reason: Option<Foreign>,
    saved: bool,
}

impl Approved {
    /// A saved plan, with what verifying it settled.
    pub(super) fn verified(
        plan: Plan,
        settled: BTreeMap<ChangeId, Outcome>,
        unreviewed: Vec<Change>,
    ) -> Self {
        Self {
            plan,
            settled,
            unreviewed,
            reason: None,
            saved: true,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// True if it was saved, and looked at again since.
    pub fn is_saved(&self) -> bool {
        self.saved
    }

    /// What is settled before anything is sent: already so, or refused (R23).
    pub fn settled(&self) -> &BTreeMap<ChangeId, Outcome> {
        &self.settled
    }

    /// What is due now and was not reviewed: reported and not done (R23).
    pub fn unreviewed(&self) -> &[Change] {
        &self.unreviewed
    }

    /// Why a chain of snapshots begins without a run that changed anything (R25).
    pub fn reason(&self) -> Option<&Foreign> {
        self.reason.as_ref()
    }
}

/// Takes nothing of a plan but what it is of: nobody agreed to what it would change, and whatever the
/// files say waits for a review still. Somebody says why the chain of snapshots begins here (R25).
pub fn beginning(mut plan: Plan, reason: Foreign) -> Approved {
    let body = &mut plan.body;
    body.due = true;
    body.changes.clear();
    body.edges.clear();
    body.withheld.clear();
    body.guards.clear();
    Approved {
        reason: Some(reason),
        ..approve(plan)
    }
}

/// Takes a plan that nobody saw, and that therefore holds only what is due without a review (R24);
/// any other is refused.
pub fn unattended(plan: Plan) -> Option<Approved> {
    plan.body.due.then(|| approve(plan))
}

/// Records that somebody who saw this plan agreed to it: a person at the terminal, or `--yes`.
pub fn approve(plan: Plan) -> Approved {
    Approved {
        plan,
        settled: BTreeMap::new(),
        unreviewed: Vec::new(),
        reason: None,
        saved: false,
    }
}
