//! What an account holds against what it should hold (R10, R11).

use crate::model::account::Status;
use crate::model::app::{Authority, KindIndex, Shape};
use crate::model::change::Action;
use crate::model::desired::{DesiredEntitlement, DesiredExtra, Provenance};
use crate::model::observation::{AccountRef, Completeness, Holding, Origin, ValueIndex};
use crate::model::person::Person;
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::draft::Step;
use super::privileged::{self, Standing};
use super::targets::Target;
use super::view::AppView;

/// The steps for an account that does not exist yet.
pub fn all(view: &AppView<'_>, person: &Person, targets: &[Target<'_>]) -> Vec<Step> {
    let given = targets.iter().map(|target| {
        let step = give(view, target, None);
        approved(view, person, target, step)
    });
    given.collect()
}

/// R12: nothing that only an approval may give is given without one.
fn approved(view: &AppView<'_>, person: &Person, target: &Target<'_>, mut step: Step) -> Step {
    step.privileged = target.standing.is_privileged();
    match &target.standing {
        Standing::Free => {}
        Standing::Approved {
            reason, ends: None, ..
        } => step.reasons.push(reason.clone()),
        // What was approved for another job may be kept for a while; it is not given anew.
        Standing::Approved { ends: Some(_), .. } | Standing::Lapsed(_) | Standing::Missing => {
            let needed = || privileged::needs_approval(view, person, target.entitlement, false);
            step.impediment.get_or_insert_with(needed);
        }
    }
    step
}

