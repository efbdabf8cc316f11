//! One app's differences between desired and observed, as changes and as what stands in their way.

use crate::model::account::{LinkRule, Status};
use crate::model::change::{Action, Change, PersonTag, Reason, Why};
use crate::model::desired::{BundleApp, Closing, Left, Want};
use crate::model::history::{Memory, RememberedPerson};
use crate::model::name::{PersonId, ProfileKey};
use crate::model::observation::{AccountIndex, AccountRef, Completeness};
use crate::model::person::{Period, Person};
use crate::model::plan::{Impediment, SurplusAccount, UnmanagedAccount, Withheld, WithheldState};

use super::attributes;
use super::cause::Causes;
use super::holdings::{self, Step, named_by};
use super::matching::{Owner, person_tag, tag};
use super::view::AppView;
use crate::config::{Removed, Unmanaged};
use jiff::Timestamp;

/// What planning one app brings.
#[derive(Debug, Default)]
pub struct Draft {
    /// Changes, in no particular order.
    pub changes: Vec<Change>,
    /// Held and blocked.
    pub withheld: Vec<Withheld>,
    /// Accounts that match nobody.
    pub unmanaged: Vec<UnmanagedAccount>,
    /// Accounts of people to whom no profile gives the app.
    pub surplus: Vec<SurplusAccount>,
    /// People (by index) whose provisioning here is still to open.
    pub upcoming: Vec<(usize, Timestamp)>,
    /// Accounts that belong to a person of the files.
    pub matched: usize,
}

/// Plans one app.
pub fn plan_app(view: &AppView<'_>, causes: &Causes<'_>) -> Draft {
    let mut differ = Differ {
        view,
        causes,
        draft: Draft::default(),
    };
    for person in 0..view.config.people.len() {
        differ.person(person);
    }
    for (id, accounts) in &view.links.gone {
        differ.gone(id, accounts);
    }
    differ.strangers();
    differ.draft.matched = view
        .links
        .owners
        .iter()
        .filter(|owner| matches!(owner, Owner::Person(..)))
        .count();
    differ.draft
}

struct Differ<'a> {
    view: &'a AppView<'a>,
    causes: &'a Causes<'a>,
    draft: Draft,
}

/// Whose account is planned for, and which account that is. Most accounts are as they should be,
/// so that tags are made only where a change needs them.
#[derive(Clone, Copy)]
struct Subject<'a> {
    who: Who<'a>,
    account: Option<AccountRef<'a>>,
}

#[derive(Clone, Copy)]
enum Who<'a> {
    /// A person of the files, with the index there.
    Present(usize, &'a Person),
    /// Somebody who is no longer in them.
    Gone(&'a RememberedPerson),
}

impl Subject<'_> {
    /// Index in the files.
    fn index(&self) -> Option<usize> {
        match self.who {
            Who::Present(index, _) => Some(index),
            Who::Gone(_) => None,
        }
    }

    fn tag(&self) -> PersonTag {
        match self.who {
            Who::Present(_, person) => person_tag(person),
            Who::Gone(known) => PersonTag {
                id: known.id.clone(),
                name: known.name.clone(),
            },
        }
    }
}

