//! One call of a connector: a verb for one account, or for many that get or lose the same value; or
//! a wait for what another app does.

use std::time::Duration;

use tokio::sync::watch;

use crate::apps::{Value, Writer, Written};
use crate::base::Clock;
use crate::model::app::AppDescription;
use crate::model::change::{AccountTag, Action, Cascade, Change, Verb};
use crate::model::failure::{Failure, FailureKind};
use crate::model::outcome::Outcome;

use super::waiting::{End, Wait, arrival, awaited, is_open, known};
use super::ways::Way;

/// A change that is ready, with what earlier steps tell about it.
pub struct Ready {
    /// Its place in the plan.
    pub step: usize,
    /// The change.
    pub change: Change,
    /// The account: the one that the plan names, or the one that this run made.
    pub account: Option<AccountTag>,
    /// What a new account is given next, by kind, value and level.
    pub initial: Vec<(String, String, Option<String>)>,
    /// The app that was to close the account did not do its part.
    pub forsaken: bool,
}

/// Makes the call; one answer per step, in their order. An await that is told to stop was not
/// started: it wrote nothing.
pub async fn make(
    way: Way,
    ready: &[Ready],
    clock: Clock,
    stop: &watch::Receiver<bool>,
) -> Vec<Written> {
    let Some(first) = ready.first() else {
        return Vec::new();
    };
    if let Action::Await { account: new, by } = &first.change.action {
        let reader = match &way.reader {
            Ok(reader) => reader,
            Err(failure) => return vec![failed(failure.clone())],
        };
        let wait = Wait {
            app: &first.change.app,
            reader: &**reader,
            sought: awaited(first.account.as_ref(), new),
            limit: limit(by),
            clock,
        };
        let end = wait.until(stop, is_open).await;
        return vec![arrival(&first.change, by, end)];
    }
    let writer = match &way.writer {
        Ok(writer) => writer,
        Err(failure) => return ready.iter().map(|_| failed(failure.clone())).collect(),
    };
    if let Action::Deactivate { by: Some(by), .. } = &first.change.action {
        return vec![close(&way, &**writer, first, by, clock, stop).await];
    }
    write(&**writer, &way.description, ready).await
}

/// Gives the other app its time, and then closes the account all the same. What it closed, we had
/// it close.
async fn close(
    way: &Way,
    writer: &dyn Writer,
    ready: &Ready,
    by: &Cascade,
    clock: Clock,
    stop: &watch::Receiver<bool>,
) -> Written {
    let Some(account) = &ready.account else {
        return unplanned(&ready.change);
    };
    if let Ok(reader) = &way.reader
        && !ready.forsaken
    {
        let wait = Wait {
            app: &ready.change.app,
            reader: &**reader,
            sought: known(account),
            limit: limit(by),
            clock,
        };
        if let End::So(_) = wait.until(stop, |found| !is_open(found)).await {
            return Written {
                outcome: Outcome::Done { vendor_id: None },
                request_id: None,
            };
        }
    }
    let mut written = writer.deactivate(account).await;
    if let Outcome::AlreadySo { vendor_id } = written.outcome {
        written.outcome = Outcome::Done { vendor_id };
    }
    written
}

fn limit(by: &Cascade) -> Duration {
    Duration::from_secs(by.deadline.into())
}

/// Kind, value and level of a change that can be made for many accounts at once.
pub fn sharing(action: &Action) -> Option<(&str, &str, Option<&str>)> {
    match action {
        Action::Grant { kind, value, level } => Some((kind, value, level.as_deref())),
        Action::Revoke { kind, value, level } => Some((
            kind,
            value.raw(),
            level.as_ref().map(crate::base::Foreign::raw),
        )),
        Action::Set {
            kind,
            key: Some(key),
            after,
            ..
        } => Some((kind, key, Some(after))),
        Action::Set {
            kind,
            key: None,
            after,
            ..
        } => Some((kind, after, None)),
        Action::Create(_)
        | Action::Invite { .. }
        | Action::Await { .. }
        | Action::Adopt { .. }
        | Action::Reactivate
        | Action::Update { .. }
        | Action::Deactivate { .. } => None,
    }
}

/// True if a change waits for another app, so that it costs that time and next to no calls.
pub fn waits(action: &Action) -> bool {
    matches!(
        action,
        Action::Await { .. } | Action::Deactivate { by: Some(_), .. }
    )
}

/// Calls the verb of a call's steps, which are one, or several that share a value.
async fn write(writer: &dyn Writer, description: &AppDescription, ready: &[Ready]) -> Vec<Written> {
    let Some(Ready {
        change,
        account,
        initial,
        ..
    }) = ready.first()
    else {
        return Vec::new();
    };
    let named = |(kind, name, level): (&str, &str, Option<&str>)| {
        let (kind, _) = description.entitlement(kind)?;
        Some(Value {
            kind,
            name: name.to_owned(),
            level: level.map(str::to_owned),
        })
    };
    if let Some(shared) = sharing(&change.action) {
        let accounts: Option<Vec<AccountTag>> =
            ready.iter().map(|ready| ready.account.clone()).collect();
        let (Some(accounts), Some(value)) = (accounts, named(shared)) else {
            return ready.iter().map(|_| unplanned(change)).collect();
        };
        return match change.action.verb() {
            Verb::Grant => writer.grant(&value, &accounts).await,
            Verb::Revoke => writer.revoke(&value, &accounts).await,
            _ => writer.set(&value, &accounts).await,
        };
    }
    vec![match (&change.action, account) {
        (Action::Invite { account: new, .. }, Some(account)) => {
            writer.invite_again(account, new).await
        }
        (Action::Create(new) | Action::Invite { account: new, .. }, None) => {
            let initial = initial
                .iter()
                .filter_map(|(kind, name, level)| named((kind, name, level.as_deref())));
            writer.create(new, &initial.collect::<Vec<_>>()).await
        }
        (Action::Adopt { hr_id, .. }, Some(account)) => writer.adopt(account, hr_id).await,
        (Action::Reactivate, Some(account)) => writer.activate(account).await,
        (Action::Update { edits }, Some(account)) => writer.update(account, edits).await,
        (Action::Deactivate { .. }, Some(account)) => writer.deactivate(account).await,
        _ => unplanned(change),
    }]
}

fn failed(failure: Failure) -> Written {
    Written {
        outcome: Outcome::Failed { failure },
        request_id: None,
    }
}

/// A step whose account neither the plan nor an earlier step named.
fn unplanned(change: &Change) -> Written {
    failed(Failure::new(
        &change.app,
        FailureKind::NotFound,
        "finding the account that this step is about",
    ))
}
