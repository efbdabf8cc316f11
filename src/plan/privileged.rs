//! What only an approval may give (R12): whether a person has one, and until when it stands.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::base::Foreign;
use crate::config::{Approval, Config};
use crate::model::app::{KindIndex, Shape};
use crate::model::desired::DesiredEntitlement;
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Holding, Origin};
use crate::model::person::{Period, Person};
use crate::model::reason::{Reason, Why};
use crate::model::withheld::Impediment;

use super::view::AppView;

/// Days for which an approval still stands after the person's job code or manager changed.
const GRACE: i32 = 14;

/// Whether a person may hold something, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has to approve it.
    Free,
    /// It is approved.
    Approved {
        /// Who approved it, why, and where that is written.
        reason: Reason,
        /// Its last day.
        until: Date,
        /// The person's job changed since: the approval ends on this day.
        ends: Option<Date>,
    },
    /// Its approval is over: whoever holds it loses it.
    Lapsed(Reason),
    /// There is no approval, or none yet.
    Missing,
}

impl Standing {
    /// True if only an approval may give it.
    pub fn is_privileged(&self) -> bool {
        *self != Self::Free
    }

    /// True if nothing stands against holding it.
    pub fn allows(&self) -> bool {
        matches!(self, Self::Free | Self::Approved { .. })
    }
}

/// Whether a person may hold an entitlement at an instant, in the period that gives it.
pub fn standing(
    config: &Config,
    app: &AppName,
    person: &Person,
    period: &Period,
    (kind, value, level): (KindIndex, &str, Option<&str>),
    instant: Timestamp,
) -> Standing {
    if !config.apps[app].is_privileged(kind, value, level) {
        return Standing::Free;
    }
    let today = today(config, person, instant);
    let same = |other: &&DesiredEntitlement| {
        (other.kind, other.value.as_str(), other.level.as_deref()) == (kind, value, level)
    };
    let approvals = config.approvals_of(&person.id).iter();
    let found = approvals.filter_map(|approval| {
        let approved = approval.apps.get(app)?.entitlements.iter().find(same)?;
        let at = Some(config.sources.locate(approved.from.site));
        let (rank, why, ends) = judge(approval, person, period, today)?;
        Some((rank, approval.until, Reason { why, at }, ends))
    });
    let strongest = found.max_by_key(|(rank, until, ..)| (*rank, *until));
    match strongest {
        None => Standing::Missing,
        Some((Rank::Over, _, reason, _)) => Standing::Lapsed(reason),
        Some((_, until, reason, ends)) => Standing::Approved {
            reason,
            until,
            ends,
        },
    }
}

/// How much an approval is worth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Over,
    Ending,
    Stands,
}

/// What one approval says on a day; nothing before it begins.
fn judge(
    approval: &Approval,
    person: &Person,
    period: &Period,
    today: Date,
) -> Option<(Rank, Why, Option<Date>)> {
    let until = approval.until;
    if today < approval.since {
        return None;
    }
    if until < today {
        return Some((Rank::Over, Why::ApprovalExpired { until }, None));
    }
    let why = Why::Approved {
        approver: approval.approver.clone(),
        reason: approval.reason.clone(),
        until,
    };
    let Some(changed) = changed(person, period, approval.since) else {
        return Some((Rank::Stands, why, None));
    };
    let ends = changed.saturating_add(Span::new().days(GRACE));
    if ends <= today {
        return Some((Rank::Over, Why::ApprovalOutdated { changed }, None));
    }
    Some((Rank::Ending, why, Some(ends)))
}

/// The day since which a person has another job code or manager than when something was approved;
/// none if they have the same.
fn changed(person: &Person, now: &Period, since: Date) -> Option<Date> {
    let begun = person.periods.iter().rfind(|period| period.from <= since);
    let then = begun.or(person.periods.first())?;
    let differs =
        |period: &&Period| (&period.job_code, &period.manager) != (&then.job_code, &then.manager);
    let until_now = person.periods.iter().rev();
    let mut until_now = until_now.skip_while(|period| period.from > now.from);
    let other = until_now.by_ref().take_while(differs).last()?;
    Some(other.from)
}