impl<'a> Differ<'a> {
    fn person(&mut self, index: usize) {
        let view = self.view;
        let main = view.links.main.get(&index).copied();
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
        let subject = Subject {
            who: Who::Present(index, person),
            account,
        };
        for impediment in conflicts {
            if !matches!(want, Want::Nothing | Want::NotYet { .. }) {
                self.withhold(
                    &subject,
                    WithheldState::Held,
                    impediment.clone(),
                    Vec::new(),
                );
            }
        }
        if let Some(account) = account
            && self.protected(account)
        {
            return;
        }
        match want {
            Want::NotYet { opens } => self.draft.upcoming.push((index, opens)),
            Want::Closed(closing) => {
                if let Some(account) = account {
                    let reasons = self.closing_reasons(person, closing);
                    self.close(
                        &subject,
                        account,
                        &reasons,
                        matches!(closing, Closing::Left(Left { released: true, .. })),
                    );
                }
            }
            // With a question open about whose account is whose, nothing is created or given (R8).
            Want::Account { .. } if !conflicts.is_empty() => {}
            Want::Account {
                gives,
                period,
                opened,
            } => {
                let current = view.desired.people[index].current;
                let facts = Facts {
                    index,
                    person,
                    period: &person.periods[period],
                    began: current.is_some_and(|current| current.period == period),
                    gives,
                };
                match (account, main) {
                    (Some(account), Some((_, rule))) => {
                        self.keep(&subject, account, rule, &facts, opened);
                    }
                    _ => self.create(&subject, &facts),
                }
            }
            Want::Nothing => {
                if let Some(account) = account {
                    self.unwanted(&subject, account, person, index);
                }
            }
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
            if let Some(why) = self.revival(account, opened) {
                steps.push(Step {
                    action: Action::Reactivate,
                    reasons: vec![facts.period(view), Reason { why, at: None }],
                    impediment: None,
                });
            } else {
                let impediment = Impediment::InactiveNotByUs {
                    account: tag(account),
                };
                return self.withhold(subject, WithheldState::Held, impediment, Vec::new());
            }
        }
        let id = facts.person.id.as_str();
        if attributes::stores_hr_id(view.settings, view.observation) && account.hr_id().raw() != id
        {
            let action = Action::Adopt {
                rule,
                before: account.hr_id().to_owned(),
                hr_id: id.to_owned(),
            };
            let matched = Reason {
                why: Why::Matched { rule },
                at: None,
            };
            steps.push(Step {
                action,
                reasons: vec![facts.entry(view), matched],
                impediment: None,
            });
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
            steps.push(Step {
                action: Action::Update { edits },
                reasons: vec![facts.entry(view)],
                impediment: None,
            });
        }
        let targets = holdings::targets(
            view,
            view.desired.holdings(facts.index, view.index, facts.gives),
        );
        let lost = || {
            vec![Reason {
                why: Why::NoLongerNamed {
                    job_code: facts.period.job_code.clone(),
                },
                at: Some(view.config.sources.locate(facts.period.site)),
            }]
        };
        let held = holdings::differences(view, account, &targets, lost);
        steps.extend(held.into_iter().map(|step| facts.explain(view, step)));
        self.emit(subject, Some(facts.person), steps);
    }

    /// An account that should exist and does not.
    fn create(&mut self, subject: &Subject<'_>, facts: &Facts<'a>) {
        let view = self.view;
        let impediment = match &view.observation.completeness {
            Completeness::Incomplete(because) => Some(Impediment::IncompleteReading {
                because: because.clone(),
            }),
            Completeness::Complete | Completeness::NamedOnly => None,
        };
        let new = attributes::new_account(
            facts.person,
            facts.period,
            view.name,
            view.settings,
            view.observation,
        );
        let mut reasons = vec![facts.period(view)];
        reasons.extend(
            facts
                .gives
                .map(|gives| named_by(view, &gives.named_by, None)),
        );
        let targets = holdings::targets(
            view,
            view.desired.holdings(facts.index, view.index, facts.gives),
        );
        let blocked = impediment.is_some();
        let mut steps = vec![Step {
            action: Action::Create(new),
            reasons,
            impediment,
        }];
        if !blocked {
            let held = holdings::all(view, &targets);
            steps.extend(held.into_iter().map(|step| facts.explain(view, step)));
        }
        self.emit(subject, Some(facts.person), steps);
    }

    /// R9: whether an inactive account may be opened again, and why.
    fn revival(&self, account: AccountRef<'_>, opened: Timestamp) -> Option<Why> {
        // Without any snapshot, an open provisioning window is reason enough; the window is open,
        // or no account would be desired.
        if self.view.history.last.is_none() {
            return Some(Why::ClosedBefore);
        }
        let memory = self.memory(account)?;
        if let Some(run) = &memory.closed_by {
            return Some(Why::ClosedByUs {
                run: Some(run.clone()),
            });
        }
        memory
            .inactive_since
            .filter(|since| *since < opened)
            .map(|_| Why::ClosedBefore)
    }

