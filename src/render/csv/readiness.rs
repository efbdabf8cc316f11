//! Who is ready for their first day, as CSV.

use crate::render::readiness::word;
use crate::render::style::Colour;
use crate::render::todo::{Action, everywhere, within};
use crate::reports::readiness::{Employment, Hire, Readiness, Value};

use super::table;

/// The columns of who is ready.
const READINESS: [&str; 13] = [
    "person_id",
    "person",
    "email",
    "first_day",
    "manager",
    "app",
    "standing",
    "state",
    "login",
    "holds",
    "lacks",
    "owner",
    "todo",
];

/// Who is ready for their first day: a row per person and app, and one for what concerns a person
/// everywhere.
pub fn readiness(readiness: &Readiness) -> String {
    let rows = readiness
        .hires
        .iter()
        .flat_map(|hire| hire_rows(hire, readiness));
    table(&READINESS, rows.collect::<Vec<_>>().into_iter())
}

fn hire_rows(hire: &Hire, readiness: &Readiness) -> Vec<[String; 13]> {
    let mut person = <[String; 13]>::default();
    hire.person.id.as_str().clone_into(&mut person[0]);
    hire.person.name.raw().clone_into(&mut person[1]);
    hire.email.raw().clone_into(&mut person[2]);
    if let Employment::Starts { on, .. } = &hire.employment {
        person[3] = on.to_string();
    }
    person[4] = hire
        .manager
        .as_ref()
        .map_or_else(String::new, |manager| manager.email.raw().to_owned());
    let todo = |actions: Vec<Action>| {
        let lines = actions
            .into_iter()
            .map(|one| one.line().to_row(Colour::Plain));
        lines.collect::<Vec<_>>().join("; ")
    };
    let mut rows = Vec::new();
    if hire.apps.is_empty() || !hire.todo.is_empty() {
        let mut row = person.clone();
        word(hire.standing).clone_into(&mut row[6]);
        row[12] = todo(everywhere(hire, readiness));
        rows.push(row);
    }
    for app in &hire.apps {
        let mut row = person.clone();
        app.app.as_str().clone_into(&mut row[5]);
        word(app.standing).clone_into(&mut row[6]);
        app.state.word().clone_into(&mut row[7]);
        row[8] = app
            .account
            .as_ref()
            .map_or_else(String::new, |account| account.login.raw().to_owned());
        row[9] = values(&app.holds);
        row[10] = values(&app.lacks);
        row[11] = app
            .owner
            .as_ref()
            .map_or_else(String::new, |owner| owner.raw().to_owned());
        row[12] = todo(within(std::slice::from_ref(app), hire, readiness));
        rows.push(row);
    }
    rows
}

fn values(values: &[Value]) -> String {
    let words = values.iter().map(|one| match &one.level {
        Some(level) => format!("{} {} as {}", one.kind, one.value.raw(), level.raw()),
        None => format!("{} {}", one.kind, one.value.raw()),
    });
    words.collect::<Vec<_>>().join("; ")
}
