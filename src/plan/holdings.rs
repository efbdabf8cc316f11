//! What an account holds against what it should hold (R10, R11).

use crate::base::nearest::nearest;
use crate::model::app::{Authority, KindIndex, Shape};
use crate::model::change::{Action, Reason, Why};
use crate::model::desired::{DesiredEntitlement, DesiredExtra, Provenance};
use crate::model::observation::{AccountRef, Completeness, Holding, Origin, ValueIndex};
use crate::model::plan::Impediment;

use super::draft::Step;
use super::view::AppView;

/// One desired entitlement, with the app's value that it means.
pub struct Target<'a> {
    entitlement: &'a DesiredEntitlement,
    extra: Option<&'a DesiredExtra>,
    value: Result<ValueIndex, Impediment>,
}

/// Finds the app's values that desired entitlements mean.
pub fn targets<'a>(
    view: &AppView<'a>,
    desired: Vec<(&'a DesiredEntitlement, Option<&'a DesiredExtra>)>,
) -> Vec<Target<'a>> {
    let resolve = |(entitlement, extra): (&'a DesiredEntitlement, _)| {
        let value = find(view, entitlement);
        Target {
            entitlement,
            extra,
            value,
        }
    };
    desired.into_iter().map(resolve).collect()
}

fn find(view: &AppView<'_>, entitlement: &DesiredEntitlement) -> Result<ValueIndex, Impediment> {
    let description = view.settings.description.kind(entitlement.kind);
    let kind = || description.name.to_string();
    let value = &entitlement.value;
    match view.observation.value_named(entitlement.kind, value) {
        Some(index) if view.observation.value(index).ambiguous => Err(Impediment::AmbiguousValue {
            kind: kind(),
            value: value.clone(),
        }),
        Some(index) => Ok(index),
        None => {
            if let Completeness::Incomplete(because) =
                &view.observation.kinds[usize::from(entitlement.kind.0)]
            {
                return Err(Impediment::IncompleteReading {
                    because: because.clone(),
                });
            }
            let known = view
                .observation
                .catalogue()
                .filter(|(_, known)| known.kind == entitlement.kind);
            let near = nearest(value, known.map(|(_, known)| known.name.into_raw()), 3);
            Err(Impediment::UnknownValue {
                kind: kind(),
                nearest: near.into_iter().map(Into::into).collect(),
                value: value.clone(),
            })
        }
    }
}

/// The steps for an account that does not exist yet.
pub fn all(view: &AppView<'_>, targets: &[Target<'_>]) -> Vec<Step> {
    targets
        .iter()
        .map(|target| give(view, target, None))
        .collect()
}

/// The steps that bring an account's holdings to the targets. `otherwise` is why it loses what no
/// target names.
pub fn differences(
    view: &AppView<'_>,
    account: AccountRef<'_>,
    targets: &[Target<'_>],
    otherwise: impl Fn() -> Vec<Reason>,
) -> Vec<Step> {
    let held = account.holdings();
    let mut steps = Vec::new();
    for target in targets
        .iter()
        .filter(|target| !satisfied(view, target, held))
    {
        steps.push(give(view, target, Some(held)));
    }
    for holding in held {
        let value = view.observation.value(holding.value);
        let kind = view.settings.description.kind(value.kind);
        let wanted = targets
            .iter()
            .any(|target| target.value.as_ref() == Ok(&holding.value));
        // Where a name means several values, or what is wanted has no value of its name (it may
        // have been renamed), taking away could take what is wanted.
        let doubtful = value.ambiguous || renamed(view, value.kind, targets);
        let direct = holding.origin == Origin::Direct && kind.shape != Shape::One;
        if !wanted && !doubtful && direct && view.manages(holding.value) {
            steps.push(take(view, *holding, otherwise()));
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
    let holding = held.iter().find(is_it);
    holding.is_some_and(|holding| {
        let held = view.observation.level(*holding);
        level.as_deref() == held.map(crate::base::Foreign::into_raw)
    })
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
            let holding = held
                .iter()
                .find(|holding| target.value.as_ref() == Ok(&holding.value));
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

fn take(view: &AppView<'_>, holding: Holding, reasons: Vec<Reason>) -> Step {
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
