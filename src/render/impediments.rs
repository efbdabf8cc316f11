//! What is held or blocked: who, where, what happened, and what to do.

use crate::model::change::{AccountTag, Action, PersonTag};
use crate::model::mode::Mode;
use crate::model::plan::{AlsoClosed, Body};
use crate::model::reason::Cause;
use crate::model::withheld::{Impediment, Withheld, WithheldState};

use super::decisions::{self, snippet};
use super::guards;
use super::invitations;
use super::people::and_more;
use super::screen::{Line, Screen};
use super::steps::brief;
use super::style::Role;
use super::words::{DOT, person, place};

/// Writes all that is held, then all that is blocked.
pub fn write(withheld: &[Withheld], body: &Body, screen: &mut Screen) {
    for state in [
        WithheldState::Held,
        WithheldState::Blocked,
        WithheldState::Skipped,
        WithheldState::Waiting,
        WithheldState::Reported,
        WithheldState::Unreviewed,
    ] {
        let items = withheld.iter().filter(|item| item.state == state);
        let items: Vec<&Withheld> = items.filter(|item| !by_guard(item)).collect();
        if items.is_empty() {
            continue;
        }
        let (title, means) = match state {
            WithheldState::Held => ("Held", "a human must decide"),
            WithheldState::Blocked => ("Blocked", "a rule or the app forbids it"),
            WithheldState::Skipped => ("Skipped", "what it requires cannot happen"),
            WithheldState::Waiting => ("Waiting", "they have not accepted their invitation yet"),
            WithheldState::Reported => ("Reported only", "the app's mode does not allow it"),
            WithheldState::Unreviewed => ("Not reviewed", "`apply` does it, this run does not"),
        };
        screen.section(
            Line::default()
                .own(Role::Heading, title)
                .own(Role::Quiet, DOT)
                .cell(Role::Quiet, items.len().to_string())
                .own(Role::Quiet, DOT)
                .own(Role::Quiet, means),
        );
        for item in items {
            match state {
                WithheldState::Reported | WithheldState::Unreviewed => {
                    report(item, &body.also_closed, screen);
                }
                WithheldState::Waiting => invitations::wait(item, &body.time_zone, screen),
                _ => block(item, body, screen),
            }
        }
    }
}

/// True for what a guard refuses: its section says so once for all.
pub fn by_guard(item: &Withheld) -> bool {
    matches!(item.why, Impediment::Guard { .. })
}

/// What happens to an account all the same: the app that makes it closes it.
pub fn all_the_same(item: &Withheld, also: &[AlsoClosed]) -> Option<Line> {
    let touches = |one: &&AlsoClosed| {
        if let Impediment::Protected { account } = &item.why {
            return one.account.as_ref() == Some(account);
        }
        let mut closed = item.changes.iter();
        closed.any(|change| {
            matches!(change.action, Action::Deactivate { .. }) && change.account == one.account
        })
    };
    let mut also = also.iter();
    let found = also.find(|one| Some(&one.app) == item.app.as_ref() && touches(one))?;
    Some(
        say("it closes all the same: ")
            .cell(Role::Strong, found.source.as_str())
            .own(Role::Text, " closes it"),
    )
}

fn block(item: &Withheld, body: &Body, screen: &mut Screen) {
    let (role, word) = match item.state {
        WithheldState::Held => (Role::Held, "held"),
        WithheldState::Blocked => (Role::Blocked, "blocked"),
        WithheldState::Skipped => (Role::Held, "skipped"),
        WithheldState::Waiting => (Role::Quiet, "waiting"),
        WithheldState::Reported => (Role::Quiet, "reported only"),
        WithheldState::Unreviewed => (Role::Quiet, "not reviewed"),
    };
    let mut line = Line::default()
        .hang(4)
        .own(role, role.symbol())
        .own(role, " ")
        .own(role, word)
        .own(Role::Text, " ");
    let mut dot = "";
    if let Some(tag) = &item.person {
        line = line.then(person(tag));
        dot = DOT;
    }
    line = line.own(Role::Quiet, dot);
    line = match &item.app {
        Some(app) => line.cell(Role::Text, app.as_str()),
        None => line.own(Role::Text, "in every app"),
    };
    if let Some(rule) = item.why.rule() {
        line = line.own(Role::Quiet, DOT).own(Role::Quiet, rule);
    }
    screen.line(line.then(place(item.at.as_ref())));

    let app = item.app.as_ref().map_or("the app", |app| app.as_str());
    let (happened, todo) = sentences(&item.why, app, &body.time_zone);
    screen.line(Line::at(4).then(happened));
    screen.line(Line::at(4).hang(6).own(Role::Text, "→ ").then(todo));
    for line in snippet(&item.why) {
        screen.line(Line::at(6).hang(8).glued(Role::Strong, line));
    }
    if !item.changes.is_empty() {
        let line = Line::at(4).hang(6).own(Role::Quiet, "not done: ");
        screen.line(undone(line, item));
    }
    if let Some(line) = all_the_same(item, &body.also_closed) {
        let mark = Line::at(4).hang(6).own(Role::Warning, "⚠ ");
        screen.line(mark.then(line).own(Role::Text, "."));
    }
}

