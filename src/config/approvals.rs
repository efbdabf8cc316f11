//! `approvals.toml`: who approved what only an approval may give (R12), what nobody may hold
//! together (R13), and what guards let through by its exact number (R20). Its owner is security.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::base::fields::Named;
use crate::base::{
    Diagnostic, Document, Field, Fields, FileId, Foreign, Form, Site, Sources, Table, Value,
};
use crate::model::desired::BundleApp;
use crate::model::name::{AppName, PersonId};

use super::allow::{ALLOW, Allowance, allowance};
use super::apps::Catalogue;
use super::name::visible;
use super::roster::Roster;
use super::separation::{SEPARATION, Separation, separation};
use super::{AppConfig, Config, entitlements, secret};

/// All of `approvals.toml`.
pub(super) const ROOT: Fields = Fields::new(&[
    Field::optional(
        "approval",
        Form::List(&Form::Table(&APPROVAL)),
        "One entry per person and what they may hold",
    ),
    Field::optional(
        "separation",
        Form::List(&Form::Table(&SEPARATION)),
        "What nobody may hold together",
    ),
    Field::optional(
        "allow",
        Form::List(&Form::Table(&ALLOW)),
        "Exactly so many of what a guard refuses, for one run",
    ),
]);
const APPROVAL: Fields = Fields::new(&[
    Field::required("person", Form::Name(Named::Person), "Who may hold it"),
    Field::required("apps", Form::Gives, "What, as in a profile"),
    Field::required(
        "approver",
        Form::Text,
        "The id or the email of who approved it; never the person's own",
    ),
    Field::required("reason", Form::Text, "Why"),
    Field::required("since", Form::Date, "The day of the approval"),
    Field::required("until", Form::Date, "The last day, inclusive"),
]);

/// `[[approval]]`: a person may hold what only an approval may give.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Who may hold it.
    pub person: PersonId,
    /// What, by app.
    pub apps: BTreeMap<AppName, BundleApp>,
    /// Who approved it.
    pub approver: PersonId,
    /// Why.
    pub reason: Foreign,
    /// The day of the approval.
    pub since: Date,
    /// Last day, inclusive, in the person's time zone.
    pub until: Date,
    /// The entry's place.
    pub site: Site,
}

impl Config {
    /// The approvals of a person.
    pub fn approvals_of(&self, person: &PersonId) -> &[Approval] {
        let all = &self.approvals;
        let start = all.partition_point(|approval| approval.person < *person);
        let end = all.partition_point(|approval| approval.person <= *person);
        &all[start..end]
    }
}

/// What approvals are read with.
pub(super) struct Ground<'a> {
    pub catalogue: &'a Catalogue,
    pub apps: &'a BTreeMap<AppName, AppConfig>,
    pub roster: &'a Roster,
}

/// What `approvals.toml` says.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    /// By person, then by place.
    pub given: Vec<Approval>,
    /// By place.
    pub separations: Vec<Separation>,
    /// By place.
    pub allowances: Vec<Allowance>,
}

/// Reads `approvals.toml`.
pub(super) fn read(
    file: FileId,
    sources: &Sources,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Approvals {
    let text = &sources.file(file).text;
    secret::scan(file, text, 0, problems);
    Document::read(file, text, 0, problems, |document, problems| {
        let root = document.root(&ROOT, problems);
        let entries = root.list("approval", problems).into_iter();
        let mut approvals: Vec<Approval> = entries
            .filter_map(|entry| approval(&entry, ground, problems))
            .collect();
        approvals.sort_by(|a, b| (&a.person, a.site).cmp(&(&b.person, b.site)));
        let rules = root.list("separation", problems).into_iter();
        let allowed = root.list("allow", problems).into_iter();
        Approvals {
            allowances: allowed
                .filter_map(|entry| allowance(&entry, ground.catalogue, problems))
                .collect(),
            given: approvals,
            separations: rules
                .filter_map(|rule| separation(&rule, ground, problems))
                .collect(),
        }
    })
}

fn approval(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Approval> {
    let table = value.table(&APPROVAL, problems)?;
    let person = table
        .require("person", problems)
        .and_then(|value| ground.roster.by_id(&value, problems));
    let apps = table
        .require("apps", problems)
        .map(|value| entitlements::apps(&value, ground.catalogue, &[], problems));
    let approver = approver(&table, person.as_ref(), ground, problems);
    let reason = table
        .require("reason", problems)
        .and_then(|value| visible(value.text(problems)?, value.site(), problems));
    let since = day(&table, "since", problems);
    let until = day(&table, "until", problems);
    if let (Some((since, from)), Some((until, to))) = (since, until)
        && until < since
    {
        problems.push(
            Diagnostic::error("end-before-start", "the approval ends before it begins")
                .at(to, "ends here")
                .at(from, "begins here"),
        );
        return None;
    }
    let apps = apps?;
    without_need(&apps, ground, problems);
    Some(Approval {
        person: person?,
        apps,
        approver: approver?,
        reason: Foreign::from(reason?),
        since: since?.0,
        until: until?.0,
        site: table.site,
    })
}

fn day(table: &Table<'_>, name: &str, problems: &mut Vec<Diagnostic>) -> Option<(Date, Site)> {
    let value = table.require(name, problems)?;
    Some((value.date(problems)?, value.site()))
}

/// Nobody approves what they hold themselves, under whatever name.
fn approver(
    table: &Table<'_>,
    person: Option<&PersonId>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<PersonId> {
    let value = table.require("approver", problems)?;
    let approver = ground.roster.named(&value, problems)?;
    if Some(&approver) == person {
        problems.push(
            Diagnostic::error("self-approval", "nobody approves their own access")
                .at(value.site(), "the person it is for")
                .hint("somebody else decides: name them"),
        );
        return None;
    }
    Some(approver)
}

/// Says which of what is approved needs no approval: mostly a name that is misspelt.
fn without_need(
    apps: &BTreeMap<AppName, BundleApp>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    for (name, gives) in apps {
        let Some(app) = ground.apps.get(name) else {
            continue;
        };
        for one in &gives.entitlements {
            if !app.is_privileged(one.kind, &one.value, one.level.as_deref()) {
                let kind = &app.description.kind(one.kind).name;
                let message = format!("this needs no approval in `{name}`");
                problems.push(
                    Diagnostic::warning("not-privileged", message)
                        .at(one.from.site, "")
                        .hint(format!(
                            "correct the name, or list it under `{kind}` in `privileged` of [apps.{name}]"
                        )),
                );
            }
        }
    }
}
