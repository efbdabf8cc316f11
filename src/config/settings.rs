//! `provisor.toml`, except for its apps.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::base::document::did_you_mean;
use crate::base::fields::{Named, words};
use crate::base::{Diagnostic, Field, Fields, Foreign, Form, Table, Value};
use crate::state::Place;
use crate::state::place::NoPlace;

use super::name::invalid;
use super::signing::{self, SIGN_WITH, SignWith};
use super::{Lead, Lifecycle, OnLeave, Organisation, Removed};

/// All of `provisor.toml`.
pub(super) const ROOT: Fields = Fields::new(&[
    Field::required(
        "organisation",
        Form::Table(&ORGANISATION),
        "Whose people these are",
    ),
    Field::optional(
        "lifecycle",
        Form::Table(&LIFECYCLE),
        "When accounts open and close",
    ),
    Field::optional(
        "state",
        Form::Table(&STATE),
        "Where what runs found and did is kept",
    ),
    Field::optional(
        "scope",
        Form::Table(&super::rollout::SCOPE),
        "A rollout begins with these people: all of what it names must hold. Nobody else is touched",
    ),
    Field::optional(
        "guards",
        Form::Table(&super::guards::GUARDS),
        "How much is too much for one run and one week, in every app without limits of its own: \
         \"5%\", a number, or both",
    ),
    Field::optional(
        "drift",
        super::app_fields::DRIFT,
        "What `apply --due` does with changes made outside of provisor: \"report\" lists them, \
         \"revert\" undoes them without asking. `plan` and `apply` always show and undo them",
    ),
    Field::optional(
        "notify",
        Form::Map(Named::Free, &Form::Table(&super::notify::CHANNEL)),
        "Whom `--notify` tells what a command did or found: one table per channel",
    ),
    Field::required(
        "apps",
        Form::Map(Named::App, &Form::Table(&super::app_fields::APP)),
        "One table per app; profiles use the name",
    ),
    Field::optional(
        "dialects",
        Form::Map(Named::Free, &Form::Table(&crate::apps::dialect::FIELDS)),
        "Dialects of SCIM of your own; apps use the name",
    ),
]);
const ORGANISATION: Fields = Fields::new(&[
    Field::required("name", Form::Text, "For people"),
    Field::required(
        "domains",
        Form::Some(&Form::Text),
        "Employees' emails must be in one of these",
    ),
    Field::required(
        "time_zone",
        Form::Text,
        "An IANA name: days begin and end in it, unless a person's entry names another",
    ),
]);
const LIFECYCLE: Fields = Fields::new(&[
    Field::optional(
        "provision_before_start",
        LEAD,
        "How long before the first day accounts are made",
    ),
    Field::optional(
        "last_day_cutoff",
        Form::Pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"),
        "When access ends on the last working day, in the person's time zone",
    ),
    Field::optional(
        "release_after",
        Form::Pattern("^[0-9]+ days?$"),
        "How long a closed account keeps licences and other values",
    ),
    Field::optional(
        "on_leave",
        Form::Word(&ON_LEAVE_WORDS),
        "What leave does to accounts: \"keep\" nothing, \"suspend\" closes them until the return",
    ),
    Field::optional(
        "removed",
        Form::Word(&REMOVED_WORDS),
        "What vanishing from the files means: \"hold\" asks a human, \"leaver\" closes the accounts",
    ),
]);
const STATE: Fields = Fields::new(&[
    Field::required(
        "url",
        Form::Pattern("^(file:.|(s3|gs|az)://[a-z0-9])"),
        "A folder, relative to this file (\"file:state\"), or a bucket (\"s3://BUCKET/PREFIX\", gs, az)",
    ),
    Field::optional(
        "sign_with",
        Form::Table(&SIGN_WITH),
        "The SSH key that signs snapshots; `snapshot verify --allowed-signers` checks them",
    ),
]);

