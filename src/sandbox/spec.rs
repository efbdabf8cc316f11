//! `sandbox.toml`: what each simulated app starts with, its faults, and the story's clock.
//!
//! An app of kind `okta` may give other simulated apps to the members of its groups. Whoever
//! becomes a member of such a group, and is activated, has an account there after `cascade_delay`;
//! whoever leaves it or is deactivated (not suspended) has that account closed. A delay is real
//! time, not the story's; what is due when the process ends is done when the next one starts.
//!
//! ```toml
//! clock = 2026-03-07T09:22:00-08:00
//! record = true                   # note every exchange in .provisor/sandbox/NAME.exchanges.ndjson
//!
//! [apps.okta]
//! groups = ["Everyone", "app-salesforce", "Engineering", "from-ad"]  # `Everyone` is built in
//! imported_groups = ["from-ad"]   # of type APP_GROUP: nobody joins or leaves by the API
//! assigns = [{ group = "app-salesforce", app = "salesforce", label = "Salesforce" }]
//! rules = [{ name = "Engineers", group = "Engineering", expression = "user.title==\"Engineer\"" }]
//! cascade_delay = "200ms"         # or "never"
//! lifecycle_delay = "50ms"        # how long `transitioningToStatus` is shown
//!
//! [[apps.okta.users]]
//! user_name = "emma.johnson@meridianmanufacturing.com"
//! external_id = "1042"            # `employeeNumber`
//! given = "Emma"
//! family = "Johnson"
//! status = "suspended"            # active, staged, pending, suspended, deprovisioned, locked_out
//! manager = "dana@meridianmanufacturing.com"   # the login of another account of this app
//! admin = true
//! groups = ["app-salesforce"]
//!
//! [[apps.okta.users]]
//! user_name = "dana@meridianmanufacturing.com"
//!
//! [apps.okta.faults]
//! outage = 503                    # every call is refused
//! ```
//!
//! What it starts with is taken as it is described, and starts no cascade: an account that an
//! assignment should have made is described in its own app.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde::Deserialize;
use toml::Spanned;

use super::faults::{Faults, duration, parse_duration};
use super::invitations::InvitationSpec;
use crate::base::nearest::nearest;
use crate::base::{Diagnostic, FileId, Site, Span};

/// `sandbox.toml`, checked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The story's time: the default of `--as-of`, and the time of everything that the simulated
    /// apps do.
    #[serde(deserialize_with = "instant")]
    #[schemars(schema_with = "instants")]
    pub clock: Timestamp,
    /// Whether every exchange is noted, in `NAME.exchanges.ndjson` beside the apps' data.
    #[serde(default)]
    pub record: bool,
    /// `[apps.NAME]`; an app without an entry starts empty.
    #[serde(default)]
    pub apps: BTreeMap<String, AppSpec>,
}

/// `[apps.NAME]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppSpec {
    /// The names of its groups.
    #[schemars(with = "Vec<String>")]
    pub groups: Vec<Spanned<String>>,
    /// Okta: which of those groups another directory filled, so that nobody joins them here.
    #[schemars(with = "Vec<String>")]
    pub imported_groups: Vec<Spanned<String>>,
    /// Okta: the rules that put people into groups. They are told of, not obeyed: who is a member
    /// is what `users` says.
    pub rules: Vec<RuleSpec>,
    /// Okta: what its groups give.
    pub assigns: Vec<AssignSpec>,
    /// Okta: how long after an assignment the account appears or closes; at the next start at the
    /// latest.
    pub cascade_delay: CascadeDelay,
    /// Okta: how long activating or deactivating takes. Without one it is shown as going on in the
    /// answer to the write, and done at the next call.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "String")]
    pub lifecycle_delay: Duration,
    /// Its accounts.
    pub users: Vec<UserSpec>,
    /// Okta: the login of the account whose token opens it; nobody's by default.
    #[schemars(with = "Option<String>")]
    pub own: Option<Spanned<String>>,
    /// How people answer invitations.
    pub invitations: Option<InvitationSpec>,
    /// What goes wrong in it.
    pub faults: Faults,
}

/// `assigns = [{ group = "app-salesforce", app = "salesforce", label = "Salesforce" }]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignSpec {
    /// One of the app's groups; its members are given the app.
    #[schemars(with = "String")]
    pub group: Spanned<String>,
    /// The configured app in which accounts are made and closed.
    #[schemars(with = "String")]
    pub app: Spanned<String>,
    /// What people call it; the app's name by default.
    pub label: Option<String>,
}

/// `rules = [{ name = "Engineers", group = "Engineering", expression = ".." }]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Its name.
    pub name: String,
    /// The group it fills, one of the app's.
    #[schemars(with = "String")]
    pub group: Spanned<String>,
    /// Whom it puts there, in Okta's expression language.
    pub expression: String,
}