    /// An account that should be closed, and after a while emptied (R2).
    fn close(
        &mut self,
        subject: &Subject<'_>,
        account: AccountRef<'_>,
        reasons: &[Reason],
        released: bool,
    ) {
        let mut steps = Vec::new();
        if account.status() != Status::Inactive {
            let action = Action::Deactivate {
                effect: self.view.settings.description.leaving.effect.to_string(),
            };
            steps.push(Step {
                action,
                reasons: reasons.to_vec(),
                impediment: self.incomplete(),
            });
        }
        // Together with the closing, if that is late: one run leaves nothing to do (R26).
        if released {
            steps.extend(holdings::differences(self.view, account, &[], || {
                reasons.to_vec()
            }));
        }
        self.emit(subject, None, steps);
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
        let ours = self
            .memory(account)
            .is_some_and(|memory| memory.desired || memory.created_by.is_some());
        let current = self.view.desired.people[index]
            .current
            .map(|current| &person.periods[current.period]);
        if ours && let Some(period) = current {
            let why = Why::AppNoLongerNamed {
                job_code: period.job_code.clone(),
            };
            let reason = Reason {
                why,
                at: Some(self.view.config.sources.locate(period.site)),
            };
            let action = Action::Deactivate {
                effect: self.view.settings.description.leaving.effect.to_string(),
            };
            let step = Step {
                action,
                reasons: vec![reason],
                impediment: self.incomplete(),
            };
            // Whether a person with a faulty entry still needs the app cannot be told from it.
            self.emit(subject, Some(person), vec![step]);
        } else {
            let (app, person, account, status) = (
                self.view.name.clone(),
                subject.tag(),
                tag(account),
                account.status(),
            );
            self.draft.surplus.push(SurplusAccount {
                app,
                person,
                account,
                status,
            });
        }
    }

    /// R3: accounts of somebody who is remembered but no longer in the files.
    fn gone(&mut self, id: &PersonId, accounts: &[AccountIndex]) {
        let Some(known) = self.view.history.people.get(id) else {
            return;
        };
        let left = known
            .until
            .is_some_and(|until| until <= self.view.desired.as_of);
        let leaver = left || self.view.config.lifecycle.removed == Removed::Leaver;
        for account in accounts {
            let account = self.view.observation.account(*account);
            if account.status() == Status::Inactive || self.protected(account) {
                continue;
            }
            let subject = Subject {
                who: Who::Gone(known),
                account: Some(account),
            };
            if leaver {
                let reason = Reason {
                    why: Why::Vanished { until: known.until },
                    at: None,
                };
                self.close(&subject, account, &[reason], false);
            } else {
                self.withhold(
                    &subject,
                    WithheldState::Held,
                    Impediment::Vanished,
                    Vec::new(),
                );
            }
        }
    }

    /// R5: accounts that match nobody.
    fn strangers(&mut self) {
        if self.view.settings.unmanaged == Unmanaged::Ignore {
            return;
        }
        for (account, owner) in self
            .view
            .observation
            .accounts()
            .zip(&self.view.links.owners)
        {
            if *owner == Owner::Nobody
                && account.status() != Status::Inactive
                && !self.protected(account)
            {
                let (app, status) = (self.view.name.clone(), account.status());
                self.draft.unmanaged.push(UnmanagedAccount {
                    app,
                    account: tag(account),
                    status,
                });
            }
        }
    }

