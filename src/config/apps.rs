//! `[apps.X]` of `provisor.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use petgraph::graphmap::DiGraphMap;

use crate::apps::{Dialect, Options, Settings, describe};
use crate::base::document::{Key, did_you_mean, not_built_yet};
use crate::base::{Diagnostic, Foreign, Site, Table};
use crate::model::app::{AppDescription, Authority};
use crate::model::guard::Limits;
use crate::model::mode::Mode;
use crate::model::name::AppName;
use crate::model::person::fold_email;

use super::address::url;
use super::app_fields::{APP, AUTHORITY, DRIFTS, MODE, SURPLUS, UNMANAGED};
use super::credentials::refuse_secrets;
use super::cycle::{cycles, named};
use super::dialects::Dialects;
use super::guards::{APP_GUARDS, limits};
use super::name::{Alphabet, checked, invalid};
use super::settings::{lead, parse_lead, word};
use super::trust::Trusted;
use super::{AppConfig, Drift, Lead, Surplus, Unmanaged, cascade, credentials};

/// Connectors that are designed and not built.
const PLANNED_KINDS: [&str; 23] = [
    "adobe",
    "box",
    "confluence",
    "dropbox",
    "entra",
    "figma",
    "github",
    "gitlab",
    "google_analytics",
    "google_workspace",
    "hubspot",
    "jira",
    "jumpcloud",
    "linear",
    "microsoft365",
    "notion",
    "rest",
    "salesforce",
    "servicenow",
    "slack",
    "zendesk",
    "zoom",
    "zoho",
];

/// Every app that is named, with its description if its kind is known.
pub(super) type Catalogue = BTreeMap<AppName, Option<Arc<AppDescription>>>;

/// The descriptions that are known.
pub(super) fn descriptions(catalogue: &Catalogue) -> BTreeMap<&AppName, &AppDescription> {
    let known = catalogue.iter();
    known
        .filter_map(|(app, description)| Some((app, description.as_deref()?)))
        .collect()
}

/// What apps are read with.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub folder: &'a Path,
    pub trusted: &'a Trusted,
}

/// All of `[apps]`: the names, and the apps that are sound.
pub(super) fn apps(
    root: &Table<'_>,
    ground: &Ground<'_>,
    guards: &Limits,
    problems: &mut Vec<Diagnostic>,
) -> (Catalogue, BTreeMap<AppName, AppConfig>) {
    let dialects = Dialects::read(root, problems);
    let drift = drift(root, problems).unwrap_or(Drift::Report);
    let mut catalogue = Catalogue::new();
    let mut apps = BTreeMap::new();
    let mut after = BTreeMap::new();
    let mut sources = BTreeMap::new();
    for (key, value) in root
        .require("apps", problems)
        .map(|value| value.entries(problems))
        .unwrap_or_default()
    {
        let Some(name) = checked(key.name, Alphabet::AppName, key.site, problems) else {
            continue;
        };
        let name = AppName::from(name);
        refuse_secrets(&value, problems);
        let Some(table) = value.table(&APP, problems) else {
            catalogue.insert(name, None);
            continue;
        };
        let kind = connector(&table, &dialects, problems);
        let description = kind.as_ref().map(|(description, _)| description.clone());
        catalogue.insert(name.clone(), description);
        after.insert(name.clone(), table.get("after"));
        let lead = table.get("provision_before_start");
        sources.insert(name.clone(), (table.get("provisioned_by"), lead));
        let app = app(
            (&name, key),
            &table,
            kind,
            (guards, drift),
            ground,
            problems,
        );
        if let Some(app) = app {
            apps.insert(name, app);
        }
    }
    let mut order: DiGraphMap<&str, Site> = DiGraphMap::new();
    for (name, value) in &after {
        let names = value.map(|value| value.texts(problems));
        for (before, site) in names.unwrap_or_default() {
            let Some((before, _)) = catalogue.get_key_value(before) else {
                problems.push(unknown_app(before, site, &catalogue));
                continue;
            };
            order.add_edge(name.as_str(), before.as_str(), site);
            if let Some(app) = apps.get_mut(name) {
                app.after.push(before.clone());
            }
        }
    }
    for (name, (value, lead)) in &sources {
        let Some(value) = value else { continue };
        if let Some(lead) = lead {
            problems.push(cascade::lead_of_the_source(lead));
        }
        let Some(by) = cascade::provisioned_by(name, value, &catalogue, problems) else {
            continue;
        };
        let (source, _) = catalogue.get_key_value(&by.app).expect("it was looked up");
        order.add_edge(name.as_str(), source.as_str(), value.site());
        if let Some(app) = apps.get_mut(name) {
            app.provisioned_by = Some(by);
        }
    }
    for app in apps.values_mut() {
        app.after.sort_unstable();
        app.after.dedup();
    }
    circles(&order, problems);
    (catalogue, apps)
}

