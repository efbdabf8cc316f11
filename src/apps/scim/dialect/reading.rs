//! Reading a dialect: the same for those that ship and those in `provisor.toml`.

use std::borrow::Cow;

use crate::base::document::did_you_mean;
use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, Site, Table, Value};
use crate::model::app::Leaving;

use super::choice::{
    ADDS, CHANGES, CLOSINGS, LOGINS, MANAGERS, MEDIA_TYPES, MEMBERSHIPS, REMOVES, TURNS, Words,
};
use super::fields::{INVITATION, LEAVING};
use super::{Attribute, Closing, Dialect, Invites, attribute, shipped};
use crate::apps::scim::schema::Path;

/// Who wrote a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// It ships.
    Us,
    /// It is in the reviewed files: it may say how an app speaks, never where a token may go.
    User,
}

/// Reads a dialect; none if it is built on one that there is not.
pub fn read(
    name: &str,
    table: &Table<'_>,
    author: Author,
    problems: &mut Vec<Diagnostic>,
) -> Option<Dialect> {
    let mut dialect = match table.get("based_on") {
        Some(value) => base(&value, problems)?,
        None => Dialect::generic(),
    };
    name.clone_into(&mut dialect.name);
    if author == Author::Us {
        name.clone_into(&mut dialect.vendor);
    }
    let mut reader = Reader { table, problems };
    reader.domains(author, &mut dialect);
    for (key, slot) in [
        ("summary", &mut dialect.summary),
        ("read_scopes", &mut dialect.read_scopes),
        ("write_scopes", &mut dialect.write_scopes),
    ] {
        reader.line(key, slot);
    }
    for (key, slot) in [
        ("discovery", &mut dialect.discovery),
        ("filters", &mut dialect.filters),
        ("stores_hr_id", &mut dialect.stores_hr_id),
        ("reactivates", &mut dialect.reactivates),
        ("shows_late", &mut dialect.shows_late),
        ("value_paths", &mut dialect.value_paths),
        ("groups", &mut dialect.groups),
    ] {
        reader.flag(key, slot);
    }
    reader.count("page_size", 10_000, &mut dialect.page_size);
    reader.count("members_at_once", 15_000, &mut dialect.members_at_once);
    if let Some((word, ())) = reader.pair("media_type", MEDIA_TYPES) {
        dialect.media_type = word;
    }
    reader.word("login", LOGINS, &mut dialect.login);
    reader.word("memberships", MEMBERSHIPS, &mut dialect.memberships);
    reader.word("add", ADDS, &mut dialect.add);
    reader.word("one_at_a_time", TURNS, &mut dialect.turns);
    reader.words("change", CHANGES, &mut dialect.change);
    reader.words("remove", REMOVES, &mut dialect.remove);
    reader.email_filter(&mut dialect.email_filter);
    reader.attributes(&mut dialect.attributes);
    if let Some(value) = table.get("invitation") {
        dialect.invitation = invites(&value, reader.problems);
    }
    let base = (author == Author::User).then(|| dialect.leaving.clone());
    reader.closing(&mut dialect);
    if let Some(base) = base {
        reader.milder(&base, &dialect.leaving);
    }
    Some(dialect)
}

/// The dialect that another is built on.
fn base(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<Dialect> {
    let name = value.text(problems)?;
    let base = shipped(name);
    if base.is_none() {
        problems.push(unknown(name, value.site(), shipped::names()));
    }
    base.map(|base| (*base).clone())
}

/// The report of a dialect that there is not.
pub fn unknown<'a>(
    name: &str,
    site: Site,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    Diagnostic::error("unknown-dialect", format!("there is no dialect `{name}`"))
        .at(site, "")
        .hint(
            did_you_mean(name, known.clone())
                .unwrap_or_else(|| format!("known: {}", known.collect::<Vec<_>>().join(", "))),
        )
}

fn invalid(site: Site, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::error("invalid-value", message)
        .at(site, "")
        .hint(hint)
}

