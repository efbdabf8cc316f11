//! The kinds of apps, as their connectors describe themselves.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::base::count::count;
use crate::model::app::{
    AppDescription, AttributeKind, AttributeSource, Authority, Comparison, EntitlementKind,
    Leaving, Shape,
};

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::DOT;

/// The column at which values stand beside their titles.
const VALUES: usize = 18;

/// A kind of app, and what the files may choose of it.
#[derive(Clone, Debug)]
pub struct Connector {
    /// What it says of itself where the files choose nothing.
    pub description: Arc<AppDescription>,
    /// What `leaving` may say.
    pub leaving: Vec<Choice>,
    /// What `dialect` may say.
    pub dialects: Vec<Spoken>,
}

/// Something that the files may choose, and what the connector then says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The word in the files.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// What leaving then means.
    pub leaving: Effect,
}

/// A dialect that the files may choose, with what it asks of those who run it.
#[derive(Clone, Debug, Serialize)]
pub struct Spoken {
    #[serde(flatten)]
    choice: Choice,
    domains: Vec<Cow<'static, str>>,
    read_scopes: String,
    write_scopes: String,
}

impl Spoken {
    /// A dialect, and the description that it makes.
    pub fn new(name: &str, description: &AppDescription) -> Self {
        Self {
            choice: Choice::new(name, description),
            domains: description.domains.clone(),
            read_scopes: description.read_scopes.clone().into_owned(),
            write_scopes: description.write_scopes.clone().into_owned(),
        }
    }
}

/// What leaving means, as data.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    #[serde(rename = "effect")]
    words: String,
    reversible: bool,
    destroys_data: bool,
    unassigns: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<String>,
}

impl Choice {
    /// A choice, and the description that it makes.
    pub fn new(name: &str, description: &AppDescription) -> Self {
        Self {
            name: name.to_owned(),
            summary: description.summary.clone().into_owned(),
            leaving: Effect::of(&description.leaving),
        }
    }
}

impl Effect {
    fn of(leaving: &Leaving) -> Self {
        Self {
            words: leaving.effect.clone().into_owned(),
            reversible: leaving.reversible,
            destroys_data: leaving.destroys_data,
            unassigns: leaving.unassigns,
            tasks: leaving.tasks.iter().map(ToString::to_string).collect(),
        }
    }

    /// What it leaves to the app's owner (R2).
    fn tasks(&self, screen: &mut Screen) {
        for (index, task) in self.tasks.iter().enumerate() {
            let line = field(if index == 0 { "by hand" } else { "" });
            screen.line(line.sentence(Role::Text, task));
        }
    }

    /// The effect, and what of it a reader must not miss.
    fn line(&self) -> Line {
        let mut line = Line::default().sentence(Role::Text, &self.words);
        if self.destroys_data {
            line = line
                .own(Role::Quiet, DOT)
                .own(Role::Warning, "⚠ destroys data");
            line = line.own(Role::Quiet, ": needs allow_destructive = true");
        } else if !self.reversible {
            line = line
                .own(Role::Quiet, DOT)
                .own(Role::Warning, "⚠ not reversible");
        }
        if self.unassigns {
            line = line
                .own(Role::Quiet, DOT)
                .own(Role::Text, "closes what it provides, too");
        }
        line
    }
}

/// All kinds, a few lines each.
pub fn list(connectors: &[Connector], width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(
        Line::default()
            .own(Role::Heading, "Connectors")
            .own(Role::Quiet, DOT)
            .cell(Role::Quiet, count(connectors.len(), "kind").to_string()),
    );
    for connector in connectors {
        screen.blank();
        brief(connector, &mut screen);
    }
    screen
}