/// What the connector of an app says of itself, with what the files choose of it.
fn connector(
    table: &Table<'_>,
    dialects: &Dialects,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Arc<AppDescription>, Options)> {
    let value = table.require("kind", problems)?;
    let kind = value.text(problems)?;
    let mut options = Options::default();
    let Some(plain) = describe(kind, &options) else {
        problems.push(if PLANNED_KINDS.contains(&kind) {
            not_built_yet(&format!("the connector `{kind}`")).at(value.site(), "")
        } else {
            let built = crate::apps::kinds();
            let known = PLANNED_KINDS.into_iter().chain(built.iter().copied());
            let all = || format!("known: `{}`", built.join("`, `"));
            Diagnostic::error("unknown-kind", format!("there is no connector `{kind}`"))
                .at(value.site(), "")
                .hint(did_you_mean(kind, known).unwrap_or_else(all))
        });
        return None;
    };
    options.leaving = leaving(table, &plain, problems);
    options.invitation_lifetime = invitation_lifetime(table, &plain, problems);
    options.dialect = dialect(table, kind, dialects, problems);
    Some((describe(kind, &options)?, options))
}

/// `leaving`: one of what the connector can do.
fn leaving(
    table: &Table<'_>,
    description: &AppDescription,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    let value = table.get("leaving")?;
    let choices = description.leaving_choices;
    if choices.is_empty() {
        let only = &description.leaving.effect;
        problems.push(invalid(
            value.key,
            format!("`{}` leaves nothing to choose here", description.kind),
            &format!("leaving is always: {only}"),
        ));
        return None;
    }
    let words: Vec<_> = choices.iter().map(|choice| (*choice, *choice)).collect();
    word(&value, &words, problems).map(str::to_owned)
}

/// `invitation_lifetime`: where the connector says one, an organisation may have chosen another.
fn invitation_lifetime(
    table: &Table<'_>,
    description: &AppDescription,
    problems: &mut Vec<Diagnostic>,
) -> Option<u16> {
    let value = table.get("invitation_lifetime")?;
    let has_one = description
        .invitation
        .and_then(|invitation| invitation.lifetime);
    if has_one.is_none() {
        problems.push(invalid(
            value.key,
            format!("`{}` leaves nothing to choose here", description.kind),
            "a dialect of SCIM says it in its `invitation`; other connectors invite nobody",
        ));
        return None;
    }
    let text = value.text(problems)?;
    match parse_lead(text) {
        Some(Lead::Days(days)) if days > 0 => Some(days),
        _ => {
            let hint = "write it as \"14 days\"";
            problems.push(invalid(value.site(), "not a number of days", hint));
            None
        }
    }
}

/// `dialect`: one that ships, or one of `[dialects]`.
fn dialect(
    table: &Table<'_>,
    kind: &str,
    dialects: &Dialects,
    problems: &mut Vec<Diagnostic>,
) -> Option<Arc<Dialect>> {
    let value = table.get("dialect")?;
    if kind != "scim" {
        problems.push(invalid(
            value.key,
            format!("`{kind}` has no dialects"),
            "`dialect` is for kind = \"scim\"",
        ));
        return None;
    }
    dialects.named(&value, problems)
}

