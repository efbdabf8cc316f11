//! A plan that is shown: one that was just made, or a saved one at some moment, by which it may no
//! longer be one that is applied.

use jiff::Timestamp;

use crate::model::plan::Plan;

use super::screen::Line;
use super::style::Role;
use super::words::instant_in;

/// A plan, and when it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The plan.
    pub plan: &'a Plan,
    at: Option<Timestamp>,
}

impl<'a> Shown<'a> {
    /// A saved plan at a moment.
    pub const fn at(plan: &'a Plan, at: Timestamp) -> Self {
        Self { plan, at: Some(at) }
    }

    /// True if its time is over (R23).
    pub fn is_stale(self) -> bool {
        self.at.is_some_and(|at| self.plan.envelope.expires <= at)
    }

    /// What to say of a stale one before all else.
    pub(super) fn warning(self) -> Option<Line> {
        let Plan { envelope, body } = self.plan;
        let line = Line::default()
            .hang(2)
            .own(Role::Blocked, "× stale")
            .own(Role::Text, ": it could be applied until ")
            .glued(Role::Text, instant_in(envelope.expires, &body.time_zone))
            .own(Role::Text, ". Plan again, and have that reviewed.");
        self.is_stale().then_some(line)
    }
}

/// A plan that was just made.
impl<'a> From<&'a Plan> for Shown<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self { plan, at: None }
    }
}
