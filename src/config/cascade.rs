//! `provisioned_by` of `[apps.X]` (R18).

use crate::base::document::did_you_mean;
use crate::base::fields::Named;
use crate::base::{Diagnostic, Field, Fields, Form, Value};
use crate::model::name::AppName;

use super::ProvisionedBy;
use super::apps::{Catalogue, unknown_app};
use super::name::invalid;

/// `provisioned_by` of `[apps.X]`.
pub(super) const CASCADE: Fields = Fields::new(&[
    Field::required(
        "app",
        Form::Name(Named::App),
        "The app that makes the accounts here",
    ),
    Field::required(
        "groups",
        Form::Some(&Form::Text),
        "Any one of these gives an account here; whoever holds none is given the first",
    ),
    Field::optional(
        "deadline",
        Form::Text,
        "How long an account is waited for, as \"10 min\"",
    ),
]);

/// How long an account is waited for unless the files say otherwise: ten minutes.
const DEADLINE: u32 = 10 * 60;

/// Reads `provisioned_by = { app, groups, deadline }` of the app of a name.
pub(super) fn provisioned_by(
    name: &AppName,
    value: &Value<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> Option<ProvisionedBy> {
    let table = value.table(&CASCADE, problems)?;
    let source = table.require("app", problems);
    let groups = table.require("groups", problems);
    let deadline = match table.get("deadline") {
        Some(value) => deadline(&value, problems),
        None => Some(DEADLINE),
    };
    let source = source?;
    let app = AppName::from(source.text(problems)?);
    let Some(description) = catalogue.get(&app) else {
        problems.push(unknown_app(app.as_str(), source.site(), catalogue));
        return None;
    };
    if app == *name {
        problems.push(invalid(
            source.site(),
            "an app does not make its own accounts",
            "name the app that makes them, your identity provider say",
        ));
        return None;
    }
    if let Some(description) = description
        && description.assigns.is_none()
    {
        let kinds = crate::apps::kinds();
        let able = kinds.iter().filter(|kind| {
            let options = crate::apps::Options::default();
            crate::apps::describe(kind, &options).is_some_and(|known| known.assigns.is_some())
        });
        let able: Vec<_> = able.map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{}` makes no accounts in other apps", description.kind);
        let hint = format!("what can: {}", able.join(", "));
        problems.push(invalid(source.site(), message, &hint));
        return None;
    }
    Some(ProvisionedBy {
        app,
        groups: groups_of(&groups?, problems)?,
        deadline: deadline?,
        site: value.site(),
    })
}

/// Names of groups: at least one, none empty, none twice.
fn groups_of(list: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    const HINT: &str = "name the groups whose members the source gives accounts here";
    let before = problems.len();
    let mut groups: Vec<String> = Vec::new();
    for (group, site) in list.texts(problems) {
        if group.trim().is_empty() {
            problems.push(invalid(site, "an empty name", HINT));
        } else if groups.iter().any(|known| known == group) {
            problems.push(invalid(site, "named twice", "name each group once"));
        }
        groups.push(group.to_owned());
    }
    if groups.is_empty() && problems.len() == before {
        problems.push(invalid(list.site(), "no group", HINT));
    }
    (problems.len() == before).then_some(groups)
}

/// The report of a lead time where the source's decides when accounts come.
pub(super) fn lead_of_the_source(lead: &Value<'_>) -> Diagnostic {
    invalid(
        lead.key,
        "accounts that another app makes come when that app makes them",
        "set `provision_before_start` for the app that `provisioned_by` names, or for all in \
         `[lifecycle]`",
    )
}

/// `"10 min"`, `"90 s"` or `"1 h"`: at least a second, at most a day.
fn deadline(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<u32> {
    let text = value.text(problems)?;
    let seconds = parse(text).filter(|seconds| (1..=24 * 60 * 60).contains(seconds));
    if seconds.is_none() {
        problems.push(invalid(
            value.site(),
            "not a time to wait",
            did_you_mean(text, ["10 min"]).as_deref().unwrap_or(
                "write it as \"10 min\", \"90 s\" or \"1 h\": at least a second, at most a day",
            ),
        ));
    }
    seconds
}

fn parse(text: &str) -> Option<u32> {
    let signed: jiff::SignedDuration = text.parse().ok()?;
    (signed.subsec_nanos() == 0)
        .then(|| u32::try_from(signed.as_secs()).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_whole_seconds() {
        assert_eq!(parse("10 min"), Some(600));
        assert_eq!(parse("90 s"), Some(90));
        assert_eq!(parse("1h"), Some(3600));
        for bad in ["10", "-1 s", "0.5 s", "soon", ""] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
