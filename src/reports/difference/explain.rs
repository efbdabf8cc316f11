//! Which change of which run explains a difference.

use std::collections::HashMap;

use crate::base::Foreign;
use crate::model::account::Status;
use crate::model::change::{Action, Change};
use crate::model::name::{AppName, PersonId};
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::snapshot::RunEnd;
use crate::state::PastRun;
use crate::state::evidence::Recorded;
use crate::state::reading::rows::Pair;

use super::{Deed, Entry, Explanation, RunTold, Value, What};

/// What runs did since one of two readings, by app and the account's vendor id.
pub struct Past<'a> {
    done: HashMap<(&'a str, &'a str), Vec<Step<'a>>>,
    /// What runs that died had begun for accounts that were still to be made.
    begun: Vec<Step<'a>>,
}

/// A change of a run, and what became of it: nothing is known of what a run had begun that died.
type Step<'a> = (&'a PastRun, &'a Change, Option<&'a StepOutcome>);

impl<'a> Past<'a> {
    /// Looks through runs, from the first.
    pub fn of(runs: impl IntoIterator<Item = &'a PastRun>) -> Self {
        let mut past = Self {
            done: HashMap::new(),
            begun: Vec::new(),
        };
        for run in runs {
            past.take(run);
        }
        past
    }

    fn take(&mut self, run: &'a PastRun) {
        let made = made(run);
        for (change, step) in run.outcomes().filter(|(_, step)| step.outcome.is_good()) {
            let known = change.account.as_ref().map(|account| &account.vendor_id);
            let person = change.person.as_ref().map(|person| &person.id);
            // What an account is given that its run made was planned for its person.
            let made = || made.get(&(&change.app, person?)).copied();
            if let Some(id) = known.or_else(made) {
                self.add(&change.app, id, (run, change, Some(step)));
            }
            // What closes with it, no change of its own closes (R18).
            let also = run.plan.also_closed.iter();
            for also in also.filter(|also| also.by == change.id) {
                if let Some(account) = &also.account {
                    self.add(&also.app, &account.vendor_id, (run, change, Some(step)));
                }
            }
        }
        for change in run.open_changes() {
            match &change.account {
                Some(account) => {
                    self.add(&change.app, &account.vendor_id, (run, change, None));
                }
                None => self.begun.push((run, change, None)),
            }
        }
    }

    fn add(&mut self, app: &'a AppName, vendor_id: &'a Foreign, step: Step<'a>) {
        let key = (app.as_str(), vendor_id.raw());
        self.done.entry(key).or_default().push(step);
    }

    /// The entry, with the last change that leads to what there is now, and with that change's
    /// person where neither reading says whose the account is.
    pub(super) fn explained(&self, entry: Entry, pair: &Pair) -> Entry {
        let key = (entry.app.as_str(), entry.account.vendor_id.raw());
        let steps = self.done.get(&key).map(Vec::as_slice).unwrap_or_default();
        let begun = self.begun.iter().filter(|(_, change, _)| {
            let person = change.person.as_ref();
            let login = change.action.makes().map(|new| new.login.as_str());
            change.app == entry.app
                && ((person.is_some() && person.map(|one| &one.id) == id(&entry))
                    || login
                        .is_some_and(|login| login.eq_ignore_ascii_case(entry.account.login.raw())))
        });
        let mut steps = begun.chain(steps);
        let step = steps.rfind(|(_, change, _)| leads(&change.action, &entry));
        let of_change = || step.and_then(|(_, change, _)| change.person.clone());
        Entry {
            explained: explanation(&entry, step, pair),
            person: entry.person.clone().or_else(of_change),
            ..entry
        }
    }
}

fn id(entry: &Entry) -> Option<&PersonId> {
    entry.person.as_ref().map(|person| &person.id)
}

fn explanation(entry: &Entry, step: Option<&Step<'_>>, (old, _): &Pair) -> Explanation {
    if entry.old == Value::NotRead || entry.new == Value::NotRead {
        return Explanation::NotRead;
    }
    if let Some((run, change, None)) = step {
        return Explanation::Begun {
            run: run.run().clone(),
            change: change.id.clone(),
            verb: change.action.verb(),
        };
    }
    if let Some((run, change, Some(step))) = step {
        let deed = Box::new(Deed {
            run: run.run().clone(),
            change: change.id.clone(),
            verb: change.action.verb(),
            cause: change.cause,
            reasons: change.reasons.clone(),
            ended: step.ended,
        });
        return match step.outcome {
            Outcome::AlreadySo { .. } => Explanation::AlreadySo(deed),
            _ => Explanation::Run(deed),
        };
    }
    let invited = old
        .as_ref()
        .is_some_and(|row| row.status == Status::Pending && row.memory.invited.is_some());
    if invited && entry.what == What::Status && is(&entry.new, Status::Active.word()) {
        return Explanation::Acceptance;
    }
    Explanation::Nothing
}

