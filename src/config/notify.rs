//! `[notify.X]` of `provisor.toml`: whom `--notify` tells what a command did or found.

use std::collections::{BTreeMap, BTreeSet};

use crate::apps::CredentialSource;
use crate::base::fields::words;
use crate::base::{Diagnostic, Field, Fields, Form, Table, Value};
use crate::model::name::ChannelName;
use crate::model::notice::Occasion;

use super::apps::Ground;
use super::credentials::{SOURCE, credential, refuse_secrets};
use super::hook::{Admission, Hook, HookPlace, NotAdmitted};
use super::mail::{self, Smtp};
use super::name::{Alphabet, checked, invalid};
use super::secret::secret_in_file;
use super::settings::word;

/// One entry of `[notify]`.
pub(super) const CHANNEL: Fields = Fields::new(&[
    Field::required(
        "kind",
        Form::Word(&KIND_WORDS),
        "What takes the notices: an incoming webhook of \"slack\" or \"teams\", a \"webhook\" of \
         your own, or mail (\"smtp\")",
    ),
    Field::optional(
        "on",
        Form::Some(&Form::Word(&OCCASION_WORDS)),
        "Of which commands it is told; without it of all",
    ),
    Field::optional(
        "url",
        Form::Either(&Form::Table(&SOURCE), &Form::Text),
        "Where the address is kept: it is a secret. That of a \"webhook\" may be written here",
    ),
    Field::optional(
        "secret",
        Form::Table(&SOURCE),
        "For \"webhook\": where the key is kept that signs each notice (HMAC-SHA256)",
    ),
    Field::optional("host", Form::Text, "For \"smtp\": the mail server"),
    Field::optional(
        "port",
        Form::Integer(1),
        "Its port; without it 465 for \"tls\" and 587 for \"starttls\"",
    ),
    Field::optional(
        "security",
        Form::Word(&mail::SECURITY_WORDS),
        "How the connection is made secret: \"tls\" from its first byte, which is usual, or \
         \"starttls\"; \"none\" on this machine only",
    ),
    Field::optional("user", Form::Text, "Who signs in there, if anybody must"),
    Field::optional(
        "password",
        Form::Table(&SOURCE),
        "Where the password is kept",
    ),
    Field::optional("from", Form::Text, "The sender's address"),
    Field::optional("to", Form::Some(&Form::Text), "The recipients' addresses"),
])
.one_of(&[&["url"], &["host", "from", "to"]]);

/// The fields of each kind, besides `kind` and `on`: those that must be there, and those that may.
type OwnFields = (&'static [&'static str], &'static [&'static str]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Slack,
    Teams,
    Webhook,
    Smtp,
}

const KINDS: [(&str, Kind); 4] = [
    ("slack", Kind::Slack),
    ("teams", Kind::Teams),
    ("webhook", Kind::Webhook),
    ("smtp", Kind::Smtp),
];
const KIND_WORDS: [&str; 4] = words(&KINDS);
const OCCASIONS: [(&str, Occasion); 3] = [
    (Occasion::Apply.word(), Occasion::Apply),
    (Occasion::Readiness.word(), Occasion::Readiness),
    (Occasion::Drift.word(), Occasion::Drift),
];
const OCCASION_WORDS: [&str; 3] = words(&OCCASIONS);

/// Slack's, and its own for governments.
const SLACK: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];
/// Workflows of Teams live in Power Automate, once in Logic Apps; connectors, while there were any,
/// in Office.
const TEAMS: &[&str] = &[
    "api.powerplatform.com",
    "logic.azure.com",
    "webhook.office.com",
];

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Webhook => "webhook",
            Self::Smtp => "smtp",
        }
    }

    const fn fields(self) -> OwnFields {
        match self {
            Self::Slack | Self::Teams => (&["url"], &[]),
            Self::Webhook => (&["url", "secret"], &[]),
            Self::Smtp => (
                &["host", "from", "to"],
                &["port", "security", "user", "password"],
            ),
        }
    }
}

/// `[notify.X]`
#[derive(Clone, Debug)]
pub struct Channel {
    /// Of what it is told.
    pub on: BTreeSet<Occasion>,
    /// What takes the notices.
    pub medium: Medium,
}

/// What takes notices.
#[derive(Clone, Debug)]
pub enum Medium {
    /// An incoming webhook of Slack.
    Slack(Hook),
    /// A workflow or an incoming webhook of Teams.
    Teams(Hook),
    /// Any endpoint that takes JSON.
    Webhook {
        /// Where it is.
        url: Hook,
        /// The key that signs.
        secret: Kept,
    },
    /// A mail server.
    Smtp(Smtp),
}

/// Where a secret is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where.
    pub source: CredentialSource,
    /// As the files name it.
    pub(super) words: String,
}

impl Medium {
    /// The word in the files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Slack(_) => Kind::Slack.word(),
            Self::Teams(_) => Kind::Teams.word(),
            Self::Webhook { .. } => Kind::Webhook.word(),
            Self::Smtp(_) => Kind::Smtp.word(),
        }
    }
}

impl Channel {
    /// All that the files say of it, for whoever reviews a change of it: who is told, by whom, of what.
    pub(super) fn words(&self) -> String {
        let Self { on, medium } = self;
        let to = match medium {
            Medium::Slack(url) | Medium::Teams(url) => url.words(),
            Medium::Webhook { url, secret } => {
                format!("{}, signed with {}", url.words(), secret.words)
            }
            Medium::Smtp(smtp) => smtp.words(),
        };
        let on: Vec<&str> = on.iter().map(|occasion| occasion.word()).collect();
        format!("{} to {to}, on {}", medium.word(), on.join(", "))
    }
}

