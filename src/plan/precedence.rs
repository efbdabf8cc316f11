//! Which app comes before which, for the changes of one person (R16).

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::has_path_connecting;
use petgraph::graphmap::DiGraphMap;

use crate::config::Config;
use crate::model::name::AppName;

/// Per app, all apps that come before it, directly or through others: an app in between in which
/// a person has nothing to do does not break the order.
pub fn predecessors(config: &Config) -> BTreeMap<&AppName, BTreeSet<&AppName>> {
    let reach = |app: &AppName| {
        let mut found: BTreeSet<&AppName> = BTreeSet::new();
        let mut open: Vec<&AppName> = config.apps[app].after.iter().collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(config.apps.get(next).into_iter().flat_map(|app| &app.after));
            }
        }
        found
    };
    config.apps.keys().map(|app| (app, reach(app))).collect()
}

/// Per identity provider, the apps in which closings come after its own: all of which neither the
/// files nor another identity provider say the contrary.
pub fn sign_in(config: &Config) -> BTreeMap<&AppName, Vec<&AppName>> {
    let mut order: DiGraphMap<&AppName, ()> = DiGraphMap::new();
    for (app, settings) in &config.apps {
        let source = settings.provisioned_by.as_ref().map(|by| &by.app);
        for before in settings.after.iter().chain(source) {
            order.add_edge(before, app, ());
        }
    }
    let mut sign_in: BTreeMap<&AppName, Vec<&AppName>> = BTreeMap::new();
    let provides = |app: &&AppName| config.apps[*app].description.identity_provider;
    for provider in config.apps.keys().filter(provides) {
        for app in config.apps.keys().filter(|app| *app != provider) {
            let contrary = order.contains_node(app)
                && order.contains_node(provider)
                && has_path_connecting(&order, app, provider, None);
            if !contrary {
                order.add_edge(provider, app, ());
                sign_in.entry(provider).or_default().push(app);
            }
        }
    }
    sign_in
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use petgraph::algo::is_cyclic_directed;
    use proptest::prelude::*;

    use super::*;
    use crate::plan::order::tests::settings;

    /// Apps `a` to `f`, each after some of those before it, of which some are signed in with.
    fn config(after: &[u8], providers: &[bool]) -> Config {
        let apps = ["a", "b", "c", "d", "e", "f"];
        // In which order the names stand must not matter.
        let shuffled = [3, 5, 0, 4, 1, 2].map(|place| apps[place]);
        let entries = (0..apps.len()).map(|place| {
            let earlier = (0..place).filter(|earlier| after[place] & (1 << earlier) != 0);
            let earlier: Vec<_> = earlier.map(|e| format!("\"{}\"", shuffled[e])).collect();
            (shuffled[place], earlier.join(", "))
        });
        let mut config = settings(entries);
        for (app, provides) in config.apps.values_mut().zip(providers) {
            Arc::make_mut(&mut app.description).identity_provider = *provides;
        }
        config
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// R16: sign-in first, wherever that makes no circle; several identity providers too.
        #[test]
        fn sign_in_makes_no_circle(after in proptest::array::uniform6(0..64_u8), providers in proptest::array::uniform6(any::<bool>())) {
            let config = config(&after, &providers);
            let before = predecessors(&config);
            let sign_in = sign_in(&config);
            let mut order: DiGraphMap<&AppName, ()> = DiGraphMap::new();
            for (app, earlier) in &before {
                order.extend(earlier.iter().map(|earlier| (*earlier, *app)));
            }
            for (provider, later) in &sign_in {
                order.extend(later.iter().map(|later| (*provider, *later)));
            }
            prop_assert!(!is_cyclic_directed(&order));
            // What nothing speaks against comes after: with one provider, all that it is not after.
            if let [(provider, later)] = &sign_in.iter().collect::<Vec<_>>()[..]
                && providers.iter().filter(|provides| **provides).count() == 1
            {
                let free = config.apps.keys().filter(|app| app != *provider && !before[*provider].contains(app));
                prop_assert_eq!(free.collect::<Vec<_>>(), (*later).clone());
            }
        }
    }
}
