//! What each change presumes (R23): the accounts that a plan touches, as they were found.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{AppConfig, Config};
use crate::model::change::Change;
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Observation, Observed, Origin, Reading};
use crate::model::precondition::{HeldBefore, Precondition};

use super::matching::tag;

/// The accounts that changes touch, sorted.
pub fn of(config: &Config, observed: &Observed, changes: &[Change]) -> Vec<Precondition> {
    let touched: BTreeSet<(&AppName, &str)> = changes
        .iter()
        .filter_map(|change| Some((&change.app, change.account.as_ref()?.vendor_id.raw())))
        .collect();
    let found = touched.into_iter().filter_map(|(app, vendor_id)| {
        let Some(Reading::Read(reading)) = observed.get(app) else {
            return None;
        };
        let account = reading.find(vendor_id)?;
        Some(one(app, &config.apps[app], reading, account))
    });
    found.collect()
}

/// One account as a reading has it, without the attributes that are not ours: what others write
/// there makes no difference to a plan (R15).
pub fn one(
    app: &AppName,
    settings: &AppConfig,
    reading: &Observation,
    account: AccountRef<'_>,
) -> Precondition {
    let description = &settings.description;
    let attributes = description.attributes.iter().enumerate();
    let attributes = attributes.filter(|(_, attribute)| settings.owns(attribute));
    let attributes = attributes.filter_map(|(index, attribute)| {
        let value = account.attribute(index)?;
        Some((attribute.name.to_owned(), value.to_owned()))
    });
    let mut holds: BTreeMap<String, Vec<HeldBefore>> = BTreeMap::new();
    for holding in account.holdings() {
        if holding.origin == Origin::Inherited {
            continue;
        }
        let value = reading.value(holding.value);
        let kind = &description.kind(value.kind).name;
        holds.entry(kind.to_string()).or_default().push(HeldBefore {
            value: value.name.to_owned(),
            level: reading.level(*holding).map(|level| level.to_owned()),
        });
    }
    for held in holds.values_mut() {
        held.sort();
    }
    Precondition {
        app: app.clone(),
        account: tag(account),
        status: account.status(),
        email: account.email().to_owned(),
        hr_id: account.hr_id().to_owned(),
        attributes: attributes.collect(),
        holds,
    }
}