/// Reads keys into places that already hold what is so without them.
struct Reader<'a, 'p> {
    table: &'a Table<'a>,
    problems: &'p mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn flag(&mut self, key: &str, slot: &mut bool) {
        let value = self.table.get(key);
        if let Some(flag) = value.and_then(|value| value.boolean(self.problems)) {
            *slot = flag;
        }
    }

    fn count(&mut self, key: &str, most: usize, slot: &mut usize) {
        let Some(value) = self.table.get(key) else {
            return;
        };
        let Some(number) = value.integer(self.problems) else {
            return;
        };
        match usize::try_from(number) {
            Ok(count) if (1..=most).contains(&count) => *slot = count,
            _ => self.problems.push(invalid(
                value.site(),
                format!("`{key}` cannot be this"),
                format!("a whole number from 1 to {most}"),
            )),
        }
    }

    /// A text for people.
    fn line(&mut self, key: &str, slot: &mut String) {
        let Some(value) = self.table.get(key) else {
            return;
        };
        if let Some(text) = visible(&value, self.problems) {
            text.clone_into(slot);
        }
    }

    fn word<T: Copy>(&mut self, key: &str, words: Words<T>, slot: &mut T) {
        if let Some((_, meaning)) = self.pair(key, words) {
            *slot = meaning;
        }
    }

    fn pair<T: Copy>(&mut self, key: &str, words: Words<T>) -> Option<(&'static str, T)> {
        let value = self.table.get(key)?;
        let word = value.text(self.problems)?;
        one_of(word, value.site(), words, self.problems)
    }

    /// Forms, in the order in which they are tried; at least one, none twice.
    fn words<T: Copy + PartialEq>(&mut self, key: &str, words: Words<T>, slot: &mut Vec<T>) {
        let Some(value) = self.table.get(key) else {
            return;
        };
        let before = self.problems.len();
        let mut forms = Vec::new();
        for (word, site) in value.texts(self.problems) {
            let Some((_, form)) = one_of(word, site, words, self.problems) else {
                continue;
            };
            if forms.contains(&form) {
                let hint = "each form is tried once";
                self.problems.push(invalid(site, "named twice", hint));
            }
            forms.push(form);
        }
        if forms.is_empty() && self.problems.len() == before {
            let hint = format!("name at least one of {}", listed(words));
            self.problems.push(invalid(value.site(), "no form", hint));
        }
        *slot = forms;
    }

    fn domains(&mut self, author: Author, dialect: &mut Dialect) {
        let Some(value) = self.table.get("domains") else {
            return;
        };
        if author == Author::User {
            self.problems.push(
                Diagnostic::error(
                    "dialect-domains",
                    "a dialect in these files cannot say where a token may be sent",
                )
                .at(value.key, "")
                .hint(
                    "remove it, and add the host to the file that PROVISOR_TRUST names, outside \
                     of the reviewed tree",
                ),
            );
            return;
        }
        let domains = value.texts(self.problems).into_iter();
        dialect.domains = domains.map(|(domain, _)| domain.to_owned()).collect();
    }

    /// `email_filter`: an attribute, or false where there is none.
    fn email_filter(&mut self, slot: &mut Option<String>) {
        let Some(value) = self.table.get("email_filter") else {
            return;
        };
        if value.as_boolean() == Some(false) {
            *slot = None;
            return;
        }
        let Some(text) = value.text(self.problems) else {
            return;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        if text.is_empty() || !text.chars().all(plain) {
            let hint = "name an attribute, as in \"emails.value\", or write false";
            let problem = invalid(value.site(), "not an attribute to filter by", hint);
            self.problems.push(problem);
            return;
        }
        *slot = Some(text.to_owned());
    }

    /// `attributes`: all that the app takes, by our names.
    fn attributes(&mut self, slot: &mut Vec<Attribute>) {
        if let Some(value) = self.table.get("attributes") {
            let entries = value.entries(self.problems);
            let mut found: Vec<Attribute> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let Some(attribute) = attribute_at(key.name, key.site, &value, self.problems)
                else {
                    continue;
                };
                if let Some(other) = found.iter().find(|other| other.path.meets(&attribute.path)) {
                    let message = format!(
                        "`{}` and `{}` are kept at one path",
                        other.name, attribute.name
                    );
                    let hint = "give each a path of its own: they would overwrite each other";
                    self.problems.push(invalid(value.site(), message, hint));
                }
                found.push(attribute);
            }
            let place =
                |attribute: &Attribute| attribute::names().position(|name| name == attribute.name);
            found.sort_by_key(place);
            *slot = found;
        }
        if let Some((_, by_id)) = self.pair("manager_is", MANAGERS) {
            let managers = slot.iter_mut().filter(|attribute| attribute.comes_later());
            managers.for_each(|manager| manager.names_an_account = by_id);
        }
    }

    /// `closing` and `leaving`: who closes by deleting says what that means.
    fn closing(&mut self, dialect: &mut Dialect) {
        let mut forms = Vec::new();
        self.words("closing", CLOSINGS, &mut forms);
        let leaving = self.table.get("leaving");
        if !forms.is_empty() {
            let changes: Vec<_> = forms.iter().copied().flatten().collect();
            let value = self.table.get("closing").expect("its forms were read");
            dialect.closing = if changes.is_empty() {
                Closing::Delete
            } else {
                Closing::Inactive(changes)
            };
            if dialect.closing == Closing::Delete && leaving.is_none() {
                self.problems.push(
                    Diagnostic::error("missing-field", "`leaving` is missing")
                        .at(value.site(), "deletes the account")
                        .hint("say in `leaving` what becomes of a leaver's account and data"),
                );
            } else if forms.contains(&None) && forms.len() > 1 {
                let hint = "close with `active`, or delete: never one after the other";
                let problem = invalid(value.site(), "\"delete\" stands alone", hint);
                self.problems.push(problem);
            }
        }
        let tasks = || dialect.leaving.tasks.clone();
        if let Some(leaving) = leaving.and_then(|value| leaving_of(&value, tasks, self.problems)) {
            dialect.leaving = leaving;
        }
    }

    /// Refuses words that make light of what a leaver loses: they would take R2's guard away.
    fn milder(&mut self, base: &Leaving, said: &Leaving) {
        let lighter = !said.destroys_data || (said.reversible && !base.reversible);
        if let Some(leaving) = self.table.get("leaving")
            && base.destroys_data
            && lighter
        {
            self.problems.push(invalid(
                leaving.site(),
                "the dialect that this is built on destroys data when somebody leaves",
                "keep `destroys_data = true` and `reversible = false`; an app that keeps what \
                 leavers have is based on \"generic\"",
            ));
        }
    }
}