/// One row: the section says why, and what to do is to look.
fn report(item: &Withheld, also: &[AlsoClosed], screen: &mut Screen) {
    let mut line = Line::at(2).hang(4);
    if let Some(app) = &item.app {
        line = line.cell(Role::Text, app.as_str()).own(Role::Text, " ");
    }
    if let Some(tag) = &item.person {
        line = line.then(person(tag)).own(Role::Quiet, DOT);
    }
    let line = undone(line, item);
    screen.line(match all_the_same(item, also) {
        Some(same) => line.own(Role::Warning, "; ⚠ ").then(same),
        None => line,
    });
}

/// The first few changes that are not done.
pub(super) fn undone(mut line: Line, item: &Withheld) -> Line {
    const SHOWN: usize = 3;
    for (index, change) in item.changes.iter().take(SHOWN).enumerate() {
        line = line
            .own(Role::Quiet, if index == 0 { "" } else { "; " })
            .then(brief(change));
    }
    and_more(line, item.changes.len(), SHOWN)
}

/// What happened, and what to do.
pub(super) fn sentences(why: &Impediment, app: &str, zone: &str) -> (Line, Line) {
    match why {
        Impediment::Destructive { effect } => (
            say("Closing it here destroys data: ").sentence(Role::Text, effect),
            say("Hand over what they own; then set ")
                .own(Role::Strong, "`allow_destructive = true`")
                .own(Role::Text, " for ")
                .cell(Role::Text, app)
                .own(Role::Text, "."),
        ),
        Impediment::SourceUnread { source, because } => (
            Line::default()
                .cell(Role::Strong, source.as_str())
                .own(Role::Text, " makes this account, and could not be read: ")
                .sentence(Role::Text, because),
            say("Plan again once it answers."),
        ),
        Impediment::SourceWithheld { source } => (
            Line::default().cell(Role::Strong, source.as_str()).own(
                Role::Text,
                " makes this account, and what would make it is itself not done.",
            ),
            say("See what is said of them in ")
                .cell(Role::Text, source.as_str())
                .own(Role::Text, "."),
        ),
        Impediment::ClosesElsewhere { app: elsewhere } => (
            cell(app)
                .own(Role::Text, " would close their account in ")
                .cell(Role::Strong, elsewhere.as_str())
                .own(Role::Text, " for this, and nothing here plans that."),
            say("Decide about that account first: let a profile name ")
                .cell(Role::Text, elsewhere.as_str())
                .own(Role::Text, ", or close it there."),
        ),
        Impediment::OpensElsewhere { app: elsewhere } => (
            cell(app)
                .own(Role::Text, " would make or open an account for them in ")
                .cell(Role::Strong, elsewhere.as_str())
                .own(Role::Text, " for this, and nothing here plans that."),
            say("Settle what is said of them in ")
                .cell(Role::Text, elsewhere.as_str())
                .own(Role::Text, ", or let their profile name it."),
        ),
        Impediment::AssignsNothing { source, group } => (
            say("Members of ")
                .cell(Role::Strong, group)
                .own(Role::Text, " are assigned no app in ")
                .cell(Role::Text, source.as_str())
                .own(Role::Text, ": no account would come."),
            say("Assign the app to the group in ")
                .cell(Role::Text, source.as_str())
                .own(Role::Text, "."),
        ),
        Impediment::Guard { judgement } => (
            say("A guard refuses it: ")
                .then(guards::sentence(judgement))
                .own(Role::Text, "."),
            guards::todo(judgement),
        ),
        Impediment::Unreviewed { cause } => (
            say(match cause {
                Cause::Drift => "Somebody changed it outside of provisor",
                Cause::Files | Cause::Clock | Cause::Retry | Cause::Order => {
                    "An edit of the files wants it"
                }
            })
            .own(Role::Text, ", and nobody reviews this run."),
            say("Plan, have that reviewed, and apply it."),
        ),
        Impediment::Mode { mode } => (
            say("The mode of ")
                .cell(Role::Text, app)
                .own(Role::Text, " is ")
                .own(Role::Strong, mode.word())
                .own(
                    Role::Text,
                    match mode {
                        Mode::Additive => ": it creates and grants, and nothing else.",
                        Mode::Report | Mode::Enforce => {
                            ": what differs is shown, and nothing is done."
                        }
                    },
                ),
            say("Set ")
                .own(Role::Strong, "`mode = \"enforce\"`")
                .own(Role::Text, " for ")
                .cell(Role::Text, app)
                .own(Role::Text, " when all of this is as it should be."),
        ),
        Impediment::Requires {
            verb,
            app: other,
            person,
        } => {
            let line = say("It requires the ")
                .own(Role::Strong, verb.word())
                .own(Role::Text, " in ")
                .cell(Role::Text, other.as_str());
            let line = match person {
                Some(person) => line.own(Role::Text, " of ").then(named(person)),
                None => line,
            };
            (
                line.own(Role::Text, ", which is not done."),
                say("See what is said of that."),
            )
        }
        Impediment::Vanished => (
            say("Removed from the files before their access had ended."),
            say("Put the entry back; if they left, give it an ")
                .own(Role::Strong, "`end_date`")
                .own(Role::Text, "."),
        ),
        Impediment::Contradiction {
            account,
            hr_id,
            owner,
        } => {
            let line = login(account).own(Role::Text, " is theirs by email, but ");
            let line = if hr_id.is_empty() {
                line.own(Role::Text, "the last snapshot says that it is that of ")
            } else {
                line.own(Role::Text, "stores HR id ")
                    .cell(Role::Strong, hr_id.raw())
                    .own(Role::Text, ": that of ")
            };
            let line = match owner {
                Some(owner) if owner.as_str() == hr_id.raw() => {
                    line.own(Role::Text, "another person")
                }
                Some(owner) => line
                    .own(Role::Text, "person ")
                    .cell(Role::Strong, owner.as_str()),
                None => line.own(Role::Text, "nobody in the files"),
            };
            (
                line.own(Role::Text, "."),
                say("Correct the email in the files, or the account in ")
                    .cell(Role::Text, app)
                    .own(Role::Text, "."),
            )
        }
        Impediment::SeveralPeople { account, people } => (
            login(account)
                .own(Role::Text, " matches ")
                .then(list(" and ", people.iter().map(named)))
                .own(Role::Text, " alike."),
            say("Give each an email of their own, or name the owner's login in ")
                .own(Role::Strong, "`logins`")
                .own(Role::Text, "."),
        ),
        Impediment::SeveralAccounts { accounts } => (
            say("They match several accounts: ")
                .then(list(
                    " and ",
                    accounts.iter().map(|(account, status)| {
                        login(account)
                            .own(Role::Text, " (")
                            .own(Role::Text, status.word())
                            .own(Role::Text, ")")
                    }),
                ))
                .own(Role::Text, "."),
            say("Close the others in ")
                .cell(Role::Text, app)
                .own(Role::Text, ", or take their HR id and address from them."),
        ),
        Impediment::SharedLogin { login, people } => (
            say("The files give the login ")
                .cell(Role::Strong, login)
                .own(Role::Text, " to ")
                .then(list(" and ", people.iter().map(named)))
                .own(Role::Text, "."),
            say("Give each a login of their own in ")
                .own(Role::Strong, "`logins`")
                .own(Role::Text, "."),
        ),
        Impediment::Protected { account } => (
            login(account).own(
                Role::Text,
                " is to be closed, and is listed as protected in provisor.toml.",
            ),
            say("Take it from ")
                .own(Role::Strong, "`protected`")
                .own(Role::Text, ", or give it to somebody who stays."),
        ),
        Impediment::InactiveNotByUs { account } => (
            login(account).own(
                Role::Text,
                " was closed, and no run of ours did it: somebody may have had a reason.",
            ),
            say("Open it in ")
                .cell(Role::Text, app)
                .own(Role::Text, " if they should have it; else end their entry."),
        ),
        Impediment::IncompleteReading { because } => (
            say("The reading of ")
                .cell(Role::Text, app)
                .own(Role::Text, " is incomplete (")
                .sentence(Role::Text, because)
                .own(
                    Role::Text,
                    "), so that nobody can say who has no account there.",
                ),
            say("Run plan again when ")
                .cell(Role::Text, app)
                .own(Role::Text, " answers in full."),
        ),
        Impediment::UnknownValue {
            kind,
            value,
            nearest,
        } => {
            let line = say("There is no ")
                .cell(Role::Strong, value)
                .own(Role::Text, " among the ")
                .cell(Role::Text, kind)
                .own(Role::Text, " of ")
                .cell(Role::Text, app)
                .own(Role::Text, ".");
            let todo = if nearest.is_empty() {
                say("")
            } else {
                say("Did you mean ")
                    .then(list(
                        " or ",
                        nearest
                            .iter()
                            .map(|name| Line::default().cell(Role::Strong, name.raw())),
                    ))
                    .own(Role::Text, "? ")
            };
            (
                line,
                todo.own(Role::Text, "Correct the name in the files, or make it in ")
                    .cell(Role::Text, app)
                    .own(Role::Text, "."),
            )
        }
        Impediment::AmbiguousValue { kind, value } => (
            cell(app)
                .own(Role::Text, " has several ")
                .cell(Role::Text, kind)
                .own(Role::Text, " of the name ")
                .cell(Role::Strong, value)
                .own(Role::Text, "."),
            say("Rename all but one of them in ")
                .cell(Role::Text, app)
                .own(Role::Text, "."),
        ),
        Impediment::OwnAccount { account } => (
            login(account).own(
                Role::Text,
                " is the account whose credentials we use: this would lock us out.",
            ),
            say("Give [apps.").cell(Role::Text, app).own(
                Role::Text,
                "] the credentials of an account that is no person's; then plan again.",
            ),
        ),
        Impediment::Listed { account } => (
            login(account).own(
                Role::Text,
                " is listed in accounts.toml, and is what their main account is to be called.",
            ),
            say("Take it from accounts.toml if it is theirs; else give them another login."),
        ),
        Impediment::NeedsApproval {
            kind,
            value,
            level,
            holds,
            snippet: _,
        } => decisions::unapproved(kind, value, level.as_deref(), *holds),
        Impediment::MissingAttribute {
            attributes,
            snippet: _,
        } => decisions::not_said(attributes, app),
        Impediment::Acceptance { .. }
        | Impediment::Expired { .. }
        | Impediment::Declined { .. }
        | Impediment::WentAway { .. } => invitations::sentences(why, app, zone),
        Impediment::Separation(breach) => decisions::apart(breach),
        Impediment::NoSeat {
            pool,
            used,
            total,
            needed,
            freed,
        } => decisions::no_seat(pool, (*used, *total), (*needed, *freed)),
        Impediment::Entry { code, message } => (
            Line::default()
                .sentence(Role::Text, message)
                .own(Role::Quiet, " (")
                .cell(Role::Quiet, code)
                .own(Role::Quiet, ")")
                .own(
                    Role::Text,
                    ": nothing is given or taken for their entry until that is mended; whoever \
                     has left is closed all the same.",
                ),
            say("Mend the line, or what it names; ")
                .own(Role::Strong, "`provisor\u{a0}validate`")
                .own(Role::Text, " shows it."),
        ),
    }
}

pub(super) fn say(words: &'static str) -> Line {
    Line::default().own(Role::Text, words)
}

pub(super) fn cell(text: &str) -> Line {
    Line::default().cell(Role::Text, text)
}

pub(super) fn login(account: &AccountTag) -> Line {
    let shown = if account.login.is_empty() {
        &account.vendor_id
    } else {
        &account.login
    };
    Line::default().cell(Role::Strong, shown.raw())
}

fn named(tag: &PersonTag) -> Line {
    Line::default()
        .cell(Role::Strong, tag.name.raw())
        .own(Role::Text, " (")
        .cell(Role::Text, tag.id.as_str())
        .own(Role::Text, ")")
}

/// `a, b and c`, with the word before the last.
fn list(word: &'static str, items: impl ExactSizeIterator<Item = Line>) -> Line {
    let last = items.len().saturating_sub(1);
    items
        .enumerate()
        .fold(Line::default(), |line, (index, item)| {
            let between = match index {
                0 => "",
                index if index == last => word,
                _ => ", ",
            };
            line.own(Role::Text, between).then(item)
        })
}
