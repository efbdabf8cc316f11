//! Runs that died: what became of each of their open intents is found by looking, before anything
//! else is done.

use crate::base::Foreign;
use crate::model::allowance::used_up;
use crate::model::change::Change;
use crate::model::failure::{Failure, FailureKind};
use crate::model::history::{Agreed, Deed, History};
use crate::model::observation::Observed;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::reason::Cause;
use crate::plan::look::{self, Looker, Sight};
use crate::state::{PastRun, StateError};

use super::Setting;

/// Ends every run that died, by looking at what the apps say now. What they do not tell stays
/// unknown, and is named so.
///
/// # Errors
/// When the state cannot be written.
pub async fn resolve(
    setting: &Setting<'_>,
    past: &mut [PastRun],
    observed: &Observed,
) -> Result<(), StateError> {
    let links = look::links(setting.config, &setting.history, observed);
    let looker = Looker::new(setting.config, observed, &links);
    let now = setting.context.clock().now();
    for run in past.iter_mut().filter(|run| run.record().is_none()) {
        let found: Vec<StepOutcome> = run
            .open_changes()
            .map(|change| StepOutcome {
                change: change.id.clone(),
                outcome: outcome(change, looker.look(change)),
                ended: now,
                milliseconds: 0,
                request_id: None,
            })
            .collect();
        run.resolve(setting.store, &found, now).await?;
    }
    Ok(())
}

fn outcome(change: &Change, sight: Sight) -> Outcome {
    match sight {
        Sight::True { vendor_id } => done(change, vendor_id),
        Sight::False => {
            let what = "finishing a step of a run that died: looking shows that it did not happen";
            Outcome::Failed {
                failure: Failure::new(&change.app, FailureKind::Unavailable, what),
            }
        }
        Sight::Unclear => {
            let what =
                "finishing a step of a run that died: the app does not tell whether it happened";
            Outcome::Unknown {
                failure: Failure::new(&change.app, FailureKind::Unavailable, what),
            }
        }
    }
}

/// A change that is seen to be true.
pub(super) fn done(change: &Change, vendor_id: Foreign) -> Outcome {
    Outcome::Done {
        vendor_id: change.action.makes().is_some().then_some(vendor_id),
    }
}

/// Takes in what runs without a snapshot of their own were to do that somebody agreed to, what they
/// got done of it, as far as their journals tell, and which overrides of the files they used up.
pub fn recall(history: &mut History, past: &[PastRun]) {
    history.resume(agreed(past));
    for run in past {
        let deeds = run
            .outcomes()
            .filter_map(|(change, step)| Deed::of(run.run(), change, step));
        let deeds: Vec<_> = deeds.collect();
        history.absorb(&deeds);
        history.used_up.extend(used_up(&run.plan, &deeds));
    }
}

fn agreed(past: &[PastRun]) -> impl Iterator<Item = Agreed> {
    let reviewed = past.iter().filter(|run| !run.plan.due);
    reviewed.map(|run| {
        let plan = &run.plan;
        let withheld = plan.outstanding();
        let withheld = withheld.filter(|item| !item.why.is_of_doubted_files());
        let withheld = withheld.flat_map(|item| &item.changes);
        let withheld = withheld.filter(|change| change.cause != Cause::Drift);
        let meant = plan.changes.iter().chain(withheld);
        Agreed {
            meant: meant.map(|change| change.id.clone()).collect(),
            settings: plan.settings,
            edited: plan.edited.clone(),
            whole: plan.selection.is_none(),
        }
    })
}