fn attribute_at(
    name: &str,
    site: Site,
    value: &Value<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Attribute> {
    let text = value.text(problems)?;
    let path = Path::parse(text);
    if path.is_none() {
        problems.push(invalid(
            value.site(),
            "not a path of an attribute that can be set",
            "as in \"name.givenName\", or after an extension's URN and a colon",
        ));
    }
    let path = path?;
    if name == "manager" && path.split().is_none() {
        let hint = "name the part that holds the account, as in \"manager.value\"";
        problems.push(invalid(value.site(), "a manager has parts", hint));
        return None;
    }
    let attribute = Attribute::of(name, path);
    if attribute.is_none() {
        let known = attribute::names();
        let hint = did_you_mean(name, known.clone())
            .unwrap_or_else(|| format!("known: {}", known.collect::<Vec<_>>().join(", ")));
        let message = format!("people have no attribute `{name}`");
        problems.push(
            Diagnostic::error("unknown-attribute", message)
                .at(site, "")
                .hint(hint),
        );
    }
    attribute
}

/// How an app invites.
fn invites(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<Invites> {
    let table = value.table(&INVITATION, problems)?;
    let mut invites = Invites::default();
    if let Some(value) = table.get("lifetime") {
        invites.lifetime = days(&value, problems);
    }
    if let Some(value) = table.get("pending")
        && let Some(text) = value.text(problems)
    {
        invites.pending = Path::parse(text);
        if invites.pending.is_none() {
            let hint = "as in \"urn:example:scim:2.0:Member:pending\"";
            problems.push(invalid(value.site(), "not a path of an attribute", hint));
        }
    }
    let early = table.get("gives_early");
    invites.gives_early = early
        .and_then(|value| value.boolean(problems))
        .unwrap_or(false);
    Some(invites)
}

/// A number of days, at least one: "7 days".
fn days(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<u16> {
    let text = value.text(problems)?;
    let number = text.strip_suffix(" days").or(text.strip_suffix(" day"));
    let days = number.and_then(|number| number.parse().ok());
    let days = days.filter(|days| *days > 0);
    if days.is_none() {
        let hint = "write it as \"7 days\"";
        problems.push(invalid(value.site(), "not a number of days", hint));
    }
    days
}

/// What leaving means: all of it, but that the tasks are those of what it is built on where none are
/// named.
fn leaving_of(
    value: &Value<'_>,
    tasks: impl FnOnce() -> Vec<Cow<'static, str>>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Leaving> {
    let table = value.table(&LEAVING, problems)?;
    let effect = table.require("effect", problems);
    let effect = effect.and_then(|value| visible(&value, problems));
    let mut flag = |key| {
        let value = table.require(key, problems);
        value.and_then(|value| value.boolean(problems))
    };
    let (reversible, destroys_data) = (flag("reversible"), flag("destroys_data"));
    let tasks = match table.get("tasks") {
        None => tasks(),
        Some(named) => {
            let named = named.list(problems).into_iter();
            let named = named.filter_map(|task| visible(&task, problems));
            named.map(|task| task.to_owned().into()).collect()
        }
    };
    Some(Leaving {
        effect: effect?.to_owned().into(),
        reversible: reversible?,
        destroys_data: destroys_data?,
        unassigns: false,
        tasks,
    })
}

/// A text that is not empty and holds nothing that could forge a screen.
fn visible<'a>(value: &Value<'a>, problems: &mut Vec<Diagnostic>) -> Option<&'a str> {
    let text = value.text(problems)?;
    if !text.trim().is_empty() && !text.chars().any(is_hostile) {
        return Some(text);
    }
    let message = "empty, or holds invisible characters";
    problems.push(Diagnostic::error("invalid-value", message).at(value.site(), ""));
    None
}

fn one_of<T: Copy>(
    word: &str,
    site: Site,
    words: Words<T>,
    problems: &mut Vec<Diagnostic>,
) -> Option<(&'static str, T)> {
    let found = words.iter().find(|(known, _)| *known == word);
    if found.is_none() {
        let hint = format!("one of {}", listed(words));
        problems.push(invalid(site, "there is no such choice", hint));
    }
    found.copied()
}

fn listed<T>(words: Words<T>) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|(word, _)| format!("\"{word}\""))
        .collect();
    words.join(", ")
}
