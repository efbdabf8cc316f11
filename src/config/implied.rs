//! What an account implies (R18): where another app makes it, a value there.

use std::collections::BTreeMap;

use crate::model::app::KindIndex;
use crate::model::desired::{BundleApp, DesiredEntitlement, Provenance};
use crate::model::name::AppName;

use super::{AppConfig, Config, Extra, ProvisionedBy};

/// How an app's accounts come about: what must be held where.
#[derive(Clone, Copy, Debug)]
pub struct Cascaded<'a> {
    /// The app that makes the accounts.
    pub source: &'a AppName,
    /// The entitlement kind there whose values make accounts.
    pub kind: KindIndex,
    /// What the files say.
    pub by: &'a ProvisionedBy,
}

impl Cascaded<'_> {
    /// True if one of the values that make an account is among these.
    pub fn is_given(&self, gives: &BundleApp) -> bool {
        gives.entitlements.iter().any(|held| self.is_one(held))
    }

    fn is_one(&self, held: &DesiredEntitlement) -> bool {
        held.kind == self.kind && self.by.groups.contains(&held.value)
    }

    /// What must be held in the source so that an account comes, since `from` names its app.
    fn value(&self, app: &AppName, from: &Provenance) -> BundleApp {
        let from = Provenance {
            provides: Some(app.clone()),
            ..from.clone()
        };
        let entitlement = DesiredEntitlement {
            kind: self.kind,
            value: self.by.groups[0].clone(),
            level: None,
            from: from.clone(),
        };
        BundleApp {
            named_by: from,
            entitlements: vec![entitlement],
        }
    }
}

impl Config {
    /// How the accounts of an app come about, if another app makes them.
    pub fn cascaded(&self, app: &AppName) -> Option<Cascaded<'_>> {
        cascaded(&self.apps, app)
    }

    /// What an extra implies in other apps, so that what it names can be there: per cascaded app,
    /// what must be held in its source. Whoever holds another of the values that make the account
    /// does not need it.
    pub fn implied(&self, extra: &Extra) -> Vec<(Cascaded<'_>, BundleApp)> {
        let mut implied: Vec<(Cascaded<'_>, BundleApp)> = Vec::new();
        let mut open: Vec<(&AppName, Provenance)> = extra
            .apps
            .iter()
            .map(|(app, gives)| (app, gives.named_by.clone()))
            .collect();
        while let Some((app, from)) = open.pop() {
            let Some(cascaded) = self.cascaded(app) else {
                continue;
            };
            let is_given = extra
                .apps
                .get(cascaded.source)
                .is_some_and(|gives| cascaded.is_given(gives));
            if !is_given {
                implied.push((cascaded, cascaded.value(app, &from)));
            }
            open.push((cascaded.source, from));
        }
        implied
    }
}

fn cascaded<'a>(apps: &'a BTreeMap<AppName, AppConfig>, app: &AppName) -> Option<Cascaded<'a>> {
    let by = apps.get(app)?.provisioned_by.as_ref()?;
    let kind = apps.get(&by.app)?.description.assigns?;
    let source = &by.app;
    Some(Cascaded { source, kind, by })
}

/// Gives whoever has an account that another app makes what makes it there; `bundle` has a part
/// per app.
pub(super) fn imply(apps: &BTreeMap<AppName, AppConfig>, bundle: &mut [Option<BundleApp>]) {
    let names: Vec<&AppName> = apps.keys().collect();
    for name in downstream_first(apps) {
        let Some(cascaded) = cascaded(apps, name) else {
            continue;
        };
        let place = |app: &AppName| names.binary_search(&app).ok();
        let (Some(app), Some(source)) = (place(name), place(cascaded.source)) else {
            continue;
        };
        let Some(gives) = &bundle[app] else { continue };
        let mut value = cascaded.value(name, &gives.named_by);
        match &mut bundle[source] {
            Some(gives) if cascaded.is_given(gives) => {}
            Some(gives) => {
                gives.entitlements.append(&mut value.entitlements);
                gives
                    .entitlements
                    .sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
            }
            none => *none = Some(value),
        }
    }
}

/// The cascaded apps, each before the one that makes its accounts, which may be cascaded too.
fn downstream_first(apps: &BTreeMap<AppName, AppConfig>) -> Vec<&AppName> {
    let depth = |name: &AppName| {
        let source = |name: &&AppName| Some(&apps.get(*name)?.provisioned_by.as_ref()?.app);
        // Validation refuses circles; the limit is for whoever did not ask it.
        let chain = std::iter::successors(source(&name), source);
        chain.take(apps.len()).count()
    };
    let mut cascaded: Vec<(usize, &AppName)> = apps
        .keys()
        .map(|name| (depth(name), name))
        .filter(|(depth, _)| *depth > 0)
        .collect();
    cascaded.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    cascaded.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::tests::{load, sound};
    use crate::model::name::ProfileKey;

    const SETTINGS: &str =
        "[organisation]\nname = \"M\"\ndomains = [\"m.com\"]\ntime_zone = \"UTC\"\n";

    /// `crm` from `hub` from `okta`, in an order that is none of the names.
    fn chain(profiles: &str) -> Config {
        let apps = ["crm", "hub", "okta"].map(|app| {
            format!(
                "[apps.{app}]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1\"\nmode = \"enforce\"\n"
            )
        });
        let loaded = load(
            &(SETTINGS.to_owned() + &apps.concat()),
            profiles,
            "people = []",
        );
        let mut config = sound(loaded);
        for (app, source) in [("crm", Some("hub")), ("hub", Some("okta")), ("okta", None)] {
            let entry = config.apps.get_mut(app).unwrap();
            Arc::make_mut(&mut entry.description).assigns = Some(KindIndex(0));
            entry.provisioned_by = source.map(|source| ProvisionedBy {
                app: source.into(),
                groups: vec![format!("{app}-users"), format!("{app}-admins")],
                deadline: 60,
                site: entry.site,
            });
        }
        config
    }

    /// Per app: `-` if nobody names it, or what is held there, and what for.
    fn given(config: &Config, profile: &str) -> Vec<String> {
        let bundle = config.compose(&[ProfileKey::from(profile)]).unwrap();
        let held = |one: &DesiredEntitlement| {
            assert_eq!(one.from.chain.len(), 1, "the profile is named");
            let provides = one.from.provides.as_ref();
            provides.map_or(one.value.clone(), |app| format!("{} for {app}", one.value))
        };
        let held = |gives: &BundleApp| gives.entitlements.iter().map(held).collect();
        let apps = bundle.apps.iter();
        apps.map(|app| app.as_ref().map_or("-".to_owned(), held))
            .collect()
    }

    #[test]
    fn r18_a_chain_of_cascades_reaches_the_first_source() {
        let config = chain("[profiles.A.apps.crm]\ngroups = [\"x\"]\n[profiles.B.apps.hub]\n");
        let expected = ["x", "crm-users for crm", "hub-users for hub"];
        assert_eq!(given(&config, "A"), expected);
        assert_eq!(given(&config, "B"), ["-", "", "hub-users for hub"]);
    }

    #[test]
    fn r18_any_of_the_groups_will_do() {
        let config = chain("[profiles.A.apps]\ncrm = {}\nhub.groups = [\"crm-admins\"]\n");
        let expected = ["", "crm-admins", "hub-users for hub"];
        assert_eq!(given(&config, "A"), expected);
    }
}