fn app(
    (name, key): (&AppName, Key<'_>),
    table: &Table<'_>,
    connector: Option<(Arc<AppDescription>, Options)>,
    (guards, otherwise): (&Limits, Drift),
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<AppConfig> {
    let before = problems.len();
    let (description, options) = connector.unzip();
    let domains = description.as_ref().map_or(&[][..], |known| &known.domains);
    let url = table
        .require("url", problems)
        .and_then(|value| url(&value, domains, ground.trusted, problems));
    let mode = mode(table, problems);
    let own = table.get("guards");
    let guards = limits(own.as_ref(), &APP_GUARDS, guards.clone(), problems);
    let credentials = credentials::credentials(table, description.as_deref(), ground, problems);
    if let (Some(known), Some(url)) = (&description, &url) {
        credentials::complete(table, known, url, problems);
    }
    let owner = table.text("owner", problems).map(Foreign::from);
    let provision_before_start = table
        .get("provision_before_start")
        .and_then(|value| lead(&value, problems));
    let unmanaged = table
        .get("unmanaged")
        .and_then(|value| word(&value, &UNMANAGED, problems));
    let surplus = table
        .get("surplus")
        .and_then(|value| word(&value, &SURPLUS, problems));
    let drift = drift(table, problems);
    let mut protected: Vec<String> = table
        .get("protected")
        .map(|list| list.texts(problems))
        .into_iter()
        .flatten()
        .map(|(login, _)| fold_email(login))
        .collect();
    protected.sort_unstable();
    protected.dedup();
    let login = login(table, problems);
    let authority = authority(table, description.as_deref(), problems);
    let attributes = super::attributes::attributes(table, description.as_deref(), problems);
    let [privileged, administrators] = ["privileged", "administrators"]
        .map(|field| super::privileged::privileged(field, table, description.as_deref(), problems));
    let seats = super::seats::seats(table, description.as_deref(), problems);
    let allow_destructive = table
        .get("allow_destructive")
        .and_then(|value| value.boolean(problems));
    if problems.len() > before {
        return None;
    }
    Some(AppConfig {
        settings: Settings {
            app: name.clone(),
            kind: description.as_ref()?.kind.to_owned(),
            url: url?,
            credentials,
            options: options?,
        },
        description: description?,
        mode: mode?,
        guards,
        owner,
        after: Vec::new(),
        provisioned_by: None,
        allow_destructive: allow_destructive.unwrap_or(false),
        provision_before_start,
        unmanaged: unmanaged.unwrap_or(Unmanaged::Report),
        surplus: surplus.unwrap_or(Surplus::Report),
        drift: drift.unwrap_or(otherwise),
        protected,
        authority,
        attributes,
        privileged,
        administrators,
        seats,
        login,
        site: key.site,
    })
}

/// What becomes of drift, where a table says so.
fn drift(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Option<Drift> {
    word(&table.get("drift")?, &DRIFTS, problems)
}

fn mode(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Option<Mode> {
    const HINT: &str = "write mode = \"enforce\": what provisor may change is always written down";
    let Some(value) = table.get("mode") else {
        problems.push(
            Diagnostic::error("missing-field", "`mode` is missing")
                .at(table.site, "needs `mode`")
                .hint(HINT),
        );
        return None;
    };
    word(&value, &MODE, problems)
}

fn login(table: &Table<'_>, problems: &mut Vec<Diagnostic>) -> String {
    const DEFAULT: &str = "{email}";
    let Some((value, text)) = table
        .get("login")
        .and_then(|value| Some((value, value.text(problems)?)))
    else {
        return DEFAULT.to_owned();
    };
    let rest = ["{email}", "{email_local}", "{id}"]
        .iter()
        .fold(text.to_owned(), |rest, place| rest.replace(place, ""));
    if rest == text
        || rest.contains(['{', '}'])
        || rest
            .chars()
            .any(|c| c.is_whitespace() || crate::base::foreign::is_hostile(c))
    {
        problems.push(invalid(
            value.site(),
            "not a template of logins",
            "it holds `{email}`, `{email_local}` or `{id}`, as in \"{email}.acme\"",
        ));
        return DEFAULT.to_owned();
    }
    text.to_owned()
}

fn authority(
    table: &Table<'_>,
    description: Option<&AppDescription>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Authority> {
    let Some(description) = description else {
        return Vec::new();
    };
    let mut authority: Vec<_> = description
        .entitlements
        .iter()
        .map(|kind| kind.authority)
        .collect();
    for (key, value) in table
        .get("authority")
        .map(|value| value.entries(problems))
        .unwrap_or_default()
    {
        let Some((index, _)) = description.entitlement(key.name) else {
            problems.push(unknown_entitlement(key.name, key.site, description));
            continue;
        };
        if let Some(chosen) = word(&value, &AUTHORITY, problems) {
            authority[usize::from(index.0)] = chosen;
        }
    }
    authority
}

/// The report of an entitlement kind that an app does not have.
pub(super) fn unknown_entitlement(
    name: &str,
    site: Site,
    description: &AppDescription,
) -> Diagnostic {
    let known = || description.entitlements.iter().map(|kind| &*kind.name);
    Diagnostic::error(
        "unknown-entitlement",
        format!("`{}` has no entitlement kind `{name}`", description.kind),
    )
    .at(site, "")
    .hint(if known().next().is_none() {
        "it knows accounts and nothing that they hold: take the name out".to_owned()
    } else {
        did_you_mean(name, known())
            .unwrap_or_else(|| format!("known here: {}", known().collect::<Vec<_>>().join(", ")))
    })
}

/// Reports apps that come after each other in a circle.
fn circles(order: &DiGraphMap<&str, Site>, problems: &mut Vec<Diagnostic>) {
    for cycle in cycles(order) {
        let mut problem = Diagnostic::error(
            "app-cycle",
            format!("apps come after each other in a circle: {}", named(&cycle)),
        );
        for (app, before) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            let says = format!("`{app}` comes after `{before}`");
            problem = problem.at(order[(*app, *before)], says);
        }
        problems.push(problem.hint("take one of these `after` away"));
    }
}

/// The report of an app that `provisor.toml` does not have.
pub(super) fn unknown_app(name: &str, site: Site, catalogue: &Catalogue) -> Diagnostic {
    let known = || catalogue.keys().map(AppName::as_str);
    Diagnostic::error("unknown-app", format!("unknown app `{name}`"))
        .at(site, "")
        .hint(did_you_mean(name, known()).unwrap_or_else(|| {
            format!(
                "provisor.toml has: {}",
                known().collect::<Vec<_>>().join(", ")
            )
        }))
}
