//! The sections of the comment, in the order in which reviewers ask, and what is dropped first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::base::count::{count, count_of, thousands};
use crate::model::change::Verb;
use crate::model::guard::Verdict;
use crate::model::name::AppName;
use crate::model::plan::{Body, Plan};
use crate::model::withheld::{Withheld, WithheldState};
use crate::render::Shown;
use crate::render::allowances;
use crate::render::causes;
use crate::render::decisions::snippet;
use crate::render::guards;
use crate::render::identity;
use crate::render::impediments::{all_the_same, by_guard, sentences};
use crate::render::leftover;
use crate::render::people::{self, Affected, Detail, Group};
use crate::render::plan as text;
use crate::render::privileged;
use crate::render::safe;
use crate::render::screen::{Line, Screen};
use crate::render::steps::Columns;
use crate::render::style::{Colour, Role};
use crate::render::verdict::{self, by_state, by_verb};
use crate::render::words::{DOT, instant_in, person, place};

use super::inline::{Place, fence, inline, value};
use super::losing;
use super::part::Part;

/// How wide the folded blocks are: what a comment shows without scrolling.
const WIDTH: usize = 100;

/// How many people who lose access are listed one by one when space is short.
const LISTED: usize = 50;

/// A plan, sorted for a comment.
pub struct Sections<'a> {
    shown: Shown<'a>,
    plan: &'a Plan,
    people: Vec<Affected<'a>>,
}

impl<'a> Sections<'a> {
    /// Sorts a plan.
    pub fn of(shown: Shown<'a>) -> Self {
        let plan = shown.plan;
        Self {
            shown,
            plan,
            people: people::by_cause(&plan.body.changes),
        }
    }

    /// The whole page, each part written once. What goes first when it is too long: what falls due,
    /// accounts that are only reported, other changes (with new logins and emails beyond fifty),
    /// joiners, movers, and the people who lose access beyond fifty.
    pub fn parts(&self) -> Vec<Part> {
        let few = |is_short: bool| if is_short { LISTED } else { usize::MAX };
        let mut parts = vec![
            Part::standing(|page| {
                page.push_str(&self.heading());
                self.warnings(page);
                self.guards(page);
            }),
            Part::dropped_at(6, |short, page| {
                losing::access(&self.people, few(short), page);
            }),
            Part::standing(|page| self.privileged(page)),
            Part::dropped_at(3, |short, page| self.identity(few(short), page)),
            Part::standing(|page| {
                self.withheld(page);
                self.tasks(page);
            }),
        ];
        parts.extend(Group::ALL.map(|group| {
            let turn = match group {
                Group::Leaves | Group::Pauses | Group::Moves => 5,
                Group::Joins | Group::Returns => 4,
                Group::Gains | Group::Drift | Group::Other | Group::Nobody => 3,
            };
            Part::dropped_at(turn, |short, page| self.group(group, short, page))
        }));
        let quiet = [WithheldState::Waiting, WithheldState::Reported];
        parts.extend(
            quiet.map(|state| Part::dropped_at(3, |short, page| self.quiet(state, short, page))),
        );
        parts.extend([
            Part::dropped_at(3, |short, page| self.held_through(short, page)),
            Part::dropped_at(2, |short, page| self.reported(short, page)),
            Part::dropped_at(1, |short, page| self.upcoming(short, page)),
            Part::standing(|page| self.footer(page)),
        ]);
        parts
    }

    /// The page of a plan that no comment can hold.
    pub fn too_much(&self) -> String {
        let mut page = format!(
            "### 🔴 BLOCKED – too many exceptional changes for one review: split the change\n\n{}\n",
            numbers(&self.plan.body)
        );
        self.footer(&mut page);
        page
    }

