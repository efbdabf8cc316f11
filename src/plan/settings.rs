//! Which watched settings differ from those of the last run (R20).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::plan::SettingChange;

/// The differences, by key. An app that came or went is told by itself, and not setting by setting.
pub fn changed(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Vec<SettingChange> {
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let both = |key: &str| {
        let app = key
            .strip_prefix("apps.")
            .and_then(|rest| rest.split('.').next());
        app.is_none_or(|app| {
            let mode = format!("apps.{app}.mode");
            before.contains_key(&mode) && now.contains_key(&mode)
        })
    };
    let changed = keys
        .into_iter()
        .filter(|key| both(key) && before.get(*key) != now.get(*key));
    changed
        .map(|key| SettingChange {
            key: key.clone(),
            before: before.get(key).cloned(),
            after: now.get(key).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r20_a_setting_that_changed_is_told_and_an_app_that_came_is_not() {
        let settings = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
                .collect()
        };
        let before = settings(&[("apps.a.mode", "report"), ("apps.a.protected", "root")]);
        let now = settings(&[
            ("apps.a.mode", "enforce"),
            ("apps.b.mode", "enforce"),
            ("guards.max_creates", "limit 7"),
        ]);
        let told: Vec<_> = changed(&before, &now)
            .into_iter()
            .map(|one| one.key)
            .collect();
        assert_eq!(
            told,
            ["apps.a.mode", "apps.a.protected", "guards.max_creates"]
        );
        assert_eq!(changed(&now, &now), []);
    }
}
