//! The gate between planning and writing.

use crate::model::plan::Plan;

/// A plan that somebody agreed to. Only [`approve`] makes one, and only `apply` takes one.
///
/// ```
/// # fn look(plan: provisor::model::plan::Plan) {
/// let approved = provisor::plan::approve(plan);
/// # let _: provisor::plan::Approved = approved;
/// # }
/// ```
///
/// ```compile_fail
/// # fn look(plan: provisor::model::plan::Plan) {
/// let approved = provisor::plan::Approved { plan };
/// # let _: provisor::plan::Approved = approved;
/// # }
/// ```
#[derive(Debug)]
pub struct Approved {
    plan: Plan,
}

impl Approved {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Records that somebody who saw this plan agreed to it: a person at the terminal, or `--yes`.
pub fn approve(plan: Plan) -> Approved {
    Approved { plan }
}