    fn body(&self) -> &'a Body {
        &self.plan.body
    }

    /// The verdict, and how much of each kind.
    fn heading(&self) -> String {
        let body = self.body();
        let (sign, verdict) = verdict::Verdict::of(self.shown).words();
        let organisation = value(&safe::cell(body.organisation.raw()), Place::Text);
        format!(
            "### {sign} {verdict} – {}\n\n{organisation}, as of {}\n\n{}\n",
            summary(body),
            instant_in(body.as_of, &body.time_zone),
            numbers(body),
        )
    }

    fn warnings(&self, page: &mut String) {
        let others = text::warnings(self.body()).into_iter();
        let others = others.map(|warning| warning.line);
        let causes = causes::line(self.body());
        let lines = self.shown.warning().into_iter().chain(others).chain(causes);
        let mut any = false;
        for line in lines {
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
            any = true;
        }
        if any {
            page.push('\n');
        }
    }

    /// What guards found, with whom they refuse: never dropped.
    fn guards(&self, page: &mut String) {
        let body = self.body();
        if body.guards.is_empty() && body.unused.is_empty() {
            return;
        }
        page.push_str("**Guards**\n\n");
        let shown = body
            .guards
            .iter()
            .filter(|one| one.verdict != Verdict::Passed);
        for judgement in shown.clone() {
            let mut line = guards::sentence(judgement);
            if judgement.tripped() {
                let refused = guards::refused(body, judgement);
                line = line.own(Role::Text, " → ").then(guards::todo(judgement));
                if !refused.is_empty() {
                    line = line
                        .own(Role::Text, " Refused: ")
                        .then(guards::names(&refused));
                }
            }
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
        }
        for line in allowances::lines(body) {
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
        }
        let passed = body.guards.len() - shown.count();
        if passed > 0 {
            let _ = writeln!(page, "- {}", inline(&guards::within(passed), Place::Text));
        }
        if let Some(line) = guards::unguarded(body) {
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
        }
        page.push('\n');
    }

    /// Who is given what only an approval may give, and who holds it: never dropped.
    fn privileged(&self, page: &mut String) {
        let lines = privileged::lines(self.body());
        if lines.is_empty() {
            return;
        }
        let given = privileged::changes(self.body()).count();
        let _ = writeln!(page, "**Privileged ({})**\n", thousands(given));
        for line in lines {
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
        }
        page.push('\n');
    }

    /// Logins and emails that change, one by one.
    fn identity(&self, limit: usize, page: &mut String) {
        let lines = identity::lines(self.body());
        if lines.is_empty() {
            return;
        }
        let all = lines.len();
        let _ = writeln!(page, "**Identity changes ({})**\n", thousands(all));
        for line in lines.iter().take(limit) {
            let _ = writeln!(page, "- {}", inline(line, Place::Text));
        }
        if all > limit {
            let more = thousands(all - limit);
            let _ = writeln!(page, "- … and {more} more: see the whole plan.");
        }
        page.push('\n');
    }

    /// What is not done, and what to do about it: never dropped.
    fn withheld(&self, page: &mut String) {
        let states = [
            (WithheldState::Held, "Please decide"),
            (WithheldState::Blocked, "Blocked"),
            (WithheldState::Skipped, "Skipped"),
        ];
        for (state, title) in states {
            let items = self.body().withheld.iter();
            let items = items.filter(|item| item.state == state && !by_guard(item));
            let items: Vec<&Withheld> = items.collect();
            if items.is_empty() {
                continue;
            }
            let _ = writeln!(page, "**{title} ({})**\n", thousands(items.len()));
            for item in items {
                let _ = writeln!(page, "- {}", decision(item, self.body()));
                let lines = snippet(&item.why).iter();
                let lines: Vec<_> = lines.map(|line| safe::sentence(line)).collect();
                if !lines.is_empty() {
                    let block = fence(&lines.join("\n"));
                    for line in block.lines() {
                        let _ = writeln!(page, "  {line}");
                    }
                }
            }
            page.push('\n');
        }
    }

    /// What the apps' owners have to do by hand: never dropped.
    fn tasks(&self, page: &mut String) {
        let tasks = &self.body().tasks;
        if tasks.is_empty() {
            return;
        }
        let number = thousands(tasks.len());
        let _ = writeln!(page, "**Tasks ({number})**: {}\n", leftover::TASKS);
        for task in tasks {
            let line = leftover::task(task);
            let _ = writeln!(page, "- {}", inline(&line, Place::Text));
        }
        page.push('\n');
    }

    /// What nobody gives and cannot be taken here, folded.
    fn held_through(&self, dropped: bool, page: &mut String) {
        let held = &self.body().held_through;
        if held.is_empty() {
            return;
        }
        let title = format!("Held through others · {}", count(held.len(), "value"));
        if dropped {
            let _ = writeln!(page, "{title}. Left out here; see the whole plan.\n");
            return;
        }
        let mut screen = Screen::new(WIDTH);
        for one in held {
            screen.line(leftover::held(one));
        }
        page.push_str(&fold(&title, &screen));
    }

    /// The people of one group, folded, in the words of the terminal.
    fn group(&self, group: Group, dropped: bool, page: &mut String) {
        let members = people::members(&self.people, group);
        if members.is_empty() {
            return;
        }
        let number = if group == Group::Nobody {
            let changes = members.iter().map(|member| member.changes.len()).sum();
            count(changes, "change")
        } else {
            count_of(members.len(), "person", "people")
        };
        let title = format!("{} · {number}", group.title());
        if dropped {
            let profiles = by_app(
                members
                    .iter()
                    .flat_map(|member| member.changes.iter().map(|change| &change.app)),
            );
            let _ = writeln!(
                page,
                "{title}: {profiles}. Left out here; see the whole plan.\n"
            );
            return;
        }
        let columns = Columns::of(&self.body().changes);
        let mut screen = Screen::new(WIDTH);
        people::write_group(&self.people, group, Detail::Brief, columns, &mut screen);
        page.push_str(&fold(&title, &screen));
    }

    /// What is left undone and nobody need look at, folded: what waits, and what modes leave.
    fn quiet(&self, state: WithheldState, dropped: bool, page: &mut String) {
        let items = self.body().withheld.iter();
        let items: Vec<_> = items.filter(|item| item.state == state).cloned().collect();
        if items.is_empty() {
            return;
        }
        let title = match state {
            WithheldState::Waiting => "Waiting for an invitation to be accepted",
            _ => "Reported only, by mode",
        };
        let title = format!("{title} · {}", thousands(items.len()));
        if dropped {
            let apps = by_app(items.iter().filter_map(|item| item.app.as_ref()));
            let _ = writeln!(
                page,
                "{title}: {apps}. Left out here; see the whole plan.\n"
            );
            return;
        }
        let mut screen = Screen::new(WIDTH);
        crate::render::impediments::write(&items, self.body(), &mut screen);
        page.push_str(&fold(&title, &screen));
    }

    /// Accounts that nobody is to touch, folded.
    fn reported(&self, dropped: bool, page: &mut String) {
        let body = self.body();
        let accounts = body.surplus.len() + body.unmanaged.len();
        if accounts == 0 {
            return;
        }
        if dropped {
            let _ = writeln!(
                page,
                "{} surplus, {} unmanaged: reported only.\n",
                thousands(body.surplus.len()),
                thousands(body.unmanaged.len())
            );
            return;
        }
        let mut screen = Screen::new(WIDTH);
        text::surplus(body, &mut screen);
        text::unmanaged(body, &mut screen);
        let title = format!("Reported only · {}", count(accounts, "account"));
        page.push_str(&fold(&title, &screen));
    }

    /// What dates bring, folded.
    fn upcoming(&self, dropped: bool, page: &mut String) {
        let body = self.body();
        if body.upcoming.is_empty() {
            return;
        }
        let coming = count(body.upcoming.len(), "event");
        if dropped {
            let _ = writeln!(page, "Upcoming: {coming}.\n");
            return;
        }
        let mut screen = Screen::new(WIDTH);
        text::upcoming(body, &mut screen);
        page.push_str(&fold(&format!("Upcoming · {coming}"), &screen));
    }

    fn footer(&self, page: &mut String) {
        let Plan { envelope, body } = self.plan;
        let mut line = Line::default();
        if let Some(commit) = &envelope.commit {
            let short: String = commit.chars().take(12).collect();
            line = line
                .own(Role::Text, "commit ")
                .cell(Role::Text, short)
                .own(Role::Text, DOT);
        }
        line = line
            .own(Role::Text, "plan ")
            .cell(Role::Text, self.plan.id().short())
            .own(Role::Text, DOT)
            .glued(
                Role::Text,
                count(envelope.fetched_at.len(), "app").to_string(),
            )
            .own(Role::Text, " read")
            .own(Role::Text, DOT)
            .own(Role::Text, "provisor ")
            .cell(Role::Text, &envelope.tool);
        let oldest = envelope.fetched_at.values().min();
        if let Some(oldest) = oldest {
            line = line
                .own(Role::Text, DOT)
                .own(Role::Text, "data of ")
                .glued(Role::Text, instant_in(*oldest, &body.time_zone));
        }
        let _ = writeln!(page, "<sub>{}</sub>", inline(&line, Place::Text));
    }
}

