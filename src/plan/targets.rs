//! What somebody should hold in an app, as the app's own values (R11).

use std::collections::HashMap;
use std::rc::Rc;

use crate::base::nearest::nearest;
use crate::model::desired::{DesiredEntitlement, DesiredExtra};
use crate::model::observation::{Completeness, ValueIndex};
use crate::model::withheld::Impediment;

use super::facts::Facts;
use super::privileged::{self, Standing};
use super::view::AppView;

/// One desired entitlement, with the app's value that it means.
pub struct Target<'a> {
    /// What the files say.
    pub entitlement: &'a DesiredEntitlement,
    /// The extra that says so, if it is one.
    pub extra: Option<&'a DesiredExtra>,
    /// The app's value, or why there is none to give.
    pub value: Result<ValueIndex, Impediment>,
    /// Whether it is approved, where only an approval may give it (R12).
    pub standing: Standing,
}

impl Target<'_> {
    /// True if the app's value is the desired one.
    pub fn is(&self, value: ValueIndex) -> bool {
        self.value.as_ref() == Ok(&value)
    }
}

/// What each person should hold. Most have nothing but what their bundle gives: that is looked up
/// once for all of them.
#[derive(Default)]
pub struct Targets<'a> {
    bundles: HashMap<usize, Rc<[Target<'a>]>>,
}

impl<'a> Targets<'a> {
    /// What one person should hold.
    pub fn of(&mut self, view: &AppView<'a>, facts: &Facts<'a>) -> Rc<[Target<'a>]> {
        let person = &view.desired.people[facts.index];
        let bundle = facts.bundle.filter(|_| person.extras.is_empty());
        if let Some(known) = bundle.and_then(|bundle| self.bundles.get(&bundle)) {
            return Rc::clone(known);
        }
        let targets: Rc<[Target<'a>]> = targets(view, facts).into();
        // Each of them has approvals of their own.
        let of_all = targets
            .iter()
            .all(|target| target.standing == Standing::Free);
        if let Some(bundle) = bundle.filter(|_| of_all) {
            self.bundles.insert(bundle, Rc::clone(&targets));
        }
        targets
    }
}

/// Finds the app's values that desired entitlements mean, and whether they are approved where only
/// an approval may give them.
fn targets<'a>(view: &AppView<'a>, facts: &Facts<'a>) -> Vec<Target<'a>> {
    let (person, period) = (facts.person, facts.period);
    let desired = view.desired.holdings(facts.index, view.index, facts.gives);
    let resolve = |(entitlement, extra): (&'a DesiredEntitlement, _)| {
        let value = find(view, entitlement);
        let (config, now) = (view.config, view.desired.as_of);
        let what = (
            entitlement.kind,
            entitlement.value.as_str(),
            entitlement.level.as_deref(),
        );
        let standing = privileged::standing(config, view.name, person, period, what, now);
        Target {
            entitlement,
            extra,
            value,
            standing,
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
