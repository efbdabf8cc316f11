//! `[guards]` and `[apps.X.guards]`: how much is too much (R20).

use crate::base::{Diagnostic, Field, Fields, Form, Value};
use crate::model::guard::{Guard, Limit, Limits};

use super::name::invalid;

/// `[apps.X.guards]`.
pub(super) const APP_GUARDS: Fields = Fields::new(&[
    DEACTIVATIONS,
    REMOVALS,
    UPDATES,
    REACTIVATIONS,
    CREATES,
    SHORT_READ,
    ADMINISTRATORS,
]);
/// `[guards]`.
pub(super) const GUARDS: Fields = Fields::new(&[
    DEACTIVATIONS,
    REMOVALS,
    UPDATES,
    REACTIVATIONS,
    CREATES,
    SHORT_READ,
    Field::optional(
        "shrunken_files",
        LIMIT,
        "By how many the people at work may be fewer than at the last run; 5 %, at least 3",
    ),
    ADMINISTRATORS,
]);

const ADMINISTRATORS: Field = Field::optional(
    "min_administrators",
    Form::Integer(0),
    "How many active administrators are left at least, where the app has any; 2",
);
const DEACTIVATIONS: Field = Field::optional(
    "max_deactivations",
    LIMIT,
    "How many accounts are closed within seven days; 5 %, at least 3, at most 100",
);
const REMOVALS: Field = Field::optional(
    "max_removals",
    LIMIT,
    "From how many accounts something is taken, or a role changed, within seven days; 20 %, at \
     least 5, at most 200",
);
const UPDATES: Field = Field::optional(
    "max_updates",
    LIMIT,
    "On how many accounts attributes change within seven days; 20 %, at least 5, at most 200",
);
const REACTIVATIONS: Field = Field::optional(
    "max_reactivations",
    LIMIT,
    "How many accounts are opened again within seven days; 3",
);
const CREATES: Field = Field::optional(
    "max_creates",
    LIMIT,
    "How many accounts are made within seven days; 25 %, at least 10, at most 200",
);
const SHORT_READ: Field = Field::optional(
    "short_read",
    LIMIT,
    "By how many accounts an app may answer fewer than the last snapshot has; 10 %, at least 3",
);

/// A share, a number, or both.
const LIMIT: Form = Form::Either(
    &Form::Pattern("^(100|[1-9]?[0-9]) ?%$"),
    &Form::Either(&Form::Integer(0), &Form::Table(&BOUNDS)),
);
const BOUNDS: Fields = Fields::new(&[
    Field::optional("percent", Form::Integer(0), "In a hundred of what there is"),
    Field::optional("least", Form::Integer(0), "So many are always allowed"),
    Field::optional("most", Form::Integer(0), "More than that never are"),
]);

/// Reads limits over those that hold where the files say nothing.
pub(super) fn limits(
    value: Option<&Value<'_>>,
    fields: &Fields,
    mut limits: Limits,
    problems: &mut Vec<Diagnostic>,
) -> Limits {
    let Some(table) = value.and_then(|value| value.table(fields, problems)) else {
        return limits;
    };
    for guard in Guard::ALL {
        if let Some(value) = table.get(guard.key())
            && let Some(limit) = match guard {
                Guard::Administrators => number(&value, problems).map(Limit::exactly),
                _ => limit(&value, limits.get(guard), problems),
            }
        {
            limits.set(guard, limit);
        }
    }
    limits
}

/// A share keeps the bounds that hold otherwise; a number stands alone.
fn limit(value: &Value<'_>, before: Limit, problems: &mut Vec<Diagnostic>) -> Option<Limit> {
    if let Some(text) = value.as_text() {
        let percent = text.strip_suffix('%').map(str::trim_end);
        let percent = percent.and_then(|number| number.parse().ok());
        let percent = percent.filter(|percent| *percent <= 100 && !text.starts_with('+'));
        if percent.is_none() {
            problems.push(invalid(
                value.site(),
                "not a limit",
                "write it as \"5%\", as a number of accounts, or as \
                 { percent = 5, least = 3, most = 100 }",
            ));
        }
        return percent.map(|percent| Limit { percent, ..before });
    }
    if !value.is_table() {
        return Some(Limit::exactly(number(value, problems)?));
    }
    let table = value.table(&BOUNDS, problems)?;
    let mut part = |name: &str, otherwise: u32| match table.get(name) {
        Some(value) => number(&value, problems),
        None => Some(otherwise),
    };
    let (percent, least) = (part("percent", before.percent), part("least", before.least));
    let limit = Limit {
        percent: percent?,
        least: least?,
        most: part("most", before.most)?,
    };
    if limit.percent > 100 || limit.least > limit.most {
        problems.push(invalid(
            value.site(),
            "no number fits",
            "`percent` is at most 100, and `least` is at most `most`",
        ));
    }
    Some(limit)
}

fn number(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<u32> {
    let number = u32::try_from(value.integer(problems)?).ok();
    if number.is_none() {
        problems.push(invalid(
            value.site(),
            "not a number of accounts",
            "write a whole number, 0 or more",
        ));
    }
    number
}
