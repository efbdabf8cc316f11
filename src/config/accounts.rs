//! `accounts.toml`: every account that is not a person's main one (R5).

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::base::fields::{Named, words};
use crate::base::{
    Diagnostic, Document, Field, Fields, FileId, Foreign, Form, Site, Sources, Table, Value,
};
use crate::model::account::AccountKind;
use crate::model::name::{AppName, PersonId};
use crate::model::person::fold_email;

use super::apps::{Catalogue, unknown_app};
use super::name::visible;
use super::roster::Roster;
use super::settings::word;
use super::{AppConfig, Config, secret};

/// All of `accounts.toml`.
pub(super) const ROOT: Fields = Fields::new(&[Field::optional(
    "account",
    Form::List(&Form::Table(&ACCOUNT)),
    "One entry per account that is not a person's main one",
)]);
const ACCOUNT: Fields = Fields::new(&[
    Field::required("app", Form::Name(Named::App), "Where"),
    Field::required("login", Form::Text, "Its login, or its vendor id"),
    Field::required(
        "kind",
        Form::Word(&KIND_WORDS),
        "What it is; an \"admin\" account is closed when its owner leaves",
    ),
    Field::required(
        "owner",
        Form::Text,
        "The id or the email of who answers for it",
    ),
    Field::required("purpose", Form::Text, "What it is for"),
    Field::required("review", Form::Date, "When somebody is to look at it again"),
]);

const KINDS: [(&str, AccountKind); 6] = [
    (AccountKind::ALL[0].word(), AccountKind::ALL[0]),
    (AccountKind::ALL[1].word(), AccountKind::ALL[1]),
    (AccountKind::ALL[2].word(), AccountKind::ALL[2]),
    (AccountKind::ALL[3].word(), AccountKind::ALL[3]),
    (AccountKind::ALL[4].word(), AccountKind::ALL[4]),
    (AccountKind::ALL[5].word(), AccountKind::ALL[5]),
];
const KIND_WORDS: [&str; 6] = words(&KINDS);

/// `[[account]]`: an account that is not a person's main one, and is not touched by omission.
#[derive(Clone, Debug)]
pub struct ListedAccount {
    /// Where.
    pub app: AppName,
    /// Its login or vendor id, folded.
    pub login: String,
    /// What it is.
    pub kind: AccountKind,
    /// Who answers for it.
    pub owner: PersonId,
    /// What it is for.
    pub purpose: Foreign,
    /// When somebody is to look at it again.
    pub review: Date,
    /// The entry's place.
    pub site: Site,
}

impl Config {
    /// The listed accounts of an app, each with its index in [`Config::accounts`].
    pub fn accounts_of(&self, app: &AppName) -> impl Iterator<Item = (usize, &ListedAccount)> {
        let all = self.accounts.iter().enumerate();
        all.filter(move |(_, account)| account.app == *app)
    }
}

/// What accounts are read with.
pub(super) struct Ground<'a> {
    pub catalogue: &'a Catalogue,
    pub apps: &'a BTreeMap<AppName, AppConfig>,
    pub roster: &'a Roster,
}

/// Reads `accounts.toml`; accounts come by app and login.
pub(super) fn read(
    file: FileId,
    sources: &Sources,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ListedAccount> {
    let text = &sources.file(file).text;
    secret::scan(file, text, 0, problems);
    Document::read(file, text, 0, problems, |document, problems| {
        let root = document.root(&ROOT, problems);
        let mut logins: BTreeMap<(AppName, String), Site> = BTreeMap::new();
        let mut accounts = Vec::new();
        for value in root.list("account", problems) {
            let Some(table) = value.table(&ACCOUNT, problems) else {
                continue;
            };
            let place = place(&table, ground, &mut logins, problems);
            accounts.extend(account(&table, place, ground, problems));
        }
        accounts.sort_by(|a, b| (&a.app, &a.login).cmp(&(&b.app, &b.login)));
        accounts
    })
}

/// App and login, which nothing else says of.
fn place(
    table: &Table<'_>,
    ground: &Ground<'_>,
    logins: &mut BTreeMap<(AppName, String), Site>,
    problems: &mut Vec<Diagnostic>,
) -> Option<(AppName, String)> {
    let app = table.require("app", problems).and_then(|value| {
        let name = value.text(problems)?;
        if !ground.catalogue.contains_key(name) {
            problems.push(unknown_app(name, value.site(), ground.catalogue));
            return None;
        }
        Some(AppName::from(name))
    });
    let value = table.require("login", problems)?;
    let login = visible(value.text(problems)?, value.site(), problems)?;
    let (app, login) = (app?, fold_email(login));
    if let Some(first) = logins.insert((app.clone(), login.clone()), value.site()) {
        problems.push(
            Diagnostic::error("duplicate-account", "the account is listed twice")
                .at(value.site(), "again here")
                .at(first, "first here")
                .hint("keep the entry that is true"),
        );
        return None;
    }
    let settings = ground.apps.get(&app);
    if settings.is_some_and(|settings| settings.protected.contains(&login)) {
        problems.push(
            Diagnostic::error(
                "listed-and-protected",
                format!("`protected` of `{app}` names this account too"),
            )
            .at(value.site(), "")
            .hint(format!(
                "take it from `protected` of [apps.{app}]: an account that is listed is not touched by omission"
            )),
        );
        return None;
    }
    Some((app, login))
}

fn account(
    table: &Table<'_>,
    place: Option<(AppName, String)>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<ListedAccount> {
    let kind = table
        .require("kind", problems)
        .and_then(|value| word(&value, &KINDS, problems));
    let owner = table
        .require("owner", problems)
        .and_then(|value: Value<'_>| ground.roster.named(&value, problems));
    let purpose = table
        .require("purpose", problems)
        .and_then(|value| visible(value.text(problems)?, value.site(), problems));
    let review = table
        .require("review", problems)
        .and_then(|value| value.date(problems));
    let (app, login) = place?;
    Some(ListedAccount {
        app,
        login,
        kind: kind?,
        owner: owner?,
        purpose: Foreign::from(purpose?),
        review: review?,
        site: table.site,
    })
}
