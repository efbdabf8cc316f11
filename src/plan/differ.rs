//! One app's differences between desired and observed.
//!
//! Every open account ends up in one place: as it should be or planned for, held or blocked,
//! surplus, unmanaged, or protected. None is passed over in silence.

use jiff::Timestamp;

use crate::config::Surplus;
use crate::model::account::{LinkRule, Status};
use crate::model::change::{Action, Cascade};
use crate::model::desired::{Closing, Left, Want};
use crate::model::history::Memory;
use crate::model::observation::AccountRef;
use crate::model::person::Person;
use crate::model::plan::SurplusAccount;
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::attributes;
use super::cause::Causes;
use super::closing::closing_reason;
use super::draft::{Draft, Step, Subject, Who};
use super::facts::Facts;
use super::holders;
use super::holdings::{self, named_by};
use super::invitations::{Next, ONCE_ACCEPTED};
use super::leftover;
use super::managers;
use super::matching::{person_tag, tag};
use super::privileged;
use super::seats;
use super::separation;
use super::targets::Targets;
use super::view::AppView;

/// Plans one app.
pub fn plan_app(view: &AppView<'_>, causes: &Causes<'_>) -> Draft {
    let draft = Draft::default();
    let mut differ = Differ {
        view,
        causes,
        draft,
        targets: Targets::default(),
    };
    for person in 0..view.config.people.len() {
        differ.person(person);
    }
    differ.strangers();
    managers::plan(view, causes, &mut differ.draft);
    seats::settle(view, &mut differ.draft);
    differ.draft.parts = separation::parts(view, &differ.draft);
    differ.draft.privileged = holders::holders(view, &differ.draft);
    differ.draft
}

pub(super) struct Differ<'a> {
    pub(super) view: &'a AppView<'a>,
    pub(super) causes: &'a Causes<'a>,
    pub(super) draft: Draft,
    targets: Targets<'a>,
}