/// `cascade_delay = "200ms"`, or `"never"`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub enum CascadeDelay {
    /// After this time.
    After(Duration),
    /// Not at all.
    Never,
}

impl Default for CascadeDelay {
    fn default() -> Self {
        Self::After(Duration::ZERO)
    }
}

impl TryFrom<String> for CascadeDelay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "never" {
            return Ok(Self::Never);
        }
        parse_duration(&text).map(Self::After)
    }
}

/// `status`, for apps whose accounts are more than open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusSpec {
    /// Open.
    Active,
    /// Made, and never activated.
    Staged,
    /// Activated; the person has not signed in yet.
    Pending,
    /// Closed for a while.
    Suspended,
    /// Closed.
    Deprovisioned,
    /// Locked after too many attempts to sign in.
    LockedOut,
}

/// `[[apps.NAME.users]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserSpec {
    /// The login; no two of an app are equal, whatever their case.
    #[schemars(with = "String")]
    pub user_name: Spanned<String>,
    /// The HR id that the app stores, if it does.
    pub external_id: Option<String>,
    /// Given name.
    pub given: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// The name on display; given and family name by default.
    pub display: Option<String>,
    /// The email for work.
    pub email: Option<String>,
    /// The job's title.
    pub title: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The login of the manager's account.
    #[schemars(with = "Option<String>")]
    pub manager: Option<Spanned<String>>,
    /// Whether the account is open.
    #[serde(default = "open")]
    pub active: bool,
    /// What the account is instead, in Okta; `active` says it everywhere else.
    #[schemars(with = "Option<StatusSpec>")]
    pub status: Option<Spanned<StatusSpec>>,
    /// When the person of a pending account was invited; by default when the app first starts.
    #[serde(default)]
    #[schemars(schema_with = "instants")]
    pub invited: Option<Instant>,
    /// Whether it administers the app, in Okta.
    #[serde(default)]
    pub admin: bool,
    /// The groups it is a member of; each is one of the app's.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub groups: Vec<Spanned<String>>,
}

impl UserSpec {
    /// Whether the account is open, in an app that knows no more than that.
    pub fn is_open(&self) -> bool {
        match self.status.as_ref().map(Spanned::get_ref) {
            None => self.active,
            Some(status) => matches!(status, StatusSpec::Active | StatusSpec::Pending),
        }
    }
}

/// The JSON Schema of `sandbox.toml` under a title, in the dialect of [`crate::base::schema`], with
/// a line break at its end.
pub fn schema(title: &str) -> String {
    let settings = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(RecursiveTransform(without_rust));
    let mut schema = settings.into_generator().into_root_schema_for::<Spec>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    text.push('\n');
    text
}

/// Takes away what means nothing to whoever writes TOML: null, defaults as Rust has them, and the
/// widths of integers.
fn without_rust(schema: &mut schemars::Schema) {
    schema.remove("default");
    if schema.get("type").is_some_and(|kind| kind == "integer") || schema.get("minimum").is_some() {
        schema.remove("format");
        schema.remove("maximum");
    }
    let Some(serde_json::Value::Array(kinds)) = schema.get_mut("type") else {
        return;
    };
    kinds.retain(|kind| kind != "null");
    if let [kind] = &kinds[..] {
        let kind = kind.clone();
        schema.insert("type".to_owned(), kind);
    }
}

/// An instant as TOML writes it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Instant(#[serde(deserialize_with = "instant")] Timestamp);

impl Instant {
    /// The moment.
    pub fn moment(self) -> Timestamp {
        self.0
    }
}

/// An instant as TOML writes it, which reaches a schema as a string.
fn instants(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "format": "date-time" })
}

fn open() -> bool {
    true
}

impl Spec {
    /// Reads the text of `sandbox.toml`; `file` is what the diagnostic's places refer to.
    pub fn parse(text: &str, file: FileId) -> Result<Self, Box<Diagnostic>> {
        let spec: Self = toml::from_str(text).map_err(|error| {
            let problem = Diagnostic::error("sandbox-file", error.message());
            Box::new(problem.at(site(file, error.span().unwrap_or_default()), ""))
        })?;
        for app in spec.apps.values() {
            app.check(file).map_err(Box::new)?;
        }
        Ok(spec)
    }
}