/// The counts that make a title: closings always, else what there is.
fn summary(body: &Body) -> String {
    let mut parts = Vec::new();
    for (verb, number) in by_verb(body) {
        if number > 0 || verb == Verb::Deactivate {
            parts.push(format!("{} to {}", thousands(number), verb.word()));
        }
    }
    let privileged = privileged::changes(body).count();
    if privileged > 0 {
        parts.push(format!("{} privileged", thousands(privileged)));
    }
    for (state, number) in by_state(body) {
        parts.push(format!("{} {state}", thousands(number)));
    }
    parts.join(" · ")
}

/// A table of the verbs that there are; closings always.
fn numbers(body: &Body) -> String {
    let mut rows = [String::from("|"), String::from("|"), String::from("|")];
    for (verb, number) in by_verb(body) {
        if number == 0 && verb != Verb::Deactivate {
            continue;
        }
        let bold = matches!(verb, Verb::Deactivate | Verb::Revoke) && number > 0;
        let mark = if bold { "**" } else { "" };
        let _ = write!(rows[0], " {} |", verb.word());
        rows[1].push_str("--:|");
        let _ = write!(rows[2], " {mark}{}{mark} |", thousands(number));
    }
    let privileged = privileged::changes(body).count();
    if privileged > 0 {
        rows[0].push_str(" privileged |");
        rows[1].push_str("--:|");
        let _ = write!(rows[2], " **{}** |", thousands(privileged));
    }
    rows.join("\n") + "\n"
}