/// By app and person, the vendor ids of the accounts that a run made.
fn made(run: &PastRun) -> HashMap<(&AppName, &PersonId), &Foreign> {
    let made = run.outcomes().filter_map(|(change, step)| {
        let (Outcome::Done { vendor_id } | Outcome::AlreadySo { vendor_id }) = &step.outcome else {
            return None;
        };
        let person = change.person.as_ref()?;
        Some(((&change.app, &person.id), vendor_id.as_ref()?))
    });
    made.collect()
}

/// True if an action brings about what an entry says there is now.
pub fn leads(action: &Action, entry: &Entry) -> bool {
    let same = |a: &str, b: &Foreign| a.eq_ignore_ascii_case(b.raw());
    let gone = entry.new == Value::Absent;
    match &entry.what {
        What::Account | What::Status => match action {
            Action::Create(_) | Action::Invite { .. } | Action::Await { .. } => {
                !gone && !is(&entry.new, Status::Inactive.word())
            }
            Action::Reactivate => is(&entry.new, Status::Active.word()),
            Action::Deactivate { .. } => gone || is(&entry.new, Status::Inactive.word()),
            _ => false,
        },
        What::Entitlement { kind, value } => match action {
            Action::Grant {
                kind: of,
                value: given,
                level,
            } => {
                let level = level.as_deref().unwrap_or("held");
                of == kind && same(given, value) && is(&entry.new, level)
            }
            Action::Set {
                kind: of,
                key: Some(key),
                after,
                ..
            } => of == kind && same(key, value) && is(&entry.new, after),
            Action::Set {
                kind: of,
                key: None,
                before,
                after,
            } => {
                let lost = before
                    .as_ref()
                    .is_some_and(|before| same(before.raw(), value));
                of == kind && if gone { lost } else { same(after, value) }
            }
            Action::Revoke {
                kind: of,
                value: taken,
                ..
            } => of == kind && gone && same(taken.raw(), value),
            // What closes an account may take what it holds with it.
            Action::Deactivate { .. } => gone,
            _ => false,
        },
        What::HrId => match action {
            Action::Adopt { hr_id, .. } => is(&entry.new, hr_id),
            Action::Update { edits } => edits
                .iter()
                .any(|edit| edit.attribute == "hr_id" && is(&entry.new, &edit.after)),
            _ => false,
        },
        What::Login => updates(action, "login", entry),
        What::Email => updates(action, "email", entry) || updates(action, "login", entry),
        What::Attribute { name } => updates(action, name, entry),
        What::Owner => false,
    }
}

fn updates(action: &Action, name: &str, entry: &Entry) -> bool {
    let Action::Update { edits } = action else {
        return false;
    };
    let new = |after: &str| match &entry.new {
        Value::Absent => after.is_empty(),
        new => is(new, after),
    };
    (edits.iter()).any(|edit| edit.attribute == name && new(&edit.after))
}

fn is(value: &Value, text: &str) -> bool {
    matches!(value, Value::Is(value) if value.raw().eq_ignore_ascii_case(text))
}

/// What is told of each run that a snapshot names.
pub(super) fn told(recorded: &Recorded) -> Vec<RunTold> {
    let manifest = &recorded.snapshot.manifest;
    let runs = recorded.runs.iter().zip(&manifest.runs).enumerate();
    let told = runs.map(|(index, (run, record))| {
        // What CI told is of the run that wrote the snapshot, which is the last of them.
        let last = index + 1 == recorded.runs.len();
        let provenance = Some(&manifest.provenance).filter(|_| last);
        RunTold {
            run: run.run().clone(),
            snapshot: manifest.serial,
            started: run.opened.started,
            actor: run.opened.actor.clone(),
            commit: run.opened.commit.clone(),
            request: provenance.and_then(|told| told.request.clone()),
            approvers: provenance.map_or_else(Vec::new, |told| told.approvers.clone()),
            job: provenance.and_then(|told| told.job.clone()),
            mandate: manifest.mandate.clone().filter(|_| last),
            due: run.plan.due,
            died: record.end == RunEnd::Died,
        }
    });
    told.collect()
}