/// A number of days before another.
pub(super) const LEAD: Form = Form::Pattern("^[0-9]+ (business )?days?$");

const ON_LEAVE: [(&str, OnLeave); 2] = [("keep", OnLeave::Keep), ("suspend", OnLeave::Suspend)];
const ON_LEAVE_WORDS: [&str; 2] = words(&ON_LEAVE);
const REMOVED: [(&str, Removed); 2] = [("hold", Removed::Hold), ("leaver", Removed::Leaver)];
const REMOVED_WORDS: [&str; 2] = words(&REMOVED);

/// `[organisation]`
pub(super) fn organisation(
    root: &Table<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Organisation> {
    let table = root
        .require("organisation", problems)?
        .table(&ORGANISATION, problems)?;
    let name = table
        .require("name", problems)
        .and_then(|name| name.text(problems));
    let domains = table.require("domains", problems).map(|list| {
        let domains = list.texts(problems);
        if domains.is_empty() {
            problems.push(invalid(
                list.site(),
                "no domain",
                "name the domains of your employees' emails: [\"example.com\"]",
            ));
        }
        for (domain, site) in &domains {
            if domain.contains('@') || !domain.contains('.') {
                problems.push(invalid(
                    *site,
                    "not a domain",
                    "write it as in \"example.com\"",
                ));
            }
        }
        let mut domains: Vec<_> = domains
            .iter()
            .map(|(d, _)| d.trim().to_lowercase())
            .collect();
        domains.sort_unstable();
        domains.dedup();
        domains
    });
    let zone = table
        .require("time_zone", problems)
        .and_then(|zone| time_zone(&zone, problems));
    Some(Organisation {
        name: Foreign::from(name?),
        domains: domains?,
        time_zone: zone?,
    })
}

/// An IANA time zone.
pub(super) fn time_zone(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<TimeZone> {
    let name = value.text(problems)?;
    let zone = TimeZone::get(name).ok();
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
        let hint = did_you_mean(name, known.iter().map(String::as_str));
        problems.push(
            Diagnostic::error("unknown-time-zone", "unknown time zone")
                .at(value.site(), "")
                .hint(hint.unwrap_or_else(|| "an IANA name such as `America/Los_Angeles`".into())),
        );
    }
    zone
}

/// `[lifecycle]`; what is absent has its default.
pub(super) fn lifecycle(root: &Table<'_>, problems: &mut Vec<Diagnostic>) -> Lifecycle {
    let mut lifecycle = Lifecycle::default();
    let Some(table) = root
        .get("lifecycle")
        .and_then(|value| value.table(&LIFECYCLE, problems))
    else {
        return lifecycle;
    };
    if let Some(lead) = table
        .get("provision_before_start")
        .and_then(|value| lead(&value, problems))
    {
        lifecycle.provision_before_start = lead;
    }
    if let Some(cutoff) = table.get("last_day_cutoff")
        && let Some(text) = cutoff.text(problems)
    {
        match minutes(text) {
            Some(minutes) => lifecycle.last_day_cutoff = minutes,
            None => problems.push(invalid(
                cutoff.site(),
                "not a time of day",
                "write it as \"18:00\", up to \"24:00\"",
            )),
        }
    }
    if let Some(release) = table.get("release_after")
        && let Some(text) = release.text(problems)
    {
        match parse_lead(text) {
            Some(Lead::Days(days)) => lifecycle.release_after = days,
            _ => problems.push(invalid(
                release.site(),
                "not a number of days",
                "write it as \"30 days\"",
            )),
        }
    }
    if let Some(chosen) = table
        .get("on_leave")
        .and_then(|v| word(&v, &ON_LEAVE, problems))
    {
        lifecycle.on_leave = chosen;
    }
    if let Some(chosen) = table
        .get("removed")
        .and_then(|v| word(&v, &REMOVED, problems))
    {
        lifecycle.removed = chosen;
    }
    lifecycle
}

/// One of a few words.
pub(super) fn word<T: Copy>(
    value: &Value<'_>,
    words: &[(&'static str, T)],
    problems: &mut Vec<Diagnostic>,
) -> Option<T> {
    let text = value.text(problems)?;
    let found = words.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let all: Vec<_> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        problems.push(invalid(
            value.site(),
            format!("`{text}` is not a choice here"),
            &format!("choose {}", all.join(" or ")),
        ));
    }
    found.map(|(_, meaning)| *meaning)
}

/// `"10 business days"` or `"14 days"`.
pub(super) fn lead(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<Lead> {
    let lead = parse_lead(value.text(problems)?);
    if lead.is_none() {
        problems.push(invalid(
            value.site(),
            "not a number of days",
            "write it as \"10 business days\", \"14 days\" or \"0 days\", up to 366",
        ));
    }
    lead
}

pub(super) fn parse_lead(text: &str) -> Option<Lead> {
    let (number, unit) = text.split_once(' ')?;
    let number = digits(number).filter(|number| *number <= 366)?;
    match unit {
        "day" | "days" => Some(Lead::Days(number)),
        "business day" | "business days" => Some(Lead::BusinessDays(number)),
        _ => None,
    }
}

/// A number without a sign.
fn digits(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// Minutes after midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let [hour, minute] = [digits(hour)?, digits(minute)?];
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

/// Where the state is if nothing says so.
pub(super) const USUAL_STATE: &str = "file:state";

/// `[state]`
#[derive(Debug)]
pub(super) struct State {
    /// Where `url` is.
    pub(super) place: Place,
    /// `url`, as it is written.
    pub(super) url: String,
    /// What signs snapshots.
    pub(super) sign_with: Option<SignWith>,
}

/// `[state]`
pub(super) fn state(
    root: &Table<'_>,
    folder: &Path,
    problems: &mut Vec<Diagnostic>,
) -> Option<State> {
    let Some(state) = root.get("state") else {
        return Some(State {
            place: Place::parse(USUAL_STATE, folder).ok()?,
            url: USUAL_STATE.to_owned(),
            sign_with: None,
        });
    };
    let state = state.table(&STATE, problems)?;
    let sign_with = signing::sign_with(&state, folder, problems);
    let value = state.require("url", problems)?;
    let url = value.text(problems)?;
    match Place::parse(url, folder) {
        Ok(place) => Some(State {
            place,
            url: url.to_owned(),
            sign_with,
        }),
        Err(why) => {
            let (message, hint) = no_place(why);
            problems.push(invalid(value.site(), message, hint));
            None
        }
    }
}

fn no_place(why: NoPlace) -> (&'static str, &'static str) {
    match why {
        NoPlace::Scheme => (
            "not a place for the state",
            "a folder beside provisor.toml, \"file:state\", or a bucket: \"s3://BUCKET/PREFIX\", \
             \"gs://BUCKET/PREFIX\", \"az://CONTAINER/PREFIX\"",
        ),
        NoPlace::Name(vendor) => ("no bucket can have this name", vendor.naming()),
        NoPlace::Prefix => (
            "not a prefix for the state",
            "words of letters, digits, `-`, `_` and `.`, joined by single slashes",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_and_times_of_day_are_exact() {
        assert_eq!(parse_lead("10 business days"), Some(Lead::BusinessDays(10)));
        assert_eq!(parse_lead("1 day"), Some(Lead::Days(1)));
        assert_eq!(parse_lead("0 days"), Some(Lead::Days(0)));
        for bad in ["10", "-1 days", "ten days", "1 week", "367 days", "1  days"] {
            assert_eq!(parse_lead(bad), None, "{bad}");
        }
        assert_eq!(minutes("24:00"), Some(1440));
        assert_eq!(minutes("18:30"), Some(1110));
        for bad in ["24:01", "9:00", "12:60", "-1:00", "12", "+1:+1"] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }
}