/// The steps that bring an account's holdings to the targets. `otherwise` is why it loses what no
/// target names.
pub fn differences(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    person: &Person,
    targets: &[Target<'_>],
    otherwise: impl Fn(ValueIndex) -> Vec<Reason>,
) -> Vec<Step> {
    let mut steps = without(view, account, targets, otherwise);
    let held = account.holdings();
    let missing = targets
        .iter()
        .filter(|target| !satisfied(view, target, held));
    let given =
        missing.map(|target| approved(view, person, target, give(view, target, Some(held))));
    steps.splice(0..0, given);
    if account.status() == Status::Inactive {
        steps = emptied(view, account, targets, steps);
    }
    steps
}

/// Nobody comes back with what nobody approved, whoever gave it (R12).
fn emptied(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    targets: &[Target<'_>],
    mut steps: Vec<Step>,
) -> Vec<Step> {
    for holding in privileged::held(view, account) {
        let wanted = targets.iter().any(|target| target.is(holding.value));
        let (why, at) = (Why::NotApproved, None);
        let step = take(view, *holding, vec![Reason { why, at }]);
        if !wanted && steps.iter().all(|known| known.action != step.action) {
            steps.push(step);
        }
    }
    steps
}

/// The steps that take from an account what no target names. `otherwise` is why.
pub fn without(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    targets: &[Target<'_>],
    otherwise: impl Fn(ValueIndex) -> Vec<Reason>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let direct = |holding: &&Holding| holding.origin == Origin::Direct;
    for holding in account.holdings().iter().filter(direct) {
        let mut meant = targets.iter().filter(|target| target.is(holding.value));
        let lapsed = meant
            .clone()
            .find_map(|target| revoked(view, account, target));
        if meant.next().is_some() && lapsed.is_none() {
            continue;
        }
        let value = view.observation.value(holding.value);
        if view.settings.description.kind(value.kind).shape == Shape::One {
            continue;
        }
        if let Some(reason) = lapsed {
            if !value.ambiguous {
                steps.push(take(view, *holding, vec![reason]));
            }
            continue;
        }
        // Where a name means several values, or what is wanted has no value of its name (it may
        // have been renamed), taking away could take what is wanted.
        let doubtful = value.ambiguous || renamed(view, value.kind, targets);
        if !doubtful && view.manages(account, holding.value) {
            steps.push(take(view, *holding, otherwise(holding.value)));
        }
    }
    steps
}

/// True if an account holds what is wanted. Of several values of one name, any will do.
fn satisfied(view: &AppView<'_>, target: &Target<'_>, held: &[Holding]) -> bool {
    let DesiredEntitlement {
        kind, value, level, ..
    } = target.entitlement;
    let is_it = |holding: &&Holding| match &target.value {
        Ok(index) => holding.value == *index,
        Err(Impediment::AmbiguousValue { .. }) => {
            let held = view.observation.value(holding.value);
            held.kind == *kind && held.name.raw() == value
        }
        Err(_) => false,
    };
    // A value may be held at several levels: by itself at one, through something else at another.
    held.iter().filter(is_it).any(|holding| {
        let held = view.observation.level(*holding);
        level.as_deref() == held.map(crate::base::Foreign::into_raw)
    })
}

/// Why an account loses what it holds and what is desired: its approval is over, or it is about to
/// be opened again with what nobody approved (R12).
fn revoked(view: &AppView<'_>, account: AccountRef<'_>, target: &Target<'_>) -> Option<Reason> {
    let reason = match &target.standing {
        Standing::Lapsed(reason) => reason.clone(),
        Standing::Missing if account.status() == Status::Inactive => Reason {
            why: Why::NotApproved,
            at: None,
        },
        Standing::Free | Standing::Approved { .. } | Standing::Missing => return None,
    };
    satisfied(view, target, account.holdings()).then_some(reason)
}

/// What an account holds that is desired and not approved, and that this plan leaves as it is: it
/// was never approved, or there is no taking it away.
pub fn unapproved<'a>(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    targets: &'a [Target<'a>],
) -> impl Iterator<Item = &'a DesiredEntitlement> {
    let stays = |target: &&Target<'_>| {
        let kind = view.settings.description.kind(target.entitlement.kind);
        !target.standing.allows()
            && satisfied(view, target, account.holdings())
            && (kind.shape == Shape::One || revoked(view, account, target).is_none())
    };
    let stay: Vec<_> = targets.iter().filter(stays).collect();
    stay.into_iter().map(|target| target.entitlement)
}

/// Why an account may be opened again with what only an approval may give.
pub fn kept_approvals(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    targets: &[Target<'_>],
) -> Vec<Reason> {
    let kept = targets.iter().filter_map(|target| match &target.standing {
        Standing::Approved { reason, .. } => {
            satisfied(view, target, account.holdings()).then(|| reason.clone())
        }
        Standing::Free | Standing::Lapsed(_) | Standing::Missing => None,
    });
    kept.collect()
}

/// True where one that is wanted is not to be found, and every value of the kind is ours, or that
/// one makes accounts elsewhere: what was there in its place may be what keeps those open.
fn renamed(view: &AppView<'_>, kind: KindIndex, targets: &[Target<'_>]) -> bool {
    let all = view.settings.authority[usize::from(kind.0)] == Authority::All;
    targets.iter().any(|target| {
        let provides = target.entitlement.from.provides.is_some();
        target.entitlement.kind == kind && target.value.is_err() && (all || provides)
    })
}

fn give(view: &AppView<'_>, target: &Target<'_>, held: Option<&[Holding]>) -> Step {
    let DesiredEntitlement {
        kind,
        value,
        level,
        from,
    } = target.entitlement;
    let description = view.settings.description.kind(*kind);
    let name = description.name.to_string();
    let held = held.unwrap_or_default();
    let action = match &description.shape {
        Shape::One => {
            let before = held
                .iter()
                .map(|holding| view.observation.value(holding.value))
                .find(|held| held.kind == *kind);
            Action::Set {
                kind: name,
                key: None,
                before: before.map(|held| held.name.to_owned()),
                after: value.clone(),
            }
        }
        Shape::Keyed { .. } => {
            // What is held through something else stays as it is; a level of its own comes beside it.
            let holding = held
                .iter()
                .find(|holding| target.is(holding.value) && holding.origin == Origin::Direct);
            match (holding, level) {
                (Some(holding), Some(level)) => {
                    let before = view
                        .observation
                        .level(*holding)
                        .map(|level| level.to_owned());
                    Action::Set {
                        kind: name,
                        key: Some(value.clone()),
                        before,
                        after: level.clone(),
                    }
                }
                _ => Action::Grant {
                    kind: name,
                    value: value.clone(),
                    level: level.clone(),
                },
            }
        }
        Shape::Many => Action::Grant {
            kind: name,
            value: value.clone(),
            level: None,
        },
    };
    let reasons = named_by(view, from, target.extra);
    Step {
        action,
        reasons,
        impediment: target.value.clone().err(),
        privileged: false,
    }
}

/// Why something is given: the profile along its includes, or the extra; or what it is needed for.
pub fn named_by(
    view: &AppView<'_>,
    from: &Provenance,
    extra: Option<&DesiredExtra>,
) -> Vec<Reason> {
    let provides = from.provides.clone().map(|app| Why::Provides { app });
    let said = match (extra, &provides) {
        (Some(extra), _) => Some(Why::Extra {
            reason: extra.reason.clone(),
            until: extra.until,
        }),
        (None, None) => Some(Why::Profile {
            chain: from.chain.clone(),
        }),
        // The line that names the app that it provides is reason enough.
        (None, Some(_)) => None,
    };
    let mut at = Some(view.config.sources.locate(from.site));
    let whys = said.into_iter().chain(provides);
    whys.map(|why| Reason { why, at: at.take() }).collect()
}

/// The step that takes something that an account holds itself.
pub fn take(view: &AppView<'_>, holding: Holding, reasons: Vec<Reason>) -> Step {
    let value = view.observation.value(holding.value);
    let action = Action::Revoke {
        kind: view.settings.description.kind(value.kind).name.to_string(),
        value: value.name.to_owned(),
        level: view
            .observation
            .level(holding)
            .map(|level| level.to_owned()),
    };
    let because = view.incomplete().or_else(|| incomplete(view, value.kind));
    Step {
        action,
        reasons,
        impediment: because,
        privileged: false,
    }
}

fn incomplete(view: &AppView<'_>, kind: KindIndex) -> Option<Impediment> {
    match &view.observation.kinds[usize::from(kind.0)] {
        Completeness::Incomplete(because) => Some(Impediment::IncompleteReading {
            because: because.clone(),
        }),
        Completeness::Complete | Completeness::NamedOnly => None,
    }
}