/// One kind, in full.
pub fn full(connector: &Connector, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    let known = &*connector.description;
    brief(connector, &mut screen);
    screen.line(field("plan needs").sentence(Role::Text, &known.read_scopes));
    screen.line(field("apply needs").sentence(Role::Text, &known.write_scopes));
    screen.line(trusted(&known.domains));
    let hr_id = if known.stores_hr_id {
        "stored in the account: the strongest link after our own"
    } else {
        "not stored: accounts are found by login and email"
    };
    screen.line(field("HR id").own(Role::Text, hr_id));
    if known.identity_provider {
        let says = "people sign in elsewhere with it: leavers' accounts close here first";
        screen.line(field("sign-in").own(Role::Text, says));
    }
    screen.section(Line::default().own(Role::Heading, "Attributes"));
    for attribute in &known.attributes {
        let needed = if attribute.required {
            "needed at creation"
        } else {
            ""
        };
        let line = Line::at(2).hang(VALUES).cell(Role::Strong, attribute.name);
        let line = line
            .to_column(VALUES)
            .own(Role::Text, source(attribute.source));
        screen.line(if needed.is_empty() {
            line
        } else {
            line.own(Role::Quiet, DOT).own(Role::Quiet, needed)
        });
    }
    if !connector.dialects.is_empty() {
        screen.section(Line::default().own(Role::Heading, "Dialects"));
    }
    for (index, dialect) in connector.dialects.iter().enumerate() {
        if index > 0 {
            screen.blank();
        }
        spoken(dialect, &mut screen);
    }
    screen
}

fn spoken(dialect: &Spoken, screen: &mut Screen) {
    let Choice {
        name,
        summary,
        leaving,
    } = &dialect.choice;
    let title = Line::at(2).hang(VALUES).cell(Role::Strong, name);
    screen.line(title.to_column(VALUES).sentence(Role::Text, summary));
    screen.line(field("leaving").then(leaving.line()));
    leaving.tasks(screen);
    screen.line(trusted(&dialect.domains));
    screen.line(field("plan needs").sentence(Role::Text, &dialect.read_scopes));
    screen.line(field("apply needs").sentence(Role::Text, &dialect.write_scopes));
}

/// Where a token may go without the trust file's saying so.
fn trusted(domains: &[Cow<'static, str>]) -> Line {
    let hosts = if domains.is_empty() {
        "none: your app's host must be in the trust file".to_owned()
    } else {
        format!("{}, and all below", domains.join(", "))
    };
    field("trusted hosts").sentence(Role::Text, hosts)
}

fn brief(connector: &Connector, screen: &mut Screen) {
    let known = &*connector.description;
    screen.line(
        Line::default()
            .cell(Role::Strong, known.kind)
            .own(Role::Quiet, DOT)
            .sentence(Role::Text, &known.summary)
            .hang(2),
    );
    for kind in &known.entitlements {
        screen.line(entitlement(kind));
    }
    for (index, set) in known.credentials.iter().enumerate() {
        let line = if index == 0 {
            field("credentials")
        } else {
            field("or")
        };
        screen.line(line.sentence(Role::Text, set.join(" and ")));
    }
    if connector.leaving.is_empty() {
        let effect = Effect::of(&known.leaving);
        screen.line(field("leaving").then(effect.line()));
        effect.tasks(screen);
    }
    for (index, choice) in connector.leaving.iter().enumerate() {
        let line = if index == 0 {
            field("leaving")
        } else {
            field("or")
        };
        let line = line
            .cell(Role::Strong, format!("\"{}\"", choice.name))
            .own(Role::Text, ": ");
        screen.line(line.then(choice.leaving.line()));
    }
    // Which way an account is closed makes no difference to what no way of closing does.
    if let Some(choice) = connector.leaving.first() {
        choice.leaving.tasks(screen);
    }
    if let Some(index) = known.assigns {
        let kind = &known.kind(index).name;
        let line = field("cascades")
            .own(Role::Text, "its ")
            .cell(Role::Text, kind);
        screen.line(line.own(
            Role::Text,
            " can make accounts in other apps (provisioned_by)",
        ));
    }
    if !connector.dialects.is_empty() {
        let names: Vec<&str> = connector
            .dialects
            .iter()
            .map(|one| &*one.choice.name)
            .collect();
        screen.line(field("dialects").sentence(Role::Text, names.join(", ")));
    }
}

fn field(title: &'static str) -> Line {
    Line::at(2)
        .hang(VALUES)
        .own(Role::Quiet, title)
        .to_column(VALUES)
}

fn entitlement(kind: &EntitlementKind) -> Line {
    let line = Line::at(2)
        .hang(VALUES)
        .cell(Role::Strong, &kind.name)
        .to_column(VALUES);
    let line = match &kind.shape {
        Shape::One => line.own(Role::Text, "one value"),
        Shape::Many => line.own(Role::Text, "list"),
        Shape::Keyed { levels, .. } if levels.is_empty() => line.own(Role::Text, "table of levels"),
        Shape::Keyed { levels, .. } => line
            .own(Role::Text, "table of levels: ")
            .sentence(Role::Text, levels.join(", ")),
    };
    line.own(Role::Quiet, DOT)
        .own(Role::Text, authority(kind.authority))
        .own(Role::Quiet, DOT)
        .sentence(Role::Quiet, &kind.summary)
}

/// Which values are ours, in words (R10).
const fn authority(authority: Authority) -> &'static str {
    match authority {
        Authority::Named => "named values are ours",
        Authority::All => "all values are ours",
        Authority::Granted => "values we gave are ours",
    }
}

