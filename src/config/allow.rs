//! `[[allow]]` of `approvals.toml`: what a guard refuses and the files allow, by its exact number
//! (R20). The same words as on the command line, one key each, so that an editor completes them.

use jiff::civil::Date;

use crate::base::fields::Named;
use crate::base::{Diagnostic, Field, Fields, Foreign, Form, Site, Table, Value};
use crate::model::guard::{Entry, Guard, Override};
use crate::model::name::AppName;

use super::Config;
use super::apps::{Catalogue, unknown_app};
use super::name::{invalid, visible};

/// One entry of `allow`.
pub(super) const ALLOW: Fields = Fields::new(&[
    Field::optional(
        "app",
        Form::Name(Named::App),
        "Where; left out for a guard that looks at all apps together",
    ),
    Field::optional(
        "deactivate",
        Form::Integer(1),
        "So many accounts are closed; without an app, so many people lose one",
    ),
    Field::optional(
        "remove",
        Form::Integer(1),
        "From so many accounts something is taken, or a role changed",
    ),
    Field::optional(
        "update",
        Form::Integer(1),
        "On so many accounts attributes change",
    ),
    Field::optional(
        "reactivate",
        Form::Integer(1),
        "So many accounts are opened again; without an app, so many people come back",
    ),
    Field::optional("create", Form::Integer(1), "So many accounts are made"),
    Field::optional(
        "read",
        Form::Integer(1),
        "The reading lacks so many accounts",
    ),
    Field::optional(
        "files",
        Form::Integer(1),
        "The files have so many people fewer at work; without an app",
    ),
    Field::optional(
        "administrators",
        Form::Integer(0),
        "So few administrators are left",
    ),
    Field::required("reason", Form::Text, "Why that is right"),
    Field::required(
        "until",
        Form::Date,
        "The last day, inclusive; one run uses it up before",
    ),
])
.one_of(&[
    &["deactivate"],
    &["remove"],
    &["update"],
    &["reactivate"],
    &["create"],
    &["read"],
    &["files"],
    &["administrators"],
]);

/// `[[allow]]`: exactly so many of what a guard refuses, once, until a day.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Where; absent for a guard that looks at all apps together.
    pub app: Option<AppName>,
    /// What.
    pub guard: Guard,
    /// How many.
    pub number: usize,
    /// Why.
    pub reason: Foreign,
    /// Last day, inclusive, in the organisation's time zone.
    pub until: Date,
    /// The entry's place.
    pub site: Site,
}

impl Allowance {
    /// The override that it means.
    pub fn as_override(&self, config: &Config) -> Override {
        Override {
            app: self.app.clone(),
            guard: self.guard,
            number: self.number,
            reason: self.reason.clone(),
            entry: Some(Entry {
                until: self.until,
                at: config.sources.locate(self.site),
            }),
        }
    }
}

impl Config {
    /// Says which allowances have no effect any more on a day.
    pub fn expired_allowances(&self, today: Date) -> Vec<Diagnostic> {
        let expired = self.allowances.iter().filter(|one| one.until < today);
        let problem = |one: &Allowance| {
            let message = format!("this allows nothing since {}: it has expired", one.until);
            Diagnostic::warning("expired", message)
                .at(one.site, "")
                .hint("take it out; history keeps it")
        };
        expired.map(problem).collect()
    }
}

/// Reads one entry of `allow`.
pub(super) fn allowance(
    value: &Value<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> Option<Allowance> {
    let table = value.table(&ALLOW, problems)?;
    let app = match table.get("app") {
        Some(value) => Some(app(&value, catalogue, problems)?),
        None => None,
    };
    let what = what(&table, problems);
    let reason = table
        .require("reason", problems)
        .and_then(|value| visible(value.text(problems)?, value.site(), problems));
    let until = table
        .require("until", problems)
        .and_then(|value| value.date(problems));
    let (guard, number) = what?;
    if let Some(problem) = misplaced(guard, app.as_ref()) {
        problems.push(problem.at(table.site, ""));
        return None;
    }
    Some(Allowance {
        app,
        guard,
        number,
        reason: Foreign::from(reason?),
        until: until?,
        site: table.site,
    })
}

fn app(
    value: &Value<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> Option<AppName> {
    let name = value.text(problems)?;
    if !catalogue.contains_key(name) {
        problems.push(unknown_app(name, value.site(), catalogue));
        return None;
    }
    Some(AppName::from(name))
}

/// The one guard that an entry names, and the number.
fn what(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Option<(Guard, usize)> {
    let named = Guard::ALL
        .into_iter()
        .filter_map(|guard| Some((guard, table.get(guard.word())?)));
    let named: Vec<_> = named.collect();
    let [(guard, value)] = named.as_slice() else {
        let code = if named.is_empty() {
            "missing-field"
        } else {
            "invalid-value"
        };
        let words = Guard::ALL.map(Guard::word).join(", ");
        let hint = format!("name one of {words} with its exact number, as in deactivate = 7");
        problems.push(
            Diagnostic::error(code, "an entry allows exactly one thing")
                .at(table.site, "")
                .hint(hint),
        );
        return None;
    };
    let least = usize::from(*guard != Guard::Administrators);
    let number = usize::try_from(value.integer(problems)?).ok();
    let number = number.filter(|number| *number >= least);
    if number.is_none() {
        problems.push(invalid(
            value.site(),
            "not a number of what is guarded",
            "write the exact number that the plan names",
        ));
    }
    Some((*guard, number?))
}

/// An app where the guard looks at all together, or none where it looks at one.
fn misplaced(guard: Guard, app: Option<&AppName>) -> Option<Diagnostic> {
    let word = guard.word();
    let (message, hint) = match (guard.is_of_app(), app) {
        (Some(true), None) => (
            format!("`{word}` is guarded app by app"),
            "say which: app = \"..\"",
        ),
        (Some(false), Some(_)) => (
            format!("`{word}` is guarded for all apps together"),
            "take `app` out",
        ),
        _ => return None,
    };
    Some(Diagnostic::error("invalid-value", message).hint(hint))
}