/// All of `[notify]`.
pub(super) fn channels(
    root: &Table<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<ChannelName, Channel> {
    let mut channels = BTreeMap::new();
    let entries = root.get("notify").map(|value| value.entries(problems));
    for (key, value) in entries.unwrap_or_default() {
        let Some(name) = checked(key.name, Alphabet::AppName, key.site, problems) else {
            continue;
        };
        refuse_secrets(&value, problems);
        let channel = value
            .table(&CHANNEL, problems)
            .and_then(|table| channel(&table, ground, problems));
        channels.extend(channel.map(|channel| (ChannelName::from(name), channel)));
    }
    channels
}

fn channel(
    table: &Table<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Channel> {
    let kind = table.require("kind", problems);
    let kind = kind.and_then(|value| word(&value, &KINDS, problems))?;
    let on = match table.get("on") {
        None => Occasion::ALL.into(),
        Some(list) => occasions(&list, problems)?,
    };
    fits(kind, table, problems)?;
    let medium = match kind {
        Kind::Slack => Medium::Slack(hook(table, SLACK, ground, problems)?),
        Kind::Teams => Medium::Teams(hook(table, TEAMS, ground, problems)?),
        Kind::Webhook => {
            let url = hook(table, &[], ground, problems);
            let secret = kept(&table.get("secret")?, ground, problems);
            Medium::Webhook {
                url: url?,
                secret: secret?,
            }
        }
        Kind::Smtp => Medium::Smtp(mail::smtp(table, ground, problems)?),
    };
    Some(Channel { on, medium })
}

fn occasions(list: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<BTreeSet<Occasion>> {
    let items = list.list(problems);
    if items.is_empty() {
        let hint = "name a command, or leave `on` out: then it is told of all";
        problems.push(invalid(list.site(), "it would be told of nothing", hint));
        return None;
    }
    let items = items.iter();
    items.map(|item| word(item, &OCCASIONS, problems)).collect()
}

/// Reports fields that are missing, and those that are of another kind.
fn fits(kind: Kind, table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Option<()> {
    let (required, optional) = kind.fields();
    let before = problems.len();
    for name in required {
        table.require(name, problems);
    }
    let own = ["kind", "on"].iter().chain(required).chain(optional);
    let own: BTreeSet<&str> = own.copied().collect();
    for value in CHANNEL.names().filter_map(|name| {
        let value = table.get(name)?;
        (!own.contains(name)).then_some((name, value))
    }) {
        let (name, value) = value;
        let known = own.iter().map(|name| format!("`{name}`"));
        let known: Vec<String> = known.collect();
        problems.push(invalid(
            value.key,
            format!("`{name}` means nothing for kind = \"{}\"", kind.word()),
            &format!("it takes {}", known.join(", ")),
        ));
    }
    (problems.len() == before).then_some(())
}

/// `url`: where the address is kept or, of a webhook of one's own, what it is.
fn hook(
    table: &Table<'_>,
    domains: &'static [&'static str],
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Hook> {
    let value = table.get("url")?;
    let admits = Admission {
        domains,
        hosts: ground.trusted.hosts.clone(),
    };
    let Some(text) = value.as_text() else {
        let kept = kept(&value, ground, problems)?;
        let place = HookPlace::Secret(kept);
        return Some(Hook { place, admits });
    };
    // Of a vendor's webhook the address is all that it takes to post.
    if !domains.is_empty() || text.contains(['?', '#', '@']) {
        problems.push(secret_in_file(value.key, value.site()));
        return None;
    }
    match admits.url(text) {
        Ok(url) => {
            let place = HookPlace::Written(url);
            Some(Hook { place, admits })
        }
        Err(why) => {
            problems.push(not_admitted(&value, why));
            None
        }
    }
}

fn not_admitted(value: &Value<'_>, why: NotAdmitted) -> Diagnostic {
    let (code, hint) = match why {
        NotAdmitted::NotUrl | NotAdmitted::Named => (
            "invalid-url",
            "write it as \"https://hooks.example.com/provisor\"",
        ),
        NotAdmitted::Insecure => (
            "insecure-url",
            "use https: names would cross the network in the clear",
        ),
        NotAdmitted::Untrusted => ("untrusted-host", UNTRUSTED),
    };
    Diagnostic::error(code, why.to_string())
        .at(value.site(), "")
        .hint(hint)
}

/// What to do about a host that nobody trusts.
pub(super) const UNTRUSTED: &str = "add it to `hosts` in the file that PROVISOR_TRUST names, outside \
    of the reviewed tree";

/// Where a secret is kept.
pub(super) fn kept(
    value: &Value<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Kept> {
    if value.as_text().is_some() {
        // The secret itself, which is told already.
        return None;
    }
    let source = credential(value, ground, problems)?;
    let words = match &source {
        CredentialSource::Environment(name) => format!("env {name}"),
        CredentialSource::Command(command) => format!("what {} prints", command.join(" ")),
        // As it is written: the folder may be checked out anywhere.
        CredentialSource::File(_) => {
            let table = value.table(&SOURCE, problems)?;
            format!("file {}", table.text("file", problems)?)
        }
        CredentialSource::Fixed(_) => String::new(),
    };
    Some(Kept { source, words })
}