    fn closing_reasons(&self, person: &Person, closing: Closing) -> Vec<Reason> {
        let why = match closing {
            Closing::Left(left) if left.cut => Why::AccessEnded { at: left.since },
            Closing::Left(left) if left.released => Why::Released {
                last_day: left.last_day,
            },
            Closing::Left(left) => Why::Left {
                last_day: left.last_day,
            },
            Closing::Leave(from) => Why::OnLeave { from },
        };
        vec![Reason {
            why,
            at: Some(self.view.config.sources.locate(person.site)),
        }]
    }

    fn memory(&self, account: AccountRef<'_>) -> Option<&'a Memory> {
        self.view.remembered?.memory(account.vendor_id().raw())
    }

    fn incomplete(&self) -> Option<Impediment> {
        match &self.view.observation.completeness {
            Completeness::Incomplete(because) => Some(Impediment::IncompleteReading {
                because: because.clone(),
            }),
            Completeness::Complete | Completeness::NamedOnly => None,
        }
    }

    fn protected(&self, account: AccountRef<'_>) -> bool {
        let is = |text: &str| {
            self.view
                .settings
                .protected
                .iter()
                .any(|name| name == &crate::model::person::fold_email(text))
        };
        is(account.login().raw()) || is(account.vendor_id().raw())
    }

    /// Turns steps into changes. With a person whose entry has a problem of its own, everything
    /// but a closing is held together; `entry` is that person.
    fn emit(&mut self, subject: &Subject<'_>, entry: Option<&Person>, steps: Vec<Step>) {
        let problem = entry.and_then(|person| person.problem);
        let mut held = Vec::new();
        for Step {
            action,
            reasons,
            impediment,
        } in steps
        {
            let cause = crate::model::change::Cause::Files;
            let account = if matches!(action, Action::Create(_)) {
                None
            } else {
                subject.account.map(tag)
            };
            let mut change = Change::new(
                self.view.name,
                Some(subject.tag()),
                account,
                action,
                cause,
                reasons,
            );
            change.cause = self.causes.of(&change, subject.index());
            match (impediment, problem) {
                (_, Some(_)) => held.push(change),
                (Some(impediment), None) => {
                    self.withhold(subject, WithheldState::Blocked, impediment, vec![change]);
                }
                (None, None) => self.draft.changes.push(change),
            }
        }
        if let Some(code) = problem
            && !held.is_empty()
        {
            self.withhold(
                subject,
                WithheldState::Held,
                Impediment::Entry {
                    code: code.to_owned(),
                },
                held,
            );
        }
    }

    fn withhold(
        &mut self,
        subject: &Subject<'_>,
        state: WithheldState,
        why: Impediment,
        changes: Vec<Change>,
    ) {
        let at = match subject.who {
            Who::Present(_, person) => Some(self.view.config.sources.locate(person.site)),
            Who::Gone(_) => None,
        };
        self.draft.withheld.push(Withheld {
            state,
            app: Some(self.view.name.clone()),
            person: Some(subject.tag()),
            why,
            changes,
            at,
        });
    }
}

/// What the files say of a person who should have an account.
struct Facts<'a> {
    index: usize,
    person: &'a Person,
    period: &'a Period,
    /// The period runs; otherwise it is to come.
    began: bool,
    gives: Option<&'a BundleApp>,
}

impl Facts<'_> {
    /// The period: the first link of every reason chain.
    fn period(&self, view: &AppView<'_>) -> Reason {
        let job_code: ProfileKey = self.period.job_code.clone();
        let since = self.period.from;
        let why = if self.began {
            Why::Employed { since, job_code }
        } else {
            Why::Starts {
                on: since,
                job_code,
            }
        };
        Reason {
            why,
            at: Some(view.config.sources.locate(self.period.site)),
        }
    }

    /// Puts the period before a step's own reasons.
    fn explain(&self, view: &AppView<'_>, mut step: Step) -> Step {
        step.reasons.insert(0, self.period(view));
        step
    }

    fn entry(&self, view: &AppView<'_>) -> Reason {
        Reason {
            why: Why::Entry,
            at: Some(view.config.sources.locate(self.person.site)),
        }
    }
}