/// The day that it is for a person.
pub fn today(config: &Config, person: &Person, instant: Timestamp) -> Date {
    instant.to_zoned(zone(config, person)).date()
}

/// The instant at which a day is over for a person.
pub fn after(config: &Config, person: &Person, day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(zone(config, person)).ok()?;
    Some(next.timestamp())
}

fn zone(config: &Config, person: &Person) -> TimeZone {
    let own = person.time_zone.as_deref();
    let own = own.and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| config.organisation.time_zone.clone())
}

/// The period of a person that runs on a day, ran last, or comes first.
pub fn period(person: &Person, day: Date) -> &Period {
    let begun = person.periods.iter().rfind(|period| period.from <= day);
    begun.unwrap_or(&person.periods[0])
}

/// True if each approval of a person says the same at two instants (R22).
pub fn same(config: &Config, person: &Person, then: Timestamp, now: Timestamp) -> bool {
    let approvals = config.approvals_of(&person.id);
    if approvals.is_empty() {
        return true;
    }
    let said = |instant: Timestamp| -> Vec<_> {
        let day = today(config, person, instant);
        let period = period(person, day);
        let judged = approvals.iter();
        judged
            .map(|approval| judge(approval, person, period, day).map(|(rank, ..)| rank))
            .map(|rank| rank.is_some_and(|rank| rank > Rank::Over))
            .collect()
    };
    said(then) == said(now)
}

/// What an account holds itself that only an approval may give, but for kinds of which it always
/// holds one.
pub fn held<'a>(
    view: &'a AppView<'_>,
    account: AccountRef<'a>,
) -> impl Iterator<Item = &'a Holding> {
    let removable = |holding: &&Holding| {
        let kind = view.observation.value(holding.value).kind;
        let shape = &view.settings.description.kind(kind).shape;
        holding.origin == Origin::Direct && *shape != Shape::One
    };
    let privileged = |holding: &&Holding| is_privileged(view, **holding);
    account
        .holdings()
        .iter()
        .filter(privileged)
        .filter(removable)
}

/// True if only an approval may give what an account holds.
pub fn is_privileged(view: &AppView<'_>, holding: Holding) -> bool {
    let value = view.observation.value(holding.value);
    let level = view.observation.level(holding).map(Foreign::into_raw);
    view.settings
        .is_privileged(value.kind, value.name.raw(), level)
}

/// What stands in the way of giving it, or of leaving it, with the entry that would approve it.
pub fn needs_approval(
    view: &AppView<'_>,
    person: &Person,
    entitlement: &DesiredEntitlement,
    holds: bool,
) -> Impediment {
    let kind = view.settings.description.kind(entitlement.kind);
    let since = today(view.config, person, view.desired.as_of);
    let until = since.saturating_add(Span::new().days(90));
    let level = entitlement.level.as_deref();
    let given = match level {
        Some(level) => format!("{{ {} = {} }}", key(&entitlement.value), text(level)),
        None if kind.shape == Shape::One => text(&entitlement.value),
        None => format!("[{}]", text(&entitlement.value)),
    };
    let snippet = vec![
        "[[approval]]".to_owned(),
        format!("person = {}", text(person.id.as_str())),
        format!(
            "apps.{}.{} = {given}",
            key(view.name.as_str()),
            key(&kind.name)
        ),
        "approver = \"\"".to_owned(),
        "reason = \"\"".to_owned(),
        format!("since = {since}"),
        format!("until = {until}"),
    ];
    Impediment::NeedsApproval {
        kind: kind.name.to_string(),
        value: entitlement.value.clone(),
        level: entitlement.level.clone(),
        holds,
        snippet,
    }
}

/// A TOML string.
fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A TOML key: bare where it may be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        text(name)
    }
}