impl AppSpec {
    fn check(&self, file: FileId) -> Result<(), Diagnostic> {
        let mut groups = BTreeSet::new();
        for group in &self.groups {
            if !groups.insert(group.get_ref().as_str()) {
                return Err(
                    Diagnostic::error("duplicate-group", "a group is listed twice")
                        .at(site(file, group.span()), "the second time"),
                );
            }
        }
        let mut logins = BTreeSet::new();
        for user in &self.users {
            if !logins.insert(user.user_name.get_ref().to_lowercase()) {
                let problem = Diagnostic::error("duplicate-login", "two accounts have one login");
                return Err(problem.at(site(file, user.user_name.span()), "the second one"));
            }
        }
        for manager in self.users.iter().filter_map(|user| user.manager.as_ref()) {
            if !logins.contains(&manager.get_ref().to_lowercase()) {
                let problem = Diagnostic::error("unknown-manager", "no account has this login");
                return Err(problem.at(site(file, manager.span()), "not one of the app's `users`"));
            }
        }
        if let Some(own) = &self.own
            && !logins.contains(&own.get_ref().to_lowercase())
        {
            let problem = Diagnostic::error("unknown-owner", "no account has this login");
            return Err(problem.at(site(file, own.span()), "not one of the app's `users`"));
        }
        let named = self.users.iter().flat_map(|user| &user.groups);
        let named = named.chain(self.assigns.iter().map(|assign| &assign.group));
        let named = named.chain(self.rules.iter().map(|rule| &rule.group));
        for group in named.chain(&self.imported_groups) {
            let name = group.get_ref().as_str();
            if groups.contains(name) {
                continue;
            }
            let problem = Diagnostic::error("unknown-group", "the app has no such group")
                .at(site(file, group.span()), "not in the app's `groups`");
            return Err(match nearest(name, groups.iter().copied(), 1)[..] {
                [near] => problem.hint(format!("did you mean `{near}`?")),
                _ => problem,
            });
        }
        Ok(())
    }
}

fn site(file: FileId, range: Range<usize>) -> Site {
    let byte = |index| u32::try_from(index).unwrap_or(u32::MAX);
    let (start, end) = (byte(range.start), byte(range.end));
    Site {
        file,
        span: Span { start, end },
    }
}

fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written.to_string().parse().map_err(|_| {
        serde::de::Error::custom(
            "the clock is an instant: date, time and offset, as in 2026-03-07T09:22:00-08:00",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;

    /// The file and line of a problem, and its message.
    fn problem(text: &str) -> String {
        let mut sources = Sources::default();
        let file = sources.add("sandbox.toml".into(), text.to_owned());
        let problem = Spec::parse(text, file).expect_err("the text is wrong");
        let location = sources.locate(problem.labels[0].site);
        let hint = problem.hint.unwrap_or_default();
        format!("{location}: {} {hint}", problem.message)
    }

    #[test]
    fn the_shipped_example_reads() {
        let text = include_str!("../../examples/minimal/sandbox.toml");
        let spec = Spec::parse(text, FileId(0)).unwrap();
        assert_eq!(spec.clock.to_string(), "2026-03-07T17:22:00Z");
        assert_eq!(spec.apps["directory"].users.len(), 3);
    }

    #[test]
    fn the_documented_example_reads() {
        let lines = include_str!("spec.rs").lines();
        let example = lines.skip_while(|line| *line != "//! ```toml").skip(1);
        let example = example.take_while(|line| *line != "//! ```");
        let example: Vec<&str> = example
            .map(|line| line.trim_start_matches("//! ").trim_start_matches("//!"))
            .collect();
        let spec = Spec::parse(&example.join("\n"), FileId(0)).unwrap();
        let okta = &spec.apps["okta"];
        let delay = CascadeDelay::After(Duration::from_millis(200));
        assert_eq!((okta.cascade_delay, okta.users.len()), (delay, 2));
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        const CLOCK: &str = "clock = 2026-03-07T09:22:00-08:00\n";
        let unknown = problem(&format!("{CLOCK}[apps.a]\ngroup = [\"x\"]\n"));
        assert!(
            unknown.starts_with("sandbox.toml:3: unknown field `group`"),
            "{unknown}"
        );
        let local = problem("clock = 2026-03-07T09:22:00\n");
        assert!(
            local.starts_with("sandbox.toml:1: the clock is an instant"),
            "{local}"
        );
        let group = problem(&format!(
            "{CLOCK}[apps.a]\ngroups = [\"Sales\"]\nusers = [\n{{ user_name = \"x\", groups = [\"Sale\"] }}]\n"
        ));
        assert!(
            group.starts_with("sandbox.toml:5: the app has no such group"),
            "{group}"
        );
        assert!(group.ends_with("did you mean `Sales`?"), "{group}");
        let twice = problem(&format!(
            "{CLOCK}[[apps.a.users]]\nuser_name = \"x\"\n[[apps.a.users]]\nuser_name = \"X\"\n"
        ));
        assert!(
            twice.starts_with("sandbox.toml:5: two accounts have one login"),
            "{twice}"
        );
        let status = problem(&format!(
            "{CLOCK}[apps.a.faults]\nfail_call = {{ nth = 1, status = 418 }}\n"
        ));
        assert!(status.starts_with("sandbox.toml:3: status 418"), "{status}");
        let latency = problem(&format!("{CLOCK}[apps.a.faults]\nlatency = \"soon\"\n"));
        assert!(
            latency.starts_with("sandbox.toml:3: not a duration"),
            "{latency}"
        );
    }
}
