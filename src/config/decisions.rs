//! The views of `approvals.toml` and `accounts.toml` that digests are taken of: as in
//! [`super::digest`], every field is named and places are left out.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::model::name::{AppName, PersonId};

use super::digest::{Holding, holdings};
use super::{Allowance, Approval, ListedAccount, Separation};

#[derive(Serialize)]
pub(super) struct ApprovalView<'a> {
    person: &'a PersonId,
    apps: BTreeMap<&'a AppName, Vec<Holding<'a>>>,
    approver: &'a PersonId,
    reason: &'a str,
    since: Date,
    until: Date,
}

pub(super) fn approval_entry(approval: &Approval) -> ApprovalView<'_> {
    let Approval {
        person,
        apps,
        approver,
        reason,
        since,
        until,
        site: _,
    } = approval;
    let apps = apps.iter().map(|(name, app)| (name, holdings(app)));
    ApprovalView {
        person,
        apps: apps.collect(),
        approver,
        reason: reason.raw(),
        since: *since,
        until: *until,
    }
}

#[derive(Serialize)]
pub(super) struct ListedView<'a> {
    app: &'a AppName,
    login: &'a str,
    kind: &'static str,
    owner: &'a PersonId,
    purpose: &'a str,
    review: Date,
}

pub(super) fn listed_entry(account: &ListedAccount) -> ListedView<'_> {
    let ListedAccount {
        app,
        login,
        kind,
        owner,
        purpose,
        review,
        site: _,
    } = account;
    ListedView {
        app,
        login,
        kind: kind.word(),
        owner,
        purpose: purpose.raw(),
        review: *review,
    }
}

#[derive(Serialize)]
pub(super) struct AllowanceView<'a> {
    app: Option<&'a AppName>,
    guard: &'static str,
    number: usize,
    reason: &'a str,
    until: Date,
}

pub(super) fn allowance_entry(allowance: &Allowance) -> AllowanceView<'_> {
    let Allowance {
        app,
        guard,
        number,
        reason,
        until,
        site: _,
    } = allowance;
    AllowanceView {
        app: app.as_ref(),
        guard: guard.word(),
        number: *number,
        reason: reason.raw(),
        until: *until,
    }
}

#[derive(Serialize)]
pub(super) struct SeparationView<'a> {
    name: &'a str,
    reason: &'a str,
    sides: Vec<BTreeMap<&'a AppName, Vec<Holding<'a>>>>,
}

pub(super) fn separation_entry(separation: &Separation) -> SeparationView<'_> {
    let Separation {
        name,
        reason,
        sides,
        site: _,
    } = separation;
    SeparationView {
        name: name.raw(),
        reason: reason.raw(),
        sides: sides
            .iter()
            .map(|apps| {
                apps.iter()
                    .map(|(name, app)| (name, holdings(app)))
                    .collect()
            })
            .collect(),
    }
}
