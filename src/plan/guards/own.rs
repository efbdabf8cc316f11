//! The account whose credentials we use (R20): a run that closed it, or took from it, would lock
//! itself out half-way, and everybody who could mend it by this tool. Nothing overrides this.

use crate::model::change::{Action, Change};
use crate::model::observation::{AccountRef, Observation, Observed, Reading};
use crate::model::withheld::{Impediment, WithheldState};
use crate::plan::carried::Carried;
use crate::plan::matching::tag;
use crate::plan::withhold::Verdict;

/// The account, if the app tells which one it is and lists it.
pub fn account(observation: &Observation) -> Option<AccountRef<'_>> {
    observation.find(observation.own.as_ref()?.raw())
}

/// Why a change is not done, if it would shut us out, there or by what another app closes for it.
pub fn forbid(observed: &Observed, change: &Change, carried: &[Carried]) -> Option<Verdict> {
    let follows = carried.iter().filter(|one| one.by == change.id);
    let follows = follows.map(|one| &one.closing);
    let mut all = std::iter::once(change).chain(follows);
    all.find_map(|change| by_itself(observed, change))
}

fn by_itself(observed: &Observed, change: &Change) -> Option<Verdict> {
    let Some(Reading::Read(observation)) = observed.get(&change.app) else {
        return None;
    };
    let own = account(observation)?;
    let touched = change.account.as_ref()?;
    let is_it = touched.vendor_id.raw() == own.vendor_id().raw();
    let why = || Impediment::OwnAccount { account: tag(own) };
    (is_it && shuts_out(&change.action)).then(|| (WithheldState::Held, why()))
}

/// What closes an account, takes something from it, or changes what it signs in with.
fn shuts_out(action: &Action) -> bool {
    match action {
        Action::Deactivate { .. }
        | Action::Revoke { .. }
        | Action::Set {
            before: Some(_), ..
        } => true,
        Action::Update { edits } => edits
            .iter()
            .any(|edit| matches!(edit.attribute.as_str(), "login" | "email")),
        _ => false,
    }
}
