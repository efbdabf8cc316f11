//! What a closing in a source closes elsewhere, whatever is planned there (R18): guards judge by the
//! final effect in each app (R20), and a plan says what no mode and no `protected` stops.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::account::Status;
use crate::model::change::{Action, Cascade, Change, ChangeId, PersonTag};
use crate::model::name::AppName;
use crate::model::observation::AccountRef;
use crate::model::plan::AlsoClosed;
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, Withheld};

use super::cascade::{Cascades, Source};
use super::draft::Draft;
use super::matching::tag;
use super::view::AppView;

/// A step of a source, and the closing that it brings about elsewhere.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The step.
    pub by: ChangeId,
    /// Where it is.
    pub source: AppName,
    /// It closes the account in the source too; else it takes what assigns the account.
    pub closes: bool,
    /// What follows: the step that the app's own plan has, or would have, for it.
    pub closing: Change,
}

impl Cascades<'_> {
    /// Everything that planned closings close elsewhere, through every link of a chain.
    pub fn carried(&self, drafts: &BTreeMap<&AppName, Draft>) -> Vec<Carried> {
        let links = self.config.apps.keys().filter_map(|app| {
            let cascaded = self.config.cascaded(app)?;
            let view = self.views.get(cascaded.source)?;
            let there = self.views.get(app)?;
            let source = Source::new(view, cascaded, drafts.get(cascaded.source)?);
            let by = Cascade {
                source: cascaded.source.clone(),
                deadline: cascaded.by.deadline,
            };
            Some(Link { source, by, there })
        });
        let links: Vec<Link<'_>> = links.collect();
        let mut found: Vec<Carried> = Vec::new();
        let mut known: BTreeSet<(ChangeId, ChangeId)> = BTreeSet::new();
        let closings = drafts.values().flat_map(|draft| &draft.changes);
        let closings = closings.filter(|change| closes(change));
        let mut open: Vec<(&Change, Change)> =
            closings.map(|closing| (closing, closing.clone())).collect();
        while let Some((root, closing)) = open.pop() {
            for carried in links.iter().flat_map(|link| link.carried(root, &closing)) {
                if known.insert((carried.by.clone(), carried.closing.id.clone())) {
                    if carried.closes {
                        open.push((root, carried.closing.clone()));
                    }
                    found.push(carried);
                }
            }
        }
        found.sort_by(|a, b| (&a.by, &a.closing.id).cmp(&(&b.by, &b.closing.id)));
        found
    }
}

/// An app, and the one that makes its accounts.
struct Link<'a> {
    source: Source<'a>,
    by: Cascade,
    there: &'a AppView<'a>,
}

impl Link<'_> {
    /// What closing an account of the source closes here, for the step at the root of it.
    fn carried(&self, root: &Change, closing: &Change) -> Vec<Carried> {
        if self.by.source != closing.app {
            return Vec::new();
        }
        let accounts = self.source.unassigned_with(closing, self.there).into_iter();
        let open = accounts.filter(|account| account.status() != Status::Inactive);
        open.flat_map(|account| self.follows(root, closing, account))
            .collect()
    }

    /// That this account is closed, by each step that does it.
    fn follows(&self, root: &Change, closing: &Change, account: AccountRef<'_>) -> Vec<Carried> {
        let effect = &self.there.settings.description.leaving.effect;
        let follows = Change::new(
            self.there.name,
            closing.person.clone(),
            Some(tag(account)),
            Action::Deactivate {
                effect: effect.to_string(),
                by: Some(self.by.clone()),
            },
            Cause::Files,
            closing.reasons.clone(),
        );
        let by = |step: &Change, closes| Carried {
            by: step.id.clone(),
            source: root.app.clone(),
            closes,
            closing: follows.clone(),
        };
        let taken = self.source.taken_with(&follows);
        let taken = taken.map(|step| by(step, false));
        taken.chain([by(root, true)]).collect()
    }
}

fn closes(change: &Change) -> bool {
    matches!(change.action, Action::Deactivate { .. })
}

/// The closings that happen though no step of the plan is for them.
pub fn unplanned<'a>(
    carried: &'a [Carried],
    changes: &'a [Change],
) -> impl Iterator<Item = &'a Carried> {
    let steps: BTreeSet<&ChangeId> = changes.iter().map(|change| &change.id).collect();
    let mut seen = BTreeSet::new();
    carried.iter().filter(move |one| {
        one.closes
            && steps.contains(&one.by)
            && !steps.contains(&one.closing.id)
            && seen.insert(&one.closing.id)
    })
}

/// What a plan says of them, with what stands in their way there in vain.
pub fn also_closed(
    carried: &[Carried],
    changes: &[Change],
    withheld: &[Withheld],
) -> Vec<AlsoClosed> {
    let id = |person: Option<&PersonTag>| person.map(|person| person.id.clone());
    let told = unplanned(carried, changes).map(|one| {
        let closing = &one.closing;
        let mut items = withheld.iter().filter(|item| {
            item.app.as_ref() == Some(&closing.app)
                && id(item.person.as_ref()) == id(closing.person.as_ref())
        });
        let is_it = |item: &&Withheld| {
            matches!(&item.why, Impediment::Protected { account } if Some(account) == closing.account.as_ref())
                || item.changes.iter().any(|change| change.id == closing.id)
        };
        AlsoClosed {
            app: closing.app.clone(),
            account: closing.account.clone(),
            person: closing.person.clone(),
            source: one.source.clone(),
            by: one.by.clone(),
            despite: items.find(is_it).map(|item| item.why.clone()),
        }
    });
    let mut told: Vec<AlsoClosed> = told.collect();
    told.sort_by(|a, b| (&a.app, &a.person, &a.account).cmp(&(&b.app, &b.person, &b.account)));
    told
}