/// Who, where, what happened and what to do.
fn decision(item: &Withheld, body: &Body) -> String {
    let mut line = Line::default();
    if let Some(tag) = &item.person {
        line = line.then(person(tag)).own(Role::Text, DOT);
    }
    line = match &item.app {
        Some(app) => line.cell(Role::Text, app.as_str()),
        None => line.own(Role::Text, "in every app"),
    };
    if let Some(rule) = item.why.rule() {
        line = line.own(Role::Text, DOT).own(Role::Text, rule);
    }
    let app = item.app.as_ref().map_or("the app", |app| app.as_str());
    let (happened, todo) = sentences(&item.why, app, &body.time_zone);
    let line = line
        .then(place(item.at.as_ref()))
        .own(Role::Text, ": ")
        .then(happened)
        .own(Role::Text, " → ")
        .then(todo);
    let line = match all_the_same(item, &body.also_closed) {
        Some(same) => line
            .own(Role::Warning, " ⚠ ")
            .then(same)
            .own(Role::Text, "."),
        None => line,
    };
    inline(&line, Place::Text)
}

/// `okta 12, slack 9`: how many changes per app.
fn by_app<'a>(places: impl Iterator<Item = &'a AppName>) -> String {
    let mut apps: BTreeMap<&str, usize> = BTreeMap::new();
    for app in places {
        *apps.entry(app.as_str()).or_default() += 1;
    }
    let parts = apps.iter().map(|(app, number)| {
        let app = value(&safe::cell(app), Place::Text);
        format!("{app} {}", thousands(*number))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A folded block; its title is our own words and numbers.
fn fold(title: &str, screen: &Screen) -> String {
    let block = fence(&screen.to_text(Colour::Plain));
    format!("<details><summary>{title}</summary>\n\n{block}\n</details>\n\n")
}
