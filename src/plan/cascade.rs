//! What another app makes and closes (R17, R18): looked at once every app is planned, since it
//! hangs on what becomes of the person there.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Cascaded, Config};
use crate::model::account::Status;
use crate::model::change::{AccountTag, Action, Cascade, Change, PersonTag, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{AccountRef, Observed, Reading};
use crate::model::plan::{Edge, EdgeKind};
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::cause::Causes;
use super::consequences::{self, Assignment};
use super::draft::Draft;
use super::matching::Owner;
use super::view::AppView;

/// What is known of the apps that make accounts in others, and what is planned in each app.
pub struct Cascades<'a> {
    pub config: &'a Config,
    pub observed: &'a Observed,
    pub causes: &'a Causes<'a>,
    /// The sources that were read, and the apps that they make accounts in.
    pub views: BTreeMap<&'a AppName, AppView<'a>>,
}

impl Cascades<'_> {
    /// Settles what is awaited in each app that has a source: upstream first, since a source may
    /// have one too.
    pub fn settle(&self, drafts: &mut BTreeMap<&AppName, Draft>) {
        self.restrain(drafts);
        let mut open: Vec<&AppName> = drafts.keys().copied().collect();
        let mut settled: BTreeSet<&AppName> = BTreeSet::new();
        while !open.is_empty() {
            let waits = |app: &&AppName| {
                let source = self.config.cascaded(app).map(|cascaded| cascaded.source);
                source
                    .is_some_and(|source| drafts.contains_key(source) && !settled.contains(source))
            };
            let (later, now): (Vec<_>, Vec<_>) = open.into_iter().partition(waits);
            assert!(
                !now.is_empty(),
                "validation refuses circles of `provisioned_by`"
            );
            for app in now {
                if let Some(cascaded) = self.config.cascaded(app)
                    && let Some(mut draft) = drafts.remove(app)
                {
                    self.app(cascaded, drafts.get(cascaded.source), &mut draft);
                    drafts.insert(app, draft);
                }
                settled.insert(app);
            }
            open = later;
        }
    }

    /// Withholds what sources would do elsewhere although nobody planned it there.
    fn restrain(&self, drafts: &mut BTreeMap<&AppName, Draft>) {
        for app in self.config.apps.keys() {
            let Some(cascaded) = self.config.cascaded(app) else {
                continue;
            };
            let views = (self.views.get(cascaded.source), self.views.get(app));
            let planned = (drafts.get(cascaded.source), drafts.get(app));
            let ((Some(view), Some(downstream)), (Some(planned), Some(draft))) = (views, planned)
            else {
                continue;
            };
            let source = Source::new(view, cascaded, planned);
            let found = consequences::of(&source, app, downstream, draft);
            let Some(draft) = drafts.get_mut(cascaded.source) else {
                continue;
            };
            draft.edges.extend(found.edges);
            let changes = std::mem::take(&mut draft.changes);
            for change in changes {
                match found.withheld.get(&change.id) {
                    Some(why) => {
                        let why = why.clone();
                        let held = self.withheld(WithheldState::Held, why, vec![change]);
                        draft.withheld.extend(held);
                    }
                    None => draft.changes.push(change),
                }
            }
        }
    }

    /// Changes of one person in one app that are not done.
    fn withheld(
        &self,
        state: WithheldState,
        why: Impediment,
        changes: Vec<Change>,
    ) -> Option<Withheld> {
        let first = changes.first()?;
        let (app, person) = (first.app.clone(), first.person.clone());
        let index = self.index(person.as_ref().map(|person| &person.id));
        let site = index.map(|index| self.config.people[index].site);
        Some(Withheld {
            state,
            app: Some(app),
            person,
            why,
            changes,
            at: site.map(|site| self.config.sources.locate(site)),
        })
    }

    fn app(&self, cascaded: Cascaded<'_>, planned: Option<&Draft>, draft: &mut Draft) {
        let source = self
            .views
            .get(cascaded.source)
            .zip(planned)
            .map(|(view, planned)| Source::new(view, cascaded, planned));
        let changes = std::mem::take(&mut draft.changes);
        let (awaits, rest): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|change| change.action.verb() == Verb::Await);
        let mut skipped: BTreeMap<Subject, (Impediment, Vec<Change>)> = BTreeMap::new();
        for change in awaits {
            let verdict = match &source {
                Some(source) => source.open(&change),
                None => Err(self.unread(cascaded.source)),
            };
            match verdict {
                Ok(opening) => {
                    let change = self.by_whom(change, &opening);
                    draft.edges.extend(opening.before(&change));
                    draft.changes.push(change);
                }
                Err(why) => _ = skipped.insert(subject(&change), (why, vec![change])),
            }
        }
        for mut change in rest {
            let with_it = skipped.get_mut(&subject(&change));
            if let Some((_, changes)) = with_it.filter(|_| !takes(&change.action)) {
                changes.push(change);
                continue;
            }
            if let Some(source) = &source {
                draft.edges.extend(source.close(&mut change));
            }
            draft.changes.push(change);
        }
        for (why, changes) in skipped.into_values() {
            let skipped = self.withheld(WithheldState::Skipped, why, changes);
            draft.withheld.extend(skipped);
        }
    }

    fn unread(&self, source: &AppName) -> Impediment {
        let because = match self.observed.get(source) {
            Some(Reading::Unread(failure)) if failure.what.is_empty() => {
                failure.kind.words().to_owned()
            }
            Some(Reading::Unread(failure)) => {
                format!("{} while {}", failure.kind.words(), failure.what)
            }
            _ => "it was not asked".to_owned(),
        };
        Impediment::SourceUnread {
            source: source.clone(),
            because,
        }
    }

    /// An await, or the opening by us of an account that the source has no reason to open: it never
    /// closed it.
    fn by_whom(&self, change: Change, opening: &Opening<'_>) -> Change {
        if change.account.is_none() || opening.assigns_anew {
            return change;
        }
        let index = self.index(change.person.as_ref().map(|person| &person.id));
        let awaited = change.cause;
        let mut change = Change::new(
            &change.app,
            change.person,
            change.account,
            Action::Reactivate,
            Cause::Files,
            change.reasons,
        );
        // What the last run awaited in vain is tried again, be it by another step.
        change.cause = match awaited {
            Cause::Retry => awaited,
            _ => self.causes.of(&change, index),
        };
        change
    }

    fn index(&self, person: Option<&PersonId>) -> Option<usize> {
        let people = &self.config.people;
        people
            .binary_search_by(|known| Some(&known.id).cmp(&person))
            .ok()
    }
}

