//! What the files say of one person in one app, and the first reasons of her steps.

use crate::model::change::{Action, NewAccount};
use crate::model::desired::BundleApp;
use crate::model::person::{Period, Person};
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::attributes;
use super::draft::Step;
use super::view::AppView;

/// What the files say of a person who should have an account.
pub struct Facts<'a> {
    /// Her place among the people of the configuration.
    pub index: usize,
    /// Who she is.
    pub person: &'a Person,
    /// Her employment, running or to come.
    pub period: &'a Period,
    /// Her period runs; otherwise it is to come.
    pub began: bool,
    /// What her profiles give in this app.
    pub gives: Option<&'a BundleApp>,
    /// The bundle that they make in that period, by index.
    pub bundle: Option<usize>,
}

impl Facts<'_> {
    /// The account to be made.
    pub fn account(&self, view: &AppView<'_>) -> NewAccount {
        attributes::new_account(
            self.person,
            self.period,
            view.name,
            view.settings,
            view.observation,
        )
    }

    /// What the files must still say before the account can be made.
    pub fn missing(&self, view: &AppView<'_>) -> Option<Impediment> {
        attributes::missing(self.person, self.period, view.settings, view.observation)
    }

    /// What is ours to say of an account that another app makes, once it is there.
    pub fn once_made(&self, view: &AppView<'_>) -> Option<Step> {
        let edits =
            attributes::edits_once_made(self.person, self.period, view.settings, view.observation);
        let reasons = vec![self.entry(view)];
        (!edits.is_empty()).then(|| Step::new(Action::Update { edits }, reasons))
    }

    /// The period: the first link of every reason chain.
    pub fn period(&self, view: &AppView<'_>) -> Reason {
        let (since, job_code) = (self.period.from, self.period.job_code.clone());
        let why = if self.began {
            Why::Employed { since, job_code }
        } else {
            Why::Starts {
                on: since,
                job_code,
            }
        };
        let at = Some(view.config.sources.locate(self.period.site));
        Reason { why, at }
    }

    /// Puts the period before a step's own reasons.
    pub fn explain(&self, view: &AppView<'_>, mut step: Step) -> Step {
        step.reasons.insert(0, self.period(view));
        step
    }

    /// The person's own entry in the people file.
    pub fn entry(&self, view: &AppView<'_>) -> Reason {
        let at = Some(view.config.sources.locate(self.person.site));
        Reason {
            why: Why::Entry,
            at,
        }
    }
}
