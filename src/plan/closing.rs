//! Closing an account (R2): at once, and after a while emptied.

use crate::model::account::Status;
use crate::model::change::Action;
use crate::model::desired::Closing;
use crate::model::observation::AccountRef;
use crate::model::person::Person;
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::differ::Differ;
use super::draft::{Step, Subject};
use super::holdings;
use super::matching::tag;
use super::privileged;
use super::view::AppView;

impl Differ<'_> {
    /// An account that should be closed, and after a while emptied (R2). The first reason is why.
    pub(super) fn close(
        &mut self,
        subject: &Subject<'_>,
        account: AccountRef<'_>,
        reasons: &[Reason],
        released: bool,
    ) {
        let view = self.view;
        let open = account.status() != Status::Inactive;
        if open && self.view.protects(account) {
            let account = tag(account);
            return self
                .draft
                .hold(view, subject, Impediment::Protected { account }, Vec::new());
        }
        let mut steps = Vec::new();
        if open {
            steps.push(deactivate(view, reasons.to_vec()));
        }
        // Together with the closing, if that is late: one run leaves nothing to do (R26).
        if released {
            let why = |_| reasons.to_vec();
            steps.extend(holdings::without(view, account, &[], why));
        }
        // R2: what makes an administrator goes at once; whoever is on leave comes back to it.
        if !matches!(reasons[0].why, Why::OnLeave { .. }) && !view.protects(account) {
            let planned = |step: &Step| step.action.clone();
            let known: Vec<Action> = steps.iter().map(planned).collect();
            let taken = privileged::held(view, account)
                .map(|holding| holdings::take(view, *holding, reasons.to_vec()));
            steps.extend(taken.filter(|step| !known.contains(&step.action)));
        }
        // A mover's faulty entry may be what no longer names the app.
        let close = !matches!(
            reasons[0].why,
            Why::AppNoLongerNamed { .. } | Why::Surplus { .. }
        );
        self.draft.add(view, self.causes, subject, steps, close);
    }
}

/// The step that closes an account here.
pub(super) fn deactivate(view: &AppView<'_>, reasons: Vec<Reason>) -> Step {
    let effect = view.settings.description.leaving.effect.to_string();
    let stands = view.incomplete().or_else(|| destructive(view));
    Step::unless(stands, Action::Deactivate { effect, by: None }, reasons)
}

/// R2: closing here would destroy data, and the files do not allow that.
fn destructive(view: &AppView<'_>) -> Option<Impediment> {
    let leaving = &view.settings.description.leaving;
    let refused = leaving.destroys_data && !view.settings.allow_destructive;
    refused.then(|| Impediment::Destructive {
        effect: leaving.effect.to_string(),
    })
}

/// Why a person of the files is to have no open account.
pub(super) fn closing_reason(view: &AppView<'_>, person: &Person, closing: Closing) -> Reason {
    let why = match closing {
        Closing::Left(left) if left.cut => Why::cut(person, left.since),
        Closing::Left(left) if left.released => Why::Released {
            last_day: left.last_day,
        },
        Closing::Left(left) => Why::Left {
            last_day: left.last_day,
        },
        Closing::Leave(from) => Why::OnLeave { from },
    };
    let at = Some(view.config.sources.locate(person.site));
    Reason { why, at }
}