/// Whose account, and which, if it is there.
type Subject = (Option<PersonTag>, Option<AccountTag>);

fn subject(change: &Change) -> Subject {
    (change.person.clone(), change.account.clone())
}

/// What is taken needs nobody to have come first.
fn takes(action: &Action) -> bool {
    matches!(action, Action::Revoke { .. } | Action::Deactivate { .. })
}

/// What makes the accounts of one app: who holds what in the source, and what is planned there.
pub struct Source<'a> {
    view: &'a AppView<'a>,
    cascaded: Cascaded<'a>,
    planned: BTreeMap<&'a PersonId, Vec<&'a Change>>,
}

/// What brings an account: the steps in the source that it requires.
struct Opening<'a> {
    requires: Vec<&'a Change>,
    /// One of them assigns the account, which was not assigned before.
    assigns_anew: bool,
}

impl Opening<'_> {
    fn before(&self, change: &Change) -> Vec<Edge> {
        let edge = |before: &&Change| Edge {
            before: before.id.clone(),
            after: change.id.clone(),
            kind: EdgeKind::Requires,
        };
        self.requires.iter().map(edge).collect()
    }
}

impl<'a> Source<'a> {
    pub fn new(view: &'a AppView<'a>, cascaded: Cascaded<'a>, planned: &'a Draft) -> Self {
        let mut steps: BTreeMap<&PersonId, Vec<&Change>> = BTreeMap::new();
        for change in &planned.changes {
            if let Some(person) = &change.person {
                steps.entry(&person.id).or_default().push(change);
            }
        }
        Self {
            view,
            cascaded,
            planned: steps,
        }
    }