const fn source(source: AttributeSource) -> &'static str {
    match source {
        AttributeSource::GivenName => "name.given",
        AttributeSource::FamilyName => "name.family",
        AttributeSource::DisplayName => "name.given and name.family",
        AttributeSource::Email => "email",
        AttributeSource::Title => "title",
        AttributeSource::Department => "department",
        AttributeSource::Employment => "employment",
        AttributeSource::CostCentre => "cost_centre",
        AttributeSource::Country => "country",
        AttributeSource::Locale => "locale",
        AttributeSource::Manager => "manager, once they have an account",
    }
}

/// A connector as data.
#[derive(Debug, Serialize)]
pub(super) struct ConnectorData<'a> {
    kind: &'static str,
    summary: &'a str,
    domains: &'a [Cow<'static, str>],
    entitlements: Vec<EntitlementData<'a>>,
    attributes: Vec<AttributeData>,
    stores_hr_id: bool,
    identity_provider: bool,
    cascades_by: Option<&'a str>,
    credentials: &'static [&'static [&'static str]],
    read_scopes: &'a str,
    write_scopes: &'a str,
    leaving: Effect,
    leaving_choices: &'a [Choice],
    dialects: &'a [Spoken],
}

#[derive(Debug, Serialize)]
struct EntitlementData<'a> {
    name: &'a str,
    summary: &'a str,
    shape: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_level: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    levels: &'a [Cow<'static, str>],
    authority: &'static str,
}

#[derive(Debug, Serialize)]
struct AttributeData {
    name: &'static str,
    source: &'static str,
    required: bool,
    folded: bool,
}

impl<'a> From<&'a Connector> for ConnectorData<'a> {
    fn from(connector: &'a Connector) -> Self {
        let known = &*connector.description;
        Self {
            kind: known.kind,
            summary: &known.summary,
            domains: &known.domains,
            entitlements: known
                .entitlements
                .iter()
                .map(EntitlementData::from)
                .collect(),
            attributes: known.attributes.iter().map(AttributeData::from).collect(),
            stores_hr_id: known.stores_hr_id,
            identity_provider: known.identity_provider,
            cascades_by: known.assigns.map(|index| &*known.kind(index).name),
            credentials: known.credentials,
            read_scopes: &known.read_scopes,
            write_scopes: &known.write_scopes,
            leaving: Effect::of(&known.leaving),
            leaving_choices: &connector.leaving,
            dialects: &connector.dialects,
        }
    }
}

impl<'a> From<&'a EntitlementKind> for EntitlementData<'a> {
    fn from(kind: &'a EntitlementKind) -> Self {
        let (shape, default_level, levels) = match &kind.shape {
            Shape::One => ("one", None, &[][..]),
            Shape::Many => ("many", None, &[][..]),
            Shape::Keyed {
                default_level,
                levels,
            } => ("keyed", Some(&**default_level), &levels[..]),
        };
        Self {
            name: &kind.name,
            summary: &kind.summary,
            shape,
            default_level,
            levels,
            authority: match kind.authority {
                Authority::Named => "named",
                Authority::All => "all",
                Authority::Granted => "granted",
            },
        }
    }
}

impl From<&AttributeKind> for AttributeData {
    fn from(kind: &AttributeKind) -> Self {
        Self {
            name: kind.name,
            source: source(kind.source),
            required: kind.required,
            folded: kind.compare == Comparison::Folded,
        }
    }
}