impl<'a> Differ<'a> {
    fn person(&mut self, index: usize) {
        let view = self.view;
        let main = view.links.main(index);
        let conflicts = view
            .links
            .conflicts
            .get(&index)
            .map_or(&[][..], Vec::as_slice);
        let want = view.desired.want(index, view.index);
        if main.is_none() && conflicts.is_empty() && matches!(want, Want::Nothing | Want::Closed(_))
        {
            return;
        }
        let person = &view.config.people[index];
        let account = main.map(|(account, _)| view.observation.account(account));
        let who = Who::Present(index, person);
        let subject = Subject { who, account };
        let wanted = matches!(want, Want::Account { .. });
        let closes = match want {
            Want::Closed(closing) => self.close_others(index, main, conflicts, closing),
            _ => Vec::new(),
        };
        for impediment in conflicts {
            let is_closed = |account: &AccountRef<'_>| {
                closes.iter().any(|other| other.index() == account.index())
            };
            let main = account.filter(|_| !wanted);
            if self.is_about_only(impediment, |a| {
                is_closed(a) || main.is_some_and(|main| main.index() == a.index())
            }) {
                continue;
            }
            // Whoever is to have no account here has no question left once all are closed.
            if wanted || self.concerns_open_account(impediment) {
                self.draft
                    .hold(view, &subject, impediment.clone(), Vec::new());
            }
        }
        match (want, account) {
            (Want::Account { .. }, Some(account)) if self.view.protects(account) => {}
            // With a question open about whose account is whose, nothing is created or given (R8).
            (Want::Account { .. }, _) if !conflicts.is_empty() => {}
            (
                Want::Account {
                    gives,
                    period,
                    opened,
                },
                _,
            ) => {
                let current = view.desired.people[index].current.as_ref();
                let facts = Facts {
                    index,
                    person,
                    period: &person.periods[period],
                    began: current.is_some_and(|current| current.period == period),
                    gives,
                    bundle: view.desired.people[index].bundle(period),
                };
                match (account, main) {
                    (Some(account), Some((_, rule))) => {
                        self.keep(&subject, account, rule, &facts, opened);
                    }
                    _ => self.create(&subject, &facts),
                }
            }
            (Want::Closed(closing), Some(account)) => {
                let reason = closing_reason(view, person, closing);
                let released = matches!(closing, Closing::Left(Left { released: true, .. }));
                self.close(&subject, account, &[reason], released);
            }
            (Want::Nothing, Some(account)) => self.unwanted(&subject, account, person, index),
            (Want::NotYet { .. }, _) | (Want::Closed(_) | Want::Nothing, None) => {}
        }
    }

    /// An account that should be open.
    fn keep(
        &mut self,
        subject: &Subject<'_>,
        account: AccountRef<'_>,
        rule: LinkRule,
        facts: &Facts<'a>,
        opened: Timestamp,
    ) {
        let view = self.view;
        let mut steps: Vec<Step> = Vec::new();
        if account.status() == Status::Inactive {
            let Some(why) = self.revival(account, facts, opened) else {
                let account = tag(account);
                let impediment = Impediment::InactiveNotByUs { account };
                return self.draft.hold(view, subject, impediment, Vec::new());
            };
            let reasons = vec![facts.period(view), Reason { why, at: None }];
            let action = awaited(view, facts).unwrap_or(Action::Reactivate);
            steps.push(Step::new(action, reasons));
        }
        let next = view.next_of(account);
        if let Some(Next::Renew(renewal)) = next {
            let account = facts.account(view);
            let action = Action::Invite { account, renewal };
            steps.push(Step::new(action, vec![facts.period(view)]));
        }
        let id = facts.person.id.as_str();
        if attributes::stores_hr_id(view.settings, view.observation) && account.hr_id().raw() != id
        {
            let (before, hr_id) = (account.hr_id().to_owned(), id.to_owned());
            let matched = Reason {
                why: Why::Matched { rule },
                at: None,
            };
            let action = Action::Adopt {
                rule,
                before,
                hr_id,
            };
            steps.push(Step::new(action, vec![facts.entry(view), matched]));
        }
        let edits = attributes::edits(
            account,
            facts.person,
            facts.period,
            view.name,
            view.settings,
            view.observation,
        );
        if !edits.is_empty() {
            steps.push(Step::new(Action::Update { edits }, vec![facts.entry(view)]));
        }
        let targets = self.targets.of(view, facts);
        let approvals = holdings::kept_approvals(view, account, &targets);
        if let Some(opening) = steps
            .first_mut()
            .filter(|_| account.status() == Status::Inactive)
        {
            opening.privileged = !approvals.is_empty();
            opening.reasons.extend(approvals);
        }
        for entitlement in holdings::unapproved(view, account, &targets) {
            let why = privileged::needs_approval(view, facts.person, entitlement, true);
            self.draft.block(view, subject, why);
        }
        let lost = |value| {
            if view.is_unnamed(value) {
                let (why, at) = (Why::Unnamed, None);
                return vec![Reason { why, at }];
            }
            let job_code = facts.period.job_code.clone();
            let at = Some(view.config.sources.locate(facts.period.site));
            vec![Reason {
                why: Why::NoLongerNamed { job_code },
                at,
            }]
        };
        let inherited = leftover::inherited(view, account, facts.person, &targets);
        self.draft.inherited.extend(inherited);
        let held = holdings::differences(view, account, facts.person, &targets, lost);
        steps.extend(held.into_iter().map(|step| facts.explain(view, step)));
        keep_closed_until_emptied(&mut steps);
        self.pause(subject, next, &mut steps);
        self.draft.add(view, self.causes, subject, steps, false);
    }

    /// An account that should exist and does not.
    fn create(&mut self, subject: &Subject<'_>, facts: &Facts<'a>) {
        let view = self.view;
        let named = facts
            .gives
            .map(|gives| named_by(view, &gives.named_by, None));
        let named = named.into_iter().flatten();
        let reasons = [facts.period(view)].into_iter().chain(named).collect();
        let account = facts.account(view);
        let renewal = match view.next_of_missing(facts.index, &account) {
            Some(Next::Hold(why) | Next::Wait(why)) => {
                return self.draft.hold(view, subject, why, Vec::new());
            }
            Some(Next::Renew(renewal)) => renewal,
            None => 0,
        };
        let action = awaited(view, facts).unwrap_or_else(|| match view.invitation() {
            Some(_) => Action::Invite { account, renewal },
            None => Action::Create(account),
        });
        let stands = view.incomplete().or_else(|| facts.missing(view));
        let can_be_made = stands.is_none();
        let awaits = matches!(action, Action::Await { .. });
        let mut steps = vec![Step::unless(stands, action, reasons)];
        if can_be_made {
            steps.extend(awaits.then(|| facts.once_made(view)).flatten());
            let targets = self.targets.of(view, facts);
            let held = holdings::all(view, facts.person, &targets);
            steps.extend(held.into_iter().map(|step| facts.explain(view, step)));
        }
        if view.invitation().is_some() {
            view.await_acceptance(&mut steps, &ONCE_ACCEPTED);
        }
        self.draft.add(view, self.causes, subject, steps, false);
    }

    /// R9: whether an inactive account may be opened again, and why.
    fn revival(
        &self,
        account: AccountRef<'_>,
        facts: &Facts<'_>,
        opened: Timestamp,
    ) -> Option<Why> {
        // Without any snapshot, nobody knows who closed it: only whoever is about to start can be
        // a return. Somebody who works here may have been shut out for a reason.
        // An app that no run could read before is as new.
        if self.view.history.last.is_none() || self.view.is_new() {
            return (!facts.began).then_some(Why::ClosedBefore);
        }
        let memory = self.memory(account)?;
        if memory.reopening {
            return Some(Why::ClosedBefore);
        }
        if let Some(run) = &memory.closed_by {
            return Some(Why::ClosedByUs {
                run: Some(run.clone()),
            });
        }
        let before = memory.inactive_since.filter(|since| *since < opened);
        before.map(|_| Why::ClosedBefore)
    }

    /// R4: an account of a person to whom no profile gives the app.
    fn unwanted(
        &mut self,
        subject: &Subject<'_>,
        account: AccountRef<'_>,
        person: &Person,
        index: usize,
    ) {
        if account.status() == Status::Inactive {
            return;
        }
        let view = self.view;
        let memory = self.memory(account);
        let ours = memory.is_some_and(|memory| memory.desired || memory.created_by.is_some());
        let desired = &view.desired.people[index];
        let current = desired.current.as_ref().map(|current| current.period);
        let period = current.or(desired.next.as_ref().map(|next| next.period));
        if ours && let Some(period) = period.map(|period| &person.periods[period]) {
            let job_code = period.job_code.clone();
            let at = Some(view.config.sources.locate(period.site));
            let why = Why::AppNoLongerNamed { job_code };
            return self.close(subject, account, &[Reason { why, at }], false);
        }
        // Without a snapshot, nobody knows what anybody asked for (R25).
        let close = view.settings.surplus == Surplus::Deactivate && view.history.last.is_some();
        if close
            && !view.protects(account)
            && let Some(period) = period.map(|period| &person.periods[period])
        {
            let job_code = period.job_code.clone();
            let at = Some(view.config.sources.locate(period.site));
            let why = Why::Surplus { job_code };
            return self.close(subject, account, &[Reason { why, at }], false);
        }
        self.draft.surplus.push(SurplusAccount {
            app: view.name.clone(),
            person: person_tag(person),
            account: tag(account),
            status: account.status(),
        });
    }

    pub(super) fn memory(&self, account: AccountRef<'_>) -> Option<&'a Memory> {
        self.view
            .remembered?
            .memories
            .get(account.vendor_id().raw())
    }
}

/// The await of an account that another app makes or opens (R18). Whether that app will is looked
/// at once all apps are planned.
fn awaited(view: &AppView<'_>, facts: &Facts<'_>) -> Option<Action> {
    let by = view.settings.provisioned_by.as_ref()?;
    Some(Action::Await {
        account: facts.account(view),
        by: Cascade {
            source: by.app.clone(),
            deadline: by.deadline,
        },
    })
}

/// What a returning account must lose and cannot keeps it closed, and keeps all else from it.
fn keep_closed_until_emptied(steps: &mut [Step]) {
    let opens = |action: &Action| matches!(action, Action::Reactivate | Action::Await { .. });
    let returns = steps.iter().any(|step| opens(&step.action));
    let takes = |step: &&Step| matches!(step.action, Action::Revoke { .. });
    let stuck = steps
        .iter()
        .filter(takes)
        .find_map(|step| step.impediment.clone());
    if let Some(impediment) = stuck.filter(|_| returns) {
        for step in steps {
            step.impediment.get_or_insert_with(|| impediment.clone());
        }
    }
}
