//! A plan in short lines, by the names of people: `grant directory Emma Marketing`.

use provisor::config::Config;
use provisor::model::change::{Action, Change};
use provisor::model::outcome::Outcome;
use provisor::model::plan::Plan;
use provisor::model::withheld::Withheld;
use provisor::plan::Approved;

use crate::world::app;

/// All that a plan says: its changes in their order, then what it withholds.
pub fn all(planned: &Plan, config: &Config) -> Vec<String> {
    let changes = planned.body.changes.iter();
    let mut lines: Vec<String> = changes.map(|change| line(change, config)).collect();
    lines.extend(withheld(planned));
    lines
}

/// What a plan withholds: `held directory Emma R9`.
pub fn withheld(planned: &Plan) -> Vec<String> {
    planned.body.withheld.iter().map(held).collect()
}

/// What becomes of each change of a saved plan, and what is due besides.
pub fn judged(approved: &Approved, config: &Config) -> Vec<String> {
    let of_plan = approved.plan().body.changes.iter().map(|change| {
        let word = match approved.settled().get(&change.id) {
            None => "done",
            Some(Outcome::AlreadySo { .. }) => "already so",
            Some(Outcome::Refused { .. }) => "refused",
            Some(other) => panic!("{other:?}"),
        };
        format!("{}: {word}", line(change, config))
    });
    let unreviewed = approved.unreviewed().iter();
    let unreviewed = unreviewed.map(|change| format!("{}: not reviewed", line(change, config)));
    of_plan.chain(unreviewed).collect()
}

/// One change.
pub fn line(change: &Change, config: &Config) -> String {
    let object = match &change.action {
        Action::Grant { value, .. } => format!(" {value}"),
        Action::Revoke { value, .. } => format!(" {}", value.raw()),
        Action::Update { edits } => {
            let names: Vec<&str> = edits.iter().map(|edit| edit.attribute.as_str()).collect();
            format!(" {}", names.join("+"))
        }
        Action::Deactivate { by: Some(by), .. } => format!(" by {}", by.source),
        _ => String::new(),
    };
    let (verb, place) = (change.action.verb().word(), &change.app);
    format!("{verb} {place} {}{object}", subject(change, config))
}

/// Whose account: a given name, and the login of an account that is not their main one.
fn subject(change: &Change, config: &Config) -> String {
    let login = change.account.as_ref().map(|account| account.login.raw());
    let Some(person) = &change.person else {
        return login.expect("nobody's account has a login").to_owned();
    };
    let listed = config.accounts_of(&change.app).any(|(_, listed)| {
        let named = login.is_some_and(|login| login.eq_ignore_ascii_case(&listed.login));
        named && change.app == app()
    });
    match login {
        Some(login) if listed => format!("{} ({login})", given(person.name.raw())),
        _ => given(person.name.raw()).to_owned(),
    }
}

fn held(item: &Withheld) -> String {
    let place = item.app.as_ref().map_or("everywhere", |app| app.as_str());
    let who = item.person.as_ref().map(|person| given(person.name.raw()));
    let rule = item.why.rule().unwrap_or("entry");
    format!("{} {place} {} {rule}", item.state, who.unwrap_or("-"))
}

fn given(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}