    /// Everybody for whom something is planned in the source.
    pub fn people(&self) -> impl Iterator<Item = (&'a PersonId, &[&'a Change])> {
        let people = self.planned.iter();
        people.map(|(person, steps)| (*person, steps.as_slice()))
    }

    /// What these steps change of a person's being assigned an account; none where nothing about it
    /// is planned.
    pub fn assignment(&self, person: &PersonId, steps: &[&'a Change]) -> Option<Assignment<'a>> {
        let account = self.account_of(person);
        let closed = account.is_some_and(|account| account.status() == Status::Inactive);
        let held = account.map_or_else(Vec::new, |account| self.held(account));
        let held: Vec<&str> = held
            .into_iter()
            .filter(|group| self.may_assign(group))
            .collect();
        let steps = || steps.iter().copied();
        // A closed account is emptied before it opens: that closes nothing elsewhere.
        let taken: Vec<&Change> = steps()
            .filter(|step| !closed && held.iter().any(|group| self.revokes(step, group)))
            .collect();
        let groups = || self.cascaded.by.groups.iter();
        let given: Vec<&Change> = steps()
            .filter(|step| groups().any(|g| self.grants(step, g) && self.may_assign(g)))
            .collect();
        if given.is_empty() && taken.is_empty() {
            return None;
        }
        Some(Assignment {
            before: !closed && !held.is_empty(),
            stays: held.len() > taken.len(),
            taken,
            given,
        })
    }

    fn steps(&self, change: &Change) -> &[&'a Change] {
        let person = change.person.as_ref();
        person
            .and_then(|person| self.planned.get(&person.id))
            .map_or(&[], Vec::as_slice)
    }

    /// What an await requires, or why nothing would come.
    fn open(&self, awaited: &Change) -> Result<Opening<'a>, Impediment> {
        let steps = self.steps(awaited);
        let withheld = || Impediment::SourceWithheld {
            source: self.cascaded.source.clone(),
        };
        let account = self.account(awaited);
        let is_open = account.is_some_and(|account| account.status() != Status::Inactive);
        let opens = steps.iter().copied().find(|step| step.opens());
        if !is_open && opens.is_none() {
            return Err(withheld());
        }
        let held = account.map(|account| self.held(account));
        let kept: Vec<&str> = held
            .unwrap_or_default()
            .into_iter()
            .filter(|group| !steps.iter().any(|step| self.revokes(step, group)))
            .collect();
        let groups = self.cascaded.by.groups.iter().map(String::as_str);
        let granted: Vec<(&str, &Change)> = groups
            .filter_map(|group| {
                let grants = |step: &&&Change| self.grants(step, group);
                Some((group, *steps.iter().find(grants)?))
            })
            .collect();
        let assigned = kept.iter().any(|group| self.may_assign(group));
        let grant = granted.iter().find(|(group, _)| self.may_assign(group));
        if !assigned && grant.is_none() {
            let group = kept.first().or(granted.first().map(|(group, _)| group));
            return Err(
                group.map_or_else(withheld, |group| Impediment::AssignsNothing {
                    source: self.cascaded.source.clone(),
                    group: (*group).to_owned(),
                }),
            );
        }
        let opens = opens.filter(|_| !is_open);
        let unassigned = self.view.settings.description.leaving.unassigns;
        let grant = grant.map(|(_, grant)| *grant).filter(|_| !assigned);
        Ok(Opening {
            requires: opens.into_iter().chain(grant).collect(),
            assigns_anew: grant.is_some() || (opens.is_some() && unassigned),
        })
    }

    /// Gives a closing the time that the source needs to do it, if this plan makes the source do
    /// so. It never requires that (R17).
    fn close(&self, closing: &mut Change) -> Vec<Edge> {
        let steps = self.steps(closing);
        let closed = steps.iter().copied().find(|step| self.unassigns(step));
        let before: Vec<&Change> = match closed {
            Some(closed) => vec![closed],
            None => self.unassigned(closing, steps),
        };
        let after = closing.id.clone();
        if let Action::Deactivate { by, .. } = &mut closing.action
            && !before.is_empty()
        {
            *by = Some(Cascade {
                source: self.cascaded.source.clone(),
                deadline: self.cascaded.by.deadline,
            });
            let edge = |before: &Change| Edge {
                before: before.id.clone(),
                after: after.clone(),
                kind: EdgeKind::Follows,
            };
            return before.into_iter().map(edge).collect();
        }
        Vec::new()
    }

    /// True for the closing of an account that holds what assigns one elsewhere, if that ends it.
    fn unassigns(&self, step: &Change) -> bool {
        let account = step.account.as_ref();
        let account = account.and_then(|tag| self.view.observation.find(tag.vendor_id.raw()));
        let assigned = |account| {
            let held = self.held(account);
            held.iter().any(|group| self.may_assign(group))
        };
        step.action.verb() == Verb::Deactivate
            && self.view.settings.description.leaving.unassigns
            && account.is_some_and(assigned)
    }

    /// The accounts elsewhere that the closing of a person's account in the source closes: with
    /// the main one theirs. Of another, nothing tells which, and any may be it.
    pub fn unassigned_with<'b>(
        &self,
        closing: &Change,
        there: &'b AppView<'_>,
    ) -> Vec<AccountRef<'b>> {
        let (Some(person), Some(closed)) = (&closing.person, &closing.account) else {
            return Vec::new();
        };
        if !self.unassigns(closing) {
            return Vec::new();
        }
        let main = self.account(closing);
        if main.is_some_and(|main| main.vendor_id().raw() == closed.vendor_id.raw()) {
            return main_account(there, &person.id).into_iter().collect();
        }
        accounts(there, &person.id).collect()
    }

    /// The steps that would take the last of what assigns the account of a closing.
    pub fn taken_with(&self, closing: &Change) -> impl Iterator<Item = &'a Change> {
        self.unassigned(closing, self.steps(closing)).into_iter()
    }

    /// The steps that take from a person the last value that assigns the account; none if they
    /// keep one, or held none.
    fn unassigned(&self, closing: &Change, steps: &[&'a Change]) -> Vec<&'a Change> {
        let Some(account) = self.account(closing) else {
            return Vec::new();
        };
        let mut held = self.held(account);
        held.retain(|group| self.may_assign(group));
        let groups = &self.cascaded.by.groups;
        let regained = groups
            .iter()
            .any(|group| steps.iter().any(|step| self.grants(step, group)));
        let taken: Option<Vec<&Change>> = held
            .iter()
            .map(|group| steps.iter().copied().find(|step| self.revokes(step, group)))
            .collect();
        taken.filter(|_| !regained).unwrap_or_default()
    }

    /// The main account in the source of the person of a change.
    fn account(&self, change: &Change) -> Option<AccountRef<'a>> {
        self.account_of(&change.person.as_ref()?.id)
    }

    fn account_of(&self, person: &PersonId) -> Option<AccountRef<'a>> {
        main_account(self.view, person)
    }

    /// Which of the values that make an account here somebody holds, directly or not.
    fn held(&self, account: AccountRef<'a>) -> Vec<&'a str> {
        let values = account.holdings().iter();
        let values = values.map(|holding| self.view.observation.value(holding.value));
        let held: BTreeSet<&str> = values
            .filter(|value| value.kind == self.cascaded.kind)
            .map(|value| value.name.into_raw())
            .collect();
        let groups = self.cascaded.by.groups.iter();
        groups
            .filter_map(|group| held.get(group.as_str()).copied())
            .collect()
    }

    /// False if the source says that a value assigns nothing.
    fn may_assign(&self, group: &str) -> bool {
        let observation = self.view.observation;
        let value = observation.value_named(self.cascaded.kind, group);
        let assigns = value.and_then(|value| observation.assigns.get(&value));
        assigns.is_none_or(|apps| !apps.is_empty())
    }

    fn kind(&self) -> &'a str {
        &self.view.settings.description.kind(self.cascaded.kind).name
    }

    fn grants(&self, change: &Change, group: &str) -> bool {
        matches!(&change.action, Action::Grant { kind, value, .. } if kind == self.kind() && value == group)
    }

    fn revokes(&self, change: &Change, group: &str) -> bool {
        matches!(&change.action, Action::Revoke { kind, value, .. } if kind == self.kind() && value.raw() == group)
    }
}

/// A person's main account in an app; of somebody who is no longer in the files, the only one.
pub fn main_account<'a>(view: &'a AppView<'_>, person: &PersonId) -> Option<AccountRef<'a>> {
    let people = &view.config.people;
    let Ok(index) = people.binary_search_by(|known| known.id.cmp(person)) else {
        let mut all = accounts(view, person);
        return all.next().filter(|_| all.next().is_none());
    };
    let (account, _) = view.links.main(index)?;
    Some(view.observation.account(account))
}

/// All accounts of a person in an app, who may be no longer in the files.
fn accounts<'a>(view: &'a AppView<'_>, person: &PersonId) -> impl Iterator<Item = AccountRef<'a>> {
    let people = &view.config.people;
    let index = people.binary_search_by(|known| known.id.cmp(person)).ok();
    let gone = view.links.gone.get(person).into_iter().flatten().copied();
    let owners = view.observation.accounts().zip(&view.links.owners);
    let theirs = owners.filter(move |(_, owner)| {
        index.is_some_and(|index| matches!(owner, Owner::Person(person, _) if *person == index))
    });
    let gone = gone.map(|account| view.observation.account(account));
    theirs.map(|(account, _)| account).chain(gone)
}
